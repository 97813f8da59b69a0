#include "config.h"

#include "server/store/tokens.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <string.h>

enum { ADD, FIND, FIND_ID, REVOKE, PAGE };

#define COLUMNS \
	"key, id, hash, name, scopes, expires_ms, created_ms, revoked_ms"

static const struct ask_sql sql[] = {
	[ADD] = {"tokens.add",
                 "INSERT INTO tokens (id, hash, name, scopes, expires_ms, "
                 "created_ms, revoked_ms) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING key"},
	[FIND] = {"tokens.find",
                  "SELECT " COLUMNS " FROM tokens WHERE hash = $1"},
	[FIND_ID] = {"tokens.find_id",
                     "SELECT " COLUMNS " FROM tokens WHERE id = $1"},
	[REVOKE] = {"tokens.revoke",
                    "UPDATE tokens SET revoked_ms = coalesce(revoked_ms, $2) "
                    "WHERE id = $1"},
	[PAGE] = {"tokens.page",
                  "SELECT " COLUMNS " FROM tokens WHERE key > $1 "
                  "ORDER BY key LIMIT $2"},
};
const struct ask_table tokens_table = ASK_TABLE(sql);

static void read_row(struct token_row *out, struct db_stmt *q)
{
	size_t len = 0;
	const void *hash = db_col_blob(q, 2, &len);

	*out = (struct token_row){0};
	out->key = db_col_i64(q, 0);
	ask_col_text(out->id, sizeof(out->id), q, 1);
	if (len == sizeof(out->hash))
		memcpy(out->hash, hash, len);
	ask_col_text(out->name, sizeof(out->name), q, 3);
	ask_col_text(out->scopes, sizeof(out->scopes), q, 4);
	out->expires_ms = db_col_i64(q, 5);
	out->created_ms = db_col_i64(q, 6);
	out->revoked_ms = db_col_i64(q, 7);
}

int tokens_add(int64_t *out, struct store *s, const struct token_row *t,
               struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TOKENS, ADD);

	db_bind_text(q, 1, t->id);
	db_bind_blob(q, 2, t->hash, sizeof(t->hash));
	db_bind_text(q, 3, t->name);
	db_bind_text(q, 4, t->scopes);
	db_bind_i64(q, 5, t->expires_ms);
	db_bind_i64(q, 6, t->created_ms);
	ask_bind_when(q, 7, t->revoked_ms);
	return ask_insert(out, q, e);
}

static int find(struct token_row *out, struct db_stmt *q, const char *name,
                struct err *e)
{
	if (ask_first(q, "operator token", name, e) != 0)
		return -1;
	read_row(out, q);
	db_done(q);
	return 0;
}

int tokens_find(struct token_row *out, struct store *s,
                const uint8_t hash[TOKEN_HASH_SIZE], struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TOKENS, FIND);

	db_bind_blob(q, 1, hash, TOKEN_HASH_SIZE);
	return find(out, q, "given", e);
}

int tokens_find_id(struct token_row *out, struct store *s, const char *id,
                   struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TOKENS, FIND_ID);

	db_bind_text(q, 1, id);
	return find(out, q, id, e);
}

int tokens_revoke(struct store *s, const char *id, int64_t at_ms, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TOKENS, REVOKE);

	db_bind_text(q, 1, id);
	db_bind_i64(q, 2, at_ms);
	return ask_change(s, q, "operator token", id, e);
}

int tokens_page(struct store *s, int64_t after, int64_t limit, tokens_fn *fn,
                void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TOKENS, PAGE);
	struct token_row t;
	int got;

	db_bind_i64(q, 1, after);
	ask_bind_limit(q, 2, limit);
	while ((got = db_step(q, e)) == 1) {
		read_row(&t, q);
		if (fn(ctx, &t, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
