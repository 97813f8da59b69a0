/*
 * The same for the disks of people and devices: what `pawl-repo` and
 * `pawl-get` leave when the power fails at any step.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/disk_crash.h"
#include "tests/support/runner.h"
#include "tests/unit/get/mirror.h"
#include "tests/unit/repo-tools/repo.h"

#include <stdio.h>
#include <string.h>

/* Flushes that no crash of this act needs, and why they stay. */
static const struct {
	const char *act, *label, *why;
} needless[] = {
	{"sign", "folder staged: stage_batch_commit",
         "what is signed in full is promoted at once; without all signatures "
         "it stays, as in `release add`"},
	{"sign bins", "folder staged: stage_batch_commit", "the same"},
};

static bool is_listed(const char *act, const char *label)
{
	for (size_t i = 0; i < ARRAY_LEN(needless); i++)
		if (strcmp(needless[i].act, act) == 0 &&
		    strcmp(needless[i].label, label) == 0)
			return true;
	return false;
}

/* Behind the last step whoever asked was answered. */
static size_t answered(void *ctx, size_t point)
{
	const struct disk_crash *c = ctx;

	return point == c->log->ops.len;
}

static bool flushes_since(const struct disk_crash *c, size_t site)
{
	for (size_t i = c->first; i < c->log->ops.len; i++)
		if (c->log->ops.items[i].step == DISK_SYNC &&
		    c->log->ops.items[i].site == site)
			return true;
	return false;
}

/* Every crash of what was recorded from c->first on; of power cuts each
 * `stride`-th. */
static void survives(struct disk_crash *c, const char *name, size_t stride)
{
	disk_log_end();
	disk_state_compare(c->log);
	c->limits = (struct disk_crash_limits){
		.stride = stride, .singles = 4, .without = 200};
	c->ctx = c;
	c->moment = answered;
	c->scratch = test_path("crashed");
	disk_crash_run(c);
	printf("%s: %zu points of crash, %zu states of the disk, %zu broken\n",
	       name, c->points, c->states, c->broken);
	(void)fflush(stdout);
	ck_assert_msg(c->broken == 0, "%s: %s", name, c->why);
	for (size_t i = 0; i < c->log->sites.len; i++) {
		const char *label = c->log->sites.items[i].label;

		if (flushes_since(c, i) && !is_listed(name, label))
			ck_assert_msg(disk_crash_without(c, i),
			              "%s: no crash breaks without this flush: "
			              "remove it, or list it with a reason",
			              label);
	}
	disk_crash_fini(c);
}

/* ---- pawl-repo ---- */

static struct repo repo;
static struct disk_log log_of_it;
static const char *line;     /* the command that is cut */
static const char *shows[9]; /* files that are there when it is done */

static void begin_repo(void)
{
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("disk"), 0700, &e));
	disk_log_begin(&log_of_it, test_path("disk"));
	repo_begin(&repo);
	repo.dir = test_path("disk/r");
	ASSERT_EXIT(&repo.t,
	            tool_line(&repo.t,
	                      "init %s --root-keys 2 --targets-keys 2 "
	                      "--passphrase-file %s --kdf light --label ann "
	                      "--label ben",
	                      repo.dir, repo.pass),
	            0);
	ASSERT_RUNS(&repo,
	            "product add coat --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light --label cid --label dot",
	            repo.pass);
	REPO_SIGN_ALL(&repo);
}

static bool is_done(void)
{
	for (size_t i = 0; shows[i] != NULL; i++)
		if (!repo_has(&repo, shows[i]))
			return false;
	return true;
}

static int run(const char *what, struct err *e)
{
	if (repo_run(&repo, "%s", what) == 0)
		return 0;
	return err_set(e, ERR_INTERNAL, "%.40s: exit %d: %s", what, repo.t.code,
	               repo.t.err);
}

/* It verifies; what was answered is there; and the same command ends it. */
static int judge_repo(void *ctx, const char *folder, size_t point,
                      struct err *e)
{
	repo.dir = fs_join(folder, "r");
	if (run("verify", e) != 0)
		return -1;
	if (answered(ctx, point) == 1 && !is_done())
		return err_set(e, ERR_INTERNAL, "what was answered is gone");
	if (!is_done() && run(line, e) != 0)
		return -1;
	if (!is_done())
		return err_set(e, ERR_INTERNAL, "done again and not there");
	return run("verify", e);
}

static void command_survives(const char *name, size_t stride)
{
	struct disk_crash c = {.log = &log_of_it,
	                       .first = log_of_it.ops.len,
	                       .judge = judge_repo};

	ASSERT_RUNS(&repo, "%s", line);
	ck_assert(is_done());
	survives(&c, name, stride);
	repo_fini(&repo);
	disk_log_fini(&log_of_it);
}

TEST(a_release_is_staged_whole_or_not_at_all_when_the_power_fails)
{
	begin_repo();
	line = test_keep(xasprintf("release add %s -p coat -V 1.0.0 --hw a7,b2",
	                           repo_file("app.bin", "firmware one")));
	shows[0] = "staged/releases.coat.json";
	command_survives("release add", 1);
}

TEST(a_promotion_is_in_order_wherever_the_power_fails)
{
	begin_repo();
	repo_stage(&repo);
	ASSERT_RUNS(&repo, "renew targets");
	line = test_keep(
		xasprintf("sign --all --passphrase-file %s", repo.pass));
	shows[0] = "metadata/2.releases.coat.json";
	shows[1] = "metadata/2.plans.coat.json";
	shows[2] = "metadata/3.targets.json";
	command_survives("sign", 1);
}

/* So many that their files are flushed by several threads. */
#define BINS 8

