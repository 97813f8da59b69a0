#include "config.h"

#include "server/devices/grant.h"

#include "server/devices/told.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/quarantine.h"
#include "server/fleet/retry.h"
#include "server/fleet/share.h"
#include "server/store/trials.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint32_t next_attempt(uint32_t last)
{
	uint32_t next = last + 1;

	/* DDI clients carry no number that ends in 0 (trust.md, Identities). */
	return next % 10 == 0 ? next + 1 : next;
}

static void fill_grant(struct checkin_job *j, const struct fleet *f,
                       enum wire_want step)
{
	struct wire_answer *a = &j->answer;

	a->granted = true;
	a->step = step;
	a->attempt = j->attempt;
	a->within_s = f->config.within_s;
	memcpy(a->plan, j->rollout->plan->sha256, SHA256_HEX_SIZE);
	checkin_say(a, "yes", "%s is granted, attempt %" PRIu32,
	            step == WANT_START ? "start" : "activate", j->attempt);
}

/* What a grant written now would be. */
struct enrolling {
	int cell;
	int retry;    /* 0: a trial; n: the n-th retry of one */
	bool counted; /* in gates and in the cap's `confirmed` */
};

static int write_trial(struct fleet *f, struct checkin_job *j,
                       const struct device_rec *r, const struct enrolling *n,
                       struct err *e)
{
	int64_t now = fleet_now_ms(f);
	int32_t told = told_open(f, r);
	struct trial_row row = {
		.trial =
			{
				.device = r->key,
				.batch = r->batch,
				.attempt = next_attempt(r->last_attempt),
				.cell = n->cell,
				.counted = n->counted,
				.retry = n->retry,
				.step = TRIAL_GRANTED,
				.granted_ms = now,
				.step_ms = now,
				.poll_after_s = told,
			},
		.rollout = j->rollout->key,
		.poll_after_s = told,
	};

	j->answer.poll_after_s = told;
	if (trials_enrol(f->store, &row, e) != 0 ||
	    arrival_write_seen(f, r, &j->call.in, e) != 0)
		return -1;
	j->attempt = (uint32_t)row.trial.attempt;
	j->trial = rollout_enrol(j->rollout, &row.trial, j->rollout->key);
	j->enrolled = true;
	return 0;
}

static void say_no_grant(struct wire_answer *a, const struct rollout *r,
                         int cell, enum grant_why why)
{
	struct hold h;

	char caution[EVIDENCE_TEXT];

	if (why == GRANT_HOLD && engine_hold_of(r->engine, cell, &h)) {
		checkin_say(a, grant_why_code(why), "on hold: %s", h.text);
		return;
	}
	if (why == GRANT_CAUTION) {
		engine_caution(r->engine, cell, caution, sizeof(caution));
		checkin_say(a, grant_why_code(why), "not now: %s", caution);
	} else {
		checkin_say(
			a, grant_why_code(why),
			"not now: the rollout's limit on open attempts (%s)",
			grant_why_code(why));
	}
}

/* A device that has a trial here already. */
static enum apply_result start_again(struct fleet *f, struct checkin_job *j,
                                     const struct trial *t)
{
	if (trial_is_open(t->step)) {
		/* The same open attempt: the first answer was lost. */
		j->attempt = (uint32_t)t->attempt;
		fill_grant(j, f, WANT_START);
		return APPLY_REFUSED;
	}
	checkin_say(&j->answer, WHY_TRIED,
	            "attempt %" PRId64 " of this plan ended %s", t->attempt,
	            trial_step_name(t->step));
	return APPLY_REFUSED;
}

/* A control unit joins where a grant would have been written. */
static enum apply_result keep_back(struct fleet *f, struct checkin_job *j,
                                   const struct device_rec *r, int cell,
                                   bool joins, struct err *e)
{
	const struct rollout *o = j->rollout;

	checkin_say(&j->answer, WHY_KEPT,
	            "kept back to compare with, as %" PRId32
	            " ppm of all devices are, "
	            "until the watch of plan %s.%" PRId64 " ends",
	            o->plan->plan.gate.holdback_ppm, o->plan->plan.id,
	            o->plan->plan.rev);
	if (!joins || controls_find(&o->controls, r->key) != NULL)
		return APPLY_REFUSED;
	if (kept_back_enrol(&j->control, f, o, r, cell, j->answer.poll_after_s,
	                    e) != 0 ||
	    arrival_write_seen(f, r, &j->call.in, e) != 0)
		return APPLY_FAILED;
	j->kept_back = true;
	return APPLY_WRITTEN;
}

