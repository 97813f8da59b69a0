#include "config.h"

#include "server/store/releases.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { SAME, ADD, RELIST, FIND, RETIRE, EACH, PAGE };

#define COLUMNS                                         \
	"key, product, version, path, sha256, length, " \
	"published_ms, retired_ms, custom"

static const struct ask_sql sql[] = {
	[SAME] = {"releases.same",
                  "SELECT product = $2 AND version = $3 AND sha256 = $4 "
                  "AND length = $5 AND custom = $6 "
                  "FROM releases WHERE path = $1"},
	[ADD] = {"releases.add",
                 "INSERT INTO releases (path, product, version, sha256, "
                 "length, custom, published_ms) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7)"},
	[RELIST] = {"releases.relist",
                    "UPDATE releases SET retired_ms = NULL WHERE path = $1"},
	[FIND] = {"releases.find",
                  "SELECT " COLUMNS " FROM releases WHERE path = $1"},
	[RETIRE] = {"releases.retire",
                    "UPDATE releases SET retired_ms = coalesce(retired_ms, $2) "
                    "WHERE path = $1"},
	[EACH] = {"releases.each", "SELECT " COLUMNS " FROM releases "
                                   "WHERE retired_ms IS NULL ORDER BY key"},
	[PAGE] = {"releases.page",
                  "SELECT " COLUMNS " FROM releases WHERE key < $1 "
                  "AND ($2 IS NULL OR product = $2) "
                  "ORDER BY key DESC LIMIT $3"},
};
const struct ask_table releases_table = ASK_TABLE(sql);

static void bind_content(struct db_stmt *q, const struct release_row *r)
{
	db_bind_text(q, 1, r->path);
	db_bind_text(q, 2, r->product);
	db_bind_text(q, 3, r->version);
	ask_bind_sha256(q, 4, r->sha256);
	db_bind_i64(q, 5, r->length);
	db_bind_text(q, 6, r->custom);
}

int releases_add(struct store *s, const struct release_row *r, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_RELEASES, SAME);
	int got, same;

	bind_content(q, r);
	got = db_step(q, e);
	if (got < 0)
		return -1;
	same = got == 1 && db_col_i64(q, 0) != 0;
	db_done(q);
	if (got == 1 && !same)
		return err_code(e, ERR_CONFLICT, "path_reused",
		                "%s: was published with other bytes or "
		                "another manifest, a new path is needed",
		                r->path);
	q = ask(s, NOUN_RELEASES, same ? RELIST : ADD);
	if (same) {
		db_bind_text(q, 1, r->path);
	} else {
		bind_content(q, r);
		db_bind_i64(q, 7, r->published_ms);
	}
	return db_run(q, e);
}

static void read_row(struct release_row *out, struct db_stmt *q)
{
	*out = (struct release_row){0};
	out->key = db_col_i64(q, 0);
	ask_col_text(out->product, sizeof(out->product), q, 1);
	ask_col_text(out->version, sizeof(out->version), q, 2);
	ask_col_text(out->path, sizeof(out->path), q, 3);
	ask_col_sha256(out->sha256, q, 4);
	out->length = db_col_i64(q, 5);
	out->published_ms = db_col_i64(q, 6);
	out->retired_ms = db_col_i64(q, 7);
}

int releases_find(struct release_row *out, struct buf *custom, struct store *s,
                  const char *path, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_RELEASES, FIND);
	int result;

	db_bind_text(q, 1, path);
	if (ask_first(q, "release", path, e) != 0)
		return -1;
	read_row(out, q);
	result = ask_col_buf(custom, q, 8, path, e);
	db_done(q);
	return result;
}

int releases_retire(struct store *s, const char *path, int64_t at_ms,
                    struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_RELEASES, RETIRE);

	db_bind_text(q, 1, path);
	db_bind_i64(q, 2, at_ms);
	return ask_change(s, q, "release", path, e);
}

static int each(struct db_stmt *q, releases_fn *fn, void *ctx, struct err *e)
{
	struct release_row r;
	int got;

	while ((got = db_step(q, e)) == 1) {
		read_row(&r, q);
		r.custom = db_col_text(q, 8);
		if (fn(ctx, &r, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int releases_each(struct store *s, releases_fn *fn, void *ctx, struct err *e)
{
	return each(ask(s, NOUN_RELEASES, EACH), fn, ctx, e);
}

int releases_page(struct store *s, const char *product, int64_t before,
                  int64_t limit, releases_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_RELEASES, PAGE);

	ask_bind_before(q, 1, before);
	ask_bind_any(q, 2, product);
	ask_bind_limit(q, 3, limit);
	return each(q, fn, ctx, e);
}
