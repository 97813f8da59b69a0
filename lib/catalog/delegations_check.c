/*
 * The checks over the whole tree of delegations; names and patterns are in
 * delegations.c, what is special to plain roles in plain.c.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"
#include "lib/catalog/delegations.h"
#include "lib/catalog/plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A key and the role it speaks for. */
struct holder {
	const struct key_public *key;
	const char *role;
};

struct holders {
	struct holder *items;
	size_t len, cap;
};

static const struct key_public *key_of(const struct key_public *keys,
                                       size_t n_keys, const char *id)
{
	for (size_t i = 0; i < n_keys; i++)
		if (strcmp(keys[i].id, id) == 0)
			return &keys[i];
	return NULL;
}

/* go-tuf refuses a listed id without its key, so we never publish one. */
static int hold(struct holders *h, const struct key_public *keys, size_t n_keys,
                char (*ids)[KEY_ID_SIZE], size_t n_ids, const char *role,
                struct err *e)
{
	for (size_t i = 0; i < n_ids; i++) {
		const struct key_public *k = key_of(keys, n_keys, ids[i]);

		if (k == NULL)
			return err_code(e, ERR_INVALID, "delegation",
			                "%s: key %.16s is listed but its file "
			                "does not hold it",
			                role, ids[i]);
		VEC_GROW(h);
		h->items[h->len++] = (struct holder){k, role};
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return key_public_compare(x->key, y->key);
}

/* trust.md, Roles: no key in two roles. By material, not by id. */
static int check_reuse(struct holders *h, struct err *e)
{
	if (h->len == 0)
		return 0;
	qsort(h->items, h->len, sizeof(h->items[0]), by_key);
	for (size_t i = 1; i < h->len; i++) {
		const struct holder *a = &h->items[i - 1], *b = &h->items[i];

		if (by_key(a, b) != 0)
			continue;
		if (strcmp(a->role, b->role) != 0)
			return err_code(e, ERR_INVALID, "key_reuse",
			                "key %.16s speaks for %s and for %s; a "
			                "key may have one role",
			                a->key->id, a->role, b->role);
		/* Clients that count ids would count it twice. Bins may list
		 * the very keys of their role. */
		if (strcmp(a->key->id, b->key->id) != 0)
			return err_code(e, ERR_INVALID, "key_reuse",
			                "%.16s and %.16s are one key of %s "
			                "under two names",
			                a->key->id, b->key->id, a->role);
	}
	return 0;
}

/* Exactly the table's patterns, in its order, terminating. */
static int check_patterns(const struct tuf_delegation *d,
                          const struct catalog_delegation *row,
                          const char *product, struct err *e)
{
	char want[PRODUCT_MAX_LEN + 16];
	size_t n = 0;

	if (!d->terminating)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: %s: is not terminating", d->name);
	if (d->n_hash_prefixes > 0)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: %s: delegates by path hashes, path "
		                "patterns are needed",
		                d->name);
	for (; delegations_pattern(want, sizeof(want), row, n, product); n++)
		if (n >= d->n_paths || strcmp(d->paths[n], want) != 0)
			return err_code(e, ERR_INVALID, "delegation",
			                "targets: %s: path %zu is '%s', '%s' "
			                "is needed",
			                d->name, n + 1,
			                n < d->n_paths ? d->paths[n] : "",
			                want);
	if (d->n_paths != n)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: %s: '%s' is one path too many",
		                d->name, d->paths[n]);
	return 0;
}

/* Every row of its product is there too. */
static int check_product(const struct tuf_targets *t,
                         const struct tuf_delegation *d,
                         const struct catalog_delegation *row,
                         const char *product, struct err *e)
{
	char other[TUF_ROLE_MAX];

	for (size_t i = 0; i < catalog_n_delegations; i++) {
		delegations_role_name(other, &catalog_delegations[i], product);
		if (tuf_targets_role(t, other) == NULL)
			return err_code(e, ERR_INVALID, "delegation",
			                "targets: delegates to %s but not to "
			                "%s",
			                d->name, other);
	}
	return check_patterns(d, row, product, e);
}

static int lower_threshold(const char *low, int64_t have, const char *high,
                           int64_t need, struct err *e)
{
	return err_code(e, ERR_INVALID, "threshold_order",
	                "%s: threshold %" PRId64 " is below the %" PRId64
	                " of %s",
	                low, have, need, high);
}

