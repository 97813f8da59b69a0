#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"
#include "tests/unit/pawlctl/rollout.h"

#include <string.h>

#define OVERVIEW(ready, trouble, solo, expires, rollouts)                     \
	"{\"time\":\"2026-03-01T00:00:00Z\",\"repo\":\"00ff\",\"solo\":" solo \
	",\"ready\":" ready ",\"trouble\":[" trouble "],\"advice\":[" trouble \
	"],\"warnings\":[\"plans.coat expires in 9 days\"],"                  \
	"\"alarms\":3,\"root_version\":2,\"timestamp_version\":128,"          \
	"\"timestamp_expires\":\"" expires "\",\"devices\":200,"              \
	"\"seen_24h\":198,\"reports_stored\":400,\"rollouts\":"               \
	"[" rollouts "],\"events\":[{\"number\":1,\"at\":"                    \
	"\"2026-03-01T00:00:00Z\",\"actor\":\"5d0c\",\"actor_name\":"         \
	"\"alice\",\"action\":"                                               \
	"\"publish\",\"object\":\"12\",\"reason\":\"june\"}]}"

TEST(status_is_the_server_its_rollouts_and_last_events)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/overview", 200,
	               OVERVIEW("true", "", "false", "2026-03-01T23:00:00Z",
	                        ROLLOUT("running", "0", "11", ""))),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "status"), CLI_OK);
	ck_assert(strncmp(o.tool.out, "ready\n", 6) == 0);
	ASSERT_PRINTS(&o.tool, "\n  soon: plans.coat expires in 9 days\n");
	ASSERT_PRINTS(&o.tool, "alarms        3\n");
	ASSERT_PRINTS(&o.tool, "reports       400\n");
	ASSERT_PRINTS(&o.tool, "repository    00ff\n");
	ASSERT_PRINTS(&o.tool, "timestamp     128\n");
	ASSERT_PRINTS(&o.tool, "seen in 24 h  198\n");
	ASSERT_PRINTS(&o.tool, "next expiry   2026-03-01T23:00:00Z (in 23h)\n");
	ASSERT_PRINTS(&o.tool, "7    coat     1.2.0    x       1  running  "
	                       "1/2 1%");
	ASSERT_PRINTS(&o.tool, "2026-03-01T00:00:00Z  alice  publish  12      "
	                       "june\n");
	ck_assert_ptr_null(strstr(o.tool.out, "SOLO"));
}

TEST(status_puts_trouble_first)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/overview", 200,
	               OVERVIEW("false", "\"disk full\",\"signer\\u001b\"",
	                        "true", "2026-02-28T23:00:00Z", "")),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "status"), CLI_OK);
	ck_assert(strncmp(o.tool.out,
	                  "NOT READY: disk full,signer?\nSOLO: ", 35) == 0);
	ASSERT_PRINTS(&o.tool, "\n  disk full\n  signer?\n");
	ASSERT_PRINTS(&o.tool, "(EXPIRED)");
}

#define R ROLLOUT("completed", "1", "9", "")
#define R6 R "," R "," R "," R "," R "," R

TEST(status_stays_on_one_screen)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/overview", 200,
	               OVERVIEW("true", "", "false", "2026-03-01T23:00:00Z",
	                        R6 "," R6)),
	};
	size_t lines = 0;
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "status"), CLI_OK);
	ASSERT_PRINTS(&o.tool, "and 2 more: pawlctl rollout list\n");
	for (const char *p = o.tool.out; *p != '\0'; p++)
		lines += *p == '\n';
	ck_assert_uint_le(lines, 40);
}
