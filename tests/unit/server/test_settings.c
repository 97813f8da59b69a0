#include "config.h"

#include "server/store/settings.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <string.h>

TEST(a_setting_is_what_was_put_last)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);
	struct err e;

	ASSERT_ERR(settings_get(&b, s, "colour", &e), ERR_NOT_FOUND);
	ASSERT_SAYS("setting colour");
	ASSERT_OK(settings_put(s, "colour", "red", &e));
	ASSERT_OK(settings_put(s, "colour", "blue", &e));
	ASSERT_OK(settings_get(&b, s, "colour", &e));
	ck_assert_str_eq(buf_str(&b), "blue");
}

TEST(a_value_larger_than_wanted_is_refused)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(3);
	struct err e;

	ASSERT_OK(settings_put(s, "colour", "green", &e));
	ASSERT_ERR(settings_get(&b, s, "colour", &e), ERR_TOO_LARGE);
	ASSERT_OK(settings_put(s, "colour", "red", &e));
	buf_reset(&b);
	ASSERT_OK(settings_get(&b, s, "colour", &e));
}
