#include "config.h"

#include "server/fleet/holds.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/fleet/sign.h"
#include "server/fleet/written.h"
#include "server/store/holds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After what could not be stored or signed. Milliseconds. */
#define RETRY_MS 5000

/* What is not yet in the database, the log and the signed state. */
struct change_of_holds {
	struct rollout *rollout;
	struct hold *began;
	size_t n_began;
	bool *stays; /* by r->holds.items */
	size_t n_ended;
	bool run; /* what is signed says otherwise */
};

static void change_fini(struct change_of_holds *c)
{
	free(c->began);
	free(c->stays);
}
DEFINE_SCOPED_PLACE(change_fini, struct change_of_holds)

/* Where nothing starts anyway there is nothing to hold. */
static bool is_held_at_all(const struct rollout *r)
{
	enum rollout_state s = engine_state(r->engine);

	return s == ROLLOUT_RUNNING || s == ROLLOUT_PAUSED;
}

static struct rollout_hold *known(const struct rollout *r, const char *hw,
                                  const char *region)
{
	for (size_t i = 0; i < r->holds.len; i++)
		if (strcmp(r->holds.items[i].hw, hw) == 0 &&
		    strcmp(r->holds.items[i].region, region) == 0)
			return &r->holds.items[i];
	return NULL;
}

/* The signed state lets devices go on and should not, or the reverse. While
 * the pre-signed set is out, all of it says hold, and nothing follows. */
static bool run_differs(struct fleet *f, const struct rollout *r)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	const struct plan *p = &r->plan->plan;
	const struct state_file *s;

	if (v == NULL || f->held || !rollout_is_listed(r, fleet_now_s(f)))
		return false;
	s = online_state(view_online(v), r->product, p->channels.w[0]);
	for (size_t i = 0; s != NULL && i < s->doc.n_rules; i++)
		if (strcmp(s->doc.rules[i].plan_sha256, r->plan->sha256) == 0)
			return s->doc.rules[i].hold != rollout_on_hold(r);
	return false;
}

static void look(struct change_of_holds *c, struct fleet *f, struct rollout *r)
{
	size_t n = is_held_at_all(r) ? engine_n_holds(r->engine) : 0;

	*c = (struct change_of_holds){.rollout = r};
	c->began = xcalloc(n, sizeof(*c->began));
	c->stays = xcalloc(r->holds.len, sizeof(*c->stays));
	c->n_ended = r->holds.len;
	for (size_t k = 0; k < n; k++) {
		struct hold h;
		const struct rollout_hold *was;

		engine_hold_at(r->engine, k, &h);
		was = known(r, h.hw, h.region);
		if (was == NULL) {
			c->began[c->n_began++] = h;
			continue;
		}
		c->stays[was - r->holds.items] = true;
		c->n_ended--;
	}
	c->run = run_differs(f, r);
}

static int write_began(struct fleet *f, const struct rollout *r,
                       const struct hold *h, struct err *e)
{
	SCOPED(buf_fini)
	struct buf detail = BUF_INIT(4096);
	struct hold_row row = {.rollout = r->key,
	                       .since_ms = fleet_now_ms(f),
	                       .text = h->text};
	struct deed deed = {.actor = "engine",
	                    .action = "rollout.hold",
	                    .object = r->plan->path,
	                    .reason = h->text,
	                    .request_id = ""};
	struct jw w;

	jw_init(&w, &detail);
	show_put_hold(&w, h, row.since_ms);
	deed.detail = buf_str(&detail);
	word_set(row.hw, h->hw);
	word_set(row.region, h->region);
	return holds_add(f->store, &row, e) != 0 ? -1 : sign_audit(f, &deed, e);
}

static int write_ended(struct fleet *f, const struct rollout *r,
                       const struct rollout_hold *h, struct err *e)
{
	SCOPED(buf_fini)
	struct buf detail = BUF_INIT(1024);
	char reason[160], where[CELL_TEXT_SIZE];
	struct deed deed = {.actor = "engine",
	                    .action = "rollout.lift",
	                    .object = r->plan->path,
	                    .reason = reason,
	                    .request_id = ""};
	struct jw w;

	(void)snprintf(reason, sizeof(reason), "%s: on hold no more",
	               cell_text(where, h->hw, h->region));
	jw_init(&w, &detail);
	jw_object(&w);
	jw_put_str(&w, "hw", h->hw);
	jw_put_str(&w, "region", h->region);
	show_when(&w, "since", h->since_ms);
	jw_end_object(&w);
	deed.detail = buf_str(&detail);
	if (holds_end(f->store, r->key, h->hw, h->region, fleet_now_ms(f), e) !=
	    0)
		return -1;
	return sign_audit(f, &deed, e);
}

