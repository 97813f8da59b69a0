#include "config.h"

#include "tests/support/runner.h"

#include "lib/base/mem.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TESTS_MAX 2048

static const TTest *all[TESTS_MAX];
static size_t count;
static char dir[256];
static pid_t dir_owner;

void runner_add(const TTest *test)
{
	if (count == TESTS_MAX)
		abort();
	all[count++] = test;
}

static int remove_entry(const char *path, const struct stat *st, int flag,
                        struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void remove_dir(void)
{
	if (dir_owner == getpid())
		(void)nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (dir_owner == getpid())
		return dir;
	/* In memory where that is possible: what we test syncs at every
	 * step, and waiting for a disk proves nothing. */
	if (tmp == NULL)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	(void)snprintf(dir, sizeof(dir), "%s/pawl-test-XXXXXX", tmp);
	if (mkdtemp(dir) == NULL)
		ck_abort_msg("%s cannot be made", dir);
	dir_owner = getpid();
	(void)atexit(remove_dir);
	return dir;
}

void *test_keep(void *p)
{
	/* Reachable to the end, so a leak checker stays silent. */
	static struct {
		void **items;
		size_t len, cap;
	} kept;

	VEC_GROW(&kept);
	kept.items[kept.len++] = p;
	return p;
}

const char *test_path(const char *name)
{
	return test_keep(xasprintf("%s/%s", test_dir(), name));
}

/* tests/unit/json/test_canon.c -> "test_canon.c" */
static const char *file_of(const TTest *t)
{
	const char *slash = strrchr(t->file, '/');

	return slash != NULL ? slash + 1 : t->file;
}

/* With an argument, only the tests whose name or file contains it. */
int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : "";
	Suite *suite = suite_create("pawl");
	TCase *tc = NULL;
	const char *file = "";
	int ran, failed;

	for (size_t i = 0; i < count; i++) {
		if (strstr(all[i]->name, only) == NULL &&
		    strstr(file_of(all[i]), only) == NULL)
			continue;
		if (strcmp(file_of(all[i]), file) != 0) {
			file = file_of(all[i]);
			tc = tcase_create(file);
			tcase_set_timeout(tc, 60);
			suite_add_tcase(suite, tc);
		}
		tcase_add_test(tc, all[i]);
	}
	SRunner *runner = srunner_create(suite);
#ifdef PAWL_NO_FORK
	srunner_set_fork_status(runner, CK_NOFORK);
#endif
	srunner_run_all(runner, CK_SILENT);
	ran = srunner_ntests_run(runner);
	failed = srunner_ntests_failed(runner);
	TestResult **results = srunner_failures(runner);
	for (int i = 0; i < failed; i++)
		printf("FAIL %s: %s:%d: %s: %s\n", tr_tcname(results[i]),
		       tr_lfile(results[i]), tr_lno(results[i]),
		       tr_tcname(results[i]), tr_msg(results[i]));
	free(results);
	srunner_free(runner);
	printf("%d passed, %d failed\n", ran - failed, failed);
	return failed == 0 && ran > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
