#include "config.h"

#include "server/fleet/retry.h"

#include "lib/base/mem.h"
#include "server/store/retries.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool retry_may(const struct rollout *r, const struct trial *t)
{
	/* A retry that was deferred or refused came to nothing. */
	if (t->step == TRIAL_VOID)
		return t->retry > 0;
	return trial_is_failure(t->step) && r->retry_ms != NULL &&
	       t->step_ms <= r->retry_ms[t->cell];
}

int retry_number(const struct trial *t)
{
	return t->step == TRIAL_VOID ? t->retry : t->retry + 1;
}

static void note(struct rollout *r, int cell, int64_t at_ms)
{
	size_t n = plan_n_cells(&r->plan->plan);

	if (cell < 0 || (size_t)cell >= n)
		return;
	if (r->retry_ms == NULL) {
		r->retry_ms = xcalloc(n, sizeof(*r->retry_ms));
		for (size_t i = 0; i < n; i++)
			r->retry_ms[i] = INT64_MIN;
	}
	r->retry_ms[cell] = at_ms;
}

static void load_one(void *ctx, int cell, int64_t at_ms)
{
	note(ctx, cell, at_ms);
}

int retry_load(struct fleet *f, struct rollout *r, struct err *e)
{
	return retries_each(f->store, r->key, load_one, r, e);
}

struct wanted {
	const struct rollout *r;
	struct cell cells; /* "*" spans */
};

/* In what was asked for, and not halted. */
static bool is_wanted(const struct wanted *w, int cell)
{
	struct cell c = plan_cell_at(&w->r->plan->plan, cell);

	return cells_match(&w->cells, 1, c.hw, c.region) &&
	       !engine_cell_halted(w->r->engine, cell);
}

static int check(const struct wanted *w, struct err *e)
{
	const struct plan *p = &w->r->plan->plan;
	enum rollout_state s = engine_state(w->r->engine);
	const struct cell *c = &w->cells;
	bool any = false;

	if (s != ROLLOUT_RUNNING && s != ROLLOUT_PAUSED)
		return err_code(e, ERR_CONFLICT, "wrong_state",
		                "rollout %" PRId64 ": is %s, it grants nothing "
		                "any more",
		                w->r->key, rollout_state_name(s));
	if ((strcmp(c->hw, "*") != 0 && !words_has(&p->hw, c->hw)) ||
	    (strcmp(c->region, "*") != 0 && !words_has(&p->regions, c->region)))
		return err_code(e, ERR_INVALID, "unknown_scope",
		                "rollout %" PRId64 ": its plan has no cell "
		                "%s/%s",
		                w->r->key, c->hw, c->region);
	for (int i = 0; i < (int)plan_n_cells(p); i++)
		any |= is_wanted(w, i);
	return any ? 0
	           : err_code(
			     e, ERR_CONFLICT, "cell_halted",
			     "rollout %" PRId64 ": %s/%s is halted; only a "
			     "plan revision that lists it in `resumes` goes on "
			     "there",
			     w->r->key, c->hw, c->region);
}

/* Devices whose newest trial failed in a cell that is wanted. */
static int64_t count(const struct wanted *w)
{
	const struct engine *g = w->r->engine;
	int64_t n = 0;

	for (size_t i = 0; i < engine_n_trials(g); i++) {
		const struct trial *t = engine_trial(g, i);
		size_t newest;

		n += trial_is_failure(t->step) && is_wanted(w, t->cell) &&
		     rollout_trial_of(w->r, t->device, &newest) && newest == i;
	}
	return n;
}

static int store(struct fleet *f, const struct wanted *w,
                 const struct deed *deed, int64_t at_ms, struct err *e)
{
	const struct plan *p = &w->r->plan->plan;

	for (int i = 0; i < (int)plan_n_cells(p); i++)
		if (is_wanted(w, i) &&
		    retries_ask(f->store, w->r->key, i, at_ms, e) != 0)
			return -1;
	return sign_audit(f, deed, e);
}

int retry_ask(int64_t *devices, struct fleet *f, struct rollout *r,
              const char *hw, const char *region, const struct deed *deed,
              struct err *e)
{
	struct wanted w = {.r = r};
	struct deed told = *deed;
	int64_t now = fleet_now_ms(f);
	char detail[240];

	word_set(w.cells.hw, hw);
	word_set(w.cells.region, region);
	if (check(&w, e) != 0)
		return -1;
	*devices = count(&w);
	if (*devices == 0)
		return err_code(e, ERR_CONFLICT, "nothing_to_retry",
		                "rollout %" PRId64 ": no device of %s/%s has "
		                "failed that was not tried again since",
		                r->key, hw, region);
	(void)snprintf(detail, sizeof(detail),
	               "{\"devices\":%" PRId64
	               ",\"hw\":\"%s\",\"region\":\"%s\"}",
	               *devices, hw, region);
	told.detail = detail;
	if (store_begin(f->store, e) != 0)
		goto failed;
	if (store(f, &w, &told, now, e) != 0 ||
	    store_commit(f->store, e) != 0) {
		store_rollback(f->store);
		goto failed;
	}
	fleet_note_success(f);
	for (int i = 0; i < (int)plan_n_cells(&r->plan->plan); i++)
		if (is_wanted(&w, i))
			note(r, i, now);
	return 0;
failed:
	fleet_note_failure(f, e);
	return -1;
}
