#include "config.h"

#include "server/store/batches.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

static struct batch_row batch(const char *id, int hash, int64_t quota)
{
	struct batch_row b = {
		.product = "coat",
		.hw = "[\"a7\"]",
		.regions = "[\"eu\",\"us\"]",
		.channels = "[]",
		.quota = quota,
		.expires_ms = STOCK_MS + 5,
		.created_by = "alice",
		.created_ms = STOCK_MS,
	};

	(void)snprintf(b.id, sizeof(b.id), "%s", id);
	memset(b.token_hash, hash, sizeof(b.token_hash));
	return b;
}

TEST(a_batch_is_found_by_its_token_and_by_its_id)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct batch_row b = batch("spring", 1, 2), got;
	int64_t key = 0;
	struct err e;

	ASSERT_OK(batches_add(&key, s, &b, &e));
	ASSERT_OK(batches_find(&got, s, b.token_hash, &e));
	ck_assert_int_eq(got.key, key);
	ck_assert_str_eq(got.id, "spring");
	ck_assert_str_eq(got.product, "coat");
	ck_assert_str_eq(got.hw, b.hw);
	ck_assert_str_eq(got.regions, b.regions);
	ck_assert_str_eq(got.channels, b.channels);
	ck_assert_int_eq(got.quota, 2);
	ck_assert_int_eq(got.used, 0);
	ck_assert_int_eq(got.quarantined_ms, 0);
	ck_assert_str_eq(got.created_by, "alice");
	ASSERT_OK(batches_find_id(&got, s, "spring", &e));
	ck_assert_mem_eq(got.token_hash, b.token_hash, sizeof(b.token_hash));
	b.token_hash[0] = 7;
	ASSERT_ERR(batches_find(&got, s, b.token_hash, &e), ERR_NOT_FOUND);
	ASSERT_ERR(batches_find_id(&got, s, "autumn", &e), ERR_NOT_FOUND);
	ASSERT_ERR(batches_add(NULL, s, &b, &e), ERR_CONFLICT);
}

TEST(a_quota_is_never_passed)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct batch_row b = batch("spring", 1, 2), got;
	int64_t key = 0;
	struct err e;

	ASSERT_OK(batches_add(&key, s, &b, &e));
	ASSERT_OK(batches_take(s, key, &e));
	ASSERT_OK(batches_take(s, key, &e));
	ASSERT_CODE(batches_take(s, key, &e), "quota_used");
	ck_assert_int_eq(e.kind, ERR_FORBIDDEN);
	ASSERT_OK(batches_find_id(&got, s, "spring", &e));
	ck_assert_int_eq(got.used, 2);
}

TEST(a_quarantine_begins_and_ends)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct batch_row b = batch("spring", 1, 2), got;
	struct err e;

	ASSERT_OK(batches_add(NULL, s, &b, &e));
	ASSERT_OK(batches_quarantine(s, "spring", 77, &e));
	ASSERT_OK(batches_find_id(&got, s, "spring", &e));
	ck_assert_int_eq(got.quarantined_ms, 77);
	ASSERT_OK(batches_quarantine(s, "spring", 0, &e));
	ASSERT_OK(batches_find_id(&got, s, "spring", &e));
	ck_assert_int_eq(got.quarantined_ms, 0);
	ASSERT_ERR(batches_quarantine(s, "autumn", 1, &e), ERR_NOT_FOUND);
}

TEST(a_batch_whose_lists_are_no_json_is_refused)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct batch_row b = batch("spring", 1, 2);
	struct err e;

	(void)snprintf(b.hw, sizeof(b.hw), "a7");
	ASSERT_ERR(batches_add(NULL, s, &b, &e), ERR_INVALID);
	(void)snprintf(b.hw, sizeof(b.hw), "{}");
	ASSERT_ERR(batches_add(NULL, s, &b, &e), ERR_INVALID);
}

static int take(void *ctx, const struct batch_row *b, struct err *e)
{
	char *text = ctx;

	(void)e;
	text[strlen(text)] = b->id[0];
	return 0;
}

TEST(batches_are_listed_in_pages)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct batch_row a = batch("a", 1, 1), b = batch("b", 2, 1),
			 c = batch("c", 3, 1);
	char text[100] = "";
	struct err e;

	ASSERT_OK(batches_add(NULL, s, &a, &e));
	ASSERT_OK(batches_add(NULL, s, &b, &e));
	ASSERT_OK(batches_add(NULL, s, &c, &e));
	ASSERT_OK(batches_page(s, 0, 1, take, text, &e));
	ck_assert_str_eq(text, "a");
	ASSERT_OK(batches_page(s, 1, -5, take, text, &e));
	ASSERT_OK(batches_page(s, 2, INT64_MAX, take, text, &e));
	ck_assert_str_eq(text, "abc");
}
