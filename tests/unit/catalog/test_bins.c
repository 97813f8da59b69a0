#include "config.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"
#include "lib/catalog/delegations.h"
#include "lib/tuf/snapshot.h"
#include "tests/support/runner.h"
#include "tests/unit/catalog/world.h"

#include <stdio.h>
#include <string.h>

static struct err e;
static struct world w;
static struct bins b;

static struct tuf_quorum keys_of_releases(void)
{
	return tuf_targets_quorum(
		&w.targets, tuf_targets_role(&w.targets, "releases.band"));
}

static struct tuf_targets *declared(int bits, bool by_prefix)
{
	struct tuf_quorum q;

	world_init(&w);
	q = keys_of_releases();
	bins_declare(&w.roles[WORLD_RELEASES], "releases.band", bits, by_prefix,
	             &q);
	return &w.roles[WORLD_RELEASES];
}

TEST(what_is_declared_is_read_back_in_both_encodings)
{
	for (int bits = 1; bits <= BINS_BITS_MAX; bits++)
		for (int by_prefix = 0; by_prefix < 2; by_prefix++) {
			struct tuf_targets *t = declared(bits, by_prefix != 0);

			ASSERT_OK(bins_read(&b, "releases.band", t, &e));
			ck_assert(b.present);
			ck_assert_int_eq(b.by_prefix, by_prefix != 0);
			ck_assert_uint_eq(bins_count(&b), 1U << bits);
			ck_assert_int_eq(b.shape.threshold, 2);
			ck_assert_uint_eq(b.shape.n_keyids, 2);
			world_fini(&w);
		}
}

TEST(the_encodings_agree_on_names_and_on_whose_a_path_is)
{
	static const char *const paths[] = {"fw/band/1.0.0_app.bin",
	                                    "delta/band/x", "meta/band/9"};

	for (int bits = 1; bits <= BINS_BITS_MAX; bits++) {
		struct tuf_targets *t = declared(bits, true);
		char name[TUF_ROLE_MAX], by_number[TUF_ROLE_MAX];

		ASSERT_OK(bins_read(&b, "releases.band", t, &e));
		for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
			size_t matches = 0;

			bins_find(name, &b, paths[i]);
			bins_name(by_number, &b, bins_number(&b, paths[i]));
			ck_assert_str_eq(name, by_number);
			ck_assert(tuf_succinct_is_bin(&b.shape, name));
			for (size_t k = 0; k < t->n_roles; k++) {
				if (!tuf_delegation_matches(&t->roles[k],
				                            paths[i]))
					continue;
				ck_assert_str_eq(t->roles[k].name, name);
				matches++;
			}
			ck_assert_uint_eq(matches, 1);
		}
		world_fini(&w);
	}
}

