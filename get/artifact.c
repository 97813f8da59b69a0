#include "config.h"

#include "get/artifact.h"

#include "get/digest.h"
#include "get/name.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PART_SUFFIX ".part"

/* A download under way. */
struct intake {
	const struct artifact *a;
	const char *part; /* path of the partial file, open and locked */
	int fd;
	int64_t done; /* bytes in it, digested */
	struct digest digest;
	int64_t at; /* offset in the target of the next byte that arrives */
	bool has_head;
	bool misfit; /* the answer to a Range was not that range */
};

static int64_t length_of(const struct intake *in)
{
	return in->a->target->length;
}

/* Opens a regular file and nothing else, whoever put what there. */
static int open_regular(const char *path, int flags, int64_t *size,
                        struct err *e)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return err_set(e, ERR_IO, "%s: is not a regular file", path);
	}
	*size = st.st_size;
	return fd;
}

/* Whether the folder has the very bytes that are signed (an artifact that was
 * fetched before is not fetched again). */
static bool is_there(const struct artifact *a, const char *path)
{
	SCOPED(digest_fini)
	struct digest d = {0};
	int64_t size = 0;
	SCOPED(close)
	int fd = open_regular(path, O_RDONLY, &size, NULL);

	digest_init(&d, a->target);
	return fd >= 0 && size == a->target->length &&
	       digest_add_file(&d, fd, size, path, NULL) == 0 &&
	       digest_check(&d, NULL) == 0;
}

/* The lock of a partial file goes with its inode: one that was renamed into
 * place or removed while we waited is none any more. */
static bool is_still(const char *path, int fd)
{
	struct stat mine, there;

	return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 &&
	       mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* Opens the partial file and waits for whoever fills it. */
static int open_part(const char *path, int64_t *size, struct err *e)
{
	for (;;) {
		int fd = open_regular(path, O_RDWR | O_CREAT, size, e);
		int result;

		if (fd < 0)
			return -1;
		do
			result = flock(fd, LOCK_EX);
		while (result != 0 && errno == EINTR);
		if (result != 0) {
			(void)err_errno(e, errno, "%s: lock", path);
			(void)close(fd);
			return -1;
		}
		if (is_still(path, fd)) {
			struct stat st;

			*size = fstat(fd, &st) == 0 ? st.st_size : 0;
			return fd;
		}
		(void)close(fd);
	}
}

/* Partial files of other versions of the same target, unless somebody is at
 * work on one. */
struct sweep {
	const char *dir, *prefix, *mine;
};

static int sweep_one(void *ctx, const char *name, struct err *e)
{
	const struct sweep *s = ctx;
	size_t len = strlen(name), suffix = strlen(PART_SUFFIX);
	SCOPED(free)
	char *path = NULL;
	int64_t size;

	if (strncmp(name, s->prefix, strlen(s->prefix)) != 0 || len < suffix ||
	    strcmp(name + len - suffix, PART_SUFFIX) != 0)
		return 0;
	path = fs_join(s->dir, name);
	if (strcmp(path, s->mine) == 0)
		return 0;
	SCOPED(close)
	int fd = open_regular(path, O_RDWR, &size, NULL);
	/* One that was renamed into place before it was locked has left its
	 * name to another, who is at work. */
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || !is_still(path, fd))
		return 0;
	return fs_remove(path, e);
}

/* Nothing of it counts. */
static int empty(struct intake *in, struct err *e)
{
	digest_fini(&in->digest);
	digest_init(&in->digest, in->a->target);
	in->done = 0;
	if (ftruncate(in->fd, 0) != 0 || lseek(in->fd, 0, SEEK_SET) != 0)
		return err_errno(e, errno, "%s: truncate", in->part);
	return 0;
}

/* What an earlier call left, hashed again: the file may have been spoilt. */
static int resume(struct intake *in, int64_t size, struct err *e)
{
	digest_init(&in->digest, in->a->target);
	if (size == 0)
		return 0;
	if (size > length_of(in))
		return empty(in, e);
	if (digest_add_file(&in->digest, in->fd, size, in->part, e) != 0)
		return -1;
	in->done = size;
	return 0;
}

/* Once per answer: does it speak of the range that was asked for? */
static int take_head(struct intake *in, const struct net_reply *head,
                     struct err *e)
{
	in->has_head = true;
	if (head->status == 200) { /* the whole file */
		in->at = 0;
		return 0;
	}
	in->at = in->done;
	if (in->done > 0 && head->range_from == in->done &&
	    (head->range_total < 0 || head->range_total == length_of(in)))
		return 0;
	in->misfit = true;
	return err_code(e, ERR_UNTRUSTED, "mismatch",
	                "offers bytes from %" PRId64 " of %" PRId64
	                ", from %" PRId64 " of %" PRId64 " are needed",
	                head->range_from, head->range_total, in->done,
	                length_of(in));
}

