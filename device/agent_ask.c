/*
 * Talking to the server: enrol, refresh and decide, check in. What the server
 * answers can only hold the device back, never move it (trust.md check 6).
 */
#include "config.h"

#include "device/agent_internal.h"
#include "device/poll.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *token_of(const struct agent *a)
{
	return a->p->device_token != NULL ? a->p->device_token : a->s->token;
}

static int post(struct net_reply *r, struct agent *a, const char *path,
                const char *bearer, const struct buf *body, struct err *e)
{
	SCOPED(free)
	char *url = xasprintf("%s%s", a->p->server, path);
	struct net_request q = {.method = "POST",
	                        .url = url,
	                        .bearer = bearer,
	                        .body = buf_str(body),
	                        .body_len = body->len,
	                        .max_bytes = WIRE_BODY_MAX};

	return net_ask(&a->host.net, r, &q, e);
}

/* Nothing came of it; why stands in the event. */
static int no_answer(struct agent *a, const struct err *why,
                     int64_t retry_after_s, struct err *e)
{
	agent_event(a, "unreachable", "%s", why->msg);
	return agent_back_off(a, retry_after_s, e);
}

static int refused_status(struct agent *a, const char *what,
                          const struct net_reply *r, struct err *e)
{
	struct err why = {0};

	(void)err_code(&why, ERR_UNREACHABLE, "", "%s: status %d: %.200s", what,
	               r->status, buf_str(&r->body));
	return no_answer(a, &why, r->retry_after_s, e);
}

int agent_enrol(struct agent *a, struct err *e)
{
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(WIRE_BODY_MAX);
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct err why = {0};

	if (a->p->batch_token == NULL) {
		(void)err_code(&why, ERR_INVALID, "no_token",
		               "neither a device token nor a batch token");
		agent_fault(a, &why);
		return agent_back_off(a, -1, e);
	}
	/* The key is on the disk before anybody hears of it: one that a power
	 * cut took would leave the device unable to sign for ever. */
	if (identity_renew(&k, a->key_path, a->p, a->host.rng, e) != 0 ||
	    wire_enrol_body(&body, a->p, identity_public(k), e) != 0)
		return -1;
	if (post(&r, a, "/v1/enrol", NULL, &body, &why) != 0)
		return no_answer(a, &why, -1, e);
	if (r.status != 200 && r.status != 201)
		return refused_status(a, "enrol", &r, e);
	if (wire_enrol_answer(a->s->token, buf_str(&r.body), r.body.len,
	                      &why) != 0)
		return no_answer(a, &why, -1, e);
	a->s->failures = 0;
	agent_event(a, "enrolled", "%s", a->p->id);
	a->step = AGENT_BEGIN;
	return agent_save(a, e);
}

/* A refusal or a deferral without an open attempt is told once. */
static int tell_once(struct agent *a, enum report_step step, const char *code,
                     struct err *e)
{
	struct device_state *s = a->s;
	int rule = a->offer.rule;
	const char *plan =
		rule >= 0 ? a->world->state.rules[rule].plan_sha256 : "";

	if (strcmp(s->told_plan, plan) == 0 && strcmp(s->told_code, code) == 0)
		return 0;
	(void)snprintf(s->told_plan, sizeof(s->told_plan), "%s", plan);
	(void)snprintf(s->told_code, sizeof(s->told_code), "%s", code);
	/* The report is about the offer, not about an attempt: there is none.
	 */
	(void)snprintf(s->attempt.plan_sha256, sizeof(s->attempt.plan_sha256),
	               "%s", plan);
	if (rule >= 0 && a->world->plans[rule] != NULL)
		(void)snprintf(s->attempt.sha256, sizeof(s->attempt.sha256),
		               "%s", a->world->plans[rule]->release_sha256);
	return agent_close(a, step, code, e);
}

