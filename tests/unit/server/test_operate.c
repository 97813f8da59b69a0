#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/operate.h"
#include "server/fleet/precede.h"
#include "server/store/halts.h"
#include "server/store/rollouts.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct server *rolling(size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, n);
	*out = server_start(s);
	return s;
}

static struct rollout *newest(struct server *s)
{
	return s->fleet->live.items[s->fleet->live.len - 1];
}

static void resume(struct server *s)
{
	struct deed deed = server_deed("rollout.resume");
	struct err e;

	ASSERT_OK(operate_resume(s->fleet, newest(s), &deed, &e));
}

static void halt(struct server *s, const char *hw, const char *region)
{
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_OK(operate_halt(s->fleet, newest(s), hw, region, &deed, &e));
}

static struct cell eu_only[] = {{"a7", "eu"}};

static void resumes_eu(struct plan *p)
{
	/* plan_fini() frees it. */
	p->resumes = xcalloc(1, sizeof(*p->resumes));
	p->resumes[0] = eu_only[0];
	p->n_resumes = 1;
}

TEST(a_long_reason_is_cut_between_characters)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct deed deed = server_deed("rollout.halt");
	char reason[512] = "x";
	struct rollout *r;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	r = server_start(s);
	while (strlen(reason) + 3 < sizeof(reason))
		(void)strncat(reason, "\xe2\x82\xac", 4);
	deed.reason = reason;
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	ck_assert_uint_eq(strlen(r->halts[0].evidence.text) %
	                          strlen("\xe2\x82\xac"),
	                  strlen("halted by hand: x") % 3);
}

TEST(only_a_published_plan_starts_and_only_once)
{
	struct rollout *r, *again;
	SCOPED(server_free)
	struct server *s = rolling(1, &r);
	struct deed deed = server_deed("rollout.start");
	int64_t taken;
	struct err e;

	ASSERT_CODE(operate_start(&again, &taken, s->fleet,
	                          "plan/band/none.1.json", &deed, &e),
	            "unknown_plan");
	ASSERT_CODE(operate_start(&again, &taken, s->fleet, SERVER_PLAN_PATH,
	                          &deed, &e),
	            "already_started");
	server_crash(s);
	ASSERT_CODE(operate_start(&again, &taken, s->fleet, SERVER_PLAN_PATH,
	                          &deed, &e),
	            "already_started");
}

TEST(an_expired_plan_does_not_start)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	int64_t taken;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_tick(s, 31 * FIXTURE_DAY_S * 1000);
	ASSERT_CODE(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                          &e),
	            "plan_expired");
}

static enum err_kind no_commit(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)what;
	return op == DB_COMMIT ? ERR_NO_SPACE : ERR_NONE;
}

TEST(what_cannot_be_stored_does_not_start_pause_or_resume)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	int64_t taken;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	db_set_hook(no_commit, NULL);
	ASSERT_ERR(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                         &e),
	           ERR_NO_SPACE);
	ck_assert_uint_eq(s->fleet->live.len, 0);
	ck_assert_uint_eq(server_n_rules(s), 0);
	db_set_hook(NULL, NULL);
	ASSERT_OK(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                        &e));
	db_set_hook(no_commit, NULL);
	ASSERT_ERR(operate_pause(s->fleet, r, &deed, &e), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_RUNNING);
	ck_assert(!server_rule(s, 0)->hold);
}

TEST(a_pause_survives_a_crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(1, &r);
	struct deed deed = server_deed("rollout.pause");
	struct err e;

	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	server_crash(s);
	ck_assert_int_eq(engine_state(newest(s)->engine), ROLLOUT_PAUSED);
	ck_assert(server_rule(s, 0)->hold);
	resume(s);
	ck_assert(!server_rule(s, 0)->hold);
}

TEST(deadlines_stand_still_over_a_pause_and_a_crash_in_it)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(1, &r);
	int64_t hard_ms = r->plan->plan.gate.hard_s * 1000;
	struct deed deed = server_deed("rollout.pause");
	struct report_answer b;
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	ck_assert_int_eq(server_report(s, 0, STEP_INSTALLED, &b), 0);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	server_tick(s, hard_ms);
	server_crash(s);
	server_tick(s, hard_ms);
	resume(s);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_trial(newest(s)->engine, 0)->step,
	                 TRIAL_INSTALLED);
	server_restart(s);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_trial(newest(s)->engine, 0)->step,
	                 TRIAL_INSTALLED);
}

