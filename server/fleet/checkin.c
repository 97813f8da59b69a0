#include "config.h"

#include "server/fleet/checkin.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "server/fleet/arrival.h"
#include "server/fleet/enrol.h"
#include "server/fleet/holds.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/retry.h"
#include "server/fleet/share.h"
#include "server/fleet/told.h"
#include "server/store/trials.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Codes that only a check-in gives; the rest are offer_why_code() and
 * grant_why_code(). */
#define WHY_STALE "stale_metadata"
#define WHY_TRIED "tried_before"
#define WHY_BATCH "batch_share"
#define WHY_KEPT "kept_back"
#define WHY_ATTEMPT "unknown_attempt"

void checkin_device(struct offer_device *out, struct device_space *space,
                    struct fleet *f, const struct device_rec *r)
{
	space->cohort = index_cohort_of(&f->index, r->cohort);
	space->image = index_image_of(&f->index, r->image);
	hex_encode(space->id, r->id, sizeof(r->id));
	*out = (struct offer_device){
		.product = space->cohort.product,
		.hw = space->cohort.hw,
		.region = space->cohort.region,
		.channel = space->cohort.channel,
		.id = space->id,
		.has_clock = true,
		.running_sha256 = space->image.sha256,
		.running_version = space->image.version,
		.counter = r->counter,
		.now_s = fleet_now_s(f),
		.known = false,
	};
}

__attribute__((format(printf, 3, 4))) static void
say(struct wire_answer *a, const char *code, const char *fmt, ...)
{
	va_list ap;

	(void)snprintf(a->why_code, sizeof(a->why_code), "%s", code);
	va_start(ap, fmt);
	(void)vsnprintf(a->why_text, sizeof(a->why_text), fmt, ap);
	utf8_mend(a->why_text);
	va_end(ap);
}

static void begin_answer(struct wire_answer *a, const struct fleet *f,
                         const struct view *v, const struct device_rec *r,
                         const struct wire_checkin *in)
{
	*a = (struct wire_answer){
		.time_s = fleet_now_s(f),
		.seq = r->window.mark,
		.poll_after_s = r->open_attempt != 0 ? told_open(f, r)
	                                             : told_idle(f, r),
	};
	memcpy(a->nonce, in->nonce, sizeof(a->nonce));
	if (v != NULL) {
		a->root = view_set(v)->root.version;
		a->ts = view_online(v)->timestamp_version;
	}
}

/* The offer for the device as it describes itself now. */
static void decide(struct offer *o, const struct state_file **out_state,
                   struct fleet *f, const struct view *v,
                   const struct device_rec *r, const struct wire_checkin *in)
{
	struct offer_world nothing = {0};
	struct device_space space;
	struct offer_device d;
	const struct state_file *s = NULL;

	checkin_device(&d, &space, f, r);
	d.running_sha256 = in->running_sha256;
	d.running_version = in->running_version;
	d.counter = in->counter;
	if (v != NULL)
		s = online_state(view_online(v), space.cohort.product,
		                 space.cohort.channel);
	nothing.repo = v != NULL ? view_set(v)->catalog.repo : "";
	nothing.product = space.cohort.product;
	nothing.channel = space.cohort.channel;
	*out_state = s;
	offer_decide(o, s != NULL ? &s->world : &nothing, &d,
	             in->want == WANT_ACTIVATE ? OFFER_ACTIVATE : OFFER_START,
	             in->want == WANT_ACTIVATE ? in->plan : NULL);
}

static void say_offer(struct wire_answer *a, const struct offer *o)
{
	say(a, offer_why_code(o->why), "%s", o->text);
}

static bool is_stale(const struct wire_answer *a, const struct wire_checkin *in)
{
	return in->ts < a->ts || in->root < a->root;
}

/* ---- The scribe's part ---- */

