#include "config.h"

#include "device/records.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *dir;

/* A store whose floor_s counts the saves. */
static struct records *opened(bool *fresh)
{
	struct records *s = NULL;
	bool unused;
	struct err e;

	dir = test_dir();
	ASSERT_OK(records_open(&s, fresh != NULL ? fresh : &unused, dir, &e));
	return s;
}

static void save_as(struct records *s, int64_t floor_s)
{
	struct err e;

	records_state(s)->floor_s = floor_s;
	ASSERT_OK(records_save(s, &e));
}

static int64_t floor_after_reopening(void)
{
	SCOPED(records_free)
	struct records *s = opened(NULL);

	return records_state(s)->floor_s;
}

/* A fresh folder with three saves: the newest is 3 and stands in state.0,
 * the older one is 2. */
static void three_saves(void)
{
	struct provision p = {0};
	struct err e;

	ASSERT_OK(fs_remove(test_path("state.0"), &e));
	ASSERT_OK(fs_remove(test_path("state.1"), &e));
	fake_provision(&p, 'f', 4);
	SCOPED(records_free)
	struct records *s = opened(NULL);
	state_init(records_state(s), &p);
	provision_fini(&p);
	for (int i = 1; i <= 3; i++)
		save_as(s, i);
}

TEST(a_store_begins_fresh_and_remembers)
{
	bool fresh = false;

	records_free(opened(&fresh));
	ck_assert(fresh);
	three_saves();
	records_free(opened(&fresh));
	ck_assert(!fresh);
	ck_assert_int_eq(floor_after_reopening(), 3);
}

TEST(saves_take_turns)
{
	three_saves();
	ck_assert_ptr_nonnull(
		strstr(fake_content(test_path("state.0")), "\"floor_s\":3"));
	ck_assert_ptr_nonnull(
		strstr(fake_content(test_path("state.1")), "\"floor_s\":2"));
}

/* The power may go after any byte of the fourth record. */
TEST(every_torn_prefix_of_a_record_still_loads_the_older_one)
{
	SCOPED(buf_fini)
	struct buf before = BUF_INIT(1 << 20), after = BUF_INIT(1 << 20);
	const char *path = test_path("state.1");
	struct err e;

	three_saves();
	ASSERT_OK(fs_read(&before, path, &e));
	SCOPED(records_free)
	struct records *s = opened(NULL);
	save_as(s, 4444);
	ASSERT_OK(fs_read(&after, path, &e));
	for (size_t n = 0; n < after.len; n++) {
		SCOPED(buf_fini)
		struct buf torn = BUF_INIT(1 << 20);

		/* In place: what the cut left over is the older record's. */
		buf_add(&torn, after.data, n);
		if (before.len > n)
			buf_add(&torn, before.data + n, before.len - n);
		ASSERT_OK(fs_write(path, buf_str(&torn), torn.len, 0600, &e));
		ck_assert_int_eq(floor_after_reopening(), 3);
		/* On a medium that was erased first. */
		ASSERT_OK(fs_write(path, after.data, n, 0600, &e));
		ck_assert_int_eq(floor_after_reopening(), 3);
	}
	ASSERT_OK(fs_write(path, after.data, after.len, 0600, &e));
	ck_assert_int_eq(floor_after_reopening(), 4444);
	buf_fini(&before);
}

TEST(every_flipped_bit_of_the_newest_record_loads_the_older_one)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	const char *path = test_path("state.0");
	struct err e;

	three_saves();
	ASSERT_OK(fs_read(&b, path, &e));
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= (char)(1 << i % 8);
		ASSERT_OK(fs_write(path, b.data, b.len, 0600, &e));
		ck_assert_int_eq(floor_after_reopening(), 2);
		b.data[i] ^= (char)(1 << i % 8);
	}
}

TEST(a_shorter_record_over_a_longer_one_is_whole)
{
	three_saves();
	SCOPED(records_free)
	struct records *s = opened(NULL);
	for (int i = 0; i < 50; i++) {
		char id[20];

		(void)snprintf(id, sizeof(id), "plan-%d", i);
		state_latch_set(records_state(s), id, i);
	}
	save_as(s, 4);
	save_as(s, 5);
	records_state(s)->n_latches = 0;
	save_as(s, 6);
	save_as(s, 7);
	ck_assert_int_eq(floor_after_reopening(), 7);
	SCOPED(records_free)
	struct records *again = opened(NULL);
	ck_assert_uint_eq(records_state(again)->n_latches, 0);
}

TEST(a_first_record_that_was_never_finished_is_a_fresh_start)
{
	bool fresh = false;
	struct err e;

	ASSERT_OK(fs_write(test_path("state.0"), "pawl-store/1 00", 15, 0600,
	                   &e));
	records_free(opened(&fresh));
	ck_assert(fresh);
}

TEST(a_store_that_is_spoilt_does_not_open_empty)
{
	struct records *s = NULL;
	bool fresh = true;
	struct err e;

	three_saves();
	ASSERT_OK(fs_write(test_path("state.0"), "x", 1, 0600, &e));
	ASSERT_OK(fs_write(test_path("state.1"), "y", 1, 0600, &e));
	ASSERT_CODE(records_open(&s, &fresh, test_dir(), &e), "store_corrupt");
	ck_assert_ptr_null(s);
	ck_assert(!fresh);
}

static int fail_op(void *ctx, enum fs_op op, const char *path)
{
	(void)path;
	return op == *(enum fs_op *)ctx ? ENOSPC : 0;
}

TEST(a_save_that_fails_leaves_the_older_record)
{
	static enum fs_op ops[] = {FS_WRITE, FS_SYNC};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		three_saves();
		SCOPED(records_free)
		struct records *s = opened(NULL);
		records_state(s)->floor_s = 99;
		fs_set_hook(fail_op, &ops[i]);
		ASSERT_ERR(records_save(s, &e), ERR_NO_SPACE);
		fs_set_hook(NULL, NULL);
		/* Written but not synced may be there: older or newer, never
		 * spoilt. */
		if (ops[i] == FS_WRITE)
			ck_assert_int_eq(floor_after_reopening(), 3);
		else
			ck_assert_int_eq(floor_after_reopening(), 99);
	}
}

TEST(a_link_in_the_stores_place_is_not_followed)
{
	struct records *s = NULL;
	bool fresh;
	struct err e;

	ck_assert_int_eq(symlink("/etc/passwd", test_path("state.0")), 0);
	ASSERT_ERR(records_open(&s, &fresh, test_dir(), &e), ERR_IO);
	(void)fresh;
}
