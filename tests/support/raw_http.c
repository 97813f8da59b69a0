#include "config.h"

#include "tests/support/raw_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

#define IN_MAX ((size_t)16 << 20)
#define WAIT_S 10

int raw_open(struct raw_http *r, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_port = htons(port),
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval wait = {.tv_sec = WAIT_S};

	buf_init(&r->in, IN_MAX);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		return -1;
	(void)setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(r->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(r->fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return 0;
	raw_close(r);
	return -1;
}

void raw_close(struct raw_http *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
	buf_fini(&r->in);
}

int raw_send(struct raw_http *r, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t put = send(r->fd, p, n, MSG_NOSIGNAL);

		if (put <= 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

int raw_puts(struct raw_http *r, const char *text)
{
	return raw_send(r, text, strlen(text));
}

/* One more piece; false at the end, on an error and after ten seconds. */
static bool more(struct raw_http *r)
{
	char piece[65536];
	ssize_t n = recv(r->fd, piece, sizeof(piece), 0);

	if (n > 0)
		buf_add(&r->in, piece, (size_t)n);
	return n > 0 && !buf_failed(&r->in);
}

/* Moves the first n bytes of what was received to the end of `to`. */
static bool take(struct buf *to, struct raw_http *r, size_t n)
{
	while (r->in.len < n)
		if (!more(r))
			return false;
	buf_add(to, r->in.data, n);
	if (r->in.len > n)
		memmove(r->in.data, r->in.data + n, r->in.len - n);
	buf_cut(&r->in, r->in.len - n);
	return true;
}

/* The same up to and with `mark`. */
static bool take_until(struct buf *to, struct raw_http *r, const char *mark)
{
	const char *hit;

	while ((hit = strstr(buf_str(&r->in), mark)) == NULL)
		if (!more(r))
			return false;
	return take(to, r, (size_t)(hit - r->in.data) + strlen(mark));
}

static bool take_chunks(struct buf *to, struct raw_http *r)
{
	for (;;) {
		SCOPED(buf_fini)
		struct buf line = BUF_INIT(1024);
		unsigned long n;

		if (!take_until(&line, r, "\r\n"))
			return false;
		n = strtoul(buf_str(&line), NULL, 16);
		if (!take(to, r, n))
			return false;
		buf_reset(&line);
		if (!take_until(&line, r, "\r\n"))
			return false;
		if (n == 0)
			return true;
	}
}

const char *raw_header(const struct raw_reply *reply, const char *name,
                       char *space, size_t size)
{
	const char *line = strstr(buf_str(&reply->head), "\r\n");
	size_t n = strlen(name);

	for (; line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, " \t");
		(void)snprintf(space, size, "%.*s", (int)strcspn(line, "\r"),
		               line);
		return space;
	}
	return NULL;
}

static bool take_body(struct raw_reply *out, struct raw_http *r)
{
	char value[64];

	if (raw_header(out, "Transfer-Encoding", value, sizeof(value)) != NULL)
		return take_chunks(&out->body, r);
	if (raw_header(out, "Content-Length", value, sizeof(value)) != NULL)
		return take(&out->body, r, strtoul(value, NULL, 10));
	return true;
}

int raw_read(struct raw_reply *out, struct raw_http *r, bool to_head)
{
	raw_reply_fini(out);
	do {
		buf_reset(&out->head);
		if (!take_until(&out->head, r, "\r\n\r\n") ||
		    sscanf(buf_str(&out->head), "HTTP/1.1 %3d", &out->status) !=
		            1)
			return -1;
	} while (out->status < 200);
	if (to_head || out->status == 204 || out->status == 304)
		return 0;
	return take_body(out, r) ? 0 : -1;
}

void raw_reply_fini(struct raw_reply *reply)
{
	buf_fini(&reply->head);
	buf_fini(&reply->body);
	buf_init(&reply->head, IN_MAX);
	buf_init(&reply->body, IN_MAX);
	reply->status = 0;
}

bool raw_ended(struct raw_http *r)
{
	char piece[4096];
	ssize_t n;

	do
		n = recv(r->fd, piece, sizeof(piece), 0);
	while (n > 0);
	return n == 0 || errno == ECONNRESET;
}

int raw_ask(struct raw_reply *out, struct raw_http *r, const char *text)
{
	if (raw_puts(r, text) != 0 ||
	    raw_read(out, r, strncmp(text, "HEAD ", 5) == 0) != 0)
		return -1;
	return out->status;
}
