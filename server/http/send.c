/* A reply, handed to the library: body, conditions, headers. */
#include "config.h"

#include "lib/base/log.h"
#include "server/http/inside.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The library owns the body from here on, unless it has no memory. */
static struct MHD_Response *with_bytes(struct reply *r, uint64_t first,
                                       uint64_t n)
{
	/* Never written to; the prototype predates const. */
	void *bytes = (void *)((uintptr_t)r->bytes + first);
	struct MHD_Response *m;

	if (r->release == NULL)
		return MHD_create_response_from_buffer((size_t)n, bytes,
		                                       MHD_RESPMEM_PERSISTENT);
	m = MHD_create_response_from_buffer_with_free_callback_cls(
		(size_t)n, bytes, r->release, r->owner);
	if (m != NULL)
		r->release = NULL;
	return m;
}

static struct MHD_Response *with_file(struct reply *r, uint64_t first,
                                      uint64_t n)
{
	struct MHD_Response *m =
		MHD_create_response_from_fd_at_offset64(n, r->file_fd, first);

	if (m != NULL)
		r->is_file = false;
	return m;
}

static struct MHD_Response *with_body(struct reply *r, uint64_t first,
                                      uint64_t n)
{
	static const char none[] = "";

	if (r->is_file && n > 0)
		return with_file(r, first, n);
	if (r->bytes == NULL || r->is_file) {
		reply_fini(r);
		r->bytes = none;
	}
	return with_bytes(r, first, n);
}

static void add(struct MHD_Response *m, const char *name, const char *value)
{
	if (MHD_add_response_header(m, name, value) != MHD_YES)
		log_error("reply: header %s cannot be sent", name);
}

__attribute__((format(printf, 3, 4))) static void
add_text(struct MHD_Response *m, const char *name, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(m, name, text);
}

static void add_headers(struct MHD_Response *m, const struct reply *r,
                        const struct reply_cut *cut, uint64_t len,
                        const char *id)
{
	if (r->content_type != NULL && cut->status != 304)
		add(m, "Content-Type", r->content_type);
	if (r->etag != NULL)
		add_text(m, "ETag", "\"%s\"", r->etag);
	if (r->etag != NULL && cut->status != 304)
		add(m, "Accept-Ranges", "bytes");
	if (cut->is_range)
		add_text(m, "Content-Range",
		         "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, cut->first,
		         cut->last, len);
	if (cut->status == 416)
		add_text(m, "Content-Range", "bytes */%" PRIu64, len);
	if (cut->status == 401)
		add(m, "WWW-Authenticate", "Bearer");
	if (r->retry_after_s > 0)
		add_text(m, "Retry-After", "%" PRId64, r->retry_after_s);
	for (size_t i = 0; i < r->n_headers; i++)
		add(m, r->headers[i].name, r->headers[i].value);
	add(m, "Cache-Control",
	    r->cache_control != NULL ? r->cache_control : CACHE_NEVER);
	if (*id != '\0')
		add(m, "X-Request-Id", id);
	if (r->closes)
		add(m, "Connection", "close");
}

static void count(struct loop *l, unsigned status)
{
	l->tally.replies++;
	l->tally.refusals += status >= 400 && status < 500;
	l->tally.failures += status >= 500;
}

enum MHD_Result send_reply(struct exchange *x)
{
	struct reply *r = &x->reply;
	struct reply_cut cut = reply_decide(r, &x->q);
	uint64_t len = r->len; /* of the whole body, for Content-Range */
	struct MHD_Response *m;
	enum MHD_Result rc;

	x->phase = PHASE_SENT;
	r->closes = r->closes || x->loop->is_stopping;
	if (cut.status == 416) {
		struct err e = {0};

		(void)err_code(&e, ERR_INVALID, "range_not_satisfiable",
		               "range: the body has %" PRIu64 " bytes", len);
		exchange_refuse(x, &e);
	}
	if (cut.is_range)
		m = with_body(r, cut.first, cut.last - cut.first + 1);
	else
		m = with_body(r, 0, r->len);
	if (m == NULL)
		return MHD_NO;
	add_headers(m, r, &cut, len, x->id);
	rc = MHD_queue_response(x->connection, cut.status, m);
	MHD_destroy_response(m);
	count(x->loop, cut.status);
	log_debug("%s: %s %s %s: %u (request %s)", x->loop->config->name,
	          x->peer, method_name(x->q.method), x->q.path, cut.status,
	          x->id);
	return rc;
}
