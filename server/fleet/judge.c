#include "config.h"

#include "server/fleet/judge.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/fleet/attest.h"
#include "server/fleet/brake.h"
#include "server/fleet/holds.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/reach.h"
#include "server/fleet/renew.h"
#include "server/fleet/written.h"
#include "server/store/devices.h"
#include "server/store/halts.h"
#include "server/store/rollouts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Last-seen times may be this much older on disk than in memory. */
#define FLUSH_MS 60000
/* … and are written in so many transactions a second. */
#define FLUSH_TRANSACTIONS 8
/* Devices that came or left, taken in each second: a hash each. */
#define REACH_STEPS 4096

/* ---- Halts ---- */

static int write_halt(struct fleet *f, const struct rollout *r,
                      const struct rollout_halt *h, const char *evidence,
                      struct err *e)
{
	struct halt_row row = {
		.rollout = r->key,
		.at_ms = h->evidence.at_ms,
		.by_hand = h->evidence.by_hand,
		.actor = h->actor,
		.evidence = evidence,
	};

	memcpy(row.hw, h->cell.hw, sizeof(row.hw));
	memcpy(row.region, h->cell.region, sizeof(row.region));
	return halts_add(NULL, f->store, &row, e);
}

int judge_write_halt(struct fleet *f, const struct rollout *r,
                     const struct rollout_halt *h, struct err *e)
{
	SCOPED(buf_fini)
	struct buf evidence = BUF_INIT(8192);

	show_evidence(&evidence, f, &h->evidence);
	return write_halt(f, r, h, buf_str(&evidence), e);
}

static int save_halt(struct fleet *f, struct rollout *r,
                     const struct rollout_halt *h, struct err *e)
{
	SCOPED(buf_fini)
	struct buf evidence = BUF_INIT(8192);
	struct deed deed = {
		.actor = h->actor,
		.action = "rollout.halt",
		.object = r->plan->path,
		.reason = *h->reason != '\0' ? h->reason : h->evidence.text,
		.request_id = h->request_id,
	};

	show_evidence(&evidence, f, &h->evidence);
	deed.detail = buf_str(&evidence);
	if (write_halt(f, r, h, deed.detail, e) != 0)
		return -1;
	return sign_audit(f, &deed, e);
}

static int save_halts_of(struct fleet *f, struct rollout *r, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < r->n_halts; i++) {
		if (r->halts[i].saved)
			continue;
		any = true;
		if (save_halt(f, r, &r->halts[i], e) != 0)
			return -1;
	}
	return any && engine_state(r->engine) == ROLLOUT_HALTED
	               ? rollouts_set_state(f->store, r->key, ROLLOUT_HALTED,
	                                    r->ended_ms, e)
	               : 0;
}

/* All that the database does not know yet, in one transaction. */
static void save_halts(struct fleet *f)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	struct err e = {0};

	if (!f->halts_unsaved)
		return;
	if (store_begin(f->store, &e) != 0)
		goto failed;
	for (size_t i = 0; i < f->live.len; i++)
		if (save_halts_of(f, f->live.items[i], &e) != 0)
			goto failed;
	if ((v != NULL && sign_save(f, v, PUBLISHED_HALT, "engine", &e) != 0) ||
	    store_commit(f->store, &e) != 0)
		goto failed;
	for (size_t i = 0; i < f->live.len; i++)
		for (size_t k = 0; k < f->live.items[i]->n_halts; k++)
			f->live.items[i]->halts[k].saved = true;
	f->halts_unsaved = f->halt_unjournalled = false;
	fleet_note_success(f);
	if (v != NULL)
		attest_seen(f, v);
	if (journal_clear_halts(&f->journal, &e) != 0)
		log_error("a halt stays in the journal: %s", e.msg);
	fleet_note_journal(f);
	return;
failed:
	store_rollback(f->store);
	log_error("a halt is signed%s, not yet in the database: %s",
	          f->halt_unjournalled ? "" : " and journalled", e.msg);
	fleet_note_failure(f, &e);
}

static void add_halt(struct rollout *r, const char *hw, const char *region,
                     const struct evidence *why, const struct deed *deed)
{
	struct rollout_halt h = {.evidence = *why};

	(void)snprintf(h.cell.hw, sizeof(h.cell.hw), "%s", hw);
	(void)snprintf(h.cell.region, sizeof(h.cell.region), "%s", region);
	(void)snprintf(h.actor, sizeof(h.actor), "%s", deed->actor);
	(void)snprintf(h.reason, sizeof(h.reason), "%s", deed->reason);
	(void)snprintf(h.request_id, sizeof(h.request_id), "%s",
	               deed->request_id);
	rollout_add_halt(r, &h);
}

