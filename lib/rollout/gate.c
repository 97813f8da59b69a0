#include "config.h"

#include "lib/rollout/gate.h"

#include "lib/base/rfc3339.h"
#include "lib/rollout/bar.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Reasons joined by "; ". */
struct reasons {
	char *text;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void because(struct reasons *r,
                                                          const char *fmt, ...)
{
	va_list ap;
	int n;

	if (r->used > 0 && r->used + 2 < r->size) {
		(void)snprintf(r->text + r->used, r->size - r->used, "; ");
		r->used += 2;
	}
	va_start(ap, fmt);
	n = vsnprintf(r->text + r->used, r->size - r->used, fmt, ap);
	va_end(ap);
	r->used += n > 0 ? (size_t)n : 0;
	if (r->used >= r->size)
		r->used = r->size - 1;
}

/* A soak counts from when devices could start: not before the stage's date. */
static int64_t soak_end_s(const struct plan *p, const struct gate_facts *f)
{
	const struct plan_stage *s = &p->stages[f->stage];
	int64_t began = f->since_ms / 1000;

	if (began < s->not_before_s)
		began = s->not_before_s;
	return began + s->soak_s;
}

static void wait_until(struct reasons *r, const char *what, int64_t at_s)
{
	char at[RFC3339_SIZE];

	rfc3339_format(at, at_s);
	because(r, "%s %s", what, at);
}

/* The stages so far add no device to the one before. */
static bool adds_nothing(const struct gate_facts *f)
{
	int64_t here = f->reach[f->stage];

	if (here < 0)
		return false;
	return here == (f->stage > 0 ? f->reach[f->stage - 1] : 0);
}

/*
 * No rollout hangs: a device that is seen, and never asks to start, would be
 * waited for without end. It may be one whose owner does not consent, one
 * without a clock beyond max_ppm, one that was silent too long and is back;
 * the server cannot know. So after that time the stage goes on with those who
 * confirmed. When nobody did, an operator says so. Only the open trials of
 * counted devices are let end first: devices enrolled later may be under way at
 * any time.
 */
static int64_t patience_end_s(const struct plan *p, const struct gate_facts *f)
{
	return soak_end_s(p, f) + GATE_SEEN_S;
}

static bool is_out_of_patience(const struct plan *p, const struct gate_facts *f)
{
	return f->open_counted == 0 && f->now_ms / 1000 >= patience_end_s(p, f);
}

/* min_confirmed, lowered to the devices there are. A device that failed can
 * no longer confirm: the halt rule has judged it, and waiting for it would
 * wait for ever. So would waiting for one that its batch's share keeps out,
 * where the devices that would make room are in a later stage. */
static int64_t wanted(const struct plan *p, const struct gate_facts *f)
{
	int64_t want = p->gate.min_confirmed, here = f->reach[f->stage];

	if (here < 0)
		return want;
	here -= f->failed + f->kept_out;
	if (here < 0)
		here = 0;
	return here < want ? here : want;
}

static void wait_for_devices(struct reasons *r, const struct plan *p,
                             const struct gate_facts *f, bool by_hand)
{
	int64_t want = wanted(p, f);
	char until[RFC3339_SIZE];

	if (!is_out_of_patience(p, f)) {
		rfc3339_format(until, patience_end_s(p, f));
		because(r,
		        "%" PRId64 " of %" PRId64
		        " confirmed, at the latest %s",
		        f->confirmed, want, until);
	} else if (f->confirmed == 0 && !by_hand) {
		because(r,
		        "0 of %" PRId64
		        " confirmed: nobody came in a week, an operator may "
		        "promote it",
		        want);
	}
}

/* Why it holds is said with each hold. */
static void wait_for_holds(struct reasons *r, const struct gate_facts *f)
{
	char where[CELL_TEXT_SIZE];

	(void)cell_text(where, f->hold_hw, f->hold_region);
	if (f->holds == 1)
		because(r, "the hold of %s to lift", where);
	else
		because(r, "%zu holds to lift, the widest of %s", f->holds,
		        where);
}

int64_t gate_can_meet(const struct plan *p, int64_t devices, int64_t *needed)
{
	struct bar b;
	int64_t s = 0;

	bar_init(&b, p->gate.p1_ppm, p->gate.beta_ppm);
	*needed = bar_needed(&b, 0);
	while (bar_needed(&b, s) <= devices)
		bar_grow(&b, ++s);
	bar_fini(&b);
	return s - 1;
}

/*
 * Can the bar still be met? At best every device that is waited for confirms
 * and none fails any more.
 *
 * The bar is waited for only while this says yes, and that ends. Until the
 * patience ends devices may be waited for that never come; from then on only
 * trials are. An open trial ends within hard_s (a pause apart, and an operator
 * ends that) and is in the old prefix then. When all are, `old` is confirmed +
 * failed and `old_failed` is failed, so that the bar is met or out of reach.
 * Each further trial is of a device that had none, so they come to an end; a
 * hold ends within hard_s (scopes.c), and caution lets one start where nothing
 * is pending.
 */
static bool can_meet(const struct plan *p, const struct gate_facts *f)
{
	int64_t trials = f->confirmed + f->failed + f->open_counted;
	int64_t most = trials, here = f->reach[f->stage];

	if (f->now_ms / 1000 < patience_end_s(p, f) && here >= 0)
		most = here - f->silent - f->kept_out;
	if (most < trials)
		most = trials;
	return most >= f->needed_at_best;
}

static bool meets(const struct gate_facts *f)
{
	return f->old >= f->needed;
}

/* Why it goes on, beside soak and date. */
static void say_evidence(struct reasons *r, const struct gate_facts *f)
{
	if (meets(f))
		because(r, "%" PRId64 " of %" PRId64 " judged failed",
		        f->old_failed, f->old);
	else
		because(r,
		        "too few devices to judge, it takes %" PRId64
		        " with %" PRId64 " failed",
		        f->needed_at_best, f->failed);
}

enum gate_verdict gate_decide(const struct plan *p, const struct gate_facts *f,
                              char *text, size_t size)
{
	struct reasons r = {text, size, 0};
	int64_t now_s = f->now_ms / 1000, soaked = soak_end_s(p, f);
	bool last = (size_t)f->stage + 1 == p->n_stages;
	bool by_hand = !last && f->by_hand_to > f->stage;

	text[0] = '\0';
	if (now_s < soaked && !by_hand)
		wait_until(&r, last ? "the watch until" : "soak until", soaked);
	if (f->holds > 0)
		wait_for_holds(&r, f);
	if (last && r.used == 0) {
		because(&r, "the watch of %" PRId64 " s ended",
		        p->stages[f->stage].soak_s);
		return GATE_COMPLETE;
	}
	if (last)
		return GATE_WAIT;
	if (now_s < p->stages[f->stage + 1].not_before_s)
		wait_until(&r, "the next stage's date",
		           p->stages[f->stage + 1].not_before_s);
	if (now_s >= p->expires_s)
		wait_until(&r, "a renewed plan, this one expired",
		           p->expires_s);
	if (f->confirmed < wanted(p, f) && !adds_nothing(f))
		wait_for_devices(&r, p, f, by_hand);
	if (!by_hand && !adds_nothing(f) && !meets(f) && can_meet(p, f))
		because(&r,
		        "%" PRId64 " of %" PRId64 " judged (granted %" PRId64
		        " s ago) with %" PRId64 " failed",
		        f->old, f->needed, p->gate.hard_s, f->old_failed);
	if (p->gate.promote_by_hand && !by_hand)
		because(&r, "an operator (promote: hand)");
	if (r.used > 0)
		return GATE_WAIT;
	because(&r, "stage %d: %s %" PRId64 " s, %" PRId64 " confirmed%s",
	        f->stage + 1,
	        now_s < soaked ? "an operator ended its soak of" : "soaked",
	        p->stages[f->stage].soak_s, f->confirmed,
	        adds_nothing(f) ? ", adds no device" : "");
	if (!by_hand && !adds_nothing(f) && f->needed > 0)
		say_evidence(&r, f);
	return GATE_PROMOTE;
}
