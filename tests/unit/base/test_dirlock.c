#include "config.h"

#include "lib/base/dirlock.h"
#include "tests/support/runner.h"

TEST(a_folder_is_one_holder_s_until_it_is_dropped)
{
	struct dirlock mine = {0}, other = {0};
	struct err e = {0};

	ASSERT_OK(dirlock_take(&mine, test_dir(), &e));
	/* Taking what one has is nothing. */
	ASSERT_OK(dirlock_take(&mine, test_dir(), &e));
	ASSERT_ERR(dirlock_take(&other, test_dir(), &e), ERR_CONFLICT);
	ck_assert_str_eq(e.code, "in_use");
	ck_assert(!other.held);
	dirlock_drop(&mine);
	ASSERT_OK(dirlock_take(&other, test_dir(), &e));
	dirlock_drop(&other);
	dirlock_drop(&other);
}

TEST(what_is_no_folder_is_not_locked)
{
	struct dirlock l = {0};
	struct err e = {0};

	ASSERT_ERR(dirlock_take(&l, test_path("nowhere"), &e), ERR_NOT_FOUND);
	ck_assert(!l.held);
}
