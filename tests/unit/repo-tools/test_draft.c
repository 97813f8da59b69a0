#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/desks.h"

#include <errno.h>
#include <string.h>

static struct err e;

TEST(a_draft_says_what_changes_and_who_has_to_sign)
{
	desks_begin();
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t,
	              "releases.coat 2: adds release 1.0.0 for a7, b2; "
	              "nothing else changes\n");
	ASSERT_PRINTS(&office.t,
	              "plans.coat 2: adds plan first revision 1; nothing "
	              "else changes\n");
	ASSERT_PRINTS(&office.t, "0 of 2 signatures\n  may still sign: ");
	ASSERT_PRINTS(&office.t, "  cid\n");
	ASSERT_PRINTS(&office.t, "  dot\n");
	SIGNS(&office, 1);
	ASSERT_RUNS(&office, "draft --json");
	ASSERT_PRINTS(&office.t, "\"have\":1,\"need\":2,\"waits_for\":null,"
	                         "\"missing\":[{\"keyid\":\"");
	ASSERT_PRINTS(&office.t, "\"holder\":\"dot\"}");
	ck_assert(strstr(office.t.out, "\"holder\":\"cid\"") == NULL);
	SIGNS(&office, 2);
	ASSERT_RUNS(&office, "draft");
	ASSERT_COMPLAINS(&office.t, "nothing is staged");
	ASSERT_RUNS(&office, "renew root");
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t,
	              "root 2: says the same for longer; nothing else "
	              "changes\n");
	desks_end();
}

TEST(a_new_revision_and_new_keys_are_said_in_words)
{
	desks_begin();
	REPO_SIGN_ALL(&office);
	ASSERT_RUNS(&office,
	            "plan add -p coat -i first -r 1.0.0 --channels canary "
	            "--regions eu --stages 100%%:2h");
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t,
	              "replaces plan first revision 1 by revision 2; "
	              "nothing else changes");
	ASSERT_RUNS(&office,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            office.pass);
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t,
	              "delegates fw/arm/* delta/arm/* meta/arm/* to "
	              "releases.arm, signed by 2 of 2 keys, delegates ");
	desks_end();
}

TEST(a_draft_goes_over_a_stick_and_its_signatures_come_back)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_PRINTS(&ben.t, "releases.coat 2: adds release 1.0.0 for a7, b2");
	ASSERT_PRINTS(&ben.t, "  cid\n");
	SIGNS(&ben, 2);
	ASSERT_COMPLAINS(&ben.t, "its file is not here");
	EXPORTS(&ben);
	/* Meanwhile the office signed too. */
	SIGNS(&office, 1);
	IMPORTS(&office);
	ASSERT_COMPLAINS(&office.t, "complete: metadata/2.releases.coat.json");
	ASSERT_COMPLAINS(&office.t,
	                 "2 signatures and 0 complete files were new");
	ck_assert(repo_has(&office, "metadata/2.plans.coat.json"));
	ASSERT_RUNS(&office, "verify");
	/* And the other way round: what is complete comes back too. */
	EXPORTS(&office);
	IMPORTS(&ben);
	ck_assert(repo_has(&ben, "metadata/2.releases.coat.json"));
	ck_assert(repo_has(&ben, "targets/plan/coat/first.1.json"));
	ASSERT_COMPLAINS(&ben.t, "2 complete files were new here");
	desks_end();
}

/* FAT. */
static int no_links(void *ctx, enum fs_op op, const char *path)
{
	(void)ctx;
	(void)path;
	return op == FS_LINK ? EPERM : 0;
}

TEST(a_folder_on_a_stick_without_hard_links_is_as_good)
{
	fs_set_hook(no_links, NULL);
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	SIGNS(&ben, 2);
	EXPORTS(&ben);
	SIGNS(&office, 1);
	IMPORTS(&office);
	ck_assert(repo_has(&office, "metadata/2.plans.coat.json"));
	EXPORTS(&office);
	IMPORTS(&ben);
	ck_assert(repo_has(&ben, "metadata/2.releases.coat.json"));
	fs_set_hook(NULL, NULL);
	ASSERT_RUNS(&office, "verify");
	desks_end();
}

TEST(the_same_import_twice_changes_nothing)
{
	desks_begin();
	EXPORTS(&office);
	SIGNS(&office, 1);
	IMPORTS(&office);
	ASSERT_COMPLAINS(&office.t, "0 signatures and 0 complete files");
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "1 of 2 signatures");
	desks_end();
}

