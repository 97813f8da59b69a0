/*
 * Every step on the disk of every writing command is made to fail once. What
 * is left must verify, and the same command must then go through.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <errno.h>
#include <string.h>

static struct repo r;

struct failing {
	int steps_left; /* then one step fails, and all after it */
	bool failed;
};

/* From the failing step on nothing works, as after a crash. */
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

/* Runs the line with its n-th writing step failing; false when it has no
 * such step. */
static bool crashes_at(int n, const char *line)
{
	struct failing f = {.steps_left = n};

	fs_set_hook(fail_from, &f);
	(void)repo_run(&r, "%s", line);
	fs_set_hook(NULL, NULL);
	ck_assert_msg(f.failed || r.t.code == 0, "step %d: %s", n, r.t.err);
	ck_assert_msg(!f.failed || r.t.code == CLI_FAILED,
	              "step %d: exit %d: %s", n, r.t.code, r.t.err);
	return f.failed;
}

/* Fails at each step in turn until the command goes through. */
static void survives(const char *line)
{
	int n = 0;

	while (crashes_at(n, line)) {
		ASSERT_RUNS(&r, "verify");
		n++;
	}
	ck_assert_msg(n >= 3, "%s: only %d steps", line, n);
	ASSERT_RUNS(&r, "verify");
}

TEST(a_release_is_staged_whole_or_not_at_all)
{
	SCOPED(free)
	char *line = NULL;

	repo_init(&r);
	line = xasprintf("release add %s -p coat -V 1.0.0 --hw a7,b2",
	                 repo_file("app.bin", "firmware one"));
	survives(line);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "coat: 1 releases");
	repo_fini(&r);
}

TEST(a_plan_is_staged_whole_or_not_at_all)
{
	repo_init(&r);
	repo_stage(&r);
	survives("plan add -p coat -i lab -r 1.0.0 --channels lab --regions "
	         "eu");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "coat: 1 releases, 2 plans");
	repo_fini(&r);
}

TEST(signatures_and_promotion_survive_a_crash_at_any_step)
{
	SCOPED(free)
	char *line = NULL;

	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, "renew targets");
	line = xasprintf("sign --all --passphrase-file %s", r.pass);
	survives(line);
	ck_assert(repo_has(&r, "metadata/3.targets.json"));
	ck_assert(repo_has(&r, "metadata/2.plans.coat.json"));
	ck_assert(repo_has(&r, "metadata/2.releases.coat.json"));
	repo_fini(&r);
}

TEST(a_new_repository_is_there_with_its_last_step_only)
{
	repo_begin(&r);
	for (int n = 0;; n++) {
		SCOPED(free)
		char *dir = xasprintf("%s-%d", r.dir, n);
		struct failing f = {.steps_left = n};

		fs_set_hook(fail_from, &f);
		(void)tool_line(&r.t,
		                "init %s --profile solo --passphrase-file %s "
		                "--kdf light",
		                dir, r.pass);
		fs_set_hook(NULL, NULL);
		if (!f.failed)
			break;
		ck_assert_int_eq(r.t.code, CLI_FAILED);
		(void)tool_line(&r.t, "-C %s verify", dir);
		ck_assert_msg(r.t.code == CLI_NOT_FOUND || r.t.code == 0,
		              "step %d: exit %d: %s", n, r.t.code, r.t.err);
	}
	ck_assert_int_eq(r.t.code, 0);
	repo_fini(&r);
}

/* Only this one file cannot be written. */
static int no_room_for(void *ctx, enum fs_op op, const char *path)
{
	return op == FS_WRITE && strstr(path, ctx) != NULL ? ENOSPC : 0;
}

static void is_refused_for(const char *file, const char *line)
{
	SCOPED(free)
	char *name = xstrdup(file);

	fs_set_hook(no_room_for, name);
	ASSERT_EXIT(&r.t, repo_run(&r, "%s", line), CLI_FAILED);
	fs_set_hook(NULL, NULL);
	ASSERT_COMPLAINS(&r.t, file);
}

