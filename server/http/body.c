/* The body on its way in: into memory, or for large ones into a file. */
#include "config.h"

#include "lib/base/fs.h"
#include "server/http/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* An unnamed file: gone with its descriptor, whatever happens to us. */
static int open_spool(int *out, const char *dir, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(dir, "upload-XXXXXX");
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) /* ours to see to, not the client's */
		return err_set(e, ERR_IO, "upload: no folder %s", dir);
	if (fd < 0)
		return err_errno(e, errno, "upload: %s", path);
	(void)unlink(path);
	*out = fd;
	return 0;
}

int body_begin(struct exchange *x, struct err *e)
{
	if (x->q.route->body_max == BODY_SPOOLED)
		return open_spool(&x->q.body_fd, x->loop->config->spool_dir, e);
	buf_init(&x->body, (size_t)x->body_limit);
	return 0;
}

int body_add(struct exchange *x, const char *bytes, size_t n, struct err *e)
{
	x->body_seen += n;
	if (x->body_seen > x->body_limit)
		return err_set(e, ERR_TOO_LARGE,
		               "body: more than the %llu bytes allowed here",
		               (unsigned long long)x->body_limit);
	if (x->q.body_fd >= 0)
		return fs_write_all(x->q.body_fd, bytes, n, "upload", e);
	buf_add(&x->body, bytes, n);
	if (buf_failed(&x->body))
		return err_set(e, ERR_MEMORY, "body: no memory for it");
	return 0;
}

int body_end(struct exchange *x, struct err *e)
{
	if (x->q.body_fd >= 0 && lseek(x->q.body_fd, 0, SEEK_SET) != 0)
		return err_errno(e, errno, "upload: seek");
	if (x->q.body_fd < 0)
		x->q.body = buf_str(&x->body);
	x->q.body_len = x->body_seen;
	return 0;
}

void body_drop(struct exchange *x)
{
	if (x->q.body_fd >= 0)
		(void)close(x->q.body_fd);
	x->q.body_fd = -1;
	buf_fini(&x->body);
}
