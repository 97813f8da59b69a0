#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fake_server.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <string.h>

static struct fake_server *f;
static struct fake_device d;

static const char *in_device(const char *name)
{
	return test_keep(fs_join(d.dir, name));
}

static void begin(void)
{
	f = fake_server_new();
	fake_server_publish(f);
	fake_device_new(&d, f);
}

static void end(void)
{
	fake_device_free(&d);
	fake_server_free(f);
}

static void assert_right_bytes(void)
{
	struct agent_view v = fake_device_look(&d);
	char hex[SHA256_HEX_SIZE];
	int64_t length;
	struct err e;

	ASSERT_OK(hash_file(hex, &length, v.active_path, &e));
	ck_assert_str_eq(hex, v.running_sha256);
}

TEST(a_device_enrols_updates_itself_and_tells_each_step)
{
	begin();
	fake_device_run(&d);
	ck_assert_msg(fake_device_is_updated(&d), "%s", buf_str(&d.events));
	assert_right_bytes();
	ck_assert_int_eq(f->enrols, 1);
	ck_assert_str_eq(fake_server_steps(f),
	                 "started downloaded verified installed activated "
	                 "booted confirmed");
	for (size_t i = 0; i < f->n_reports; i++) {
		ck_assert_int_eq(f->reports[i].seq, (int64_t)i + 1);
		ck_assert_int_eq(f->reports[i].attempt, 17);
	}
	ck_assert_str_eq(f->reports[6].running, f->plan.release_sha256);
	ck_assert_int_eq(f->reports[6].counter, 3);
	ck_assert_str_eq(f->reports[4].running, d.p.image.sha256);
	end();
}

TEST(an_idle_poll_costs_one_request_and_no_write)
{
	const char *before[2];

	begin();
	fake_device_run(&d);
	fake_device_next(&d);
	fake_server_forget(f);
	before[0] = fake_content(in_device("state.0"));
	before[1] = fake_content(in_device("state.1"));
	fake_device_next(&d);
	ck_assert_str_eq(buf_str(&f->log), "checkin ");
	ck_assert_str_eq(fake_content(in_device("state.0")), before[0]);
	ck_assert_str_eq(fake_content(in_device("state.1")), before[1]);
	end();
}

