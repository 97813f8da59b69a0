/*
 * The checks that make received bytes trusted, in the order of TUF 5.3 to
 * 5.6. Nothing in the trusted state changes before the last one has passed.
 */
#include "config.h"

#include "lib/base/rfc3339.h"
#include "lib/tuf/trust_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int trust_check_expiry(const struct trust *t, const char *what,
                       int64_t expires_s, struct err *e)
{
	char then[RFC3339_SIZE], now[RFC3339_SIZE];

	/* TUF 5.3.10 and others: "MUST be higher than the fixed update start
	 * time", so the very second is too late. */
	if (t->now_s < expires_s)
		return 0;
	rfc3339_format(then, expires_s);
	rfc3339_format(now, t->now_s);
	return err_code(e, ERR_EXPIRED, "expired",
	                "%s: expired at %s, it is %s", what, then, now);
}

static int check_version(const char *what, int64_t found, int64_t needed,
                         struct err *e)
{
	if (found == needed)
		return 0;
	return err_code(e, ERR_UNTRUSTED,
	                found < needed ? "rollback" : "version",
	                "%s: version %" PRId64 ", %" PRId64 " is needed", what,
	                found, needed);
}

/* Remembers what to save, as received: other clients and our own hash checks
 * compare bytes. */
static int prepare(void **copy, const char *role, const void *bytes, size_t len,
                   struct err *e)
{
	*copy = malloc(len + 1);
	if (*copy == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory for %zu bytes",
		               role, len);
	memcpy(*copy, bytes, len);
	return 0;
}

static void keep(struct trust *t, const char *role, void *copy, size_t len)
{
	free(t->keep.bytes);
	t->keep.bytes = copy;
	t->keep.len = len;
	t->keep.shown = false;
	(void)snprintf(t->keep.role, sizeof(t->keep.role), "%s", role);
}

static bool same_keys(const struct tuf_role_keys *a,
                      const struct tuf_role_keys *b)
{
	if (a->n_keyids != b->n_keyids || a->threshold != b->threshold)
		return false;
	/* Ids are unique in a role, so "all of a are in b" is enough. */
	for (size_t i = 0; i < a->n_keyids; i++) {
		bool there = false;

		for (size_t k = 0; k < b->n_keyids; k++)
			there = there ||
			        strcmp(a->keyids[i], b->keyids[k]) == 0;
		if (!there)
			return false;
	}
	return true;
}

static void put(struct tuf_doc **place, struct tuf_doc **with)
{
	tuf_doc_unref(*place);
	*place = *with;
	*with = NULL;
}

static void drop_below_root(struct trust *t)
{
	struct tuf_doc *none = NULL;

	put(&t->timestamp, &none);
	put(&t->snapshot, &none);
	trust_roles_clear(t);
}

/* TUF 5.3.4: signed by a threshold of N and of N+1 itself. */
static int verify_root(const struct trust *t, struct tuf_doc *root,
                       const void *bytes, size_t len, struct err *e)
{
	struct tuf_quorum by_old = tuf_root_quorum(&t->root->root, TUF_ROOT);
	struct tuf_quorum by_new = tuf_root_quorum(&root->root, TUF_ROOT);

	if (tuf_doc_check(root, "root", &by_old, bytes, len, e) != 0) {
		err_context(e, "by the keys of version %" PRId64,
		            t->root->version);
		return -1;
	}
	if (tuf_doc_check(root, "root", &by_new, bytes, len, e) != 0) {
		err_context(e, "by its own keys");
		return -1;
	}
	/* TUF 5.3.5 (CVE-2025-2885): exactly the next one. */
	return check_version("root", root->version, t->root->version + 1, e);
}

int trust_accept_root(struct trust *t, const void *bytes, size_t len,
                      struct err *e)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *root = trust_open(t, TUF_ROOT, "root", bytes, len, e);
	const struct tuf_root *old = &t->root->root;
	void *copy;

	if (root == NULL || tuf_doc_read(root, "root", e) != 0 ||
	    verify_root(t, root, bytes, len, e) != 0 ||
	    prepare(&copy, "root", bytes, len, e) != 0)
		return -1;
	/* TUF 5.3.11: timestamp and snapshot, whichever of them changed. */
	if (!same_keys(&old->roles[TUF_TIMESTAMP],
	               &root->root.roles[TUF_TIMESTAMP]) ||
	    !same_keys(&old->roles[TUF_SNAPSHOT],
	               &root->root.roles[TUF_SNAPSHOT])) {
		t->rotated = true;
		t->n_drops = 2;
		t->drop_shown = false;
	}
	/* Whatever the old root vouched for, the new one is asked again. */
	drop_below_root(t);
	trust_learn(t, root);
	put(&t->root, &root);
	/* TUF 5.3.8: at once, before the next one is asked for. */
	keep(t, "root", copy, len);
	return 0;
}