/* The offer is no: what is to be told, and what becomes of an attempt. */
static int decline(struct agent *a, struct err *e)
{
	const struct err *problem = decide_problem(a->world, &a->offer);
	const char *code =
		problem != NULL ? problem->code : offer_why_code(a->offer.why);
	enum report_step step = offer_why_defers(a->offer.why) ? REPORT_DEFERRED
	                                                       : REPORT_REFUSED;

	agent_event(a, "not_now", "%s (%s)", a->offer.text,
	            offer_why_code(a->offer.why));
	if (problem != NULL) {
		agent_refuse(a, problem);
	} else if (decide_is_refusal(a->offer.why)) {
		struct err why = {0};

		(void)err_code(&why, ERR_UNTRUSTED, code, "%s", a->offer.text);
		agent_refuse(a, &why);
	}
	if (a->s->attempt.phase != ATTEMPT_NONE)
		return agent_close(a, step, code, e);
	if (problem != NULL || offer_why_defers(a->offer.why) ||
	    decide_is_refusal(a->offer.why))
		return tell_once(a, step, code, e);
	return 0;
}

/* With fresh metadata: what to ask for. */
static int decide(struct agent *a, struct err *e)
{
	enum attempt_phase phase = a->s->attempt.phase;
	struct device_facts facts;

	agent_facts(a, &facts);
	decide_offer(&a->offer, a->world, a->s, a->p, &facts, agent_utc_s(a),
	             phase == ATTEMPT_NONE ? OFFER_START : OFFER_ACTIVATE,
	             phase == ATTEMPT_NONE ? NULL : a->s->attempt.plan_sha256);
	a->want = WIRE_NOTHING;
	if (a->offer.why != OFFER_YES) {
		if (decline(a, e) != 0)
			return -1;
		if (a->checked_in)
			return agent_finish(a, e);
		a->step = AGENT_CHECKIN;
		return 0;
	}
	if (phase == ATTEMPT_NONE && !agent_has_tried(a))
		a->want = WIRE_START;
	else if (phase == ATTEMPT_INSTALLED)
		a->want = WIRE_ACTIVATE;
	a->step = AGENT_CHECKIN;
	return 0;
}

int agent_refresh(struct agent *a, struct err *e)
{
	struct err why = {0};

	world_free(a->world);
	a->world = NULL;
	a->offer = (struct offer){.rule = -1};
	if (decide_refresh(&a->world, a->s, a->p, &a->origin, agent_utc_s(a),
	                   &why) == 0) {
		a->refreshed = true;
		a->refused = (struct err){0};
		agent_event(a, "refreshed", "timestamp %lld",
		            (long long)a->world->timestamp_version);
		/* Latches before anything is done about them. */
		return agent_save(a, e) != 0 ? -1 : decide(a, e);
	}
	a->refresh_failed = true;
	a->want = WIRE_NOTHING;
	if (why.kind == ERR_UNREACHABLE || why.kind == ERR_BUSY)
		agent_event(a, "unreachable", "%s", why.msg);
	else
		agent_refuse(a, &why);
	if (a->checked_in)
		return agent_back_off(a, a->origin.retry_after_s, e);
	a->step = AGENT_CHECKIN;
	return 0;
}

/* A fault is told once, a refusal as long as it stands. */
static const char *alarm_of(const struct agent *a)
{
	if (a->fault.kind != ERR_NONE)
		return a->fault.code;
	return a->refused.kind != ERR_NONE ? a->refused.code : NULL;
}

static int checkin_body(struct buf *out, char nonce[WIRE_NONCE_SIZE],
                        struct agent *a, struct err *e)
{
	const struct state_slot *running = &a->s->slots[state_running(a->s)];
	const struct state_attempt *t = &a->s->attempt;
	struct device_facts facts;
	uint8_t random[16];
	struct wire_checkin c = {
		.root = a->world != NULL ? a->world->root_version
	                                 : origin_root_version(&a->origin),
		.timestamp = a->world != NULL ? a->world->timestamp_version : 0,
		.running_sha256 = running->sha256,
		.running_version = running->version,
		.running_counter = a->s->counter,
		.want = a->want,
		.attempt = t->number,
		.alarm = alarm_of(a),
	};

