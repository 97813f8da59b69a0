#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/replay.h"
#include "server/fleet/judge.h"
#include "server/show/show.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <string.h>

#define PAGE 3

static char *page(struct server *s, int64_t after)
{
	struct buf b = BUF_INIT(1 << 20);
	struct err e = {0};
	struct jw w;

	jw_init(&w, &b);
	ASSERT_OK(show_export(&w, s->fleet, s->fleet->live.items[0], after,
	                      PAGE, &e));
	return test_keep(buf_take(&b));
}

static void read_all(struct replay *r, struct server *s)
{
	struct err e = {0};

	for (int i = 0; i < 100 && !r->ended; i++) {
		const char *text = page(s, (int64_t)r->trials.len);

		ASSERT_OK(replay_add(r, "export", text, strlen(text), &e));
	}
	ASSERT_OK(replay_check(r, "export", &e));
}

static void note(void *ctx, const struct replay_result *result)
{
	int *of = ctx;

	of[result->verdict]++;
}

/* Verdicts by their kind. */
static int run(struct server *s, int of[3], struct err *e)
{
	SCOPED(replay_fini)
	struct replay r = {0};

	of[0] = of[1] = of[2] = 0;
	read_all(&r, s);
	return replay_run(&r, note, of, e);
}

static void break_eu(struct server *s)
{
	const struct rollout *r = s->fleet->live.items[0];

	for (size_t i = 0; i < 12 && r->n_halts == 0; i += 2) {
		server_update(s, i, STEP_FAILED);
		server_tick(s, 1000);
	}
	ck_assert_uint_eq(r->n_halts, 1);
}

TEST(what_a_server_halted_a_replay_of_its_export_halts_too)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 24, &r);
	int of[3];
	struct err e = {0};

	server_update(s, 1, STEP_CONFIRMED);
	server_tick(s, 1000);
	server_update(s, 3, STEP_CONFIRMED);
	server_update(s, 5, STEP_REVERTED);
	break_eu(s);
	server_tick(s, 5000);
	ASSERT_OK(run(s, of, &e));
	ck_assert_int_eq(of[REPLAY_SAME], 1);
	/* And from what a restart reads back. */
	server_crash(s);
	server_tick(s, 5000);
	ASSERT_OK(run(s, of, &e));
	ck_assert_int_eq(of[REPLAY_SAME], 1);
}

TEST(a_halt_by_hand_has_nothing_to_recompute)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 8, &r);
	struct deed deed = server_deed("rollout.halt");
	int of[3];
	struct err e = {0};

	server_update(s, 0, STEP_CONFIRMED);
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "*", &deed, &e));
	server_tick(s, 5000);
	ASSERT_OK(run(s, of, &e));
	ck_assert_int_eq(of[REPLAY_BY_HAND], 1);
	ck_assert_int_eq(of[REPLAY_SAME], 0);
}

TEST(silent_devices_are_exported_as_what_halted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 12, &r);
	struct wire_answer a;
	int of[3];
	struct err e = {0};

	for (size_t i = 0; i < 6; i++)
		(void)server_checkin(s, i, WANT_START, &a);
	server_tick(s, s->plan.gate.hard_s * 1000 + 10000);
	server_tick(s, 5000);
	ck_assert_uint_gt(r->n_halts, 0);
	server_tick(s, 5000);
	ASSERT_OK(run(s, of, &e));
	ck_assert_int_eq(of[REPLAY_SAME], (int)r->n_halts);
}

TEST(an_export_names_no_device)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 24, &r);

	break_eu(s);
	for (size_t i = 0; i < s->n_devices; i++)
		ck_assert_ptr_null(strstr(page(s, 0), s->devices[i].hex));
}