TEST(a_superseded_rollout_is_not_halted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(1, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ASSERT_CODE(operate_halt(s->fleet, r, "*", "*", &deed, &e),
	            "wrong_state");
	server_crash(s);
	ck_assert_uint_eq(s->fleet->live.len, 1);
}

TEST(a_new_revision_goes_on_hold_in_place_of_the_old)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ck_assert_int_eq(engine_state(newest(s)->engine), ROLLOUT_PAUSED);
	ck_assert_uint_eq(server_n_rules(s), 1);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_str_eq(server_rule(s, 0)->plan_path,
	                 "plan/band/spring.2.json");
	/* What had not activated is void. */
	ck_assert_int_eq(engine_trial(newest(s)->engine, 0)->step, TRIAL_VOID);
	resume(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_int_eq(a.attempt, 2);
}

TEST(a_revision_keeps_the_halts_that_it_does_not_resume)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	const struct state_rule *rule;
	struct err e;

	halt(s, "*", "*");
	ASSERT_OK(server_publish_revision(s, resumes_eu, &e));
	resume(s);
	rule = server_rule(s, 0);
	ck_assert(!cells_match(rule->halted, rule->n_halted, "a7", "eu"));
	ck_assert(cells_match(rule->halted, rule->n_halted, "a7", "us"));
}

TEST(carried_halts_are_on_the_disk_with_the_publish_itself)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	const struct state_rule *rule;
	struct err e;

	halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	/* Nothing ran in between. */
	server_crash(s);
	resume(s);
	rule = server_rule(s, 0);
	ck_assert(cells_match(rule->halted, rule->n_halted, "a7", "eu"));
	ck_assert(!cells_match(rule->halted, rule->n_halted, "a7", "us"));
}

TEST(a_resumed_cell_begins_an_empty_epoch)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(8, &r);
	struct err e;

	server_update(s, 0, STEP_FAILED);
	halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, resumes_eu, &e));
	ck_assert_uint_eq(engine_n_trials(newest(s)->engine), 0);
	server_crash(s);
	ck_assert_uint_eq(engine_n_trials(newest(s)->engine), 0);
}

TEST(a_revision_that_only_renews_keeps_its_trials_over_a_crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(8, &r);
	struct cell_counts before, after;
	struct err e;

	server_update(s, 0, STEP_CONFIRMED);
	server_update(s, 1, STEP_FAILED);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	engine_counts(newest(s)->engine, &before);
	ck_assert_int_eq(before.confirmed, 1);
	ck_assert_int_eq(before.failed, 1);
	server_crash(s);
	engine_counts(newest(s)->engine, &after);
	ck_assert_int_eq(after.confirmed, 1);
	ck_assert_int_eq(after.failed, 1);
	ck_assert_int_eq(after.trials, before.trials);
}

/* Device 0 has the activate grant when the next revision comes. */
static struct server *activated(struct rollout **r)
{
	struct server *s = rolling(4, r);
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(a.granted);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	return s;
}

TEST(an_outcome_of_the_old_revision_counts_in_the_new)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = activated(&r);
	struct report_answer b;
	struct cell_counts c;

	ck_assert_int_eq(server_report(s, 0, STEP_FAILED, &b), 0);
	engine_counts(newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 1);
	ck_assert_int_eq(c.open, 0);
	server_crash(s);
	engine_counts(newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 1);
}

TEST(an_outcome_of_the_old_revision_counts_also_after_a_restart)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = activated(&r);
	struct report_answer b;
	struct cell_counts c;

	server_restart(s);
	ck_assert_int_eq(server_report(s, 0, STEP_CONFIRMED, &b), 0);
	engine_counts(newest(s)->engine, &c);
	ck_assert_int_eq(c.confirmed, 1);
}

TEST(a_revert_after_a_revision_is_seen_at_check_in)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = activated(&r);
	struct wire_answer a;
	struct cell_counts c;

	s->devices[0].attempt = 0;
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	engine_counts(newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 1);
}

static enum err_kind no_space(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)what;
	return op == DB_COMMIT ? ERR_NO_SPACE : ERR_NONE;
}