	agent_facts(a, &facts);
	c.battery_pct = facts.battery_pct;
	if (t->phase != ATTEMPT_NONE)
		c.plan = t->plan_sha256;
	else if (a->want == WIRE_START)
		c.plan = a->world->plans[a->offer.rule]->sha256;
	rng_fill(a->host.rng, random, sizeof(random));
	hex_encode(c.nonce, random, sizeof(random));
	memcpy(nonce, c.nonce, WIRE_NONCE_SIZE);
	return wire_checkin_body(out, &c, e);
}

/* Check 12: awake for long enough without an answer, and a plan that says so
 * in its last stage. The whole refresh of this poll stands for the grant. */
static bool may_act_alone(const struct agent *a)
{
	const struct plan *p;
	int stage;

	if (!a->refreshed || a->want == WIRE_NOTHING || !a->p->has_clock)
		return false;
	p = a->world->plans[a->offer.rule];
	stage = a->world->state.rules[a->offer.rule].stage;
	return p->offline_after_s >= 0 && stage >= 0 &&
	       (size_t)stage + 1 == p->n_stages &&
	       a->s->offline_ms >= p->offline_after_s * 1000 &&
	       !state_has_sha256((const state_sha256 *)a->s->failed,
	                         a->s->n_failed, p->sha256);
}

static int act_alone(struct agent *a, struct err *e)
{
	agent_event(a, "alone", "%lld s without an answer",
	            (long long)(a->s->offline_ms / 1000));
	if (a->want == WIRE_START)
		return agent_start(a, 0, e);
	/* From here on no gate counts it. */
	a->s->attempt.number = 0;
	return agent_activate(a, e);
}

/* An interrupted download goes on where the whole decision was made again and
 * still is yes. */
static bool may_go_on(const struct agent *a)
{
	return a->s->attempt.phase == ATTEMPT_DOWNLOADING && a->refreshed &&
	       a->offer.why == OFFER_YES;
}

static int go_on(struct agent *a)
{
	a->interrupted = false;
	a->step = AGENT_DOWNLOAD;
	return 0;
}

static int checkin_failed(struct agent *a, const struct err *why,
                          int64_t retry_after_s, struct err *e)
{
	int64_t now = agent_mono_ms(a);

	agent_event(a, "unreachable", "%s", why->msg);
	/* Awake so long, and no answer (check 12). */
	a->s->offline_ms += now - a->awake_ms;
	a->awake_ms = now;
	a->unsaved = true;
	if (may_act_alone(a))
		return act_alone(a, e);
	/* A download is under way already, and the decision still stands. */
	if (may_go_on(a))
		return go_on(a);
	return agent_back_off(a, retry_after_s, e);
}

/* Two answers say that asking again is useless. Both only hold back. */
static int denied(struct agent *a, const struct wire_answer *ans,
                  const char *plan, struct err *e)
{
	agent_event(a, "not_granted", "%s: %s", ans->why_code, ans->why_text);
	if (a->want == WIRE_START &&
	    strcmp(ans->why_code, "tried_before") == 0) {
		(void)snprintf(a->tried_plan, sizeof(a->tried_plan), "%s",
		               plan);
		a->tried_ms = agent_mono_ms(a);
	}
	if (a->want == WIRE_ACTIVATE &&
	    strcmp(ans->why_code, "unknown_attempt") == 0 &&
	    agent_close(a, REPORT_REFUSED, "unknown_attempt", e) != 0)
		return -1;
	return agent_finish(a, e);
}

