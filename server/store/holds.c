#include "config.h"

#include "server/store/holds.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>
#include <stdio.h>

enum { ADD, END, EACH };

static const struct ask_sql sql[] = {
	[ADD] = {"holds.add",
                 "INSERT INTO holds (rollout, hw, region, since_ms, text) "
                 "VALUES ($1, $2, $3, $4, $5)"},
	[END] = {"holds.end",
                 "UPDATE holds SET ended_ms = $4 WHERE rollout = $1 "
                 "AND hw = $2 AND region = $3 AND ended_ms IS NULL"},
	[EACH] = {"holds.each",
                  "SELECT rollout, hw, region, since_ms, text FROM holds "
                  "WHERE ended_ms IS NULL ORDER BY key"},
};
const struct ask_table holds_table = ASK_TABLE(sql);

int holds_add(struct store *s, const struct hold_row *h, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_HOLDS, ADD);

	db_bind_i64(q, 1, h->rollout);
	db_bind_text(q, 2, h->hw);
	db_bind_text(q, 3, h->region);
	db_bind_i64(q, 4, h->since_ms);
	db_bind_text(q, 5, h->text);
	return db_run(q, e);
}

int holds_end(struct store *s, int64_t rollout, const char *hw,
              const char *region, int64_t ended_ms, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_HOLDS, END);
	char name[200];

	(void)snprintf(name, sizeof(name), "%s/%s of rollout %" PRId64, hw,
	               region, rollout);
	db_bind_i64(q, 1, rollout);
	db_bind_text(q, 2, hw);
	db_bind_text(q, 3, region);
	db_bind_i64(q, 4, ended_ms);
	return ask_change(s, q, "hold", name, e);
}

int holds_each(struct store *s, holds_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_HOLDS, EACH);
	struct hold_row h;
	int got;

	while ((got = db_step(q, e)) == 1) {
		h.rollout = db_col_i64(q, 0);
		ask_col_text(h.hw, sizeof(h.hw), q, 1);
		ask_col_text(h.region, sizeof(h.region), q, 2);
		h.since_ms = db_col_i64(q, 3);
		h.text = db_col_text(q, 4);
		if (fn(ctx, &h, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
