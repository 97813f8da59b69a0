#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/replay.h"
#include "server/fleet/kept_back.h"
#include "server/show/show.h"
#include "server/store/db.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <string.h>

#define DEVICES 24

/* n more devices of the plan's scope, known to memory alone. */
static void people(struct server *s, int n)
{
	struct cohort c = {.product = "band"};
	struct device_rec d = {.enrolled_ms = 1, .image = IMAGE_NONE};

	word_set(c.hw, "a7");
	word_set(c.region, "eu");
	word_set(c.channel, "production");
	d.cohort = index_cohort(&s->fleet->index, &c);
	for (int i = 0; i < n; i++) {
		d.key = 100000 + i;
		d.id[0] = 0xee;
		d.id[1] = (uint8_t)(i >> 8);
		d.id[2] = (uint8_t)i;
		memcpy(d.token_hash, d.id, sizeof(d.id));
		(void)index_add(&s->fleet->index, &d);
	}
}

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	server_plan(&s->plan, 1);
	s->plan.stages[0].soak_s = 30 * FIXTURE_DAY_S;
	s->plan.gate.holdback_ppm = 500000;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, DEVICES);
	server_tick(s, 61000);
	return s;
}

static struct server *rolling(struct rollout **out)
{
	struct server *s = published();

	people(s, 2000);
	*out = server_start(s);
	return s;
}

static bool is_kept(const struct server *s, size_t i)
{
	return plan_holds_back(&s->plan, s->devices[i].hex);
}

/* The k-th device that is kept back, or that is not. */
static size_t pick(const struct server *s, bool kept, size_t k)
{
	for (size_t i = 0; i < DEVICES; i++)
		if (is_kept(s, i) == kept && k-- == 0)
			return i;
	ck_abort_msg("not so many");
}

static const struct control *unit(struct server *s, size_t i)
{
	struct device_rec d = index_get(&s->fleet->index, s->devices[i].index);

	return controls_find(&s->fleet->live.items[0]->controls, d.key);
}

static const char *asks(struct server *s, size_t i)
{
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
	return a.granted ? "yes" : test_keep(xstrdup(a.why_code));
}

TEST(of_too_few_devices_none_is_kept_back)
{
	SCOPED(server_free)
	struct server *s = published();
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	int64_t taken;
	struct err e;

	people(s, 2000 - DEVICES - 1);
	ASSERT_CODE(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                          &e),
	            "holdback_small");
	ASSERT_SAYS("of 1999 devices in its scope");
	server_enrol(s, 1);
	ASSERT_OK(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                        &e));
}

TEST(who_is_kept_back_is_told_so_and_becomes_a_control_unit_once)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t kept = pick(s, true, 0), other = pick(s, false, 0);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, kept, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_str_eq(a.why_code, "kept_back");
	ck_assert_ptr_nonnull(strstr(a.why_text, "500000 ppm"));
	ck_assert_ptr_nonnull(unit(s, kept));
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_GRANTED);
	ck_assert_uint_eq(engine_n_trials(r->engine), 0);
	ck_assert_str_eq(asks(s, kept), "kept_back");
	ck_assert_uint_eq(r->controls.len, 1);
	ck_assert_str_eq(asks(s, other), "yes");
	ck_assert_ptr_null(unit(s, other));
}

TEST(a_control_unit_joins_only_where_a_grant_would_have_been_written)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t at = 0;

	/* Three of each cell are open: that is its cap. */
	for (size_t i = 0; i < DEVICES; i++)
		if (!is_kept(s, i))
			at += strcmp(asks(s, i), "yes") == 0;
	ck_assert_uint_eq(at, 6);
	ck_assert_str_eq(asks(s, pick(s, true, 0)), "kept_back");
	ck_assert_uint_eq(r->controls.len, 0);
}

TEST(a_control_unit_that_is_heard_of_again_is_so_for_good)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t kept = pick(s, true, 0);
	struct wire_answer a;
	uint64_t before;

	ck_assert_str_eq(asks(s, kept), "kept_back");
	server_crash(s);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_GRANTED);
	server_tick(s, s->plan.gate.soft_s * 1000);
	ck_assert_int_eq(server_checkin(s, kept, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_CONFIRMED);
	/* From here on its check-ins are like any other's. */
	before = db_statement_count();
	ck_assert_int_eq(server_checkin(s, kept, WANT_NOTHING, &a), 0);
	ck_assert_uint_eq(db_statement_count(), before);
	server_crash(s);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_CONFIRMED);
	server_tick(s, s->plan.gate.hard_s * 1000);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_CONFIRMED);
	ck_assert_int_eq(s->fleet->live.items[0]->controls.heard, 1);
}

