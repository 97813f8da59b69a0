#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "server/fleet/ask.h"
#include "tests/api/world.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY "po_nobody"

TEST(before_the_first_publish_it_is_alive_and_not_ready)
{
	SCOPED(api_free)
	struct api *a = api_new();

	ck_assert_int_eq(api_ops(a, "/healthz"), 200);
	ck_assert_int_eq(api_ops(a, "/readyz"), 503);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "nothing_published"));
	ck_assert_int_eq(GET("/v1/admin/overview"), 200);
	ck_assert_int_eq(GET("/v1/admin/catalog"), 200);
	ck_assert_int_eq(GET("/metadata/timestamp.json"), 404);
}

TEST(after_it_everything_is_served)
{
	SCOPED(api_free)
	struct api *a = api_published();
	SCOPED(free)
	char *fw = xasprintf("/targets/fw/band/%s.2.1.0_app.bin",
	                     a->plan.release_sha256);

	ck_assert_int_eq(api_ops(a, "/readyz"), 200);
	ck_assert_int_eq(api_ops(a, "/metrics"), 200);
	ck_assert_int_eq(GET("/metadata/timestamp.json"), 200);
	ck_assert_int_eq(GET("/metadata/1.root.json"), 200);
	ck_assert_int_eq(GET("/metadata/2.root.json"), 404);
	ck_assert_int_eq(GET(fw), 200);
	ck_assert_str_eq(buf_str(&a->body), SERVER_FIRMWARE);
	ck_assert_int_eq(GET("/v1/admin/overview"), 200);
	ck_assert_int_eq(GET("/v1/admin/catalog"), 200);
	ck_assert_int_eq(GET("/"), 200);
	ck_assert_int_eq(GET("/v1/openapi.yaml"), 200);
}

TEST(a_fleet_and_a_rollout_are_exported_without_a_device_s_id)
{
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);

	ck_assert_int_eq(GET("/v1/admin/fleet?product=band"), 200);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&a->body), "\"devices\":1,\"seen_7d\":1,"));
	ck_assert_int_eq(GET("/v1/admin/fleet?product=none"), 200);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "\"cells\":[]"));
	ck_assert_int_eq(GET("/v1/admin/fleet"), 400);
	ck_assert_int_eq(GET("/v1/admin/fleet?product=No"), 400);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
	                         api_checkin_body(a, "start")),
	                 200);
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/halt",
	                      "{\"hw\":\"*\",\"region\":\"*\",\"reason\":"
	                      "\"a test\"}"),
	                 200);
	ck_assert_int_eq(GET("/v1/admin/rollouts/1/export"), 200);
	ck_assert_str_eq(api_text(a, "plan_sha256"), a->plan.sha256);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "\"head\":{"));
	ck_assert_int_eq(GET("/v1/admin/rollouts/1/export?after=1"), 200);
	ck_assert_ptr_null(strstr(buf_str(&a->body), "\"head\":{"));
	ck_assert_int_eq(GET("/v1/admin/rollouts/1/export?limit=0"), 400);
	ck_assert_int_eq(GET("/v1/admin/rollouts/9/export"), 404);
}

/* 206, 304 and 416 of one path. */
static void in_parts(struct api *a, const char *path)
{
	char space[128];
	const char *tag = strstr(buf_str(&a->head), "ETag: ");

	ck_assert_int_eq(GET(path), 200);
	tag = strstr(buf_str(&a->head), "ETag: ");
	ck_assert_ptr_nonnull(tag);
	(void)snprintf(space, sizeof(space), "If-None-Match: %.*s\r\n",
	               (int)strcspn(tag + 6, "\r"), tag + 6);
	ck_assert_int_eq(api_ask_with(a, "GET", path, NULL, space, NULL), 304);
	ck_assert_int_eq(api_ask_with(a, "GET", path, NULL,
	                              "Range: bytes=0-3\r\n", NULL),
	                 206);
	ck_assert_uint_eq(a->body.len, 4);
	ck_assert_int_eq(api_ask_with(a, "GET", path, NULL,
	                              "Range: bytes=99999999-\r\n", NULL),
	                 416);
	ck_assert_int_eq(api_ask(a, "HEAD", path, NULL, NULL), 200);
}

