#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <string.h>

static struct repo r;
static struct err e;

static void begin(void)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "renew root targets");
	REPO_SIGN_ALL(&r);
}

TEST(everything_the_folder_keeps_is_replayed)
{
	begin();
	ASSERT_RUNS(&r, "verify-history");
	ASSERT_PRINTS(&r.t, " versions of 4 roles checked, root 1 to 2: each "
	                    "verifies with keys of its time\n");
	ASSERT_RUNS(&r, "verify-history --json");
	ASSERT_PRINTS(&r.t, "\"roles\":4,\"root\":2,\"compared\":0}");
	repo_fini(&r);
}

TEST(a_copy_with_other_bytes_under_one_number_is_found)
{
	SCOPED(free)
	char *good = NULL;

	begin();
	ASSERT_RUNS(&r, "verify-history --with %s", r.dir);
	ASSERT_PRINTS(&r.t, "compared, none was issued twice");
	/* Another copy, of which one file says the same in other bytes. */
	SCOPED(free)
	char *other = xasprintf("%s/other", r.dir);
	SCOPED(free)
	char *metadata = xasprintf("%s/metadata", other);
	ASSERT_OK(fs_mkdirs(metadata, 0755, &e));
	good = repo_read(&r, "metadata/2.releases.coat.json");
	repo_write(&r, "other/metadata/2.releases.coat.json", good);
	ASSERT_RUNS(&r, "verify-history --with %s", other);
	repo_edit(&r, "other/metadata/2.releases.coat.json", "{", "{ ");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "was issued twice",
	               "verify-history --with %s", other);
	ASSERT_COMPLAINS(&r.t, "(reissued)");
	repo_fini(&r);
}

TEST(an_empty_folder_is_not_said_to_verify)
{
	begin();
	SCOPED(free)
	char *empty = xasprintf("%s/empty", r.dir);
	SCOPED(free)
	char *metadata = xasprintf("%s/metadata", empty);
	ASSERT_OK(fs_mkdirs(metadata, 0755, &e));
	ASSERT_EXIT(&r.t, tool_line(&r.t, "-C %s verify-history", empty),
	            CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&r.t, "there is nothing to verify");
	repo_fini(&r);
}

TEST(what_nobody_could_have_signed_is_found)
{
	begin();
	repo_edit(&r, "metadata/2.releases.coat.json", "\"a7\"", "\"a8\"");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "by the keys of no time",
	               "verify-history");
	repo_fini(&r);
}

TEST(a_folder_without_metadata_is_named)
{
	repo_begin(&r);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "no folder metadata",
	               "verify-history");
	repo_fini(&r);
}
