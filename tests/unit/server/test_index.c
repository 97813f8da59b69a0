#include "config.h"

#include "lib/base/mem.h"
#include "server/roster/index.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

static void begin(struct index *x, uint64_t seed)
{
	struct rng_seeded rng;

	rng_seeded_init(&rng, seed);
	index_init(x, &rng.rng);
}

/* Device n: key, id and token all tell it. */
static struct device_rec device(uint32_t n)
{
	struct device_rec r = {.key = n + 1, .image = IMAGE_NONE};

	/* The first eight bytes of all ids are the same. */
	memcpy(r.id + 8, &n, sizeof(n));
	hash_sha256(r.token_hash, &n, sizeof(n));
	return r;
}

/* The longest row of taken places: what a look-up may have to walk. */
static size_t longest_run(const uint32_t *table, size_t slots)
{
	size_t run = 0, longest = 0;

	for (size_t i = 0; i < 2 * slots; i++) {
		run = table[i % slots] != 0 ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

TEST(ids_that_somebody_chose_do_not_pile_up)
{
	struct index x;

	begin(&x, 1);
	for (uint32_t n = 0; n < 400; n++) {
		struct device_rec r = device(n);

		(void)index_add(&x, &r);
	}
	ck_assert_uint_lt(longest_run(x.by_id, x.slots), 100);
	index_fini(&x);
}

TEST(no_two_servers_place_an_id_alike)
{
	struct device_rec r = device(7);
	struct index x, y;
	size_t differ = 0;

	begin(&x, 1);
	begin(&y, 2);
	(void)index_add(&x, &r);
	(void)index_add(&y, &r);
	for (size_t i = 0; i < x.slots; i++)
		differ += x.by_id[i] != y.by_id[i];
	ck_assert_uint_eq(differ, 2);
	index_fini(&x);
	index_fini(&y);
}

TEST(a_device_is_found_by_token_id_and_key_while_the_index_grows)
{
	struct index x;
	struct device_rec found;
	size_t at;

	begin(&x, 1);
	for (uint32_t n = 0; n < 3000; n++) {
		struct device_rec r = device(n);

		ck_assert_uint_eq(index_add(&x, &r), n);
	}
	ck_assert_uint_eq(index_count(&x), 3000);
	for (uint32_t n = 0; n < 3000; n++) {
		struct device_rec r = device(n);

		ck_assert(index_by_token(&x, r.token_hash, &at, &found));
		ck_assert_uint_eq(at, n);
		ck_assert(index_by_id(&x, r.id, &at, &found));
		ck_assert_uint_eq(at, n);
		ck_assert(index_by_key(&x, r.key, &at, &found));
		ck_assert_uint_eq(at, n);
		ck_assert_int_eq(index_get(&x, at).key, r.key);
	}
	struct device_rec nobody = device(3000);
	ck_assert(!index_by_token(&x, nobody.token_hash, &at, &found));
	ck_assert(!index_by_id(&x, nobody.id, &at, &found));
	ck_assert(!index_by_key(&x, nobody.key, &at, &found));
	index_fini(&x);
}

TEST(a_replaced_token_finds_nobody_however_often_it_is_replaced)
{
	struct device_rec r = device(0), found;
	uint8_t before[SHA256_SIZE];
	struct index x;
	size_t at;

	begin(&x, 1);
	(void)index_add(&x, &r);
	for (uint32_t n = 1; n < 5000; n++) {
		memcpy(before, r.token_hash, sizeof(before));
		hash_sha256(r.token_hash, &n, sizeof(n));
		index_set_token(&x, 0, r.token_hash);
		ck_assert(!index_by_token(&x, before, &at, &found));
		ck_assert(index_by_token(&x, r.token_hash, &at, &found));
	}
	index_fini(&x);
}

TEST(cohorts_and_images_are_numbers_that_are_given_once)
{
	struct cohort a = {"coat", "a7", "eu", "lab"}, b = a;
	static const char sha[2][SHA256_HEX_SIZE] = {"aa", "bb"};
	struct device_rec r = device(0), s = device(1);
	struct index x;

	begin(&x, 1);
	memcpy(b.region, (word){"us"}, sizeof(b.region));
	ck_assert_uint_eq(index_cohort(&x, &a), 0);
	ck_assert_uint_eq(index_cohort(&x, &b), 1);
	ck_assert_uint_eq(index_cohort(&x, &a), 0);
	ck_assert_str_eq(index_cohort_of(&x, 1).region, "us");
	(void)index_add(&x, &r);
	(void)index_add(&x, &s);
	ck_assert_str_eq(index_image_of(&x, IMAGE_NONE).sha256, "");
	index_seen(&x, 0, 5, 60, sha[0], "1.0.0", 3);
	index_seen(&x, 1, 6, 60, sha[0], "1.0.0", 3);
	ck_assert_uint_eq(index_get(&x, 0).image, index_get(&x, 1).image);
	index_seen(&x, 1, 7, 60, sha[1], "1.1.0", 4);
	s = index_get(&x, 1);
	ck_assert_str_eq(index_image_of(&x, s.image).version, "1.1.0");
	ck_assert_int_eq(s.last_seen_ms, 7);
	ck_assert_uint_eq(s.counter, 4);
	ck_assert(s.checked_in && index_any_dirty(&x));
	index_fini(&x);
}

/* What image n calls itself. */
static const char *version_of(uint32_t n)
{
	static char version[32];

	(void)snprintf(version, sizeof(version), "1.0.%u", (unsigned)n);
	return version;
}

TEST(a_device_that_makes_images_up_takes_no_place_from_another)
{
	struct device_rec r = device(0), s = device(1);
	struct index x;

	begin(&x, 1);
	(void)index_add(&x, &r);
	(void)index_add(&x, &s);
	for (uint32_t n = 0; n < 5000; n++)
		index_seen(&x, 0, 1, 60, "aa", version_of(n), 1);
	index_seen(&x, 1, 1, 60, "bb", "2.0.0", 1);
	s = index_get(&x, 1);
	ck_assert_str_eq(index_image_of(&x, s.image).sha256, "bb");
	ck_assert_str_eq(index_image_of(&x, s.image).version, "2.0.0");
	r = index_get(&x, 0);
	ck_assert_str_eq(index_image_of(&x, r.image).version, "1.0.4999");
	ck_assert_uint_le(x.images.len, 2);
	index_fini(&x);
}

TEST(a_fleet_may_run_as_many_images_as_it_has_devices)
{
	struct index x;

	begin(&x, 1);
	for (uint32_t n = 0; n < 5000; n++) {
		struct device_rec r = device(n);

		(void)index_add(&x, &r);
		index_seen(&x, n, 1, 60, "aa", version_of(n), 1);
	}
	/* All but the first move on to what the next one ran. */
	for (uint32_t n = 1; n < 5000; n++)
		index_seen(&x, n, 2, 60, "aa", version_of(n + 1), 1);
	for (uint32_t n = 0; n < 5000; n++)
		ck_assert_str_eq(
			index_image_of(&x, index_get(&x, n).image).version,
			version_of(n > 0 ? n + 1 : 0));
	ck_assert_uint_eq(x.images.len, 5000);
	index_fini(&x);
}

TEST(an_image_stays_while_one_device_runs_it)
{
	struct device_rec r = device(0), s = device(1);
	struct index x;

	begin(&x, 1);
	(void)index_add(&x, &r);
	(void)index_add(&x, &s);
	index_seen(&x, 0, 1, 60, "aa", "1.0.0", 1);
	index_seen(&x, 1, 1, 60, "aa", "1.0.0", 1);
	index_seen(&x, 0, 2, 60, "bb", "2.0.0", 1);
	r = index_get(&x, 1);
	ck_assert_str_eq(index_image_of(&x, r.image).version, "1.0.0");
	index_fini(&x);
}

TEST(an_old_record_never_shows_what_another_device_runs)
{
	struct device_rec r = device(0), s = device(1);
	struct index x;

	begin(&x, 1);
	(void)index_add(&x, &r);
	(void)index_add(&x, &s);
	index_seen(&x, 0, 1, 60, "aa", "1.0.0", 1);
	r = index_get(&x, 0);
	index_seen(&x, 0, 2, 60, "bb", "2.0.0", 1);
	ck_assert_str_eq(index_image_of(&x, r.image).sha256, "");
	index_seen(&x, 1, 2, 60, "cc", "3.0.0", 1);
	ck_assert_str_eq(index_image_of(&x, r.image).sha256, "");
	index_fini(&x);
}

TEST(what_is_to_be_written_comes_with_what_it_runs)
{
	struct device_rec r = device(0);
	struct image m;
	struct index x;
	size_t at;

	begin(&x, 1);
	(void)index_add(&x, &r);
	index_seen(&x, 0, 1, 60, "aa", "1.0.0", 1);
	ck_assert(index_pop_dirty(&x, &at, &r, &m));
	ck_assert_str_eq(m.version, "1.0.0");
	index_fini(&x);
}
