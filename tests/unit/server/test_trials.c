#include "config.h"

#include "server/store/trials.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int take(void *ctx, const struct trial_row *t, struct err *e)
{
	char *text = ctx;
	size_t used = strlen(text);

	(void)e;
	(void)snprintf(text + used, 200 - used, "%" PRId64 ".%" PRId64 " ",
	               t->trial.device, t->trial.attempt);
	return 0;
}

static int keep(void *ctx, const struct trial_row *t, struct err *e)
{
	(void)e;
	*(struct trial_row *)ctx = *t;
	return 0;
}

/* A store with n devices, keys 1 … n, and a rollout, key 1. */
static struct store *begin(int n)
{
	struct store *s = stock_open();
	int64_t batch = stock_batch(s);

	for (int i = 1; i <= n; i++)
		ck_assert_int_eq(stock_device(s, i, batch), i);
	ck_assert_int_eq(stock_rollout(s, stock_plan(s, 1)), 1);
	return s;
}

static int enrol(struct store *s, const struct trial_row *t, struct err *e)
{
	int result;

	if (store_begin(s, e) != 0)
		return -1;
	result = trials_enrol(s, t, e);
	return store_commit(s, result == 0 ? e : NULL) == 0 ? result : -1;
}

TEST(trials_are_replayed_in_the_order_of_enrolment)
{
	SCOPED(store_close)
	struct store *s = begin(3);
	char text[200] = "";
	struct err e;

	stock_trial(s, 1, 3, 1);
	stock_trial(s, 1, 1, 2);
	stock_trial(s, 1, 2, 3);
	ASSERT_OK(trials_each(s, 1, take, text, &e));
	ck_assert_str_eq(text, "3.1 1.2 2.3 ");
}

TEST(a_trial_is_given_back_as_it_was_left)
{
	SCOPED(store_close)
	struct store *s = begin(1);
	struct trial_row t = stock_trial_row(1, 1, 7), got;
	struct err e;

	ASSERT_OK(enrol(s, &t, &e));
	ASSERT_OK(trials_each(s, 1, keep, &got, &e));
	ck_assert_int_eq(got.trial.cell, 3);
	ck_assert(got.trial.counted);
	ck_assert(!got.control);
	t.trial.step = TRIAL_CONFIRMED;
	t.trial.step_ms = STOCK_MS + 8;
	t.stood_still_ms = 5;
	t.poll_after_s = 60;
	(void)snprintf(t.image, sizeof(t.image), "%s", stock_sha256(6));
	(void)snprintf(t.code, sizeof(t.code), "ok");
	ASSERT_OK(trials_update(s, &t, &e));
	ASSERT_OK(trials_each(s, 1, keep, &got, &e));
	ck_assert_int_eq(got.trial.step, TRIAL_CONFIRMED);
	ck_assert_int_eq(got.trial.granted_ms, STOCK_MS);
	ck_assert_int_eq(got.trial.step_ms, STOCK_MS + 8);
	ck_assert_int_eq(got.stood_still_ms, 5);
	ck_assert_int_eq(got.poll_after_s, 60);
	ck_assert_str_eq(got.image, t.image);
	ck_assert_str_eq(got.code, "ok");
	t.trial.device = 99;
	ASSERT_ERR(trials_update(s, &t, &e), ERR_NOT_FOUND);
}

TEST(a_device_is_one_trial_of_a_rollout)
{
	SCOPED(store_close)
	struct store *s = begin(1);
	struct trial_row t = stock_trial_row(1, 1, 2);
	struct device_row d;
	char text[200] = "";
	struct err e;

	stock_trial(s, 1, 1, 1);
	ASSERT_ERR(enrol(s, &t, &e), ERR_CONFLICT);
	ASSERT_SAYS("is a trial of rollout #1 already");
	ASSERT_OK(trials_each(s, 1, take, text, &e));
	ck_assert_str_eq(text, "1.1 ");
	/* A refusal changes nothing, the device's count neither. */
	ASSERT_OK(devices_find_key(&d, s, 1, &e));
	ck_assert_int_eq(d.last_attempt, 1);
}

TEST(a_void_trial_is_enrolled_anew_at_the_end)
{
	SCOPED(store_close)
	struct store *s = begin(3);
	struct trial_row t = stock_trial_row(1, 1, 1);
	char text[200] = "";
	struct err e;

	ASSERT_OK(enrol(s, &t, &e));
	stock_trial(s, 1, 2, 1);
	stock_trial(s, 1, 3, 1);
	t.trial.step = TRIAL_VOID;
	(void)snprintf(t.code, sizeof(t.code), "battery");
	ASSERT_OK(trials_update(s, &t, &e));
	stock_trial(s, 1, 1, 2);
	ASSERT_OK(trials_each(s, 1, take, text, &e));
	ck_assert_str_eq(text, "2.1 3.1 1.2 ");
	ASSERT_OK(trials_each(s, 1, keep, &t, &e));
	ck_assert_int_eq(t.trial.step, TRIAL_GRANTED);
	ck_assert_str_eq(t.code, "");
}