TEST(files_come_whole_in_parts_or_not_at_all)
{
	SCOPED(api_free)
	struct api *a = api_published();
	SCOPED(free)
	char *fw = xasprintf("/targets/fw/band/%s.2.1.0_app.bin",
	                     a->plan.release_sha256);

	in_parts(a, "/metadata/1.root.json");
	in_parts(a, "/metadata/timestamp.json");
	in_parts(a, fw);
	in_parts(a, "/");
	in_parts(a, "/static/app.js");
	in_parts(a, "/v1/openapi.yaml");
	ck_assert_int_eq(GET("/targets/fw/band/none.bin"), 404);
	ck_assert_int_eq(GET("/static/none.js"), 404);
}

TEST(who_works_on_the_dashboard_is_served_from_the_folder)
{
	struct err e;

	ASSERT_OK(
		fs_write(test_path("index.html"), "<p>mine</p>", 11, 0600, &e));
	SCOPED(api_free)
	struct api *a = api_new_with("web_root", test_dir());

	ck_assert_int_eq(GET("/"), 200);
	ck_assert_str_eq(buf_str(&a->body), "<p>mine</p>");
	ck_assert_int_eq(GET("/static/app.js"), 404);
	ck_assert_int_eq(GET("/v1/openapi.yaml"), 200);
}

TEST(an_unknown_path_or_method_is_told_so)
{
	SCOPED(api_free)
	struct api *a = api_new();

	ck_assert_int_eq(GET("/v1/none"), 404);
	ck_assert_int_eq(api_ask(a, "DELETE", "/v1/enrol", NULL, NULL), 405);
	ck_assert_int_eq(api_ask(a, "OPTIONS", "/v1/enrol", NULL, NULL), 204);
}

struct row {
	const char *method, *path;
	bool scoped; /* more than read is needed */
};

static const struct row admin_rows[] = {
	{"GET", "/v1/admin/overview", false},
	{"GET", "/v1/admin/catalog", false},
	{"GET", "/v1/admin/audit", false},
	{"GET", "/v1/admin/fleet?product=band", false},
	{"GET", "/v1/admin/blobs/" FIXTURE_RUNNING, true},
	{"PUT", "/v1/admin/blobs/" FIXTURE_RUNNING, true},
	{"POST", "/v1/admin/publish", true},
	{"GET", "/v1/admin/rollouts", false},
	{"POST", "/v1/admin/rollouts", true},
	{"GET", "/v1/admin/rollouts/1", false},
	{"GET", "/v1/admin/rollouts/1/export", false},
	{"POST", "/v1/admin/rollouts/1/pause", true},
	{"POST", "/v1/admin/rollouts/1/resume", true},
	{"POST", "/v1/admin/rollouts/1/promote", true},
	{"POST", "/v1/admin/rollouts/1/retry", true},
	{"POST", "/v1/admin/rollouts/1/exclude", true},
	{"POST", "/v1/admin/rollouts/1/include", true},
	{"POST", "/v1/admin/rollouts/1/halt", true},
	{"GET", "/v1/admin/devices", false},
	{"GET", "/v1/admin/devices/" FIXTURE_REPO, false},
	{"GET", "/v1/admin/devices/" FIXTURE_REPO "/why", false},
	{"POST", "/v1/admin/devices/" FIXTURE_REPO "/revoke", true},
	{"GET", "/v1/admin/batches", false},
	{"POST", "/v1/admin/batches", true},
	{"POST", "/v1/admin/batches/first/quarantine", true},
	{"GET", "/v1/admin/tokens", true},
	{"POST", "/v1/admin/tokens", true},
	{"POST", "/v1/admin/tokens/t/revoke", true},
	{"POST", "/v1/admin/clock/confirm", true},
};

static const char *body_of(const struct row *r)
{
	return strcmp(r->method, "GET") == 0 ? NULL : REASON;
}

