/*
 * An HTTP server on a loopback port that gives prepared answers and remembers
 * what it was asked: for clients that must face every server there is, also
 * one that lies, cuts off or talks without end.
 *
 *	static const struct canned_answer script[] = {
 *		CANNED("GET", "/v1/admin/overview", 200, "{…}"),
 *		CANNED("PUT", NULL, 422, "{…}", .fault = CANNED_CUT),
 *	};
 *	struct canned *s = canned_start(script, ARRAY_LEN(script));
 *
 * One thread, one request per connection, every wait bounded; it ends with
 * canned_stop() or with the test's process.
 */
#ifndef TESTS_SUPPORT_CANNED_H
#define TESTS_SUPPORT_CANNED_H

#include <stdbool.h>
#include <stddef.h>

enum canned_fault {
	CANNED_WHOLE,
	CANNED_CUT,     /* half of the body, then the connection ends */
	CANNED_MUTE,    /* the connection ends without a word */
	CANNED_ENDLESS, /* the body over and over, without end */
	CANNED_SLOW,    /* a byte at a time, ten in a second */
	CANNED_EARLY,   /* answers before the request's body was read */
};

struct canned_answer {
	const char *method; /* NULL: any */
	const char *path;   /* with its query; NULL: any */
	int status;
	const char *body; /* NULL: none */
	enum canned_fault fault;
	bool again;       /* answers as often as it is asked */
	const char *head; /* more header lines, each with its \r\n; or NULL */
};

/* A row: method, path, status, body, then what else there is. */
#define CANNED(method_, path_, status_, ...)                               \
	{                                                                  \
		.method = (method_), .path = (path_), .status = (status_), \
		.body = __VA_ARGS__                                        \
	}

#define CANNED_REQUESTS_MAX 64

struct canned_request {
	char method[16];
	char path[1024];
	char head[4096]; /* all header lines */
	char *body;      /* with a NUL behind; never NULL */
	size_t body_len;
};

struct canned;

/* The first row not used yet that fits answers; what fits none gets 500. The
 * script must live until canned_stop(). */
struct canned *canned_start(const struct canned_answer *script, size_t n);
/* "http://127.0.0.1:PORT". */
const char *canned_url(const struct canned *s);
/* Ends the thread; the requests may be looked at until canned_free(). */
void canned_stop(struct canned *s);
void canned_free(struct canned *s);

/* After canned_stop(). */
size_t canned_n_requests(const struct canned *s);
const struct canned_request *canned_request(const struct canned *s, size_t i);
/* How many had this method and path; NULL counts any. */
size_t canned_count(const struct canned *s, const char *method,
                    const char *path);
/* How much of bodies without end was sent until the client had enough. */
size_t canned_endless_bytes(const struct canned *s);
/* The first such one, or NULL. */
const struct canned_request *canned_find(const struct canned *s,
                                         const char *method, const char *path);

#endif
