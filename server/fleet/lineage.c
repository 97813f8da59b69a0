#include "config.h"

#include "server/fleet/lineage.h"

#include "lib/base/mem.h"
#include "server/store/plans.h"

#include <stdlib.h>
#include <string.h>

void lineage_fini(struct lineage *l)
{
	free(l->items);
	*l = (struct lineage){0};
}

void lineage_note(struct lineage *l, const struct rollout_row *row)
{
	VEC_GROW(l);
	l->items[l->len++] = *row;
}

static int note(void *ctx, const struct rollout_row *row, struct err *e)
{
	(void)e;
	lineage_note(ctx, row);
	return 0;
}

int lineage_load(struct lineage *l, struct store *s, struct err *e)
{
	return rollouts_each(s, note, l, e);
}

/* The revision before this one in the same rollout: what an operator started
 * anew has a beginning of its own. */
static const struct rollout_row *before(const struct lineage *l,
                                        const struct rollout *r, int64_t rev)
{
	const struct rollout_row *found = NULL;

	for (size_t i = 0; i < l->len; i++) {
		const struct rollout_row *row = &l->items[i];

		if (strcmp(row->product, r->product) == 0 &&
		    strcmp(row->plan_id, r->plan->plan.id) == 0 &&
		    row->began_ms == r->began_ms && row->plan_rev < rev &&
		    (found == NULL || row->plan_rev > found->plan_rev))
			found = row;
	}
	return found;
}

struct walk {
	const struct rollout *to;
	const struct plan *from;
	trials_fn *fn;
	void *ctx;
};

static int give(void *ctx, const struct trial_row *row, struct err *e)
{
	const struct walk *w = ctx;
	struct trial_row t = *row;
	struct cell c;

	if (t.trial.cell < 0 || t.trial.cell >= (int)plan_n_cells(w->from))
		return 0;
	c = plan_cell_at(w->from, t.trial.cell);
	t.trial.cell = plan_cell_index(&w->to->plan->plan, c.hw, c.region);
	return t.trial.cell >= 0 ? w->fn(w->ctx, &t, e) : 0;
}

static int read_plan(struct plan *out, struct store *s, const char *path,
                     struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);
	SCOPED(free)
	struct plan_row *row = xcalloc(1, sizeof(*row));

	if (plans_find(row, &bytes, s, path, e) != 0)
		return -1;
	return plan_parse(out, path, buf_str(&bytes), bytes.len, e);
}

/* What `p`, a revision of r's plan, went on with. */
static int each(const struct lineage *l, struct store *s, struct walk *w,
                const struct plan *p, struct err *e)
{
	const struct rollout_row *row =
		p->n_resumes == 0 ? before(l, w->to, p->rev) : NULL;
	struct plan *from;
	int result;

	if (row == NULL)
		return 0;
	from = xcalloc(1, sizeof(*from));
	result = read_plan(from, s, row->plan_path, e);
	if (result == 0)
		result = each(l, s, w, from, e);
	w->from = from;
	if (result == 0)
		result = trials_each(s, row->key, give, w, e);
	plan_fini(from);
	free(from);
	return result;
}

int lineage_each(const struct lineage *l, struct store *s,
                 const struct rollout *r, trials_fn *fn, void *ctx,
                 struct err *e)
{
	struct walk w = {.to = r, .fn = fn, .ctx = ctx};

	return each(l, s, &w, &r->plan->plan, e);
}
