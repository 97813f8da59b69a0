#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/judge.h"
#include "server/show/show.h"
#include "server/store/audit.h"
#include "server/store/halts.h"
#include "server/store/rollouts.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

static int count_halt(void *ctx, const struct halt_row *h, struct err *e)
{
	(void)h;
	(void)e;
	++*(int *)ctx;
	return 0;
}

static int stored_halts(struct server *s)
{
	struct err e;
	int n = 0;

	ASSERT_OK(halts_each(s->fleet->store, count_halt, &n, &e));
	return n;
}

static bool signed_halt(struct server *s, const char *hw, const char *region)
{
	const struct state_rule *rule = server_rule(s, 0);

	return cells_match(rule->halted, rule->n_halted, hw, region);
}

/* Devices of a7/eu fail until it is halted: at least two, single digits. */
static void break_eu(struct server *s)
{
	const struct rollout *r = s->fleet->live.items[0];
	size_t failed = 0;

	for (size_t i = 0; i < 8 && r->n_halts == 0; i += 2, failed++)
		server_update(s, i, STEP_FAILED);
	ck_assert_uint_eq(r->n_halts, 1);
	ck_assert_uint_ge(failed, 2);
}

TEST(failures_in_one_cell_halt_exactly_that_cell_and_the_state_says_so)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 12, &r);
	struct wire_answer a;

	server_update(s, 1, STEP_CONFIRMED);
	break_eu(s);
	ck_assert_uint_eq(r->n_halts, 1);
	ck_assert_str_eq(r->halts[0].cell.hw, "a7");
	ck_assert_str_eq(r->halts[0].cell.region, "eu");
	ck_assert(signed_halt(s, "a7", "eu"));
	ck_assert(!signed_halt(s, "a7", "us"));
	ck_assert_int_eq(stored_halts(s), 1);
	ck_assert_uint_eq(s->fleet->journal.page.n_halts, 0);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_RUNNING);
	ck_assert_int_eq(server_checkin(s, 8, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_int_eq(server_checkin(s, 3, WANT_START, &a), 0);
	ck_assert(a.granted);
}

static int keep_reason(void *ctx, const struct audit_row *a, struct err *e)
{
	(void)e;
	if (strcmp(a->action, "rollout.halt") == 0)
		(void)snprintf(ctx, EVIDENCE_TEXT, "%s", a->reason);
	return 0;
}

TEST(the_audit_log_has_a_halts_evidence_as_its_reason)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 12, &r);
	char reason[EVIDENCE_TEXT] = "";
	struct err e;

	break_eu(s);
	ASSERT_OK(audit_page(s->fleet->store, 0, 10, keep_reason, reason, &e));
	ck_assert_str_ne(reason, "");
	ck_assert_str_eq(reason, r->halts[0].evidence.text);
}

TEST(a_halt_stays_over_restart_and_crash_with_its_evidence)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 12, &r);
	struct evidence was;

	break_eu(s);
	was = r->halts[0].evidence;
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			server_restart(s);
		else
			server_crash(s);
		r = s->fleet->live.items[0];
		ck_assert_uint_eq(r->n_halts, 1);
		ck_assert(signed_halt(s, "a7", "eu"));
		ck_assert_int_eq(r->halts[0].evidence.failures, was.failures);
		ck_assert_int_eq(r->halts[0].evidence.trials, was.trials);
		ck_assert_str_eq(r->halts[0].evidence.text, was.text);
		ck_assert_str_eq(r->halts[0].actor, "engine");
	}
}

TEST(a_halt_of_every_width_is_read_back_as_it_was_written)
{
	static const struct {
		const char *hw, *region;
		enum scope_kind kind;
	} rows[] = {{"a7", "eu", SCOPE_CELL},
	            {"a7", "*", SCOPE_HW},
	            {"*", "eu", SCOPE_REGION},
	            {"*", "*", SCOPE_POOLED}};
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 1, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_OK(operate_halt(s->fleet, r, rows[i].hw, rows[i].region,
		                       &deed, &e));
	server_crash(s);
	r = s->fleet->live.items[0];
	ck_assert_uint_eq(r->n_halts, ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_int_eq(r->halts[i].evidence.crossed, rows[i].kind);
		ck_assert_str_eq(r->halts[i].evidence.text,
		                 "halted by hand: a test");
	}
}

