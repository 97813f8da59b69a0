#include "config.h"

#include "get/get.h"

#include "get/artifact.h"
#include "get/store.h"
#include "get/url.h"
#include "lib/base/fs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct session {
	const struct get *get;
	struct store store;
	struct trust *trust;
};

static int load(void *ctx, const char *role, struct buf *out, struct err *e)
{
	const struct session *s = ctx;

	return store_load(&s->store, role, out, e);
}

static int save(void *ctx, const char *role, const void *bytes, size_t len,
                struct err *e)
{
	struct session *s = ctx;

	return store_save(&s->store, role, bytes, len, e);
}

static int drop(void *ctx, const char *role, struct err *e)
{
	struct session *s = ctx;

	return store_drop(&s->store, role, e);
}

static int rotate(void *ctx, struct err *e)
{
	struct session *s = ctx;

	return store_rotate(&s->store, e);
}

/* One GET, no other status than 200 and 404 is an answer: what a proxy says
 * in the repository's place must not end the chain of roots. */
static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	const struct session *s = ctx;
	SCOPED(free)
	char *url = url_join(s->get->metadata_url, path);
	struct net_request q = {
		.method = "GET", .url = url, .max_bytes = max_bytes};
	SCOPED(net_reply_fini)
	struct net_reply r = {0};

	if (net_ask(s->get->net, &r, &q, e) != 0)
		return -1;
	if (r.status == 200) {
		buf_add(out, buf_str(&r.body), r.body.len);
		return 0;
	}
	return err_set(e, r.status == 404 ? ERR_NOT_FOUND : ERR_UNREACHABLE,
	               "%s: status %d", url, r.status);
}

static struct trust_io io_of(struct session *s)
{
	return (struct trust_io){.load = load,
	                         .fetch = fetch,
	                         .save = save,
	                         .drop = drop,
	                         .rotate = rotate,
	                         .ctx = s};
}

static void session_fini(struct session *s)
{
	trust_free(s->trust);
	store_close(&s->store);
}
DEFINE_SCOPED_PLACE(session_fini, struct session)

/* TUF 5.1 to 5.6. */
static int begin(struct session *s, const struct get *g, struct err *e)
{
	struct trust_io io = io_of(s);
	SCOPED(buf_fini)
	struct buf root = BUF_INIT(trust_limits_default.root_bytes);

	s->get = g;
	if (store_open(&s->store, g->metadata_dir, e) != 0 ||
	    store_load(&s->store, "root", &root, e) != 0)
		return -1;
	s->trust = trust_new(buf_str(&root), root.len,
	                     clock_utc_ms(g->clock) / 1000, NULL, e);
	if (s->trust == NULL) {
		err_context(e, "the stored root");
		return -1;
	}
	return trust_refresh(s->trust, &io, e);
}

int get_refresh(struct get_versions *out, const struct get *g, struct err *e)
{
	SCOPED(session_fini)
	struct session s = {.store = {.lock_fd = -1}};

	if (begin(&s, g, e) != 0)
		return -1;
	*out = (struct get_versions){
		.root = trust_root(s.trust)->version,
		.timestamp = trust_timestamp(s.trust)->version,
		.snapshot = trust_snapshot(s.trust)->version,
		.targets = trust_targets(s.trust, "targets")->version,
	};
	return 0;
}

static int fetch_target(struct session *s, const struct trust_target *found,
                        struct err *e)
{
	const struct get *g = s->get;
	SCOPED(free)
	char *url = url_of_target(g->target_url, found->entry,
	                          trust_root(s->trust)->consistent_snapshot);
	struct artifact a = {
		.target = found->entry, .dir = g->target_dir, .url = url};
	SCOPED(free)
	char *file = NULL;
	bool cached;

	if (artifact_get(&file, &cached, &a, g->net, e) != 0)
		return -1;
	if (g->arrived != NULL)
		g->arrived(g->ctx, found->entry->path, file, cached);
	return 0;
}

/* The store is let go while a file of any size is on its way. */
static int download_one(struct session *s, const char *target, struct err *e)
{
	struct trust_io io = io_of(s);
	const struct trust_target *found;

	if (trust_find(s->trust, &io, target, &found, e) != 0)
		return -1;
	store_release(&s->store);
	if (fetch_target(s, found, e) != 0)
		return -1;
	return store_resume(&s->store, e);
}

/* A target may be named root.json. */
static int check_apart(const struct get *g, struct err *e)
{
	struct stat store, files;

	if (stat(g->metadata_dir, &store) != 0 ||
	    stat(g->target_dir, &files) != 0 || store.st_dev != files.st_dev ||
	    store.st_ino != files.st_ino)
		return 0;
	return err_set(e, ERR_INVALID,
	               "%s: holds what is trusted, what is downloaded needs a "
	               "folder of its own",
	               g->target_dir);
}

int get_download(const struct get *g, const char *const *targets, size_t n,
                 struct err *e)
{
	SCOPED(session_fini)
	struct session s = {.store = {.lock_fd = -1}};

	if (begin(&s, g, e) != 0 || fs_mkdirs(g->target_dir, 0755, e) != 0 ||
	    check_apart(g, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (download_one(&s, targets[i], e) != 0)
			return -1;
	return 0;
}
