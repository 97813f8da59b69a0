/*
 * An operator's token, made by the API and by `pawld token add` alike.
 */
#ifndef SERVER_API_TOKEN_NEW_H
#define SERVER_API_TOKEN_NEW_H

#include "server/devices/enrol.h"
#include "server/store/tokens.h"

/* A fresh token with its row to store; the text is never stored. -1 when the
 * scopes do not fit. */
MUST_USE int token_fill(struct token_row *row, char token[DEVICE_TOKEN_SIZE],
                        const char *name, unsigned scopes, int64_t expires_ms,
                        int64_t now_ms, struct rng *rng);

#endif
