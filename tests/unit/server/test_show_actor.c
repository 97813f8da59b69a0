#include "config.h"

#include "server/show/show.h"
#include "server/store/audit.h"
#include "server/store/tokens.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <string.h>

#define ID "5d0c96a1f2e84b73"

static struct server *with_a_token(void)
{
	const struct token_row t = {.id = ID,
	                            .hash = {1},
	                            .name = "ana's laptop",
	                            .scopes = "[\"admin\"]",
	                            .expires_ms = 2,
	                            .created_ms = 1};
	struct server *s = server_new();
	struct err e;
	int64_t key;

	ASSERT_OK(tokens_add(&key, s->fleet->store, &t, &e));
	return s;
}

static const char *shown(struct server *s, const char *actor)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1024);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	show_actor(&w, s->fleet, "actor", actor);
	jw_end_object(&w);
	return test_keep(buf_take(&b));
}

TEST(who_acted_is_shown_by_id_and_by_the_token_s_name)
{
	SCOPED(server_free)
	struct server *s = with_a_token();
	struct err e;

	ck_assert_str_eq(shown(s, ID), "{\"actor\":\"" ID "\",\"actor_name\":"
	                               "\"ana's laptop\"}");
	ASSERT_OK(tokens_revoke(s->fleet->store, ID, 3, &e));
	ck_assert_str_eq(shown(s, ID), "{\"actor\":\"" ID "\",\"actor_name\":"
	                               "\"ana's laptop (revoked)\"}");
}

TEST(the_server_itself_and_an_unknown_token_are_shown_by_what_they_are)
{
	SCOPED(server_free)
	struct server *s = with_a_token();

	ck_assert_str_eq(shown(s, "engine"),
	                 "{\"actor\":\"engine\",\"actor_name\":\"engine\"}");
	ck_assert_str_eq(shown(s, "00c96a1f2e84b73d"),
	                 "{\"actor\":\"00c96a1f2e84b73d\",\"actor_name\":"
	                 "\"00c96a1f2e84b73d\"}");
}

TEST(the_audit_log_and_rollouts_are_shown_with_names)
{
	SCOPED(server_free)
	struct server *s = with_a_token();
	const struct audit_row row = {.at_ms = 1000,
	                              .actor = ID,
	                              .action = "publish",
	                              .object = "",
	                              .reason = "",
	                              .request_id = "",
	                              .detail = "{}"};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	struct rollout *r;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 2);
	(void)server_start(s);
	r = s->fleet->live.items[0];
	memcpy(r->created_by, ID, sizeof(ID));
	ASSERT_OK(audit_add(NULL, s->fleet->store, &row, &e));
	ASSERT_OK(show_overview(&b, s->fleet, &e));
	ck_assert_ptr_nonnull(strstr(buf_str(&b), "\"created_by\":\"" ID
	                                          "\",\"created_by_name"
	                                          "\":\"ana's laptop\""));
	ck_assert_ptr_nonnull(strstr(
		buf_str(&b), "\"actor\":\"" ID "\",\"actor_name\":\"ana's "
			     "laptop\",\"action\":\"publish\""));
}
