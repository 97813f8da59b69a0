#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/precede.h"
#include "server/show/show.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEXT_FIRMWARE "release 3.0.0"
#define NEXT_PATH "fw/band/3.0.0_app.bin"
#define NEXT_PLAN "plan/band/top.1.json"

/* Plan top.1 with release 3.0.0, over these versions only where given. */
static void publish_next(struct server *s, const char *from_min,
                         const char *from_max, struct plan *p)
{
	struct fw f;
	struct err e;

	server_plan(p, 1);
	(void)snprintf(p->id, sizeof(p->id), "top");
	fixture_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "3.0.0");
	f.has_from = from_min != NULL;
	if (f.has_from) {
		(void)snprintf(f.from_min, sizeof(f.from_min), "%s", from_min);
		(void)snprintf(f.from_max, sizeof(f.from_max), "%s", from_max);
	}
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	hash_sha256_hex(p->release_sha256, NEXT_FIRMWARE,
	                strlen(NEXT_FIRMWARE));
	p->release_length = (int64_t)strlen(NEXT_FIRMWARE);
	(void)snprintf(p->release_path, sizeof(p->release_path), NEXT_PATH);
	tuf_targets_put(tuf_repo_role(s->repo, "releases.band"), NEXT_PATH,
	                p->release_length, p->release_sha256, custom);
	server_blob(s, NEXT_FIRMWARE, strlen(NEXT_FIRMWARE));
	SCOPED(free)
	char *text = fixture_plan_text(p);
	tuf_targets_put(tuf_repo_role(s->repo, "plans.band"), NEXT_PLAN,
	                (int64_t)strlen(text), p->sha256, NULL);
	server_blob(s, text, strlen(text));
	tuf_repo_publish(s->repo, "releases.band");
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(
		SERVER_PUBLISH(s, "2.releases.band.json", "2.plans.band.json"));
}

static struct rollout *start_next(struct server *s, int64_t *takes)
{
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	struct err e;

	ASSERT_OK(operate_start(&r, takes, s->fleet, NEXT_PLAN, &deed, &e));
	return r;
}

static const char *why(struct server *s, size_t device)
{
	struct buf b = BUF_INIT(1 << 16);

	show_why(&b, s->fleet, s->devices[device].index);
	return test_keep(buf_take(&b));
}

static const char *shown(struct server *s, const struct rollout *r)
{
	struct buf b = BUF_INIT(1 << 16);
	struct jw w;

	jw_init(&w, &b);
	show_rollout(&w, s->fleet, r);
	return test_keep(buf_take(&b));
}

#define ASSERT_HAS(text, part) \
	ck_assert_msg(strstr(text, part) != NULL, "%s", text)

TEST(a_rollout_says_how_many_devices_it_takes_from_an_unfinished_one)
{
	SCOPED(server_free)
	struct server *s = server_rolling(5, NULL);
	SCOPED(plan_fini)
	struct plan p = {0};
	int64_t takes = 0;
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	publish_next(s, NULL, NULL, &p);
	(void)start_next(s, &takes);
	ck_assert_int_eq(takes, 5);
	for (int i = 0; i < 2; i++) {
		ASSERT_HAS(shown(s, s->fleet->live.items[1]),
		           "\"takes\":[{\"rollout\":1,\"devices\":5}],"
		           "\"loses\":[]");
		ASSERT_HAS(shown(s, s->fleet->live.items[0]),
		           "\"takes\":[],"
		           "\"loses\":[{\"rollout\":2,\"devices\":5}]");
		server_crash(s);
	}
	/* What has ended loses nothing. */
	ASSERT_OK(operate_halt(s->fleet, s->fleet->live.items[0], "*", "*",
	                       &deed, &e));
	ASSERT_HAS(shown(s, s->fleet->live.items[1]), "\"takes\":[]");
	ASSERT_HAS(shown(s, s->fleet->live.items[0]), "\"loses\":[]");
}

TEST(devices_a_release_does_not_take_yet_are_not_taken_over)
{
	SCOPED(server_free)
	struct server *s = server_rolling(5, NULL);
	SCOPED(plan_fini)
	struct plan p = {0};
	int64_t takes = -1;

	publish_next(s, "2.1.0", "2.9.9", &p);
	(void)start_next(s, &takes);
	ck_assert_int_eq(takes, 0);
}

TEST(why_names_both_rollouts_that_want_a_device)
{
	SCOPED(server_free)
	struct server *s = server_rolling(2, NULL);
	SCOPED(plan_fini)
	struct plan p = {0};
	int64_t takes;
	const char *text;

	publish_next(s, NULL, NULL, &p);
	(void)start_next(s, &takes);
	text = why(s, 0);
	ASSERT_HAS(text, "rule 0, " NEXT_PLAN ": may: start 3.0.0");
	ASSERT_HAS(text, "rule 1, " SERVER_PLAN_PATH
	                 ": its scope has the device, too; rule 0 stands "
	                 "above it and decides");
}

TEST(a_device_behind_gets_the_stepping_stone_and_then_the_release)
{
	SCOPED(server_free)
	struct server *s = server_rolling(2, NULL);
	SCOPED(plan_fini)
	struct plan p = {0};
	struct wire_answer a;
	int64_t takes;

	publish_next(s, "2.1.0", "2.9.9", &p);
	(void)start_next(s, &takes);
	ASSERT_HAS(why(s, 0), "start 2.1.0 with plan spring.1 first: 3.0.0 is "
	                      "installed over 2.1.0 to 2.9.9 only");
	ASSERT_HAS(why(s, 0), "rule 0, " NEXT_PLAN
	                      ": 3.0.0 is installed over 2.1.0 to 2.9.9 only, "
	                      "2.0.0 runs");
	server_update(s, 0, STEP_CONFIRMED);
	memcpy(s->plan.sha256, p.sha256, sizeof(p.sha256));
	s->devices[0].attempt = 0;
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_str_eq(a.plan, p.sha256);
	/* The one still behind may not jump. */
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(!a.granted);
}
