#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/judge.h"
#include "server/fleet/reach.h"
#include "server/show/show.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>

/* Devices that are in memory only, all seen and on the disk as far as anybody
 * knows: a fleet that costs a test nothing. */
static void pretend(struct server *s, size_t n)
{
	struct index *x = &s->fleet->index;
	struct device_rec like = index_get(x, 0), d;
	size_t dirty;
	struct image m;

	for (size_t i = 0; i < n; i++) {
		struct device_rec r = like;
		size_t at;

		r.key = 1000000 + (int64_t)i;
		memcpy(r.id, &r.key, sizeof(r.key));
		memcpy(r.token_hash, &r.key, sizeof(r.key));
		r.in_reach = false;
		at = index_add(x, &r);
		index_seen(x, at, fleet_now_ms(s->fleet), 900, FIXTURE_RUNNING,
		           "2.0.0", 3);
	}
	while (index_pop_dirty(x, &dirty, &d, &m))
		continue;
	reach_follow(s->fleet, SIZE_MAX);
}

static struct server *rolling(size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, n);
	server_tick(s, 61000);
	*out = server_start(s);
	server_tick(s, 1000);
	return s;
}

static uint64_t visits(struct server *s)
{
	return index_visits(&s->fleet->index);
}

/* Records looked at in two quiet minutes, and in one with a check-in. */
static uint64_t quiet_visits(struct server *s)
{
	uint64_t before = visits(s);
	struct wire_answer a;

	for (int i = 0; i < 120; i++)
		server_tick(s, 1000);
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	server_tick(s, 61000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	return visits(s) - before;
}

TEST(a_quiet_fleet_costs_the_same_however_large_it_is)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(8, &r);
	uint64_t small = quiet_visits(s);

	ck_assert_uint_lt(small, 50);
	pretend(s, 20000);
	ck_assert_int_eq(reach_of_cell(r, 0), 20004);
	ck_assert_uint_eq(quiet_visits(s), small);
}

static uint64_t overview_visits(struct server *s, const char *seen)
{
	uint64_t before = visits(s);
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	ASSERT_OK(show_overview(&out, s->fleet, &e));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), seen));
	return visits(s) - before;
}

TEST(an_overview_costs_the_same_however_large_the_fleet_is)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(8, &r);
	uint64_t small = overview_visits(s, "\"seen_24h\":8,");

	pretend(s, 5000);
	ck_assert_uint_eq(overview_visits(s, "\"seen_24h\":5008,"), small);
}

static uint64_t grant_visits(struct server *s, size_t device)
{
	uint64_t before = visits(s);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, device, WANT_START, &a), 0);
	ck_assert(a.granted);
	return visits(s) - before;
}

TEST(a_grant_costs_the_same_however_many_trials_there_are)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(100, &r);
	uint64_t first;

	server_update(s, 0, STEP_CONFIRMED);
	server_update(s, 1, STEP_CONFIRMED);
	server_tick(s, 1000);
	first = grant_visits(s, 2);
	for (size_t i = 3; i < 80; i++)
		server_update(s, i, STEP_CONFIRMED);
	server_tick(s, 1000);
	for (size_t i = 80; i < 90; i++)
		ck_assert_uint_le(grant_visits(s, i), first + 2);
}

static void check_recount(struct server *s)
{
	struct fleet *f = s->fleet;

	for (size_t i = 0; i < f->live.len; i++) {
		struct rollout *r = f->live.items[i];
		size_t n =
			plan_n_cells(&r->plan->plan) * r->plan->plan.n_stages;
		SCOPED(free)
		int64_t *was = xcalloc(n, sizeof(*was));

		memcpy(was, r->reach, n * sizeof(*was));
		reach_count(f, r);
		ck_assert_mem_eq(was, r->reach, n * sizeof(*was));
	}
}

TEST(what_is_followed_is_what_a_recount_would_find)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;
	struct rollout *r;
	struct err e;

	server_plan(&s->plan, 3);
	s->plan.stages[0].ppm = 300000;
	s->plan.stages[1].ppm = 600000;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 40);
	r = server_start(s);
	check_recount(s);
	for (size_t day = 0; day < 20; day++) {
		for (size_t i = day; i < 40; i += 7)
			ck_assert_int_eq(server_checkin(s, i, WANT_NOTHING, &a),
			                 0);
		if (day % 5 == 4) {
			index_edit(&s->fleet->index, s->devices[day].index)
				->revoked = true;
			index_edit_end(&s->fleet->index);
			index_set_changed(&s->fleet->index,
			                  s->devices[day].index);
		}
		server_tick(s, FIXTURE_DAY_S * 1000);
		check_recount(s);
	}
	/* Some of them were away for a week. */
	ck_assert_int_lt(reach_of_cell(r, 0) + reach_of_cell(r, 1), 40);
	server_crash(s);
	check_recount(s);
}
