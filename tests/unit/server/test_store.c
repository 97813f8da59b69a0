#include "config.h"

#include "lib/base/fs.h"
#include "server/store/audit.h"
#include "server/store/halts.h"
#include "server/store/published.h"
#include "server/store/reports.h"
#include "server/store/store.h"
#include "tests/support/db_fail.h"
#include "tests/support/disk_fail.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_path(struct store **out, const char *path, struct err *e)
{
	struct clock_manual clock;

	clock_manual_init(&clock, STOCK_MS);
	return store_open(out, path, &clock.clock, e);
}

static int open_again(struct store **out, struct err *e)
{
	return open_path(out, test_path("pawl.db"), e);
}

/* A device, key 1, in a rollout, key 1, with an open trial. */
static void furnish(void)
{
	struct store *s = stock_open();
	int64_t rollout = stock_rollout(s, stock_plan(s, 1));

	stock_trial(s, rollout, stock_device(s, 1, stock_batch(s)), 1);
	store_close(s);
}

static int add_report(struct store *s, int64_t seq, struct err *e)
{
	struct report_row r = {
		.received_ms = STOCK_MS,
		.device = 1,
		.seq = seq,
		.attempt = 1,
		.step = "failed",
		.code = "boot_loop",
	};

	return reports_add(s, &r, e);
}

static int publish(struct store *s, struct err *e)
{
	static const char *const roles[] = {"rollout.coat", "snapshot",
	                                    "timestamp"};
	int64_t change = 0;

	if (published_add(&change, s, STOCK_MS, PUBLISHED_HALT, "engine", e) !=
	    0)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		struct metadata_row m = stock_metadata_row(roles[i], 1, "{}");

		if (metadata_add(s, &m, e) != 0 ||
		    published_set(s, roles[i], 1, change, e) != 0)
			return -1;
	}
	return 0;
}

/* What the scribe writes when a report halts a cell. */
static int write_halt(struct store *s, struct err *e)
{
	struct device_window w = {.mark = 2, .bits = 3};
	struct trial_row t = stock_trial_row(1, 1, 1);
	struct halt_row h = {
		.rollout = 1,
		.hw = "a7",
		.region = "eu",
		.at_ms = STOCK_MS,
		.actor = "engine",
		.evidence = "{}",
	};
	struct audit_row a = {
		.at_ms = STOCK_MS,
		.actor = "engine",
		.action = "rollout.halt",
		.object = "coat/spring.1",
		.reason = "3 of 4 failed",
		.request_id = "",
		.detail = "{}",
	};

	t.trial.step = TRIAL_FAILED;
	if (add_report(s, 1, e) != 0 || add_report(s, 2, e) != 0 ||
	    devices_set_window(s, 1, &w, e) != 0 ||
	    trials_update(s, &t, e) != 0 || halts_add(NULL, s, &h, e) != 0 ||
	    rollouts_set_state(s, 1, ROLLOUT_HALTED, 0, e) != 0)
		return -1;
	if (publish(s, e) != 0)
		return -1;
	return audit_add(NULL, s, &a, e);
}

static int transaction(struct store *s, struct err *e)
{
	if (store_begin(s, e) != 0)
		return -1;
	if (write_halt(s, e) != 0) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s, e);
}

/* All of it, or none of it. */
static bool is_there(void)
{
	static const struct {
		const char *table;
		int64_t rows;
	} parts[] = {
		{"reports", 2},
		{"halts", 1},
		{"publishes", 1},
		{"metadata", 3},
		{"published", 3},
		{"audit", 1},
		{"trials WHERE step = 7", 1},
		{"devices WHERE seq_mark = 2", 1},
		{"rollouts WHERE state = 2", 1},
	};
	bool there = stock_count("audit") > 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_int_eq(stock_count(parts[i].table),
		                 there ? parts[i].rows : 0);
	return there;
}

static void start_anew(void)
{
	static const char *const names[] = {"pawl.db", "pawl.db-wal",
	                                    "pawl.db-shm"};
	struct err e;

	for (size_t i = 0; i < 3; i++)
		ASSERT_OK(fs_remove(test_path(names[i]), &e));
	furnish();
}

TEST(every_statement_prepares_for_the_writer_and_for_readers)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(store_close)
	struct store *reader = NULL;
	struct err e;

	ASSERT_OK(store_open_readonly(&reader, test_path("pawl.db"), &e));
}

