#include "config.h"

#include "tests/support/tool.h"

#include "lib/base/mem.h"
#include "lib/crypto/key.h"

#include <stdarg.h>
#include <string.h>

#define ARGS_MAX 64

void tool_init(struct tool *t, const struct cli_program *p)
{
	*t = (struct tool){.program = p};
	key_library_init();
	clock_manual_init(&t->clock, TOOL_BEGAN_S * 1000);
	rng_seeded_init(&t->rng, 1);
	t->out = xstrdup("");
	t->err = xstrdup("");
}

void tool_fini(struct tool *t)
{
	free(t->out);
	free(t->err);
}

static int run(struct tool *t, int argc, const char *const *argv)
{
	size_t out_size, err_size;
	struct cli_world w = {
		.in = stdin,
		.clock = &t->clock.clock,
		.rng = &t->rng.rng,
		.ctx = t->ctx,
	};

	free(t->out);
	free(t->err);
	w.out = open_memstream(&t->out, &out_size);
	w.err = open_memstream(&t->err, &err_size);
	if (w.out == NULL || w.err == NULL)
		abort();
	t->code = cli_run(t->program, &w, argc, argv);
	(void)fclose(w.out);
	(void)fclose(w.err);
	return t->code;
}

int tool_run(struct tool *t, ...)
{
	const char *argv[ARGS_MAX] = {t->program->name};
	int argc = 1;
	va_list ap;

	va_start(ap, t);
	while (argc < ARGS_MAX - 1 &&
	       (argv[argc] = va_arg(ap, const char *)) != NULL)
		argc++;
	va_end(ap);
	argv[argc] = NULL;
	return run(t, argc, argv);
}

int tool_line(struct tool *t, const char *fmt, ...)
{
	const char *argv[ARGS_MAX] = {t->program->name};
	char line[4096], *rest = line, *word;
	int argc = 1;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	while ((word = strsep(&rest, " ")) != NULL && argc < ARGS_MAX - 1)
		if (*word != '\0')
			argv[argc++] = word;
	argv[argc] = NULL;
	return run(t, argc, argv);
}
