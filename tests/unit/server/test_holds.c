#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/holds.h"
#include "server/show/show.h"
#include "server/store/audit.h"
#include "server/store/db.h"
#include "server/store/holds.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>

/* Two cells, a7/eu (even devices) and a7/us; the rollout runs. */
static struct server *rolling(size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct err e;

	server_plan(&s->plan, 1);
	s->plan.stages[0].soak_s = FIXTURE_DAY_S;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, n);
	server_tick(s, 61000);
	*out = server_start(s);
	return s;
}

static void start(struct server *s, size_t device)
{
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, device, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "device %zu: %s", device, a.why_text);
}

/* Past soft_s and twice what they were told, of the grants just written. */
static void wait_until_overdue(struct server *s)
{
	int64_t told = ENGINE_POLL_OPEN_S * 11 / 10;

	server_tick(s, (s->plan.gate.soft_s + 2 * told) * 1000);
}

static const char *asked(struct server *s, size_t device, struct wire_answer *a)
{
	ck_assert_int_eq(server_checkin(s, device, WANT_START, a), 0);
	return a->granted ? "yes" : a->why_code;
}

struct counted {
	const char *action;
	int n;
};

static int count_row(void *ctx, const struct audit_row *a, struct err *e)
{
	struct counted *c = ctx;

	(void)e;
	c->n += strcmp(a->action, c->action) == 0;
	if (strcmp(a->actor, "engine") == 0)
		ck_assert_str_ne(a->reason, "");
	return 0;
}

static int audited(struct server *s, const char *action)
{
	struct counted c = {.action = action};
	struct err e;

	ASSERT_OK(audit_page(s->fleet->store, 0, 200, count_row, &c, &e));
	return c.n;
}

static int count_hold(void *ctx, const struct hold_row *h, struct err *e)
{
	(void)h;
	(void)e;
	++*(int *)ctx;
	return 0;
}

static int stored_holds(struct server *s)
{
	struct err e;
	int n = 0;

	ASSERT_OK(holds_each(s->fleet->store, count_hold, &n, &e));
	return n;
}

TEST(a_fleet_that_falls_silent_is_held_and_goes_on_when_late_reports_come)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	struct wire_answer a;
	struct report_answer b;

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	server_tick(s, s->plan.gate.soft_s * 1000);
	/* Nobody is late who may still be asleep until his next poll. */
	ck_assert_str_eq(asked(s, 6, &a), "cap_cell");
	wait_until_overdue(s);
	ck_assert_uint_gt(r->holds.len, 0);
	ck_assert_str_eq(asked(s, 6, &a), "hold");
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_int_gt(audited(s, "rollout.hold"), 0);
	ck_assert_int_eq(audited(s, "rollout.run"), 1);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(server_report(s, i, STEP_CONFIRMED, &b), 0);
	server_tick(s, 1000);
	ck_assert_uint_eq(r->holds.len, 0);
	ck_assert(!server_rule(s, 0)->hold);
	ck_assert_str_eq(asked(s, 6, &a), "yes");
	ck_assert_int_eq(audited(s, "rollout.hold"),
	                 audited(s, "rollout.lift"));
	ck_assert_int_eq(audited(s, "rollout.run"), 2);
	ck_assert_int_eq(stored_holds(s), 0);
}

TEST(a_hold_of_one_cell_names_it_and_leaves_the_others_alone)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(24, &r);
	struct wire_answer a;

	/* The sums that a7/us is in, too, have enough that did well. */
	for (size_t i = 1; i < 24; i += 2)
		server_update(s, i, STEP_CONFIRMED);
	for (size_t i = 0; i < 6; i += 2)
		start(s, i);
	wait_until_overdue(s);
	ck_assert_uint_eq(r->holds.len, 1);
	ck_assert_str_eq(r->holds.items[0].hw, "a7");
	ck_assert_str_eq(r->holds.items[0].region, "eu");
	ck_assert_str_eq(asked(s, 8, &a), "hold");
	ck_assert_ptr_nonnull(strstr(a.why_text, "a7/eu: 3 overdue and 0 "
	                                         "silent of 3"));
	/* A part of it is a matter of grants: nothing is signed. */
	ck_assert(!server_rule(s, 0)->hold);
	ck_assert_int_eq(audited(s, "rollout.run"), 0);
}

TEST(an_open_attempt_activates_while_everything_is_on_hold)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	struct wire_answer a;

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	wait_until_overdue(s);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_int_eq(a.step, WANT_ACTIVATE);
}

