#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/runner.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A hook that counts steps and fails one of them. */
struct failing {
	int at; /* the step that fails, from 0 */
	int seen;
	int errnum;
	enum fs_op op; /* which it was */
};

static int fail_one(void *ctx, enum fs_op op, const char *path)
{
	struct failing *f = ctx;

	(void)path;
	if (f->seen++ != f->at)
		return 0;
	f->op = op;
	return f->errnum;
}

static char *content(const char *path)
{
	struct buf b = BUF_INIT(1 << 16);
	struct err e;

	ASSERT_OK(fs_read(&b, path, &e));
	return test_keep(buf_take(&b));
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

TEST(a_written_file_is_read_back_with_its_mode)
{
	const char *path = test_path("a");
	struct stat st;
	struct err e;
	int64_t size;

	ASSERT_OK(fs_write(path, "hello", 5, 0600, &e));
	ck_assert_str_eq(content(path), "hello");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ASSERT_OK(fs_size(&size, path, &e));
	ck_assert_int_eq(size, 5);
	ASSERT_OK(fs_write(path, "", 0, 0600, &e));
	ck_assert_str_eq(content(path), "");
	ck_assert_int_eq(entries(test_dir()), 1);
}

TEST(a_file_above_the_bound_is_refused)
{
	const char *path = test_path("a");
	SCOPED(buf_fini)
	struct buf exact = BUF_INIT(5), less = BUF_INIT(4);
	struct err e;

	ASSERT_OK(fs_write(path, "hello", 5, 0600, &e));
	ASSERT_OK(fs_read(&exact, path, &e));
	ASSERT_ERR(fs_read(&less, path, &e), ERR_TOO_LARGE);
	buf_fini(&less);
}

/* Whoever reads may go on without what is too large to be right. */
TEST(memory_that_is_short_makes_no_file_too_large)
{
	const char *path = test_path("a");
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(5);
	struct err e;

	ASSERT_OK(fs_write(path, "hello", 5, 0600, &e));
	failing_malloc_arm(0);
	ASSERT_ERR(fs_read(&b, path, &e), ERR_MEMORY);
	ck_assert(failing_malloc_disarm());
	buf_reset(&b);
	ASSERT_OK(fs_read(&b, path, &e));
	ck_assert_str_eq(buf_str(&b), "hello");
}

TEST(a_missing_file_is_not_found)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(5);
	int64_t size;
	struct err e;

	ASSERT_ERR(fs_read(&b, test_path("none"), &e), ERR_NOT_FOUND);
	ASSERT_SAYS("none");
	ASSERT_ERR(fs_size(&size, test_path("none"), &e), ERR_NOT_FOUND);
	ASSERT_OK(fs_remove(test_path("none"), &e));
	ck_assert(!fs_exists(test_path("none")));
}

/* The last step, syncing the folder, comes after the rename: there the new
 * file stands already, whole. */
TEST(a_write_that_fails_at_any_step_leaves_the_old_file)
{
	const char *path = test_path("a");
	bool finished = false;
	struct err e;

	for (int at = 0; !finished; at++) {
		struct failing f = {.at = at, .errnum = ENOSPC};
		int result;

		ck_assert_int_lt(at, 20);
		ASSERT_OK(fs_write(path, "old", 3, 0600, &e));
		fs_set_hook(fail_one, &f);
		result = fs_write(path, "newer", 5, 0600, &e);
		fs_set_hook(NULL, NULL);
		finished = f.seen <= at;
		ck_assert_int_eq(result, finished ? 0 : -1);
		if (!finished)
			ck_assert_int_eq(e.kind, ERR_NO_SPACE);
		ck_assert_str_eq(content(path), finished || f.op == FS_SYNC_DIR
		                                        ? "newer"
		                                        : "old");
		ck_assert_int_eq(entries(test_dir()), 1);
	}
}

