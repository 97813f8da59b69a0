#include "config.h"

#include "tests/api/world.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"
#include "server/api/token_new.h"
#include "server/store/store.h"
#include "tests/support/raw_http.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Another program that uses this world has a log of its own. */
#ifndef API_LOG
#define API_LOG "tests/api/answers.jsonl"
#endif
#define LOG_PATH PAWL_BUILDDIR "/" API_LOG
#define BIG ((size_t)32 << 20)

/* Before the first test forks: each run has a log of its own. */
__attribute__((constructor)) static void begin_log(void)
{
	(void)unlink(LOG_PATH);
}

/* ---- Start ---- */

static void add_token(struct api *a, struct store *s,
                      char out[DEVICE_TOKEN_SIZE], const char *name,
                      unsigned scopes)
{
	int64_t now = clock_utc_ms(&a->clock.clock), key;
	struct token_row row;
	struct err e;

	ASSERT_OK(token_fill(&row, out, name, scopes, now + 86400000, now,
	                     &a->rng.rng));
	ASSERT_OK(tokens_add(&key, s, &row, &e));
}

static void add_tokens(struct api *a)
{
	struct store *s = NULL;
	struct err e;

	ASSERT_OK(fs_mkdirs(test_path("data"), 0700, &e));
	ASSERT_OK(
		store_open(&s, test_path("data/pawl.db"), &a->clock.clock, &e));
	add_token(a, s, a->admin, "alice",
	          SCOPE_READ | SCOPE_PUBLISH | SCOPE_ROLLOUT | SCOPE_HALT |
	                  SCOPE_FLEET | SCOPE_ADMIN);
	add_token(a, s, a->reader, "bob", SCOPE_READ);
	store_close(s);
}

static void set(struct api *a, const char *key, const char *value)
{
	struct err e;

	ASSERT_OK(conf_set(&a->conf, key, value, "test", &e));
}

struct api *api_new(void)
{
	return api_new_with("threads", "2");
}

struct api *api_new_with(const char *key, const char *value)
{
	return api_new_with_two(key, value, "threads", "2");
}

struct api *api_new_with_two(const char *key, const char *value,
                             const char *key_2, const char *value_2)
{
	struct api *a = xcalloc(1, sizeof(*a));
	struct err e;

	key_library_init();
	clock_manual_init(&a->clock, FIXTURE_T0_S * 1000);
	rng_seeded_init(&a->rng, 1);
	buf_init(&a->body, BIG);
	buf_init(&a->head, BIG);
	a->repo = server_repo_new(test_path("keys"));
	add_tokens(a);
	conf_init(&a->conf);
	set(a, "data_dir", test_path("data"));
	set(a, "online_keys", test_path("keys"));
	set(a, "listen", "127.0.0.1:0");
	set(a, "ops_listen", "127.0.0.1:0");
	set(a, "publish_max", "1048576");
	set(a, key, value);
	set(a, key_2, value_2);
	ASSERT_OK(conf_finish(&a->conf, &e));
	ASSERT_OK(
		app_start(&a->app, &a->conf, &a->clock.clock, &rng_system, &e));
	return a;
}

void api_free(struct api *a)
{
	if (a == NULL)
		return;
	app_stop(&a->app);
	conf_fini(&a->conf);
	tuf_repo_free(a->repo);
	plan_fini(&a->plan);
	free(a->plan_text);
	buf_fini(&a->body);
	buf_fini(&a->head);
	free(a);
}

/* ---- Asking ---- */

static void put_member(struct jw *w, const char *key, const struct raw_reply *r,
                       const char *header)
{
	char space[256];
	const char *v = raw_header(r, header, space, sizeof(space));

	if (v != NULL)
		jw_put_str(w, key, v);
	else
		jw_put_null(w, key);
}

