/*
 * An operator before a server that follows a script: pawlctl run in this
 * process, its token in a file, its waits without waiting.
 */
#ifndef TESTS_UNIT_PAWLCTL_OPERATOR_H
#define TESTS_UNIT_PAWLCTL_OPERATOR_H

#include "lib/base/mem.h"
#include "repo-tools/ctl/ctl.h"
#include "tests/support/canned.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#define OPERATOR_TOKEN "po_SeCrEtSeCrEtSeCrEt"

struct operator
{
	struct tool tool;
	struct canned *server;
	struct ctl_world world;
	int64_t waited_ms; /* by rollout watch; the clock goes along */
};

/* Sets PAWL_SERVER and PAWL_TOKEN_FILE. */
void operator_init(struct operator* o, const struct canned_answer *script,
                   size_t n);
void operator_fini(struct operator* o);
DEFINE_SCOPED_PLACE(operator_fini, struct operator)

#define OPERATOR(o, script)   \
	SCOPED(operator_fini) \
	struct operator o;    \
	operator_init(&(o), script, ARRAY_LEN(script))

/* Words split at blanks; the exit code, after which the server has stopped
 * and its requests may be looked at. */
int operator_run(struct operator* o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Another run before the same script; the server goes on. */
int operator_run_more(struct operator* o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A file in test_dir() with this mode; its path. */
const char *operator_file(const char *name, const char *text, unsigned mode);

#endif
