#include "config.h"

#include "tests/support/days.h"

#include "lib/base/mem.h"
#include "lib/tuf/trust.h"
#include "server/fleet/renew.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
/* A clock is set wrong by up to this, which is what a day of life less a
 * third of it survives with hours to spare. */
#define OFF_MAX_MS (10 * HOUR_MS)

struct kept {
	char name[TUF_ROLE_MAX + 32]; /* a role, or a file of one version */
	char *bytes;
	size_t len;
};

struct run {
	const struct days_plan *plan;
	struct days *out;
	struct server *s;
	struct rng_seeded rng;
	struct rollout *rollout;
	int64_t off_ms;     /* the wall clock less the true time */
	int64_t mend_ms;    /* true time of an operator's look; 0: none */
	int64_t correct_ms; /* true time a believed wrong clock is set right */
	int64_t keys_ms;    /* true time the keys are found again; 0: here */
	struct {
		struct kept *items;
		size_t len, cap;
	} store, seen;
};

static int64_t true_ms(const struct run *r)
{
	return FIXTURE_T0_S * 1000 + r->s->clock.mono;
}

static void gap(const struct run *r, const char *what, const char *why)
{
	ck_abort_msg("seed %" PRIu64 ", day %.3f (clock off by %" PRId64
	             " s): %s: %s",
	             r->plan->seed,
	             (double)r->s->clock.mono / (24.0 * (double)HOUR_MS),
	             r->off_ms / 1000, what, why);
}

/* True once in so many minutes. */
static bool once_in(struct run *r, int64_t minutes)
{
	return rng_below(&r->rng.rng, (uint64_t)minutes) <
	       (uint64_t)r->plan->step_min;
}

static int64_t between(struct run *r, int64_t min, int64_t max)
{
	return min + (int64_t)rng_below(&r->rng.rng, (uint64_t)(max - min + 1));
}

/* ---- The client ---- */

static struct kept *find(struct kept *items, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}

