#include "config.h"

#include "get/artifact.h"
#include "get/url.h"
#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/get/mirror.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTENT "0123456789abcdefghijklmnopqrstuvwxyz"
#define OTHER "zyxwvutsrqponmlkjihgfedcba9876543210"

/* One target, and a folder for it. */
struct bench {
	struct mirror m;
	const char *dir;
	struct artifact a;
	bool cached;
	char *path;
};

static void bench_fini(struct bench *b)
{
	free(b->path);
	mirror_fini(&b->m);
}
DEFINE_SCOPED_PLACE(bench_fini, struct bench)

static void bench_init(struct bench *b, const char *path)
{
	struct err e = {0};

	*b = (struct bench){0};
	mirror_init(&b->m);
	b->dir = test_path("files");
	ASSERT_OK(fs_mkdir(b->dir, 0755, &e));
	mirror_add(&b->m, "targets", path, CONTENT);
	b->a.target =
		tuf_targets_find(tuf_repo_role(b->m.repo, "targets"), path);
	b->a.dir = b->dir;
	b->a.url =
		test_keep(url_of_target("http://mirror/t", b->a.target, false));
}

static void die(struct mirror *m)
{
	(void)m;
	(void)kill(getpid(), SIGKILL);
}

#define BENCH(path)         \
	struct err e = {0}; \
	SCOPED(bench_fini)  \
	struct bench b;     \
	bench_init(&b, path)

static int get(struct bench *b, struct err *e)
{
	free(b->path);
	b->path = NULL;
	return artifact_get(&b->path, &b->cached, &b->a, &b->m.door, e);
}

/* The name of the partial file of the target and of another version. */
static const char *part_of(const struct bench *b)
{
	return test_keep(xasprintf(".x=%s.part", b->a.target->sha256));
}

TEST(a_file_arrives_whole_and_alone)
{
	BENCH("a/x");

	ASSERT_OK(get(&b, &e));
	ck_assert(!b.cached);
	ck_assert_str_eq(names_in(b.dir), "a%2Fx");
	ck_assert_str_eq(file_text(b.dir, "a%2Fx"), CONTENT);
	ck_assert_str_eq(mirror_asked(&b.m), "t/a/x");
}

TEST(what_is_there_is_not_fetched_again)
{
	BENCH("x");

	ASSERT_OK(get(&b, &e));
	(void)mirror_asked(&b.m);
	ASSERT_OK(get(&b, &e));
	ck_assert(b.cached);
	ck_assert_str_eq(mirror_asked(&b.m), "");
}

TEST(another_file_in_its_place_is_replaced)
{
	BENCH("x");

	ASSERT_OK(
		fs_write(test_path("files/x"), OTHER, strlen(OTHER), 0644, &e));
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
}

TEST(an_empty_file_needs_no_request)
{
	BENCH("x");
	struct tuf_targets *t = tuf_repo_role(b.m.repo, "targets");
	char hash[SHA256_HEX_SIZE];

	hash_sha256_hex(hash, "", 0);
	tuf_targets_put(t, "x", 0, hash, NULL);
	b.a.target = tuf_targets_find(t, "x");
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(file_text(b.dir, "x"), "");
	ck_assert_str_eq(mirror_asked(&b.m), "");
}

TEST(other_bytes_longer_bytes_and_fewer_bytes_are_refused_and_do_not_stay)
{
	static const char *const contents[] = {OTHER, CONTENT "!", "0123", ""};
	BENCH("x");

	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		mirror_serve(&b.m, "x", contents[i]);
		ASSERT_CODE(get(&b, &e), "mismatch");
		ck_assert_str_eq(names_in(b.dir), "");
	}
}

TEST(not_one_byte_beyond_the_signed_length_is_taken)
{
	BENCH("x");
	SCOPED(free)
	char *endless = xcalloc(100001, 1);

	memset(endless, '0', 100000);
	mirror_serve(&b.m, "x", endless);
	b.m.during = die;
	b.m.during_at = 2 * (int64_t)strlen(CONTENT);
	ASSERT_CODE(get(&b, &e), "mismatch");
	ASSERT_SAYS("more than the 36 bytes that are signed");
}

