#include "config.h"

#include "server/http/route.h"

#include "server/http/percent.h"

#include <stdio.h>
#include <string.h>

#define PARAM_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_"

/* Both walk segment by segment; a cursor stands on the '/' before one. */
static size_t segment_len(const char *s)
{
	return strcspn(s, "/");
}

static bool is_param(const char *segment)
{
	return *segment == '{';
}

/* "{name*}" */
static bool is_rest(const char *segment, size_t len)
{
	return len >= 2 && is_param(segment) && segment[len - 2] == '*';
}

static int refuse(struct err *e, const struct route *r, const char *what)
{
	return err_set(e, ERR_INTERNAL, "route %s %s: %s",
	               method_name(r->method), r->pattern, what);
}

static int check_segment(const struct route *r, const char *s, size_t len,
                         size_t *params, struct err *e)
{
	size_t name;

	if (!is_param(s)) {
		if (memchr(s, '{', len) != NULL || memchr(s, '}', len) != NULL)
			return refuse(e, r, "a brace inside a segment");
		return 0;
	}
	name = strspn(s + 1, PARAM_CHARS);
	if (name == 0 || name + 2 + (is_rest(s, len) ? 1 : 0) != len ||
	    s[len - 1] != '}')
		return refuse(e, r, "a parameter is {name} or {name*}");
	if (is_rest(s, len) && s[len] != '\0')
		return refuse(e, r, "{name*} is not the last segment");
	if (++*params > REQUEST_PARAMS_MAX)
		return refuse(e, r, "too many parameters");
	return 0;
}

static int check_row(const struct route *r, struct err *e)
{
	const char *s = r->pattern;
	size_t params = 0;

	if (s == NULL || *s != '/')
		return err_set(e, ERR_INTERNAL, "route: no pattern");
	while (*s == '/') {
		size_t len = segment_len(++s);

		if (len == 0 && strcmp(r->pattern, "/") != 0)
			return refuse(e, r, "an empty segment");
		if (check_segment(r, s, len, &params, e) != 0)
			return -1;
		s += len;
	}
	if (r->method == HEAD || r->method == OPTIONS ||
	    r->method >= METHOD_COUNT)
		return refuse(e, r, "HEAD and OPTIONS are answered for all");
	if (r->handler == NULL || r->summary == NULL || *r->summary == '\0')
		return refuse(e, r, "no handler or no summary");
	if (r->body_max > BODY_MEMORY_MAX && r->body_max != BODY_SPOOLED)
		return refuse(e, r, "a body too large for memory");
	return 0;
}

/* Would both match the same paths? */
static bool is_same_shape(const char *a, const char *b)
{
	while (*a == '/' && *b == '/') {
		size_t la = segment_len(++a), lb = segment_len(++b);

		if (is_param(a) && is_param(b)) {
			if (is_rest(a, la) != is_rest(b, lb))
				return false;
		} else if (la != lb || memcmp(a, b, la) != 0) {
			return false;
		}
		a += la;
		b += lb;
	}
	return *a == *b;
}

int route_check(const struct route *routes, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (check_row(&routes[i], e) != 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (routes[k].method == routes[i].method &&
			    is_same_shape(routes[k].pattern, routes[i].pattern))
				return refuse(e, &routes[i], "is there twice");
	}
	return 0;
}

/* Fills params with raw pieces of the path; their ends follow from `lens`. */
static bool match(struct route_found *out, size_t lens[REQUEST_PARAMS_MAX],
                  const char *pattern, const char *path)
{
	out->n_params = 0;
	while (*pattern == '/' && *path == '/') {
		size_t want = segment_len(++pattern);
		size_t have = segment_len(++path);
		bool rest = is_rest(pattern, want);

		if (rest)
			have = strlen(path);
		if (is_param(pattern)) {
			struct param *p = &out->params[out->n_params];

			if (have == 0 || path[have - 1] == '/')
				return false;
			p->name = pattern + 1;
			p->name_len = want - 2 - (rest ? 1 : 0);
			p->value = path;
			lens[out->n_params++] = have;
		} else if (want != have || memcmp(pattern, path, want) != 0) {
			return false;
		}
		pattern += want;
		path += have;
	}
	return *pattern == '\0' && *path == '\0';
}

static bool decode_params(struct route_found *out,
                          const size_t lens[REQUEST_PARAMS_MAX], char *space)
{
	for (size_t i = 0; i < out->n_params; i++) {
		if (percent_decode(space, out->params[i].value, lens[i]) != 0)
			return false;
		out->params[i].value = space;
		space += strlen(space) + 1;
	}
	return true;
}

static unsigned bit(enum method m)
{
	return 1u << m;
}

enum route_outcome route_find(struct route_found *out,
                              const struct route *routes, size_t n,
                              enum method method, const char *path, char *space)
{
	enum method wanted = method == HEAD ? GET : method;
	size_t lens[REQUEST_PARAMS_MAX];

	*out = (struct route_found){0};
	for (size_t i = 0; i < n; i++) {
		if (!match(out, lens, routes[i].pattern, path))
			continue;
		out->allow |= bit(routes[i].method);
		if (routes[i].method != wanted)
			continue;
		if (!decode_params(out, lens, space))
			return ROUTE_UNKNOWN;
		out->route = &routes[i];
		return ROUTE_FOUND;
	}
	out->n_params = 0;
	if (out->allow == 0)
		return ROUTE_UNKNOWN;
	return method == OPTIONS ? ROUTE_OPTIONS : ROUTE_NOT_ALLOWED;
}

void route_allow(char out[ROUTE_ALLOW_SIZE], unsigned allow)
{
	size_t n = 0;

	allow |= bit(OPTIONS);
	if (allow & bit(GET))
		allow |= bit(HEAD);
	for (int m = 0; m < METHOD_COUNT; m++)
		if (allow & bit((enum method)m))
			n += (size_t)snprintf(out + n, ROUTE_ALLOW_SIZE - n,
			                      "%s%s", n > 0 ? ", " : "",
			                      method_name((enum method)m));
}
