#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <errno.h>
#include <string.h>

static struct repo r;   /* the office, where drafts are made */
static struct repo ben; /* another machine: a folder without keys */
static struct err e;

/* A release and a plan are staged; ben has an empty folder. */
static void begin(void)
{
	repo_init(&r);
	repo_stage(&r);
	ben = (struct repo){.dir = test_path("ben"), .pass = r.pass};
	tool_init(&ben.t, r.t.program);
}

static void end(void)
{
	repo_fini(&r);
	repo_fini(&ben);
}

static const char *root_hash(void)
{
	static char sha256[SHA256_HEX_SIZE];
	SCOPED(free)
	char *text = repo_read(&r, "metadata/1.root.json");

	hash_sha256_hex(sha256, text, strlen(text));
	return sha256;
}

static const char *stick(void)
{
	return test_path("stick.json");
}

#define EXPORTS(who) ASSERT_RUNS(who, "draft export %s", stick())
#define IMPORTS(who) ASSERT_RUNS(who, "draft import %s", stick())
#define BEN_STARTS                                                    \
	ASSERT_RUNS(&ben, "draft import %s --trust-root %s", stick(), \
	            root_hash())
/* Signs with the n-th key of each role, which lies with the office. */
#define SIGNS(who, n)                                                      \
	ASSERT_RUNS(who,                                                   \
	            "sign --all --key %s/keys/releases.coat.%d.key --key " \
	            "%s/keys/plans.coat.%d.key --passphrase-file %s",      \
	            r.dir, n, r.dir, n, r.pass)

static void edit_stick(const char *was, const char *is)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	char *at;
	SCOPED(free)
	char *after = NULL;

	ASSERT_OK(fs_read(&b, stick(), &e));
	at = strstr(b.data, was);
	ck_assert_msg(at != NULL, "no '%s' on the stick", was);
	*at = '\0';
	after = xasprintf("%s%s%s", b.data, is, at + strlen(was));
	ASSERT_OK(fs_write(stick(), after, strlen(after), 0644, &e));
}

TEST(a_draft_says_what_changes_and_who_has_to_sign)
{
	begin();
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "releases.coat 2: adds release 1.0.0 for a7, b2; "
	                    "nothing else changes\n");
	ASSERT_PRINTS(&r.t, "plans.coat 2: adds plan first revision 1; nothing "
	                    "else changes\n");
	ASSERT_PRINTS(&r.t, "0 of 2 signatures\n  may still sign: ");
	ASSERT_PRINTS(&r.t, "  cid\n");
	ASSERT_PRINTS(&r.t, "  dot\n");
	SIGNS(&r, 1);
	ASSERT_RUNS(&r, "draft --json");
	ASSERT_PRINTS(&r.t, "\"have\":1,\"need\":2,\"waits_for\":null,"
	                    "\"missing\":[{\"keyid\":\"");
	ASSERT_PRINTS(&r.t, "\"holder\":\"dot\"}");
	ck_assert(strstr(r.t.out, "\"holder\":\"cid\"") == NULL);
	SIGNS(&r, 2);
	ASSERT_RUNS(&r, "draft");
	ASSERT_COMPLAINS(&r.t, "nothing is staged");
	ASSERT_RUNS(&r, "renew root");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "root 2: says the same for longer; nothing else "
	                    "changes\n");
	end();
}

TEST(a_new_revision_and_new_keys_are_said_in_words)
{
	begin();
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "plan add -p coat -i first -r 1.0.0 --channels canary "
	                "--regions eu --stages 100%%:2h");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "replaces plan first revision 1 by revision 2; "
	                    "nothing else changes");
	ASSERT_RUNS(&r,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            r.pass);
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "delegates fw/arm/* delta/arm/* meta/arm/* to "
	                    "releases.arm, signed by 2 of 2 keys, delegates ");
	end();
}

