/*
 * The static copy, stopped after each step on the disk: a client that looks
 * then finds the old set or the new one, and all of it.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/tuf/trust.h"
#include "server/history.h"
#include "server/repo/export.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* ---- A client of the folder ---- */

static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	SCOPED(free)
	char *file = xasprintf("%s/metadata/%s", (const char *)ctx, path);

	(void)max_bytes;
	return fs_read(out, file, e);
}

static int has_target(const char *dir, const struct tuf_target *t,
                      struct err *e)
{
	SCOPED(free)
	char *name = set_target_name(t->path, t->sha256);
	SCOPED(free)
	char *file = xasprintf("%s/targets/%s", dir, name);
	char sha256[SHA256_HEX_SIZE];
	int64_t length;

	if (hash_file(sha256, &length, file, e) != 0)
		return -1;
	if (strcmp(sha256, t->sha256) != 0 || length != t->length)
		return err_set(e, ERR_UNTRUSTED, "%s: other bytes", file);
	return 0;
}

/* From root 1 to every target file of every role; the timestamp's version. */
static int follow(int64_t *out, const char *dir, const struct server *s,
                  struct err *e)
{
	const struct tuf_repo_file *root =
		tuf_repo_served(s->repo, "1.root.json");
	char *mine = test_keep(xstrdup(dir));
	struct trust_io io = {.fetch = fetch, .ctx = mine};
	SCOPED(trust_free)
	struct trust *t =
		trust_new(root->bytes, root->len, s->repo->now_s, NULL, e);
	const struct tuf_targets *top;

	if (t == NULL || trust_refresh(t, &io, e) != 0)
		return -1;
	*out = trust_timestamp(t)->version;
	top = trust_targets(t, "targets");
	for (size_t i = 0; i < top->n_roles; i++) {
		const struct tuf_targets *r;
		const char *name = top->roles[i].name;

		if (trust_load_role(t, &io, name, e) != 0)
			return -1;
		r = trust_targets(t, name);
		for (size_t k = 0; k < r->n_targets; k++)
			if (has_target(dir, &r->targets[k], e) != 0)
				return -1;
		top = trust_targets(t, "targets");
	}
	return 0;
}

/* ---- A disk that stops ---- */

struct failing {
	int steps_left;
	bool failed;
};

static int fail_from(void *ctx, enum fs_op op, const char *path)
{
	struct failing *f = ctx;

	(void)path;
	if (op == FS_OPEN || op == FS_READ)
		return 0;
	if (f->steps_left-- > 0)
		return 0;
	f->failed = true;
	return ENOSPC;
}

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	return s;
}

static int64_t version_of(const struct view *v)
{
	return view_online(v)->timestamp_version;
}

static bool has_timestamp(const char *dir)
{
	SCOPED(free)
	char *path = xasprintf("%s/metadata/timestamp.json", dir);

	return fs_exists(path);
}

/* Stops the export of `new` over `old` (NULL: nothing yet) at every step. */
static int stop_everywhere(struct server *s, const struct view *old,
                           const struct view *new, bool set_done)
{
	struct blobs *blobs = &s->fleet->blobs;
	struct failing f = {.failed = true};
	struct err e;
	int steps = 0;

	for (; f.failed; steps++) {
		SCOPED(free)
		char *name = xasprintf("copy-%d", steps);
		const char *dir = test_path(name);
		int64_t seen = -1;
		int result;

		if (old != NULL)
			ASSERT_OK(
				export_view(dir, old, false, blobs, NULL, &e));
		f = (struct failing){.steps_left = steps};
		fs_set_hook(fail_from, &f);
		result = export_view(dir, new, set_done, blobs, NULL, &e);
		fs_set_hook(NULL, NULL);
		ck_assert_int_eq(result != 0, f.failed);
		if (has_timestamp(dir)) {
			ASSERT_OK(follow(&seen, dir, s, &e));
			ck_assert_msg(seen == version_of(new) ||
			                      (old != NULL &&
			                       seen == version_of(old)),
			              "step %d", steps);
		} else {
			ck_assert_ptr_null(old);
		}
		/* Again, and it goes on. */
		ASSERT_OK(export_view(dir, new, set_done, blobs, NULL, &e));
		ASSERT_OK(follow(&seen, dir, s, &e));
		ck_assert_int_eq(seen, version_of(new));
	}
	return steps;
}

