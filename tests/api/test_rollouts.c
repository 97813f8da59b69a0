#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "tests/api/world.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(a_rollout_is_started_paused_resumed_promoted_and_halted)
{
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);

	ck_assert_int_eq(GET("/v1/admin/rollouts"), 200);
	ck_assert_int_eq(GET("/v1/admin/rollouts/1"), 200);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/pause", REASON), 200);
	ck_assert_str_eq(api_text(a, "state"), "paused");
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/pause", REASON), 409);
	ck_assert_str_eq(api_text(a, "code"), "wrong_state");
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/promote", REASON), 409);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/resume", REASON), 200);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/resume", REASON), 409);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/promote", REASON), 200);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/halt",
	                      "{\"hw\":\"a7\",\"region\":\"*\","
	                      "\"reason\":\"smoke\"}"),
	                 200);
	ck_assert_str_eq(api_text(a, "state"), "halted");
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/halt",
	                      "{\"hw\":\"z9\",\"region\":\"*\","
	                      "\"reason\":\"\"}"),
	                 400);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/resume", REASON), 409);
	ck_assert_int_eq(POST("/v1/admin/rollouts",
	                      "{\"plan\":\"" SERVER_PLAN_PATH
	                      "\",\"reason\":\"\"}"),
	                 409);
	ck_assert_int_eq(POST("/v1/admin/rollouts",
	                      "{\"plan\":\"plan/band/none.1.json\","
	                      "\"reason\":\"\"}"),
	                 404);
	ck_assert_int_eq(GET("/v1/admin/overview"), 200);
}

TEST(a_device_is_left_out_and_let_in_again)
{
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);
	struct wire_enrol in = server_enrolment(0);
	char id[33];

	hex_encode(id, in.id, sizeof(in.id));
	SCOPED(free)
	char *body = xasprintf("{\"device\":\"%s\",\"reason\":\"bench\"}", id);

	ck_assert_int_eq(POST("/v1/admin/rollouts/1/include", body), 409);
	ck_assert_str_eq(api_text(a, "code"), "not_excluded");
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/exclude", body), 200);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/exclude", body), 409);
	ck_assert_str_eq(api_text(a, "code"), "already_excluded");
	ck_assert_int_eq(GET("/v1/admin/rollouts/1"), 200);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/include", body), 200);
	ck_assert_int_eq(
		POST("/v1/admin/rollouts/1/exclude",
	             "{\"device\":\"00000000000000000000000000000000\","
	             "\"reason\":\"bench\"}"),
		404);
}

TEST(a_retry_is_granted_to_what_failed_and_refused_where_nothing_did)
{
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);
	struct wire_enrol in = server_enrolment(0);
	char id[33];

	ck_assert_int_eq(POST("/v1/admin/rollouts/1/retry",
	                      "{\"hw\":\"*\",\"region\":\"*\","
	                      "\"reason\":\"again\"}"),
	                 409);
	ck_assert_str_eq(api_text(a, "code"), "nothing_to_retry");
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/retry",
	                      "{\"hw\":\"z9\",\"region\":\"*\","
	                      "\"reason\":\"again\"}"),
	                 400);
	ck_assert_str_eq(api_text(a, "code"), "unknown_scope");
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
	                         api_checkin_body(a, "start")),
	                 200);
	hex_encode(id, in.id, sizeof(in.id));
	SCOPED(free)
	char *failed = xasprintf(
		"{\"v\":1,\"id\":\"%s\",\"items\":[{\"seq\":1,\"attempt\":1,"
		"\"plan\":\"%s\",\"image\":null,\"step\":\"failed\","
		"\"code\":\"boot\",\"running\":\"" FIXTURE_RUNNING
		"\",\"counter\":3}]}",
		id, a->plan.sha256);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device, failed),
	                 200);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/retry",
	                      "{\"hw\":\"a7\",\"region\":\"eu\","
	                      "\"reason\":\"again\"}"),
	                 200);
	ck_assert_int_eq(api_int(a, "may_retry"), 1);
}

TEST(a_rollout_that_is_not_there_is_not_found)
{
	static const char *const verbs[] = {"pause", "resume", "promote"};
	SCOPED(api_free)
	struct api *a = api_published();

	ck_assert_int_eq(GET("/v1/admin/rollouts/7"), 404);
	ck_assert_int_ge(GET("/v1/admin/rollouts/x"), 400);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		SCOPED(free)
		char *path = xasprintf("/v1/admin/rollouts/7/%s", verbs[i]);

		ck_assert_int_eq(POST(path, REASON), 404);
	}
	ck_assert_int_eq(POST("/v1/admin/rollouts/7/halt",
	                      "{\"hw\":\"*\",\"region\":\"*\","
	                      "\"reason\":\"\"}"),
	                 404);
	ck_assert_int_eq(POST("/v1/admin/rollouts/7/retry",
	                      "{\"hw\":\"*\",\"region\":\"*\","
	                      "\"reason\":\"\"}"),
	                 404);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			POST(i == 0 ? "/v1/admin/rollouts/7/exclude"
		                    : "/v1/admin/rollouts/7/include",
		             "{\"device\":\"00000000000000000000000000000000\""
		             ",\"reason\":\"bench\"}"),
			404);
}
