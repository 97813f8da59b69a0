#include "config.h"

#include "lib/catalog/plain.h"

#include "lib/base/mem.h"
#include "lib/base/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What products own, now and later (trust.md, Roles). */
static const char *const reserved_prefixes[] = {"releases.", "plans.",
                                                "rollout.", "policy."};
static const char *const reserved_folders[] = {"fw",   "delta",   "meta",
                                               "plan", "rollout", "policy"};

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

int plain_check_name(const char *role, struct err *e)
{
	char owner[TUF_ROLE_MAX];

	if (!name_is_word(role))
		return err_code(e, ERR_INVALID, "role_name",
		                "'%.80s' is no name for a role, "
		                "[a-z0-9][a-z0-9._-]{0,63} is needed",
		                role);
	for (int t = TUF_ROOT; t <= TUF_TARGETS; t++)
		if (strcmp(role, tuf_type_name((enum tuf_type)t)) == 0)
			return err_code(e, ERR_INVALID, "role_name",
			                "'%s' is the name of a top-level role",
			                role);
	for (size_t i = 0; i < ARRAY_LEN(reserved_prefixes); i++)
		if (starts_with(role, reserved_prefixes[i]))
			return err_code(e, ERR_INVALID, "role_name",
			                "'%s': names that begin with '%s' are "
			                "for products",
			                role, reserved_prefixes[i]);
	if (bins_owner(owner, role))
		return err_code(e, ERR_INVALID, "role_name",
		                "'%s' is a name for a bin of %s", role, owner);
	return 0;
}

/* The length of a pattern's literal; 0 when it is not literal and star. */
static size_t literal_of(const char *pattern)
{
	size_t n = strlen(pattern);

	if (n < 2 || strcspn(pattern, "*?[]{}!\\") != n - 1 ||
	    pattern[n - 1] != '*')
		return 0;
	return n - 1;
}

static int bad_pattern(const char *role, const char *pattern, const char *what,
                       struct err *e)
{
	return err_code(e, ERR_INVALID, "pattern", "%s: pattern '%.200s' %s",
	                role, pattern, what);
}

int plain_check_pattern(const char *role, const char *pattern, struct err *e)
{
	size_t n = literal_of(pattern), folder = strcspn(pattern, "/");
	char sample[TARGET_MAX_LEN + 1];

	if (n == 0 || n + 1 >= sizeof(sample) || folder >= n)
		return bad_pattern(role, pattern,
		                   "is not a folder, more if wanted, and one "
		                   "'*' at the end",
		                   e);
	(void)snprintf(sample, sizeof(sample), "%.*sx", (int)n, pattern);
	if (!name_is_target(sample))
		return bad_pattern(role, pattern,
		                   "has characters or segments that no target "
		                   "path has",
		                   e);
	for (size_t i = 0; i < ARRAY_LEN(reserved_folders); i++)
		if (strlen(reserved_folders[i]) == folder &&
		    starts_with(pattern, reserved_folders[i]))
			return bad_pattern(role, pattern,
			                   "lies in a folder of products", e);
	return 0;
}

/* Every path of `inner` matches `outer`, whose star stays in its segment. */
static bool lies_within(const char *inner, const char *outer)
{
	size_t n = literal_of(outer);

	return n > 0 && strncmp(inner, outer, n) == 0 &&
	       strchr(inner + n, '/') == NULL;
}

int plain_check_delegation(const struct tuf_delegation *d,
                           const struct tuf_delegation *by, struct err *e)
{
	if (plain_check_name(d->name, e) != 0)
		return -1;
	if (d->n_paths == 0)
		return bad_pattern(d->name, "", "is missing; one is needed", e);
	for (size_t i = 0; i < d->n_paths; i++) {
		bool within = by == NULL;

		if (plain_check_pattern(d->name, d->paths[i], e) != 0)
			return -1;
		for (size_t k = 0; !within && k < by->n_paths; k++)
			within = lies_within(d->paths[i], by->paths[k]);
		if (!within)
			return err_code(e, ERR_INVALID, "pattern",
			                "%s: pattern '%.200s' is not within "
			                "those of %s, which delegates to it; "
			                "their '*' ends at a '/'",
			                d->name, d->paths[i], by->name);
	}
	return 0;
}