TEST(a_revision_that_cannot_be_stored_leaves_the_old_rollout_running)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(2, &r);
	struct wire_answer a;
	struct err e;

	halt(s, "a7", "eu");
	db_set_hook(no_space, NULL);
	ck_assert_int_ne(server_publish_revision(s, NULL, &e), 0);
	db_set_hook(NULL, NULL);
	ck_assert_uint_eq(s->fleet->live.len, 1);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_RUNNING);
	ck_assert_int_eq(r->ended_ms, 0);
	ck_assert_str_eq(server_rule(s, 0)->plan_path, SERVER_PLAN_PATH);
	memcpy(s->plan.sha256, r->plan->sha256, sizeof(s->plan.sha256));
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(a.granted);
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_withdrawn_plan_ends_its_rollout)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(2, &r);
	int64_t now;
	struct err e;

	server_tick(s, 1000);
	now = fleet_now_ms(s->fleet);
	(void)tuf_targets_remove(tuf_repo_role(s->repo, "plans.band"),
	                         SERVER_PLAN_PATH);
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(SERVER_PUBLISH(s, "2.plans.band.json"));
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_SUPERSEDED);
	ck_assert_int_eq(r->ended_ms, now);
	server_crash(s);
	ck_assert_int_eq(server_stored_rollout(s).ended_ms, now);
	ck_assert_uint_eq(s->fleet->live.len, 0);
}

/* ---- What earlier revisions halted ---- */

static void withdraw(struct server *s)
{
	struct tuf_targets *role = tuf_repo_role(s->repo, "plans.band");
	char path[TARGET_MAX_LEN + 1], name[64];
	const char *names[] = {name, NULL};
	struct err e;

	plan_path(path, &s->plan);
	(void)tuf_targets_remove(role, path);
	tuf_repo_publish(s->repo, "plans.band");
	(void)snprintf(name, sizeof(name), "%" PRId64 ".plans.band.json",
	               role->version);
	ASSERT_OK(server_publish(s, names, &e));
}

static void regions(struct plan *p, const char *a, const char *b)
{
	p->regions.n = b != NULL ? 2 : 1;
	word_set(p->regions.w[0], a);
	word_set(p->regions.w[1], b != NULL ? b : "");
}

static void resume_nothing(struct plan *p)
{
	free(p->resumes);
	p->resumes = NULL;
	p->n_resumes = 0;
}

static void only_us(struct plan *p)
{
	resume_nothing(p);
	regions(p, "us", NULL);
}

static void both(struct plan *p)
{
	resume_nothing(p);
	regions(p, "eu", "us");
}

static bool is_halted(struct server *s, const char *region)
{
	const struct state_rule *rule = server_rule(s, 0);
	int cell = plan_cell_index(&newest(s)->plan->plan, "a7", region);
	bool told = cells_match(rule->halted, rule->n_halted, "a7", region);

	ck_assert_int_eq(told, engine_cell_halted(newest(s)->engine, cell));
	return told;
}

static void withdraw_and_publish_again(const char *hw, bool crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct err e;

	halt(s, hw, "eu");
	withdraw(s);
	if (crash)
		server_crash(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	r = server_start(s);
	ck_assert(is_halted(s, "eu"));
	ck_assert(!is_halted(s, "us"));
	ck_assert_str_eq(r->halts[0].evidence.text,
	                 "carried over from revision 1");
	/* Nothing ran in between. */
	server_crash(s);
	ck_assert(is_halted(s, "eu"));
	ck_assert(!is_halted(s, "us"));
}

TEST(a_plan_withdrawn_and_published_again_is_still_halted)
{
	withdraw_and_publish_again("a7", true);
}

TEST(a_plan_withdrawn_and_published_again_is_still_halted_by_a_wide_halt)
{
	withdraw_and_publish_again("*", false);
}

TEST(a_cell_dropped_and_taken_in_again_is_still_halted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct err e;

	halt(s, "*", "eu");
	ASSERT_OK(server_publish_revision(s, only_us, &e));
	server_crash(s);
	ASSERT_OK(server_publish_revision(s, both, &e));
	ck_assert(is_halted(s, "eu"));
	ck_assert(!is_halted(s, "us"));
	server_crash(s);
	ck_assert(is_halted(s, "eu"));
}

TEST(trials_of_a_cell_dropped_and_taken_in_again_count)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct cell_counts c;
	struct err e;

	server_update(s, 0, STEP_FAILED);
	ASSERT_OK(server_publish_revision(s, only_us, &e));
	engine_counts(newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 0);
	ASSERT_OK(server_publish_revision(s, both, &e));
	for (int i = 0; i < 2; i++) {
		engine_counts(newest(s)->engine, &c);
		ck_assert_int_eq(c.failed, 1);
		server_crash(s);
	}
}

