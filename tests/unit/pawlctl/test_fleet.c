#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/fleet.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

#define FLEET                                                              \
	"{\"schema\":\"fleet/1\",\"product\":\"coat\",\"time\":"           \
	"\"2026-03-01T00:00:00Z\",\"cells\":[{\"hw\":\"a1\",\"region\":"   \
	"\"eu\",\"channel\":\"lab\",\"devices\":9,\"seen_7d\":8,"          \
	"\"poll_s\":900,\"poll_spread_ppm\":50000,\"off_ppm\":0,\"off_s\"" \
	":0}]}"

TEST(a_fleet_is_exported_as_the_file_that_pawl_sim_reads)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/fleet?product=coat", 200, FLEET),
	};
	OPERATOR(o, script);
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};
	struct err e = {0};

	ASSERT_EXIT(&o.tool, operator_run(&o, "fleet export -p coat"), CLI_OK);
	ck_assert_str_eq(o.tool.out, FLEET "\n");
	ASSERT_OK(fleet_file_parse(&file, "fleet", o.tool.out,
	                           strlen(o.tool.out), &e));
	ck_assert_int_eq(file.kinds[0].habit.devices, 8);
}

TEST(a_product_that_cannot_be_is_not_asked_for)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/overview", 200, "{}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "fleet export"), CLI_USAGE);
	ASSERT_EXIT(&o.tool, operator_run(&o, "fleet export -p a&b=c"),
	            CLI_USAGE);
}
