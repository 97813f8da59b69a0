#include "config.h"

#include "lib/base/err.h"

#include "lib/base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
	/* clang-format off */
	[ERR_NONE]            = "none",
	[ERR_INVALID]         = "invalid",
	[ERR_USAGE]           = "usage",
	[ERR_UNAUTHENTICATED] = "unauthenticated",
	[ERR_FORBIDDEN]       = "forbidden",
	[ERR_NOT_FOUND]       = "not_found",
	[ERR_CONFLICT]        = "conflict",
	[ERR_TOO_LARGE]       = "too_large",
	[ERR_UNTRUSTED]       = "untrusted",
	[ERR_EXPIRED]         = "expired",
	[ERR_BUSY]            = "busy",
	[ERR_UNREACHABLE]     = "unreachable",
	[ERR_NO_SPACE]        = "no_space",
	[ERR_IO]              = "io",
	[ERR_MEMORY]          = "memory",
	[ERR_INTERNAL]        = "internal",
	/* clang-format on */
};

const char *err_kind_name(enum err_kind kind)
{
	return kind_names[kind];
}

__attribute__((format(printf, 4, 0))) static void
fill(struct err *e, enum err_kind kind, const char *code, const char *fmt,
     va_list ap)
{
	if (e == NULL)
		return;
	e->kind = kind;
	(void)snprintf(e->code, sizeof(e->code), "%s", code);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	utf8_mend(e->msg);
}

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind, kind_names[kind], fmt, ap);
	va_end(ap);
	return -1;
}

int err_code(struct err *e, enum err_kind kind, const char *code,
             const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind, code, fmt, ap);
	va_end(ap);
	return -1;
}

static enum err_kind kind_of_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT: return ERR_NO_SPACE;
	case ENOENT: return ERR_NOT_FOUND;
	case ENOMEM: return ERR_MEMORY;
	default: return ERR_IO;
	}
}

int err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	enum err_kind kind = kind_of_errno(errnum);
	char why[128] = "unknown error";
	size_t used;
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind, kind_names[kind], fmt, ap);
	va_end(ap);
	if (e == NULL)
		return -1;
	if (errnum == EACCES || errnum == EPERM)
		(void)snprintf(e->code, sizeof(e->code), "file_access");
	const char *text = strerror_r(errnum, why, sizeof(why));
	used = strlen(e->msg);
	(void)snprintf(e->msg + used, sizeof(e->msg) - used, ": %s", text);
	utf8_mend(e->msg);
	return -1;
}

void err_context(struct err *e, const char *fmt, ...)
{
	char front[ERR_MSG_MAX];
	size_t n, keep;
	va_list ap;

	if (e == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(front, sizeof(front) - 2, fmt, ap);
	va_end(ap);
	n = strlen(front);
	front[n++] = ':';
	front[n++] = ' ';
	keep = strlen(e->msg);
	if (keep > sizeof(e->msg) - 1 - n)
		keep = sizeof(e->msg) - 1 - n;
	memmove(e->msg + n, e->msg, keep);
	memcpy(e->msg, front, n);
	e->msg[n + keep] = '\0';
	utf8_mend(e->msg);
}