TEST(a_halt_that_only_the_journal_knows_survives_a_crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	db_set_hook(db_no_space, NULL);
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	/* Signed and visible all the same, and not ready. */
	ck_assert(signed_halt(s, "a7", "eu"));
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_DISK_FULL, 0);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(stored_halts(s), 0);
	server_crash(s);
	ck_assert(signed_halt(s, "a7", "eu"));
	ck_assert(!signed_halt(s, "a7", "us"));
	ck_assert_int_eq(stored_halts(s), 1);
	ck_assert_uint_eq(s->fleet->journal.page.n_halts, 0);
	server_crash(s);
	ck_assert_uint_eq(s->fleet->live.items[0]->n_halts, 1);
	ck_assert(signed_halt(s, "a7", "eu"));
}

static int count_deed(void *ctx, const struct audit_row *a, struct err *e)
{
	(void)e;
	*(int *)ctx += strcmp(a->action, "rollout.halt") == 0;
	return 0;
}

static int audited_halts(struct server *s)
{
	struct err e;
	int n = 0;

	ASSERT_OK(audit_page(s->fleet->store, 0, 200, count_deed, &n, &e));
	return n;
}

static void halt_eu(struct server *s, int times)
{
	while (times-- > 0)
		server_halt(s, "a7", "eu");
}

TEST(halting_what_is_halted_changes_nothing_and_is_audited)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	SCOPED(view_put)
	struct view *before = NULL;
	SCOPED(view_put)
	struct view *after = NULL;

	server_halt(s, "*", "eu");
	before = view_get(&s->fleet->view);
	halt_eu(s, 3);
	server_halt(s, "*", "eu");
	after = view_get(&s->fleet->view);
	ck_assert_ptr_eq(before, after);
	ck_assert_uint_eq(r->n_halts, 1);
	ck_assert_int_eq(stored_halts(s), 1);
	ck_assert_int_eq(audited_halts(s), 5);
	ck_assert_uint_eq(s->fleet->journal.page.n_halts, 0);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	/* What is wider is news. */
	server_halt(s, "*", "*");
	ck_assert_uint_eq(r->n_halts, 2);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
}

TEST(the_same_halt_again_and_again_on_a_full_disk_halts_nothing_else)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);

	db_set_hook(db_no_space, NULL);
	halt_eu(s, JOURNAL_HALTS_MAX + 1);
	ck_assert_uint_eq(r->n_halts, 1);
	ck_assert_uint_eq(s->fleet->journal.page.n_halts, 1);
	ck_assert_str_eq(s->fleet->journal.page.halts[0].region, "eu");
	db_set_hook(NULL, NULL);
	server_crash(s);
	ck_assert(signed_halt(s, "a7", "eu"));
	ck_assert(!signed_halt(s, "a7", "us"));
	ck_assert_int_eq(stored_halts(s), 1);
}

TEST(a_halt_that_stayed_in_the_journal_is_not_halted_twice_by_a_start)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct journal_halt h;
	struct err e;

	db_set_hook(db_no_space, NULL);
	halt_eu(s, 1);
	h = s->fleet->journal.page.halts[0];
	db_set_hook(NULL, NULL);
	server_tick(s, 1000);
	ck_assert_int_eq(stored_halts(s), 1);
	/* As when it could not be cleared. */
	ASSERT_OK(journal_add_halt(&s->fleet->journal, &h, &e));
	server_crash(s);
	ck_assert_uint_eq(server_newest(s)->n_halts, 1);
	ck_assert_int_eq(audited_halts(s), 1);
	ck_assert_uint_eq(s->fleet->journal.page.n_halts, 0);
}

TEST(a_halt_that_was_not_signed_is_tried_again_when_it_is_said_again)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct signer keys = s->fleet->signer;

	s->fleet->signer = (struct signer){0};
	halt_eu(s, 1);
	ck_assert(!signed_halt(s, "a7", "eu"));
	s->fleet->signer = keys;
	halt_eu(s, 1);
	ck_assert(signed_halt(s, "a7", "eu"));
	ck_assert_uint_eq(r->n_halts, 1);
}

