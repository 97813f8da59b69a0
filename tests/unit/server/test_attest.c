#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/fleet/attest.h"
#include "server/fleet/sign.h"
#include "server/repo/gate.h"
#include "server/store/audit.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WITNESS test_path("witness")

/* Watched from the beginning. */
static struct server *rolling(struct rollout **out)
{
	struct server *s = server_new();
	struct err e;

	s->config.witness_file = WITNESS;
	server_restart(s);
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 4);
	*out = server_start(s);
	return s;
}

static int64_t version(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return view_online(v)->timestamp_version;
}

static void copy(const char *from, const char *to)
{
	SCOPED(free)
	char *command =
		xasprintf("rm -rf '%s' && cp -a '%s' '%s'", to, from, to);

	if (system(command) != 0)
		ck_abort_msg("%s", command);
}

/* The disk of the data directory dies, and a copy from earlier takes its
 * place. */
static void restore(struct server *s, const char *backup)
{
	fleet_close(s->fleet);
	copy(backup, s->data_dir);
}

static void start(struct server *s)
{
	struct err e;

	ASSERT_OK(server_reopen(s, &e));
}

/* For the next one to begin afresh. */
static void end(struct server *s)
{
	SCOPED(free)
	char *command =
		xasprintf("rm -rf '%s' '%s' '%s' '%s'", test_path("data"),
	                  test_path("keys"), WITNESS, test_path("backup"));

	server_free(s);
	if (system(command) != 0)
		ck_abort_msg("%s", command);
}

static int64_t accept(struct server *s)
{
	struct err e;
	int64_t paused;

	fleet_close(s->fleet);
	ASSERT_OK(attest_accept(&paused, s->data_dir, WITNESS, &s->clock.clock,
	                        "pawld", "a test", &e));
	start(s);
	return paused;
}

static void halt_eu(struct server *s)
{
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_OK(operate_halt(s->fleet, s->fleet->live.items[0], "a7", "eu",
	                       &deed, &e));
}

static bool halted_eu(struct server *s)
{
	const struct state_rule *r = server_rule(s, 0);

	return cells_match(r->halted, r->n_halted, "a7", "eu");
}

static void nothing_goes(struct server *s, int64_t before)
{
	struct wire_answer a;

	server_tick(s, 6000);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_WITNESS, 0);
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(!a.granted);
	halt_eu(s);
	ck_assert_int_eq(version(s), before);
	ck_assert_str_ne(s->fleet->witness_refuses.code, "");
}

TEST(it_sees_every_role_before_anybody_else_does)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	SCOPED(witness_fini)
	struct witness w = {0};
	struct err e;

	ASSERT_OK(witness_read(&w, WITNESS, &e));
	ck_assert_str_eq(w.repo, FIXTURE_REPO);
	ck_assert_int_eq(witness_role(&w, "root")->version, 1);
	ck_assert_int_eq(witness_role(&w, "plans.band")->version, 1);
	for (size_t i = 0; i < view_online(v)->n_files; i++) {
		const struct file *f = view_online(v)->files[i];

		ck_assert_int_eq(witness_role(&w, f->role)->version,
		                 f->version);
		ck_assert_str_eq(witness_role(&w, f->role)->sha256, f->sha256);
		ck_assert_int_gt(witness_role(&w, f->role)->limit, f->version);
	}
	halt_eu(s);
	witness_fini(&w);
	ASSERT_OK(witness_read(&w, WITNESS, &e));
	ck_assert_int_eq(witness_role(&w, "timestamp")->version, version(s));
}

