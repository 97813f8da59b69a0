#include "config.h"

#include "server/devices/report.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"
#include "server/store/devices.h"
#include "server/store/reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One item's effect on its trial, carried out after the commit. */
struct move {
	struct rollout *rollout;
	size_t trial;
	enum trial_step to;
};

struct report_job {
	struct job job;
	struct report_call call;
	struct report_answer answer;
	struct window window; /* as it will be after the commit; when the
	                         report was refused, as it was */
	struct move moves[WIRE_ITEMS_MAX];
	size_t n_moves;
	size_t n_stored;
	bool alarm; /* another body under a known number */
};

/* The trial an item speaks of; false when it speaks of none that this server
 * granted to this device. */
static bool find_trial(struct fleet *f, const struct device_rec *r,
                       const struct wire_item *item, struct move *out)
{
	const struct rollout *o;

	if (item->attempt == 0 || *item->plan == '\0' ||
	    !live_trial_of(&f->live, r->key, item->attempt, &out->rollout,
	                   &out->trial))
		return false;
	/* What was taken over names the plan it began with. */
	o = out->rollout;
	return strcmp(o->plan->sha256, item->plan) == 0 ||
	       o->owners[out->trial] != o->key;
}

static const struct report_job *before(const struct report_job *j)
{
	return (const struct report_job *)j->job.before;
}

/* The step the trial has by now, counting the moves of this very report and
 * of those it follows. */
static enum trial_step step_now(const struct report_job *j,
                                const struct move *m)
{
	for (; j != NULL; j = before(j))
		for (size_t i = j->n_moves; i-- > 0;)
			if (j->moves[i].rollout == m->rollout &&
			    j->moves[i].trial == m->trial)
				return j->moves[i].to;
	return engine_trial(m->rollout->engine, m->trial)->step;
}

static int move_trial(struct fleet *f, struct report_job *j,
                      const struct device_rec *r, const struct wire_item *item,
                      struct err *e)
{
	struct move m = {0};
	enum trial_step now;

	if (!find_trial(f, r, item, &m))
		return 0;
	now = step_now(j, &m);
	m.to = wire_trial_step(item->step, item->code, now);
	if (!trial_may_move(now, m.to,
	                    engine_state(m.rollout->engine) ==
	                            ROLLOUT_COMPLETED))
		return 0;
	j->moves[j->n_moves++] = m;
	return fleet_save_step(f, m.rollout, m.trial, m.to, item->image,
	                       item->code, e);
}

static int store_item(struct fleet *f, const struct device_rec *r,
                      const struct wire_item *item, bool late, struct err *e)
{
	struct report_row row = {
		.received_ms = fleet_now_ms(f),
		.device = r->key,
		.seq = item->seq,
		.attempt = item->attempt,
		.counter = item->counter,
		.late = late,
	};

	(void)snprintf(row.plan, sizeof(row.plan), "%s", item->plan);
	(void)snprintf(row.image, sizeof(row.image), "%s", item->image);
	(void)snprintf(row.running, sizeof(row.running), "%s", item->running);
	(void)snprintf(row.step, sizeof(row.step), "%s",
	               wire_step_name(item->step));
	(void)snprintf(row.code, sizeof(row.code), "%s", item->code);
	return reports_add(f->store, &row, e);
}

/* 1: written, 0: nothing to write, -1: the database refused. */
static int apply_item(struct fleet *f, struct report_job *j,
                      const struct device_rec *r, const struct wire_item *item,
                      struct err *e)
{
	enum window_verdict verdict =
		window_judge(&j->window, item->seq, item->body_hash);

	if (verdict == WINDOW_CONFLICT) {
		j->answer.conflict[j->answer.n_conflict++] = item->seq;
		j->alarm = true;
		return 0;
	}
	j->answer.ack[j->answer.n_ack++] = item->seq;
	if (verdict == WINDOW_SEEN || f->config.storage_off)
		return 0;
	if (store_item(f, r, item, verdict == WINDOW_LATE, e) != 0)
		return -1;
	if (verdict == WINDOW_LATE)
		return 1;
	window_take(&j->window, item->seq, item->body_hash);
	return move_trial(f, j, r, item, e) != 0 ? -1 : 1;
}

static int save_window(struct fleet *f, int64_t device, const struct window *w,
                       struct err *e)
{
	struct device_window row = {.mark = w->mark, .bits = w->bits};

	_Static_assert(sizeof(w->hashes) == sizeof(row.hashes),
	               "the column holds the newest hashes");
	memcpy(row.hashes, w->hashes, sizeof(row.hashes));
	return devices_set_window(f->store, device, &row, e);
}

static enum apply_result refuse_far(const struct report_job *j, struct err *e)
{
	for (size_t i = 0; i < j->call.in.n_items; i++) {
		const struct wire_item *item = &j->call.in.items[i];

		if (window_judge(&j->window, item->seq, item->body_hash) !=
		    WINDOW_FAR)
			continue;
		(void)err_code(e, ERR_INVALID, "seq_too_far",
		               "report: seq %" PRId64 " is more than %d above "
		               "the mark %" PRId64,
		               item->seq, WINDOW_REACH, j->window.mark);
		return APPLY_REFUSED;
	}
	return APPLY_WRITTEN;
}

