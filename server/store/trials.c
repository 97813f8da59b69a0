#include "config.h"

#include "server/store/trials.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>
#include <stdio.h>

enum { LAST, ENROL, RAISE, UPDATE, TOLD, EACH, TRIED };

#define SELECT                                                             \
	"SELECT rollout, device, attempt, control, cell, counted, step, "  \
	"granted_ms, step_ms, stood_still_ms, poll_after_s, image, code, " \
	"retry "                                                           \
	"FROM trials "

static const struct ask_sql sql[] = {
	[LAST] = {"trials.last",
                  "SELECT last_attempt FROM devices WHERE key = $1"},
	/* A void trial takes its new place at the end of the order. */
	[ENROL] = {"trials.enrol",
                   "INSERT INTO trials (rollout, device, attempt, control, "
                   "cell, counted, step, granted_ms, step_ms, stood_still_ms, "
                   "poll_after_s, image, code, retry) VALUES ($1, $2, $3, $4, "
                   "$5, $6, $7, $8, $9, $10, $11, $12, $13, $15) "
                   "ON CONFLICT (rollout, device, retry) DO UPDATE SET "
                   "number = (SELECT max(number) + 1 FROM trials), "
                   "attempt = excluded.attempt, control = excluded.control, "
                   "cell = excluded.cell, counted = excluded.counted, "
                   "step = excluded.step, granted_ms = excluded.granted_ms, "
                   "step_ms = excluded.step_ms, "
                   "stood_still_ms = excluded.stood_still_ms, "
                   "poll_after_s = excluded.poll_after_s, "
                   "image = excluded.image, code = excluded.code "
                   "WHERE trials.step = $14"},
	[RAISE] = {"trials.raise",
                   "UPDATE devices SET last_attempt = $2 WHERE key = $1"},
	[UPDATE] = {"trials.update",
                    "UPDATE trials SET step = $3, step_ms = $4, "
                    "stood_still_ms = $5, poll_after_s = $6, image = $7, "
                    "code = $8 WHERE rollout = $1 AND device = $2 "
                    "AND retry = $9"},
	[TOLD] = {"trials.told", "UPDATE trials SET poll_after_s = $3 "
                                 "WHERE device = $1 AND attempt = $2"},
	[EACH] = {"trials.each", SELECT "WHERE rollout = $1 ORDER BY number"},
	[TRIED] = {"trials.tried",
                   "SELECT DISTINCT t.device FROM plans p "
                   "JOIN rollouts r ON r.plan = p.key "
                   "JOIN trials t ON t.rollout = r.key "
                   "WHERE p.product = $1 AND p.id = $2 AND r.epoch < $3 "
                   "AND t.control = 0 AND t.step BETWEEN $4 AND $5 "
                   "ORDER BY t.device"},
};
const struct ask_table trials_table = ASK_TABLE(sql);

static void bind_pair(struct db_stmt *q, const struct trial_row *t)
{
	db_bind_i64(q, 1, t->rollout);
	db_bind_i64(q, 2, t->trial.device);
}

/* No number comes twice, not even after its row is gone. */
static int check_attempt(struct store *s, const struct trial *t, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TRIALS, LAST);
	char name[24];
	int64_t last;

	(void)snprintf(name, sizeof(name), "#%" PRId64, t->device);
	db_bind_i64(q, 1, t->device);
	if (ask_first(q, "device", name, e) != 0)
		return -1;
	last = db_col_i64(q, 0);
	db_done(q);
	if (t->attempt <= last)
		return err_code(e, ERR_CONFLICT, "attempt_reused",
		                "device %s: attempt %" PRId64
		                " is not above %" PRId64 ", its last",
		                name, t->attempt, last);
	return 0;
}

