#include "config.h"

#include "server/store/metadata.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>
#include <stdio.h>

enum { SAME, ADD, FIND, HIGHEST, EACH, ROLES };

#define SELECT                                                         \
	"SELECT role, version, sha256, expires_ms, created_ms, bytes " \
	"FROM metadata WHERE role = $1 "

static const struct ask_sql sql[] = {
	[SAME] = {"metadata.same", "SELECT bytes = $3 FROM metadata "
                                   "WHERE role = $1 AND version = $2"},
	[ADD] = {"metadata.add",
                 "INSERT INTO metadata (role, version, sha256, expires_ms, "
                 "created_ms, bytes) VALUES ($1, $2, $3, $4, $5, $6)"},
	[FIND] = {"metadata.find", SELECT "AND version = $2"},
	[EACH] = {"metadata.each", SELECT "ORDER BY version"},
	[ROLES] = {"metadata.roles",
                   "SELECT DISTINCT role FROM metadata ORDER BY role"},
	[HIGHEST] = {"metadata.highest", "SELECT coalesce(max(version), 0) "
                                         "FROM metadata WHERE role = $1"},
};
const struct ask_table metadata_table = ASK_TABLE(sql);

/* 1: issued with these bytes; 0: not issued; -1: refused. */
static int issued(struct store *s, const struct metadata_row *m, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_METADATA, SAME);
	int got;

	db_bind_text(q, 1, m->role);
	db_bind_i64(q, 2, m->version);
	db_bind_blob(q, 3, m->bytes, m->len);
	got = db_step(q, e);
	if (got != 1)
		return got;
	if (db_col_i64(q, 0) == 0)
		got = err_code(e, ERR_CONFLICT, "version_reused",
		               "%s: version %" PRId64 " was issued with other "
		               "bytes, a higher version is needed",
		               m->role, m->version);
	db_done(q);
	return got;
}

int metadata_add(struct store *s, const struct metadata_row *m, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_METADATA, ADD);
	int got = issued(s, m, e);

	if (got != 0)
		return got < 0 ? -1 : 0;
	db_bind_text(q, 1, m->role);
	db_bind_i64(q, 2, m->version);
	ask_bind_sha256(q, 3, m->sha256);
	db_bind_i64(q, 4, m->expires_ms);
	db_bind_i64(q, 5, m->created_ms);
	db_bind_blob(q, 6, m->bytes, m->len);
	return db_run(q, e);
}

void metadata_read_row(struct metadata_row *out, struct db_stmt *q)
{
	*out = (struct metadata_row){0};
	ask_col_text(out->role, sizeof(out->role), q, 0);
	out->version = db_col_i64(q, 1);
	ask_col_sha256(out->sha256, q, 2);
	out->expires_ms = db_col_i64(q, 3);
	out->created_ms = db_col_i64(q, 4);
	out->bytes = db_col_blob(q, 5, &out->len);
}

int metadata_find(struct metadata_row *out, struct buf *bytes, struct store *s,
                  const char *role, int64_t version, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_METADATA, FIND);
	char name[TUF_ROLE_MAX + 32];
	int result;

	(void)snprintf(name, sizeof(name), "%s version %" PRId64, role,
	               version);
	db_bind_text(q, 1, role);
	db_bind_i64(q, 2, version);
	if (ask_first(q, "metadata", name, e) != 0)
		return -1;
	metadata_read_row(out, q);
	out->bytes = NULL;
	out->len = 0;
	result = ask_col_buf(bytes, q, 5, role, e);
	db_done(q);
	return result;
}

int metadata_highest(int64_t *out, struct store *s, const char *role,
                     struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_METADATA, HIGHEST);

	db_bind_text(q, 1, role);
	if (ask_first(q, "metadata", role, e) != 0)
		return -1;
	*out = db_col_i64(q, 0);
	db_done(q);
	return 0;
}

int metadata_each(struct store *s, const char *role, metadata_fn *fn, void *ctx,
                  struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_METADATA, EACH);
	struct metadata_row m;
	int got;

	db_bind_text(q, 1, role);
	while ((got = db_step(q, e)) == 1) {
		metadata_read_row(&m, q);
		if (fn(ctx, &m, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int metadata_roles(struct store *s, metadata_role_fn *fn, void *ctx,
                   struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_METADATA, ROLES);
	char role[TUF_ROLE_MAX];
	int got;

	while ((got = db_step(q, e)) == 1) {
		ask_col_text(role, sizeof(role), q, 0);
		if (fn(ctx, role, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