TEST(a_create_that_fails_at_any_step_leaves_nothing)
{
	const char *path = test_path("a");
	bool finished = false;
	struct err e;

	for (int at = 0; !finished; at++) {
		struct failing f = {.at = at, .errnum = EIO};
		int result;

		ck_assert_int_lt(at, 20);
		fs_set_hook(fail_one, &f);
		result = fs_create(path, "key", 3, 0600, &e);
		fs_set_hook(NULL, NULL);
		finished = f.seen <= at;
		ck_assert_int_eq(result, finished ? 0 : -1);
		ck_assert_int_eq(entries(test_dir()), finished ? 1 : 0);
	}
	ck_assert_str_eq(content(path), "key");
}

TEST(create_never_replaces_a_file_or_a_link)
{
	struct err e;

	ASSERT_OK(fs_create(test_path("a"), "one", 3, 0600, &e));
	ASSERT_ERR(fs_create(test_path("a"), "two", 3, 0600, &e), ERR_CONFLICT);
	ck_assert_str_eq(content(test_path("a")), "one");
	ck_assert_int_eq(symlink("nowhere", test_path("l")), 0);
	ASSERT_ERR(fs_create(test_path("l"), "two", 3, 0600, &e), ERR_CONFLICT);
	ck_assert(!fs_exists(test_path("nowhere")));
	ck_assert_int_eq(entries(test_dir()), 2);
}

/* A disk that knows no links, and perhaps only plain renames. */
struct poor_disk {
	int link, rename; /* errno of the link, and of the first rename */
	struct failing f;
};

static int poor(void *ctx, enum fs_op op, const char *path)
{
	struct poor_disk *d = ctx;
	int errnum = 0;

	if (op == FS_LINK)
		return d->link;
	if (op == FS_RENAME) {
		errnum = d->rename;
		d->rename = 0;
	}
	return errnum != 0 ? errnum : fail_one(&d->f, op, path);
}

TEST(a_disk_without_links_holds_new_files_too)
{
	static const int links[] = {EPERM, EOPNOTSUPP, ENOSYS};
	static const int renames[] = {0, EINVAL, ENOSYS};
	struct err e;

	for (size_t i = 0; i < 9; i++) {
		struct poor_disk d = {.link = links[i / 3],
		                      .rename = renames[i % 3],
		                      .f = {.at = -1}};
		struct poor_disk again = d;
		struct stat st;

		fs_set_hook(poor, &d);
		ASSERT_OK(fs_create(test_path("a"), "one", 3, 0640, &e));
		fs_set_hook(poor, &again);
		ASSERT_ERR(fs_create(test_path("a"), "two", 3, 0600, &e),
		           ERR_CONFLICT);
		ASSERT_SAYS("exists already");
		fs_set_hook(NULL, NULL);
		ck_assert_str_eq(content(test_path("a")), "one");
		ck_assert_int_eq(stat(test_path("a"), &st), 0);
		ck_assert_int_eq(st.st_mode & 0777, 0640);
		ck_assert_int_eq(entries(test_dir()), 1);
		ASSERT_OK(fs_remove(test_path("a"), &e));
	}
}

TEST(a_create_that_fails_there_leaves_nothing_either)
{
	static const int renames[] = {0, EINVAL};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(renames); i++) {
		bool finished = false;

		for (int at = 0; !finished; at++) {
			struct poor_disk d = {.link = EPERM,
			                      .rename = renames[i],
			                      .f = {.at = at, .errnum = EIO}};
			int result;

			ck_assert_int_lt(at, 20);
			fs_set_hook(poor, &d);
			result = fs_create(test_path("a"), "key", 3, 0600, &e);
			fs_set_hook(NULL, NULL);
			finished = d.f.seen <= at;
			ck_assert_int_eq(result, finished ? 0 : -1);
			ck_assert_int_eq(entries(test_dir()), finished);
		}
		ASSERT_OK(fs_remove(test_path("a"), &e));
	}
}

