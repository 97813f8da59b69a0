#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"

TEST(the_catalog_lists_releases_and_plans)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/catalog", 200,
	               "{\"products\":[{\"product\":\"coat\",\"releases\":[{"
	               "\"path\":"
	               "\"fw/coat/"
	               "1.2.0_a.bin\",\"version\":\"1.2.0\",\"sha256\":"
	               "\"00\",\"length\":52428800,\"counter\":3,\"hw\":["
	               "\"a1\"],"
	               "\"regions\":[\"*\"],\"built\":\"2026-02-01T00:00:00Z\"}"
	               "],"
	               "\"plans\":[{\"path\":\"plan/coat/"
	               "x.1.json\",\"id\":\"x\","
	               "\"rev\":1,\"kind\":\"install\",\"release\":"
	               "\"fw/coat/1.2.0_a.bin\",\"expires\":"
	               "\"2026-04-01T00:00:00Z\",\"channels\":[\"lab\"],\"hw\":"
	               "["
	               "\"a1\"],\"regions\":[\"eu\"],\"stages\":[]}]}]}"),
		CANNED("GET", "/v1/admin/catalog", 200, "{\"products\":[]}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "catalog"), CLI_OK);
	ASSERT_PRINTS(&o.tool, "fw/coat/1.2.0_a.bin  1.2.0    50.0 MiB        "
	                       "3  a1  *        2026-02-01T00:00:00Z\n");
	ASSERT_PRINTS(&o.tool, "plan/coat/x.1.json  install  "
	                       "fw/coat/1.2.0_a.bin  lab       a1  eu       "
	                       "2026-04-01T00:00:00Z\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "catalog"), CLI_OK);
	ASSERT_COMPLAINS(&o.tool, "no releases are published");
}
