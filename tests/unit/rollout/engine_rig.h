/*
 * An engine under test: the fixture's plan, devices that never run out, and a
 * clock that stands still until a test turns it.
 */
#ifndef TESTS_UNIT_ROLLOUT_ENGINE_RIG_H
#define TESTS_UNIT_ROLLOUT_ENGINE_RIG_H

#include "lib/rollout/engine.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#define T0_MS (FIXTURE_T0_S * 1000)
#define DAY_MS (FIXTURE_DAY_S * 1000)
#define HOUR_MS INT64_C(3600000)

struct rig {
	struct plan plan;
	struct engine *g;
	int64_t now;
	int64_t devices;
};

static inline void rig_fini(struct rig *r)
{
	engine_free(r->g);
	plan_fini(&r->plan);
}
DEFINE_SCOPED_PLACE(rig_fini, struct rig)

static inline void begin(struct rig *r, size_t n_hw, size_t n_regions)
{
	fixture_plan(&r->plan);
	fixture_narrow(&r->plan, n_hw, n_regions);
	r->now = T0_MS;
	r->devices = 0;
	r->g = engine_new(&r->plan, T0_MS);
}

static inline size_t enrol(struct rig *r, int cell, bool counted)
{
	struct trial t = {.device = ++r->devices,
	                  .attempt = 1,
	                  .cell = cell,
	                  .counted = counted,
	                  .granted_ms = r->now,
	                  .step_ms = r->now};

	return engine_enrol(r->g, &t);
}

static inline size_t grant(struct rig *r, int cell)
{
	return enrol(r, cell, true);
}

/* A counted trial that went straight there. */
static inline size_t ended(struct rig *r, int cell, enum trial_step step)
{
	size_t i = grant(r, cell);

	ck_assert(engine_move(r->g, i, step, r->now));
	return i;
}

static inline struct action look(const struct rig *r)
{
	struct action a;

	engine_evaluate(r->g, r->now, &a);
	return a;
}

#define ASSERT_HALTS(r, hw, region)                                \
	do {                                                       \
		struct action a_ = look(r);                        \
		ck_assert_int_eq(a_.kind, ACTION_HALT);            \
		ck_assert_str_eq(a_.evidence.halt_hw, hw);         \
		ck_assert_str_eq(a_.evidence.halt_region, region); \
		engine_halt((r)->g, hw, region);                   \
	} while (0)

#define ASSERT_NOTHING(r) ck_assert_int_eq(look(r).kind, ACTION_NONE)

#endif
