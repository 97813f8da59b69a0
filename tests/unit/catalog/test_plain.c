#include "config.h"

#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "lib/catalog/plain.h"
#include "tests/support/runner.h"
#include "tests/unit/catalog/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct err e;
static const char no_hash[SHA256_HEX_SIZE];
static struct world w;

#define HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

TEST(names_of_plain_roles_take_nothing_from_others)
{
	static const char *const good[] = {"docs",  "docs.manuals", "a",
	                                   "0.b_c", "release",      "binned"};
	static const char *const bad[] = {"root",
	                                  "targets",
	                                  "snapshot",
	                                  "timestamp",
	                                  "releases.coat",
	                                  "plans.x",
	                                  "rollout.x",
	                                  "policy.coat",
	                                  "docs.bin-0",
	                                  "x.bin-fff",
	                                  "",
	                                  "Docs",
	                                  "a/b",
	                                  "a b",
	                                  ".docs",
	                                  "../up",
	                                  "a%2fb",
	                                  "d\xc3\xb6"
	                                  "cs"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ASSERT_OK(plain_check_name(good[i], &e));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ASSERT_CODE(plain_check_name(bad[i], &e), "role_name");
}

TEST(patterns_are_what_every_client_reads_the_same_way)
{
	static const char *const good[] = {"docs/*", "docs/manuals/*",
	                                   "docs/manual-*", "a+b/c.d/e_*",
	                                   "fwx/*"};
	static const char *const bad[] = {
		"*",          "docs",       "docs/",     "docs*",
		"/docs/*",    "docs/**",    "docs/*/*",  "docs/?",
		"*/docs",     "docs/*.pdf", "!docs/*",   "docs/{a,b}*",
		"docs/[ab]*", "docs/\\*",   "#docs/*",   "docs//*",
		"docs/.*",    "../docs/*",  "docs/../*", "docs/ *",
		"docs/%41*",  "fw/x/*",     "delta/*",   "meta/*",
		"plan/*",     "rollout/*",  "policy/*",  ""};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ASSERT_OK(plain_check_pattern("docs", good[i], &e));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ASSERT_CODE(plain_check_pattern("docs", bad[i], &e), "pattern");
}

/* A delegation in t with `n` fresh keys. */
static struct tuf_delegation *add(struct tuf_targets *t, const char *name,
                                  const char *a, const char *b, int n)
{
	const char *paths[] = {a, b};
	struct tuf_delegation *d =
		tuf_targets_delegate(t, name, n, paths, b != NULL ? 2 : 1);

	for (int i = 0; i < n; i++) {
		struct key_public k = world_key(&w);

		tuf_targets_add_key(t, d, &k);
	}
	return d;
}

static int check(void)
{
	bool solo;

	return delegations_check(&solo, &w.source, &e);
}

/* targets → docs (docs/ and docs/manuals/) → docs.manuals. */
static struct tuf_targets *tree(void)
{
	struct tuf_targets *docs;

	world_init(&w);
	docs = &w.roles[WORLD_OTHER];
	(void)add(&w.targets, "docs", "docs/*", "docs/manuals/*", 2);
	(void)snprintf(w.names[WORLD_OTHER], TUF_ROLE_MAX, "docs");
	w.there[WORLD_OTHER] = true;
	(void)add(docs, "docs.manuals", "docs/manuals/*", NULL, 1);
	return docs;
}

TEST(a_nested_role_stands_beside_the_products)
{
	struct catalog c = {0};
	struct tuf_targets *docs = tree();

	tuf_targets_put(docs, "docs/index.html", 3, HASH, NULL);
	ASSERT_OK(catalog_load(&c, &w.source, &e));
	ck_assert_uint_eq(c.n_products, 1);
	ck_assert_uint_eq(c.products[0].n_releases, 1);
	/* One key alone signs docs.manuals. */
	ck_assert(c.solo);
	catalog_fini(&c);
	world_fini(&w);
}

#define REFUSED(change, code, says)                \
	do {                                       \
		struct tuf_targets *docs = tree(); \
		(void)docs;                        \
		change;                            \
		ASSERT_CODE(check(), code);        \
		ASSERT_SAYS(says);                 \
		world_fini(&w);                    \
	} while (0)

TEST(a_tree_that_clients_could_read_differently_is_refused)
{
	REFUSED(add(docs, "docs.more", "docs/manuals/de-*", NULL, 1),
	        "pattern_overlap", "can match the same path");
	REFUSED(add(&w.targets, "other", "docs/x*", NULL, 1), "pattern_overlap",
	        "'docs/*' of docs and 'docs/x*' of other");
	REFUSED(add(docs, "docs.deep", "docs/a/b/*", NULL, 1), "pattern",
	        "not within those of docs");
	REFUSED(add(docs, "docs.away", "img/*", NULL, 1), "pattern",
	        "not within those of docs");
	REFUSED(add(docs, "docs", "docs/x*", NULL, 1), "delegation",
	        "delegates to docs, which another delegation names too");
	REFUSED(add(docs, "releases.band", "docs/x*", NULL, 1), "role_name",
	        "for products");
	REFUSED(add(docs, "root", "docs/x*", NULL, 1), "role_name",
	        "top-level role");
	REFUSED(add(docs, "docs.big", "docs/x*", NULL, 3), "threshold_order",
	        "docs: threshold 2 is below the 3 of docs.big");
}

/* targets → r1 → r2 → … of one pattern. */
struct chain {
	struct tuf_targets roles[DELEGATIONS_DEPTH_MAX + 2];
};

static const struct tuf_targets *link_of(void *ctx, const char *name)
{
	struct chain *c = ctx;
	unsigned n = 0;

	return sscanf(name, "r%u", &n) == 1 && n < ARRAY_LEN(c->roles)
	               ? &c->roles[n]
	               : NULL;
}

static void make_chain(struct chain *c, unsigned depth)
{
	world_init(&w);
	*c = (struct chain){0};
	for (unsigned i = 1; i <= depth; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "r%u", i);
		(void)add(i == 1 ? &w.targets : &c->roles[i - 1], name, "x/*",
		          NULL, 1);
	}
	w.source.role = link_of;
	w.source.ctx = c;
}

