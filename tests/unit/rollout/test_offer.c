#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/rollout/offer.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define BUCKET 905124 /* frozen: test_bucket.c */
#define OTHER_ID "deadbeefdeadbeefdeadbeefdeadbeef"
#define OTHER_BUCKET 234493

/* A device in b2/jp on 2.0.0 and a rollout at its last stage: all is well. */
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

static void rig_fini(struct rig *r)
{
	plan_fini(&r->plan);
	state_doc_fini(&r->state);
}
DEFINE_SCOPED_PLACE(rig_fini, struct rig)

/* After a change of the plan: its hash, the state's word for it. */
static void seal(struct rig *r)
{
	free(fixture_plan_text(&r->plan));
	memcpy(r->state.rules[0].plan_sha256, r->plan.sha256, SHA256_HEX_SIZE);
}

static void begin(struct rig *r)
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

static enum offer_why start(struct rig *r)
{
	offer_decide(&r->offer, &r->world, &r->device, OFFER_START, NULL);
	return r->offer.why;
}

static enum offer_why activate(struct rig *r)
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

TEST(a_device_in_scope_and_stage_may_start_and_activate)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	ASSERT_WHY(start(&r), OFFER_YES);
	ck_assert_str_eq(r.offer.text, "may: start 2.1.0 with plan spring.1");
	ck_assert_int_eq(r.offer.rule, 0);
	ck_assert_uint_eq(r.offer.bucket, BUCKET);
	ck_assert_int_eq(r.offer.ppm, PPM);
	ASSERT_WHY(activate(&r), OFFER_YES);
}

TEST(what_cannot_be_read_is_hold)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.world.has_state = false;
	ASSERT_WHY(start(&r), OFFER_NO_STATE);
	ASSERT_WHY(activate(&r), OFFER_NO_STATE);
	ck_assert_int_eq(r.offer.rule, -1);
}

TEST(a_state_for_another_product_or_channel_is_not_followed)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.product = "ring";
	ASSERT_WHY(start(&r), OFFER_WRONG_PRODUCT);
	begin(&r);
	r.device.channel = "canary";
	ASSERT_WHY(start(&r), OFFER_WRONG_CHANNEL);
	ck_assert_int_eq(offer_why_check(OFFER_WRONG_CHANNEL), 9);
}

TEST(a_rule_that_does_not_verify_ends_the_search)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct offer_rule two[2];

	begin(&r);
	two[0] = (struct offer_rule){.rule = &r.state.rules[0],
	                             .problem = "plan.json: sha256 differs"};
	two[1] = r.rule;
	r.world.rules = two;
	r.world.n_rules = 2;
	ASSERT_WHY(start(&r), OFFER_PLAN_UNVERIFIED);
	ck_assert_int_eq(r.offer.rule, 0);
	ck_assert(strstr(r.offer.text, "sha256 differs") != NULL);
	two[0] = r.rule;
	two[0].release = NULL;
	ASSERT_WHY(start(&r), OFFER_PLAN_UNVERIFIED);
	/* Behind the rule that decides it does not matter. */
	two[0] = r.rule;
	two[1].plan = NULL;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(a_plan_other_than_the_state_names_does_not_verify)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.state.rules[0].plan_sha256[0] ^= 1;
	ASSERT_WHY(start(&r), OFFER_PLAN_UNVERIFIED);
	ck_assert_int_eq(offer_why_check(r.offer.why), 2);
}

TEST(plan_and_release_are_of_the_pinned_repository_and_product)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.head.repo[0] = 'f';
	ASSERT_WHY(start(&r), OFFER_WRONG_REPO);
	begin(&r);
	r.plan.head.repo[0] = 'f';
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_WRONG_REPO);
	begin(&r);
	r.fw.head.product[0] = 'h';
	ASSERT_WHY(start(&r), OFFER_WRONG_PRODUCT);
	begin(&r);
	r.plan.head.product[0] = 'h';
	seal(&r);
	ASSERT_WHY(start(&r), OFFER_WRONG_PRODUCT);
}

TEST(no_rule_is_for_a_device_outside_channel_hardware_or_region)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.hw = "d9";
	ASSERT_WHY(start(&r), OFFER_NO_RULE);
	begin(&r);
	r.device.region = "br";
	ASSERT_WHY(start(&r), OFFER_NO_RULE);
	ck_assert_str_eq(r.offer.text,
	                 "no rule is for this device: 1 rules, none for b2/br "
	                 "running 2.0.0");
	begin(&r);
	word_set(r.state.channel, "lab");
	r.device.channel = "lab";
	ASSERT_WHY(start(&r), OFFER_NO_RULE);
	begin(&r);
	r.world.n_rules = 0;
	ASSERT_WHY(start(&r), OFFER_NO_RULE);
}

