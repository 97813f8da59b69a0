#include "config.h"

#include "sim/share.h"

#include "lib/base/num.h"
#include "lib/rollout/plan.h"

#include <inttypes.h>
#include <string.h>

#define DIGITS "0123456789"
#define DECIMALS_MAX 6 /* parts per million */
#define PARTS_MAX INT64_C(1000000)

/* "0.02": one digit, and one to six more after a point. */
static int decimal_ppm(int64_t *out, const char *text)
{
	size_t whole = strspn(text, DIGITS), n;
	int64_t unit = PPM;

	if (whole != 1)
		return -1;
	*out = (text[0] - '0') * unit;
	if (text[1] == '\0')
		return 0;
	n = strspn(text + 2, DIGITS);
	if (text[1] != '.' || n < 1 || n > DECIMALS_MAX || text[2 + n] != '\0')
		return -1;
	for (const char *p = text + 2; *p != '\0'; p++) {
		unit /= 10;
		*out += (*p - '0') * unit;
	}
	return 0;
}

static int out_of_range(const char *option, const char *text, int32_t min_ppm,
                        int32_t max_ppm, struct err *e)
{
	return err_set(e, ERR_USAGE, "--%s: '%s' is not within %g to %g",
	               option, text, min_ppm / 1e6, max_ppm / 1e6);
}

static int parse_ppm(int32_t *out, const char *option, const char *text,
                     int32_t min_ppm, int32_t max_ppm, struct err *e)
{
	int64_t ppm;
	int32_t same;

	if (decimal_ppm(&ppm, text) != 0) {
		if (cli_parse_ppm(&same, text, INT32_MIN, INT32_MAX, option,
		                  NULL) != 0)
			return err_set(e, ERR_USAGE,
			               "--%s: '%s' is not a share like 0.02, "
			               "2%% or 20000ppm",
			               option, text);
		ppm = same;
	}
	if (ppm < min_ppm || ppm > max_ppm)
		return out_of_range(option, text, min_ppm, max_ppm, e);
	*out = (int32_t)ppm;
	return 0;
}

int share_ppm(int32_t *out, const struct cli *c, const char *option,
              int32_t min_ppm, int32_t max_ppm, struct err *e)
{
	const char *text = cli_get(c, option);

	if (text == NULL)
		return 0;
	return parse_ppm(out, option, text, min_ppm, max_ppm, e);
}

static bool is_name(const char *text)
{
	return name_is_word(text) || strcmp(text, "*") == 0;
}

static int parse_cell(struct cell *out, const char *option, const char *text,
                      const char *equals, struct err *e)
{
	const char *slash = memchr(text, '/', (size_t)(equals - text));
	word region = "";

	if (slash != NULL && slash - text <= NAME_MAX_LEN &&
	    equals - slash - 1 <= NAME_MAX_LEN) {
		memset(out->hw, 0, sizeof(out->hw));
		memcpy(out->hw, text, (size_t)(slash - text));
		memcpy(region, slash + 1, (size_t)(equals - slash - 1));
		word_set(out->region, region);
		if (is_name(out->hw) && is_name(out->region))
			return 0;
	}
	return err_set(e, ERR_USAGE,
	               "--%s: '%.140s' is neither a share like 10%% nor "
	               "HW/REGION=10%%",
	               option, text);
}

int share_cells(const struct cli *c, const char *option, share_cell_fn *fn,
                void *ctx, struct err *e)
{
	const char *text;

	for (size_t i = 0; (text = cli_get_nth(c, option, i)) != NULL; i++) {
		const char *equals = strchr(text, '=');
		struct cell pattern = {"*", "*"};
		int32_t ppm = 0;

		if (equals != NULL &&
		    parse_cell(&pattern, option, text, equals, e) != 0)
			return -1;
		if (parse_ppm(&ppm, option, equals != NULL ? equals + 1 : text,
		              0, PPM, e) != 0 ||
		    fn(ctx, option, &pattern, ppm, e) != 0)
			return -1;
	}
	return 0;
}

static int parse_fraction(double *out, const char *option, const char *text,
                          const char *slash, struct err *e)
{
	char above[16] = "";
	int64_t a = 0, b = 0;

	if ((size_t)(slash - text) < sizeof(above))
		memcpy(above, text, (size_t)(slash - text));
	if (num_i64(&b, slash + 1, 1, PARTS_MAX, option, NULL) != 0 ||
	    num_i64(&a, above, 1, b, option, NULL) != 0)
		return err_set(e, ERR_USAGE,
		               "--%s: '%s' is not a fraction A/B with "
		               "1 ≤ A ≤ B ≤ %" PRId64,
		               option, text, PARTS_MAX);
	*out = (double)a / (double)b;
	return 0;
}

int share_weight(double *out, const struct cli *c, const char *option,
                 struct err *e)
{
	const char *text = cli_get(c, option), *slash;
	int32_t ppm;

	if (text == NULL)
		return 0;
	slash = strchr(text, '/');
	if (slash != NULL)
		return parse_fraction(out, option, text, slash, e);
	if (parse_ppm(&ppm, option, text, 1, PPM, e) != 0)
		return -1;
	*out = ppm / 1e6;
	return 0;
}
