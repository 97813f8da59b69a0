#include "config.h"

#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "tests/support/runner.h"
#include "tests/unit/catalog/world.h"

#include <stdio.h>
#include <string.h>

static struct world w;
static struct err e;
static bool solo;

static int check(void)
{
	return delegations_check(&solo, &w.source, &e);
}

#define REFUSED(change, code, words)        \
	do {                                \
		world_init(&w);             \
		change;                     \
		ASSERT_CODE(check(), code); \
		ASSERT_SAYS(words);         \
		world_fini(&w);             \
	} while (0)

static struct tuf_delegation *of(const char *name)
{
	return world_delegation(&w, name);
}

TEST(the_table_is_what_trust_md_says)
{
	static const struct {
		size_t row, i;
		const char *pattern;
	} rows[] = {{0, 0, "fw/band/*"},
	            {0, 1, "delta/band/*"},
	            {0, 2, "meta/band/*"},
	            {1, 0, "plan/band/*"},
	            {2, 0, "rollout/band/*"}};
	char text[64];
	const char *product;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert(delegations_pattern(text, sizeof(text),
		                              &catalog_delegations[rows[i].row],
		                              rows[i].i, "band"));
		ck_assert_str_eq(text, rows[i].pattern);
	}
	ck_assert(!delegations_pattern(text, sizeof(text),
	                               &catalog_delegations[1], 1, "band"));
	ck_assert(delegations_row("rollout.band", &product)->online);
	ck_assert_str_eq(product, "band");
	ck_assert(delegations_row("rollout.Band", &product) == NULL);
	ck_assert(delegations_row("policy.band", &product) == NULL);
	ck_assert(delegations_row("releases.", &product) == NULL);
}

TEST(targets_only_delegates)
{
	REFUSED(tuf_targets_put(&w.targets, "fw/band/1.0.0_a", 1,
	                        FIXTURE_RELEASE, NULL),
	        "delegation", "targets: lists 'fw/band/1.0.0_a' itself");
	REFUSED(tuf_targets_split(&w.targets, "bin", 4, 2), "delegation",
	        "targets: delegates to bins");
}

static void delegate(const char *name)
{
	static const char *const paths[] = {"x/*"};
	struct tuf_delegation *d =
		tuf_targets_delegate(&w.targets, name, 2, paths, 1);
	struct key_public k = world_key(&w);

	tuf_targets_add_key(&w.targets, d, &k);
}

static void rename_path(const char *role, size_t i, const char *path)
{
	free(of(role)->paths[i]);
	of(role)->paths[i] = xstrdup(path);
}

static void drop_path(const char *role)
{
	struct tuf_delegation *d = of(role);

	free(d->paths[--d->n_paths]);
}

static void add_path(const char *role)
{
	struct tuf_delegation *d = of(role);

	d->paths = xreallocarray(d->paths, d->n_paths + 1, sizeof(char *));
	d->paths[d->n_paths++] = xstrdup("other/*");
}

static void by_hash(const char *role)
{
	struct tuf_delegation *d = of(role);

	d->hash_prefixes = xcalloc(1, sizeof(char *));
	d->hash_prefixes[d->n_hash_prefixes++] = xstrdup("a");
}

TEST(a_product_has_its_three_roles_with_exactly_their_paths)
{
	REFUSED(by_hash("plans.band"), "delegation",
	        "plans.band: delegates by path hashes");
	REFUSED(delegate("releases.Arm"), "role_name",
	        "'releases.Arm' is no name for a role");
	REFUSED(delegate("releases.arm"), "delegation",
	        "delegates to releases.arm but not to plans.arm");
	REFUSED(of("plans.band")->terminating = false, "delegation",
	        "plans.band: is not terminating");
	REFUSED(rename_path("releases.band", 1, "plan/band/*"), "delegation",
	        "path 2 is 'plan/band/*', 'delta/band/*' is needed");
	REFUSED(rename_path("plans.band", 0, "plan/*/*"), "delegation",
	        "'plan/band/*' is needed");
	REFUSED(drop_path("releases.band"), "delegation",
	        "path 3 is '', 'meta/band/*' is needed");
	REFUSED(add_path("rollout.band"), "delegation",
	        "'other/*' is one path too many");
}

static void share(const char *role, const struct key_public *k)
{
	tuf_targets_add_key(&w.targets, of(role), k);
}

static const struct key_public *key_of(const char *role, size_t i)
{
	for (size_t k = 0; k < w.targets.n_keys; k++)
		if (strcmp(w.targets.keys[k].id, of(role)->keyids[i]) == 0)
			return &w.targets.keys[k];
	abort();
}

static void share_between_products(void)
{
	struct key_public k = *key_of("releases.band", 0);

	world_product(&w, "arm");
	share("plans.arm", &k);
}

static void share_with_root(void)
{
	struct key_public k = w.root.keys[0];

	share("plans.band", &k);
}

static void share_between_top_roles(void)
{
	struct key_public k = w.root.keys[0]; /* one of root */

	tuf_root_add_key(&w.root, TUF_SNAPSHOT, &k);
}