TEST(a_draft_goes_over_a_stick_and_its_signatures_come_back)
{
	begin();
	EXPORTS(&r);
	BEN_STARTS;
	ASSERT_PRINTS(&ben.t, "releases.coat 2: adds release 1.0.0 for a7, b2");
	ASSERT_PRINTS(&ben.t, "  cid\n");
	SIGNS(&ben, 2);
	ASSERT_COMPLAINS(&ben.t, "its file is not here");
	EXPORTS(&ben);
	/* Meanwhile the office signed too. */
	SIGNS(&r, 1);
	IMPORTS(&r);
	ASSERT_COMPLAINS(&r.t, "complete: metadata/2.releases.coat.json");
	ASSERT_COMPLAINS(&r.t, "2 signatures and 0 complete files were new");
	ck_assert(repo_has(&r, "metadata/2.plans.coat.json"));
	ASSERT_RUNS(&r, "verify");
	/* And the other way round: what is complete comes back too. */
	EXPORTS(&r);
	IMPORTS(&ben);
	ck_assert(repo_has(&ben, "metadata/2.releases.coat.json"));
	ck_assert(repo_has(&ben, "targets/plan/coat/first.1.json"));
	ASSERT_COMPLAINS(&ben.t, "2 complete files were new here");
	end();
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
	begin();
	EXPORTS(&r);
	BEN_STARTS;
	SIGNS(&ben, 2);
	EXPORTS(&ben);
	SIGNS(&r, 1);
	IMPORTS(&r);
	ck_assert(repo_has(&r, "metadata/2.plans.coat.json"));
	EXPORTS(&r);
	IMPORTS(&ben);
	ck_assert(repo_has(&ben, "metadata/2.releases.coat.json"));
	fs_set_hook(NULL, NULL);
	ASSERT_RUNS(&r, "verify");
	end();
}

TEST(the_same_import_twice_changes_nothing)
{
	begin();
	EXPORTS(&r);
	SIGNS(&r, 1);
	IMPORTS(&r);
	ASSERT_COMPLAINS(&r.t, "0 signatures and 0 complete files");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "1 of 2 signatures");
	end();
}

TEST(a_folder_without_a_root_asks_for_one)
{
	begin();
	EXPORTS(&r);
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s", stick());
	ASSERT_COMPLAINS(&ben.t, root_hash());
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s --trust-root %.15s", stick(),
	               root_hash());
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s --trust-root 0123456789abcdef",
	               stick());
	ck_assert(!fs_exists(ben.dir));
	ASSERT_RUNS(&ben, "draft import %s --trust-root %.16s", stick(),
	            root_hash());
	end();
}

TEST(a_stale_draft_is_refused)
{
	begin();
	EXPORTS(&r);
	BEN_STARTS;
	ASSERT_RUNS(&r, "draft drop --all");
	ASSERT_RUNS(&r, "renew releases.coat");
	REPO_SIGN_ALL(&r);
	/* Ben's stick is of the version before. */
	SIGNS(&ben, 1);
	ASSERT_RUNS(&ben, "draft export %s", test_path("late.json"));
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(burned)", "draft import %s",
	               test_path("late.json"));
	/* On ben's own folder the office's next word makes his draft stale. */
	EXPORTS(&r);
	IMPORTS(&ben);
	ASSERT_RUNS(&ben, "draft");
	ck_assert(strstr(ben.t.out, "releases.coat 2") == NULL);
	end();
}

TEST(a_draft_on_a_base_that_moved_is_stale)
{
	begin();
	EXPORTS(&r);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "draft drop --all");
	ASSERT_RUNS(&ben, "renew releases.coat");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&ben, "draft export %s", test_path("late.json"));
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(stale_draft)", "draft import %s",
	               test_path("late.json"));
	ASSERT_COMPLAINS(&r.t, "was drafted on version 1, 2 is complete");
	end();
}

TEST(two_drafts_of_one_version_do_not_mix)
{
	begin();
	EXPORTS(&r);
	BEN_STARTS;
	/* Ben makes the same number with other bytes, by hand. */
	ASSERT_OK(fs_remove(test_path("ben/staged/releases.coat.json"), &e));
	ASSERT_OK(fs_remove(test_path("ben/staged/plans.coat.json"), &e));
	ASSERT_OK(fs_remove(test_path("ben/drafts.json"), &e));
	clock_manual_advance(&ben.t.clock, 1000);
	ASSERT_RUNS(&ben, "renew releases.coat");
	ASSERT_RUNS(&ben, "draft export %s", test_path("other.json"));
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(other_draft)", "draft import %s",
	               test_path("other.json"));
	ASSERT_COMPLAINS(&r.t,
	                 "releases.coat 2: another draft of this version");
	end();
}

