#include "config.h"

#include "device/slots.h"
#include "lib/base/fs.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <unistd.h>

#define N ((size_t)100000)

static struct slots slots;
static char sha256[SHA256_HEX_SIZE];

static const char *filled(void)
{
	const char *bytes = fake_bytes(N, 1);
	struct err e;

	slots_fini(&slots);
	slots_init(&slots, test_dir());
	ASSERT_OK(slots_erase(&slots, 1, &e));
	ASSERT_OK(slots_write(&slots, 1, 0, bytes, N, &e));
	ASSERT_OK(slots_sync(&slots, 1, &e));
	hash_sha256_hex(sha256, bytes, N);
	return bytes;
}

static void spoil(int64_t offset)
{
	const char *bytes = fake_bytes(N, 1);
	char c = (char)(bytes[offset] ^ 4);
	struct err e;

	ASSERT_OK(slots_write(&slots, 1, offset, &c, 1, &e));
}

TEST(check_11_a_slot_is_read_back_and_hashed)
{
	struct err e;
	int64_t size;

	filled();
	ASSERT_OK(slots_check(&slots, 1, sha256, (int64_t)N, &e));
	ASSERT_OK(slots_size(&size, &slots, 1, &e));
	ck_assert_int_eq(size, (int64_t)N);
	spoil(0);
	ASSERT_CODE(slots_check(&slots, 1, sha256, (int64_t)N, &e),
	            "slot_hash");
	ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
	ASSERT_SAYS(sha256);
	filled();
	spoil((int64_t)N - 1);
	ASSERT_CODE(slots_check(&slots, 1, sha256, (int64_t)N, &e),
	            "slot_hash");
	slots_fini(&slots);
}

TEST(check_11_a_slot_of_another_length_is_refused)
{
	struct err e;

	filled();
	ASSERT_CODE(slots_check(&slots, 1, sha256, (int64_t)N - 1, &e),
	            "slot_hash");
	ASSERT_CODE(slots_check(&slots, 1, sha256, (int64_t)N + 1, &e),
	            "slot_hash");
	ASSERT_OK(slots_write(&slots, 1, (int64_t)N, "x", 1, &e));
	ASSERT_CODE(slots_check(&slots, 1, sha256, (int64_t)N, &e),
	            "slot_hash");
	slots_fini(&slots);
}

TEST(an_unwritten_slot_is_empty_and_holds_nothing)
{
	char empty[SHA256_HEX_SIZE];
	struct err e;
	int64_t size = 5;

	slots_init(&slots, test_dir());
	ASSERT_OK(slots_size(&size, &slots, 0, &e));
	ck_assert_int_eq(size, 0);
	hash_sha256_hex(empty, "", 0);
	ASSERT_ERR(slots_check(&slots, 0, empty, 0, &e), ERR_NOT_FOUND);
	slots_fini(&slots);
}

TEST(the_two_slots_do_not_touch_each_other)
{
	struct err e;

	filled();
	ASSERT_OK(slots_erase(&slots, 0, &e));
	ASSERT_OK(slots_write(&slots, 0, 0, "other", 5, &e));
	ASSERT_OK(slots_check(&slots, 1, sha256, (int64_t)N, &e));
	ck_assert_str_eq(fake_content(slots_path(&slots, 0)), "other");
	slots_fini(&slots);
}

TEST(a_slot_is_filled_from_the_factorys_file)
{
	const char *bytes = fake_bytes(N, 3);
	char want[SHA256_HEX_SIZE];
	struct err e;

	filled();
	ASSERT_OK(fs_write(test_path("img"), bytes, N, 0600, &e));
	ASSERT_OK(slots_fill(&slots, 1, test_path("img"), &e));
	hash_sha256_hex(want, bytes, N);
	ASSERT_OK(slots_check(&slots, 1, want, (int64_t)N, &e));
	ASSERT_ERR(slots_fill(&slots, 1, test_path("none"), &e), ERR_NOT_FOUND);
	slots_fini(&slots);
}

static int fail_op(void *ctx, enum fs_op op, const char *path)
{
	(void)path;
	return op == *(enum fs_op *)ctx ? EIO : 0;
}

TEST(a_flash_that_fails_says_so)
{
	static enum fs_op writing = FS_WRITE, syncing = FS_SYNC;
	struct err e;

	filled();
	fs_set_hook(fail_op, &writing);
	ASSERT_ERR(slots_write(&slots, 1, 0, "x", 1, &e), ERR_IO);
	fs_set_hook(fail_op, &syncing);
	ASSERT_ERR(slots_sync(&slots, 1, &e), ERR_IO);
	ASSERT_ERR(slots_erase(&slots, 1, &e), ERR_IO);
	fs_set_hook(NULL, NULL);
	slots_fini(&slots);
}

TEST(a_link_in_a_slots_place_is_not_followed)
{
	struct err e;

	slots_init(&slots, test_dir());
	ASSERT_OK(fs_write(test_path("precious"), "p", 1, 0600, &e));
	ck_assert_int_eq(symlink("precious", slots_path(&slots, 1)), 0);
	ASSERT_ERR(slots_erase(&slots, 1, &e), ERR_IO);
	ck_assert_str_eq(fake_content(test_path("precious")), "p");
	slots_fini(&slots);
}
