#include "config.h"

#include "server/http/reply.h"

#include "server/http/range.h"

#include <assert.h>
#include <string.h>

const struct header reply_html_headers[] = {
	{"Content-Security-Policy",
         "default-src 'self'; base-uri 'none'; form-action 'self'; "
         "frame-ancestors 'none'; object-src 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Frame-Options", "DENY"},
	{NULL, NULL},
};

void reply_fini(struct reply *r)
{
	if (r->is_file)
		(void)close(r->file_fd);
	if (r->release != NULL)
		r->release(r->owner);
	r->is_file = false;
	r->release = NULL;
	r->owner = NULL;
	r->bytes = NULL;
	r->len = 0;
}

/* A second filling replaces the first and keeps what was said beside it. */
static void begin(struct reply *r, unsigned status, const char *type)
{
	reply_fini(r);
	r->status = status;
	r->content_type = type;
}

void reply_empty(struct reply *r, unsigned status)
{
	begin(r, status, NULL);
}

void reply_bytes(struct reply *r, unsigned status, const char *type,
                 const void *bytes, size_t len)
{
	begin(r, status, type);
	r->bytes = bytes;
	r->len = len;
}

void reply_shared(struct reply *r, unsigned status, const char *type,
                  const void *bytes, size_t len, void (*release)(void *owner),
                  void *owner)
{
	reply_bytes(r, status, type, bytes, len);
	r->release = release;
	r->owner = owner;
}

void reply_file(struct reply *r, unsigned status, const char *type, int fd,
                uint64_t len)
{
	begin(r, status, type);
	r->is_file = true;
	r->file_fd = fd;
	r->len = len;
}

int reply_json(struct reply *r, unsigned status, struct buf *json,
               struct err *e)
{
	size_t len = json->len;
	char *bytes;

	if (buf_failed(json))
		return err_set(e, ERR_INTERNAL,
		               "reply: more than %zu bytes of JSON",
		               json->max_bytes);
	bytes = buf_take(json);
	reply_shared(r, status, "application/json", bytes, len, free, bytes);
	return 0;
}

void reply_header(struct reply *r, const char *name, const char *value)
{
	assert(r->n_headers < REPLY_HEADERS_MAX);
	r->headers[r->n_headers++] = (struct header){name, value};
}

void reply_header_list(struct reply *r, const struct header *list)
{
	for (; list->name != NULL; list++)
		reply_header(r, list->name, list->value);
}

void reply_etag(struct reply *r, const char *tag)
{
	r->etag = tag;
}

void reply_cache(struct reply *r, const char *policy)
{
	r->cache_control = policy;
}

/* One entity tag of ours, quoted, at p? *after is behind it. */
static bool is_tag(const char *p, const char *etag, const char **after)
{
	size_t n = strlen(etag);

	if (*p != '"' || strncmp(p + 1, etag, n) != 0 || p[n + 1] != '"')
		return false;
	*after = p + n + 2;
	return true;
}

/* RFC 9110 13.1.2: weak comparison over a list; "*" is any. */
static bool none_match_hits(const char *list, const char *etag)
{
	const char *p = list, *after;

	if (strcmp(p, "*") == 0)
		return true;
	while (*p != '\0') {
		p += strspn(p, " \t,");
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		if (is_tag(p, etag, &after))
			return true;
		/* Behind the quoted text of a tag that is not ours; a broken
		 * list ends here and hits nothing. */
		if (*p != '"')
			return false;
		p = strchr(p + 1, '"');
		if (p == NULL)
			return false;
		p++;
	}
	return false;
}

/* RFC 9110 13.1.5: strong comparison; a date never matches, we send none. */
static bool range_applies(const struct request *q, const char *etag)
{
	const char *if_range = request_header(q, "If-Range");
	const char *after;

	return if_range == NULL ||
	       (is_tag(if_range, etag, &after) && *after == '\0');
}

struct reply_cut reply_decide(const struct reply *r, const struct request *q)
{
	struct reply_cut cut = {.status = r->status};
	const char *none_match, *range;

	if (r->status != 200 || r->etag == NULL ||
	    (q->method != GET && q->method != HEAD))
		return cut;
	none_match = request_header(q, "If-None-Match");
	if (none_match != NULL && none_match_hits(none_match, r->etag)) {
		cut.status = 304;
		return cut;
	}
	range = q->method == GET ? request_header(q, "Range") : NULL;
	if (range == NULL || !range_applies(q, r->etag))
		return cut;
	switch (range_parse(&cut.first, &cut.last, range, r->len)) {
	case RANGE_IGNORED: break;
	case RANGE_UNSATISFIABLE: cut.status = 416; break;
	case RANGE_PART:
		cut.status = 206;
		cut.is_range = true;
		break;
	}
	return cut;
}
