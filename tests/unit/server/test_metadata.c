#include "config.h"

#include "server/store/metadata.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <string.h>

TEST(an_issued_version_is_given_back_as_it_was)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);
	struct metadata_row m = stock_metadata_row("targets", 3, "{\"a\":1}");
	struct metadata_row got;
	struct err e;

	ASSERT_OK(metadata_add(s, &m, &e));
	ASSERT_OK(metadata_find(&got, &b, s, "targets", 3, &e));
	ck_assert_str_eq(buf_str(&b), "{\"a\":1}");
	ck_assert_str_eq(got.role, "targets");
	ck_assert_int_eq(got.version, 3);
	ck_assert_str_eq(got.sha256, m.sha256);
	ck_assert_int_eq(got.expires_ms, m.expires_ms);
	ck_assert_int_eq(got.created_ms, m.created_ms);
	ck_assert_ptr_null(got.bytes);
	ASSERT_ERR(metadata_find(&got, &b, s, "targets", 2, &e), ERR_NOT_FOUND);
	ASSERT_SAYS("targets version 2");
}

TEST(a_version_is_never_issued_again_with_other_bytes)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);
	struct metadata_row m = stock_metadata_row("timestamp", 9, "{\"a\":1}");
	struct metadata_row other =
		stock_metadata_row("timestamp", 9, "{\"a\":2}");
	struct metadata_row got;
	struct err e;

	ASSERT_OK(metadata_add(s, &m, &e));
	ASSERT_OK(metadata_add(s, &m, &e));
	ASSERT_CODE(metadata_add(s, &other, &e), "version_reused");
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ASSERT_SAYS("timestamp: version 9");
	ASSERT_OK(metadata_find(&got, &b, s, "timestamp", 9, &e));
	ck_assert_str_eq(buf_str(&b), "{\"a\":1}");
}

TEST(an_issued_version_cannot_be_edited_even_by_sql)
{
	static const char *const attempts[] = {
		"UPDATE metadata SET bytes = x'0000'",
		"DELETE FROM metadata",
		"REPLACE INTO metadata SELECT role, version, sha256, "
		"expires_ms, created_ms, x'0000' FROM metadata",
	};
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(db_close)
	struct db *d = stock_db();
	struct metadata_row m = stock_metadata_row("root", 1, "{}");
	struct err e;

	ASSERT_OK(metadata_add(s, &m, &e));
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		ASSERT_ERR(db_exec(d, attempts[i], &e), ERR_CONFLICT);
		ASSERT_SAYS("an issued version is never");
	}
	ASSERT_OK(metadata_add(s, &m, &e));
}

TEST(a_row_that_says_too_little_is_refused)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct metadata_row m = stock_metadata_row("root", 0, "{}");
	struct err e;

	ASSERT_ERR(metadata_add(s, &m, &e), ERR_INVALID);
	m = stock_metadata_row("root", 1, "{}");
	m.sha256[0] = '\0';
	ASSERT_ERR(metadata_add(s, &m, &e), ERR_INVALID);
	m = stock_metadata_row("root", 1, "");
	ASSERT_ERR(metadata_add(s, &m, &e), ERR_INVALID);
}

TEST(the_highest_version_is_known_though_it_is_not_current)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct metadata_row a = stock_metadata_row("snapshot", 4, "{}");
	struct metadata_row b = stock_metadata_row("snapshot", 11, "{}");
	int64_t highest = -1;
	struct err e;

	ASSERT_OK(metadata_highest(&highest, s, "snapshot", &e));
	ck_assert_int_eq(highest, 0);
	ASSERT_OK(metadata_add(s, &b, &e));
	ASSERT_OK(metadata_add(s, &a, &e));
	ASSERT_OK(metadata_highest(&highest, s, "snapshot", &e));
	ck_assert_int_eq(highest, 11);
}

static int take(void *ctx, const struct metadata_row *m, struct err *e)
{
	int64_t *sum = ctx;

	(void)e;
	ck_assert_uint_eq(m->len, 2);
	ck_assert_mem_eq(m->bytes, "{}", 2);
	*sum = *sum * 10 + m->version;
	return 0;
}

TEST(every_root_is_given_in_order)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t sum = 0;
	struct err e;

	for (int64_t v = 3; v > 0; v--) {
		struct metadata_row m = stock_metadata_row("root", v, "{}");

		ASSERT_OK(metadata_add(s, &m, &e));
	}
	struct metadata_row other = stock_metadata_row("targets", 7, "{}");
	ASSERT_OK(metadata_add(s, &other, &e));
	ASSERT_OK(metadata_each(s, "root", take, &sum, &e));
	ck_assert_int_eq(sum, 123);
}
