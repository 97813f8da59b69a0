#include "config.h"

#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct numbers {
	int *items;
	size_t len, cap;
};

TEST(a_vector_grows_and_keeps_its_items)
{
	struct numbers v = {0};

	for (int i = 0; i < 1000; i++) {
		VEC_GROW(&v);
		v.items[v.len++] = i;
	}
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(v.items[i], i);
	free(v.items);
}

TEST(memory_of_no_size_is_memory_all_the_same)
{
	SCOPED(free)
	void *a = xmalloc(0);
	SCOPED(free)
	void *b = xcalloc(0, 8);
	SCOPED(free)
	void *c = xreallocarray(NULL, 0, 0);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_nonnull(c);
}

TEST(text_is_copied_and_printed)
{
	SCOPED(free)
	char *a = xstrdup("slot");
	SCOPED(free)
	char *b = xasprintf("%s-%03d", a, 7);

	ck_assert_str_eq(b, "slot-007");
}

TEST(moving_leaves_nothing_behind)
{
	char *a = xstrdup("x");
	SCOPED(free)
	char *b = MOVE(a);

	ck_assert_ptr_null(a);
	ck_assert_str_eq(b, "x");
}

TEST(a_size_that_overflows_ends_the_process_with_one_line)
{
	int status = 0, pipe_fds[2];
	char said[200] = {0};
	pid_t pid;

	ck_assert_int_eq(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		volatile size_t n = SIZE_MAX / 2;

		log_set_fd(pipe_fds[1]);
		/* The sanitizer's allocator reports this itself, on 2. */
		(void)dup2(open("/dev/null", O_WRONLY), 2);
		free(xreallocarray(NULL, n, 4));
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	(void)close(pipe_fds[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
#ifndef PAWL_SANITIZED
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	ck_assert_int_gt(read(pipe_fds[0], said, sizeof(said) - 1), 0);
	ck_assert_ptr_nonnull(strstr(said, "out of memory"));
#else
	(void)said;
#endif
	(void)close(pipe_fds[0]);
}
