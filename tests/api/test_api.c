#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "server/fleet/ask.h"
#include "server/fleet/publish.h"
#include "server/store/db.h"
#include "tests/api/world.h"
#include "tests/support/raw_http.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define GET(path) api_ask(a, "GET", path, a->admin, NULL)
#define POST(path, body) api_ask(a, "POST", path, a->admin, body)
#define REASON "{\"reason\":\"a test\"}"
#define NOBODY "po_nobody"
#define BATCH                                                             \
	"{\"id\":\"early\",\"product\":\"band\",\"hw\":[\"a7\"],"         \
	"\"regions\":[\"eu\"],\"channels\":[\"production\"],\"quota\":9," \
	"\"expires\":\"2026-12-01T00:00:00Z\",\"reason\":\"\"}"

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

TEST(blobs_are_asked_for_and_put_by_their_hash)
{
	SCOPED(api_free)
	struct api *a = api_published();
	SCOPED(free)
	char *here = xasprintf("/v1/admin/blobs/%s", a->plan.release_sha256);

	ck_assert_int_eq(GET(here), 200);
	ck_assert_int_eq(api_int(a, "length"), strlen(SERVER_FIRMWARE));
	ck_assert_int_eq(GET("/v1/admin/blobs/" FIXTURE_RUNNING), 404);
	ck_assert_int_eq(GET("/v1/admin/blobs/nohash"), 400);
	ck_assert_int_eq(api_put(a, FIXTURE_RUNNING, "other bytes"), 422);
	ck_assert_str_eq(api_text(a, "code"), "mismatch");
	ck_assert_int_eq(api_put(a, "nohash", "x"), 400);
}

TEST(a_publish_is_refused_with_the_client_s_own_words)
{
	static const char *const again[] = {"1.plans.band.json", NULL};
	static const char *const second[] = {"2.plans.band.json", NULL};
	static const char *const third[] = {"3.plans.band.json", NULL};
	static const unsigned plan_keys[] = {SERVER_KEY_PLANS,
	                                     SERVER_KEY_PLANS_2};
	SCOPED(api_free)
	struct api *a = api_published();

	ck_assert_int_eq(api_publish(a, again), 200);
	tuf_repo_set_signers(a->repo, "plans.band", NULL, 0);
	tuf_repo_publish(a->repo, "plans.band");
	ck_assert_int_eq(api_publish(a, second), 409);
	ck_assert_str_eq(api_text(a, "code"), "threshold");
	ck_assert_ptr_nonnull(strstr(api_text(a, "detail"), "0 of 2"));
	a->plan.rev = 2;
	tuf_repo_set_signers(a->repo, "plans.band", plan_keys, 2);
	free(server_repo_plan(a->repo, &a->plan));
	tuf_repo_publish(a->repo, "plans.band");
	ck_assert_int_eq(api_publish(a, third), 404);
	ck_assert_ptr_nonnull(strstr(api_text(a, "detail"), "spring.2.json"));
	ck_assert_int_eq(
		POST("/v1/admin/publish", "{\"files\":[],\"reason\":\"\"}"),
		400);
}

TEST(a_publish_of_bytes_that_are_not_what_is_signed_is_unprocessable)
{
	static const char *const second[] = {"2.releases.band.json", NULL};
	SCOPED(api_free)
	struct api *a = api_published();
	struct fw f;

	fixture_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "2.2.0");
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	/* The right hash, another length. */
	tuf_targets_put(tuf_repo_role(a->repo, "releases.band"),
	                "fw/band/2.2.0_app.bin", 5, a->plan.release_sha256,
	                custom);
	tuf_repo_publish(a->repo, "releases.band");
	ck_assert_int_eq(api_publish(a, second), 422);
}

/* Keeps the publisher's thread until it is let go. */
struct keeper {
	struct ask ask;
	sem_t here, go, done;
};

static int keep(struct fleet *f, struct ask *a, struct buf *out, struct err *e)
{
	struct keeper *k = a->ctx;

	(void)f;
	(void)out;
	(void)e;
	(void)sem_post(&k->here);
	while (sem_wait(&k->go) != 0)
		;
	return 0;
}

static void kept(struct ask *a, struct buf *out, const struct err *e)
{
	struct keeper *k = a->ctx;

	(void)out;
	(void)e;
	(void)sem_post(&k->done);
}

static void keeper_begin(struct keeper *k, struct api *a)
{
	struct err e = {0};

	*k = (struct keeper){.ask = {.run = keep, .done = kept, .ctx = k}};
	(void)sem_init(&k->here, 0, 0);
	(void)sem_init(&k->go, 0, 0);
	(void)sem_init(&k->done, 0, 0);
	ASSERT_OK(ask_publisher(&a->app.fleet, &k->ask, &e));
}