TEST(a_device_that_runs_it_already_is_told_so)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.running_version = "2.1.0";
	ASSERT_WHY(start(&r), OFFER_NOT_NEWER);
	ck_assert_str_eq(r.offer.text, "what runs is not older: runs 2.1.0, "
	                               "plan spring.1 installs 2.1.0");
	r.device.running_version = "3.0.0-rc.1";
	ASSERT_WHY(start(&r), OFFER_NOT_NEWER);
	r.device.running_version = "2.1.0-rc.1";
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.running_version = "two";
	ASSERT_WHY(start(&r), OFFER_NO_RULE);
}

TEST(a_release_takes_only_the_versions_it_is_from)
{
	static const struct {
		const char *running;
		enum offer_why why;
	} rows[] = {
		{"1.4.9", OFFER_NO_RULE}, {"1.5.0", OFFER_YES},
		{"1.9.3", OFFER_YES},     {"2.0.0", OFFER_YES},
		{"2.0.1", OFFER_NO_RULE}, {"2.1.0", OFFER_NOT_NEWER},
	};
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.has_from = true;
	memcpy(r.fw.from_min, "1.5.0", 6);
	memcpy(r.fw.from_max, "2.0.0", 6);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		r.device.running_version = rows[i].running;
		ASSERT_WHY(start(&r), rows[i].why);
	}
}

TEST(a_recall_goes_by_the_image_that_runs)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.plan.kind = PLAN_RECALL;
	r.plan.n_from = 1;
	memcpy(r.plan.from[0], FIXTURE_RUNNING, SHA256_HEX_SIZE);
	seal(&r);
	/* Down is allowed, and the release's own `from` is ignored. */
	r.device.running_version = "3.0.0";
	r.fw.has_from = true;
	memcpy(r.fw.from_min, "1.0.0", 6);
	memcpy(r.fw.from_max, "1.0.0", 6);
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.running_sha256 = FIXTURE_RELEASE;
	ASSERT_WHY(start(&r), OFFER_NO_RULE);
}

TEST(the_first_rule_whose_scope_contains_the_device_decides)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct state_rule held;
	struct offer_rule two[2];

	begin(&r);
	/* Whatever it then says: here hold, with a willing rule behind. */
	held = r.state.rules[0];
	held.hold = true;
	two[0] = r.rule;
	two[0].rule = &held;
	two[1] = r.rule;
	r.world.rules = two;
	r.world.n_rules = 2;
	ASSERT_WHY(start(&r), OFFER_HOLD);
	ck_assert_int_eq(r.offer.rule, 0);
}

TEST(a_rule_for_others_is_passed_over)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	SCOPED(plan_fini)
	struct plan other = {0};
	struct offer_rule two[2];
	struct state_rule rule;

	begin(&r);
	fixture_plan(&other);
	fixture_narrow(&other, 1, 1);
	free(fixture_plan_text(&other));
	rule = r.state.rules[0];
	memcpy(rule.plan_sha256, other.sha256, SHA256_HEX_SIZE);
	two[0] = (struct offer_rule){&rule, &other, &r.fw, NULL};
	two[1] = r.rule;
	r.world.rules = two;
	r.world.n_rules = 2;
	ASSERT_WHY(start(&r), OFFER_YES);
	ck_assert_int_eq(r.offer.rule, 1);
}

/* Rule 0 installs 3.0.0 over 2.1.0 to 2.9.9, rule 1 the rig's 2.1.0. */
struct stones {
	struct plan plan;
	struct fw fw;
	struct state_rule rule;
	struct offer_rule rules[2];
};

static void stones_begin(struct stones *s, struct rig *r)
{
	begin(r);
	fixture_plan(&s->plan);
	(void)snprintf(s->plan.id, sizeof(s->plan.id), "top");
	free(fixture_plan_text(&s->plan));
	s->fw = r->fw;
	(void)snprintf(s->fw.version, sizeof(s->fw.version), "3.0.0");
	s->fw.has_from = true;
	(void)snprintf(s->fw.from_min, sizeof(s->fw.from_min), "2.1.0");
	(void)snprintf(s->fw.from_max, sizeof(s->fw.from_max), "2.9.9");
	s->rule = r->state.rules[0];
	memcpy(s->rule.plan_sha256, s->plan.sha256, SHA256_HEX_SIZE);
	s->rules[0] = (struct offer_rule){&s->rule, &s->plan, &s->fw, NULL};
	s->rules[1] = r->rule;
	r->world.rules = s->rules;
	r->world.n_rules = 2;
}