TEST(crashes_and_restarts_agree_with_it)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);

	for (int i = 0; i < 4; i++) {
		server_tick(s, 9 * 3600 * 1000);
		if (i % 2 == 0)
			server_crash(s);
		else
			server_restart(s);
		ck_assert_uint_eq(s->fleet->trouble, 0);
	}
	halt_eu(s);
	server_crash(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(an_old_backup_signs_nothing_until_somebody_has_looked)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	const char *backup = test_path("backup");
	SCOPED(view_put)
	struct view *newest = NULL;
	struct err e;
	int64_t old = version(s);

	copy(s->data_dir, backup);
	halt_eu(s);
	newest = view_get(&s->fleet->view);
	restore(s, backup);
	start(s);
	ck_assert_uint_eq(s->fleet->live.items[0]->n_halts, 0);
	e = s->fleet->witness_refuses;
	ck_assert_str_eq(e.code, "witness_ahead");
	ASSERT_SAYS("an older one was restored");
	ASSERT_SAYS("restore a newer backup");
	ASSERT_SAYS("pawld witness accept");
	nothing_goes(s, old);
	/* A forgotten halt lets nothing go on by itself. */
	restore(s, backup);
	start(s);
	ck_assert_int_eq(accept(s), 1);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	ck_assert_int_gt(version(s), view_online(newest)->timestamp_version);
	ck_assert_int_eq(engine_state(s->fleet->live.items[0]->engine),
	                 ROLLOUT_PAUSED);
	ck_assert(server_rule(s, 0)->hold);
	/* A client that saw the newest follows. */
	SCOPED(view_put)
	struct view *now = view_get(&s->fleet->view);
	ASSERT_OK(gate_check_online(now, newest, fleet_now_s(s->fleet), &e));
	server_restart(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

static enum rollout_state state(struct server *s)
{
	return engine_state(server_newest(s)->engine);
}

/* The watch of its only stage ends. */
static void complete(struct server *s)
{
	for (int i = 0; i < 4; i++)
		server_update(s, (size_t)i, STEP_CONFIRMED);
	for (int i = 0; i < 3; i++)
		server_tick(s, s->plan.stages[0].soak_s * 1000);
	ck_assert_int_eq(state(s), ROLLOUT_COMPLETED);
}

TEST(a_halt_of_what_had_completed_is_not_undone_by_an_old_backup)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	const char *backup = test_path("backup");

	complete(s);
	copy(s->data_dir, backup);
	halt_eu(s);
	ck_assert(halted_eu(s));
	restore(s, backup);
	start(s);
	ck_assert_int_eq(accept(s), 1);
	ck_assert(!halted_eu(s));
	ck_assert(server_rule(s, 0)->hold);
	/* Whoever has looked resumes it, and it is over again. */
	server_resume(s);
	server_tick(s, 1000);
	ck_assert_int_eq(state(s), ROLLOUT_COMPLETED);
	ck_assert(!server_rule(s, 0)->hold);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(what_nobody_is_told_of_any_more_is_not_paused)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	struct err e;

	complete(s);
	server_tick(s, 31 * FIXTURE_DAY_S * 1000);
	ck_assert_uint_eq(server_n_rules(s), 0);
	ASSERT_OK(fs_remove(WITNESS, &e));
	ck_assert_int_eq(accept(s), 0);
	ck_assert_int_eq(state(s), ROLLOUT_COMPLETED);
}

/* A pause of its own lies behind it, or none. */
static void pause_and_resume(struct server *s)
{
	struct deed deed = server_deed("rollout.pause");
	struct err e;

	ASSERT_OK(operate_pause(s->fleet, server_newest(s), &deed, &e));
	server_tick(s, 1000);
	server_resume(s);
}

static void install(struct server *s)
{
	struct report_answer b;
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	ck_assert_int_eq(server_report(s, 0, STEP_INSTALLED, &b), 0);
}

TEST(deadlines_stand_still_from_the_backup_until_somebody_resumes)
{
	for (int paused_before = 0; paused_before <= 1; paused_before++) {
		struct rollout *r;
		struct server *s = rolling(&r);
		int64_t hard_ms = s->plan.gate.hard_s * 1000;
		int64_t signed_ms;

		if (paused_before)
			pause_and_resume(s);
		install(s);
		signed_ms = s->fleet->journal.page.last_signed_ms;
		copy(s->data_dir, test_path("backup"));
		halt_eu(s);
		restore(s, test_path("backup"));
		clock_manual_advance(&s->clock, hard_ms);
		start(s);
		ck_assert_int_eq(accept(s), 1);
		ck_assert_int_eq(server_newest(s)->paused_ms, signed_ms);
		/* Nor does a start while it lasts begin it anew. */
		server_tick(s, hard_ms);
		server_restart(s);
		server_resume(s);
		server_tick(s, s->plan.gate.soft_s * 1000 + 1000);
		ck_assert_int_eq(
			engine_trial(server_newest(s)->engine, 0)->step,
			TRIAL_INSTALLED);
		end(s);
	}
}

TEST(an_old_backup_asks_for_the_newest_signed_files)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	const char *backup = test_path("backup");
	SCOPED(view_put)
	struct view *newest = NULL;
	SCOPED(view_put)
	struct view *now = NULL;
	SCOPED(free)
	char *text = NULL;
	struct err e;

	copy(s->data_dir, backup);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	newest = view_get(&s->fleet->view);
	restore(s, backup);
	start(s);
	(void)accept(s);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_WITNESS, 0);
	ck_assert_int_eq(
		attest_check(s->fleet, view_set(s->fleet->view.current), &e),
		-1);
	ck_assert_str_eq(e.code, "witness_version");
	ASSERT_SAYS("plans.band: version 1 is below 2");
	text = fixture_plan_text(&s->plan);
	server_blob(s, text, strlen(text));
	ASSERT_OK(SERVER_PUBLISH(s, "2.plans.band.json"));
	ck_assert_uint_eq(s->fleet->trouble & TROUBLE_WITNESS, 0);
	now = view_get(&s->fleet->view);
	ASSERT_OK(gate_check_online(now, newest, fleet_now_s(s->fleet), &e));
}

