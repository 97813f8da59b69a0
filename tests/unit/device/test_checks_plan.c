#include "config.h"

#include "tests/unit/device/checks.h"

/* A share just above or just at the device's place. */
static void set_share(int32_t ppm)
{
	f->plan.n_stages = 1;
	f->plan.stages[0].ppm = ppm;
	f->state.rules[0].stage = 0;
}

TEST(check_3_the_bucket_is_below_the_share_of_the_stage)
{
	int32_t place;

	prepare();
	place = (int32_t)bucket_of(f->plan.release_sha256, FAKE_ID);
	ck_assert_int_gt(place, 1);
	set_share(place);
	look();
	assert_stays("outside_stage");
	f->plan.rev = 2;
	set_share(place + 1);
	again();
	assert_updated();
	end();
}

TEST(check_3_a_stage_does_not_open_before_its_date)
{
	prepare();
	f->plan.stages[2].not_before_s = FAKE_NOW_S + 1;
	look();
	assert_stays("not_yet");
	end();
}

TEST(check_3_an_expired_plan_starts_nothing)
{
	prepare();
	f->plan.expires_s = FAKE_NOW_S;
	look();
	assert_stays("expired");
	end();
}

TEST(check_3_a_device_without_a_clock_is_bound_by_max_ppm_and_the_floor)
{
	int32_t place;

	prepare();
	place = (int32_t)bucket_of(f->plan.release_sha256, FAKE_ID);
	/* Dates do not bind it, the share does. */
	f->plan.stages[2].not_before_s = FAKE_NOW_S + FIXTURE_DAY_S;
	f->plan.max_ppm = place;
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.p.has_clock = false;
	fake_device_run(&d);
	assert_stays("outside_stage");
	f->plan.rev = 2;
	f->plan.max_ppm = place + 1;
	again();
	assert_updated();
	end();
}

TEST(check_3_a_window_without_a_clock_is_refused)
{
	prepare();
	f->fw.has_window = true;
	f->fw.window_start_s = 0;
	f->fw.window_end_s = 86399;
	f->fw.window_days = 127;
	f->plan.max_ppm = PPM;
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.p.has_clock = false;
	fake_device_run(&d);
	assert_stays("needs_clock");
	ck_assert_str_eq(fake_server_steps(f), "refused:needs_clock");
	end();
}

TEST(check_4_an_install_is_strictly_newer)
{
	prepare();
	fake_server_publish(f);
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_updated();
	/* The same version by another plan. */
	f->plan.id[0] = 'x';
	fake_server_forget(f);
	again();
	ck_assert_int_eq(f->wants, 0);
	ck_assert_int_eq(fake_device_look(&d).offer.why, OFFER_NOT_NEWER);
	end();
}

/* A newer version with a lower counter than the stored one. */
TEST(check_4_the_security_counter_never_goes_down)
{
	prepare();
	f->fw.counter = 0;
	look();
	assert_stays("counter_low");
	ck_assert_str_eq(fake_server_steps(f), "refused:counter_low");
	end();
}

TEST(check_4_the_counter_stays_below_what_the_plan_allows)
{
	prepare();
	f->fw.counter = 4;
	look();
	ck_assert_int_eq(f->wants, 0);
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	end();
}

TEST(check_4_the_counter_rises_only_after_confirm)
{
	prepare();
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.health = AGENT_NOT_YET;
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_BOOTED);
	ck_assert_uint_eq(fake_device_look(&d).counter, 1);
	d.health = AGENT_HEALTHY;
	fake_device_next(&d);
	ck_assert_uint_eq(fake_device_look(&d).counter, 3);
	end();
}

/* A recall of what runs back to the factory's version: the running hash is
 * listed, so the version may go down. Once. */
TEST(check_4_a_recall_goes_back_once)
{
	prepare();
	fake_server_publish(f);
	fake_device_new(&d, f);
	fake_device_run(&d);
	assert_updated();
	f->plan.kind = PLAN_RECALL;
	(void)snprintf(f->plan.id, sizeof(f->plan.id), "recall");
	memcpy(f->plan.from[0], f->plan.release_sha256, SHA256_HEX_SIZE);
	f->plan.n_from = 1;
	(void)snprintf(f->fw.version, sizeof(f->fw.version), "1.9.0");
	(void)snprintf(f->plan.release_path, sizeof(f->plan.release_path),
	               "fw/band/1.9.0_app.bin");
	fake_server_set_image(f, fake_bytes(9000, 5), 9000);
	again();
	assert_updated();
	ck_assert_str_eq(fake_device_look(&d).running_version, "1.9.0");
	/* Listed again, though it is what runs: never started again. */
	memcpy(f->plan.from[0], f->plan.release_sha256, SHA256_HEX_SIZE);
	fake_server_forget(f);
	fake_device_next(&d);
	ck_assert_int_eq(f->wants, 0);
	end();
}

