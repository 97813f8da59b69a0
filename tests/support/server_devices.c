#include "config.h"

#include "tests/support/server_devices.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "server/fleet/quarantine.h"
#include "server/store/batches.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t server_batch(struct server *s, const char *id, const char *token,
                     int64_t quota)
{
	struct batch_row b = {
		.product = FIXTURE_PRODUCT,
		.hw = "[\"*\"]",
		.regions = "[\"eu\",\"us\"]",
		.channels = "[\"production\"]",
		.quota = quota,
		.expires_ms = (FIXTURE_T0_S * 1000) + 30 * FIXTURE_DAY_S * 1000,
		.created_by = "alice",
		.created_ms = (FIXTURE_T0_S * 1000),
	};
	struct err e = {0};
	int64_t key;

	(void)snprintf(b.id, sizeof(b.id), "%s", id);
	hash_sha256(b.token_hash, token, strlen(token));
	server_must(batches_add(&key, s->fleet->store, &b, &e), &e);
	enrol_batches_changed(s->fleet);
	return key;
}

struct wire_enrol server_enrolment(int n)
{
	struct wire_enrol in = {
		.batch_token = SERVER_BATCH_TOKEN,
		.product = FIXTURE_PRODUCT,
		.hw = "a7",
		.channel = "production",
	};
	struct rng_seeded rng;

	rng_seeded_init(&rng, (uint64_t)n + 1000);
	rng_fill(&rng.rng, in.id, sizeof(in.id));
	(void)snprintf(in.region, sizeof(in.region), "%s",
	               n % 2 == 0 ? "eu" : "us");
	return in;
}

static void take_token(void *ctx, const char *token, const struct err *e)
{
	struct server *s = ctx;

	s->last = NULL;
	s->token[0] = '\0';
	if (e != NULL) {
		s->err = *e;
		s->last = &s->err;
	} else {
		(void)snprintf(s->token, sizeof(s->token), "%s", token);
	}
}

int server_enrol_as(struct server *s, const struct wire_enrol *in)
{
	struct enrol_call call = {.in = *in, .answer = take_token, .ctx = s};

	s->err = (struct err){0};
	if (enrol_submit(s->fleet, &call, &s->err) != 0)
		return -1;
	scribe_turn(&s->fleet->scribe);
	return s->last == NULL ? 0 : -1;
}

static void enrol_one(struct server *s)
{
	struct server_device *d = &s->devices[s->n_devices];
	struct wire_enrol in = server_enrolment((int)s->n_devices);
	struct device_rec r;
	struct wire_answer a;

	*d = (struct server_device){.running = FIXTURE_RUNNING,
	                            .version = "2.0.0"};
	server_must(server_enrol_as(s, &in), &s->err);
	memcpy(d->id, in.id, sizeof(d->id));
	memcpy(d->token, s->token, sizeof(d->token));
	hex_encode(d->hex, d->id, sizeof(d->id));
	if (!index_by_id(&s->fleet->index, d->id, &d->index, &r))
		abort();
	s->n_devices++;
	server_must(server_checkin(s, s->n_devices - 1, WANT_NOTHING, &a),
	            &s->err);
}

void server_enrol(struct server *s, size_t n)
{
	if (s->n_devices == 0)
		(void)server_batch(s, "all", SERVER_BATCH_TOKEN, 100000);
	s->devices = xreallocarray(s->devices, s->n_devices + n,
	                           sizeof(*s->devices));
	for (size_t i = 0; i < n; i++)
		enrol_one(s);
}

struct wire_checkin server_body(const struct server *s, size_t device,
                                enum wire_want want)
{
	const struct server_device *d = &s->devices[device];
	struct view *v = view_get(&s->fleet->view);
	struct wire_checkin in = {.v = 1,
	                          .nonce = "n",
	                          .root = 1,
	                          .want = want,
	                          .counter = 3,
	                          .battery_pct = -1,
	                          .attempt = d->attempt};

	if (v != NULL) {
		in.root = view_set(v)->root.version;
		in.ts = view_online(v)->timestamp_version;
	}
	view_put(v);
	(void)snprintf(in.running_sha256, sizeof(in.running_sha256), "%s",
	               d->running);
	(void)snprintf(in.running_version, sizeof(in.running_version), "%s",
	               d->version);
	if (want != WANT_NOTHING)
		memcpy(in.plan, s->plan.sha256, sizeof(in.plan));
	return in;
}

