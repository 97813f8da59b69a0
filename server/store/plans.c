#include "config.h"

#include "server/store/plans.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>
#include <stdio.h>

enum { SAME, ADD, RELIST, FIND, RETIRE, OF_ID };

#define COLUMNS                                 \
	"key, product, id, rev, path, sha256, " \
	"published_ms, retired_ms, bytes"

static const struct ask_sql sql[] = {
	[SAME] = {"plans.same",
                  "SELECT bytes = $2, key FROM plans WHERE path = $1"},
	[ADD] = {"plans.add",
                 "INSERT INTO plans (path, product, id, rev, sha256, "
                 "published_ms, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                 "RETURNING key"},
	[RELIST] = {"plans.relist",
                    "UPDATE plans SET retired_ms = NULL WHERE key = $1"},
	[FIND] = {"plans.find",
                  "SELECT " COLUMNS " FROM plans WHERE path = $1"},
	[RETIRE] = {"plans.retire",
                    "UPDATE plans SET retired_ms = coalesce(retired_ms, $2) "
                    "WHERE path = $1"},
	[OF_ID] = {"plans.of_id",
                   "SELECT " COLUMNS " FROM plans WHERE product = $1 "
                   "AND id = $2 ORDER BY rev"},
};
const struct ask_table plans_table = ASK_TABLE(sql);

static int relist(struct store *s, int64_t key, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PLANS, RELIST);

	db_bind_i64(q, 1, key);
	return db_run(q, e);
}

static int add(int64_t *out, struct store *s, const struct plan_row *p,
               struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PLANS, ADD);

	db_bind_text(q, 1, p->path);
	db_bind_text(q, 2, p->product);
	db_bind_text(q, 3, p->id);
	db_bind_i64(q, 4, p->rev);
	ask_bind_sha256(q, 5, p->sha256);
	db_bind_i64(q, 6, p->published_ms);
	db_bind_blob(q, 7, p->bytes, p->len);
	return ask_insert(out, q, e);
}

int plans_add(int64_t *out, struct store *s, const struct plan_row *p,
              struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PLANS, SAME);
	int64_t key = 0;
	bool same = false;
	int got;

	db_bind_text(q, 1, p->path);
	db_bind_blob(q, 2, p->bytes, p->len);
	got = db_step(q, e);
	if (got < 0)
		return -1;
	if (got == 0)
		return add(out, s, p, e);
	same = db_col_i64(q, 0) != 0;
	key = db_col_i64(q, 1);
	db_done(q);
	if (!same)
		return err_code(e, ERR_CONFLICT, "path_reused",
		                "%s: was published with other bytes, a new "
		                "revision is needed",
		                p->path);
	if (out != NULL)
		*out = key;
	return relist(s, key, e);
}

static void read_row(struct plan_row *out, struct db_stmt *q)
{
	*out = (struct plan_row){0};
	out->key = db_col_i64(q, 0);
	ask_col_text(out->product, sizeof(out->product), q, 1);
	ask_col_text(out->id, sizeof(out->id), q, 2);
	out->rev = db_col_i64(q, 3);
	ask_col_text(out->path, sizeof(out->path), q, 4);
	ask_col_sha256(out->sha256, q, 5);
	out->published_ms = db_col_i64(q, 6);
	out->retired_ms = db_col_i64(q, 7);
}

static int find(struct plan_row *out, struct buf *bytes, struct db_stmt *q,
                const char *name, struct err *e)
{
	int result;

	if (ask_first(q, "plan", name, e) != 0)
		return -1;
	read_row(out, q);
	result = ask_col_buf(bytes, q, 8, name, e);
	db_done(q);
	return result;
}

int plans_find(struct plan_row *out, struct buf *bytes, struct store *s,
               const char *path, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PLANS, FIND);

	db_bind_text(q, 1, path);
	return find(out, bytes, q, path, e);
}

int plans_retire(struct store *s, const char *path, int64_t at_ms,
                 struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PLANS, RETIRE);

	db_bind_text(q, 1, path);
	db_bind_i64(q, 2, at_ms);
	return ask_change(s, q, "plan", path, e);
}

static int each(struct db_stmt *q, plans_fn *fn, void *ctx, struct err *e)
{
	struct plan_row p;
	int got;

	while ((got = db_step(q, e)) == 1) {
		read_row(&p, q);
		p.bytes = db_col_blob(q, 8, &p.len);
		if (fn(ctx, &p, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int plans_of_id(struct store *s, const char *product, const char *id,
                plans_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PLANS, OF_ID);

	db_bind_text(q, 1, product);
	db_bind_text(q, 2, id);
	return each(q, fn, ctx, e);
}
