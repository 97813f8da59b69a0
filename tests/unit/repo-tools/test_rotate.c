/*
 * New keys for every role, keys that go, thresholds and lives.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <errno.h>
#include <string.h>

static struct repo r;

#define NEW "--passphrase-file %s --kdf light"
#define SIGN "sign --all --passphrase-file %s"

static void sign_with(const char *role, const char *key)
{
	ASSERT_RUNS(&r, "sign %s --key %s --passphrase-file %s", role,
	            test_path(key), r.pass);
}

static int count_file(void *ctx, const char *name, struct err *e)
{
	(void)name;
	(void)e;
	(*(int *)ctx)++;
	return 0;
}

static int online_files(void)
{
	struct err e;
	int n = 0;

	ASSERT_OK(fs_list(test_path("r/online"), count_file, &n, &e));
	return n;
}

TEST(a_new_root_key_needs_the_old_keys_and_the_new_ones)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "rotate root --key %s " NEW,
	            test_path("r/keys/root.1.key"), r.pass);
	ASSERT_COMPLAINS(&r.t, "of ann goes, a new offline key is made");
	ASSERT_COMPLAINS(&r.t,
	                 "a client that knows root 1 loads 2 (this draft)");
	ASSERT_COMPLAINS(&r.t, "2 of the 2 keys of root 1 and 2 of its own 2");
	ASSERT_PRINTS(&r.t, "root 2: staged, to be signed by\n"
	                    "  2 of the present root's keys: ");
	ASSERT_PRINTS(&r.t, "  2 of its own keys: ");
	/* The same holder, with the new key. */
	ASSERT_PRINTS(&r.t, " ann\n");
	sign_with("root", "r/keys/root.3.key");
	sign_with("root", "r/keys/root.2.key");
	ASSERT_PRINTS(&r.t, "root 2: 1 of 2 signatures; may still sign: ");
	sign_with("root", "r/keys/root.1.key");
	ASSERT_PRINTS(&r.t, "root 2: complete");
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, "rotate root --dry-run");
	ASSERT_COMPLAINS(&r.t, "a client that knows root 1 loads 2, 3 (this");
	ASSERT_COMPLAINS(&r.t, "a client that knows root 2 loads 3 (this");
	repo_fini(&r);
}

TEST(a_dry_run_makes_and_stages_nothing)
{
	static const char *const lines[] = {
		"rotate root -n", "rotate --online -n", "rotate plans.coat -n",
		"rotate timestamp --dry-run --json"};

	repo_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		ASSERT_RUNS(&r, "%s", lines[i]);
		ck_assert(!repo_has(&r, "staged/root.json"));
		ck_assert(!repo_has(&r, "staged/targets.json"));
		ck_assert(!repo_has(&r, "keys/root.3.key"));
		ck_assert_int_eq(online_files(), 3);
	}
	ASSERT_PRINTS(&r.t, "\"walk\":[{\"knows\":1,\"loads\":[2]}]");
	repo_fini(&r);
}

