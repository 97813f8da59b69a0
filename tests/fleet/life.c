#include "config.h"

#include "tests/fleet/life.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a meter says before and after the charger was found. */
#define BATTERY_LOW 12
#define BATTERY_FULL 96
/* A power cut comes within so many steps of an attempt, and lasts so long. */
#define KILL_STEPS 9
#define DARK_MS 400

/* ---- The body ---- */

static const struct harm *harm_of(const struct life *l, enum harm_kind kind,
                                  const char *image_sha256)
{
	const struct options *o = l->options;
	const struct profile *p = &l->profile;

	for (size_t i = 0; i < o->n_harms; i++)
		if (o->harms[i].kind == kind &&
		    harm_hits(&o->harms[i], image_sha256, p->hw, p->region,
		              p->seed))
			return &o->harms[i];
	return NULL;
}

/* Once for an image: who comes back stays. */
static void go_dark(struct life *l, const struct harm *h)
{
	if (strcmp(l->dark_for, h->sha256) == 0)
		return;
	memcpy(l->dark_for, h->sha256, sizeof(l->dark_for));
	l->dark_until_ms = h->dark_s == 0 ? INT64_MAX
	                                  : clock_mono_ms(&clock_system) +
	                                            h->dark_s * 1000;
}

static bool boots(void *ctx, const char *image_sha256)
{
	struct life *l = ctx;
	const struct harm *dark = harm_of(l, HARM_DARK, image_sha256);

	if (dark != NULL)
		go_dark(l, dark);
	if (harm_of(l, HARM_FAILS, image_sha256) == NULL)
		return true;
	l->seen.exposed = true;
	return l->profile.fault != FAULT_BOOT;
}

static enum agent_health health(void *ctx, const char *image_sha256)
{
	const struct life *l = ctx;

	return harm_of(l, HARM_FAILS, image_sha256) != NULL ? AGENT_SICK
	                                                    : AGENT_HEALTHY;
}

static void facts(void *ctx, struct device_facts *out)
{
	const struct life *l = ctx;

	if (l->profile.has_low_battery)
		out->battery_pct = l->is_charged ? BATTERY_FULL : BATTERY_LOW;
}

/* The attempt is over, either way: the battery paid for it. */
static void ended(struct life *l, int64_t *count)
{
	(*count)++;
	l->is_charged = false;
}

static void event(void *ctx, const char *what, const char *text)
{
	struct life *l = ctx;

	if (strcmp(what, "confirmed") == 0)
		ended(l, &l->seen.confirmed);
	else if (strcmp(what, "reverted") == 0)
		ended(l, &l->seen.reverted);
	else if (strcmp(what, "failed") == 0)
		l->seen.failed++;
	else if (strcmp(what, "deferred") == 0)
		l->seen.deferred++;
	if (l->event != NULL)
		l->event(l->event_ctx, &l->profile, what, text);
}

/* ---- Power ---- */

int life_init(struct life *l, const struct options *o, size_t number,
              struct net_door door, struct err *e)
{
	struct provision *p = &l->provision;

	*l = (struct life){.options = o};
	profile_make(&l->profile, o, number);
	rng_seeded_init(&l->rng, l->profile.seed);
	l->dir = xasprintf("%s/%s", o->state, l->profile.id);
	(void)snprintf(p->id, sizeof(p->id), "%s", l->profile.id);
	(void)snprintf(p->label, sizeof(p->label), "fleet-%04zu", number);
	(void)snprintf(p->product, sizeof(p->product), "%s", o->product);
	(void)snprintf(p->repo, sizeof(p->repo), "%s", o->repo);
	word_set(p->hw, l->profile.hw);
	word_set(p->region, l->profile.region);
	word_set(p->channel, l->profile.channel);
	p->root = o->root;
	p->server = o->server;
	p->batch_token = o->batch_token;
	p->has_clock = true;
	p->poll_min_s = o->poll_min_s;
	p->slot_bytes = -1;
	p->image = o->image;
	l->host = (struct agent_host){.clock = &clock_system,
	                              .rng = &l->rng.rng,
	                              .net = door,
	                              .boot = {boots, l},
	                              .facts = facts,
	                              .health = health,
	                              .event = event,
	                              .ctx = l,
	                              .download_chunk_bytes = o->chunk_bytes};
	/* Not all at once, as no real fleet does. */
	l->due_ms = clock_mono_ms(&clock_system) +
	            (int64_t)number * o->poll_min_s * 1000 / o->devices;
	return fs_mkdir(l->dir, 0700, e);
}

