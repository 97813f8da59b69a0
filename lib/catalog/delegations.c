#include "config.h"

#include "lib/catalog/delegations.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct catalog_delegation catalog_delegations[] = {
	/* clang-format off */
	{"releases.", {"fw/%s/", "delta/%s/", "meta/%s/"}, false},
	{"plans.",    {"plan/%s/", NULL, NULL},            false},
	{"rollout.",  {"rollout/%s/", NULL, NULL},         true},
	/* clang-format on */
};
const size_t catalog_n_delegations = ARRAY_LEN(catalog_delegations);

void delegations_role_name(char out[TUF_ROLE_MAX],
                           const struct catalog_delegation *row,
                           const char *product)
{
	(void)snprintf(out, TUF_ROLE_MAX, "%s%s", row->role_prefix, product);
}

const struct catalog_delegation *delegations_row(const char *role,
                                                 const char **product)
{
	for (size_t i = 0; i < catalog_n_delegations; i++) {
		const char *prefix = catalog_delegations[i].role_prefix;
		size_t n = strlen(prefix);

		if (strncmp(role, prefix, n) != 0 || !name_is_product(role + n))
			continue;
		*product = role + n;
		return &catalog_delegations[i];
	}
	return NULL;
}

bool delegations_pattern(char *out, size_t size,
                         const struct catalog_delegation *row, size_t i,
                         const char *product)
{
	const char *text, *mark;

	if (i >= ARRAY_LEN(row->paths) || row->paths[i] == NULL)
		return false;
	text = row->paths[i];
	mark = strstr(text, "%s");
	(void)snprintf(out, size, "%.*s%s%s*", (int)(mark - text), text,
	               product, mark + 2);
	return true;
}

void delegations_bin_name(char out[TUF_ROLE_MAX], const struct tuf_succinct *s,
                          unsigned bin)
{
	/* TAP 15: hex, padded to the width of the highest number. */
	int width = s->bit_length > 8 ? 3 : s->bit_length > 4 ? 2 : 1;

	(void)snprintf(out, TUF_ROLE_MAX, "%.100s-%0*x", s->name_prefix, width,
	               bin & 0xfff);
}

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

		if (by_key(a, b) == 0 && strcmp(a->role, b->role) != 0)
			return err_code(e, ERR_INVALID, "key_reuse",
			                "key %.16s speaks for %s and for %s; a "
			                "key may have one role",
			                a->key->id, a->role, b->role);
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

/* The row, and every other row of its product. */
static int check_one(const struct tuf_targets *t,
                     const struct tuf_delegation *d, struct err *e)
{
	const char *product;
	const struct catalog_delegation *row =
		delegations_row(d->name, &product);
	char other[TUF_ROLE_MAX];

	if (row == NULL)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: delegates to '%s', which is no role "
		                "of a product",
		                d->name);
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

/* releases.P may spread over bins, and nobody else may delegate. */
static int check_below(bool *solo, struct holders *h,
                       const struct tuf_delegation *d,
                       const struct tuf_targets *role, struct err *e)
{
	const struct tuf_succinct *s = &role->succinct;
	char prefix[TUF_ROLE_MAX];

	if (role->n_roles > 0)
		return err_code(e, ERR_INVALID, "delegation",
		                "%s: delegates to '%s', it may not delegate",
		                d->name, role->roles[0].name);
	if (!s->present)
		return 0;
	(void)snprintf(prefix, sizeof(prefix), "%.100s.bin", d->name);
	if (strncmp(d->name, "releases.", 9) != 0 ||
	    strcmp(s->name_prefix, prefix) != 0 ||
	    s->bit_length > DELEGATIONS_BIN_BITS_MAX)
		return err_code(e, ERR_INVALID, "delegation",
		                "%s: delegates to bins '%s' of %d bits; only "
		                "releases may, to '%s' of at most %d bits",
		                d->name, s->name_prefix, s->bit_length, prefix,
		                DELEGATIONS_BIN_BITS_MAX);
	/* Bins sign the same things as the role itself. */
	if (s->threshold < d->threshold)
		return lower_threshold(s->name_prefix, s->threshold, d->name,
		                       d->threshold, e);
	*solo = *solo || s->threshold == 1;
	return hold(h, role->keys, role->n_keys, s->keyids, s->n_keyids,
	            d->name, e);
}

static int check_top(bool *solo, struct holders *h, const struct tuf_root *r,
                     struct err *e)
{
	for (int type = 0; type < 4; type++) {
		const struct tuf_role_keys *k = &r->roles[type];

		if (hold(h, r->keys, r->n_keys, k->keyids, k->n_keyids,
		         tuf_type_name((enum tuf_type)type), e) != 0)
			return -1;
		if ((type == TUF_ROOT || type == TUF_TARGETS) &&
		    k->threshold == 1)
			*solo = true;
	}
	return 0;
}

static int check_delegation(bool *solo, struct holders *h,
                            const struct catalog_source *s,
                            const struct tuf_delegation *d, struct err *e)
{
	int64_t above = s->root->roles[TUF_TARGETS].threshold;
	const struct tuf_targets *role;
	const char *product;

	if (check_one(s->targets, d, e) != 0 ||
	    hold(h, s->targets->keys, s->targets->n_keys, d->keyids,
	         d->n_keyids, d->name, e) != 0)
		return -1;
	if (!delegations_row(d->name, &product)->online) {
		if (above < d->threshold)
			return lower_threshold("targets", above, d->name,
			                       d->threshold, e);
		*solo = *solo || d->threshold == 1;
	}
	role = s->role(s->ctx, d->name);
	return role == NULL ? 0 : check_below(solo, h, d, role, e);
}

static int check_all(bool *solo, struct holders *h,
                     const struct catalog_source *s, struct err *e)
{
	if (s->targets->n_targets > 0)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: lists '%s' itself, only delegations "
		                "are allowed",
		                s->targets->targets[0].path);
	if (s->targets->succinct.present)
		return err_code(e, ERR_INVALID, "delegation",
		                "targets: delegates to bins '%s', only "
		                "products are allowed",
		                s->targets->succinct.name_prefix);
	if (check_top(solo, h, s->root, e) != 0)
		return -1;
	for (size_t i = 0; i < s->targets->n_roles; i++)
		if (check_delegation(solo, h, s, &s->targets->roles[i], e) != 0)
			return -1;
	return check_reuse(h, e);
}

int delegations_check(bool *solo, const struct catalog_source *s, struct err *e)
{
	struct holders h = {0};
	int result;

	*solo = false;
	result = check_all(solo, &h, s, e);
	free(h.items);
	return result;
}
