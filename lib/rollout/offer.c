#include "config.h"

#include "lib/rollout/offer.h"

#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *code;
	int check; /* of trust.md; 0: none of the twelve */
	bool defers;
	const char *sentence;
} whys[OFFER_N_WHY] = {
	/* clang-format off */
	[OFFER_YES]              = {"yes",              0,  false, "may"},
	[OFFER_NO_STATE]         = {"no_state",         1,  false, "there is no state that can be trusted"},
	[OFFER_NO_RULE]          = {"no_rule",          0,  false, "no rule is for this device"},
	[OFFER_WRONG_REPO]       = {"wrong_repo",       2,  false, "it is of another repository"},
	[OFFER_WRONG_PRODUCT]    = {"wrong_product",    9,  false, "it is for another product"},
	[OFFER_WRONG_CHANNEL]    = {"wrong_channel",    9,  false, "it is for another channel"},
	[OFFER_PLAN_UNVERIFIED]  = {"plan_unverified",  2,  false, "the plan or its release does not verify"},
	[OFFER_WRONG_HARDWARE]   = {"wrong_hardware",   9,  false, "the release does not list this hardware"},
	[OFFER_WRONG_REGION]     = {"wrong_region",     9,  false, "the release does not list this region"},
	[OFFER_OTHER_PLAN]       = {"other_plan",       6,  false, "the open attempt is of another plan"},
	[OFFER_HALTED]           = {"halted",           5,  false, "this cell is halted"},
	[OFFER_HOLD]             = {"hold",             0,  false, "it is on hold"},
	[OFFER_LATCHED]          = {"latched",          5,  false, "this cell was halted, and no higher revision resumes it"},
	[OFFER_EXCLUDED]         = {"excluded",         0,  false, "this device is excluded"},
	[OFFER_STAGE_UNKNOWN]    = {"stage_unknown",    3,  false, "the plan has no such stage"},
	[OFFER_NOT_YET]          = {"not_yet",          3,  false, "the stage has not opened"},
	[OFFER_EXPIRED]          = {"expired",          3,  false, "the plan has expired"},
	[OFFER_OUTSIDE_STAGE]    = {"outside_stage",    3,  false, "the stage does not reach this device"},
	[OFFER_NEEDS_CLOCK]      = {"needs_clock",      3,  false, "a window needs a clock, and this device has none"},
	[OFFER_NOT_NEWER]        = {"not_newer",        4,  false, "what runs is not older"},
	[OFFER_COUNTER_LOW]      = {"counter_low",      4,  false, "the security counter would go back"},
	[OFFER_COUNTER_HIGH]     = {"counter_high",     4,  false, "the security counter is above what the plan allows"},
	[OFFER_CONFIRMED_BEFORE] = {"confirmed_before", 4,  false, "this plan was confirmed here before"},
	[OFFER_BATTERY]          = {"battery",          0,  true,  "the battery is too low"},
	[OFFER_FLASH]            = {"flash",            0,  true,  "there is too little room in flash"},
	[OFFER_CONSENT]          = {"consent",          0,  true,  "the owner has not agreed yet"},
	[OFFER_WINDOW]           = {"window",           0,  true,  "it is outside the release's window"},
	/* clang-format on */
};

const char *offer_why_code(enum offer_why w)
{
	return whys[w].code;
}

int offer_why_check(enum offer_why w)
{
	return whys[w].check;
}

bool offer_why_defers(enum offer_why w)
{
	return whys[w].defers;
}

/* One decision being made: the rule that decides, and what it points at. */
struct decision {
	struct offer *out;
	const struct offer_device *d;
	const struct state_rule *rule;
	const struct plan *plan;
	const struct fw *release;
	bool starts;       /* OFFER_START */
	bool open_attempt; /* of some plan, in OFFER_ACTIVATE */
	const char *attempt_plan;
};

/* Fills the answer: the table's sentence, then what was found. */
__attribute__((format(printf, 3, 4))) static enum offer_why
say(struct offer *out, enum offer_why why, const char *fmt, ...)
{
	size_t n;
	va_list ap;

	out->why = why;
	(void)snprintf(out->text, sizeof(out->text), "%s%s", whys[why].sentence,
	               *fmt != '\0' ? ": " : "");
	n = strlen(out->text);
	va_start(ap, fmt);
	(void)vsnprintf(out->text + n, sizeof(out->text) - n, fmt, ap);
	va_end(ap);
	return why;
}