static void journal_halt(struct fleet *f, const struct rollout *r,
                         const char *hw, const char *region, int64_t at_ms)
{
	struct journal_halt j = {.rev = r->plan->plan.rev, .at_ms = at_ms};
	struct err e = {0};

	memcpy(j.plan_id, r->plan->plan.id, sizeof(j.plan_id));
	memcpy(j.product, r->product, sizeof(j.product));
	word_set(j.hw, hw);
	word_set(j.region, region);
	if (journal_add_halt(&f->journal, &j, &e) == 0)
		return;
	log_error("a halt is not journalled: %s", e.msg);
	f->halt_unjournalled = true;
	fleet_note_journal(f);
}

/* Memory and journal; signing and saving follow. */
static void stop_scope(struct fleet *f, struct rollout *r, const char *hw,
                       const char *region, const struct evidence *why,
                       const struct deed *deed)
{
	engine_halt(r->engine, hw, region);
	rollout_end_if_halted(r, why->at_ms);
	add_halt(r, hw, region, why, deed);
	f->halts_unsaved = true;
	journal_halt(f, r, hw, region, why->at_ms);
	/* A halted cell's devices cannot confirm: nobody waits for them. */
	reach_tell(r);
	log_warn("halt: %s: %s", r->plan->path, why->text);
}

/* Who said it again, and why, is worth a row; it waits for nothing, so while
 * the database refuses only the log has it. */
static void audit_again(struct fleet *f, const struct rollout *r,
                        const struct evidence *why, const struct deed *deed)
{
	SCOPED(buf_fini)
	struct buf evidence = BUF_INIT(8192);
	struct deed said = *deed;
	struct err e = {0};

	said.action = "rollout.halt";
	said.object = r->plan->path;
	show_evidence(&evidence, f, why);
	said.detail = buf_str(&evidence);
	if (store_begin(f->store, &e) == 0 && sign_audit(f, &said, &e) == 0 &&
	    store_commit(f->store, &e) == 0)
		return;
	store_rollback(f->store);
	log_error("that a halt was said again is not in the audit log: %s",
	          e.msg);
	fleet_note_failure(f, &e);
}

/* It changes nothing; but what the first time could not do is tried again. */
static void halt_again(struct fleet *f, struct rollout *r,
                       const struct rollout_halt *was,
                       const struct evidence *why, const struct deed *deed)
{
	if (!was->saved)
		journal_halt(f, r, was->cell.hw, was->cell.region,
		             was->evidence.at_ms);
	if (f->online_stale)
		sign_at_once(f);
	save_halts(f);
	audit_again(f, r, why, deed);
}

void judge_halt(struct fleet *f, struct rollout *r, const char *hw,
                const char *region, const struct evidence *why,
                const struct deed *deed)
{
	const struct rollout_halt *was = rollout_halt_of(r, hw, region);

	if (was != NULL) {
		halt_again(f, r, was, why, deed);
		return;
	}
	stop_scope(f, r, hw, region, why, deed);
	sign_at_once(f);
	save_halts(f);
}

/* ---- Going on ---- */

struct stage_write {
	struct rollout *rollout;
	int stage;
	enum rollout_state state;
};

static int write_stage(struct fleet *f, void *ctx, struct err *e)
{
	const struct stage_write *w = ctx;

	return rollouts_set_stage(f->store, w->rollout->key, w->stage,
	                          fleet_now_ms(f), e);
}

static int write_state(struct fleet *f, void *ctx, struct err *e)
{
	const struct stage_write *w = ctx;

	return rollouts_set_state(f->store, w->rollout->key, w->state,
	                          fleet_now_ms(f), e);
}

/* What could not be signed or stored is tried again after this, and after
 * twice as long each time; so within a minute of when all is well again. A
 * halt waits for none of it. Milliseconds. */
#define AGAIN_MIN_MS 1000
#define AGAIN_MAX_MS 60000

static bool may_go_on(const struct fleet *f, const struct rollout *r)
{
	return r->waited_ms == 0 || clock_mono_ms(f->clock) >= r->again_at_ms;
}