/* n-th failure: a commit that fails may still have landed, any other failure
 * leaves nothing; nothing ever leaves a half. */
static void fail_everywhere(enum err_kind kind)
{
	struct db_fail fail;
	int landed = 0;
	long n = 0;

	do {
		struct store *s = NULL;
		struct err e;
		int result;

		start_anew();
		s = stock_open();
		db_fail_begin(&fail, n++, kind);
		result = transaction(s, &e);
		db_fail_end();
		ck_assert_int_eq(result, fail.failed ? -1 : 0);
		if (fail.failed)
			ck_assert_int_eq(e.kind, kind);
		store_close(s);
		if (is_there() && fail.failed)
			landed++;
	} while (fail.failed);
	ck_assert(is_there());
	ck_assert_int_eq(landed, 1);
	ck_assert_int_gt(n, 20);
}

TEST(a_transaction_is_whole_or_absent_on_a_disk_that_fills)
{
	fail_everywhere(ERR_NO_SPACE);
}

TEST(a_transaction_is_whole_or_absent_on_a_disk_that_breaks)
{
	fail_everywhere(ERR_IO);
}

/* The same below SQLite. Gives how many transactions that failed landed. */
static int fail_every(enum disk_op op, int errnum, enum err_kind kind)
{
	int landed = 0;
	long seen, n = 0;

	do {
		struct store *s = NULL;
		struct err e = {0};
		int result;

		start_anew();
		s = stock_open();
		disk_fail_begin(op, n, errnum);
		result = transaction(s, &e);
		seen = disk_fail_end();
		ck_assert_int_eq(result, seen > n ? -1 : 0);
		if (seen > n)
			ck_assert_int_eq(e.kind, kind);
		if (seen > n && op == DISK_FLUSH)
			ASSERT_CODE(store_begin(s, &e), "db_unsure");
		store_close(s);
		if (is_there() && seen > n)
			landed++;
	} while (seen > n++);
	ck_assert(is_there());
	ck_assert_int_gt(n, op == DISK_FLUSH ? 1 : 10);
	return landed;
}

TEST(a_full_disk_below_the_database_is_told_and_leaves_no_half)
{
	ck_assert_int_eq(fail_every(DISK_WRITE, ENOSPC, ERR_NO_SPACE), 0);
}

TEST(a_broken_disk_below_the_database_is_told_and_leaves_no_half)
{
	ck_assert_int_eq(fail_every(DISK_WRITE, EIO, ERR_IO), 0);
}

TEST(a_commit_whose_flush_failed_may_land_and_ends_the_connection)
{
	ck_assert_int_ge(fail_every(DISK_FLUSH, EIO, ERR_IO), 1);
}

TEST(opening_survives_every_failure)
{
	struct db_fail fail;
	long n = 0;

	furnish();
	do {
		struct store *s = NULL;
		struct err e;
		int result;

		db_fail_begin(&fail, n++, ERR_IO);
		result = open_again(&s, &e);
		db_fail_end();
		ck_assert_int_eq(result, fail.failed ? -1 : 0);
		ck_assert_int_eq(s == NULL, fail.failed);
		store_close(s);
	} while (fail.failed);
	ck_assert_int_gt(n, 8);
}