/* trust.md, Scope: what keeps a device out of a rule. */
enum lack {
	LACK_NOTHING,
	LACK_CELL,    /* another channel, hardware or region */
	LACK_IMAGE,   /* a recall of other images than what runs */
	LACK_VERSION, /* what runs is no version: it satisfies nothing */
	LACK_OLDER,   /* what runs is not older */
	LACK_STONE,   /* what runs is too old: another release comes first */
	LACK_RANGE,   /* what runs is too new for it, though older */
};

static enum lack version_lack(const struct fw *f, const struct offer_device *d)
{
	if (!semver_is_valid(d->running_version))
		return LACK_VERSION;
	if (semver_compare(d->running_version, f->version) >= 0)
		return LACK_OLDER;
	if (!f->has_from)
		return LACK_NOTHING;
	if (semver_compare(d->running_version, f->from_min) < 0)
		return LACK_STONE;
	return semver_compare(d->running_version, f->from_max) > 0
	               ? LACK_RANGE
	               : LACK_NOTHING;
}

static enum lack find_lack(const struct offer_rule *r,
                           const struct offer_device *d)
{
	const struct plan *p = r->plan;

	if (!words_has(&p->channels, d->channel) || !words_has(&p->hw, d->hw) ||
	    !words_has(&p->regions, d->region))
		return LACK_CELL;
	if (p->kind == PLAN_INSTALL)
		return version_lack(r->release, d);
	for (size_t i = 0; i < p->n_from; i++)
		if (strcmp(p->from[i], d->running_sha256) == 0)
			return LACK_NOTHING;
	return LACK_IMAGE;
}

bool offer_has(const struct offer_rule *r, const struct offer_device *d)
{
	return r->plan != NULL && r->release != NULL &&
	       find_lack(r, d) == LACK_NOTHING;
}

void offer_say_scope(char *out, size_t size, const struct offer_rule *r,
                     const struct offer_device *d)
{
	const struct fw *f = r->release;

	if (r->plan == NULL || f == NULL) {
		(void)snprintf(out, size, "does not verify");
		return;
	}
	switch (find_lack(r, d)) {
	case LACK_NOTHING:
		(void)snprintf(out, size, "its scope has the device");
		break;
	case LACK_CELL:
		(void)snprintf(out, size, "is not for %s/%s on %s", d->hw,
		               d->region, d->channel);
		break;
	case LACK_IMAGE:
		(void)snprintf(out, size,
		               "calls back other images than what runs");
		break;
	case LACK_VERSION:
		(void)snprintf(out, size, "what runs is not known");
		break;
	case LACK_OLDER:
		(void)snprintf(out, size, "installs %s, %s runs", f->version,
		               d->running_version);
		break;
	case LACK_STONE:
	case LACK_RANGE:
		(void)snprintf(out, size,
		               "%s is installed over %s to %s only, %s runs",
		               f->version, f->from_min, f->from_max,
		               d->running_version);
		break;
	}
}

/* A rule that does not verify ends the search: whom it was meant for is not
 * known (trust.md, Choice; check 2). */
static enum offer_why verify_rule(struct offer *out,
                                  const struct offer_world *w,
                                  const struct offer_rule *r)
{
	if (r->plan == NULL || r->release == NULL)
		return say(out, OFFER_PLAN_UNVERIFIED, "%s",
		           r->problem != NULL ? r->problem : "no reason given");
	if (strcmp(r->plan->sha256, r->rule->plan_sha256) != 0)
		return say(out, OFFER_PLAN_UNVERIFIED,
		           "plan %s.%" PRId64 " has another sha256 than the "
		           "state names",
		           r->plan->id, r->plan->rev);
	if (strcmp(r->plan->head.repo, w->repo) != 0 ||
	    strcmp(r->release->head.repo, w->repo) != 0)
		return say(out, OFFER_WRONG_REPO,
		           "plan %s.%" PRId64 " of %s, release of %s, pinned "
		           "is %s",
		           r->plan->id, r->plan->rev, r->plan->head.repo,
		           r->release->head.repo, w->repo);
	if (strcmp(r->plan->head.product, w->product) != 0 ||
	    strcmp(r->release->head.product, w->product) != 0)
		return say(out, OFFER_WRONG_PRODUCT,
		           "plan %s.%" PRId64 " for %s, release for %s, "
		           "needed is %s",
		           r->plan->id, r->plan->rev, r->plan->head.product,
		           r->release->head.product, w->product);
	return OFFER_YES;
}