/* A delegation that was checked, and whose file is to be looked at. */
struct node {
	const struct tuf_delegation *d;
	bool plain;
	int depth; /* delegations from targets to it */
};

struct check {
	const struct catalog_source *s;
	bool *solo;
	struct holders holders;
	struct {
		struct node *items;
		size_t len, cap;
	} nodes;
};

/* No path matches two delegations of one file, so on its way to a role a client
 * visits just those above it. */
static int check_depth(int depth, const char *role, struct err *e)
{
	if (depth <= DELEGATIONS_DEPTH_MAX)
		return 0;
	return err_code(e, ERR_INVALID, "delegation",
	                "%s: stands %d delegations below targets, clients "
	                "follow %d",
	                role, depth, DELEGATIONS_DEPTH_MAX);
}

/* TUF lets two roles delegate to a third; then nobody can say which keys its
 * one file needs. A cycle is the same. */
static int add_node(struct check *c, const struct node *n,
                    const char *delegator, struct err *e)
{
	const struct tuf_delegation *d = n->d;

	for (size_t i = 0; i < c->nodes.len; i++)
		if (strcmp(c->nodes.items[i].d->name, d->name) == 0)
			return err_code(e, ERR_INVALID, "delegation",
			                "%s: delegates to %s, which another "
			                "delegation names too",
			                delegator, d->name);
	if (c->nodes.len >= TUF_DELEGATIONS_MAX)
		return err_code(e, ERR_TOO_LARGE, "delegation",
		                "%s: delegates to more than %d roles in all",
		                delegator, TUF_DELEGATIONS_MAX);
	if (check_depth(n->depth, d->name, e) != 0)
		return -1;
	VEC_GROW(&c->nodes);
	c->nodes.items[c->nodes.len++] = *n;
	return 0;
}

/* One line of a delegating file: `from` is that file's own node, without a
 * delegation for targets. */
static int check_delegation(struct check *c, const char *delegator,
                            const struct tuf_targets *t,
                            const struct tuf_delegation *d,
                            const struct node *from, struct err *e)
{
	const struct tuf_delegation *by = from->d;
	int64_t above = by != NULL ? by->threshold
	                           : c->s->root->roles[TUF_TARGETS].threshold;
	const char *product;
	const struct catalog_delegation *row =
		by == NULL ? delegations_row(d->name, &product) : NULL;

	if ((row != NULL ? check_product(t, d, row, product, e)
	                 : plain_check_delegation(d, by, e)) != 0 ||
	    hold(&c->holders, t->keys, t->n_keys, d->keyids, d->n_keyids,
	         d->name, e) != 0)
		return -1;
	if (row == NULL || !row->online) {
		if (above < d->threshold)
			return lower_threshold(delegator, above, d->name,
			                       d->threshold, e);
		*c->solo = *c->solo || d->threshold == 1;
	}
	struct node n = {d, row == NULL, from->depth + 1};
	return add_node(c, &n, delegator, e);
}

/* That nobody may have such a name says more than what is missing for it. */
static int check_names(const struct tuf_targets *t, const struct node *from,
                       struct err *e)
{
	const char *product;

	for (size_t i = 0; i < t->n_roles; i++)
		if ((from->d != NULL ||
		     delegations_row(t->roles[i].name, &product) == NULL) &&
		    plain_check_name(t->roles[i].name, e) != 0)
			return -1;
	return 0;
}

static int check_children(struct check *c, const char *delegator,
                          const struct tuf_targets *t, const struct node *from,
                          struct err *e)
{
	if (check_names(t, from, e) != 0)
		return -1;
	for (size_t i = 0; i < t->n_roles; i++)
		if (check_delegation(c, delegator, t, &t->roles[i], from, e) !=
		    0)
			return -1;
	return plain_check_overlaps(delegator, t, e);
}

/* Bins sign the same things as the role itself. */
static int check_bins(struct check *c, const struct tuf_delegation *d,
                      const struct tuf_targets *role, const struct bins *bins,
                      struct err *e)
{
	if (bins->shape.threshold < d->threshold)
		return lower_threshold(bins->shape.name_prefix,
		                       bins->shape.threshold, d->name,
		                       d->threshold, e);
	*c->solo = *c->solo || bins->shape.threshold == 1;
	return hold(&c->holders, role->keys, role->n_keys, bins->shape.keyids,
	            bins->shape.n_keyids, d->name, e);
}

