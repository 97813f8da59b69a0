#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "tests/unit/rollout/offer_rig.h"

#include <stdio.h>

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
