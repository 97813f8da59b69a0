/*
 * A small repository as the catalog is given it: verified roles in memory,
 * and the bytes of its plans. Product "band" with one release and one plan
 * (tests/support/plan_fixture.h); tests change what they are about.
 */
#ifndef TESTS_UNIT_CATALOG_WORLD_H
#define TESTS_UNIT_CATALOG_WORLD_H

#include "lib/catalog/catalog.h"
#include "tests/support/plan_fixture.h"

#define WORLD_BLOBS_MAX 8

struct world {
	struct rng_seeded rng;
	struct tuf_root root;
	struct tuf_targets targets;
	/* releases.band, plans.band, and a third of any name. */
	struct tuf_targets roles[3];
	char names[3][TUF_ROLE_MAX];
	bool there[3];
	struct {
		char path[TARGET_MAX_LEN + 1];
		char *bytes;
	} blobs[WORLD_BLOBS_MAX];
	size_t n_blobs;
	struct catalog_source source;
};

enum { WORLD_RELEASES, WORLD_PLANS, WORLD_OTHER };

/* In place: the source points into it. */
void world_init(struct world *w);
void world_fini(struct world *w);

/* A fresh key. */
struct key_public world_key(struct world *w);
/* The three delegations of a product, two keys each, threshold 2. */
void world_product(struct world *w, const char *product);
struct tuf_delegation *world_delegation(struct world *w, const char *name);
/* Lists a release at its path, 4096 bytes of this hash. */
void world_release(struct world *w, const struct fw *f, const char *name,
                   const char *sha256);
/* Lists a plan and keeps its bytes. */
void world_plan(struct world *w, struct plan *p);

#endif
