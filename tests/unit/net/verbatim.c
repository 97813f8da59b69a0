#include "config.h"

#include "tests/unit/net/verbatim.h"

#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Head and body of one request; false when the peer is gone. */
static bool read_request(int fd, char *out, size_t size)
{
	size_t n = 0, want = 0;

	memset(out, 0, size);
	while (n + 1 < size) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char *end, *length;
		ssize_t got;

		if (poll(&p, 1, 5000) != 1)
			return false;
		got = read(fd, out + n, size - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		end = strstr(out, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = strstr(out, "Content-Length: ");
		if (length != NULL)
			want = (size_t)strtoul(length + 16, NULL, 10);
		if (n >= (size_t)(end + 4 - out) + want)
			return true;
	}
	return false;
}

/* Whether the connection is done with. */
static bool give(struct verbatim *s, int fd, const char *answer)
{
	size_t n = strcspn(answer, VERBATIM_HANGS_UP VERBATIM_WAITS);
	char token;

	if (send(fd, answer, n, MSG_NOSIGNAL) < 0)
		return true;
	if (answer[n] == VERBATIM_WAITS[0]) {
		answer += n + 1;
		n = strlen(answer);
		if (read(s->more[0], &token, 1) != 1 ||
		    send(fd, answer, n, MSG_NOSIGNAL) < 0 ||
		    write(s->sent[1], &token, 1) != 1)
			return true;
	}
	return answer[n] != '\0' || strstr(answer, "Connection: close") != NULL;
}

void verbatim_more(struct verbatim *s)
{
	char token = 'x';

	ck_assert_int_eq(write(s->more[1], &token, 1), 1);
	ck_assert_int_eq(read(s->sent[0], &token, 1), 1);
}

static void *serve(void *arg)
{
	struct verbatim *s = arg;

	while (s->n_asked < s->n_answers) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		s->connections++;
		while (s->n_asked < s->n_answers &&
		       read_request(fd, s->asked[s->n_asked],
		                    sizeof(s->asked[0])) &&
		       !give(s, fd, s->answers[s->n_asked++]))
			;
		(void)close(fd);
	}
	return NULL;
}

static struct verbatim *start(struct sockaddr *a, socklen_t len,
                              const char *const *answers, size_t n)
{
	struct verbatim *s = test_keep(xcalloc(1, sizeof(*s)));

	ck_assert_uint_le(n, VERBATIM_MAX);
	for (size_t i = 0; i < n; i++)
		s->answers[i] = answers[i];
	s->n_answers = n;
	s->fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(s->fd, 0);
	ck_assert_int_eq(pipe(s->more) | pipe(s->sent), 0);
	ck_assert_int_eq(bind(s->fd, a, len), 0);
	ck_assert_int_eq(listen(s->fd, 8), 0);
	ck_assert_int_eq(getsockname(s->fd, a, &len), 0);
	return s;
}

static struct verbatim *run(struct verbatim *s, in_port_t port)
{
	s->port = ntohs(port);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
	return s;
}

struct verbatim *verbatim_start(const char *const *answers, size_t n)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct verbatim *s =
		start((struct sockaddr *)&a, sizeof(a), answers, n);

	return run(s, a.sin_port);
}

struct verbatim *verbatim_start_v6(const char *const *answers, size_t n)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6,
	                         .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct verbatim *s =
		start((struct sockaddr *)&a, sizeof(a), answers, n);

	return run(s, a.sin6_port);
}

void verbatim_stop(struct verbatim *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
	for (size_t i = 0; i < 2; i++) {
		(void)close(s->more[i]);
		(void)close(s->sent[i]);
	}
}

const char *verbatim_url(const struct verbatim *s, const char *path)
{
	return test_keep(xasprintf("http://127.0.0.1:%u%s", s->port, path));
}