TEST(without_it_a_used_data_directory_waits)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	struct err e;
	int64_t before = version(s);

	ASSERT_OK(fs_remove(WITNESS, &e));
	server_restart(s);
	e = s->fleet->witness_refuses;
	ck_assert_str_eq(e.code, "witness_missing");
	ASSERT_SAYS("has published before");
	nothing_goes(s, before);
	ck_assert_int_eq(accept(s), 1);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	ck_assert(halted_eu(s));
}

TEST(a_new_server_that_cannot_write_it_has_not_lost_it)
{
	SCOPED(server_free)
	struct server *s = server_new();
	SCOPED(free)
	char *nowhere = xasprintf("%s/none/witness", test_path("disk"));
	struct err e;

	s->config.witness_file = nowhere;
	server_restart(s);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_WITNESS, 0);
	ck_assert_int_ne(server_publish_first(s, &e), 0);
	ASSERT_SAYS("disk/none/witness");
	/* Put right, it begins like any other. */
	s->config.witness_file = WITNESS;
	server_restart(s);
	ck_assert_str_eq(s->fleet->witness_refuses.code, "");
	ASSERT_OK(server_publish_first(s, &e));
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_damaged_one_is_not_accepted_over)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	struct err e;
	int64_t paused;

	ASSERT_OK(fs_write(WITNESS, "x", 1, 0640, &e));
	server_restart(s);
	ck_assert_str_eq(s->fleet->witness_refuses.code, "witness_corrupt");
	fleet_close(s->fleet);
	ASSERT_CODE(attest_accept(&paused, s->data_dir, WITNESS,
	                          &s->clock.clock, "pawld", "", &e),
	            "witness_corrupt");
	ASSERT_OK(fs_remove(WITNESS, &e));
	start(s);
	(void)accept(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(an_empty_data_directory_beside_an_old_witness_waits_too)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	SCOPED(free)
	char *text = NULL;
	struct err e;

	free(s->data_dir);
	s->data_dir = xstrdup(test_path("fresh"));
	fleet_close(s->fleet);
	start(s);
	ck_assert_str_eq(s->fleet->witness_refuses.code, "witness_ahead");
	text = fixture_plan_text(&s->plan);
	server_blob(s, SERVER_FIRMWARE, strlen(SERVER_FIRMWARE));
	server_blob(s, text, strlen(text));
	ASSERT_CODE(SERVER_PUBLISH(s, "1.root.json", "1.targets.json",
	                           "1.releases.band.json", "1.plans.band.json"),
	            "witness_ahead");
}

