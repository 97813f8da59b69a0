#include "config.h"

#include "server/fleet/live.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64

static void rollout_free(struct rollout *r)
{
	engine_free(r->engine);
	set_unref(r->set);
	free(r->halts);
	free(r->holds.items);
	controls_fini(&r->controls);
	free(r->owners);
	free(r->by_device);
	by_batch_fini(&r->shares);
	free(r->reach);
	free(r->kept_out.slots);
	free(r->tried.items);
	free(r->retry_ms);
	free(r->over.items);
	free(r);
}

void live_fini(struct live *r)
{
	for (size_t i = 0; i < r->len; i++)
		rollout_free(r->items[i]);
	free(r->items);
	*r = (struct live){0};
}

struct rollout *live_add(struct live *r, int64_t key, const char *product,
                         struct set *set, const struct catalog_plan *plan,
                         int64_t began_ms)
{
	struct rollout *o = xcalloc(1, sizeof(*o));

	o->key = key;
	(void)snprintf(o->product, sizeof(o->product), "%s", product);
	o->set = set_ref(set);
	o->plan = plan;
	o->engine = engine_new(&plan->plan, began_ms);
	o->began_ms = o->stage_since_ms = began_ms;
	o->slots = FIRST_SLOTS;
	o->by_device = xcalloc(o->slots, sizeof(*o->by_device));
	o->touched = true;
	VEC_GROW(r);
	r->items[r->len++] = o;
	return o;
}

void live_drop_last(struct live *r)
{
	rollout_free(r->items[--r->len]);
}

struct rollout *live_by_key(const struct live *r, int64_t key)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->items[i]->key == key)
			return r->items[i];
	return NULL;
}

struct rollout *live_by_plan_sha256(const struct live *r, const char *sha256)
{
	for (size_t i = r->len; i-- > 0;)
		if (strcmp(r->items[i]->plan->sha256, sha256) == 0)
			return r->items[i];
	return NULL;
}

static size_t slot_of(const struct rollout *r, int64_t device)
{
	uint64_t h = (uint64_t)device * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32) & (r->slots - 1);
}

static void remember(struct rollout *r, int64_t device, size_t trial)
{
	size_t at = slot_of(r, device);

	while (r->by_device[at] != 0 &&
	       engine_trial(r->engine, r->by_device[at] - 1)->device != device)
		at = (at + 1) & (r->slots - 1);
	/* A device enrolled anew after a void trial: the newest counts. */
	r->by_device[at] = (uint32_t)trial + 1;
}

static int64_t *kept_slot(struct rollout *r, int64_t device)
{
	uint64_t h = (uint64_t)device * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(h >> 32) & (r->kept_out.n - 1);

	while (r->kept_out.slots[at] != 0 &&
	       llabs(r->kept_out.slots[at]) != device)
		at = (at + 1) & (r->kept_out.n - 1);
	return &r->kept_out.slots[at];
}

void rollout_keep_out(struct rollout *r, int64_t device)
{
	int64_t *slot;

	if (2 * (r->kept_out.len + 1) > r->kept_out.n) {
		int64_t *old = r->kept_out.slots;
		size_t n = r->kept_out.n;

		r->kept_out.n = n > 0 ? 2 * n : FIRST_SLOTS;
		r->kept_out.slots = xcalloc(r->kept_out.n, sizeof(*old));
		for (size_t i = 0; i < n; i++)
			if (old[i] != 0)
				*kept_slot(r, llabs(old[i])) = old[i];
		free(old);
	}
	slot = kept_slot(r, device);
	if (*slot == device)
		return;
	r->kept_out.len += *slot == 0;
	*slot = device;
	engine_set_kept_out(r->engine, ++r->n_kept_out);
	r->touched = true;
}

static void let_in(struct rollout *r, int64_t device)
{
	int64_t *slot = r->kept_out.n > 0 ? kept_slot(r, device) : NULL;

	if (slot == NULL || *slot != device)
		return;
	*slot = -device; /* its place stays taken */
	engine_set_kept_out(r->engine, --r->n_kept_out);
}

void rollout_forget_kept_out(struct rollout *r)
{
	free(r->kept_out.slots);
	r->kept_out.slots = NULL;
	r->kept_out.n = r->kept_out.len = 0;
	r->n_kept_out = 0;
	engine_set_kept_out(r->engine, 0);
}

size_t rollout_enrol(struct rollout *r, const struct trial *t, int64_t owner)
{
	size_t trial = engine_enrol(r->engine, t);

	if (trial >= r->cap_owners) {
		r->cap_owners = r->cap_owners ? 2 * r->cap_owners : 64;
		r->owners = xreallocarray(r->owners, r->cap_owners,
		                          sizeof(*r->owners));
	}
	r->owners[trial] = owner;

	if (2 * engine_n_trials(r->engine) > r->slots) {
		free(r->by_device);
		r->slots *= 2;
		r->by_device = xcalloc(r->slots, sizeof(*r->by_device));
		for (size_t i = 0; i < trial; i++)
			remember(r, engine_trial(r->engine, i)->device, i);
	}
	remember(r, t->device, trial);
	let_in(r, t->device);
	r->touched = true;
	return trial;
}

