#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

#define DEVICE(revoked, more)                                              \
	"{\"key\":3,\"id\":\"00aa\",\"product\":\"coat\",\"hw\":\"a1\","   \
	"\"region\":\"eu\",\"channel\":\"lab\",\"label\":\"bench 4\","     \
	"\"batch\":\"june\",\"enrolled\":\"2026-02-01T00:00:00Z\","        \
	"\"last_seen\":null,\"running\":{\"sha256\":\"ff00\",\"version\":" \
	"\"1.1.0\",\"counter\":2},\"seq\":41,\"attempt\":null,"            \
	"\"clone_alarms\":0,\"revoked\":" revoked more "}"

TEST(devices_are_listed_page_by_page)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/devices?limit=50", 200,
	               "{\"devices\":[" DEVICE("null", "") "],\"next\":3}"),
		CANNED("GET", "/v1/admin/devices?limit=2&after=3&product=coat",
	               200, "{\"devices\":[],\"next\":null}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "device list"), CLI_OK);
	ck_assert_str_eq(o.tool.out, "ID    PRODUCT  HW  REGION  CHANNEL  "
	                             "RUNNING  LAST SEEN  LABEL\n"
	                             "00aa  coat     a1  eu      lab      "
	                             "1.1.0    -          bench 4\n");
	ck_assert_str_eq(o.tool.err, "there are more: --after 3\n");
	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "device list -n 2 --after 3 -p coat"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.err, "no devices\n");
}

TEST(a_device_is_shown_with_its_last_reports)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/devices/00aa", 200,
	               DEVICE("null", ",\"reports\":[{\"received\":\"2026-03-"
	                              "01T00:00:00Z\","
	                              "\"seq\":41,\"attempt\":11,\"step\":"
	                              "\"confirmed\","
	                              "\"code\":\"ok\",\"late\":false}]")),
		CANNED("GET", "/v1/admin/devices/00bb", 404,
	               "{\"code\":\"not_found\",\"detail\":\"device 00bb: "
	               "there is "
	               "none\"}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "device show 00aa"), CLI_OK);
	ASSERT_PRINTS(&o.tool, "label         bench 4\n");
	ASSERT_PRINTS(&o.tool, "running sha256   ff00\n");
	ASSERT_PRINTS(&o.tool, "2026-03-01T00:00:00Z   41       11  confirmed  "
	                       "ok    no\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "device show 00bb"),
	            CLI_NOT_FOUND);
}

TEST(a_device_is_revoked)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/devices/00aa/revoke", 200,
	               DEVICE("\"2026-03-01T00:00:00Z\"", "")),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "device revoke 00aa -r stolen"),
	            CLI_OK);
	ASSERT_PRINTS(&o.tool, "revoked       2026-03-01T00:00:00Z\n");
	ck_assert_str_eq(canned_request(o.server, 0)->body,
	                 "{\"reason\":\"stolen\"}");
}

TEST(why_tells_the_decision_and_its_steps)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/devices/00aa/why", 200,
	               "{\"device\":\"00aa\",\"decision\":{\"code\":\"bucket\","
	               "\"check\":3,\"text\":\"its bucket comes with a later "
	               "stage\","
	               "\"rule\":0,\"bucket\":123456,\"ppm\":20000},\"plan\":"
	               "\"plan/coat/"
	               "x.1.json\",\"grant\":{\"code\":\"not_asked\","
	               "\"text\":\"no grant: the device wants "
	               "none\"},\"trial\":{"
	               "\"rollout\":7,\"attempt\":11,\"step\":\"granted\"},"
	               "\"steps\":"
	               "[{\"text\":\"rule 1 has it in "
	               "scope\"},{\"text\":\"stage 1 "
	               "of 2\"}]}"),
		CANNED("GET", "/v1/admin/devices/00aa/why", 200,
	               "{\"device\":\"00aa\",\"decision\":{\"code\":\"no_"
	               "rule\","
	               "\"check\":null,\"text\":\"no rule\"},\"plan\":null,"
	               "\"grant\":null,\"trial\":null,\"steps\":[]}"),
		CANNED("GET", "/v1/admin/devices/00aa/why", 200,
	               "{\"device\":1}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "why 00aa"), CLI_OK);
	ck_assert_str_eq(
		o.tool.out,
		"device    00aa\n"
		"decision  its bucket comes with a later stage (bucket, check "
		"3)\n"
		"bucket    at 12.3456% of the fleet; the stage has those below "
		"2%\n"
		"plan      plan/coat/x.1.json\n"
		"grant     no grant: the device wants none (not_asked)\n"
		"trial     rollout 7, attempt 11, granted\n"
		"\n"
		"  1. rule 1 has it in scope\n"
		"  2. stage 1 of 2\n");
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "why 00aa"), CLI_OK);
	ck_assert_str_eq(o.tool.out, "device    00aa\n"
	                             "decision  no rule (no_rule)\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "why 00aa"), CLI_FAILED);
	ASSERT_COMPLAINS(&o.tool, "'decision' is missing");
}

TEST(a_device_s_alarm_is_shown)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/devices/00aa", 200,
	               DEVICE("null",
	                      ",\"alarm\":{\"code\":\"threshold\",\"at\":"
	                      "\"2026-03-01T00:00:00Z\",\"now\":true},"
	                      "\"public_key\":\"ab\",\"reports\":[]")),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "device show 00aa"), CLI_OK);
	ASSERT_PRINTS(&o.tool, "alarm        threshold\n");
	ASSERT_PRINTS(&o.tool, "alarm since  2026-03-01T00:00:00Z\n");
	ASSERT_PRINTS(&o.tool, "public key    ab\n");
}