/* releases.P may spread over bins, and no other role of a product may
 * delegate. */
static int check_below_product(struct check *c, const struct tuf_delegation *d,
                               const struct tuf_targets *role, struct err *e)
{
	struct bins bins;

	if (role->n_roles > 0 && !bins_are_by_prefix(d->name, role))
		return err_code(e, ERR_INVALID, "delegation",
		                "%s: delegates to '%s', it may not delegate",
		                d->name, role->roles[0].name);
	if (role->n_roles == 0 && !role->succinct.present)
		return 0;
	if (strncmp(d->name, "releases.", 9) != 0)
		return err_code(e, ERR_INVALID, "delegation",
		                "%s: delegates to bins; only releases may",
		                d->name);
	if (bins_read(&bins, d->name, role, e) != 0)
		return -1;
	return check_bins(c, d, role, &bins, e);
}

static int check_below_plain(struct check *c, const struct node *n,
                             const struct tuf_targets *role, struct err *e)
{
	const struct tuf_delegation *d = n->d;
	struct bins bins;

	if (bins_read(&bins, d->name, role, e) != 0 ||
	    plain_check_entries(d, &bins, role, c->s, e) != 0)
		return -1;
	if (!bins.present)
		return check_children(c, d->name, role, n, e);
	return check_depth(n->depth + 1, bins.shape.name_prefix, e) == 0
	               ? check_bins(c, d, role, &bins, e)
	               : -1;
}

/* A bin spreads no further. */
static int check_bins_end(const struct check *c, const char *owner,
                          const struct tuf_targets *role, struct err *e)
{
	char bin[TUF_ROLE_MAX];
	struct bins bins;

	if (bins_read(&bins, owner, role, e) != 0)
		return -1;
	for (unsigned i = 0; i < bins_count(&bins); i++) {
		const struct tuf_targets *t;

		bins_name(bin, &bins, i);
		t = c->s->role(c->s->ctx, bin);
		if (t != NULL && (t->n_roles > 0 || t->succinct.present))
			return err_code(e, ERR_INVALID, "delegation",
			                "%s: a bin may not delegate", bin);
	}
	return 0;
}

/* The list grows while it is walked: what a role delegates to comes behind
 * it. */
static int check_files(struct check *c, struct err *e)
{
	for (size_t i = 0; i < c->nodes.len; i++) {
		struct node n = c->nodes.items[i];
		const struct tuf_targets *role =
			c->s->role(c->s->ctx, n.d->name);

		if (role == NULL)
			continue;
		if ((n.plain ? check_below_plain(c, &n, role, e)
		             : check_below_product(c, n.d, role, e)) != 0 ||
		    check_bins_end(c, n.d->name, role, e) != 0)
			return -1;
	}
	return 0;
}

static int check_top(struct check *c, struct err *e)
{
	const struct tuf_root *r = c->s->root;

	for (int type = 0; type < 4; type++) {
		const struct tuf_role_keys *k = &r->roles[type];

		if (hold(&c->holders, r->keys, r->n_keys, k->keyids,
		         k->n_keyids, tuf_type_name((enum tuf_type)type),
		         e) != 0)
			return -1;
		if ((type == TUF_ROOT || type == TUF_TARGETS) &&
		    k->threshold == 1)
			*c->solo = true;
	}
	return 0;
}

static int check_all(struct check *c, struct err *e)
{
	const struct tuf_targets *t = c->s->targets;
	const struct node top = {0};

	if (t->n_targets > 0)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: lists '%s' itself, only delegations "
		                "are allowed",
		                t->targets[0].path);
	if (t->succinct.present)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: delegates to bins '%s', only roles "
		                "by name are allowed",
		                t->succinct.name_prefix);
	if (check_top(c, e) != 0 ||
	    check_children(c, "targets", t, &top, e) != 0 ||
	    check_files(c, e) != 0)
		return -1;
	return check_reuse(&c->holders, e);
}

int delegations_check(bool *solo, const struct catalog_source *s, struct err *e)
{
	struct check c = {.s = s, .solo = solo};
	int result;

	*solo = false;
	result = check_all(&c, e);
	free(c.holders.items);
	free(c.nodes.items);
	return result;
}
