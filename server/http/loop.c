/*
 * A loop: one thread, one listening socket, one daemon of the library, which
 * is driven from outside. Its own waiting would stall whenever exactly 128
 * sockets are ready (0.9.75), so we wait on its epoll descriptor and on the
 * mailbox, and let it run without waiting.
 */
#include "config.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/http/inside.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define SWEEP_MS 1000
/* For the last replies, after everything parked was answered. */
#define FLUSH_TURNS 50
#define FLUSH_TURN_MS 10

__attribute__((format(printf, 2, 0))) static void
library_log(void *cls, const char *fmt, va_list ap)
{
	const struct loop *l = cls;
	char text[256];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	log_debug("%s: %s", l->config->name, text);
}

static struct MHD_Daemon *start_daemon(struct loop *l, int listen_fd)
{
	const struct http_config *c = l->config;
	unsigned flags =
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	unsigned share = (c->max_connections + c->threads - 1) / c->threads;

	if (strchr(c->host, ':') != NULL)
		flags |= MHD_USE_IPv6;
	return MHD_start_daemon(
		flags, 0, NULL, NULL, exchange_on_call, l,
		MHD_OPTION_EXTERNAL_LOGGER, library_log, l,
		MHD_OPTION_LISTEN_SOCKET, listen_fd,
		/* Else it does not use sendfile. */
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_LIMIT, share,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, c->max_per_address,
		MHD_OPTION_CONNECTION_TIMEOUT, c->idle_s,
		MHD_OPTION_URI_LOG_CALLBACK, exchange_on_uri, l,
		MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, l,
		MHD_OPTION_NOTIFY_CONNECTION, wire_on_connection, l,
		MHD_OPTION_END);
}

int loop_start(struct loop *l, const struct http_config *c, int listen_fd,
               struct err *e)
{
	l->config = c;
	rng_fill(c->rng, &l->id_start, sizeof(l->id_start));
	if (mailbox_new(&l->mailbox, e) != 0)
		return -1;
	l->daemon = start_daemon(l, listen_fd);
	if (l->daemon == NULL)
		return err_set(e, ERR_INTERNAL,
		               "%s: the HTTP library does not start", c->name);
	l->epoll_fd = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)
	                      ->epoll_fd;
	return 0;
}

/* Milliseconds for poll(): -1 for ever. */
static int wait_ms(struct loop *l, int64_t max_ms)
{
	MHD_UNSIGNED_LONG_LONG library = 0;
	int64_t ms = -1;

	/* At its limit the library does not listen, and looks whether it may
	 * again only at the beginning of a run. */
	if (l->has_room)
		return 0;
	if (MHD_get_timeout(l->daemon, &library) == MHD_YES)
		ms = library < INT_MAX ? (int64_t)library : INT_MAX;
	if (max_ms >= 0 && (ms < 0 || ms > max_ms))
		ms = max_ms;
	if (l->awaited > 0 && (ms < 0 || ms > SWEEP_MS))
		ms = SWEEP_MS;
	return (int)ms;
}

static void turn(struct loop *l, int64_t max_ms)
{
	struct pollfd fds[2] = {{.fd = l->epoll_fd, .events = POLLIN},
	                        {.fd = l->mailbox->fd, .events = POLLIN}};
	int wait = wait_ms(l, max_ms);
	uint64_t rung;
	int64_t now;

	(void)poll(fds, 2, wait);
	if (fds[1].revents != 0 &&
	    read(l->mailbox->fd, &rung, sizeof(rung)) < 0 && errno != EAGAIN)
		log_error("%s: mailbox: %s", l->config->name, strerror(errno));
	park_deliver(l);
	l->has_room = false;
	(void)MHD_run(l->daemon);

	now = clock_mono_ms(&clock_system);
	if (wait != 0)
		l->busy_since_ms = 0;
	else if (l->busy_since_ms == 0)
		l->busy_since_ms = now;
	if (now - l->swept_ms >= SWEEP_MS) {
		l->swept_ms = now;
		wire_sweep(l, now);
	}
}

static void drain(struct loop *l)
{
	int64_t now = clock_mono_ms(&clock_system);
	int64_t end = now + l->drain_ms;
	int fd = MHD_quiesce_daemon(l->daemon);

	if (fd >= 0)
		(void)close(fd);
	l->is_stopping = true;
	for (; l->in_flight > 0 && now < end;
	     now = clock_mono_ms(&clock_system))
		turn(l, end - now);
	l->is_closing = true;
	mailbox_close(l->mailbox);
	park_deliver(l);
	park_abandon(l);
	for (int i = 0; l->in_flight > 0 && i < FLUSH_TURNS; i++)
		turn(l, FLUSH_TURN_MS);
}

void loop_run(struct loop *l)
{
	while (!l->stop)
		turn(l, -1);
	drain(l);
}

void loop_fini(struct loop *l)
{
	if (l->daemon != NULL)
		MHD_stop_daemon(l->daemon);
	if (l->mailbox != NULL)
		mailbox_drop(l->mailbox);
}
