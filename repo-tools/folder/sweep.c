#include "config.h"

#include "repo-tools/folder/sweep.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".tmp"

/* Below targets/: targets/fw/coat. Folders of others go deeper at will. */
#define DEPTH 2

char *sweep_temp(const char *path)
{
	char *temp =
		xasprintf("%.*s/.%ld" SUFFIX, (int)(strrchr(path, '/') - path),
	                  path, (long)getpid());

	(void)unlink(temp); /* left by a killed process with our pid */
	return temp;
}

/* Length of what stands before ".PID.tmp"; -1 for another name. */
static ssize_t front_of(const char *name)
{
	size_t n = strlen(name), end;

	if (n < strlen(SUFFIX) || strcmp(name + n - strlen(SUFFIX), SUFFIX))
		return -1;
	n -= strlen(SUFFIX);
	for (end = n; n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9'; n--)
		;
	return n > 0 && n < end && name[n - 1] == '.' ? (ssize_t)n - 1 : -1;
}

static bool is_left(const char *name)
{
	static const char json[] = ".json";
	ssize_t n = front_of(name);
	size_t len = sizeof(json) - 1;

	return n == 0 ||
	       (n > (ssize_t)len && memcmp(name + n - len, json, len) == 0);
}

struct place {
	const char *dir;
	int depth; /* of folders below it that are looked at, too */
};

static void sweep_dir(const char *dir, int depth);

static int remove_left(void *ctx, const char *name, struct err *e)
{
	const struct place *p = ctx;
	SCOPED(free)
	char *path = fs_join(p->dir, name);
	struct stat st;

	(void)e;
	if (is_left(name) && fs_remove(path, NULL) != 0)
		return 0; /* in nobody's way but the disk's */
	if (p->depth > 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		sweep_dir(path, p->depth - 1);
	return 0;
}

static void sweep_dir(const char *dir, int depth)
{
	struct place p = {dir, depth};

	if (fs_exists(dir) && fs_list(dir, remove_left, &p, NULL) != 0)
		return; /* who needs this folder says what it has */
}

void sweep(const struct workspace *ws)
{
	static const struct place places[] = {
		{"", 0}, {"metadata", 0}, {"staged", 0}, {"targets", DEPTH}};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		SCOPED(free)
		char *dir = workspace_path(ws, "%s", places[i].dir);

		sweep_dir(dir, places[i].depth);
	}
}
