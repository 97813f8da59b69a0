#include "config.h"

#include "repo-tools/folder/sweep.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <string.h>
#include <unistd.h>

#define SUFFIX ".tmp"

char *sweep_temp(const struct workspace *ws)
{
	char *path = workspace_path(ws, "targets/.%ld" SUFFIX, (long)getpid());

	(void)unlink(path); /* left by a killed process with our pid */
	return path;
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

static int remove_left(void *ctx, const char *name, struct err *e)
{
	const char *dir = ctx;
	SCOPED(free)
	char *path = NULL;

	(void)e;
	if (!is_left(name))
		return 0;
	path = fs_join(dir, name);
	if (fs_remove(path, NULL) != 0)
		return 0; /* in nobody's way but the disk's */
	return 0;
}

void sweep(const struct workspace *ws)
{
	static const char *const folders[] = {"", "metadata", "staged",
	                                      "targets"};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		SCOPED(free)
		char *dir = workspace_path(ws, "%s", folders[i]);

		if (fs_exists(dir) && fs_list(dir, remove_left, dir, NULL) != 0)
			continue; /* who needs this folder says what it has */
	}
}
