/*
 * The questions we ask the data, and the answers we keep: one file per noun
 * (devices.h, trials.h, …), each function a question or a change. This file
 * opens the store and brackets changes.
 *
 * A store is one connection with its statements prepared, so that a mistyped
 * one stops the start. It belongs to one thread at a time. One writing store
 * lives in the process (the scribe's); each thread that reads has a reading
 * store of its own.
 *
 * Conventions of the noun files:
 *  - Any change may stand alone, durable when it returns, or together with
 *    others between store_begin() and store_commit().
 *  - ERR_CONFLICT, ERR_NOT_FOUND, ERR_FORBIDDEN and ERR_INVALID mean that the
 *    one change did not happen; the others of the transaction may go on. After
 *    any other kind the whole transaction must be rolled back.
 *  - Rows are plain values. A time of 0 is "not yet" or "never", a digest of
 *    "" is "none". Digests are lower-case hex. Where a row has pointers, in a
 *    row given to a callback they live until it returns; in a row given to a
 *    function they are only read.
 *  - A callback returns 0 to go on; -1 with *e set ends the call with that.
 *    It may ask the same store other questions, not the one it answers.
 *  - Lists come in pages by key: the last key seen is the cursor of the next
 *    page, 0 begins. Rows that come or go meanwhile shift nothing. A page
 *    holds 1 to STORE_PAGE_MAX rows; other limits are moved into that range.
 */
#ifndef SERVER_STORE_STORE_H
#define SERVER_STORE_STORE_H

#include "lib/base/clock.h"
#include "server/store/db.h"

#define STORE_PAGE_MAX 1000

struct store;

/* For the writer: makes or migrates the database, after a quick check of its
 * structure. */
MUST_USE int store_open(struct store **out, const char *path,
                        const struct clock *clock, struct err *e);
/* For readers: the schema must be the present one. */
MUST_USE int store_open_readonly(struct store **out, const char *path,
                                 struct err *e);
/* Readers close before the writer. */
void store_close(struct store *s);
DEFINE_SCOPED(store_close, struct store *)

/* As db_begin() and its like say. */
MUST_USE int store_begin(struct store *s, struct err *e);
MUST_USE int store_commit(struct store *s, struct err *e);
void store_rollback(struct store *s);
MUST_USE int store_checkpoint(struct db_checkpoint *out, struct store *s,
                              struct err *e);

#endif
