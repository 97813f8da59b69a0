#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/fleet.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <string.h>

#define A7_EU                                                     \
	"{\"hw\":\"a7\",\"region\":\"eu\",\"devices\":100,"       \
	"\"poll_s\":3600,\"fail_ppm\":10000,\"brick_ppm\":20000," \
	"\"silent_ppm\":50000}"
#define FLEET(cells) "{\"download_s\":600,\"boot_s\":60,\"cells\":[" cells "]}"

static int parse(struct fleet *f, const struct plan *p, const char *text,
                 struct err *e)
{
	return fleet_parse(f, p, "fleet", text, strlen(text), e);
}

TEST(a_fleet_is_read_by_the_cells_of_its_plan)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(fleet_fini)
	struct fleet f = {0};
	struct err e = {0};
	const struct fleet_cell *c;

	fixture_plan(&p);
	ASSERT_OK(parse(&f, &p, FLEET(A7_EU), &e));
	c = &f.cells[plan_cell_index(&p, "a7", "eu")];
	ck_assert_int_eq(f.devices, 100);
	ck_assert_int_eq(f.download_s, 600);
	ck_assert_int_eq(f.boot_s, 60);
	ck_assert_int_eq(c->devices, 100);
	ck_assert_int_eq(c->poll_s, 3600);
	ck_assert_int_eq(c->fail_ppm, 10000);
	ck_assert_int_eq(c->brick_ppm, 20000);
	ck_assert_int_eq(c->silent_ppm, 50000);
	ck_assert_int_eq(f.cells[plan_cell_index(&p, "c1", "us")].devices, 0);
}

#define CELL(hw, devices, poll, fail, brick)                              \
	"{\"hw\":\"" hw "\",\"region\":\"eu\",\"devices\":" devices       \
	",\"poll_s\":" poll ",\"fail_ppm\":" fail ",\"brick_ppm\":" brick \
	",\"silent_ppm\":0}"

TEST(a_fleet_that_cannot_be_is_refused)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{FLEET(CELL("z9", "1", "60", "0", "0")),
	         "fleet: cells[0]: the plan has no cell z9/eu"},
		{FLEET(CELL("*", "1", "60", "0", "0")), "fleet: cells[0].hw: "},
		{FLEET(A7_EU "," A7_EU),
	         "fleet: cells[1]: a7/eu is given twice"},
		{FLEET(CELL("a7", "0", "60", "0", "0")),
	         "cells[0].devices: 0 is not within 1 to 1000000"},
		{FLEET(CELL("a7", "1", "0", "0", "0")),
	         "cells[0].poll_s: 0 is not within 1 to 604800"},
		{FLEET(CELL("a7", "1", "60", "1000001", "0")),
	         "cells[0].fail_ppm: 1000001 is not within"},
		{FLEET(CELL("a7", "1", "60", "600000", "400001")),
	         "fail_ppm and brick_ppm are 1000001 together"},
		{FLEET(CELL("a7", "600000", "60", "0",
	                    "0") "," CELL("b2", "600000", "60", "0", "0")),
	         "cells[1]: 1200000 devices so far, 1000000 at most"},
		{FLEET(""), "fleet: cells: "},
		{"{\"download_s\":0,\"cells\":[" A7_EU "]}", "download_s"},
		{"{\"more\":1,\"download_s\":1,\"boot_s\":1,\"cells\":[]}",
	         "more"},
		{"[]", "fleet: "},
		{"", "fleet: "},
	};
	SCOPED(plan_fini)
	struct plan p = {0};

	fixture_plan(&p);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		SCOPED(fleet_fini)
		struct fleet f = {0};
		struct err e = {0};

		ck_assert_int_eq(parse(&f, &p, wrong[i].text, &e), -1);
		ck_assert_int_eq(e.kind, ERR_INVALID);
		ASSERT_SAYS(wrong[i].says);
	}
}