/* Returns whether it went well. */
static bool note_going_on(const struct fleet *f, struct rollout *r, bool well)
{
	int64_t wait = 2 * r->waited_ms;

	r->waited_ms = well                  ? 0
	               : wait < AGAIN_MIN_MS ? AGAIN_MIN_MS
	               : wait > AGAIN_MAX_MS ? AGAIN_MAX_MS
	                                     : wait;
	r->again_at_ms = clock_mono_ms(f->clock) + r->waited_ms;
	return well;
}

/* False when it did not work: tried again after a while. */
static bool promote(struct fleet *f, struct rollout *r, const struct action *a)
{
	int from = engine_stage(r->engine), to = a->to_stage;
	int64_t since = r->stage_since_ms;
	struct stage_write w = {.rollout = r, .stage = to};
	char detail[64];
	struct err e = {0};
	struct change c = {
		.deed = {.actor = "engine",
	                 .action = "rollout.promote",
	                 .object = r->plan->path,
	                 .reason = a->text,
	                 .request_id = "",
	                 .detail = detail},
		.cause = PUBLISHED_ROLLOUT,
		.write = write_stage,
		.ctx = &w,
	};

	(void)snprintf(detail, sizeof(detail), "{\"stage\":%d}", to);
	r->stage_since_ms = fleet_now_ms(f);
	engine_set_stage(r->engine, to, r->stage_since_ms);
	if (sign_change(f, &c, &e) == 0) {
		rollout_forget_kept_out(r);
		log_info("stage %d of %s", to + 1, r->plan->path);
		return true;
	}
	log_warn("%s stays in stage %d: %s", r->plan->path, from + 1, e.msg);
	r->stage_since_ms = since;
	engine_set_stage(r->engine, from, since);
	return false;
}

static bool complete(struct fleet *f, struct rollout *r, const struct action *a)
{
	struct stage_write w = {.rollout = r, .state = ROLLOUT_COMPLETED};
	struct err e = {0};
	struct change c = {
		.deed = {.actor = "engine",
	                 .action = "rollout.complete",
	                 .object = r->plan->path,
	                 .reason = a->text,
	                 .request_id = ""},
		.cause = PUBLISHED_ROLLOUT,
		.write = write_state,
		.ctx = &w,
	};

	engine_set_state(r->engine, ROLLOUT_COMPLETED);
	if (sign_change(f, &c, &e) == 0) {
		r->ended_ms = fleet_now_ms(f);
		log_info("completed: %s", r->plan->path);
		return true;
	}
	log_warn("%s is not completed: %s", r->plan->path, e.msg);
	engine_set_state(r->engine, ROLLOUT_RUNNING);
	return false;
}

/* Nothing to do is no failure. */
static bool go_on(struct fleet *f, struct rollout *r, const struct action *a)
{
	if (a->kind == ACTION_PROMOTE)
		return note_going_on(f, r, promote(f, r, a));
	if (a->kind == ACTION_COMPLETE)
		return note_going_on(f, r, complete(f, r, a));
	return false;
}

/* ---- Silence ---- */

static void forget_attempt(struct fleet *f, const struct trial *t)
{
	struct device_rec *r;
	struct device_rec found;
	size_t at;

	if (!index_by_key(&f->index, t->device, &at, &found))
		return;
	r = index_edit(&f->index, at);
	if ((int64_t)r->open_attempt == t->attempt)
		r->open_attempt = 0;
	index_edit_end(&f->index);
}

static int save_silent(struct fleet *f, struct rollout *r, size_t trial,
                       int64_t now, struct err *e)
{
	int result = store_begin(f->store, e);

	do {
		forget_attempt(f, engine_trial(r->engine, trial));
		if (result == 0)
			result = fleet_save_step(f, r, trial, TRIAL_SILENT, "",
			                         "", e);
	} while (engine_expire_next(r->engine, now, &trial));
	return result != 0 ? -1 : store_commit(f->store, e);
}

/* A restart finds them silent again, so a failed write loses nothing. */
static void expire(struct fleet *f, struct rollout *r, int64_t now)
{
	struct err e = {0};
	size_t first;

	/* A superseded rollout's open trials live on in its successor. */
	if (engine_state(r->engine) == ROLLOUT_SUPERSEDED ||
	    !engine_expire_next(r->engine, now, &first))
		return;
	r->touched = true;
	if (save_silent(f, r, first, now, &e) == 0)
		return;
	store_rollback(f->store);
	fleet_note_failure(f, &e);
}

/* ---- Verdicts ---- */

