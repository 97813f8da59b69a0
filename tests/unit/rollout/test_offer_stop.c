/*
 * Holds, halts, latches and exclusions: who is stopped, and until when.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/rollout/offer_rig.h"

TEST(hold_stops_a_start_but_not_an_open_attempt)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.state.rules[0].hold = true;
	ASSERT_WHY(start(&r), OFFER_HOLD);
	ASSERT_WHY(activate(&r), OFFER_YES);
	offer_decide(&r.offer, &r.world, &r.device, OFFER_ACTIVATE, NULL);
	ck_assert_int_eq(r.offer.why, OFFER_HOLD);
}

TEST(a_halt_stops_both)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	state_rule_halt(&r.state.rules[0], "b2", "eu");
	ASSERT_WHY(start(&r), OFFER_YES);
	state_rule_halt(&r.state.rules[0], "b2", "*");
	ASSERT_WHY(start(&r), OFFER_HALTED);
	ASSERT_WHY(activate(&r), OFFER_HALTED);
}

TEST(a_halt_is_seen_through_a_hold)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.state.rules[0].hold = true;
	state_rule_halt(&r.state.rules[0], "*", "*");
	ASSERT_WHY(start(&r), OFFER_HALTED);
}

TEST(an_attempt_of_a_plan_that_no_longer_decides_does_not_activate)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	offer_decide(&r.offer, &r.world, &r.device, OFFER_ACTIVATE,
	             FIXTURE_RUNNING);
	ASSERT_WHY(r.offer.why, OFFER_OTHER_PLAN);
}

TEST(a_latched_cell_stays_shut_until_a_higher_revision_resumes_it)
{
	static const struct {
		int64_t rev;
		bool resumes;
		enum offer_why why;
	} rows[] = {
		{3, false, OFFER_LATCHED}, {3, true, OFFER_LATCHED},
		{4, false, OFFER_LATCHED}, {4, true, OFFER_YES},
		{9, true, OFFER_YES},      {2, true, OFFER_LATCHED},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(rig_fini)
		struct rig r = {0};

		begin(&r);
		r.latch = (struct offer_latch){"spring", 3};
		r.device.latches = &r.latch;
		r.device.n_latches = 1;
		r.plan.rev = rows[i].rev;
		if (rows[i].resumes) {
			r.plan.resumes = xcalloc(1, sizeof(struct cell));
			r.plan.n_resumes = 1;
			word_set(r.plan.resumes[0].hw, "b2");
			word_set(r.plan.resumes[0].region, "jp");
		}
		seal(&r);
		ASSERT_WHY(start(&r), rows[i].why);
		ASSERT_WHY(activate(&r), rows[i].why);
		memcpy(r.latch.plan_id, "autumn", 7);
		ASSERT_WHY(start(&r), OFFER_YES);
	}
}

TEST(resuming_another_cell_does_not_open_this_one)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.latch = (struct offer_latch){"spring", 1};
	r.device.latches = &r.latch;
	r.device.n_latches = 1;
	r.plan.rev = 2;
	r.plan.resumes = xcalloc(1, sizeof(struct cell));
	r.plan.n_resumes = 1;
	word_set(r.plan.resumes[0].hw, "b2");
	word_set(r.plan.resumes[0].region, "eu");
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_LATCHED);
}

TEST(an_excluded_device_is_left_out_without_being_named)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct state_rule *rule = &r.state.rules[0];

	begin(&r);
	rule->exclude = xcalloc(1, MEMBER_SIZE);
	rule->n_exclude = 1;
	bucket_member(rule->exclude[0], FIXTURE_RELEASE, ID);
	ASSERT_WHY(start(&r), OFFER_EXCLUDED);
	ck_assert(strstr(r.offer.text, ID) == NULL);
	r.device.id = OTHER_ID;
	ASSERT_WHY(start(&r), OFFER_YES);
}
