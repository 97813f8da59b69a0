/*
 * The guard and the router over a head as the library would cut it: a
 * request line and header lines, each "name:value". Whatever passes the
 * guard must be safe to route: no parameter that climbs or hides a byte.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "server/http/guard.h"
#include "server/http/percent.h"
#include "server/http/range.h"
#include "server/http/route.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

static int none(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)d;
	(void)q;
	(void)r;
	return err_set(e, ERR_INTERNAL, "not called");
}

static const struct route routes[] = {
	{GET, "/", none, ANYONE, 0, "x"},
	{GET, "/metadata/{file}", none, ANYONE, 0, "x"},
	{GET, "/targets/{path*}", none, ANYONE, 0, "x"},
	{POST, "/v1/a/{id}/b/{other}", none, ANYONE, 0, "x"},
	{DELETE, "/{x}/{y}/{z}", none, ANYONE, 0, "x"},
};

/* Cuts `sep` out of *at and gives what stood before it. */
static char *cut(char **at, char sep)
{
	char *piece = *at, *end = strchr(piece, sep);

	*at = end != NULL ? end + 1 : piece + strlen(piece);
	if (end != NULL)
		*end = '\0';
	return piece;
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_params(const struct route_found *f)
{
	for (size_t i = 0; i < f->n_params; i++) {
		const char *v = f->params[i].value;
		bool is_rest = f->params[i].name[f->params[i].name_len] == '*';

		require(*v != '\0');
		require(is_rest || strchr(v, '/') == NULL);
		require(strcmp(v, "..") != 0 && strcmp(v, ".") != 0);
		require(strncmp(v, "../", 3) != 0 &&
		        strstr(v, "/../") == NULL && strstr(v, "//") == NULL);
		for (; *v != '\0'; v++)
			require(*v >= ' ' && *v < 0x7f);
	}
}

static void route_it(enum method method, char *uri)
{
	struct route_found f;
	char *path = cut(&uri, '?');
	SCOPED(free)
	char *space = xmalloc(strlen(path) + 1);

	if (route_find(&f, routes, ARRAY_LEN(routes), method, path, space) ==
	    ROUTE_FOUND)
		check_params(&f);
}

FUZZ_TARGET(http)
{
	struct header headers[GUARD_HEADERS_MAX + 8];
	SCOPED(free)
	char *text = xmalloc(size + 1);
	char *at = text;
	struct guard_head h = {.headers = headers};
	struct err e;

	memcpy(text, data, size);
	text[size] = '\0';
	h.method = cut(&at, ' ');
	char *uri = cut(&at, ' ');
	h.uri = uri;
	h.version = cut(&at, '\n');
	while (*at != '\0' && h.n_headers < ARRAY_LEN(headers)) {
		char *line = cut(&at, '\n');

		headers[h.n_headers].name = cut(&line, ':');
		headers[h.n_headers++].value = line;
	}
	if (guard_check(&h, &e) == 0)
		route_it((enum method)method_parse(h.method), uri);
}

/* Paths that no guard has seen: the router alone must stay within bounds. */
FUZZ_TARGET(route)
{
	SCOPED(free)
	char *text = xmalloc(size + 1);
	SCOPED(free)
	char *space = xmalloc(size + 1);
	struct route_found f;

	memcpy(text, data, size);
	text[size] = '\0';
	(void)route_find(&f, routes, ARRAY_LEN(routes), GET, text, space);
	if (percent_decode_query(space, text, strlen(text)) == 0)
		require(strlen(space) <= strlen(text));
}

/* "LEN header": a part lies within the body. */
FUZZ_TARGET(range)
{
	SCOPED(free)
	char *text = xmalloc(size + 1);
	uint64_t first = 0, last = 0, len;
	char *header;

	memcpy(text, data, size);
	text[size] = '\0';
	len = strtoull(text, &header, 10);
	header += *header == ' ';
	if (range_parse(&first, &last, header, len) == RANGE_PART)
		require(first <= last && last < len);
}
