#include "config.h"

#include "server/store/rollouts.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>
#include <stdio.h>

enum { ADD, SET_STAGE, SET_STATE, SET_PROMOTE, EACH };

#define SELECT                                                                 \
	"SELECT r.key, r.plan, p.product, p.id, p.rev, p.path, p.sha256, "     \
	"r.state, r.stage, r.stage_since_ms, r.began_ms, r.ended_ms, "         \
	"r.created_by, r.promote_to, r.epoch FROM rollouts r JOIN plans p ON " \
	"p.key = "                                                             \
	"r.plan "

static const struct ask_sql sql[] = {
	[ADD] = {"rollouts.add",
                 "INSERT INTO rollouts (plan, state, stage, stage_since_ms, "
                 "began_ms, ended_ms, created_by, epoch) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING key"},
	[SET_STAGE] = {"rollouts.set_stage",
                       "UPDATE rollouts SET stage = $2, stage_since_ms = $3 "
                       "WHERE key = $1"},
	[SET_STATE] = {"rollouts.set_state",
                       "UPDATE rollouts SET state = $2, ended_ms = $3 "
                       "WHERE key = $1"},
	[SET_PROMOTE] = {"rollouts.set_promote",
                         "UPDATE rollouts SET promote_to = $2 WHERE key = $1"},
	[EACH] = {"rollouts.each", SELECT "ORDER BY r.key"},
};
const struct ask_table rollouts_table = ASK_TABLE(sql);

/* In the order of SELECT. */
static void read_row(struct rollout_row *out, struct db_stmt *q)
{
	*out = (struct rollout_row){0};
	out->key = db_col_i64(q, 0);
	out->plan = db_col_i64(q, 1);
	ask_col_text(out->product, sizeof(out->product), q, 2);
	ask_col_text(out->plan_id, sizeof(out->plan_id), q, 3);
	out->plan_rev = db_col_i64(q, 4);
	ask_col_text(out->plan_path, sizeof(out->plan_path), q, 5);
	ask_col_sha256(out->plan_sha256, q, 6);
	out->state = (enum rollout_state)db_col_i64(q, 7);
	out->stage = (int)db_col_i64(q, 8);
	out->stage_since_ms = db_col_i64(q, 9);
	out->began_ms = db_col_i64(q, 10);
	out->ended_ms = db_col_i64(q, 11);
	ask_col_text(out->created_by, sizeof(out->created_by), q, 12);
	out->promote_to = (int)db_col_i64(q, 13);
	out->epoch = db_col_i64(q, 14);
}

int rollouts_add(int64_t *out, struct store *s, const struct rollout_row *r,
                 struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_ROLLOUTS, ADD);

	db_bind_i64(q, 1, r->plan);
	db_bind_i64(q, 2, r->state);
	db_bind_i64(q, 3, r->stage);
	db_bind_i64(q, 4, r->stage_since_ms);
	db_bind_i64(q, 5, r->began_ms);
	ask_bind_when(q, 6, r->ended_ms);
	db_bind_text(q, 7, r->created_by);
	db_bind_i64(q, 8, r->epoch);
	return ask_insert(out, q, e);
}

int rollouts_set_stage(struct store *s, int64_t key, int stage,
                       int64_t since_ms, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_ROLLOUTS, SET_STAGE);

	db_bind_i64(q, 1, key);
	db_bind_i64(q, 2, stage);
	db_bind_i64(q, 3, since_ms);
	return ask_change_key(s, q, "rollout", key, e);
}

int rollouts_set_state(struct store *s, int64_t key, enum rollout_state state,
                       int64_t ended_ms, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_ROLLOUTS, SET_STATE);

	db_bind_i64(q, 1, key);
	db_bind_i64(q, 2, state);
	ask_bind_when(q, 3, ended_ms);
	return ask_change_key(s, q, "rollout", key, e);
}

int rollouts_set_promote(struct store *s, int64_t key, int to_stage,
                         struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_ROLLOUTS, SET_PROMOTE);

	db_bind_i64(q, 1, key);
	db_bind_i64(q, 2, to_stage);
	return ask_change_key(s, q, "rollout", key, e);
}

static int each(struct db_stmt *q, rollouts_fn *fn, void *ctx, struct err *e)
{
	struct rollout_row r;
	int got;

	while ((got = db_step(q, e)) == 1) {
		read_row(&r, q);
		if (fn(ctx, &r, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int rollouts_each(struct store *s, rollouts_fn *fn, void *ctx, struct err *e)
{
	return each(ask(s, NOUN_ROLLOUTS, EACH), fn, ctx, e);
}