struct checkin_catch {
	struct server *s;
	struct wire_answer *a;
};

static void take_answer(void *ctx, const struct wire_answer *a,
                        const struct err *e)
{
	struct checkin_catch *c = ctx;

	c->s->last = NULL;
	if (e != NULL) {
		c->s->err = *e;
		c->s->last = &c->s->err;
	} else {
		*c->a = *a;
	}
}

int server_ask(struct server *s, size_t device, const struct wire_checkin *in,
               struct wire_answer *a)
{
	struct server_device *d = &s->devices[device];
	struct checkin_catch c = {s, a};
	struct checkin_call call = {.device = d->index,
	                            .in = *in,
	                            .answer = take_answer,
	                            .ctx = &c};
	struct err e = {0};

	*a = (struct wire_answer){0};
	s->last = NULL;
	if (!checkin_idle(s->fleet, &call, a)) {
		server_must(checkin_submit(s->fleet, &call, &e), &e);
		scribe_turn(&s->fleet->scribe);
	}
	if (s->last != NULL)
		return -1;
	if (a->granted) {
		d->attempt = a->attempt;
		memcpy(d->plan, a->plan, sizeof(d->plan));
	}
	return 0;
}

int server_checkin(struct server *s, size_t device, enum wire_want want,
                   struct wire_answer *a)
{
	struct wire_checkin in = server_body(s, device, want);

	return server_ask(s, device, &in, a);
}

struct report_catch {
	struct server *s;
	struct report_answer *a;
};

static void take_report(void *ctx, const struct report_answer *a,
                        const struct err *e)
{
	struct report_catch *c = ctx;

	c->s->last = NULL;
	if (e != NULL) {
		c->s->err = *e;
		c->s->last = &c->s->err;
	} else {
		*c->a = *a;
	}
}

struct wire_report server_report_body(struct server *s, size_t device,
                                      enum wire_step step)
{
	struct server_device *d = &s->devices[device];
	struct wire_report in = {.n_items = 1};
	struct wire_item *item = &in.items[0];

	memcpy(in.id, d->id, sizeof(in.id));
	item->seq = ++d->seq;
	item->attempt = d->attempt;
	memcpy(item->plan, d->plan, sizeof(item->plan));
	item->step = step;
	(void)snprintf(item->running, sizeof(item->running), "%s", d->running);
	item->counter = 3;
	item->body_hash = (uint32_t)item->seq * 16 + (uint32_t)step;
	return in;
}

int server_send(struct server *s, size_t device, const struct wire_report *in,
                struct report_answer *a)
{
	struct report_catch c = {s, a};
	struct report_call call = {.device = s->devices[device].index,
	                           .in = *in,
	                           .answer = take_report,
	                           .ctx = &c};
	struct err e = {0};

	*a = (struct report_answer){0};
	server_must(report_submit(s->fleet, &call, &e), &e);
	scribe_turn(&s->fleet->scribe);
	return s->last == NULL ? 0 : -1;
}

int server_report(struct server *s, size_t device, enum wire_step step,
                  struct report_answer *a)
{
	struct wire_report in = server_report_body(s, device, step);

	return server_send(s, device, &in, a);
}

void server_update(struct server *s, size_t device, enum wire_step end)
{
	struct server_device *d = &s->devices[device];
	struct report_answer b;
	struct wire_answer a;

	if (server_checkin(s, device, WANT_START, &a) != 0 || !a.granted) {
		fprintf(stderr, "server fixture: no start: %s %s\n", a.why_code,
		        a.why_text);
		abort();
	}
	if (end != STEP_FAILED) {
		if (server_checkin(s, device, WANT_ACTIVATE, &a) != 0 ||
		    !a.granted) {
			fprintf(stderr, "server fixture: no activate: %s\n",
			        a.why_text);
			abort();
		}
		d->running = FIXTURE_RELEASE;
		d->version = "2.1.0";
	}
	server_must(server_report(s, device, end, &b), &s->err);
	d->attempt = 0;
}
