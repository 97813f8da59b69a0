/*
 * The commands of pawl-sim, one file each; commands.c is their table. They
 * read their command line and the files it names, write their answer, and
 * touch nothing else.
 */
#ifndef SIM_COMMANDS_H
#define SIM_COMMANDS_H

#include "lib/base/buf.h"
#include "lib/json/jw.h"
#include "lib/sim/estimate.h"
#include "repo-tools/cli.h"

extern const struct cli_program commands_pawl_sim;

extern const struct cli_option cmd_boundary_options[], cmd_run_options[],
	cmd_plan_options[];
cli_fn cmd_boundary, cmd_run, cmd_plan;

/* What plans can have at most (plan_parse()). */
#define COMMANDS_P0_MAX_PPM 900000
#define COMMANDS_ALPHA_MAX_PPM 500000
/* So many devices, or runs. */
#define COMMANDS_COUNT_MAX INT64_C(1000000)

/* A number that is no integer, with so many decimals. */
void commands_put_real(struct jw *w, const char *key, double value,
                       int decimals);
/* "NAME": value, "NAME_95": [low, high]. */
void commands_put_figure(struct jw *w, const char *key, double value,
                         struct interval in, int decimals);

#endif
