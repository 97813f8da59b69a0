#include "config.h"

#include "server/store/plans.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

static int take(void *ctx, const struct plan_row *p, struct err *e)
{
	char *text = ctx;
	size_t used = strlen(text);

	(void)e;
	ck_assert_uint_eq(p->len, 2);
	ck_assert_mem_eq(p->bytes, "{}", 2);
	(void)snprintf(text + used, 200 - used, "%d%s ", (int)p->rev,
	               p->retired_ms != 0 ? "!" : "");
	return 0;
}

TEST(a_plan_is_found_by_its_path)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(100);
	struct plan_row p = stock_plan_row(1), got;
	int64_t key = 0;
	struct err e;

	ASSERT_OK(plans_add(&key, s, &p, &e));
	ASSERT_OK(plans_find(&got, &bytes, s, p.path, &e));
	ck_assert_int_eq(got.key, key);
	ck_assert_str_eq(got.id, "spring");
	ck_assert_int_eq(got.rev, 1);
	ck_assert_str_eq(got.sha256, p.sha256);
	ck_assert_str_eq(buf_str(&bytes), "{}");
	ck_assert_str_eq(got.path, p.path);
	ASSERT_ERR(plans_find(&got, &bytes, s, "plan/coat/none", &e),
	           ERR_NOT_FOUND);
	ASSERT_SAYS("plan/coat/none");
}

TEST(a_plan_is_immutable)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct plan_row p = stock_plan_row(1), other = p, elsewhere = p;
	int64_t key = 0, again = 0;
	struct err e;

	other.bytes = "[]";
	(void)snprintf(elsewhere.path, sizeof(elsewhere.path), "plan/coat/x");
	ASSERT_OK(plans_add(&key, s, &p, &e));
	ASSERT_OK(plans_add(&again, s, &p, &e));
	ck_assert_int_eq(key, again);
	ASSERT_CODE(plans_add(NULL, s, &other, &e), "path_reused");
	/* The same revision at another path. */
	ASSERT_ERR(plans_add(NULL, s, &elsewhere, &e), ERR_CONFLICT);
}

TEST(a_retired_plan_is_read_too_and_listed_again_when_it_comes_back)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	char text[200] = "";
	struct err e;

	stock_plan(s, 1);
	stock_plan(s, 2);
	stock_plan(s, 3);
	ASSERT_OK(plans_retire(s, "plan/coat/spring.1.json", 5, &e));
	ASSERT_ERR(plans_retire(s, "plan/coat/none", 5, &e), ERR_NOT_FOUND);
	ASSERT_OK(plans_of_id(s, "coat", "spring", take, text, &e));
	ck_assert_str_eq(text, "1! 2 3 ");
	stock_plan(s, 1);
	text[0] = '\0';
	ASSERT_OK(plans_of_id(s, "coat", "spring", take, text, &e));
	ck_assert_str_eq(text, "1 2 3 ");
}

TEST(the_revisions_of_one_plan_are_read_lowest_first)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct plan_row other = stock_plan_row(7);
	char text[200] = "";
	struct err e;

	(void)snprintf(other.id, sizeof(other.id), "autumn");
	stock_plan(s, 3);
	stock_plan(s, 1);
	ASSERT_OK(plans_add(NULL, s, &other, &e));
	ASSERT_OK(plans_of_id(s, "coat", "spring", take, text, &e));
	ck_assert_str_eq(text, "1 3 ");
	text[0] = '\0';
	ASSERT_OK(plans_of_id(s, "hat", "spring", take, text, &e));
	ck_assert_str_eq(text, "");
}
