/*
 * What root and every delegating role share (TUF 4.3, 4.5): a map of keys,
 * and lists of key ids with a threshold. Used inside lib/tuf.
 *
 * A key of a type we do not know, and one whose id is not its hash, is left
 * out rather than refused: it can vouch for nothing here (TUF 4.3 wants the
 * id calculated), a repository may serve newer clients too, and chains of
 * roots that once had such a key are in the field. A writer refuses a role
 * that names a key that is not there, so nothing left out is lost silently.
 */
#ifndef LIB_TUF_KEYS_H
#define LIB_TUF_KEYS_H

#include "lib/tuf/envelope.h"

#include <stdbool.h>

/* {"<id>": {key}, …}; the caller frees *out. */
MUST_USE int tuf_keys_parse(struct key_public **out, size_t *n,
                            const struct js_at *at, struct err *e);
/* "keyids" and "threshold" of an object; the caller frees *keyids. */
MUST_USE int tuf_keyids_parse(char (**keyids)[KEY_ID_SIZE], size_t *n,
                              int64_t *threshold, const struct js_at *role,
                              struct err *e);

/* ERR_INVALID when the quorum could never be met by what would be written:
 * threshold below 1 or above the number of keys, an id without its key. */
MUST_USE int tuf_keys_check(const struct tuf_quorum *q, const char *role,
                            struct err *e);
/* The map, ids in byte order. */
void tuf_keys_write(struct jw *w, const struct key_public *keys, size_t n);
void tuf_keyids_write(struct jw *w, char (*keyids)[KEY_ID_SIZE], size_t n);

/* Building: nothing happens when it is there already. */
void tuf_keys_add(struct key_public **keys, size_t *n,
                  const struct key_public *k);
void tuf_keyids_add(char (**keyids)[KEY_ID_SIZE], size_t *n, const char *id);
/* True when it was there; the others keep their order. */
bool tuf_keyids_remove(char (*keyids)[KEY_ID_SIZE], size_t *n, const char *id);
void tuf_keys_remove(struct key_public *keys, size_t *n, const char *id);

#endif
