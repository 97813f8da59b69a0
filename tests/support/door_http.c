#include "config.h"

#include "tests/support/door_http.h"

#include "lib/base/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 10000
#define REQUEST_MAX ((size_t)1 << 20)
#define ANSWER_MAX ((size_t)16 << 20)

struct door_http {
	struct net_door door;
	char *base;
	char url[64];
	int fd;
	int stop_pipe[2];
	pthread_t thread;
};

struct request {
	char method[16], path[1024], bearer[256];
	struct buf text;
	size_t head_len, body_len;
};

/* The value of a header of the head, or NULL. */
static const char *header(const struct request *r, const char *name)
{
	const char *at = buf_str(&r->text), *end = at + r->head_len;
	size_t n = strlen(name);

	while ((at = strstr(at, "\r\n")) != NULL && at < end) {
		at += 2;
		if (strncasecmp(at, name, n) == 0 && at[n] == ':')
			return at + n + 1 + strspn(at + n + 1, " ");
	}
	return NULL;
}

/* More of the request; false when there is no more. */
static bool receive(struct request *r, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	if (poll(&p, 1, WAIT_MS) != 1)
		return false;
	n = recv(fd, bytes, sizeof(bytes), 0);
	if (n <= 0)
		return false;
	buf_add(&r->text, bytes, (size_t)n);
	return !buf_failed(&r->text);
}

static bool read_request(struct request *r, int fd)
{
	const char *end, *value;

	while ((end = strstr(buf_str(&r->text), "\r\n\r\n")) == NULL)
		if (!receive(r, fd))
			return false;
	r->head_len = (size_t)(end - buf_str(&r->text)) + 4;
	if (sscanf(buf_str(&r->text), "%15s %1023s", r->method, r->path) != 2)
		return false;
	value = header(r, "Content-Length");
	if (value != NULL)
		r->body_len = strtoul(value, NULL, 10);
	value = header(r, "Authorization");
	if (value != NULL)
		(void)sscanf(value, "Bearer %255s", r->bearer);
	while (r->text.len < r->head_len + r->body_len)
		if (!receive(r, fd))
			return false;
	return true;
}

static void send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = send(fd, bytes, n, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		bytes += put;
		n -= (size_t)put;
	}
}

static void answer(const struct door_http *s, const struct request *r, int fd)
{
	SCOPED(free)
	char *url = xasprintf("%s%s", s->base, r->path);
	SCOPED(net_reply_fini)
	struct net_reply reply = {0};
	struct net_request q = {
		.method = r->method,
		.url = url,
		.bearer = *r->bearer != '\0' ? r->bearer : NULL,
		.body = buf_str(&r->text) + r->head_len,
		.body_len = r->body_len,
		.max_bytes = ANSWER_MAX,
	};
	char head[200];
	int n;

	/* No answer at all: the line drops. */
	if (net_ask(&s->door, &reply, &q, NULL) != 0)
		return;
	n = snprintf(head, sizeof(head),
	             "HTTP/1.1 %d .\r\nContent-Length: %zu\r\n"
	             "Connection: close\r\n\r\n",
	             reply.status, reply.body.len);
	send_all(fd, head, (size_t)n);
	send_all(fd, buf_str(&reply.body), reply.body.len);
}

static void *serve(void *arg)
{
	const struct door_http *s = arg;
	struct pollfd fds[2] = {{.fd = s->fd, .events = POLLIN},
	                        {.fd = s->stop_pipe[0], .events = POLLIN}};

	while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
		struct request r = {.text = BUF_INIT(REQUEST_MAX)};
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			continue;
		if (read_request(&r, fd))
			answer(s, &r, fd);
		(void)close(fd);
		buf_fini(&r.text);
	}
	return NULL;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

struct door_http *door_http_start(const struct net_door *door, const char *base)
{
	struct door_http *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(at);

	s->door = *door;
	s->base = xstrdup(base);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&at, size) == 0 &&
	             listen(s->fd, 16) == 0 &&
	             getsockname(s->fd, (struct sockaddr *)&at, &size) == 0,
	     "door_http: listen");
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u",
	               (unsigned)ntohs(at.sin_port));
	must(pipe(s->stop_pipe) == 0, "door_http: pipe");
	must(pthread_create(&s->thread, NULL, serve, s) == 0,
	     "door_http: thread");
	return s;
}

const char *door_http_url(const struct door_http *s)
{
	return s->url;
}

void door_http_stop(struct door_http *s)
{
	must(write(s->stop_pipe[1], "x", 1) == 1, "door_http: stop");
	(void)pthread_join(s->thread, NULL);
	(void)close(s->stop_pipe[0]);
	(void)close(s->stop_pipe[1]);
	(void)close(s->fd);
	free(s->base);
	free(s);
}
