#include "config.h"

#include "cli/cli.h"
#include "cli/internal.h"
#include "cli/suggest.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/base/rfc3339.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Asking for an option that the tables do not have is our own mistake. */
static const struct cli_option *known(const struct cli *c, const char *name)
{
	const struct cli_option *o =
		cli_find_option(c->program, c->command, name);

	assert(o != NULL || c->command == NULL);
	return o;
}

bool cli_has(const struct cli *c, const char *option)
{
	(void)known(c, option);
	for (size_t i = 0; i < c->n_given; i++)
		if (strcmp(c->given[i].option->name, option) == 0)
			return true;
	return false;
}

const char *cli_get(const struct cli *c, const char *option)
{
	const struct cli_option *o = known(c, option);

	for (size_t i = c->n_given; i > 0; i--)
		if (strcmp(c->given[i - 1].option->name, option) == 0)
			return c->given[i - 1].value;
	return o != NULL ? o->fallback : NULL;
}

const char *cli_get_nth(const struct cli *c, const char *option, size_t nth)
{
	(void)known(c, option);
	for (size_t i = 0; i < c->n_given; i++)
		if (strcmp(c->given[i].option->name, option) == 0 && nth-- == 0)
			return c->given[i].value;
	return NULL;
}

int cli_as_usage(int result, struct err *e)
{
	if (result != 0 && e != NULL) {
		e->kind = ERR_USAGE;
		(void)snprintf(e->code, sizeof(e->code), "%s",
		               err_kind_name(ERR_USAGE));
	}
	return result;
}

typedef int number_fn(int64_t *out, const char *text, int64_t min, int64_t max,
                      const char *what, struct err *e);

static int number(int64_t *out, const struct cli *c, const char *option,
                  int64_t min, int64_t max, number_fn *read, struct err *e)
{
	const char *text = cli_get(c, option);
	char what[72];

	if (text == NULL)
		return 0;
	(void)snprintf(what, sizeof(what), "--%s", option);
	return cli_as_usage(read(out, text, min, max, what, e), e);
}

int cli_int(int64_t *out, const struct cli *c, const char *option, int64_t min,
            int64_t max, struct err *e)
{
	return number(out, c, option, min, max, num_i64, e);
}

int cli_seconds(int64_t *out, const struct cli *c, const char *option,
                int64_t min, int64_t max, struct err *e)
{
	return number(out, c, option, min, max, num_seconds, e);
}

int cli_bytes(int64_t *out, const struct cli *c, const char *option,
              int64_t min, int64_t max, struct err *e)
{
	return number(out, c, option, min, max, num_bytes, e);
}

/* Longer than any plan or role lives. */
#define DURATION_MAX_S ((int64_t)10 * 366 * 86400)

int cli_time(int64_t *out_s, const struct cli *c, const char *option,
             int64_t from_s, struct err *e)
{
	const char *text = cli_get(c, option);
	int64_t after_s;

	if (text == NULL || rfc3339_parse(out_s, text) == 0)
		return 0;
	if (num_seconds(&after_s, text, 0, DURATION_MAX_S, option, NULL) != 0)
		return err_set(e, ERR_USAGE,
		               "--%s: '%s' is neither a time like "
		               "2026-11-20T20:37:00Z nor a duration like 6h",
		               option, text);
	*out_s = from_s + after_s;
	return 0;
}

/* Digits, and for "%" up to four after a point: 10^6 ppm is 100 %. */
static int ppm_of(int64_t *out, const char *text)
{
	int64_t whole = 0, part = 0, unit = 10000;
	size_t n = strspn(text, "0123456789"), digits = 0;
	const char *p = text + n;

	if (n == 0 || n > 7)
		return -1;
	for (size_t i = 0; i < n; i++)
		whole = whole * 10 + (text[i] - '0');
	if (strcmp(p, "ppm") == 0) {
		*out = whole;
		return 0;
	}
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9' && digits < 4; p++, digits++) {
			unit /= 10;
			part += (*p - '0') * unit;
		}
	if (strcmp(p, "%") != 0 || (text[n] == '.' && digits == 0))
		return -1;
	*out = whole * 10000 + part;
	return 0;
}

int cli_parse_ppm(int32_t *out, const char *text, int32_t min, int32_t max,
                  const char *what, struct err *e)
{
	int64_t ppm;

	if (ppm_of(&ppm, text) != 0)
		return err_set(e, ERR_USAGE,
		               "%s: '%s' is not a share like 5%%, 0.5%% or "
		               "5000ppm",
		               what, text);
	if (ppm < min || ppm > max)
		return err_set(e, ERR_USAGE,
		               "%s: '%s' is not within %" PRId32
		               "ppm to %" PRId32 "ppm",
		               what, text, min, max);
	*out = (int32_t)ppm;
	return 0;
}

int cli_ppm(int32_t *out, const struct cli *c, const char *option, int32_t min,
            int32_t max, struct err *e)
{
	const char *text = cli_get(c, option);
	char what[72];

	if (text == NULL)
		return 0;
	(void)snprintf(what, sizeof(what), "--%s", option);
	return cli_parse_ppm(out, text, min, max, what, e);
}

int cli_enum(int *out, const struct cli *c, const char *option,
             const char *const *words, struct err *e)
{
	const char *text = cli_get(c, option);
	char mean[SUGGEST_MAX + 32];
	struct suggest s;

	if (text == NULL)
		return 0;
	suggest_init(&s, text);
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return 0;
		}
		suggest_try(&s, words[i]);
	}
	SCOPED(buf_fini)
	struct buf all = BUF_INIT(200);
	for (int i = 0; words[i] != NULL; i++)
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", words[i]);
	return err_set(e, ERR_USAGE, "--%s: '%s' is none of %s%s", option, text,
	               buf_str(&all), suggest_text(&s, mean, sizeof(mean)));
}

static int each_part(const char *option, const char *text, cli_part_fn *fn,
                     void *ctx, struct err *e)
{
	SCOPED(free)
	char *copy = xstrdup(text);
	char *rest = copy, *part;

	while ((part = strsep(&rest, ",")) != NULL) {
		if (*part == '\0')
			return err_set(e, ERR_USAGE,
			               "--%s: '%s' has an empty part", option,
			               text);
		if (fn(ctx, part, e) != 0)
			return -1;
	}
	return 0;
}

int cli_list(const struct cli *c, const char *option, cli_part_fn *fn,
             void *ctx, struct err *e)
{
	const char *text = cli_get_nth(c, option, 0);

	if (text == NULL) {
		text = cli_get(c, option);
		return text == NULL ? 0 : each_part(option, text, fn, ctx, e);
	}
	for (size_t i = 0; text != NULL; text = cli_get_nth(c, option, ++i))
		if (each_part(option, text, fn, ctx, e) != 0)
			return -1;
	return 0;
}
