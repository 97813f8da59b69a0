#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/repo/blobs.h"
#include "tests/support/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT "some firmware"

static struct blobs opened(void)
{
	struct blobs b;
	struct err e;

	ASSERT_OK(blobs_open(&b, test_path("blobs"), &e));
	return b;
}

static const char *sha256_of(const char *text)
{
	static char out[SHA256_HEX_SIZE];

	hash_sha256_hex(out, text, strlen(text));
	return out;
}

static char *path_of(const char *sha256)
{
	SCOPED(free)
	char *name = xasprintf("blobs/%.2s/%s", sha256, sha256);

	return xstrdup(test_path(name));
}

static int upload(const char *text)
{
	int fd = open(test_path("upload"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

TEST(a_blob_is_read_back_under_its_hash)
{
	struct blobs b = opened();
	struct buf out = BUF_INIT(100);
	int64_t n = 0;
	struct err e;
	int fd;

	ASSERT_OK(blobs_put(&b, TEXT, strlen(TEXT), sha256_of(TEXT), &e));
	ASSERT_OK(blobs_put(&b, TEXT, strlen(TEXT), sha256_of(TEXT), &e));
	ASSERT_OK(blobs_size(&b, sha256_of(TEXT), &n, &e));
	ck_assert_int_eq(n, (int64_t)strlen(TEXT));
	ASSERT_OK(blobs_read(&b, sha256_of(TEXT), &out, &e));
	ck_assert_str_eq(buf_str(&out), TEXT);
	fd = blobs_fd(&b, sha256_of(TEXT), &e);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	buf_fini(&out);
	blobs_close(&b);
}

TEST(an_upload_is_taken_from_its_start_wherever_the_descriptor_stands)
{
	struct blobs b = opened();
	int64_t n = 0;
	struct err e;
	int fd = upload(TEXT);

	ASSERT_OK(blobs_adopt(&b, fd, sha256_of(TEXT), &n, &e));
	ck_assert_int_eq(n, (int64_t)strlen(TEXT));
	ASSERT_OK(blobs_adopt(&b, fd, sha256_of(TEXT), &n, &e));
	(void)close(fd);
	blobs_close(&b);
}

TEST(bytes_under_another_hash_are_refused_and_leave_nothing)
{
	struct blobs b = opened();
	struct err e;
	int64_t n;
	int fd = upload("other bytes");

	ASSERT_CODE(blobs_adopt(&b, fd, sha256_of(TEXT), &n, &e), "mismatch");
	ASSERT_CODE(blobs_put(&b, "x", 1, sha256_of(TEXT), &e), "mismatch");
	ASSERT_ERR(blobs_size(&b, sha256_of(TEXT), &n, &e), ERR_NOT_FOUND);
	ck_assert(!fs_exists(test_path("blobs/spool/0")));
	(void)close(fd);
	blobs_close(&b);
}

TEST(bit_rot_is_a_refusal)
{
	struct blobs b = opened();
	struct buf out = BUF_INIT(100);
	SCOPED(free)
	char *path = path_of(sha256_of(TEXT));
	struct err e;
	int fd;

	ASSERT_OK(blobs_put(&b, TEXT, strlen(TEXT), sha256_of(TEXT), &e));
	fd = open(path, O_WRONLY);
	ck_assert(pwrite(fd, "S", 1, 0) == 1);
	(void)close(fd);
	ASSERT_CODE(blobs_read(&b, sha256_of(TEXT), &out, &e), "mismatch");
	buf_fini(&out);
	blobs_close(&b);
}

TEST(a_rotten_blob_is_healed_by_uploading_it_again)
{
	struct blobs b = opened();
	struct buf out = BUF_INIT(100);
	SCOPED(free)
	char *path = path_of(sha256_of(TEXT));
	struct err e;
	int64_t n;
	int fd;

	ASSERT_OK(blobs_put(&b, TEXT, strlen(TEXT), sha256_of(TEXT), &e));
	fd = open(path, O_WRONLY);
	ck_assert(pwrite(fd, "S", 1, 0) == 1);
	(void)close(fd);
	fd = upload(TEXT);
	ASSERT_OK(blobs_adopt(&b, fd, sha256_of(TEXT), &n, &e));
	ASSERT_OK(blobs_read(&b, sha256_of(TEXT), &out, &e));
	(void)close(fd);
	buf_fini(&out);
	blobs_close(&b);
}

TEST(a_name_that_is_no_hash_never_becomes_a_path)
{
	static const char *const bad[] = {
		"", "../../etc/passwd", "AB",
		"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B8"
		"55"};
	struct blobs b = opened();
	struct err e;
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ASSERT_ERR(blobs_size(&b, bad[i], &n, &e), ERR_INVALID);
		ASSERT_ERR(blobs_put(&b, "", 0, bad[i], &e), ERR_INVALID);
		ck_assert_int_lt(blobs_fd(&b, bad[i], &e), 0);
	}
	blobs_close(&b);
}

TEST(what_a_killed_process_was_receiving_is_dropped_at_the_start)
{
	struct blobs b = opened();
	struct err e;

	ASSERT_OK(fs_write(test_path("blobs/spool/7"), "x", 1, 0600, &e));
	blobs_close(&b);
	b = opened();
	ck_assert(!fs_exists(test_path("blobs/spool/7")));
	blobs_close(&b);
}

static int full(void *ctx, enum fs_op op, const char *path)
{
	long *left = ctx;

	(void)op;
	(void)path;
	return (*left)-- == 0 ? ENOSPC : 0;
}

TEST(an_upload_whose_disk_fails_at_any_step_leaves_no_name)
{
	struct blobs b = opened();
	struct err e;
	int64_t n;
	int fd = upload(TEXT);
	bool failed = true;

	for (long at = 0; failed; at++) {
		long left = at;

		fs_set_hook(full, &left);
		failed = blobs_adopt(&b, fd, sha256_of(TEXT), &n, &e) != 0;
		fs_set_hook(NULL, NULL);
		/* Refused before its name existed, or by the last sync. */
		if (failed && blobs_size(&b, sha256_of(TEXT), &n, NULL) == 0) {
			struct buf out = BUF_INIT(100);

			ASSERT_OK(blobs_read(&b, sha256_of(TEXT), &out, &e));
			buf_fini(&out);
		}
		ck_assert_int_lt(at, 50);
	}
	(void)close(fd);
	blobs_close(&b);
}

static int count_flushed_folders(void *ctx, enum fs_op op, const char *path)
{
	int *n = ctx;

	(void)path;
	*n += op == FS_SYNC_DIR;
	return 0;
}

TEST(settling_blobs_flushes_each_folder_once_and_that_of_all)
{
	static const char *const texts[] = {"a", "b", "a", TEXT};
	struct blobs b = opened();
	const char *names[ARRAY_LEN(texts)];
	struct err e;
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		names[i] = test_keep(xstrdup(sha256_of(texts[i])));
		ASSERT_OK(blobs_put(&b, texts[i], strlen(texts[i]), names[i],
		                    &e));
	}
	fs_set_hook(count_flushed_folders, &n);
	ASSERT_OK(blobs_settle(&b, names, ARRAY_LEN(texts), &e));
	ck_assert_int_eq(n, 4);
	n = 0;
	ASSERT_OK(blobs_settle(&b, names, 0, &e));
	ck_assert_int_eq(n, 0);
	fs_set_hook(NULL, NULL);
	/* One that is not there at all is not passed over. */
	names[0] = sha256_of("never uploaded");
	ASSERT_ERR(blobs_settle(&b, names, 1, &e), ERR_NOT_FOUND);
	blobs_close(&b);
}
