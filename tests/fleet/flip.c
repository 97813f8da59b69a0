/*
 * pawl-flip: a proxy on the way that means harm. It forwards connections to
 * one server and flips a single bit in the first byte of every firmware image
 * that passes; nothing else is touched. Prints its port, runs until killed.
 *
 *	pawl-flip PORT [PREFIX]    PORT: of the server on 127.0.0.1
 *	                           PREFIX: of paths to spoil, default
 * /targets/fw/
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint16_t server_port;
static char target[256] = "GET /targets/fw/"; /* a request to be spoilt */

/* One connection. Our clients send a request only after the last answer has
 * come whole, so one state does for both directions. */
struct flow {
	int client, server;
	size_t matched; /* of target, at a request's start; SIZE_MAX: failed */
	bool in_answer; /* bytes have come back since the request began */
	bool is_armed;  /* the answer under way is to be spoilt */
	size_t ends;    /* of "\r\n\r\n" seen in the answer's head */
};

static void note_request(struct flow *f, const char *bytes, size_t n)
{
	size_t length = strlen(target);

	if (f->in_answer) {
		f->in_answer = false;
		f->matched = 0;
		f->is_armed = false;
	}
	for (size_t i = 0; i < n && f->matched < length; i++)
		f->matched = bytes[i] == target[f->matched] ? f->matched + 1
		                                            : SIZE_MAX;
	if (f->matched == length) {
		f->is_armed = true;
		f->ends = 0;
		f->matched = SIZE_MAX;
	}
}

static void spoil_answer(struct flow *f, char *bytes, size_t n)
{
	static const char end[] = "\r\n\r\n";

	f->in_answer = true;
	for (size_t i = 0; f->is_armed && i < n; i++) {
		if (f->ends == sizeof(end) - 1) {
			bytes[i] = (char)(bytes[i] ^ 1);
			f->is_armed = false;
		} else if (bytes[i] == end[f->ends]) {
			f->ends++;
		} else {
			f->ends = bytes[i] == end[0];
		}
	}
}

static int dial(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_port = htons(server_port),
	                         .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
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

/* Moves what there is in one direction; false at its end. */
static bool pass(struct flow *f, int from, int to)
{
	char bytes[16384];
	ssize_t n = recv(from, bytes, sizeof(bytes), 0);

	if (n <= 0)
		return false;
	if (from == f->client)
		note_request(f, bytes, (size_t)n);
	else
		spoil_answer(f, bytes, (size_t)n);
	return send_all(to, bytes, (size_t)n);
}

static void *serve(void *arg)
{
	struct flow f = {.client = *(int *)arg, .server = dial()};
	struct pollfd fds[2] = {{f.client, POLLIN, 0}, {f.server, POLLIN, 0}};
	bool open = f.server >= 0;

	free(arg);
	while (open && poll(fds, 2, -1) > 0) {
		if (fds[0].revents != 0)
			open = pass(&f, f.client, f.server);
		if (open && fds[1].revents != 0)
			open = pass(&f, f.server, f.client);
	}
	(void)close(f.client);
	if (f.server >= 0)
		(void)close(f.server);
	return NULL;
}

static int listen_anywhere(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, size) != 0 ||
	    listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		return -1;
	*port = ntohs(at.sin_port);
	return fd;
}

int main(int argc, char **argv)
{
	long wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	uint16_t port;
	int fd;

	if (argc < 2 || argc > 3 || wanted < 1 || wanted > UINT16_MAX) {
		fprintf(stderr, "usage: pawl-flip PORT [PREFIX]\n");
		return 2;
	}
	server_port = (uint16_t)wanted;
	if (argc == 3)
		(void)snprintf(target, sizeof(target), "GET %s", argv[2]);
	fd = listen_anywhere(&port);
	if (fd < 0) {
		perror("pawl-flip");
		return 1;
	}
	printf("%u\n", port);
	(void)fflush(stdout);
	for (;;) {
		int *client = malloc(sizeof(*client));
		pthread_t thread;

		if (client == NULL)
			return 1;
		*client = accept(fd, NULL, NULL);
		if (*client < 0 ||
		    pthread_create(&thread, NULL, serve, client) != 0) {
			free(client);
			continue;
		}
		(void)pthread_detach(thread);
	}
}