TEST(a_cell_that_a_revision_between_resumed_goes_on)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct err e;

	halt(s, "a7", "*");
	ASSERT_OK(server_publish_revision(s, resumes_eu, &e));
	withdraw(s);
	ASSERT_OK(server_publish_revision(s, both, &e));
	(void)server_start(s);
	ck_assert(!is_halted(s, "eu"));
	ck_assert(is_halted(s, "us"));
	/* Halted anew, above the revision that resumed it. */
	halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, only_us, &e));
	ASSERT_OK(server_publish_revision(s, both, &e));
	ck_assert(is_halted(s, "eu"));
}

TEST(a_wide_halt_holds_only_cells_its_revision_knew)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	server_plan(&s->plan, 1);
	only_us(&s->plan);
	ASSERT_OK(server_publish_first(s, &e));
	r = server_start(s);
	halt(s, "*", "*");
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
	ASSERT_OK(server_publish_revision(s, both, &e));
	ck_assert(is_halted(s, "us"));
	ck_assert(!is_halted(s, "eu"));
}

TEST(a_plan_halted_everywhere_begins_halted_again)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct deed deed = server_deed("rollout.resume");
	int64_t now = fleet_now_ms(s->fleet);
	struct err e;

	halt(s, "*", "*");
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(newest(s)->ended_ms, now);
		ck_assert_int_eq(engine_state(newest(s)->engine),
		                 ROLLOUT_HALTED);
		ASSERT_CODE(operate_resume(s->fleet, newest(s), &deed, &e),
		            "wrong_state");
		ck_assert(is_halted(s, "eu") && is_halted(s, "us"));
		server_crash(s);
	}
	withdraw(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	r = server_start(s);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
	ck_assert(is_halted(s, "eu") && is_halted(s, "us"));
}

TEST(a_halt_that_only_the_journal_had_outlives_a_withdrawal)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct err e;

	db_set_hook(no_space, NULL);
	halt(s, "a7", "eu");
	db_set_hook(NULL, NULL);
	withdraw(s);
	/* Nothing ran in between. */
	server_crash(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	(void)server_start(s);
	ck_assert(is_halted(s, "eu"));
	ck_assert(!is_halted(s, "us"));
}

/* ---- Epochs ---- */

/* Device 0 of a7/eu failed, 2 was granted; then the cell is resumed. */
static struct server *begun_anew(struct rollout **r)
{
	struct server *s = rolling(8, r);
	struct wire_answer a;
	struct err e;

	server_update(s, 0, STEP_FAILED);
	ck_assert_int_eq(server_checkin(s, 2, WANT_START, &a), 0);
	ck_assert(a.granted);
	s->devices[2].attempt = 0;
	halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, resumes_eu, &e));
	resume(s);
	*r = newest(s);
	return s;
}

TEST(a_new_epoch_grants_only_to_devices_not_yet_tried)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = begun_anew(&r);
	struct wire_answer a;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(newest(s)->epoch, 1);
		ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
		ck_assert(!a.granted);
		ck_assert_str_eq(a.why_code, "tried_before");
		if (i == 0)
			server_crash(s);
		else if (i == 1)
			server_restart(s);
	}
	/* What had not activated was void. */
	ck_assert_int_eq(server_checkin(s, 2, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_int_eq(server_checkin(s, 4, WANT_START, &a), 0);
	ck_assert(a.granted);
}

TEST(a_renewal_stays_in_its_epoch_and_excludes_the_same_devices)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = begun_anew(&r);
	struct wire_answer a;
	struct err e;

	server_update(s, 4, STEP_CONFIRMED);
	ASSERT_OK(server_publish_revision(s, resume_nothing, &e));
	resume(s);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(newest(s)->epoch, 1);
		ck_assert_uint_eq(engine_n_trials(newest(s)->engine), 1);
		ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
		ck_assert_str_eq(a.why_code, "tried_before");
		server_crash(s);
	}
}