TEST(a_first_export_is_nothing_or_everything_at_each_step)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	ck_assert_int_ge(stop_everywhere(s, NULL, v, false), 30);
}

TEST(an_export_over_an_older_one_is_old_or_new_at_each_step)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *old = view_get(&s->fleet->view);
	struct err e;

	tuf_repo_publish(s->repo, "root");
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json"));
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	SCOPED(view_put)
	struct view *new = view_get(&s->fleet->view);
	ck_assert_int_gt(version_of(new), version_of(old));
	ck_assert_int_ge(stop_everywhere(s, old, new, false), 15);
}

TEST(a_halt_reaches_the_copy_whole_or_not_at_all)
{
	SCOPED(server_free)
	struct server *s = published();
	struct rollout *r = server_start(s);
	SCOPED(view_put)
	struct view *old = view_get(&s->fleet->view);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	SCOPED(view_put)
	struct view *new = view_get(&s->fleet->view);
	ck_assert_int_gt(version_of(new), version_of(old));
	ck_assert_ptr_eq(view_set(new), view_set(old));
	ck_assert_int_ge(stop_everywhere(s, old, new, true), 10);
}

/* ---- What is refused ---- */

TEST(a_newer_copy_is_never_taken_back)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *old = view_get(&s->fleet->view);
	const char *dir = test_path("copy");
	struct err e;

	ASSERT_OK(server_publish_revision(s, NULL, &e));
	SCOPED(view_put)
	struct view *new = view_get(&s->fleet->view);
	ASSERT_OK(export_view(dir, new, false, &s->fleet->blobs, NULL, &e));
	ASSERT_CODE(export_view(dir, old, false, &s->fleet->blobs, NULL, &e),
	            "export_newer");
}

TEST(other_bytes_under_a_name_that_never_changes_are_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const char *dir = test_path("copy");
	SCOPED(free)
	char *path = xasprintf("%s/metadata/1.targets.json", dir);
	struct err e;

	ASSERT_OK(export_view(dir, v, false, &s->fleet->blobs, NULL, &e));
	ASSERT_OK(fs_write(path, "{}", 2, 0644, &e));
	ASSERT_CODE(export_view(dir, v, false, &s->fleet->blobs, NULL, &e),
	            "reissued");
	ASSERT_SAYS("1.targets.json");
}

TEST(two_do_not_write_into_one_copy_at_once)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const char *dir = test_path("copy");
	size_t files;
	struct err e;

	ASSERT_OK(fs_mkdir(dir, 0755, &e));
	{
		SCOPED(close)
		int other = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
		ASSERT_CODE(
			export_view(dir, v, false, &s->fleet->blobs, NULL, &e),
			"in_use");
		ASSERT_CODE(history_export(&files, s->data_dir, dir, &e),
		            "in_use");
		ck_assert(!has_timestamp(dir));
	}
	ASSERT_OK(export_view(dir, v, false, &s->fleet->blobs, NULL, &e));
}

TEST(a_copy_that_is_stopped_goes_on_another_time)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const char *dir = test_path("copy");
	atomic_bool stop = true;
	int64_t seen;
	struct err e;

	ASSERT_CODE(export_view(dir, v, false, &s->fleet->blobs, &stop, &e),
	            "export_stopped");
	ck_assert(!has_timestamp(dir));
	stop = false;
	ASSERT_OK(export_view(dir, v, false, &s->fleet->blobs, &stop, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
}

/* ---- Kept current ---- */

static struct server *exporting(const char *dir)
{
	struct server *s = published();

	s->fleet->config.export_dir = dir;
	return s;
}

TEST(the_copy_follows_every_change)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	struct deed deed = server_deed("rollout.halt");
	struct rollout *r;
	int64_t before, seen;
	struct err e;

	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&before, dir, s, &e));
	r = server_start(s);
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
	ck_assert_int_gt(seen, before);
	before = seen;
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
	ck_assert_int_gt(seen, before);
	before = seen;
	server_tick(s, 9 * 3600 * 1000);
	s->repo->now_s += 9 * 3600;
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
	ck_assert_int_gt(seen, before);
}

