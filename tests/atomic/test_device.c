/*
 * The same for a device: what `pawl-device` leaves of slots, state and outbox
 * when it is killed or the power fails at any step.
 */
#include "config.h"

#include "tests/atomic/device.h"
#include "tests/support/runner.h"

#include <stdlib.h>

static struct device_world w;

static bool is_updated(const struct device_world *world)
{
	return fake_device_is_updated(&world->d);
}

TEST(an_update_ends_well_and_forgets_nothing_in_any_crash)
{
	struct err e;

	device_begin(&w);
	w.is_done = is_updated;
	ASSERT_OK(device_live_twice(&w, &e));
	device_survived(&w, "update", false);
}

TEST(an_image_that_is_not_well_is_given_up_for_good_in_any_crash)
{
	struct err e;

	device_begin(&w);
	w.d.health = AGENT_SICK;
	w.is_done = device_has_failed;
	ASSERT_OK(device_live_twice(&w, &e));
	ck_assert_ptr_nonnull(strstr(fake_server_steps(w.f), "reverted"));
	device_survived(&w, "revert", true);
}

/* A crash before it was latched leaves a device that may go on. */
static bool has_decided(const struct device_world *world)
{
	return device_is_latched(world) || is_updated(world);
}

TEST(a_latch_holds_in_any_crash_whatever_is_signed_later)
{
	struct err e;

	device_begin(&w);
	state_rule_halt(&w.f->state.rules[0], "a7", "*");
	fake_server_publish(w.f);
	w.is_done = device_is_latched;
	ASSERT_OK(device_live(&w, &e));
	free(w.f->state.rules[0].halted);
	w.f->state.rules[0].halted = NULL;
	w.f->state.rules[0].n_halted = 0;
	fake_server_publish(w.f);
	fake_device_next(&w.d);
	ck_assert(!is_updated(&w));
	w.is_done = has_decided;
	device_survived(&w, "latch", true);
}
