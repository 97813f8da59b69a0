#include "config.h"

#include "server/store/exclusions.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { ADD, REMOVE, EACH };

static const struct ask_sql sql[] = {
	[ADD] = {"exclusions.add",
                 "INSERT INTO exclusions (product, plan_id, device, since_ms) "
                 "VALUES ($1, $2, $3, $4)"},
	[REMOVE] = {"exclusions.remove",
                    "DELETE FROM exclusions WHERE product = $1 "
                    "AND plan_id = $2 AND device = $3"},
	[EACH] = {"exclusions.each",
                  "SELECT device FROM exclusions WHERE product = $1 "
                  "AND plan_id = $2 ORDER BY since_ms, device"},
};
const struct ask_table exclusions_table = ASK_TABLE(sql);

static struct db_stmt *begin(struct store *s, int statement,
                             const char *product, const char *plan_id)
{
	struct db_stmt *q = ask(s, NOUN_EXCLUSIONS, statement);

	db_bind_text(q, 1, product);
	db_bind_text(q, 2, plan_id);
	return q;
}

int exclusions_add(struct store *s, const char *product, const char *plan_id,
                   int64_t device, int64_t since_ms, struct err *e)
{
	struct db_stmt *q = begin(s, ADD, product, plan_id);

	db_bind_i64(q, 3, device);
	db_bind_i64(q, 4, since_ms);
	return db_run(q, e);
}

int exclusions_remove(struct store *s, const char *product, const char *plan_id,
                      int64_t device, struct err *e)
{
	struct db_stmt *q = begin(s, REMOVE, product, plan_id);

	db_bind_i64(q, 3, device);
	return ask_change_key(s, q, "exclusion of device", device, e);
}

int exclusions_each(struct store *s, const char *product, const char *plan_id,
                    exclusions_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = begin(s, EACH, product, plan_id);
	int got;

	while ((got = db_step(q, e)) == 1) {
		if (fn(ctx, db_col_i64(q, 0), e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
