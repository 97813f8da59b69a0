#include "config.h"

#include "lib/base/fs_batch.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A hook that counts steps and fails one of them. */
struct failing {
	int at, seen;
	enum fs_op op;
};

static int fail_one(void *ctx, enum fs_op op, const char *path)
{
	struct failing *f = ctx;

	(void)path;
	if (f->seen++ != f->at)
		return 0;
	f->op = op;
	return ENOSPC;
}

static int count_entry(void *ctx, const char *name, struct err *e)
{
	(void)name;
	(void)e;
	++*(int *)ctx;
	return 0;
}

static int entries(const char *dir)
{
	struct err e;
	int n = 0;

	ASSERT_OK(fs_list(dir, count_entry, &n, &e));
	return n;
}

static bool says(const char *path, const char *text)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);
	struct err e;

	ASSERT_OK(fs_read(&b, path, &e));
	return strcmp(buf_str(&b), text) == 0;
}

static const char *nth(const char *folder, int i)
{
	SCOPED(free)
	char *below = xasprintf("%s/%d", folder, i);

	return test_path(below);
}

/* More than are open at one time. */
#define MANY (2 * FS_BATCH_MAX + 7)

TEST(many_files_in_two_folders_are_whole_after_the_commit)
{
	SCOPED(fs_batch_fini)
	struct fs_batch b = {0};
	struct stat st;
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("x"), 0700, &e));
	ASSERT_OK(fs_mkdir(test_path("y"), 0700, &e));
	ASSERT_OK(fs_write(nth("x", 3), "old", 3, 0600, &e));
	for (int i = 0; i < MANY; i++) {
		ASSERT_OK(fs_batch_write(&b, nth("x", i), "one", 3, 0600, &e));
		ASSERT_OK(fs_batch_create(&b, nth("y", i), "two", 3, 0644, &e));
	}
	ASSERT_OK(fs_batch_commit(&b, &e));
	ck_assert_int_eq(entries(test_path("x")), MANY);
	ck_assert_int_eq(entries(test_path("y")), MANY);
	for (int i = 0; i < MANY; i++)
		ck_assert(says(nth("x", i), "one") && says(nth("y", i), "two"));
	ck_assert_int_eq(stat(nth("y", 5), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0644);
	ASSERT_OK(fs_batch_commit(&b, &e));
}

/* The process may open `spare` descriptors more than it has; the old limit. */
static struct rlimit spare_descriptors(int spare)
{
	struct rlimit old, few;
	int next = dup(STDIN_FILENO);

	ck_assert_int_ge(next, 0);
	ck_assert_int_eq(close(next), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = (rlim_t)next + (rlim_t)spare;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	return old;
}

/* How many of MANY files a batch could take. */
static int write_many(const char *folder, struct err *e)
{
	SCOPED(fs_batch_fini)
	struct fs_batch b = {0};

	for (int i = 0; i < MANY; i++)
		if (fs_batch_create(&b, nth(folder, i), "one", 3, 0600, e) != 0)
			return i;
	return fs_batch_commit(&b, e) == 0 ? MANY : -1;
}

TEST(a_batch_goes_on_with_the_few_descriptors_that_are_left)
{
	const int spares[] = {1, 2, 7};
	struct err e;

	for (size_t i = 0; i < sizeof(spares) / sizeof(spares[0]); i++) {
		const char *folder = i == 0 ? "a" : i == 1 ? "b" : "c";
		struct rlimit old;
		int n;

		ASSERT_OK(fs_mkdir(test_path(folder), 0700, &e));
		old = spare_descriptors(spares[i]);
		n = write_many(folder, &e);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
		ck_assert_msg(n == MANY, "%d: %d files, %s", spares[i], n,
		              e.msg);
		ck_assert_int_eq(entries(test_path(folder)), MANY);
		for (int k = 0; k < MANY; k++)
			ck_assert(says(nth(folder, k), "one"));
	}
}

TEST(a_batch_that_holds_nothing_needs_a_descriptor)
{
	struct rlimit old;
	struct err e;
	int n;

	ASSERT_OK(fs_mkdir(test_path("d"), 0700, &e));
	old = spare_descriptors(0);
	n = write_many("d", &e);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(e.kind, ERR_IO);
	ck_assert_int_eq(entries(test_path("d")), 0);
}

TEST(what_is_not_committed_is_not_there)
{
	struct fs_batch b = {0};
	struct err e;

	ASSERT_OK(fs_batch_write(&b, test_path("a"), "a", 1, 0600, &e));
	ck_assert(!fs_exists(test_path("a")));
	fs_batch_fini(&b);
	ck_assert_int_eq(entries(test_dir()), 0);
}

TEST(a_batch_creates_no_file_over_another)
{
	SCOPED(fs_batch_fini)
	struct fs_batch b = {0};
	struct err e;

	ASSERT_OK(fs_write(test_path("a"), "mine", 4, 0600, &e));
	ASSERT_OK(fs_batch_create(&b, test_path("a"), "other", 5, 0600, &e));
	ASSERT_ERR(fs_batch_commit(&b, &e), ERR_CONFLICT);
	ck_assert(says(test_path("a"), "mine"));
	ck_assert_int_eq(entries(test_dir()), 1);
}

TEST(the_last_of_two_writes_to_one_file_counts)
{
	SCOPED(fs_batch_fini)
	struct fs_batch b = {0};
	struct err e;

	ASSERT_OK(fs_batch_write(&b, test_path("a"), "first", 5, 0600, &e));
	ASSERT_OK(fs_batch_write(&b, test_path("a"), "last", 4, 0600, &e));
	ASSERT_OK(fs_batch_commit(&b, &e));
	ck_assert(says(test_path("a"), "last"));
	ck_assert_int_eq(entries(test_dir()), 1);
}

static int write_three(struct err *e)
{
	SCOPED(fs_batch_fini)
	struct fs_batch b = {0};

	for (int i = 0; i < 3; i++)
		if (fs_batch_write(&b, nth("d", i), "newer", 5, 0600, e) != 0)
			return -1;
	return fs_batch_commit(&b, e);
}

TEST(a_batch_that_fails_at_any_step_leaves_whole_files_and_no_others)
{
	bool finished = false;
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("d"), 0700, &e));
	for (int at = 0; !finished; at++) {
		struct failing f = {.at = at};
		int result;

		ck_assert_int_lt(at, 30);
		for (int i = 0; i < 3; i++)
			ASSERT_OK(fs_write(nth("d", i), "old", 3, 0600, &e));
		fs_set_hook(fail_one, &f);
		result = write_three(&e);
		fs_set_hook(NULL, NULL);
		finished = f.seen <= at;
		ck_assert_int_eq(result, finished ? 0 : -1);
		if (!finished)
			ck_assert_int_eq(e.kind, ERR_NO_SPACE);
		for (int i = 0; i < 3; i++)
			ck_assert(says(nth("d", i), "newer") ||
			          (!finished && says(nth("d", i), "old")));
		/* Before any name is given all bytes are on the disk. */
		if (!finished && f.op == FS_SYNC)
			ck_assert(says(nth("d", 0), "old"));
		ck_assert_int_eq(entries(test_path("d")), 3);
	}
}