/* What the answer allows, ANDed with our own decision. */
static int act(struct agent *a, const struct wire_answer *ans, int64_t asked_ms,
               struct err *e)
{
	const char *plan = a->want == WIRE_START
	                           ? a->world->plans[a->offer.rule]->sha256
	                           : a->s->attempt.plan_sha256;

	if (!wire_grant_matches(ans, a->want, plan, a->s->attempt.number))
		return denied(a, ans, plan, e);
	/* Begun within within_s of the answer, or asked again; the answer
	 * cannot be older than the question. */
	if (agent_mono_ms(a) - asked_ms > ans->grant.within_s * 1000) {
		agent_event(a, "not_granted", "the grant came too late");
		return agent_finish(a, e);
	}
	agent_event(a, "granted", "attempt %lld",
	            (long long)ans->grant.attempt);
	return a->want == WIRE_START ? agent_start(a, ans->grant.attempt, e)
	                             : agent_activate(a, e);
}

/* Check 6: the server has something newer than what was decided on. What it
 * says is a hint to look, and is never stored. */
static bool is_behind(const struct agent *a, const struct wire_answer *ans)
{
	return a->world == NULL || ans->root > a->world->root_version ||
	       ans->timestamp > a->world->timestamp_version;
}

/* What every answer changes. */
static int note_answer(struct agent *a, const struct wire_answer *ans,
                       struct err *e)
{
	struct device_state *s = a->s;
	int64_t wait_s = poll_clamp(ans->poll_after_s, a->p->poll_min_s);

	a->unsaved = a->unsaved || s->offline_ms != 0 || s->failures != 0 ||
	             s->poll_after_s != wait_s;
	a->checked_in = true;
	a->fault = (struct err){0}; /* this check-in told it */
	a->polls++;
	a->awake_ms = agent_mono_ms(a);
	s->offline_ms = 0;
	s->failures = 0;
	s->poll_after_s = wait_s;
	(void)snprintf(a->why_code, sizeof(a->why_code), "%s", ans->why_code);
	(void)snprintf(a->why_text, sizeof(a->why_text), "%s", ans->why_text);
	if (outbox_follow(a->outbox, ans->seq, e) != 0)
		return -1;
	/* Numbered anew: what is stored must not raise it again. */
	a->unsaved = a->unsaved || outbox_seq(a->outbox) < s->report_seq;
	return 0;
}

static int answered(struct agent *a, const struct wire_answer *ans,
                    int64_t asked_ms, struct err *e)
{
	if (note_answer(a, ans, e) != 0)
		return -1;
	if (is_behind(a, ans)) {
		if (a->asks < AGENT_ASKS_MAX && !a->refresh_failed) {
			a->asks++;
			a->step = AGENT_REFRESH;
			return 0;
		}
		agent_event(a, "not_granted",
		            "the server has newer metadata than verifies");
		return agent_finish(a, e);
	}
	if (a->want != WIRE_NOTHING)
		return act(a, ans, asked_ms, e);
	return may_go_on(a) ? go_on(a) : agent_finish(a, e);
}

int agent_checkin(struct agent *a, struct err *e)
{
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(WIRE_BODY_MAX);
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	char nonce[WIRE_NONCE_SIZE];
	int64_t asked_ms = agent_mono_ms(a);
	struct wire_answer ans;
	struct err why = {0};

	if (checkin_body(&body, nonce, a, e) != 0)
		return -1;
	if (post(&r, a, "/v1/checkin", token_of(a), &body, &why) != 0)
		return checkin_failed(a, &why, -1, e);
	if (r.status != 200) {
		(void)err_set(&why, ERR_UNREACHABLE,
		              "check-in: status %d: %.200s", r.status,
		              buf_str(&r.body));
		return checkin_failed(a, &why, r.retry_after_s, e);
	}
	if (wire_checkin_answer(&ans, nonce, buf_str(&r.body), r.body.len,
	                        &why) != 0)
		return checkin_failed(a, &why, -1, e);
	return answered(a, &ans, asked_ms, e);
}