TEST(a_device_several_releases_behind_steps_on_the_one_between_first)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct stones s = {0};

	stones_begin(&s, &r);
	ASSERT_WHY(start(&r), OFFER_YES);
	ck_assert_int_eq(r.offer.rule, 1);
	ck_assert_str_eq(r.offer.text,
	                 "may: start 2.1.0 with plan spring.1 first: 3.0.0 is "
	                 "installed over 2.1.0 to 2.9.9 only");
	r.device.running_version = "2.1.0";
	ASSERT_WHY(start(&r), OFFER_YES);
	ck_assert_int_eq(r.offer.rule, 0);
	r.device.running_version = "3.0.0";
	ASSERT_WHY(start(&r), OFFER_NOT_NEWER);
	plan_fini(&s.plan);
}

TEST(a_device_that_no_release_brings_far_enough_is_told_what_is_missing)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct stones s = {0};
	char text[200];

	stones_begin(&s, &r);
	r.world.n_rules = 1;
	ASSERT_WHY(start(&r), OFFER_NO_RULE);
	ck_assert_ptr_nonnull(
		strstr(r.offer.text, "installs 3.0.0 over 2.1.0 to 2.9.9"));
	ck_assert(!offer_has(&s.rules[0], &r.device));
	offer_say_scope(text, sizeof(text), &s.rules[0], &r.device);
	ck_assert_str_eq(text, "3.0.0 is installed over 2.1.0 to 2.9.9 only, "
	                       "2.0.0 runs");
	ck_assert(offer_has(&s.rules[1], &r.device));
	plan_fini(&s.plan);
}

TEST(a_release_that_does_not_list_the_device_is_refused)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.hw.n = 1;
	ASSERT_WHY(start(&r), OFFER_WRONG_HARDWARE);
	begin(&r);
	word_set(r.fw.regions.w[0], "eu");
	ASSERT_WHY(start(&r), OFFER_WRONG_REGION);
}

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

TEST(a_stage_the_plan_does_not_have_is_refused)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.state.rules[0].stage = 3;
	ASSERT_WHY(start(&r), OFFER_STAGE_UNKNOWN);
	ck_assert(strstr(r.offer.text, "stage 3, plan spring.1 has 3"));
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
	                 "the stage has not opened: stage 2 at "
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
	                 "stage 2 takes those below 905124");
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

TEST(the_security_counter_never_goes_back_nor_beyond_the_plan)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.counter = 4;
	ASSERT_WHY(start(&r), OFFER_COUNTER_LOW);
	r.device.counter = 0;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.fw.counter = 4;
	ASSERT_WHY(start(&r), OFFER_COUNTER_HIGH);
	ck_assert_int_eq(offer_why_check(r.offer.why), 4);
}

TEST(not_even_a_recall_lowers_the_counter)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.plan.kind = PLAN_RECALL;
	r.plan.n_from = 1;
	memcpy(r.plan.from[0], FIXTURE_RUNNING, SHA256_HEX_SIZE);
	seal(&r);
	r.device.counter = 4;
	ASSERT_WHY(start(&r), OFFER_COUNTER_LOW);
}

TEST(a_plan_once_confirmed_here_is_never_started_again)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char done[2][SHA256_HEX_SIZE] = {FIXTURE_RUNNING};

	begin(&r);
	memcpy(done[1], r.plan.sha256, SHA256_HEX_SIZE);
	r.device.confirmed_plans = (const char(*)[SHA256_HEX_SIZE])done;
	r.device.n_confirmed_plans = 1;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.n_confirmed_plans = 2;
	ASSERT_WHY(start(&r), OFFER_CONFIRMED_BEFORE);
}