static int count(struct fleet *f, const struct plan *p, const char *cells,
                 struct err *e)
{
	SCOPED(free)
	char *text = xasprintf("{\"schema\":\"fleet/1\",\"product\":\"band\","
	                       "\"time\":\"2026-11-20T00:00:00Z\","
	                       "\"download_s\":600,\"boot_s\":60,"
	                       "\"cells\":[%s]}",
	                       cells);

	return parse(f, p, text, e);
}

#define KIND(hw, channel, version, seen)                                   \
	"{\"hw\":\"" hw "\",\"region\":\"eu\",\"channel\":\"" channel      \
	"\",\"version\":\"" version "\",\"devices\":100,\"seen_7d\":" seen \
	",\"poll_s\":3600}"

TEST(of_a_whole_products_fleet_the_plan_counts_what_it_contains)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(fleet_fini)
	struct fleet f = {0};
	struct err e = {0};

	/* The fixture's release is 2.1.0, its channels canary and
	 * production. */
	fixture_plan(&p);
	ASSERT_OK(count(
		&f, &p,
		KIND("a7", "production", "2.0.0", "90") "," KIND(
			"a7", "canary", "2.0.9",
			"50") "," KIND("a7", "beta", "2.0.0",
	                               "90") "," KIND("a7", "production",
	                                              "2.1.0",
	                                              "90") "," KIND("z9",
	                                                             "productio"
	                                                             "n",
	                                                             "2.0.0",
	                                                             "90"),
		&e));
	ck_assert_int_eq(f.devices, 140);
	ck_assert_int_eq(f.away, 60);
	ck_assert_int_eq(f.outside, 300);
	ck_assert_int_eq(f.cells[plan_cell_index(&p, "a7", "eu")].devices, 140);
}

#define HABIT(channel, devices, poll, off, off_s)                         \
	"{\"hw\":\"a7\",\"region\":\"eu\",\"channel\":\"" channel         \
	"\",\"devices\":" devices ",\"poll_s\":" poll ",\"off_ppm\":" off \
	",\"off_s\":" off_s ",\"poll_spread_ppm\":100000,\"silent_ppm\":4000}"

TEST(kinds_of_one_cell_are_joined_by_their_devices)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(fleet_fini)
	struct fleet f = {0};
	struct err e = {0};
	const struct fleet_cell *c;

	fixture_plan(&p);
	ASSERT_OK(count(&f, &p,
	                HABIT("canary", "100", "100", "0", "0") "," HABIT(
				"production", "300", "500", "400000", "4000"),
	                &e));
	c = &f.cells[plan_cell_index(&p, "a7", "eu")];
	ck_assert_int_eq(c->devices, 400);
	ck_assert_int_eq(c->poll_s, 400);
	ck_assert_int_eq(c->off_ppm, 300000);
	ck_assert_int_eq(c->off_s, 4000);
	ck_assert_int_eq(c->poll_spread_ppm, 100000);
	ck_assert_int_eq(c->silent_ppm, 4000);
	ck_assert_int_eq(c->fail_ppm, 0);
}

/* The time that a device is off at once is an average of those that are off:
 * else a few among many would be off for 0 s, over and over. */
TEST(devices_never_off_do_not_shorten_the_time_others_are_off)
{
	static const char *const orders[] = {
		HABIT("canary", "1", "60", "500000",
	              "60") "," HABIT("production", "1000", "60", "0", "0"),
		HABIT("production", "1000", "60", "0",
	              "0") "," HABIT("canary", "1", "60", "500000", "60"),
	};
	SCOPED(plan_fini)
	struct plan p = {0};

	fixture_plan(&p);
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		SCOPED(fleet_fini)
		struct fleet f = {0};
		struct err e = {0};
		const struct fleet_cell *c;

		ASSERT_OK(count(&f, &p, orders[i], &e));
		c = &f.cells[plan_cell_index(&p, "a7", "eu")];
		ck_assert_int_eq(c->off_ppm, 499);
		ck_assert_int_eq(c->off_s, 60);
	}
}

