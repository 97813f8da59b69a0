#include "config.h"

#include "server/repo/gate.h"

#include "lib/base/mem.h"
#include "lib/catalog/probe.h"
#include "lib/tuf/trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A device whose store is what `holds` serves, and whose server serves
 * `sees`. */
struct device {
	const struct view *holds; /* NULL: an empty store */
	const struct view *sees;
	struct file *given;    /* last */
	struct tuf_doc *known; /* of it */
};

static int give(struct device *d, struct file *f, struct buf *out,
                const char *what, struct err *e)
{
	d->given = f;
	if (f == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: not there", what);
	buf_add(out, f->bytes, f->len);
	return buf_failed(out) ? err_set(e, ERR_TOO_LARGE, "%s: %zu bytes",
	                                 what, f->len)
	                       : 0;
}

static int load(void *ctx, const char *role, struct buf *out, struct err *e)
{
	struct device *d = ctx;
	const struct set_role *r;

	if (d->holds == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: not stored", role);
	r = set_role(view_set(d->holds), role);
	return give(d,
	            r != NULL ? r->file
	                      : online_role(view_online(d->holds), role),
	            out, role, e);
}

static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	struct device *d = ctx;
	struct file *f = view_metadata(d->sees, path);

	if (f != NULL && f->len > max_bytes)
		return err_set(e, ERR_TOO_LARGE,
		               "%s: %zu bytes, clients read at most %zu", path,
		               f->len, max_bytes);
	return give(d, f, out, path, e);
}

static int save(void *ctx, const char *role, const void *bytes, size_t len,
                struct err *e)
{
	(void)ctx;
	(void)role;
	(void)bytes;
	(void)len;
	(void)e;
	return 0;
}

/* What a file says, and who signed it, was found out once: by whoever made a
 * set of it, or by the first client that was played over it. */
static struct tuf_doc *known(void *ctx)
{
	struct device *d = ctx;

	tuf_doc_unref(d->known);
	d->known = d->given != NULL ? file_doc(d->given) : NULL;
	return d->known;
}

static void learn(void *ctx, struct tuf_doc *doc)
{
	struct device *d = ctx;

	if (d->given != NULL)
		file_learn(d->given, doc);
}

static void device_fini(struct device *d)
{
	tuf_doc_unref(d->known);
}
DEFINE_SCOPED_PLACE(device_fini, struct device)

static struct trust_io io_of(struct device *d)
{
	return (struct trust_io){.load = load,
	                         .fetch = fetch,
	                         .save = save,
	                         .known = known,
	                         .learn = learn,
	                         .ctx = d};
}

static struct trust *refreshed(struct device *d, struct file *root,
                               int64_t now_s, struct err *e)
{
	struct trust_io io = io_of(d);
	struct trust *t;

	d->given = root;
	t = trust_start(root->bytes, root->len, now_s, &io, e);
	if (t != NULL && trust_refresh(t, &io, e) != 0) {
		trust_free(t);
		return NULL;
	}
	return t;
}

/* Every entry of a role resolves, as a client resolves it, to that role; but
 * what `old` listed as well was looked up then. */
static int look_up_entries(struct trust *t, const struct trust_io *io,
                           const char *role, const struct tuf_targets *r,
                           const struct set *old, struct err *e)
{
	for (size_t i = 0; i < r->n_targets; i++) {
		const struct trust_target *found = NULL;

		if (set_had_entry(old, role, &r->targets[i]))
			continue;
		if (trust_find(t, io, r->targets[i].path, &found, e) != 0)
			return -1;
		if (strcmp(found->role, role) != 0)
			return err_code(e, ERR_UNTRUSTED, "wrong_role",
			                "%s: listed by %s, but clients take it "
			                "from %s",
			                r->targets[i].path, role, found->role);
	}
	return 0;
}

static int look_up_online_role(struct trust *t, const struct trust_io *io,
                               const char *role, struct err *e)
{
	if (trust_load_role(t, io, role, e) != 0)
		return -1;
	return look_up_entries(t, io, role, trust_targets(t, role), NULL, e);
}

/* Whose delegation a role of the set stands on. */
static const struct tuf_delegation *delegation_of(const struct set *s, size_t i)
{
	const struct set_role *r = &s->roles[i];

	return tuf_targets_role(&s->roles[r->delegator].targets, r->name);
}

/* No entry need have led there. Whoever delegates anew has changed, and with it
 * all below: each of those is reached in its turn. */
static int reach(struct trust *t, const struct trust_io *io,
                 const struct set *s, size_t i, struct err *e)
{
	const struct set_role *r = &s->roles[i];
	size_t above = r->delegator;

	return above == 0 ? trust_load_role(t, io, r->name, e)
	                  : probe_child(t, io, delegation_of(s, above),
	                                &s->roles[above].targets, r->name, e);
}

static int look_up_role(struct trust *t, const struct trust_io *io,
                        const struct set *s, size_t i, const struct set *old,
                        struct err *e)
{
	const struct set_role *r = &s->roles[i];

	/* What led to an entry leads there still, if it has not changed. */
	if (!set_is_same(s, r->delegator, old))
		old = NULL;
	if (look_up_entries(t, io, r->name, &r->targets, old, e) != 0)
		return -1;
	return reach(t, io, s, i, e);
}

/* What was looked up for an earlier publish need not be again: only time went
 * on. */
static int check_life(const struct set_role *r, int64_t now_s, struct err *e)
{
	if (now_s < r->targets.expires_s)
		return 0;
	return err_code(e, ERR_EXPIRED, "expired", "%s: has expired", r->name);
}

static int look_up_online(struct trust *t, const struct trust_io *io,
                          const struct view *v, struct err *e)
{
	const struct online *o = view_online(v);

	for (size_t i = 0; i < o->n_files; i++)
		if (strncmp(o->files[i]->role, "rollout.", 8) == 0 &&
		    look_up_online_role(t, io, o->files[i]->role, e) != 0)
			return -1;
	return 0;
}

static int look_up_set(struct trust *t, const struct trust_io *io,
                       const struct view *v, const struct set *old,
                       int64_t now_s, struct err *e)
{
	const struct set *s = view_set(v);

	for (size_t i = 1; i < s->n_roles; i++) {
		if ((set_is_same(s, i, old)
		             ? check_life(&s->roles[i], now_s, e)
		             : look_up_role(t, io, s, i, old, e)) != 0)
			return -1;
	}
	return 0;
}

static int check_blob(const struct tuf_target *t, const struct blobs *blobs,
                      struct err *e)
{
	int64_t length = 0;

	if (blobs_size(blobs, t->sha256, &length, e) != 0) {
		err_context(e, "target %s", t->path);
		return -1;
	}
	if (length == t->length)
		return 0;
	return err_code(e, ERR_UNTRUSTED, "mismatch",
	                "target %s: %" PRId64 " bytes are stored, %" PRId64
	                " are signed",
	                t->path, length, t->length);
}

/* Of what is published now, the bytes were there when it was published. */
static int check_blobs(const struct set *s, const struct set *old,
                       const struct blobs *blobs, struct err *e)
{
	for (size_t r = 0; r < s->n_roles; r++) {
		const struct tuf_targets *t = &s->roles[r].targets;

		if (set_is_same(s, r, old))
			continue;
		for (size_t i = 0; i < t->n_targets; i++)
			if (!set_had_entry(old, s->roles[r].name,
			                   &t->targets[i]) &&
			    check_blob(&t->targets[i], blobs, e) != 0)
				return -1;
	}
	return 0;
}

/* A root once published never changes. */
static int check_roots(const struct view *candidate, const struct view *current,
                       struct err *e)
{
	const struct set *new = view_set(candidate), *old = view_set(current);

	if (new->n_roots < old->n_roots)
		return err_code(e, ERR_CONFLICT, "rollback",
		                "root: version %zu is below the published %zu",
		                new->n_roots, old->n_roots);
	for (size_t i = 0; i < old->n_roots; i++)
		if (strcmp(new->roots[i]->sha256, old->roots[i]->sha256) != 0)
			return err_code(e, ERR_CONFLICT, "reissued",
			                "root: version %zu was published with "
			                "other bytes",
			                i + 1);
	return 0;
}

/* Every look-up asked for, by a client that has refreshed. */
static int look_up(struct trust *t, struct device *d, const struct set *known,
                   bool whole, int64_t now_s, struct err *e)
{
	struct trust_io io = io_of(d);

	if (look_up_online(t, &io, d->sees, e) != 0)
		return -1;
	return whole ? look_up_set(t, &io, d->sees, known, now_s, e) : 0;
}

static bool lists_every_hash(const struct tuf_snapshot *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i].sha256[0] == '\0')
			return false;
	return true;
}

