#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/ctl/commands.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

static const struct canned_answer none[] = {{.status = 200}};

TEST(every_command_and_option_is_in_the_man_page)
{
	const struct cli_program *p = &ctl_commands_pawlctl;
	SCOPED(buf_fini)
	struct buf page = BUF_INIT(1 << 20);
	struct err e;

	ASSERT_OK(fs_read(&page, PAWL_SRCDIR "/doc/man/pawlctl.1", &e));
	for (const struct cli_option *o = p->common; o->name != NULL; o++)
		ck_assert_msg(strstr(buf_str(&page),
		                     test_keep(xasprintf("Fl -%s", o->name))),
		              "--%s", o->name);
	for (size_t i = 0; i < p->n_commands; i++) {
		const struct cli_command *cmd = &p->commands[i];

		ck_assert_msg(
			strstr(buf_str(&page),
		               test_keep(xasprintf(".It Cm %s", cmd->words))),
			"%s", cmd->words);
		for (const struct cli_option *o = cmd->options;
		     o != NULL && o->name != NULL; o++)
			ck_assert_msg(
				strstr(buf_str(&page),
			               test_keep(xasprintf("Fl -%s", o->name))),
				"%s --%s", cmd->words, o->name);
	}
}

TEST(every_command_explains_itself_without_a_server)
{
	const struct cli_program *p = &ctl_commands_pawlctl;
	OPERATOR(o, none);

	(void)unsetenv("PAWL_SERVER");
	for (size_t i = 0; i < p->n_commands; i++) {
		ASSERT_EXIT(&o.tool,
		            operator_run_more(&o, "%s --help",
		                              p->commands[i].words),
		            CLI_OK);
		ASSERT_PRINTS(&o.tool, p->commands[i].words);
	}
}

TEST(a_misspelt_command_gets_the_nearest)
{
	OPERATOR(o, none);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "rollout hlat 7"),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "did you mean 'rollout halt'?");
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "statsu"), CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "did you mean 'status'?");
	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout"), CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "plan, start, list, show, export, watch");
}
