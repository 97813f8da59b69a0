/*
 * The same for the folder of those who sign: what `pawl-repo` leaves when it is
 * killed or the power fails at any step.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "tests/atomic/crashes.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <stdlib.h>
#include <string.h>

/* So many that their files are flushed by several threads. */
#define BINS 8
#define SHOWS_MAX BINS

static struct repo repo;
static struct disk_log disk;
static const char *line; /* the command that is cut */
static const char *then; /* that works when it is done; or NULL */
/* Files that are there when it is done, and what they say then. */
static const char *shows[SHOWS_MAX + 1];
static char *said[SHOWS_MAX];

static void begin(void)
{
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("disk"), 0700, &e));
	disk_log_begin(&disk, test_path("disk"));
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
	if (repo_has(&repo, "rotation.json"))
		return false;
	for (size_t i = 0; shows[i] != NULL; i++)
		if (!repo_has(&repo, shows[i]))
			return false;
	return true;
}

/* What whoever asked may have given away: no number comes back with other
 * bytes. */
static void note_what_it_says(void)
{
	for (size_t i = 0; shows[i] != NULL; i++) {
		free(said[i]);
		said[i] = repo_read(&repo, shows[i]);
	}
}

static int check_what_it_said(struct err *e)
{
	for (size_t i = 0; shows[i] != NULL; i++) {
		SCOPED(free)
		char *now = repo_has(&repo, shows[i])
		                    ? repo_read(&repo, shows[i])
		                    : NULL;

		if (now == NULL || strcmp(now, said[i]) != 0)
			return err_set(e, ERR_INTERNAL,
			               "%s: was answered, and is %s", shows[i],
			               now == NULL ? "gone" : "another");
	}
	/* Nor is what ended well said to have been cut off. */
	return is_done() ? 0
	                 : err_set(e, ERR_INTERNAL,
	                           "was answered, and is to be done again");
}

static int run(const char *what, struct err *e)
{
	if (repo_run(&repo, "%s", what) == 0)
		return 0;
	return err_set(e, ERR_INTERNAL, "%.40s: exit %d: %s", what, repo.t.code,
	               repo.t.err);
}

/* It verifies; what was answered is there; and the same command ends it. */
static int judge(const struct crashes *c, const char *folder, size_t point,
                 struct err *e)
{
	bool answered = crashes_answered(c, point);

	repo.dir = fs_join(folder, "r");
	if (run("verify", e) != 0)
		return -1;
	if (answered && check_what_it_said(e) != 0)
		return -1;
	if (!is_done() && run(line, e) != 0)
		return -1;
	if (!is_done())
		return err_set(e, ERR_INTERNAL, "done again and not there");
	if (then != NULL && run(then, e) != 0)
		return -1;
	return run("verify", e);
}

/* Whoever finds the command killed says it again, and is told that it is done:
 * now, or that it was. */
static int again(const struct crashes *c, const char *folder, size_t point,
                 struct err *e)
{
	bool done;

	(void)c;
	(void)point;
	repo.dir = fs_join(folder, "r");
	done = is_done();
	if (run(line, e) != 0 && !done)
		return -1;
	if (!is_done())
		return err_set(e, ERR_INTERNAL, "done and not there");
	note_what_it_says();
	return 0;
}

static void command_survives(const char *name, size_t stride)
{
	struct crashes c = {.name = name,
	                    .stride = stride,
	                    .log = &disk,
	                    .first = disk.ops.len,
	                    .judge = judge,
	                    .again = again};

	ASSERT_RUNS(&repo, "%s", line);
	ck_assert(is_done());
	note_what_it_says();
	crashes_survived(&c);
	repo_fini(&repo);
	disk_log_fini(&disk);
	for (size_t i = 0; i < SHOWS_MAX; i++)
		free(said[i]);
}

TEST(a_release_is_staged_whole_or_not_at_all_in_any_crash)
{
	begin();
	line = test_keep(xasprintf("release add %s -p coat -V 1.0.0 --hw a7,b2",
	                           repo_file("app.bin", "firmware one")));
	shows[0] = "staged/releases.coat.json";
	command_survives("release add", 1);
}

TEST(a_promotion_is_in_order_and_no_version_is_another_in_any_crash)
{
	begin();
	repo_stage(&repo);
	ASSERT_RUNS(&repo, "renew targets");
	line = test_keep(
		xasprintf("sign --all --passphrase-file %s", repo.pass));
	shows[0] = "metadata/2.releases.coat.json";
	shows[1] = "metadata/2.plans.coat.json";
	shows[2] = "metadata/3.targets.json";
	command_survives("sign", 1);
}

/* The role above, and what the new key has to sign again: several files, any of
 * which may be missing when it is cut off. The same command ends it. */
TEST(new_keys_are_staged_by_the_same_command_in_any_crash)
{
	begin();
	ASSERT_RUNS(&repo,
	            "key new plans.coat --passphrase-file %s --kdf light",
	            repo.pass);
	line = test_keep(xasprintf("rotate plans.coat --key %s --with %s",
	                           test_path("disk/r/keys/plans.coat.1.key"),
	                           test_path("disk/r/keys/plans.coat.3.key")));
	then = test_keep(
		xasprintf("sign --all --passphrase-file %s", repo.pass));
	shows[0] = "staged/targets.json";
	shows[1] = "staged/plans.coat.json";
	command_survives("rotate", 1);
}

/* The only file: nothing else is staged behind it, which would flush its name,
 * too. */
TEST(a_new_root_is_staged_by_the_same_command_in_any_crash)
{
	begin();
	ASSERT_RUNS(&repo, "key new root --passphrase-file %s --kdf light",
	            repo.pass);
	line = test_keep(xasprintf("rotate root --key %s --with %s",
	                           test_path("disk/r/keys/root.1.key"),
	                           test_path("disk/r/keys/root.3.key")));
	then = test_keep(
		xasprintf("sign --all --passphrase-file %s", repo.pass));
	shows[0] = "staged/root.json";
	command_survives("rotate root", 1);
}

static void begin_bins(void)
{
	SCOPED(buf_fini)
	struct buf list = BUF_INIT(1 << 16);
	struct err e;

	begin();
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

TEST(many_bins_are_staged_whole_or_not_at_all_in_any_crash)
{
	begin_bins();
	show_bins("staged/");
	command_survives("import", 5);
}

TEST(many_bins_become_complete_in_any_crash)
{
	begin_bins();
	ASSERT_RUNS(&repo, "%s", line);
	line = test_keep(
		xasprintf("sign --all --passphrase-file %s", repo.pass));
	show_bins("metadata/2.");
	command_survives("sign bins", 11);
}