static void resumes(const char *hw, const char *region)
{
	free(f->plan.resumes);
	f->plan.resumes = xcalloc(1, sizeof(*f->plan.resumes));
	f->plan.n_resumes = hw != NULL;
	if (hw != NULL) {
		word_set(f->plan.resumes[0].hw, hw);
		word_set(f->plan.resumes[0].region, region);
	}
}

/* Publishing a revision retires the one before. */
static void revise(int64_t rev)
{
	char path[TARGET_MAX_LEN + 1];

	plan_path(path, &f->plan);
	(void)tuf_targets_remove(tuf_repo_role(f->repo, "plans.band"), path);
	f->plan.rev = rev;
}

TEST(check_5_a_halt_once_seen_is_a_latch_on_the_device)
{
	prepare();
	halt_here();
	look();
	assert_stays("halted");
	/* The online key takes it back; the device does not. */
	lift_here();
	again();
	assert_stays("latched");
	fake_device_restart(&d);
	fake_device_run(&d);
	assert_stays("latched");
	ck_assert_str_eq(fake_server_steps(f), "refused:latched");
	end();
}

TEST(check_5_a_higher_revision_that_resumes_the_cell_lifts_it)
{
	prepare();
	halt_here();
	look();
	lift_here();
	revise(2);
	again();
	assert_stays("latched");
	revise(3);
	resumes("b2", "eu");
	again();
	assert_stays("latched");
	revise(4);
	resumes("a7", "eu");
	f->deny = true;
	again();
	ck_assert_int_eq(f->wants, 1);
	/* Those above need not repeat it. */
	revise(5);
	resumes(NULL, NULL);
	f->deny = false;
	again();
	assert_updated();
	end();
}

TEST(check_5_a_lower_revision_stays_latched_after_a_lift)
{
	prepare();
	halt_here();
	f->plan.rev = 3;
	look();
	lift_here();
	revise(4);
	resumes("a7", "eu");
	f->deny = true;
	again();
	ck_assert_int_eq(f->wants, 1);
	f->wants = 0;
	/* Thieves of the plans' keys and the online ones list an old one. */
	f->plan.rev = 2;
	resumes(NULL, NULL);
	again();
	assert_stays("latched");
	end();
}

TEST(check_5_a_lower_revision_lifts_nothing)
{
	prepare();
	halt_here();
	f->plan.rev = 3;
	look();
	lift_here();
	f->plan.rev = 2;
	resumes("a7", "eu");
	again();
	assert_stays("latched");
	fake_device_next(&d);
	assert_stays("latched");
	end();
}

TEST(check_5_a_halt_of_another_cell_latches_nothing)
{
	prepare();
	state_rule_halt(&f->state.rules[0], "a7", "us");
	state_rule_halt(&f->state.rules[0], "b2", "*");
	look();
	assert_updated();
	end();
}

TEST(check_5_a_halt_latches_though_the_plan_does_not_verify)
{
	prepare();
	halt_here();
	fake_server_publish(f);
	move_entry("plans.band", "targets", "plan/band/spring.1.json");
	/* Still listed by the plans: another revision of the id. */
	tuf_repo_target(f->repo, "plans.band", "plan/band/spring.9.json");
	tuf_repo_publish_all(f->repo);
	fake_device_new(&d, f);
	fake_device_run(&d);
	lift_here();
	ck_assert(tuf_targets_remove(tuf_repo_role(f->repo, "targets"),
	                             "plan/band/spring.1.json"));
	again();
	assert_stays("latched");
	end();
}

TEST(check_5_a_latch_is_kept_while_the_plans_list_its_id)
{
	prepare();
	halt_here();
	look();
	lift_here();
	/* Retired for good: the id is free again. */
	revise(1);
	(void)snprintf(f->plan.id, sizeof(f->plan.id), "summer");
	f->deny = true;
	again();
	ck_assert_int_eq(f->wants, 1);
	revise(1);
	(void)snprintf(f->plan.id, sizeof(f->plan.id), "spring");
	f->deny = false;
	again();
	assert_updated();
	end();
}