static void chain_fini(struct chain *c)
{
	for (size_t i = 0; i < ARRAY_LEN(c->roles); i++)
		tuf_targets_fini(&c->roles[i]);
	world_fini(&w);
}

/* Who lists what no client finds has signed it for nothing. */
TEST(a_role_stands_no_deeper_than_clients_follow)
{
	struct tuf_succinct *bins;
	struct chain c;

	make_chain(&c, DELEGATIONS_DEPTH_MAX);
	ASSERT_OK(check());
	bins = &c.roles[DELEGATIONS_DEPTH_MAX].succinct;
	*bins = (struct tuf_succinct){
		.present = true, .bit_length = 1, .threshold = 1};
	(void)snprintf(bins->name_prefix, sizeof(bins->name_prefix), "r%d.bin",
	               DELEGATIONS_DEPTH_MAX);
	ASSERT_CODE(check(), "delegation");
	ASSERT_SAYS("r32.bin: stands 33 delegations below targets, clients "
	            "follow 32");
	bins->present = false;
	chain_fini(&c);
	make_chain(&c, DELEGATIONS_DEPTH_MAX + 1);
	ASSERT_CODE(check(), "delegation");
	ASSERT_SAYS("r33: stands 33 delegations below targets");
	chain_fini(&c);
}

static void no_pattern(struct tuf_targets *docs)
{
	struct tuf_delegation *d = &docs->roles[0];

	while (d->n_paths > 0)
		free(d->paths[--d->n_paths]);
}

TEST(a_plain_role_has_a_pattern)
{
	REFUSED(no_pattern(docs), "pattern", "is missing");
}

/* Whatever the pattern matches: no client makes a file or a URL of these. */
TEST(a_plain_role_lists_no_path_of_odd_characters_or_segments)
{
	static const char *const odd[] = {
		"docs/..",     "docs/.hidden",  "docs/a b",  "docs/a%2fb",
		"docs/%2e%2e", "docs/a\\b",     "docs/\x01", "docs/a\n",
		"docs/a\x7f",  "docs/\xc3\xa4", "docs/\xff", "docs/a:b",
		"docs/a\"b",   "docs/*",        "docs/",
	};

	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		REFUSED(tuf_targets_put(docs, odd[i], 1, HASH, NULL), "target",
		        "not delegated to it");
}

TEST(a_plain_role_lists_what_is_delegated_to_it)
{
	REFUSED(tuf_targets_put(docs, "img/a.png", 1, HASH, NULL), "target",
	        "docs: lists 'img/a.png', which is not delegated to it");
	REFUSED(tuf_targets_put(docs, "fw/band/9.0.0_x", 1, HASH, NULL),
	        "target", "not delegated to it");
	REFUSED(tuf_targets_put(docs, "docs/a/b/c", 1, HASH, NULL), "target",
	        "not delegated to it");
	REFUSED(tuf_targets_put(docs, "docs/a", 1, no_hash, NULL), "target",
	        "no sha256");
}

TEST(a_key_has_one_role_also_far_down)
{
	struct tuf_targets *docs = tree();

	tuf_targets_add_key(docs, &docs->roles[0], &w.targets.keys[0]);
	ASSERT_CODE(check(), "key_reuse");
	ASSERT_SAYS("docs.manuals");
	world_fini(&w);
}

TEST(plain_roles_may_spread_over_bins_too)
{
	struct tuf_targets *docs = tree();
	struct tuf_quorum q = tuf_targets_quorum(
		&w.targets, tuf_targets_role(&w.targets, "docs"));

	bins_declare(docs, "docs", 3, false, &q);
	ASSERT_OK(check());
	world_fini(&w);
}

/* The world has room for one file besides its own: docs is one of those. */
TEST(a_bin_of_a_plain_role_lists_what_belongs_to_it)
{
	struct tuf_targets *docs = tree(), *bin = &w.roles[WORLD_PLANS];
	struct tuf_quorum q = tuf_targets_quorum(
		&w.targets, tuf_targets_role(&w.targets, "docs"));
	char name[TUF_ROLE_MAX];

	bins_declare(docs, "docs", 3, false, &q);
	tuf_succinct_bin(name, &docs->succinct, "docs/a");
	memcpy(w.names[WORLD_PLANS], name, sizeof(name));
	tuf_targets_fini(bin);
	tuf_targets_put(bin, "docs/a", 1, HASH, NULL);
	ASSERT_OK(check());
	name[strlen(name) - 1] = name[strlen(name) - 1] == '0' ? '1' : '0';
	memcpy(w.names[WORLD_PLANS], name, sizeof(name));
	ASSERT_CODE(check(), "target");
	ASSERT_SAYS("which belongs to docs.bin-");
	world_fini(&w);
}
