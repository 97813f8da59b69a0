#include "config.h"

#include "server/store/batches.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ADD, FIND, FIND_ID, FIND_KEY, TAKE, QUARANTINE, PAGE };

#define COLUMNS                                                        \
	"key, id, token_hash, product, hw, regions, channels, quota, " \
	"used, expires_ms, quarantined_ms, created_by, created_ms"

static const struct ask_sql sql[] = {
	[ADD] = {"batches.add",
                 "INSERT INTO batches (id, token_hash, product, hw, regions, "
                 "channels, quota, expires_ms, created_by, created_ms) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                 "RETURNING key"},
	[FIND] = {"batches.find",
                  "SELECT " COLUMNS " FROM batches WHERE token_hash = $1"},
	[FIND_ID] = {"batches.find_id",
                     "SELECT " COLUMNS " FROM batches WHERE id = $1"},
	[FIND_KEY] = {"batches.find_key",
                      "SELECT " COLUMNS " FROM batches WHERE key = $1"},
	[TAKE] = {"batches.take", "UPDATE batches SET used = used + 1 "
                                  "WHERE key = $1 AND used < quota"},
	[QUARANTINE] = {"batches.quarantine",
                        "UPDATE batches SET quarantined_ms = $2 WHERE id = $1"},
	[PAGE] = {"batches.page",
                  "SELECT " COLUMNS " FROM batches WHERE key > $1 "
                  "ORDER BY key LIMIT $2"},
};
const struct ask_table batches_table = ASK_TABLE(sql);

static void read_row(struct batch_row *out, struct db_stmt *q)
{
	size_t len = 0;
	const void *hash = db_col_blob(q, 2, &len);

	*out = (struct batch_row){0};
	out->key = db_col_i64(q, 0);
	ask_col_text(out->id, sizeof(out->id), q, 1);
	if (len == sizeof(out->token_hash))
		memcpy(out->token_hash, hash, len);
	ask_col_text(out->product, sizeof(out->product), q, 3);
	ask_col_text(out->hw, sizeof(out->hw), q, 4);
	ask_col_text(out->regions, sizeof(out->regions), q, 5);
	ask_col_text(out->channels, sizeof(out->channels), q, 6);
	out->quota = db_col_i64(q, 7);
	out->used = db_col_i64(q, 8);
	out->expires_ms = db_col_i64(q, 9);
	out->quarantined_ms = db_col_i64(q, 10);
	ask_col_text(out->created_by, sizeof(out->created_by), q, 11);
	out->created_ms = db_col_i64(q, 12);
}

int batches_add(int64_t *out, struct store *s, const struct batch_row *b,
                struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BATCHES, ADD);

	db_bind_text(q, 1, b->id);
	db_bind_blob(q, 2, b->token_hash, sizeof(b->token_hash));
	db_bind_text(q, 3, b->product);
	db_bind_text(q, 4, b->hw);
	db_bind_text(q, 5, b->regions);
	db_bind_text(q, 6, b->channels);
	db_bind_i64(q, 7, b->quota);
	db_bind_i64(q, 8, b->expires_ms);
	db_bind_text(q, 9, b->created_by);
	db_bind_i64(q, 10, b->created_ms);
	return ask_insert(out, q, e);
}

static int find(struct batch_row *out, struct db_stmt *q, const char *name,
                struct err *e)
{
	if (ask_first(q, "batch", name, e) != 0)
		return -1;
	read_row(out, q);
	db_done(q);
	return 0;
}

int batches_find(struct batch_row *out, struct store *s,
                 const uint8_t token_hash[BATCH_HASH_SIZE], struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BATCHES, FIND);

	db_bind_blob(q, 1, token_hash, BATCH_HASH_SIZE);
	return find(out, q, "of the given token", e);
}

int batches_find_id(struct batch_row *out, struct store *s, const char *id,
                    struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BATCHES, FIND_ID);

	db_bind_text(q, 1, id);
	return find(out, q, id, e);
}

int batches_find_key(struct batch_row *out, struct store *s, int64_t key,
                     struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BATCHES, FIND_KEY);
	char name[24];

	db_bind_i64(q, 1, key);
	(void)snprintf(name, sizeof(name), "%" PRId64, key);
	return find(out, q, name, e);
}

int batches_take(struct store *s, int64_t key, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BATCHES, TAKE);

	db_bind_i64(q, 1, key);
	if (db_run(q, e) != 0)
		return -1;
	if (db_changed(s->db) == 0)
		return err_code(e, ERR_FORBIDDEN, "quota_used",
		                "batch #%" PRId64
		                ": has no place left, a new batch is needed",
		                key);
	return 0;
}

int batches_quarantine(struct store *s, const char *id, int64_t since_ms,
                       struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BATCHES, QUARANTINE);

	db_bind_text(q, 1, id);
	ask_bind_when(q, 2, since_ms);
	return ask_change(s, q, "batch", id, e);
}

int batches_page(struct store *s, int64_t after, int64_t limit, batches_fn *fn,
                 void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_BATCHES, PAGE);
	struct batch_row b;
	int got;

	db_bind_i64(q, 1, after);
	ask_bind_limit(q, 2, limit);
	while ((got = db_step(q, e)) == 1) {
		read_row(&b, q);
		if (fn(ctx, &b, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
