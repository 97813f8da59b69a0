#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/fleet.h"
#include "server/show/census.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1795132800000)
#define HOUR_MS INT64_C(3600000)

static void add(struct index *x, const char *product, const char *region,
                int32_t poll_s, int64_t away_ms, const char *image)
{
	static int64_t key;
	struct cohort c = {.hw = "a7", .channel = "canary"};
	struct device_rec r = {.key = ++key, .image = IMAGE_NONE};
	size_t at;

	(void)snprintf(c.product, sizeof(c.product), "%s", product);
	word_set(c.region, region);
	memcpy(r.id, &r.key, sizeof(r.key));
	memcpy(r.token_hash, &r.key, sizeof(r.key));
	r.cohort = index_cohort(x, &c);
	r.poll_after_s = poll_s;
	at = index_add(x, &r);
	if (image != NULL)
		index_seen(x, at, NOW_MS - away_ms, poll_s, image, "2.0.0", 1);
}

static void begin(struct index *x, struct rng_seeded *rng)
{
	rng_seeded_init(rng, 1);
	index_init(x, &rng->rng);
}

TEST(devices_are_counted_by_what_they_are_and_run)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(census_fini)
	struct census c = {0};
	struct err e = {0};

	begin(&x, &rng);
	for (int i = 1; i <= 9; i++)
		add(&x, "band", "eu", 100 * i, 0, FIXTURE_RUNNING);
	add(&x, "band", "eu", 900, 0, FIXTURE_RELEASE);
	add(&x, "band", "eu", 900, 0, NULL);
	add(&x, "coat", "eu", 900, 0, FIXTURE_RUNNING);
	ASSERT_OK(census_take(&c, &x, "band", NOW_MS, &e));
	ck_assert_uint_eq(c.len, 3);
	ck_assert_int_eq(c.items[0].devices, 9);
	ck_assert_int_eq(c.items[0].seen, 9);
	ck_assert_int_eq(c.items[0].poll_s, 500);
	/* 100 to 900 around 500. */
	ck_assert_int_eq(c.items[0].poll_spread_ppm, 800000);
	ck_assert_int_eq(c.items[1].devices, 1);
	/* It enrolled and never asked. */
	ck_assert_int_eq(c.items[2].devices, 1);
	ck_assert_int_eq(c.items[2].seen, 0);
	index_fini(&x);
}

TEST(who_missed_two_polls_is_off_and_who_missed_a_week_away)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(census_fini)
	struct census c = {0};
	struct err e = {0};

	begin(&x, &rng);
	add(&x, "band", "eu", 3600, 0, FIXTURE_RUNNING);
	add(&x, "band", "eu", 3600, 2 * HOUR_MS, FIXTURE_RUNNING);
	add(&x, "band", "eu", 3600, 3 * HOUR_MS, FIXTURE_RUNNING);
	add(&x, "band", "eu", 3600, 7 * HOUR_MS, FIXTURE_RUNNING);
	add(&x, "band", "eu", 3600, 8 * 24 * HOUR_MS, FIXTURE_RUNNING);
	ASSERT_OK(census_take(&c, &x, "band", NOW_MS, &e));
	ck_assert_int_eq(c.items[0].devices, 5);
	ck_assert_int_eq(c.items[0].seen, 4);
	ck_assert_int_eq(c.items[0].off_ppm, 500000);
	/* 2 and 6 hours beyond their polls. */
	ck_assert_int_eq(c.items[0].off_s, 4 * 3600 + 1);
	index_fini(&x);
}

TEST(revoked_devices_are_nobody)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(census_fini)
	struct census c = {0};
	struct err e = {0};

	begin(&x, &rng);
	add(&x, "band", "eu", 3600, 0, FIXTURE_RUNNING);
	index_edit(&x, 0)->revoked = true;
	index_edit_end(&x);
	ASSERT_OK(census_take(&c, &x, "band", NOW_MS, &e));
	ck_assert_uint_eq(c.len, 0);
	index_fini(&x);
}

TEST(what_it_writes_a_forecast_reads)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(census_fini)
	struct census c = {0};
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 16);
	struct err e = {0};
	struct jw w;

	begin(&x, &rng);
	add(&x, "band", "eu", 3600, 0, FIXTURE_RUNNING);
	add(&x, "band", "eu", 2, 7 * HOUR_MS, FIXTURE_RUNNING);
	add(&x, "band", "us", INT32_MAX, 0, NULL);
	ASSERT_OK(census_take(&c, &x, "band", NOW_MS, &e));
	jw_init(&w, &out);
	census_put(&w, &x, &c, "band", NOW_MS / 1000);
	ASSERT_OK(fleet_file_parse(&file, "fleet", buf_str(&out), out.len, &e));
	ck_assert_str_eq(file.product, "band");
	ck_assert_uint_eq(file.n_kinds, 2);
	ck_assert_str_eq(file.kinds[0].sha256, FIXTURE_RUNNING);
	ck_assert_int_eq(file.kinds[0].habit.off_ppm, 500000);
	ck_assert_int_eq(file.kinds[1].habit.poll_s, 604800);
	index_fini(&x);
}

/* One device of band/eu for each image from n on, to below end. */
static void add_images(struct index *x, size_t n, size_t end)
{
	char sha256[SHA256_HEX_SIZE];

	for (; n < end; n++) {
		(void)snprintf(sha256, sizeof(sha256), "%064zx", n);
		add(x, "band", "eu", 3600, 0, sha256);
	}
}

static void take_and_read(struct fleet_file *out, struct index *x)
{
	SCOPED(census_fini)
	struct census c = {0};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(FLEET_BYTES_MAX);
	struct err e = {0};
	struct jw w;

	ASSERT_OK(census_take(&c, x, "band", NOW_MS, &e));
	jw_init(&w, &bytes);
	census_put(&w, x, &c, "band", NOW_MS / 1000);
	ASSERT_OK(
		fleet_file_parse(out, "fleet", buf_str(&bytes), bytes.len, &e));
}

