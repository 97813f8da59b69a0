#include "config.h"

#include "server/store/releases.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { SAME, ADD, RELIST, RETIRE };

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
	[RETIRE] = {"releases.retire",
                    "UPDATE releases SET retired_ms = coalesce(retired_ms, $2) "
                    "WHERE path = $1"},
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

int releases_retire(struct store *s, const char *path, int64_t at_ms,
                    struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_RELEASES, RETIRE);

	db_bind_text(q, 1, path);
	db_bind_i64(q, 2, at_ms);
	return ask_change(s, q, "release", path, e);
}
