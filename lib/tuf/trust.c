/*
 * The client workflow from outside: the object, its questions, and the steps
 * over callbacks. The steps are in trust_step.c, the checks in trust_accept.c,
 * the walk over delegations in trust_find.c.
 */
#include "config.h"

#include "lib/tuf/trust.h"

#include "lib/base/mem.h"
#include "lib/tuf/trust_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct trust_limits trust_limits_default = {
	.root_bytes = TUF_ROOT_MAX,
	.timestamp_bytes = TUF_TIMESTAMP_MAX,
	.snapshot_bytes = TUF_SNAPSHOT_MAX,
	.targets_bytes = TUF_TARGETS_MAX,
	.root_rotations = 256,
	.delegations = 32,
};

struct tuf_doc *trust_open(const struct trust *t, enum tuf_type type,
                           const char *name, const void *bytes, size_t len,
                           struct err *e)
{
	const struct trust_io *io = t->io;
	char sha256[SHA256_HEX_SIZE];
	struct tuf_doc *d;

	if (io == NULL || io->known == NULL)
		return tuf_doc_open(type, name, bytes, len, NULL, e);
	/* Not by its name, nor by what its owner says: by these bytes. */
	hash_sha256_hex(sha256, bytes, len);
	d = io->known(io->ctx);
	if (d != NULL && d->type == type && strcmp(d->sha256, sha256) == 0)
		return tuf_doc_ref(d);
	return tuf_doc_open(type, name, bytes, len, sha256, e);
}

void trust_learn(const struct trust *t, struct tuf_doc *d)
{
	if (t->io != NULL && t->io->learn != NULL)
		t->io->learn(t->io->ctx, d);
}

/* TUF 5.2: the root that came with the device, or the one kept last. */
static int start(struct trust *t, const void *root, size_t len, struct err *e)
{
	struct tuf_quorum q;

	if (len > t->limits.root_bytes)
		return err_code(e, ERR_TOO_LARGE, "too_large",
		                "root: %zu bytes, %zu are allowed", len,
		                t->limits.root_bytes);
	t->root = trust_open(t, TUF_ROOT, "root", root, len, e);
	if (t->root == NULL || tuf_doc_read(t->root, "root", e) != 0)
		return -1;
	q = tuf_root_quorum(&t->root->root, TUF_ROOT);
	return tuf_doc_check(t->root, "root", &q, root, len, e);
}

static struct trust *begin_with(const void *root, size_t len, int64_t now_s,
                                const struct trust_limits *limits,
                                const struct trust_io *io, struct err *e)
{
	struct trust *t = xcalloc(1, sizeof(*t));

	t->now_s = now_s;
	t->limits = limits != NULL ? *limits : trust_limits_default;
	t->io = io;
	if (start(t, root, len, e) != 0) {
		trust_free(t);
		return NULL;
	}
	trust_learn(t, t->root);
	t->io = NULL;
	trust_begin_refresh(t);
	return t;
}

struct trust *trust_new(const void *root, size_t len, int64_t now_s,
                        const struct trust_limits *limits, struct err *e)
{
	return begin_with(root, len, now_s, limits, NULL, e);
}

struct trust *trust_start(const void *root, size_t len, int64_t now_s,
                          const struct trust_io *io, struct err *e)
{
	return begin_with(root, len, now_s, NULL, io, e);
}

void trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	trust_walk_clear(t);
	trust_roles_clear(t);
	tuf_doc_unref(t->timestamp);
	tuf_doc_unref(t->snapshot);
	tuf_doc_unref(t->root);
	free(t->keep.bytes);
	free(t);
}

void trust_want(struct trust *t, const char *role, const char *delegator)
{
	(void)snprintf(t->want.role, sizeof(t->want.role), "%s", role);
	(void)snprintf(t->want.delegator, sizeof(t->want.delegator), "%s",
	               delegator);
}

static void begin(struct trust *t, enum question question, enum phase phase)
{
	trust_walk_clear(t);
	t->question = question;
	t->phase = phase;
	t->asked = false;
	/* Shown, but nobody came back to say that it is kept. */
	t->keep.shown = false;
	t->drop_shown = false;
}

void trust_begin_refresh(struct trust *t)
{
	begin(t, ASK_REFRESH, PHASE_ROOT);
	t->refreshed = false;
	t->rotated = false;
	t->new_roots = 0;
}

void trust_begin_find(struct trust *t, const char *path)
{
	begin(t, ASK_FIND, PHASE_WALK);
	trust_walk_begin(t, path);
}

void trust_begin_role(struct trust *t, const char *role)
{
	begin(t, ASK_ROLE, PHASE_ROLE);
	/* A name too long for the field is a name nobody delegated to. */
	if (strlen(role) >= sizeof(t->want.role))
		role = "";
	trust_want(t, role, strcmp(role, "targets") == 0 ? "root" : "targets");
}

const struct trust_target *trust_found(const struct trust *t)
{
	return t->phase == PHASE_ANSWERED && t->has_found ? &t->found : NULL;
}

