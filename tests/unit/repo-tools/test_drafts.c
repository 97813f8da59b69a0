/*
 * What became of numbers and of roots that were given up (drafts.json).
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/drafts.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/desks.h"

#include <string.h>

static struct err e;

TEST(a_dropped_root_is_never_signed_again)
{
	desks_begin();
	ASSERT_RUNS(&office, "renew root");
	EXPORTS(&office);
	ASSERT_RUNS(&office, "draft drop root");
	ASSERT_PRINTS(&office.t,
	              "root 2: dropped; these bytes are never signed");
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	/* The next root is version 2 all the same, with other bytes. */
	clock_manual_advance(&office.t.clock, 1000);
	ASSERT_RUNS(&office, "renew root");
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "root 2: ");
	desks_end();
}

/* Root 2 in other bytes, a second later. */
static void renew_root(void)
{
	clock_manual_advance(&office.t.clock, 1000);
	ASSERT_RUNS(&office, "renew root");
}

/* Its number cannot rise as that of others does. */
TEST(a_root_that_is_drafted_again_is_never_signed_again_either)
{
	desks_begin();
	ASSERT_RUNS(&office, "renew root");
	EXPORTS(&office);
	renew_root();
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	ASSERT_RUNS(&office, "draft drop root");
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	desks_end();
}

/* A signature is as good as a stick; what nobody has seen is not kept. */
TEST(only_a_root_that_may_be_signed_somewhere_is_remembered)
{
	SCOPED(free)
	char *signed_once = NULL;
	SCOPED(free)
	char *unseen = NULL;

	desks_begin();
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, "renew root");
	unseen = repo_read(&office, "staged/root.json");
	renew_root();
	ASSERT_RUNS(&office,
	            "sign root --key %s/keys/root.1.key "
	            "--passphrase-file %s",
	            office.dir, office.pass);
	signed_once = repo_read(&office, "staged/root.json");
	/* The same bytes again are no other draft. */
	ASSERT_RUNS(&office, "renew root");
	repo_write(&office, "staged/root.json", signed_once);
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "1 of 2 signatures");
	renew_root();
	repo_write(&office, "staged/root.json", unseen);
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "root 2: ");
	repo_write(&office, "staged/root.json", signed_once);
	ASSERT_RUNS(&office, "draft");
	ck_assert_ptr_null(strstr(office.t.out, "root 2: "));
	desks_end();
}

/* That many sha256 values of nothing. */
static void make_up_roots(struct buf *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_printf(b, "%s\"%064x\"", i > 0 ? "," : "", i);
}

/* So many were given up here. */
static void give_up_roots(const struct repo *r, unsigned n)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 16);

	buf_puts(&b, "{\"schema\":\"pawl-drafts/1\",\"burned\":{},"
	             "\"exported\":{},\"dropped_roots\":[");
	make_up_roots(&b, n);
	buf_puts(&b, "]}\n");
	repo_write(r, "drafts.json", buf_str(&b));
}

/* Somebody made them up. */
static void fill_stick(void)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 16);

	buf_puts(&b, "\"dropped_roots\":[");
	make_up_roots(&b, DRAFTS_ROOTS_MAX);
	stick_edit("\"dropped_roots\":[", buf_str(&b));
}

static bool remembers(const struct repo *r, unsigned root)
{
	SCOPED(free)
	char *text = repo_read(r, "drafts.json");
	SCOPED(free)
	char *sha256 = xasprintf("\"%064x\"", root);

	return strstr(text, sha256) != NULL;
}

static void sign_root_once(void)
{
	ASSERT_RUNS(&office,
	            "sign root --key %s/keys/root.1.key "
	            "--passphrase-file %s",
	            office.dir, office.pass);
}

TEST(no_dropped_root_is_forgotten_for_want_of_room)
{
	desks_begin();
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, "renew root");
	EXPORTS(&office);
	give_up_roots(&office, DRAFTS_ROOTS_MAX);
	ASSERT_REFUSES(&office, CLI_FAILED, "256 roots that were given up",
	               "draft drop root");
	ck_assert(repo_has(&office, "staged/root.json"));
	sign_root_once();
	clock_manual_advance(&office.t.clock, 1000);
	ASSERT_REFUSES(&office, CLI_FAILED, "256 roots that were given up",
	               "renew root");
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "1 of 2 signatures");
	/* Nor for one on a stick. */
	stick_edit("\"dropped_roots\":[",
	           "\"dropped_roots\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	           "aaaaaaaaaaaaaaaaaaaaaaaaaaaa\"");
	IMPORTS(&office);
	for (unsigned i = 0; i < DRAFTS_ROOTS_MAX; i++)
		ck_assert(remembers(&office, i));
	desks_end();
}