TEST(every_admin_route_wants_a_token_and_its_scope)
{
	SCOPED(api_free)
	struct api *a = api_new();

	for (size_t i = 0; i < ARRAY_LEN(admin_rows); i++) {
		const struct row *r = &admin_rows[i];

		ck_assert_int_eq(
			api_ask(a, r->method, r->path, NULL, body_of(r)), 401);
		ck_assert_int_eq(
			api_ask(a, r->method, r->path, NOBODY, body_of(r)),
			401);
		if (r->scoped) {
			ck_assert_int_eq(api_ask(a, r->method, r->path,
			                         a->reader, body_of(r)),
			                 403);
			ck_assert_str_eq(api_text(a, "code"), "scope");
		}
	}
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", NULL, "{}"), 401);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", NULL, "{}"), 401);
	/* An operator is no device. */
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", a->admin, "{}"),
	                 401);
}

/* The head announces so many bytes; none of them is waited for. */
static int announce(struct api *a, const char *method, const char *path,
                    const char *token, uint64_t n)
{
	SCOPED(free)
	char *head = xasprintf("Content-Length: %" PRIu64 "\r\n", n);

	return api_ask_with(a, method, path, token, head, NULL);
}

TEST(a_body_beyond_its_route_s_limit_is_refused_unread)
{
	static const char *const device_paths[] = {"/v1/enrol", "/v1/checkin",
	                                           "/v1/reports"};
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);

	for (size_t i = 0; i < ARRAY_LEN(admin_rows); i++) {
		const struct row *r = &admin_rows[i];
		bool is_large = strcmp(r->method, "PUT") == 0 ||
		                strstr(r->path, "publish") != NULL;

		if (strcmp(r->method, "GET") == 0)
			continue;
		ck_assert_msg(
			announce(a, r->method, r->path, a->admin,
		                 is_large ? BODY_MEMORY_MAX + 1 : 20000) == 413,
			"%s: %d", r->path, a->status);
	}
	for (size_t i = 0; i < ARRAY_LEN(device_paths); i++)
		ck_assert_int_eq(
			announce(a, "POST", device_paths[i], device, 20000),
			413);
}

TEST(a_body_that_is_not_what_the_route_reads_is_refused)
{
	static const char *const bad[] = {"",
	                                  "{",
	                                  "[]",
	                                  "{\"reason\":1}",
	                                  "{\"reason\":\"a\",\"reason\":"
	                                  "\"b\"}",
	                                  "{\"reason\":\"\xff\"}"};
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);

	for (size_t k = 0; k < ARRAY_LEN(bad); k++) {
		for (size_t i = 0; i < ARRAY_LEN(admin_rows); i++) {
			const struct row *r = &admin_rows[i];

			if (strcmp(r->method, "POST") != 0 ||
			    strstr(r->path, FIXTURE_REPO) != NULL)
				continue;
			ck_assert_msg(POST(r->path, bad[k]) == 400, "%s %s: %d",
			              r->path, bad[k], a->status);
		}
		ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL, bad[k]),
		                 400);
		ck_assert_int_eq(
			api_ask(a, "POST", "/v1/checkin", device, bad[k]), 400);
		ck_assert_int_eq(
			api_ask(a, "POST", "/v1/reports", device, bad[k]), 400);
	}
}

TEST(a_clock_that_jumped_is_told_and_confirmed)
{
	SCOPED(api_free)
	struct api *a = api_published();

	ck_assert_int_eq(POST("/v1/admin/clock/confirm", REASON), 409);
	ck_assert_str_eq(api_text(a, "code"), "clock_fine");
	clock_manual_jump(&a->clock, a->clock.utc - 86400000);
	/* Its turn comes once a second of the running clock. */
	clock_manual_advance(&a->clock, 1000);
	for (int i = 0; i < 20 && api_ops(a, "/readyz") != 503; i++)
		ck_assert_int_eq(GET("/v1/admin/rollouts"), 200);
	ck_assert_int_eq(a->status, 503);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "[\"clock\"]"));
	ck_assert_ptr_nonnull(
		strstr(buf_str(&a->body), "pawlctl clock confirm"));
	ck_assert_int_eq(POST("/v1/admin/clock/confirm", REASON), 200);
	ck_assert_int_eq(api_ops(a, "/readyz"), 200);
	ck_assert_int_eq(GET("/v1/admin/audit"), 200);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "clock.confirm"));
}

