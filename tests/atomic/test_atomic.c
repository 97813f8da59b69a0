#include "config.h"

#include "lib/base/mem.h"
#include "tests/atomic/world.h"
#include "tests/support/runner.h"

#include <stdio.h>

/* At every point what a killed process leaves; of what a power cut leaves, a
 * sample. `make check-slow` takes them all. */
static const struct disk_crash_limits bounded = {
	.stride = 8, .singles = 1, .without = 24};

static void survives(const char *name)
{
	struct world w;

	world_record(&w, act_named(name), "disk");
	w.crash.limits = bounded;
	world_survives(&w);
	world_fini(&w);
}

TEST(a_first_publish_is_whole_or_absent_after_any_crash)
{
	survives("first publish");
}

TEST(a_new_release_is_whole_or_absent_after_any_crash)
{
	survives("release");
}

TEST(a_root_rotation_is_whole_or_absent_after_any_crash)
{
	survives("root");
}

TEST(a_renewal_is_whole_or_absent_after_any_crash)
{
	survives("renewal");
}

TEST(a_halt_is_whole_or_absent_after_any_crash)
{
	survives("halt");
}

TEST(a_stop_and_a_start_lose_nothing_in_any_crash)
{
	survives("restart");
}

TEST(an_upload_that_was_answered_is_there_after_any_crash)
{
	survives("upload");
}

TEST(what_a_kill_left_is_on_the_disk_when_the_same_act_is_answered)
{
	for (size_t i = 0; i < n_acts; i++) {
		SCOPED(free)
		char *name = xasprintf("disk-%zu", i);
		struct world w;

		world_record(&w, &acts[i], name);
		world_survives_twice(&w, 16, false);
		world_fini(&w);
	}
}