static int64_t enrolled(const struct fleet_file *f, const char *region,
                        size_t *kinds)
{
	int64_t n = 0;

	*kinds = 0;
	for (size_t i = 0; i < f->n_kinds; i++) {
		if (strcmp(f->kinds[i].cell.region, region) != 0)
			continue;
		n += f->kinds[i].enrolled;
		++*kinds;
	}
	return n;
}

TEST(a_cohort_that_makes_images_up_hides_no_other)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};
	char sha256[SHA256_HEX_SIZE];
	size_t kinds;

	begin(&x, &rng);
	add(&x, "band", "eu", 3600, 0, NULL);
	add_images(&x, 0, FLEET_KINDS_MAX + 5000);
	/* Most of all run what was heard of last. */
	for (int i = 0; i < 3; i++)
		add(&x, "band", "eu", 3600, 0, FIXTURE_RELEASE);
	for (size_t i = 0; i < 50; i++) {
		(void)snprintf(sha256, sizeof(sha256), "%064zx", i);
		add(&x, "band", "us", 3600, 0, sha256);
	}
	take_and_read(&file, &x);
	ck_assert_uint_eq(file.n_kinds, CENSUS_KINDS_MAX);
	ck_assert_int_eq(enrolled(&file, "us", &kinds), 50);
	ck_assert_uint_eq(kinds, 50);
	ck_assert_int_eq(enrolled(&file, "eu", &kinds), FLEET_KINDS_MAX + 5004);
	/* Sorted: who never said and the rare are first, and one. */
	ck_assert_str_eq(file.kinds[0].sha256, "");
	ck_assert_int_gt(file.kinds[0].enrolled, 5000);
	ck_assert_int_eq(file.kinds[0].habit.devices,
	                 file.kinds[0].enrolled - 1);
	/* Of as many, those found first have kept their names. */
	(void)snprintf(sha256, sizeof(sha256), "%064x", 0);
	ck_assert_str_eq(file.kinds[1].sha256, sha256);
	ck_assert_str_eq(file.kinds[kinds - 1].sha256, FIXTURE_RELEASE);
	ck_assert_int_eq(file.kinds[kinds - 1].enrolled, 3);
	index_fini(&x);
}

TEST(the_longest_names_fit_a_file_too)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};
	char version[SEMVER_MAX_LEN + 1];
	struct cohort *c;

	begin(&x, &rng);
	add_images(&x, 0, FLEET_KINDS_MAX + 1);
	c = &x.cohorts[0];
	memset(c->hw, 'h', NAME_MAX_LEN);
	memset(c->region, 'r', NAME_MAX_LEN);
	memset(c->channel, 'c', NAME_MAX_LEN);
	for (size_t i = 0; i < index_count(&x); i++) {
		(void)snprintf(version, sizeof(version), "1.0.0-x%057zu", i);
		index_seen(&x, i, NOW_MS, 3600, FIXTURE_RUNNING, version, 1);
	}
	take_and_read(&file, &x);
	ck_assert_uint_eq(file.n_kinds, CENSUS_KINDS_MAX);
	index_fini(&x);
}

TEST(an_image_that_its_last_device_leaves_meanwhile_is_still_named)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(census_fini)
	struct census c = {0};
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 16);
	struct err e = {0};
	struct jw w;

	begin(&x, &rng);
	add(&x, "band", "eu", 3600, 0, FIXTURE_RUNNING);
	add(&x, "band", "eu", 3600, 0, NULL);
	ASSERT_OK(census_take(&c, &x, "band", NOW_MS, &e));
	index_seen(&x, 0, NOW_MS, 3600, FIXTURE_RELEASE, "3.0.0", 1);
	jw_init(&w, &out);
	census_put(&w, &x, &c, "band", NOW_MS / 1000);
	ASSERT_OK(fleet_file_parse(&file, "fleet", buf_str(&out), out.len, &e));
	ck_assert_uint_eq(file.n_kinds, 2);
	ck_assert_str_eq(file.kinds[0].sha256, "");
	ck_assert_str_eq(file.kinds[1].sha256, FIXTURE_RUNNING);
	index_fini(&x);
}

TEST(who_says_nothing_and_who_never_asked_are_one_kind)
{
	struct rng_seeded rng;
	struct index x;
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};

	begin(&x, &rng);
	add(&x, "band", "eu", 3600, 0, "");
	add(&x, "band", "eu", 3600, 0, NULL);
	take_and_read(&file, &x);
	ck_assert_uint_eq(file.n_kinds, 1);
	ck_assert_int_eq(file.kinds[0].enrolled, 2);
	ck_assert_int_eq(file.kinds[0].habit.devices, 1);
	index_fini(&x);
}

TEST(the_median_interval_is_of_those_seen_of_the_product)
{
	struct rng_seeded rng;
	struct index x;

	begin(&x, &rng);
	ck_assert_int_eq(census_poll_s(&x, "band", NOW_MS, 77), 77);
	for (int i = 1; i <= 500; i++) {
		add(&x, "band", "eu", 100, 0, FIXTURE_RUNNING);
		add(&x, "coat", "eu", 9000, 0, FIXTURE_RUNNING);
	}
	ck_assert_int_eq(census_poll_s(&x, "band", NOW_MS, 77), 100);
	ck_assert_int_eq(census_poll_s(&x, "coat", NOW_MS, 77), 9000);
	ck_assert_int_eq(
		census_poll_s(&x, "coat", NOW_MS + 9 * 24 * HOUR_MS, 77), 77);
	index_fini(&x);
}