enum apply_result grant_start(struct fleet *f, struct checkin_job *j,
                              const struct device_rec *r,
                              const struct cohort *c, struct err *e)
{
	struct enrolling n = {
		.cell = plan_cell_index(&j->rollout->plan->plan, c->hw,
	                                c->region),
		.counted = r->enrolled_ms < j->rollout->began_ms,
	};
	enum share_room room;
	enum grant_why why;
	size_t trial;

	if (enrol_is_quarantined(f, r->batch)) {
		checkin_say(&j->answer, "batch_quarantined",
		            "devices of this batch are not believed");
		return APPLY_REFUSED;
	}
	why = engine_may_grant(j->rollout->engine, n.cell);
	/* A halt or a pause that is not signed yet stops an open attempt too;
	 * caps do not: it holds its slot already. */
	if (why != GRANT_NOT_RUNNING && why != GRANT_CELL_HALTED &&
	    rollout_trial_of(j->rollout, r->key, &trial)) {
		const struct trial *t = engine_trial(j->rollout->engine, trial);

		if (retry_may(j->rollout, t)) {
			n.retry = retry_number(t);
			n.counted = false;
		} else if (t->step != TRIAL_VOID) {
			return start_again(f, j, t);
		}
	}
	if (rollout_was_tried(j->rollout, r->key)) {
		checkin_say(&j->answer, WHY_TRIED,
		            "revision %" PRId64
		            " of this plan begins anew, with "
		            "devices that no earlier one tried",
		            j->rollout->plan->plan.rev);
		return APPLY_REFUSED;
	}
	if (kept_back_has(j->rollout, r) && why != GRANT_NOT_RUNNING)
		return keep_back(f, j, r, n.cell, why == GRANT_YES, e);
	if (why != GRANT_YES) {
		say_no_grant(&j->answer, j->rollout, n.cell, why);
		return APPLY_REFUSED;
	}
	room = share_room(j->rollout, n.cell, r->batch, n.counted);
	if (room != SHARE_ROOM) {
		if (room == SHARE_TRIALS)
			rollout_keep_out(j->rollout, r->key);
		checkin_say(
			&j->answer, WHY_BATCH,
			"not now: devices of this batch hold their share of %s",
			room == SHARE_SLOTS ? "open attempts"
					    : "what is tried in this cell");
		return APPLY_REFUSED;
	}
	if (write_trial(f, j, r, &n, e) != 0)
		return APPLY_FAILED;
	fill_grant(j, f, WANT_START);
	return APPLY_WRITTEN;
}

enum apply_result grant_activate(struct fleet *f, struct checkin_job *j,
                                 const struct device_rec *r, struct err *e)
{
	const struct trial *t;

	if (!rollout_trial_of(j->rollout, r->key, &j->trial) ||
	    (t = engine_trial(j->rollout->engine, j->trial))->attempt !=
	            j->call.in.attempt ||
	    !trial_is_open(t->step)) {
		checkin_say(&j->answer, WHY_ATTEMPT,
		            "attempt %" PRId64 " of this plan is not open",
		            j->call.in.attempt);
		return APPLY_REFUSED;
	}
	if (engine_state(j->rollout->engine) == ROLLOUT_PAUSED ||
	    engine_cell_halted(j->rollout->engine, t->cell)) {
		checkin_say(
			&j->answer,
			grant_why_code(
				engine_cell_halted(j->rollout->engine, t->cell)
					? GRANT_CELL_HALTED
					: GRANT_NOT_RUNNING),
			"the rollout is %s",
			rollout_state_name(engine_state(j->rollout->engine)));
		return APPLY_REFUSED;
	}
	j->attempt = (uint32_t)t->attempt;
	fill_grant(j, f, WANT_ACTIVATE);
	if (t->step >= TRIAL_ACTIVATED)
		return APPLY_REFUSED; /* written before; told again */
	if (fleet_save_step(f, j->rollout, j->trial, TRIAL_ACTIVATED, "", "",
	                    e) != 0)
		return APPLY_FAILED;
	j->activated = true;
	return APPLY_WRITTEN;
}

/* After *activated*, a check-in that no longer carries this attempt and shows
 * another image than the trial's is a revert, whatever was said. */
enum apply_result grant_revert(struct fleet *f, struct checkin_job *j,
                               const struct device_rec *r, struct err *e)
{
	const struct wire_checkin *in = &j->call.in;
	struct rollout *o;
	const struct trial *t;
	const char *image;

	if (!r->open_activated || in->attempt == (int64_t)r->open_attempt ||
	    !live_trial_of(&f->live, r->key, r->open_attempt, &o, &j->trial))
		return APPLY_REFUSED;
	t = engine_trial(o->engine, j->trial);
	image = *o->plan->release->fw.installed_sha256 != '\0'
	                ? o->plan->release->fw.installed_sha256
	                : o->plan->release->sha256;
	if (!trial_is_open(t->step) || t->step < TRIAL_ACTIVATED ||
	    strcmp(in->running_sha256, image) == 0)
		return APPLY_REFUSED;
	if (fleet_save_step(f, o, j->trial, TRIAL_REVERTED, in->running_sha256,
	                    "seen_at_checkin", e) != 0)
		return APPLY_FAILED;
	j->rollout = o;
	j->reverted = true;
	j->answer.poll_after_s = told_idle(f, r);
	checkin_say(&j->answer, "reverted",
	            "attempt %" PRId64
	            " is recorded as reverted: the device runs "
	            "another image",
	            t->attempt);
	return APPLY_WRITTEN;
}
