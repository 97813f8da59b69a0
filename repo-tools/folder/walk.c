#include "config.h"

#include "repo-tools/folder/walk.h"

#include "lib/catalog/probe.h"
#include "lib/tuf/trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_S INT64_C(86400)

struct stand_in {
	const struct workspace *ws;
	struct key_secret *key; /* of root, snapshot and timestamp */
	struct buf root, snapshot, timestamp;
};

static void fini(struct stand_in *s)
{
	key_secret_free(s->key);
	buf_fini(&s->root);
	buf_fini(&s->snapshot);
	buf_fini(&s->timestamp);
}

static int sign(struct buf *out, const struct stand_in *s,
                const struct buf *signed_bytes, struct err *e)
{
	struct tuf_signature sig;

	tuf_sign(&sig, s->key, buf_str(signed_bytes), signed_bytes->len);
	return tuf_envelope_write(out, buf_str(signed_bytes), signed_bytes->len,
	                          &sig, 1, e);
}

/* The real root's word on targets, and our key for the rest. */
static int make_root(struct stand_in *s, const struct tuf_root *real,
                     struct err *e)
{
	static const enum tuf_type ours[] = {TUF_ROOT, TUF_SNAPSHOT,
	                                     TUF_TIMESTAMP};
	struct tuf_quorum q = tuf_root_quorum(real, TUF_TARGETS);
	SCOPED(tuf_root_fini)
	struct tuf_root root = {.version = 1, .consistent_snapshot = true};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TUF_ROOT_MAX);

	root.expires_s = s->ws->now_s + DAY_S;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		root.roles[ours[i]].threshold = 1;
		tuf_root_add_key(&root, ours[i], key_secret_public(s->key));
	}
	root.roles[TUF_TARGETS].threshold = q.threshold;
	for (size_t i = 0; i < q.n_keyids; i++)
		for (size_t k = 0; k < q.n_keys; k++)
			if (strcmp(q.keys[k].id, q.keyids[i]) == 0)
				tuf_root_add_key(&root, TUF_TARGETS,
				                 &q.keys[k]);
	if (tuf_root_write(&bytes, &root, e) != 0)
		return -1;
	return sign(&s->root, s, &bytes, e);
}

static int make_snapshot(struct buf *out, struct stand_in *s,
                         enum tuf_type type, struct tuf_snapshot *of,
                         struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(TUF_SNAPSHOT_MAX);

	of->version = 1;
	of->expires_s = s->ws->now_s + DAY_S;
	if (tuf_snapshot_write(&bytes, type, of, e) != 0)
		return -1;
	return sign(out, s, &bytes, e);
}

static int make_online(struct stand_in *s, struct err *e)
{
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot snapshot = {0};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot timestamp = {0};

	for (size_t i = 0; i < s->ws->n_roles; i++) {
		const struct role_doc *d = s->ws->roles[i].current;

		if (d != NULL && !role_doc_is_root(d))
			tuf_snapshot_put(&snapshot, d->role,
			                 role_doc_version(d),
			                 buf_str(&d->bytes), d->bytes.len);
	}
	if (make_snapshot(&s->snapshot, s, TUF_SNAPSHOT, &snapshot, e) != 0)
		return -1;
	tuf_snapshot_put(&timestamp, "snapshot", 1, buf_str(&s->snapshot),
	                 s->snapshot.len);
	return make_snapshot(&s->timestamp, s, TUF_TIMESTAMP, &timestamp, e);
}

/* Names of our roles need no percent-encoding (lib/catalog/plain.h). */
static const struct buf *file_at(const struct stand_in *s, const char *path)
{
	const struct workspace_role *r;
	char role[TUF_ROLE_MAX];
	int64_t version;

	if (strcmp(path, "timestamp.json") == 0)
		return &s->timestamp;
	if (strcmp(path, "1.snapshot.json") == 0)
		return &s->snapshot;
	if (!role_doc_file_name(&version, role, path))
		return NULL;
	r = workspace_role(s->ws, role);
	if (r == NULL || r->current == NULL || r == &s->ws->roles[0] ||
	    role_doc_version(r->current) != version)
		return NULL;
	return &r->current->bytes;
}

static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	const struct buf *file = file_at(ctx, path);

	(void)max_bytes; /* out was born with it */
	if (file == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: is not there", path);
	buf_add(out, buf_str(file), file->len);
	return buf_failed(out)
	               ? err_set(e, ERR_TOO_LARGE, "%s: is above %zu bytes",
	                         path, out->max_bytes)
	               : 0;
}

static int find_all(struct trust *t, const struct trust_io *io,
                    const struct role_doc *d, struct err *e)
{
	for (size_t i = 0; i < d->targets.n_targets; i++) {
		const struct tuf_target *want = &d->targets.targets[i];
		const struct trust_target *got;

		if (trust_find(t, io, want->path, &got, e) != 0) {
			err_context(e, "a device looks for %s", want->path);
			return -1;
		}
		if (strcmp(got->role, d->role) != 0 ||
		    strcmp(got->entry->sha256, want->sha256) != 0)
			return err_code(e, ERR_UNTRUSTED, "shadowed",
			                "%s: %s lists it, but a device is told "
			                "another by %s",
			                want->path, d->role, got->role);
	}
	return 0;
}

/* Roles that list nothing yet are asked for too. */
static int probe(struct trust *t, const struct trust_io *io,
                 const struct stand_in *s, size_t i, struct err *e)
{
	const struct workspace_role *r = &s->ws->roles[i];
	const struct role_doc *by = s->ws->roles[r->delegator].current;
	const struct tuf_delegation *d =
		by != NULL && !role_doc_is_root(by)
			? tuf_targets_role(&by->targets, r->name)
			: NULL;

	return d != NULL ? probe_children(t, io, d, &r->current->targets, e)
	                 : 0;
}

static int walk(struct stand_in *s, struct err *e)
{
	const struct workspace *ws = s->ws;
	struct trust_io io = {.fetch = fetch, .ctx = s};
	SCOPED(trust_free)
	struct trust *t = NULL;

	if (make_root(s, &workspace_role(ws, "root")->current->root, e) != 0 ||
	    make_online(s, e) != 0)
		return -1;
	t = trust_new(buf_str(&s->root), s->root.len, ws->now_s, NULL, e);
	if (t == NULL || trust_refresh(t, &io, e) != 0)
		return -1;
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct role_doc *d = ws->roles[i].current;

		if (d != NULL && !role_doc_is_root(d) &&
		    (find_all(t, &io, d, e) != 0 ||
		     probe(t, &io, s, i, e) != 0))
			return -1;
	}
	return 0;
}

int walk_as_device(const struct workspace *ws, struct rng *rng, struct err *e)
{
	struct stand_in s = {.ws = ws,
	                     .key = key_secret_new(KEY_ED25519, rng),
	                     .root = BUF_INIT(TUF_ROOT_MAX),
	                     .snapshot = BUF_INIT(TUF_SNAPSHOT_MAX),
	                     .timestamp = BUF_INIT(TUF_TIMESTAMP_MAX)};
	int result = walk(&s, e);

	fini(&s);
	return result;
}
