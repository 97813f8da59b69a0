#include "config.h"

#include "server/fleet/show.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "server/fleet/checkin.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/publish_rows.h"
#include "server/fleet/retry.h"
#include "server/fleet/watch.h"
#include "server/store/audit.h"
#include "server/store/batches.h"
#include "server/store/devices.h"
#include "server/store/reports.h"
#include "server/store/settings.h"

#include <stdio.h>
#include <string.h>

void show_when(struct jw *w, const char *key, int64_t ms)
{
	if (ms > 0)
		jw_put_time(w, key, ms / 1000);
	else
		jw_put_null(w, key);
}

/* ---- Rollouts ---- */

static void put_counts(struct jw *w, const struct cell_counts *c)
{
	jw_put_int(w, "trials", c->trials);
	jw_put_int(w, "open", c->open);
	jw_put_int(w, "confirmed", c->confirmed);
	jw_put_int(w, "failed", c->failed);
	jw_put_int(w, "silent", c->silent);
	jw_put_int(w, "overdue", c->overdue);
}

static void put_cells(struct jw *w, const struct rollout *r)
{
	const struct plan *p = &r->plan->plan;

	jw_key(w, "cells");
	jw_array(w);
	for (size_t i = 0; i < plan_n_cells(p); i++) {
		struct cell cell = plan_cell_at(p, (int)i);
		struct cell_counts c;

		engine_cell_counts(r->engine, (int)i, &c);
		jw_object(w);
		jw_put_str(w, "hw", cell.hw);
		jw_put_str(w, "region", cell.region);
		put_counts(w, &c);
		if (c.bound >= 0)
			jw_put_int(w, "bound", c.bound);
		else
			jw_put_null(w, "bound");
		jw_put_bool(w, "halted", c.halted);
		jw_put_bool(w, "held", c.held);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* Of devices enrolled before it began; null when the plan keeps nobody. */
static void put_kept_back(struct jw *w, const struct rollout *r)
{
	const struct controls *c = &r->controls;

	jw_key(w, "kept_back");
	if (r->plan->plan.gate.holdback_ppm == 0 && c->len == 0) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_put_int(w, "ppm", r->plan->plan.gate.holdback_ppm);
	jw_put_int(w, "units", c->waiting + c->heard + c->silent);
	jw_put_int(w, "waiting", c->waiting);
	jw_put_int(w, "heard", c->heard);
	jw_put_int(w, "silent", c->silent);
	jw_end_object(w);
}

static void put_halts(struct jw *w, struct fleet *f, const struct rollout *r)
{
	jw_key(w, "halts");
	jw_array(w);
	for (size_t i = 0; i < r->n_halts; i++) {
		const struct rollout_halt *h = &r->halts[i];

		jw_object(w);
		jw_put_str(w, "hw", h->cell.hw);
		jw_put_str(w, "region", h->cell.region);
		show_when(w, "at", h->evidence.at_ms);
		jw_put_bool(w, "by_hand", h->evidence.by_hand);
		jw_put_str(w, "actor", h->actor);
		jw_key(w, "evidence");
		show_put_evidence(w, f, &h->evidence);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void put_excluded(struct jw *w, struct fleet *f, const struct rollout *r)
{
	jw_key(w, "excluded");
	jw_array(w);
	for (size_t i = 0; i < r->n_excluded; i++) {
		struct device_rec d;
		char id[2 * sizeof(d.id) + 1];
		size_t at;

		if (!index_by_key(&f->index, r->excluded[i], &at, &d))
			continue;
		hex_encode(id, d.id, sizeof(d.id));
		jw_str(w, id);
	}
	jw_end_array(w);
}

static void put_rollout(struct jw *w, struct fleet *f, const struct rollout *r)
{
	const struct plan *p = &r->plan->plan;
	struct cell_counts counts;
	char waits[EVIDENCE_TEXT] = "";

	engine_counts(r->engine, &counts);
	engine_waits_for(r->engine, fleet_now_ms(f), waits, sizeof(waits));
	jw_put_int(w, "key", r->key);
	jw_put_str(w, "product", r->product);
	jw_put_str(w, "plan", r->plan->path);
	jw_put_str(w, "plan_id", p->id);
	jw_put_int(w, "rev", p->rev);
	jw_put_str(w, "kind", p->kind == PLAN_RECALL ? "recall" : "install");
	jw_put_str(w, "release", p->release_path);
	jw_put_str(w, "version", r->plan->release->fw.version);
	jw_put_str(w, "state", rollout_state_name(engine_state(r->engine)));
	jw_put_int(w, "stage", engine_stage(r->engine));
	show_stages(w, p);
	show_when(w, "stage_since", r->stage_since_ms);
	show_when(w, "began", r->began_ms);
	show_when(w, "ended", r->ended_ms);
	jw_put_str(w, "created_by", r->created_by);
	jw_put_int(w, "epoch", r->epoch);
	jw_put_str(w, "waits_for", waits);
	show_eta(w, f, r);
	jw_key(w, "counts");
	jw_object(w);
	put_counts(w, &counts);
	jw_end_object(w);
	put_cells(w, r);
	put_kept_back(w, r);
	put_halts(w, f, r);
	show_holds(w, r);
	put_excluded(w, f, r);
	show_precedence(w, f, r);
	show_recall(w, f, r);
}

void show_rollout(struct jw *w, struct fleet *f, const struct rollout *r)
{
	jw_object(w);
	put_rollout(w, f, r);
	jw_end_object(w);
}

void show_rollout_and(struct buf *out, struct fleet *f, const struct rollout *r,
                      const char *key, int64_t n)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	put_rollout(&w, f, r);
	jw_put_int(&w, key, n);
	jw_end_object(&w);
}

void show_rollouts(struct jw *w, struct fleet *f)
{
	jw_key(w, "rollouts");
	jw_array(w);
	for (size_t i = f->live.len; i-- > 0;)
		show_rollout(w, f, f->live.items[i]);
	jw_end_array(w);
}

/* ---- Audit ---- */

struct audit_page {
	struct jw *w;
	int64_t last;
	int64_t rows;
};

static int put_audit(void *ctx, const struct audit_row *a, struct err *e)
{
	struct audit_page *page = ctx;
	struct jw *w = page->w;

	(void)e;
	jw_object(w);
	jw_put_int(w, "number", a->number);
	show_when(w, "at", a->at_ms);
	jw_put_str(w, "actor", a->actor);
	jw_put_str(w, "action", a->action);
	jw_put_str(w, "object", a->object);
	jw_put_str(w, "reason", a->reason);
	jw_put_str(w, "request_id", a->request_id);
	jw_key(w, "detail");
	jw_raw(w, a->detail, strlen(a->detail));
	jw_end_object(w);
	page->last = a->number;
	page->rows++;
	return 0;
}

int show_audit(struct jw *w, struct fleet *f, int64_t before, int64_t limit,
               int64_t *out_next, struct err *e)
{
	struct audit_page page = {.w = w};

	jw_array(w);
	if (audit_page(f->store, before, limit, put_audit, &page, e) != 0)
		return -1;
	jw_end_array(w);
	*out_next = page.rows == limit && page.last > 1 ? page.last : 0;
	return 0;
}

/* ---- The whole at a glance ---- */

static void put_versions(struct jw *w, const struct view *v)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	const struct file *ts =
		v != NULL ? online_role(view_online(v), "timestamp") : NULL;

	jw_put_str(w, "repo", v != NULL ? view_set(v)->catalog.repo : NULL);
	jw_put_bool(w, "solo", v != NULL && view_set(v)->catalog.solo);
	jw_put_int(w, "root_version",
	           v != NULL ? view_set(v)->root.version : 0);
	jw_put_int(w, "timestamp_version", ts != NULL ? ts->version : 0);
	if (ts != NULL && tuf_envelope_parse(&env, TUF_TIMESTAMP, ts->name,
	                                     ts->bytes, ts->len, NULL) == 0)
		jw_put_time(w, "timestamp_expires", env.expires_s);
	else
		jw_put_null(w, "timestamp_expires");
}

static int put_publish_warnings(struct jw *w, struct fleet *f, struct err *e)
{
	SCOPED(buf_fini)
	struct buf list = BUF_INIT(PUBLISH_WARNINGS_BYTES_MAX);
	struct err none = {0};

	jw_key(w, "publish_warnings");
	if (settings_get(&list, f->store, PUBLISH_SETTING_WARNINGS, &none) ==
	    0) {
		jw_raw(w, buf_str(&list), list.len);
		return 0;
	}
	if (none.kind != ERR_NOT_FOUND) {
		*e = none;
		return -1;
	}
	jw_array(w);
	jw_end_array(w);
	return 0;
}

int show_overview(struct buf *out, struct fleet *f, struct err *e)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	int64_t next;
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_time(&w, "time", fleet_now_s(f));
	put_versions(&w, v);
	watch_put(&w, f);
	watch_put_advice(&w, f);
	if (put_publish_warnings(&w, f, e) != 0)
		return -1;
	jw_put_int(&w, "devices", (int64_t)index_count(&f->index));
	jw_put_int(&w, "alarms", (int64_t)index_alarms(&f->index));
	jw_put_int(&w, "seen_24h",
	           (int64_t)index_seen_in_day(&f->index, fleet_now_ms(f)));
	jw_put_int(&w, "reports_acknowledged", (int64_t)f->acknowledged);
	jw_put_int(&w, "reports_stored", (int64_t)f->stored);
	show_rollouts(&w, f);
	jw_key(&w, "events");
	if (show_audit(&w, f, 0, 20, &next, e) != 0)
		return -1;
	jw_end_object(&w);
	return 0;
}

/* ---- Why ---- */

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