TEST(a_low_battery_defers)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.battery_pct = 30;
	r.device.battery_pct = 29;
	ASSERT_WHY(start(&r), OFFER_BATTERY);
	ck_assert(offer_why_defers(r.offer.why));
	ASSERT_WHY(activate(&r), OFFER_BATTERY);
	r.device.battery_pct = 30;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.battery_pct = -1;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(little_flash_defers_a_start_only)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.flash_free_bytes = 4096;
	r.device.flash_free_bytes = 4095;
	ASSERT_WHY(start(&r), OFFER_FLASH);
	ASSERT_WHY(activate(&r), OFFER_YES);
	r.device.flash_free_bytes = -1;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(an_owner_is_asked_where_the_release_says_so)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.consent = FW_OPT_IN;
	ASSERT_WHY(start(&r), OFFER_CONSENT);
	r.device.consent_given = true;
	ASSERT_WHY(start(&r), OFFER_YES);
	r.device.consent_given = false;
	r.fw.consent = FW_MANDATORY;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(a_window_opens_on_its_days_also_past_midnight)
{
	/* Mondays and Fridays. */
	static const struct {
		int32_t start_s, end_s, local_s;
		int weekday;
		bool open;
	} rows[] = {
		/* clang-format off */
		{ 3600, 7200,  3599, 0, false},
		{ 3600, 7200,  3600, 0, true},
		{ 3600, 7200,  7199, 4, true},
		{ 3600, 7200,  7200, 4, false},
		{ 3600, 7200,  5000, 1, false},
		{79200, 7200, 79200, 0, true},
		{79200, 7200, 79199, 0, false},
		{79200, 7200,  7199, 1, true},
		{79200, 7200,  7200, 1, false},
		{79200, 7200,  7199, 0, false},
		{79200, 7200,     0, 5, true},
		{    0, 86400, 86399, 4, true},
		/* clang-format on */
	};
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.fw.has_window = true;
	r.fw.window_days = 1 << 0 | 1 << 4;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		r.fw.window_start_s = rows[i].start_s;
		r.fw.window_end_s = rows[i].end_s;
		r.device.local_s = rows[i].local_s;
		r.device.local_weekday = rows[i].weekday;
		ASSERT_WHY(start(&r), rows[i].open ? OFFER_YES : OFFER_WINDOW);
	}
}

TEST(who_does_not_know_the_device_skips_what_only_it_knows)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r);
	r.device.known = false;
	r.fw.battery_pct = 30;
	r.device.battery_pct = 0;
	r.fw.consent = FW_OPT_IN;
	r.fw.has_window = true;
	r.fw.window_days = 1;
	r.fw.window_end_s = 1;
	r.device.local_s = 50000;
	r.fw.flash_free_bytes = 4096;
	r.device.flash_free_bytes = 0;
	ASSERT_WHY(start(&r), OFFER_YES);
}

TEST(every_reason_has_a_code_of_its_own)
{
	for (int i = OFFER_YES; i < OFFER_N_WHY; i++) {
		const char *code = offer_why_code((enum offer_why)i);

		ck_assert(code != NULL && *code != '\0');
		ck_assert_int_ge(offer_why_check((enum offer_why)i), 0);
		ck_assert_int_le(offer_why_check((enum offer_why)i), 12);
		for (int k = i + 1; k < OFFER_N_WHY; k++)
			ck_assert_str_ne(code,
			                 offer_why_code((enum offer_why)k));
	}
}

TEST(only_passing_conditions_of_the_device_defer)
{
	for (int i = OFFER_YES; i < OFFER_N_WHY; i++)
		ck_assert_int_eq(offer_why_defers((enum offer_why)i),
		                 i >= OFFER_BATTERY && i <= OFFER_WINDOW);
}

TEST(no_answer_of_the_server_opens_what_the_plan_shuts)
{
	/* Whatever a state says (stage, run, halted, exclude), a device
	 * never starts before the date, beyond the share of the stage, or
	 * after the expiry. Fixed seed. */
	struct rng_seeded rng;
	int started = 0;

	rng_seeded_init(&rng, 11);
	for (int i = 0; i < 5000; i++) {
		SCOPED(rig_fini)
		struct rig r = {0};
		char id[33];

		begin(&r);
		(void)snprintf(id, sizeof(id), "%032x",
		               (unsigned)rng_below(&rng.rng, UINT32_MAX));
		r.device.id = id;
		r.device.now_s =
			FIXTURE_T0_S - FIXTURE_DAY_S +
			(int64_t)rng_below(&rng.rng, 35) * FIXTURE_DAY_S;
		r.state.rules[0].stage = (int)rng_below(&rng.rng, 16);
		r.state.rules[0].hold = rng_below(&rng.rng, 8) == 0;
		if (rng_below(&rng.rng, 8) == 0)
			state_rule_halt(&r.state.rules[0], "b2", "*");
		if (start(&r) != OFFER_YES)
			continue;
		started++;
		int stage = r.state.rules[0].stage;
		ck_assert_int_lt(stage, 3);
		ck_assert_int_ge(r.device.now_s,
		                 r.plan.stages[stage].not_before_s);
		ck_assert_int_lt(r.device.now_s, r.plan.expires_s);
		ck_assert_int_lt(bucket_of(FIXTURE_RELEASE, id),
		                 r.plan.stages[stage].ppm);
	}
	ck_assert_int_gt(started, 100);
}