TEST(a_number_once_out_is_never_used_for_other_bytes)
{
	begin();
	/* Nobody has seen the first draft: the next one takes its number. */
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.1 --hw a7 --json",
	            repo_file("b.bin", "two"));
	ASSERT_PRINTS(&r.t, "\"role_version\":2");
	EXPORTS(&r);
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.2 --hw a7 --json",
	            repo_file("c.bin", "three"));
	ASSERT_PRINTS(&r.t, "\"role_version\":3");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	/* A signature is as good as a stick. */
	SIGNS(&r, 1);
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.3 --hw a7 --json",
	            repo_file("d.bin", "four"));
	ASSERT_PRINTS(&r.t, "\"role_version\":4");
	ASSERT_RUNS(&r, "draft drop releases.coat plans.coat");
	ASSERT_PRINTS(&r.t, "releases.coat 4: dropped; its number is burned");
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.3 --hw a7 --json",
	            test_path("d.bin"));
	ASSERT_PRINTS(&r.t, "\"role_version\":5");
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/5.releases.coat.json"));
	ASSERT_RUNS(&r, "verify");
	end();
}

TEST(a_dropped_root_is_never_signed_again)
{
	begin();
	ASSERT_RUNS(&r, "renew root");
	EXPORTS(&r);
	ASSERT_RUNS(&r, "draft drop root");
	ASSERT_PRINTS(&r.t, "root 2: dropped; these bytes are never signed");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	/* The next root is version 2 all the same, with other bytes. */
	clock_manual_advance(&r.t.clock, 1000);
	ASSERT_RUNS(&r, "renew root");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "root 2: ");
	end();
}

TEST(a_product_that_was_given_up_may_be_made_again)
{
	begin();
	ASSERT_RUNS(&r,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            r.pass);
	ASSERT_RUNS(&r, "draft drop targets");
	ck_assert(!repo_has(&r, "staged/releases.arm.json"));
	ASSERT_OK(fs_remove(test_path("r/online/rollout.arm.key"), &e));
	ASSERT_RUNS(&r,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            r.pass);
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/2.releases.arm.json"));
	ASSERT_RUNS(&r, "verify");
	end();
}

TEST(signatures_over_other_bytes_are_refused_by_name)
{
	begin();
	SIGNS(&r, 1);
	EXPORTS(&r);
	/* The hardware of the draft, which is signed. */
	edit_stick("\\\"hw\\\":[\\\"a7\\\"", "\\\"hw\\\":[\\\"a8\\\"");
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(bad_signature)",
	               "draft import %s --trust-root %s", stick(), root_hash());
	ASSERT_COMPLAINS(&ben.t, "releases.coat.json: the signature of key ");
	ck_assert(!fs_exists(ben.dir));
	end();
}

TEST(what_does_not_verify_is_not_written)
{
	begin();
	EXPORTS(&r);
	edit_stick("\\\"threshold\\\":2", "\\\"threshold\\\":1");
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "(untrusted_root)",
	               "draft import %s --trust-root %s", stick(), root_hash());
	EXPORTS(&r);
	edit_stick("fw/coat/*", "fw/boat/*");
	ASSERT_REFUSES(&ben, CLI_UNVERIFIED, "targets.json",
	               "draft import %s --trust-root %s", stick(), root_hash());
	ck_assert(!fs_exists(ben.dir));
	/* And what is here already is not replaced. */
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(reissued)", "draft import %s",
	               stick());
	ASSERT_RUNS(&r, "verify");
	end();
}

TEST(a_stick_of_another_repository_is_refused)
{
	struct repo other = {.dir = test_path("other"), .pass = NULL};

	begin();
	other.pass = r.pass;
	tool_init(&other.t, r.t.program);
	rng_seeded_init(&other.t.rng, 2);
	ASSERT_EXIT(&other.t,
	            tool_line(&other.t,
	                      "init %s --profile solo --passphrase-file %s "
	                      "--kdf light",
	                      other.dir, r.pass),
	            0);
	EXPORTS(&r);
	ASSERT_REFUSES(&other, CLI_PERMISSION, "(wrong_repo)",
	               "draft import %s", stick());
	ASSERT_REFUSES(&other, CLI_CONFLICT, "(wrong_repo)", "draft export %s",
	               stick());
	repo_fini(&other);
	end();
}

TEST(made_up_numbers_lock_no_role)
{
	begin();
	EXPORTS(&r);
	edit_stick("\"burned\":{",
	           "\"burned\":{\"releases.coat\":9007199254740000");
	ASSERT_REFUSES(&r, CLI_FAILED, "(bad_numbers)", "draft import %s",
	               stick());
	end();
}