/* Other clients count ids; we count keys. */
static struct key_public another_id_of(const char *role, size_t i)
{
	struct key_public k = *key_of(role, i);

	k.id[0] = k.id[0] == '0' ? '1' : '0';
	return k;
}

static void share_by_another_id(void)
{
	struct key_public k = another_id_of("releases.band", 0);

	share("plans.band", &k);
}

static void one_key_by_two_ids(void)
{
	struct key_public k = another_id_of("plans.band", 1);

	share("plans.band", &k);
}

static void lose_a_key(void)
{
	w.targets.n_keys--;
}

TEST(a_key_has_one_role)
{
	REFUSED(share_between_products(), "key_reuse",
	        "a key may have one role");
	REFUSED(share_with_root(), "key_reuse", "plans.band");
	REFUSED(share_between_top_roles(), "key_reuse", "snapshot");
	REFUSED(share_by_another_id(), "key_reuse", "plans.band");
	REFUSED(lose_a_key(), "delegation", "is listed but its file does not");
}

TEST(a_threshold_is_not_met_by_one_key_under_two_names)
{
	REFUSED(one_key_by_two_ids(), "key_reuse",
	        "are one key of plans.band under two names");
}

TEST(nobody_below_needs_more_than_targets)
{
	REFUSED(of("plans.band")->threshold = 3, "threshold_order",
	        "targets: threshold 2 is below the 3 of plans.band");
	REFUSED(w.root.roles[TUF_TARGETS].threshold = 1, "threshold_order",
	        "targets: threshold 1 is below the 2 of releases.band");
}

TEST(a_threshold_of_one_makes_it_solo_but_not_online)
{
	world_init(&w);
	ASSERT_OK(check());
	ck_assert(!solo);
	of("releases.band")->threshold = 1;
	ASSERT_OK(check());
	ck_assert(solo);
	of("releases.band")->threshold = 2;
	w.root.roles[TUF_ROOT].threshold = 1;
	ASSERT_OK(check());
	ck_assert(solo);
	world_fini(&w);
}

static void sub_delegate(size_t role)
{
	static const char *const paths[] = {"fw/band/*"};
	struct tuf_delegation *d =
		tuf_targets_delegate(&w.roles[role], "mine", 1, paths, 1);
	struct key_public k = world_key(&w);

	tuf_targets_add_key(&w.roles[role], d, &k);
}

static void split(size_t role, const char *prefix, int bits, int64_t threshold)
{
	struct key_public a = world_key(&w), b = world_key(&w);

	tuf_targets_split(&w.roles[role], prefix, bits, threshold);
	tuf_targets_add_key(&w.roles[role], NULL, &a);
	tuf_targets_add_key(&w.roles[role], NULL, &b);
}

TEST(only_declared_bins_stand_below_releases)
{
	REFUSED(sub_delegate(WORLD_RELEASES), "delegation",
	        "releases.band: delegates to 'mine', it may not delegate");
	REFUSED(sub_delegate(WORLD_PLANS), "delegation",
	        "plans.band: delegates to 'mine'");
	REFUSED(split(WORLD_PLANS, "plans.band.bin", 4, 2), "delegation",
	        "only releases may");
	REFUSED(split(WORLD_RELEASES, "bins", 4, 2), "delegation",
	        "releases.band.bin");
	REFUSED(split(WORLD_RELEASES, "releases.band.bin", 13, 2), "delegation",
	        "at most 12 bits");
	REFUSED(split(WORLD_RELEASES, "releases.band.bin", 4, 1),
	        "threshold_order", "below the 2 of releases.band");
}

TEST(a_bin_lists_what_belongs_to_it)
{
	static const char *const path = "fw/band/3.0.0_app.bin";
	struct catalog c = {0};
	struct fw *f = xcalloc(1, sizeof(*f));
	char bin[TUF_ROLE_MAX];

	world_init(&w);
	split(WORLD_RELEASES, "releases.band.bin", 4, 2);
	tuf_succinct_bin(bin, &w.roles[WORLD_RELEASES].succinct, path);
	memcpy(w.names[WORLD_OTHER], bin, sizeof(bin));
	w.there[WORLD_OTHER] = true;
	w.roles[WORLD_OTHER].expires_s = FIXTURE_T0_S + 90 * FIXTURE_DAY_S;
	fixture_fw(f);
	(void)snprintf(f->version, sizeof(f->version), "3.0.0");
	SCOPED(free)
	char *custom = fixture_fw_text(f);
	tuf_targets_put(&w.roles[WORLD_OTHER], path, 1, FIXTURE_RELEASE,
	                custom);
	ASSERT_OK(catalog_load(&c, &w.source, &e));
	ck_assert_uint_eq(c.products[0].n_releases, 2);
	catalog_fini(&c);
	/* The same entry in a neighbouring bin would never be found. */
	w.names[WORLD_OTHER][strlen(bin) - 1] =
		bin[strlen(bin) - 1] == '0' ? '1' : '0';
	ASSERT_CODE(catalog_load(&c, &w.source, &e), "release");
	ASSERT_SAYS("which belongs to");
	free(f);
	world_fini(&w);
}
