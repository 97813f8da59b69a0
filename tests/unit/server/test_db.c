#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/store/db.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct db *open_db(void)
{
	struct db *d = NULL;
	struct err e;

	ASSERT_OK(db_open(&d, test_path("t.db"), &e));
	return d;
}

/* A table with every kind of rule in it. */
static struct db *open_with_table(void)
{
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(db_exec(d,
	                  "CREATE TABLE t (k INTEGER PRIMARY KEY,"
	                  " v TEXT NOT NULL CHECK (length(v) < 9),"
	                  " u INTEGER UNIQUE, f INTEGER REFERENCES t (k))"
	                  " STRICT;"
	                  "CREATE TRIGGER no BEFORE DELETE ON t BEGIN"
	                  " SELECT RAISE(ABORT, 't: rows stay'); END;",
	                  &e));
	return d;
}

static struct db_stmt *prepare(struct db *d, const char *text)
{
	struct db_stmt *q = NULL;
	struct err e;

	ASSERT_OK(db_prepare(&q, d, "test", text, &e));
	return q;
}

static int64_t ask_number(struct db *d, const char *text)
{
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(d, text);
	struct err e;

	ck_assert_int_eq(db_step(q, &e), 1);
	return db_col_i64(q, 0);
}

TEST(a_parameter_is_bound_by_its_number_and_not_by_its_place)
{
	SCOPED(db_close)
	struct db *d = open_db();
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(d, "SELECT $2 || $1 || $2 || $3");
	struct err e;

	db_bind_text(q, 1, "one");
	db_bind_text(q, 2, "two");
	db_bind_i64(q, 3, 3);
	ck_assert_int_eq(db_step(q, &e), 1);
	ck_assert_str_eq(db_col_text(q, 0), "twoonetwo3");
}

TEST(a_gap_in_the_numbers_is_refused)
{
	static const char *const bad[] = {"SELECT $1, $3", "SELECT $2",
	                                  "SELECT ?",      "SELECT $name",
	                                  "SELECT $01",    "SELECT :1"};
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct db_stmt *q = NULL;

		ASSERT_ERR(db_prepare(&q, d, "x", bad[i], &e), ERR_INTERNAL);
		ck_assert_ptr_null(q);
	}
}

TEST(a_mistyped_statement_names_itself)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct db_stmt *q = NULL;
	struct err e;

	ASSERT_ERR(db_prepare(&q, d, "devices.find", "SELEC 1", &e),
	           ERR_INTERNAL);
	ASSERT_SAYS("devices.find: ");
	ASSERT_SAYS("SELEC");
	ASSERT_ERR(db_prepare(&q, d, "x", "SELECT 1; SELECT 2", &e),
	           ERR_INTERNAL);
	ASSERT_ERR(db_prepare(&q, d, "x", "  ", &e), ERR_INTERNAL);
}