TEST(nobody_waits_for_devices_that_an_earlier_epoch_tried)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	server_plan(&s->plan, 2);
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 4);
	server_tick(s, 61000);
	(void)server_start(s);
	server_update(s, 0, STEP_FAILED);
	server_update(s, 1, STEP_CONFIRMED);
	halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, resumes_eu, &e));
	resume(s);
	server_update(s, 2, STEP_CONFIRMED);
	server_update(s, 3, STEP_CONFIRMED);
	server_crash(s);
	server_tick(s, 120000);
	ck_assert_int_eq(engine_stage(newest(s)->engine), 1);
}

/* Failures of a7/eu until it halts; the evidence. */
static struct evidence fail_eu(struct server *s, size_t from)
{
	for (size_t i = from; newest(s)->n_halts == 0; i += 2)
		server_update(s, i, STEP_FAILED);
	return newest(s)->halts[0].evidence;
}

TEST(each_epoch_halves_its_risk_and_the_evidence_says_so)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(40, &r);
	struct evidence first, second;
	struct cell_counts c;
	struct err e;

	first = fail_eu(s, 0);
	ck_assert_int_eq(first.epoch, 0);
	ASSERT_OK(server_publish_revision(s, resumes_eu, &e));
	resume(s);
	server_crash(s);
	second = fail_eu(s, 8);
	ck_assert_int_eq(second.epoch, 1);
	ck_assert_int_eq(second.alpha_ppm, first.alpha_ppm);
	ck_assert_int_eq(second.weight_ppm, first.weight_ppm);
	ck_assert_msg(strstr(second.text, "halved 1 x") != NULL, "%s",
	              second.text);
	ck_assert(
		stats_log_e(second.p0_ppm, second.failures, second.trials) >=
		stats_log_bound(second.alpha_ppm, second.weight_ppm / 1e6 / 2));
	server_crash(s);
	ck_assert_int_eq(newest(s)->halts[0].evidence.epoch, 1);
	engine_cell_counts(newest(s)->engine, 0, &c);
	ck_assert_int_eq(c.bound, second.bound);
}

TEST(a_plan_withdrawn_and_started_anew_is_a_new_epoch)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(4, &r);
	struct wire_answer a;
	struct err e;

	server_update(s, 0, STEP_FAILED);
	withdraw(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	(void)server_start(s);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(newest(s)->epoch, 1);
		ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
		ck_assert_str_eq(a.why_code, "tried_before");
		server_crash(s);
	}
}

/* ---- Recalls ---- */

#define RECALL_PATH "plan/band/back.1.json"

#define OLD_FIRMWARE "release 2.0.0"
#define OLD_PATH "fw/band/2.0.0_app.bin"

static void add_old_release(struct server *s, struct plan *p)
{
	struct fw f;

	fixture_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "2.0.0");
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	hash_sha256_hex(p->release_sha256, OLD_FIRMWARE, strlen(OLD_FIRMWARE));
	p->release_length = (int64_t)strlen(OLD_FIRMWARE);
	(void)snprintf(p->release_path, sizeof(p->release_path), OLD_PATH);
	tuf_targets_put(tuf_repo_role(s->repo, "releases.band"), OLD_PATH,
	                p->release_length, p->release_sha256, custom);
	server_blob(s, OLD_FIRMWARE, strlen(OLD_FIRMWARE));
}

/* Publishes a plan that goes back from what spring installs. */
static void publish_recall(struct server *s)
{
	struct plan p;
	struct err e;

	server_plan(&p, 1);
	(void)snprintf(p.id, sizeof(p.id), "back");
	p.kind = PLAN_RECALL;
	p.n_from = 1;
	memcpy(p.from[0], s->plan.release_sha256, sizeof(p.from[0]));
	add_old_release(s, &p);
	SCOPED(free)
	char *text = fixture_plan_text(&p);
	tuf_targets_put(tuf_repo_role(s->repo, "plans.band"), RECALL_PATH,
	                (int64_t)strlen(text), p.sha256, NULL);
	server_blob(s, text, strlen(text));
	tuf_repo_publish(s->repo, "releases.band");
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(
		SERVER_PUBLISH(s, "2.releases.band.json", "2.plans.band.json"));
	plan_fini(&p);
}

