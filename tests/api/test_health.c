#include "config.h"

#include "lib/base/mem.h"
#include "tests/api/world.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
