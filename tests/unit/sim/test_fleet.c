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
		{FLEET(CELL("a7", "1", "9", "0", "0")),
	         "cells[0].poll_s: 9 is not within 10 to 604800"},
		{FLEET(CELL("a7", "1", "60", "1000001", "0")),
	         "cells[0].fail_ppm: 1000001 is not within"},
		{FLEET(CELL("a7", "1", "60", "600000", "400001")),
	         "fail_ppm and brick_ppm are 1000001 together"},
		{FLEET(CELL("a7", "600000", "60", "0",
	                    "0") "," CELL("b2", "600000", "60", "0", "0")),
	         "cells[1]: 1200000 devices so far, 1000000 at most"},
		{FLEET(""), "fleet: cells: "},
		{"{\"cells\":[" A7_EU "]}", "download_s"},
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