static int write_change(struct fleet *f, void *ctx, struct err *e)
{
	const struct change_of_holds *c = ctx;
	const struct rollout *r = c->rollout;

	for (size_t i = 0; i < c->n_began; i++)
		if (write_began(f, r, &c->began[i], e) != 0)
			return -1;
	for (size_t i = 0; i < r->holds.len; i++)
		if (!c->stays[i] &&
		    write_ended(f, r, &r->holds.items[i], e) != 0)
			return -1;
	return 0;
}

/* A hold denies grants already; so it is signed like what goes on: sign,
 * commit, swap. */
static int sign(struct fleet *f, struct change_of_holds *c, struct err *e)
{
	bool holds = rollout_on_hold(c->rollout);
	struct change s = {
		.deed = {.actor = "engine",
	                 .action = "rollout.run",
	                 .object = c->rollout->plan->path,
	                 .reason = holds ? "all that is not halted is on hold"
	                                 : "something is free of holds again",
	                 .request_id = "",
	                 .detail = holds ? "{\"run\":\"hold\"}"
	                                 : "{\"run\":\"go\"}"},
		.cause = PUBLISHED_ROLLOUT,
		.write = write_change,
		.ctx = c,
	};

	return sign_change(f, &s, e);
}

static int store(struct fleet *f, struct change_of_holds *c, struct err *e)
{
	if (store_begin(f->store, e) != 0)
		goto failed;
	if (write_change(f, c, e) == 0 && store_commit(f->store, e) == 0) {
		fleet_note_success(f);
		return 0;
	}
	store_rollback(f->store);
failed:
	fleet_note_failure(f, e);
	return -1;
}

/* What other threads may ask. */
static void recount(struct fleet *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->live.len; i++)
		n += f->live.items[i]->holds.len;
	f->holds = n;
}

static void remember(struct fleet *f, const struct change_of_holds *c)
{
	struct rollout *r = c->rollout;
	size_t kept = 0;

	for (size_t i = 0; i < r->holds.len; i++) {
		struct rollout_hold *h = &r->holds.items[i];
		char where[CELL_TEXT_SIZE];

		if (c->stays[i])
			r->holds.items[kept++] = *h;
		else
			log_info("the hold of %s is lifted: %s",
			         cell_text(where, h->hw, h->region),
			         r->plan->path);
	}
	r->holds.len = kept;
	for (size_t i = 0; i < c->n_began; i++) {
		struct rollout_hold h = {.since_ms = fleet_now_ms(f)};

		word_set(h.hw, c->began[i].hw);
		word_set(h.region, c->began[i].region);
		VEC_GROW(&r->holds);
		r->holds.items[r->holds.len++] = h;
		log_warn("hold: %s: %s", r->plan->path, c->began[i].text);
	}
	recount(f);
}

void holds_follow(struct fleet *f, struct rollout *r)
{
	SCOPED(change_fini)
	struct change_of_holds c = {0};
	int64_t mono = clock_mono_ms(f->clock);
	struct err e = {0};

	if (engine_state(r->engine) != ROLLOUT_SUPERSEDED &&
	    engine_tick(r->engine, fleet_now_ms(f)))
		r->holds_changed = true;
	if (!is_held_at_all(r) && r->holds.len > 0)
		r->holds_changed = true;
	if (!r->holds_changed || mono < r->holds_due_ms)
		return;
	look(&c, f, r);
	if (c.n_began + c.n_ended > 0 || c.run) {
		if ((c.run ? sign(f, &c, &e) : store(f, &c, &e)) != 0) {
			log_warn("%s: a hold that began or ended is not "
			         "stored or signed yet: %s",
			         r->plan->path, e.msg);
			r->holds_due_ms = mono + RETRY_MS;
			return;
		}
		remember(f, &c);
	}
	r->holds_changed = false;
}

static int load(void *ctx, const struct hold_row *row, struct err *e)
{
	struct fleet *f = ctx;
	struct rollout *r = live_by_key(&f->live, row->rollout);
	struct rollout_hold h = {.since_ms = row->since_ms};

	(void)e;
	if (r == NULL)
		return 0; /* its plan is not published any more */
	word_set(h.hw, row->hw);
	word_set(h.region, row->region);
	VEC_GROW(&r->holds);
	r->holds.items[r->holds.len++] = h;
	return 0;
}

int holds_load(struct fleet *f, struct err *e)
{
	for (size_t i = 0; i < f->live.len; i++) {
		struct rollout *r = f->live.items[i];

		if (engine_state(r->engine) != ROLLOUT_SUPERSEDED)
			(void)engine_tick(r->engine, fleet_now_ms(f));
		r->holds_changed = true;
	}
	if (holds_each(f->store, load, f, e) != 0)
		return -1;
	recount(f);
	return 0;
}