void life_fini(struct life *l)
{
	agent_free(l->agent);
	free(l->dir);
	*l = (struct life){0};
}

static void look(struct life *l)
{
	struct life_seen *s = &l->seen;
	struct agent_view v;

	agent_look(&v, l->agent);
	(void)snprintf(s->running_sha256, sizeof(s->running_sha256), "%s",
	               v.running_sha256);
	(void)snprintf(s->running_version, sizeof(s->running_version), "%s",
	               v.running_version);
	s->enrolled = v.enrolled;
	s->pending = (int64_t)v.reports_pending;
	s->acknowledged = l->before.acknowledged + v.reports_acknowledged;
	s->bytes_verified = l->before.bytes_verified + v.bytes_verified;
	s->polls = l->before.polls + v.polls;
	s->is_idle = agent_is_waiting(l->agent) && s->pending == 0 &&
	             v.phase == ATTEMPT_NONE;
	/* An alarm stands for a while: count each once. */
	if (v.alarm[0] != '\0' && strcmp(v.alarm, s->alarm) != 0)
		s->alarms++;
	(void)snprintf(s->alarm, sizeof(s->alarm), "%s", v.alarm);
	if (v.alarm[0] != '\0')
		(void)snprintf(s->problem, sizeof(s->problem), "%s", v.problem);
}

static void power_off(struct life *l)
{
	agent_free(l->agent);
	l->agent = NULL;
	l->before = l->seen;
	l->due_ms = clock_mono_ms(&clock_system) + DARK_MS;
}

static int power_on(struct life *l, struct err *e)
{
	if (agent_open(&l->agent, &l->provision, l->dir, &l->host, e) != 0) {
		err_context(e, "device %s", l->profile.id);
		return -1;
	}
	l->due_ms = clock_mono_ms(&clock_system);
	return 0;
}

/* ---- What befalls it ---- */

/* The charger is found one poll after the battery was in the way. */
static void charge(struct life *l)
{
	struct agent_view v;

	agent_look(&v, l->agent);
	if (v.offer.why != OFFER_BATTERY) {
		l->is_in_the_way = false;
	} else if (!l->is_in_the_way) {
		l->is_in_the_way = true;
		l->polls_then = v.polls;
	} else if (v.polls > l->polls_then) {
		l->is_charged = true;
	}
}

/* Once in each attempt, anywhere in it. */
static bool is_struck(struct life *l)
{
	struct agent_view v;
	bool has_attempt;

	agent_look(&v, l->agent);
	has_attempt = v.phase != ATTEMPT_NONE;
	if (has_attempt && !l->had_attempt)
		l->steps_to_kill =
			1 + (int64_t)rng_below(&l->rng.rng, KILL_STEPS);
	l->had_attempt = has_attempt;
	return has_attempt && l->steps_to_kill > 0 && --l->steps_to_kill == 0;
}

/* Nothing of it is heard, whatever it does: it does nothing. */
static bool is_dark(struct life *l)
{
	l->seen.is_dark = l->dark_until_ms > clock_mono_ms(&clock_system);
	if (l->seen.is_dark)
		l->due_ms = l->dark_until_ms;
	return l->seen.is_dark;
}

int life_step(struct life *l, struct err *e)
{
	struct err why = {0};

	if (is_dark(l))
		return 0;
	if (l->agent == NULL) {
		if (power_on(l, e) != 0)
			return -1;
		look(l);
		return 0;
	}
	charge(l);
	if (agent_poll(l->agent, &l->due_ms, &why) != 0) {
		event(l, "store_failed", why.msg);
		look(l);
		power_off(l);
		return 0;
	}
	look(l);
	if (l->profile.is_killed && is_struck(l)) {
		l->seen.killed++;
		event(l, "killed", "");
		power_off(l);
	}
	return 0;
}

const char *life_slot(const struct life *l)
{
	struct agent_view v;

	agent_look(&v, l->agent);
	return v.active_path;
}

int life_hash_slot(char sha256[SHA256_HEX_SIZE], const struct life *l,
                   struct err *e)
{
	int64_t length;

	return hash_file(sha256, &length, life_slot(l), e);
}