/* Targets names the approvers; the plans are signed by those who stay. */
TEST(an_approver_is_replaced_with_both_files_or_neither)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "rotate plans.coat --key %s " NEW " --label eve",
	            test_path("r/keys/plans.coat.1.key"), r.pass);
	ASSERT_PRINTS(&r.t, "targets 3: staged");
	ASSERT_PRINTS(&r.t, "plans.coat 3: staged");
	ASSERT_PRINTS(&r.t, " dot,");
	ASSERT_PRINTS(&r.t, " eve\n");
	ASSERT_RUNS(&r, "sign targets --passphrase-file %s", r.pass);
	ASSERT_PRINTS(&r.t, "targets 3: 2 of 2 signatures, waits for: "
	                    "plans.coat, which its new keys have to sign too: "
	                    "version 2 has 1 of 2");
	ck_assert(!repo_has(&r, "metadata/3.targets.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, "sign plans.coat --passphrase-file %s", r.pass);
	ck_assert(repo_has(&r, "metadata/3.targets.json"));
	ck_assert(repo_has(&r, "metadata/3.plans.coat.json"));
	ck_assert(!repo_has(&r, "staged/plans.coat.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "ok      plans.coat 3: 2 signatures, 2 of 2");
	repo_fini(&r);
}

TEST(the_plans_signed_by_new_approvers_wait_for_targets)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "rotate plans.coat " NEW, r.pass);
	ASSERT_RUNS(&r, "sign plans.coat --passphrase-file %s", r.pass);
	ASSERT_PRINTS(&r.t, "plans.coat 2: 2 of 2 signatures, waits for: "
	                    "targets 3, which gives it these keys");
	ASSERT_RUNS(&r, "sign targets --passphrase-file %s", r.pass);
	ASSERT_COMPLAINS(&r.t, "complete: metadata/2.plans.coat.json");
	ASSERT_COMPLAINS(&r.t, "complete: metadata/3.targets.json");
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(all_keys_of_every_offline_role_are_replaced_one_role_after_another)
{
	static const char *const roles[] = {"root", "targets", "releases.coat",
	                                    "plans.coat"};

	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		ASSERT_RUNS(&r, "rotate %s " NEW, roles[i], r.pass);
		REPO_SIGN_ALL(&r);
		ASSERT_RUNS(&r, "verify");
		ck_assert_ptr_null(strstr(r.t.out, "staged"));
	}
	ck_assert(repo_has(&r, "metadata/3.root.json"));
	ASSERT_PRINTS(&r.t, "coat: 1 releases, 1 plans");
	repo_fini(&r);
}

TEST(new_keys_of_targets_bring_root_and_targets_together)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "rotate targets " NEW, r.pass);
	ASSERT_RUNS(&r, "sign root --passphrase-file %s", r.pass);
	ASSERT_PRINTS(&r.t, "root 2: 2 of 2 signatures, waits for: targets, "
	                    "which its new keys have to sign too");
	ASSERT_RUNS(&r, "sign targets --passphrase-file %s", r.pass);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	ck_assert(repo_has(&r, "metadata/3.targets.json"));
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(all_online_keys_are_replaced_by_root_and_targets)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "rotate --online " NEW, r.pass);
	ASSERT_COMPLAINS(&r.t, "timestamp: key ");
	ASSERT_COMPLAINS(&r.t, "rollout.coat: key ");
	ASSERT_COMPLAINS(&r.t, "any version a thief counted up to");
	ASSERT_COMPLAINS(&r.t, "to the server's folder of keys before the "
	                       "publish");
	ASSERT_RUNS(&r, "key list");
	ck_assert_int_eq(online_files(), 6);
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	ck_assert(repo_has(&r, "metadata/3.targets.json"));
	ASSERT_RUNS(&r, "key list");
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(a_key_that_was_made_before_is_taken_with_its_name)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "key new plans.coat --type ecdsa " NEW, r.pass);
	ASSERT_RUNS(&r, "rotate plans.coat --key %s --with %s",
	            test_path("r/keys/plans.coat.2.key"),
	            test_path("r/keys/plans.coat.3.key"));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	/* One more, without one that goes. */
	ASSERT_RUNS(&r, "key new plans.coat --type rsa " NEW, r.pass);
	ASSERT_RUNS(&r, "rotate plans.coat --with %s",
	            test_path("r/keys/plans.coat.4.key"));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "plans.coat 3: 3 signatures, 2 of 3 needed");
	repo_fini(&r);
}

TEST(a_key_is_used_in_one_repository_and_one_role)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(wrong_role)",
	               "rotate plans.coat --with %s",
	               test_path("r/keys/releases.coat.1.key"));
	ASSERT_REFUSES(&r, CLI_CONFLICT, "has the key",
	               "rotate plans.coat --with %s",
	               test_path("r/keys/plans.coat.1.key"));
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --profile solo --passphrase-file %s "
	                      "--kdf light",
	                      test_path("other"), r.pass),
	            0);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(wrong_repo)",
	               "rotate root --with %s",
	               test_path("other/keys/root.1.key"));
	ck_assert(!repo_has(&r, "staged/root.json"));
	repo_fini(&r);
}

/* Fails the n-th file that gets its name. */
static int fail_rename(void *ctx, enum fs_op op, const char *path)
{
	int *left = ctx;

	(void)path;
	return op == FS_RENAME && (*left)-- == 0 ? EIO : 0;
}

/* Root 2, targets 3, and what targets delegates to: the same command ends it,
 * another one is told so, and nothing is signed meanwhile. */