TEST(a_folder_without_a_root_asks_for_one)
{
	desks_begin();
	EXPORTS(&office);
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s", stick());
	ASSERT_COMPLAINS(&ben.t, office_root());
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s --trust-root %.15s", stick(),
	               office_root());
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s --trust-root 0123456789abcdef",
	               stick());
	ck_assert(!fs_exists(ben.dir));
	ASSERT_RUNS(&ben, "draft import %s --trust-root %.16s", stick(),
	            office_root());
	desks_end();
}

TEST(a_stale_draft_is_refused)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, "renew releases.coat");
	REPO_SIGN_ALL(&office);
	/* Ben's stick is of the version before. */
	SIGNS(&ben, 1);
	ASSERT_RUNS(&ben, "draft export %s", test_path("late.json"));
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               test_path("late.json"));
	/* On ben's own folder the office's next word makes his draft stale;
	 * the other one he gives up himself. */
	EXPORTS(&office);
	ASSERT_REFUSES(&ben, CLI_CONFLICT, "plans.coat 2: is staged here",
	               "draft import %s", stick());
	ASSERT_RUNS(&ben, "draft drop plans.coat");
	IMPORTS(&ben);
	ASSERT_RUNS(&ben, "draft");
	ck_assert(strstr(ben.t.out, "releases.coat 2") == NULL);
	desks_end();
}

TEST(a_draft_on_a_base_that_moved_is_stale)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "draft drop --all");
	ASSERT_RUNS(&ben, "renew releases.coat");
	REPO_SIGN_ALL(&office);
	ASSERT_RUNS(&ben, "draft export %s", test_path("late.json"));
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(stale_draft)",
	               "draft import %s", test_path("late.json"));
	ASSERT_COMPLAINS(&office.t, "was drafted on version 1, 2 is complete");
	desks_end();
}

TEST(two_drafts_of_one_version_do_not_mix)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	/* Ben makes the same number with other bytes, by hand. */
	ASSERT_OK(fs_remove(test_path("ben/staged/releases.coat.json"), &e));
	ASSERT_OK(fs_remove(test_path("ben/staged/plans.coat.json"), &e));
	ASSERT_OK(fs_remove(test_path("ben/drafts.json"), &e));
	clock_manual_advance(&ben.t.clock, 1000);
	ASSERT_RUNS(&ben, "renew releases.coat");
	ASSERT_RUNS(&ben, "draft export %s", test_path("other.json"));
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(other_draft)",
	               "draft import %s", test_path("other.json"));
	ASSERT_COMPLAINS(&office.t,
	                 "releases.coat 2: another draft of this version");
	desks_end();
}

TEST(a_number_once_out_is_never_used_for_other_bytes)
{
	desks_begin();
	/* Nobody has seen the first draft: the next one takes its number. */
	ASSERT_RUNS(&office, "release add %s -p coat -V 1.0.1 --hw a7 --json",
	            repo_file("b.bin", "two"));
	ASSERT_PRINTS(&office.t, "\"role_version\":2");
	EXPORTS(&office);
	ASSERT_RUNS(&office, "release add %s -p coat -V 1.0.2 --hw a7 --json",
	            repo_file("c.bin", "three"));
	ASSERT_PRINTS(&office.t, "\"role_version\":3");
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	/* A signature is as good as a stick. */
	SIGNS(&office, 1);
	ASSERT_RUNS(&office, "release add %s -p coat -V 1.0.3 --hw a7 --json",
	            repo_file("d.bin", "four"));
	ASSERT_PRINTS(&office.t, "\"role_version\":4");
	ASSERT_RUNS(&office, "draft drop releases.coat plans.coat");
	ASSERT_PRINTS(&office.t,
	              "releases.coat 4: dropped; its number is burned");
	ASSERT_RUNS(&office, "release add %s -p coat -V 1.0.3 --hw a7 --json",
	            test_path("d.bin"));
	ASSERT_PRINTS(&office.t, "\"role_version\":5");
	REPO_SIGN_ALL(&office);
	ck_assert(repo_has(&office, "metadata/5.releases.coat.json"));
	ASSERT_RUNS(&office, "verify");
	desks_end();
}