TEST(a_hold_stays_over_a_crash_since_when_it_began_and_is_told_once)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	struct wire_answer a;
	int64_t since;
	int holds;

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	wait_until_overdue(s);
	ck_assert_uint_gt(r->holds.len, 0);
	since = r->holds.items[0].since_ms;
	holds = audited(s, "rollout.hold");
	clock_manual_advance(&s->clock, 5000);
	server_crash(s);
	r = s->fleet->live.items[0];
	/* The very first state that is signed says it. */
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_str_eq(asked(s, 6, &a), "hold");
	server_tick(s, 1000);
	ck_assert_int_eq(r->holds.items[0].since_ms, since);
	ck_assert_int_eq(audited(s, "rollout.hold"), holds);
	ck_assert_int_eq(audited(s, "rollout.run"), 1);
	ck_assert_int_eq(audited(s, "rollout.lift"), 0);
}

TEST(what_was_lifted_while_the_server_was_away_is_told_after_it)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	struct hold_row h = {.rollout = 1, .since_ms = 1, .text = "x"};
	struct err e;

	word_set(h.hw, "a7");
	word_set(h.region, "eu");
	ASSERT_OK(holds_add(s->fleet->store, &h, &e));
	ASSERT_ERR(holds_add(s->fleet->store, &h, &e), ERR_CONFLICT);
	server_crash(s);
	server_tick(s, 1000);
	ck_assert_int_eq(audited(s, "rollout.lift"), 1);
	ck_assert_int_eq(stored_holds(s), 0);
	ASSERT_ERR(holds_end(s->fleet->store, 1, "a7", "eu", 2, &e),
	           ERR_NOT_FOUND);
}

TEST(a_hold_that_cannot_be_stored_denies_all_the_same_and_is_stored_later)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	db_set_hook(db_no_space, NULL);
	wait_until_overdue(s);
	ck_assert_uint_eq(r->holds.len, 0);
	ck_assert_int_eq(engine_may_grant(r->engine, 0), GRANT_HOLD);
	ck_assert(!server_rule(s, 0)->hold);
	db_set_hook(NULL, NULL);
	server_tick(s, 6000);
	ck_assert_uint_gt(r->holds.len, 0);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_int_eq(stored_holds(s), (int)r->holds.len);
}

TEST(a_pause_and_a_hold_are_each_enough_to_say_hold)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	struct deed deed = server_deed("rollout.pause");
	struct report_answer b;
	struct err e;

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	wait_until_overdue(s);
	ck_assert(server_rule(s, 0)->hold);
	/* Those that wait to activate may not: they are not late any more. */
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	server_tick(s, 1000);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_uint_eq(r->holds.len, 0);
	ASSERT_OK(operate_resume(s->fleet, r, &deed, &e));
	server_tick(s, 1000);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_uint_gt(r->holds.len, 0);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(server_report(s, i, STEP_CONFIRMED, &b), 0);
	server_tick(s, 1000);
	ck_assert(!server_rule(s, 0)->hold);
}

TEST(a_revision_takes_over_and_the_old_hold_ends)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	struct err e;

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	wait_until_overdue(s);
	ck_assert_int_gt(stored_holds(s), 0);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	server_tick(s, 1000);
	ck_assert_uint_eq(r->holds.len, 0);
	ck_assert_int_eq(stored_holds(s), 0);
}

static const char *picture(struct server *s)
{
	struct buf b = BUF_INIT(1 << 20);
	struct jw w;

	jw_init(&w, &b);
	show_rollout(&w, s->fleet, s->fleet->live.items[0]);
	return test_keep(buf_take(&b));
}

TEST(a_hold_is_shown_with_its_numbers_and_what_promotion_waits_for)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	const char *text;

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	text = picture(s);
	ck_assert_ptr_nonnull(strstr(text, "\"holds\":[]"));
	wait_until_overdue(s);
	text = picture(s);
	ck_assert_ptr_nonnull(strstr(text, "\"overdue\":6"));
	ck_assert_ptr_nonnull(strstr(text, "\"held\":true"));
	ck_assert_ptr_nonnull(strstr(text, "\"silent\":0,\"trials\":6"));
	ck_assert_ptr_nonnull(strstr(text, " to lift"));
	/* The sentence stands with the hold, not in waits_for too. */
	ck_assert_ptr_null(strstr(text, "to lift: "));
	ck_assert_ptr_nonnull(strstr(text, "\"who\":\"nobody\",\"text\":\"on "
	                                   "hold everywhere"));
	ck_assert_ptr_nonnull(strstr(text, "\"since\":\"20"));
}

TEST(a_resume_after_a_long_pause_says_go_at_once)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(12, &r);
	struct deed deed = server_deed("rollout.pause");
	struct err e;

	for (size_t i = 0; i < 6; i++)
		start(s, i);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	wait_until_overdue(s);
	server_tick(s, 1000);
	ck_assert_uint_eq(r->holds.len, 0);
	server_resume(s);
	ck_assert(!server_rule(s, 0)->hold);
	server_tick(s, 1000);
	ck_assert_uint_eq(r->holds.len, 0);
	ck_assert_int_eq(audited(s, "rollout.hold"), 0);
}