TEST(a_copy_may_lie_behind_a_link)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	int64_t seen;
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("elsewhere"), 0755, &e));
	ck_assert_int_eq(symlink("elsewhere", dir), 0);
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
}

/* Every file that the newest snapshot lists. */
static void has_all_listed(const struct server *s, const char *dir)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const struct file *f = online_role(view_online(v), "snapshot");
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot list = {0};
	struct err e;

	ASSERT_OK(tuf_envelope_parse(&env, TUF_SNAPSHOT, f->name, f->bytes,
	                             f->len, &e));
	ASSERT_OK(tuf_snapshot_parse(&list, &env, &e));
	for (size_t i = 0; i < list.n_files; i++) {
		SCOPED(free)
		char *path =
			xasprintf("%s/metadata/%" PRId64 ".%s.json", dir,
		                  list.files[i].version, list.files[i].role);

		ck_assert_msg(fs_exists(path), "%s", path);
	}
}

TEST(a_copy_begun_late_has_all_that_the_snapshot_lists)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	struct err e;

	tuf_repo_delegate(s->repo, "targets", "docs", "docs/*", true, 40);
	tuf_repo_role(s->repo, "docs")->expires_s =
		FIXTURE_T0_S + 90 * FIXTURE_DAY_S;
	tuf_repo_publish(s->repo, "targets");
	tuf_repo_publish_as(s->repo, "docs", 1);
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "1.docs.json"));
	ck_assert(tuf_targets_undelegate(tuf_repo_role(s->repo, "targets"),
	                                 "docs"));
	tuf_repo_publish(s->repo, "targets");
	ASSERT_OK(SERVER_PUBLISH(s, "3.targets.json"));
	ASSERT_OK(exporter_turn(s->fleet, &e));
	has_all_listed(s, dir);
}

TEST(a_copy_that_fails_stops_no_halt_and_is_told)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	struct deed deed = server_deed("rollout.halt");
	struct rollout *r = server_start(s);
	int64_t seen;
	struct err e;

	/* A file stands where the folder should. */
	ASSERT_OK(fs_write(dir, "x", 1, 0644, &e));
	ck_assert_int_ne(exporter_turn(s->fleet, &e), 0);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_EXPORT);
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	ck_assert_uint_eq(server_rule(s, 0)->n_halted, 1);
	ASSERT_OK(fs_remove(dir, &e));
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ck_assert_uint_eq(s->fleet->trouble, 0);
	ASSERT_OK(follow(&seen, dir, s, &e));
}

/* Somebody takes the folder, or a part of it, away. */
static void take_away(const char *part)
{
	static int n;
	SCOPED(free)
	char *to = xasprintf("%s-gone-%d", part, n++);

	ck_assert_int_eq(rename(part, to), 0);
}

TEST(a_copy_that_was_taken_away_is_written_again_and_whole)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	struct deed deed = server_deed("rollout.halt");
	struct rollout *r = server_start(s);
	int64_t seen;
	struct err e;

	ASSERT_OK(exporter_turn(s->fleet, &e));
	/* Nothing has changed: it is missed all the same. */
	take_away(dir);
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
	take_away(test_keep(fs_join(dir, "targets")));
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
	take_away(test_keep(fs_join(dir, "metadata")));
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
	/* What changed is not the only thing that is written then. */
	take_away(dir);
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(the_thread_writes_what_is_there_when_it_starts)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	int64_t seen;
	struct err e;

	ASSERT_OK(exporter_start(s->fleet, &e));
	exporter_poke(s->fleet);
	exporter_stop(s->fleet);
	ASSERT_OK(follow(&seen, dir, s, &e));
}

/* Holds the exporter's first step until the server wants to stop. */
struct holding {
	struct exporter *x;
	pthread_t main;
	atomic_bool is_held;
};

