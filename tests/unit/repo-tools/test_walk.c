#include "config.h"

#include "repo-tools/folder/walk.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <string.h>

static struct repo r;
static struct workspace ws;
static struct err e;

static const struct cli_option options[] = {
	{"dir", 'C', "DIR", 0, ".", ""},
	{"keys", 0, "DIR", 0, NULL, ""},
	{NULL, 0, NULL, 0, NULL, NULL},
};

/* The workspace of a signed repository with a release and a plan. */
static int open_it(struct cli *c, struct err *err)
{
	return workspace_open(&ws, c, err);
}

static void begin(void)
{
	static const struct cli_command commands[] = {
		{"open", "", 0, 0, "Open", NULL, open_it}};
	static const struct cli_program program = {"toy",    "A toy", options,
	                                           commands, 1,       NULL};

	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	r.t.program = &program;
	ASSERT_RUNS(&r, "open");
}

static struct role_doc *releases(void)
{
	return workspace_role(&ws, "releases.coat")->current;
}

TEST(a_device_finds_all_that_a_sound_repository_lists)
{
	begin();
	ASSERT_OK(walk_as_device(&ws, &r.t.rng.rng, &e));
	workspace_fini(&ws);
	repo_fini(&r);
}

TEST(a_device_that_finds_something_else_ends_the_walk)
{
	begin();
	/* Listed as the folder reads it, not as a device does. */
	releases()->targets.targets[0].path[0] = 'x';
	ASSERT_ERR(walk_as_device(&ws, &r.t.rng.rng, &e), ERR_NOT_FOUND);
	ASSERT_SAYS("a device looks for xw/coat/1.0.0_app.bin");
	releases()->targets.targets[0].path[0] = 'f';
	releases()->targets.targets[0].sha256[0] ^= 1;
	ASSERT_CODE(walk_as_device(&ws, &r.t.rng.rng, &e), "shadowed");
	releases()->targets.targets[0].sha256[0] ^= 1;
	/* Bytes that the delegation's keys did not sign. */
	memcpy(strstr(releases()->bytes.data, "\"a7\""), "\"a8\"", 4);
	ASSERT_CODE(walk_as_device(&ws, &r.t.rng.rng, &e), "threshold");
	workspace_fini(&ws);
	repo_fini(&r);
}

TEST(an_expired_role_ends_the_walk)
{
	begin();
	ws.now_s += INT64_C(91) * 86400;
	ASSERT_CODE(walk_as_device(&ws, &r.t.rng.rng, &e), "expired");
	ASSERT_SAYS("plans.coat");
	workspace_fini(&ws);
	repo_fini(&r);
}