/* Signature and shape of a timestamp or snapshot (TUF 5.4.2, 5.5.3); NULL when
 * it is refused. */
static struct tuf_doc *verify_listing(const struct trust *t, enum tuf_type type,
                                      const void *bytes, size_t len,
                                      struct err *e)
{
	const char *name = tuf_type_name(type);
	struct tuf_quorum q = tuf_root_quorum(&t->root->root, type);
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = trust_open(t, type, name, bytes, len, e);

	if (d == NULL || tuf_doc_check(d, name, &q, bytes, len, e) != 0 ||
	    tuf_doc_read(d, name, e) != 0)
		return NULL;
	return MOVE(d);
}

/* One that does not verify is none. One that there is no memory to look at is
 * still what rollback is measured against. */
static int take_stored(struct trust *t, struct tuf_doc **place,
                       enum tuf_type type, const void *bytes, size_t len,
                       struct err *e)
{
	struct err why = {0};
	struct tuf_doc *d = verify_listing(t, type, bytes, len, &why);

	if (d != NULL) {
		trust_learn(t, d);
		put(place, &d);
		return 0;
	}
	if (why.kind != ERR_MEMORY)
		return 0;
	if (e != NULL)
		*e = why;
	return -1;
}

/* Expired or not: it is the anchor against rollback (TUF 5.4.3). */
int trust_take_stored_timestamp(struct trust *t, const void *bytes, size_t len,
                                struct err *e)
{
	return take_stored(t, &t->timestamp, TUF_TIMESTAMP, bytes, len, e);
}

int trust_accept_timestamp(struct trust *t, const void *bytes, size_t len,
                           struct err *e)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = verify_listing(t, TUF_TIMESTAMP, bytes, len, e);
	void *copy;

	if (d == NULL)
		return -1;
	if (t->timestamp != NULL) {
		int64_t seen = t->timestamp->version;
		int64_t listed = d->listing.files[0].version;
		int64_t snapshot = t->timestamp->listing.files[0].version;

		/* TUF 5.4.3.1: lower is an attack, equal is no news. */
		if (d->version < seen)
			return check_version("timestamp", d->version, seen, e);
		if (d->version == seen)
			return 0;
		/* TUF 5.4.3.2 */
		if (listed < snapshot) {
			(void)check_version("snapshot", listed, snapshot, e);
			err_context(e, "timestamp lists");
			return -1;
		}
	}
	/* TUF 5.4.4 (CVE-2025-2888: expired is refused and not kept). */
	if (trust_check_expiry(t, "timestamp", d->expires_s, e) != 0 ||
	    prepare(&copy, "timestamp", bytes, len, e) != 0)
		return -1;
	trust_learn(t, d);
	put(&t->timestamp, &d);
	keep(t, "timestamp", copy, len);
	return 0;
}

/* Its hash is not looked at: it was when it was kept, and what matters now is
 * the versions it saw (TUF 5.5.5). */
int trust_take_stored_snapshot(struct trust *t, const void *bytes, size_t len,
                               struct err *e)
{
	return take_stored(t, &t->snapshot, TUF_SNAPSHOT, bytes, len, e);
}

int trust_check_no_rollback(const struct tuf_snapshot *seen,
                            const struct tuf_snapshot *s, struct err *e)
{
	for (size_t i = 0; i < seen->n_files; i++) {
		const struct tuf_meta_file *old = &seen->files[i];
		const struct tuf_meta_file *new =
			tuf_snapshot_find(s, old->role);

		if (new == NULL)
			return err_code(e, ERR_UNTRUSTED, "rollback",
			                "snapshot: %s is not listed, version "
			                "%" PRId64 " or above is needed",
			                old->role, old->version);
		if (new->version < old->version) {
			(void)check_version(old->role, new->version,
			                    old->version, e);
			err_context(e, "snapshot lists");
			return -1;
		}
	}
	return 0;
}

int trust_accept_snapshot(struct trust *t, const void *bytes, size_t len,
                          struct err *e)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = NULL;
	const struct tuf_meta_file *listed = &t->timestamp->listing.files[0];
	void *copy;

	/* TUF 5.5.2 first: bytes nobody listed are not even parsed. */
	if (tuf_meta_file_check(listed, bytes, len, e) != 0)
		return -1;
	d = verify_listing(t, TUF_SNAPSHOT, bytes, len, e);
	/* TUF 5.5.4 */
	if (d == NULL ||
	    check_version("snapshot", d->version, listed->version, e) != 0)
		return -1;
	if (t->snapshot != NULL &&
	    trust_check_no_rollback(&t->snapshot->listing, &d->listing, e) != 0)
		return -1;
	/* TUF 5.5.6 */
	if (trust_check_expiry(t, "snapshot", d->expires_s, e) != 0 ||
	    prepare(&copy, "snapshot", bytes, len, e) != 0)
		return -1;
	trust_learn(t, d);
	put(&t->snapshot, &d);
	trust_roles_clear(t);
	keep(t, "snapshot", copy, len);
	return 0;
}

