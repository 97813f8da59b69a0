#include "config.h"

#include "device/origin.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/tuf/rotation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int origin_init(struct origin *o, const struct net_door *net,
                const char *server, const char *dir, const char *pinned,
                struct err *e)
{
	*o = (struct origin){.net = *net, .retry_after_s = -1};
	o->server = xstrdup(server);
	o->pinned = xstrdup(pinned);
	if (dir == NULL)
		return 0;
	o->dir = xstrdup(dir);
	return fs_mkdir(dir, 0700, e);
}

void origin_fini(struct origin *o)
{
	for (size_t i = 0; i < ORIGIN_KEPT; i++)
		free(o->kept[i].bytes);
	free(o->server);
	free(o->dir);
	free(o->pinned);
	*o = (struct origin){0};
}

static char *role_path(const struct origin *o, const char *role)
{
	char name[TRUST_ENCODED_MAX];

	trust_encode_role(name, role);
	return xasprintf("%s/%s.json", o->dir, name);
}

static int load(void *ctx, const char *role, struct buf *out, struct err *e)
{
	const struct origin *o = ctx;
	SCOPED(free)
	char *path = NULL;

	if (o->dir == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: nothing is kept", role);
	path = role_path(o, role);
	return fs_read(out, path, e);
}

static int save(void *ctx, const char *role, const void *bytes, size_t len,
                struct err *e)
{
	const struct origin *o = ctx;
	SCOPED(free)
	char *path = NULL;

	if (o->dir == NULL)
		return 0;
	path = role_path(o, role);
	return fs_write(path, bytes, len, 0600, e);
}

static int drop(void *ctx, const char *role, struct err *e)
{
	const struct origin *o = ctx;
	SCOPED(free)
	char *path = NULL;

	if (o->dir == NULL)
		return 0;
	path = role_path(o, role);
	if (rotation_end(o->dir, e) != 0)
		return -1;
	if (!fs_exists(path))
		return 0;
	return fs_remove(path, e) != 0 ? -1 : fs_sync_dir_of(path, e);
}

static int rotate(void *ctx, struct err *e)
{
	const struct origin *o = ctx;

	return o->dir != NULL ? rotation_begin(o->dir, e) : 0;
}

/* A GET into a buf; only 200 is a success. */
static int get(struct origin *o, struct buf *out, const char *url, size_t max,
               struct err *e)
{
	struct net_request q = {.method = "GET", .url = url, .max_bytes = max};
	SCOPED(net_reply_fini)
	struct net_reply r = {0};

	o->retry_after_s = -1;
	if (net_ask(&o->net, &r, &q, e) != 0)
		return -1;
	if (r.status == 200) {
		buf_add(out, buf_str(&r.body), r.body.len);
		return 0;
	}
	if (r.status == 404 || r.status == 410)
		return err_set(e, ERR_NOT_FOUND, "%s: status %d", url,
		               r.status);
	o->retry_after_s = r.retry_after_s;
	return err_set(e,
	               r.status == 429 || r.status >= 500 ? ERR_BUSY
	                                                  : ERR_UNREACHABLE,
	               "%s: status %d", url, r.status);
}

static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	struct origin *o = ctx;
	SCOPED(free)
	char *url = xasprintf("%s/metadata/%s", o->server, path);

	return get(o, out, url, max_bytes, e);
}

struct trust_io origin_io(struct origin *o)
{
	return (struct trust_io){.load = load,
	                         .fetch = fetch,
	                         .save = save,
	                         .drop = drop,
	                         .rotate = rotate,
	                         .ctx = o};
}

static struct trust *trust_kept(struct origin *o, int64_t now_s, struct err *e)
{
	SCOPED(buf_fini)
	struct buf kept = BUF_INIT(TUF_ROOT_MAX);

	if (load(o, "root", &kept, e) != 0)
		return NULL;
	return trust_new(buf_str(&kept), kept.len, now_s, NULL, e);
}

/* No root is kept, or what is kept is none. */
static bool is_none(const struct err *e)
{
	return e->kind == ERR_NOT_FOUND || e->kind == ERR_TOO_LARGE ||
	       e->kind == ERR_INVALID || e->kind == ERR_UNTRUSTED;
}

struct trust *origin_trust(struct origin *o, int64_t now_s, struct err *e)
{
	SCOPED(buf_fini)
	struct buf pinned = BUF_INIT(TUF_ROOT_MAX);
	struct err why = {0};
	struct trust *t;

	/* What a power cut left half done. */
	if (o->dir != NULL && rotation_end(o->dir, e) != 0)
		return NULL;
	t = trust_kept(o, now_s, &why);
	if (t != NULL)
		return t;
	/* A disk or a memory that fails now says nothing about the root: to
	 * begin with the pinned one would be to trust retired keys again, and
	 * to drop what their successors are measured by. */
	if (!is_none(&why)) {
		err_context(&why, "kept root");
		if (e != NULL)
			*e = why;
		return NULL;
	}
	if (fs_read(&pinned, o->pinned, e) != 0) {
		err_context(e, "pinned root");
		return NULL;
	}
	t = trust_new(buf_str(&pinned), pinned.len, now_s, NULL, e);
	if (t == NULL)
		err_context(e, "pinned root %s", o->pinned);
	return t;
}

int64_t origin_root_version(struct origin *o)
{
	SCOPED(trust_free)
	struct trust *t = origin_trust(o, 0, NULL);

	return t != NULL ? trust_root(t)->version : 1;
}

char *origin_target_url(const struct origin *o, const char *path,
                        const char *sha256)
{
	const char *slash = strrchr(path, '/');
	int dir = slash != NULL ? (int)(slash + 1 - path) : 0;

	return xasprintf("%s/targets/%.*s%s.%s", o->server, dir, path, sha256,
	                 path + dir);
}

static void keep(struct origin *o, const char *sha256, const struct buf *b)
{
	struct origin_kept *k = &o->kept[o->next_kept];

	o->next_kept = (o->next_kept + 1) % ORIGIN_KEPT;
	free(k->bytes);
	k->bytes = xmalloc(b->len);
	memcpy(k->bytes, buf_str(b), b->len);
	k->len = b->len;
	(void)snprintf(k->sha256, sizeof(k->sha256), "%s", sha256);
}

int origin_target(struct origin *o, struct buf *out, const char *path,
                  const char *sha256, int64_t length, struct err *e)
{
	SCOPED(free)
	char *url = NULL;
	char got[SHA256_HEX_SIZE];
	struct err why = {0};

	for (size_t i = 0; i < ORIGIN_KEPT; i++)
		if (strcmp(o->kept[i].sha256, sha256) == 0) {
			buf_add(out, o->kept[i].bytes, o->kept[i].len);
			return 0;
		}
	if (length < 0 || length > PLAN_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE,
		               "%s: %" PRId64 " bytes, at most %d are allowed",
		               path, length, PLAN_BYTES_MAX);
	url = origin_target_url(o, path, sha256);
	if (get(o, out, url, (size_t)length, &why) != 0) {
		/* Listed and not there: a mirror that lags, no statement. */
		if (why.kind == ERR_NOT_FOUND)
			why.kind = ERR_UNREACHABLE;
		if (e != NULL)
			*e = why;
		return -1;
	}
	hash_sha256_hex(got, buf_str(out), out->len);
	if ((int64_t)out->len != length || strcmp(got, sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "target_hash",
		                "%s: %zu bytes with sha256 %.16s…, %" PRId64
		                " with %.16s… are signed",
		                path, out->len, got, length, sha256);
	keep(o, sha256, out);
	return 0;
}
