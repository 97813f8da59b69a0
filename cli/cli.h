/*
 * The command lines of our tools. A tool is a table of commands, a command a
 * table of options; parsing, usage, help, the nearest word to a misspelt one
 * and the exit codes all follow from the tables, so that they cannot
 * disagree.
 *
 * Habits, the same in every tool: noun then verb; data on standard output,
 * everything else on standard error; an error is one line,
 * "pawl-repo: sentence (code)".
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Scripts branch on these; they are in every man page. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_UNVERIFIED = 3,
	CLI_EXPIRED = 4,
	CLI_CONFLICT = 5,
	CLI_NOT_FOUND = 6,
	CLI_PERMISSION = 7,
	CLI_UNREACHABLE = 8,
};
enum cli_exit cli_exit_of(const struct err *e);

enum cli_option_flags {
	CLI_REQUIRED = 1,
	CLI_REPEATS = 2, /* may be given more than once */
};

struct cli_option {
	const char *name;     /* "product": --product */
	char letter;          /* 'p': also -p; 0: none */
	const char *value;    /* what help calls its value; NULL: it has none */
	unsigned flags;       /* of enum cli_option_flags */
	const char *fallback; /* its value when not given; shown in help */
	const char *help;     /* one line, no full stop */
};

struct cli;

/* 0, or -1 with *e filled. A command whose answer has an exit code of its
 * own (a verification that found something) prints its answer first. */
typedef int cli_fn(struct cli *c, struct err *e);

#define CLI_ANY ((size_t)-1) /* no upper bound of arguments */

struct cli_command {
	const char *words; /* "init" or "release add" */
	const char *args;  /* for usage: "FILE", "[ROLE…]"; "" for none */
	size_t min_args, max_args;
	const char *help;                 /* one line, no full stop */
	const struct cli_option *options; /* ends with a NULL name; or NULL */
	cli_fn *run;
};

/* A heading of the list of commands, above the command `first`. */
struct cli_group {
	const char *first; /* its words; NULL ends the table */
	const char *heading;
};

struct cli_program {
	const char *name;
	const char *help;                /* one sentence */
	const struct cli_option *common; /* options of every command */
	const struct cli_command *commands;
	size_t n_commands;
	const struct cli_group *groups; /* in the order of commands; or NULL */
};

/* What a command may touch besides files: the streams, the clock and the
 * randomness it is given, so that tests give their own. */
struct cli_world {
	FILE *in, *out, *err;
	bool interactive; /* someone can be asked through in and err */
	const struct clock *clock;
	struct rng *rng;
	void *ctx; /* the program's own */
};

/* The whole program: parses, runs, prints errors; returns the exit code. */
int cli_run(const struct cli_program *p, const struct cli_world *w, int argc,
            const char *const *argv);
/* The same over the real streams, clock and randomness. */
int cli_main(const struct cli_program *p, int argc, char **argv, void *ctx);

/* Inside a command. */
const struct cli_world *cli_world(const struct cli *c);
size_t cli_n_args(const struct cli *c);
const char *cli_arg(const struct cli *c, size_t i);

/* Was it given? Asking for an option the tables do not have is an assert. */
bool cli_has(const struct cli *c, const char *option);
/* The last value given, or the fallback, or NULL. */
const char *cli_get(const struct cli *c, const char *option);
/* Every value of a repeated option: i = 0, 1, … until NULL. */
const char *cli_get_nth(const struct cli *c, const char *option, size_t i);

/* Values with their range; a refusal is ERR_USAGE and names the option. An
 * option neither given nor with a fallback leaves *out as it was. */
MUST_USE int cli_int(int64_t *out, const struct cli *c, const char *option,
                     int64_t min, int64_t max, struct err *e);
/* "90s", "6h", "30d". */
MUST_USE int cli_seconds(int64_t *out, const struct cli *c, const char *option,
                         int64_t min, int64_t max, struct err *e);
/* "4096", "64K", "16M". */
MUST_USE int cli_bytes(int64_t *out, const struct cli *c, const char *option,
                       int64_t min, int64_t max, struct err *e);
/* RFC 3339, or a duration after `from_s`; seconds since 1970. */
MUST_USE int cli_time(int64_t *out_s, const struct cli *c, const char *option,
                      int64_t from_s, struct err *e);
/* "2%", "0.5%", "20000ppm" as parts per million. */
MUST_USE int cli_ppm(int32_t *out, const struct cli *c, const char *option,
                     int32_t min, int32_t max, struct err *e);
/* The index of one of the NULL-ended words; suggests the nearest. */
MUST_USE int cli_enum(int *out, const struct cli *c, const char *option,
                      const char *const *words, struct err *e);
/* For arguments: what a reader of values refuses is here a wrong command line.
 * Returns `result`. */
MUST_USE int cli_as_usage(int result, struct err *e);
/* The text of a share, as cli_ppm reads it; -1 with ERR_USAGE. */
MUST_USE int cli_parse_ppm(int32_t *out, const char *text, int32_t min,
                           int32_t max, const char *what, struct err *e);

/* Calls fn for each part of a comma-separated value (repeated options are
 * joined); nothing when it was not given. An empty part is ERR_USAGE. */
typedef int cli_part_fn(void *ctx, const char *part, struct err *e);
MUST_USE int cli_list(const struct cli *c, const char *option, cli_part_fn *fn,
                      void *ctx, struct err *e);

/* Talking. cli_say is for people, on standard error, silent under --quiet;
 * cli_print is the answer, on standard output. */
bool cli_wants_json(const struct cli *c);
void cli_say(const struct cli *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void cli_print(const struct cli *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The answer as one line of JSON. */
MUST_USE int cli_print_json(const struct cli *c, const struct buf *json,
                            struct err *e);

/* For `help` and `--help`, at most 79 columns wide. A NULL command is the
 * whole program, or of it the commands of a noun; "" for all. In help.c. */
void cli_help_write(FILE *out, const struct cli_program *p, const char *noun,
                    const struct cli_command *cmd);
/* "usage: …", broken between options where it is long. */
void cli_usage_write(FILE *out, const struct cli_program *p,
                     const struct cli_command *cmd);
void cli_usage_line(char *out, size_t size, const struct cli_program *p,
                    const struct cli_command *cmd);

#endif