TEST(a_bad_bind_is_told_by_the_step_and_then_forgotten)
{
	SCOPED(db_close)
	struct db *d = open_db();
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(d, "SELECT $1");
	struct err e;

	db_bind_i64(q, 2, 1);
	ck_assert_int_eq(db_step(q, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	ASSERT_SAYS("$2");
	db_bind_i64(q, 1, 7);
	db_bind_refuse(q, "is %s", "odd");
	ck_assert_int_eq(db_step(q, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INVALID);
	ASSERT_SAYS("test: is odd");
	db_bind_i64(q, 1, 7);
	ck_assert_int_eq(db_step(q, &e), 1);
	ck_assert_int_eq(db_col_i64(q, 0), 7);
}

TEST(a_statement_whose_rows_are_read_cannot_be_bound)
{
	SCOPED(db_close)
	struct db *d = open_db();
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(d, "SELECT $1");
	struct err e;

	db_bind_i64(q, 1, 1);
	ck_assert_int_eq(db_step(q, &e), 1);
	db_bind_i64(q, 1, 2);
	ck_assert_int_eq(db_step(q, &e), -1);
	ASSERT_SAYS("rows are still read");
}

TEST(parameters_of_the_last_time_are_forgotten)
{
	SCOPED(db_close)
	struct db *d = open_db();
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(d, "SELECT $1 IS NULL");
	struct err e;

	db_bind_i64(q, 1, 1);
	ck_assert_int_eq(db_step(q, &e), 1);
	db_done(q);
	ck_assert_int_eq(db_step(q, &e), 1);
	ck_assert_int_eq(db_col_i64(q, 0), 1);
	ck_assert_int_eq(db_step(q, &e), 0);
}

TEST(null_reads_as_zero_and_empty)
{
	SCOPED(db_close)
	struct db *d = open_db();
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(d, "SELECT $1, x'', '', $1 IS NULL");
	size_t len = 9;
	struct err e;

	db_bind_text(q, 1, NULL);
	ck_assert_int_eq(db_step(q, &e), 1);
	ck_assert_int_eq(db_col_i64(q, 3), 1);
	ck_assert_int_eq(db_col_i64(q, 0), 0);
	ck_assert_str_eq(db_col_text(q, 0), "");
	ck_assert_ptr_null(db_col_blob(q, 0, &len));
	ck_assert_uint_eq(len, 0);
}

TEST(every_broken_rule_has_its_kind)
{
	static const struct {
		const char *text;
		enum err_kind kind;
		const char *says;
	} cases[] = {
		{"INSERT INTO t VALUES (1, 'b', 9, NULL)", ERR_CONFLICT, "t.k"},
		{"INSERT INTO t VALUES (2, 'b', 1, NULL)", ERR_CONFLICT, "t.u"},
		{"DELETE FROM t", ERR_CONFLICT, "t: rows stay"},
		{"INSERT INTO t VALUES (2, 'far too long', 2, NULL)",
	         ERR_INVALID, "length(v)"},
		{"INSERT INTO t VALUES (2, NULL, 2, NULL)", ERR_INVALID, "t.v"},
		{"INSERT INTO t VALUES (2, 'b', 2, 77)", ERR_INVALID,
	         "FOREIGN KEY"},
		{"INSERT INTO t VALUES (2, 'b', 'x', NULL)", ERR_INVALID,
	         "TEXT value in INTEGER"},
	};
	SCOPED(db_close)
	struct db *d = open_with_table();
	struct err e;

	ASSERT_OK(db_exec(d, "INSERT INTO t VALUES (1, 'a', 1, NULL)", &e));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(db_stmt_free)
		struct db_stmt *q = prepare(d, cases[i].text);

		ASSERT_ERR(db_run(q, &e), cases[i].kind);
		ASSERT_SAYS(cases[i].says);
		ASSERT_SAYS("test: ");
	}
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM t"), 1);
}

TEST(a_full_disk_is_no_space_and_undoes_the_transaction)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(db_exec(d, "CREATE TABLE b (x BLOB) STRICT", &e));
	ASSERT_OK(db_exec(d, "PRAGMA max_page_count = 8", &e));
	ASSERT_OK(db_begin(d, &e));
	ASSERT_ERR(db_exec(d, "INSERT INTO b VALUES (zeroblob(100000))", &e),
	           ERR_NO_SPACE);
	ASSERT_SAYS("t.db");
	/* SQLite undid it all: nothing may be done as if it were still open. */
	ASSERT_CODE(db_exec(d, "INSERT INTO b VALUES (x'00')", &e),
	            "db_rolled_back");
	ASSERT_CODE(db_commit(d, &e), "db_rolled_back");
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM b"), 0);
	ASSERT_OK(db_begin(d, &e));
	ASSERT_OK(db_exec(d, "INSERT INTO b VALUES (x'00')", &e));
	ASSERT_OK(db_commit(d, &e));
}

TEST(a_reader_sees_what_was_committed_and_nothing_else)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	SCOPED(db_close)
	struct db *reader = NULL;
	struct err e;

	ASSERT_OK(db_open_readonly(&reader, test_path("t.db"), &e));
	ASSERT_OK(db_begin(d, &e));
	ck_assert(db_in_transaction(d));
	ASSERT_OK(db_exec(d, "INSERT INTO t VALUES (1, 'a', 1, NULL)", &e));
	ck_assert_int_eq(ask_number(reader, "SELECT count(*) FROM t"), 0);
	ASSERT_OK(db_commit(d, &e));
	ck_assert(!db_in_transaction(d));
	ck_assert_int_eq(ask_number(reader, "SELECT count(*) FROM t"), 1);
}

TEST(a_reader_neither_writes_nor_makes_a_file)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	SCOPED(db_close)
	struct db *reader = NULL;
	struct err e;

	ASSERT_ERR(db_open_readonly(&reader, test_path("none.db"), &e),
	           ERR_NOT_FOUND);
	ck_assert(!fs_exists(test_path("none.db")));
	ASSERT_OK(db_open_readonly(&reader, test_path("t.db"), &e));
	ASSERT_ERR(
		db_exec(reader, "INSERT INTO t VALUES (1, 'a', 1, NULL)", &e),
		ERR_IO);
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM t"), 0);
}