/* The first rules that a version alone keeps the device out of. */
struct passed_over {
	const struct offer_rule *older; /* what runs is not older */
	const struct offer_rule *stone; /* another release comes first */
};

static void say_none(struct offer *out, const struct offer_world *w,
                     const struct offer_device *d, const struct passed_over *p)
{
	const struct offer_rule *o = p->older, *s = p->stone;

	if (o != NULL)
		(void)say(out, OFFER_NOT_NEWER,
		          "runs %s, plan %s.%" PRId64 " installs %s",
		          d->running_version, o->plan->id, o->plan->rev,
		          o->release->version);
	else if (s != NULL)
		(void)say(out, OFFER_NO_RULE,
		          "runs %s, plan %s.%" PRId64 " installs %s over %s to "
		          "%s, and no rule brings it there",
		          d->running_version, s->plan->id, s->plan->rev,
		          s->release->version, s->release->from_min,
		          s->release->from_max);
	else
		(void)say(out, OFFER_NO_RULE,
		          "%zu rules, none for %s/%s running %s", w->n_rules,
		          d->hw, d->region, d->running_version);
}

/* The index of the rule that ends the search: it decides, or *out says why it
 * cannot. -1 with the answer filled when there is none. */
static int choose(struct offer *out, const struct offer_world *w,
                  const struct offer_device *d, struct passed_over *p)
{
	for (size_t i = 0; i < w->n_rules; i++) {
		const struct offer_rule *r = &w->rules[i];
		enum lack lack;

		if (verify_rule(out, w, r) != OFFER_YES)
			return (int)i;
		lack = find_lack(r, d);
		if (lack == LACK_NOTHING)
			return (int)i;
		if (lack == LACK_OLDER && p->older == NULL)
			p->older = r;
		if (lack == LACK_STONE && p->stone == NULL)
			p->stone = r;
	}
	say_none(out, w, d, p);
	return -1;
}

static enum offer_why check_release(struct decision *c)
{
	if (!words_has(&c->release->hw, c->d->hw))
		return say(c->out, OFFER_WRONG_HARDWARE, "%s", c->d->hw);
	if (!fw_allows_region(c->release, c->d->region))
		return say(c->out, OFFER_WRONG_REGION, "%s", c->d->region);
	return OFFER_YES;
}

static enum offer_why check_attempt(struct decision *c)
{
	if (c->open_attempt &&
	    strcmp(c->attempt_plan, c->rule->plan_sha256) != 0)
		return say(c->out, OFFER_OTHER_PLAN,
		           "plan %s.%" PRId64 " decides now", c->plan->id,
		           c->plan->rev);
	return OFFER_YES;
}

static enum offer_why check_halted(struct decision *c)
{
	if (cells_match(c->rule->halted, c->rule->n_halted, c->d->hw,
	                c->d->region))
		return say(c->out, OFFER_HALTED, "%s/%s in plan %s.%" PRId64,
		           c->d->hw, c->d->region, c->plan->id, c->plan->rev);
	return OFFER_YES;
}

/* trust.md: hold stops `start`; an open attempt may still activate. */
static enum offer_why check_hold(struct decision *c)
{
	if (c->rule->hold && !c->open_attempt)
		return say(c->out, OFFER_HOLD, "plan %s.%" PRId64 "%s%s",
		           c->plan->id, c->plan->rev,
		           c->rule->note[0] != '\0' ? ", " : "", c->rule->note);
	return OFFER_YES;
}

/* trust.md check 5. */
static enum offer_why check_latch(struct decision *c)
{
	for (size_t i = 0; i < c->d->n_latches; i++) {
		const struct offer_latch *l = &c->d->latches[i];

		if (strcmp(l->plan_id, c->plan->id) != 0)
			continue;
		if (c->plan->rev > l->rev &&
		    cells_match(c->plan->resumes, c->plan->n_resumes, c->d->hw,
		                c->d->region))
			continue;
		return say(c->out, OFFER_LATCHED,
		           "%s/%s at revision %" PRId64 " of plan %s, this is "
		           "%" PRId64,
		           c->d->hw, c->d->region, l->rev, c->plan->id,
		           c->plan->rev);
	}
	return OFFER_YES;
}

static enum offer_why check_excluded(struct decision *c)
{
	char member[MEMBER_SIZE];

