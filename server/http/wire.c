/*
 * Connections that owe us a request. The library closes one that is silent;
 * it lets one drip for ever, and it turns in circles when a chunk's
 * extension fills its buffer (0.9.75, polled from outside). Both end here.
 */
#include "config.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "server/http/inside.h"

#include <sys/socket.h>

/* A chunked body that stands still this long while the loop never gets to
 * sleep is the reason that it does not. */
#define STALL_MS 2000

static void forget(struct loop *l, struct wire *w)
{
	/* The library does not tell the end of a request whose parameters
	 * filled its memory (0.9.75). */
	if (w->exchange != NULL)
		exchange_end(w->exchange);
	wire_relax(l, w);
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		l->wires = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	free(w);
	l->tally.connections--;
	l->has_room = true;
}

void wire_on_connection(void *cls, struct MHD_Connection *connection,
                        void **wire, enum MHD_ConnectionNotificationCode what)
{
	struct loop *l = cls;
	struct wire *w = *wire;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (w != NULL)
			forget(l, w);
		*wire = NULL;
		return;
	}
	w = xcalloc(1, sizeof(*w));
	w->connection = connection;
	w->next = l->wires;
	if (l->wires != NULL)
		l->wires->prev = w;
	l->wires = w;
	l->tally.connections++;
	wire_expect(l, w, clock_mono_ms(&clock_system));
	*wire = w;
}

struct wire *wire_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection,
	                               MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	        ->socket_context;
}

void wire_expect(struct loop *l, struct wire *w, int64_t now_ms)
{
	unsigned s = l->config->receive_s;

	if (w->deadline_ms == 0)
		l->awaited++;
	w->deadline_ms = now_ms + (int64_t)s * 1000;
	w->moved_ms = now_ms;
}

void wire_relax(struct loop *l, struct wire *w)
{
	if (w->deadline_ms != 0)
		l->awaited--;
	w->deadline_ms = 0;
	w->is_chunked = false;
}

/* The library has no call for it: the socket is shut, and in case it does
 * not look there, the connection is as good as silent. */
static void cut(struct loop *l, struct wire *w)
{
	int fd = MHD_get_connection_info(w->connection,
	                                 MHD_CONNECTION_INFO_CONNECTION_FD)
	                 ->connect_fd;

	wire_relax(l, w);
	(void)shutdown(fd, SHUT_RDWR);
	(void)MHD_set_connection_option(w->connection,
	                                MHD_CONNECTION_OPTION_TIMEOUT, 1u);
}

void wire_sweep(struct loop *l, int64_t now_ms)
{
	bool restless =
		l->busy_since_ms != 0 && now_ms - l->busy_since_ms > STALL_MS;
	struct wire *next;

	for (struct wire *w = l->wires; w != NULL; w = next) {
		next = w->next;
		if (w->deadline_ms == 0)
			continue;
		if (now_ms > w->deadline_ms ||
		    (restless && w->is_chunked &&
		     now_ms - w->moved_ms > STALL_MS))
			cut(l, w);
	}
}