/* Whoever frees some room types the same again. */
TEST(what_cannot_be_staged_leaves_no_key)
{
	static const struct {
		const char *line;
		const char *files[3];
		const char *key;
	} rows[] = {
		{"product add arm",
	         {"holders.json", "staged/releases.arm", "staged/plans.arm"},
	         "online/rollout.arm.key"},
		{"delegate docs --path docs/*",
	         {"holders.json", "staged/docs"},
	         "keys/docs.1.key"},
	};

	repo_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(free)
		char *line = xasprintf("%s --passphrase-file %s --kdf light "
		                       "--label eve",
		                       rows[i].line, r.pass);

		for (size_t n = 0; n < 3 && rows[i].files[n] != NULL; n++) {
			is_refused_for(rows[i].files[n], line);
			ck_assert(!repo_has(&r, rows[i].key));
		}
		ASSERT_RUNS(&r, "%s", line);
		ck_assert(repo_has(&r, rows[i].key));
	}
	repo_fini(&r);
}

#define ARM                                                 \
	"product add arm --releases-keys 2 --plans-keys 2 " \
	"--passphrase-file %s --kdf light"

/* What nobody saw is gone, and the same product may be made. */
static void give_up_arm(void)
{
	ASSERT_RUNS(&r, "draft drop --all");
	ck_assert(!repo_has(&r, "metadata/1.releases.arm.json"));
	ck_assert(!repo_has(&r, "metadata/1.plans.arm.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, "verify-history");
	repo_remove(&r, "online/rollout.arm.key");
	ASSERT_RUNS(&r, ARM, r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ck_assert(repo_has(&r, "metadata/2.releases.arm.json"));
}

static void draft_arm_anew(void)
{
	ASSERT_RUNS(&r, "renew targets releases.arm");
	ASSERT_RUNS(&r,
	            "sign targets --passphrase-file %s "
	            "--key %s/keys/targets.1.key",
	            r.pass, r.dir);
	ASSERT_RUNS(&r, "draft drop --all");
	ck_assert(!repo_has(&r, "metadata/1.releases.arm.json"));
	ck_assert(!repo_has(&r, "metadata/1.plans.arm.json"));
	ASSERT_RUNS(&r, "verify-history");
}

/* Its files have their names before the one that delegates to them. */
TEST(a_new_product_that_was_cut_off_may_be_given_up)
{
	SCOPED(free)
	char *line = NULL;
	int n = 0;

	repo_init(&r);
	/* So targets has to wait for others. */
	ASSERT_RUNS(&r, "rotate plans.coat --passphrase-file %s --kdf light",
	            r.pass);
	ASSERT_RUNS(&r, ARM, r.pass);
	line = xasprintf("sign --all --passphrase-file %s", r.pass);
	for (; crashes_at(n, line); n++) {
		ASSERT_RUNS(&r, "verify");
		if (repo_has(&r, "metadata/3.targets.json"))
			continue;
		repo_instead(&r, give_up_arm);
		repo_instead(&r, draft_arm_anew);
	}
	ck_assert_int_ge(n, 8);
	ck_assert(repo_has(&r, "metadata/1.releases.arm.json"));
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

static void back_into_one_file(void)
{
	ASSERT_RUNS(&r, "delegate releases.coat --bins 1");
	ASSERT_RUNS(&r, "verify");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, "verify-history");
}

/* What only a draft delegates to may also go with another draft. */
TEST(new_bins_that_were_cut_off_may_be_taken_back)
{
	SCOPED(free)
	char *line = NULL;
	int n = 0;

	repo_init(&r);
	ASSERT_RUNS(&r, "delegate releases.coat --bins 2");
	line = xasprintf("sign --all --passphrase-file %s", r.pass);
	for (; crashes_at(n, line); n++) {
		ASSERT_RUNS(&r, "verify");
		repo_instead(&r, back_into_one_file);
	}
	ck_assert_int_ge(n, 8);
	ASSERT_RUNS(&r, "verify-history");
	repo_fini(&r);
}

TEST(an_unfinished_product_is_said_and_leaves_the_rest_in_order)
{
	int n = 0;

	repo_init(&r);
	for (;; n++) {
		SCOPED(free)
		char *line = xasprintf("product add arm%d --releases-keys 2 "
		                       "--plans-keys 2 --passphrase-file %s "
		                       "--kdf light",
		                       n, r.pass);

		if (!crashes_at(n, line))
			break;
		ASSERT_RUNS(&r, "verify");
	}
	ck_assert_int_ge(n, 10);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}
