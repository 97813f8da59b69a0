#include "config.h"

#include "lib/base/mem.h"
#include "server/show/show.h"

#include <string.h>

/* A rollout for who recomputes its verdicts (lib/sim/replay.h): no device is
 * named in it, and times are in milliseconds, as the engine saw them. */

static void put_evidence(struct jw *w, const struct evidence *v)
{
	jw_object(w);
	show_put_sum(w, v);
	jw_put_str(w, "text", v->text);
	jw_end_object(w);
}

static void put_halts(struct jw *w, const struct rollout *r)
{
	jw_key(w, "halts");
	jw_array(w);
	for (size_t i = 0; i < r->n_halts; i++) {
		const struct rollout_halt *h = &r->halts[i];

		jw_object(w);
		jw_put_str(w, "hw", h->cell.hw);
		jw_put_str(w, "region", h->cell.region);
		jw_put_int(w, "at_ms", h->evidence.at_ms);
		jw_put_bool(w, "by_hand", h->evidence.by_hand);
		jw_put_str(w, "actor", h->actor);
		jw_key(w, "evidence");
		put_evidence(w, &h->evidence);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static int put_head(struct jw *w, struct fleet *f, const struct rollout *r,
                    struct err *e)
{
	SCOPED(buf_fini)
	struct buf plan = BUF_INIT(PLAN_BYTES_MAX);

	if (blobs_read(&f->blobs, r->plan->sha256, &plan, e) != 0)
		return -1;
	jw_key(w, "head");
	jw_object(w);
	jw_put_str(w, "product", r->product);
	jw_put_str(w, "plan_path", r->plan->path);
	jw_put_str(w, "plan", buf_str(&plan));
	jw_put_int(w, "epoch", r->epoch);
	jw_put_str(w, "state", rollout_state_name(engine_state(r->engine)));
	jw_put_int(w, "stage", engine_stage(r->engine));
	jw_put_int(w, "began_ms", r->began_ms);
	jw_put_int(w, "stage_since_ms", r->stage_since_ms);
	if (r->paused_ms > 0)
		jw_put_int(w, "paused_since_ms", r->paused_ms);
	jw_put_int(w, "time_ms", fleet_now_ms(f));
	put_halts(w, r);
	show_holds(w, r);
	jw_end_object(w);
	return 0;
}

static void put_trial(struct jw *w, const struct rollout *r, size_t i)
{
	const struct trial *t = engine_trial(r->engine, i);
	size_t newest = i;

	/* The device as the place of its newest trial: the same for all of
	 * its trials, another for every other device. */
	(void)rollout_trial_of(r, t->device, &newest);
	jw_object(w);
	jw_put_int(w, "device", (int64_t)newest);
	jw_put_int(w, "cell", t->cell);
	jw_put_bool(w, "counted", t->counted);
	jw_put_str(w, "step", trial_step_name(t->step));
	jw_put_int(w, "granted_ms", t->granted_ms);
	jw_put_int(w, "step_ms", t->step_ms);
	jw_put_int(w, "stood_still_ms", t->stood_still_ms);
	jw_put_int(w, "poll_after_s", t->poll_after_s);
	jw_end_object(w);
}

/* A control unit, by when it joined and ended. */
static void put_unit(struct jw *w, const struct control *u)
{
	jw_object(w);
	jw_put_int(w, "cell", u->cell);
	jw_put_bool(w, "counted", u->counted);
	jw_put_str(w, "step", trial_step_name(u->step));
	jw_put_int(w, "joined_ms", u->at_ms);
	jw_put_int(w, "step_ms",
	           u->step == TRIAL_GRANTED ? u->at_ms : u->end_ms);
	jw_end_object(w);
}

int show_export(struct jw *w, struct fleet *f, const struct rollout *r,
                int64_t after, int64_t limit, struct err *e)
{
	int64_t trials = (int64_t)engine_n_trials(r->engine);
	int64_t units = (int64_t)r->controls.len;
	int64_t n = trials > units ? trials : units;
	int64_t end = after < n - limit ? after + limit : n;

	jw_object(w);
	jw_put_str(w, "schema", "rollout-export/1");
	jw_put_int(w, "rollout", r->key);
	jw_put_str(w, "plan_sha256", r->plan->sha256);
	if (after == 0 && put_head(w, f, r, e) != 0)
		return -1;
	jw_put_int(w, "first", after);
	jw_key(w, "trials");
	jw_array(w);
	for (int64_t i = after; i < end && i < trials; i++)
		put_trial(w, r, (size_t)i);
	jw_end_array(w);
	if (units > 0) {
		jw_key(w, "units");
		jw_array(w);
		for (int64_t i = after; i < end && i < units; i++)
			put_unit(w, &r->controls.items[i]);
		jw_end_array(w);
	}
	if (end < n)
		jw_put_int(w, "next", end);
	else
		jw_put_null(w, "next");
	jw_end_object(w);
	return 0;
}