TEST(a_rotation_that_was_cut_off_is_finished_by_the_same_command)
{
	static const char again[] = "rotate --online --kdf light";

	repo_init(&r);
	/* Key files get their names first, then the journal, then drafts. */
	for (int n = 0; !repo_has(&r, "rotation.json"); n++) {
		int at = n;

		ck_assert_int_lt(n, 20);
		fs_set_hook(fail_rename, &at);
		ASSERT_EXIT(&r.t, repo_run(&r, "%s", again), CLI_FAILED);
		fs_set_hook(NULL, NULL);
	}
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unfinished)", SIGN, r.pass);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unfinished)", "renew plans.coat");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unfinished)", "threshold root 1");
	ASSERT_COMPLAINS(&r.t, "rotate --online was interrupted");
	/* Before anybody types a passphrase. */
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unfinished)", "product add arm " NEW,
	               r.pass);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unfinished)",
	               "delegate docs --path docs/* " NEW, r.pass);
	ck_assert_ptr_null(strstr(r.t.err, "docs.*.key"));
	ck_assert(!repo_has(&r, "keys/releases.arm.1.key"));
	ck_assert(!repo_has(&r, "online/rollout.arm.key"));
	ck_assert(!repo_has(&r, "keys/docs.1.key"));
	ASSERT_RUNS(&r, "%s", again);
	ck_assert(!repo_has(&r, "rotation.json"));
	ck_assert(repo_has(&r, "staged/root.json"));
	ck_assert(repo_has(&r, "staged/targets.json"));
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	repo_fini(&r);
}

TEST(a_revoked_key_leaves_when_enough_are_left)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_FAILED, "(threshold_unmet)", "revoke %s",
	               test_path("r/keys/plans.coat.2.key"));
	ASSERT_COMPLAINS(&r.t, "plans.coat: 2 signatures would be needed of 1 "
	                       "key; give it another");
	ASSERT_RUNS(&r, "key new plans.coat " NEW, r.pass);
	ASSERT_RUNS(&r, "rotate plans.coat --with %s",
	            test_path("r/keys/plans.coat.3.key"));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "revoke %s --dry-run",
	            test_path("r/keys/plans.coat.2.key"));
	ck_assert(!repo_has(&r, "staged/targets.json"));
	ASSERT_RUNS(&r, "revoke %s", test_path("r/keys/plans.coat.2.key"));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "plans.coat 3: 2 signatures, 2 of 2 needed");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_key)", "revoke %s",
	               test_path("r/keys/plans.coat.2.key"));
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_key)", "revoke 0123");
	repo_fini(&r);
}

TEST(a_threshold_moves_within_what_the_keys_allow)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_FAILED, "(threshold_unmet)",
	               "threshold plans.coat 3");
	ASSERT_REFUSES(&r, CLI_FAILED, "(solo)", "threshold plans.coat 1");
	ASSERT_REFUSES(&r, CLI_FAILED, "(threshold_order)",
	               "threshold targets 1 --solo");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "2 sign already",
	               "threshold plans.coat 2");
	ASSERT_REFUSES(&r, CLI_USAGE, "(usage)", "threshold plans.coat 0");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)",
	               "threshold plans.cot 2");
	ASSERT_COMPLAINS(&r.t, "plans.coat");
	ASSERT_RUNS(&r, "threshold plans.coat 1 --solo");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "1 of 2 needed");
	/* Up again: two signatures are there already. */
	ASSERT_RUNS(&r, "threshold plans.coat 2");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "ok      plans.coat 3: 2 signatures, 2 of 2");
	repo_fini(&r);
}

TEST(an_online_role_is_signed_by_one_key)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_FAILED, "(threshold_unmet)",
	               "threshold timestamp 2");
	ASSERT_RUNS(&r, "key new timestamp --kdf light");
	*strchr(r.t.out, ':') = '\0';
	SCOPED(free)
	char *path = xstrdup(r.t.out);
	ASSERT_RUNS(&r, "rotate timestamp --with %s", path);
	ASSERT_REFUSES(&r, CLI_FAILED, "(threshold_online)",
	               "threshold timestamp 2");
	repo_fini(&r);
}

