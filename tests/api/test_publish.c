#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/fleet/ask.h"
#include "server/publish/publish.h"
#include "server/store/db.h"
#include "tests/api/world.h"
#include "tests/support/db_fail.h"
#include "tests/support/raw_http.h"
#include "tests/support/runner.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

/* No folder of the name's two digits is flushed. */
static int no_names(void *ctx, enum fs_op op, const char *path)
{
	const char *end = strstr(path, "/blobs/");

	(void)ctx;
	return op == FS_SYNC_DIR && end != NULL && strlen(end) == 9 ? EIO : 0;
}

TEST(an_upload_whose_name_may_be_lost_is_not_said_to_be_kept)
{
	char sha256[SHA256_HEX_SIZE];
	SCOPED(api_free)
	struct api *a = api_new();

	hash_sha256_hex(sha256, "firmware", 8);
	fs_set_hook(no_names, NULL);
	ck_assert_int_eq(api_put(a, sha256, "firmware"), 500);
	fs_set_hook(NULL, NULL);
	ck_assert_int_eq(api_put(a, sha256, "firmware"), 201);
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
	ck_assert_ptr_nonnull(strstr(buf_str(&a->head), "Retry-After: 5\r\n"));
	for (size_t i = 0; i < ARRAY_LEN(keepers); i++)
		(void)sem_post(&keepers[i].go);
	for (size_t i = 0; i < ARRAY_LEN(keepers); i++)
		while (sem_wait(&keepers[i].done) != 0)
			;
	ck_assert_int_eq(api_publish(a, again), 200);
}

TEST(a_full_disk_is_told_and_seen_and_goes_away)
{
	static const char *const second[] = {"2.plans.band.json", NULL};
	char device[DEVICE_TOKEN_SIZE];
	SCOPED(api_free)
	struct api *a = api_rolling(device);

	tuf_repo_publish(a->repo, "plans.band");
	db_set_hook(db_no_space, NULL);
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