bool rollout_trial_of(const struct rollout *r, int64_t device, size_t *out)
{
	for (size_t at = slot_of(r, device); r->by_device[at] != 0;
	     at = (at + 1) & (r->slots - 1)) {
		size_t trial = r->by_device[at] - 1;

		if (engine_trial(r->engine, trial)->device == device) {
			*out = trial;
			return true;
		}
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

bool rollout_was_tried(const struct rollout *r, int64_t device)
{
	return r->tried.len > 0 &&
	       bsearch(&device, r->tried.items, r->tried.len,
	               sizeof(*r->tried.items), compare) != NULL;
}

bool live_trial_of(const struct live *r, int64_t device, int64_t attempt,
                   struct rollout **out, size_t *trial)
{
	for (size_t i = r->len; i-- > 0;) {
		struct rollout *o = r->items[i];

		if (engine_state(o->engine) == ROLLOUT_SUPERSEDED ||
		    !rollout_trial_of(o, device, trial) ||
		    engine_trial(o->engine, *trial)->attempt != attempt)
			continue;
		*out = o;
		return true;
	}
	return false;
}

void rollout_add_halt(struct rollout *r, const struct rollout_halt *h)
{
	if (r->n_halts == r->cap_halts) {
		r->cap_halts = r->cap_halts ? 2 * r->cap_halts : 8;
		r->halts = xreallocarray(r->halts, r->cap_halts,
		                         sizeof(*r->halts));
	}
	r->halts[r->n_halts++] = *h;
}

const struct rollout_halt *rollout_halt_of(const struct rollout *r,
                                           const char *hw, const char *region)
{
	for (size_t i = 0; i < r->n_halts; i++)
		if (cells_match(&r->halts[i].cell, 1, hw, region))
			return &r->halts[i];
	return NULL;
}

void rollout_end_if_halted(struct rollout *r, int64_t at_ms)
{
	if (engine_n_halted(r->engine) != plan_n_cells(&r->plan->plan))
		return;
	engine_set_state(r->engine, ROLLOUT_HALTED);
	if (r->ended_ms == 0)
		r->ended_ms = at_ms;
}

bool rollout_is_listed(const struct rollout *r, int64_t now_s)
{
	return engine_state(r->engine) != ROLLOUT_SUPERSEDED &&
	       now_s < r->plan->plan.expires_s;
}

bool rollout_on_hold(const struct rollout *r)
{
	enum rollout_state s = engine_state(r->engine);

	return s == ROLLOUT_PAUSED ||
	       (s == ROLLOUT_RUNNING && engine_all_held(r->engine));
}

static bool is_recall(const struct rollout *r)
{
	return r->plan->plan.kind == PLAN_RECALL;
}

/* The widest scope's numbers, in as many bytes as a note may have. */
static void say_why(char *out, size_t size, const struct rollout *r)
{
	char text[CELL_TEXT_SIZE + 128], where[CELL_TEXT_SIZE];
	struct hold h;

	out[0] = '\0';
	if (engine_state(r->engine) != ROLLOUT_RUNNING || !rollout_on_hold(r))
		return;
	engine_hold_at(r->engine, engine_n_holds(r->engine) - 1, &h);
	(void)snprintf(text, sizeof(text),
	               "%s: %" PRId64 " overdue and %" PRId64
	               " silent of %" PRId64 ", %" PRId64 " are too many",
	               cell_text(where, h.hw, h.region), h.overdue, h.silent,
	               h.trials, h.bound);
	text[size - 1] = '\0';
	memcpy(out, text, strlen(text) + 1);
}

struct online_rollout *live_for_online(const struct live *r, int64_t now_s,
                                       size_t *out_n, struct cell **cells)
{
	struct online_rollout *out = xcalloc(r->len, sizeof(*out));
	size_t n = 0, n_cells = 0, used = 0;

	for (size_t i = 0; i < r->len; i++)
		n_cells += r->items[i]->n_halts;
	*cells = xcalloc(n_cells, sizeof(**cells));
	for (int recalls = 1; recalls >= 0; recalls--)
		for (size_t i = r->len; i-- > 0;) {
			const struct rollout *o = r->items[i];

			if (is_recall(o) != recalls ||
			    !rollout_is_listed(o, now_s))
				continue;
			out[n++] = (struct online_rollout){
				.product = o->product,
				.plan_path = o->plan->path,
				.stage = engine_stage(o->engine),
				.hold = rollout_on_hold(o),
				.halted = *cells + used,
				.n_halted = o->n_halts,
				.exclude = o->exclude,
				.n_exclude = o->n_excluded,
			};
			say_why(out[n - 1].note, sizeof(out->note), o);
			for (size_t k = 0; k < o->n_halts; k++)
				(*cells)[used++] = o->halts[k].cell;
		}
	*out_n = n;
	return out;
}
