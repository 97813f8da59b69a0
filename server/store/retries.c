#include "config.h"

#include "server/store/retries.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { ASK, EACH };

static const struct ask_sql sql[] = {
	[ASK] = {"retries.ask",
                 "INSERT INTO retries (rollout, cell, asked_ms) "
                 "VALUES ($1, $2, $3) ON CONFLICT (rollout, cell) "
                 "DO UPDATE SET asked_ms = excluded.asked_ms"},
	[EACH] = {"retries.each", "SELECT cell, asked_ms FROM retries "
                                  "WHERE rollout = $1 ORDER BY cell"},
};
const struct ask_table retries_table = ASK_TABLE(sql);

int retries_ask(struct store *s, int64_t rollout, int cell, int64_t at_ms,
                struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_RETRIES, ASK);

	db_bind_i64(q, 1, rollout);
	db_bind_i64(q, 2, cell);
	db_bind_i64(q, 3, at_ms);
	return db_run(q, e);
}

int retries_each(struct store *s, int64_t rollout, retries_fn *fn, void *ctx,
                 struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_RETRIES, EACH);
	int got;

	db_bind_i64(q, 1, rollout);
	while ((got = db_step(q, e)) == 1)
		fn(ctx, (int)db_col_i64(q, 0), db_col_i64(q, 1));
	return got;
}