	if (c->rule->n_exclude == 0)
		return OFFER_YES;
	bucket_member(member, c->plan->release_sha256, c->d->id);
	for (size_t i = 0; i < c->rule->n_exclude; i++)
		if (strcmp(c->rule->exclude[i], member) == 0)
			return say(c->out, OFFER_EXCLUDED, "as %s", member);
	return OFFER_YES;
}

static enum offer_why check_stage(struct decision *c)
{
	if (c->rule->stage < 0 || (size_t)c->rule->stage >= c->plan->n_stages)
		return say(c->out, OFFER_STAGE_UNKNOWN,
		           "stage %d, plan %s.%" PRId64 " has %zu",
		           c->rule->stage + 1, c->plan->id, c->plan->rev,
		           c->plan->n_stages);
	/* A device that cannot tell the time cannot keep to a window. */
	if (c->release->has_window && !c->d->has_clock)
		return say(c->out, OFFER_NEEDS_CLOCK, "release %s",
		           c->release->version);
	return OFFER_YES;
}

/* trust.md check 3. Without a clock there is no not_before, and the expiry is
 * judged by the floor, which is then all that now_s is. */
static enum offer_why check_dates(struct decision *c)
{
	const struct plan_stage *s = &c->plan->stages[c->rule->stage];
	char now[RFC3339_SIZE], then[RFC3339_SIZE];

	rfc3339_format(now, c->d->now_s);
	if (c->d->has_clock && c->d->now_s < s->not_before_s) {
		rfc3339_format(then, s->not_before_s);
		return say(c->out, OFFER_NOT_YET, "stage %d at %s, now is %s",
		           c->rule->stage + 1, then, now);
	}
	if (c->d->now_s >= c->plan->expires_s) {
		rfc3339_format(then, c->plan->expires_s);
		return say(c->out, OFFER_EXPIRED, "at %s, now is %s", then,
		           now);
	}
	return OFFER_YES;
}

/* Told with every decision, whatever stops it. Members count as bucket 0. */
static void find_place(struct decision *c)
{
	const struct offer_device *d = c->d;
	struct offer *o = c->out;

	if (!plan_has_member(c->plan, d->id))
		o->bucket = bucket_of(c->plan->release_sha256, d->id);
	if (c->rule->stage < 0 || (size_t)c->rule->stage >= c->plan->n_stages)
		return;
	o->ppm = plan_ppm(c->plan, (size_t)c->rule->stage, d->hw, d->region);
	if (!d->has_clock && c->plan->max_ppm < o->ppm)
		o->ppm = c->plan->max_ppm;
}

static enum offer_why check_bucket(struct decision *c)
{
	const struct offer *o = c->out;

	if ((int64_t)o->bucket >= o->ppm)
		return say(c->out, OFFER_OUTSIDE_STAGE,
		           "bucket %" PRIu32 ", stage %d takes those below "
		           "%" PRId32,
		           o->bucket, c->rule->stage + 1, o->ppm);
	return OFFER_YES;
}

/* trust.md check 4. That the version rises, or that a recall lists what runs,
 * is the plan's scope. */
static enum offer_why check_counter(struct decision *c)
{
	if (c->release->counter < c->d->counter)
		return say(c->out, OFFER_COUNTER_LOW,
		           "release %s has %" PRIu32 ", stored is %" PRIu32,
		           c->release->version, c->release->counter,
		           c->d->counter);
	if (c->release->counter > c->plan->counter_max)
		return say(c->out, OFFER_COUNTER_HIGH,
		           "release %s has %" PRIu32 ", counter_max is "
		           "%" PRIu32,
		           c->release->version, c->release->counter,
		           c->plan->counter_max);
	return OFFER_YES;
}

static enum offer_why check_confirmed(struct decision *c)
{
	for (size_t i = 0; i < c->d->n_confirmed_plans; i++)
		if (strcmp(c->d->confirmed_plans[i], c->plan->sha256) == 0)
			return say(c->out, OFFER_CONFIRMED_BEFORE,
			           "plan %s.%" PRId64, c->plan->id,
			           c->plan->rev);
	return OFFER_YES;
}

static enum offer_why check_supplies(struct decision *c)
{
	const struct offer_device *d = c->d;
	const struct fw *f = c->release;

	if (d->battery_pct >= 0 && d->battery_pct < f->battery_pct)
		return say(c->out, OFFER_BATTERY, "%d %%, %d %% are needed",
		           d->battery_pct, f->battery_pct);
	/* Before activating, the image is in its slot already. */
	if (c->starts && d->flash_free_bytes >= 0 &&
	    d->flash_free_bytes < f->flash_free_bytes)
		return say(c->out, OFFER_FLASH,
		           "%" PRId64 " bytes, %" PRId64 " are needed",
		           d->flash_free_bytes, f->flash_free_bytes);
	if (f->consent == FW_OPT_IN && !d->consent_given)
		return say(c->out, OFFER_CONSENT, "release %s", f->version);
	return OFFER_YES;
}