/* Runs fn in a child that then dies without closing anything. */
static void die_after(int (*fn)(struct store *s, struct err *e))
{
	const char *path = test_path("pawl.db"); /* the parent's folder */
	pid_t pid = fork();
	int status = 0;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct store *s = NULL;
		struct err e = {0};

		if (open_path(&s, path, &e) != 0 || fn(s, &e) != 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static int half(struct store *s, struct err *e)
{
	if (store_begin(s, e) != 0)
		return -1;
	return write_halt(s, e);
}

TEST(a_process_killed_in_a_transaction_leaves_nothing_of_it)
{
	struct store *s = NULL;
	struct err e;

	furnish();
	die_after(half);
	ck_assert(!is_there());
	ASSERT_OK(open_again(&s, &e));
	ASSERT_OK(transaction(s, &e));
	store_close(s);
	ck_assert(is_there());
}

TEST(what_was_committed_outlives_a_kill)
{
	struct store *s = NULL;
	struct err e;

	furnish();
	die_after(transaction);
	ck_assert(is_there());
	ASSERT_OK(open_again(&s, &e));
	store_close(s);
	ck_assert(is_there());
}

TEST(one_refused_change_leaves_the_rest_of_its_transaction)
{
	struct store *s = NULL;
	struct plan_row p = stock_plan_row(1);
	struct err e;

	furnish();
	s = stock_open();
	p.bytes = "[]";
	ASSERT_OK(store_begin(s, &e));
	ASSERT_OK(add_report(s, 1, &e));
	ASSERT_CODE(plans_add(NULL, s, &p, &e), "path_reused");
	ASSERT_ERR(devices_alarm(s, 99, &e), ERR_NOT_FOUND);
	ASSERT_OK(add_report(s, 2, &e));
	ASSERT_OK(store_commit(s, &e));
	store_close(s);
	ck_assert_int_eq(stock_count("reports"), 2);
}

TEST(a_store_from_the_future_is_refused)
{
	SCOPED(db_close)
	struct db *d = NULL;
	struct store *s = NULL;
	struct err e;

	furnish();
	d = stock_db();
	ASSERT_OK(db_exec(d,
	                  "INSERT INTO migrations VALUES "
	                  "(99, '0099-flying-cars', 'x', 1)",
	                  &e));
	ASSERT_CODE(open_again(&s, &e), "schema_from_the_future");
	ASSERT_SAYS("0099-flying-cars");
	ASSERT_SAYS("newer program");
	ASSERT_CODE(store_open_readonly(&s, test_path("pawl.db"), &e),
	            "schema_from_the_future");
	ck_assert_ptr_null(s);
}

/* Overwrites n bytes of the file at that place. */
static void damage(long at, size_t n)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4 << 20);
	struct err e;

	ASSERT_OK(fs_read(&b, test_path("pawl.db"), &e));
	memset(b.data + at, 0xa5, n);
	ASSERT_OK(fs_write(test_path("pawl.db"), b.data, b.len, 0600, &e));
}

TEST(a_damaged_store_is_refused_with_its_name)
{
	struct store *s = NULL;
	int64_t size = 0;
	struct err e;

	furnish();
	ASSERT_OK(open_again(&s, &e));
	ASSERT_OK(store_begin(s, &e));
	for (int64_t seq = 1; seq < 2000; seq++)
		ASSERT_OK(add_report(s, seq, &e));
	ASSERT_OK(store_commit(s, &e));
	store_close(s);
	s = NULL;
	/* The last page holds reports, which no opening looks at by itself. */
	ASSERT_OK(fs_size(&size, test_path("pawl.db"), &e));
	damage(size - 4096, 64);
	ASSERT_CODE(open_again(&s, &e), "db_corrupt");
	ASSERT_SAYS("pawl.db: is damaged");
	damage(0, 100);
	ASSERT_CODE(open_again(&s, &e), "db_corrupt");
	ASSERT_SAYS("pawl.db");
	ck_assert_ptr_null(s);
}

TEST(a_reader_follows_the_writer_without_waiting)
{
	SCOPED(store_close)
	struct store *writer = NULL;
	SCOPED(store_close)
	struct store *reader = NULL;
	struct db_checkpoint c;
	int64_t n = -1;
	struct err e;

	furnish();
	writer = stock_open();
	ASSERT_OK(store_open_readonly(&reader, test_path("pawl.db"), &e));
	ASSERT_OK(store_begin(writer, &e));
	ASSERT_OK(add_report(writer, 1, &e));
	ASSERT_OK(reports_count(&n, reader, &e));
	ck_assert_int_eq(n, 0);
	ASSERT_OK(store_commit(writer, &e));
	ASSERT_OK(reports_count(&n, reader, &e));
	ck_assert_int_eq(n, 1);
	ASSERT_OK(store_checkpoint(&c, writer, &e));
	ck_assert_int_eq(c.moved_pages, c.wal_pages);
	ASSERT_ERR(add_report(reader, 2, &e), ERR_IO);
}

TEST(a_reader_does_not_make_a_store)
{
	struct store *s = NULL;
	struct err e;

	ASSERT_ERR(store_open_readonly(&s, test_path("pawl.db"), &e),
	           ERR_NOT_FOUND);
	ck_assert(!fs_exists(test_path("pawl.db")));
}
