/*
 * A tool run in this process: its exit code and what it printed, under a
 * clock and a randomness of the test's own.
 */
#ifndef TESTS_SUPPORT_TOOL_H
#define TESTS_SUPPORT_TOOL_H

#include "cli/cli.h"
#include "lib/base/clock.h"
#include "lib/base/rng.h"

/* 2026-03-01T00:00:00Z */
#define TOOL_BEGAN_S INT64_C(1772323200)

struct tool {
	const struct cli_program *program;
	struct clock_manual clock;
	struct rng_seeded rng;
	void *ctx;       /* of the program */
	char *out, *err; /* of the last run; the next run frees them */
	int code;
};

void tool_init(struct tool *t, const struct cli_program *p);
void tool_fini(struct tool *t);
/* Arguments without the program's name, up to a NULL; returns the code. */
int tool_run(struct tool *t, ...) __attribute__((sentinel));
/* The same from one line of words split at blanks. */
int tool_line(struct tool *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The run ends with this code; else its error output is shown. */
#define ASSERT_EXIT(t, call, wanted)                                    \
	do {                                                            \
		int got_ = (call);                                      \
		ck_assert_msg(got_ == (int)(wanted),                    \
		              "exit %d instead of %d: "                 \
		              "%s%s",                                   \
		              got_, (int)(wanted), (t)->out, (t)->err); \
	} while (0)
#define ASSERT_PRINTS(t, text)                                                \
	ck_assert_msg(strstr((t)->out, text) != NULL, "no '%s' in: %s", text, \
	              (t)->out)
#define ASSERT_COMPLAINS(t, text)                                             \
	ck_assert_msg(strstr((t)->err, text) != NULL, "no '%s' in: %s", text, \
	              (t)->err)

#endif
