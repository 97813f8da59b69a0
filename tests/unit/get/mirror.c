#include "config.h"

#include "tests/unit/get/mirror.h"

#include "get/store.h"
#include "get/url.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BASE "http://mirror/"
#define PIECE 7 /* bytes at a time */

static struct tuf_repo_file *find(const struct tuf_repo_files *f,
                                  const char *name)
{
	for (size_t i = 0; i < f->len; i++)
		if (strcmp(f->items[i].name, name) == 0)
			return &f->items[i];
	return NULL;
}

/* Bytes from..to of a file, in pieces; what was asked for may end early. */
static int pour(struct mirror *m, struct net_reply *out,
                const struct net_request *q, const struct tuf_repo_file *file,
                size_t from, size_t to, struct err *e)
{
	size_t sent = 0;

	for (; from < to; from += PIECE) {
		size_t n = to - from < PIECE ? to - from : PIECE;

		if (m->cut_at >= 0 && sent + n > (size_t)m->cut_at)
			n = (size_t)m->cut_at - sent;
		if (m->during != NULL && (int64_t)sent >= m->during_at) {
			void (*during)(struct mirror *) = m->during;

			m->during = NULL;
			during(m);
		}
		if (n > 0 &&
		    q->sink(q->sink_ctx, out, file->bytes + from, n, e) != 0)
			return -1;
		sent += n;
		if (m->cut_at >= 0 && sent >= (size_t)m->cut_at)
			return err_set(e, ERR_UNREACHABLE, "%s: cut off",
			               q->url);
	}
	return 0;
}

static int give_file(struct mirror *m, struct net_reply *out,
                     const struct net_request *q,
                     const struct tuf_repo_file *file, struct err *e)
{
	size_t from = 0, to = file->len;

	if (q->to_byte > 0 && !m->no_ranges) {
		if (m->at_end || (size_t)q->from_byte >= file->len) {
			out->status = 416;
			return 0;
		}
		out->status = 206;
		from = (size_t)(m->other_from >= 0 ? m->other_from
		                                   : q->from_byte);
		if ((size_t)q->to_byte + 1 < to)
			to = (size_t)q->to_byte + 1;
		out->range_from = (int64_t)from;
		out->range_total = (int64_t)file->len;
	}
	return pour(m, out, q, file, from, to, e);
}

static int request(void *ctx, struct net_reply *out,
                   const struct net_request *q, struct err *e)
{
	struct mirror *m = ctx;
	const char *path = q->url + strlen(BASE);
	const struct tuf_repo_file *file;

	ck_assert_msg(strncmp(q->url, BASE, strlen(BASE)) == 0, "%s", q->url);
	ck_assert_str_eq(q->method, "GET");
	buf_printf(&m->log, "%s%s", m->log.len > 0 ? " " : "", path);
	if (q->to_byte > 0)
		buf_printf(&m->log, "[%" PRId64 "-%" PRId64 "]", q->from_byte,
		           q->to_byte);
	*out = (struct net_reply){.status = m->status != 0 ? m->status : 200,
	                          .retry_after_s = -1,
	                          .range_from = -1,
	                          .range_total = -1,
	                          .body = BUF_INIT(q->max_bytes)};
	file = path[0] == 'm' ? tuf_repo_served(m->repo, path + 2)
	                      : find(&m->files, path + 2);
	if (m->status != 0)
		return 0;
	if (file == NULL) {
		out->status = 404;
		return 0;
	}
	if (path[0] == 't')
		return give_file(m, out, q, file, e);
	if (file->len > q->max_bytes)
		return err_set(e, ERR_TOO_LARGE, "%s: more than %zu bytes",
		               q->url, q->max_bytes);
	buf_add(&out->body, file->bytes, file->len);
	return 0;
}

void mirror_init(struct mirror *m)
{
	*m = (struct mirror){.repo = tuf_repo_new(),
	                     .door = {request, m},
	                     .log = BUF_INIT(1 << 20),
	                     .cut_at = -1,
	                     .other_from = -1};
	clock_manual_init(&m->clock, TUF_REPO_NOW * 1000);
}

void mirror_fini(struct mirror *m)
{
	for (size_t i = 0; i < m->files.len; i++) {
		free(m->files.items[i].name);
		free(m->files.items[i].bytes);
	}
	free(m->files.items);
	buf_fini(&m->log);
	tuf_repo_free(m->repo);
}

void mirror_serve(struct mirror *m, const char *path, const char *content)
{
	struct tuf_repo_file *f = find(&m->files, path);

	if (f == NULL) {
		VEC_GROW(&m->files);
		f = &m->files.items[m->files.len++];
		*f = (struct tuf_repo_file){.name = xstrdup(path)};
	}
	free(f->bytes);
	f->bytes = xstrdup(content);
	f->len = strlen(content);
}

void mirror_add(struct mirror *m, const char *role, const char *path,
                const char *content)
{
	struct tuf_targets *t = tuf_repo_role(m->repo, role);
	const struct tuf_target *entry;
	char hash[SHA256_HEX_SIZE];
	SCOPED(free)
	char *plain = NULL;
	SCOPED(free)
	char *named = NULL;

	hash_sha256_hex(hash, content, strlen(content));
	tuf_targets_put(t, path, (int64_t)strlen(content), hash, NULL);
	entry = tuf_targets_find(t, path);
	plain = url_of_target("", entry, false);
	named = url_of_target("", entry, true);
	mirror_serve(m, plain + 1, content);
	mirror_serve(m, named + 1, content);
}

const char *mirror_asked(struct mirror *m)
{
	const char *asked = test_keep(xstrdup(buf_str(&m->log)));

	buf_reset(&m->log);
	return asked;
}

struct get mirror_client(struct mirror *m, const char *dir)
{
	const struct tuf_repo_file *root =
		tuf_repo_served(m->repo, "1.root.json");
	struct get g = {
		.metadata_dir = test_keep(fs_join(dir, "md")),
		.metadata_url = BASE "m",
		.target_dir = test_keep(fs_join(dir, "files")),
		.target_url = BASE "t/",
		.net = &m->door,
		.clock = &m->clock.clock,
	};
	struct err e = {0};

	ASSERT_OK(store_init(g.metadata_dir, "given.json", root->bytes,
	                     root->len, &e));
	return g;
}

const char *file_text(const char *dir, const char *name)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	SCOPED(free)
	char *path = fs_join(dir, name);

	if (fs_read(&b, path, NULL) != 0)
		return NULL;
	return test_keep(xstrdup(buf_str(&b)));
}

static int add_name(void *ctx, const char *name, struct err *e)
{
	struct buf *b = ctx;

	(void)e;
	buf_printf(b, "%s%s", b->len > 0 ? " " : "", name);
	return 0;
}

const char *names_in(const char *dir)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	struct err e = {0};

	ASSERT_OK(fs_list(dir, add_name, &b, &e));
	return test_keep(xstrdup(buf_str(&b)));
}
