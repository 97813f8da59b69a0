#include "config.h"

#include "lib/base/lock.h"
#include "lib/base/log.h"
#include "tests/support/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child does must end it by abort(). */
static void assert_aborts(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		log_set_fd(open("/dev/null", O_WRONLY));
		fn();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void take_downwards(void)
{
	struct lock high, low;

	lock_init(&high, LOCK_RANK_QUEUE, "queue");
	lock_init(&low, LOCK_RANK_VIEW, "view");
	lock_take(&high);
	lock_take(&low);
}

static void take_two_of_one_rank(void)
{
	struct lock a, b;

	lock_init(&a, LOCK_RANK_FLEET, "a");
	lock_init(&b, LOCK_RANK_FLEET, "b");
	lock_take(&a);
	lock_take(&b);
}

static void drop_untaken(void)
{
	struct lock a;

	lock_init(&a, LOCK_RANK_FLEET, "a");
	lock_drop(&a);
}

static void take_twice(void)
{
	struct lock a;

	lock_init(&a, LOCK_RANK_FLEET, "a");
	lock_take(&a);
	lock_take(&a);
}

TEST(locks_are_taken_upwards_in_any_order_of_dropping)
{
	struct lock view, queue, fleet;

	lock_init(&view, LOCK_RANK_VIEW, "view");
	lock_init(&fleet, LOCK_RANK_FLEET, "fleet");
	lock_init(&queue, LOCK_RANK_QUEUE, "queue");
	lock_take(&view);
	lock_take(&queue);
	lock_assert_held(&view);
	lock_drop(&view);
	lock_assert_held(&queue);
	lock_drop(&queue);
	lock_take(&fleet);
	lock_drop(&fleet);
	lock_fini(&view);
	lock_fini(&fleet);
	lock_fini(&queue);
}

TEST(a_breach_of_the_order_ends_the_process)
{
	assert_aborts(take_downwards);
	assert_aborts(take_two_of_one_rank);
	assert_aborts(take_twice);
	assert_aborts(drop_untaken);
}

static struct lock baton;
static pthread_cond_t passed;
static int turn;

static void *runner_up(void *arg)
{
	(void)arg;
	lock_take(&baton);
	while (turn != 1)
		lock_wait(&baton, &passed, -1);
	turn = 2;
	(void)pthread_cond_broadcast(&passed);
	lock_drop(&baton);
	return NULL;
}

TEST(waiting_gives_the_lock_away_and_takes_it_back)
{
	pthread_t t;

	lock_init(&baton, LOCK_RANK_QUEUE, "baton");
	lock_cond_init(&passed);
	ck_assert_int_eq(pthread_create(&t, NULL, runner_up, NULL), 0);
	lock_take(&baton);
	turn = 1;
	(void)pthread_cond_broadcast(&passed);
	while (turn != 2)
		lock_wait(&baton, &passed, -1);
	lock_assert_held(&baton);
	lock_drop(&baton);
	ck_assert_int_eq(pthread_join(t, NULL), 0);
}

TEST(a_wait_with_a_timeout_ends)
{
	lock_init(&baton, LOCK_RANK_QUEUE, "baton");
	lock_cond_init(&passed);
	lock_take(&baton);
	lock_wait(&baton, &passed, 0);
	lock_wait(&baton, &passed, 1);
	lock_assert_held(&baton);
	lock_drop(&baton);
}