#define ROTATE_ROOT                                                        \
	"rotate root --key %s/keys/root.1.key --passphrase-file %s --kdf " \
	"light"

/* Nobody has signed what a stick says: it must stop neither a change of keys
 * nor the giving up of a root. */
TEST(a_stick_full_of_dropped_roots_leaves_room_for_those_dropped_here)
{
	desks_begin();
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, "renew root");
	EXPORTS(&office);
	fill_stick();
	IMPORTS(&office);
	ck_assert(remembers(&office, DRAFTS_ROOTS_TOLD_MAX - 1));
	ck_assert(!remembers(&office, DRAFTS_ROOTS_TOLD_MAX));
	ASSERT_RUNS(&office, ROTATE_ROOT, office.dir, office.pass);
	ck_assert(!repo_has(&office, "rotation.json"));
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	ASSERT_RUNS(&office, "draft export %s", test_path("other.json"));
	ASSERT_RUNS(&office, "draft drop root");
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               test_path("other.json"));
	desks_end();
}

/* Begun and not finished, it would be in the way of the very root that makes
 * the room. */
TEST(a_change_of_keys_without_that_room_does_not_begin)
{
	desks_begin();
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, "renew root");
	give_up_roots(&office, DRAFTS_ROOTS_MAX);
	sign_root_once();
	ASSERT_REFUSES(&office, CLI_FAILED, "256 roots that were given up",
	               ROTATE_ROOT, office.dir, office.pass);
	ck_assert(!repo_has(&office, "rotation.json"));
	ck_assert(!repo_has(&office, "keys/root.3.key"));
	ASSERT_REFUSES(&office, CLI_FAILED, "256 roots that were given up",
	               "threshold root 1 --solo");
	ck_assert(!repo_has(&office, "rotation.json"));
	REPO_SIGN_ALL(&office);
	ck_assert(repo_has(&office, "metadata/2.root.json"));
	ASSERT_RUNS(&office, ROTATE_ROOT, office.dir, office.pass);
	ck_assert(!repo_has(&office, "rotation.json"));
	desks_end();
}

/* They would have been its version. */
TEST(a_complete_root_makes_room_for_those_that_are_given_up)
{
	desks_begin();
	ASSERT_RUNS(&office, "renew root");
	give_up_roots(&office, DRAFTS_ROOTS_MAX);
	REPO_SIGN_ALL(&office);
	ck_assert(repo_has(&office, "metadata/2.root.json"));
	ASSERT_RUNS(&office, "renew root");
	EXPORTS(&office);
	ASSERT_RUNS(&office, "draft drop root");
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	desks_end();
}

/* What the stick says of the next version stays. */
TEST(so_does_one_that_comes_on_a_stick)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	give_up_roots(&ben, DRAFTS_ROOTS_MAX);
	ASSERT_RUNS(&office, "renew root");
	ASSERT_RUNS(&office, "sign root --passphrase-file %s", office.pass);
	renew_root();
	ASSERT_RUNS(&office, "draft export %s", test_path("other.json"));
	ASSERT_RUNS(&office, "draft drop root");
	EXPORTS(&office);
	IMPORTS(&ben);
	ck_assert(repo_has(&ben, "metadata/2.root.json"));
	ck_assert(!remembers(&ben, 0));
	ASSERT_REFUSES(&ben, CLI_CONFLICT, "root 3: this draft was given up",
	               "draft import %s", test_path("other.json"));
	desks_end();
}

TEST(made_up_numbers_lock_no_role)
{
	desks_begin();
	EXPORTS(&office);
	stick_edit("\"burned\":{",
	           "\"burned\":{\"releases.coat\":9007199254740000");
	ASSERT_REFUSES(&office, CLI_FAILED, "(bad_numbers)", "draft import %s",
	               stick());
	desks_end();
}

/* Nobody signed the stick: it must not take the office's draft away, nor the
 * signatures that were given. */
TEST(what_is_staged_is_not_given_up_by_a_stick)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "draft drop --all");
	EXPORTS(&ben);
	SIGNS(&office, 1);
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	stick_edit("\"releases.coat\":2", "\"releases.coat\":65");
	stick_edit("\"plans.coat\":2", "\"plans.coat\":1");
	ASSERT_REFUSES(&office, CLI_CONFLICT, "(burned)", "draft import %s",
	               stick());
	ASSERT_COMPLAINS(&office.t, "releases.coat 2: is staged here");
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "releases.coat 2: adds release 1.0.0");
	ASSERT_PRINTS(&office.t, "1 of 2 signatures");
	/* What was made up is not kept. */
	ASSERT_RUNS(&office, "renew releases.coat");
	ASSERT_RUNS(&office, "draft drop plans.coat");
	ASSERT_OK(fs_remove(stick(), &e));
	EXPORTS(&office);
	IMPORTS(&ben);
	ASSERT_PRINTS(&ben.t, "releases.coat 3: adds release 1.0.0");
	desks_end();
}

