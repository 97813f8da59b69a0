/*
 * The raw-request guard: refuses every request that two parsers could read
 * differently, before anything is routed. The library below is lenient
 * (0.9.75 takes a Content-Length beside a Transfer-Encoding, folds header
 * lines into header names, cuts at NUL); a proxy in front may not be, and
 * the difference is a smuggled request.
 *
 * Whoever is refused here loses the connection: what follows on it cannot be
 * trusted to start where we think it does.
 *
 * Pure; any thread.
 */
#ifndef SERVER_HTTP_GUARD_H
#define SERVER_HTTP_GUARD_H

#include "server/http/request.h"

#define GUARD_PATH_MAX 2048
#define GUARD_QUERY_MAX 2048
#define GUARD_HEADERS_MAX 64

struct guard_head {
	const char *method;
	const char *uri; /* raw, with the query */
	const char *version;
	const struct header *headers;
	size_t n_headers;
	/* Every byte of the head must be one we were shown. head_bytes is its
	 * length on the wire from the method to the empty line, 0 when it is
	 * not known; gap_bytes is the sum of what stands between the names and
	 * the values: a colon and blanks each. A bare LF, a folded line or a
	 * value cut at a NUL makes the sum come out wrong. */
	size_t head_bytes;
	size_t gap_bytes;
};

/* ERR_INVALID with one of the codes "ambiguous_length", "bad_header",
 * "bad_uri", "bad_method", "bad_version". */
MUST_USE int guard_check(const struct guard_head *head, struct err *e);

#endif
