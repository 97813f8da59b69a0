#include "config.h"

#include "lib/base/mem.h"
#include "server/publish/publish.h"
#include "server/repo/gate_lint.h"
#include "server/show/show.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	return s;
}

/* As pawlctl would: what the answer says. */
static int publish_text(struct server *s, const char *name, struct buf *out,
                        struct err *e)
{
	const struct tuf_repo_file *f = tuf_repo_served(s->repo, name);
	struct deed deed = server_deed("publish");
	struct file *file = file_new(name, 0, f->bytes, f->len, e);
	int result = publish(s->fleet, &file, 1, &deed, out, e);

	file_unref(file);
	return result;
}

TEST(what_a_client_would_refuse_is_refused_in_the_words_of_the_rule)
{
	static const struct {
		const char *code, *role, *from, *to, *says;
	} cases[] = {
		/* clang-format off */
		{"expires_form", "plans.band", "00:00Z", "00:00.000Z", "hurts python-tuf 7.0.0, go-tuf 2.4.2"},
		{"json_float", "releases.band", "\"length\":", "\"length\":1.0e", "hurts python-tuf"},
		{"terminating", "targets", "\"terminating\":true", "\"terminating\":1", "signed.delegations.roles[0].terminating"},
		{"consistent_missing", "root", "\"consistent_snapshot\":true,", "", "go-tuf 2.4.2, tuf-js 5.0.1"},
		{"keyid_mismatch", "root", "\"keytype\":\"ed25519\"", "\"keytype\":\"ml-dsa\"", "tough 0.24.0"},
		{"hash_form", "releases.band", "\"sha256\":\"", "\"sha256\":\"F", "tough 0.24.0"},
		{"target_chars", "plans.band", "plan/band/", "plan/b#nd/", "plan/b#nd/"},
		{"threshold_unmet", "root", "\"threshold\":2", "\"threshold\":9", "9 of 2 keys can not sign"},
		{"threshold_zero", "targets", "\"threshold\":2", "\"threshold\":0", "at least 1"},
		{"role_top_level", "targets", "\"name\":\"plans.band\"", "\"name\":\"timestamp\"", "timestamp"},
		/* clang-format on */
	};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(free)
		char *name = xasprintf("2.%s.json", cases[i].role);
		int64_t version = 0;

		tuf_repo_publish_as(s->repo, cases[i].role, 2);
		tuf_repo_edit(s->repo, name, cases[i].from, cases[i].to);
		ck_assert_msg(SERVER_PUBLISH(s, name) != 0, "%s went through",
		              cases[i].code);
		ck_assert_msg(strcmp(e.code, cases[i].code) == 0,
		              "%s instead of %s: %s", e.code, cases[i].code,
		              e.msg);
		ASSERT_SAYS(cases[i].says);
		ASSERT_OK(published_version(&version, s->fleet->store,
		                            cases[i].role, &e));
		ck_assert_int_eq(version, 1);
		ck_assert_uint_eq(s->fleet->trouble, 0);
	}
}

/* Its id is right, and a threshold of others signs: one is too many already. */
TEST(a_key_of_a_type_that_python_tuf_does_not_know_is_refused)
{
	static const char object[] = "{\"keytype\":\"ml-dsa\",\"keyval\":{"
				     "\"public\":\"00\"},\"scheme\":"
				     "\"ml-dsa-44\"}";
	SCOPED(server_free)
	struct server *s = published();
	struct key_public k = {0};
	struct err e;

	(void)snprintf(k.object, sizeof(k.object), "%s", object);
	hash_sha256_hex(k.id, object, strlen(object));
	tuf_root_add_key(&s->repo->root, TUF_TARGETS, &k);
	tuf_repo_publish(s->repo, "root");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "key_type_unknown");
	ASSERT_SAYS("hurts python-tuf 7.0.0, go-tuf 2.4.2");
}

/* A root of more than 80 % of 512,000 bytes; valid, and signed. */
static void fat_root(struct server *s)
{
	const struct tuf_repo_file *f = tuf_repo_served(s->repo, "1.root.json");
	const char *body = strstr(f->bytes, "\"signed\":") + 9;
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);

	buf_puts(&b, "{\"pad\":\"");
	for (int i = 0; i < 41000; i++)
		buf_puts(&b, "0123456789");
	buf_printf(&b, "\",%.*s",
	           (int)(strstr(body, "\"version\":1}") - body - 1), body + 1);
	buf_puts(&b, "\"version\":2}");
	tuf_repo_craft(s->repo, "root", "2.root.json", buf_str(&b));
}

TEST(a_file_near_a_clients_limit_is_published_with_a_warning)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	fat_root(s);
	ASSERT_OK(publish_text(s, "2.root.json", &out, &e));
	ck_assert_msg(strstr(buf_str(&out),
	                     "\"warnings\":[{\"code\":\"size_near\",\"text\":"
	                     "\"2.root.json: 41") != NULL,
	              "%s", buf_str(&out));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"python-tuf 7.0.0\""));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"remedy\":\"Plan bins"));
}

