#include "config.h"

#include "device/decide.h"

#include "device/check.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

/* The three roles a product has, in the order they are needed. */
static const char *const product_roles[] = {"releases.", "plans.", "rollout."};
static const char *const top_roles[] = {"timestamp", "snapshot", "targets"};

static int load_roles(struct trust *t, const struct trust_io *io,
                      const char *product, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(product_roles); i++) {
		char role[TUF_ROLE_MAX];

		check_role_name(role, product_roles[i], product);
		if (trust_load_role(t, io, role, e) != 0)
			return -1;
	}
	return 0;
}

/* Check 8 for all of them: first every look, then every change, so that a
 * refusal leaves the marks as they were. */
static int look_at_marks(struct device_state *s, const struct trust *t,
                         const char *product, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(top_roles); i++)
		if (check_marks_look(s, t, top_roles[i], e) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(product_roles); i++) {
		char role[TUF_ROLE_MAX];

		check_role_name(role, product_roles[i], product);
		if (check_marks_look(s, t, role, e) != 0)
			return -1;
	}
	return 0;
}

static void keep_marks(struct device_state *s, const struct trust *t,
                       const char *product)
{
	for (size_t i = 0; i < ARRAY_LEN(top_roles); i++)
		check_marks_keep(s, t, top_roles[i]);
	for (size_t i = 0; i < ARRAY_LEN(product_roles); i++) {
		char role[TUF_ROLE_MAX];

		check_role_name(role, product_roles[i], product);
		check_marks_keep(s, t, role);
	}
}

/* The newest `built` a role's releases have. */
static int64_t newest_built(const struct trust *t, const char *role)
{
	const struct tuf_targets *targets = trust_targets(t, role);
	SCOPED(free)
	struct fw *f = xcalloc(1, sizeof(*f));
	int64_t newest = INT64_MIN;

	for (size_t i = 0; targets != NULL && i < targets->n_targets; i++) {
		const struct tuf_target *e = &targets->targets[i];

		if (strncmp(e->path, "fw/", 3) == 0 &&
		    fw_parse(f, e->path, e->custom, NULL) == 0 &&
		    f->built_s > newest)
			newest = f->built_s;
	}
	return newest;
}

/* One whole refresh at the time the device relies on now. */
static struct trust *refresh_once(struct device_state *s,
                                  const struct provision *p, struct origin *o,
                                  int64_t utc_s, bool *floor_dropped,
                                  struct err *e)
{
	struct trust_io io = origin_io(o);
	struct trust *t =
		origin_trust(o, check_time(s, p->has_clock, utc_s), e);
	int result;

	*floor_dropped = false;
	if (t == NULL)
		return NULL;
	result = trust_refresh(t, &io, e);
	/* Also after a refusal: the root may be new and the rest expired
	 * only because a wrong clock once raised the floor. */
	*floor_dropped = check_floor_drop(s, t);
	if (result == 0 && check_repo(t, p->repo, e) == 0 &&
	    load_roles(t, &io, p->product, e) == 0)
		return t;
	trust_free(t);
	return NULL;
}

static struct trust *refresh(struct device_state *s, const struct provision *p,
                             struct origin *o, int64_t utc_s, struct err *e)
{
	bool dropped, again;
	struct trust *t = refresh_once(s, p, o, utc_s, &dropped, e);

	return t == NULL && dropped ? refresh_once(s, p, o, utc_s, &again, e)
	                            : t;
}

static int look_at_bins(struct device_state *s, const struct trust *t,
                        const struct world *w, struct err *e)
{
	for (size_t i = 0; i < w->n_bins; i++)
		if (check_marks_look(s, t, w->bins[i], e) != 0)
			return -1;
	return 0;
}

/* The refresh is whole and verified: now it is remembered. */
static void remember(struct device_state *s, const struct trust *t,
                     const struct world *w, const struct provision *p,
                     int64_t utc_s)
{
	char role[TUF_ROLE_MAX];
	int64_t built_s;

	keep_marks(s, t, p->product);
	check_role_name(role, "releases.", p->product);
	built_s = newest_built(t, role);
	for (size_t i = 0; i < w->n_bins; i++) {
		int64_t in_bin = newest_built(t, w->bins[i]);

		check_marks_keep(s, t, w->bins[i]);
		built_s = in_bin > built_s ? in_bin : built_s;
	}
	check_floor_raise(s, p->has_clock, utc_s, built_s);
	for (size_t i = 0; w->has_state && i < w->state.n_rules; i++)
		check_latch(s, &w->state.rules[i], w->plans[i], p->hw,
		            p->region);
	check_role_name(role, "plans.", p->product);
	check_latch_prune(s, trust_targets(t, role), p->product);
}

int decide_refresh(struct world **out, struct device_state *s,
                   const struct provision *p, struct origin *o, int64_t utc_s,
                   struct err *e)
{
	SCOPED(trust_free)
	struct trust *t = refresh(s, p, o, utc_s, e);
	SCOPED(world_free)
	struct world *w = NULL;

