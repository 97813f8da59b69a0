#include "config.h"

#include "server/store/rollouts.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

struct taken {
	int64_t key; /* the one that is looked for, or 0 */
	struct rollout_row row;
	char revisions[200];
};

static int take(void *ctx, const struct rollout_row *r, struct err *e)
{
	struct taken *t = ctx;
	size_t used = strlen(t->revisions);

	(void)e;
	(void)snprintf(t->revisions + used, sizeof(t->revisions) - used, "%d ",
	               (int)r->plan_rev);
	if (r->key == t->key)
		t->row = *r;
	return 0;
}

static struct rollout_row find(struct store *s, int64_t key)
{
	struct taken t = {.key = key};
	struct err e;

	ASSERT_OK(rollouts_each(s, take, &t, &e));
	ck_assert_int_eq(t.row.key, key);
	return t.row;
}

TEST(a_rollout_carries_its_plan)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t plan = stock_plan(s, 4);
	int64_t key = stock_rollout(s, plan);
	struct plan_row p = stock_plan_row(4);
	struct rollout_row got = find(s, key);

	ck_assert_int_eq(got.key, key);
	ck_assert_int_eq(got.plan, plan);
	ck_assert_str_eq(got.product, "coat");
	ck_assert_str_eq(got.plan_id, "spring");
	ck_assert_int_eq(got.plan_rev, 4);
	ck_assert_str_eq(got.plan_path, p.path);
	ck_assert_str_eq(got.plan_sha256, p.sha256);
	ck_assert_int_eq(got.state, ROLLOUT_RUNNING);
	ck_assert_int_eq(got.stage, 0);
	ck_assert_int_eq(got.began_ms, STOCK_MS);
	ck_assert_int_eq(got.ended_ms, 0);
	ck_assert_str_eq(got.created_by, "alice");
}

TEST(a_plan_is_carried_out_once)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t plan = stock_plan(s, 1);
	struct rollout_row r = {
		.plan = plan,
		.stage_since_ms = 1,
		.began_ms = 1,
		.created_by = "bob",
	};
	struct err e;

	stock_rollout(s, plan);
	ASSERT_ERR(rollouts_add(NULL, s, &r, &e), ERR_CONFLICT);
	r.plan = 99;
	ASSERT_ERR(rollouts_add(NULL, s, &r, &e), ERR_INVALID);
}

TEST(stage_and_state_are_what_was_set_last)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t key = stock_rollout(s, stock_plan(s, 1));
	struct rollout_row got;
	struct err e;

	ASSERT_OK(rollouts_set_stage(s, key, 2, STOCK_MS + 9, &e));
	ASSERT_OK(rollouts_set_state(s, key, ROLLOUT_PAUSED, 0, &e));
	got = find(s, key);
	ck_assert_int_eq(got.stage, 2);
	ck_assert_int_eq(got.stage_since_ms, STOCK_MS + 9);
	ck_assert_int_eq(got.state, ROLLOUT_PAUSED);
	ck_assert_int_eq(got.ended_ms, 0);
	ASSERT_OK(rollouts_set_state(s, key, ROLLOUT_COMPLETED, 77, &e));
	got = find(s, key);
	ck_assert_int_eq(got.ended_ms, 77);
	ASSERT_ERR(rollouts_set_stage(s, key, 16, 1, &e), ERR_INVALID);
	ASSERT_ERR(rollouts_set_stage(s, 99, 1, 1, &e), ERR_NOT_FOUND);
	ASSERT_ERR(rollouts_set_state(s, 99, ROLLOUT_HALTED, 0, &e),
	           ERR_NOT_FOUND);
}

TEST(every_state_of_the_engine_can_be_kept)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t key = stock_rollout(s, stock_plan(s, 1));
	struct rollout_row got;
	struct err e;

	for (int state = ROLLOUT_RUNNING; state <= ROLLOUT_SUPERSEDED;
	     state++) {
		ASSERT_OK(rollouts_set_state(s, key, (enum rollout_state)state,
		                             0, &e));
		got = find(s, key);
		ck_assert_int_eq(got.state, state);
	}
}

TEST(rollouts_are_loaded_oldest_first)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct taken t = {0};
	struct err e;

	for (int rev = 1; rev <= 3; rev++)
		stock_rollout(s, stock_plan(s, rev));
	ASSERT_OK(rollouts_each(s, take, &t, &e));
	ck_assert_str_eq(t.revisions, "1 2 3 ");
}

TEST(what_an_operator_let_go_on_is_kept)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	int64_t key = stock_rollout(s, stock_plan(s, 1));
	struct rollout_row got;
	struct err e;

	got = find(s, key);
	ck_assert_int_eq(got.promote_to, 0);
	ASSERT_OK(rollouts_set_promote(s, key, 2, &e));
	got = find(s, key);
	ck_assert_int_eq(got.promote_to, 2);
	ASSERT_ERR(rollouts_set_promote(s, key, 0, &e), ERR_INVALID);
	ASSERT_ERR(rollouts_set_promote(s, 99, 1, &e), ERR_NOT_FOUND);
}
