#include "config.h"

#include "tests/unit/pawlctl/operator.h"

#include "lib/base/fs.h"
#include "net/net.h"
#include "repo-tools/ctl/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void wait_not(void *ctx, int64_t ms)
{
	struct operator* o = ctx;

	o->waited_ms += ms;
	clock_manual_advance(&o->tool.clock, ms);
}

const char *operator_file(const char *name, const char *text, unsigned mode)
{
	const char *path = test_path(name);
	struct err e;

	ASSERT_OK(fs_write(path, text, strlen(text), 0600, &e));
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

void operator_init(struct operator* o, const struct canned_answer *script,
                   size_t n)
{
	*o = (struct operator){.world = {wait_not, o}};
	tool_init(&o->tool, &ctl_commands_pawlctl);
	o->tool.ctx = &o->world;
	o->server = canned_start(script, n);
	(void)setenv("PAWL_SERVER", canned_url(o->server), 1);
	(void)setenv("PAWL_TOKEN_FILE",
	             operator_file("token", OPERATOR_TOKEN "\n", 0600), 1);
	(void)unsetenv("PAWL_CA_FILE");
}

void operator_fini(struct operator* o)
{
	canned_free(o->server);
	tool_fini(&o->tool);
}

static int run(struct operator* o, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static int run(struct operator* o, const char *fmt, va_list ap)
{
	char line[4096];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	return tool_line(&o->tool, "%s", line);
}

int operator_run_more(struct operator* o, const char *fmt, ...)
{
	va_list ap;
	int code;

	va_start(ap, fmt);
	code = run(o, fmt, ap);
	va_end(ap);
	return code;
}

int operator_run(struct operator* o, const char *fmt, ...)
{
	va_list ap;
	int code;

	va_start(ap, fmt);
	code = run(o, fmt, ap);
	va_end(ap);
	canned_stop(o->server);
	return code;
}
