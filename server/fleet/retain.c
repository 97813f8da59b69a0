#include "config.h"

#include "server/fleet/retain.h"

#include "lib/base/log.h"
#include "server/store/halts.h"
#include "server/store/reports.h"

#include <inttypes.h>

/* Between steps: while there is more, and when there is not. */
#define BUSY_MS 1000
#define QUIET_MS 60000

/* Since when this rollout's reports are needed; INT64_MAX: they are not. */
static int64_t needed_ms(const struct rollout *r, int64_t now_ms)
{
	bool listed = rollout_is_listed(r, now_ms / 1000);
	int64_t since = listed ? r->began_ms : INT64_MAX;

	/* A new revision took trials over that are older than itself, and an
	 * attempt may outlive what devices are told of its rollout. */
	for (size_t i = 0; i < engine_n_trials(r->engine); i++) {
		const struct trial *t = engine_trial(r->engine, i);

		if ((listed || trial_is_open(t->step)) && t->granted_ms < since)
			since = t->granted_ms;
	}
	return since;
}

int retain_before(int64_t *out, struct fleet *f, int64_t now_ms, struct err *e)
{
	int64_t before = now_ms - f->config.report_keep_s * 1000, halted = 0;

	*out = 0;
	if (f->config.report_keep_s == 0 || before <= 0)
		return 0;
	if (halts_oldest_rollout(&halted, f->store, before, e) != 0)
		return -1;
	if (halted > 0 && halted < before)
		before = halted;
	for (size_t i = 0; i < f->live.len; i++) {
		int64_t since = needed_ms(f->live.items[i], now_ms);

		if (since < before)
			before = since;
	}
	*out = before;
	return 0;
}

static int forget(int64_t *out, struct fleet *f, int64_t before_ms,
                  struct err *e)
{
	if (store_begin(f->store, e) != 0)
		return -1;
	if (reports_forget(out, f->store, before_ms, RETAIN_ROWS, e) != 0) {
		store_rollback(f->store);
		return -1;
	}
	if (*out == 0) {
		store_rollback(f->store);
		return 0;
	}
	if (store_commit(f->store, e) == 0)
		return 0;
	store_rollback(f->store);
	return -1;
}

void retain_idle(struct fleet *f)
{
	int64_t mono = clock_mono_ms(f->clock), before = 0, gone = 0;
	struct err e = {0};

	if (mono < f->retain_due_ms)
		return;
	f->retain_due_ms = mono + QUIET_MS;
	if (retain_before(&before, f, fleet_now_ms(f), &e) != 0 ||
	    (before > 0 && forget(&gone, f, before, &e) != 0)) {
		/* Nothing waits for it: tried again in a minute. */
		log_warn("old reports stay: %s", e.msg);
		fleet_note_failure(f, &e);
		return;
	}
	if (gone == 0)
		return;
	f->stored -= (uint64_t)gone;
	log_debug("%" PRId64 " old reports are forgotten", gone);
	if (gone == RETAIN_ROWS)
		f->retain_due_ms = mono + BUSY_MS;
}
