/* The workflow by hand, one step at a time. */
#include "config.h"

#include "tests/unit/tuf/world.h"

static void expect(struct trust *t, enum trust_kind kind, const char *what,
                   struct trust_step *out)
{
	struct err e = {0};

	ASSERT_OK(trust_next(t, out, &e));
	ck_assert_int_eq(out->kind, kind);
	ck_assert_str_eq(kind == TRUST_FETCH ? out->path : out->role, what);
}

static void give(struct world *w, const char *path)
{
	const struct tuf_repo_file *f = tuf_repo_served(w->repo, path);
	SCOPED(free)
	char *copy = xcalloc(f->len, 1);
	struct err e = {0};

	/* What is given may go away at once. */
	memcpy(copy, f->bytes, f->len);
	ASSERT_OK(trust_give(w->trust, copy, f->len, &e));
	memset(copy, 'x', f->len);
}

static void none(struct world *w)
{
	struct err e = {0};

	ASSERT_OK(trust_none(w->trust, &e));
}

TEST(a_refresh_by_hand_names_limits_roles_and_bytes)
{
	WORLD;
	struct trust_step s;
	const struct tuf_repo_file *f = tuf_repo_served(r, "1.snapshot.json");

	(void)e;
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	ck_assert_str_eq(s.role, "root");
	ck_assert_uint_eq(s.max_bytes, TUF_ROOT_MAX);
	none(&w);
	expect(w.trust, TRUST_LOAD, "timestamp", &s);
	ck_assert_uint_eq(s.max_bytes, TUF_TIMESTAMP_MAX);
	none(&w);
	expect(w.trust, TRUST_FETCH, "timestamp.json", &s);
	give(&w, "timestamp.json");
	expect(w.trust, TRUST_SAVE, "timestamp", &s);
	expect(w.trust, TRUST_LOAD, "snapshot", &s);
	none(&w);
	expect(w.trust, TRUST_FETCH, "1.snapshot.json", &s);
	ck_assert_uint_eq(s.max_bytes, f->len); /* as listed */
	give(&w, "1.snapshot.json");
	expect(w.trust, TRUST_SAVE, "snapshot", &s);
	ck_assert_uint_eq(s.len, f->len);
	ck_assert_mem_eq(s.bytes, f->bytes, f->len);
	expect(w.trust, TRUST_LOAD, "targets", &s);
	none(&w);
	expect(w.trust, TRUST_FETCH, "1.targets.json", &s);
	give(&w, "1.targets.json");
	expect(w.trust, TRUST_SAVE, "targets", &s);
	expect(w.trust, TRUST_DONE, "", &s);
	expect(w.trust, TRUST_DONE, "", &s);
}

TEST(a_save_is_repeated_until_somebody_comes_back)
{
	WORLD;
	struct trust_step s;

	(void)r;
	(void)e;
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	none(&w);
	expect(w.trust, TRUST_LOAD, "timestamp", &s);
	none(&w);
	expect(w.trust, TRUST_FETCH, "timestamp.json", &s);
	give(&w, "timestamp.json");
	expect(w.trust, TRUST_SAVE, "timestamp", &s);
	trust_begin_refresh(w.trust);
	expect(w.trust, TRUST_SAVE, "timestamp", &s);
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
}

TEST(new_keys_drop_the_stored_anchors_behind_the_new_root)
{
	WORLD;
	static const unsigned fresh[] = {10};
	struct trust_step s;

	(void)e;
	tuf_repo_publish(r, "root");
	tuf_repo_set_keys(r, TUF_SNAPSHOT, 1, fresh, 1);
	tuf_repo_publish(r, "root");
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	give(&w, "2.root.json");
	expect(w.trust, TRUST_SAVE, "root", &s);
	ck_assert(!s.rotates);
	expect(w.trust, TRUST_FETCH, "3.root.json", &s);
	give(&w, "3.root.json");
	expect(w.trust, TRUST_SAVE, "root", &s);
	ck_assert(s.rotates);
	expect(w.trust, TRUST_DROP, "snapshot", &s);
	expect(w.trust, TRUST_DROP, "timestamp", &s);
	/* Repeated when nobody came back to say that it is done. */
	trust_begin_refresh(w.trust);
	expect(w.trust, TRUST_DROP, "timestamp", &s);
	expect(w.trust, TRUST_FETCH, "4.root.json", &s);
	none(&w);
	expect(w.trust, TRUST_LOAD, "timestamp", &s);
}

TEST(answers_nobody_asked_for_are_refused)
{
	WORLD;
	struct trust_step s;

	(void)r;
	ASSERT_ERR(trust_give(w.trust, "{}", 2, &e), ERR_INTERNAL);
	ASSERT_ERR(trust_none(w.trust, &e), ERR_INTERNAL);
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	none(&w);
	ASSERT_ERR(trust_none(w.trust, &e), ERR_INTERNAL);
}

TEST(after_a_refusal_the_question_is_over)
{
	WORLD;
	struct trust_step s;

	(void)r;
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	ASSERT_ERR(trust_give(w.trust, "{}", 2, &e), ERR_INVALID);
	ASSERT_ERR(trust_next(w.trust, &s, &e), ERR_INTERNAL);
	ASSERT_ERR(trust_give(w.trust, "{}", 2, &e), ERR_INTERNAL);
	trust_begin_refresh(w.trust);
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
}

TEST(more_bytes_than_asked_for_are_refused_unread)
{
	WORLD;
	struct trust_step s;
	static const char large[TUF_ROOT_MAX + 1];

	(void)r;
	/* Of a stored copy: as good as none. */
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	none(&w);
	expect(w.trust, TRUST_LOAD, "timestamp", &s);
	ASSERT_OK(trust_give(w.trust, large, sizeof(large), &e));
	expect(w.trust, TRUST_FETCH, "timestamp.json", &s);
	trust_begin_refresh(w.trust);
	expect(w.trust, TRUST_FETCH, "2.root.json", &s);
	ASSERT_CODE(trust_give(w.trust, large, sizeof(large), &e), "too_large");
	ck_assert_str_eq(e.msg,
	                 "2.root.json: 512001 bytes, 512000 are allowed");
}
