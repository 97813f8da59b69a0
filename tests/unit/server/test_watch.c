#include "config.h"

#include "lib/base/mem.h"
#include "server/show/watch.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <string.h>

#define DAY_MS (INT64_C(86400) * 1000)

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	return s;
}

static const struct watch_role *role(const struct watch *w, const char *name)
{
	for (size_t i = 0; i < w->len; i++)
		if (strcmp(w->items[i].role, name) == 0)
			return &w->items[i];
	ck_abort_msg("%s is not watched", name);
}

/* The clock goes on and the scribe does nothing. */
static void hang(struct server *s, int64_t ms)
{
	clock_manual_advance(&s->clock, ms);
}

static char *advice(struct server *s)
{
	struct buf b = BUF_INIT(1 << 20);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	watch_put(&w, s->fleet);
	watch_put_advice(&w, s->fleet);
	jw_end_object(&w);
	return test_keep(buf_take(&b));
}

TEST(every_role_s_seconds_are_seen)
{
	static const struct {
		const char *role;
		int64_t left_s;
	} rows[] = {
		{"root", 365 * 86400},          {"targets", 180 * 86400},
		{"releases.band", 180 * 86400}, {"plans.band", 90 * 86400},
		{"rollout.band", 86400},        {"snapshot", 86400},
		{"timestamp", 86400},
	};
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(watch_fini)
	struct watch w = {0};

	watch_look(&w, s->fleet);
	ck_assert_uint_eq(w.len, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_str_eq(w.items[i].role, rows[i].role);
		ck_assert_int_eq(w.items[i].left_s, rows[i].left_s);
		ck_assert_int_eq(w.items[i].level, WATCH_FINE);
	}
}

TEST(a_server_with_nothing_published_watches_nothing)
{
	SCOPED(server_free)
	struct server *s = server_new();
	SCOPED(watch_fini)
	struct watch w = {0};

	watch_look(&w, s->fleet);
	ck_assert_uint_eq(w.len, 0);
	ck_assert_uint_eq(watch_trouble(s->fleet), TROUBLE_NOTHING_PUBLISHED);
}

TEST(a_scribe_that_hangs_is_red_eight_hours_before_the_end)
{
	SCOPED(server_free)
	struct server *s = published();

	hang(s, 16 * 3600 * 1000);
	ck_assert_uint_eq(watch_trouble(s->fleet), 0);
	hang(s, 1000);
	ck_assert_uint_eq(watch_trouble(s->fleet), TROUBLE_EXPIRY);
	ck_assert_ptr_nonnull(
		strstr(advice(s), "timestamp expires in 7 hours"));
	/* It was the scribe who could mend it, and does. */
	server_tick(s, 1000);
	ck_assert_uint_eq(watch_trouble(s->fleet), 0);
}

TEST(an_offline_role_warns_for_a_month_and_is_red_for_its_last_week)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(watch_fini)
	struct watch w = {0};

	for (int day = 0; day < 61; day++)
		server_tick(s, DAY_MS);
	watch_look(&w, s->fleet);
	ck_assert_int_eq(role(&w, "plans.band")->level, WATCH_WARN);
	ck_assert_int_eq(role(&w, "targets")->level, WATCH_FINE);
	ck_assert_uint_eq(watch_trouble(s->fleet), 0);
	ck_assert_ptr_nonnull(strstr(advice(s),
	                             "\"advice\":[],\"warnings\":[\"plans.band "
	                             "expires in 29 days: its key holders"));
	for (int day = 61; day < 84; day++)
		server_tick(s, DAY_MS);
	ck_assert_uint_eq(watch_trouble(s->fleet), TROUBLE_EXPIRY);
	ck_assert_ptr_nonnull(strstr(advice(s),
	                             "\"advice\":[\"plans.band expires in 6 "
	                             "days"));
	for (int day = 84; day < 92; day++)
		server_tick(s, DAY_MS);
	ck_assert_ptr_nonnull(strstr(advice(s), "plans.band has expired"));
}

TEST(each_trouble_has_its_word_and_says_who_must_act)
{
	SCOPED(server_free)
	struct server *s = published();

	for (unsigned i = 0; watch_word(i) != NULL; i++) {
		char *said;

		s->fleet->trouble = 1u << i;
		said = advice(s);
		ck_assert_ptr_nonnull(strstr(said, watch_word(i)));
		if (1u << i != TROUBLE_EXPIRY)
			ck_assert_msg(strstr(said, "administrator") != NULL ||
			                      strstr(said, "engineer") != NULL,
			              "%s", said);
	}
	s->fleet->trouble = 0;
}

TEST(the_bins_of_any_role_are_one_row)
{
	SCOPED(server_free)
	struct server *s = published();
	struct tuf_repo *r = s->repo;
	SCOPED(watch_fini)
	struct watch w = {0};
	struct err e;
	size_t bins = 0;

	tuf_repo_delegate(r, "targets", "docs", "docs/*", true, 40);
	tuf_repo_split(r, "docs", "docs.bin", 1, 40);
	tuf_repo_publish(r, "targets");
	tuf_repo_publish(r, "docs");
	tuf_repo_publish(r, "docs.bin-0");
	tuf_repo_publish(r, "docs.bin-1");
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "1.docs.json",
	                         "1.docs.bin-0.json", "1.docs.bin-1.json"));
	watch_look(&w, s->fleet);
	for (size_t i = 0; i < w.len; i++)
		bins += strstr(w.items[i].role, ".bin-") != NULL;
	ck_assert_uint_eq(bins, 1);
	ck_assert_int_gt(role(&w, "docs.bin-*")->left_s, 0);
}
