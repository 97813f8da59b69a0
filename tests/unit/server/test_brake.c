#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/tuf/snapshot.h"
#include "server/fleet/brake.h"
#include "server/fleet/judge.h"
#include "server/fleet/renew.h"
#include "server/repo/gate.h"
#include "server/store/published.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <string.h>

static struct view *seen(struct server *s)
{
	return view_get(&s->fleet->view);
}

static int64_t version(struct server *s)
{
	SCOPED(view_put)
	struct view *v = seen(s);

	return view_online(v)->timestamp_version;
}

static bool all_on_hold(struct server *s)
{
	for (size_t i = 0; i < server_n_rules(s); i++)
		if (!server_rule(s, i)->hold)
			return false;
	return server_n_rules(s) > 0;
}

/* What a client finds that holds `before`. */
static void follow(struct server *s, const struct view *before)
{
	SCOPED(view_put)
	struct view *v = seen(s);
	struct err e;

	ASSERT_OK(gate_check_online(v, before, fleet_now_s(s->fleet), &e));
}

static void lose_keys(struct server *s)
{
	signer_close(&s->fleet->signer);
	s->config.online_keys = test_path("none");
	s->fleet->config.online_keys = s->config.online_keys;
}

static void halt_eu(struct server *s, struct rollout *r)
{
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
}

TEST(with_each_signing_an_all_hold_set_is_signed_one_version_above)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *v = seen(s);
	const struct online *o = view_online(v), *h = s->fleet->hold;
	struct deed deed = server_deed("rollout.pause");
	struct err e;

	ck_assert_uint_eq(h->n_files, o->n_files);
	for (size_t i = 0; i < o->n_files; i++) {
		ck_assert_str_eq(h->files[i]->role, o->files[i]->role);
		ck_assert_int_eq(h->files[i]->version,
		                 o->files[i]->version + 1);
		/* Nobody sees it. */
		if (strcmp(o->files[i]->role, "timestamp") != 0)
			ck_assert_ptr_null(view_metadata(v, h->files[i]->name));
	}
	ck_assert(h->states[0].doc.rules[0].hold);
	ck_assert(!o->states[0].doc.rules[0].hold);
	/* The next signing goes on above it. */
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	ck_assert_int_eq(version(s), o->timestamp_version + 2);
}

TEST(a_halt_without_the_keys_puts_everything_on_hold_at_once)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *before = seen(s);
	struct wire_answer a;
	struct err e;
	int64_t stored;

	ck_assert(!all_on_hold(s));
	lose_keys(s);
	halt_eu(s, r);
	ck_assert(all_on_hold(s));
	ck_assert_int_eq(version(s),
	                 view_online(before)->timestamp_version + 1);
	follow(s, before);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_SIGNER | TROUBLE_HELD);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
		ck_assert(!a.granted);
	}
	ASSERT_OK(published_version(&stored, s->fleet->store, "timestamp", &e));
	ck_assert_int_eq(stored, version(s));
	/* A second one finds the brake pulled. */
	ck_assert_uint_eq(engine_n_halted(r->engine), 1);
	ASSERT_OK(brake_pull(s->fleet, &e));
}

TEST(when_the_keys_are_back_what_is_true_is_signed_above_it)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *held = NULL;
	const struct state_rule *rule;

	lose_keys(s);
	halt_eu(s, r);
	held = seen(s);
	server_tick(s, 60000);
	ck_assert(all_on_hold(s));
	/* Into the folder: nobody restarts anything. */
	s->fleet->config.online_keys = test_path("keys");
	server_tick(s, 6000);
	rule = server_rule(s, 0);
	ck_assert(!rule->hold);
	ck_assert(cells_match(rule->halted, rule->n_halted, "a7", "eu"));
	ck_assert_int_gt(version(s), view_online(held)->timestamp_version);
	follow(s, held);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_start_without_keys_holds_everything_and_takes_halts)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *before = seen(s);
	SCOPED(view_put)
	struct view *held = NULL;
	struct wire_answer a;

	lose_keys(s);
	server_crash(s);
	ck_assert(all_on_hold(s));
	follow(s, before);
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(!a.granted);
	halt_eu(s, s->fleet->live.items[0]);
	ck_assert(all_on_hold(s));
	/* Again without, then with them. */
	server_crash(s);
	ck_assert(all_on_hold(s));
	held = seen(s);
	ck_assert_int_eq(view_online(held)->timestamp_version,
	                 view_online(before)->timestamp_version + 1);
	s->config.online_keys = test_path("keys");
	server_crash(s);
	ck_assert(!all_on_hold(s));
	ck_assert(cells_match(server_rule(s, 0)->halted,
	                      server_rule(s, 0)->n_halted, "a7", "eu"));
	follow(s, held);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_brake_the_database_did_not_hear_of_is_still_pulled_after_a_crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	int64_t held;

	lose_keys(s);
	db_set_hook(db_no_space, NULL);
	halt_eu(s, r);
	held = version(s);
	server_crash(s);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(version(s), held);
	ck_assert(all_on_hold(s));
}

TEST(a_change_that_was_not_stored_leaves_a_brake_that_fits)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("rollout.pause");
	SCOPED(view_put)
	struct view *before = seen(s);
	struct err e;

	db_set_hook(db_no_space, NULL);
	ASSERT_ERR(operate_pause(s->fleet, r, &deed, &e), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	lose_keys(s);
	server_crash(s);
	ck_assert(all_on_hold(s));
	follow(s, before);
}

