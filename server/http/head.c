/*
 * What the head of a request decides, in this order: the guard, the route,
 * how often this address asked, who is asking, how much they want to send.
 * Nothing of a body is read for somebody who may not send it.
 */
#include "config.h"

#include "lib/base/num.h"
#include "server/http/inside.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum MHD_Result count_value(void *cls, enum MHD_ValueKind kind,
                                   const char *name, const char *value)
{
	(void)kind;
	(void)name;
	(void)value;
	++*(size_t *)cls;
	return MHD_YES;
}

struct collect {
	struct header *headers;
	size_t n;
	struct guard_head *head;
};

/* What stands between name and value: both point into the line as it came.
 * For a folded line they do not, which no plain gap can look like. */
static size_t gap_of(const char *name, const char *value, size_t head_bytes)
{
	uintptr_t end = (uintptr_t)name + strlen(name);
	uintptr_t gap = (uintptr_t)value - end;

	return gap >= 1 && gap < head_bytes ? gap : head_bytes;
}

static enum MHD_Result collect_header(void *cls, enum MHD_ValueKind kind,
                                      const char *name, const char *value)
{
	struct collect *c = cls;

	(void)kind;
	c->headers[c->n++] = (struct header){name, value};
	c->head->gap_bytes += gap_of(name, value, c->head->head_bytes);
	return MHD_YES;
}

static size_t head_bytes_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection,
	                               MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
	        ->header_size;
}

static int collect(struct exchange *x, struct guard_head *head, struct err *e)
{
	struct collect c = {.head = head};
	size_t n = 0;

	(void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND,
	                                count_value, &n);
	c.headers = arena_calloc(&x->arena, n + 1, sizeof(*c.headers));
	if (c.headers == NULL)
		return err_set(e, ERR_MEMORY, "header: no memory for them");
	(void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND,
	                                collect_header, &c);
	head->headers = x->q.headers = c.headers;
	head->n_headers = x->q.n_headers = c.n;
	return 0;
}

/* A head that left no room for the reply's would end in silence. */
static int weigh(struct exchange *x, size_t head_bytes, struct err *e)
{
	const size_t max = CONNECTION_BYTES - REPLY_HEAD_BYTES;
	const char *cookies = request_header(&x->q, "Cookie");
	size_t n = 0;

	if (cookies != NULL) /* the library makes a copy */
		head_bytes += strlen(cookies);
	(void)MHD_get_connection_values(x->connection,
	                                MHD_HEADER_KIND | MHD_COOKIE_KIND |
	                                        MHD_GET_ARGUMENT_KIND,
	                                count_value, &n);
	if (head_bytes + n * RECORD_BYTES <= max)
		return 0;
	x->reply.closes = true;
	return err_code(e, ERR_TOO_LARGE, "head_too_large",
	                "head: %zu bytes with %zu headers and parameters; "
	                "%zu are allowed, and each counts %zu more",
	                head_bytes, n, max, RECORD_BYTES);
}

static int guard(struct exchange *x, const char *method, const char *version,
                 struct err *e)
{
	size_t bytes = head_bytes_of(x->connection);
	struct guard_head head = {
		.method = method,
		.uri = x->uri,
		.version = version,
		/* From 1.0 on the library refuses by itself what the sum
	         * would tell, and keeps its lines differently. */
		.head_bytes = MHD_VERSION < 0x01000000 ? bytes : 0,
	};

	if (collect(x, &head, e) == 0 && guard_check(&head, e) == 0)
		return weigh(x, bytes, e);
	x->loop->tally.guarded++;
	x->reply.closes = true;
	return -1;
}

static int split_uri(struct exchange *x, struct err *e)
{
	char *path = arena_strdup(&x->arena, x->uri);
	char *mark;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "request: no memory for it");
	mark = strchr(path, '?');
	if (mark != NULL)
		*mark++ = '\0';
	x->q.path = path;
	x->q.query = mark != NULL ? mark : "";
	return 0;
}

/* The client's own id, when it is a decent one. */
static void identify(struct exchange *x)
{
	const char *given = request_header(&x->q, "X-Request-Id");

	if (given != NULL && request_id_is_valid(given))
		(void)snprintf(x->id, sizeof(x->id), "%s", given);
}

static void answer_allow(struct exchange *x, unsigned allow)
{
	char *text = arena_alloc(&x->arena, ROUTE_ALLOW_SIZE);

	if (text == NULL)
		return;
	route_allow(text, allow);
	reply_header(&x->reply, "Allow", text);
}

static int route(struct exchange *x, struct err *e)
{
	const struct http_config *c = x->loop->config;
	struct route_found found;
	char *space = arena_alloc(&x->arena, strlen(x->q.path) + 1);

	if (space == NULL)
		return err_set(e, ERR_MEMORY, "request: no memory for it");
	switch (route_find(&found, c->routes, c->n_routes, x->q.method,
	                   x->q.path, space)) {
	case ROUTE_UNKNOWN:
		return err_set(e, ERR_NOT_FOUND, "%.200s: no such path",
		               x->q.path);
	case ROUTE_NOT_ALLOWED:
		answer_allow(x, found.allow);
		return err_code(e, ERR_INVALID, "method_not_allowed",
		                "%.200s: not by %s", x->q.path,
		                method_name(x->q.method));
	case ROUTE_OPTIONS:
		reply_empty(&x->reply, 204);
		answer_allow(x, found.allow);
		x->is_ready = true;
		return 0;
	case ROUTE_FOUND: break;
	}
	x->q.route = found.route;
	memcpy(x->q.params, found.params, sizeof(found.params));
	x->q.n_params = found.n_params;
	return 0;
}

static int admit(struct exchange *x, struct err *e)
{
	const struct http_config *c = x->loop->config;
	int64_t *wait_s = &x->reply.retry_after_s;

	if (c->admit != NULL && c->admit(c->deps, &x->q, wait_s, e) != 0)
		return -1;
	if (x->q.route->access == ANYONE)
		return 0;
	return c->authenticate(c->deps, &x->q, &x->q.who, wait_s, e);
}

/* The library has seen digits only; they must also be a number, once. */
static int measure(struct exchange *x, struct err *e)
{
	const char *text = request_header(&x->q, "Content-Length");

	if (text == NULL ||
	    num_i64(&x->declared, text, 0, INT64_MAX, "Content-Length", e) == 0)
		return 0;
	x->reply.closes = true;
	return -1;
}

static int limit(struct exchange *x, struct err *e)
{
	uint64_t max = x->q.route != NULL ? x->q.route->body_max : 0;

	x->body_limit = max == BODY_SPOOLED ? x->loop->config->spool_max : max;
	if (x->declared < 0 || (uint64_t)x->declared <= x->body_limit)
		return 0;
	x->reply.closes = true;
	return err_set(e, ERR_TOO_LARGE,
	               "body: %lld bytes, at most %llu are allowed here",
	               (long long)x->declared,
	               (unsigned long long)x->body_limit);
}

int head_admit(struct exchange *x, const char *method, const char *version,
               struct err *e)
{
	if (guard(x, method, version, e) != 0)
		return -1;
	x->q.method = (enum method)method_parse(method);
	identify(x);
	if (measure(x, e) != 0 || split_uri(x, e) != 0 || route(x, e) != 0)
		return -1;
	if (!x->is_ready && admit(x, e) != 0)
		return -1;
	return limit(x, e);
}