/* A line of the Prometheus text format: name{label="value",…} integer. */
static bool is_sample(const char *line, char name[128])
{
	size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	char *end;

	(void)snprintf(name, 128, "%.*s", (int)n, line);
	if (n == 0 || n >= 128)
		return false;
	line += n;
	if (*line == '{') {
		n = strspn(line + 1, "abcdefghijklmnopqrstuvwxyz_");
		line += 1 + n;
		if (n == 0 || strncmp(line, "=\"", 2) != 0)
			return false;
		n = strcspn(line + 2, "\"\\\n");
		line += 2 + n;
		if (strncmp(line, "\"}", 2) != 0)
			return false;
		line += 2;
	}
	if (*line != ' ')
		return false;
	(void)strtoll(line + 1, &end, 10);
	return end != line + 1 && *end == '\0';
}

static long metric(struct api *a, const char *name)
{
	const char *line = NULL;

	ck_assert_int_eq(api_ops(a, "/metrics"), 200);
	line = strstr(buf_str(&a->body), test_keep(xasprintf("\n%s ", name)));
	ck_assert_msg(line != NULL, "%s", name);
	return strtol(strchr(line, ' '), NULL, 10);
}

TEST(the_metrics_count_requests_of_the_public_listener_and_what_was_refused)
{
	SCOPED(api_free)
	struct api *a = api_published();
	long requests = metric(a, "pawl_http_requests_total");
	long refusals = metric(a, "pawl_http_refusals_total");

	ck_assert_int_eq(GET("/metadata/1.root.json"), 200);
	ck_assert_int_eq(GET("/metadata/2.root.json"), 404);
	ck_assert_int_eq(metric(a, "pawl_http_requests_total"), requests + 2);
	ck_assert_int_eq(metric(a, "pawl_http_refusals_total"), refusals + 1);
	ck_assert_int_eq(metric(a, "pawl_http_failures_total"), 0);
}

TEST(the_metrics_are_prometheus_text_with_every_role_s_seconds)
{
	static const char *const roles[] = {
		"root\"} 31536000",          "targets\"} 15552000",
		"releases.band\"} 15552000", "plans.band\"} 7776000",
		"rollout.band\"} 86400",     "snapshot\"} 86400",
		"timestamp\"} 86400"};
	SCOPED(api_free)
	struct api *a = api_published();
	char described[128] = "", typed[128] = "", name[128];
	char *next, *line;

	ck_assert_int_eq(api_ops(a, "/metrics"), 200);
	ck_assert_ptr_nonnull(strstr(
		buf_str(&a->head), "text/plain; version=0.0.4; charset=utf-8"));
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		ck_assert_msg(
			strstr(buf_str(&a->body),
		               test_keep(xasprintf(
				       "\npawl_role_expiry_seconds{role=\"%s\n",
				       roles[i]))) != NULL,
			"%s", roles[i]);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body),
	                             "\npawl_trouble{what=\"clock\"} 0\n"));
	next = test_keep(xstrdup(buf_str(&a->body)));
	ck_assert_int_eq(next[strlen(next) - 1], '\n');
	next[strlen(next) - 1] = '\0';
	while ((line = strsep(&next, "\n")) != NULL) {
		if (sscanf(line, "# HELP %127s", name) == 1) {
			/* One description, before its samples. */
			ck_assert_str_ne(name, described);
			memcpy(described, name, sizeof(name));
		} else if (sscanf(line, "# TYPE %127s", name) == 1) {
			ck_assert_str_eq(name, described);
			memcpy(typed, name, sizeof(name));
		} else {
			ck_assert_msg(is_sample(line, name), "%s", line);
			ck_assert_str_eq(name, typed);
		}
	}
}

TEST(a_full_queue_says_come_again)
{
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);
	struct scribe *s = &a->app.fleet.scribe;
	int status = 0;

	/* The scribe counts anew when it wakes: at most once a second. */
	for (int i = 0; i < 10 && status != 503; i++) {
		lock_take(&s->lock);
		s->queued = SCRIBE_QUEUE_MAX;
		lock_drop(&s->lock);
		status = api_ask(a, "POST", "/v1/reports", device,
		                 api_report_body(0, 1, "started"));
	}
	ck_assert_int_eq(status, 503);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->head), "Retry-After: "));
}

