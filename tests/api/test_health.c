#include "config.h"

#include "lib/base/mem.h"
#include "tests/api/world.h"
#include "tests/support/raw_http.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

TEST(readyz_has_every_role_s_seconds_and_the_metrics_the_same)
{
	static const char sample[] = "pawl_role_expiry_seconds{role=\"";
	SCOPED(api_free)
	struct api *a = api_published();
	size_t roles = 0;
	char *figures;

	ck_assert_int_eq(api_ops(a, "/metrics"), 200);
	figures = test_keep(xstrdup(buf_str(&a->body)));
	ck_assert_int_eq(api_ops(a, "/readyz"), 200);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&a->body),
	               "\"expires\":{\"root\":31536000,\"targets\":15552000,"));
	ck_assert_ptr_nonnull(
		strstr(buf_str(&a->body), "\"timestamp\":86400}}"));
	for (char *at = figures; (at = strstr(at, sample)) != NULL; roles++) {
		char role[64], member[128];
		int64_t left_s;

		at += sizeof(sample) - 1;
		ck_assert_int_eq(
			sscanf(at, "%63[^\"]\"} %" SCNd64, role, &left_s), 2);
		(void)snprintf(member, sizeof(member), "\"%s\":%" PRId64, role,
		               left_s);
		ck_assert_msg(strstr(buf_str(&a->body), member) != NULL, "%s",
		              member);
	}
	ck_assert_uint_eq(roles, 7);
}

TEST(readyz_that_is_red_has_the_seconds_too)
{
	SCOPED(api_free)
	struct api *a = api_new();

	ck_assert_int_eq(api_ops(a, "/readyz"), 503);
	ck_assert_ptr_nonnull(strstr(buf_str(&a->body), "\"expires\":{}}"));
}

#define ASK "GET /metadata/timestamp.json HTTP/1.1\r\nHost: x\r\n\r\n"

static void ask_on(struct raw_http *r)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};

	ck_assert_int_eq(raw_ask(&reply, r, ASK), 404);
}

TEST(idle_connections_leave_the_server_descriptors_for_its_files)
{
	/* (1024 - 256 - 4) / 2, and some that wait. */
	enum { FIT = 382, ALL = FIT + 60 };
	static struct raw_http r[ALL];
	struct rlimit limit = {512, 1024};
	SCOPED(api_free)
	struct api *a = NULL;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	a = api_new_with_two("threads", "1", "max_connections", "10000");
	for (size_t i = 0; i < ALL; i++)
		ck_assert_int_eq(raw_open(&r[i], app_port(&a->app)), 0);
	for (size_t i = 0; i < FIT; i++)
		ask_on(&r[i]);
	for (size_t i = FIT; i < ALL; i++)
		ck_assert_int_eq(raw_puts(&r[i], ASK), 0);
	ask_on(&r[0]);
	ck_assert_int_eq(api_ops(a, "/metrics"), 200);
	ck_assert_ptr_nonnull(strstr(
		buf_str(&a->body),
		test_keep(xasprintf("\npawl_http_connections %d\n", FIT))));
	/* Who waited is served when others leave. */
	for (size_t i = 0; i < FIT; i++)
		raw_close(&r[i]);
	for (size_t i = FIT; i < ALL; i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};

		ck_assert_int_eq(raw_read(&reply, &r[i], false), 0);
		raw_close(&r[i]);
	}
}