TEST(a_stage_that_opens_by_time_alone_is_noticed)
{
	f = fake_server_new();
	f->plan.stages[2].not_before_s = FAKE_NOW_S + 3600;
	fake_server_publish(f);
	fake_device_new(&d, f);
	fake_device_run(&d);
	ck_assert_int_eq(f->wants, 0);
	ck_assert_int_eq(fake_device_look(&d).offer.why, OFFER_NOT_YET);
	for (int i = 0; i < 5; i++)
		fake_device_next(&d);
	ck_assert_int_eq(f->wants, 0);
	for (int i = 0; i < 3; i++)
		fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(without_a_grant_nothing_starts_and_the_next_poll_asks_again)
{
	begin();
	f->deny = true;
	fake_device_run(&d);
	ck_assert_int_eq(f->wants, 1);
	ck_assert_str_eq(fake_device_look(&d).denied_code, "cap_cell");
	ck_assert_ptr_null(strstr(buf_str(&f->log), "fw"));
	fake_device_next(&d);
	ck_assert_int_eq(f->wants, 2);
	ck_assert_uint_eq(f->n_reports, 0);
	f->deny = false;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(a_grant_for_something_else_is_none)
{
	begin();
	f->other_plan = true;
	fake_device_run(&d);
	f->other_plan = false;
	f->other_step = true;
	fake_device_next(&d);
	f->other_step = false;
	f->other_nonce = true;
	fake_device_next(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_uint_eq(f->n_reports, 0);
	f->other_nonce = false;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

/* Another attempt's number, once the image is installed. */
static void other_attempt(void *ctx)
{
	(void)ctx;
	if (f->wants == 2)
		f->attempt = 18;
}

TEST(a_grant_for_another_attempt_switches_nothing)
{
	begin();
	f->on_ask = other_attempt;
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_INSTALLED);
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	f->attempt = 17;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

static void a_minute_passes(void *ctx)
{
	(void)ctx;
	if (f->wants == 1)
		clock_manual_advance(&f->clock, 61000);
}

TEST(a_grant_is_begun_in_time_or_asked_for_again)
{
	begin();
	f->on_ask = a_minute_passes;
	fake_device_run(&d);
	ck_assert_int_eq(f->wants, 1);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

static void hold(void *ctx)
{
	(void)ctx;
	if (f->wants != 1)
		return;
	f->state.rules[0].hold = true;
	fake_server_publish(f);
}

TEST(an_open_attempt_activates_under_a_hold)
{
	begin();
	f->on_ask = hold;
	fake_device_run(&d);
	/* The hold came while it asked: it looks again, and does not start. */
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_int_eq(fake_device_look(&d).offer.why, OFFER_HOLD);
	f->on_ask = NULL;
	f->state.rules[0].hold = false;
	fake_server_publish(f);
	f->wants = 0;
	f->on_ask = other_attempt;
	fake_device_next(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_INSTALLED);
	f->state.rules[0].hold = true;
	fake_server_publish(f);
	f->attempt = 17;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(a_low_battery_defers_once_and_a_charged_one_updates)
{
	f = fake_server_new();
	f->fw.battery_pct = 50;
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.facts.battery_pct = 20;
	fake_device_run(&d);
	fake_device_next(&d);
	fake_device_next(&d);
	ck_assert_str_eq(fake_server_steps(f), "deferred:battery");
	ck_assert_int_eq(f->reports[0].attempt, 0);
	ck_assert_int_eq(f->wants, 0);
	d.facts.battery_pct = 80;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(a_battery_that_fell_before_the_switch_gives_the_attempt_back)
{
	f = fake_server_new();
	f->fw.battery_pct = 50;
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.facts.battery_pct = 60;
	f->on_ask = other_attempt;
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_INSTALLED);
	d.facts.battery_pct = 10;
	fake_device_next(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_ptr_nonnull(
		strstr(fake_server_steps(f), "installed deferred:battery"));
	/* The bytes are there already: a new attempt fetches none. */
	f->on_ask = NULL;
	f->attempt = 21;
	d.facts.battery_pct = 90;
	fake_server_forget(f);
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_ptr_null(strstr(buf_str(&f->log), "fw"));
	ck_assert_str_eq(fake_server_steps(f),
	                 "started installed activated booted confirmed");
	end();
}

TEST(a_download_that_is_cut_goes_on_after_a_new_decision)
{
	begin();
	f->target_cut = 2500;
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_DOWNLOADING);
	for (int i = 0; i < 3; i++)
		fake_device_next(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_DOWNLOADING);
	ck_assert_int_eq(f->last_attempt, 17);
	ck_assert_int_eq(f->wants, 1);
	f->target_cut = 0;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	assert_right_bytes();
	end();
}

TEST(a_halt_stops_a_download_that_was_cut)
{
	begin();
	f->target_cut = 2500;
	fake_device_run(&d);
	f->target_cut = 0;
	state_rule_halt(&f->state.rules[0], "a7", "eu");
	fake_server_publish(f);
	fake_device_next(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_ptr_nonnull(strstr(fake_server_steps(f), "refused:halted"));
	end();
}

TEST(other_bytes_are_never_installed_and_given_up_after_three_times)
{
	struct fake_target *t;

	begin();
	t = &f->targets.items[0];
	ck_assert_ptr_nonnull(strstr(t->url, "app.bin"));
	t->bytes[7777] ^= 1;
	fake_device_run(&d);
	for (int i = 0; i < 4 && fake_device_look(&d).phase != ATTEMPT_NONE;
	     i++)
		fake_device_next(&d);
	ck_assert_ptr_nonnull(
		strstr(fake_server_steps(f), "failed:transport_hash"));
	ck_assert_ptr_null(strstr(fake_server_steps(f), "verified"));
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	/* The right ones are taken afterwards. */
	t->bytes[7777] ^= 1;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(an_image_that_does_not_boot_is_reverted_and_told)
{
	begin();
	d.bad_image = f->plan.release_sha256;
	fake_device_run(&d);
	ck_assert_str_eq(fake_server_steps(f),
	                 "started downloaded verified installed activated "
	                 "reverted:boot_failed");
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	ck_assert_uint_eq(fake_device_look(&d).counter, 1);
	ck_assert_str_eq(f->reports[5].running, d.p.image.sha256);
	end();
}

TEST(an_image_that_is_unwell_is_reverted_and_told)
{
	begin();
	d.health = AGENT_SICK;
	fake_device_run(&d);
	ck_assert_ptr_nonnull(
		strstr(fake_server_steps(f), "booted reverted:unhealthy"));
	ck_assert_str_eq(fake_device_look(&d).running_sha256, d.p.image.sha256);
	end();
}

TEST(an_image_that_never_gets_well_is_reverted_at_its_deadline)
{
	begin();
	d.health = AGENT_NOT_YET;
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_BOOTED);
	ck_assert_str_eq(fake_device_look(&d).running_sha256,
	                 f->plan.release_sha256);
	for (int i = 0; i < 700 && fake_device_look(&d).phase != ATTEMPT_NONE;
	     i++)
		fake_device_next(&d);
	ck_assert_ptr_nonnull(
		strstr(fake_server_steps(f), "reverted:deadline"));
	ck_assert_int_ge(clock_mono_ms(&f->clock.clock), 600000);
	end();
}

TEST(an_image_that_is_never_confirmed_runs_out_of_tries)
{
	begin();
	d.health = AGENT_NOT_YET;
	fake_device_run(&d);
	for (int i = 0; i < 2; i++) {
		fake_device_restart(&d);
		ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_BOOTED);
	}
	fake_device_restart(&d);
	fake_device_run(&d);
	ck_assert_ptr_nonnull(
		strstr(fake_server_steps(f), "reverted:not_confirmed"));
	ck_assert_uint_eq(fake_device_look(&d).counter, 1);
	end();
}

TEST(reports_wait_for_a_server_that_takes_them)
{
	begin();
	f->acks_nothing = true;
	fake_device_run(&d);
	ck_assert(fake_device_is_updated(&d));
	ck_assert_uint_eq(fake_device_look(&d).reports_pending, 7);
	fake_device_restart(&d);
	ck_assert_uint_eq(fake_device_look(&d).reports_pending, 7);
	f->acks_nothing = false;
	fake_device_run(&d);
	ck_assert_uint_eq(fake_device_look(&d).reports_pending, 0);
	ck_assert_str_eq(fake_server_steps(f),
	                 "started downloaded verified installed activated "
	                 "booted confirmed");
	end();
}

TEST(a_device_that_lost_its_outbox_goes_on_above_the_servers_mark)
{
	struct err e;

	begin();
	f->deny = true;
	f->seq = 500;
	fake_device_run(&d);
	ASSERT_OK(fs_remove(in_device("outbox"), &e));
	fake_device_restart(&d);
	f->deny = false;
	fake_device_run(&d);
	ck_assert_int_eq(f->reports[0].seq, 501);
	end();
}

TEST(a_server_that_is_down_is_asked_ever_less_often)
{
	int64_t waits[6];

	begin();
	f->api_down = true;
	fake_device_run(&d);
	for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
		waits[i] = d.due_ms - clock_mono_ms(&f->clock.clock);
		ck_assert_int_ge(waits[i], 30000);
		fake_device_next(&d);
	}
	ck_assert_int_gt(waits[5], 4 * waits[0]);
	f->api_down = false;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(answers_of_any_status_only_delay)
{
	static const int statuses[] = {400, 401, 403, 404, 409, 413,
	                               422, 429, 500, 503, 302, 204};

	begin();
	/* The waits add up to days. */
	f->repo->timestamp.expires_s += 30 * TUF_REPO_DAY;
	f->repo->snapshot.expires_s += 30 * TUF_REPO_DAY;
	fake_server_publish(f);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		f->api_status = statuses[i];
		if (i == 0)
			fake_device_run(&d);
		else
			fake_device_next(&d);
		ck_assert_int_eq(f->enrols, 0);
	}
	f->api_status = 0;
	fake_device_next(&d);
	ck_assert_int_eq(f->enrols, 1);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		f->api_status = statuses[i];
		fake_device_next(&d);
	}
	f->api_status = 0;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

/* The power goes after every k-th step, whatever it is. Three are needed to
 * get anywhere: begin, refresh, ask. */
TEST(a_device_that_is_killed_again_and_again_still_arrives)
{
	struct err e;
	int64_t due;

	for (int k = 3; k < 20; k++) {
		begin();
		for (int i = 1; i < 300 && !fake_device_is_updated(&d); i++) {
			ASSERT_OK(agent_poll(d.agent, &due, &e));
			if (i % k == 0)
				fake_device_restart(&d);
		}
		ck_assert_msg(fake_device_is_updated(&d), "every %d: %s", k,
		              buf_str(&d.events));
		assert_right_bytes();
		fake_device_run(&d);
		fake_device_next(&d);
		ck_assert_ptr_nonnull(
			strstr(fake_server_steps(f), "confirmed"));
		end();
	}
}

/* The storage dies at its n-th step and stays dead: a cut. */
struct dying {
	int at, seen;
};

static int die(void *ctx, enum fs_op op, const char *path)
{
	struct dying *x = ctx;

	(void)op;
	(void)path;
	return x->seen++ >= x->at ? EIO : 0;
}

static bool finishes_before_dying(struct dying *x)
{
	struct err e = {0};
	int64_t due;
	bool alive = true;

	fs_set_hook(die, x);
	for (int i = 0; i < 300 && alive; i++) {
		alive = agent_poll(d.agent, &due, &e) == 0;
		if (alive && due > clock_mono_ms(&f->clock.clock))
			break;
	}
	fs_set_hook(NULL, NULL);
	return x->seen <= x->at;
}

TEST(a_device_whose_storage_dies_at_any_step_goes_on_after_power_on)
{
	int deaths = 0;

	for (int at = 0;; at++) {
		struct dying x = {.at = at};
		bool finished;

		begin();
		finished = finishes_before_dying(&x);
		fake_device_restart(&d);
		fake_device_run(&d);
		for (int i = 0; i < 5 && !fake_device_is_updated(&d); i++)
			fake_device_next(&d);
		ck_assert_msg(fake_device_is_updated(&d),
		              "after %d steps of storage: %s", at,
		              buf_str(&d.events));
		assert_right_bytes();
		ck_assert_uint_eq(fake_device_look(&d).reports_pending, 0);
		ck_assert_ptr_nonnull(
			strstr(fake_server_steps(f), "confirmed"));
		end();
		if (finished)
			break;
		deaths++;
	}
	ck_assert_int_gt(deaths, 50);
}

TEST(a_plan_that_had_its_trial_is_asked_for_again_after_an_hour)
{
	begin();
	f->deny = true;
	f->deny_code = "tried_before";
	fake_device_run(&d);
	ck_assert_int_eq(f->wants, 1);
	/* An operator lets it try once more. */
	f->deny = false;
	clock_manual_advance(&f->clock, 3600 * 1000);
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(a_plan_that_had_its_trial_is_not_asked_for_at_every_poll)
{
	begin();
	f->deny = true;
	f->deny_code = "tried_before";
	fake_device_run(&d);
	ck_assert_int_eq(f->wants, 1);
	fake_server_forget(f);
	fake_device_next(&d);
	ck_assert_str_eq(buf_str(&f->log), "checkin ");
	/* Another revision is another plan. */
	f->plan.rev = 2;
	f->deny = false;
	fake_server_publish(f);
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(an_attempt_the_server_does_not_know_is_given_up)
{
	begin();
	f->on_ask = other_attempt;
	fake_device_run(&d);
	f->on_ask = NULL;
	f->deny = true;
	f->deny_code = "unknown_attempt";
	fake_device_next(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_NONE);
	ck_assert_ptr_nonnull(
		strstr(fake_server_steps(f), "refused:unknown_attempt"));
	f->deny = false;
	f->attempt = 31;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(a_metadata_server_that_is_down_does_not_keep_a_device_from_checking_in)
{
	begin();
	f->metadata_down = true;
	fake_device_run(&d);
	ck_assert_ptr_nonnull(strstr(buf_str(&f->log), "checkin "));
	ck_assert_int_eq(f->wants, 0);
	f->metadata_down = false;
	fake_device_next(&d);
	ck_assert(fake_device_is_updated(&d));
	end();
}

TEST(a_slot_that_is_too_small_defers_before_a_byte_is_asked_for)
{
	f = fake_server_new();
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.p.slot_bytes = (int64_t)FAKE_IMAGE_BYTES - 1;
	fake_device_run(&d);
	ck_assert_str_eq(fake_server_steps(f), "deferred:flash");
	ck_assert_int_eq(f->wants, 0);
	end();
}