TEST(a_device_enrols_checks_in_reports_and_is_explained)
{
	char device[DEVICE_TOKEN_SIZE], id[33], path[128];
	SCOPED(api_free)
	struct api *a = api_rolling(device);
	struct wire_enrol in = server_enrolment(0);

	for (size_t i = 0; i < 16; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", in.id[i]);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
	                         api_checkin_body(a, "start")),
	                 200);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "\"attempt\":1"));
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
	                         api_checkin_body(a, "activate")),
	                 200);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(0, 1, "started")),
	                 200);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(0, 1, "started")),
	                 200);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(0, 1, "failed")),
	                 409);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(5, 2, "failed")),
	                 403);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(0, 100000, "failed")),
	                 422);
	(void)snprintf(path, sizeof(path), "/v1/admin/devices/%s", id);
	ck_assert_int_eq(GET(path), 200);
	ck_assert_int_eq(api_int(a, "clone_alarms"), 1);
	(void)snprintf(path, sizeof(path), "/v1/admin/devices/%s/why", id);
	ck_assert_int_eq(GET(path), 200);
	(void)snprintf(path, sizeof(path), "/v1/admin/devices/%s/revoke", id);
	ck_assert_int_eq(POST(path, "{"), 400);
	ck_assert_int_eq(POST(path, REASON), 200);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
	                         api_checkin_body(a, NULL)),
	                 401);
	ck_assert_int_eq(GET("/v1/admin/devices"), 200);
	ck_assert_int_eq(GET("/v1/admin/devices?limit=1&product=band"), 200);
	ck_assert_int_eq(GET("/v1/admin/devices?limit=x"), 400);
	ck_assert_int_eq(GET("/v1/admin/devices/" FIXTURE_REPO), 404);
	ck_assert_int_eq(GET("/v1/admin/devices/" FIXTURE_REPO "/why"), 404);
	ck_assert_int_eq(
		POST("/v1/admin/devices/" FIXTURE_REPO "/revoke", REASON), 404);
}

/* A path that fits the pattern. */
static void fill(char out[256], const char *pattern)
{
	size_t n = 0;

	for (; *pattern != '\0'; pattern++) {
		out[n++] = *pattern == '{' ? '1' : *pattern;
		if (*pattern == '{')
			pattern = strchr(pattern, '}');
	}
	out[n] = '\0';
}

TEST(an_address_that_asks_too_often_is_told_when_to_come_again)
{
	SCOPED(api_free)
	struct api *a =
		api_new_with_two("limit_loopback", "yes", "address_rate", "2");
	char path[256];

	ck_assert_int_eq(GET("/v1/admin/overview"), 200);
	ck_assert_int_eq(GET("/v1/admin/overview"), 200);
	for (size_t i = 0; i < api_n_routes; i++) {
		const struct route *r = &api_routes[i];
		bool free = r->access == ANYONE && r->method == GET;

		fill(path, r->pattern);
		/* A wrong token costs as much as a right one. */
		ck_assert_int_eq(api_ask(a, method_name(r->method), path,
		                         i % 2 == 0 ? NOBODY : a->admin,
		                         r->method == GET ? NULL : "{}") == 429,
		                 !free);
		if (!free)
			ck_assert_str_eq(api_text(a, "code"), "rate_limited");
	}
	ck_assert_int_eq(GET("/v1/admin/overview"), 429);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->head), "Retry-After: 30\r\n"));
	ck_assert_ptr_nonnull(strstr(api_text(a, "detail"), "2 requests"));
	clock_manual_advance(&a->clock, 30000);
	ck_assert_int_eq(GET("/v1/admin/overview"), 200);
	ck_assert_int_eq(GET("/v1/admin/overview"), 429);
}

TEST(loopback_speaks_for_everybody_and_is_not_counted)
{
	SCOPED(api_free)
	struct api *a = api_new_with("address_rate", "2");

	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(GET("/v1/admin/overview"), 200);
}

