/*
 * The driver over SQLite.
 *
 * Debian's 3.40.1 can damage a database when one connection writes at a
 * precise moment of another one's checkpoint. So nothing checkpoints by
 * itself here: the automatic checkpoint is off on every connection, reading
 * connections do not checkpoint when they close, and db_checkpoint() belongs
 * to the one thread that writes.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "server/store/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* How long a lock of another process (a backup) is waited for. */
#define BUSY_MS 5000
/* The log file is cut back to this when it begins anew. Bytes. */
#define WAL_KEEP "67108864"
/* Memory the writer keeps pages in, in KiB: devices report in no order, and
 * with SQLite's 2 MiB each would fetch its page anew. */
#define WRITER_CACHE "65536"
#define PARAMS_MAX 32

struct db {
	sqlite3 *h;
	char *path;
	bool begun;  /* by db_begin, whatever SQLite did since */
	bool unsure; /* a flush failed: see db_commit() */
};

struct db_stmt {
	struct db *d;
	sqlite3_stmt *h;
	const char *what;
	int index[PARAMS_MAX + 1]; /* of $n, from 1; 0: there is no $n */
	bool active;               /* between its first row and its end */
	bool refused;              /* by a bind or a column; why says it */
	struct err why;
};

static db_hook_fn *hook;
static void *hook_ctx;
static _Atomic uint64_t statements;
static _Atomic uint64_t commits;

void db_set_hook(db_hook_fn *fn, void *ctx)
{
	hook = fn;
	hook_ctx = ctx;
}

uint64_t db_statement_count(void)
{
	return statements;
}

uint64_t db_commit_count(void)
{
	return commits;
}

static int allowed(enum db_op op, const char *what, struct err *e)
{
	enum err_kind kind = ERR_NONE;

	if (hook != NULL)
		kind = hook(hook_ctx, op, what);
	if (kind == ERR_NONE)
		return 0;
	return err_set(e, kind, "%s: made to fail by a test", what);
}

/* SQLite's primary codes that have a kind of their own. */
static enum err_kind kind_of_primary(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_INTERRUPT: return ERR_BUSY;
	case SQLITE_FULL: return ERR_NO_SPACE;
	case SQLITE_TOOBIG: return ERR_TOO_LARGE;
	case SQLITE_NOMEM: return ERR_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_PROTOCOL: return ERR_IO;
	case SQLITE_CONSTRAINT: return ERR_INVALID;
	default: return ERR_INTERNAL;
	}
}

static enum err_kind kind_of(const struct db *d, int rc)
{
	int errnum = sqlite3_system_errno(d->h);

	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
	case SQLITE_CONSTRAINT_TRIGGER: return ERR_CONFLICT;
	default: break;
	}
	/* The log's index is grown by a plain write: ENOSPC shows as IOERR. */
	if ((rc & 0xff) == SQLITE_IOERR &&
	    (errnum == ENOSPC || errnum == EDQUOT))
		return ERR_NO_SPACE;
	return kind_of_primary(rc);
}

static int fail(struct db *d, int rc, const char *what, struct err *e)
{
	enum err_kind kind = kind_of(d, rc);

	if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
		d->unsure = true;
	if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		return err_code(e, kind, "db_corrupt", "%s: %s: %s", d->path,
		                what, sqlite3_errmsg(d->h));
	if (kind == ERR_IO || kind == ERR_NO_SPACE)
		return err_set(e, kind, "%s: %s: %s", d->path, what,
		               sqlite3_errmsg(d->h));
	return err_set(e, kind, "%s: %s", what, sqlite3_errmsg(d->h));
}

/* Whether the connection may be used at all. */
static int usable(const struct db *d, struct err *e)
{
	if (d->unsure)
		return err_code(e, ERR_IO, "db_unsure",
		                "%s: an earlier flush to the disk failed, the "
		                "database must be opened again",
		                d->path);
	/* On a full disk SQLite rolls back by itself; going on would then
	 * commit each further statement on its own. */
	if (d->begun && sqlite3_get_autocommit(d->h))
		return err_code(e, ERR_INTERNAL, "db_rolled_back",
		                "%s: the transaction is over, an earlier "
		                "failure undid it",
		                d->path);
	return 0;
}

