#include "config.h"

#include "lib/base/mem.h"
#include "tests/api/world.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(batches_are_made_used_up_and_quarantined)
{
	static const char first[] =
		"{\"id\":\"second\",\"product\":\"band\",\"hw\":[\"a7\"],"
		"\"regions\":[\"eu\"],\"channels\":[\"production\"],"
		"\"quota\":1,\"expires\":\"2026-12-01T00:00:00Z\","
		"\"reason\":\"\"}";
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);
	const char *token;

	ck_assert_int_eq(POST("/v1/admin/batches", first), 201);
	token = api_text(a, "token");
	ck_assert_int_eq(POST("/v1/admin/batches", first), 409);
	ck_assert_int_eq(GET("/v1/admin/batches"), 200);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body("pb_none", 3, "eu")),
	                 401);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(token, 3, "us")),
	                 403);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(token, 0, "eu")),
	                 409);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(token, 3, "eu")),
	                 201);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(token, 4, "eu")),
	                 403);
	ck_assert_int_eq(POST("/v1/admin/batches/second/quarantine", REASON),
	                 200);
	ck_assert_int_eq(POST("/v1/admin/batches/none/quarantine", REASON),
	                 404);
	ck_assert_int_eq(GET("/v1/admin/batches"), 200);
}

TEST(operators_tokens_are_made_shown_once_and_revoked)
{
	char path[128];
	SCOPED(api_free)
	struct api *a = api_new();
	const char *token, *id;

	ck_assert_int_eq(POST("/v1/admin/tokens",
	                      "{\"name\":\"carol\",\"scopes\":[\"halt\"],"
	                      "\"expires\":\"2027-01-01T00:00:00Z\","
	                      "\"reason\":\"\"}"),
	                 201);
	token = api_text(a, "token");
	id = api_text(a, "id");
	ck_assert_int_eq(api_ask(a, "GET", "/v1/admin/overview", token, NULL),
	                 200);
	ck_assert_int_eq(GET("/v1/admin/tokens"), 200);
	ck_assert_ptr_null(strstr(buf_str(&a->body), token));
	(void)snprintf(path, sizeof(path), "/v1/admin/tokens/%s/revoke", id);
	ck_assert_int_eq(POST(path, REASON), 200);
	ck_assert_int_eq(api_ask(a, "GET", "/v1/admin/overview", token, NULL),
	                 401);
	ck_assert_int_eq(POST("/v1/admin/tokens/none/revoke", REASON), 404);
	ck_assert_int_eq(GET("/v1/admin/tokens"), 200);
}

TEST(an_operators_token_is_nobodys_from_its_date_on)
{
	const char *token;
	SCOPED(api_free)
	struct api *a = api_new();

	ck_assert_int_eq(POST("/v1/admin/tokens",
	                      "{\"name\":\"carol\",\"scopes\":[\"halt\"],"
	                      "\"expires\":\"2026-12-01T00:00:00Z\","
	                      "\"reason\":\"\"}"),
	                 201);
	token = api_text(a, "token");
	clock_manual_advance(
		&a->clock, (INT64_C(1796083200) - FIXTURE_T0_S) * 1000 - 1000);
	ck_assert_int_eq(api_ask(a, "GET", "/v1/admin/overview", token, NULL),
	                 200);
	clock_manual_advance(&a->clock, 1000);
	ck_assert_int_eq(api_ask(a, "GET", "/v1/admin/overview", token, NULL),
	                 401);
}

TEST(the_audit_log_has_every_deed_in_pages)
{
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);

	ck_assert_int_eq(
		POST("/v1/admin/rollouts/1/pause", "{\"reason\":\"lunch\"}"),
		200);
	ck_assert_int_eq(GET("/v1/admin/audit?limit=1"), 200);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "lunch"));
	ck_assert_int_gt(api_int(a, "next"), 0);
	ck_assert_int_eq(GET("/v1/admin/audit"), 200);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "batch.new"));
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "rollout.start"));
	ck_assert_int_eq(GET("/v1/admin/audit?limit=0"), 400);
}

/* Every row of a list, two at a time. */
static size_t walk(struct api *a, const char *noun, const char *member)
{
	size_t rows = 0;
	char path[128];
	int64_t after = 0;
	bool more = true;

	for (int pages = 0; more && pages < 20; pages++) {
		const char *at;

		(void)snprintf(path, sizeof(path),
		               "/v1/admin/%s?limit=2&after=%" PRId64, noun,
		               after);
		ck_assert_int_eq(GET(path), 200);
		for (at = buf_str(&a->body); (at = strstr(at, member)) != NULL;
		     at++)
			rows++;
		more = strstr(buf_str(&a->body), "\"next\":null") == NULL;
		if (more)
			after = api_int(a, "next");
	}
	ck_assert(!more);
	return rows;
}

TEST(batches_and_tokens_come_in_pages)
{
	static const char *const bad[] = {"?limit=0", "?limit=1001", "?after=x",
	                                  "?limit=1&limit=2"};
	SCOPED(api_free)
	struct api *a = api_new();
	char body[512], path[64];

	for (int i = 0; i < 5; i++) {
		(void)snprintf(body, sizeof(body),
		               "{\"id\":\"b%d\",\"product\":\"band\","
		               "\"hw\":[\"a7\"],\"regions\":[\"eu\"],"
		               "\"channels\":[\"lab\"],\"quota\":1,"
		               "\"expires\":\"2026-12-01T00:00:00Z\","
		               "\"reason\":\"\"}",
		               i);
		ck_assert_int_eq(POST("/v1/admin/batches", body), 201);
		(void)snprintf(body, sizeof(body),
		               "{\"name\":\"n%d\",\"scopes\":[\"read\"],"
		               "\"expires\":\"2026-12-01T00:00:00Z\","
		               "\"reason\":\"\"}",
		               i);
		ck_assert_int_eq(POST("/v1/admin/tokens", body), 201);
	}
	ck_assert_uint_eq(walk(a, "batches", "\"id\":"), 5);
	/* And the two that were there. */
	ck_assert_uint_eq(walk(a, "tokens", "\"id\":"), 7);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		(void)snprintf(path, sizeof(path), "/v1/admin/batches%s",
		               bad[i]);
		ck_assert_int_eq(GET(path), 400);
		(void)snprintf(path, sizeof(path), "/v1/admin/tokens%s",
		               bad[i]);
		ck_assert_int_eq(GET(path), 400);
	}
}
