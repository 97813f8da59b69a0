#include "config.h"

#include "lib/base/mem.h"
#include "lib/catalog/catalog.h"
#include "tests/support/runner.h"
#include "tests/unit/catalog/world.h"

#include <stdio.h>
#include <string.h>

static struct world w;
static struct catalog c;
static struct err e;

static int load(void)
{
	catalog_fini(&c);
	return catalog_load(&c, &w.source, &e);
}

/* The world as it is, changed by `change`, is refused with this code and
 * words. */
#define REFUSED(change, code, words)           \
	do {                                   \
		world_init(&w);                \
		change;                        \
		ASSERT_CODE(load(), code);     \
		ASSERT_SAYS(words);            \
		ck_assert(c.products == NULL); \
		world_fini(&w);                \
	} while (0)

TEST(releases_and_plans_are_found_by_their_paths)
{
	const struct catalog_product *p;

	world_init(&w);
	world_product(&w, "arm");
	ASSERT_OK(load());
	ck_assert_str_eq(c.repo, FIXTURE_REPO);
	ck_assert(!c.solo);
	ck_assert_uint_eq(c.n_products, 2);
	ck_assert_str_eq(c.products[0].product, "arm");
	ck_assert_uint_eq(c.products[0].n_releases, 0);
	p = catalog_product(&c, "band");
	ck_assert(p == &c.products[1]);
	ck_assert(catalog_product(&c, "leg") == NULL);
	ck_assert_uint_eq(p->n_releases, 1);
	ck_assert_uint_eq(p->n_plans, 1);
	ck_assert(catalog_release(p, "fw/band/2.1.0_app.bin") ==
	          &p->releases[0]);
	ck_assert_str_eq(p->releases[0].sha256, FIXTURE_RELEASE);
	ck_assert_int_eq(p->releases[0].length, 4096);
	ck_assert(catalog_release(p, "fw/band/2.1.0_other.bin") == NULL);
	ck_assert(catalog_plan(p, "plan/band/spring.1.json") == &p->plans[0]);
	ck_assert(catalog_plan(p, "plan/band/spring.2.json") == NULL);
	ck_assert(p->plans[0].release == &p->releases[0]);
	ck_assert_str_eq(p->plans[0].sha256, p->plans[0].plan.sha256);
	catalog_fini(&c);
	world_fini(&w);
}

TEST(a_product_whose_roles_are_not_there_yet_is_empty)
{
	world_init(&w);
	w.there[WORLD_RELEASES] = w.there[WORLD_PLANS] = false;
	ASSERT_OK(load());
	ck_assert_uint_eq(c.products[0].n_releases, 0);
	/* Plans alone have nothing to spread. */
	w.there[WORLD_PLANS] = true;
	ASSERT_CODE(load(), "plan");
	ASSERT_SAYS("there is no releases.band yet");
	world_fini(&w);
}

TEST(other_peoples_repositories_are_not_ours)
{
	REFUSED(w.root.repo[0] = '\0', "not_pawl", "no repository identity");
}

static void add_firmware(const char *path)
{
	tuf_targets_put(&w.roles[WORLD_RELEASES], path, 1, FIXTURE_RELEASE,
	                NULL);
}

/* The release's manifest changed, at the path the change gives it. */
static void other_release(void (*change)(struct fw *f))
{
	struct fw *f = xcalloc(1, sizeof(*f));

	fixture_fw(f);
	change(f);
	(void)tuf_targets_remove(&w.roles[WORLD_RELEASES],
	                         "fw/band/2.1.0_app.bin");
	world_release(&w, f, "app.bin", FIXTURE_RELEASE);
	free(f);
}

static void of_another_repo(struct fw *f)
{
	f->head.repo[0] = 'f';
}

