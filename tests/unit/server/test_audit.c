#include "config.h"

#include "server/store/audit.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int64_t add(struct store *s, const char *reason)
{
	struct audit_row a = {
		.at_ms = STOCK_MS,
		.actor = "alice",
		.action = "rollout.halt",
		.object = "coat/spring.1",
		.reason = reason,
		.request_id = "r-1",
		.detail = "{\"n\":1}",
	};
	int64_t number = 0;
	struct err e;

	ASSERT_OK(audit_add(&number, s, &a, &e));
	return number;
}

struct seen {
	char text[200];
	int64_t last;
};

static int take(void *ctx, const struct audit_row *a, struct err *e)
{
	struct seen *seen = ctx;
	size_t used = strlen(seen->text);

	(void)e;
	(void)snprintf(seen->text + used, sizeof(seen->text) - used,
	               "%" PRId64 ":%s ", a->number, a->reason);
	ck_assert_str_eq(a->actor, "alice");
	ck_assert_str_eq(a->action, "rollout.halt");
	ck_assert_str_eq(a->object, "coat/spring.1");
	ck_assert_str_eq(a->request_id, "r-1");
	ck_assert_str_eq(a->detail, "{\"n\":1}");
	ck_assert_int_eq(a->at_ms, STOCK_MS);
	seen->last = a->number;
	return 0;
}

TEST(audit_rows_are_numbered_in_their_order)
{
	SCOPED(store_close)
	struct store *s = stock_open();

	ck_assert_int_eq(add(s, "a"), 1);
	ck_assert_int_eq(add(s, "b"), 2);
}

TEST(the_audit_log_cannot_be_edited_even_by_sql)
{
	static const char *const attempts[] = {
		"UPDATE audit SET reason = 'x'",
		"DELETE FROM audit",
		"DELETE FROM audit WHERE number = 1",
		"INSERT OR REPLACE INTO audit VALUES (1, 1, 'eve', 'a', 'o', "
		"'', '', '{}')",
		"REPLACE INTO audit VALUES (1, 1, 'eve', 'a', 'o', '', '', "
		"'{}')",
		"INSERT INTO audit VALUES (1, 1, 'eve', 'a', 'o', '', '', "
		"'{}') ON CONFLICT (number) DO UPDATE SET actor = 'eve'",
	};
	struct store *s = stock_open();
	SCOPED(db_close)
	struct db *d = NULL;
	struct seen seen = {0};
	struct err e;

	add(s, "why");
	d = stock_db();
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		ASSERT_ERR(db_exec(d, attempts[i], &e), ERR_CONFLICT);
		ASSERT_SAYS("append-only");
	}
	ASSERT_OK(audit_page(s, 0, 10, take, &seen, &e));
	ck_assert_str_eq(seen.text, "1:why ");
	store_close(s);
}

TEST(a_page_of_the_log_is_stable_while_rows_are_added)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct seen seen = {0};
	struct err e;

	for (int i = 0; i < 5; i++)
		add(s, "x");
	ASSERT_OK(audit_page(s, 0, 2, take, &seen, &e));
	ck_assert_str_eq(seen.text, "5:x 4:x ");
	add(s, "new");
	ASSERT_OK(audit_page(s, seen.last, 2, take, &seen, &e));
	ASSERT_OK(audit_page(s, seen.last, 2, take, &seen, &e));
	ASSERT_OK(audit_page(s, seen.last, 2, take, &seen, &e));
	ck_assert_str_eq(seen.text, "5:x 4:x 3:x 2:x 1:x ");
}

TEST(an_audit_row_without_an_actor_is_refused)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct audit_row a = {
		.at_ms = STOCK_MS,
		.actor = "",
		.action = "x",
		.object = "",
		.reason = "",
		.request_id = "",
		.detail = "{}",
	};
	struct err e;

	ASSERT_ERR(audit_add(NULL, s, &a, &e), ERR_INVALID);
	a.actor = "alice";
	a.detail = "not json";
	ASSERT_ERR(audit_add(NULL, s, &a, &e), ERR_INVALID);
	a.detail = "{}";
	ASSERT_OK(audit_add(NULL, s, &a, &e));
}
