/*
 * What a device decides by: a device in b2/jp on 2.0.0 and a rollout at its
 * last stage, all of it well until a test changes it.
 */
#ifndef TESTS_UNIT_ROLLOUT_OFFER_RIG_H
#define TESTS_UNIT_ROLLOUT_OFFER_RIG_H

#include "lib/rollout/offer.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdlib.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define BUCKET 905124 /* frozen: test_bucket.c */
#define OTHER_ID "deadbeefdeadbeefdeadbeefdeadbeef"
#define OTHER_BUCKET 234493

struct rig {
	struct plan plan;
	struct fw fw;
	struct state_doc state;
	struct offer_rule rule;
	struct offer_world world;
	struct offer_device device;
	struct offer_latch latch;
	struct offer offer;
};

static inline void rig_fini(struct rig *r)
{
	plan_fini(&r->plan);
	state_doc_fini(&r->state);
}
DEFINE_SCOPED_PLACE(rig_fini, struct rig)

/* After a change of the plan: its hash, the state's word for it. */
static inline void seal(struct rig *r)
{
	free(fixture_plan_text(&r->plan));
	memcpy(r->state.rules[0].plan_sha256, r->plan.sha256, SHA256_HEX_SIZE);
}

static inline void begin(struct rig *r)
{
	fixture_fw(&r->fw);
	fixture_plan(&r->plan);
	free(fixture_plan_text(&r->plan));
	fixture_state(&r->state, &r->plan, 2);
	r->rule = (struct offer_rule){
		.rule = &r->state.rules[0],
		.plan = &r->plan,
		.release = &r->fw,
	};
	r->world = (struct offer_world){
		.repo = FIXTURE_REPO,
		.product = r->state.head.product,
		.channel = r->state.channel,
		.has_state = true,
		.rules = &r->rule,
		.n_rules = 1,
	};
	r->device = (struct offer_device){
		.product = "band",
		.hw = "b2",
		.region = "jp",
		.channel = "production",
		.id = ID,
		.has_clock = true,
		.running_sha256 = FIXTURE_RUNNING,
		.running_version = "2.0.0",
		.counter = 3,
		.now_s = FIXTURE_T0_S + 3 * FIXTURE_DAY_S,
		.known = true,
		.battery_pct = 80,
		.flash_free_bytes = -1,
	};
}

static inline enum offer_why start(struct rig *r)
{
	offer_decide(&r->offer, &r->world, &r->device, OFFER_START, NULL);
	return r->offer.why;
}

static inline enum offer_why activate(struct rig *r)
{
	offer_decide(&r->offer, &r->world, &r->device, OFFER_ACTIVATE,
	             r->plan.sha256);
	return r->offer.why;
}

#define ASSERT_WHY(call, wanted)                                            \
	do {                                                                \
		enum offer_why got_ = (call);                               \
		ck_assert_msg(got_ == (wanted), "%s instead of %s: %s",     \
		              offer_why_code(got_), offer_why_code(wanted), \
		              r.offer.text);                                \
	} while (0)

#endif