TEST(a_publish_that_was_not_stored_leaves_the_brake_of_the_set_before)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *before = seen(s);
	struct err e;

	db_set_hook(db_no_space, NULL);
	ASSERT_ERR(server_publish_revision(s, NULL, &e), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	lose_keys(s);
	server_crash(s);
	ck_assert(all_on_hold(s));
	follow(s, before);
}

/* The states say the same over both sets; the snapshots do not. */
TEST(a_brake_over_a_set_that_was_not_stored_is_not_pulled)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct tuf_targets *t = tuf_repo_role(s->repo, "releases.band");
	struct err e;

	t->expires_s += 86400;
	tuf_repo_publish(s->repo, "releases.band");
	db_set_hook(db_no_space, NULL);
	ASSERT_ERR(SERVER_PUBLISH(s, "2.releases.band.json"), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	lose_keys(s);
	server_crash(s);
	ck_assert(all_on_hold(s));
	SCOPED(view_put)
	struct view *v = seen(s);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot snap = {0};
	const struct file *f = online_role(view_online(v), "snapshot");
	ASSERT_OK(tuf_envelope_parse(&env, TUF_SNAPSHOT, f->name, f->bytes,
	                             f->len, &e));
	ASSERT_OK(tuf_snapshot_parse(&snap, &env, &e));
	ck_assert_int_eq(tuf_snapshot_find(&snap, "releases.band")->version, 1);
}

static int full(void *ctx, enum fs_op op, const char *path)
{
	const char *slash = strrchr(path, '/');

	(void)ctx;
	return op == FS_WRITE && slash != NULL &&
	                       strncmp(slash, "/hold", 5) == 0
	               ? ENOSPC
	               : 0;
}

TEST(a_disk_without_room_for_it_is_told_and_stops_no_signing)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("rollout.pause");
	struct err e;

	fs_set_hook(full, NULL);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_BRAKE);
	halt_eu(s, r);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_BRAKE);
	fs_set_hook(NULL, NULL);
	ASSERT_OK(operate_resume(s->fleet, r, &deed, &e));
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_brake_that_could_not_be_written_is_within_seconds_of_room)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *halted = NULL;

	fs_set_hook(full, NULL);
	halt_eu(s, r);
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_BRAKE);
	fs_set_hook(NULL, NULL);
	halted = seen(s);
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	/* Nothing was signed for it. */
	ck_assert_int_eq(version(s), view_online(halted)->timestamp_version);
	/* Without, devices would be led back behind the halt. */
	lose_keys(s);
	server_crash(s);
	ck_assert(all_on_hold(s));
	follow(s, halted);
	ck_assert_int_gt(version(s), view_online(halted)->timestamp_version);
}

TEST(without_keys_and_brake_what_was_published_is_served_whole)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *before = seen(s);
	const struct state_file *was = &view_online(before)->states[0];
	struct view_target t = {0};
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(STATE_BYTES_MAX);
	struct err e;

	lose_keys(s);
	ASSERT_OK(fs_remove(test_keep(fs_join(s->data_dir, "hold")), &e));
	server_crash(s);
	ck_assert_int_eq(version(s), view_online(before)->timestamp_version);
	SCOPED(view_put)
	struct view *v = seen(s);
	ck_assert(view_target(v, was->name, &t));
	ck_assert_str_eq(t.sha256, was->sha256);
	ck_assert_int_eq(t.length, (int64_t)was->len);
	ck_assert_ptr_null(t.bytes);
	ASSERT_OK(blobs_read(&s->fleet->blobs, t.sha256, &bytes, &e));
	ck_assert(!view_target(v, "rollout/band/production.json", &t));
}

TEST(whoever_began_before_a_restart_still_finds_the_state_of_then)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	SCOPED(view_put)
	struct view *before = seen(s);
	struct view_target t;

	server_crash(s);
	halt_eu(s, s->fleet->live.items[0]);
	SCOPED(view_put)
	struct view *v = seen(s);
	for (size_t i = 0; i < view_online(before)->n_files; i++)
		ck_assert_ptr_nonnull(
			view_metadata(v, view_online(before)->files[i]->name));
	ck_assert(view_target(v, view_online(before)->states[0].name, &t));
}

TEST(a_damaged_brake_is_made_anew_and_without_keys_nothing_is_granted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct wire_answer a;
	struct err e;

	lose_keys(s);
	ASSERT_OK(fs_write(test_keep(fs_join(s->data_dir, "hold")), "x", 1,
	                   0640, &e));
	server_crash(s);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_SIGNER);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(!a.granted);
	s->config.online_keys = test_path("keys");
	server_restart(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	lose_keys(s);
	server_crash(s);
	ck_assert(all_on_hold(s));
}

TEST(a_start_by_a_wrong_clock_holds_everything_until_it_is_confirmed)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("clock.confirm");
	struct err e;

	clock_manual_jump(&s->clock, s->clock.utc - 3600000);
	server_crash(s);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_CLOCK | TROUBLE_HELD);
	ck_assert(all_on_hold(s));
	/* A halt joins in and lets nothing go. */
	halt_eu(s, s->fleet->live.items[0]);
	ck_assert(all_on_hold(s));
	ck_assert(cells_match(server_rule(s, 0)->halted,
	                      server_rule(s, 0)->n_halted, "a7", "eu"));
	server_tick(s, 6000);
	ck_assert(all_on_hold(s));
	ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
	ck_assert(!all_on_hold(s));
	ck_assert_uint_eq(s->fleet->trouble, 0);
}