TEST(a_refused_replacement_leaves_the_file_that_was_there)
{
	BENCH("x");

	ASSERT_OK(fs_write(test_path("files/x"), "old", 3, 0644, &e));
	mirror_serve(&b.m, "x", OTHER);
	ASSERT_CODE(get(&b, &e), "mismatch");
	ck_assert_str_eq(names_in(b.dir), "x");
	ck_assert_str_eq(file_text(b.dir, "x"), "old");
}

TEST(every_listed_hash_must_match)
{
	BENCH("x");
	struct tuf_target t = *b.a.target;
	struct hash *h = hash_new(HASH_SHA512);
	uint8_t raw[SHA512_SIZE];
	char hex[2 * SHA512_SIZE + 1];

	hash_update(h, CONTENT, strlen(CONTENT));
	hash_final(h, raw);
	hash_free(h);
	hex_encode(hex, raw, sizeof(raw));
	t.sha512 = hex;
	b.a.target = &t;
	ASSERT_OK(get(&b, &e));
	ASSERT_OK(fs_remove(test_path("files/x"), &e));
	/* sha512 alone will do. */
	t.sha256[0] = '\0';
	ASSERT_OK(get(&b, &e));
	ASSERT_OK(fs_remove(test_path("files/x"), &e));
	hex[0] ^= 1;
	ASSERT_CODE(get(&b, &e), "mismatch");
	ck_assert_str_eq(names_in(b.dir), "");
}

TEST(a_missing_file_and_a_sick_server_are_told_apart)
{
	BENCH("x");

	b.m.status = 404;
	ASSERT_CODE(get(&b, &e), "missing");
	b.m.status = 503;
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
	ASSERT_SAYS("status 503");
	b.m.status = 302;
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
}

TEST(a_download_that_was_cut_goes_on_where_it_was)
{
	BENCH("x");

	b.m.cut_at = 10;
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
	ck_assert_str_eq(file_text(b.dir, part_of(&b)), "0123456789");
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
	b.m.cut_at = -1;
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(mirror_asked(&b.m), "t/x t/x[10-35] t/x[20-35]");
	ck_assert_str_eq(names_in(b.dir), "x");
	ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
}

