#include "config.h"

#include "server/store/reports.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { ADD, COUNT, NEWEST, OF_DEVICE, FORGET };

#define SELECT                                                     \
	"SELECT number, received_ms, device, seq, attempt, plan, " \
	"image, step, code, running, counter, late FROM reports "

static const struct ask_sql sql[] = {
	[ADD] = {"reports.add",
                 "INSERT INTO reports (received_ms, device, seq, attempt, "
                 "plan, image, step, code, running, counter, late) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"},
	[COUNT] = {"reports.count", "SELECT count(*) FROM reports"},
	[NEWEST] = {"reports.newest",
                    "SELECT coalesce(max(number), 0) FROM reports"},
	[OF_DEVICE] = {"reports.of_device",
                       SELECT "WHERE number < $1 AND number >= $2 "
                              "AND device = $3 "
                              "ORDER BY number DESC LIMIT $4"},
	[FORGET] = {"reports.forget",
                    "DELETE FROM reports WHERE number IN "
                    "(SELECT number FROM reports ORDER BY number LIMIT $2) "
                    "AND received_ms < $1 "
                    "AND number < (SELECT max(number) FROM reports)"},
};
const struct ask_table reports_table = ASK_TABLE(sql);

int reports_add(struct store *s, const struct report_row *r, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_REPORTS, ADD);

	db_bind_i64(q, 1, r->received_ms);
	db_bind_i64(q, 2, r->device);
	db_bind_i64(q, 3, r->seq);
	ask_bind_when(q, 4, r->attempt);
	ask_bind_sha256(q, 5, r->plan);
	ask_bind_sha256(q, 6, r->image);
	db_bind_text(q, 7, r->step);
	db_bind_text(q, 8, r->code);
	ask_bind_sha256(q, 9, r->running);
	db_bind_i64(q, 10, r->counter);
	db_bind_i64(q, 11, r->late);
	return db_run(q, e);
}

static int number(int64_t *out, struct store *s, int statement, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_REPORTS, statement);

	if (ask_first(q, "reports", "", e) != 0)
		return -1;
	*out = db_col_i64(q, 0);
	db_done(q);
	return 0;
}

int reports_count(int64_t *out, struct store *s, struct err *e)
{
	return number(out, s, COUNT, e);
}

/* In the order of SELECT. */
static void read_row(struct report_row *out, struct db_stmt *q)
{
	*out = (struct report_row){0};
	out->number = db_col_i64(q, 0);
	out->received_ms = db_col_i64(q, 1);
	out->device = db_col_i64(q, 2);
	out->seq = db_col_i64(q, 3);
	out->attempt = db_col_i64(q, 4);
	ask_col_sha256(out->plan, q, 5);
	ask_col_sha256(out->image, q, 6);
	ask_col_text(out->step, sizeof(out->step), q, 7);
	ask_col_text(out->code, sizeof(out->code), q, 8);
	ask_col_sha256(out->running, q, 9);
	out->counter = (uint32_t)db_col_i64(q, 10);
	out->late = db_col_i64(q, 11) != 0;
}

/* How many rows it gave, and the number of the last. */
struct walked {
	int64_t rows;
	int64_t last;
};

static int each(struct walked *w, struct db_stmt *q, reports_fn *fn, void *ctx,
                struct err *e)
{
	struct report_row r;
	int got;

	while ((got = db_step(q, e)) == 1) {
		read_row(&r, q);
		w->rows++;
		w->last = r.number;
		if (fn(ctx, &r, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int reports_of_device(struct store *s, int64_t device, int64_t *before,
                      int64_t window, int64_t limit, reports_fn *fn, void *ctx,
                      struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_REPORTS, OF_DEVICE);
	struct walked w = {0};
	int64_t above = 0, from;

	if (limit < 1)
		limit = 1;
	if (limit > STORE_PAGE_MAX)
		limit = STORE_PAGE_MAX;
	if (number(&above, s, NEWEST, e) != 0)
		return -1;
	above++;
	if (*before > 0 && *before < above)
		above = *before;
	from = window < above ? above - window : 1;
	db_bind_i64(q, 1, above);
	db_bind_i64(q, 2, from);
	db_bind_i64(q, 3, device);
	db_bind_i64(q, 4, limit);
	if (each(&w, q, fn, ctx, e) != 0)
		return -1;
	if (w.rows == limit)
		from = w.last; /* the window may hold more */
	*before = from > 1 ? from : 0;
	return 0;
}

int reports_forget(int64_t *out, struct store *s, int64_t before_ms,
                   int64_t max_rows, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_REPORTS, FORGET);

	*out = 0;
	db_bind_i64(q, 1, before_ms);
	db_bind_i64(q, 2, max_rows);
	if (db_run(q, e) != 0)
		return -1;
	*out = db_changed(s->db);
	return 0;
}