static void begin_bins(void)
{
	SCOPED(buf_fini)
	struct buf list = BUF_INIT(1 << 16);
	struct err e;

	begin_repo();
	ASSERT_RUNS(&repo, "delegate releases.coat --bins %d", BINS);
	REPO_SIGN_ALL(&repo);
	ASSERT_OK(fs_mkdirs(test_path("disk/r/targets/delta/coat"), 0755, &e));
	for (int i = 0; i < 6 * BINS; i++) {
		char sha256[SHA256_HEX_SIZE];
		SCOPED(free)
		char *path = xasprintf("delta/coat/%d.bin", i);
		SCOPED(free)
		char *file = xasprintf("targets/%s", path);

		hash_sha256_hex(sha256, path, strlen(path));
		buf_printf(&list, "%s %zu %s\n", path, strlen(path), sha256);
		repo_write(&repo, file, path);
	}
	line = test_keep(xasprintf("release import %s -p coat",
	                           repo_file("list", buf_str(&list))));
}

static void show_bins(const char *prefix)
{
	for (int i = 0; i < BINS; i++)
		shows[i] = test_keep(xasprintf("%sreleases.coat.bin-%x.json",
		                               prefix, (unsigned)i));
}

TEST(many_bins_are_staged_whole_or_not_at_all_when_the_power_fails)
{
	begin_bins();
	show_bins("staged/");
	command_survives("import", 5);
}

TEST(many_bins_become_complete_wherever_the_power_fails)
{
	begin_bins();
	ASSERT_RUNS(&repo, "%s", line);
	line = test_keep(
		xasprintf("sign --all --passphrase-file %s", repo.pass));
	show_bins("metadata/2.");
	command_survives("sign bins", 11);
}

/* ---- pawl-get ---- */

static struct mirror mirror;
static struct get get;

static void begin_get(void)
{
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("disk"), 0700, &e));
	disk_log_begin(&log_of_it, test_path("disk"));
	mirror_init(&mirror);
	mirror_add(&mirror, "targets", "app", "the bytes of the application");
	tuf_repo_publish_all(mirror.repo);
	get = mirror_client(&mirror, test_path("disk"));
}

static bool holds(const char *name, const char *served)
{
	const char *text = file_text(get.metadata_dir, name);
	const struct tuf_repo_file *f = tuf_repo_served(mirror.repo, served);

	return text != NULL && strlen(text) == f->len &&
	       memcmp(text, f->bytes, f->len) == 0;
}

/* Of each role the old file or the new one, and when it was answered the new
 * one: a rollback is measured by them. */
static int check_stored(bool is_answered, struct err *e)
{
	static const struct {
		const char *stored, *was, *is;
	} files[] = {
		{"root.json", "1.root.json", "2.root.json"},
		{"snapshot.json", "2.snapshot.json", "3.snapshot.json"},
		{"targets.json", "2.targets.json", "3.targets.json"},
		{"timestamp.json", "was.timestamp.json", "timestamp.json"},
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (!holds(files[i].stored, files[i].is) &&
		    (is_answered || !holds(files[i].stored, files[i].was)))
			return err_set(e, ERR_INTERNAL, "%s is neither",
			               files[i].stored);
	return 0;
}

static void enter(const char *folder)
{
	get.metadata_dir = fs_join(folder, "md");
	get.target_dir = fs_join(folder, "files");
}

static int judge_refresh(void *ctx, const char *folder, size_t point,
                         struct err *e)
{
	struct get_versions v;

	enter(folder);
	if (check_stored(answered(ctx, point) == 1, e) != 0 ||
	    get_refresh(&v, &get, e) != 0)
		return -1;
	return check_stored(true, e);
}

TEST(a_store_is_whole_and_never_goes_back_wherever_the_power_fails)
{
	struct disk_crash c = {.log = &log_of_it, .judge = judge_refresh};
	const struct tuf_repo_file *was;
	struct get_versions v;
	struct err e;

	begin_get();
	ASSERT_OK(get_refresh(&v, &get, &e));
	was = tuf_repo_served(mirror.repo, "timestamp.json");
	tuf_repo_serve(mirror.repo, "was.timestamp.json", was->bytes, was->len);
	tuf_repo_publish(mirror.repo, "root");
	tuf_repo_publish_all(mirror.repo);
	c.first = log_of_it.ops.len;
	ASSERT_OK(get_refresh(&v, &get, &e));
	survives(&c, "refresh", 1);
	mirror_fini(&mirror);
	disk_log_fini(&log_of_it);
}

static int judge_download(void *ctx, const char *folder, size_t point,
                          struct err *e)
{
	const char *path = "app", *got;

	enter(folder);
	got = file_text(get.target_dir, path);
	if ((got != NULL || answered(ctx, point) == 1) &&
	    (got == NULL || strcmp(got, "the bytes of the application") != 0))
		return err_set(e, ERR_INTERNAL, "app: has other bytes");
	if (get_download(&get, &path, 1, e) != 0)
		return -1;
	got = file_text(get.target_dir, path);
	return got != NULL && strcmp(got, "the bytes of the application") == 0
	               ? 0
	               : err_set(e, ERR_INTERNAL, "app: done again and wrong");
}

TEST(a_download_has_its_name_with_all_its_bytes_wherever_the_power_fails)
{
	struct disk_crash c = {.log = &log_of_it, .judge = judge_download};
	const char *path = "app";
	struct get_versions v;
	struct err e;

	begin_get();
	ASSERT_OK(get_refresh(&v, &get, &e));
	c.first = log_of_it.ops.len;
	ASSERT_OK(get_download(&get, &path, 1, &e));
	survives(&c, "download", 1);
	mirror_fini(&mirror);
	disk_log_fini(&log_of_it);
}