TEST(a_release_must_be_a_firmware_of_this_repository_and_path)
{
	REFUSED(add_firmware("fw/band/3.0.0_app.bin"), "release",
	        "has no custom.fw");
	REFUSED(add_firmware("fw/arm/3.0.0_app.bin"), "release",
	        "lists 'fw/arm/3.0.0_app.bin', which is not delegated");
	REFUSED(add_firmware("fw/band/deep/app.bin"), "release",
	        "which is not delegated");
	REFUSED(add_firmware("fw/band/.hidden"), "release",
	        "which is no target path");
	REFUSED(other_release(of_another_repo), "release",
	        "is for repository f0112233");
	REFUSED(tuf_targets_put(&w.roles[WORLD_RELEASES],
	                        "fw/band/9.9.9_app.bin", 4096, FIXTURE_RELEASE,
	                        w.roles[WORLD_RELEASES].targets[0].custom),
	        "release", "fw/band/9.9.9_app.bin");
	REFUSED(w.roles[WORLD_RELEASES].targets[0].sha256[0] = '\0', "release",
	        "lists no sha256");
}

TEST(deltas_and_notes_stand_beside_releases)
{
	world_init(&w);
	add_firmware("delta/band/2.0.0-2.1.0.bin");
	add_firmware("meta/band/notes.txt");
	ASSERT_OK(load());
	ck_assert_uint_eq(c.products[0].n_releases, 1);
	catalog_fini(&c);
	world_fini(&w);
}

/* The one plan of the world, replaced. */
static void other_plan(void (*change)(struct plan *p))
{
	struct plan *p = xcalloc(1, sizeof(*p));

	fixture_plan(p);
	change(p);
	(void)tuf_targets_remove(&w.roles[WORLD_PLANS],
	                         "plan/band/spring.1.json");
	free(w.blobs[0].bytes);
	w.n_blobs = 0;
	world_plan(&w, p);
	plan_fini(p);
	free(p);
}

static void more_hardware(struct plan *p)
{
	word_set(p->hw.w[p->hw.n++], "d9");
}

static void another_release(struct plan *p)
{
	(void)snprintf(p->release_path, sizeof(p->release_path),
	               "fw/band/2.2.0_app.bin");
}

static void another_hash(struct plan *p)
{
	p->release_sha256[0] = 'b';
}

static void a_lower_counter(struct plan *p)
{
	p->counter_max = 2;
}

static void of_an_old_repo(struct plan *p)
{
	p->head.repo[0] = 'f';
}

TEST(a_plan_keeps_to_its_release)
{
	REFUSED(other_plan(more_hardware), "plan", "names hardware d9");
	REFUSED(other_plan(another_release), "plan",
	        "names release 'fw/band/2.2.0_app.bin', which releases.band "
	        "does not list");
	REFUSED(other_plan(another_hash), "plan", "release.sha256 is b4864");
	REFUSED(other_plan(a_lower_counter), "plan", "counter");
	REFUSED(other_plan(of_an_old_repo), "plan",
	        "is for repository f0112233");
}

static void lose_the_bytes(void)
{
	free(w.blobs[0].bytes);
	w.n_blobs = 0;
}

/* The bytes of one plan under the name of another. */
static void rename_the_plan(void)
{
	memcpy(strstr(w.blobs[0].path, "spring"), "summer", 6);
	memcpy(strstr(w.roles[WORLD_PLANS].targets[0].path, "spring"), "summer",
	       6);
}

TEST(a_plan_is_its_listed_bytes_and_path)
{
	REFUSED(w.blobs[0].bytes[1] = '!', "plan", "plan/band/spring.1.json");
	REFUSED(lose_the_bytes(), "not_found",
	        "plan/band/spring.1.json: no bytes");
	REFUSED(w.roles[WORLD_PLANS].targets[0].length = PLAN_BYTES_MAX + 1,
	        "plan", "at most 32768 are allowed");
	REFUSED(w.roles[WORLD_PLANS].targets[0].sha256[0] = '\0', "plan",
	        "lists no sha256");
	REFUSED(tuf_targets_put(&w.roles[WORLD_PLANS], "fw/band/x", 1,
	                        FIXTURE_RELEASE, NULL),
	        "plan", "plans.band: lists 'fw/band/x'");
	REFUSED(rename_the_plan(), "plan", "plan/band/summer.1.json");
}

