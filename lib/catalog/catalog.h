/*
 * What a repository offers, read out of verified roles: products, their
 * releases and plans, and the rules between them that no single file can
 * check (trust.md, Roles and Formats). `pawl-repo verify`, the server's
 * publish gate and the server's view use this one reading, so a release
 * engineer is refused at the desk with the words the server would use.
 *
 * A catalog is immutable once loaded; any thread may read it.
 */
#ifndef LIB_CATALOG_CATALOG_H
#define LIB_CATALOG_CATALOG_H

#include "lib/rollout/fw.h"
#include "lib/rollout/plan.h"
#include "lib/tuf/root.h"
#include "lib/tuf/targets.h"

struct catalog_release {
	char path[TARGET_MAX_LEN + 1];
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	struct fw fw;
};

struct catalog_plan {
	char path[TARGET_MAX_LEN + 1];
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	struct plan plan;
	const struct catalog_release *release; /* never NULL */
};

/* Which entries of a role are releases. */
struct catalog_range {
	size_t from, to;
	bool same; /* as in the catalog before */
};

struct catalog_product {
	char product[PRODUCT_MAX_LEN + 1];
	struct catalog_release *releases; /* in byte order of paths */
	size_t n_releases;
	struct catalog_plan *plans;
	size_t n_plans;
	/* Of releases.P and of each of its bins, for the catalog after this
	 * one. */
	struct catalog_range *ranges;
	size_t n_ranges;
};

struct catalog {
	char repo[REPO_ID_SIZE];
	struct catalog_product *products; /* in byte order */
	size_t n_products;
	bool solo; /* some offline role has threshold 1 */
};

/* Where verified roles and the bytes of plans come from. role() answers NULL
 * for a delegated role that is not there yet (a product just added); read()
 * gives the bytes behind a target entry, already checked against its hash and
 * length, or refuses. */
struct catalog_source {
	const struct tuf_root *root;
	const struct tuf_targets *targets;
	const struct tuf_targets *(*role)(void *ctx, const char *name);
	int (*read)(void *ctx, const struct tuf_target *entry, struct buf *out,
	            struct err *e);
	void *ctx;
	/* Or NULL: a catalog that loaded before, and whether a role and all
	 * roles above it are byte for byte those it was loaded from. Entries
	 * of such a role are not checked again, its releases are copied. */
	const struct catalog *before;
	bool (*same)(void *ctx, const char *name);
};

/* Is this role one of those? */
bool catalog_is_same(const struct catalog_source *s, const char *role);

/* Reads and checks everything; the first broken rule is the refusal. Codes:
 * "not_pawl" (no repository identity), "delegation", "key_reuse",
 * "threshold_order", "release", "plan", "plan_outlives", "plan_overlap",
 * "plan_revision"; of plain roles "role_name", "pattern", "pattern_overlap",
 * "target". */
MUST_USE int catalog_load(struct catalog *out, const struct catalog_source *s,
                          struct err *e);
void catalog_fini(struct catalog *c);
DEFINE_SCOPED_PLACE(catalog_fini, struct catalog)

const struct catalog_product *catalog_product(const struct catalog *c,
                                              const char *product);
const struct catalog_release *catalog_release(const struct catalog_product *p,
                                              const char *path);
const struct catalog_plan *catalog_plan(const struct catalog_product *p,
                                        const char *path);

/* The delegations trust.md gives a product, the same in the tool that writes
 * them and the gate that checks them. */
struct catalog_delegation {
	const char *role_prefix; /* "releases." */
	const char *paths[3];    /* "fw/%s/" … each followed by "*" */
	bool online;
};
extern const struct catalog_delegation catalog_delegations[];
extern const size_t catalog_n_delegations;

#endif
