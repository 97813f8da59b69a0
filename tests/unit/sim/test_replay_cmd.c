#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "sim/commands.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"
#include "tests/unit/sim/export.h"

#include <string.h>

static void put(const char *name, const char *text)
{
	struct err e = {0};

	ASSERT_OK(fs_write(test_path(name), text, strlen(text), 0644, &e));
}

static int ask(struct tool *t, const char *name, const char *more)
{
	return tool_line(t, "replay %s %s", test_path(name), more);
}

TEST(a_replay_says_same_verdict_for_each_halt)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	put("export", export_text("", ""));
	ASSERT_EXIT(&t, ask(&t, "export", ""), CLI_OK);
	ASSERT_PRINTS(&t, "rollout 3 of plan/band/spring.1.json: 8 trials, 1 "
	                  "halts\nplan sha256 ");
	ASSERT_PRINTS(&t, "\nhalt 1  2026-11-20T00:01:40Z  a7/eu  same "
	                  "verdict\n  a7/eu: 4 of 8 failed, 4 are too many at "
	                  "a tolerance of 2 %");
	ASSERT_PRINTS(&t, "\nall as the export says\n");
	ASSERT_EXIT(&t, ask(&t, "export", "--json"), CLI_OK);
	ASSERT_PRINTS(&t, "{\"rollout\":3,\"plan\":\"plan/band/"
	                  "spring.1.json\",\"plan_sha256\":\"");
	ASSERT_PRINTS(&t, "\"trials\":8,\"halts\":[{\"hw\":\"a7\",\"region\":"
	                  "\"eu\",\"at\":\"2026-11-20T00:01:40Z\",\"verdict\":"
	                  "\"same\",\"text\":\"");
	ASSERT_PRINTS(&t, "],\"same\":true}\n");
	tool_fini(&t);
}

TEST(a_replay_that_differs_exits_3_and_names_the_difference)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	put("export", export_text("\"trials\":8,", "\"trials\":7,"));
	ASSERT_EXIT(&t, ask(&t, "export", ""), CLI_UNVERIFIED);
	ASSERT_PRINTS(&t, "a7/eu  DIFFERS\n");
	ASSERT_COMPLAINS(&t, "halt 1, 2026-11-20T00:01:40Z: the export says "
	                     "cell a7/eu, 4 of 7 failed, bound 4; the trials "
	                     "say cell a7/eu, 4 of 8 failed, bound 4 "
	                     "(replay_differs)");
	ASSERT_EXIT(&t, ask(&t, "export", "--json"), CLI_UNVERIFIED);
	ASSERT_PRINTS(&t, "\"verdict\":\"differs\"");
	ASSERT_PRINTS(&t, "\"same\":false}\n");
	put("export", export_text(EXPORT_HALT, ""));
	ASSERT_EXIT(&t, ask(&t, "export", ""), CLI_UNVERIFIED);
	ASSERT_EXIT(&t, ask(&t, "export", "--json"), CLI_UNVERIFIED);
	ASSERT_PRINTS(&t, "\"at\":null,\"verdict\":\"differs\"");
	tool_fini(&t);
}

TEST(a_file_that_is_no_export_is_refused)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	put("empty", "");
	put("cut", export_text("\"next\":null", "\"next\":8"));
	put("bad", "{\"schema\":1}\n");
	ASSERT_EXIT(&t, ask(&t, "empty", ""), CLI_FAILED);
	ASSERT_COMPLAINS(&t, "first page is missing (export_cut)");
	ASSERT_EXIT(&t, ask(&t, "cut", ""), CLI_FAILED);
	ASSERT_COMPLAINS(&t, "last page is missing (export_cut)");
	ASSERT_EXIT(&t, ask(&t, "bad", ""), CLI_FAILED);
	ASSERT_COMPLAINS(&t, "line 1: ");
	ASSERT_EXIT(&t, ask(&t, "nobody", ""), CLI_NOT_FOUND);
	tool_fini(&t);
}
