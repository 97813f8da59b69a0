#include "config.h"

#include "lib/rollout/eta.h"

#include "lib/base/rfc3339.h"
#include "lib/rollout/gate.h"

#include <inttypes.h>
#include <stdio.h>

/* No plan lives for so many rounds. */
#define ROUNDS_MAX 10000
#define TRIALS_LOOKED_AT 512

static const char *const who_names[] = {
	/* clang-format off */
	[ETA_NOBODY]    = "nobody",
	[ETA_OPERATOR]  = "operator",
	[ETA_APPROVERS] = "approvers",
	/* clang-format on */
};

const char *eta_who_name(enum eta_who w)
{
	return who_names[w];
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What promotion out of this stage wants (gate.c): min_confirmed, or what
 * devices there are. */
static int64_t wanted(const struct plan *p, const struct eta_facts *f, size_t s)
{
	int64_t here = f->reach[s] - f->failed - f->kept_out;

	if (f->reach[s] < 0)
		return p->gate.min_confirmed;
	here = later(here, 0);
	return here < p->gate.min_confirmed ? here : p->gate.min_confirmed;
}

/* Until so many confirmed: each round as many are under way as confirmed
 * before (rollout-rules.md, Cap), a device begins it at its next poll. */
static int64_t rounds_s(const struct plan *p, const struct eta_facts *f,
                        int64_t want)
{
	int64_t have = f->confirmed, rounds = 0;

	while (have < want && rounds < ROUNDS_MAX) {
		int64_t open = later(have, ENGINE_CAP_ROLLOUT);

		have += open < p->gate.in_flight ? open : p->gate.in_flight;
		rounds++;
	}
	return rounds * (f->poll_s + f->attempt_s);
}

/* A stage with devices enough is judged by those that nothing can change any
 * more: granted longer than the hard deadline ago. */
static int64_t confirming_s(const struct plan *p, const struct eta_facts *f,
                            size_t s)
{
	int64_t needed, least_s = rounds_s(p, f, wanted(p, f, s));

	if (f->reach[s] < 0 || f->by_hand_to > (int)s ||
	    gate_can_meet(p, f->reach[s] - f->kept_out, &needed) < f->failed)
		return least_s;
	return later(least_s, rounds_s(p, f, needed) + p->gate.hard_s);
}

/* The end of stage s, which is entered at from_s. */
static int64_t stage_end_s(const struct plan *p, const struct eta_facts *f,
                           size_t s, int64_t from_s)
{
	int64_t now_s = f->now_ms / 1000;
	int64_t began_s = (int)s == f->stage ? f->since_ms / 1000 : from_s;
	int64_t end_s =
		later(began_s, p->stages[s].not_before_s) + p->stages[s].soak_s;

	if (s + 1 == p->n_stages)
		return later(end_s, now_s);
	if (f->by_hand_to > (int)s)
		end_s = now_s;
	end_s = later(end_s, p->stages[s + 1].not_before_s);
	return later(end_s, later(from_s, p->stages[s].not_before_s) +
	                            confirming_s(p, f, s));
}

static bool waits_for_hand(const struct plan *p, const struct eta_facts *f,
                           size_t s)
{
	return p->gate.promote_by_hand && s + 1 < p->n_stages &&
	       f->by_hand_to <= (int)s;
}

/* People count stages from 1. */
static void by_hand(struct eta *out, size_t s, int64_t end_s)
{
	char at[RFC3339_SIZE];

	rfc3339_format(at, end_s);
	out->who = ETA_OPERATOR;
	(void)snprintf(out->text, sizeof(out->text),
	               "stage %zu waits from %s on for an operator to promote "
	               "it",
	               s + 1, at);
}

static void too_late(struct eta *out, const struct plan *p, int64_t end_s)
{
	char at[RFC3339_SIZE], expires[RFC3339_SIZE];

	rfc3339_format(at, end_s);
	rfc3339_format(expires, p->expires_s);
	out->who = ETA_APPROVERS;
	(void)snprintf(out->text, sizeof(out->text),
	               "it would take until %s, and the plan expires %s: its "
	               "approvers have to sign a revision",
	               at, expires);
}

static void in_time(struct eta *out, const struct plan *p,
                    const struct eta_facts *f, int64_t end_s)
{
	size_t left = p->n_stages - (size_t)f->stage - 1;
	char at[RFC3339_SIZE], halted[96] = "";
	char more[64] = "only the watch is left";

	rfc3339_format(at, end_s);
	out->at_s = end_s;
	if (f->cells_halted > 0)
		(void)snprintf(halted, sizeof(halted),
		               "; without the %zu halted cell%s, which "
		               "only a signed revision resumes",
		               f->cells_halted,
		               f->cells_halted == 1 ? "" : "s");
	if (left > 0)
		(void)snprintf(more, sizeof(more),
		               "%zu more stage%s, and the watch", left,
		               left == 1 ? "" : "s");
	(void)snprintf(out->text, sizeof(out->text),
	               "%s if nothing fails%s: %s%s", at,
	               f->holds > 0 ? " and what is on hold is heard of" : "",
	               more, halted);
}

static void running(struct eta *out, const struct plan *p,
                    const struct eta_facts *f)
{
	int64_t at_s = f->now_ms / 1000;

	for (size_t s = (size_t)f->stage; s < p->n_stages; s++) {
		at_s = stage_end_s(p, f, s, at_s);
		if (waits_for_hand(p, f, s)) {
			by_hand(out, s, at_s);
			return;
		}
		if ((int)s == f->stage)
			out->stage_end_s = at_s;
		/* The watch may end later: nobody starts by then. */
		if (s + 1 < p->n_stages && at_s >= p->expires_s) {
			out->stage_end_s = 0;
			too_late(out, p, at_s);
			return;
		}
	}
	in_time(out, p, f, at_s);
}

static void say(struct eta *out, enum eta_who who, const char *text)
{
	out->who = who;
	(void)snprintf(out->text, sizeof(out->text), "%s", text);
}

void eta_decide(struct eta *out, const struct plan *p,
                const struct eta_facts *f)
{
	*out = (struct eta){.who = ETA_NOBODY};
	if (f->state == ROLLOUT_COMPLETED)
		say(out, ETA_NOBODY, "it is completed");
	else if (f->state == ROLLOUT_SUPERSEDED)
		say(out, ETA_NOBODY, "a newer revision took over");
	else if (f->state == ROLLOUT_HALTED && f->recalled)
		say(out, ETA_NOBODY,
		    "it is halted, and what it installed is recalled");
	else if (f->state == ROLLOUT_HALTED ||
	         f->cells_halted == plan_n_cells(p))
		say(out, ETA_APPROVERS,
		    "halted everywhere: its approvers have to sign a revision "
		    "that lists the cells in `resumes`");
	else if (f->now_ms / 1000 >= p->expires_s &&
	         f->stage + 1 < (int)p->n_stages)
		say(out, ETA_APPROVERS,
		    "the plan has expired: its approvers have to sign a "
		    "revision");
	else if (f->state == ROLLOUT_PAUSED)
		say(out, ETA_OPERATOR, "paused: an operator resumes or halts");
	else if (f->held)
		say(out, ETA_NOBODY,
		    "on hold everywhere: it goes on by itself when overdue "
		    "devices are heard of, or halts at their deadline; an "
		    "operator may halt it before");
	else
		running(out, p, f);
}

int64_t eta_attempt_s(const struct engine *g)
{
	size_t n = engine_n_trials(g), confirmed = 0;
	size_t end = n > TRIALS_LOOKED_AT ? n - TRIALS_LOOKED_AT : 0;
	int64_t sum_ms = 0;

	for (size_t i = n; i > end; i--) {
		const struct trial *t = engine_trial(g, i - 1);

		if (t->step != TRIAL_CONFIRMED || t->step_ms < t->granted_ms)
			continue;
		sum_ms += t->step_ms - t->granted_ms;
		confirmed++;
	}
	return confirmed == 0 ? -1 : sum_ms / (int64_t)confirmed / 1000;
}
