/* Listening sockets: as many on one port as there are loops. */
#include "config.h"

#include "server/http/inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Devices come in waves; the kernel caps it at net.core.somaxconn. */
#define BACKLOG 4096

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t address_len(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

static int address_parse(union address *a, const char *host, struct err *e)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		return 0;
	}
	if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
		a->v6.sin6_family = AF_INET6;
		return 0;
	}
	return err_set(e, ERR_INVALID,
	               "listen: '%s' is no numeric IPv4 or IPv6 address", host);
}

static void set_port(union address *a, uint16_t port)
{
	if (a->any.sa_family == AF_INET6)
		a->v6.sin6_port = htons(port);
	else
		a->v4.sin_port = htons(port);
}

static int bind_one(const union address *a, bool shared)
{
	const int on = 1;
	int fd = socket(a->any.sa_family,
	                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		                 sizeof(on));
	if ((shared &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
	    bind(fd, &a->any, address_len(a)) != 0) {
		int kept = errno;

		(void)close(fd);
		errno = kept;
		return -1;
	}
	return fd;
}

/* Sharing a port is for the loops of one listener. Without this a second
 * server of the same user would silently take half of the connections. */
static int probe(const union address *a)
{
	int fd = bind_one(a, false);

	if (fd < 0)
		return -1;
	(void)close(fd);
	return 0;
}

static int bound_port(uint16_t *port, int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) != 0)
		return -1;
	*port = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port
	                                          : a.v4.sin_port);
	return 0;
}

static int open_all(int *fds, unsigned n, union address *a, uint16_t *port)
{
	if (*port != 0 && probe(a) != 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		set_port(a, *port);
		fds[i] = bind_one(a, true);
		if (fds[i] < 0 || listen(fds[i], BACKLOG) != 0 ||
		    bound_port(port, fds[i]) != 0)
			return -1;
	}
	return 0;
}

int listen_open(int *fds, unsigned n, const char *host, uint16_t *port,
                struct err *e)
{
	union address a;

	for (unsigned i = 0; i < n; i++)
		fds[i] = -1;
	if (address_parse(&a, host, e) != 0)
		return -1;
	set_port(&a, *port);
	if (open_all(fds, n, &a, port) == 0)
		return 0;
	(void)err_errno(e, errno, "listen: %s port %u", host, *port);
	for (unsigned i = 0; i < n; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	return -1;
}
