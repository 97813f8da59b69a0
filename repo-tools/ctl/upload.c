#include "config.h"

#include "repo-tools/ctl/upload.h"

#include "repo-tools/ctl/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

/* How often progress is told: to an eye, and to a log. */
#define EYE_MS 200
#define LOG_MS 5000

struct upload {
	const struct cli *cli;
	const char *path, *label;
	int fd;
	int64_t length;
	bool is_terminal;
	int64_t told_ms;
};

static void tell(struct upload *u, int64_t done)
{
	const struct cli_world *w = cli_world(u->cli);
	int64_t now_ms = clock_mono_ms(w->clock);
	int64_t every_ms = u->is_terminal ? EYE_MS : LOG_MS;

	if (now_ms - u->told_ms < every_ms)
		return;
	u->told_ms = now_ms;
	cli_say(u->cli, "%s%s: %" PRId64 "%%%s", u->is_terminal ? "\r" : "",
	        u->label, u->length > 0 ? done * 100 / u->length : 100,
	        u->is_terminal ? "" : "\n");
	if (u->is_terminal)
		fflush(w->err);
}

/* The line that moved is wiped. */
static void tell_end(const struct upload *u)
{
	if (u->is_terminal)
		cli_say(u->cli, "\r\033[K");
}

static int give(void *ctx, void *out, size_t n, int64_t offset, struct err *e)
{
	struct upload *u = ctx;
	char *p = out;

	tell(u, offset);
	while (n > 0) {
		ssize_t got = pread(u->fd, p, n, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, errno, "%s: read", u->path);
		if (got == 0)
			return err_set(e, ERR_CONFLICT,
			               "%s: became shorter while it was sent",
			               u->path);
		p += got;
		n -= (size_t)got;
		offset += got;
	}
	return 0;
}

static int blob_path(char **out, const struct ctl_folder_blob *b, struct err *e)
{
	return ctl_api_path(out, "blobs", b->sha256, NULL, "sha256", e);
}

/* The server must speak of the very bytes it was asked about. */
static int check_blob(const struct ctl_answer *a,
                      const struct ctl_folder_blob *b, struct err *e)
{
	const char *sha256;
	int64_t length;

	if (js_get_str(&sha256, &a->root, "sha256", 64, e) != 0 ||
	    js_get_int(&length, &a->root, "length", 0, NUM_JSON_MAX, e) != 0)
		return -1;
	if (strcmp(sha256, b->sha256) != 0 || length != b->length)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "%s: the server has %" PRId64
		                " bytes for it, %s lists %" PRId64,
		                b->target, length, b->role, b->length);
	return 0;
}

int ctl_upload_is_known(bool *out, struct ctl_api *a,
                        const struct ctl_folder_blob *b, struct err *e)
{
	SCOPED(ctl_answer_fini)
	struct ctl_answer answer = {0};
	SCOPED(free)
	char *path = NULL;
	struct err why = {0};

	if (blob_path(&path, b, e) != 0)
		return -1;
	*out = ctl_api_get(a, &answer, path, &why) == 0;
	if (*out)
		return check_blob(&answer, b, e);
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	if (e != NULL)
		*e = why;
	return -1;
}

int ctl_upload_put(struct ctl_api *a, const struct ctl_folder_blob *b,
                   const char *path, const char *label, struct err *e)
{
	SCOPED(ctl_answer_fini)
	struct ctl_answer answer = {0};
	SCOPED(free)
	char *where = NULL;
	SCOPED(close)
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	const struct cli_world *w = cli_world(a->cli);
	struct upload u = {
		.cli = a->cli,
		.path = path,
		.label = label,
		.fd = fd,
		.length = b->length,
		.is_terminal = fileno(w->err) >= 0 && isatty(fileno(w->err)),
		.told_ms = clock_mono_ms(w->clock),
	};
	int result;

	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	if (blob_path(&where, b, e) != 0)
		return -1;
	result = ctl_api_put(a, &answer, where, (size_t)b->length, give, &u, e);
	tell_end(&u);
	if (result != 0)
		err_context(e, "%s", b->target);
	return result != 0 ? -1 : check_blob(&answer, b, e);
}
