#include "config.h"

#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/twin/twin.h"

#include <stdio.h>
#include <string.h>

#define DEVICE "pawl-device"
/* Of so many questions one goes to the real program, the others to its
 * library: some 140 in all. */
#define PROGRAM_EVERY 5

/* How often each code was said. */
struct heard {
	int said[OFFER_N_WHY];
	int granted, clockless, cases;
};

static void count(struct heard *n, const struct corpus_case *q,
                  const struct twin_answers *a, const struct twin_decision *d)
{
	for (int i = 0; i < OFFER_N_WHY; i++)
		n->said[i] += strcmp(d->code, offer_why_code(i)) == 0;
	n->granted += a->granted;
	n->clockless += !q->has_clock;
	n->cases++;
}

static void ask_some(struct heard *n, struct twin *t, int times)
{
	for (int i = 0; i < times; i++) {
		struct corpus_case q;
		struct twin_answers a;
		struct twin_decision d;
		char why[800];

		corpus_ask(&q, &t->corpus);
		twin_ask(&a, t, &q);
		/* A process costs more than everything else here. */
		twin_decide(&d, t, &q,
		            n->cases % PROGRAM_EVERY == 0 ? DEVICE : NULL);
		ck_assert_msg(!twin_disagree(why, sizeof(why), t, &q, &a, &d),
		              "%s", why);
		count(n, &q, &a, &d);
	}
}

/* States as the server signs them of rollouts that go and that pause. */
static void ask_about_its_own(struct heard *n, struct twin *t, int times)
{
	twin_sign(t);
	ask_some(n, t, times);
	for (size_t i = 0; i < CORPUS_PLANS; i += 2)
		twin_operate(t, &t->corpus.plans[i], "pause");
	twin_sign(t);
	ask_some(n, t, times);
	for (size_t i = 0; i < CORPUS_PLANS; i += 2)
		twin_operate(t, &t->corpus.plans[i], "resume");
}

/* A world from its seed: so many questions about each of its states. */
static struct heard ask_all(uint64_t seed, int times)
{
	SCOPED(twin_free)
	struct twin *t = twin_new(seed);
	struct heard n = {0};

	ask_about_its_own(&n, t, times);
	for (size_t i = 0; i < CORPUS_MOMENTS; i++) {
		twin_set_time(t, corpus_moment(i));
		twin_sign_anything(t);
		ask_some(&n, t, times / 2);
		twin_sign_anything(t);
		ask_some(&n, t, times - times / 2);
	}
	for (size_t i = 0; i < CORPUS_PLANS; i++)
		twin_operate(t, &t->corpus.plans[i], "halt");
	twin_sign(t);
	ask_some(&n, t, times);
	return n;
}

TEST(device_why_and_checkin_say_the_same)
{
	/* What the corpus must have come to, or it proves little. */
	static const enum offer_why must[] = {
		OFFER_YES,
		OFFER_NO_STATE,
		OFFER_NO_RULE,
		OFFER_PLAN_UNVERIFIED,
		OFFER_HALTED,
		OFFER_HOLD,
		OFFER_LATCHED,
		OFFER_EXCLUDED,
		OFFER_STAGE_UNKNOWN,
		OFFER_NOT_YET,
		OFFER_EXPIRED,
		OFFER_OUTSIDE_STAGE,
		OFFER_NOT_NEWER,
		OFFER_COUNTER_LOW,
		OFFER_CONFIRMED_BEFORE,
		OFFER_BATTERY,
		OFFER_FLASH,
		OFFER_CONSENT,
		OFFER_WINDOW,
		OFFER_NEEDS_CLOCK,
	};
	struct heard n = ask_all(5, 24);

	for (int i = 0; i < OFFER_N_WHY; i++)
		if (n.said[i] > 0)
			printf("%s %d\n", offer_why_code(i), n.said[i]);
	printf("%d cases, %d granted, %d without a clock\n", n.cases, n.granted,
	       n.clockless);
	(void)fflush(stdout);
	for (size_t i = 0; i < ARRAY_LEN(must); i++)
		ck_assert_msg(n.said[must[i]] > 0, "nothing was ever '%s'",
		              offer_why_code(must[i]));
	ck_assert_int_ge(n.granted, 20);
}

/* Other releases, plans, states and devices. */
TEST(so_they_do_in_another_world)
{
	ck_assert_int_gt(ask_all(2, 12).granted, 0);
}

TEST(and_in_a_third)
{
	ck_assert_int_gt(ask_all(3, 12).granted, 0);
}

/* Each of them is a device whose decision has one comparison off by one. */
static const char *const planted[] = {"planted-bucket",  "planted-opens",
                                      "planted-expires", "planted-counter",
                                      "planted-version", "planted-stage"};

static bool all_are(const bool caught[ARRAY_LEN(planted)])
{
	for (size_t k = 0; k < ARRAY_LEN(planted); k++)
		if (!caught[k])
			return false;
	return true;
}

static void look_for_planted(bool caught[ARRAY_LEN(planted)], struct twin *t)
{
	for (int i = 0; i < 20 && !all_are(caught); i++) {
		struct corpus_case q;
		struct twin_answers a;

		corpus_ask(&q, &t->corpus);
		twin_ask(&a, t, &q);
		for (size_t k = 0; k < ARRAY_LEN(planted); k++) {
			struct twin_decision d;
			char why[800];

			if (caught[k])
				continue;
			twin_decide(&d, t, &q, planted[k]);
			caught[k] =
				twin_disagree(why, sizeof(why), t, &q, &a, &d);
		}
	}
}

TEST(a_device_that_is_off_by_one_anywhere_is_caught)
{
	SCOPED(twin_free)
	struct twin *t = twin_new(1);
	bool caught[ARRAY_LEN(planted)] = {false};

	for (size_t i = 0; i < CORPUS_MOMENTS && !all_are(caught); i++) {
		twin_set_time(t, corpus_moment(i));
		twin_sign_anything(t);
		look_for_planted(caught, t);
		twin_sign_anything(t);
		look_for_planted(caught, t);
	}
	for (size_t k = 0; k < ARRAY_LEN(planted); k++)
		ck_assert_msg(caught[k], "%s was not", planted[k]);
}