TEST(a_plan_outlives_nothing_that_vouches_for_it)
{
	/* The plan ends 30 days after the first stage. */
	int64_t short_s = FIXTURE_T0_S + 30 * FIXTURE_DAY_S - 1;

	REFUSED(w.roles[WORLD_PLANS].expires_s = short_s, "plan_outlives",
	        "of plans.band");
	REFUSED(w.roles[WORLD_RELEASES].expires_s = short_s, "plan_outlives",
	        "of releases.band");
	REFUSED(w.targets.expires_s = short_s, "plan_outlives", "of targets");
	REFUSED(w.root.expires_s = short_s, "plan_outlives",
	        "expires 2026-12-20T00:00:00Z, after the 2026-12-19T23:59:59Z "
	        "of root");
	world_init(&w);
	w.root.expires_s = short_s + 1;
	ASSERT_OK(load());
	catalog_fini(&c);
	world_fini(&w);
}

TEST(a_plan_does_not_outlive_the_bin_its_release_stands_in)
{
	struct tuf_targets *releases = &w.roles[WORLD_RELEASES], *bin;
	struct key_public a, b;
	char name[TUF_ROLE_MAX];

	world_init(&w);
	bin = &w.roles[WORLD_OTHER];
	a = world_key(&w);
	b = world_key(&w);
	/* The release moves into its bin. */
	*bin = *releases;
	*releases = (struct tuf_targets){.version = bin->version,
	                                 .expires_s = bin->expires_s};
	tuf_targets_split(releases, "releases.band.bin", 2, 2);
	tuf_targets_add_key(releases, NULL, &a);
	tuf_targets_add_key(releases, NULL, &b);
	tuf_succinct_bin(name, &releases->succinct, "fw/band/2.1.0_app.bin");
	memcpy(w.names[WORLD_OTHER], name, sizeof(name));
	w.there[WORLD_OTHER] = true;
	ASSERT_OK(load());
	bin->expires_s = FIXTURE_T0_S + 30 * FIXTURE_DAY_S - 1;
	ASSERT_CODE(load(), "plan_outlives");
	ASSERT_SAYS(name);
	world_fini(&w);
}

/* A second plan beside the world's. */
static void second_plan(void (*change)(struct plan *p))
{
	struct plan *p = xcalloc(1, sizeof(*p));

	fixture_plan(p);
	change(p);
	world_plan(&w, p);
	plan_fini(p);
	free(p);
}

static void next_revision(struct plan *p)
{
	p->rev = 2;
}

static void another_id(struct plan *p)
{
	(void)snprintf(p->id, sizeof(p->id), "summer");
}

static void another_channel(struct plan *p)
{
	another_id(p);
	p->channels.n = 1;
	word_set(p->channels.w[0], "lab");
}

static void a_recall(struct plan *p)
{
	another_id(p);
	p->kind = PLAN_RECALL;
	p->n_from = 1;
	memset(p->from[0], '1', SHA256_HEX_SIZE - 1);
}

TEST(two_plans_of_one_release_do_not_overlap)
{
	REFUSED(second_plan(another_id), "plan_overlap",
	        "plan/band/summer.1.json: overlaps plan/band/spring.1.json");
	world_init(&w);
	second_plan(another_channel);
	ASSERT_OK(load());
	world_fini(&w);
	/* A recall goes by what runs, so it may stand beside. */
	world_init(&w);
	second_plan(a_recall);
	ASSERT_OK(load());
	catalog_fini(&c);
	world_fini(&w);
}

TEST(one_revision_of_a_plan_is_listed)
{
	REFUSED(second_plan(next_revision), "plan_revision",
	        "a new revision retires the old one");
}
