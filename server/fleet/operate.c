#include "config.h"

#include "server/fleet/operate.h"

#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "lib/base/utf8.h"
#include "server/fleet/epoch.h"
#include "server/fleet/exclude.h"
#include "server/fleet/judge.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/latch.h"
#include "server/fleet/precede.h"
#include "server/fleet/reach.h"
#include "server/fleet/share.h"
#include "server/store/plans.h"
#include "server/store/rollouts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct catalog_plan *
find_plan(const struct set *set, const char *path, const char **out_product)
{
	for (size_t i = 0; i < set->catalog.n_products; i++) {
		const struct catalog_product *p = &set->catalog.products[i];
		const struct catalog_plan *plan = catalog_plan(p, path);

		if (plan != NULL) {
			*out_product = p->product;
			return plan;
		}
	}
	return NULL;
}

/* Devices are told of it, and it is not halted in every cell: whatever its
 * state, it stands beside. */
static bool stands(const struct fleet *f, const struct rollout *r)
{
	return rollout_is_listed(r, fleet_now_s(f)) &&
	       engine_n_halted(r->engine) < plan_n_cells(&r->plan->plan);
}

/* trust.md, State: no recall beside an install of a release it calls back. */
int operate_check_beside(const struct fleet *f, const struct catalog_plan *plan,
                         struct err *e)
{
	for (size_t i = 0; i < f->live.len; i++) {
		const struct rollout *r = f->live.items[i];

		if (r->plan == plan || !stands(f, r))
			continue;
		if (precede_recalls(&plan->plan, r->plan) ||
		    precede_recalls(&r->plan->plan, plan))
			return err_code(
				e, ERR_CONFLICT, "recall_conflict",
				"%s: one recalls what the other "
				"installs, see rollout %" PRId64
				", which is %s; halt that first, "
				"everywhere",
				plan->path, r->key,
				rollout_state_name(engine_state(r->engine)));
	}
	return 0;
}

struct carried_out {
	const char *plan_path;
	int64_t rollout; /* 0: it was not */
};

static int note_carried_out(void *ctx, const struct rollout_row *r,
                            struct err *e)
{
	struct carried_out *c = ctx;

	(void)e;
	if (strcmp(r->plan_path, c->plan_path) == 0)
		c->rollout = r->key;
	return 0;
}

/* The database is asked: a plan that was withdrawn has no rollout in memory
 * after a start, nor when it is listed again. */
static int check_not_started(const struct fleet *f, const char *plan_path,
                             struct err *e)
{
	struct carried_out c = {.plan_path = plan_path};
	const struct rollout *r;

	if (rollouts_each(f->store, note_carried_out, &c, e) != 0)
		return -1;
	if (c.rollout == 0)
		return 0;
	r = live_by_key(&f->live, c.rollout);
	if (r != NULL && engine_state(r->engine) != ROLLOUT_SUPERSEDED)
		return err_code(e, ERR_CONFLICT, "already_started",
		                "%s: rollout %" PRId64 " is %s", plan_path,
		                r->key,
		                rollout_state_name(engine_state(r->engine)));
	return err_code(e, ERR_CONFLICT, "already_started",
	                "%s: was carried out as rollout %" PRId64
	                "; sign a new revision",
	                plan_path, c.rollout);
}

static int check_start(const struct fleet *f, const struct catalog_plan *plan,
                       struct err *e)
{
	if (fleet_now_s(f) >= plan->plan.expires_s)
		return err_code(e, ERR_EXPIRED, "plan_expired",
		                "%s: has expired; sign a new revision",
		                plan->path);
	return check_not_started(f, plan->path, e) != 0
	               ? -1
	               : operate_check_beside(f, plan, e);
}

static int plan_key(int64_t *out, struct fleet *f, const char *path,
                    struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);
	SCOPED(free)
	struct plan_row *row = xcalloc(1, sizeof(*row));

	if (plans_find(row, &bytes, f->store, path, e) != 0)
		return -1;
	*out = row->key;
	return 0;
}

/* Nothing may come between a rollout and the halts it takes over. */
static int write_halts(struct fleet *f, struct rollout *r, struct err *e)
{
	for (size_t i = 0; i < r->n_halts; i++)
		if (judge_write_halt(f, r, &r->halts[i], e) != 0)
			return -1;
	return 0;
}

int operate_write_new(struct fleet *f, struct rollout *r, const char *actor,
                      struct err *e)
{
	SCOPED(free)
	struct rollout_row *row = xcalloc(1, sizeof(*row));

	if (plan_key(&r->plan_key, f, r->plan->path, e) != 0)
		return -1;
	row->plan = r->plan_key;
	row->state = engine_state(r->engine);
	row->stage = engine_stage(r->engine);
	row->stage_since_ms = r->stage_since_ms;
	row->began_ms = r->began_ms;
	row->ended_ms = r->ended_ms;
	row->epoch = r->epoch;
	(void)snprintf(row->created_by, sizeof(row->created_by), "%s", actor);
	return rollouts_add(&r->key, f->store, row, e) != 0
	               ? -1
	               : write_halts(f, r, e);
}

