#include "config.h"

#include "server/fleet/exclude.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/rollout/bucket.h"
#include "server/store/exclusions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* In the rollouts of r's product together: as many as one state file holds,
 * whichever channels they share. */
static size_t left_out(const struct fleet *f, const struct rollout *r)
{
	size_t n = 0;

	for (size_t i = 0; i < f->live.len; i++) {
		const struct rollout *o = f->live.items[i];

		if (engine_state(o->engine) != ROLLOUT_SUPERSEDED &&
		    strcmp(o->product, r->product) == 0)
			n += o->n_excluded;
	}
	return n;
}

static int too_many(const struct rollout *r, size_t others, struct err *e)
{
	return err_code(e, ERR_CONFLICT, "too_many_excluded",
	                "rollout %" PRId64 ": %zu devices are left out of the "
	                "rollouts of %s, %d is the most",
	                r->key, others, r->product, STATE_EXCLUDE_MAX);
}

static void add(struct rollout *r, const struct device_rec *d)
{
	char id[2 * sizeof(d->id) + 1];

	hex_encode(id, d->id, sizeof(d->id));
	bucket_member(r->exclude[r->n_excluded], r->plan->plan.release_sha256,
	              id);
	r->excluded[r->n_excluded++] = d->key;
}

static size_t place_of(const struct rollout *r, int64_t device)
{
	size_t i = 0;

	while (i < r->n_excluded && r->excluded[i] != device)
		i++;
	return i;
}

static void take_out(struct rollout *r, size_t at)
{
	size_t after = r->n_excluded - at - 1;

	memmove(&r->excluded[at], &r->excluded[at + 1],
	        after * sizeof(r->excluded[0]));
	memmove(r->exclude[at], r->exclude[at + 1],
	        after * sizeof(r->exclude[0]));
	r->n_excluded--;
}

struct loading {
	struct fleet *f;
	struct rollout *r;
};

static int load_one(void *ctx, int64_t device, struct err *e)
{
	struct loading *l = ctx;
	struct device_rec d;
	size_t at;

	if (!index_by_key(&l->f->index, device, &at, &d))
		return 0;
	if (l->r->n_excluded == STATE_EXCLUDE_MAX)
		return too_many(l->r, l->r->n_excluded + 1, e);
	add(l->r, &d);
	return 0;
}

int exclude_load(struct fleet *f, struct rollout *r, struct err *e)
{
	struct loading l = {f, r};
	size_t all;

	r->n_excluded = 0;
	if (exclusions_each(f->store, r->product, r->plan->plan.id, load_one,
	                    &l, e) != 0)
		return -1;
	all = left_out(f, r);
	return all <= STATE_EXCLUDE_MAX ? 0 : too_many(r, all, e);
}

struct change_of {
	struct rollout *r;
	const struct device_rec *d;
	bool ends;
	/* An open attempt that becomes void. */
	bool has_trial;
	size_t trial;
};

static int write_change(struct fleet *f, void *ctx, struct err *e)
{
	const struct change_of *x = ctx;
	const char *id = x->r->plan->plan.id;

	if (x->ends)
		return exclusions_remove(f->store, x->r->product, id, x->d->key,
		                         e);
	if (x->has_trial && fleet_save_step(f, x->r, x->trial, TRIAL_VOID, "",
	                                    "excluded", e) != 0)
		return -1;
	return exclusions_add(f->store, x->r->product, id, x->d->key,
	                      fleet_now_ms(f), e);
}

static int find(struct device_rec *out, struct fleet *f,
                const struct rollout *r, const char *id, struct err *e)
{
	uint8_t bytes[16];
	size_t at;

	if (engine_state(r->engine) == ROLLOUT_SUPERSEDED)
		return err_code(e, ERR_CONFLICT, "wrong_state",
		                "rollout %" PRId64 ": a newer revision of plan "
		                "%s took over",
		                r->key, r->plan->plan.id);
	if (hex_decode(bytes, sizeof(bytes), id) != 0 ||
	    !index_by_id(&f->index, bytes, &at, out))
		return err_set(e, ERR_NOT_FOUND, "device '%.40s': is not known",
		               id);
	return 0;
}

static int check_scope(struct fleet *f, const struct rollout *r,
                       const struct device_rec *d, const char *id,
                       struct err *e)
{
	const struct plan *p = &r->plan->plan;
	struct cohort c = index_cohort_of(&f->index, d->cohort);

	if (strcmp(c.product, r->product) == 0 &&
	    words_has(&p->channels, c.channel) &&
	    plan_cell_index(p, c.hw, c.region) >= 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "outside_scope",
	                "device %s: is %s %s/%s on %s, which plan %s has not",
	                id, c.product, c.hw, c.region, c.channel, p->id);
}

static int carry_out(struct fleet *f, struct change_of *x, const char *id,
                     const struct deed *deed, struct err *e)
{
	char detail[64];
	struct change c = {
		.deed = *deed,
		.cause = PUBLISHED_ROLLOUT,
		.write = write_change,
		.ctx = x,
	};

	(void)snprintf(detail, sizeof(detail), "{\"device\":\"%s\"}", id);
	c.deed.detail = detail;
	return sign_change(f, &c, e);
}

static void forget_attempt(struct fleet *f, int64_t device)
{
	struct device_rec d;
	size_t at;

	if (!index_by_key(&f->index, device, &at, &d))
		return;
	index_edit(&f->index, at)->open_attempt = 0;
	index_edit_end(&f->index);
}

int exclude_device(struct fleet *f, struct rollout *r, const char *id,
                   const struct deed *deed, struct err *e)
{
	struct device_rec d;
	struct change_of x = {.r = r, .d = &d};
	size_t others = left_out(f, r);

	if (find(&d, f, r, id, e) != 0 || check_scope(f, r, &d, id, e) != 0)
		return -1;
	if (place_of(r, d.key) < r->n_excluded)
		return err_code(e, ERR_CONFLICT, "already_excluded",
		                "device %s: is left out of rollout %" PRId64
		                " already",
		                id, r->key);
	if (others >= STATE_EXCLUDE_MAX)
		return too_many(r, others, e);
	x.has_trial = rollout_trial_of(r, d.key, &x.trial) &&
	              trial_is_open(engine_trial(r->engine, x.trial)->step) &&
	              engine_trial(r->engine, x.trial)->step < TRIAL_ACTIVATED;
	add(r, &d);
	if (carry_out(f, &x, id, deed, e) != 0) {
		take_out(r, r->n_excluded - 1);
		return -1;
	}
	if (x.has_trial) {
		(void)engine_move(r->engine, x.trial, TRIAL_VOID,
		                  fleet_now_ms(f));
		forget_attempt(f, d.key);
	}
	r->touched = true;
	return 0;
}

int exclude_end(struct fleet *f, struct rollout *r, const char *id,
                const struct deed *deed, struct err *e)
{
	struct device_rec d;
	struct change_of x = {.r = r, .d = &d, .ends = true};
	size_t at;

	if (find(&d, f, r, id, e) != 0)
		return -1;
	at = place_of(r, d.key);
	if (at == r->n_excluded)
		return err_code(
			e, ERR_CONFLICT, "not_excluded",
			"device %s: is not left out of rollout %" PRId64, id,
			r->key);
	take_out(r, at);
	if (carry_out(f, &x, id, deed, e) != 0) {
		add(r, &d);
		return -1;
	}
	r->touched = true;
	return 0;
}
