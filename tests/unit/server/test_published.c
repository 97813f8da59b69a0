#include "config.h"

#include "server/store/published.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void issue(struct store *s, const char *role, int64_t version)
{
	struct metadata_row m = stock_metadata_row(role, version, "{}");
	struct err e;

	ASSERT_OK(metadata_add(s, &m, &e));
}

static int64_t change(struct store *s)
{
	int64_t number = 0;
	struct err e;

	ASSERT_OK(published_add(&number, s, STOCK_MS, PUBLISHED_HALT, "engine",
	                        &e));
	return number;
}

static int take(void *ctx, const struct metadata_row *m, struct err *e)
{
	char *text = ctx;
	size_t used = strlen(text);

	(void)e;
	ck_assert_uint_eq(m->len, 2);
	(void)snprintf(text + used, 200 - used, "%s:%" PRId64 " ", m->role,
	               m->version);
	return 0;
}

TEST(the_visible_set_is_one_version_of_each_role)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	char text[200] = "";
	int64_t c, version = 0;
	struct err e;

	issue(s, "timestamp", 1);
	issue(s, "timestamp", 2);
	issue(s, "snapshot", 5);
	c = change(s);
	ASSERT_OK(published_set(s, "timestamp", 1, c, &e));
	ASSERT_OK(published_set(s, "snapshot", 5, c, &e));
	ASSERT_OK(published_set(s, "timestamp", 2, change(s), &e));
	ASSERT_OK(published_each(s, take, text, &e));
	ck_assert_str_eq(text, "snapshot:5 timestamp:2 ");
	ASSERT_OK(published_version(&version, s, "timestamp", &e));
	ck_assert_int_eq(version, 2);
	ASSERT_OK(published_version(&version, s, "root", &e));
	ck_assert_int_eq(version, 0);
}

TEST(a_published_version_never_goes_back)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(db_close)
	struct db *d = stock_db();
	int64_t c, version = 0;
	struct err e;

	issue(s, "timestamp", 1);
	issue(s, "timestamp", 2);
	c = change(s);
	ASSERT_OK(published_set(s, "timestamp", 2, c, &e));
	ASSERT_OK(published_set(s, "timestamp", 2, c, &e));
	ASSERT_CODE(published_set(s, "timestamp", 1, c, &e), "version_back");
	ASSERT_SAYS("version 1 is below the published 2");
	ASSERT_ERR(db_exec(d, "UPDATE published SET version = 1", &e),
	           ERR_CONFLICT);
	ASSERT_SAYS("never goes back");
	ASSERT_OK(published_version(&version, s, "timestamp", &e));
	ck_assert_int_eq(version, 2);
}

TEST(only_an_issued_version_becomes_visible)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct err e;

	issue(s, "timestamp", 1);
	ASSERT_ERR(published_set(s, "timestamp", 2, change(s), &e),
	           ERR_INVALID);
	ASSERT_ERR(published_set(s, "timestamp", 1, 77, &e), ERR_INVALID);
}

TEST(each_change_says_who_and_why)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t number = 0;
	struct err e;

	for (int c = 0; c < PUBLISHED_CAUSES; c++) {
		ASSERT_OK(published_add(&number, s, STOCK_MS + c,
		                        (enum published_cause)c, "alice", &e));
		ck_assert_int_eq(number, c + 1);
	}
	ck_assert_str_eq(stock_read("SELECT cause || ' by ' || actor || ',' "
	                            "FROM publishes ORDER BY number"),
	                 "publish by alice, resign by alice, "
	                 "rollout by alice, halt by alice, ");
}