/* As many as go away while an update takes its time must be missed here, too.
 */
TEST(a_control_unit_that_asks_again_at_once_is_not_heard_of_yet)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t kept = pick(s, true, 0);
	struct wire_answer a;

	ck_assert_str_eq(asks(s, kept), "kept_back");
	server_tick(s, s->plan.gate.soft_s * 1000 - 1000);
	ck_assert_int_eq(server_checkin(s, kept, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_GRANTED);
	server_tick(s, s->plan.gate.hard_s * 1000);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_SILENT);
}

TEST(a_control_unit_that_is_not_falls_silent_at_the_hard_deadline)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t kept = pick(s, true, 0), next = pick(s, true, 1);
	struct wire_answer a;

	ck_assert_str_eq(asks(s, kept), "kept_back");
	server_tick(s, 1000);
	ck_assert_str_eq(asks(s, next), "kept_back");
	server_tick(s, s->plan.gate.hard_s * 1000 - 1000);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_SILENT);
	ck_assert_int_eq(unit(s, next)->step, TRIAL_GRANTED);
	server_tick(s, 1000);
	ck_assert_int_eq(unit(s, next)->step, TRIAL_SILENT);
	server_crash(s);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_SILENT);
	ck_assert_int_eq(s->fleet->live.items[0]->controls.silent, 2);
	/* Too late, as for a trial. */
	ck_assert_int_eq(server_checkin(s, kept, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_SILENT);
}

TEST(what_cannot_be_stored_of_a_control_unit_did_not_happen)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t kept = pick(s, true, 0);
	struct wire_answer a;

	db_set_hook(db_no_space, NULL);
	ck_assert_int_eq(server_checkin(s, kept, WANT_START, &a), -1);
	ck_assert_uint_eq(r->controls.len, 0);
	db_set_hook(NULL, NULL);
	ck_assert_str_eq(asks(s, kept), "kept_back");
	server_tick(s, s->plan.gate.soft_s * 1000);
	db_set_hook(db_no_space, NULL);
	ck_assert_int_eq(server_checkin(s, kept, WANT_NOTHING, &a), -1);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_GRANTED);
	server_tick(s, s->plan.gate.hard_s * 1000);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_GRANTED);
	db_set_hook(NULL, NULL);
	server_tick(s, 1000);
	ck_assert_int_eq(unit(s, kept)->step, TRIAL_SILENT);
}

TEST(a_revision_goes_on_with_the_control_units_of_the_one_before)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t kept = pick(s, true, 0);
	struct wire_answer a;
	struct err e;

	ck_assert_str_eq(asks(s, kept), "kept_back");
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	r = s->fleet->live.items[1];
	ck_assert_uint_eq(r->controls.len, 1);
	server_tick(s, s->plan.gate.soft_s * 1000);
	ck_assert_int_eq(server_checkin(s, kept, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(r->controls.heard, 1);
	server_crash(s);
	ck_assert_uint_eq(s->fleet->live.items[0]->controls.len, 1);
	ck_assert_int_eq(s->fleet->live.items[0]->controls.heard, 1);
}

static void keep_half_back(struct plan *p)
{
	p->gate.holdback_ppm = 500000;
}

TEST(a_revision_keeps_nobody_back_of_too_few_devices)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct rollout *r;
	struct err e;

	server_plan(&s->plan, 1);
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, DEVICES);
	people(s, 2000 - DEVICES - 1);
	r = server_start(s);
	ASSERT_CODE(server_publish_revision(s, keep_half_back, &e),
	            "holdback_small");
	ASSERT_SAYS("of 1999 devices in its scope");
	/* All is as it was. */
	ck_assert_uint_eq(s->fleet->live.len, 1);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_RUNNING);
	server_enrol(s, 1);
	ASSERT_OK(server_publish_revision(s, keep_half_back, &e));
	ck_assert_uint_eq(s->fleet->live.len, 2);
}

TEST(nobody_waits_for_devices_that_are_kept_back)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct rollout *r;
	struct err e;

	server_plan(&s->plan, 2);
	s->plan.gate.holdback_ppm = 500000;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, DEVICES);
	server_tick(s, 61000);
	people(s, 2000);
	r = server_start(s);
	for (size_t i = 0; i < DEVICES; i++)
		if (!is_kept(s, i))
			server_update(s, i, STEP_CONFIRMED);
	server_tick(s, 3600 * 1000);
	ck_assert_int_eq(engine_stage(r->engine), 1);
}

