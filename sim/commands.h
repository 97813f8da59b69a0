/*
 * The commands of pawl-sim, one file each; commands.c is their table. They
 * read their command line and the files it names, write their answer, and
 * touch nothing else.
 */
#ifndef SIM_COMMANDS_H
#define SIM_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_program commands_pawl_sim;

extern const struct cli_option cmd_boundary_options[], cmd_run_options[],
	cmd_plan_options[];
cli_fn cmd_boundary, cmd_run, cmd_plan, cmd_replay;

/* What plans can have at most (plan_parse()). */
#define COMMANDS_P0_MAX_PPM 900000
#define COMMANDS_ALPHA_MAX_PPM 500000
/* So many devices, or runs. */
#define COMMANDS_COUNT_MAX INT64_C(1000000)

#endif
