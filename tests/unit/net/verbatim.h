/*
 * A server on loopback that gives a prepared answer to each request, word for
 * word, on one connection after the other, and remembers what it was asked.
 * When the answers are used up, or after one with "Connection: close" or
 * VERBATIM_HANGS_UP, it hangs up.
 */
#ifndef TESTS_UNIT_NET_VERBATIM_H
#define TESTS_UNIT_NET_VERBATIM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define VERBATIM_MAX 8
/* At the end of an answer, and no part of it. */
#define VERBATIM_HANGS_UP "\x01"
/* The rest of the answer waits for verbatim_more(). */
#define VERBATIM_WAITS "\x02"

struct verbatim {
	int fd;
	unsigned port;
	pthread_t thread;
	const char *answers[VERBATIM_MAX];
	size_t n_answers;
	char asked[VERBATIM_MAX][2048];
	size_t n_asked;
	int connections;
	int more[2], sent[2]; /* pipes */
};

/* Lives until the end of the test. */
struct verbatim *verbatim_start(const char *const *answers, size_t n);
/* The same on ::1. */
struct verbatim *verbatim_start_v6(const char *const *answers, size_t n);
void verbatim_stop(struct verbatim *s);
/* Has it send the rest; back when that is on its way. */
void verbatim_more(struct verbatim *s);
/* "http://127.0.0.1:PORT/path", kept until the end of the test. */
const char *verbatim_url(const struct verbatim *s, const char *path);

#endif
