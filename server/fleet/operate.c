#include "config.h"

#include "server/fleet/operate.h"

#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "server/fleet/judge.h"
#include "server/fleet/show.h"
#include "server/store/halts.h"
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

static bool is_active(const struct rollout *r)
{
	enum rollout_state s = engine_state(r->engine);

	return s == ROLLOUT_RUNNING || s == ROLLOUT_PAUSED;
}

/* trust.md, State: no recall beside an install of a release it calls back. */
static bool recalls(const struct plan *recall, const struct catalog_plan *p)
{
	const char *image = *p->release->fw.installed_sha256 != '\0'
	                            ? p->release->fw.installed_sha256
	                            : p->release->sha256;

	for (size_t i = 0; i < recall->n_from; i++)
		if (strcmp(recall->from[i], image) == 0)
			return true;
	return false;
}

static int check_start(const struct fleet *f, const struct catalog_plan *plan,
                       struct err *e)
{
	if (fleet_now_s(f) >= plan->plan.expires_s)
		return err_code(e, ERR_EXPIRED, "plan_expired",
		                "%s: has expired; sign a new revision",
		                plan->path);
	for (size_t i = 0; i < f->live.len; i++) {
		const struct rollout *r = f->live.items[i];

		if (strcmp(r->plan->path, plan->path) == 0)
			return err_code(
				e, ERR_CONFLICT, "already_started",
				"%s: rollout %" PRId64 " is %s", plan->path,
				r->key,
				rollout_state_name(engine_state(r->engine)));
		if (!is_active(r))
			continue;
		if ((plan->plan.kind == PLAN_RECALL &&
		     recalls(&plan->plan, r->plan)) ||
		    (r->plan->plan.kind == PLAN_RECALL &&
		     recalls(&r->plan->plan, plan)))
			return err_code(e, ERR_CONFLICT, "recall_conflict",
			                "%s: one recalls what the other "
			                "installs, see rollout %" PRId64
			                "; halt that first",
			                plan->path, r->key);
	}
	return 0;
}

static bool in_scope(const struct plan *p, const struct cohort *c)
{
	return words_has(&p->channels, c->channel) &&
	       words_has(&p->hw, c->hw) && words_has(&p->regions, c->region);
}

/* Devices in the new plan's cells that an active rollout was to serve. */
static int64_t count_taken_over(struct fleet *f, const struct rollout *new)
{
	size_t n = index_count(&f->index);
	int64_t taken = 0;

	for (size_t i = 0; i < n; i++) {
		struct device_rec d = index_get(&f->index, i);
		struct cohort c = index_cohort_of(&f->index, d.cohort);
		bool loses = false;

		if (strcmp(c.product, new->product) != 0 ||
		    !in_scope(&new->plan->plan, &c))
			continue;
		for (size_t k = 0; k < f->live.len && !loses; k++) {
			const struct rollout *r = f->live.items[k];

			loses = r != new &&is_active(r) &&
			        strcmp(r->product, new->product) == 0 &&
			        in_scope(&r->plan->plan, &c);
		}
		taken += loses;
	}
	return taken;
}