TEST(a_download_that_was_killed_goes_on_where_it_was)
{
	BENCH("x");
	pid_t child;
	int status;

	b.m.during = die;
	b.m.during_at = 21;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(get(&b, &e) == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_str_eq(names_in(b.dir), part_of(&b));
	b.m.during = NULL;
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(mirror_asked(&b.m), "t/x[21-35]");
	ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
}

TEST(a_server_without_ranges_is_listened_to_from_the_start)
{
	BENCH("x");

	b.m.cut_at = 10;
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
	b.m.cut_at = -1;
	b.m.no_ranges = true;
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(mirror_asked(&b.m), "t/x t/x[10-35]");
	ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
}

TEST(a_server_that_will_not_go_on_from_there_is_asked_once_more)
{
	BENCH("x");

	b.m.cut_at = 10;
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
	b.m.cut_at = -1;
	b.m.other_from = 3;
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(mirror_asked(&b.m), "t/x t/x[10-35] t/x");
	ASSERT_OK(fs_remove(test_path("files/x"), &e));
	b.m.cut_at = 10;
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
	b.m.cut_at = -1;
	b.m.at_end = true;
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(mirror_asked(&b.m), "t/x t/x[10-35] t/x");
	ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
}

TEST(a_partial_file_that_was_spoilt_costs_one_more_request)
{
	static const char *const spoilt[] = {"012345678X", OTHER, CONTENT "!"};
	static const char *const asked[] = {"t/x[10-35] t/x", "t/x", "t/x"};
	BENCH("x");

	for (size_t i = 0; i < ARRAY_LEN(spoilt); i++) {
		SCOPED(free)
		char *path = fs_join(b.dir, part_of(&b));

		ASSERT_OK(
			fs_write(path, spoilt[i], strlen(spoilt[i]), 0644, &e));
		ASSERT_OK(get(&b, &e));
		ck_assert_str_eq(mirror_asked(&b.m), asked[i]);
		ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
		ASSERT_OK(fs_remove(test_path("files/x"), &e));
	}
}

TEST(a_whole_partial_file_needs_no_request)
{
	BENCH("x");
	SCOPED(free)
	char *path = fs_join(b.dir, part_of(&b));

	ASSERT_OK(fs_write(path, CONTENT, strlen(CONTENT), 0644, &e));
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(mirror_asked(&b.m), "");
	ck_assert_str_eq(names_in(b.dir), "x");
}

TEST(another_version_of_the_target_begins_anew_and_clears_the_old_part)
{
	BENCH("x");

	b.m.cut_at = 10;
	ASSERT_ERR(get(&b, &e), ERR_UNREACHABLE);
	b.m.cut_at = -1;
	mirror_add(&b.m, "targets", "x", OTHER);
	b.a.target = tuf_targets_find(tuf_repo_role(b.m.repo, "targets"), "x");
	(void)mirror_asked(&b.m);
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(mirror_asked(&b.m), "t/x");
	ck_assert_str_eq(names_in(b.dir), "x");
	ck_assert_str_eq(file_text(b.dir, "x"), OTHER);
}

TEST(CVE_2026_6968_links_in_the_folder_lead_nowhere)
{
	BENCH("x");
	SCOPED(free)
	char *part = fs_join(b.dir, part_of(&b));

	ASSERT_OK(fs_write(test_path("victim"), "mine", 4, 0644, &e));
	ck_assert_int_eq(symlink(test_path("victim"), test_path("files/x")), 0);
	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(file_text(test_dir(), "victim"), "mine");
	ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
	ASSERT_OK(fs_remove(test_path("files/x"), &e));
	ck_assert_int_eq(symlink(test_path("victim"), part), 0);
	ck_assert_int_ne(get(&b, &e), 0);
	ck_assert_str_eq(file_text(test_dir(), "victim"), "mine");
}

TEST(CVE_2026_6968_an_absolute_target_path_is_a_name_in_the_folder)
{
	BENCH("/etc/../../x");

	ASSERT_OK(get(&b, &e));
	ck_assert_str_eq(names_in(b.dir), "%2Fetc%2F..%2F..%2Fx");
	ck_assert_str_eq(names_in(test_dir()), "files");
}

TEST(what_is_no_file_is_no_partial_file)
{
	BENCH("x");
	SCOPED(free)
	char *part = fs_join(b.dir, part_of(&b));

	ck_assert_int_eq(mkfifo(part, 0644), 0);
	ck_assert_int_ne(get(&b, &e), 0);
	ck_assert_int_eq(unlink(part), 0);
	ASSERT_OK(fs_mkdir(test_path("files/x"), 0755, &e));
	ASSERT_ERR(get(&b, &e), ERR_IO);
}

/* A second process for the same file, while the first is at it. */
static pid_t second;

/* Until it stands in line for a lock; the kernel tells. */
static void wait_for_waiter(pid_t pid)
{
	SCOPED(free)
	char *word = xasprintf(" %d ", (int)pid);

	for (int i = 0; i < 1000; i++) {
		char line[256];
		bool waits = false;
		FILE *f = fopen("/proc/locks", "re");

		while (f != NULL && fgets(line, sizeof(line), f) != NULL)
			waits = waits || (strstr(line, "->") != NULL &&
			                  strstr(line, word) != NULL);
		if (f != NULL)
			(void)fclose(f);
		if (waits)
			return;
		(void)poll(NULL, 0, 10);
	}
	ck_abort_msg("nobody waits for the lock");
}

/* A lock lives as long as any copy of its descriptor: here, after a fork,
 * those of the partial file. */
static void let_go(void)
{
	for (int fd = 3; fd < 64; fd++) {
		char link[32], path[512];
		ssize_t n;

		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, path, sizeof(path) - 1);
		path[n > 0 ? n : 0] = '\0';
		if (strstr(path, ".part") != NULL)
			(void)close(fd);
	}
}