static int hold_until_stop(void *ctx, enum fs_op op, const char *path)
{
	struct holding *h = ctx;
	bool stopping = false;

	(void)op;
	(void)path;
	if (pthread_equal(pthread_self(), h->main))
		return 0;
	h->is_held = true;
	while (!stopping) {
		lock_take(&h->x->lock);
		stopping = h->x->stopping;
		lock_drop(&h->x->lock);
		(void)sched_yield();
	}
	return 0;
}

TEST(a_halt_just_before_the_stop_is_in_the_copy)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	struct holding h = {.x = &s->fleet->exporter, .main = pthread_self()};
	struct rollout *r = server_start(s);
	struct deed deed = server_deed("rollout.halt");
	int64_t seen;
	struct err e;

	fs_set_hook(hold_until_stop, &h);
	ASSERT_OK(exporter_start(s->fleet, &e));
	while (!h.is_held)
		(void)sched_yield();
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	exporter_stop(s->fleet);
	fs_set_hook(NULL, NULL);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	ASSERT_OK(follow(&seen, dir, s, &e));
	ck_assert_int_eq(seen, version_of(v));
}

/* One target with these bytes under this path, too. */
static void list_also(struct server *s, const char *path)
{
	struct tuf_targets *t = tuf_repo_role(s->repo, "releases.band");
	char sha256[SHA256_HEX_SIZE];

	server_blob(s, "notes", 5);
	hash_sha256_hex(sha256, "notes", 5);
	tuf_targets_put(t, path, 5, sha256, NULL);
	tuf_repo_publish(s->repo, "releases.band");
}

TEST(a_target_with_the_longest_name_is_copied)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = exporting(dir);
	SCOPED(free)
	char *path = xasprintf("meta/band/%0*d", TARGET_FILE_MAX, 0);
	int64_t seen;
	struct err e;

	list_also(s, path);
	ASSERT_OK(SERVER_PUBLISH(s, "2.releases.band.json"));
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ASSERT_OK(follow(&seen, dir, s, &e));
}

/* The same bytes under both, so that their names differ by the end alone. */
TEST(no_target_s_name_is_in_another_one_s_way)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	list_also(s, "meta/band/notes.tmp");
	ASSERT_OK(SERVER_PUBLISH(s, "2.releases.band.json"));
	SCOPED(view_put)
	struct view *old = view_get(&s->fleet->view);
	list_also(s, "meta/band/notes");
	ASSERT_OK(SERVER_PUBLISH(s, "3.releases.band.json"));
	SCOPED(view_put)
	struct view *new = view_get(&s->fleet->view);
	ck_assert_int_gt(version_of(new), version_of(old));
	ck_assert_int_ge(stop_everywhere(s, old, new, false), 10);
}

TEST(nothing_published_is_nothing_to_copy)
{
	SCOPED(server_free)
	struct server *s = server_new();
	size_t files;
	struct err e;

	s->fleet->config.export_dir = test_path("copy");
	ASSERT_OK(exporter_turn(s->fleet, &e));
	ck_assert(!fs_exists(test_path("copy")));
	ASSERT_CODE(history_export(&files, s->data_dir, test_path("copy"), &e),
	            "nothing_published");
}

/* ---- From a data directory ---- */

TEST(a_data_directory_gives_the_same_copy_while_its_server_runs)
{
	const char *dir = test_path("copy");
	SCOPED(server_free)
	struct server *s = published();
	int64_t seen;
	size_t files = 0;
	struct err e;

	tuf_repo_publish(s->repo, "root");
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json"));
	(void)server_start(s);
	ASSERT_OK(history_export(&files, s->data_dir, dir, &e));
	ck_assert_uint_eq(files, 2 + 3 + 3);
	ASSERT_OK(follow(&seen, dir, s, &e));
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	ck_assert_int_eq(seen, version_of(v));
	/* The live one goes on where that ended. */
	s->fleet->config.export_dir = dir;
	ASSERT_OK(exporter_turn(s->fleet, &e));
}

TEST(no_data_directory_is_named)
{
	size_t files;
	struct err e;

	ASSERT_ERR(history_export(&files, test_path("nowhere"),
	                          test_path("copy"), &e),
	           ERR_NOT_FOUND);
	ck_assert(!fs_exists(test_path("nowhere")));
}
