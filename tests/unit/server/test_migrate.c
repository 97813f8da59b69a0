#include "config.h"

#include "lib/base/fs.h"
#include "server/store/migrate.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"

#include <string.h>

static const struct migration steps[] = {
	{1, "0001-init", "CREATE TABLE a (x INTEGER);"},
	{2, "0002-more",
         "CREATE TABLE b (x INTEGER);\n"
         "-- a comment\n"
         "INSERT INTO b VALUES (7);\n"},
};

static struct db *open_db(void)
{
	struct db *d = NULL;
	struct err e;

	ASSERT_OK(db_open(&d, test_path("m.db"), &e));
	return d;
}

static int up(struct db *d, const struct migration *table, size_t n,
              struct err *e)
{
	struct clock_manual clock;

	clock_manual_init(&clock, 1000);
	return migrate_up(d, table, n, &clock.clock, e);
}

static bool has(struct db *d, const char *table)
{
	bool found = false;
	struct err e;

	ASSERT_OK(db_has_table(&found, d, table, &e));
	return found;
}

static int64_t ask_number(struct db *d, const char *text)
{
	SCOPED(db_stmt_free)
	struct db_stmt *q = NULL;
	struct err e;

	ASSERT_OK(db_prepare(&q, d, "test", text, &e));
	ck_assert_int_eq(db_step(q, &e), 1);
	return db_col_i64(q, 0);
}

TEST(an_empty_database_gets_every_step_once)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(up(d, steps, 1, &e));
	ck_assert(has(d, "a") && !has(d, "b"));
	ASSERT_OK(up(d, steps, 2, &e));
	ASSERT_OK(up(d, steps, 2, &e));
	ck_assert_int_eq(ask_number(d, "SELECT sum(x) FROM b"), 7);
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM migrations"), 2);
	ck_assert_int_eq(
		ask_number(d, "SELECT max(applied_ms) FROM migrations"), 1000);
	ASSERT_OK(migrate_check(d, steps, 2, &e));
}

TEST(a_schema_from_the_future_is_refused_by_all)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(up(d, steps, 2, &e));
	ASSERT_CODE(up(d, steps, 1, &e), "schema_from_the_future");
	ASSERT_SAYS("0002-more");
	ASSERT_SAYS("m.db");
	ASSERT_CODE(migrate_check(d, steps, 1, &e), "schema_from_the_future");
}

TEST(an_older_schema_is_refused_by_readers_and_left_alone)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_CODE(migrate_check(d, steps, 2, &e), "schema_too_old");
	ASSERT_OK(up(d, steps, 1, &e));
	ASSERT_CODE(migrate_check(d, steps, 2, &e), "schema_too_old");
	ck_assert(!has(d, "b"));
}

TEST(a_step_that_was_edited_after_it_ran_is_refused)
{
	static const struct migration edited[] = {
		{1, "0001-init", "CREATE TABLE a (x TEXT);"}};
	static const struct migration renamed[] = {
		{1, "0001-other", "CREATE TABLE a (x INTEGER);"}};
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(up(d, steps, 1, &e));
	ASSERT_CODE(up(d, edited, 1, &e), "migration_changed");
	ASSERT_CODE(up(d, renamed, 1, &e), "migration_changed");
}

TEST(a_database_of_another_program_is_left_alone)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(db_exec(d, "CREATE TABLE theirs (x INTEGER)", &e));
	ASSERT_CODE(up(d, steps, 1, &e), "not_ours");
	ck_assert(!has(d, "a") && !has(d, "migrations"));
}

TEST(a_step_that_fails_leaves_those_before_it)
{
	static const struct migration broken[] = {
		{1, "0001-init", "CREATE TABLE a (x INTEGER);"},
		{2, "0002-bad", "CREATE TABLE b (x INTEGER); CREATE TABL c;"},
	};
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_ERR(up(d, broken, 2, &e), ERR_INTERNAL);
	ASSERT_SAYS("0002-bad");
	ck_assert(has(d, "a") && !has(d, "b"));
	ck_assert(!db_in_transaction(d));
	ASSERT_OK(up(d, steps, 2, &e));
}

