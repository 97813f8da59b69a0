#include "config.h"

#include "server/store/reports.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct report_row report(int64_t device, int64_t seq)
{
	struct report_row r = {
		.received_ms = STOCK_MS + seq,
		.device = device,
		.seq = seq,
		.attempt = 3,
		.step = "confirmed",
		.code = "ok",
		.counter = 4,
		.late = true,
	};

	(void)snprintf(r.plan, sizeof(r.plan), "%s", stock_sha256(1));
	(void)snprintf(r.image, sizeof(r.image), "%s", stock_sha256(2));
	(void)snprintf(r.running, sizeof(r.running), "%s", stock_sha256(3));
	return r;
}

/* Two devices taking turns, 2n reports: odd numbers are the first one's. */
static struct store *begin(int64_t n)
{
	struct store *s = stock_open();
	int64_t batch = stock_batch(s);
	int64_t one = stock_device(s, 1, batch);
	int64_t two = stock_device(s, 2, batch);
	struct err e;

	ASSERT_OK(store_begin(s, &e));
	for (int64_t i = 1; i <= 2 * n; i++) {
		struct report_row r = report(i % 2 != 0 ? one : two, i);

		ASSERT_OK(reports_add(s, &r, &e));
	}
	ASSERT_OK(store_commit(s, &e));
	return s;
}

struct walk {
	int64_t numbers[64];
	size_t n;
};

static int take(void *ctx, const struct report_row *r, struct err *e)
{
	struct walk *w = ctx;

	(void)e;
	w->numbers[w->n++] = r->number;
	return 0;
}

static int keep(void *ctx, const struct report_row *r, struct err *e)
{
	(void)e;
	*(struct report_row *)ctx = *r;
	return 0;
}

TEST(a_report_is_given_back_as_it_came)
{
	SCOPED(store_close)
	struct store *s = begin(0);
	struct report_row r = report(1, 9), bare = {0}, got;
	int64_t before = 0;
	struct err e;

	ASSERT_OK(reports_add(s, &r, &e));
	ASSERT_OK(reports_of_device(s, 1, &before, 1, 1, keep, &got, &e));
	r.number = 1;
	ck_assert_mem_eq(&got, &r, sizeof(r));
	bare = (struct report_row){.received_ms = 1, .device = 1};
	(void)snprintf(bare.step, sizeof(bare.step), "started");
	ASSERT_OK(reports_add(s, &bare, &e));
	before = 0;
	ASSERT_OK(reports_of_device(s, 1, &before, 1, 1, keep, &got, &e));
	bare.number = 2;
	ck_assert_mem_eq(&got, &bare, sizeof(bare));
}

TEST(a_report_of_nobody_is_refused)
{
	SCOPED(store_close)
	struct store *s = begin(0);
	struct report_row r = report(99, 1);
	struct err e;

	ASSERT_ERR(reports_add(s, &r, &e), ERR_INVALID);
}

TEST(a_report_is_never_changed)
{
	SCOPED(store_close)
	struct store *s = begin(1);
	SCOPED(db_close)
	struct db *d = stock_db();
	struct err e;

	ASSERT_ERR(db_exec(d, "UPDATE reports SET step = 'failed'", &e),
	           ERR_CONFLICT);
}

TEST(a_devices_reports_are_found_in_bounded_pieces)
{
	SCOPED(store_close)
	struct store *s = begin(10);
	struct walk w = {0};
	int64_t before = 0, calls = 0;
	struct err e;

	do {
		ASSERT_OK(
			reports_of_device(s, 1, &before, 6, 100, take, &w, &e));
		calls++;
	} while (before != 0);
	ck_assert_int_eq(calls, 4); /* 20 rows in windows of 6 */
	ck_assert_uint_eq(w.n, 10);
	for (size_t i = 0; i < w.n; i++)
		ck_assert_int_eq(w.numbers[i], 19 - 2 * (int64_t)i);
}

TEST(a_full_piece_goes_on_where_it_stopped_though_reports_come_in)
{
	SCOPED(store_close)
	struct store *s = begin(10);
	struct walk w = {0};
	int64_t before = 0;
	struct err e;

	do {
		struct report_row r = report(1, 100);

		ASSERT_OK(reports_of_device(s, 1, &before, 1000, 3, take, &w,
		                            &e));
		ASSERT_OK(reports_add(s, &r, &e));
	} while (before != 0);
	ck_assert_uint_eq(w.n, 10);
	for (size_t i = 0; i < w.n; i++)
		ck_assert_int_eq(w.numbers[i], 19 - 2 * (int64_t)i);
}

TEST(a_device_without_reports_has_none_and_so_has_an_empty_table)
{
	SCOPED(store_close)
	struct store *s = begin(0);
	struct walk w = {0};
	int64_t before = 0;
	struct err e;

	ASSERT_OK(reports_of_device(s, 1, &before, 100, 10, take, &w, &e));
	ck_assert_int_eq(before, 0);
	ck_assert_uint_eq(w.n, 0);
}

TEST(old_reports_age_out_and_numbers_go_on_rising)
{
	SCOPED(store_close)
	struct store *s = begin(5);
	struct report_row r = report(1, 11), got;
	int64_t gone = 0, left = 0, before = 0;
	struct err e;

	/* Received at STOCK_MS + number: older than the sixth. */
	ASSERT_OK(reports_forget(&gone, s, STOCK_MS + 6, 3, &e));
	ck_assert_int_eq(gone, 3);
	ASSERT_OK(reports_forget(&gone, s, STOCK_MS + 6, 100, &e));
	ck_assert_int_eq(gone, 2);
	ASSERT_OK(reports_forget(&gone, s, INT64_MAX, 100, &e));
	ck_assert_int_eq(gone, 4);
	ASSERT_OK(reports_count(&left, s, &e));
	ck_assert_int_eq(left, 1);
	ASSERT_OK(reports_add(s, &r, &e));
	ASSERT_OK(reports_of_device(s, 1, &before, 1, 1, keep, &got, &e));
	ck_assert_int_eq(got.number, 11);
}

TEST(the_event_table_has_no_second_index)
{
	SCOPED(store_close)
	struct store *s = begin(0);
	SCOPED(db_close)
	struct db *d = stock_db();
	SCOPED(db_stmt_free)
	struct db_stmt *q = NULL;
	struct err e;

	ASSERT_OK(db_prepare(&q, d, "indexes",
	                     "SELECT count(*) FROM pragma_index_list("
	                     "'reports')",
	                     &e));
	ck_assert_int_eq(db_step(q, &e), 1);
	ck_assert_int_eq(db_col_i64(q, 0), 0);
}