static void note(const char *method, const char *path,
                 const struct raw_reply *r)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(BIG);
	char space[64];
	const char *type = raw_header(r, "Content-Type", space, sizeof(space));
	struct jw w;
	int fd;

	jw_init(&w, &line);
	jw_object(&w);
	jw_put_str(&w, "method", method);
	jw_put_str(&w, "path", path);
	jw_put_int(&w, "status", r->status);
	put_member(&w, "content_type", r, "Content-Type");
	if (type == NULL || strstr(type, "json") != NULL ||
	    strncmp(type, "text/", 5) == 0)
		jw_put_str(&w, "body", buf_str(&r->body));
	else
		jw_put_null(&w, "body");
	jw_end_object(&w);
	ck_assert(!buf_failed(&line));
	buf_putc(&line, '\n');
	fd = open(LOG_PATH, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert(write(fd, buf_str(&line), line.len) == (ssize_t)line.len);
	(void)close(fd);
}

static int ask(struct api *a, uint16_t port, const char *method,
               const char *path, const char *token, const char *head,
               const char *body)
{
	SCOPED(raw_close)
	struct raw_http http = {.fd = -1};
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(BIG);

	buf_printf(&text, "%s %s HTTP/1.1\r\nHost: t\r\n%s", method, path,
	           head);
	if (token != NULL)
		buf_printf(&text, "Authorization: Bearer %s\r\n", token);
	if (body != NULL)
		buf_printf(&text, "Content-Length: %zu\r\n", strlen(body));
	buf_puts(&text, "\r\n");
	if (body != NULL)
		buf_puts(&text, body);
	ck_assert_int_eq(raw_open(&http, port), 0);
	ck_assert_int_eq(raw_send(&http, buf_str(&text), text.len), 0);
	ck_assert_int_eq(raw_read(&reply, &http, strcmp(method, "HEAD") == 0),
	                 0);
	note(method, path, &reply);
	buf_reset(&a->body);
	buf_add(&a->body, buf_str(&reply.body), reply.body.len);
	buf_reset(&a->head);
	buf_add(&a->head, buf_str(&reply.head), reply.head.len);
	a->status = reply.status;
	return reply.status;
}

int api_ask_with(struct api *a, const char *method, const char *path,
                 const char *token, const char *head, const char *body)
{
	return ask(a, app_port(&a->app), method, path, token, head, body);
}

int api_ask(struct api *a, const char *method, const char *path,
            const char *token, const char *body)
{
	return api_ask_with(a, method, path, token, "", body);
}

int api_ops(struct api *a, const char *path)
{
	return ask(a, app_ops_port(&a->app), "GET", path, NULL, "", NULL);
}

const char *api_text(struct api *a, const char *key)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	const char *text;
	struct js_at root;
	struct err e;

	ASSERT_OK(js_parse(&doc, "answer", buf_str(&a->body), a->body.len, &e));
	root = js_root(&doc);
	ASSERT_OK(js_get_str(&text, &root, key, 65536, &e));
	return test_keep(xstrdup(text));
}

int64_t api_int(struct api *a, const char *key)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	int64_t n = 0;
	struct err e;

	ASSERT_OK(js_parse(&doc, "answer", buf_str(&a->body), a->body.len, &e));
	root = js_root(&doc);
	ASSERT_OK(js_get_int(&n, &root, key, -NUM_JSON_MAX, NUM_JSON_MAX, &e));
	return n;
}

/* ---- Publishing ---- */

