#include "config.h"

#include "tests/unit/catalog/world.h"

#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"

#include <stdio.h>
#include <string.h>

static const struct tuf_targets *role(void *ctx, const char *name)
{
	struct world *w = ctx;

	for (size_t i = 0; i < ARRAY_LEN(w->roles); i++)
		if (w->there[i] && strcmp(w->names[i], name) == 0)
			return &w->roles[i];
	return NULL;
}

static int read_blob(void *ctx, const struct tuf_target *entry, struct buf *out,
                     struct err *e)
{
	struct world *w = ctx;

	for (size_t i = 0; i < w->n_blobs; i++) {
		if (strcmp(w->blobs[i].path, entry->path) != 0)
			continue;
		buf_puts(out, w->blobs[i].bytes);
		return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "no bytes");
}

struct key_public world_key(struct world *w)
{
	struct key_secret *k = key_secret_new(KEY_ED25519, &w->rng.rng);
	struct key_public public = *key_secret_public(k);

	key_secret_free(k);
	return public;
}

struct tuf_delegation *world_delegation(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->targets.n_roles; i++)
		if (strcmp(w->targets.roles[i].name, name) == 0)
			return &w->targets.roles[i];
	abort();
}

void world_product(struct world *w, const char *product)
{
	for (size_t i = 0; i < catalog_n_delegations; i++) {
		const struct catalog_delegation *row = &catalog_delegations[i];
		char text[3][64], name[TUF_ROLE_MAX];
		const char *paths[3];
		struct tuf_delegation *d;
		size_t n = 0;

		while (n < 3 && delegations_pattern(text[n], sizeof(text[n]),
		                                    row, n, product)) {
			paths[n] = text[n];
			n++;
		}
		delegations_role_name(name, row, product);
		d = tuf_targets_delegate(&w->targets, name, row->online ? 1 : 2,
		                         paths, n);
		for (int k = 0; k < (row->online ? 1 : 2); k++) {
			struct key_public key = world_key(w);

			tuf_targets_add_key(&w->targets, d, &key);
		}
	}
}

void world_release(struct world *w, const struct fw *f, const char *name,
                   const char *sha256)
{
	SCOPED(free)
	char *custom = fixture_fw_text(f);
	SCOPED(free)
	char *path =
		xasprintf("fw/%s/%s_%s", f->head.product, f->version, name);

	tuf_targets_put(&w->roles[WORLD_RELEASES], path, 4096, sha256, custom);
}

void world_plan(struct world *w, struct plan *p)
{
	char *bytes = fixture_plan_text(p);

	plan_path(w->blobs[w->n_blobs].path, p);
	tuf_targets_put(&w->roles[WORLD_PLANS], w->blobs[w->n_blobs].path,
	                (int64_t)strlen(bytes), p->sha256, NULL);
	w->blobs[w->n_blobs++].bytes = bytes;
}

static void make_root(struct world *w)
{
	static const int keys[] = {[TUF_ROOT] = 3,
	                           [TUF_TARGETS] = 3,
	                           [TUF_SNAPSHOT] = 1,
	                           [TUF_TIMESTAMP] = 1};

	w->root.version = 1;
	w->root.expires_s = FIXTURE_T0_S + 300 * FIXTURE_DAY_S;
	(void)snprintf(w->root.repo, sizeof(w->root.repo), "%s", FIXTURE_REPO);
	for (int t = 0; t < 4; t++) {
		w->root.roles[t].threshold = keys[t] > 1 ? 2 : 1;
		for (int k = 0; k < keys[t]; k++) {
			struct key_public key = world_key(w);

			tuf_root_add_key(&w->root, (enum tuf_type)t, &key);
		}
	}
}

void world_init(struct world *w)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	struct fw *f = xcalloc(1, sizeof(*f));

	key_library_init();
	*w = (struct world){0};
	rng_seeded_init(&w->rng, 7);
	make_root(w);
	w->targets.version = 1;
	w->targets.expires_s = FIXTURE_T0_S + 150 * FIXTURE_DAY_S;
	world_product(w, FIXTURE_PRODUCT);
	for (size_t i = 0; i < 2; i++) {
		w->roles[i].version = 1;
		w->roles[i].expires_s = FIXTURE_T0_S + 90 * FIXTURE_DAY_S;
		w->there[i] = true;
	}
	(void)snprintf(w->names[0], TUF_ROLE_MAX, "releases.band");
	(void)snprintf(w->names[1], TUF_ROLE_MAX, "plans.band");
	fixture_fw(f);
	world_release(w, f, "app.bin", FIXTURE_RELEASE);
	fixture_plan(p);
	world_plan(w, p);
	plan_fini(p);
	free(p);
	free(f);
	w->source = (struct catalog_source){.root = &w->root,
	                                    .targets = &w->targets,
	                                    .role = role,
	                                    .read = read_blob,
	                                    .ctx = w};
}

void world_fini(struct world *w)
{
	tuf_root_fini(&w->root);
	tuf_targets_fini(&w->targets);
	for (size_t i = 0; i < ARRAY_LEN(w->roles); i++)
		tuf_targets_fini(&w->roles[i]);
	for (size_t i = 0; i < w->n_blobs; i++)
		free(w->blobs[i].bytes);
}