	if (t == NULL || look_at_marks(s, t, p->product, e) != 0)
		return -1;
	w = world_load(t, o, p, e);
	if (w == NULL || look_at_bins(s, t, w, e) != 0)
		return -1;
	remember(s, t, w, p, utc_s);
	*out = MOVE(w);
	return 0;
}

/* Every plan of the state with this id is at or above the revision that
 * lifted the latch. */
static bool is_lifted(const struct world *w, const struct state_latch *l)
{
	if (l->lifted_rev == 0)
		return false;
	for (size_t i = 0; i < w->offer.n_rules; i++) {
		const struct plan *p = w->plans[i];

		if (p != NULL && strcmp(p->id, l->plan_id) == 0 &&
		    p->rev < l->lifted_rev)
			return false;
	}
	return true;
}

static size_t latches_of(struct offer_latch *out, const struct world *w,
                         const struct device_state *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_latches; i++) {
		const struct state_latch *l = &s->latches[i];

		if (is_lifted(w, l))
			continue;
		(void)snprintf(out[n].plan_id, sizeof(out[n].plan_id), "%s",
		               l->plan_id);
		out[n++].rev = l->rev;
	}
	return n;
}

static void local_time(struct offer_device *d, int64_t now_s, int64_t offset_s)
{
	int64_t local = now_s + offset_s, days = local / DAY_S;

	if (local % DAY_S < 0)
		days--;
	d->local_s = (int32_t)(local - days * DAY_S);
	/* 1970-01-01 was a Thursday. */
	d->local_weekday = (int)(((days + 3) % 7 + 7) % 7);
}

void decide_offer(struct offer *out, const struct world *w,
                  const struct device_state *s, const struct provision *p,
                  const struct device_facts *facts, int64_t utc_s,
                  enum offer_step step, const char *plan_sha256)
{
	const struct state_slot *running = &s->slots[state_running(s)];
	SCOPED(free)
	struct offer_latch *latches = xcalloc(s->n_latches, sizeof(*latches));
	struct offer_device d = {
		.product = p->product,
		.hw = p->hw,
		.region = p->region,
		.channel = p->channel,
		.id = p->id,
		.has_clock = p->has_clock,
		.running_sha256 = running->sha256,
		.running_version = running->version,
		.counter = s->counter,
		.now_s = check_time(s, p->has_clock, utc_s),
		.known = true,
		.latches = latches,
		.n_latches = latches_of(latches, w, s),
		.confirmed_plans = (const state_sha256 *)s->confirmed,
		.n_confirmed_plans = s->n_confirmed,
		.battery_pct = facts->battery_pct,
		.flash_free_bytes = facts->flash_free_bytes,
		.consent_given = facts->consent_given,
	};

	local_time(&d, d.now_s, p->utc_offset_s);
	offer_decide(out, &w->offer, &d, step, plan_sha256);
	/* The slot is what it is, whatever the manifest asks for. */
	if (out->why == OFFER_YES && p->slot_bytes >= 0 &&
	    w->plans[out->rule]->release_length > p->slot_bytes) {
		out->why = OFFER_FLASH;
		(void)snprintf(out->text, sizeof(out->text),
		               "the image has %lld bytes, a slot %lld",
		               (long long)w->plans[out->rule]->release_length,
		               (long long)p->slot_bytes);
	}
}

const struct err *decide_problem(const struct world *w, const struct offer *o)
{
	if (o->why == OFFER_NO_STATE && w->problem.kind != ERR_NONE)
		return &w->problem;
	if (o->why == OFFER_PLAN_UNVERIFIED && o->rule >= 0 &&
	    w->problems[o->rule].kind != ERR_NONE)
		return &w->problems[o->rule];
	return NULL;
}

bool decide_is_refusal(enum offer_why why)
{
	switch (why) {
	case OFFER_WRONG_REPO:
	case OFFER_WRONG_PRODUCT:
	case OFFER_WRONG_CHANNEL:
	case OFFER_PLAN_UNVERIFIED:
	case OFFER_WRONG_HARDWARE:
	case OFFER_WRONG_REGION:
	case OFFER_LATCHED:
	case OFFER_STAGE_UNKNOWN:
	case OFFER_NEEDS_CLOCK:
	case OFFER_COUNTER_LOW:
	case OFFER_COUNTER_HIGH:
	case OFFER_CONFIRMED_BEFORE: return true;
	case OFFER_YES:
	case OFFER_NO_STATE:
	case OFFER_NO_RULE:
	case OFFER_OTHER_PLAN:
	case OFFER_HOLD:
	case OFFER_HALTED:
	case OFFER_EXCLUDED:
	case OFFER_NOT_YET:
	case OFFER_EXPIRED:
	case OFFER_OUTSIDE_STAGE:
	case OFFER_NOT_NEWER:
	case OFFER_BATTERY:
	case OFFER_FLASH:
	case OFFER_CONSENT:
	case OFFER_WINDOW:
	case OFFER_N_WHY: return false;
	}
	return false;
}
