#include "config.h"

#include "server/store/migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHECKSUM_SIZE 17 /* 64 bits in hex, and the NUL */

/* Plain SQL that every database takes, so that this file need not know which
 * one it speaks to. */
static const char make_table[] = "CREATE TABLE IF NOT EXISTS migrations ("
				 " number INTEGER NOT NULL PRIMARY KEY,"
				 " name TEXT NOT NULL,"
				 " checksum TEXT NOT NULL,"
				 " applied_ms BIGINT NOT NULL)";

/* FNV-1a: it has to notice a slip of an editor, not an attacker. */
static void checksum_of(char out[CHECKSUM_SIZE], const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	(void)snprintf(out, CHECKSUM_SIZE, "%016" PRIx64, h);
}

/* One applied step against ours; at is its place from 0. */
static int compare(const struct db *d, struct db_stmt *q, size_t at,
                   const struct migration *table, size_t n, struct err *e)
{
	int64_t number = db_col_i64(q, 0);
	const char *name = db_col_text(q, 1);
	char sum[CHECKSUM_SIZE];

	if (at >= n)
		return err_code(e, ERR_CONFLICT, "schema_from_the_future",
		                "%s: has schema step %" PRId64
		                " (%s), this program knows %zu; a newer "
		                "program is needed",
		                db_path(d), number, name, n);
	checksum_of(sum, table[at].sql);
	if (number != table[at].number || strcmp(name, table[at].name) != 0 ||
	    strcmp(db_col_text(q, 2), sum) != 0)
		return err_code(e, ERR_CONFLICT, "migration_changed",
		                "%s: schema step %" PRId64
		                " (%s) is not the %s of this program",
		                db_path(d), number, name, table[at].name);
	return 0;
}

/* How many of the steps were run; 0 for an empty database. */
static int count_applied(size_t *out, struct db *d,
                         const struct migration *table, size_t n, struct err *e)
{
	SCOPED(db_stmt_free)
	struct db_stmt *q = NULL;
	bool any = false, ours = false;
	int got;

	*out = 0;
	if (db_has_table(&any, d, NULL, e) != 0 ||
	    db_has_table(&ours, d, "migrations", e) != 0)
		return -1;
	if (!any)
		return 0;
	if (!ours)
		return err_code(e, ERR_CONFLICT, "not_ours",
		                "%s: is a database of another program",
		                db_path(d));
	if (db_prepare(&q, d, "migrations.list",
	               "SELECT number, name, checksum FROM migrations "
	               "ORDER BY number",
	               e) != 0)
		return -1;
	while ((got = db_step(q, e)) == 1)
		if (compare(d, q, (*out)++, table, n, e) != 0)
			return -1;
	return got;
}

static int remember(struct db *d, const struct migration *m, int64_t now_ms,
                    struct err *e)
{
	SCOPED(db_stmt_free)
	struct db_stmt *q = NULL;
	char sum[CHECKSUM_SIZE];

	if (db_prepare(&q, d, "migrations.add",
	               "INSERT INTO migrations "
	               "(number, name, checksum, applied_ms) "
	               "VALUES ($1, $2, $3, $4)",
	               e) != 0)
		return -1;
	checksum_of(sum, m->sql);
	db_bind_i64(q, 1, m->number);
	db_bind_text(q, 2, m->name);
	db_bind_text(q, 3, sum);
	db_bind_i64(q, 4, now_ms);
	return db_run(q, e);
}

static int apply(struct db *d, const struct migration *m, int64_t now_ms,
                 struct err *e)
{
	if (db_begin(d, e) != 0)
		return -1;
	if (db_exec(d, make_table, e) != 0 || db_exec(d, m->sql, e) != 0 ||
	    remember(d, m, now_ms, e) != 0) {
		db_rollback(d);
		return -1;
	}
	return db_commit(d, e);
}

int migrate_up(struct db *d, const struct migration *table, size_t n,
               const struct clock *clock, struct err *e)
{
	size_t done = 0;

	if (count_applied(&done, d, table, n, e) != 0)
		return -1;
	for (; done < n; done++)
		if (apply(d, &table[done], clock_utc_ms(clock), e) != 0) {
			err_context(e, "%s: schema step %s", db_path(d),
			            table[done].name);
			return -1;
		}
	return 0;
}

int migrate_check(struct db *d, const struct migration *table, size_t n,
                  struct err *e)
{
	size_t done = 0;

	if (count_applied(&done, d, table, n, e) != 0)
		return -1;
	if (done < n)
		return err_code(e, ERR_CONFLICT, "schema_too_old",
		                "%s: has %zu schema steps, %zu are needed; "
		                "start the server once",
		                db_path(d), done, n);
	return 0;
}
