/*
 * The small driver everything in server/store speaks through: connections,
 * transactions, statements. db_sqlite.c is the one behind it; nothing above
 * knows which database that is.
 *
 * A connection and its statements belong to one thread at a time. There is
 * one writing connection in the process (the scribe's); it alone checkpoints.
 * Reading connections never wait for it, nor it for them.
 *
 * Parameters are written $1, $2, … and bound by that number, wherever and
 * however often it stands in the text.
 */
#ifndef SERVER_STORE_DB_H
#define SERVER_STORE_DB_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_stmt;

/* Opens for reading and writing, and makes the file where there is none.
 * Every commit is on the disk when it returns. ERR_IO with code "db_corrupt"
 * for a file that is no database. */
MUST_USE int db_open(struct db **out, const char *path, struct err *e);
/* Opens for reading what exists: ERR_NOT_FOUND. Never checkpoints. */
MUST_USE int db_open_readonly(struct db **out, const char *path, struct err *e);
/* Its statements are freed before. An open transaction is rolled back. */
void db_close(struct db *d);
DEFINE_SCOPED(db_close, struct db *)
const char *db_path(const struct db *d);

/* Reads the whole file and checks its structure (not the indexes' content):
 * ERR_IO with code "db_corrupt" and the first finding. For the start. */
MUST_USE int db_quick_check(struct db *d, struct err *e);

/* Whether it has this table; with NULL, whether it has any. */
MUST_USE int db_has_table(bool *out, struct db *d, const char *name,
                          struct err *e);

/* Takes the write lock at once, so that no later step can find it taken. */
MUST_USE int db_begin(struct db *d, struct err *e);
/* 0: durable. -1: nothing is open any more, and nothing is promised either
 * way; with an error from the disk's flush it may have landed (tell by
 * reading after a reopening). After such an error the connection refuses
 * everything with code "db_unsure": the kernel may have dropped what it was
 * given, so trying again would prove nothing. */
MUST_USE int db_commit(struct db *d, struct err *e);
/* Nothing happened. Fine when nothing is open. */
void db_rollback(struct db *d);
bool db_in_transaction(const struct db *d);

/* Runs statements without parameters one after the other and drops their
 * rows: migrations. */
MUST_USE int db_exec(struct db *d, const char *script, struct err *e);

/* Parameters are numbered from $1 without a gap. `what` names the statement
 * in errors. Both strings are borrowed for ever: they are constants. */
MUST_USE int db_prepare(struct db_stmt **out, struct db *d, const char *what,
                        const char *sql, struct err *e);
void db_stmt_free(struct db_stmt *q);
DEFINE_SCOPED(db_stmt_free, struct db_stmt *)

/* Binding never fails at once: a wrong number, or a statement whose rows are
 * still being read, is told by the next step. Text and blobs are borrowed
 * until the statement is done. NULL text or bytes bind NULL; what is not
 * bound is NULL. */
void db_bind_i64(struct db_stmt *q, int n, int64_t v);
void db_bind_text(struct db_stmt *q, int n, const char *text);
void db_bind_blob(struct db_stmt *q, int n, const void *bytes, size_t len);
/* The same, copied: for small values that do not live as long. */
void db_bind_copy(struct db_stmt *q, int n, const void *bytes, size_t len);
void db_bind_null(struct db_stmt *q, int n);
/* For a helper that found a value it cannot bind: the next step refuses with
 * this sentence, ERR_INVALID. */
void db_bind_refuse(struct db_stmt *q, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* 1: a row is there; 0: done; -1: refused. After 0 and -1 the statement is
 * done: its parameters are forgotten and it can be used again. Kinds:
 * ERR_CONFLICT (unique, trigger), ERR_INVALID (check, not null, reference),
 * ERR_BUSY, ERR_NO_SPACE, ERR_TOO_LARGE, ERR_MEMORY, ERR_IO, ERR_INTERNAL. */
MUST_USE int db_step(struct db_stmt *q, struct err *e);
/* Ends it before its last row. Fine when it is done. */
void db_done(struct db_stmt *q);
/* Steps to the end; for statements that give no rows. */
MUST_USE int db_run(struct db_stmt *q, struct err *e);
/* Rows the last writing statement changed; triggers not counted. */
int64_t db_changed(const struct db *d);

/* Columns of the present row, from 0. Text and blobs are borrowed until the
 * next step. NULL reads as 0, "" and NULL with length 0. */
int64_t db_col_i64(struct db_stmt *q, int i);
const char *db_col_text(struct db_stmt *q, int i);
const void *db_col_blob(struct db_stmt *q, int i, size_t *len);

/* Moves committed pages from the log into the file, as far as no reader
 * stands in the way; never waits. Only the writer's thread. Numbers are
 * pages; wal_pages = moved_pages means that the next write begins the log
 * anew. */
struct db_checkpoint {
	int64_t wal_pages;
	int64_t moved_pages;
};
MUST_USE int db_checkpoint(struct db_checkpoint *out, struct db *d,
                           struct err *e);

/* How many statements and commits this process has begun, over all
 * connections; preparing is not counted. Any thread. */
uint64_t db_statement_count(void);
uint64_t db_commit_count(void);

enum db_op {
	DB_OPEN,
	DB_BEGIN,
	DB_STEP, /* the first of a statement, and each further row */
	DB_COMMIT,
	DB_LANDED, /* after a commit that is on the disk */
	DB_CHECKPOINT,
};

/* A test's hook, asked at each operation: ERR_NONE lets it happen, a kind
 * makes it fail with that. At DB_LANDED a kind makes a commit that happened
 * look like one that failed. NULL in production. Set while one thread runs. */
typedef enum err_kind db_hook_fn(void *ctx, enum db_op op, const char *what);
void db_set_hook(db_hook_fn *fn, void *ctx);

#endif