TEST(a_publish_is_asked_to_come_back_while_others_wait)
{
	static const char *const again[] = {"1.plans.band.json", NULL};
	struct keeper keepers[PUBLISH_WAITING_MAX + 1];
	SCOPED(api_free)
	struct api *a = api_published();

	for (size_t i = 0; i < ARRAY_LEN(keepers); i++) {
		keeper_begin(&keepers[i], a);
		if (i == 0)
			while (sem_wait(&keepers[i].here) != 0)
				;
	}
	ck_assert_int_eq(api_publish(a, again), 503);
	ck_assert_str_eq(api_text(a, "code"), "queue_full");
	for (size_t i = 0; i < ARRAY_LEN(keepers); i++)
		(void)sem_post(&keepers[i].go);
	for (size_t i = 0; i < ARRAY_LEN(keepers); i++)
		while (sem_wait(&keepers[i].done) != 0)
			;
	ck_assert_int_eq(api_publish(a, again), 200);
}

static enum err_kind no_space(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)what;
	return op == DB_BEGIN || op == DB_COMMIT ? ERR_NO_SPACE : ERR_NONE;
}

TEST(a_full_disk_is_told_and_seen_and_goes_away)
{
	static const char *const second[] = {"2.plans.band.json", NULL};
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);

	tuf_repo_publish(a->repo, "plans.band");
	db_set_hook(no_space, NULL);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(0, 1, "started")),
	                 507);
	ck_assert_int_eq(api_publish(a, second), 507);
	ck_assert_int_eq(api_ops(a, "/readyz"), 503);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "disk_full"));
	ck_assert_int_eq(POST("/v1/admin/rollouts/1/halt",
	                      "{\"hw\":\"a7\",\"region\":\"eu\","
	                      "\"reason\":\"smoke\"}"),
	                 200);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
	                         api_report_body(0, 1, "started")),
	                 200);
	ck_assert_int_eq(api_ops(a, "/readyz"), 200);
	ck_assert_int_eq(api_publish(a, second), 200);
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

/* Holds the porter up until the test lets it go. */
struct barrier {
	struct ask ask;
	sem_t in, out;
};

static int hold(struct fleet *f, struct ask *a, struct buf *out, struct err *e)
{
	struct barrier *b = a->ctx;

	(void)f;
	(void)out;
	(void)e;
	(void)sem_post(&b->in);
	(void)sem_wait(&b->out);
	return 0;
}

static void held(struct ask *a, struct buf *out, const struct err *e)
{
	(void)a;
	(void)out;
	(void)e;
}

TEST(an_upload_on_its_way_to_the_disk_holds_up_nobody)
{
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);
	struct raw_http uploads[4];
	struct barrier b = {.ask = {.run = hold, .done = held, .ctx = &b}};
	struct raw_reply reply = {0};
	char text[512];
	struct err e;

	(void)sem_init(&b.in, 0, 0);
	(void)sem_init(&b.out, 0, 0);
	ASSERT_OK(ask_porter(&a->app.fleet, &b.ask, &e));
	ck_assert_int_eq(sem_wait(&b.in), 0);
	(void)snprintf(text, sizeof(text),
	               "PUT /v1/admin/blobs/%s HTTP/1.1\r\nHost: t\r\n"
	               "Authorization: Bearer %s\r\nContent-Length: %zu\r\n"
	               "\r\n" SERVER_FIRMWARE,
	               a->plan.release_sha256, a->admin,
	               strlen(SERVER_FIRMWARE));
	/* More than there are loops. */
	for (size_t i = 0; i < ARRAY_LEN(uploads); i++) {
		ck_assert_int_eq(raw_open(&uploads[i], app_port(&a->app)), 0);
		ck_assert_int_eq(raw_puts(&uploads[i], text), 0);
	}
	for (int64_t i = 1; i < 20; i++) {
		ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
		                         api_checkin_body(a, NULL)),
		                 200);
		ck_assert_int_eq(api_ask(a, "POST", "/v1/reports", device,
		                         api_report_body(0, i, "started")),
		                 200);
	}
	/* None of them was answered yet. */
	for (size_t i = 0; i < ARRAY_LEN(uploads); i++)
		ck_assert_int_eq(
			recv(uploads[i].fd, text, 1, MSG_PEEK | MSG_DONTWAIT),
			-1);
	(void)sem_post(&b.out);
	for (size_t i = 0; i < ARRAY_LEN(uploads); i++) {
		ck_assert_int_eq(raw_read(&reply, &uploads[i], false), 0);
		ck_assert_int_eq(reply.status, 201);
		raw_reply_fini(&reply);
		reply = (struct raw_reply){0};
		raw_close(&uploads[i]);
	}
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