TEST(a_device_and_an_operator_that_ask_too_often_wait_and_others_do_not)
{
	char first[DEVICE_TOKEN_SIZE], second[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a =
		api_new_with_two("device_rate", "3", "operator_rate", "4");
	const char *batch;

	ck_assert_int_eq(POST("/v1/admin/batches", BATCH), 201);
	batch = api_text(a, "token");
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(batch, 0, "eu")),
	                 201);
	(void)snprintf(first, sizeof(first), "%s", api_text(a, "token"));
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(batch, 1, "eu")),
	                 201);
	(void)snprintf(second, sizeof(second), "%s", api_text(a, "token"));
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", first,
		                         api_checkin_body(a, NULL)),
		                 i < 3 ? 200 : 429);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->head), "Retry-After: 20\r\n"));
	/* What does not get in is not stored either. */
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", first,
	                         api_report_body(0, 1, "started")),
	                 429);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", second,
	                         api_checkin_body(a, NULL)),
	                 200);
	for (int i = 1; i < 6; i++)
		ck_assert_int_eq(GET("/v1/admin/overview"), i < 4 ? 200 : 429);
	ck_assert_int_eq(
		api_ask(a, "GET", "/v1/admin/overview", a->reader, NULL), 200);
	clock_manual_advance(&a->clock, 20000);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", first,
	                         api_report_body(0, 1, "started")),
	                 200);
}

TEST(a_device_with_a_key_and_an_alarm_is_shown_with_both)
{
	static const char running[] =
		"\"running\":{\"sha256\":\"" FIXTURE_RUNNING
		"\",\"version\":\"2.0.0\",\"counter\":3},\"want\":null,"
		"\"plan\":null,\"attempt\":null";
	SCOPED(api_free)
	struct api *a = api_new();
	char key[65], sig[129], id[33], device[DEVICE_TOKEN_SIZE], path[128];
	struct wire_enrol in = server_enrolment(0);

	memset(key, 'a', 64);
	memset(sig, 'b', 128);
	key[64] = sig[128] = '\0';
	hex_encode(id, in.id, sizeof(in.id));
	ck_assert_int_eq(POST("/v1/admin/batches", BATCH), 201);
	ck_assert_int_eq(
		api_ask(a, "POST", "/v1/enrol", NULL,
	                test_keep(xasprintf(
				"{\"batch_token\":\"%s\",\"product\":\"band\","
				"\"hw\":\"a7\",\"region\":\"eu\",\"channel\":"
				"\"production\",\"id\":\"%s\",\"key\":\"%s\"}",
				api_text(a, "token"), id, key))),
		201);
	(void)snprintf(device, sizeof(device), "%s", api_text(a, "token"));
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
	                         test_keep(xasprintf(
					 "{\"v\":1,\"nonce\":\"n\",\"root\":1,"
					 "\"ts\":0,%s,\"alarm\":"
					 "\"threshold\"}",
					 running))),
	                 200);
	ck_assert_int_eq(
		api_ask(a, "POST", "/v1/reports", device,
	                test_keep(xasprintf(
				"{\"v\":1,\"id\":\"%s\",\"items\":[{\"seq\":1,"
				"\"attempt\":null,\"plan\":null,\"image\":null,"
				"\"step\":\"started\",\"running\":"
				"\"" FIXTURE_RUNNING
				"\",\"counter\":3}],\"sig\":\"%s\"}",
				id, sig))),
		403);
	ck_assert_str_eq(api_text(a, "code"), "report_signature");
	(void)snprintf(path, sizeof(path), "/v1/admin/devices/%s", id);
	ck_assert_int_eq(GET(path), 200);
	ck_assert_str_eq(api_text(a, "public_key"), key);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&a->body), "\"code\":\"threshold\""));
	ck_assert_int_eq(GET("/v1/admin/audit"), 200);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "device.alarm"));
}

TEST(a_server_that_wants_signatures_takes_no_others)
{
	SCOPED(api_free)
	struct api *a = api_new_with("signed_reports", "yes");
	const char *batch, *device;

	ck_assert_int_eq(POST("/v1/admin/batches", BATCH), 201);
	batch = api_text(a, "token");
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(batch, 0, "eu")),
	                 201);
	device = api_text(a, "token");
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(0, 1, "started")),
	                 403);
	ck_assert_str_eq(api_text(a, "code"), "report_unsigned");
}
