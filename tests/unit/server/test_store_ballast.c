#include "config.h"

#include "lib/base/fs.h"
#include "server/store/store_ballast.h"
#include "tests/support/runner.h"

#include <errno.h>
#include <string.h>

static int full_disk(void *ctx, enum fs_op op, const char *path)
{
	(void)ctx;
	(void)path;
	return op == FS_WRITE ? ENOSPC : 0;
}

TEST(ballast_holds_room_until_it_is_released)
{
	const char *path = test_path("ballast");
	int64_t size = 0;
	struct err e;

	ck_assert(!store_ballast_is_held(path));
	ASSERT_OK(store_ballast_make(path, &e));
	ASSERT_OK(store_ballast_make(path, &e));
	ck_assert(store_ballast_is_held(path));
	ASSERT_OK(fs_size(&size, path, &e));
	ck_assert_int_eq(size, STORE_BALLAST_BYTES);
	ASSERT_OK(store_ballast_release(path, &e));
	ASSERT_OK(store_ballast_release(path, &e));
	ck_assert(!store_ballast_is_held(path));
}

TEST(a_full_disk_leaves_no_half_of_a_ballast)
{
	const char *path = test_path("ballast");
	struct err e;

	fs_set_hook(full_disk, NULL);
	ASSERT_ERR(store_ballast_make(path, &e), ERR_NO_SPACE);
	fs_set_hook(NULL, NULL);
	ck_assert(!fs_exists(path));
	ASSERT_OK(store_ballast_make(path, &e));
}

TEST(a_ballast_cut_short_by_a_crash_is_made_anew)
{
	const char *path = test_path("ballast");
	struct err e;

	ASSERT_OK(fs_write(path, "x", 1, 0600, &e));
	ck_assert(!store_ballast_is_held(path));
	ASSERT_OK(store_ballast_make(path, &e));
	ck_assert(store_ballast_is_held(path));
}