TEST(a_product_that_was_given_up_may_be_made_again)
{
	desks_begin();
	ASSERT_RUNS(&office,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            office.pass);
	ASSERT_RUNS(&office, "draft drop targets");
	ck_assert(!repo_has(&office, "staged/releases.arm.json"));
	ASSERT_OK(fs_remove(test_path("r/online/rollout.arm.key"), &e));
	ASSERT_RUNS(&office,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            office.pass);
	REPO_SIGN_ALL(&office);
	ck_assert(repo_has(&office, "metadata/2.releases.arm.json"));
	ASSERT_RUNS(&office, "verify");
	desks_end();
}

TEST(signatures_over_other_bytes_are_refused_by_name)
{
	desks_begin();
	SIGNS(&office, 1);
	EXPORTS(&office);
	/* The hardware of the draft, which is signed. */
	stick_edit("\\\"hw\\\":[\\\"a7\\\"", "\\\"hw\\\":[\\\"a8\\\"");
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(bad_signature)",
	               "draft import %s --trust-root %s", stick(),
	               office_root());
	ASSERT_COMPLAINS(&ben.t, "releases.coat.json: the signature of key ");
	ck_assert(!fs_exists(ben.dir));
	desks_end();
}

TEST(what_does_not_verify_is_not_written)
{
	desks_begin();
	EXPORTS(&office);
	stick_edit("\\\"threshold\\\":2", "\\\"threshold\\\":1");
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s --trust-root %s", stick(),
	               office_root());
	EXPORTS(&office);
	stick_edit("fw/coat/*", "fw/boat/*");
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "targets.json",
	               "draft import %s --trust-root %s", stick(),
	               office_root());
	ck_assert(!fs_exists(ben.dir));
	/* And what is here already is not replaced. */
	ASSERT_REFUSES(&office, CLI_UNVERIFIED, "(reissued)", "draft import %s",
	               stick());
	ASSERT_RUNS(&office, "verify");
	desks_end();
}

TEST(a_stick_of_another_repository_is_refused)
{
	struct repo other = {.dir = test_path("other"), .pass = NULL};

	desks_begin();
	other.pass = office.pass;
	tool_init(&other.t, office.t.program);
	rng_seeded_init(&other.t.rng, 2);
	ASSERT_EXIT(&other.t,
	            tool_line(&other.t,
	                      "init %s --profile solo --passphrase-file %s "
	                      "--kdf light",
	                      other.dir, office.pass),
	            0);
	EXPORTS(&office);
	ASSERT_REFUSES(&other, CLI_PERMISSION, "(wrong_repo)",
	               "draft import %s", stick());
	ASSERT_REFUSES(&other, CLI_CONFLICT, "(wrong_repo)", "draft export %s",
	               stick());
	repo_fini(&other);
	desks_end();
}

TEST(a_stick_is_not_overwritten_while_it_holds_unseen_signatures)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	SIGNS(&ben, 2);
	EXPORTS(&ben);
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(unseen_signatures)",
	               "draft export %s", stick());
	IMPORTS(&office);
	EXPORTS(&office);
	/* Nor is a file that is none. */
	ASSERT_REFUSES(&office, CLI_FAILED, "not replaced", "draft export %s",
	               repo_file("note", "{\"schema\":\"x\"}"));
	desks_end();
}

TEST(what_is_no_draft_is_refused)
{
	static const char *const bad[] = {"",
	                                  "{",
	                                  "[]",
	                                  "{}",
	                                  "{\"schema\":\"pawl-draft/2\"}",
	                                  "{\"schema\":\"pawl-draft/1\"}"};

	desks_begin();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ASSERT_REFUSES(&office, CLI_FAILED, "bad", "draft import %s",
		               repo_file("bad", bad[i]));
	EXPORTS(&office);
	stick_edit("\"name\":\"2.targets.json\"",
	           "\"name\":\"../2.targets.json\"");
	ASSERT_REFUSES(&office, CLI_FAILED, "is no name", "draft import %s",
	               stick());
	desks_end();
}

TEST(bins_travel_with_their_role)
{
	desks_begin();
	REPO_SIGN_ALL(&office);
	ASSERT_RUNS(&office, "delegate releases.coat --bins 4");
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_PRINTS(&ben.t, "releases.coat 3: spreads over 4 bins; nothing "
	                      "else changes");
	ASSERT_RUNS(&ben,
	            "sign --all --key %s/keys/releases.coat.1.key "
	            "--passphrase-file %s",
	            office.dir, office.pass);
	EXPORTS(&ben);
	IMPORTS(&office);
	ASSERT_COMPLAINS(&office.t, "5 signatures");
	REPO_SIGN_ALL(&office);
	ck_assert(repo_has(&office, "metadata/1.releases.coat.bin-3.json"));
	ASSERT_RUNS(&office, "verify");
	desks_end();
}

