/*
 * Enrolment batches: leave to enrol a number of devices of given kinds, until
 * a date, for whoever holds the token.
 */
#ifndef SERVER_STORE_BATCHES_H
#define SERVER_STORE_BATCHES_H

#include "lib/base/name.h"
#include "server/store/store.h"

#include <stdint.h>

#define BATCH_ID_SIZE 65
#define BATCH_ACTOR_SIZE 129
/* A JSON list of 64 names of 64 characters, quoted. */
#define BATCH_NAMES_SIZE 4352
#define BATCH_HASH_SIZE 32

struct batch_row {
	int64_t key;
	char id[BATCH_ID_SIZE];              /* public */
	uint8_t token_hash[BATCH_HASH_SIZE]; /* SHA-256 of the token */
	char product[PRODUCT_MAX_LEN + 1];
	/* JSON lists of what its devices may say of themselves. */
	char hw[BATCH_NAMES_SIZE];
	char regions[BATCH_NAMES_SIZE];
	char channels[BATCH_NAMES_SIZE];
	int64_t quota, used;
	int64_t expires_ms;
	int64_t quarantined_ms; /* since when, 0: it is not */
	char created_by[BATCH_ACTOR_SIZE];
	int64_t created_ms;
};

/* `used` begins at 0. ERR_CONFLICT when the id or the hash is taken. */
MUST_USE int batches_add(int64_t *out, struct store *s,
                         const struct batch_row *b, struct err *e);
/* Expired and quarantined ones too: the caller judges. */
MUST_USE int batches_find(struct batch_row *out, struct store *s,
                          const uint8_t token_hash[BATCH_HASH_SIZE],
                          struct err *e);
MUST_USE int batches_find_id(struct batch_row *out, struct store *s,
                             const char *id, struct err *e);
MUST_USE int batches_find_key(struct batch_row *out, struct store *s,
                              int64_t key, struct err *e);
/* One device more; ERR_FORBIDDEN, code "quota_used", when all are taken. */
MUST_USE int batches_take(struct store *s, int64_t key, struct err *e);
/* 0 ends the quarantine. */
MUST_USE int batches_quarantine(struct store *s, const char *id,
                                int64_t since_ms, struct err *e);

typedef int batches_fn(void *ctx, const struct batch_row *b, struct err *e);
MUST_USE int batches_page(struct store *s, int64_t after, int64_t limit,
                          batches_fn *fn, void *ctx, struct err *e);

#endif