/* Do both trust the very same documents? Then every look-up of one ends as
 * that of the other: it goes by root, snapshot and targets, and by files that
 * have to have the hash which the snapshot lists, whether they come from the
 * store or from the server. */
static bool trust_the_same(const struct trust *a, const struct trust *b)
{
	return trust_root(a) == trust_root(b) &&
	       trust_timestamp(a) == trust_timestamp(b) &&
	       trust_snapshot(a) == trust_snapshot(b) &&
	       trust_targets(a, "targets") == trust_targets(b, "targets") &&
	       lists_every_hash(trust_snapshot(a));
}

static int play_holder(const struct view *candidate, const struct view *current,
                       const struct trust *fresh, bool whole, int64_t now_s,
                       struct err *e)
{
	SCOPED(device_fini)
	struct device d = {.holds = current, .sees = candidate};
	const struct set *old = view_set(current);
	SCOPED(trust_free)
	struct trust *t = refreshed(&d, old->roots[old->n_roots - 1], now_s, e);

	if (t == NULL)
		return -1;
	if (trust_the_same(t, fresh))
		return 0;
	return look_up(t, &d, old, whole, now_s, e);
}

/* Our client drops its snapshot when the keys of either listing change (TUF
 * 5.3.11). python-tuf, tuf-js and go-tuf keep it for as long as the new root's
 * keys vouch for it, and hold the next one against it (5.5.5). */