static void judge(struct fleet *f, struct rollout *r)
{
	int64_t now = fleet_now_ms(f);
	const struct deed by_engine = {
		.actor = "engine", .reason = "", .request_id = ""};
	bool halted = false;
	struct action a;

	r->touched = false;
	for (;;) {
		engine_evaluate(r->engine, now, &a);
		if (a.kind != ACTION_HALT)
			break;
		stop_scope(f, r, a.evidence.halt_hw, a.evidence.halt_region,
		           &a.evidence, &by_engine);
		halted = true;
	}
	if (halted) {
		sign_at_once(f);
		save_halts(f);
	}
	while (may_go_on(f, r) && go_on(f, r, &a))
		engine_evaluate(r->engine, now, &a);
}

/* ---- Housekeeping ---- */

static int save_seen(struct fleet *f, const struct device_rec *d,
                     const struct image *m, struct err *e)
{
	struct device_running running = {.counter = d->counter};

	memcpy(running.sha256, m->sha256, sizeof(running.sha256));
	memcpy(running.version, m->version, sizeof(running.version));
	return devices_seen(f->store, d->key, d->last_seen_ms, &running, e);
}

/* One transaction. Lossy by contract: what could not be written is tried
 * again at the next turn. */
static int flush_some(struct fleet *f, struct err *e)
{
	size_t done[SCRIBE_BATCH_MAX], n = 0;
	struct device_rec d;
	struct image m;
	int result = store_begin(f->store, e);

	while (result == 0 && n < ARRAY_LEN(done) &&
	       index_pop_dirty(&f->index, &done[n], &d, &m)) {
		n++;
		result = save_seen(f, &d, &m, e);
	}
	if (result == 0)
		result = store_commit(f->store, e);
	if (result == 0)
		return 0;
	store_rollback(f->store);
	for (size_t i = 0; i < n; i++)
		index_set_dirty(&f->index, done[i]);
	return -1;
}

/* At most so many transactions: a large fleet takes several turns. */
static void flush(struct fleet *f, size_t transactions)
{
	struct err e = {0};

	while (transactions-- > 0 && index_any_dirty(&f->index))
		if (flush_some(f, &e) != 0) {
			fleet_note_failure(f, &e);
			return;
		}
	fleet_note_success(f);
}

void judge_flush(struct fleet *f)
{
	flush(f, SIZE_MAX);
}

static void flush_if_due(struct fleet *f, int64_t mono)
{
	if (mono - f->last_flush_ms < FLUSH_MS || !index_any_dirty(&f->index))
		return;
	flush(f, FLUSH_TRANSACTIONS);
	if (!index_any_dirty(&f->index) || f->trouble != 0)
		f->last_flush_ms = mono;
}

static void checkpoint(struct fleet *f)
{
	uint64_t commits = db_commit_count();
	struct db_checkpoint done;
	struct err e = {0};

	if (commits == f->checkpointed_commits)
		return;
	f->checkpointed_commits = commits;
	if (store_checkpoint(&done, f->store, &e) != 0)
		log_warn("checkpoint: %s", e.msg);
}

/* While the server was down or suspended nobody could be heard of, and a
 * deadline that passed then, or that a clock jumped over, says nothing of a
 * device. Whoever is well has been heard of within the soft deadline, after
 * that as after a grant. It is not above the hard one, so that this is felt
 * then alone. */
static bool could_be_heard(const struct fleet *f, const struct rollout *r,
                           int64_t mono)
{
	return mono - f->hears_since_ms >= r->plan->plan.gate.soft_s * 1000;
}

void judge_idle(void *fleet)
{
	struct fleet *f = fleet;
	int64_t mono = clock_mono_ms(f->clock), now = fleet_now_ms(f);
	bool second = mono - f->last_tick_ms >= 1000;

	if (second) {
		renew_look_at_clock(f);
		reach_follow(f, REACH_STEPS);
	}
	for (size_t i = 0; i < f->live.len; i++) {
		struct rollout *r = f->live.items[i];

		/* Silence is a span of time: a clock in doubt tells none. */
		if (second && (f->trouble & TROUBLE_CLOCK) == 0) {
			if (could_be_heard(f, r, mono)) {
				expire(f, r, now);
				kept_back_expire(f, r);
			}
			holds_follow(f, r);
		}
		if (second || r->touched)
			judge(f, r);
	}
	if (!second)
		return;
	f->last_tick_ms = mono;
	save_halts(f);
	renew_if_due(f);
	attest_retry(f);
	brake_retry(f);
	flush_if_due(f, mono);
	checkpoint(f);
}