static _Noreturn void be_second(struct mirror *m, bool expect_cached)
{
	struct artifact a = {.target = tuf_targets_find(
				     tuf_repo_role(m->repo, "targets"), "x"),
	                     .dir = m->dir,
	                     .url = "http://mirror/t/x"};
	struct err e = {0};
	bool cached = false;
	char *path = NULL;

	let_go();
	if (artifact_get(&path, &cached, &a, &m->door, &e) != 0)
		_exit(1);
	_exit(cached == expect_cached ? 0 : 2);
}

static void ask_too(struct mirror *m)
{
	second = fork();
	if (second == 0) {
		m->cut_at = 0; /* no byte for the second */
		be_second(m, true);
	}
	wait_for_waiter(second);
}

TEST(of_two_processes_one_fetches_and_the_other_waits)
{
	BENCH("x");
	int status;

	b.m.during = ask_too;
	b.m.during_at = 7;
	b.m.dir = b.dir;
	ASSERT_OK(get(&b, &e));
	ck_assert_int_eq(waitpid(second, &status, 0), second);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(names_in(b.dir), "x");
}

static void ask_better(struct mirror *m)
{
	second = fork();
	if (second == 0) {
		mirror_serve(m, "x", CONTENT);
		be_second(m, false);
	}
	wait_for_waiter(second);
}

TEST(who_waited_for_a_download_that_failed_begins_its_own)
{
	BENCH("x");
	int status;

	mirror_serve(&b.m, "x", OTHER);
	b.m.during = ask_better;
	b.m.during_at = 7;
	b.m.dir = b.dir;
	ASSERT_CODE(get(&b, &e), "mismatch");
	ck_assert_int_eq(waitpid(second, &status, 0), second);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
	ck_assert_str_eq(names_in(b.dir), "x");
}

/* What a power cut finds: the order of the steps that reach the disk. */
static int record(void *ctx, enum fs_op op, const char *path)
{
	static const char *const names[] = {
		[FS_WRITE] = "write",   [FS_SYNC] = "sync",
		[FS_RENAME] = "rename", [FS_REMOVE] = "remove",
		[FS_MKDIR] = "mkdir",   [FS_SYNC_DIR] = "sync-dir"};
	struct buf *b = ctx;

	(void)path;
	if (op != FS_OPEN && op != FS_READ)
		buf_printf(b, "%s%s", b->len > 0 ? " " : "", names[op]);
	return 0;
}

TEST(a_file_is_on_the_disk_before_it_gets_its_name)
{
	BENCH("x");
	SCOPED(buf_fini)
	struct buf steps = BUF_INIT(1000);

	fs_set_hook(record, &steps);
	ASSERT_OK(get(&b, &e));
	fs_set_hook(NULL, NULL);
	ck_assert_str_eq(buf_str(&steps), "write write write write write write "
	                                  "sync rename sync-dir");
}

struct failing {
	int left;
	bool failed;
};

static int fail_once(void *ctx, enum fs_op op, const char *path)
{
	struct failing *f = ctx;

	(void)op;
	(void)path;
	if (f->failed || f->left-- > 0)
		return 0;
	f->failed = true;
	return ENOSPC;
}

TEST(a_disk_that_fails_at_any_step_leaves_nothing_wrong_in_place)
{
	BENCH("x");
	int n = 0;

	for (;; n++) {
		struct failing f = {.left = n};
		int result;

		fs_set_hook(fail_once, &f);
		result = get(&b, &e);
		fs_set_hook(NULL, NULL);
		if (!f.failed) {
			ck_assert_int_eq(result, 0);
			break;
		}
		if (file_text(b.dir, "x") != NULL)
			ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
		ASSERT_OK(get(&b, &e));
		ck_assert_str_eq(file_text(b.dir, "x"), CONTENT);
		ASSERT_OK(fs_remove(test_path("files/x"), &e));
	}
	ck_assert_int_ge(n, 5);
}