/* One statement of a script; *text moves behind it. */
static int exec_one(struct db *d, const char **text, struct err *e)
{
	sqlite3_stmt *h = NULL;
	const char *start = *text;
	int rc = sqlite3_prepare_v2(d->h, start, -1, &h, text);

	if (rc != SQLITE_OK)
		return fail(d, rc, "script", e);
	if (h == NULL)
		return 0; /* a comment, or blanks */
	statements++;
	if (allowed(DB_STEP, "script", e) != 0) {
		(void)sqlite3_finalize(h);
		return -1;
	}
	do
		rc = sqlite3_step(h);
	while (rc == SQLITE_ROW);
	(void)sqlite3_finalize(h);
	if (rc != SQLITE_DONE)
		return fail(d, rc, "script", e);
	return 0;
}

int db_exec(struct db *d, const char *script, struct err *e)
{
	while (*script != '\0')
		if (usable(d, e) != 0 || exec_one(d, &script, e) != 0)
			return -1;
	return 0;
}

/* The first column of the only row, cut to size; "" when there is none. */
static int ask_text(struct db *d, char *out, size_t size, const char *sql,
                    struct err *e)
{
	SCOPED(db_stmt_free)
	struct db_stmt *q = NULL;
	int got;

	out[0] = '\0';
	if (db_prepare(&q, d, sql, sql, e) != 0)
		return -1;
	got = db_step(q, e);
	if (got == 1)
		(void)snprintf(out, size, "%s", db_col_text(q, 0));
	return got < 0 ? -1 : 0;
}

