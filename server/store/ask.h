/*
 * Inside of the store, for the files of this folder: the statements of each
 * noun, and the small moves between columns and values.
 */
#ifndef SERVER_STORE_ASK_H
#define SERVER_STORE_ASK_H

#include "lib/rollout/fw.h"
#include "server/store/db.h"
#include "server/store/store.h"

enum noun {
	NOUN_AUDIT,
	NOUN_BATCHES,
	NOUN_DEVICES,
	NOUN_EXCLUSIONS,
	NOUN_HALTS,
	NOUN_HOLDS,
	NOUN_METADATA,
	NOUN_PLANS,
	NOUN_PUBLISHED,
	NOUN_RELEASES,
	NOUN_REPORTS,
	NOUN_RETRIES,
	NOUN_ROLLOUTS,
	NOUN_SETTINGS,
	NOUN_TOKENS,
	NOUN_TRIALS,
	NOUN_MAX
};

/* A noun's statements: const data at the top of its file. */
struct ask_sql {
	const char *what; /* "devices.add", for errors */
	const char *text;
};
struct ask_table {
	const struct ask_sql *sql;
	size_t n;
};
#define ASK_TABLE(rows)                 \
	{                               \
		(rows), ARRAY_LEN(rows) \
	}
extern const struct ask_table audit_table, batches_table, devices_table,
	exclusions_table, halts_table, holds_table, metadata_table, plans_table,
	published_table, releases_table, reports_table, retries_table,
	rollouts_table, settings_table, tokens_table, trials_table;

struct store {
	struct db *db;
	struct db_stmt **statements[NOUN_MAX];
};

static inline struct db_stmt *ask(struct store *s, enum noun noun, int i)
{
	return s->statements[noun][i];
}

/* 0: the first row is there (db_done() it); -1: refused, or ERR_NOT_FOUND
 * with "noun name: is not known". */
MUST_USE int ask_first(struct db_stmt *q, const char *noun, const char *name,
                       struct err *e);
/* For INSERT … RETURNING key; out may be NULL. */
MUST_USE int ask_insert(int64_t *out, struct db_stmt *q, struct err *e);
/* Runs to the end; ERR_NOT_FOUND when no row was changed. */
MUST_USE int ask_change(struct store *s, struct db_stmt *q, const char *noun,
                        const char *name, struct err *e);
/* The same for a thing known by its key. */
MUST_USE int ask_change_key(struct store *s, struct db_stmt *q,
                            const char *noun, int64_t key, struct err *e);

/* Hex, or "" or NULL for none. */
void ask_bind_sha256(struct db_stmt *q, int n, const char *hex);
/* 0 is NULL. */
void ask_bind_when(struct db_stmt *q, int n, int64_t ms);
/* "" is NULL: any. */
void ask_bind_any(struct db_stmt *q, int n, const char *text);
/* From 1 to STORE_PAGE_MAX. */
void ask_bind_limit(struct db_stmt *q, int n, int64_t limit);
/* 0 is the largest number: from the newest on. */
void ask_bind_before(struct db_stmt *q, int n, int64_t key);

/* out is as large as the column's CHECK allows; what does not fit is cut. */
void ask_col_text(char *out, size_t size, struct db_stmt *q, int i);
void ask_col_sha256(char out[SHA256_HEX_SIZE], struct db_stmt *q, int i);
/* Appends the bytes; ERR_TOO_LARGE above the buffer's maximum. */
MUST_USE int ask_col_buf(struct buf *out, struct db_stmt *q, int i,
                         const char *noun, struct err *e);

#endif
