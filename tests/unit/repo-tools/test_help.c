#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/commands.h"
#include "repo-tools/ctl/commands.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#include <string.h>

static const struct cli_program *const programs[] = {&commands_pawl_repo,
                                                     &ctl_commands_pawlctl};

/* In characters. */
static size_t widest(const char *text)
{
	size_t most = 0, n = 0;

	for (; *text != '\0'; text++) {
		n = *text == '\n' ? 0 : n + ((*text & 0xc0) != 0x80);
		most = n > most ? n : most;
	}
	return most;
}

TEST(no_help_is_wider_than_a_screen)
{
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		const struct cli_program *p = programs[i];
		struct tool t;

		tool_init(&t, p);
		ASSERT_EXIT(&t, tool_line(&t, "--help"), 0);
		ck_assert_uint_le(widest(t.out), 79);
		for (size_t k = 0; k < p->n_commands; k++) {
			const char *words = p->commands[k].words;

			ASSERT_EXIT(&t, tool_line(&t, "%s --help", words), 0);
			ASSERT_PRINTS(&t, words);
			ck_assert_msg(widest(t.out) <= 79, "%s", words);
		}
		tool_fini(&t);
	}
}

TEST(every_heading_stands_above_its_command)
{
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		const struct cli_program *p = programs[i];
		const char *at;
		struct tool t;

		tool_init(&t, p);
		ASSERT_EXIT(&t, tool_line(&t, "help"), 0);
		at = t.out;
		for (const struct cli_group *g = p->groups; g->first != NULL;
		     g++) {
			at = strstr(at,
			            test_keep(xasprintf("\n%s\n  %s",
			                                g->heading, g->first)));
			ck_assert_msg(at != NULL, "%s", g->heading);
		}
		tool_fini(&t);
	}
}

TEST(every_command_of_pawl_repo_is_in_its_man_page)
{
	SCOPED(buf_fini)
	struct buf page = BUF_INIT(1 << 20);
	struct err e;

	ASSERT_OK(fs_read(&page, PAWL_SRCDIR "/doc/man/pawl-repo.1", &e));
	for (size_t i = 0; i < commands_pawl_repo.n_commands; i++) {
		const char *words = commands_pawl_repo.commands[i].words;

		ck_assert_msg(strstr(buf_str(&page),
		                     test_keep(xasprintf("Ic %s", words))),
		              "%s", words);
	}
	for (const struct cli_group *g = commands_pawl_repo.groups;
	     g->first != NULL; g++)
		ck_assert_msg(
			strstr(buf_str(&page),
		               test_keep(xasprintf(".Ss %s\n", g->heading))),
			"%s", g->heading);
}
