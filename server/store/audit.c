#include "config.h"

#include "server/store/audit.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { ADD, PAGE };

static const struct ask_sql sql[] = {
	[ADD] = {"audit.add",
                 "INSERT INTO audit (at_ms, actor, action, object, reason, "
                 "request_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                 "RETURNING number"},
	[PAGE] = {"audit.page",
                  "SELECT number, at_ms, actor, action, object, reason, "
                  "request_id, detail FROM audit WHERE number < $1 "
                  "ORDER BY number DESC LIMIT $2"},
};
const struct ask_table audit_table = ASK_TABLE(sql);

int audit_add(int64_t *out, struct store *s, const struct audit_row *a,
              struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_AUDIT, ADD);

	db_bind_i64(q, 1, a->at_ms);
	db_bind_text(q, 2, a->actor);
	db_bind_text(q, 3, a->action);
	db_bind_text(q, 4, a->object);
	db_bind_text(q, 5, a->reason);
	db_bind_text(q, 6, a->request_id);
	db_bind_text(q, 7, a->detail);
	return ask_insert(out, q, e);
}

int audit_page(struct store *s, int64_t before, int64_t limit, audit_fn *fn,
               void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_AUDIT, PAGE);
	int got;

	ask_bind_before(q, 1, before);
	ask_bind_limit(q, 2, limit);
	while ((got = db_step(q, e)) == 1) {
		struct audit_row a = {
			.number = db_col_i64(q, 0),
			.at_ms = db_col_i64(q, 1),
			.actor = db_col_text(q, 2),
			.action = db_col_text(q, 3),
			.object = db_col_text(q, 4),
			.reason = db_col_text(q, 5),
			.request_id = db_col_text(q, 6),
			.detail = db_col_text(q, 7),
		};

		if (fn(ctx, &a, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