TEST(names_have_as_many_digits_as_the_highest_bin)
{
	static const struct {
		int bits;
		unsigned i;
		const char *name;
	} rows[] = {
		{1, 0, "docs.bin-0"},    {4, 15, "docs.bin-f"},
		{5, 15, "docs.bin-0f"},  {8, 255, "docs.bin-ff"},
		{9, 31, "docs.bin-01f"}, {12, 4095, "docs.bin-fff"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[TUF_ROLE_MAX], owner[TUF_ROLE_MAX];

		struct tuf_targets t = {0};
		struct tuf_quorum none = {.threshold = 1};

		bins_declare(&t, "docs", rows[i].bits, false, &none);
		ASSERT_OK(bins_read(&b, "docs", &t, &e));
		bins_name(name, &b, rows[i].i);
		ck_assert_str_eq(name, rows[i].name);
		ck_assert(bins_owner(owner, name));
		ck_assert_str_eq(owner, "docs");
		tuf_targets_fini(&t);
	}
}

TEST(a_bin_is_told_by_its_name)
{
	static const char *const none[] = {
		"docs",          "docs.bin",    "docs.bin-",    "docs.bin-0G",
		"docs.bin-0000", ".bin-0",      "docs.bin-0.x", "bin-0",
		"docs.Bin-0",    "docs.bin-0F", "docs.bins-0"};
	char owner[TUF_ROLE_MAX];

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		ck_assert_msg(!bins_owner(owner, none[i]), "%s", none[i]);
	ck_assert(bins_owner(owner, "a.bin-1.bin-2"));
	ck_assert_str_eq(owner, "a.bin-1");
}

#define BROKEN(change, says)                                       \
	do {                                                       \
		struct tuf_targets *t = declared(3, true);         \
		(void)t;                                           \
		change;                                            \
		ASSERT_CODE(bins_read(&b, "releases.band", t, &e), \
		            "delegation");                         \
		ASSERT_SAYS(says);                                 \
		world_fini(&w);                                    \
	} while (0)

static void drop_last(struct tuf_targets *t)
{
	tuf_delegation_fini(&t->roles[--t->n_roles]);
}

TEST(bins_by_prefix_are_whole_or_refused)
{
	BROKEN(drop_last(t), "a power of two from 2 to 4096");
	BROKEN(t->roles[3].name[19] = '0', "named in order");
	BROKEN(t->roles[3].hash_prefixes[0][0] = '0', "an even split");
	BROKEN(t->roles[3].terminating = false, "an even split");
	BROKEN(t->roles[3].n_keyids = 1, "all of the same keys");
	BROKEN(t->roles[3].threshold = 1, "all of the same keys");
}

TEST(the_catalog_reads_releases_in_bins_by_prefix)
{
	static const char *const path = "fw/band/3.0.0_app.bin";
	struct tuf_targets *t = declared(4, true);
	struct catalog c = {0};
	struct fw *f = xcalloc(1, sizeof(*f));

	ASSERT_OK(bins_read(&b, "releases.band", t, &e));
	bins_find(w.names[WORLD_OTHER], &b, path);
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
	ck_assert(catalog_release(&c.products[0], path) != NULL);
	ck_assert(catalog_release(&c.products[0], "fw/band/0") == NULL);
	catalog_fini(&c);
	/* In both, a client would take the role's own entry. */
	tuf_targets_put(t, path, 2, FIXTURE_RELEASE, custom);
	ASSERT_CODE(catalog_load(&c, &w.source, &e), "release");
	ASSERT_SAYS(", and so does releases.band");
	ck_assert(tuf_targets_remove(t, path));
	/* A bin is an end. */
	bins_declare(&w.roles[WORLD_OTHER], w.names[WORLD_OTHER], 1, false,
	             &(struct tuf_quorum){.threshold = 2});
	ASSERT_CODE(catalog_load(&c, &w.source, &e), "delegation");
	ASSERT_SAYS("a bin may not delegate");
	free(f);
	world_fini(&w);
}

TEST(every_child_of_a_role_is_listed_once)
{
	char name[TUF_ROLE_MAX];

	for (int by_prefix = 0; by_prefix < 2; by_prefix++) {
		struct tuf_targets *t = declared(5, by_prefix != 0);
		size_t n = 0;

		while (delegations_child(name, "releases.band", t, n))
			n++;
		ck_assert_uint_eq(n, 32);
		ck_assert(delegations_child(name, "releases.band", t, 31));
		ck_assert_str_eq(name, "releases.band.bin-1f");
		n = 0;
		while (delegations_child(name, "targets", &w.targets, n))
			n++;
		ck_assert_uint_eq(n, 3);
		world_fini(&w);
	}
}

TEST(the_default_number_of_bins_follows_the_root_of_the_targets)
{
	static const struct {
		size_t targets;
		int bits;
	} rows[] = {{0, 0},        {400, 0},       {500, 4},
	            {1000, 5},     {10000, 7},     {100000, 8},
	            {1000000, 10}, {10000000, 12}, {SIZE_MAX / 1000, 12}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_msg(bins_default_bits(rows[i].targets) ==
		                      rows[i].bits,
		              "%zu: %d", rows[i].targets,
		              bins_default_bits(rows[i].targets));
	ck_assert_int_eq(bins_bits(256), 8);
	ck_assert_int_eq(bins_bits(1), -1);
	ck_assert_int_eq(bins_bits(0), -1);
	ck_assert_int_eq(bins_bits(-2), -1);
	ck_assert_int_eq(bins_bits(255), -1);
	ck_assert_int_eq(bins_bits(8192), -1);
}

static struct tuf_target *many(size_t n)
{
	struct tuf_target *list = xcalloc(n, sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		list[i].path = xasprintf("delta/band/%07zu-app.bin", i);
		list[i].length = 4096;
		hash_sha256_hex(list[i].sha256, list[i].path,
		                strlen(list[i].path));
	}
	return list;
}

/* The bodies of all bins together, as they are signed. */
static size_t bins_bytes(struct tuf_target *list, size_t n)
{
	struct tuf_targets *bins = xcalloc(bins_count(&b), sizeof(*bins));
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(8 << 20);

	for (size_t i = 0; i < n; i++)
		tuf_targets_put(&bins[bins_number(&b, list[i].path)],
		                list[i].path, list[i].length, list[i].sha256,
		                NULL);
	for (unsigned i = 0; i < bins_count(&b); i++) {
		bins[i].version = 1;
		ASSERT_OK(tuf_targets_write(&body, &bins[i], &e));
		tuf_targets_fini(&bins[i]);
	}
	free(bins);
	return body.len;
}

static size_t snapshot_bytes(void)
{
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {.version = 1};
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(1 << 20);
	char name[TUF_ROLE_MAX];

	for (unsigned i = 0; i < bins_count(&b); i++) {
		bins_name(name, &b, i);
		tuf_snapshot_put(&s, name, 1, name, strlen(name));
	}
	ASSERT_OK(tuf_snapshot_write(&body, TUF_SNAPSHOT, &s, &e));
	return body.len;
}

/* What a client reads for one look-up, written and counted for each number
 * there can be. */
static void check_default(size_t n)
{
	struct tuf_target *list = many(n);
	size_t cost[BINS_BITS_MAX + 1], least = SIZE_MAX;

	for (int bits = 1; bits <= BINS_BITS_MAX; bits++) {
		ASSERT_OK(bins_read(&b, "releases.band", declared(bits, false),
		                    &e));
		cost[bits] =
			snapshot_bytes() + bins_bytes(list, n) / bins_count(&b);
		least = cost[bits] < least ? cost[bits] : least;
		world_fini(&w);
	}
	ck_assert_uint_le(cost[bins_default_bits(n)], least + least / 10);
	for (size_t i = 0; i < n; i++)
		free(list[i].path);
	free(list);
}

TEST(no_number_of_bins_is_much_cheaper_for_clients_than_the_default)
{
	check_default(1000);
	check_default(10000);
}