struct checkin_job {
	struct job job;
	struct checkin_call call;
	struct wire_answer answer;
	/* What apply() wrote, for landed() and undo(). */
	struct rollout *rollout;
	size_t trial;
	bool enrolled, activated, reverted;
	bool kept_back, heard; /* became a control unit; was one that waited */
	struct control control;
	struct rollout *told; /* of the trial whose told interval changed */
	size_t told_trial;
	struct arrival arrival;
	uint32_t attempt;
};

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
	say(a, "yes", "%s is granted, attempt %" PRIu32,
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

	if (why == GRANT_HOLD && holds_of_cell(&h, r, cell)) {
		say(a, grant_why_code(why), "on hold: %s", h.text);
		return;
	}
	if (why == GRANT_CAUTION) {
		engine_caution(r->engine, cell, caution, sizeof(caution));
		say(a, grant_why_code(why), "not now: %s", caution);
	} else {
		say(a, grant_why_code(why),
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
	say(&j->answer, WHY_TRIED, "attempt %" PRId64 " of this plan ended %s",
	    t->attempt, trial_step_name(t->step));
	return APPLY_REFUSED;
}

/* A control unit joins where a grant would have been written. */
static enum apply_result keep_back(struct fleet *f, struct checkin_job *j,
                                   const struct device_rec *r, int cell,
                                   bool joins, struct err *e)
{
	const struct rollout *o = j->rollout;

	say(&j->answer, WHY_KEPT,
	    "kept back to compare with, as %" PRId32 " ppm of all devices are, "
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

static enum apply_result apply_start(struct fleet *f, struct checkin_job *j,
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
		say(&j->answer, "batch_quarantined",
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
		say(&j->answer, WHY_TRIED,
		    "revision %" PRId64 " of this plan begins anew, with "
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
		say(&j->answer, WHY_BATCH,
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

static enum apply_result apply_activate(struct fleet *f, struct checkin_job *j,
                                        const struct device_rec *r,
                                        struct err *e)
{
	const struct trial *t;

	if (!rollout_trial_of(j->rollout, r->key, &j->trial) ||
	    (t = engine_trial(j->rollout->engine, j->trial))->attempt !=
	            j->call.in.attempt ||
	    !trial_is_open(t->step)) {
		say(&j->answer, WHY_ATTEMPT,
		    "attempt %" PRId64 " of this plan is not open",
		    j->call.in.attempt);
		return APPLY_REFUSED;
	}
	if (engine_state(j->rollout->engine) == ROLLOUT_PAUSED ||
	    engine_cell_halted(j->rollout->engine, t->cell)) {
		say(&j->answer,
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
static enum apply_result apply_revert(struct fleet *f, struct checkin_job *j,
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
	say(&j->answer, "reverted",
	    "attempt %" PRId64 " is recorded as reverted: the device runs "
	    "another image",
	    t->attempt);
	return APPLY_WRITTEN;
}

static enum apply_result answer(struct fleet *f, struct checkin_job *j,
                                const struct device_rec *r, struct err *e)
{
	struct cohort c = index_cohort_of(&f->index, r->cohort);
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	const struct state_file *s;
	enum apply_result reverted;
	struct offer o;

	j->enrolled = j->activated = j->reverted = false;
	j->kept_back = j->heard = false;
	begin_answer(&j->answer, f, v, r, &j->call.in);
	reverted = apply_revert(f, j, r, e);
	if (reverted != APPLY_REFUSED)
		return reverted;
	if (j->call.in.want != WANT_NOTHING &&
	    is_stale(&j->answer, &j->call.in)) {
		say(&j->answer, WHY_STALE,
		    "refresh first: timestamp %" PRId64 " is published",
		    j->answer.ts);
		return APPLY_REFUSED;
	}
	decide(&o, &s, f, v, r, &j->call.in);
	say_offer(&j->answer, &o);
	if (j->call.in.want == WANT_NOTHING || o.why != OFFER_YES)
		return APPLY_REFUSED;
	j->rollout =
		live_by_plan_sha256(&f->live, s->doc.rules[o.rule].plan_sha256);
	if (j->rollout == NULL ||
	    strcmp(j->rollout->plan->sha256, j->call.in.plan) != 0) {
		say(&j->answer, offer_why_code(OFFER_NO_RULE),
		    "another plan than the one asked for decides here");
		return APPLY_REFUSED;
	}
	return j->call.in.want == WANT_START ? apply_start(f, j, r, &c, e)
	                                     : apply_activate(f, j, r, e);
}

/* When a device with an open attempt is overdue depends on what it is told
 * now: stored before it is. Rare, since it is always told the same; after a
 * start with another configuration. 1: written; 0: nothing to; -1. */
static int write_told(struct fleet *f, struct checkin_job *j,
                      const struct device_rec *r, struct err *e)
{
	const struct trial *t;

	j->told = NULL;
	if (r->open_attempt == 0 || j->enrolled || j->reverted ||
	    !live_trial_of(&f->live, r->key, r->open_attempt, &j->told,
	                   &j->told_trial))
		return 0;
	t = engine_trial(j->told->engine, j->told_trial);
	if (t->poll_after_s == j->answer.poll_after_s) {
		j->told = NULL;
		return 0;
	}
	return trials_told(f->store, r->key, t->attempt, j->answer.poll_after_s,
	                   e) != 0
	               ? -1
	               : 1;
}

static enum apply_result apply(void *ctx, struct job *job, struct err *e)
{
	struct checkin_job *j = (struct checkin_job *)job;
	struct fleet *f = ctx;
	struct device_rec r = index_get(&f->index, j->call.device);
	int written = arrival_write(&j->arrival, f, &r, &j->call.in, e);
	enum apply_result result;
	int told, heard;

	if (written < 0)
		return APPLY_FAILED;
	result = answer(f, j, &r, e);
	if (result == APPLY_FAILED || (told = write_told(f, j, &r, e)) < 0 ||
	    (heard = r.kept_back ? kept_back_heard(f, &r, e) : 0) < 0)
		return APPLY_FAILED;
	j->heard = heard > 0;
	return result == APPLY_REFUSED && written + told + heard > 0
	               ? APPLY_WRITTEN
	               : result;
}

static void undo(void *ctx, struct job *job)
{
	struct checkin_job *j = (struct checkin_job *)job;
	struct fleet *f = ctx;

	/* A void trial leaves the order: as if it had never been granted. */
	if (j->enrolled)
		(void)engine_move(j->rollout->engine, j->trial, TRIAL_VOID,
		                  fleet_now_ms(f));
}

/* Memory follows the commit. */
static void remember(struct fleet *f, struct checkin_job *j)
{
	int64_t now = fleet_now_ms(f);
	struct device_rec *r = index_edit(&f->index, j->call.device);

	if (j->enrolled) {
		r->last_attempt = r->open_attempt = j->attempt;
		r->open_activated = false;
	}
	if (j->activated)
		r->open_activated = true;
	if (j->reverted)
		r->open_attempt = 0;
	if (j->arrival.audited)
		r->audited_ms = now;
	index_edit_end(&f->index);
	if (j->arrival.complains)
		index_set_alarm(&f->index, j->call.device,
		                index_alarm_hash(&f->index, j->call.in.alarm));
	if (j->activated)
		(void)engine_move(j->rollout->engine, j->trial, TRIAL_ACTIVATED,
		                  now);
	if (j->reverted)
		(void)engine_move(j->rollout->engine, j->trial, TRIAL_REVERTED,
		                  now);
	if (j->heard) {
		struct device_rec heard = index_get(&f->index, j->call.device);

		kept_back_was_heard(f, j->call.device, &heard);
	}
	/* After it: this very check-in is no second one. */
	if (j->kept_back)
		kept_back_enrolled(f, j->rollout, j->call.device, &j->control);
	if (j->told != NULL)
		engine_told_poll(j->told->engine, j->told_trial,
		                 j->answer.poll_after_s);
	if (j->rollout != NULL)
		j->rollout->touched = true;
}

static void landed(void *ctx, struct job *job, const struct err *e)
{
	struct checkin_job *j = (struct checkin_job *)job;
	struct fleet *f = ctx;
	const struct wire_checkin *in = &j->call.in;

	if (job->result == APPLY_WRITTEN && e == NULL) {
		remember(f, j);
		fleet_note_success(f);
	}
	/* A refusal here is an answer; only a failed commit is an error. */
	if (job->result == APPLY_REFUSED)
		e = NULL;
	/* The first is only known when it was written. */
	if (e == NULL || index_get(&f->index, j->call.device).checked_in)
		index_seen(&f->index, j->call.device, fleet_now_ms(f),
		           j->answer.poll_after_s, in->running_sha256,
		           in->running_version, in->counter);
	if (e == NULL && *in->alarm == '\0')
		index_set_alarm(&f->index, j->call.device, 0);
	if (e != NULL)
		fleet_note_failure(f, e);
	j->call.answer(j->call.ctx, e == NULL ? &j->answer : NULL, e);
	free(j);
}

static const struct job_kind checkin_kind = {
	.name = "check-in",
	.apply = apply,
	.undo = undo,
	.landed = landed,
};

/* ---- The HTTP thread's part ---- */

/* Must the scribe look at it? Else *a is the whole answer. */
static bool needs_scribe(struct wire_answer *a, struct fleet *f,
                         const struct view *v, const struct device_rec *r,
                         const struct wire_checkin *in)
{
	const struct state_file *s;
	struct offer o;

	if (!r->checked_in || arrival_complains(f, r, in))
		return true;
	if (r->kept_back)
		return true;
	if (r->open_attempt != 0 && r->poll_after_s != a->poll_after_s)
		return true;
	if (r->open_activated && r->open_attempt != 0 &&
	    in->attempt != (int64_t)r->open_attempt)
		return true;
	if (in->want != WANT_NOTHING && is_stale(a, in)) {
		say(a, WHY_STALE,
		    "refresh first: timestamp %" PRId64 " is published", a->ts);
		return false;
	}
	decide(&o, &s, f, v, r, in);
	say_offer(a, &o);
	return in->want != WANT_NOTHING && o.why == OFFER_YES;
}

bool checkin_idle(struct fleet *f, const struct checkin_call *call,
                  struct wire_answer *a)
{
	struct device_rec r = index_get(&f->index, call->device);
	SCOPED(view_put)
	struct view *v = view_get(&f->view);

	begin_answer(a, f, v, &r, &call->in);
	if (needs_scribe(a, f, v, &r, &call->in))
		return false;
	index_seen(&f->index, call->device, fleet_now_ms(f), a->poll_after_s,
	           call->in.running_sha256, call->in.running_version,
	           call->in.counter);
	/* The same complaint later is a new one. */
	if (r.alarm != 0 && *call->in.alarm == '\0')
		index_set_alarm(&f->index, call->device, 0);
	return true;
}

int checkin_submit(struct fleet *f, const struct checkin_call *call,
                   struct err *e)
{
	struct checkin_job *j = xcalloc(1, sizeof(*j));

	j->job.kind = &checkin_kind;
	j->job.device = index_get(&f->index, call->device).key;
	j->call = *call;
	if (scribe_add(&f->scribe, &j->job, e) != 0) {
		free(j);
		return -1;
	}
	return 0;
}