TEST(a_recall_counts_the_images_it_takes_back)
{
#define RUNS(sha)                                            \
	"{\"hw\":\"a7\",\"region\":\"eu\",\"sha256\":\"" sha \
	"\",\"version\":\"3.0.0\",\"devices\":10,\"poll_s\":60}"
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(fleet_fini)
	struct fleet f = {0};
	struct err e = {0};

	fixture_plan(&p);
	p.kind = PLAN_RECALL;
	p.n_from = 1;
	memcpy(p.from[0], FIXTURE_RUNNING, sizeof(p.from[0]));
	ASSERT_OK(count(&f, &p, RUNS(FIXTURE_RUNNING) "," RUNS(FIXTURE_RELEASE),
	                &e));
	ck_assert_int_eq(f.devices, 10);
	ck_assert_int_eq(f.outside, 10);
}

TEST(a_products_fleet_that_cannot_be_is_refused)
{
	static const struct {
		const char *cells, *says;
	} wrong[] = {
		{KIND("a7", "production", "2.0.0", "101"),
	         "cells[0].seen_7d: 101 is not within 0 to 100"},
		{KIND("a7", "no name", "2.0.0", "1"), "cells[0].channel: "},
		{KIND("a7", "production", "2", "1"), "cells[0].version: "},
		{HABIT("canary", "1", "60", "950001", "1"), "off_ppm: 950001"},
		{HABIT("canary", "1", "60", "1", "0"), "off_s: 0 is not"},
		{KIND("a7", "beta", "2.0.0", "1"),
	         "no device that the plan contains was seen within 7 days (0 "
	         "were not, 100 are outside of it)"},
	};
	SCOPED(plan_fini)
	struct plan p = {0};

	fixture_plan(&p);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		SCOPED(fleet_fini)
		struct fleet f = {0};
		struct err e = {0};

		ck_assert_int_eq(count(&f, &p, wrong[i].cells, &e), -1);
		ck_assert_int_eq(e.kind, ERR_INVALID);
		ASSERT_SAYS(wrong[i].says);
	}
}

TEST(the_fleet_of_another_product_is_not_taken)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(fleet_fini)
	struct fleet f = {0};
	struct err e = {0};

	fixture_plan(&p);
	memcpy(p.head.product, "coat", sizeof("coat"));
	ck_assert_int_eq(count(&f, &p, KIND("a7", "canary", "2.0.0", "1"), &e),
	                 -1);
	ASSERT_SAYS("is the fleet of product band, the plan is for coat");
}

TEST(what_is_assumed_replaces_what_the_file_says)
{
	static const struct cell everywhere = {"*", "*"}, one = {"a7", "*"},
				 nowhere = {"b2", "*"};
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(fleet_fini)
	struct fleet f = {0};
	struct err e = {0};
	const struct fleet_cell *c;

	fixture_plan(&p);
	ASSERT_OK(parse(&f, &p, FLEET(A7_EU), &e));
	c = &f.cells[plan_cell_index(&p, "a7", "eu")];
	ck_assert_uint_eq(fleet_assume(&f, &p, FLEET_FAIL, &everywhere, 5), 1);
	ck_assert_uint_eq(fleet_assume(&f, &p, FLEET_BRICK, &one, 6), 1);
	ck_assert_uint_eq(fleet_assume(&f, &p, FLEET_SILENT, &one, 7), 1);
	ck_assert_uint_eq(fleet_assume(&f, &p, FLEET_FAIL, &nowhere, 8), 0);
	ck_assert_int_eq(c->fail_ppm, 5);
	ck_assert_int_eq(c->brick_ppm, 6);
	ck_assert_int_eq(c->silent_ppm, 7);
	ASSERT_OK(fleet_check(&f, &p, &e));
	(void)fleet_assume(&f, &p, FLEET_FAIL, &one, PPM);
	ck_assert_int_eq(fleet_check(&f, &p, &e), -1);
	ASSERT_SAYS("a7/eu: 100% would fail aloud and 0.0006% brick");
}