TEST(a_life_is_kept_and_used_from_the_next_version_on)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "expiry plans.coat 30d");
	ASSERT_PRINTS(&r.t, "plans.coat: lives 30 d from its next version on");
	ASSERT_RUNS(&r, "renew plans.coat");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "plans.coat 2: 2 signatures, 2 of 2 needed, until "
	                    "2026-03-31T00:00:00Z");
	ASSERT_RUNS(&r, "expiry root 700d --json");
	ASSERT_PRINTS(&r.t, "\"life_s\":60480000");
	ASSERT_RUNS(&r, "rotate root --key %s " NEW,
	            test_path("r/keys/root.1.key"), r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "until 2028-01-30T00:00:00Z");
	repo_fini(&r);
}

/* The staged file of the role ends this many days after the tests' moment. */
static bool lives(const char *role, const char *until)
{
	SCOPED(free)
	char *file = xasprintf("staged/%s.json", role);
	SCOPED(free)
	char *text = repo_read(&r, file);
	SCOPED(free)
	char *want = xasprintf("\"expires\":\"%s\"", until);

	return strstr(text, want) != NULL;
}

/* A bin that ended before its role would hide what it lists. */
TEST(bins_live_as_long_as_their_role)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "expiry root 700d");
	ASSERT_RUNS(&r, "expiry targets 300d");
	ASSERT_RUNS(&r, "expiry releases.coat 300d");
	ASSERT_RUNS(&r, "delegate releases.coat --bins 2");
	ck_assert(lives("releases.coat", "2026-12-26T00:00:00Z"));
	ck_assert(lives("releases.coat.bin-1", "2026-12-26T00:00:00Z"));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "expiry releases.coat 20d");
	ASSERT_RUNS(&r, "renew releases.coat");
	ck_assert(lives("releases.coat", "2026-03-21T00:00:00Z"));
	ck_assert(lives("releases.coat.bin-0", "2026-03-21T00:00:00Z"));
	ASSERT_REFUSES(&r, CLI_FAILED, "lives as long as that (life)",
	               "expiry releases.coat.bin-0 30d");
	ASSERT_RUNS(&r, "delegate releases.coat --bins 1");
	ck_assert(lives("releases.coat", "2026-03-21T00:00:00Z"));
	repo_fini(&r);
}

TEST(a_new_role_never_outlives_the_roles_above)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "expiry plans.coat 20d");
	ASSERT_RUNS(&r, "expiry releases.coat 20d");
	ASSERT_RUNS(&r, "expiry targets 40d");
	ASSERT_RUNS(&r, "product add hat " NEW, r.pass);
	ck_assert(lives("releases.hat", "2026-04-10T00:00:00Z"));
	ASSERT_RUNS(
		&r,
		"delegate docs --path docs/* --role-keys 2 --threshold 2 " NEW,
		r.pass);
	ck_assert(lives("docs", "2026-04-10T00:00:00Z"));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "expiry docs 30d");
	ASSERT_RUNS(&r,
	            "delegate docs.de --under docs --path docs/de-* "
	            "--role-keys 2 --threshold 2 " NEW,
	            r.pass);
	ck_assert(lives("docs.de", "2026-03-31T00:00:00Z"));
	repo_fini(&r);
}

TEST(a_life_has_bounds_and_never_outlives_the_role_above)
{
	static const struct {
		const char *line;
		const char *says;
		int code;
	} rows[] = {
		{"expiry root 29d", "may live from 30 d to 730 d", CLI_FAILED},
		{"expiry root 731d", "(life)", CLI_FAILED},
		{"expiry root 100d", "(life_order)", CLI_FAILED},
		{"expiry plans.coat 181d", "(life)", CLI_FAILED},
		{"expiry releases.coat 200d", "targets, which names its keys",
	         CLI_FAILED},
		{"expiry timestamp 20d", "(online_role)", CLI_FAILED},
		{"expiry rollout.coat 20d", "(online_role)", CLI_FAILED},
		{"expiry plans.cot 20d", "(unknown_role)", CLI_NOT_FOUND},
		{"expiry root soon", "DURATION", CLI_USAGE},
	};

	repo_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_REFUSES(&r, rows[i].code, rows[i].says, "%s",
		               rows[i].line);
	repo_fini(&r);
}

/* A joint promotion killed at each of its steps leaves a folder that verifies,
 * and the same command ends it. */
static int fail_from(void *ctx, enum fs_op op, const char *path)
{
	int *left = ctx;

	(void)path;
	return op == FS_OPEN || op == FS_READ || (*left)-- > 0 ? 0 : ENOSPC;
}

