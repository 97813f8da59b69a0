#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/checkin_device.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/retry.h"
#include "server/show/show.h"

/* NULL when no rule decided. */
static void put_if_ruled(struct jw *w, const char *key, const struct offer *o,
                         int64_t n)
{
	if (o->rule >= 0)
		jw_put_int(w, key, n);
	else
		jw_put_null(w, key);
}

static void put_decision(struct jw *w, const struct offer *o)
{
	jw_key(w, "decision");
	jw_object(w);
	jw_put_str(w, "code", offer_why_code(o->why));
	jw_put_int(w, "check", offer_why_check(o->why));
	jw_put_str(w, "text", o->text);
	put_if_ruled(w, "rule", o, o->rule);
	put_if_ruled(w, "bucket", o, o->bucket);
	put_if_ruled(w, "ppm", o, o->ppm);
	jw_end_object(w);
}

static void put_grant_words(struct jw *w, const char *code, const char *text)
{
	jw_key(w, "grant");
	jw_object(w);
	jw_put_str(w, "code", code);
	jw_put_str(w, "text", text);
	jw_end_object(w);
}

static void put_grant(struct jw *w, enum grant_why why)
{
	static const char *const texts[] = {
		[GRANT_YES] = "a grant could be written now",
		[GRANT_NOT_RUNNING] = "no rollout that is running decides here",
		[GRANT_CELL_HALTED] = "its cell is halted",
		[GRANT_HOLD] = "its cell is on hold: too many are overdue",
		[GRANT_CAP_ROLLOUT] = "as many attempts are open as the "
				      "rollout may have before more confirm",
		[GRANT_CAP_CELL] = "as many attempts are open as its cell may "
				   "have before more confirm",
		[GRANT_CAP_FLIGHT] = "as many attempts are open as the plan "
				     "allows in flight",
		[GRANT_CAUTION] = "so many failed or fell silent that fewer "
				  "may be open",
	};

	put_grant_words(w, grant_why_code(why), texts[why]);
}

static void put_caution(struct jw *w, const struct rollout *r, int cell)
{
	char text[EVIDENCE_TEXT];

	engine_caution(r->engine, cell, text, sizeof(text));
	put_grant_words(w, grant_why_code(GRANT_CAUTION), text);
}

static void put_grant_and_trial(struct jw *w, const struct rollout *r,
                                const struct device_rec *d,
                                const struct cohort *c)
{
	int cell = plan_cell_index(&r->plan->plan, c->hw, c->region);
	enum grant_why why = cell >= 0 ? engine_may_grant(r->engine, cell)
	                               : GRANT_NOT_RUNNING;
	const struct trial *t = NULL;
	struct hold h;
	size_t trial;

	jw_put_str(w, "plan", r->plan->path);
	if (rollout_trial_of(r, d->key, &trial))
		t = engine_trial(r->engine, trial);
	if (rollout_was_tried(r, d->key))
		put_grant_words(w, "tried_before",
		                "an earlier epoch of this plan tried it");
	else if (t != NULL && trial_is_failure(t->step) && !retry_may(r, t))
		put_grant_words(w, "tried_before",
		                "it failed here; an operator may let it try "
		                "once more (rollout retry)");
	else if (why != GRANT_NOT_RUNNING && kept_back_has(r, d))
		put_grant_words(w, "kept_back",
		                "kept back to compare with, until the watch "
		                "ends");
	else if (why == GRANT_HOLD && engine_hold_of(r->engine, cell, &h))
		put_grant_words(w, grant_why_code(why), h.text);
	else if (why == GRANT_CAUTION)
		put_caution(w, r, cell);
	else
		put_grant(w, why);
	jw_key(w, "trial");
	if (t != NULL) {

		jw_object(w);
		jw_put_int(w, "rollout", r->key);
		jw_put_int(w, "attempt", t->attempt);
		jw_put_str(w, "step", trial_step_name(t->step));
		jw_end_object(w);
	} else {
		jw_null(w);
	}
}

void show_why(struct buf *out, struct fleet *f, size_t i)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	struct device_rec r = index_get(&f->index, i);
	const struct state_file *s = NULL;
	struct offer_world nothing = {.repo = ""};
	struct device_space space;
	struct offer_device d;
	struct rollout *rollout = NULL;
	struct offer o;
	struct jw w;

	checkin_device(&d, &space, f, &r);
	nothing.product = space.cohort.product;
	nothing.channel = space.cohort.channel;
	if (v != NULL)
		s = online_state(view_online(v), space.cohort.product,
		                 space.cohort.channel);
	offer_decide(&o, s != NULL ? &s->world : &nothing, &d, OFFER_START,
	             NULL);
	if (s != NULL && o.rule >= 0)
		rollout = live_by_plan_sha256(&f->live,
		                              s->doc.rules[o.rule].plan_sha256);
	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "device", space.id);
	put_decision(&w, &o);
	if (rollout != NULL) {
		put_grant_and_trial(&w, rollout, &r, &space.cohort);
	} else {
		jw_put_null(&w, "plan");
		put_grant(&w, GRANT_NOT_RUNNING);
		jw_put_null(&w, "trial");
	}
	show_steps(&w, s, &o, &d);
	jw_end_object(&w);
}