char *api_files(struct api *a, const char *const *names)
{
	struct buf b = BUF_INIT(BIG);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	jw_key(&w, "files");
	jw_array(&w);
	for (; *names != NULL; names++) {
		const struct tuf_repo_file *f =
			tuf_repo_served(a->repo, *names);

		ck_assert_ptr_nonnull(f);
		jw_object(&w);
		jw_put_str(&w, "name", *names);
		jw_put_str(&w, "text", f->bytes);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_put_str(&w, "reason", "a test");
	jw_end_object(&w);
	return test_keep(buf_take(&b));
}

int api_publish(struct api *a, const char *const *names)
{
	return api_ask(a, "POST", "/v1/admin/publish", a->admin,
	               api_files(a, names));
}

int api_put(struct api *a, const char *sha256, const char *bytes)
{
	SCOPED(free)
	char *path = xasprintf("/v1/admin/blobs/%s", sha256);

	return api_ask(a, "PUT", path, a->admin, bytes);
}

struct api *api_published(void)
{
	static const char *const names[] = {"1.root.json", "1.targets.json",
	                                    "1.releases.band.json",
	                                    "1.plans.band.json", NULL};
	struct api *a = api_new();

	server_plan(&a->plan, 2);
	a->plan.gate.promote_by_hand = true;
	a->plan_text = server_repo_plan(a->repo, &a->plan);
	server_repo_release(a->repo);
	tuf_repo_publish_as(a->repo, "root", 1);
	tuf_repo_publish_as(a->repo, "targets", 1);
	tuf_repo_publish_as(a->repo, "releases.band", 1);
	tuf_repo_publish_as(a->repo, "plans.band", 1);
	ck_assert_int_eq(api_put(a, a->plan.release_sha256, SERVER_FIRMWARE),
	                 201);
	ck_assert_int_eq(api_put(a, a->plan.sha256, a->plan_text), 201);
	ck_assert_int_eq(api_publish(a, names), 200);
	return a;
}

/* ---- Devices ---- */

static void device_id(char hex[33], int device)
{
	struct wire_enrol in = server_enrolment(device);

	hex_encode(hex, in.id, sizeof(in.id));
}

char *api_enrol_body(const char *batch_token, int device, const char *region)
{
	char id[33];

	device_id(id, device);
	return test_keep(xasprintf(
		"{\"batch_token\":\"%s\",\"product\":\"band\",\"hw\":\"a7\","
		"\"region\":\"%s\",\"channel\":\"production\",\"id\":\"%s\"}",
		batch_token, region, id));
}

char *api_checkin_body(struct api *a, const char *want)
{
	SCOPED(view_put)
	struct view *v = view_get(&a->app.fleet.view);
	int64_t ts = v != NULL ? view_online(v)->timestamp_version : 0;
	bool asks = want != NULL;

	return test_keep(xasprintf(
		"{\"v\":1,\"nonce\":\"n\",\"root\":1,\"ts\":%" PRId64
		",\"running\":{\"sha256\":\"" FIXTURE_RUNNING
		"\",\"version\":\"2.0.0\",\"counter\":3},\"want\":%s%s%s,"
		"\"plan\":%s%s%s,\"attempt\":%s}",
		ts, asks ? "\"" : "", asks ? want : "null", asks ? "\"" : "",
		asks ? "\"" : "", asks ? a->plan.sha256 : "null",
		asks ? "\"" : "",
		asks && strcmp(want, "activate") == 0 ? "1" : "null"));
}

char *api_report_body(int device, int64_t seq, const char *step)
{
	char id[33];

	device_id(id, device);
	return test_keep(xasprintf(
		"{\"v\":1,\"id\":\"%s\",\"items\":[{\"seq\":%" PRId64
		",\"attempt\":null,\"plan\":null,\"image\":null,\"step\":"
		"\"%s\",\"code\":\"\",\"running\":\"" FIXTURE_RUNNING
		"\",\"counter\":3}]}",
		id, seq, step));
}

struct api *api_rolling(char device[DEVICE_TOKEN_SIZE])
{
	struct api *a = api_published();
	const char *batch;

	ck_assert_int_eq(
		api_ask(a, "POST", "/v1/admin/batches", a->admin,
	                "{\"id\":\"first\",\"product\":\"band\",\"hw\":[\"a7\"]"
	                ",\"regions\":[\"eu\",\"us\"],\"channels\":"
	                "[\"production\"],\"quota\":2,\"expires\":"
	                "\"2026-12-01T00:00:00Z\",\"reason\":\"\"}"),
		201);
	batch = api_text(a, "token");
	ck_assert_int_eq(api_ask(a, "POST", "/v1/enrol", NULL,
	                         api_enrol_body(batch, 0, "eu")),
	                 201);
	(void)snprintf(device, DEVICE_TOKEN_SIZE, "%s", api_text(a, "token"));
	ck_assert_int_eq(api_ask(a, "POST", "/v1/checkin", device,
	                         api_checkin_body(a, NULL)),
	                 200);
	clock_manual_advance(&a->clock, 1000);
	ck_assert_int_eq(api_ask(a, "POST", "/v1/admin/rollouts", a->admin,
	                         "{\"plan\":\"" SERVER_PLAN_PATH
	                         "\",\"reason\":\"\"}"),
	                 201);
	ck_assert_int_eq(api_int(a, "takes_over"), 0);
	return a;
}
