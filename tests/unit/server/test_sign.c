#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/fleet/sign.h"
#include "server/publish/publish.h"
#include "server/store/audit.h"
#include "server/store/metadata.h"
#include "server/store/published.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct online *now(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return view_online(v);
}

static enum err_kind failing(void *ctx, enum db_op op, const char *what)
{
	(void)what;
	return op == *(enum db_op *)ctx ? ERR_IO : ERR_NONE;
}

static int refuse(struct fleet *f, void *ctx, struct err *e)
{
	(void)f;
	(void)ctx;
	return err_code(e, ERR_CONFLICT, "no", "no");
}

static int count(void *ctx, const struct audit_row *a, struct err *e)
{
	(void)e;
	*(int *)ctx += strcmp(a->action, "test") == 0;
	return 0;
}

static int deeds(struct server *s)
{
	struct err e;
	int n = 0;

	ASSERT_OK(audit_page(s->fleet->store, INT64_MAX, 1000, count, &n, &e));
	return n;
}

TEST(before_anything_is_published_there_is_nothing_to_sign)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e = {0};

	ck_assert_ptr_null(sign_view(s->fleet, &e));
	ck_assert_str_eq(e.code, "nothing_published");
}

TEST(what_is_signed_is_not_visible_until_it_is_swapped_in)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);
	const struct online *before = now(s);
	SCOPED(view_put)
	struct view *v = NULL;
	struct err e = {0};

	engine_set_state(r->engine, ROLLOUT_PAUSED);
	v = sign_view(s->fleet, &e);
	ck_assert_ptr_nonnull(v);
	ck_assert_int_gt(view_online(v)->timestamp_version,
	                 before->timestamp_version);
	ck_assert_ptr_eq(now(s), before);
	engine_set_state(r->engine, ROLLOUT_RUNNING);
}

TEST(a_change_is_visible_and_stored_or_neither)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);
	const struct online *before = now(s);
	enum db_op op = DB_COMMIT;
	struct change c = {.deed = server_deed("test"),
	                   .cause = PUBLISHED_ROLLOUT,
	                   .write = refuse};
	struct err e;
	int64_t stored;

	engine_set_state(r->engine, ROLLOUT_PAUSED);
	ASSERT_CODE(sign_change(s->fleet, &c, &e), "no");
	c.write = NULL;
	db_set_hook(failing, &op);
	ASSERT_ERR(sign_change(s->fleet, &c, &e), ERR_IO);
	db_set_hook(NULL, NULL);
	ck_assert_ptr_eq(now(s), before);
	ck_assert_int_eq(deeds(s), 0);
	ASSERT_OK(published_version(&stored, s->fleet->store, "timestamp", &e));
	ck_assert_int_eq(stored, before->timestamp_version);
	ASSERT_OK(sign_change(s->fleet, &c, &e));
	ck_assert_int_eq(deeds(s), 1);
	ASSERT_OK(published_version(&stored, s->fleet->store, "timestamp", &e));
	ck_assert_int_eq(stored, now(s)->timestamp_version);
	ck_assert(server_rule(s, 0)->hold);
}

TEST(every_byte_that_was_visible_is_in_the_database)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);

	for (size_t i = 0; i < now(s)->n_files; i++) {
		const struct file *f = now(s)->files[i];
		SCOPED(buf_fini)
		struct buf bytes = BUF_INIT(1 << 20);
		struct metadata_row m;
		struct err e;

		ASSERT_OK(metadata_find(&m, &bytes, s->fleet->store, f->role,
		                        f->version, &e));
		ck_assert_uint_eq(bytes.len, f->len);
		ck_assert_int_eq(memcmp(bytes.data, f->bytes, f->len), 0);
		ck_assert_int_eq(m.expires_ms, file_expires_s(f) * 1000);
	}
}

TEST(at_once_is_visible_even_when_nothing_can_be_stored)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);
	enum db_op op = DB_BEGIN;

	engine_set_state(r->engine, ROLLOUT_PAUSED);
	db_set_hook(failing, &op);
	sign_at_once(s->fleet);
	db_set_hook(NULL, NULL);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert(!s->fleet->online_stale);
}