/* A pattern's literal and whose it is. */
struct claim {
	const char *pattern;
	size_t len;
	const char *role;
};

static int by_literal(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->pattern, y->pattern, n);

	if (order != 0)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

static int overlap(const char *delegator, const struct claim *a,
                   const struct claim *b, struct err *e)
{
	return err_code(e, ERR_CONFLICT, "pattern_overlap",
	                "%s: '%.150s' of %s and '%.150s' of %s can match the "
	                "same path",
	                delegator, a->pattern, a->role, b->pattern, b->role);
}

/* In order, every claim stands behind those its literal begins with: open[]
 * holds these, and they are all of one role or refused already. */
static int check_claims(const char *delegator, const struct claim *claims,
                        size_t n, struct err *e)
{
	SCOPED(free)
	const struct claim **open = xcalloc(n + 1, sizeof(struct claim *));
	size_t n_open = 0;

	for (size_t i = 0; i < n; i++) {
		const struct claim *c = &claims[i];

		while (n_open > 0 &&
		       (open[n_open - 1]->len > c->len ||
		        strncmp(open[n_open - 1]->pattern, c->pattern,
		                open[n_open - 1]->len) != 0))
			n_open--;
		if (n_open > 0 && strcmp(open[n_open - 1]->role, c->role) != 0)
			return overlap(delegator, open[n_open - 1], c, e);
		open[n_open++] = c;
	}
	return 0;
}

int plain_check_overlaps(const char *delegator, const struct tuf_targets *t,
                         struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_roles; i++)
		n += t->roles[i].n_paths;
	SCOPED(free)
	struct claim *claims = xcalloc(n + 1, sizeof(*claims));
	n = 0;
	for (size_t i = 0; i < t->n_roles; i++)
		for (size_t k = 0; k < t->roles[i].n_paths; k++)
			claims[n++] = (struct claim){
				t->roles[i].paths[k],
				strcspn(t->roles[i].paths[k], "*?"),
				t->roles[i].name};
	if (n > 0)
		qsort(claims, n, sizeof(*claims), by_literal);
	return check_claims(delegator, claims, n, e);
}

static int check_file(const struct tuf_delegation *d, const struct bins *bins,
                      const char *name, const struct tuf_targets *t,
                      struct err *e)
{
	bool is_bin = strcmp(name, d->name) != 0;
	char bin[TUF_ROLE_MAX];

	for (size_t i = 0; i < t->n_targets; i++) {
		const struct tuf_target *f = &t->targets[i];

		if (!name_is_target(f->path) ||
		    !tuf_delegation_matches(d, f->path))
			return err_code(e, ERR_INVALID, "target",
			                "%s: lists '%.200s', which is not "
			                "delegated to it",
			                name, f->path);
		if (f->sha256[0] == '\0')
			return err_code(e, ERR_INVALID, "target",
			                "%s: lists no sha256 of '%.200s'", name,
			                f->path);
		if (!is_bin)
			continue;
		bins_find(bin, bins, f->path);
		if (strcmp(bin, name) != 0)
			return err_code(e, ERR_INVALID, "target",
			                "%s: lists '%.200s', which belongs to "
			                "%s",
			                name, f->path, bin);
	}
	return 0;
}

int plain_check_entries(const struct tuf_delegation *d, const struct bins *bins,
                        const struct tuf_targets *role,
                        const struct catalog_source *s, struct err *e)
{
	char name[TUF_ROLE_MAX];

	if (!catalog_is_same(s, d->name) &&
	    check_file(d, bins, d->name, role, e) != 0)
		return -1;
	for (unsigned i = 0; i < bins_count(bins); i++) {
		const struct tuf_targets *t;

		bins_name(name, bins, i);
		t = s->role(s->ctx, name);
		if (t != NULL && !catalog_is_same(s, name) &&
		    check_file(d, bins, name, t, e) != 0)
			return -1;
	}
	return 0;
}