TEST(a_stick_is_not_overwritten_while_it_holds_unseen_signatures)
{
	begin();
	EXPORTS(&r);
	BEN_STARTS;
	SIGNS(&ben, 2);
	EXPORTS(&ben);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unseen_signatures)",
	               "draft export %s", stick());
	IMPORTS(&r);
	EXPORTS(&r);
	/* Nor is a file that is none. */
	ASSERT_REFUSES(&r, CLI_FAILED, "not replaced", "draft export %s",
	               repo_file("note", "{\"schema\":\"x\"}"));
	end();
}

TEST(what_is_no_draft_is_refused)
{
	static const char *const bad[] = {"",
	                                  "{",
	                                  "[]",
	                                  "{}",
	                                  "{\"schema\":\"pawl-draft/2\"}",
	                                  "{\"schema\":\"pawl-draft/1\"}"};

	begin();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ASSERT_REFUSES(&r, CLI_FAILED, "bad", "draft import %s",
		               repo_file("bad", bad[i]));
	EXPORTS(&r);
	edit_stick("\"name\":\"2.targets.json\"",
	           "\"name\":\"../2.targets.json\"");
	ASSERT_REFUSES(&r, CLI_FAILED, "is no name", "draft import %s",
	               stick());
	end();
}

TEST(bins_travel_with_their_role)
{
	begin();
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "delegate releases.coat --bins 4");
	EXPORTS(&r);
	BEN_STARTS;
	ASSERT_PRINTS(&ben.t, "releases.coat 3: spreads over 4 bins; nothing "
	                      "else changes");
	ASSERT_RUNS(&ben,
	            "sign --all --key %s/keys/releases.coat.1.key "
	            "--passphrase-file %s",
	            r.dir, r.pass);
	EXPORTS(&ben);
	IMPORTS(&r);
	ASSERT_COMPLAINS(&r.t, "5 signatures");
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/1.releases.coat.bin-3.json"));
	ASSERT_RUNS(&r, "verify");
	end();
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

	begin();
	/* Ben would miss the firmware. */
	ASSERT_RUNS(&r, "draft drop --all");
	EXPORTS(&r);
	BEN_STARTS;
	ASSERT_RUNS(&r, "renew releases.coat");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "rotate targets --passphrase-file %s --kdf light",
	            r.pass);
	ASSERT_RUNS(&r, "rotate releases.coat --passphrase-file %s --kdf light",
	            r.pass);
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	ck_assert(repo_has(&r, "metadata/4.releases.coat.json"));
	EXPORTS(&r);
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
	end();
}

/* Targets 3 as Ben has it says nothing of the threshold that targets 3 was to
 * say here. */
TEST(a_change_of_keys_that_was_cut_off_is_not_done_by_what_comes_in)
{
	static const char cut[] = "threshold plans.coat 1 --solo";

	begin();
	REPO_SIGN_ALL(&r);
	EXPORTS(&r);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "renew targets");
	ASSERT_RUNS(&ben, "sign --all --keys %s/keys --passphrase-file %s",
	            r.dir, r.pass);
	ck_assert(repo_has(&ben, "metadata/3.targets.json"));
	EXPORTS(&ben);
	for (int n = 0; !repo_has(&r, "rotation.json"); n++) {
		int at = n;

		ck_assert_int_lt(n, 20);
		fs_set_hook(fail_rename, &at);
		ASSERT_EXIT(&r.t, repo_run(&r, "%s", cut), CLI_FAILED);
		fs_set_hook(NULL, NULL);
	}
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unfinished)", "draft import %s",
	               stick());
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(unfinished)", "draft drop --all");
	/* Nor by a file that was copied by hand. */
	SCOPED(free)
	char *other = repo_read(&ben, "metadata/3.targets.json");
	repo_write(&r, "metadata/3.targets.json", other);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(stale_draft)", "%s", cut);
	ASSERT_COMPLAINS(&r.t, "targets 3: ");
	ASSERT_OK(fs_remove(test_path("r/metadata/3.targets.json"), &e));
	ASSERT_RUNS(&r, "%s", cut);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "1 of 2 needed");
	end();
}

/* A thief may have counted up to it. */
TEST(after_the_highest_version_nothing_is_staged_that_nobody_can_read)
{
	repo_init(&r);
	repo_write(&r, "drafts.json",
	           "{\"schema\":\"pawl-drafts/1\",\"burned\":"
	           "{\"releases.coat\":9007199254740991},\"exported\":{},"
	           "\"dropped_roots\":[]}");
	ASSERT_REFUSES(&r, CLI_FAILED,
	               "releases.coat: version 9007199254740991 was its last",
	               "renew releases.coat");
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}