static int start_recall(struct server *s, struct err *e)
{
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	int64_t taken;

	return operate_start(&r, &taken, s->fleet, RECALL_PATH, &deed, e);
}

TEST(a_recall_is_refused_beside_a_completed_install_until_that_is_halted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(2, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	server_update(s, 0, STEP_CONFIRMED);
	server_update(s, 1, STEP_CONFIRMED);
	server_tick(s, 120000);
	server_tick(s, 120000);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_COMPLETED);
	ck_assert_uint_eq(server_n_rules(s), 1);
	publish_recall(s);
	ASSERT_CODE(start_recall(s, &e), "recall_conflict");
	ASSERT_SAYS("completed");
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	ASSERT_CODE(start_recall(s, &e), "recall_conflict");
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	ck_assert_ptr_null(precede_recall_of(s->fleet, r));
	ASSERT_OK(start_recall(s, &e));
	ck_assert_str_eq(server_rule(s, 0)->plan_path, RECALL_PATH);
	ck_assert_str_eq(precede_recall_of(s->fleet, r)->plan->path,
	                 RECALL_PATH);
	server_crash(s);
	ck_assert_uint_eq(server_n_rules(s), 2);
}

static void resumes_all(struct plan *p)
{
	p->resumes = xcalloc(2, sizeof(*p->resumes));
	p->resumes[0] = (struct cell){"a7", "eu"};
	p->resumes[1] = (struct cell){"a7", "us"};
	p->n_resumes = 2;
}

TEST(a_revision_that_would_stand_beside_its_recall_is_not_published)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(2, &r);
	struct err e;

	halt(s, "*", "*");
	publish_recall(s);
	ASSERT_OK(start_recall(s, &e));
	ASSERT_CODE(server_publish_revision(s, resumes_all, &e),
	            "recall_conflict");
	ck_assert_uint_eq(s->fleet->live.len, 2);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
	ck_assert_uint_eq(server_n_rules(s), 2);
	/* One that resumes nothing stays halted, and may. */
	ASSERT_OK(server_publish_revision(s, resume_nothing, &e));
	ck_assert_int_eq(engine_state(newest(s)->engine), ROLLOUT_HALTED);
}

/* ---- After the end ---- */

/* What `pawl-repo plan renew` makes of it. */
static void renewed(struct plan *p)
{
	p->stages[0] = (struct plan_stage){.ppm = PPM,
	                                   .not_before_s = FIXTURE_T0_S,
	                                   .soak_s = 20 * FIXTURE_DAY_S};
	p->n_stages = 1;
}

TEST(a_completed_plan_is_renewed_for_devices_that_enrol_later)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;
	struct rollout *r;
	struct err e;

	server_plan(&s->plan, 2);
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 3);
	server_tick(s, 61000);
	r = server_start(s);
	server_update(s, 1, STEP_CONFIRMED);
	halt(s, "a7", "eu");
	for (int i = 0; i < 3; i++)
		server_tick(s, 120000);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_COMPLETED);
	/* Device 3 of a7/us comes too late. */
	server_enrol(s, 3);
	ck_assert_int_eq(server_checkin(s, 3, WANT_START, &a), 0);
	ck_assert_str_eq(a.why_code, "not_running");
	ASSERT_OK(server_publish_revision(s, renewed, &e));
	ck_assert_int_eq(engine_state(newest(s)->engine), ROLLOUT_PAUSED);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_int_eq(server_checkin(s, 3, WANT_START, &a), 0);
	ck_assert(!a.granted);
	server_crash(s);
	resume(s);
	server_update(s, 3, STEP_CONFIRMED);
	/* The halted cell stays halted, the confirmed device stays one. */
	ck_assert_int_eq(server_checkin(s, 4, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert(is_halted(s, "eu"));
	ck_assert_uint_eq(engine_n_trials(newest(s)->engine), 2);
	/* A watch as long as the plan: who comes in a week gets it, too. */
	server_tick(s, 7 * FIXTURE_DAY_S * 1000);
	server_enrol(s, 2);
	server_update(s, 7, STEP_CONFIRMED);
	ck_assert_int_eq(engine_state(newest(s)->engine), ROLLOUT_RUNNING);
}