static int load(void *ctx, const char *role, struct buf *out, struct err *e)
{
	struct run *r = ctx;
	const struct kept *k = find(r->store.items, r->store.len, role);

	if (k == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: not stored", role);
	buf_add(out, k->bytes, k->len);
	return 0;
}

/* One name has one content for ever, but for the timestamp's. */
static void look_twice(struct run *r, const struct file *f)
{
	struct kept *k;

	if (strcmp(f->role, "timestamp") == 0)
		return;
	k = find(r->seen.items, r->seen.len, f->name);
	if (k == NULL) {
		VEC_GROW(&r->seen);
		k = &r->seen.items[r->seen.len++];
		*k = (struct kept){.bytes = xstrdup(f->sha256)};
		(void)snprintf(k->name, sizeof(k->name), "%s", f->name);
	} else if (strcmp(k->bytes, f->sha256) != 0) {
		gap(r, f->name, "has other bytes than before");
	}
}

static int fetch(void *ctx, const char *path, size_t max_bytes, struct buf *out,
                 struct err *e)
{
	struct run *r = ctx;
	SCOPED(view_put)
	struct view *v = view_get(&r->s->fleet->view);
	const struct file *f = view_metadata(v, path);

	if (f == NULL || f->len > max_bytes)
		return err_set(e, ERR_NOT_FOUND, "%s: not there", path);
	look_twice(r, f);
	buf_add(out, f->bytes, f->len);
	return 0;
}

static int save(void *ctx, const char *role, const void *bytes, size_t len,
                struct err *e)
{
	struct run *r = ctx;
	struct kept *k = find(r->store.items, r->store.len, role);

	(void)e;
	if (k == NULL) {
		VEC_GROW(&r->store);
		k = &r->store.items[r->store.len++];
		*k = (struct kept){0};
		(void)snprintf(k->name, sizeof(k->name), "%s", role);
	}
	r->out->versions += strcmp(role, "timestamp") == 0;
	free(k->bytes);
	k->bytes = xmalloc(len);
	memcpy(k->bytes, bytes, len);
	k->len = len;
	return 0;
}

static void note_left(struct run *r, int64_t expires_s)
{
	int64_t left = expires_s - true_ms(r) / 1000;

	if (left < r->out->least_left_s)
		r->out->least_left_s = left;
}

static void refresh(struct run *r)
{
	SCOPED(view_put)
	struct view *v = view_get(&r->s->fleet->view);
	const struct file *root = view_set(v)->roots[0];
	struct trust_io io = {
		.load = load, .fetch = fetch, .save = save, .ctx = r};
	struct err e = {0};
	SCOPED(trust_free)
	struct trust *t =
		trust_new(root->bytes, root->len, true_ms(r) / 1000, NULL, &e);

	if (t == NULL || trust_refresh(t, &io, &e) != 0 ||
	    trust_load_role(t, &io, "rollout.band", &e) != 0)
		gap(r, "a refresh", e.msg);
	r->out->refreshes++;
	note_left(r, trust_timestamp(t)->expires_s);
	note_left(r, trust_snapshot(t)->expires_s);
	note_left(r, trust_targets(t, "rollout.band")->expires_s);
}

/* ---- What happens to the server ---- */

static void set_clock(struct run *r, int64_t off_ms)
{
	clock_manual_jump(&r->s->clock, true_ms(r) + off_ms);
	r->off_ms = off_ms;
	r->out->jumps++;
}

/* Somebody looks some minutes after. */
static void call_operator(struct run *r)
{
	r->mend_ms = true_ms(r) + between(r, 10, 60) * MINUTE_MS;
}

static void jump(struct run *r)
{
	int64_t off = between(r, 6 * MINUTE_MS, OFF_MAX_MS);

	set_clock(r, rng_below(&r->rng.rng, 2) == 0 ? off : -off);
	call_operator(r);
}

/* Either the clock is set right, or it is believed and set right a day later:
 * which is a jump of its own. */
static void mend(struct run *r)
{
	struct deed deed = server_deed("clock.confirm");
	struct err e = {0};

	r->mend_ms = 0;
	if (r->off_ms != 0 && rng_below(&r->rng.rng, 2) == 0)
		set_clock(r, 0);
	scribe_turn(&r->s->fleet->scribe);
	if (renew_confirm_clock(r->s->fleet, &deed, &e) == 0)
		r->out->confirmations++;
	else if (strcmp(e.code, "clock_fine") != 0)
		gap(r, "a confirmation", e.msg);
	if (r->off_ms != 0)
		r->correct_ms = true_ms(r) + 24 * HOUR_MS;
}

static void crash(struct run *r)
{
	SCOPED(free)
	char *old = xasprintf("rm -rf '%s'", r->s->data_dir);

	server_crash(r->s);
	if (system(old) != 0)
		gap(r, "a crash", old);
	r->out->crashes++;
}

/* A phase change: three signatures of their own. */
static void change(struct run *r)
{
	struct deed deed = server_deed("rollout.pause");
	struct rollout *o = r->s->fleet->live.items[0];
	struct err e = {0};
	int result = engine_state(o->engine) == ROLLOUT_PAUSED
	                     ? operate_resume(r->s->fleet, o, &deed, &e)
	                     : operate_pause(r->s->fleet, o, &deed, &e);

	if (result == 0)
		r->out->changes++;
	else if (strcmp(e.code, "clock_jump") != 0 &&
	         strcmp(e.code, "no_online_key") != 0)
		gap(r, "a pause", e.msg);
}

/* A start that finds no key, and some hours later one that does. */
static void lose_keys(struct run *r)
{
	r->s->config.online_keys = test_path("no-keys");
	server_restart(r->s);
	for (size_t i = 0; i < server_n_rules(r->s); i++)
		if (!server_rule(r->s, i)->hold)
			gap(r, "a start without keys", "something goes on");
	r->keys_ms = true_ms(r) + between(r, 10, 300) * MINUTE_MS;
	r->out->keyless++;
}

static void find_keys(struct run *r)
{
	r->s->config.online_keys = test_path("keys");
	server_restart(r->s);
	r->keys_ms = 0;
}

static void happen(struct run *r)
{
	int64_t now = true_ms(r);

	if (r->keys_ms != 0 && now >= r->keys_ms)
		find_keys(r);
	if (r->keys_ms == 0 && r->mend_ms == 0 && once_in(r, 5 * 1440))
		lose_keys(r);

	if (r->mend_ms != 0 && now >= r->mend_ms)
		mend(r);
	if (r->correct_ms != 0 && now >= r->correct_ms && r->mend_ms == 0) {
		r->correct_ms = 0;
		set_clock(r, 0);
		call_operator(r);
	}
	if (r->off_ms == 0 && r->mend_ms == 0 && once_in(r, 48 * 60))
		jump(r);
	if (once_in(r, 30 * 60))
		crash(r);
	if (once_in(r, 120 * 60)) {
		server_restart(r->s);
		r->out->restarts++;
	}
	/* A start with a clock behind the last signing waits for somebody. */
	if (r->mend_ms == 0 && (r->s->fleet->trouble & TROUBLE_CLOCK) != 0)
		call_operator(r);
	if (once_in(r, 20 * 60))
		change(r);
}

static struct server *begin(void)
{
	struct server *s = server_new();
	struct err e;

	s->config.witness_file = test_path("witness");
	server_restart(s);
	tuf_repo_role(s->repo, "plans.band")->expires_s += 90 * FIXTURE_DAY_S;
	/* Its first stage waits for somebody: it is never completed. */
	server_plan(&s->plan, 2);
	s->plan.gate.promote_by_hand = true;
	ASSERT_OK(server_publish_first(s, &e));
	(void)server_start(s);
	return s;
}

/* Nothing stays for the next run of this test. */
static void end(struct run *r)
{
	SCOPED(free)
	char *remove = xasprintf("rm -rf '%s' '%s' '%s'", r->s->data_dir,
	                         test_path("keys"), test_path("witness"));

	server_free(r->s);
	if (system(remove) != 0)
		ck_abort_msg("%s", remove);
	for (size_t i = 0; i < r->store.len; i++)
		free(r->store.items[i].bytes);
	for (size_t i = 0; i < r->seen.len; i++)
		free(r->seen.items[i].bytes);
	free(r->store.items);
	free(r->seen.items);
}

void days_run(struct days *out, const struct days_plan *plan)
{
	struct run r = {.plan = plan, .out = out};
	int64_t steps = (int64_t)plan->days * 1440 / plan->step_min;

	*out = (struct days){.least_left_s = INT64_MAX};
	rng_seeded_init(&r.rng, plan->seed);
	r.s = begin();
	for (int64_t i = 0; i < steps; i++) {
		server_tick(r.s, plan->step_min * MINUTE_MS);
		happen(&r);
		refresh(&r);
	}
	end(&r);
}
