#include "config.h"

#include "server/devices/checkin.h"

#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "server/devices/grant.h"
#include "server/devices/told.h"
#include "server/fleet/checkin_device.h"
#include "server/fleet/kept_back.h"
#include "server/store/trials.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void checkin_say(struct wire_answer *a, const char *code, const char *fmt, ...)
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
	checkin_say(a, offer_why_code(o->why), "%s", o->text);
}

static bool is_stale(const struct wire_answer *a, const struct wire_checkin *in)
{
	return in->ts < a->ts || in->root < a->root;
}

/* ---- The scribe's part ---- */

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
	reverted = grant_revert(f, j, r, e);
	if (reverted != APPLY_REFUSED)
		return reverted;
	if (j->call.in.want != WANT_NOTHING &&
	    is_stale(&j->answer, &j->call.in)) {
		checkin_say(&j->answer, WHY_STALE,
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
		checkin_say(&j->answer, offer_why_code(OFFER_NO_RULE),
		            "another plan than the one asked for decides here");
		return APPLY_REFUSED;
	}
	return j->call.in.want == WANT_START ? grant_start(f, j, r, &c, e)
	                                     : grant_activate(f, j, r, e);
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
	int told, heard = 0;

	j->heard_ms = fleet_now_ms(f);
	/* Before a trial is enrolled: what fails behind that leaves one that
	 * no undo() takes back. */
	if (written < 0 ||
	    (r.kept_back &&
	     (heard = kept_back_heard(f, &r, j->heard_ms, e)) < 0))
		return APPLY_FAILED;
	result = answer(f, j, &r, e);
	if (result == APPLY_FAILED || (told = write_told(f, j, &r, e)) < 0)
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

		kept_back_was_heard(f, j->call.device, &heard, j->heard_ms);
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
		checkin_say(a, WHY_STALE,
		            "refresh first: timestamp %" PRId64 " is published",
		            a->ts);
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
