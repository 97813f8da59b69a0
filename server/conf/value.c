#include "config.h"

#include "server/conf/value.h"

#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const levels[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static int set_text(char **field, const char *text, int64_t min, int64_t max,
                    const char *what, struct err *e)
{
	int64_t n = (int64_t)strlen(text);

	if (n < min || n > max)
		return err_set(e, ERR_INVALID,
		               "%s: %" PRId64 " characters, %" PRId64
		               " to %" PRId64 " are needed",
		               what, n, min, max);
	/* What would not survive being printed and read again. */
	if (strpbrk(text, "\r\n") != NULL || strstr(text, " ;") != NULL ||
	    strstr(text, "\t;") != NULL || *text == ' ' || *text == ';')
		return err_set(e, ERR_INVALID,
		               "%s: a line break, a blank in front or a blank "
		               "before ';'",
		               what);
	free(*field);
	*field = xstrdup(text);
	return 0;
}

static int set_bool(bool *field, const char *text, const char *what,
                    struct err *e)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return err_set(e, ERR_INVALID,
		               "%s: '%.64s' is neither yes nor no", what, text);
	*field = *text == 'y';
	return 0;
}

static int set_level(enum log_level *field, const char *text, const char *what,
                     struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (strcmp(levels[i], text) == 0) {
			*field = (enum log_level)i;
			return 0;
		}
	return err_set(e, ERR_INVALID,
	               "%s: '%.64s' is none of error, warn, info, debug", what,
	               text);
}

/* The host between the brackets or before the colon; *port behind it. */
static bool split(char host[46], const char **port, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool is_v6 = *text == '[';
	size_t n;

	if (colon == NULL || (is_v6 && (colon == text || colon[-1] != ']')))
		return false;
	n = (size_t)(colon - text) - (is_v6 ? 2 : 0);
	if (n >= 46)
		return false;
	memcpy(host, text + is_v6, n);
	host[n] = '\0';
	*port = colon + 1;
	struct in6_addr parsed;
	return inet_pton(is_v6 ? AF_INET6 : AF_INET, host, &parsed) == 1;
}

static int set_addr(struct conf_addr *field, const char *text, bool may_be_off,
                    const char *what, struct err *e)
{
	struct conf_addr a = {0};
	const char *port = "";
	int64_t n = 0;

	if (may_be_off && strcmp(text, "off") == 0) {
		*field = a;
		return 0;
	}
	if (!split(a.host, &port, text))
		return err_set(e, ERR_INVALID,
		               "%s: '%.64s' is not like 127.0.0.1:8080 or "
		               "[::1]:8080%s",
		               what, text, may_be_off ? " or off" : "");
	if (num_i64(&n, port, 0, UINT16_MAX, what, e) != 0)
		return -1;
	a.port = (uint16_t)n;
	*field = a;
	return 0;
}

int value_set(void *field, enum value_type type, const char *text, int64_t min,
              int64_t max, const char *what, struct err *e)
{
	switch (type) {
	case VALUE_STR:
	case VALUE_PATH: return set_text(field, text, min, max, what, e);
	case VALUE_INT: return num_i64(field, text, min, max, what, e);
	case VALUE_SECONDS: return num_seconds(field, text, min, max, what, e);
	case VALUE_BYTES: return num_bytes(field, text, min, max, what, e);
	case VALUE_BOOL: return set_bool(field, text, what, e);
	case VALUE_LEVEL: return set_level(field, text, what, e);
	case VALUE_ADDR: return set_addr(field, text, false, what, e);
	case VALUE_ADDR_OR_OFF: return set_addr(field, text, true, what, e);
	}
	return -1;
}

void value_drop(void *field, enum value_type type)
{
	char **text = field;

	if (type != VALUE_STR && type != VALUE_PATH)
		return;
	free(*text);
	*text = NULL;
}

struct unit {
	const char *suffix;
	int64_t factor;
};

static const struct unit second_units[] = {
	{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
static const struct unit byte_units[] = {
	{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}};

/* In the largest unit that it is a multiple of. */
static void print_units(struct buf *out, int64_t n, const struct unit units[4])
{
	while (units->factor > 1 && (n == 0 || n % units->factor != 0))
		units++;
	buf_printf(out, "%" PRId64 "%s", n / units->factor, units->suffix);
}

static void print_addr(struct buf *out, const struct conf_addr *a)
{
	if (*a->host == '\0')
		buf_puts(out, "off");
	else if (strchr(a->host, ':') != NULL)
		buf_printf(out, "[%s]:%u", a->host, a->port);
	else
		buf_printf(out, "%s:%u", a->host, a->port);
}

void value_print(struct buf *out, const void *field, enum value_type type)
{
	switch (type) {
	case VALUE_STR:
	case VALUE_PATH: buf_puts(out, *(char *const *)field); break;
	case VALUE_INT:
		buf_printf(out, "%" PRId64, *(const int64_t *)field);
		break;
	case VALUE_SECONDS:
		print_units(out, *(const int64_t *)field, second_units);
		break;
	case VALUE_BYTES:
		print_units(out, *(const int64_t *)field, byte_units);
		break;
	case VALUE_BOOL:
		buf_puts(out, *(const bool *)field ? "yes" : "no");
		break;
	case VALUE_LEVEL:
		buf_puts(out, levels[*(const enum log_level *)field]);
		break;
	case VALUE_ADDR:
	case VALUE_ADDR_OR_OFF: print_addr(out, field); break;
	}
}

#define WORD_MAX 32

/* Levenshtein's distance, of words up to WORD_MAX; row by row. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(b), row[WORD_MAX + 1];

	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t k = 1; k <= n; k++) {
			size_t change = diagonal + (a[i] != b[k - 1]);
			size_t drop = row[k] + 1, add = row[k - 1] + 1;

			diagonal = row[k];
			row[k] = change < drop ? change : drop;
			row[k] = row[k] < add ? row[k] : add;
		}
	}
	return row[n];
}

const char *value_nearest(const char *const *words, const char *word)
{
	const char *best = NULL;
	size_t least;

	if (strlen(word) > WORD_MAX)
		return NULL;
	/* A third of the letters wrong is no longer a slip. */
	least = strlen(word) / 3 + 1;
	for (; *words != NULL; words++) {
		size_t d = strlen(*words) <= WORD_MAX ? distance(word, *words)
		                                      : SIZE_MAX;

		if (d <= least && (best == NULL || d < least)) {
			best = *words;
			least = d;
		}
	}
	return best;
}
