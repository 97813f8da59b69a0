#include "config.h"

#include "device/identity.h"
#include "tests/unit/device/checks.h"

#include <errno.h>

static void flip(const char *name)
{
	char *bytes;
	int64_t size;
	struct err e;

	ASSERT_OK(fs_size(&size, in_device(name), &e));
	bytes = fake_content(in_device(name));
	bytes[1234] ^= 1;
	ASSERT_OK(fs_write(in_device(name), bytes, (size_t)size, 0600, &e));
}

/* Updated, and its old image may run again: their counter is the same. */
static void spoil_the_slot_that_runs(void)
{
	prepare();
	f->fw.counter = 1;
	look();
	assert_updated();
	flip("slot.1");
	fake_device_restart(&d);
	assert_old_image();
}

TEST(a_spoilt_slot_is_told_to_the_server)
{
	spoil_the_slot_that_runs();
	fake_device_run(&d);
	ck_assert_ptr_nonnull(strstr(buf_str(&d.events), "refreshed"));
	ck_assert_str_eq(f->last_alarm, "slot_fallback");
	end();
}

TEST(a_fault_is_told_until_an_answer_comes)
{
	spoil_the_slot_that_runs();
	f->api_down = true;
	fake_device_run(&d);
	fake_device_next(&d);
	f->api_down = false;
	fake_device_next(&d);
	ck_assert_str_eq(f->last_alarm, "slot_fallback");
	/* Then what was refused meanwhile, as long as it is. */
	fake_device_next(&d);
	ck_assert_str_eq(f->last_alarm, "confirmed_before");
	fake_device_next(&d);
	ck_assert_str_eq(f->last_alarm, "confirmed_before");
	end();
}

TEST(other_bytes_on_the_way_are_told_to_the_server)
{
	struct fake_target *t;

	prepare();
	fake_server_publish(f);
	t = &f->targets.items[0];
	t->bytes[7777] ^= 1;
	fake_device_new(&d, f);
	fake_device_run(&d);
	ck_assert_str_eq(fake_device_look(&d).alarm, "transport_hash");
	ck_assert_str_eq(f->last_alarm, "");
	fake_device_next(&d);
	ck_assert_str_eq(f->last_alarm, "transport_hash");
	t->bytes[7777] ^= 1;
	fake_device_next(&d);
	assert_updated();
	ck_assert_str_eq(f->last_alarm, "");
	ck_assert_str_eq(fake_device_look(&d).alarm, "");
	end();
}

TEST(a_refusal_is_told_until_a_refresh_is_whole)
{
	prepare();
	f->repo->timestamp.expires_s = FAKE_NOW_S - 1;
	look();
	ck_assert_str_eq(f->last_alarm, "expired");
	fake_device_next(&d);
	ck_assert_str_eq(f->last_alarm, "expired");
	f->repo->timestamp.expires_s = FAKE_NOW_S + TUF_REPO_DAY;
	again();
	assert_updated();
	ck_assert_str_eq(f->last_alarm, "");
	end();
}

/* ---- What came of one poll ---- */

TEST(what_is_expired_ends_a_poll_as_expired)
{
	struct err e;

	prepare();
	f->repo->timestamp.expires_s = FAKE_NOW_S - 1;
	look();
	ASSERT_ERR(agent_outcome(d.agent, &e), ERR_EXPIRED);
	ck_assert_str_eq(e.code, "expired");
	end();
}

TEST(signed_files_that_break_any_rule_end_a_poll_as_untrusted)
{
	struct err e;

	prepare();
	f->plan.release_length = 1; /* the list says another */
	look();
	ASSERT_ERR(agent_outcome(d.agent, &e), ERR_UNTRUSTED);
	end();
	prepare();
	fake_server_publish(f);
	fake_server_put(f, "rollout.band", "rollout/band/production.json",
	                "nonsense", 8, NULL);
	tuf_repo_publish_all(f->repo);
	fake_device_new(&d, f);
	fake_device_run(&d);
	ASSERT_ERR(agent_outcome(d.agent, &e), ERR_UNTRUSTED);
	end();
}

static int no_room(void *ctx, enum fs_op op, const char *path)
{
	(void)ctx;
	return op == FS_WRITE && strstr(path, "/metadata/") != NULL ? ENOSPC
	                                                            : 0;
}

TEST(a_full_disk_ends_a_poll_as_that)
{
	struct err e;

	prepare();
	fake_server_publish(f);
	fake_device_new(&d, f);
	fs_set_hook(no_room, NULL);
	fake_device_run(&d);
	fs_set_hook(NULL, NULL);
	ASSERT_ERR(agent_outcome(d.agent, &e), ERR_NO_SPACE);
	end();
}

TEST(a_key_that_does_not_read_ends_a_poll_as_that)
{
	struct err e;

	prepare();
	f->state.rules[0].hold = true;
	look();
	ASSERT_OK(agent_outcome(d.agent, &e));
	ASSERT_OK(fs_write(in_device(IDENTITY_FILE), "rotten", 6, 0600, &e));
	f->state.rules[0].hold = false;
	again();
	assert_updated();
	ASSERT_ERR(agent_outcome(d.agent, &e), ERR_INVALID);
	end();
}

/* Nothing but the reports is due then. */
TEST(a_poll_that_confirmed_after_a_reboot_was_answered)
{
	struct err e;

	prepare();
	fake_server_publish(f);
	fake_device_new(&d, f);
	d.health = AGENT_NOT_YET;
	fake_device_run(&d);
	ck_assert_int_eq(fake_device_look(&d).phase, ATTEMPT_BOOTED);
	d.health = AGENT_HEALTHY;
	fake_device_restart(&d);
	fake_device_run(&d);
	assert_updated();
	ck_assert_int_eq(fake_device_look(&d).polls, 0);
	ASSERT_OK(agent_outcome(d.agent, &e));
	end();
}

TEST(a_poll_that_nobody_answered_says_so)
{
	struct err e;

	prepare();
	f->state.rules[0].hold = true;
	look();
	ASSERT_OK(agent_outcome(d.agent, &e));
	fake_device_restart(&d);
	f->api_down = true;
	fake_device_run(&d);
	ASSERT_ERR(agent_outcome(d.agent, &e), ERR_UNREACHABLE);
	end();
}
