#include "config.h"

#include "tests/support/canned.h"

#include "lib/base/cleanup.h"
#include "lib/base/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* No client waits or sends longer in a test. */
#define WAIT_MS 10000
#define SLOW_MS 100
#define BODY_MAX ((size_t)16 << 20)
/* What "without end" comes to when nobody hangs up. */
#define ENDLESS_MAX ((size_t)64 << 20)

struct canned {
	const struct canned_answer *script;
	size_t n_script;
	bool *used;
	int fd;
	int stop_pipe[2];
	char url[64];
	pthread_t thread;
	bool stopped;
	struct canned_request requests[CANNED_REQUESTS_MAX];
	size_t n_requests;
	size_t endless_bytes;
};

static bool can_read(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, WAIT_MS) == 1;
}

/* At most n bytes; 0 when the peer is gone or silent. */
static size_t read_some(int fd, char *out, size_t n)
{
	ssize_t got;

	if (!can_read(fd))
		return 0;
	got = read(fd, out, n);
	return got > 0 ? (size_t)got : 0;
}

static bool send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = send(fd, bytes, n, MSG_NOSIGNAL);

		if (put <= 0)
			return false;
		bytes += put;
		n -= (size_t)put;
	}
	return true;
}

/* Up to the empty line, byte by byte: the body is not touched. */
static bool read_head(int fd, struct canned_request *r)
{
	char line[sizeof(r->path) + 64], *eol;
	size_t n = 0;

	while (n + 1 < sizeof(r->head) && strstr(r->head, "\r\n\r\n") == NULL) {
		if (read_some(fd, r->head + n, 1) != 1)
			return false;
		r->head[++n] = '\0';
	}
	eol = strstr(r->head, "\r\n");
	if (eol == NULL || (size_t)(eol - r->head) >= sizeof(line))
		return false;
	memcpy(line, r->head, (size_t)(eol - r->head));
	line[eol - r->head] = '\0';
	return sscanf(line, "%15s %1023s", r->method, r->path) == 2;
}

static bool read_body(int fd, struct canned_request *r)
{
	const char *length = strstr(r->head, "\r\nContent-Length: ");
	size_t want = 0;

	if (length != NULL)
		want = (size_t)strtoull(length + 18, NULL, 10);
	if (want > BODY_MAX)
		return false;
	r->body = xmalloc(want + 1);
	while (r->body_len < want) {
		size_t got = read_some(fd, r->body + r->body_len,
		                       want - r->body_len);

		if (got == 0)
			return false;
		r->body_len += got;
	}
	r->body[want] = '\0';
	return true;
}

static bool fits(const char *wanted, const char *got)
{
	return wanted == NULL || strcmp(wanted, got) == 0;
}

static const struct canned_answer *choose(struct canned *s,
                                          const struct canned_request *r)
{
	static const struct canned_answer none = {
		.status = 500,
		.body = "{\"code\":\"internal\",\"detail\":\"not in the "
			"script\"}",
	};

	for (size_t i = 0; i < s->n_script; i++) {
		const struct canned_answer *a = &s->script[i];

		if (s->used[i] || !fits(a->method, r->method) ||
		    !fits(a->path, r->path))
			continue;
		s->used[i] = !a->again;
		return a;
	}
	return &none;
}

/* Until the client has had enough. */
static void drip(int fd, const char *body, size_t len)
{
	for (size_t i = 0; i < len && send_all(fd, body + i, 1); i++) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, SLOW_MS) != 0)
			return;
	}
}

