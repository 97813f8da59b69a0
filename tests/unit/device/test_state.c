#include "config.h"

#include "device/state.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <stdio.h>
#include <string.h>

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char *written(const struct device_state *s)
{
	struct buf b = BUF_INIT(STATE_JSON_MAX);
	struct err e;

	ASSERT_OK(state_write(&b, s, &e));
	return test_keep(buf_take(&b));
}

/* A state with something in every corner. */
static void fill(struct device_state *s)
{
	char keyids[2][KEY_ID_SIZE] = {"aa", "bb"};
	SCOPED(provision_fini)
	struct provision p = {0};

	fake_provision(&p, 'f', 10);
	state_init(s, &p);
	state_mark_set(s, "timestamp", 7, 1, keyids, 1);
	state_mark_set(s, "releases.coat", 3, 2, keyids, 2);
	state_latch_set(s, "spring", 2);
	state_add_sha256(&s->confirmed, &s->n_confirmed, SHA);
	state_add_sha256(&s->failed, &s->n_failed, SHA);
	s->attempt = (struct state_attempt){.phase = ATTEMPT_INSTALLED,
	                                    .number = 17,
	                                    .plan_sha256 = SHA,
	                                    .path = "fw/coat/2.0.0_a",
	                                    .sha256 = SHA,
	                                    .length = 99,
	                                    .version = "2.0.0",
	                                    .counter = 2,
	                                    .built_s = 5,
	                                    .tries = 3,
	                                    .deadline_s = 60,
	                                    .bad_bytes = 1};
	s->boot.trying = 1;
	s->boot.tries_left = 2;
	s->report_seq = 12;
	s->offline_ms = 34;
	s->poll_after_s = 56;
	s->failures = 7;
	(void)snprintf(s->token, sizeof(s->token), "secret");
	(void)snprintf(s->told_plan, sizeof(s->told_plan), SHA);
	(void)snprintf(s->told_code, sizeof(s->told_code), "battery");
}

TEST(a_state_that_is_written_is_read)
{
	SCOPED(state_fini)
	struct device_state s = {0}, back = {0};
	const char *text;
	struct err e;

	fill(&s);
	text = written(&s);
	ASSERT_OK(state_parse(&back, "state", text, strlen(text), &e));
	ck_assert_str_eq(written(&back), text);
	ck_assert_int_eq(state_mark_find(&back, "releases.coat")->version, 3);
	ck_assert_uint_eq(state_mark_find(&back, "releases.coat")->n_keyids, 2);
	ck_assert_int_eq(back.attempt.number, 17);
	state_fini(&s);
}

/* Every single byte taken away either still reads as a state or is refused:
 * never a crash, and never a slot that is good and on trial at once. */
TEST(a_state_with_a_byte_missing_is_refused_or_a_state)
{
	SCOPED(state_fini)
	struct device_state s = {0};
	const char *text;
	size_t n;

	fill(&s);
	text = written(&s);
	n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		SCOPED(state_fini)
		struct device_state back = {0};
		SCOPED(free)
		char *cut = xstrdup(text);

		memmove(cut + i, cut + i + 1, n - i);
		if (state_parse(&back, "state", cut, n - 1, NULL) == 0)
			ck_assert_int_ne(back.boot.trying, back.boot.active);
	}
}

TEST(a_state_leaves_the_factory_with_its_image_as_the_good_slot)
{
	SCOPED(provision_fini)
	struct provision p = {0};
	SCOPED(state_fini)
	struct device_state s = {0};

	fake_provision(&p, 'f', 10);
	state_init(&s, &p);
	ck_assert_int_eq(state_running(&s), 0);
	ck_assert_int_eq(state_spare(&s), 1);
	ck_assert_int_eq(s.slots[0].fill, SLOT_GOOD);
	ck_assert_int_eq(s.slots[1].fill, SLOT_EMPTY);
	ck_assert_uint_eq(s.counter, 1);
	ck_assert_int_eq(s.floor_s, p.image.built_s);
	ck_assert_int_eq(s.boot.trying, -1);
}

TEST(a_latch_never_goes_down_and_a_new_halt_latches_anew)
{
	SCOPED(state_fini)
	struct device_state s = {0};
	struct state_latch *l;

	ck_assert_ptr_null(state_latch_find(&s, "spring"));
	state_latch_set(&s, "spring", 3);
	state_latch_set(&s, "spring", 2);
	l = state_latch_find(&s, "spring");
	ck_assert_int_eq(l->rev, 3);
	l->lifted_rev = 5;
	state_latch_set(&s, "spring", 4);
	ck_assert_int_eq(l->lifted_rev, 5);
	state_latch_set(&s, "spring", 5);
	ck_assert_int_eq(l->rev, 5);
	ck_assert_int_eq(l->lifted_rev, 0);
	ck_assert_uint_eq(s.n_latches, 1);
}

TEST(a_mark_is_replaced_and_dropped)
{
	SCOPED(state_fini)
	struct device_state s = {0};
	char one[1][KEY_ID_SIZE] = {"aa"};
	char two[2][KEY_ID_SIZE] = {"bb", "cc"};

	state_mark_set(&s, "timestamp", 1, 1, one, 1);
	state_mark_set(&s, "snapshot", 1, 1, one, 1);
	state_mark_set(&s, "timestamp", 9, 2, two, 2);
	ck_assert_uint_eq(s.n_marks, 2);
	ck_assert_int_eq(state_mark_find(&s, "timestamp")->version, 9);
	ck_assert_str_eq(state_mark_find(&s, "timestamp")->keyids[1], "cc");
	state_mark_drop(&s, "timestamp");
	ck_assert_ptr_null(state_mark_find(&s, "timestamp"));
	ck_assert_ptr_nonnull(state_mark_find(&s, "snapshot"));
	state_mark_drop(&s, "nobody");
}