TEST(it_is_accepted_only_while_no_server_runs)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	struct err e;
	int64_t paused;

	ASSERT_CODE(attest_accept(&paused, s->data_dir, WITNESS,
	                          &s->clock.clock, "pawld", "", &e),
	            "in_use");
	ASSERT_SAYS("stop it first");
	ASSERT_ERR(attest_accept(&paused, test_path("nowhere"), WITNESS,
	                         &s->clock.clock, "pawld", "", &e),
	           ERR_NOT_FOUND);
	ASSERT_ERR(attest_accept(&paused, s->data_dir, "", &s->clock.clock,
	                         "pawld", "", &e),
	           ERR_USAGE);
}

static int full(void *ctx, enum fs_op op, const char *path)
{
	(void)ctx;
	return op == FS_WRITE && strstr(path, "/witness") != NULL ? ENOSPC : 0;
}

TEST(a_disk_without_room_for_it_stops_publishing_and_nothing_else)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	struct deed deed = server_deed("rollout.pause");
	struct err e;
	int64_t before = version(s);

	fs_set_hook(full, NULL);
	ASSERT_ERR(server_publish_revision(s, NULL, &e), ERR_NO_SPACE);
	ck_assert_int_eq(version(s), before);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_WITNESS);
	halt_eu(s);
	ck_assert(halted_eu(s));
	fs_set_hook(NULL, NULL);
	server_tick(s, 9 * 3600 * 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	server_crash(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(it_is_written_within_seconds_once_it_can_be_and_nothing_is_signed)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	SCOPED(witness_fini)
	struct witness w = {0};
	struct deed deed = server_deed("rollout.pause");
	struct err e;
	int64_t signed_then;

	fs_set_hook(full, NULL);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	signed_then = version(s);
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_WITNESS);
	fs_set_hook(NULL, NULL);
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	ck_assert_int_eq(version(s), signed_then);
	ASSERT_OK(witness_read(&w, WITNESS, &e));
	ck_assert_int_eq(witness_role(&w, "timestamp")->version, signed_then);
	server_crash(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_disagreement_is_not_written_over)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(&r);
	const char *backup = test_path("backup");
	SCOPED(witness_fini)
	struct witness w = {0};
	struct err e;

	copy(s->data_dir, backup);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	restore(s, backup);
	start(s);
	(void)accept(s);
	/* Offline roles are behind: until they are published again. */
	server_tick(s, 6000);
	server_tick(s, 6000);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_WITNESS, 0);
	ASSERT_OK(witness_read(&w, WITNESS, &e));
	ck_assert_int_eq(witness_role(&w, "plans.band")->version, 2);
}

TEST(what_only_memory_has_is_not_written_into_it)
{
	SCOPED(server_free)
	struct server *s = server_new();
	SCOPED(witness_fini)
	struct witness w = {0};
	struct err e;

	s->config.witness_file = WITNESS;
	server_restart(s);
	ASSERT_OK(server_publish_first(s, &e));
	clock_manual_advance(&s->clock, INT64_C(9) * 3600 * 1000);
	fleet_set_trouble(s->fleet, TROUBLE_WITNESS, true);
	sign_at_once(s->fleet);
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_WITNESS);
	ASSERT_OK(witness_read(&w, WITNESS, &e));
	ck_assert_int_lt(witness_role(&w, "timestamp")->version, version(s));
	server_crash(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}
