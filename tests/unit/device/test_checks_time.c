#include "config.h"

#include "tests/unit/device/checks.h"

static void halt_meanwhile(void *ctx)
{
	int at = *(const int *)ctx;

	if (f->wants != at)
		return;
	halt_here();
	fake_server_publish(f);
}

TEST(check_6_the_whole_decision_is_made_before_the_first_byte)
{
	static int first = 1;

	prepare();
	f->on_ask = halt_meanwhile;
	f->on_ask_ctx = &first;
	look();
	/* The grant was given, and something newer named with it. */
	ck_assert_int_eq(f->wants, 1);
	f->wants = 0;
	assert_stays("halted");
	ck_assert_ptr_null(strstr(buf_str(&f->log), "fw"));
	end();
}

TEST(check_6_and_again_before_the_slots_are_switched)
{
	static int second = 2;

	prepare();
	f->on_ask = halt_meanwhile;
	f->on_ask_ctx = &second;
	look();
	ck_assert_str_eq(fake_server_steps(f),
	                 "started downloaded verified installed "
	                 "refused:halted");
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	end();
}

TEST(check_6_a_server_that_always_knows_something_newer_starts_nothing)
{
	prepare();
	f->claim_newer = 1;
	look();
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_int_eq(f->wants, 4); /* asked, and asked again thrice */
	ck_assert_uint_eq(f->n_reports, 0);
	/* What it told was not stored: its own numbers still are the mark. */
	f->claim_newer = 0;
	fake_device_next(&d);
	assert_updated();
	end();
}

TEST(check_6_a_newer_root_is_something_newer_too)
{
	prepare();
	f->claim_newer_root = 1;
	look();
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_uint_eq(f->n_reports, 0);
	f->claim_newer_root = 0;
	fake_device_next(&d);
	assert_updated();
	end();
}

TEST(check_7_the_server_cannot_hurry_a_device_nor_put_it_to_sleep)
{
	static const int64_t told[][2] = {{0, 30},
	                                  {1, 30},
	                                  {29, 30},
	                                  {31, 31},
	                                  {9007199254740991, 86400}};

	prepare();
	f->repo->timestamp.expires_s += 30 * TUF_REPO_DAY;
	f->repo->snapshot.expires_s += 30 * TUF_REPO_DAY;
	f->deny = true;
	look();
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		f->poll_after_s = told[i][0];
		fake_device_next(&d);
		ck_assert_int_eq(d.due_ms - clock_mono_ms(&f->clock.clock),
		                 told[i][1] * 1000);
	}
	end();
}

static void publish_rollout_as(int64_t version)
{
	tuf_repo_publish_as(f->repo, "rollout.band", version);
	tuf_repo_publish_listings(f->repo);
}

TEST(check_8_a_version_once_seen_outlives_a_rotation_of_the_snapshot)
{
	prepare();
	f->deny = true;
	look();
	publish_rollout_as(50);
	fake_device_next(&d);
	fake_device_next(&d);
	rotate_listings();
	publish_rollout_as(49);
	fake_server_forget(f);
	fake_device_next(&d);
	ck_assert_str_eq(fake_device_look(&d).alarm, "below_mark");
	ck_assert_int_eq(f->wants, 0);
	fake_device_restart(&d);
	fake_device_run(&d);
	ck_assert_str_eq(fake_device_look(&d).alarm, "below_mark");
	publish_rollout_as(51);
	f->deny = false;
	fake_device_next(&d);
	assert_updated();
	end();
}

/* Recovery from fast-forward: the thief of the online keys drove the version
 * up; new keys begin low. */
TEST(check_8_new_keys_of_a_role_begin_with_a_low_version)
{
	struct tuf_targets *targets;
	struct tuf_delegation *del;
	static const unsigned fresh = 35;

	prepare();
	f->deny = true;
	look();
	publish_rollout_as(1000000);
	fake_device_next(&d);
	fake_device_next(&d);
	rotate_listings();
	targets = tuf_repo_role(f->repo, "targets");
	for (size_t i = 0; i < targets->n_roles; i++) {
		del = &targets->roles[i];
		if (strcmp(del->name, "rollout.band") != 0)
			continue;
		del->n_keyids = 0;
		tuf_targets_add_key(targets, del,
		                    tuf_repo_public(f->repo, fresh));
	}
	tuf_repo_set_signers(f->repo, "rollout.band", &fresh, 1);
	tuf_repo_publish(f->repo, "targets");
	publish_rollout_as(2);
	f->deny = false;
	fake_device_next(&d);
	assert_updated();
	end();
}