TEST(no_step_follows_a_symbolic_link)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(50);
	struct err e;

	ASSERT_OK(fs_write(test_path("real"), "real", 4, 0600, &e));
	ck_assert_int_eq(symlink("real", test_path("link")), 0);
	ASSERT_ERR(fs_read(&b, test_path("link"), &e), ERR_IO);
	ASSERT_SAYS("link: is a symbolic link, which is not followed");
	/* Writing replaces the link, not what it names. */
	ASSERT_OK(fs_write(test_path("link"), "new", 3, 0600, &e));
	ck_assert_str_eq(content(test_path("real")), "real");
	ck_assert_str_eq(content(test_path("link")), "new");
	ck_assert_int_eq(symlink("nowhere", test_path("dangling")), 0);
	ck_assert(fs_exists(test_path("dangling")));
}

TEST(a_folder_may_lie_behind_a_symbolic_link)
{
	struct err e;

	ASSERT_OK(fs_mkdir(test_path("real"), 0700, &e));
	ck_assert_int_eq(symlink("real", test_path("link")), 0);
	ASSERT_OK(fs_mkdirs(test_path("link/below"), 0700, &e));
	ASSERT_OK(fs_write(test_path("link/a"), "a", 1, 0600, &e));
	ASSERT_OK(fs_sync_dir_of(test_path("link/a"), &e));
	ck_assert_str_eq(content(test_path("real/a")), "a");
}

TEST(a_private_file_is_ours_alone)
{
	static const struct {
		mode_t mode;
		bool private;
	} modes[] = {{0600, true},  {0400, true},  {0700, true},
	             {0640, false}, {0604, false}, {0620, false},
	             {0602, false}, {0666, false}, {0601, false}};
	const char *path = test_path("a");
	struct err e;

	ASSERT_OK(fs_write(path, "secret", 6, 0600, &e));
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(50);

		ck_assert_int_eq(chmod(path, modes[i].mode), 0);
		if (modes[i].private)
			ASSERT_OK(fs_read_private(&b, path, &e));
		else
			ASSERT_CODE(fs_read_private(&b, path, &e),
			            "insecure_mode");
		ck_assert_str_eq(buf_str(&b), modes[i].private ? "secret" : "");
	}
}

TEST(a_private_file_is_a_regular_file)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(50);
	struct err e;

	ASSERT_OK(fs_write(test_path("a"), "secret", 6, 0600, &e));
	ck_assert_int_eq(symlink("a", test_path("link")), 0);
	ASSERT_CODE(fs_read_private(&b, test_path("link"), &e),
	            "insecure_mode");
	ASSERT_SAYS("symbolic link");
	/* A pipe must not keep us waiting for its other end. */
	ck_assert_int_eq(mkfifo(test_path("pipe"), 0600), 0);
	ASSERT_CODE(fs_read_private(&b, test_path("pipe"), &e),
	            "insecure_mode");
	ASSERT_OK(fs_mkdir(test_path("dir"), 0700, &e));
	ASSERT_CODE(fs_read_private(&b, test_path("dir"), &e), "insecure_mode");
	ASSERT_ERR(fs_read_private(&b, test_path("none"), &e), ERR_NOT_FOUND);
}