TEST(on_a_full_disk_it_is_the_disk_that_is_named_and_not_the_signer)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 1, &r);
	struct signer keys = s->fleet->signer;
	struct err e;

	db_set_hook(db_no_space, NULL);
	/* A third of the timestamp's life: to be signed anew. */
	server_tick(s, 9 * 3600 * 1000);
	ck_assert_uint_eq(s->fleet->trouble & (TROUBLE_DISK_FULL |
	                                       TROUBLE_SIGNER | TROUBLE_STORE),
	                  TROUBLE_DISK_FULL);
	db_set_hook(NULL, NULL);
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	/* And the signer when it is the signer. */
	s->fleet->signer = (struct signer){0};
	server_tick(s, 9 * 3600 * 1000);
	ck_assert_uint_eq(s->fleet->trouble & (TROUBLE_DISK_FULL |
	                                       TROUBLE_SIGNER | TROUBLE_STORE),
	                  TROUBLE_SIGNER);
	s->fleet->signer = keys;
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	/* Signing itself may want room, for its block of versions. */
	(void)err_set(&e, ERR_NO_SPACE, "journal: no space");
	fleet_note_unsigned(s->fleet, &e);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_DISK_FULL);
}

TEST(a_full_disk_halts_and_recovers_by_itself)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct deed deed = server_deed("rollout.halt");
	struct wire_answer a;
	struct err e;

	db_set_hook(db_no_space, NULL);
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	server_tick(s, 1000);
	server_tick(s, 1000);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_DISK_FULL, 0);
	ck_assert(signed_halt(s, "a7", "us"));
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(!a.granted);
	db_set_hook(NULL, NULL);
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	ck_assert_int_eq(stored_halts(s), 1);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
	server_crash(s);
	ck_assert_int_eq(engine_state(s->fleet->live.items[0]->engine),
	                 ROLLOUT_HALTED);
}

TEST(a_halt_that_is_in_no_file_is_said_until_the_database_has_it)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct journal_page *page = &s->fleet->journal.page;
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	/* As if the halts of as many other plans waited for the database. */
	for (page->n_halts = 0; page->n_halts < JOURNAL_HALTS_MAX;
	     page->n_halts++)
		(void)snprintf(page->halts[page->n_halts].plan_id,
		               sizeof(page->halts[0].plan_id), "other-%u",
		               page->n_halts);
	db_set_hook(db_no_space, NULL);
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	/* It is signed, and the journal was written for that. */
	ck_assert(signed_halt(s, "a7", "eu"));
	ck_assert(!s->fleet->journal.failing);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_JOURNAL, 0);
	db_set_hook(NULL, NULL);
	server_tick(s, 1000);
	ck_assert_int_eq(stored_halts(s), 1);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(what_halts_everywhere_ends_then_before_a_restart_and_after_it)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct deed deed = server_deed("rollout.halt");
	int64_t at_ms = fleet_now_ms(s->fleet);
	struct err e;

	ASSERT_OK(operate_halt(s->fleet, r, "*", "us", &deed, &e));
	ck_assert_int_eq(r->ended_ms, 0);
	/* Whenever it comes to be written. */
	db_set_hook(db_no_space, NULL);
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	ck_assert_int_eq(r->ended_ms, at_ms);
	server_tick(s, 1000);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_DISK_FULL, 0);
	db_set_hook(NULL, NULL);
	server_tick(s, 1000);
	/* Nor is it over again with a wider one. */
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	ck_assert_int_eq(r->ended_ms, at_ms);
	server_crash(s);
	ck_assert_int_eq(s->fleet->live.items[0]->ended_ms, at_ms);
}

TEST(a_halt_of_everything_that_crashed_before_the_commit_is_halted_again)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct deed deed = server_deed("rollout.halt");
	int64_t at_ms = fleet_now_ms(s->fleet);
	struct err e;

	db_set_hook(db_no_space, NULL);
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	server_tick(s, 1000);
	db_set_hook(NULL, NULL);
	server_crash(s);
	ck_assert_int_eq(engine_state(s->fleet->live.items[0]->engine),
	                 ROLLOUT_HALTED);
	ck_assert_int_eq(server_stored_rollout(s).state, ROLLOUT_HALTED);
	ck_assert_int_eq(server_stored_rollout(s).ended_ms, at_ms);
}

TEST(without_its_key_a_halt_denies_grants_and_says_what_is_wrong)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct deed deed = server_deed("rollout.halt");
	struct signer keys = s->fleet->signer;
	struct wire_answer a;
	struct err e;

	s->fleet->signer = (struct signer){0};
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_SIGNER, 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(!a.granted);
	s->fleet->signer = keys;
	server_tick(s, 6000);
	ck_assert(signed_halt(s, "a7", "eu"));
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(an_unknown_scope_is_refused_by_name)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 1, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_CODE(operate_halt(s->fleet, r, "z9", "*", &deed, &e),
	            "unknown_scope");
	ASSERT_SAYS("z9");
	ASSERT_CODE(operate_halt(s->fleet, r, "*", "mars", &deed, &e),
	            "unknown_scope");
	ck_assert_uint_eq(r->n_halts, 0);
}

