/*
 * What cli.c, value.c and help.c share; commands never include it.
 */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include "cli/cli.h"

/* One option on the command line; value NULL for a flag. */
struct cli_given {
	const struct cli_option *option;
	const char *value;
};

struct cli {
	const struct cli_program *program;
	const struct cli_world *world;
	const struct cli_command *command; /* NULL until its words were read */
	char words[80];                    /* read so far */
	const char **args;
	size_t n_args;
	struct cli_given *given;
	size_t n_given;
};

/* The options every program has; ends with a NULL name. */
extern const struct cli_option cli_builtin[];

/* By name among the built-in, the common and (once known) the command's own
 * options. */
const struct cli_option *cli_find_option(const struct cli_program *p,
                                         const struct cli_command *cmd,
                                         const char *name);

/* Is `words` the start of a command's words, at a word's end? */
bool cli_starts_command(const struct cli_command *cmd, const char *words);

#endif
