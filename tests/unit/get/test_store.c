#include "config.h"

#include "get/store.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/get/mirror.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETUP                           \
	struct err e = {0};             \
	SCOPED(mirror_fini)             \
	struct mirror m;                \
	const char *dir;                \
	const struct tuf_repo_file *r1; \
                                        \
	mirror_init(&m);                \
	dir = test_path("md");          \
	r1 = tuf_repo_served(m.repo, "1.root.json")

TEST(a_store_begins_with_a_root_that_holds)
{
	SETUP;
	SCOPED(store_close)
	struct store s = {0};

	ASSERT_CODE(store_open(&s, dir, &e), "no_store");
	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ck_assert_str_eq(file_text(dir, "root.json"), r1->bytes);
	ASSERT_OK(store_open(&s, dir, &e));
}

TEST(the_same_root_may_come_twice_and_another_may_not)
{
	SETUP;
	const struct tuf_repo_file *r2;

	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	tuf_repo_publish(m.repo, "root");
	r2 = tuf_repo_served(m.repo, "2.root.json");
	ASSERT_ERR(store_init(dir, "given.json", r2->bytes, r2->len, &e),
	           ERR_CONFLICT);
	ck_assert_str_eq(file_text(dir, "root.json"), r1->bytes);
}

TEST(a_root_without_its_own_signatures_begins_nothing)
{
	SETUP;

	tuf_repo_edit(m.repo, "1.root.json", "\"version\":1", "\"version\":2");
	r1 = tuf_repo_served(m.repo, "1.root.json");
	ASSERT_CODE(store_init(dir, "given.json", r1->bytes, r1->len, &e),
	            "threshold");
	ASSERT_ERR(store_init(dir, "given.json", "{", 1, &e), ERR_INVALID);
	ck_assert(!fs_exists(dir));
}

TEST(CVE_2021_41131_a_role_name_stays_in_the_store)
{
	static const char *const roles[] = {"../x", "/x", "..", ".", "a/b"};
	SETUP;
	SCOPED(store_close)
	struct store s = {0};

	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ASSERT_OK(store_open(&s, dir, &e));
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(100);

		ASSERT_OK(store_save(&s, roles[i], roles[i], strlen(roles[i]),
		                     &e));
		ASSERT_OK(store_load(&s, roles[i], &b, &e));
		ck_assert_str_eq(buf_str(&b), roles[i]);
	}
	ck_assert_str_eq(names_in(dir),
	                 "%2E.%2Fx.json %2E..json %2E.json %2Fx.json "
	                 "a%2Fb.json lock root.json");
	ck_assert_str_eq(names_in(test_dir()), "md");
}

TEST(a_role_name_of_any_length_is_kept)
{
	SETUP;
	SCOPED(store_close)
	struct store s = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);
	char role[TUF_ROLE_MAX] = {0};

	memset(role, '/', sizeof(role) - 1);
	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ASSERT_OK(store_open(&s, dir, &e));
	ASSERT_OK(store_save(&s, role, "x", 1, &e));
	ASSERT_OK(store_load(&s, role, &b, &e));
}

TEST(what_a_killed_process_was_writing_is_cleared_away)
{
	SETUP;
	SCOPED(store_close)
	struct store s = {0};

	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ASSERT_OK(fs_write(test_path("md/snapshot.json.4711.tmp"), "x", 1, 0644,
	                   &e));
	ASSERT_OK(fs_write(test_path("md/notes.txt"), "x", 1, 0644, &e));
	ASSERT_OK(store_open(&s, dir, &e));
	ck_assert_str_eq(names_in(dir), "lock notes.txt root.json");
}

/* The mark that makes the next process flush; that it is made in time is what
 * tests/atomic/test_get.c shows. */
TEST(what_a_killed_process_left_unflushed_is_flushed_once)
{
	SETUP;
	SCOPED(store_close)
	struct store s = {0};
	const char *lock = test_path("md/lock");
	struct stat st;

	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ck_assert_int_eq(stat(lock, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_eq(truncate(lock, 1), 0);
	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ck_assert_int_eq(stat(lock, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_eq(truncate(lock, 1), 0);
	ASSERT_OK(store_open(&s, dir, &e));
	ck_assert_int_eq(stat(lock, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ASSERT_OK(store_save(&s, "timestamp", "x", 1, &e));
	ASSERT_OK(store_drop(&s, "timestamp", &e));
	ck_assert_int_eq(stat(lock, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
}

TEST(a_link_in_the_place_of_a_file_is_not_followed)
{
	SETUP;
	SCOPED(store_close)
	struct store s = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);

	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ASSERT_OK(fs_write(test_path("elsewhere"), "mine", 4, 0644, &e));
	ck_assert_int_eq(
		symlink(test_path("elsewhere"), test_path("md/timestamp.json")),
		0);
	ASSERT_OK(store_open(&s, dir, &e));
	ck_assert_int_ne(store_load(&s, "timestamp", &b, &e), 0);
	ASSERT_OK(store_save(&s, "timestamp", "new", 3, &e));
	ck_assert_str_eq(file_text(test_dir(), "elsewhere"), "mine");
	ck_assert_str_eq(file_text(dir, "timestamp.json"), "new");
}

TEST(a_second_process_waits_until_the_first_lets_go)
{
	SETUP;
	SCOPED(store_close)
	struct store s = {0};
	int order[2];
	char first[2] = {0};
	pid_t child;
	int status;

	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	ASSERT_OK(store_open(&s, dir, &e));
	ck_assert_int_eq(pipe(order), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct store mine = {0};
		struct err why = {0};

		/* Ours alone, not one that the parent's copy holds. */
		(void)close(s.lock_fd);
		if (store_open(&mine, dir, &why) != 0 ||
		    write(order[1], "c", 1) != 1)
			_exit(1);
		_exit(0);
	}
	ASSERT_OK(store_save(&s, "timestamp", "x", 1, &e));
	ck_assert_int_eq(write(order[1], "p", 1), 1);
	store_close(&s);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(order[0], first, 2), 2);
	ck_assert_mem_eq(first, "pc", 2);
}

TEST(who_was_overtaken_writes_no_more)
{
	SETUP;
	SCOPED(store_close)
	struct store slow = {0};
	SCOPED(store_close)
	struct store quick = {0};
	SCOPED(close)
	int other = -1;

	ASSERT_OK(store_init(dir, "given.json", r1->bytes, r1->len, &e));
	other = open(test_path("md/lock"), O_RDWR | O_CLOEXEC);
	ASSERT_OK(store_open(&slow, dir, &e));
	ASSERT_OK(store_save(&slow, "snapshot", "1", 1, &e));
	store_release(&slow);
	ASSERT_OK(store_resume(&slow, &e));
	/* It has the lock again. */
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), -1);
	ASSERT_OK(store_save(&slow, "app", "1", 1, &e));
	store_release(&slow);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	ck_assert_int_eq(flock(other, LOCK_UN), 0);
	ASSERT_OK(store_open(&quick, dir, &e));
	ASSERT_OK(store_save(&quick, "snapshot", "2", 1, &e));
	ASSERT_OK(store_save(&quick, "app", "2", 1, &e));
	store_close(&quick);
	ASSERT_OK(store_resume(&slow, &e));
	ASSERT_OK(store_save(&slow, "app", "1", 1, &e));
	ck_assert_str_eq(file_text(dir, "app.json"), "2");
}