/* A whole hour, and the hard deadline behind it. */
static void let_hours_pass(struct server *s)
{
	server_tick(s, s->plan.gate.hard_s * 1000);
	server_tick(s, 3600 * 1000);
}

/* So many more units in cell 0, as if stored; n of them silent. */
static void units(struct server *s, struct rollout *r, int n, int silent)
{
	struct control u = {.counted = true, .at_ms = fleet_now_ms(s->fleet)};

	for (int i = 0; i < n; i++) {
		struct trial_row row = {
			.rollout = r->key,
			.trial = {.device = 200000 + i,
		                  .counted = true,
		                  .step = i < silent ? TRIAL_SILENT
		                                     : TRIAL_CONFIRMED,
		                  .granted_ms = u.at_ms,
		                  .step_ms = u.at_ms}};

		kept_back_load(s->fleet, r, &row);
	}
}

/* Devices of cell 0 that are not kept back start and are never heard of
 * again; how many. */
static int fall_silent(struct server *s)
{
	int n = 0;

	for (size_t i = 0; i < DEVICES; i += 2)
		if (!is_kept(s, i))
			n += strcmp(asks(s, i), "yes") == 0;
	return n;
}

static void nothing(void *ctx, const struct replay_result *result)
{
	(void)ctx;
	(void)result;
}

/* What is exported, a few places a page, gives the same verdicts. */
static int replays(struct server *s, const struct rollout *r)
{
	SCOPED(replay_fini)
	struct replay copy = {0};
	struct err e = {0};
	int result;

	for (int64_t at = 0; !copy.ended; at += 50) {
		SCOPED(buf_fini)
		struct buf page = BUF_INIT(1 << 20);
		struct jw w;

		jw_init(&w, &page);
		ASSERT_OK(show_export(&w, s->fleet, r, at, 50, &e));
		ASSERT_OK(replay_add(&copy, "page", buf_str(&page), page.len,
		                     &e));
	}
	ASSERT_OK(replay_check(&copy, "export", &e));
	ck_assert_uint_eq(copy.units.len, r->controls.len);
	result = replay_run(&copy, nothing, NULL, &e);
	/* Without them it would be another verdict. */
	copy.units.len = 0;
	ck_assert_int_eq(replay_run(&copy, nothing, NULL, &e), -1);
	return result;
}

TEST(silence_as_among_those_kept_back_halts_nothing)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);

	units(s, r, 120, 110);
	ck_assert_int_ge(fall_silent(s), 3);
	let_hours_pass(s);
	ck_assert_uint_eq(r->n_halts, 0);
	ck_assert_uint_eq(r->holds.len, 0);
	ck_assert_int_eq(replays(s, r), 0);
}

TEST(silence_beyond_those_kept_back_halts_and_its_evidence_is_kept)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);

	units(s, r, 120, 0);
	/* One that is kept back falls silent, too; its hour waits for it. */
	for (size_t i = 0; i < DEVICES && r->controls.len == 120; i += 2)
		if (is_kept(s, i))
			ck_assert_str_eq(asks(s, i), "kept_back");
	ck_assert_int_ge(fall_silent(s), 3);
	let_hours_pass(s);
	ck_assert_uint_eq(r->n_halts, 1);
	ck_assert(r->halts[0].evidence.silence);
	ck_assert_int_eq(r->halts[0].evidence.units, 121);
	ck_assert_int_eq(replays(s, r), 0);
	server_crash(s);
	r = s->fleet->live.items[0];
	ck_assert_int_eq(r->halts[0].evidence.units, 121);
	ck_assert_int_eq(r->halts[0].evidence.units_silent, 1);
}

/* A revision may keep fewer back: a unit of the one before is granted then. */
TEST(a_start_that_could_not_be_stored_whole_enrols_nobody)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	size_t other = pick(s, false, 0);
	struct device_rec d =
		index_get(&s->fleet->index, s->devices[other].index);
	/* A unit whose row is gone: that it was heard of cannot be stored. */
	struct trial_row row = {
		.rollout = r->key + 1,
		.trial = {.device = d.key,
	                  .counted = true,
	                  .step = TRIAL_GRANTED,
	                  .granted_ms = fleet_now_ms(s->fleet)}};
	struct wire_answer a;

	kept_back_load(s->fleet, r, &row);
	server_tick(s, s->plan.gate.soft_s * 1000);
	ck_assert_int_eq(server_checkin(s, other, WANT_START, &a), -1);
	ck_assert_uint_eq(engine_n_trials(r->engine), 0);
}
