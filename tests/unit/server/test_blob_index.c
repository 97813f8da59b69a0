#include "config.h"

#include "server/store/blob_index.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

static struct blob_row blob(int n, int64_t length)
{
	struct blob_row b = {.length = length, .first_seen_ms = STOCK_MS};

	(void)snprintf(b.sha256, sizeof(b.sha256), "%s", stock_sha256(n));
	return b;
}

TEST(a_blob_has_one_length)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct blob_row b = blob(1, 10), other = blob(1, 11), got;
	struct err e;

	ASSERT_OK(blob_index_add(s, &b, &e));
	ASSERT_OK(blob_index_add(s, &b, &e));
	ASSERT_ERR(blob_index_add(s, &other, &e), ERR_CONFLICT);
	ASSERT_SAYS("has 10 bytes, not 11");
	ASSERT_OK(blob_index_find(&got, s, b.sha256, &e));
	ck_assert_int_eq(got.length, 10);
	ck_assert_int_eq(got.first_seen_ms, STOCK_MS);
	ck_assert_str_eq(got.sha256, b.sha256);
	ASSERT_ERR(blob_index_find(&got, s, stock_sha256(2), &e),
	           ERR_NOT_FOUND);
}

TEST(a_name_that_is_no_digest_is_refused)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct blob_row b = blob(1, 10), got;
	struct err e;

	b.sha256[0] = 'X';
	ASSERT_ERR(blob_index_add(s, &b, &e), ERR_INVALID);
	ASSERT_SAYS("64 hex digits");
	ASSERT_ERR(blob_index_find(&got, s, "abcd", &e), ERR_INVALID);
	b.sha256[0] = '\0';
	ASSERT_ERR(blob_index_add(s, &b, &e), ERR_INVALID);
}

static int take(void *ctx, const struct blob_row *b, struct err *e)
{
	int64_t *sum = ctx;

	(void)e;
	*sum = *sum * 10 + b->length;
	return 0;
}

static int stop(void *ctx, const struct blob_row *b, struct err *e)
{
	(void)ctx;
	(void)b;
	return err_set(e, ERR_BUSY, "enough");
}

TEST(blobs_come_in_the_order_of_their_names_until_the_caller_stops)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t sum = 0;
	struct err e;

	for (int n = 3; n > 0; n--) {
		struct blob_row b = blob(n, n);

		ASSERT_OK(blob_index_add(s, &b, &e));
	}
	ASSERT_OK(blob_index_each(s, take, &sum, &e));
	ck_assert_int_eq(sum, 123);
	ASSERT_ERR(blob_index_each(s, stop, NULL, &e), ERR_BUSY);
	sum = 0;
	ASSERT_OK(blob_index_each(s, take, &sum, &e));
	ck_assert_int_eq(sum, 123);
}