static int open_handle(struct db *d, int flags, struct err *e)
{
	int rc = sqlite3_open_v2(d->path, &d->h, flags | SQLITE_OPEN_NOMUTEX,
	                         NULL);

	if (d->h == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory", d->path);
	if (rc != SQLITE_OK)
		return fail(d, rc, "open", e);
	(void)sqlite3_extended_result_codes(d->h, 1);
	(void)sqlite3_busy_timeout(d->h, BUSY_MS);
	/* Refuses writes to the schema table and the like. */
	(void)sqlite3_db_config(d->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return db_exec(d,
	               "PRAGMA wal_autocheckpoint = 0;"
	               "PRAGMA foreign_keys = ON;"
	               "PRAGMA temp_store = MEMORY;",
	               e);
}

static int open_writing(struct db *d, struct err *e)
{
	char mode[16];

	if (open_handle(d, SQLITE_OPEN_READWRITE, e) != 0 ||
	    ask_text(d, mode, sizeof(mode), "PRAGMA journal_mode = WAL", e) !=
	            0)
		return -1;
	if (strcmp(mode, "wal") != 0)
		return err_set(e, ERR_IO,
		               "%s: journal mode is %s, wal is needed", d->path,
		               mode);
	return db_exec(d,
	               "PRAGMA synchronous = FULL;"
	               "PRAGMA cache_size = -" WRITER_CACHE ";"
	               "PRAGMA journal_size_limit = " WAL_KEEP ";",
	               e);
}

static int open_reading(struct db *d, struct err *e)
{
	if (open_handle(d, SQLITE_OPEN_READONLY, e) != 0)
		return -1;
	(void)sqlite3_db_config(d->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
	                        NULL);
	return db_exec(d, "PRAGMA query_only = ON;", e);
}

static struct db *fresh(const char *path)
{
	struct db *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(path);
	return d;
}

int db_open(struct db **out, const char *path, struct err *e)
{
	SCOPED(db_close)
	struct db *d = fresh(path);

	if (allowed(DB_OPEN, path, e) != 0)
		return -1;
	/* Ours to make, so that nobody else can read it; SQLite gives its
	 * side files the same mode. */
	if (!fs_exists(path) && fs_create(path, "", 0, 0600, e) != 0)
		return -1;
	if (open_writing(d, e) != 0)
		return -1;
	*out = MOVE(d);
	return 0;
}

int db_open_readonly(struct db **out, const char *path, struct err *e)
{
	SCOPED(db_close)
	struct db *d = fresh(path);

	if (allowed(DB_OPEN, path, e) != 0)
		return -1;
	if (!fs_exists(path))
		return err_set(e, ERR_NOT_FOUND, "%s: there is no database",
		               path);
	if (open_reading(d, e) != 0)
		return -1;
	*out = MOVE(d);
	return 0;
}

void db_close(struct db *d)
{
	if (d == NULL)
		return;
	/* What a failed flush left is for the next opening to judge. */
	if (d->unsure)
		(void)sqlite3_db_config(d->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		                        1, NULL);
	(void)sqlite3_close_v2(d->h);
	free(d->path);
	free(d);
}

const char *db_path(const struct db *d)
{
	return d->path;
}

int db_quick_check(struct db *d, struct err *e)
{
	char found[200];

	if (ask_text(d, found, sizeof(found), "PRAGMA quick_check(1)", e) != 0)
		return -1;
	if (strcmp(found, "ok") != 0)
		return err_code(e, ERR_IO, "db_corrupt",
		                "%s: is damaged: %s; restore a backup", d->path,
		                found);
	return 0;
}

int db_has_table(bool *out, struct db *d, const char *name, struct err *e)
{
	SCOPED(db_stmt_free)
	struct db_stmt *q = NULL;
	int got;

	if (db_prepare(&q, d, "tables",
	               "SELECT 1 FROM sqlite_schema WHERE type = 'table' "
	               "AND ($1 IS NULL OR name = $1) LIMIT 1",
	               e) != 0)
		return -1;
	db_bind_text(q, 1, name);
	got = db_step(q, e);
	*out = got == 1;
	return got < 0 ? -1 : 0;
}

int db_begin(struct db *d, struct err *e)
{
	const char *text = "BEGIN IMMEDIATE";

	if (d->begun)
		return err_set(e, ERR_INTERNAL,
		               "%s: a transaction is open already", d->path);
	if (usable(d, e) != 0 || allowed(DB_BEGIN, "begin", e) != 0 ||
	    exec_one(d, &text, e) != 0)
		return -1;
	d->begun = true;
	return 0;
}

void db_rollback(struct db *d)
{
	d->begun = false;
	if (sqlite3_get_autocommit(d->h))
		return;
	statements++;
	/* Whatever it answers, the log holds no commit. */
	(void)sqlite3_exec(d->h, "ROLLBACK", NULL, NULL, NULL);
}

bool db_in_transaction(const struct db *d)
{
	return d->begun;
}

static int commit(struct db *d, struct err *e)
{
	const char *text = "COMMIT";

	if (!d->begun)
		return err_set(e, ERR_INTERNAL, "%s: no transaction is open",
		               d->path);
	if (usable(d, e) != 0 || allowed(DB_COMMIT, "commit", e) != 0)
		return -1;
	return exec_one(d, &text, e);
}

int db_commit(struct db *d, struct err *e)
{
	commits++;
	if (commit(d, e) != 0) {
		db_rollback(d);
		return -1;
	}
	d->begun = false;
	if (allowed(DB_LANDED, "commit", e) != 0) {
		d->unsure = true;
		return -1;
	}
	return 0;
}

/* "$12" is 12; 0 for anything else. */
static int number_of(const char *name)
{
	int64_t n = 0;

	if (name == NULL || name[0] != '$' ||
	    num_i64(&n, name + 1, 1, PARAMS_MAX, name, NULL) != 0)
		return 0;
	return (int)n;
}

/* SQLite numbers parameters by first appearance, not by their names. */
static int map_parameters(struct db_stmt *q, struct err *e)
{
	int count = sqlite3_bind_parameter_count(q->h);

	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(q->h, i);
		int n = number_of(name);

		if (n == 0 || n > count)
			return err_set(e, ERR_INTERNAL,
			               "%s: parameter %s, $1 to $%d are needed "
			               "without a gap",
			               q->what, name != NULL ? name : "?",
			               count);
		q->index[n] = i;
	}
	return 0;
}

int db_prepare(struct db_stmt **out, struct db *d, const char *what,
               const char *sql, struct err *e)
{
	SCOPED(db_stmt_free)
	struct db_stmt *q = xcalloc(1, sizeof(*q));
	const char *rest = NULL;
	int rc;

	q->d = d;
	q->what = what;
	rc = sqlite3_prepare_v3(d->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->h,
	                        &rest);
	if (rc != SQLITE_OK)
		return fail(d, rc, what, e);
	if (q->h == NULL || rest[strspn(rest, " \t\n")] != '\0')
		return err_set(e, ERR_INTERNAL,
		               "%s: exactly one statement is needed", what);
	if (map_parameters(q, e) != 0)
		return -1;
	*out = MOVE(q);
	return 0;
}

void db_stmt_free(struct db_stmt *q)
{
	if (q == NULL)
		return;
	(void)sqlite3_finalize(q->h);
	free(q);
}

static void refuse(struct db_stmt *q, enum err_kind kind, const char *text)
{
	if (!q->refused)
		(void)err_set(&q->why, kind, "%s: %s", q->what, text);
	q->refused = true;
}

void db_bind_refuse(struct db_stmt *q, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	refuse(q, ERR_INVALID, text);
}

/* SQLite's index of $n; 0, which every bind refuses, when there is none. */
static int place(const struct db_stmt *q, int n)
{
	return n >= 1 && n <= PARAMS_MAX ? q->index[n] : 0;
}

static void bound(struct db_stmt *q, int n, int rc)
{
	char text[64];

	if (rc == SQLITE_OK)
		return;
	(void)snprintf(text, sizeof(text), "parameter $%d: %s", n,
	               q->active ? "rows are still read" : sqlite3_errstr(rc));
	refuse(q, ERR_INTERNAL, text);
}

void db_bind_i64(struct db_stmt *q, int n, int64_t v)
{
	bound(q, n, sqlite3_bind_int64(q->h, place(q, n), v));
}

void db_bind_text(struct db_stmt *q, int n, const char *text)
{
	bound(q, n,
	      sqlite3_bind_text(q->h, place(q, n), text, -1, SQLITE_STATIC));
}

void db_bind_blob(struct db_stmt *q, int n, const void *bytes, size_t len)
{
	bound(q, n,
	      sqlite3_bind_blob64(q->h, place(q, n), bytes, len,
	                          SQLITE_STATIC));
}

void db_bind_copy(struct db_stmt *q, int n, const void *bytes, size_t len)
{
	bound(q, n,
	      sqlite3_bind_blob64(q->h, place(q, n), bytes, len,
	                          SQLITE_TRANSIENT));
}

void db_bind_null(struct db_stmt *q, int n)
{
	bound(q, n, sqlite3_bind_null(q->h, place(q, n)));
}

void db_done(struct db_stmt *q)
{
	(void)sqlite3_reset(q->h);
	(void)sqlite3_clear_bindings(q->h);
	q->active = false;
	q->refused = false;
}

static int begin_step(struct db_stmt *q, struct err *e)
{
	if (!q->active)
		statements++;
	if (q->refused)
		return err_set(e, q->why.kind, "%s", q->why.msg);
	if (usable(q->d, e) != 0)
		return -1;
	return allowed(DB_STEP, q->what, e);
}

int db_step(struct db_stmt *q, struct err *e)
{
	int rc, result = 0;

	if (begin_step(q, e) != 0) {
		db_done(q);
		return -1;
	}
	rc = sqlite3_step(q->h);
	if (rc == SQLITE_ROW) {
		q->active = true;
		return 1;
	}
	if (rc != SQLITE_DONE)
		result = fail(q->d, rc, q->what, e);
	db_done(q);
	return result;
}

int db_run(struct db_stmt *q, struct err *e)
{
	int got;

	do
		got = db_step(q, e);
	while (got == 1);
	return got;
}

int64_t db_changed(const struct db *d)
{
	return sqlite3_changes64(d->h);
}

int64_t db_col_i64(struct db_stmt *q, int i)
{
	return sqlite3_column_int64(q->h, i);
}

/* Out of memory shows as a NULL that the row does not hold. */
static void col_check(struct db_stmt *q, int i, const void *p)
{
	if (p == NULL && sqlite3_column_type(q->h, i) != SQLITE_NULL &&
	    sqlite3_column_bytes(q->h, i) > 0)
		refuse(q, ERR_MEMORY, "no memory for a column");
}

const char *db_col_text(struct db_stmt *q, int i)
{
	const void *p = sqlite3_column_text(q->h, i);

	col_check(q, i, p);
	return p != NULL ? p : "";
}

const void *db_col_blob(struct db_stmt *q, int i, size_t *len)
{
	const void *p = sqlite3_column_blob(q->h, i);

	col_check(q, i, p);
	*len = p != NULL ? (size_t)sqlite3_column_bytes(q->h, i) : 0;
	return p;
}

int db_checkpoint(struct db_checkpoint *out, struct db *d, struct err *e)
{
	int pages = 0, moved = 0, rc;

	*out = (struct db_checkpoint){0};
	if (usable(d, e) != 0 || allowed(DB_CHECKPOINT, "checkpoint", e) != 0)
		return -1;
	rc = sqlite3_wal_checkpoint_v2(d->h, NULL, SQLITE_CHECKPOINT_PASSIVE,
	                               &pages, &moved);
	if (rc == SQLITE_BUSY)
		return 0; /* somebody's backup: next time */
	if (rc != SQLITE_OK)
		return fail(d, rc, "checkpoint", e);
	out->wal_pages = pages;
	out->moved_pages = moved;
	return 0;
}