TEST(folders_are_made_with_their_parents_and_again)
{
	struct stat st;
	struct err e;

	ASSERT_OK(fs_mkdirs(test_path("a/b/c"), 0750, &e));
	ASSERT_OK(fs_mkdirs(test_path("a/b/c/"), 0750, &e));
	ck_assert_int_eq(stat(test_path("a/b/c"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0750);
	ASSERT_ERR(fs_mkdir(test_path("x/y"), 0700, &e), ERR_NOT_FOUND);
	ASSERT_OK(fs_write(test_path("file"), "", 0, 0600, &e));
	ASSERT_ERR(fs_mkdir(test_path("file"), 0700, &e), ERR_IO);
	ASSERT_ERR(fs_mkdirs(test_path("file/x"), 0700, &e), ERR_IO);
}

struct flushes {
	int errnum; /* with which each fails */
	int n;
};

static int count_flushes(void *ctx, enum fs_op op, const char *path)
{
	struct flushes *f = ctx;

	(void)path;
	if (op != FS_SYNC_DIR)
		return 0;
	f->n++;
	return f->errnum;
}

TEST(folders_that_a_killed_process_made_are_flushed_too)
{
	struct flushes f = {0};
	struct err e;

	ASSERT_OK(fs_mkdirs(test_path("a/b"), 0700, &e));
	fs_set_hook(count_flushes, &f);
	ASSERT_OK(fs_mkdirs(test_path("a/b"), 0700, &e));
	ck_assert_int_ge(f.n, 3); /* a, b and what test_dir() lies in */
	f.errnum = EIO;
	ASSERT_ERR(fs_mkdirs(test_path("a/b"), 0700, &e), ERR_IO);
	/* In what we may not even open we made nothing. */
	f.errnum = EACCES;
	ASSERT_OK(fs_mkdirs(test_path("a/b"), 0700, &e));
	ASSERT_ERR(fs_mkdirs(test_path("a/b/c"), 0700, &e), ERR_IO);
	fs_set_hook(NULL, NULL);
}

struct listing {
	char names[64];
	int left; /* entries before it refuses */
};

static int collect(void *ctx, const char *name, struct err *e)
{
	struct listing *l = ctx;

	if (l->left-- == 0)
		return err_set(e, ERR_BUSY, "enough");
	(void)strncat(l->names, name, sizeof(l->names) - strlen(l->names) - 1);
	(void)strncat(l->names, " ", sizeof(l->names) - strlen(l->names) - 1);
	return 0;
}

TEST(a_folder_is_listed_in_byte_order_until_told_to_stop)
{
	static const char *const names[] = {"b", "a", "B", ".h", "10", "9"};
	struct listing all = {.left = 99}, two = {.left = 2};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ASSERT_OK(fs_write(test_path(names[i]), "", 0, 0600, &e));
	ASSERT_OK(fs_list(test_dir(), collect, &all, &e));
	ck_assert_str_eq(all.names, ".h 10 9 B a b ");
	ASSERT_ERR(fs_list(test_dir(), collect, &two, &e), ERR_BUSY);
	ck_assert_str_eq(two.names, ".h 10 ");
	ASSERT_ERR(fs_list(test_path("none"), collect, &all, &e),
	           ERR_NOT_FOUND);
}

TEST(files_are_renamed_and_removed)
{
	struct failing f = {.at = 0, .errnum = EACCES};
	struct err e;

	ASSERT_OK(fs_write(test_path("a"), "a", 1, 0600, &e));
	ASSERT_OK(fs_rename(test_path("a"), test_path("b"), &e));
	ck_assert(!fs_exists(test_path("a")));
	fs_set_hook(fail_one, &f);
	ASSERT_ERR(fs_remove(test_path("b"), &e), ERR_IO);
	fs_set_hook(NULL, NULL);
	ck_assert(fs_exists(test_path("b")));
	ASSERT_OK(fs_remove(test_path("b"), &e));
	ck_assert(!fs_exists(test_path("b")));
}

TEST(joining_adds_one_slash)
{
	SCOPED(free)
	char *a = fs_join("x", "y");
	SCOPED(free)
	char *b = fs_join("x/", "y");
	SCOPED(free)
	char *c = fs_join("/", "y");

	ck_assert_str_eq(a, "x/y");
	ck_assert_str_eq(b, "x/y");
	ck_assert_str_eq(c, "/y");
}

TEST(a_path_without_a_folder_means_this_one)
{
	struct err e;

	ck_assert_int_eq(chdir(test_dir()), 0);
	ASSERT_OK(fs_write("plain", "x", 1, 0600, &e));
	ck_assert_str_eq(content(test_path("plain")), "x");
	ASSERT_OK(fs_sync_dir_of("/x", &e));
}