TEST(nor_is_a_root_that_is_staged)
{
	desks_begin();
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, "renew root");
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "draft drop root");
	EXPORTS(&ben);
	ASSERT_REFUSES(&office, CLI_CONFLICT, "root 2: is staged here",
	               "draft import %s", stick());
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "root 2: ");
	ASSERT_RUNS(&office, "draft drop root");
	IMPORTS(&office);
	desks_end();
}

/* The highest numbers that a stick may burn are those that the next draft here
 * is above; with a signature it is believed elsewhere. */
TEST(after_made_up_numbers_a_signed_draft_still_goes_round)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "draft drop --all");
	EXPORTS(&ben);
	ASSERT_RUNS(&office, "draft drop --all");
	stick_edit("\"releases.coat\":2", "\"releases.coat\":65");
	IMPORTS(&office);
	ASSERT_RUNS(&office, "renew releases.coat");
	EXPORTS(&office);
	ASSERT_REFUSES(&ben, CLI_FAILED, "(bad_numbers)", "draft import %s",
	               stick());
	ASSERT_COMPLAINS(&ben.t, "releases.coat: version 66 is called used, "
	                         "and 1 is complete; so far ahead it has to "
	                         "be signed by a key of the role first");
	ASSERT_RUNS(&office,
	            "sign releases.coat --key %s/keys/releases.coat.1.key "
	            "--passphrase-file %s",
	            office.dir, office.pass);
	EXPORTS(&office);
	/* Not by a signature over something else. */
	stick_edit("2026-08-28", "2026-08-27");
	ASSERT_REFUSES(&ben, CLI_FAILED, "(bad_numbers)", "draft import %s",
	               stick());
	ASSERT_OK(fs_remove(stick(), &e));
	EXPORTS(&office);
	IMPORTS(&ben);
	ASSERT_RUNS(&ben,
	            "sign releases.coat --key %s/keys/releases.coat.2.key "
	            "--passphrase-file %s",
	            office.dir, office.pass);
	ck_assert(repo_has(&ben, "metadata/66.releases.coat.json"));
	desks_end();
}

/* A thief may have counted up to it. */
TEST(after_the_highest_version_nothing_is_staged_that_nobody_can_read)
{
	repo_init(&office);
	repo_write(&office, "drafts.json",
	           "{\"schema\":\"pawl-drafts/1\",\"burned\":"
	           "{\"releases.coat\":9007199254740991},\"exported\":{},"
	           "\"dropped_roots\":[]}");
	ASSERT_REFUSES(&office, CLI_FAILED,
	               "releases.coat: version 9007199254740991 was its last",
	               "renew releases.coat");
	ck_assert(!repo_has(&office, "staged/releases.coat.json"));
	ASSERT_RUNS(&office, "verify");
	repo_fini(&office);
}

/* A thief of a role's keys has used them, and desks have to go on above. */
TEST(numbers_that_a_thief_has_used_are_skipped_by_all_desks)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "draft drop --all");
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, "renew releases.coat --above 5000");
	/* They stay skipped. */
	ASSERT_RUNS(&office, "draft drop releases.coat");
	ASSERT_RUNS(&office, "renew releases.coat --above 7");
	ASSERT_RUNS(&office, "draft");
	ASSERT_PRINTS(&office.t, "releases.coat 5002: ");
	ASSERT_REFUSES(&office, CLI_USAGE, "is for one role",
	               "renew root --above 9");
	ASSERT_REFUSES(&office, CLI_USAGE, "is for one role",
	               "renew targets releases.coat --above 9");
	ASSERT_REFUSES(&office, CLI_USAGE, "--above: '0' is not within 1 to",
	               "renew releases.coat --above 0");
	ASSERT_REFUSES(&office, CLI_USAGE, "is not within 1 to",
	               "renew releases.coat --above 9007199254740991");
	/* So far away it has to be signed before another desk believes it. */
	EXPORTS(&office);
	ASSERT_REFUSES(&ben, CLI_FAILED, "(bad_numbers)", "draft import %s",
	               stick());
	ASSERT_RUNS(&office,
	            "sign releases.coat --key %s/keys/releases.coat.1.key "
	            "--passphrase-file %s",
	            office.dir, office.pass);
	EXPORTS(&office);
	ASSERT_RUNS(&ben, "draft import %s", stick());
	ASSERT_RUNS(&ben, "draft");
	ASSERT_PRINTS(&ben.t, "releases.coat 5002: ");
	desks_end();
}