void operate_written(struct rollout *r)
{
	for (size_t i = 0; i < r->n_halts; i++)
		r->halts[i].saved = true;
}

struct start {
	struct rollout *rollout;
	const char *actor;
};

static int write_start(struct fleet *f, void *ctx, struct err *e)
{
	struct start *s = ctx;

	return operate_write_new(f, s->rollout, s->actor, e);
}

int operate_start(struct rollout **out, int64_t *takes_over, struct fleet *f,
                  const char *plan_path, const struct deed *deed, struct err *e)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	const char *product = NULL;
	const struct catalog_plan *plan =
		v != NULL ? find_plan(view_set(v), plan_path, &product) : NULL;
	struct start s = {.actor = deed->actor};
	struct change c = {
		.deed = *deed,
		.cause = PUBLISHED_ROLLOUT,
		.write = write_start,
		.ctx = &s,
	};

	if (plan == NULL)
		return err_code(e, ERR_NOT_FOUND, "unknown_plan",
		                "%s: no published plan has this path",
		                plan_path);
	if (check_start(f, plan, e) != 0 ||
	    kept_back_check(f, product, &plan->plan, e) != 0)
		return -1;
	s.rollout = live_add(&f->live, 0, product, view_set(v), plan,
	                     fleet_now_ms(f));
	(void)snprintf(s.rollout->created_by, sizeof(s.rollout->created_by),
	               "%s", deed->actor);
	if (epoch_begin(s.rollout, f, e) != 0 ||
	    latch_carry(s.rollout, f, e) != 0 ||
	    exclude_load(f, s.rollout, e) != 0)
		goto failed;
	share_count(f, s.rollout);
	reach_count(f, s.rollout);
	if (sign_change(f, &c, e) != 0)
		goto failed;
	operate_written(s.rollout);
	*takes_over = precede_count(f, s.rollout);
	*out = s.rollout;
	return 0;
failed:
	live_drop_last(&f->live);
	return -1;
}

struct state_write {
	struct rollout *rollout;
	enum rollout_state from, to;
	int64_t paused_ms; /* since when it was; 0: it was not */
	int64_t at_ms;
};

/* The deadlines of trials that waited to activate stood still. In one
 * transaction with the end of the pause: a start between the two would find
 * all of them past their deadlines, and silent. */
static int write_standstill(struct fleet *f, const struct state_write *w,
                            struct err *e)
{
	const struct rollout *r = w->rollout;

	for (size_t i = 0; w->paused_ms != 0 && i < engine_n_trials(r->engine);
	     i++)
		if (trial_stands_still_ms(engine_trial(r->engine, i),
		                          w->paused_ms, w->at_ms) > 0 &&
		    fleet_save_pause(f, r, i, e) != 0)
			return -1;
	return 0;
}

static int write_state(struct fleet *f, void *ctx, struct err *e)
{
	const struct state_write *w = ctx;
	const struct rollout *r = w->rollout;

	if (write_standstill(f, w, e) != 0 ||
	    fleet_put_pause(f->store, r->key, r->paused_ms, e) != 0)
		return -1;
	return rollouts_set_state(f->store, r->key, w->to, 0, e);
}

/* The pause is added before it ends, and taken back after it goes on: nobody
 * is overdue in between, so what is signed says no hold. */
static void enter_state(const struct state_write *w)
{
	struct rollout *r = w->rollout;

	if (w->paused_ms != 0)
		engine_add_pause(r->engine, w->paused_ms, w->at_ms);
	r->paused_ms = w->to == ROLLOUT_PAUSED ? w->at_ms : 0;
	engine_set_state(r->engine, w->to);
}

static void put_state_back(const struct state_write *w)
{
	struct rollout *r = w->rollout;

	engine_set_state(r->engine, w->from);
	r->paused_ms = w->paused_ms;
	if (w->paused_ms != 0)
		engine_take_back_pause(r->engine, w->paused_ms, w->at_ms);
}

static int move(struct fleet *f, struct rollout *r, enum rollout_event event,
                const char *verb, const struct deed *deed, struct err *e)
{
	enum rollout_state from = engine_state(r->engine);
	int to = rollout_next(from, event);
	struct state_write w = {
		.rollout = r,
		.from = from,
		.to = (enum rollout_state)to,
		.paused_ms = r->paused_ms,
		.at_ms = fleet_now_ms(f),
	};
	struct change c = {
		.deed = *deed,
		.cause = PUBLISHED_ROLLOUT,
		.write = write_state,
		.ctx = &w,
	};

	if (to < 0)
		return err_code(e, ERR_CONFLICT, "wrong_state",
		                "rollout %" PRId64 ": is %s, cannot %s%s",
		                r->key, rollout_state_name(from), verb,
		                from == ROLLOUT_HALTED
		                        ? "; after a halt a plan revision that "
		                          "lists the cells in `resumes` is "
		                          "needed"
		                        : "");
	enter_state(&w);
	if (sign_change(f, &c, e) != 0) {
		put_state_back(&w);
		return -1;
	}
	r->touched = true;
	return 0;
}

