#include "config.h"

#include "tests/unit/device/checks.h"

/* The flash forgets a bit between the write and the switch. */
static void rot(void *ctx)
{
	char *bytes;
	int64_t size;
	struct err e;

	(void)ctx;
	if (f->wants != 2)
		return;
	ASSERT_OK(fs_size(&size, in_device("slot.1"), &e));
	bytes = fake_content(in_device("slot.1"));
	bytes[1234] ^= 1;
	ASSERT_OK(fs_write(in_device("slot.1"), bytes, (size_t)size, 0600, &e));
}

TEST(check_11_a_slot_that_rots_after_it_was_verified_does_not_boot)
{
	prepare();
	f->on_ask = rot;
	look();
	ck_assert_ptr_nonnull(
		strstr(fake_server_steps(f), "activated reverted:slot_hash"));
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	end();
}

static void offline_plan(int64_t after_s)
{
	f->plan.offline_after_s = after_s;
	f->plan.gate.holdback_ppm = 0;
	f->plan.n_stages = 1;
	f->plan.stages[0].ppm = PPM;
	f->state.rules[0].stage = 0;
	f->repo->timestamp.expires_s += 30 * TUF_REPO_DAY;
	f->repo->snapshot.expires_s += 30 * TUF_REPO_DAY;
}

static void polls_for(int64_t seconds)
{
	int64_t until = clock_mono_ms(&f->clock.clock) + seconds * 1000;

	while (clock_mono_ms(&f->clock.clock) < until)
		fake_device_next(&d);
}

TEST(check_12_after_long_enough_without_an_answer_a_refresh_stands_for_it)
{
	prepare();
	offline_plan(7200);
	f->deny = true;
	look();
	f->api_down = true;
	polls_for(3600);
	assert_old_image();
	fake_device_restart(&d); /* the time awake is kept */
	fake_device_run(&d);
	polls_for(3700);
	polls_for(7200);
	assert_updated();
	/* Its reports carry no attempt. */
	f->api_down = false;
	fake_device_next(&d);
	ck_assert_str_eq(fake_server_steps(f),
	                 "started downloaded verified installed activated "
	                 "booted confirmed");
	for (size_t i = 0; i < f->n_reports; i++)
		ck_assert_int_eq(f->reports[i].attempt, 0);
	end();
}

TEST(check_12_what_is_published_while_nobody_answers_is_noticed)
{
	prepare();
	offline_plan(60);
	f->state.rules[0].hold = true;
	look();
	f->api_down = true;
	f->state.rules[0].hold = false;
	fake_server_publish(f);
	polls_for(100000);
	assert_updated();
	end();
}

TEST(check_12_a_halt_is_noticed_while_nobody_answers)
{
	prepare();
	offline_plan(200000);
	f->state.rules[0].hold = true;
	look();
	f->api_down = true;
	halt_here();
	fake_server_publish(f);
	polls_for(7200);
	/* A latch: taking it back changes nothing. */
	f->state.rules[0].hold = false;
	lift_here();
	again();
	f->api_down = false;
	fake_device_next(&d);
	assert_stays("latched");
	end();
}

TEST(check_12_once_answered_an_idle_poll_is_one_request_again)
{
	prepare();
	f->state.rules[0].hold = true;
	look();
	f->api_down = true;
	fake_device_next(&d);
	f->api_down = false;
	fake_server_forget(f);
	fake_device_next(&d);
	ck_assert_ptr_nonnull(strstr(buf_str(&f->log), "timestamp.json"));
	fake_server_forget(f);
	fake_device_next(&d);
	ck_assert_str_eq(buf_str(&f->log), "checkin ");
	end();
}

TEST(check_12_an_answer_starts_the_time_anew)
{
	prepare();
	/* One stretch of silence is at most 3000 s and a wait; all together
	 * are more than this. */
	offline_plan(20000);
	f->deny = true;
	look();
	for (int i = 0; i < 8; i++) {
		f->api_down = true;
		polls_for(3000);
		f->api_down = false;
		while (fake_device_look(&d).polls == 0 || f->checkins == 0)
			fake_device_next(&d);
		f->checkins = 0;
	}
	assert_old_image();
	end();
}

TEST(check_12_it_overrides_no_hold_halt_or_expiry)
{
	prepare();
	offline_plan(60);
	f->state.rules[0].hold = true;
	look();
	f->api_down = true;
	polls_for(7200);
	assert_stays("hold");
	halt_here();
	fake_server_publish(f);
	f->api_down = false;
	polls_for(7200);
	f->api_down = true;
	f->state.rules[0].hold = false;
	polls_for(7200);
	assert_stays("halted");
	end();
}

TEST(check_12_only_in_the_last_stage_of_a_plan_that_says_so)
{
	prepare();
	offline_plan(-1);
	f->deny = true;
	look();
	ck_assert_int_eq(f->wants, 1);
	f->api_down = true;
	polls_for(100000);
	assert_old_image();
	end();
}

TEST(check_12_not_before_the_last_stage)
{
	prepare();
	offline_plan(60);
	f->plan.n_stages = 2;
	f->plan.stages[0].ppm = PPM - 1;
	f->plan.stages[1].ppm = PPM;
	f->deny = true;
	look();
	ck_assert_int_eq(f->wants, 1);
	f->api_down = true;
	polls_for(7200);
	assert_old_image();
	end();
}

TEST(check_12_not_for_a_device_without_a_clock)
{
	prepare();
	offline_plan(60);
	f->plan.max_ppm = PPM;
	f->deny = true;
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.p.has_clock = false;
	fake_device_run(&d);
	ck_assert_int_eq(f->wants, 1);
	f->api_down = true;
	polls_for(7200);
	assert_old_image();
	end();
}

TEST(check_12_a_plan_that_failed_alone_is_not_tried_alone_again)
{
	prepare();
	offline_plan(60);
	f->deny = true;
	look();
	f->api_down = true;
	d.bad_image = f->plan.release_sha256;
	polls_for(7200);
	f->api_down = false;
	fake_device_next(&d);
	f->api_down = true;
	polls_for(20000);
	f->api_down = false;
	fake_device_next(&d);
	ck_assert_str_eq(fake_server_steps(f),
	                 "started downloaded verified installed activated "
	                 "reverted:boot_failed");
	end();
}