TEST(a_rollback_leaves_nothing)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	struct err e;

	db_rollback(d);
	ASSERT_OK(db_begin(d, &e));
	ASSERT_OK(db_exec(d, "INSERT INTO t VALUES (1, 'a', 1, NULL)", &e));
	db_rollback(d);
	ck_assert(!db_in_transaction(d));
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM t"), 0);
}

TEST(transactions_do_not_nest_and_do_not_end_twice)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	struct err e;

	ASSERT_ERR(db_commit(d, &e), ERR_INTERNAL);
	ASSERT_OK(db_begin(d, &e));
	ASSERT_ERR(db_begin(d, &e), ERR_INTERNAL);
	ASSERT_OK(db_commit(d, &e));
}

TEST(a_transaction_takes_the_write_lock_at_once)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	SCOPED(db_close)
	struct db *other = open_db();
	struct err e;

	ASSERT_OK(db_exec(other, "PRAGMA busy_timeout = 0", &e));
	ASSERT_OK(db_begin(d, &e));
	ASSERT_ERR(db_begin(other, &e), ERR_BUSY);
	ck_assert(!db_in_transaction(other));
	ASSERT_OK(db_commit(d, &e));
	ASSERT_OK(db_begin(other, &e));
	db_rollback(other);
}

TEST(a_commit_that_fails_leaves_nothing_open)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	struct db_fail fail;
	struct err e;

	ASSERT_OK(db_begin(d, &e));
	ASSERT_OK(db_exec(d, "INSERT INTO t VALUES (1, 'a', 1, NULL)", &e));
	db_fail_begin(&fail, 0, ERR_NO_SPACE);
	ASSERT_ERR(db_commit(d, &e), ERR_NO_SPACE);
	db_fail_end();
	ck_assert(!db_in_transaction(d));
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM t"), 0);
	ASSERT_OK(db_begin(d, &e));
	ASSERT_OK(db_commit(d, &e));
}

TEST(after_a_failed_flush_nothing_is_believed_until_it_is_opened_again)
{
	struct db *d = open_with_table();
	struct db_fail fail;
	struct err e;

	ASSERT_OK(db_begin(d, &e));
	ASSERT_OK(db_exec(d, "INSERT INTO t VALUES (1, 'a', 1, NULL)", &e));
	/* The commit, its statement, and then the news of its landing. */
	db_fail_begin(&fail, 2, ERR_IO);
	ASSERT_ERR(db_commit(d, &e), ERR_IO);
	db_fail_end();
	ASSERT_CODE(db_begin(d, &e), "db_unsure");
	ASSERT_CODE(db_exec(d, "SELECT 1", &e), "db_unsure");
	db_close(d);
	d = open_db();
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM t"), 1);
	db_close(d);
}

TEST(statements_and_commits_are_counted_and_preparing_is_not)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(d, "SELECT 1 UNION SELECT 2");
	uint64_t statements = db_statement_count();
	uint64_t commits = db_commit_count();
	struct err e;

	SCOPED(db_stmt_free)
	struct db_stmt *r = prepare(d, "SELECT 1");
	ck_assert_uint_eq(db_statement_count(), statements);
	ASSERT_OK(db_run(q, &e)); /* two rows, one statement */
	ck_assert_uint_eq(db_statement_count(), statements + 1);
	ASSERT_OK(db_begin(d, &e));
	ASSERT_OK(db_commit(d, &e));
	ck_assert_uint_eq(db_statement_count(), statements + 3);
	ck_assert_uint_eq(db_commit_count(), commits + 1);
}

