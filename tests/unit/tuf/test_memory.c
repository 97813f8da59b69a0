/* What an attacker sends must not be able to end the process, even when there
 * is no memory for it. */
#include "config.h"

#include "tests/support/failing_malloc.h"
#include "tests/unit/tuf/world.h"

/* A store-less io that allocates nothing but the answer. */
static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	const struct tuf_repo_file *f = tuf_repo_served(ctx, path);

	(void)max_bytes;
	if (f == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s", path);
	buf_add(out, f->bytes, f->len);
	return 0;
}

static int load(void *ctx, const char *role, struct buf *out, struct err *e)
{
	const struct tuf_repo_file *f = tuf_repo_stored(ctx, role);

	if (f == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s", role);
	buf_add(out, f->bytes, f->len);
	return 0;
}

/* Everything a parser knows, in one repository. */
static void furnish(struct tuf_repo *r)
{
	struct tuf_targets *t = tuf_repo_role(r, "targets");
	char hash[SHA256_HEX_SIZE];

	tuf_repo_delegate(r, "targets", "coat", "fw/*", false, 6);
	tuf_repo_split(r, "coat", "bin", 1, 7);
	hash_sha256_hex(hash, "x", 1);
	tuf_targets_put(t, "x", 1, hash, "{\"a\":[1,2]}");
	t->targets[0].sha512 = xasprintf("%s%s", hash, hash);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_all(r);
}

static void visit_without_memory(bool with_store)
{
	WORLD;
	const struct trust_target *found;
	long n = 0;

	furnish(r);
	if (with_store) {
		REFRESH();
		ASSERT_ERR(trust_find(w.trust, &w.io, "fw/a", &found, &e),
		           ERR_NOT_FOUND);
	}
	w.io = (struct trust_io){
		.fetch = fetch, .load = with_store ? load : NULL, .ctx = r};
	for (;; n++) {
		restart(&w);
		failing_malloc_arm(n);
		bool ok =
			trust_refresh(w.trust, &w.io, &e) == 0 &&
			(trust_find(w.trust, &w.io, "fw/a", &found, &e) == 0 ||
		         e.kind == ERR_NOT_FOUND);

		if (!failing_malloc_disarm())
			break;
		/* For a stored role, no memory is as good as no copy. */
		ck_assert_msg(ok || e.kind == ERR_MEMORY,
		              "allocation %ld: [%s] %s", n, e.code, e.msg);
		ASSERT_OK(trust_refresh(w.trust, &w.io, &e));
		ASSERT_OK(trust_find(w.trust, &w.io, "x", &found, &e));
	}
	ck_assert_int_gt(n, with_store ? 20 : 50);
}

TEST(no_allocation_that_fails_ends_the_process_or_spoils_the_trust)
{
	visit_without_memory(false);
}

TEST(nor_does_one_while_the_stored_copies_are_read)
{
	visit_without_memory(true);
}

/* An older timestamp of the same snapshot: nothing else stands against it. */
TEST(an_anchor_against_rollback_counts_also_without_memory_to_read_it)
{
	WORLD;
	SCOPED(buf_fini)
	struct buf old = BUF_INIT(1 << 16);
	const struct tuf_repo_file *was;
	bool failed = true;

	furnish(r);
	was = tuf_repo_served(r, "timestamp.json");
	buf_add(&old, was->bytes, was->len);
	tuf_repo_publish(r, "timestamp");
	REFRESH();
	tuf_repo_serve(r, "timestamp.json", old.data, old.len);
	w.io = (struct trust_io){.fetch = fetch, .load = load, .ctx = r};
	for (long n = 0; failed; n++) {
		restart(&w);
		failing_malloc_arm(n);
		int result = trust_refresh(w.trust, &w.io, &e);

		failed = failing_malloc_disarm();
		ck_assert_msg(result != 0, "allocation %ld: rolled back", n);
		ck_assert_msg(e.kind == ERR_MEMORY ||
		                      strcmp(e.code, "rollback") == 0,
		              "allocation %ld: [%s] %s", n, e.code, e.msg);
	}
	ck_assert_str_eq(e.code, "rollback");
}

TEST(written_files_with_both_hashes_read_back)
{
	WORLD;
	const struct trust_target *found;

	furnish(r);
	REFRESH();
	ASSERT_OK(trust_find(w.trust, &w.io, "x", &found, &e));
	ck_assert_uint_eq(strlen(found->entry->sha512), 128);
	ck_assert_str_eq(found->entry->custom, "{\"a\":[1,2]}");
}
