/*
 * GET over a socket of ours: what a warm refresh needs, in a hundredth of the
 * memory that libcurl and its libraries take. Strict, bounded, and nothing
 * else: no names, no proxies, no TLS, no bodies to send.
 */
#include "config.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "net/answer.h"
#include "net/internal.h"
#include "net/pace.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BUFFER_BYTES 65536
#define REQUEST_MAX ((size_t)1 << 20)
#define NEVER_MS INT64_MAX
/* No poll() is longer, so that a clock that is faked meanwhile is seen. */
#define LOOK_MS 10000

struct net_plain {
	int fd; /* -1: no connection */
	char host[NET_HOST_MAX];
	struct net_answer answer;
	char buffer[BUFFER_BYTES];
};

/* One request, one answer. */
struct exchange {
	struct net_plain *p;
	const struct net_place *place;
	struct net_transfer *t;
	int64_t end_ms; /* of all of it */
	struct net_pace pace;
	bool has_answer; /* a first byte of it */
	bool is_gone;    /* the other side has hung up */
};

struct net_plain *net_plain_new(void)
{
	struct net_plain *p = xmalloc(sizeof(*p));

	/* The buffers stay untouched until bytes come. */
	p->fd = -1;
	p->host[0] = '\0';
	return p;
}

static void hang_up(struct net_plain *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
}

void net_plain_free(struct net_plain *p)
{
	if (p == NULL)
		return;
	hang_up(p);
	free(p);
}

static int64_t now_ms(const struct exchange *x)
{
	return clock_awake_ms(x->t->options->clock);
}