static int enrol(struct store *s, const struct trial_row *t, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TRIALS, ENROL);

	bind_pair(q, t);
	if (!t->control)
		db_bind_i64(q, 3, t->trial.attempt);
	db_bind_i64(q, 4, t->control);
	db_bind_i64(q, 5, t->trial.cell);
	db_bind_i64(q, 6, t->trial.counted);
	db_bind_i64(q, 7, t->trial.step);
	db_bind_i64(q, 8, t->trial.granted_ms);
	db_bind_i64(q, 9, t->trial.step_ms);
	db_bind_i64(q, 10, t->stood_still_ms);
	db_bind_i64(q, 11, t->poll_after_s);
	ask_bind_sha256(q, 12, t->image);
	db_bind_text(q, 13, t->code);
	db_bind_i64(q, 14, TRIAL_VOID);
	db_bind_i64(q, 15, t->trial.retry);
	if (db_run(q, e) != 0)
		return -1;
	if (db_changed(s->db) == 0)
		return err_set(e, ERR_CONFLICT,
		               "device #%" PRId64
		               ": is a trial of rollout #%" PRId64 " already",
		               t->trial.device, t->rollout);
	return 0;
}

/* What may be refused comes first, so that a refusal changes nothing. */
int trials_enrol(struct store *s, const struct trial_row *t, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TRIALS, RAISE);

	if (!db_in_transaction(s->db))
		return err_set(e, ERR_INTERNAL,
		               "trials: enrolment needs a transaction");
	if (t->control)
		return enrol(s, t, e);
	if (check_attempt(s, &t->trial, e) != 0 || enrol(s, t, e) != 0)
		return -1;
	db_bind_i64(q, 1, t->trial.device);
	db_bind_i64(q, 2, t->trial.attempt);
	return db_run(q, e);
}

int trials_update(struct store *s, const struct trial_row *t, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TRIALS, UPDATE);

	bind_pair(q, t);
	db_bind_i64(q, 3, t->trial.step);
	db_bind_i64(q, 4, t->trial.step_ms);
	db_bind_i64(q, 5, t->stood_still_ms);
	db_bind_i64(q, 6, t->poll_after_s);
	ask_bind_sha256(q, 7, t->image);
	db_bind_text(q, 8, t->code);
	db_bind_i64(q, 9, t->trial.retry);
	return ask_change_key(s, q, "trial of device", t->trial.device, e);
}

int trials_told(struct store *s, int64_t device, int64_t attempt,
                int64_t poll_after_s, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TRIALS, TOLD);

	db_bind_i64(q, 1, device);
	db_bind_i64(q, 2, attempt);
	db_bind_i64(q, 3, poll_after_s);
	return ask_change_key(s, q, "trial of device", device, e);
}

/* In the order of SELECT. */
static void read_row(struct trial_row *out, struct db_stmt *q)
{
	struct trial *t = &out->trial;

	*out = (struct trial_row){0};
	out->rollout = db_col_i64(q, 0);
	t->device = db_col_i64(q, 1);
	t->attempt = db_col_i64(q, 2);
	out->control = db_col_i64(q, 3) != 0;
	t->cell = (int)db_col_i64(q, 4);
	t->counted = db_col_i64(q, 5) != 0;
	t->step = (enum trial_step)db_col_i64(q, 6);
	t->granted_ms = db_col_i64(q, 7);
	t->step_ms = db_col_i64(q, 8);
	out->stood_still_ms = db_col_i64(q, 9);
	out->poll_after_s = t->poll_after_s = db_col_i64(q, 10);
	ask_col_sha256(out->image, q, 11);
	ask_col_text(out->code, sizeof(out->code), q, 12);
	t->retry = (int)db_col_i64(q, 13);
}

static int each(struct db_stmt *q, int64_t key, trials_fn *fn, void *ctx,
                struct err *e)
{
	struct trial_row t;
	int got;

	db_bind_i64(q, 1, key);
	while ((got = db_step(q, e)) == 1) {
		read_row(&t, q);
		if (fn(ctx, &t, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int trials_each(struct store *s, int64_t rollout, trials_fn *fn, void *ctx,
                struct err *e)
{
	return each(ask(s, NOUN_TRIALS, EACH), rollout, fn, ctx, e);
}

int trials_tried(struct store *s, const char *product, const char *id,
                 int64_t epoch, trials_device_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_TRIALS, TRIED);
	int got;

	db_bind_text(q, 1, product);
	db_bind_text(q, 2, id);
	db_bind_i64(q, 3, epoch);
	db_bind_i64(q, 4, TRIAL_ACTIVATED);
	db_bind_i64(q, 5, TRIAL_SILENT);
	while ((got = db_step(q, e)) == 1)
		fn(ctx, db_col_i64(q, 0));
	return got;
}