static int check_snapshot(const struct view *candidate,
                          const struct view *current, const struct trust *fresh,
                          struct err *e)
{
	struct tuf_quorum by = set_quorum(view_set(candidate), "snapshot");
	struct file *f = online_role(view_online(current), "snapshot");
	SCOPED(tuf_doc_unref)
	struct tuf_doc *held = NULL;

	if (view_set(candidate)->n_roots == view_set(current)->n_roots)
		return 0; /* nothing was dropped: the holder has asked */
	held = file_read(f, e);
	if (held == NULL)
		return -1;
	if (tuf_doc_check(held, f->name, &by, f->bytes, f->len, NULL) != 0)
		return 0;
	return trust_check_no_rollback(&held->listing, trust_snapshot(fresh),
	                               e);
}

static int gate(const struct view *candidate, const struct view *current,
                bool whole, int64_t now_s, struct err *e)
{
	SCOPED(device_fini)
	struct device d = {.sees = candidate};
	const struct set *old = current != NULL ? view_set(current) : NULL;
	SCOPED(trust_free)
	struct trust *fresh =
		refreshed(&d, view_set(candidate)->roots[0], now_s, e);

	if (fresh == NULL || look_up(fresh, &d, old, whole, now_s, e) != 0) {
		err_context(e, "a client that knows root 1");
		return -1;
	}
	if (current != NULL &&
	    (play_holder(candidate, current, fresh, whole, now_s, e) != 0 ||
	     check_snapshot(candidate, current, fresh, e) != 0)) {
		err_context(e, "a client that holds what is published now");
		return -1;
	}
	return 0;
}

int gate_check(const struct view *candidate, const struct view *current,
               const struct blobs *blobs, int64_t now_s, struct err *e)
{
	if (current != NULL && check_roots(candidate, current, e) != 0)
		return -1;
	if (gate(candidate, current, true, now_s, e) != 0)
		return -1;
	return check_blobs(view_set(candidate),
	                   current != NULL ? view_set(current) : NULL, blobs,
	                   e);
}

int gate_check_online(const struct view *candidate, const struct view *current,
                      int64_t now_s, struct err *e)
{
	return gate(candidate, current, false, now_s, e);
}

bool gate_is_alive(const struct view *v, int64_t now_s)
{
	const struct set *s = view_set(v);
	const struct online *o = view_online(v);

	for (size_t i = 0; i < s->n_roles; i++)
		if (now_s >= s->roles[i].targets.expires_s)
			return false;
	for (size_t i = 0; i < o->n_files; i++)
		if (now_s >= file_expires_s(o->files[i]))
			return false;
	return now_s < s->root.expires_s;
}
