#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/online.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <string.h>

#define HOUR_S INT64_C(3600)

/* A maker of one's own over the fixture's set, keys and journal. */
struct bench {
	struct server *s;
	struct online_maker maker;
	struct set *set;
	struct online_rollout rollout;
	struct view *view;
};

static void begin(struct bench *b)
{
	struct err e;

	*b = (struct bench){.s = server_new()};
	ASSERT_OK(server_publish_first(b->s, &e));
	b->view = view_get(&b->s->fleet->view);
	b->set = view_set(b->view);
	b->maker = (struct online_maker){
		.signer = &b->s->fleet->signer,
		.journal = &b->s->fleet->journal,
		.lives = {24 * HOUR_S, 24 * HOUR_S, 24 * HOUR_S, 0},
		.now_s = FIXTURE_T0_S,
	};
	b->rollout = (struct online_rollout){.product = FIXTURE_PRODUCT,
	                                     .plan_path = SERVER_PLAN_PATH};
}

static void end(struct bench *b)
{
	view_put(b->view);
	server_free(b->s);
}

static struct online *make(struct bench *b, const struct online *previous)
{
	struct err e = {0};
	struct online *o =
		online_new(&b->maker, b->set, previous, &b->rollout, 1, &e);

	ck_assert_msg(o != NULL, "%s", e.msg);
	return o;
}

static int64_t version(const struct online *o, const char *role)
{
	return online_role(o, role)->version;
}

static int64_t expires(const struct online *o, const char *role)
{
	return file_expires_s(online_role(o, role));
}

TEST(what_says_the_same_and_is_young_is_kept)
{
	struct bench b;
	struct online *o, *same, *changed;

	begin(&b);
	o = make(&b, NULL);
	b.maker.now_s += 8 * HOUR_S - 1;
	same = make(&b, o);
	for (size_t i = 0; i < o->n_files; i++)
		ck_assert_ptr_eq(same->files[i], o->files[i]);
	b.rollout.hold = true;
	changed = make(&b, same);
	for (size_t i = 0; i < o->n_files; i++)
		ck_assert_int_gt(changed->files[i]->version,
		                 o->files[i]->version);
	online_unref(changed);
	online_unref(same);
	online_unref(o);
	end(&b);
}

TEST(a_third_of_a_life_renews_and_jitter_does_so_earlier)
{
	struct bench b;
	struct online *o, *early, *late;

	begin(&b);
	o = make(&b, NULL);
	b.maker.now_s += 8 * HOUR_S - 600;
	b.maker.early_ppm = 50000; /* of 8 hours: 24 minutes */
	early = make(&b, o);
	ck_assert_int_gt(version(early, "timestamp"), version(o, "timestamp"));
	b.maker.early_ppm = 0;
	late = make(&b, o);
	ck_assert_int_eq(version(late, "timestamp"), version(o, "timestamp"));
	online_unref(late);
	online_unref(early);
	online_unref(o);
	end(&b);
}

TEST(with_a_clock_in_doubt_only_what_changed_is_signed_as_it_would_expire)
{
	struct bench b;
	struct online *o, *same, *changed;

	begin(&b);
	o = make(&b, NULL);
	b.maker.keep_expiry = true;
	b.maker.now_s += 1000 * HOUR_S;
	same = make(&b, o);
	ck_assert_int_eq(version(same, "timestamp"), version(o, "timestamp"));
	b.rollout.hold = true;
	changed = make(&b, o);
	ck_assert_int_gt(version(changed, "timestamp"),
	                 version(o, "timestamp"));
	ck_assert_int_eq(expires(changed, "timestamp"),
	                 expires(o, "timestamp"));
	ck_assert_int_eq(expires(changed, "rollout.band"),
	                 expires(o, "rollout.band"));
	online_unref(changed);
	online_unref(same);
	online_unref(o);
	end(&b);
}

TEST(what_was_signed_ahead_of_now_or_for_a_longer_life_is_renewed)
{
	struct bench b;
	struct online *o, *again;

	begin(&b);
	b.maker.now_s += 48 * HOUR_S;
	o = make(&b, NULL);
	b.maker.now_s -= 48 * HOUR_S;
	ck_assert(online_is_due(o, &b.maker.lives, 0, b.maker.now_s));
	again = make(&b, o);
	ck_assert_int_eq(expires(again, "timestamp"),
	                 b.maker.now_s + 24 * HOUR_S);
	ck_assert(!online_is_due(again, &b.maker.lives, 0, b.maker.now_s));
	b.maker.lives.timestamp_s = 6 * HOUR_S;
	ck_assert(online_is_due(again, &b.maker.lives, 0, b.maker.now_s));
	online_unref(again);
	online_unref(o);
	end(&b);
}

TEST(versions_go_above_the_previous_and_the_journal)
{
	struct bench b;
	struct online *o, *next;
	int64_t handed;
	struct err e;

	begin(&b);
	o = make(&b, NULL);
	ASSERT_OK(
		journal_version(b.maker.journal, "timestamp", 0, &handed, &e));
	ck_assert_int_gt(handed, version(o, "timestamp"));
	b.rollout.hold = true;
	next = make(&b, o);
	ck_assert_int_gt(version(next, "timestamp"), handed);
	online_unref(next);
	online_unref(o);
	end(&b);
}

TEST(without_a_key_nothing_is_made)
{
	struct bench b;
	struct signer none = {0};
	struct err e = {0};

	begin(&b);
	b.maker.signer = &none;
	ck_assert_ptr_null(
		online_new(&b.maker, b.set, NULL, &b.rollout, 1, &e));
	ck_assert_str_eq(e.code, "no_online_key");
	end(&b);
}

TEST(seventeen_rollouts_of_one_channel_are_too_many)
{
	struct online_rollout many[STATE_RULES_MAX + 1];
	struct bench b;
	struct err e = {0};

	begin(&b);
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = b.rollout;
	ck_assert_ptr_null(
		online_new(&b.maker, b.set, NULL, many, ARRAY_LEN(many), &e));
	ck_assert_str_eq(e.code, "too_many_rollouts");
	end(&b);
}

TEST(files_from_before_come_back_as_they_were)
{
	struct bench b;
	struct online *o, *back;
	struct err e;

	begin(&b);
	o = make(&b, NULL);
	back = online_begin(b.set, o->n_files, 2);
	for (size_t i = 0; i < o->n_files; i++)
		ASSERT_OK(online_add_file(
			back, o->files[i]->name, o->files[i]->version,
			o->files[i]->bytes, o->files[i]->len, &e));
	ASSERT_OK(online_add_state(back, o->states[0].path, o->states[0].bytes,
	                           o->states[0].len, &e));
	ck_assert_int_eq(back->timestamp_version, o->timestamp_version);
	ck_assert_str_eq(back->states[0].name, o->states[0].name);
	ck_assert_ptr_eq(back->states[0].world.rules[0].plan,
	                 o->states[0].world.rules[0].plan);
	ASSERT_ERR(online_add_state(back, "rollout/band/x.json", "{}", 2, &e),
	           ERR_INVALID);
	ASSERT_ERR(online_add_file(back, "1.snapshot.json", 1, "{}", 2, &e),
	           ERR_INVALID);
	online_unref(back);
	online_unref(o);
	end(&b);
}