TEST(an_attempt_number_never_comes_twice)
{
	SCOPED(store_close)
	struct store *s = begin(1);
	struct trial_row t = stock_trial_row(1, 1, 5);
	struct err e;

	ASSERT_OK(enrol(s, &t, &e));
	t.trial.step = TRIAL_VOID;
	ASSERT_OK(trials_update(s, &t, &e));
	t.trial.step = TRIAL_GRANTED;
	ASSERT_CODE(enrol(s, &t, &e), "attempt_reused");
	t.trial.attempt = 4;
	ASSERT_CODE(enrol(s, &t, &e), "attempt_reused");
	ASSERT_SAYS("attempt 4 is not above 5");
	t.trial.attempt = 6;
	ASSERT_OK(enrol(s, &t, &e));
}

TEST(an_attempt_is_a_small_number_that_does_not_end_in_zero)
{
	static const int64_t bad[] = {10, 2147483640, INT64_C(2147483648)};
	SCOPED(store_close)
	struct store *s = begin(1);
	struct err e;

	for (size_t i = 0; i < 3; i++) {
		struct trial_row t = stock_trial_row(1, 1, bad[i]);

		ASSERT_ERR(enrol(s, &t, &e), ERR_INVALID);
	}
	stock_trial(s, 1, 1, 2147483647);
}

TEST(a_control_unit_has_no_attempt)
{
	SCOPED(store_close)
	struct store *s = begin(2);
	struct trial_row t = stock_trial_row(1, 1, 0), got;
	struct err e;

	ASSERT_ERR(enrol(s, &t, &e), ERR_CONFLICT);
	t.control = true;
	ASSERT_OK(enrol(s, &t, &e));
	t.trial.device = 2;
	ASSERT_OK(enrol(s, &t, &e));
	ASSERT_OK(trials_each(s, 1, keep, &got, &e));
	ck_assert(got.control);
	ck_assert_int_eq(got.trial.attempt, 0);
}

TEST(enrolment_needs_a_transaction)
{
	SCOPED(store_close)
	struct store *s = begin(1);
	struct trial_row t = stock_trial_row(1, 1, 1);
	struct err e;

	ASSERT_ERR(trials_enrol(s, &t, &e), ERR_INTERNAL);
}

TEST(a_trial_of_nobody_or_nothing_is_refused)
{
	SCOPED(store_close)
	struct store *s = begin(1);
	struct trial_row t = stock_trial_row(1, 99, 1);
	struct device_row d;
	struct err e;

	ASSERT_ERR(enrol(s, &t, &e), ERR_NOT_FOUND);
	t = stock_trial_row(99, 1, 1);
	ASSERT_ERR(enrol(s, &t, &e), ERR_INVALID);
	ASSERT_OK(devices_find_key(&d, s, 1, &e));
	ck_assert_int_eq(d.last_attempt, 0);
}

static void take_device(void *ctx, int64_t device)
{
	char *text = ctx;
	size_t used = strlen(text);

	(void)snprintf(text + used, 200 - used, "%" PRId64 " ", device);
}

/* Devices 5, 4, … of epoch 0 at these steps; 6 was tried in epoch 1. */
TEST(devices_that_earlier_epochs_tried_are_told_apart_by_their_steps)
{
	static const enum trial_step steps[] = {TRIAL_INSTALLED,
	                                        TRIAL_ACTIVATED, TRIAL_VOID,
	                                        TRIAL_FAILED, TRIAL_SILENT};
	SCOPED(store_close)
	struct store *s = begin(6);
	struct rollout_row second = {.plan = stock_plan(s, 2),
	                             .stage_since_ms = STOCK_MS,
	                             .began_ms = STOCK_MS,
	                             .epoch = 1,
	                             .created_by = "bob"};
	char text[200] = "";
	struct err e;

	ASSERT_OK(rollouts_add(NULL, s, &second, &e));
	for (int i = 0; i < 5; i++) {
		struct trial_row t = stock_trial_row(1, 5 - i, 1);

		t.trial.step = steps[i];
		ASSERT_OK(enrol(s, &t, &e));
	}
	stock_trial(s, 2, 6, 1);
	ASSERT_OK(trials_tried(s, "coat", "spring", 1, take_device, text, &e));
	ck_assert_str_eq(text, "1 2 4 ");
	text[0] = '\0';
	ASSERT_OK(trials_tried(s, "coat", "spring", 0, take_device, text, &e));
	ASSERT_OK(trials_tried(s, "coat", "autumn", 9, take_device, text, &e));
	ck_assert_str_eq(text, "");
}