int operate_pause(struct fleet *f, struct rollout *r, const struct deed *deed,
                  struct err *e)
{
	return move(f, r, ROLLOUT_EV_PAUSE, "pause", deed, e);
}

int operate_resume(struct fleet *f, struct rollout *r, const struct deed *deed,
                   struct err *e)
{
	return move(f, r, ROLLOUT_EV_RESUME, "resume", deed, e);
}

/* What a signed plan leaves to an operator: the rest of a soak, no date. */
static int check_promote(const struct fleet *f, const struct rollout *r, int to,
                         struct err *e)
{
	const struct plan *p = &r->plan->plan;
	char at[RFC3339_SIZE];

	if (engine_state(r->engine) != ROLLOUT_RUNNING ||
	    to >= (int)p->n_stages)
		return err_code(e, ERR_CONFLICT, "wrong_state",
		                "rollout %" PRId64 ": is %s in stage %d of "
		                "%zu, nothing to promote",
		                r->key,
		                rollout_state_name(engine_state(r->engine)), to,
		                p->n_stages);
	if (fleet_now_s(f) >= p->expires_s)
		return err_code(e, ERR_EXPIRED, "plan_expired",
		                "%s: has expired; sign a new revision",
		                r->plan->path);
	if (fleet_now_s(f) >= p->stages[to].not_before_s)
		return 0;
	rfc3339_format(at, p->stages[to].not_before_s);
	return err_code(e, ERR_CONFLICT, "too_early",
	                "rollout %" PRId64 ": the next stage is signed for %s; "
	                "only a new revision of the plan can begin it before",
	                r->key, at);
}

int operate_promote(struct fleet *f, struct rollout *r, const struct deed *deed,
                    struct err *e)
{
	int to = engine_stage(r->engine) + 1;

	if (check_promote(f, r, to, e) != 0)
		return -1;
	if (store_begin(f->store, e) != 0)
		goto failed;
	if (rollouts_set_promote(f->store, r->key, to, e) != 0 ||
	    sign_audit(f, deed, e) != 0 || store_commit(f->store, e) != 0) {
		store_rollback(f->store);
		goto failed;
	}
	fleet_note_success(f);
	engine_promote_by_hand(r->engine, to);
	r->touched = true;
	return 0;
failed:
	fleet_note_failure(f, e);
	return -1;
}

int operate_halt(struct fleet *f, struct rollout *r, const char *hw,
                 const char *region, const struct deed *deed, struct err *e)
{
	const struct plan *p = &r->plan->plan;
	struct evidence v = {.by_hand = true, .at_ms = fleet_now_ms(f)};

	if (engine_state(r->engine) == ROLLOUT_SUPERSEDED)
		return err_code(e, ERR_CONFLICT, "wrong_state",
		                "rollout %" PRId64 ": a newer revision of plan "
		                "%s took over; halt that one",
		                r->key, p->id);
	if (strcmp(hw, "*") != 0 && !words_has(&p->hw, hw))
		return err_code(e, ERR_INVALID, "unknown_scope",
		                "rollout %" PRId64
		                ": its plan has no hardware '%s'",
		                r->key, hw);
	if (strcmp(region, "*") != 0 && !words_has(&p->regions, region))
		return err_code(e, ERR_INVALID, "unknown_scope",
		                "rollout %" PRId64 ": its plan has no region "
		                "'%s'",
		                r->key, region);
	v.crossed = v.halted_as =
		strcmp(hw, "*") != 0 && strcmp(region, "*") != 0 ? SCOPE_CELL
		: strcmp(hw, "*") != 0                           ? SCOPE_HW
		: strcmp(region, "*") != 0                       ? SCOPE_REGION
								 : SCOPE_POOLED;
	(void)snprintf(v.hw, sizeof(v.hw), "%s", hw);
	(void)snprintf(v.region, sizeof(v.region), "%s", region);
	(void)snprintf(v.halt_hw, sizeof(v.halt_hw), "%s", hw);
	(void)snprintf(v.halt_region, sizeof(v.halt_region), "%s", region);
	(void)snprintf(v.text, sizeof(v.text), "halted by hand: %.180s",
	               deed->reason);
	utf8_mend(v.text);
	judge_halt(f, r, hw, region, &v, deed);
	return 0;
}