/* The first folder of blobs that is to be flushed is not; how often that is
 * asked for. */
struct unflushed {
	char *path;
	int asked;
};

static int no_flush(void *ctx, enum fs_op op, const char *path)
{
	struct unflushed *u = ctx;

	if (op != FS_SYNC_DIR || strstr(path, "/blobs/") == NULL)
		return 0;
	if (u->path == NULL)
		u->path = xstrdup(path);
	if (strcmp(u->path, path) != 0)
		return 0;
	return u->asked++ == 0 ? EIO : 0;
}

TEST(a_state_that_a_failed_try_left_is_flushed_by_the_next)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);
	struct deed deed = server_deed("rollout.pause");
	struct unflushed u = {0};
	struct err e;

	fs_set_hook(no_flush, &u);
	ASSERT_ERR(operate_pause(s->fleet, r, &deed, &e), ERR_IO);
	ck_assert_int_eq(u.asked, 1);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	ck_assert_int_eq(u.asked, 2);
	/* What is in the database is not flushed again. */
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ck_assert_int_eq(u.asked, 2);
	fs_set_hook(NULL, NULL);
	free(u.path);
}

/* As a backup of the database alone leaves it. */
TEST(a_lost_journal_gives_no_number_out_a_second_time)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);
	SCOPED(free)
	char *journal = fs_join(s->data_dir, "journal");
	SCOPED(view_put)
	struct view *halted = NULL;
	enum db_op op = DB_BEGIN;
	struct err e;

	engine_set_state(r->engine, ROLLOUT_PAUSED);
	db_set_hook(failing, &op);
	sign_at_once(s->fleet);
	sign_at_once(s->fleet);
	halted = view_get(&s->fleet->view);
	db_set_hook(NULL, NULL);
	ASSERT_OK(fs_remove(journal, &e));
	server_crash(s);
	for (size_t i = 0; i < now(s)->n_files; i++) {
		const struct file *f = now(s)->files[i];
		const struct file *was =
			online_role(view_online(halted), f->role);

		ck_assert_int_gt(f->version, was->version);
	}
}

/* Root n, signed by those of n - 1; all keys stay. */
static int publish_root(struct server *s, int64_t n, struct err *e)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%" PRId64 ".root.json", n);
	tuf_repo_publish(s->repo, "root");
	return server_publish(s, (const char *const[]){name, NULL}, e);
}

TEST(a_thirteenth_root_within_a_year_is_refused)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);
	struct err e;

	for (int64_t n = 2; n <= SIGN_ROOTS_A_YEAR; n++)
		ASSERT_OK(publish_root(s, n, &e));
	ASSERT_CODE(publish_root(s, 13, &e), "too_many_roots");
	ASSERT_SAYS("13 new ones within a year, 12 are the most");
}

/* A server that is set up anew, or one that takes a repository over. */
TEST(a_history_that_the_first_publish_brings_is_no_year_of_roots)
{
	static const char *const all[] = {"1.root.json",
	                                  "2.root.json",
	                                  "3.root.json",
	                                  "4.root.json",
	                                  "5.root.json",
	                                  "6.root.json",
	                                  "7.root.json",
	                                  "8.root.json",
	                                  "9.root.json",
	                                  "10.root.json",
	                                  "11.root.json",
	                                  "12.root.json",
	                                  "13.root.json",
	                                  "1.targets.json",
	                                  "1.releases.band.json",
	                                  "1.plans.band.json",
	                                  NULL};
	static const char *const lost[] = {"pawl.db", "pawl.db-wal",
	                                   "pawl.db-shm", "journal", "hold"};
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	for (int i = 2; i <= 13; i++)
		tuf_repo_publish(s->repo, "root");
	/* The same repository, on a data directory that has its blobs alone. */
	fleet_close(s->fleet);
	for (size_t i = 0; i < ARRAY_LEN(lost); i++)
		ASSERT_OK(fs_remove(test_keep(fs_join(s->data_dir, lost[i])),
		                    &e));
	ASSERT_OK(server_reopen(s, &e));
	ASSERT_OK(server_publish(s, all, &e));
	for (int64_t n = 14; n < 13 + SIGN_ROOTS_A_YEAR; n++)
		ASSERT_OK(publish_root(s, n, &e));
	ASSERT_CODE(publish_root(s, 25, &e), "too_many_roots");
	ASSERT_SAYS("13 new ones within a year");
}

