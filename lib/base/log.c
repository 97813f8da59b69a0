#include "config.h"

#include "lib/base/log.h"

#include "lib/base/clock.h"
#include "lib/base/rfc3339.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static atomic_int max_level = LOG_LEVEL_INFO;
static atomic_int out_fd = STDERR_FILENO;

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_set_level(enum log_level level)
{
	max_level = (int)level;
}

void log_set_fd(int fd)
{
	out_fd = fd;
}

/* Quotes and control bytes would let a hostile string forge a second line. */
static size_t quote(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 2 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			out[n++] = '\\';
		out[n++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
	return n;
}

__attribute__((format(printf, 2, 0))) static void
line(enum log_level level, const char *fmt, va_list ap)
{
	char msg[1024], ts[RFC3339_SIZE], out[2304];
	size_t n;

	if ((int)level > max_level)
		return;
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	rfc3339_format(ts, clock_utc_ms(&clock_system) / 1000);
	n = (size_t)snprintf(out, sizeof(out), "ts=%s level=%s msg=\"", ts,
	                     level_names[level]);
	n += quote(out + n, sizeof(out) - n - 3, msg);
	out[n++] = '"';
	out[n++] = '\n';
	/* One write, so that lines of several threads do not mix. */
	if (write(out_fd, out, n) < 0)
		return;
}

#define LEVEL_FUNCTION(name, level)     \
	void name(const char *fmt, ...) \
	{                               \
		va_list ap;             \
		va_start(ap, fmt);      \
		line(level, fmt, ap);   \
		va_end(ap);             \
	}

LEVEL_FUNCTION(log_error, LOG_LEVEL_ERROR)
LEVEL_FUNCTION(log_warn, LOG_LEVEL_WARN)
LEVEL_FUNCTION(log_info, LOG_LEVEL_INFO)
LEVEL_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