static void give_it_up(void)
{
	ASSERT_RUNS(&r, "draft drop --all");
	ASSERT_RUNS(&r, "verify");
	ck_assert_ptr_null(strstr(r.t.out, "staged"));
	ASSERT_RUNS(&r, "show");
	ASSERT_RUNS(&r, "verify-history");
	ASSERT_RUNS(&r, "renew plans.coat");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
}

static int steps_left;

static void give_up_half_of_it_and_sign(void)
{
	fs_set_hook(fail_from, &steps_left);
	(void)repo_run(&r, "draft drop --all");
	fs_set_hook(NULL, NULL);
	ASSERT_RUNS(&r, "verify");
	/* When the numbers are burned there is nothing left to sign. */
	(void)repo_run(&r, SIGN, r.pass);
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, "draft drop --all");
	ASSERT_RUNS(&r, "verify-history");
}

static void give_it_up_in_pieces(void)
{
	for (int n = 0; n == 0 || steps_left < 0; n++) {
		steps_left = n;
		repo_instead(&r, give_up_half_of_it_and_sign);
	}
}

static void draft_anew(void)
{
	ASSERT_RUNS(&r, "renew plans.coat");
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, SIGN, r.pass);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	ASSERT_RUNS(&r, "verify");
	ck_assert_ptr_null(strstr(r.t.out, "staged"));
	ASSERT_RUNS(&r, "verify-history");
}

static void is_complete_with_three(void)
{
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, SIGN, r.pass);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "plans.coat 3: 3 signatures, 2 of 3 needed");
	ASSERT_RUNS(&r, "verify-history");
}

static void sign_once_more(void)
{
	sign_with("plans.coat", "third.key");
	is_complete_with_three();
}

static void sign_elsewhere(void)
{
	sign_with("plans.coat", "third.key");
	ASSERT_RUNS(&r, "draft export %s", test_path("stick.json"));
}

static void bring_one_more(void)
{
	ASSERT_RUNS(&r, "draft import %s", test_path("stick.json"));
	is_complete_with_three();
}

TEST(a_joint_promotion_survives_a_crash_at_any_step)
{
	struct err e;
	int n = 0, left;

	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "rotate targets " NEW, r.pass);
	ASSERT_RUNS(&r, "rotate plans.coat " NEW, r.pass);
	/* One approver more than are needed, who is somewhere else. */
	ASSERT_RUNS(&r, "key new plans.coat " NEW, r.pass);
	ASSERT_OK(fs_rename(test_path("r/keys/plans.coat.5.key"),
	                    test_path("third.key"), &e));
	ASSERT_RUNS(&r, "rotate plans.coat --with %s", test_path("third.key"));
	repo_instead(&r, sign_elsewhere);
	for (;; n++) {
		left = n;
		fs_set_hook(fail_from, &left);
		(void)repo_run(&r, SIGN, r.pass);
		fs_set_hook(NULL, NULL);
		if (left >= 0)
			break;
		ck_assert_int_eq(r.t.code, CLI_FAILED);
		ASSERT_RUNS(&r, "verify");
		repo_instead(&r, give_it_up);
		repo_instead(&r, give_it_up_in_pieces);
		repo_instead(&r, draft_anew);
		if (!repo_has(&r, "metadata/2.root.json"))
			repo_instead(&r, sign_once_more);
		if (!repo_has(&r, "metadata/2.root.json"))
			repo_instead(&r, bring_one_more);
	}
	ck_assert_int_ge(n, 8);
	ck_assert_int_eq(r.t.code, 0);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	ck_assert(repo_has(&r, "metadata/3.targets.json"));
	ck_assert(repo_has(&r, "metadata/3.plans.coat.json"));
	ASSERT_RUNS(&r, "verify");
	ck_assert_ptr_null(strstr(r.t.out, "staged"));
	repo_fini(&r);
}

TEST(a_rotation_of_what_is_not_there_is_refused)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "did you mean",
	               "rotate plans.cot -n");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_key)",
	               "rotate root --key 0123456789 -n");
	ASSERT_REFUSES(&r, CLI_USAGE, "rotate needs a role", "rotate -n");
	ASSERT_REFUSES(&r, CLI_USAGE, "rotate needs a role",
	               "rotate root --online -n");
	ASSERT_REFUSES(&r, CLI_USAGE, "not about --online",
	               "rotate --online --key 0123456789");
	repo_fini(&r);
}
