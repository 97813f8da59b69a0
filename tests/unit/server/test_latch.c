#include "config.h"

#include "server/fleet/latch.h"
#include "server/store/halts.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/unit/server/revisions.h"

static void regions(struct plan *p, const char *a, const char *b)
{
	p->regions.n = b != NULL ? 2 : 1;
	word_set(p->regions.w[0], a);
	word_set(p->regions.w[1], b != NULL ? b : "");
}

static void only_us(struct plan *p)
{
	revisions_resume_nothing(p);
	regions(p, "us", NULL);
}

static void both(struct plan *p)
{
	revisions_resume_nothing(p);
	regions(p, "eu", "us");
}

static void withdraw_and_publish_again(const char *hw, bool crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct err e;

	server_halt(s, hw, "eu");
	revisions_withdraw(s);
	if (crash)
		server_crash(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	r = server_start(s);
	ck_assert(revisions_is_halted(s, "eu"));
	ck_assert(!revisions_is_halted(s, "us"));
	ck_assert_str_eq(r->halts[0].evidence.text,
	                 "carried over from revision 1");
	/* Nothing ran in between. */
	server_crash(s);
	ck_assert(revisions_is_halted(s, "eu"));
	ck_assert(!revisions_is_halted(s, "us"));
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
	struct server *s = server_rolling(4, &r);
	struct err e;

	server_halt(s, "*", "eu");
	ASSERT_OK(server_publish_revision(s, only_us, &e));
	server_crash(s);
	ASSERT_OK(server_publish_revision(s, both, &e));
	ck_assert(revisions_is_halted(s, "eu"));
	ck_assert(!revisions_is_halted(s, "us"));
	server_crash(s);
	ck_assert(revisions_is_halted(s, "eu"));
}

TEST(trials_of_a_cell_dropped_and_taken_in_again_count)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct cell_counts c;
	struct err e;

	server_update(s, 0, STEP_FAILED);
	ASSERT_OK(server_publish_revision(s, only_us, &e));
	engine_counts(server_newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 0);
	ASSERT_OK(server_publish_revision(s, both, &e));
	for (int i = 0; i < 2; i++) {
		engine_counts(server_newest(s)->engine, &c);
		ck_assert_int_eq(c.failed, 1);
		server_crash(s);
	}
}

TEST(a_cell_that_a_revision_between_resumed_goes_on)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct err e;

	server_halt(s, "a7", "*");
	ASSERT_OK(server_publish_revision(s, revisions_resume_eu, &e));
	revisions_withdraw(s);
	ASSERT_OK(server_publish_revision(s, both, &e));
	(void)server_start(s);
	ck_assert(!revisions_is_halted(s, "eu"));
	ck_assert(revisions_is_halted(s, "us"));
	/* Halted anew, above the revision that resumed it. */
	server_halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, only_us, &e));
	ASSERT_OK(server_publish_revision(s, both, &e));
	ck_assert(revisions_is_halted(s, "eu"));
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
	server_halt(s, "*", "*");
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
	ASSERT_OK(server_publish_revision(s, both, &e));
	ck_assert(revisions_is_halted(s, "us"));
	ck_assert(!revisions_is_halted(s, "eu"));
}

TEST(a_plan_halted_everywhere_begins_halted_again)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("rollout.resume");
	int64_t now = fleet_now_ms(s->fleet);
	struct err e;

	server_halt(s, "*", "*");
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(server_newest(s)->ended_ms, now);
		ck_assert_int_eq(engine_state(server_newest(s)->engine),
		                 ROLLOUT_HALTED);
		ASSERT_CODE(
			operate_resume(s->fleet, server_newest(s), &deed, &e),
			"wrong_state");
		ck_assert(revisions_is_halted(s, "eu") &&
		          revisions_is_halted(s, "us"));
		server_crash(s);
	}
	revisions_withdraw(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	r = server_start(s);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_HALTED);
	ck_assert(revisions_is_halted(s, "eu") && revisions_is_halted(s, "us"));
}

TEST(a_halt_that_only_the_journal_had_outlives_a_withdrawal)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct err e;

	db_set_hook(db_no_commit, NULL);
	server_halt(s, "a7", "eu");
	db_set_hook(NULL, NULL);
	revisions_withdraw(s);
	/* Nothing ran in between. */
	server_crash(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	(void)server_start(s);
	ck_assert(revisions_is_halted(s, "eu"));
	ck_assert(!revisions_is_halted(s, "us"));
}
