#include "config.h"

#include "lib/base/mem.h"
#include "server/store/halts.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

static struct halt_row halt(int64_t rollout, const char *hw, const char *region)
{
	struct halt_row h = {
		.rollout = rollout,
		.at_ms = STOCK_MS,
		.actor = "engine",
		.evidence = "{\"failures\":3}",
	};

	(void)snprintf(h.hw, sizeof(h.hw), "%s", hw);
	(void)snprintf(h.region, sizeof(h.region), "%s", region);
	return h;
}

static int take(void *ctx, const struct halt_row *h, struct err *e)
{
	char *text = ctx;
	size_t used = strlen(text);

	(void)e;
	(void)snprintf(text + used, 200 - used, "%s/%s by %s%s ", h->hw,
	               h->region, h->actor, h->by_hand ? " by hand" : "");
	ck_assert_int_eq(h->at_ms, STOCK_MS);
	ck_assert_str_eq(h->evidence, "{\"failures\":3}");
	return 0;
}

TEST(a_halt_keeps_its_first_evidence)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t rollout = stock_rollout(s, stock_plan(s, 1));
	struct halt_row h = halt(rollout, "a7", "*");
	struct halt_row again = halt(rollout, "a7", "*");
	int64_t first = 0, second = 0;
	char text[200] = "";
	struct err e;

	again.actor = "bob";
	again.by_hand = true;
	again.evidence = "{}";
	ASSERT_OK(halts_add(&first, s, &h, &e));
	ASSERT_OK(halts_add(&second, s, &again, &e));
	ck_assert_int_eq(first, second);
	ASSERT_OK(halts_each(s, take, text, &e));
	ck_assert_str_eq(text, "a7/* by engine ");
}

TEST(a_halt_is_a_latch_even_for_sql)
{
	static const char *const attempts[] = {
		"UPDATE halts SET hw = 'b2'",
		"DELETE FROM halts",
		"REPLACE INTO halts VALUES (1, 1, 'b2', 'us', 1, 1, 'eve', "
		"'{}')",
		"REPLACE INTO halts SELECT 9, rollout, hw, region, 1, 1, "
		"'eve', '{}' FROM halts",
	};
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(db_close)
	struct db *d = stock_db();
	int64_t rollout = stock_rollout(s, stock_plan(s, 1));
	struct halt_row h = halt(rollout, "a7", "eu");
	char text[200] = "";
	struct err e;

	ASSERT_OK(halts_add(NULL, s, &h, &e));
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		ASSERT_ERR(db_exec(d, attempts[i], &e), ERR_CONFLICT);
		ASSERT_SAYS("latch");
	}
	ASSERT_OK(halts_each(s, take, text, &e));
	ck_assert_str_eq(text, "a7/eu by engine ");
}

TEST(a_halt_of_no_rollout_is_refused)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct halt_row h = halt(77, "a7", "eu");
	struct err e;

	ASSERT_ERR(halts_add(NULL, s, &h, &e), ERR_INVALID);
}

static int take_rev(void *ctx, const struct halt_row *h, struct err *e)
{
	char *text = ctx;
	size_t used = strlen(text);

	(void)e;
	(void)snprintf(text + used, 200 - used, "%s/%s of %d ", h->hw,
	               h->region, (int)h->rev);
	return 0;
}

TEST(halts_of_all_revisions_of_a_plan_are_found_with_their_revision)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t two = stock_rollout(s, stock_plan(s, 2));
	int64_t one = stock_rollout(s, stock_plan(s, 1));
	struct halt_row rows[] = {halt(two, "a7", "us"), halt(one, "*", "eu")};
	char text[200] = "";
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_OK(halts_add(NULL, s, &rows[i], &e));
	ASSERT_OK(halts_of_plan(s, "coat", "spring", take_rev, text, &e));
	ck_assert_str_eq(text, "*/eu of 1 a7/us of 2 ");
	text[0] = '\0';
	ASSERT_OK(halts_of_plan(s, "coat", "autumn", take_rev, text, &e));
	ck_assert_str_eq(text, "");
}