TEST(a_step_is_whole_or_absent_whichever_statement_fails)
{
	struct db_fail fail;
	struct err e;
	long n = 0;

	do {
		struct db *d = open_db();
		int result;

		db_fail_begin(&fail, n++, ERR_NO_SPACE);
		result = up(d, steps, 2, &e);
		db_fail_end();
		ck_assert_int_eq(result, fail.failed ? -1 : 0);
		db_close(d);
		d = open_db();
		if (has(d, "migrations"))
			ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM "
			                               "migrations"),
			                 has(d, "b") ? 2 : 1);
		else
			ck_assert(!has(d, NULL));
		if (has(d, "b"))
			ck_assert_int_eq(ask_number(d, "SELECT x FROM b"), 7);
		ASSERT_OK(up(d, steps, 2, &e));
		db_close(d);
		ASSERT_OK(fs_remove(test_path("m.db"), &e));
	} while (fail.failed);
	ck_assert_int_gt(n, 15);
}

TEST(the_real_steps_are_numbered_without_a_gap)
{
	for (size_t i = 0; i < n_migrations_sqlite; i++) {
		const struct migration *m = &migrations_sqlite[i];

		ck_assert_int_eq(m->number, (int)i + 1);
		ck_assert_int_eq(m->name[3] - '0', (m->number) % 10);
	}
}

/* Step 5 moves the trials into a table of its own shape. */
TEST(trials_from_before_retries_are_all_there_in_their_order)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(up(d, migrations_sqlite, 4, &e));
	ASSERT_OK(db_exec(d,
	                  "PRAGMA foreign_keys = OFF;"
	                  "INSERT INTO trials (number, rollout, device, "
	                  "attempt, control, cell, counted, step, granted_ms, "
	                  "step_ms, stood_still_ms, poll_after_s, code) VALUES "
	                  "(7, 1, 2, 3, 0, 5, 1, 7, 11, 12, 13, 14, 'boot'),"
	                  "(9, 1, 1, 1, 0, 0, 0, 6, 21, 22, 0, 30, ''),"
	                  "(8, 1, 3, NULL, 1, 4, 1, 0, 15, 16, 0, 30, '')",
	                  &e));
	ASSERT_OK(up(d, migrations_sqlite, n_migrations_sqlite, &e));
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM trials "
	                               "WHERE retry = 0"),
	                 3);
	ck_assert_int_eq(ask_number(d, "SELECT device FROM trials "
	                               "ORDER BY number DESC LIMIT 1"),
	                 1);
	ck_assert_int_eq(
		ask_number(d, "SELECT count(*) FROM trials WHERE number = 7 "
	                      "AND rollout = 1 AND device = 2 AND attempt = 3 "
	                      "AND control = 0 AND cell = 5 AND counted = 1 "
	                      "AND step = 7 AND granted_ms = 11 "
	                      "AND step_ms = 12 AND stood_still_ms = 13 "
	                      "AND poll_after_s = 14 AND code = 'boot'"),
		1);
	ck_assert(!has(d, "trials_with_retries"));
}

TEST(every_table_is_strict_and_every_time_is_an_integer)
{
	SCOPED(db_close)
	struct db *d = open_db();
	struct err e;

	ASSERT_OK(up(d, migrations_sqlite, n_migrations_sqlite, &e));
	ck_assert_int_gt(ask_number(d, "SELECT count(*) FROM "
	                               "pragma_table_list WHERE strict"),
	                 12);
	ck_assert_int_eq(ask_number(d, "SELECT count(*) FROM pragma_table_list "
	                               "WHERE NOT strict AND schema = 'main' "
	                               "AND name NOT LIKE 'sqlite%' "
	                               "AND name <> 'migrations'"),
	                 0);
	ck_assert_int_eq(ask_number(d,
	                            "SELECT count(*) FROM pragma_table_list t, "
	                            "pragma_table_info(t.name) c "
	                            "WHERE c.name LIKE '%\\_ms' ESCAPE '\\' "
	                            "AND c.type NOT IN ('INTEGER', 'BIGINT')"),
	                 0);
}