static int emergency(struct server *s, const char *const *names, struct err *e)
{
	struct file *files[2];
	struct deed deed = server_deed("publish");
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	size_t n = 0;
	int result;

	for (; names[n] != NULL; n++) {
		const struct tuf_repo_file *f =
			tuf_repo_served(s->repo, names[n]);

		files[n] = file_new(names[n], 0, f->bytes, f->len, e);
		ck_assert_ptr_nonnull(files[n]);
	}
	result = publish_in_emergency(s->fleet, files, n, &deed, &out, e);
	while (n > 0)
		file_unref(files[--n]);
	return result;
}

static int last_deed(void *ctx, const struct audit_row *a, struct err *e)
{
	(void)e;
	*(char **)ctx = test_keep(xstrdup(a->detail));
	return 0;
}

TEST(an_emergency_brings_one_root_more_and_is_kept_as_such)
{
	static const char *const two[] = {"14.root.json", "15.root.json", NULL};
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(0, &r);
	char *detail = NULL;
	struct err e;

	for (int64_t n = 2; n <= SIGN_ROOTS_A_YEAR; n++)
		ASSERT_OK(publish_root(s, n, &e));
	tuf_repo_publish(s->repo, "root");
	ASSERT_OK(
		emergency(s, (const char *const[]){"13.root.json", NULL}, &e));
	ASSERT_OK(audit_page(s->fleet->store, INT64_MAX, 1, last_deed, &detail,
	                     &e));
	ck_assert_str_eq(detail, "{\"emergency\":true}");
	/* Not two, and none without saying so. */
	tuf_repo_publish(s->repo, "root");
	tuf_repo_publish(s->repo, "root");
	ASSERT_CODE(emergency(s, two, &e), "too_many_roots");
	ASSERT_CODE(server_publish(
			    s, (const char *const[]){"14.root.json", NULL}, &e),
	            "too_many_roots");
}

TEST(a_quiet_hour_signs_nothing_and_a_third_of_a_life_everything)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 1, &r);
	SCOPED(view_put)
	struct view *before = view_get(&s->fleet->view);
	SCOPED(view_put)
	struct view *quiet = NULL;
	SCOPED(view_put)
	struct view *later = NULL;

	for (int i = 0; i < 60; i++)
		server_tick(s, 60000);
	quiet = view_get(&s->fleet->view);
	ck_assert_int_eq(view_online(quiet)->timestamp_version,
	                 view_online(before)->timestamp_version);
	server_tick(s, 8 * 3600 * 1000);
	later = view_get(&s->fleet->view);
	for (size_t i = 0; i < view_online(later)->n_files; i++)
		ck_assert_int_gt(view_online(later)->files[i]->version,
		                 view_online(before)->files[i]->version);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_change_of_phase_signs_three_files_and_keeps_the_rest)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 1, &r);
	struct deed deed = server_deed("rollout.pause");
	SCOPED(view_put)
	struct view *before = view_get(&s->fleet->view);
	SCOPED(view_put)
	struct view *after = NULL;
	struct err e;

	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	after = view_get(&s->fleet->view);
	ck_assert_uint_eq(view_online(after)->n_files, 3);
	/* The version between is the pre-signed all-hold set's. */
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(view_online(after)->files[i]->version,
		                 view_online(before)->files[i]->version + 2);
	ck_assert_ptr_eq(view_set(after), view_set(before));
	/* A client in the middle of a refresh still finds what it wants. */
	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(view_metadata(
			after, view_online(before)->files[i]->name));
}
