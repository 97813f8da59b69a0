/*
 * OLPC canonical JSON of a tree that was read: the bytes a TUF signature
 * covers. No white space, keys in byte order, only '"' and '\' escaped,
 * integers only (lib/json/js.h lets nothing else in). Not always valid JSON:
 * control bytes stand raw (TUF 4.2; securesystemslib does the same).
 */
#ifndef LIB_JSON_CANON_H
#define LIB_JSON_CANON_H

#include "lib/base/buf.h"
#include "lib/json/js.h"

/* Appends; ERR_TOO_LARGE over the buf's maximum, or ERR_MEMORY. */
MUST_USE int canon_write(struct buf *out, const struct js_at *at,
                         struct err *e);

/* The same of an object, without one of its members: what a signature that
 * stands beside what it covers covers. */
MUST_USE int canon_write_without(struct buf *out, const struct js_at *obj,
                                 const char *key, struct err *e);

/* Appends such bytes as JSON, which a strict reader takes: their control bytes
 * are escaped, six bytes for one. Over the buf's maximum is its sticky
 * failure. */
void canon_to_json(struct buf *out, const char *canonical, size_t n);

#endif