int trust_quorum_of(struct tuf_quorum *out, const struct trust *t,
                    const struct trust_edge *edge, struct err *e)
{
	const struct tuf_delegation *d;
	const struct trust_role *by;

	if (strcmp(edge->role, "targets") == 0) {
		*out = tuf_root_quorum(&t->root->root, TUF_TARGETS);
		return 0;
	}
	by = trust_role_find(t, edge->delegator);
	if (by != NULL) {
		d = tuf_targets_role(&by->doc->targets, edge->role);
		if (d != NULL) {
			*out = tuf_targets_quorum(&by->doc->targets, d);
			return 0;
		}
		if (tuf_succinct_is_bin(&by->doc->targets.succinct,
		                        edge->role)) {
			*out = tuf_succinct_quorum(&by->doc->targets);
			return 0;
		}
	}
	return err_set(e, ERR_NOT_FOUND, "%s does not delegate to '%s'",
	               edge->delegator, edge->role);
}

/* TUF 5.6.2 to 5.6.5 for the wanted role, stored or fetched: a stored copy
 * gets all of them, since the listing may have moved on. NULL when it is
 * refused. */
static struct tuf_doc *verify_role(const struct trust *t, const void *bytes,
                                   size_t len, struct err *e)
{
	const char *role = t->want.role;
	const struct tuf_meta_file *listed =
		tuf_snapshot_find(&t->snapshot->listing, role);
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = NULL;
	struct tuf_quorum q;

	if (trust_quorum_of(&q, t, &t->want, e) != 0)
		return NULL;
	if (listed == NULL) {
		(void)err_set(e, ERR_INTERNAL, "%s: is not listed", role);
		return NULL;
	}
	/* TUF 5.6.2 (CVE-2026-6967: delegated roles too) */
	if (tuf_meta_file_check(listed, bytes, len, e) != 0)
		return NULL;
	d = trust_open(t, TUF_TARGETS, role, bytes, len, e);
	if (d == NULL)
		return NULL;
	/* TUF 5.6.3 */
	if (tuf_doc_check(d, role, &q, bytes, len, e) != 0) {
		err_context(e, "by the keys that %s lists", t->want.delegator);
		return NULL;
	}
	/* TUF 5.6.4, 5.6.5 */
	if (check_version(role, d->version, listed->version, e) != 0 ||
	    trust_check_expiry(t, role, d->expires_s, e) != 0 ||
	    tuf_doc_read(d, role, e) != 0)
		return NULL;
	return MOVE(d);
}

struct trust_role *trust_role_find(const struct trust *t, const char *name)
{
	for (size_t i = 0; i < t->n_roles; i++)
		if (strcmp(t->roles[i]->name, name) == 0)
			return t->roles[i];
	return NULL;
}

void trust_roles_clear(struct trust *t)
{
	for (size_t i = 0; i < t->n_roles; i++) {
		tuf_doc_unref(t->roles[i]->doc);
		free(t->roles[i]);
	}
	free(t->roles);
	t->roles = NULL;
	t->n_roles = 0;
	t->has_found = false;
}

/* A place for the wanted role: the one it has, or a new one. */
static struct trust_role *place(struct trust *t)
{
	struct trust_role *r = trust_role_find(t, t->want.role);
	struct trust_role **grown;

	if (r != NULL)
		return r;
	grown = reallocarray(t->roles, t->n_roles + 1, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	t->roles = grown;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	memcpy(r->name, t->want.role, sizeof(r->name));
	t->roles[t->n_roles++] = r;
	return r;
}

/* Takes over the document. */
static int set_role(struct trust *t, struct tuf_doc **doc, struct err *e)
{
	struct trust_role *r = place(t);

	if (r == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory for another role",
		               t->want.role);
	/* What the replaced one vouched for has to be asked again. */
	for (size_t i = 0; i < t->n_roles; i++)
		if (strcmp(t->roles[i]->delegator, r->name) == 0)
			t->roles[i]->delegator[0] = '\0';
	trust_learn(t, *doc);
	put(&r->doc, doc);
	memcpy(r->delegator, t->want.delegator, sizeof(r->delegator));
	return 0;
}

bool trust_take_stored_role(struct trust *t, const void *bytes, size_t len)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = verify_role(t, bytes, len, NULL);

	return d != NULL && set_role(t, &d, NULL) == 0;
}

int trust_accept_role(struct trust *t, const void *bytes, size_t len,
                      struct err *e)
{
	SCOPED(tuf_doc_unref)
	struct tuf_doc *d = verify_role(t, bytes, len, e);
	void *copy;

	if (d == NULL || prepare(&copy, t->want.role, bytes, len, e) != 0)
		return -1;
	if (set_role(t, &d, e) != 0) {
		free(copy);
		return -1;
	}
	keep(t, t->want.role, copy, len);
	return 0;
}
