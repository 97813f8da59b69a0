#include "config.h"

#include "server/fleet/quarantine.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/store/batches.h"

typedef int attempt_fn(struct fleet *f, struct rollout *r, size_t trial,
                       struct err *e);

/* The batch's open attempts that were not activated: those that were, go on
 * to their end, or the device would be lost sight of. */
static int each_attempt(struct fleet *f, int64_t batch, attempt_fn *fn,
                        struct err *e)
{
	for (size_t k = 0; k < f->live.len; k++) {
		struct rollout *r = f->live.items[k];

		for (size_t i = 0; i < engine_n_trials(r->engine); i++) {
			const struct trial *t = engine_trial(r->engine, i);
			struct device_rec d;
			size_t at;

			if (trial_is_open(t->step) &&
			    t->step < TRIAL_ACTIVATED &&
			    index_by_key(&f->index, t->device, &at, &d) &&
			    d.batch == batch && fn(f, r, i, e) != 0)
				return -1;
		}
	}
	return 0;
}

static int write_void(struct fleet *f, struct rollout *r, size_t trial,
                      struct err *e)
{
	return fleet_save_step(f, r, trial, TRIAL_VOID, "", "quarantine", e);
}

static int make_void(struct fleet *f, struct rollout *r, size_t trial,
                     struct err *e)
{
	(void)e;
	(void)engine_move(r->engine, trial, TRIAL_VOID, fleet_now_ms(f));
	r->touched = true;
	return 0;
}

static void remember_quarantine(struct fleet *f, int64_t batch)
{
	f->quarantined = xreallocarray(f->quarantined, f->n_quarantined + 1,
	                               sizeof(*f->quarantined));
	f->quarantined[f->n_quarantined++] = batch;
}

int enrol_quarantine_write(struct fleet *f, int64_t batch, struct err *e)
{
	return each_attempt(f, batch, write_void, e);
}

void enrol_quarantine_landed(struct fleet *f, int64_t batch)
{
	(void)each_attempt(f, batch, make_void, NULL);
	if (!enrol_is_quarantined(f, batch))
		remember_quarantine(f, batch);
	enrol_batches_changed(f);
}

bool enrol_is_quarantined(const struct fleet *f, int64_t batch)
{
	for (size_t i = 0; i < f->n_quarantined; i++)
		if (f->quarantined[i] == batch)
			return true;
	return false;
}

struct batch_page {
	struct fleet *f;
	int64_t last, rows;
};

static int load_batch(void *ctx, const struct batch_row *b, struct err *e)
{
	struct batch_page *p = ctx;

	(void)e;
	if (b->quarantined_ms > 0)
		remember_quarantine(p->f, b->key);
	p->last = b->key;
	p->rows++;
	return 0;
}

int enrol_load(struct fleet *f, struct err *e)
{
	struct batch_page p = {.f = f};

	do {
		p.rows = 0;
		if (batches_page(f->store, p.last, STORE_PAGE_MAX, load_batch,
		                 &p, e) != 0)
			return -1;
	} while (p.rows == STORE_PAGE_MAX);
	return intake_load(&f->intake, f->store, e);
}

void enrol_batches_changed(struct fleet *f)
{
	struct err e = {0};

	/* Nobody is turned away by what may be out of date. */
	if (intake_load(&f->intake, f->store, &e) != 0)
		log_warn("enrolments are all put to the writer: %s", e.msg);
}