/* A window that ends at or before its start goes on past midnight; its days
 * are those it begins on. */
static bool in_window(const struct fw *f, int32_t local_s, int weekday)
{
	int yesterday = (weekday + 6) % 7;
	bool today = (f->window_days >> weekday & 1) != 0;
	bool before = (f->window_days >> yesterday & 1) != 0;

	if (f->window_start_s < f->window_end_s)
		return today && local_s >= f->window_start_s &&
		       local_s < f->window_end_s;
	return (today && local_s >= f->window_start_s) ||
	       (before && local_s < f->window_end_s);
}

static enum offer_why check_window(struct decision *c)
{
	const struct fw *f = c->release;

	if (f->has_window && !in_window(f, c->d->local_s, c->d->local_weekday))
		return say(c->out, OFFER_WINDOW,
		           "second %" PRId32 " of day %d, open from %" PRId32
		           " to %" PRId32 " on days %#x",
		           c->d->local_s, c->d->local_weekday,
		           f->window_start_s, f->window_end_s,
		           (unsigned)f->window_days);
	return OFFER_YES;
}

/* The order is part of the answer: what cannot pass by itself stands before
 * what the device may wait for. */
static const struct {
	enum offer_why (*check)(struct decision *c);
	bool needs_device; /* made only where `known` */
} checks[] = {
	/* clang-format off */
	{check_release,   false},
	{check_attempt,   false},
	{check_halted,    false},
	{check_hold,      false},
	{check_latch,     true},
	{check_excluded,  false},
	{check_stage,     false},
	{check_dates,     false},
	{check_bucket,    false},
	{check_counter,   false},
	{check_confirmed, true},
	{check_supplies,  true},
	{check_window,    true},
	/* clang-format on */
};

/* The state's own head against the provisioning record (trust.md check 9). */
static enum offer_why check_world(struct offer *out,
                                  const struct offer_world *w,
                                  const struct offer_device *d)
{
	if (!w->has_state)
		return say(out, OFFER_NO_STATE, "%s/%s", d->product,
		           d->channel);
	if (strcmp(w->product, d->product) != 0)
		return say(out, OFFER_WRONG_PRODUCT,
		           "the state is for %s, this is %s", w->product,
		           d->product);
	if (strcmp(w->channel, d->channel) != 0)
		return say(out, OFFER_WRONG_CHANNEL,
		           "the state is for %s, this is %s", w->channel,
		           d->channel);
	return OFFER_YES;
}

/* A device that is several releases behind is told why it gets an older one
 * than it might expect. */
static void say_yes(struct decision *c, const struct offer_rule *stone)
{
	const char *verb = c->starts ? "start" : "activate";

	if (stone == NULL)
		(void)say(c->out, OFFER_YES, "%s %s with plan %s.%" PRId64,
		          verb, c->release->version, c->plan->id, c->plan->rev);
	else
		(void)say(c->out, OFFER_YES,
		          "%s %s with plan %s.%" PRId64
		          " first: %s is installed over %s to %s only",
		          verb, c->release->version, c->plan->id, c->plan->rev,
		          stone->release->version, stone->release->from_min,
		          stone->release->from_max);
}

void offer_decide(struct offer *out, const struct offer_world *w,
                  const struct offer_device *d, enum offer_step step,
                  const char *plan_sha256)
{
	struct decision c = {
		.out = out,
		.d = d,
		.starts = step == OFFER_START,
		.open_attempt = step == OFFER_ACTIVATE && plan_sha256 != NULL,
		.attempt_plan = plan_sha256,
	};
	struct passed_over p = {0};

	*out = (struct offer){.rule = -1};
	if (check_world(out, w, d) != OFFER_YES)
		return;
	out->rule = choose(out, w, d, &p);
	if (out->why != OFFER_YES)
		return;
	c.rule = w->rules[out->rule].rule;
	c.plan = w->rules[out->rule].plan;
	c.release = w->rules[out->rule].release;
	find_place(&c);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if ((d->known || !checks[i].needs_device) &&
		    checks[i].check(&c) != OFFER_YES)
			return;
	say_yes(&c, p.stone);
}