static enum apply_result apply(void *ctx, struct job *job, struct err *e)
{
	struct report_job *j = (struct report_job *)job;
	struct fleet *f = ctx;
	struct device_rec r = index_get(&f->index, j->call.device);

	j->window = before(j) != NULL ? before(j)->window : r.window;
	j->answer = (struct report_answer){0};
	j->n_moves = j->n_stored = 0;
	j->alarm = false;
	if (refuse_far(j, e) == APPLY_REFUSED)
		return APPLY_REFUSED;
	for (size_t i = 0; i < j->call.in.n_items; i++) {
		int result = apply_item(f, j, &r, &j->call.in.items[i], e);

		if (result < 0)
			return APPLY_FAILED;
		j->n_stored += result > 0;
	}
	j->answer.seq = j->window.mark;
	if (j->alarm && devices_alarm(f->store, r.key, e) != 0)
		return APPLY_FAILED;
	if (j->n_stored > 0 && save_window(f, r.key, &j->window, e) != 0)
		return APPLY_FAILED;
	return j->n_stored > 0 || j->alarm ? APPLY_WRITTEN : APPLY_REFUSED;
}

static void remember(struct fleet *f, struct report_job *j)
{
	int64_t now = fleet_now_ms(f);
	struct device_rec *r = index_edit(&f->index, j->call.device);

	r->window = j->window;
	r->clone_alarms += j->alarm;
	for (size_t i = 0; i < j->n_moves; i++)
		if (!trial_is_open(j->moves[i].to) &&
		    engine_trial(j->moves[i].rollout->engine, j->moves[i].trial)
		                    ->attempt == (int64_t)r->open_attempt)
			r->open_attempt = 0;
	index_edit_end(&f->index);
	for (size_t i = 0; i < j->n_moves; i++) {
		struct move *m = &j->moves[i];

		(void)engine_move(m->rollout->engine, m->trial, m->to, now);
		m->rollout->touched = true;
	}
}

static void landed(void *ctx, struct job *job, const struct err *e)
{
	struct report_job *j = (struct report_job *)job;
	struct fleet *f = ctx;

	if (job->result == APPLY_WRITTEN && e == NULL) {
		remember(f, j);
		f->stored += j->n_stored;
		fleet_note_success(f);
	}
	/* Everything was seen before: an answer, not an error. */
	if (job->result == APPLY_REFUSED && job->err.kind == ERR_NONE)
		e = NULL;
	if (e != NULL && job->result != APPLY_REFUSED)
		fleet_note_failure(f, e);
	if (e == NULL)
		f->acknowledged += j->answer.n_ack;
	j->call.answer(j->call.ctx, e == NULL ? &j->answer : NULL, e);
	free(j);
}

static const struct job_kind report_kind = {
	.name = "report",
	.apply = apply,
	.landed = landed,
	.chains = true,
};

static bool is_signed_by(const struct device_rec *r,
                         const uint8_t sig[WIRE_SIG_SIZE],
                         const struct buf *covered)
{
	struct key_public k = {.scheme = KEY_ED25519};

	_Static_assert(sizeof(k.material) == sizeof(r->public_key),
	               "an ed25519 key is its own material");
	memcpy(k.material, r->public_key, sizeof(k.material));
	hex_encode(k.text, r->public_key, sizeof(r->public_key));
	return key_verify(&k, sig, WIRE_SIG_SIZE, buf_str(covered),
	                  covered->len);
}

int report_verify(const struct fleet *f, const struct device_rec *r,
                  const struct wire_report *in, const char *body, size_t len,
                  struct err *e)
{
	SCOPED(buf_fini)
	struct buf covered = BUF_INIT(WIRE_REPORT_MAX);

	if (!r->has_key || !in->has_sig)
		return f->config.signed_reports
		               ? err_code(e, ERR_FORBIDDEN, "report_unsigned",
		                          r->has_key
		                                  ? "report: is not signed; "
		                                    "this server wants it"
		                                  : "report: the device "
		                                    "enrolled no key to sign "
		                                    "with; this server wants "
		                                    "one")
		               : 0;
	if (wire_report_signed(&covered, body, len, e) != 0)
		return -1;
	if (!is_signed_by(r, in->sig, &covered))
		return err_code(e, ERR_FORBIDDEN, "report_signature",
		                "report: its signature is not by the key that "
		                "the device enrolled");
	return 0;
}

int report_submit(struct fleet *f, const struct report_call *call,
                  struct err *e)
{
	struct report_job *j = xcalloc(1, sizeof(*j));

	j->job.kind = &report_kind;
	j->job.device = index_get(&f->index, call->device).key;
	j->call = *call;
	if (scribe_add(&f->scribe, &j->job, e) != 0) {
		free(j);
		return -1;
	}
	return 0;
}
