#include "config.h"

#include "server/store/tokens.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

static struct token_row token(int n)
{
	struct token_row t = {
		.name = "Alice's laptop",
		.scopes = "[\"rollout:write\"]",
		.expires_ms = STOCK_MS + 5,
		.created_ms = STOCK_MS,
	};

	(void)snprintf(t.id, sizeof(t.id), "op-%d", n);
	memset(t.hash, n, sizeof(t.hash));
	return t;
}

TEST(a_token_is_found_by_its_hash_alone)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct token_row t = token(1), other = token(2), got;
	int64_t key = 0;
	struct err e;

	ASSERT_OK(tokens_add(&key, s, &t, &e));
	ASSERT_OK(tokens_find(&got, s, t.hash, &e));
	ck_assert_int_eq(got.key, key);
	ck_assert_str_eq(got.id, "op-1");
	ck_assert_str_eq(got.name, t.name);
	ck_assert_str_eq(got.scopes, t.scopes);
	ck_assert_int_eq(got.expires_ms, t.expires_ms);
	ck_assert_int_eq(got.created_ms, t.created_ms);
	ck_assert_int_eq(got.revoked_ms, 0);
	ck_assert_mem_eq(got.hash, t.hash, sizeof(t.hash));
	ASSERT_ERR(tokens_find(&got, s, other.hash, &e), ERR_NOT_FOUND);
}

TEST(a_revocation_stays_as_it_was_first_made)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct token_row t = token(1), got;
	struct err e;

	ASSERT_OK(tokens_add(NULL, s, &t, &e));
	ASSERT_OK(tokens_revoke(s, "op-1", 100, &e));
	ASSERT_OK(tokens_revoke(s, "op-1", 200, &e));
	ASSERT_OK(tokens_find(&got, s, t.hash, &e));
	ck_assert_int_eq(got.revoked_ms, 100);
	ASSERT_ERR(tokens_revoke(s, "op-2", 100, &e), ERR_NOT_FOUND);
}

TEST(two_tokens_share_neither_id_nor_hash)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct token_row t = token(1), same_id = token(1), same_hash = token(1);
	struct err e;

	memset(same_id.hash, 9, sizeof(same_id.hash));
	(void)snprintf(same_hash.id, sizeof(same_hash.id), "op-9");
	ASSERT_OK(tokens_add(NULL, s, &t, &e));
	ASSERT_ERR(tokens_add(NULL, s, &same_id, &e), ERR_CONFLICT);
	ASSERT_ERR(tokens_add(NULL, s, &same_hash, &e), ERR_CONFLICT);
}

static int count(void *ctx, const struct token_row *t, struct err *e)
{
	int64_t *sum = ctx;

	(void)e;
	*sum = *sum * 10 + t->key;
	return 0;
}

TEST(tokens_are_listed_in_pages)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t sum = 0;
	struct err e;

	for (int n = 1; n <= 3; n++) {
		struct token_row t = token(n);

		ASSERT_OK(tokens_add(NULL, s, &t, &e));
	}
	ASSERT_OK(tokens_page(s, 0, 2, count, &sum, &e));
	ASSERT_OK(tokens_page(s, 2, 2, count, &sum, &e));
	ck_assert_int_eq(sum, 123);
}
