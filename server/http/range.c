#include "config.h"

#include "server/http/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <strings.h>

/* Digits up to the first other char, clamped at UINT64_MAX: a last byte far
 * behind the end is no mistake. NULL when there are none. */
static const char *number(uint64_t *out, const char *p)
{
	uint64_t n = 0;

	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(n, 10u, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
			n = UINT64_MAX; /* and stays so */
	*out = n;
	return p;
}

/* "-500": the last 500 bytes. */
static enum range_outcome suffix(uint64_t *first, uint64_t *last, const char *p,
                                 uint64_t len)
{
	uint64_t n = 0;

	p = number(&n, p);
	if (p == NULL || *p != '\0')
		return RANGE_IGNORED;
	if (n == 0 || len == 0)
		return RANGE_UNSATISFIABLE;
	*first = n < len ? len - n : 0;
	*last = len - 1;
	return RANGE_PART;
}

enum range_outcome range_parse(uint64_t *first, uint64_t *last,
                               const char *header, uint64_t len)
{
	const char *p = header;
	uint64_t from = 0, to = UINT64_MAX;

	if (strncasecmp(p, "bytes=", 6) != 0)
		return RANGE_IGNORED;
	p += 6;
	if (*p == '-')
		return suffix(first, last, p + 1, len);
	p = number(&from, p);
	if (p == NULL || *p++ != '-')
		return RANGE_IGNORED;
	if (*p != '\0') {
		p = number(&to, p);
		if (p == NULL || *p != '\0' || to < from)
			return RANGE_IGNORED;
	}
	if (from >= len)
		return RANGE_UNSATISFIABLE;
	*first = from;
	*last = to < len ? to : len - 1;
	return RANGE_PART;
}
