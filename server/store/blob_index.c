#include "config.h"

#include "server/store/blob_index.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>

enum { ADD, FIND, EACH };

#define COLUMNS "sha256, length, first_seen_ms"

static const struct ask_sql sql[] = {
	[ADD] = {"blob_index.add",
                 "INSERT INTO blobs (sha256, length, first_seen_ms) "
                 "VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING"},
	[FIND] = {"blob_index.find",
                  "SELECT " COLUMNS " FROM blobs WHERE sha256 = $1"},
	[EACH] = {"blob_index.each",
                  "SELECT " COLUMNS " FROM blobs ORDER BY sha256"},
};
const struct ask_table blob_index_table = ASK_TABLE(sql);

static void read_row(struct blob_row *out, struct db_stmt *q)
{
	ask_col_sha256(out->sha256, q, 0);
	out->length = db_col_i64(q, 1);
	out->first_seen_ms = db_col_i64(q, 2);
}

int blob_index_find(struct blob_row *out, struct store *s, const char *sha256,
                    struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BLOB_INDEX, FIND);

	ask_bind_sha256(q, 1, sha256);
	if (ask_first(q, "blob", sha256, e) != 0)
		return -1;
	read_row(out, q);
	db_done(q);
	return 0;
}

int blob_index_add(struct store *s, const struct blob_row *b, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BLOB_INDEX, ADD);
	struct blob_row known;

	ask_bind_sha256(q, 1, b->sha256);
	db_bind_i64(q, 2, b->length);
	db_bind_i64(q, 3, b->first_seen_ms);
	if (db_run(q, e) != 0)
		return -1;
	if (db_changed(s->db) > 0)
		return 0;
	if (blob_index_find(&known, s, b->sha256, e) != 0)
		return -1;
	if (known.length != b->length)
		return err_set(e, ERR_CONFLICT,
		               "blob %s: has %" PRId64 " bytes, not %" PRId64,
		               b->sha256, known.length, b->length);
	return 0;
}

int blob_index_each(struct store *s, blob_index_fn *fn, void *ctx,
                    struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BLOB_INDEX, EACH);
	struct blob_row b;
	int got;

	while ((got = db_step(q, e)) == 1) {
		read_row(&b, q);
		if (fn(ctx, &b, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