TEST(check_10_a_clock_that_goes_back_does_not_make_old_metadata_young)
{
	prepare();
	f->deny = true;
	look();
	/* A day later, then the clock is turned back to before the expiry. */
	clock_manual_advance(&f->clock, (TUF_REPO_DAY + 10) * 1000);
	f->repo->timestamp.expires_s += 3 * TUF_REPO_DAY;
	f->repo->snapshot.expires_s += 3 * TUF_REPO_DAY;
	fake_server_publish(f);
	fake_device_run(&d);
	fake_server_forget(f);
	/* The network shows the old, unexpired set of yesterday. */
	f->repo->timestamp.expires_s = FAKE_NOW_S + TUF_REPO_DAY;
	fake_server_publish(f);
	clock_manual_jump(&f->clock, FAKE_NOW_S * 1000);
	fake_device_restart(&d);
	fake_device_run(&d);
	ck_assert_int_eq(f->wants, 0);
	ck_assert_str_eq(fake_device_look(&d).alarm, "expired");
	end();
}

TEST(check_10_without_a_clock_only_signed_releases_move_the_floor)
{
	prepare();
	f->fw.built_s = FAKE_NOW_S + 5 * FIXTURE_DAY_S;
	f->plan.expires_s = FAKE_NOW_S + 4 * FIXTURE_DAY_S;
	f->plan.max_ppm = PPM;
	f->repo->timestamp.expires_s = FAKE_NOW_S + 9 * FIXTURE_DAY_S;
	f->repo->snapshot.expires_s = FAKE_NOW_S + 9 * FIXTURE_DAY_S;
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.p.has_clock = false;
	/* Its clock says the year 2100; it does not look. */
	clock_manual_jump(&f->clock, INT64_C(4102444800000));
	fake_device_run(&d);
	assert_stays("expired"); /* by the floor, that the release raised */
	end();
}

TEST(check_10_a_refresh_that_is_not_whole_raises_nothing)
{
	prepare();
	f->deny = true;
	look();
	/* The clock is wrong by years; what it refreshed has expired then, so
	 * the floor stays where it was and all is well once it is set. */
	clock_manual_jump(&f->clock, INT64_C(4102444800000));
	again();
	ck_assert_str_eq(fake_device_look(&d).alarm, "expired");
	clock_manual_jump(&f->clock, (FAKE_NOW_S + 3600) * 1000);
	f->deny = false;
	fake_device_next(&d);
	assert_updated();
	end();
}

TEST(check_10_new_timestamp_keys_drop_a_floor_that_was_too_high)
{
	prepare();
	f->deny = true;
	f->repo->timestamp.expires_s = INT64_C(5000000000);
	f->repo->snapshot.expires_s = INT64_C(5000000000);
	f->repo->root.expires_s = INT64_C(5000000000);
	tuf_repo_publish(f->repo, "root");
	tuf_repo_role(f->repo, "targets")->expires_s = INT64_C(5000000000);
	tuf_repo_role(f->repo, "releases.band")->expires_s =
		INT64_C(5000000000);
	tuf_repo_role(f->repo, "plans.band")->expires_s = INT64_C(5000000000);
	tuf_repo_role(f->repo, "rollout.band")->expires_s = INT64_C(5000000000);
	fake_server_publish(f);
	/* A whole refresh in the year 2100 raises the floor to there. */
	clock_manual_jump(&f->clock, INT64_C(4102444800000));
	fake_device_new(&d, f);
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).offer.why, OFFER_EXPIRED);
	clock_manual_jump(&f->clock, FAKE_NOW_S * 1000);
	fake_device_next(&d);
	ck_assert_int_eq(fake_device_look(&d).offer.why, OFFER_EXPIRED);
	f->deny = false;
	/* What is signed now has long expired by that floor. */
	f->repo->timestamp.expires_s = FAKE_NOW_S + TUF_REPO_DAY;
	f->repo->snapshot.expires_s = FAKE_NOW_S + TUF_REPO_DAY;
	rotate_listings();
	again();
	assert_updated();
	end();
}

TEST(check_10_booting_never_depends_on_expiry)
{
	prepare();
	look();
	assert_updated();
	clock_manual_jump(&f->clock, INT64_C(4102444800000));
	fake_device_restart(&d);
	ck_assert_str_eq(fake_device_look(&d).running_sha256,
	                 f->plan.release_sha256);
	end();
}
