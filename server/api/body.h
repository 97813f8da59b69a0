/*
 * The bodies and queries of operators' requests: a document that lives as long
 * as the request's handler, and texts copied into the request's arena so that
 * the scribe's thread may use them.
 */
#ifndef SERVER_API_BODY_H
#define SERVER_API_BODY_H

#include "lib/json/js.h"
#include "lib/json/jw.h"
#include "server/api/deps.h"

#define REASON_MAX 512

/* Parses; the caller has SCOPED(js_fini) *doc. */
MUST_USE int body_parse(struct js_doc *doc, struct js_at *root,
                        const struct request *q, struct err *e);
/* A member as text in the arena, at most max bytes. */
MUST_USE int body_text(const char **out, const struct request *q,
                       const struct js_at *obj, const char *key, size_t max,
                       struct err *e);
/* {"reason": …} of a body that has nothing else to say. */
MUST_USE int body_reason(const char **out, const struct request *q,
                         struct err *e);
/* Which rows of a list: above key `after`, at most `limit`. */
struct body_page {
	int64_t after, limit;
};
/* The query's after and limit. */
MUST_USE int body_page(struct body_page *out, const struct request *q,
                       struct err *e);
/* "next": the last key when the page is full, else null. */
void body_put_next(struct jw *w, const struct body_page *page, int64_t rows,
                   int64_t last);
/* The path parameter as a number: what is no number is not found. */
MUST_USE int body_key(int64_t *out, const struct request *q, const char *name,
                      struct err *e);
/* Zeroed memory of the request; ERR_MEMORY. */
void *body_alloc(const struct request *q, size_t size, struct err *e);

#endif
