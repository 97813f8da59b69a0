#include "config.h"

#include "lib/base/num.h"

#include <inttypes.h>
#include <stddef.h>

/* Reads digits into *out; returns the first char after them, or NULL when
 * there is no number, a leading zero, or an overflow. */
static const char *digits(int64_t *out, const char *s)
{
	int64_t n = 0;

	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *s - '0', &n))
			return NULL;
	}
	*out = n;
	return s;
}

struct unit {
	char suffix;
	int64_t factor;
};

static const struct unit second_units[] = {
	{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {0, 0}};
static const struct unit byte_units[] = {{'\0', 1},
                                         {'K', 1024},
                                         {'M', 1024 * 1024},
                                         {'G', 1024 * 1024 * 1024},
                                         {0, 0}};
static const struct unit plain_units[] = {{'\0', 1}, {0, 0}};

static int with_unit(int64_t *out, const char *text, const struct unit *units,
                     int64_t min, int64_t max, const char *what,
                     const char *example, struct err *e)
{
	int64_t n = 0;
	const char *rest = digits(&n, text);

	for (; rest != NULL && units->factor != 0; units++) {
		if (*rest != units->suffix ||
		    (*rest != '\0' && rest[1] != '\0'))
			continue;
		if (__builtin_mul_overflow(n, units->factor, &n) || n < min ||
		    n > max)
			return err_set(e, ERR_INVALID,
			               "%s: '%s' is not within %" PRId64
			               " to %" PRId64,
			               what, text, min, max);
		*out = n;
		return 0;
	}
	return err_set(e, ERR_INVALID, "%s: '%s' is not a number like %s", what,
	               text, example);
}

int num_i64(int64_t *out, const char *text, int64_t min, int64_t max,
            const char *what, struct err *e)
{
	return with_unit(out, text, plain_units, min, max, what, "42", e);
}

int num_seconds(int64_t *out, const char *text, int64_t min, int64_t max,
                const char *what, struct err *e)
{
	return with_unit(out, text, second_units, min, max, what, "90s or 6h",
	                 e);
}

int num_bytes(int64_t *out, const char *text, int64_t min, int64_t max,
              const char *what, struct err *e)
{
	return with_unit(out, text, byte_units, min, max, what, "4096 or 64K",
	                 e);
}
