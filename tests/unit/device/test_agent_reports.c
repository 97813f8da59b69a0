#include "config.h"

#include "tests/unit/device/checks.h"

/* What a thief of the server says, and what the recovered one has. */
#define LIE INT64_C(1000000000000)
#define MARK 40

static void assert_told_from(int64_t first)
{
	ck_assert_str_eq(fake_server_steps(f),
	                 "started downloaded verified installed activated "
	                 "booted confirmed");
	for (size_t i = 0; i < f->n_reports; i++)
		ck_assert_int_eq(f->reports[i].seq, first + (int64_t)i);
	ck_assert_uint_eq(fake_device_look(&d).reports_pending, 0);
}

TEST(a_false_mark_mutes_a_device_no_longer_than_the_thief_rules)
{
	prepare();
	f->deny = true;
	f->seq = LIE;
	look();
	f->deny = false;
	f->seq = MARK;
	fake_device_next(&d);
	assert_updated();
	assert_told_from(MARK + 1);
	end();
}

TEST(a_false_mark_is_forgotten_over_restarts_too)
{
	prepare();
	f->state.rules[0].hold = true;
	f->seq = LIE;
	look();
	f->seq = MARK;
	fake_device_next(&d);
	fake_device_restart(&d);
	/* Neither outbox nor state brings it back. */
	ck_assert_ptr_nonnull(
		strstr(fake_content(in_device("outbox")), "{\"mark\":40}"));
	f->state.rules[0].hold = false;
	fake_server_publish(f);
	fake_device_run(&d);
	assert_updated();
	assert_told_from(MARK + 1);
	end();
}

TEST(what_is_told_before_a_check_in_waits_for_the_right_numbers)
{
	prepare();
	f->seq = LIE;
	f->acks_nothing = true;
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.health = AGENT_NOT_YET;
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_BOOTED);
	f->seq = MARK;
	f->acks_nothing = false;
	fake_device_restart(&d);
	d.health = AGENT_HEALTHY;
	fake_server_forget(f);
	fake_device_run(&d);
	assert_updated();
	/* Too far, and nothing to hold the numbers against. */
	ck_assert_str_eq(buf_str(&f->log), "report:7 ");
	ck_assert_uint_eq(fake_device_look(&d).reports_pending, 7);
	fake_device_next(&d);
	assert_told_from(MARK + 1);
	end();
}