static void give(struct canned *s, int fd, const struct canned_answer *a)
{
	const char *body = a->body != NULL ? a->body : "";
	size_t len = strlen(body), sent = 0;
	SCOPED(free)
	char *head = NULL;

	if (a->fault == CANNED_MUTE)
		return;
	if (a->fault == CANNED_ENDLESS)
		head = xasprintf("HTTP/1.1 %d Canned\r\nConnection: "
		                 "close\r\n\r\n",
		                 a->status);
	else
		head = xasprintf("HTTP/1.1 %d Canned\r\nContent-Length: "
		                 "%zu\r\n%sConnection: close\r\n\r\n",
		                 a->status, len,
		                 a->head != NULL ? a->head : "");
	if (!send_all(fd, head, strlen(head)))
		return;
	if (a->fault == CANNED_SLOW) {
		drip(fd, body, len);
		return;
	}
	if (a->fault == CANNED_CUT)
		len /= 2;
	if (!send_all(fd, body, len) || a->fault != CANNED_ENDLESS)
		return;
	while (sent < ENDLESS_MAX && send_all(fd, body, len))
		sent += len;
	s->endless_bytes += sent;
}

/* What the client still sends is read away: closing over it would reset the
 * connection and take our answer along. */
static void drain(int fd)
{
	char bytes[4096];

	(void)shutdown(fd, SHUT_WR);
	while (read_some(fd, bytes, sizeof(bytes)) > 0)
		;
}

static void serve_one(struct canned *s, int fd)
{
	struct canned_request *r = &s->requests[s->n_requests];
	const struct canned_answer *a;

	if (!read_head(fd, r))
		return;
	a = choose(s, r);
	if (a->fault != CANNED_EARLY && !read_body(fd, r))
		return;
	s->n_requests++;
	give(s, fd, a);
	if (a->fault != CANNED_MUTE)
		drain(fd);
}

static void *serve(void *arg)
{
	struct canned *s = arg;

	while (s->n_requests < CANNED_REQUESTS_MAX) {
		struct pollfd p[2] = {
			{.fd = s->fd, .events = POLLIN},
			{.fd = s->stop_pipe[0], .events = POLLIN},
		};
		int fd;

		if (poll(p, 2, -1) < 0 || p[1].revents != 0)
			return NULL;
		fd = accept(s->fd, NULL, NULL);
		if (fd < 0)
			return NULL;
		serve_one(s, fd);
		(void)close(fd);
	}
	return NULL;
}

struct canned *canned_start(const struct canned_answer *script, size_t n)
{
	struct canned *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);

	s->script = script;
	s->n_script = n;
	s->used = xcalloc(n + 1, sizeof(*s->used));
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, len) != 0 ||
	    listen(s->fd, 8) != 0 ||
	    getsockname(s->fd, (struct sockaddr *)&a, &len) != 0 ||
	    pipe(s->stop_pipe) != 0 ||
	    pthread_create(&s->thread, NULL, serve, s) != 0)
		abort();
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u",
	               ntohs(a.sin_port));
	return s;
}

const char *canned_url(const struct canned *s)
{
	return s->url;
}

void canned_stop(struct canned *s)
{
	if (s->stopped)
		return;
	s->stopped = true;
	if (write(s->stop_pipe[1], "x", 1) != 1)
		abort();
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
	(void)close(s->stop_pipe[0]);
	(void)close(s->stop_pipe[1]);
}

void canned_free(struct canned *s)
{
	if (s == NULL)
		return;
	canned_stop(s);
	for (size_t i = 0; i < CANNED_REQUESTS_MAX; i++)
		free(s->requests[i].body);
	free(s->used);
	free(s);
}

size_t canned_n_requests(const struct canned *s)
{
	return s->n_requests;
}

const struct canned_request *canned_request(const struct canned *s, size_t i)
{
	return &s->requests[i];
}

size_t canned_count(const struct canned *s, const char *method,
                    const char *path)
{
	size_t count = 0;

	for (size_t i = 0; i < s->n_requests; i++)
		count += fits(method, s->requests[i].method) &&
		         fits(path, s->requests[i].path);
	return count;
}

size_t canned_endless_bytes(const struct canned *s)
{
	return s->endless_bytes;
}

const struct canned_request *canned_find(const struct canned *s,
                                         const char *method, const char *path)
{
	for (size_t i = 0; i < s->n_requests; i++)
		if (fits(method, s->requests[i].method) &&
		    fits(path, s->requests[i].path))
			return &s->requests[i];
	return NULL;
}
