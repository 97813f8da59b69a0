/*
 * Operator tokens: what is kept of a secret that was shown once, and what its
 * bearer may do.
 */
#ifndef SERVER_STORE_TOKENS_H
#define SERVER_STORE_TOKENS_H

#include "server/store/store.h"

#include <stdint.h>

#define TOKEN_ID_SIZE 65
#define TOKEN_NAME_SIZE 129
#define TOKEN_SCOPES_SIZE 1024
#define TOKEN_HASH_SIZE 32

struct token_row {
	int64_t key;
	char id[TOKEN_ID_SIZE];        /* public: who acted, in the audit log */
	uint8_t hash[TOKEN_HASH_SIZE]; /* SHA-256 of the token */
	char name[TOKEN_NAME_SIZE];    /* for people */
	char scopes[TOKEN_SCOPES_SIZE]; /* JSON list of names */
	int64_t expires_ms, created_ms, revoked_ms;
};

/* ERR_CONFLICT when the id or the hash is taken. */
MUST_USE int tokens_add(int64_t *out, struct store *s,
                        const struct token_row *t, struct err *e);
/* Expired and revoked ones too: the caller judges. */
MUST_USE int tokens_find(struct token_row *out, struct store *s,
                         const uint8_t hash[TOKEN_HASH_SIZE], struct err *e);
MUST_USE int tokens_find_id(struct token_row *out, struct store *s,
                            const char *id, struct err *e);
/* The first revocation stays. */
MUST_USE int tokens_revoke(struct store *s, const char *id, int64_t at_ms,
                           struct err *e);

typedef int tokens_fn(void *ctx, const struct token_row *t, struct err *e);
MUST_USE int tokens_page(struct store *s, int64_t after, int64_t limit,
                         tokens_fn *fn, void *ctx, struct err *e);

#endif
