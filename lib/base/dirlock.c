#include "config.h"

#include "lib/base/dirlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int dirlock_take(struct dirlock *l, const char *dir, struct err *e)
{
	int fd;

	if (l->held)
		return 0;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", dir);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		(void)close(fd);
		return err_code(e, ERR_CONFLICT, "in_use",
		                "%s: another process is changing it; say this "
		                "again when that one has ended",
		                dir);
	}
	*l = (struct dirlock){.held = true, .fd = fd};
	return 0;
}

void dirlock_drop(struct dirlock *l)
{
	if (l->held)
		(void)close(l->fd);
	*l = (struct dirlock){0};
}
