/*
 * What a server lets our own HTTP read, and what a URL lets it do.
 */
#include "config.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "net/answer.h"
#include "net/place.h"
#include "tests/support/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "fuzz_net: %s\n", what);
		abort();
	}
}

/* What came of one reading. */
struct reading {
	struct net_answer a;
	struct buf body;
	size_t used;
	int result;
};

static void read_in(struct reading *r, const char *bytes, size_t n,
                    size_t piece)
{
	net_answer_init(&r->a);
	buf_init(&r->body, n);
	r->used = 0;
	r->result = 0;
	while (r->used < n && r->a.state != NET_ANSWERED && r->result == 0) {
		size_t some = n - r->used < piece ? n - r->used : piece;
		const char *from = bytes + r->used, *body = NULL;
		size_t used, len;

		r->result = net_answer_read(&r->a, from, some, &used, &body,
		                            &len, NULL);
		if (r->result != 0)
			return;
		must(used > 0 && used <= some, "no progress");
		must(len == 0 || (r->a.has_head && body >= from &&
		                  body + len == from + used),
		     "a body that is elsewhere");
		if (len > 0)
			buf_add(&r->body, body, len);
		r->used += used;
	}
}

static void check(const struct reading *r, size_t n)
{
	const struct net_answer *a = &r->a;

	must(!buf_failed(&r->body), "more body than bytes");
	if (a->has_head) {
		must(a->status >= 200 && a->status <= 999, "a status");
		must(!(a->is_chunked && a->length >= 0), "two lengths");
	} else {
		must(r->body.len == 0, "a body without a head");
	}
	if (r->result != 0)
		return;
	must(r->used == n || a->state == NET_ANSWERED, "stopped early");
	if (a->state == NET_ANSWERED && a->length >= 0 && a->status != 204 &&
	    a->status != 304)
		must((int64_t)r->body.len == a->length, "a body of another "
		                                        "length");
}

/* The first byte says in which pieces the rest arrives; it is read like the
 * whole. */
FUZZ_TARGET(net_answer)
{
	static struct reading whole, pieces;
	const char *bytes = (const char *)data + 1;
	size_t n = size - 1;

	if (size < 1)
		return;
	read_in(&whole, bytes, n, SIZE_MAX);
	read_in(&pieces, bytes, n, 1 + data[0] % 64);
	check(&whole, n);
	check(&pieces, n);
	must(whole.result == pieces.result, "pieces are judged otherwise");
	if (whole.result == 0)
		must(whole.used == pieces.used &&
		             whole.a.state == pieces.a.state &&
		             whole.a.last == pieces.a.last &&
		             net_answer_end(&whole.a, NULL) ==
		                     net_answer_end(&pieces.a, NULL),
		     "pieces end otherwise");
	must(strcmp(buf_str(&whole.body), buf_str(&pieces.body)) == 0,
	     "pieces have another body");
	buf_fini(&whole.body);
	buf_fini(&pieces.body);
}

static bool is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 127)
			return false;
	return true;
}

/* What goes into a request breaks no line of it. */
FUZZ_TARGET(net_place)
{
	SCOPED(free)
	char *url = xcalloc(size + 1, 1);
	struct net_place p;

	if (size > 0)
		memcpy(url, data, size);
	if (net_place_parse(&p, url) != 0)
		return;
	must(p.n_addresses >= 1 && p.n_addresses <= 2, "no address");
	must(p.path[0] == '/' && is_clean(p.path), "a path that leads");
	must(p.host[0] != '\0' && is_clean(p.host) &&
	             strpbrk(p.host, "/?#@") == NULL,
	     "a host that leads");
	must(strstr(url, p.host) != NULL, "a host of its own");
	must(p.addresses[0].v4.sin_port != 0, "no port");
}