void operate_count_shares(struct fleet *f, struct rollout *r)
{
	const int64_t week_ms = INT64_C(7) * 86400 * 1000;
	size_t n = index_count(&f->index), cap = 0;
	int64_t now = fleet_now_ms(f);

	for (size_t i = 0; i < n; i++) {
		struct device_rec d = index_get(&f->index, i);
		struct cohort c = index_cohort_of(&f->index, d.cohort);
		size_t k = 0;

		if (now - d.last_seen_ms > week_ms ||
		    strcmp(c.product, r->product) != 0 ||
		    !in_scope(&r->plan->plan, &c))
			continue;
		while (k < r->n_shares && r->shares[k].batch != d.batch)
			k++;
		if (k == r->n_shares) {
			if (k == cap) {
				cap = cap ? 2 * cap : 8;
				r->shares = xreallocarray(r->shares, cap,
				                          sizeof(*r->shares));
			}
			r->shares[r->n_shares++] =
				(struct batch_share){.batch = d.batch};
		}
		r->shares[k].devices++;
		r->share_total++;
	}
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

static int add_row(struct fleet *f, struct rollout *r, const char *actor,
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
	(void)snprintf(row->created_by, sizeof(row->created_by), "%s", actor);
	return rollouts_add(&r->key, f->store, row, e);
}

struct start {
	struct rollout *rollout;
	const char *actor;
};

static int write_start(struct fleet *f, void *ctx, struct err *e)
{
	struct start *s = ctx;

	return add_row(f, s->rollout, s->actor, e);
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
	if (check_start(f, plan, e) != 0)
		return -1;
	s.rollout = live_add(&f->live, 0, product, view_set(v), plan,
	                     fleet_now_ms(f));
	(void)snprintf(s.rollout->created_by, sizeof(s.rollout->created_by),
	               "%s", deed->actor);
	operate_count_shares(f, s.rollout);
	judge_reach(f, s.rollout);
	*takes_over = count_taken_over(f, s.rollout);
	if (sign_change(f, &c, e) != 0) {
		live_drop_last(&f->live);
		return -1;
	}
	*out = s.rollout;
	return 0;
}

struct state_write {
	struct rollout *rollout;
	enum rollout_state state;
};

static int write_state(struct fleet *f, void *ctx, struct err *e)
{
	const struct state_write *w = ctx;
	int64_t since = w->state == ROLLOUT_PAUSED ? fleet_now_ms(f) : 0;

	if (fleet_put_pause(f, w->rollout->key, since, e) != 0)
		return -1;
	return rollouts_set_state(f->store, w->rollout->key, w->state, 0, e);
}

/* The deadlines of trials that waited to activate stood still: in the engine
 * and, so that a restart knows, in their rows. */
static void end_pause(struct fleet *f, struct rollout *r)
{
	struct err e = {0};

	if (r->paused_ms == 0)
		return;
	engine_add_pause(r->engine, r->paused_ms, fleet_now_ms(f));
	r->paused_ms = 0;
	if (store_begin(f->store, &e) != 0)
		goto failed;
	for (size_t i = 0; i < engine_n_trials(r->engine); i++) {
		const struct trial *t = engine_trial(r->engine, i);

		if (trial_is_open(t->step) && t->stood_still_ms > 0 &&
		    fleet_save_pause(f, r, i, &e) != 0)
			goto failed;
	}
	if (store_commit(f->store, &e) == 0)
		return;
failed:
	store_rollback(f->store);
	fleet_note_failure(f, &e);
}

static int move(struct fleet *f, struct rollout *r, enum rollout_event event,
                const char *verb, const struct deed *deed, struct err *e)
{
	enum rollout_state from = engine_state(r->engine);
	int to = rollout_next(from, event);
	struct state_write w = {r, (enum rollout_state)to};
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
	engine_set_state(r->engine, w.state);
	if (sign_change(f, &c, e) != 0) {
		engine_set_state(r->engine, from);
		return -1;
	}
	/* While it lasts the engine stops the deadlines itself. */
	if (w.state == ROLLOUT_PAUSED)
		r->paused_ms = fleet_now_ms(f);
	else
		end_pause(f, r);
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

int operate_promote(struct fleet *f, struct rollout *r, const struct deed *deed,
                    struct err *e)
{
	int to = engine_stage(r->engine) + 1;

	if (!r->plan->plan.gate.promote_by_hand)
		return err_code(e, ERR_CONFLICT, "wrong_state",
		                "rollout %" PRId64
		                ": its plan promotes by itself",
		                r->key);
	if (engine_state(r->engine) != ROLLOUT_RUNNING ||
	    to >= (int)r->plan->plan.n_stages)
		return err_code(e, ERR_CONFLICT, "wrong_state",
		                "rollout %" PRId64 ": is %s in stage %d of "
		                "%zu, nothing to promote",
		                r->key,
		                rollout_state_name(engine_state(r->engine)), to,
		                r->plan->plan.n_stages);
	if (store_begin(f->store, e) != 0)
		return -1;
	if (sign_audit(f, deed, e) != 0 || store_commit(f->store, e) != 0) {
		store_rollback(f->store);
		return -1;
	}
	engine_promote_by_hand(r->engine, to);
	r->touched = true;
	return 0;
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

/* ---- Revisions ---- */

/* The plan of this id in the new set, of a higher revision; NULL. */
static const struct catalog_plan *successor(const struct set *set,
                                            const struct rollout *r)
{
	const struct catalog_product *p =
		catalog_product(&set->catalog, r->product);

	for (size_t i = 0; p != NULL && i < p->n_plans; i++)
		if (strcmp(p->plans[i].plan.id, r->plan->plan.id) == 0 &&
		    p->plans[i].plan.rev > r->plan->plan.rev)
			return &p->plans[i];
	return NULL;
}

/* All halts but those of cells that the new revision resumes. A wider halt is
 * carried over as the cells it still stops. */
static void carry_halts(struct rollout *to, const struct rollout *from)
{
	const struct plan *old = &from->plan->plan, *new = &to->plan->plan;

	for (size_t i = 0; i < plan_n_cells(old); i++) {
		struct cell c = plan_cell_at(old, (int)i);
		struct rollout_halt h = {0};

		if (!engine_cell_halted(from->engine, (int)i) ||
		    plan_cell_index(new, c.hw, c.region) < 0 ||
		    cells_match(new->resumes, new->n_resumes, c.hw, c.region))
			continue;
		h.cell = c;
		h.evidence.by_hand = true;
		h.evidence.crossed = h.evidence.halted_as = SCOPE_CELL;
		h.evidence.at_ms = to->stage_since_ms;
		memcpy(h.evidence.hw, c.hw, sizeof(c.hw));
		memcpy(h.evidence.region, c.region, sizeof(c.region));
		memcpy(h.evidence.halt_hw, c.hw, sizeof(c.hw));
		memcpy(h.evidence.halt_region, c.region, sizeof(c.region));
		(void)snprintf(h.evidence.text, sizeof(h.evidence.text),
		               "carried over from revision %" PRId64, old->rev);
		(void)snprintf(h.actor, sizeof(h.actor), "publish");
		engine_halt(to->engine, c.hw, c.region);
		rollout_add_halt(to, &h);
	}
}

/* Trials and sums stay where the revision only widens or renews; what was not
 * activated is void (trust.md, State). With `resumes` the epoch is empty. */
static void carry_trials(struct rollout *to, const struct rollout *from,
                         int64_t now_ms)
{
	for (size_t i = 0; i < engine_n_trials(from->engine); i++) {
		struct trial t = *engine_trial(from->engine, i);
		struct cell c = plan_cell_at(&from->plan->plan, t.cell);

		t.cell = plan_cell_index(&to->plan->plan, c.hw, c.region);
		if (t.cell < 0)
			continue;
		if (trial_is_open(t.step) && t.step < TRIAL_ACTIVATED) {
			t.step = TRIAL_VOID;
			t.step_ms = now_ms;
		}
		(void)rollout_enrol(to, &t, from->owners[i]);
	}
}

static struct rollout *revise(struct fleet *f, struct set *set,
                              const struct rollout *old,
                              const struct catalog_plan *plan)
{
	int64_t now = fleet_now_ms(f);
	struct rollout *new =
		live_add(&f->live, 0, old->product, set, plan, old->began_ms);
	int last = (int)plan->plan.n_stages - 1;
	int stage = engine_stage(old->engine);

	new->stage_since_ms = now;
	engine_set_stage(new->engine, stage < last ? stage : last, now);
	(void)snprintf(new->created_by, sizeof(new->created_by), "%s",
	               old->created_by);
	if (plan->plan.n_resumes == 0)
		carry_trials(new, old, now);
	carry_halts(new, old);
	engine_set_state(new->engine, ROLLOUT_PAUSED);
	operate_count_shares(f, new);
	judge_reach(f, new);
	return new;
}

void operate_revise(struct revisions *out, struct fleet *f, struct set *set)
{
	size_t n = f->live.len;

	*out = (struct revisions){0};
	for (size_t i = 0; i < n; i++) {
		struct rollout *r = f->live.items[i];
		const char *product;

		if (engine_state(r->engine) == ROLLOUT_SUPERSEDED ||
		    find_plan(set, r->plan->path, &product) != NULL)
			continue;
		VEC_GROW(out);
		out->items[out->len++] = (struct revision){
			.old = r,
			.plan = successor(set, r),
			.old_state = engine_state(r->engine),
		};
	}
	for (size_t i = 0; i < out->len; i++) {
		struct revision *v = &out->items[i];

		if (v->plan != NULL)
			v->new = revise(f, set, v->old, v->plan);
		engine_set_state(v->old->engine, ROLLOUT_SUPERSEDED);
	}
}

static int write_void_trials(struct fleet *f, const struct rollout *r,
                             struct err *e)
{
	for (size_t i = 0; i < engine_n_trials(r->engine); i++) {
		const struct trial *t = engine_trial(r->engine, i);

		if (t->step == TRIAL_VOID && t->step_ms == r->stage_since_ms &&
		    fleet_save_step(f, r, i, TRIAL_VOID, "", "", e) != 0)
			return -1;
	}
	return 0;
}

/* With the publish itself: nothing may come between a revision and its
 * halts. */
static int write_carried_halts(struct fleet *f, struct rollout *r,
                               struct err *e)
{
	for (size_t i = 0; i < r->n_halts; i++) {
		SCOPED(buf_fini)
		struct buf evidence = BUF_INIT(8192);
		struct rollout_halt *h = &r->halts[i];
		struct halt_row row = {
			.rollout = r->key,
			.at_ms = h->evidence.at_ms,
			.by_hand = h->evidence.by_hand,
			.actor = h->actor,
		};

		show_evidence(&evidence, f, &h->evidence);
		row.evidence = buf_str(&evidence);
		memcpy(row.hw, h->cell.hw, sizeof(row.hw));
		memcpy(row.region, h->cell.region, sizeof(row.region));
		if (halts_add(NULL, f->store, &row, e) != 0)
			return -1;
		h->saved = true;
	}
	return 0;
}

int operate_write_revisions(struct fleet *f, struct revisions *v,
                            const struct deed *deed, struct err *e)
{
	for (size_t i = 0; i < v->len; i++) {
		struct revision *r = &v->items[i];

		if (rollouts_set_state(f->store, r->old->key,
		                       ROLLOUT_SUPERSEDED, fleet_now_ms(f),
		                       e) != 0)
			return -1;
		if (r->new == NULL)
			continue;
		if (add_row(f, r->new, deed->actor, e) != 0 ||
		    write_void_trials(f, r->new, e) != 0 ||
		    write_carried_halts(f, r->new, e) != 0)
			return -1;
	}
	return 0;
}

void operate_unrevise(struct revisions *v, struct fleet *f)
{
	for (size_t i = 0; i < v->len; i++) {
		engine_set_state(v->items[i].old->engine,
		                 v->items[i].old_state);
		if (v->items[i].new != NULL)
			live_drop_last(&f->live);
	}
}
