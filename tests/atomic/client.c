#include "config.h"

#include "tests/atomic/client.h"

#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/tuf/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_BYTES_MAX ((size_t)64 << 20)

struct session {
	struct client *client;
	const struct view *view;
	const struct blobs *blobs;
};

void client_init(struct client *c)
{
	*c = (struct client){0};
}

void client_fini(struct client *c)
{
	for (size_t i = 0; i < c->store.len; i++)
		free(c->store.items[i].bytes);
	free(c->store.items);
	*c = (struct client){0};
}

static struct client_file *find(const struct client *c, const char *role)
{
	for (size_t i = 0; i < c->store.len; i++)
		if (strcmp(c->store.items[i].role, role) == 0)
			return &c->store.items[i];
	return NULL;
}

static void keep(struct client *c, const char *role, const void *bytes,
                 size_t len)
{
	struct client_file *f = find(c, role);

	if (f == NULL) {
		VEC_GROW(&c->store);
		f = &c->store.items[c->store.len++];
		*f = (struct client_file){0};
		(void)snprintf(f->role, sizeof(f->role), "%s", role);
	}
	free(f->bytes);
	f->bytes = xmalloc(len + 1);
	memcpy(f->bytes, bytes, len);
	f->len = len;
}

void client_copy(struct client *c, const struct client *from)
{
	client_init(c);
	for (size_t i = 0; i < from->store.len; i++)
		keep(c, from->store.items[i].role, from->store.items[i].bytes,
		     from->store.items[i].len);
}

/* ---- The workflow's callbacks ---- */

static int load(void *ctx, const char *role, struct buf *out, struct err *e)
{
	const struct session *s = ctx;
	const struct client_file *f = find(s->client, role);

	if (f == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: not stored", role);
	buf_add(out, f->bytes, f->len);
	return 0;
}

static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	const struct session *s = ctx;
	const struct file *f = view_metadata(s->view, path);

	if (f == NULL || f->len > max_bytes)
		return err_set(e, ERR_NOT_FOUND, "%s: not there", path);
	buf_add(out, f->bytes, f->len);
	return 0;
}

static int save(void *ctx, const char *role, const void *bytes, size_t len,
                struct err *e)
{
	const struct session *s = ctx;

	(void)e;
	keep(s->client, role, bytes, len);
	return 0;
}

static int drop(void *ctx, const char *role, struct err *e)
{
	const struct session *s = ctx;
	struct client_file *f = find(s->client, role);

	(void)e;
	if (f != NULL) {
		free(f->bytes);
		*f = s->client->store.items[--s->client->store.len];
	}
	return 0;
}

/* ---- Targets ---- */

static int fetch_target(struct session *s, const struct tuf_target *t,
                        struct err *e)
{
	SCOPED(free)
	char *name = set_target_name(t->path, t->sha256);
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TARGET_BYTES_MAX);
	char sha256[SHA256_HEX_SIZE];
	struct view_target at;

	if (!view_target(s->view, name, &at))
		return err_set(e, ERR_NOT_FOUND, "%s: not served", name);
	if (at.bytes != NULL)
		buf_add(&bytes, at.bytes, (size_t)at.length);
	else if (blobs_read(s->blobs, at.sha256, &bytes, e) != 0)
		return -1;
	hash_sha256_hex(sha256, buf_str(&bytes), bytes.len);
	if ((int64_t)bytes.len != t->length || strcmp(sha256, t->sha256) != 0)
		return err_set(e, ERR_UNTRUSTED,
		               "%s: served with other bytes than listed", name);
	s->client->n_targets++;
	return 0;
}

static int fetch_role(struct session *s, struct trust *t,
                      const struct trust_io *io, const char *role,
                      struct err *e)
{
	const struct tuf_targets *listed;

	if (trust_load_role(t, io, role, e) != 0)
		return -1;
	listed = trust_targets(t, role);
	for (size_t i = 0; i < listed->n_targets; i++)
		if (fetch_target(s, &listed->targets[i], e) != 0)
			return -1;
	return 0;
}

int client_refresh(struct client *c, const struct view *v,
                   const struct blobs *blobs, int64_t now_s, struct err *e)
{
	const struct file *root = view_set(v)->roots[0];
	struct session s = {c, v, blobs};
	const struct trust_io io = {.load = load,
	                            .fetch = fetch,
	                            .save = save,
	                            .drop = drop,
	                            .ctx = &s};
	SCOPED(trust_free)
	struct trust *t = trust_new(root->bytes, root->len, now_s, NULL, e);
	SCOPED(free)
	char(*roles)[TUF_ROLE_MAX] = NULL;
	size_t n;

	c->n_targets = 0;
	if (t == NULL || trust_refresh(t, &io, e) != 0)
		return -1;
	/* Copied: what is trusted is borrowed until the next question. */
	n = trust_targets(t, "targets")->n_roles;
	roles = xcalloc(n + 1, sizeof(*roles));
	for (size_t i = 0; i < n; i++)
		(void)snprintf(roles[i], sizeof(roles[i]), "%s",
		               trust_targets(t, "targets")->roles[i].name);
	for (size_t i = 0; i < n; i++)
		if (fetch_role(&s, t, &io, roles[i], e) != 0)
			return -1;
	return 0;
}
