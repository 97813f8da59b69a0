#include "config.h"

#include "lib/base/dirlock.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <string.h>

static struct repo r;

/* Each writes what follows from what it read: two at once would lose the
 * first's change, or give one number to two contents. */
TEST(whoever_changes_a_folder_is_alone_in_it)
{
	const char *app = NULL, *list = NULL, *draft;
	struct dirlock other = {0};
	struct err e = {0};

	repo_init(&r);
	repo_stage(&r);
	app = repo_file("app.bin", "firmware two");
	list = repo_file("list", "delta/coat/x 1 "
	                         "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4"
	                         "e72b9807785afee48bb\n");
	draft = test_path("draft.json");
	ASSERT_RUNS(&r, "draft export %s", draft);
	const char *const changes[] = {
		"renew root",
		"expiry plans.coat 60d",
		"revoke 00000000",
		"threshold root 1 --solo",
		"rotate root --dry-run",
		"rotate --online --kdf light",
		"delegate docs --path docs/*",
		"delegate docs --remove",
		"delegate releases.coat --bins 4",
		"release remove 1.0.0 -p coat",
		"plan add -p coat -i x -r 1.0.0 --channels lab --regions eu",
		"plan renew first -p coat",
		"plan remove first -p coat",
		"product add hat",
		"key new root",
		"sign --all",
		"draft drop --all",
		test_keep(xasprintf("draft export %s", draft)),
		test_keep(xasprintf("draft import %s", draft)),
		test_keep(xasprintf("release add %s -p coat -V 2.0.0 --hw a7",
	                            app)),
		test_keep(xasprintf("release import %s -p coat", list)),
	};

	ASSERT_OK(dirlock_take(&other, r.dir, &e));
	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		ASSERT_REFUSES(&r, CLI_CONFLICT, "(in_use)", "%s", changes[i]);
	dirlock_drop(&other);
	ASSERT_RUNS(&r, "renew root");
	repo_fini(&r);
}

TEST(who_only_looks_waits_for_nobody)
{
	static const char *const looks[] = {
		"show", "show root",      "verify",  "draft",
		"lint", "verify-history", "key list"};
	struct dirlock other = {0};
	struct err e = {0};

	repo_init(&r);
	ASSERT_OK(dirlock_take(&other, r.dir, &e));
	for (size_t i = 0; i < ARRAY_LEN(looks); i++)
		ASSERT_RUNS(&r, "%s", looks[i]);
	dirlock_drop(&other);
	repo_fini(&r);
}

/* A signing machine without a network, whose battery is empty. */
TEST(nothing_is_dated_by_a_clock_that_stands_before_the_repository)
{
	repo_init(&r);
	clock_manual_jump(&r.t.clock, (TOOL_BEGAN_S - 86401) * 1000);
	ASSERT_REFUSES(&r, CLI_FAILED, "(clock_back)", "renew root");
	ASSERT_COMPLAINS(&r.t, "clock says 2026-02-27T23:59:59Z");
	ASSERT_RUNS(&r, "show");
	clock_manual_jump(&r.t.clock, (TOOL_BEGAN_S - 86400) * 1000);
	ASSERT_RUNS(&r, "renew root");
	repo_fini(&r);
}
