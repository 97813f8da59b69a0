#include "config.h"

#include "lib/base/mem.h"

#include "lib/base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p, size_t size)
{
	if (p == NULL) {
		log_error("out of memory: %zu bytes were wanted", size);
		abort();
	}
	return p;
}

/* For the log line alone. */
static size_t total(size_t n, size_t size)
{
	return __builtin_mul_overflow(n, size, &n) ? SIZE_MAX : n;
}

void *xmalloc(size_t size)
{
	return must(malloc(size ? size : 1), size);
}

void *xcalloc(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1), total(n, size));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n ? n : 1, size ? size : 1),
	            total(n, size));
}

char *xstrdup(const char *s)
{
	return must(strdup(s), strlen(s));
}

char *xasprintf(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		out = NULL;
	va_end(ap);
	return must(out, 0);
}