static int late(const struct exchange *x, struct err *e)
{
	if (now_ms(x) >= x->end_ms)
		return err_set(e, ERR_UNREACHABLE, "timed out after %ld ms",
		               net_total_ms(x->t));
	return err_set(e, ERR_UNREACHABLE, "slower than %ld bytes/s for %ld s",
	               x->t->options->slow_bytes_per_s, x->t->options->slow_s);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until the socket can be used; 1, or 0 when it is too late. */
static int wait_until(const struct exchange *x, short events, int64_t until_ms,
                      struct err *e)
{
	for (;;) {
		struct pollfd p = {.fd = x->p->fd, .events = events};
		int64_t left = until_ms - now_ms(x);
		int n;

		if (left <= 0)
			return 0;
		n = poll(&p, 1, (int)earlier(left, LOOK_MS));
		if (n > 0)
			return 1;
		if (n < 0 && errno != EINTR)
			return err_set(e, ERR_UNREACHABLE, "poll: %s",
			               strerror(errno));
	}
}

static int wait_for(const struct exchange *x, short events, struct err *e)
{
	int64_t until = earlier(x->end_ms, net_pace_until_ms(&x->pace));
	int ready = wait_until(x, events, until, e);

	if (ready == 0)
		return late(x, e);
	return ready > 0 ? 0 : -1;
}

static int refused(const struct exchange *x, int errnum, struct err *e)
{
	return err_set(e, ERR_UNREACHABLE, "no connection to %s: %s",
	               x->place->host, strerror(errnum));
}

static int finish_connect(struct exchange *x, int64_t until_ms, struct err *e)
{
	int ready = wait_until(x, POLLOUT, until_ms, e), errnum = 0;
	socklen_t len = sizeof(errnum);

	if (ready < 0)
		return -1;
	if (ready == 0)
		return err_set(e, ERR_UNREACHABLE, "connecting to %s timed out",
		               x->place->host);
	if (getsockopt(x->p->fd, SOL_SOCKET, SO_ERROR, &errnum, &len) != 0)
		errnum = errno;
	return errnum == 0 ? 0 : refused(x, errnum, e);
}

static int connect_to(struct exchange *x, const union net_address *a,
                      int64_t until_ms, struct err *e)
{
	socklen_t len =
		a->any.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);

	x->p->fd = socket(a->any.sa_family,
	                  SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (x->p->fd < 0)
		return refused(x, errno, e);
	if (connect(x->p->fd, &a->any, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return refused(x, errno, e);
	return finish_connect(x, until_ms, e);
}

static int open_connection(struct exchange *x, struct err *e)
{
	int64_t until =
		earlier(x->end_ms, now_ms(x) + x->t->options->connect_ms);

	memcpy(x->p->host, x->place->host, sizeof(x->p->host));
	for (size_t i = 0; i < x->place->n_addresses; i++) {
		if (connect_to(x, &x->place->addresses[i], until, e) == 0)
			return 0;
		hang_up(x->p);
	}
	return -1;
}

/* Kept, to the same place, and silent: whoever has hung up, or speaks without
 * being asked, is not asked again. */
static bool is_open(const struct exchange *x)
{
	struct pollfd p = {.fd = x->p->fd, .events = POLLIN};

	return x->p->fd >= 0 && strcmp(x->p->host, x->place->host) == 0 &&
	       poll(&p, 1, 0) == 0;
}

/* The very bytes that libcurl would send. */
static void write_request(struct buf *out, const struct exchange *x)
{
	const struct net_request *q = x->t->q;

	buf_printf(out, "GET %s HTTP/1.1\r\nHost: %s\r\n", x->place->path,
	           x->place->host);
	if (q->to_byte > 0)
		buf_printf(out, "Range: bytes=%" PRId64 "-%" PRId64 "\r\n",
		           q->from_byte, q->to_byte);
	buf_printf(out, "User-Agent: %s\r\nAccept: */*\r\n\r\n",
	           x->t->options->user_agent);
}

static int send_all(struct exchange *x, const char *bytes, size_t n,
                    struct err *e)
{
	while (n > 0) {
		ssize_t put = send(x->p->fd, bytes, n, MSG_NOSIGNAL);

		if (put > 0) {
			bytes += put;
			n -= (size_t)put;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (wait_for(x, POLLOUT, e) != 0)
				return -1;
		} else if (errno != EINTR) {
			x->is_gone = true;
			return err_set(e, ERR_UNREACHABLE, "send: %s",
			               strerror(errno));
		}
	}
	return 0;
}

/* Bytes that arrived, through the answer's reader to where they belong. */
static int take(struct exchange *x, size_t n, struct err *e)
{
	struct net_answer *a = &x->p->answer;
	const char *from = x->p->buffer;

	while (n > 0 && a->state != NET_ANSWERED && !x->t->has_enough) {
		const char *body;
		size_t used, body_len;

		if (net_answer_read(a, from, n, &used, &body, &body_len, e) !=
		    0)
			return -1;
		if (a->has_head)
			net_take_head(x->t, a->status, a->content_range,
			              a->retry_after);
		if (body_len > 0 && net_take_body(x->t, body, body_len) != 0)
			return -1;
		from += used;
		n -= used;
	}
	/* More than was asked for: of which request would it be the answer? */
	if (n > 0 || x->t->has_enough)
		a->last = true;
	return 0;
}

static int receive(struct exchange *x, struct err *e)
{
	struct net_answer *a = &x->p->answer;

	net_answer_init(a);
	while (a->state != NET_ANSWERED && !x->t->has_enough) {
		ssize_t n;

		/* Also when bytes never stop coming. */
		if (now_ms(x) >= x->end_ms)
			return late(x, e);
		n = recv(x->p->fd, x->p->buffer, sizeof(x->p->buffer), 0);
		if (n > 0) {
			x->has_answer = true;
			net_pace_got(&x->pace, now_ms(x), (size_t)n);
			if (take(x, (size_t)n, e) != 0)
				return -1;
		} else if (n == 0) {
			x->is_gone = true;
			if (net_answer_end(a, e) != 0)
				return -1;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (wait_for(x, POLLIN, e) != 0)
				return -1;
		} else if (errno != EINTR) {
			x->is_gone = true;
			return err_set(e, ERR_UNREACHABLE, "receive: %s",
			               strerror(errno));
		}
	}
	if (a->last)
		hang_up(x->p);
	return 0;
}

static int ask(struct exchange *x, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(REQUEST_MAX);

	write_request(&text, x);
	if (buf_failed(&text))
		return err_set(e, ERR_UNREACHABLE, "a URL above %zu bytes",
		               REQUEST_MAX);
	net_pace_begin(&x->pace, now_ms(x), x->t->options->slow_bytes_per_s,
	               x->t->options->slow_s);
	if (send_all(x, buf_str(&text), text.len, e) == 0 && receive(x, e) == 0)
		return 0;
	hang_up(x->p);
	return -1;
}

int net_plain_request(struct net_plain *p, const struct net_place *place,
                      struct net_transfer *t, struct err *e)
{
	struct exchange x = {.p = p, .place = place, .t = t};
	long total_ms = net_total_ms(t);

	x.end_ms = total_ms > 0 ? now_ms(&x) + total_ms : NEVER_MS;
	if (is_open(&x)) {
		if (ask(&x, e) == 0)
			return 0;
		/* It was closed while we asked (RFC 9112 9.3.1): a GET that
		 * nobody has begun to answer may be asked again. */
		if (x.has_answer || !x.is_gone)
			return -1;
	}
	hang_up(p);
	return open_connection(&x, e) == 0 ? ask(&x, e) : -1;
}