/* Fails the n-th file that gets another's name. */
static int fail_rename(void *ctx, enum fs_op op, const char *path)
{
	int *left = ctx;

	(void)path;
	return op == FS_RENAME && (*left)-- == 0 ? EIO : 0;
}

static int fail_from(void *ctx, enum fs_op op, const char *path)
{
	int *left = ctx;

	(void)path;
	return op == FS_OPEN || op == FS_READ || (*left)-- > 0 ? 0 : ENOSPC;
}

static void give_up_what_came(void)
{
	ASSERT_RUNS(&ben, "draft drop --all");
	ASSERT_RUNS(&ben, "verify");
	ASSERT_RUNS(&ben, "verify-history");
	IMPORTS(&ben);
	ck_assert(repo_has(&ben, "metadata/2.root.json"));
	ck_assert(repo_has(&ben, "metadata/4.releases.coat.json"));
	ASSERT_RUNS(&ben, "verify");
}

/* New keys for targets and for releases, of which Ben has not heard, and
 * versions between that he never gets. */
TEST(an_import_that_is_cut_off_leaves_what_verifies)
{
	int n = 0, left;

	desks_begin();
	/* Ben would miss the firmware. */
	ASSERT_RUNS(&office, "draft drop --all");
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&office, "renew releases.coat");
	REPO_SIGN_ALL(&office);
	ASSERT_RUNS(&office, "rotate targets --passphrase-file %s --kdf light",
	            office.pass);
	ASSERT_RUNS(&office,
	            "rotate releases.coat --passphrase-file %s --kdf light",
	            office.pass);
	REPO_SIGN_ALL(&office);
	ck_assert(repo_has(&office, "metadata/2.root.json"));
	ck_assert(repo_has(&office, "metadata/4.releases.coat.json"));
	EXPORTS(&office);
	for (;; n++) {
		left = n;
		fs_set_hook(fail_from, &left);
		(void)repo_run(&ben, "draft import %s", stick());
		fs_set_hook(NULL, NULL);
		ASSERT_RUNS(&ben, "verify");
		if (left >= 0)
			break;
		repo_instead(&ben, give_up_what_came);
	}
	ck_assert_int_ge(n, 8);
	ck_assert_int_eq(ben.t.code, 0);
	ASSERT_PRINTS(&ben.t, "ok      releases.coat 4: ");
	ck_assert_ptr_null(strstr(ben.t.out, "staged"));
	desks_end();
}

/* Targets 3 as Ben has it says nothing of the threshold that targets 3 was to
 * say here. */
TEST(a_change_of_keys_that_was_cut_off_is_not_done_by_what_comes_in)
{
	static const char cut[] = "threshold plans.coat 1 --solo";

	desks_begin();
	REPO_SIGN_ALL(&office);
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "renew targets");
	ASSERT_RUNS(&ben, "sign --all --keys %s/keys --passphrase-file %s",
	            office.dir, office.pass);
	ck_assert(repo_has(&ben, "metadata/3.targets.json"));
	EXPORTS(&ben);
	for (int n = 0; !repo_has(&office, "rotation.json"); n++) {
		int at = n;

		ck_assert_int_lt(n, 20);
		fs_set_hook(fail_rename, &at);
		ASSERT_EXIT(&office.t, repo_run(&office, "%s", cut),
		            CLI_FAILED);
		fs_set_hook(NULL, NULL);
	}
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(unfinished)", "draft import %s",
	               stick());
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(unfinished)",
	               "draft drop --all");
	/* Nor by a file that was copied by hand. */
	SCOPED(free)
	char *other = repo_read(&ben, "metadata/3.targets.json");
	repo_write(&office, "metadata/3.targets.json", other);
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(stale_draft)", "%s", cut);
	ASSERT_COMPLAINS(&office.t, "targets 3: ");
	ASSERT_OK(fs_remove(test_path("r/metadata/3.targets.json"), &e));
	ASSERT_RUNS(&office, "%s", cut);
	REPO_SIGN_ALL(&office);
	ASSERT_RUNS(&office, "verify");
	ASSERT_PRINTS(&office.t, "1 of 2 needed");
	desks_end();
}