static int take(void *ctx, const struct net_reply *head, const void *bytes,
                size_t n, struct err *e)
{
	struct intake *in = ctx;
	const char *p = bytes;
	int64_t skip;

	if (!in->has_head && take_head(in, head, e) != 0)
		return -1;
	/* TUF 5.7.1: not one byte more than the signed length. */
	if ((int64_t)n > length_of(in) - in->at)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "has more than the %" PRId64
		                " bytes that are signed",
		                length_of(in));
	/* Of a whole file, what is there already passes by. */
	skip = in->done > in->at ? in->done - in->at : 0;
	if (skip > (int64_t)n)
		skip = (int64_t)n;
	in->at += (int64_t)n;
	p += skip;
	n -= (size_t)skip;
	if (fs_write_all(in->fd, p, n, in->part, e) != 0)
		return -1;
	digest_add(&in->digest, p, n);
	in->done += (int64_t)n;
	return 0;
}

static int judge(struct intake *in, const struct net_reply *r, struct err *e)
{
	if (r->status == 404 || r->status == 410)
		return err_code(e, ERR_UNREACHABLE, "missing",
		                "the repository does not have it (status %d)",
		                r->status);
	if (r->status == 416) {
		in->misfit = true;
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "ends before byte %" PRId64, in->done);
	}
	if (r->status != 200 && r->status != 206)
		return err_set(e, ERR_UNREACHABLE, "status %d", r->status);
	if (in->done == length_of(in))
		return 0;
	/* A server may give less than the range; a whole file is whole. */
	return err_code(e, r->status == 206 ? ERR_UNREACHABLE : ERR_UNTRUSTED,
	                r->status == 206 ? "short" : "mismatch",
	                "ends at %" PRId64 " bytes, %" PRId64 " are signed",
	                in->done, length_of(in));
}

/* One GET of what is missing. */
static int ask(struct intake *in, const struct net_door *net, struct err *e)
{
	struct net_request q = {.method = "GET",
	                        .url = in->a->url,
	                        .max_bytes = SIZE_MAX,
	                        .total_ms = -1,
	                        .sink = take,
	                        .sink_ctx = in};
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct err why = {0};

	in->has_head = in->misfit = false;
	if (in->done > 0) {
		q.from_byte = in->done;
		q.to_byte = length_of(in) - 1;
	}
	if (net_ask(net, &r, &q, &why) == 0 && judge(in, &r, &why) == 0)
		return 0;
	err_context(&why, "%s", in->a->url);
	if (e != NULL)
		*e = why;
	return -1;
}

/* All of it, verified. A partial file that does not lead there, because it
 * was spoilt or the server will not go on from it, costs one more request. */
static int fill(struct intake *in, const struct net_door *net, struct err *e)
{
	bool again = in->done > 0;
	int result = 0;

	if (in->done < length_of(in))
		result = ask(in, net, e);
	if (result == 0 && digest_check(&in->digest, e) == 0)
		return 0;
	if (result != 0 && !in->misfit)
		return -1;
	if (empty(in, e) != 0 || !again)
		return -1;
	if (ask(in, net, e) != 0)
		return -1;
	return digest_check(&in->digest, e);
}

/* Bytes that can not become the target are not kept for later. */
static bool is_hopeless(const struct err *e)
{
	return strcmp(e->code, "mismatch") == 0;
}

static int fetch(const struct artifact *a, const char *part, const char *path,
                 bool *cached, const struct net_door *net, struct err *e)
{
	int64_t size = 0;
	SCOPED(close)
	int fd = open_part(part, &size, e);
	struct intake in = {.a = a, .part = part, .fd = fd};
	struct err why = {0};
	int result;

	if (fd < 0)
		return -1;
	/* Somebody else may have finished it while we waited. */
	*cached = is_there(a, path);
	if (*cached)
		return fs_remove(part, e);
	result = resume(&in, size, &why);
	if (result == 0)
		result = fill(&in, net, &why);
	if (result == 0)
		result = fs_sync(fd, part, &why);
	if (result == 0)
		result = fs_rename(part, path, &why);
	digest_fini(&in.digest);
	if (result == 0)
		return fs_sync_dir_of(path, e);
	/* A rejected file never stays, nor comes back when the power fails;
	 * where it can not go, that is said. */
	if (is_hopeless(&why) &&
	    (fs_remove(part, e) != 0 || fs_sync_dir_of(part, e) != 0))
		return -1;
	if (e != NULL)
		*e = why;
	return -1;
}

int artifact_get(char **out_path, bool *cached, const struct artifact *a,
                 const struct net_door *net, struct err *e)
{
	const struct tuf_target *t = a->target;
	const char *hash = t->sha256[0] != '\0' ? t->sha256 : t->sha512;
	char name[GET_NAME_SIZE];
	SCOPED(free)
	char *path = NULL;
	SCOPED(free)
	char *prefix = NULL;
	SCOPED(free)
	char *part = NULL;

	get_name(name, t->path);
	path = fs_join(a->dir, name);
	*cached = is_there(a, path);
	if (!*cached) {
		prefix = xasprintf(".%s=", name);
		part = xasprintf("%s/%s%.64s" PART_SUFFIX, a->dir, prefix,
		                 hash);
		struct sweep s = {a->dir, prefix, part};

		if (fs_list(a->dir, sweep_one, &s, e) != 0 ||
		    fetch(a, part, path, cached, net, e) != 0)
			return -1;
	}
	/* Whoever named it may have been killed before that was flushed. */
	if (*cached && fs_sync_dir_of(path, e) != 0)
		return -1;
	*out_path = MOVE(path);
	return 0;
}
