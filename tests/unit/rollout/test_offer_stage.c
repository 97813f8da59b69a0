/*
 * Stages: shares and dates, also where there is no clock.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/rollout/offer_rig.h"

#include <stdio.h>

TEST(a_stage_the_plan_does_not_have_is_refused)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.state.rules[0].stage = 3;
	ASSERT_WHY(start(&r), OFFER_STAGE_UNKNOWN);
	ck_assert(strstr(r.offer.text, "stage 4, plan spring.1 has 3"));
	r.state.rules[0].stage = -1;
	ASSERT_WHY(start(&r), OFFER_STAGE_UNKNOWN);
}

TEST(a_stage_does_not_open_before_its_date)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.now_s = FIXTURE_T0_S + 2 * FIXTURE_DAY_S - 1;
	ASSERT_WHY(start(&r), OFFER_NOT_YET);
	ck_assert_str_eq(r.offer.text,
	                 "the stage has not opened: stage 3 at "
	                 "2026-11-22T00:00:00Z, now is 2026-11-21T23:59:59Z");
	r.device.now_s++;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(an_expired_plan_starts_nothing)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.now_s = r.plan.expires_s - 1;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.now_s++;
	ASSERT_WHY(start(&r), OFFER_EXPIRED);
	ASSERT_WHY(activate(&r), OFFER_EXPIRED);
}

TEST(a_device_is_in_when_its_bucket_is_below_the_share)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.plan.stages[2].ppm = BUCKET;
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_OUTSIDE_STAGE);
	ck_assert_str_eq(r.offer.text,
	                 "the stage does not reach this device: bucket 905124, "
	                 "stage 3 takes those below 905124");
	r.plan.stages[2].ppm = BUCKET + 1;
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(a_cell_with_a_share_of_its_own_goes_by_that)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct plan_stage *s = &r.plan.stages[0];

	begin(&r);
	r.state.rules[0].stage = 0;
	r.device.id = OTHER_ID;
	ASSERT_WHY(start(&r), OFFER_OUTSIDE_STAGE);
	ck_assert_int_eq(r.offer.ppm, 10000);
	s->cells = xcalloc(1, sizeof(*s->cells));
	s->n_cells = 1;
	word_set(s->cells[0].cell.hw, "b2");
	word_set(s->cells[0].cell.region, "jp");
	s->cells[0].ppm = OTHER_BUCKET + 1;
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(a_member_counts_as_bucket_zero)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.state.rules[0].stage = 0;
	ASSERT_WHY(start(&r), OFFER_OUTSIDE_STAGE);
	r.plan.members = xcalloc(1, MEMBER_SIZE);
	r.plan.n_members = 1;
	bucket_member(r.plan.members[0], FIXTURE_RELEASE, ID);
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_YES);
	ck_assert_uint_eq(r.offer.bucket, 0);
}

TEST(a_wider_stage_never_loses_a_device)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char id[33];

	begin(&r);
	r.device.id = id;
	for (unsigned i = 0; i < 500; i++) {
		bool was = false;

		(void)snprintf(id, sizeof(id), "%032x", i);
		for (int stage = 0; stage < 3; stage++) {
			r.state.rules[0].stage = stage;
			bool is = start(&r) == OFFER_YES;

			ck_assert(is || !was);
			was = is;
		}
		ck_assert(was);
	}
}

TEST(without_a_clock_the_dates_do_not_bind_but_max_ppm_does)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.has_clock = false;
	r.device.id = OTHER_ID;
	r.device.now_s = FIXTURE_T0_S - FIXTURE_DAY_S;
	ASSERT_WHY(start(&r), OFFER_OUTSIDE_STAGE);
	ck_assert_int_eq(r.offer.ppm, 50000);
	r.plan.max_ppm = OTHER_BUCKET + 1;
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_YES);
	/* max_ppm never widens a stage. */
	r.state.rules[0].stage = 1;
	ASSERT_WHY(start(&r), OFFER_OUTSIDE_STAGE);
	ck_assert_int_eq(r.offer.ppm, 100000);
}

TEST(without_a_clock_the_floor_still_meets_the_expiry)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.has_clock = false;
	r.plan.max_ppm = PPM;
	seal(&r);
	r.device.now_s = r.plan.expires_s;
	ASSERT_WHY(start(&r), OFFER_EXPIRED);
}

TEST(without_a_clock_a_window_is_refused)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.has_clock = false;
	r.plan.max_ppm = PPM;
	seal(&r);
	r.fw.has_window = true;
	r.fw.window_end_s = 86400;
	r.fw.window_days = 127;
	ASSERT_WHY(start(&r), OFFER_NEEDS_CLOCK);
	/* A server that does not know the device says the same. */
	r.device.known = false;
	ASSERT_WHY(start(&r), OFFER_NEEDS_CLOCK);
	ck_assert(!offer_why_defers(OFFER_NEEDS_CLOCK));
}