static bool overview_says(struct server *s, const char *what)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	ASSERT_OK(show_overview(&out, s->fleet, &e));
	return strstr(buf_str(&out), what) != NULL;
}

TEST(what_the_last_publish_was_warned_of_stays_on_the_overview)
{
	static const char says[] = "\"publish_warnings\":[\"2.root.json: 41";
	static const char silent[] = "\"publish_warnings\":[]";
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	ck_assert(overview_says(s, silent));
	fat_root(s);
	ASSERT_OK(publish_text(s, "2.root.json", &out, &e));
	ck_assert(overview_says(s, says));
	ck_assert(overview_says(s, "(size_near)\""));
	server_crash(s);
	ck_assert(overview_says(s, says));
}

/* plans.band of more than 80 % of 5,000,000 bytes. */
static void fat_plans(struct server *s)
{
	const struct tuf_repo_file *f;
	const char *body;
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(5 << 20);

	tuf_repo_publish_as(s->repo, "plans.band", 2);
	f = tuf_repo_served(s->repo, "2.plans.band.json");
	body = strstr(f->bytes, "\"signed\":") + 9;
	buf_puts(&b, "{\"pad\":\"");
	for (int i = 0; i < 410000; i++)
		buf_puts(&b, "0123456789");
	buf_printf(&b, "\",%.*s", (int)strlen(body) - 2, body + 1);
	tuf_repo_craft(s->repo, "plans.band", "2.plans.band.json", buf_str(&b));
}

TEST(what_stays_published_is_weighed_again_with_what_comes)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	fat_plans(s);
	ASSERT_OK(publish_text(s, "2.plans.band.json", &out, &e));
	tuf_repo_publish(s->repo, "root");
	buf_fini(&out);
	buf_init(&out, 1 << 20);
	ASSERT_OK(publish_text(s, "2.root.json", &out, &e));
	ck_assert_msg(strstr(buf_str(&out),
	                     "\"warnings\":[{\"code\":\"size_near\",\"text\":"
	                     "\"2.plans.band.json: 41") != NULL,
	              "%s", buf_str(&out));
}

TEST(a_publish_without_findings_says_so)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	tuf_repo_publish(s->repo, "root");
	ASSERT_OK(publish_text(s, "2.root.json", &out, &e));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"warnings\":[]"));
}

TEST(an_accepted_warning_is_not_repeated)
{
	static const char *const accepted[] = {"size_near", NULL};
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	s->fleet->config.lint_accept = accepted;
	fat_root(s);
	ASSERT_OK(publish_text(s, "2.root.json", &out, &e));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"warnings\":[]"));
}

TEST(what_is_visible_now_and_signed_online_breaks_no_rule)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	SCOPED(lint_fini)
	struct lint l;
	struct err e;

	lint_init(&l, LINT_MAINSTREAM);
	gate_lint_files(&l, view_set(v)->roots, view_set(v)->n_roots, NULL);
	for (size_t i = 0; i < view_set(v)->n_roles; i++)
		gate_lint_files(&l, &view_set(v)->roles[i].file, 1, NULL);
	gate_lint_view(&l, v, NULL);
	ASSERT_OK(lint_verdict(&l, &e));
	if (l.len > 0)
		ck_abort_msg("%s", l.items[0].text);
	ck_assert_uint_ge(l.n_files, 7);
	ck_assert(l.has_snapshot);
}

TEST(what_was_looked_at_when_it_came_is_only_weighed)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	SCOPED(lint_fini)
	struct lint l;

	lint_init(&l, LINT_ALL_CLIENTS);
	gate_lint_files(&l, view_set(v)->roots, view_set(v)->n_roots, v);
	ck_assert_uint_eq(l.n_files, 0);
	gate_lint_view(&l, v, v);
	/* Only targets delegates; its globs are news to rust-tuf alone. */
	ck_assert_uint_gt(l.len, 0);
	for (size_t i = 0; i < l.len; i++)
		ck_assert_str_eq(l.items[i].file, "1.targets.json");
}

TEST(lint_accept_takes_codes_of_warnings_only)
{
	struct gate_accept a;
	struct err e;

	ASSERT_OK(gate_accept_init(&a, "", &e));
	ck_assert_ptr_null(a.codes[0]);
	gate_accept_fini(&a);
	ASSERT_OK(gate_accept_init(&a, "overlap,size_near", &e));
	ck_assert_str_eq(a.codes[1], "size_near");
	ck_assert_ptr_null(a.codes[2]);
	gate_accept_fini(&a);
	ASSERT_ERR(gate_accept_init(&a, "overlap,terminating", &e),
	           ERR_INVALID);
	ASSERT_SAYS("'terminating' is no warning");
	gate_accept_fini(&a);
	ASSERT_ERR(gate_accept_init(&a, "overlap,", &e), ERR_INVALID);
	gate_accept_fini(&a);
}