void trust_encode_role(char out[TRUST_ENCODED_MAX], const char *role)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *role != '\0' && n + 3 < TRUST_ENCODED_MAX; role++) {
		unsigned char c = (unsigned char)*role;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("_.-~", c) != NULL) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
}

size_t trust_keyids(const struct trust *t, const char *role,
                    const char (**out)[KEY_ID_SIZE], int64_t *threshold)
{
	struct trust_edge edge;
	struct tuf_quorum q;
	int type = TUF_ROOT;

	while (type <= TUF_TARGETS &&
	       strcmp(role, tuf_type_name((enum tuf_type)type)) != 0)
		type++;
	if (type <= TUF_TARGETS) {
		q = tuf_root_quorum(&t->root->root, (enum tuf_type)type);
	} else {
		(void)snprintf(edge.role, sizeof(edge.role), "%s", role);
		(void)snprintf(edge.delegator, sizeof(edge.delegator),
		               "targets");
		if (strlen(role) >= sizeof(edge.role) ||
		    trust_quorum_of(&q, t, &edge, NULL) != 0)
			return 0;
	}
	*out = q.keyids;
	*threshold = q.threshold;
	return q.n_keyids;
}

const struct tuf_root *trust_root(const struct trust *t)
{
	return &t->root->root;
}

const struct tuf_snapshot *trust_timestamp(const struct trust *t)
{
	return t->timestamp != NULL ? &t->timestamp->listing : NULL;
}

const struct tuf_snapshot *trust_snapshot(const struct trust *t)
{
	return t->snapshot != NULL ? &t->snapshot->listing : NULL;
}

const struct tuf_targets *trust_targets(const struct trust *t, const char *role)
{
	const struct trust_role *r = trust_role_find(t, role);

	return r != NULL ? &r->doc->targets : NULL;
}

/* Answers a LOAD or FETCH. A stored copy that is larger than allowed is as
 * good as none; a fetched one is an attack. */
static int answer(struct trust *t, const struct trust_io *io,
                  const struct trust_step *step, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(step->max_bytes);
	struct err why = {0};
	int got = -1;

	if (step->kind == TRUST_FETCH)
		got = io->fetch(io->ctx, step->path, step->max_bytes, &bytes,
		                &why);
	else if (io->load != NULL)
		got = io->load(io->ctx, step->role, &bytes, &why);
	else
		why.kind = ERR_NOT_FOUND;
	if (got == 0 && bytes.no_memory)
		got = err_set(&why, ERR_MEMORY, "%s: no memory", step->role);
	else if (got == 0 && buf_failed(&bytes))
		got = err_code(&why, ERR_TOO_LARGE, "too_large",
		               "%s: more than %zu bytes", step->role,
		               step->max_bytes);
	if (got == 0)
		return trust_give(t, buf_str(&bytes), bytes.len, e);
	if (why.kind == ERR_NOT_FOUND ||
	    (why.kind == ERR_TOO_LARGE && step->kind == TRUST_LOAD))
		return trust_none(t, e);
	if (e != NULL)
		*e = why;
	return -1;
}

static int answer_all(struct trust *t, const struct trust_io *io, struct err *e)
{
	struct trust_step step;

	for (;;) {
		if (trust_next(t, &step, e) != 0)
			return -1;
		switch (step.kind) {
		case TRUST_DONE: return 0;
		case TRUST_LOAD:
		case TRUST_FETCH:
			if (answer(t, io, &step, e) != 0)
				return -1;
			break;
		case TRUST_SAVE:
			if (step.rotates && io->rotate != NULL &&
			    io->rotate(io->ctx, e) != 0)
				return -1;
			if (io->save != NULL &&
			    io->save(io->ctx, step.role, step.bytes, step.len,
			             e) != 0)
				return -1;
			break;
		case TRUST_DROP:
			if (io->drop != NULL &&
			    io->drop(io->ctx, step.role, e) != 0)
				return -1;
			break;
		}
	}
}

static int drive(struct trust *t, const struct trust_io *io, struct err *e)
{
	int result;

	t->io = io;
	result = answer_all(t, io, e);
	t->io = NULL;
	return result;
}

int trust_refresh(struct trust *t, const struct trust_io *io, struct err *e)
{
	trust_begin_refresh(t);
	return drive(t, io, e);
}

int trust_find(struct trust *t, const struct trust_io *io, const char *path,
               const struct trust_target **out, struct err *e)
{
	*out = NULL;
	trust_begin_find(t, path);
	if (drive(t, io, e) != 0)
		return -1;
	*out = trust_found(t);
	if (*out == NULL)
		return err_set(e, ERR_NOT_FOUND, "%.300s: no role lists it",
		               path);
	return 0;
}

int trust_load_role(struct trust *t, const struct trust_io *io,
                    const char *role, struct err *e)
{
	trust_begin_role(t, role);
	return drive(t, io, e);
}
