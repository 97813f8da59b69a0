#include "config.h"

#include "server/store/halts.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { FIND, ADD, EACH, OF_PLAN, NEED };

#define SELECT                                                      \
	"SELECT h.key, h.rollout, p.rev, h.hw, h.region, h.at_ms, " \
	"h.by_hand, h.actor, h.evidence FROM halts h "              \
	"JOIN rollouts r ON r.key = h.rollout JOIN plans p ON p.key = r.plan "

static const struct ask_sql sql[] = {
	[FIND] = {"halts.find", "SELECT key FROM halts WHERE rollout = $1 "
                                "AND hw = $2 AND region = $3"},
	[ADD] = {"halts.add",
                 "INSERT INTO halts (rollout, hw, region, at_ms, by_hand, "
                 "actor, evidence) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                 "RETURNING key"},
	[EACH] = {"halts.each", SELECT "ORDER BY h.key"},
	[OF_PLAN] = {"halts.of_plan",
                     SELECT "WHERE p.product = $1 AND p.id = $2 "
                            "ORDER BY p.rev, h.key"},
	[NEED] = {"halts.need", "SELECT min(r.began_ms) FROM halts h "
                                "JOIN rollouts r ON r.key = h.rollout "
                                "WHERE h.at_ms > $1"},
};
const struct ask_table halts_table = ASK_TABLE(sql);

int halts_add(int64_t *out, struct store *s, const struct halt_row *h,
              struct err *e)
{
	struct db_stmt *find = ask(s, NOUN_HALTS, FIND);
	struct db_stmt *add = ask(s, NOUN_HALTS, ADD);
	int got;

	db_bind_i64(find, 1, h->rollout);
	db_bind_text(find, 2, h->hw);
	db_bind_text(find, 3, h->region);
	got = db_step(find, e);
	if (got < 0)
		return -1;
	if (got == 1) {
		if (out != NULL)
			*out = db_col_i64(find, 0);
		db_done(find);
		return 0;
	}
	db_bind_i64(add, 1, h->rollout);
	db_bind_text(add, 2, h->hw);
	db_bind_text(add, 3, h->region);
	db_bind_i64(add, 4, h->at_ms);
	db_bind_i64(add, 5, h->by_hand);
	db_bind_text(add, 6, h->actor);
	db_bind_text(add, 7, h->evidence);
	return ask_insert(out, add, e);
}

static int each(struct db_stmt *q, halts_fn *fn, void *ctx, struct err *e)
{
	struct halt_row h;
	int got;

	while ((got = db_step(q, e)) == 1) {
		h.key = db_col_i64(q, 0);
		h.rollout = db_col_i64(q, 1);
		h.rev = db_col_i64(q, 2);
		ask_col_text(h.hw, sizeof(h.hw), q, 3);
		ask_col_text(h.region, sizeof(h.region), q, 4);
		h.at_ms = db_col_i64(q, 5);
		h.by_hand = db_col_i64(q, 6) != 0;
		h.actor = db_col_text(q, 7);
		h.evidence = db_col_text(q, 8);
		if (fn(ctx, &h, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int halts_each(struct store *s, halts_fn *fn, void *ctx, struct err *e)
{
	return each(ask(s, NOUN_HALTS, EACH), fn, ctx, e);
}

int halts_of_plan(struct store *s, const char *product, const char *id,
                  halts_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_HALTS, OF_PLAN);

	db_bind_text(q, 1, product);
	db_bind_text(q, 2, id);
	return each(q, fn, ctx, e);
}

int halts_oldest_rollout(int64_t *out, struct store *s, int64_t since_ms,
                         struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_HALTS, NEED);

	db_bind_i64(q, 1, since_ms);
	if (ask_first(q, "halts", "", e) != 0)
		return -1;
	*out = db_col_i64(q, 0);
	db_done(q);
	return 0;
}
