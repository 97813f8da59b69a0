#include "config.h"

#include "tests/atomic/flushes.h"
#include "tests/atomic/world.h"
#include "tests/support/runner.h"

static const struct disk_crash_limits whole = {
	.stride = 1, .singles = 64, .chances = 24, .without = 100000};

static void survives(const char *name)
{
	struct world w;

	world_record(&w, act_named(name), "disk");
	w.crash.limits = whole;
	world_survives(&w);
	world_fini(&w);
}

TEST(a_first_publish_survives_every_crash)
{
	survives("first publish");
}

TEST(a_new_release_survives_every_crash)
{
	survives("release");
}

TEST(a_root_rotation_survives_every_crash)
{
	survives("root");
}

TEST(a_renewal_survives_every_crash)
{
	survives("renewal");
}

TEST(a_halt_survives_every_crash)
{
	survives("halt");
}

TEST(a_stop_and_a_start_survive_every_crash)
{
	survives("restart");
}

TEST(an_upload_that_was_answered_survives_every_crash)
{
	survives("upload");
}

static void survives_twice(const char *name, size_t stride)
{
	struct world w;

	world_record(&w, act_named(name), "disk");
	world_survives_twice(&w, stride, true);
	world_fini(&w);
}

TEST(a_first_publish_survives_a_kill_and_then_a_power_cut_at_any_step)
{
	survives_twice("first publish", 3);
}

TEST(a_new_release_survives_a_kill_and_then_a_power_cut_at_any_step)
{
	survives_twice("release", 1);
}

TEST(a_root_rotation_survives_a_kill_and_then_a_power_cut_at_any_step)
{
	survives_twice("root", 1);
}

TEST(a_halt_survives_a_kill_and_then_a_power_cut_at_any_step)
{
	survives_twice("halt", 1);
}

TEST(without_any_one_flush_some_crash_breaks)
{
	flushes_are_needed(&whole);
}

TEST(no_crash_at_all_breaks_without_a_flush_listed_as_needless)
{
	flushes_listed_are_needless(&whole);
}