TEST(nothing_moves_pages_but_the_writers_checkpoint)
{
	struct db *d = open_with_table();
	struct db *reader = NULL;
	struct db_checkpoint c;
	int64_t before = 0, after = 0, size = 0;
	struct err e;

	ASSERT_OK(db_checkpoint(&c, d, &e));
	ASSERT_OK(fs_size(&before, test_path("t.db"), &e));
	/* Far more than the thousand pages of the automatic checkpoint. */
	ASSERT_OK(db_exec(d, "CREATE TABLE b (x BLOB) STRICT", &e));
	for (int i = 0; i < 20; i++)
		ASSERT_OK(db_exec(d, "INSERT INTO b VALUES (zeroblob(400000))",
		                  &e));
	ASSERT_OK(db_open_readonly(&reader, test_path("t.db"), &e));
	ck_assert_int_eq(ask_number(reader, "SELECT count(*) FROM b"), 20);
	db_close(reader);
	ASSERT_OK(fs_size(&after, test_path("t.db"), &e));
	ck_assert_int_eq(before, after);
	ASSERT_OK(db_checkpoint(&c, d, &e));
	ck_assert_int_gt(c.wal_pages, 1500);
	ck_assert_int_eq(c.moved_pages, c.wal_pages);
	ASSERT_OK(fs_size(&after, test_path("t.db"), &e));
	ck_assert_int_gt(after, 20 * 400000);
	/* A reader that closes last leaves the log alone. */
	ASSERT_OK(db_exec(d, "INSERT INTO b VALUES (zeroblob(9))", &e));
	ASSERT_OK(db_open_readonly(&reader, test_path("t.db"), &e));
	ck_assert_int_eq(ask_number(reader, "SELECT count(*) FROM b"), 21);
	db_close(d);
	db_close(reader);
	ASSERT_OK(fs_size(&size, test_path("t.db-wal"), &e));
	ck_assert_int_gt(size, 0);
}

TEST(a_reading_statement_holds_back_the_checkpoint_and_not_the_writer)
{
	SCOPED(db_close)
	struct db *d = open_with_table();
	SCOPED(db_close)
	struct db *reader = NULL;
	struct db_checkpoint c;
	struct err e;

	ASSERT_OK(db_exec(d, "INSERT INTO t VALUES (1, 'a', 1, NULL)", &e));
	ASSERT_OK(db_open_readonly(&reader, test_path("t.db"), &e));
	SCOPED(db_stmt_free)
	struct db_stmt *q = prepare(reader, "SELECT k FROM t");
	ck_assert_int_eq(db_step(q, &e), 1);
	ASSERT_OK(db_exec(d, "INSERT INTO t VALUES (2, 'b', 2, NULL)", &e));
	ASSERT_OK(db_checkpoint(&c, d, &e));
	ck_assert_int_lt(c.moved_pages, c.wal_pages);
	db_done(q);
	ASSERT_OK(db_checkpoint(&c, d, &e));
	ck_assert_int_eq(c.moved_pages, c.wal_pages);
}

TEST(every_commit_is_flushed_and_references_are_checked)
{
	SCOPED(db_close)
	struct db *d = open_db();

	ck_assert_int_eq(ask_number(d, "PRAGMA synchronous"), 2); /* FULL */
	ck_assert_int_eq(ask_number(d, "PRAGMA foreign_keys"), 1);
	ck_assert_int_eq(ask_number(d, "PRAGMA wal_autocheckpoint"), 0);
	ck_assert_int_eq(ask_number(d, "PRAGMA temp_store"), 2); /* memory */
}

TEST(the_files_are_private)
{
	static const char *const names[] = {"t.db", "t.db-wal", "t.db-shm"};
	SCOPED(db_close)
	struct db *d = open_with_table();
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		ck_assert_int_eq(stat(test_path(names[i]), &st), 0);
		ck_assert_uint_eq(st.st_mode & 0777, 0600);
	}
}

TEST(a_file_that_is_no_database_is_refused)
{
	char noise[8192];
	struct db *d = NULL;
	struct err e;

	memset(noise, 'x', sizeof(noise));
	ASSERT_OK(fs_write(test_path("t.db"), noise, sizeof(noise), 0600, &e));
	ASSERT_CODE(db_open(&d, test_path("t.db"), &e), "db_corrupt");
	ASSERT_SAYS("t.db");
	ck_assert_ptr_null(d);
}

TEST(a_damaged_page_is_found_by_the_quick_check)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	struct db *d = open_with_table();
	struct err e;

	for (int i = 0; i < 2000; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text),
		               "INSERT INTO t VALUES (%d, 'a', %d, NULL)", i,
		               i);
		if (i == 0)
			ASSERT_OK(db_begin(d, &e));
		ASSERT_OK(db_exec(d, text, &e));
	}
	ASSERT_OK(db_commit(d, &e));
	ASSERT_OK(db_quick_check(d, &e));
	db_close(d); /* the last connection: all is in the file */
	ASSERT_OK(fs_read(&b, test_path("t.db"), &e));
	memset(b.data + b.len / 2, 0xff, 2048);
	ASSERT_OK(fs_write(test_path("t.db"), b.data, b.len, 0600, &e));
	d = open_db();
	ASSERT_CODE(db_quick_check(d, &e), "db_corrupt");
	ASSERT_SAYS("is damaged");
	db_close(d);
}
