#include "config.h"

#include "server/fleet/reach.h"
#include "server/fleet/share.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#define OTHER 99

static void set_batch(struct server *s, size_t device, int32_t batch)
{
	index_edit(&s->fleet->index, s->devices[device].index)->batch = batch;
	index_edit_end(&s->fleet->index);
}

static void see(struct server *s, size_t from, size_t to)
{
	struct wire_answer a;

	for (size_t i = from; i < to; i++)
		ck_assert_int_eq(server_checkin(s, i, WANT_NOTHING, &a), 0);
}

/* 20 devices in each of two cells; as many of another batch, of which one in
 * each was seen in the week before the start, and all came afterwards. */
static struct server *awoken(struct rollout **out)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 80);
	for (size_t i = 40; i < 80; i++)
		set_batch(s, i, OTHER);
	server_tick(s, 8 * FIXTURE_DAY_S * 1000);
	see(s, 0, 42);
	*out = server_start(s);
	see(s, 42, 80);
	server_tick(s, 1000);
	return s;
}

/* How many of a7/eu in this range confirm; the rest are told why not. */
static int confirm_eu(struct server *s, size_t from, size_t to)
{
	struct wire_answer a;
	int n = 0;

	for (size_t i = from; i < to; i += 2) {
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
		if (a.granted) {
			server_update(s, i, STEP_CONFIRMED);
			n++;
		} else {
			ck_assert_str_eq(a.why_code, "batch_share");
		}
	}
	return n;
}

TEST(a_batch_holds_its_share_of_a_cells_trials_and_no_more)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = awoken(&r);

	/* One of 21 seen: its share of 40 is 2, a fifth 8. */
	ck_assert_int_eq(reach_of_cell(r, 0), 40);
	ck_assert_int_eq(confirm_eu(s, 40, 80), 8);
	ck_assert_int_eq(engine_batch_trials(r->engine, 0, OTHER), 8);
	ck_assert_int_eq(confirm_eu(s, 0, 40), 20);
	/* Asking again changes nothing, and nobody waits for them. */
	ck_assert_int_eq(r->n_kept_out, 12);
	ck_assert_int_eq(confirm_eu(s, 56, 80), 0);
	ck_assert_int_eq(r->n_kept_out, 12);
}

TEST(who_was_kept_out_is_let_in_when_there_is_room)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = awoken(&r);

	ck_assert_int_eq(confirm_eu(s, 40, 80), 8);
	/* Its whole batch is known by now: what a new revision counts. */
	for (size_t i = 40; i < 80; i++)
		set_batch(s, i, s->fleet->index.items[0].batch);
	share_count(s->fleet, r);
	ck_assert_int_eq(confirm_eu(s, 56, 80), 12);
	ck_assert_int_eq(r->n_kept_out, 0);
}

TEST(a_fleet_of_one_batch_is_not_bound)
{
	SCOPED(server_free)
	struct server *s = server_new();
	size_t next = 0;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 40);
	(void)server_start(s);
	while (next < 40) {
		server_update(s, next, STEP_CONFIRMED);
		next += 2;
	}
}

TEST(who_enrolled_later_has_no_share_also_after_a_restart)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 4);
	(void)server_start(s);
	server_tick(s, 1000);
	server_enrol(s, 8);
	server_tick(s, 61000);
	server_restart(s);
	r = s->fleet->live.items[0];
	ck_assert_int_eq(
		by_batch_get(&r->shares, BY_BATCH_ALL_CELLS, -1).trials, 4);
	ck_assert_int_eq(by_batch_get(&r->shares, 0, -1).trials, 2);
}

TEST(who_was_not_seen_for_a_week_before_the_start_has_no_share)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;
	struct rollout *r;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 4);
	server_tick(s, 8 * FIXTURE_DAY_S * 1000);
	ck_assert_int_eq(server_checkin(s, 1, WANT_NOTHING, &a), 0);
	r = server_start(s);
	ck_assert_int_eq(
		by_batch_get(&r->shares, BY_BATCH_ALL_CELLS, -1).trials, 1);
}

TEST(a_batch_holds_its_share_of_the_slots_and_no_more)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;
	int granted = 0;
	struct err e;

	server_plan(&s->plan, 1);
	s->plan.gate.in_flight = 10;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 60);
	/* Seven of sixty: 2 of 10 slots by share, 3 at least. */
	for (size_t i = 40; i < 47; i++)
		set_batch(s, i, OTHER);
	r = server_start(s);
	for (size_t i = 0; i < 40; i++)
		server_update(s, i, STEP_CONFIRMED);
	for (size_t i = 40; i < 47; i++) {
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
		granted += a.granted;
	}
	ck_assert_int_eq(granted, 3);
	ck_assert_int_eq(engine_batch_open(r->engine, OTHER), 3);
}

TEST(trials_of_devices_that_went_away_do_not_use_up_the_rest)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct rollout *r;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	s->plan.stages[0].soak_s = 20 * FIXTURE_DAY_S;
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	server_enrol(s, 14);
	r = server_start(s);
	for (size_t i = 0; i < 12; i += 2)
		server_update(s, i, STEP_CONFIRMED);
	server_tick(s, 9 * FIXTURE_DAY_S * 1000);
	see(s, 12, 13);
	server_tick(s, 1000);
	ck_assert_int_eq(reach_of_cell(r, 0), 1);
	server_update(s, 12, STEP_CONFIRMED);
	ck_assert_int_eq(engine_batch_trials(r->engine, 0,
	                                     s->fleet->index.items[0].batch),
	                 7);
}
