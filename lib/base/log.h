/*
 * One line per event on standard error, logfmt: ts=… level=… msg="…".
 * The edge logs (main, http, the server's threads); the core returns errors
 * instead. Never a token, a key or a passphrase. Any thread.
 */
#ifndef LIB_BASE_LOG_H
#define LIB_BASE_LOG_H

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Lines above this level are dropped. Default: LOG_LEVEL_INFO. Set at start. */
void log_set_level(enum log_level level);
/* Another descriptor than 2, for tests. */
void log_set_fd(int fd);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