TEST(a_halted_rollout_is_not_resumed_by_hand)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 4, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	ASSERT_CODE(operate_resume(s->fleet, r, &deed, &e), "wrong_state");
	ASSERT_SAYS("resumes");
	ASSERT_CODE(operate_pause(s->fleet, r, &deed, &e), "wrong_state");
}

TEST(silence_beyond_the_hard_deadline_ends_a_trial_and_stays)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 2, &r);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	server_tick(s, s->plan.gate.hard_s * 1000 + 1800 * 1000 * 3);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_trial(r->engine, 0)->step, TRIAL_SILENT);
	ck_assert_uint_eq(index_get(&s->fleet->index, 0).open_attempt, 0);
	server_crash(s);
	ck_assert_int_eq(engine_trial(s->fleet->live.items[0]->engine, 0)->step,
	                 TRIAL_SILENT);
}

TEST(devices_may_be_heard_of_after_a_server_was_down_beyond_the_hard_deadline)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 2, &r);
	const struct engine *g;
	struct report_answer b;
	struct wire_answer a;

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
	clock_manual_advance(&s->clock, s->plan.gate.hard_s * 1000 * 2);
	server_crash(s);
	g = s->fleet->live.items[0]->engine;
	server_tick(s, 1000);
	ck_assert_int_eq(engine_trial(g, 0)->step, TRIAL_GRANTED);
	server_tick(s, s->plan.gate.soft_s * 1000 - 2000);
	ck_assert_int_eq(engine_trial(g, 0)->step, TRIAL_GRANTED);
	s->devices[0].running = FIXTURE_RELEASE;
	ck_assert_int_eq(server_report(s, 0, STEP_CONFIRMED, &b), 0);
	server_tick(s, 2000);
	ck_assert_int_eq(engine_trial(g, 0)->step, TRIAL_CONFIRMED);
	/* Who was not heard of then either is silent. */
	ck_assert_int_eq(engine_trial(g, 1)->step, TRIAL_SILENT);
}

/* Everything people are shown of the rollout, as one text; but for the ETA,
 * which comes from what devices were told last and is stored nowhere. */
static char *picture(struct server *s)
{
	struct buf b = BUF_INIT(1 << 20);
	struct jw w;
	char *text, *eta, *behind;

	jw_init(&w, &b);
	show_rollout(&w, s->fleet, s->fleet->live.items[0]);
	text = test_keep(buf_take(&b));
	eta = strstr(text, "\"eta\":");
	behind = strstr(text, "\"counts\":");
	ck_assert_ptr_nonnull(eta);
	memmove(eta, behind, strlen(behind) + 1);
	return text;
}

TEST(a_restart_in_the_middle_shows_the_same_rollout)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 16, &r);
	struct wire_answer a;
	char *before;

	server_update(s, 1, STEP_CONFIRMED);
	server_update(s, 3, STEP_CONFIRMED);
	ck_assert_int_eq(server_checkin(s, 7, WANT_START, &a), 0);
	ck_assert_int_eq(server_checkin(s, 7, WANT_ACTIVATE, &a), 0);
	/* Granted before anything failed: afterwards caution would wait. */
	for (size_t i = 0; i < 6; i += 2)
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
	server_update(s, 5, STEP_REVERTED);
	for (size_t i = 0; i < 6 && r->n_halts == 0; i += 2)
		server_update(s, i, STEP_FAILED);
	ck_assert_uint_eq(r->n_halts, 1);
	/* What its stages contain is counted anew every few seconds. */
	server_tick(s, 6000);
	before = picture(s);
	server_crash(s);
	ck_assert_str_eq(picture(s), before);
	server_restart(s);
	ck_assert_str_eq(picture(s), before);
}

TEST(a_rollout_beyond_its_plan_s_expiry_leaves_the_state)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(1, 1, &r);

	ck_assert_uint_eq(server_n_rules(s), 1);
	server_tick(s, 31 * FIXTURE_DAY_S * 1000);
	ck_assert_uint_eq(server_n_rules(s), 0);
}
