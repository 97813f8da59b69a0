#include "config.h"

#include "device/agent_internal.h"
#include "device/poll.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a plan that had its trial here the server is asked again after this. */
#define TRIED_ASK_MS INT64_C(3600000)

int64_t agent_mono_ms(const struct agent *a)
{
	return clock_mono_ms(a->host.clock);
}

int64_t agent_utc_s(const struct agent *a)
{
	return clock_utc_ms(a->host.clock) / 1000;
}

void agent_event(struct agent *a, const char *what, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	if (a->host.event == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	a->host.event(a->host.ctx, what, text);
}

void agent_facts(const struct agent *a, struct device_facts *out)
{
	*out = (struct device_facts){.battery_pct = -1, .flash_free_bytes = -1};
	if (a->host.facts != NULL)
		a->host.facts(a->host.ctx, out);
}

/* Whichever rule signed files break, they are not to be trusted. Their age, and
 * what our disk does, is another matter. */
static enum err_kind kind_of_refusal(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
	case ERR_INVALID:
	case ERR_USAGE:
	case ERR_UNAUTHENTICATED:
	case ERR_FORBIDDEN:
	case ERR_NOT_FOUND:
	case ERR_CONFLICT:
	case ERR_TOO_LARGE:
	case ERR_UNTRUSTED: return ERR_UNTRUSTED;
	case ERR_EXPIRED:
	case ERR_BUSY:
	case ERR_UNREACHABLE:
	case ERR_NO_SPACE:
	case ERR_IO:
	case ERR_MEMORY:
	case ERR_INTERNAL: break;
	}
	return kind;
}

void agent_refuse(struct agent *a, const struct err *why)
{
	a->refused = *why;
	a->refused.kind = kind_of_refusal(why->kind);
	agent_event(a, "refused", "%s (%s)", why->msg, why->code);
}

void agent_fault(struct agent *a, const struct err *why)
{
	a->fault = *why;
	agent_event(a, "refused", "%s (%s)", why->msg, why->code);
}

int agent_save(struct agent *a, struct err *e)
{
	a->s->report_seq = outbox_seq(a->outbox);
	a->unsaved = false;
	return records_save(a->store, e);
}

int agent_tell(struct agent *a, enum report_step step, const char *code,
               struct err *e)
{
	const struct state_attempt *t = &a->s->attempt;
	struct report_item item = {
		.attempt = t->number, .step = step, .counter = a->s->counter};

	(void)snprintf(item.plan, sizeof(item.plan), "%s", t->plan_sha256);
	(void)snprintf(item.image, sizeof(item.image), "%s", t->sha256);
	(void)snprintf(item.code, sizeof(item.code), "%s", code);
	(void)snprintf(item.running, sizeof(item.running), "%s",
	               a->s->slots[state_running(a->s)].sha256);
	agent_event(a, report_step_name(step), "%s", code);
	return outbox_add(a->outbox, &item, e);
}

int agent_close(struct agent *a, enum report_step step, const char *code,
                struct err *e)
{
	if (agent_tell(a, step, code, e) != 0)
		return -1;
	a->s->attempt = (struct state_attempt){0};
	if (a->downloading)
		download_fini(&a->download);
	a->downloading = false;
	return agent_save(a, e);
}

void agent_report_then(struct agent *a, enum agent_step next)
{
	a->step = AGENT_REPORT;
	a->after_report = next;
}

static int finish_in(struct agent *a, int64_t wait_s, struct err *e)
{
	a->due_ms = agent_mono_ms(a) + wait_s * 1000;
	agent_report_then(a, AGENT_WAIT);
	/* An idle poll writes nothing: flash wears out. */
	return a->unsaved ? agent_save(a, e) : 0;
}

int agent_finish(struct agent *a, struct err *e)
{
	return finish_in(a, poll_clamp(a->s->poll_after_s, a->p->poll_min_s),
	                 e);
}

int agent_back_off(struct agent *a, int64_t retry_after_s, struct err *e)
{
	a->s->failures++;
	a->unsaved = true;
	return finish_in(a,
	                 poll_backoff(a->s->failures, retry_after_s,
	                              a->p->poll_min_s, a->host.rng),
	                 e);
}

bool agent_has_tried(const struct agent *a)
{
	return strcmp(a->tried_plan, a->world->plans[a->offer.rule]->sha256) ==
	               0 &&
	       agent_mono_ms(a) - a->tried_ms < TRIED_ASK_MS;
}

/* Where a poll goes first follows from what is under way. */
int agent_begin(struct agent *a, struct err *e)
{
	struct device_facts facts;
	/* The last poll was not answered: only a refresh tells what is new. */
	bool wants = a->world == NULL || a->s->failures > 0;

	a->refreshed = a->refresh_failed = a->checked_in = false;
	a->asks = 0;
	a->want = WIRE_NOTHING;
	if (a->p->device_token == NULL && a->s->token[0] == '\0') {
		a->step = AGENT_ENROL;
		return 0;
	}
	switch (a->s->attempt.phase) {
	case ATTEMPT_NONE:
		/* Time alone may have opened a stage. */
		if (!wants) {
			agent_facts(a, &facts);
			decide_offer(&a->offer, a->world, a->s, a->p, &facts,
			             agent_utc_s(a), OFFER_START, NULL);
			wants = a->offer.why == OFFER_YES &&
			        !agent_has_tried(a);
		}
		a->step = wants ? AGENT_REFRESH : AGENT_CHECKIN;
		break;
	case ATTEMPT_DOWNLOADING:
		/* After a fault on the way the whole decision is made again;
		 * after a restart the old one stands. */
		a->step = a->interrupted ? AGENT_REFRESH : AGENT_DOWNLOAD;
		break;
	case ATTEMPT_INSTALLED: a->step = AGENT_REFRESH; break;
	case ATTEMPT_SWITCHED: a->step = AGENT_BOOT; break;
	case ATTEMPT_BOOTED: a->step = AGENT_HEALTH; break;
	}
	(void)e;
	return 0;
}

/* With the device's key, where it has one. A key that does not read is told,
 * and the server decides what an unsigned report is worth to it: an update is
 * not held up by it. */
static int sign_report(struct buf *body, struct agent *a, struct err *e)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct err why = {0};

	if (identity_read(&k, a->key_path, a->p, &why) != 0) {
		agent_fault(a, &why);
		return 0;
	}
	return k != NULL ? identity_sign_report(body, k, e) : 0;
}

/* One batch. What the server did not take stays and is sent with the next
 * poll; a report never holds an update up. */
static int send_reports(struct agent *a, bool *more, struct err *e)
{
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(REPORT_BODY_MAX);
	SCOPED(free)
	char *url = xasprintf("%s/v1/reports", a->p->server);
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct net_request q = {.method = "POST",
	                        .url = url,
	                        .bearer = a->p->device_token != NULL
	                                          ? a->p->device_token
	                                          : a->s->token,
	                        .max_bytes = REPORT_BODY_MAX};
	struct err why = {0};
	size_t n, left;

	*more = false;
	if (outbox_body(&body, &n, a->outbox, a->p->id, REPORT_BATCH_MAX, e) !=
	            0 ||
	    sign_report(&body, a, e) != 0)
		return -1;
	q.body = buf_str(&body);
	q.body_len = body.len;
	if (net_ask(&a->host.net, &r, &q, &why) != 0) {
		agent_event(a, "unreachable", "%s", why.msg);
		return 0;
	}
	if (r.status == 200 || r.status == 409) {
		struct err bad = {0};

		if (outbox_answer(a->outbox, &left, buf_str(&r.body),
		                  r.body.len, &bad) != 0) {
			if (bad.kind == ERR_IO || bad.kind == ERR_NO_SPACE) {
				if (e != NULL)
					*e = bad;
				return -1;
			}
			agent_event(a, "unreachable", "%s", bad.msg);
			return 0;
		}
		a->reports_acknowledged += (int64_t)left;
		*more = left > 0 && outbox_pending(a->outbox) > 0;
		return 0;
	}
	agent_event(a, "unreachable", "reports: status %d: %.200s", r.status,
	            buf_str(&r.body));
	/* Perhaps only the numbers are too far above the mark, which the next
	 * check-in tells. */
	if (r.status == 422 && !a->checked_in)
		return 0;
	/* Nobody will ever take it: it must not block the others. */
	if (r.status == 400 || r.status == 413 || r.status == 422) {
		agent_event(a, "dropped", "report %lld: status %d",
		            (long long)outbox_item(a->outbox, 0)->seq,
		            r.status);
		*more = outbox_pending(a->outbox) > 1;
		return outbox_drop_oldest(a->outbox, e);
	}
	return 0;
}

int agent_report(struct agent *a, struct err *e)
{
	bool more = false;

	if (outbox_pending(a->outbox) > 0 && send_reports(a, &more, e) != 0)
		return -1;
	if (!more)
		a->step = a->after_report;
	return 0;
}

static int (*const steps[])(struct agent *a, struct err *e) = {
	/* clang-format off */
	[AGENT_BEGIN]    = agent_begin,
	[AGENT_ENROL]    = agent_enrol,
	[AGENT_REFRESH]  = agent_refresh,
	[AGENT_CHECKIN]  = agent_checkin,
	[AGENT_DOWNLOAD] = agent_download,
	[AGENT_INSTALL]  = agent_install,
	[AGENT_BOOT]     = agent_boot,
	[AGENT_HEALTH]   = agent_health,
	[AGENT_REPORT]   = agent_report,
	[AGENT_WAIT]     = agent_begin,
	/* clang-format on */
};

int agent_poll(struct agent *a, int64_t *next_ms, struct err *e)
{
	int64_t now = agent_mono_ms(a);
	bool must_wait = a->step == AGENT_WAIT || a->step == AGENT_HEALTH;

	if (!must_wait || now >= a->due_ms) {
		if (steps[a->step](a, e) != 0)
			return -1;
		must_wait = a->step == AGENT_WAIT || a->step == AGENT_HEALTH;
	}
	*next_ms = must_wait ? a->due_ms : now;
	return 0;
}

bool agent_is_waiting(const struct agent *a)
{
	return a->step == AGENT_WAIT;
}

/* The first power-on of all: the factory's image into the first slot. */
static int begin_life(struct agent *a, struct err *e)
{
	const struct provision_image *image = &a->p->image;

	state_init(a->s, a->p);
	if (image->file == NULL)
		return err_set(e, ERR_INVALID,
		               "provisioning of %s: no image.file, a device "
		               "needs an image to run",
		               a->p->id);
	if (slots_fill(&a->slots, 0, image->file, e) != 0 ||
	    slots_check(&a->slots, 0, image->sha256, image->length, e) != 0) {
		err_context(e, "image of the provisioning record");
		return -1;
	}
	return records_save(a->store, e);
}

static int open_parts(struct agent *a, const char *dir, struct err *e)
{
	SCOPED(free)
	char *outbox = fs_join(dir, "outbox");
	SCOPED(free)
	char *metadata = fs_join(dir, "metadata");
	bool fresh;

	slots_init(&a->slots, dir);
	a->key_path = fs_join(dir, IDENTITY_FILE);
	if (records_open(&a->store, &fresh, dir, e) != 0)
		return -1;
	a->s = records_state(a->store);
	if (fresh && begin_life(a, e) != 0)
		return -1;
	if (outbox_open(&a->outbox, outbox, a->s->report_seq, e) != 0)
		return -1;
	return origin_init(&a->origin, &a->host.net, a->p->server, metadata,
	                   a->p->root, e);
}

int agent_open(struct agent **out, const struct provision *p, const char *dir,
               const struct agent_host *host, struct err *e)
{
	SCOPED(agent_free)
	struct agent *a = xcalloc(1, sizeof(*a));

	a->p = p;
	a->host = *host;
	if (p->server == NULL)
		return err_set(e, ERR_INVALID,
		               "provisioning of %s: no server, one is needed",
		               p->id);
	if (open_parts(a, dir, e) != 0)
		return -1;
	a->awake_ms = agent_mono_ms(a);
	if (agent_boot(a, e) != 0)
		return -1;
	*out = MOVE(a);
	return 0;
}

void agent_free(struct agent *a)
{
	if (a == NULL)
		return;
	if (a->downloading)
		download_fini(&a->download);
	world_free(a->world);
	origin_fini(&a->origin);
	outbox_free(a->outbox);
	records_free(a->store);
	slots_fini(&a->slots);
	free(a->key_path);
	free(a);
}

static const struct err *alarm_shown(const struct agent *a)
{
	return a->refused.kind != ERR_NONE ? &a->refused : &a->fault;
}

int agent_outcome(const struct agent *a, struct err *e)
{
	const struct err *alarm = alarm_shown(a);

	if (alarm->kind != ERR_NONE) {
		if (e != NULL)
			*e = *alarm;
		return -1;
	}
	/* After a boot that confirmed, nothing but reports is due. */
	if (a->polls == 0 && a->reports_acknowledged == 0)
		return err_set(e, ERR_UNREACHABLE, "the server did not answer");
	return 0;
}

void agent_look(struct agent_view *out, const struct agent *a)
{
	int running = state_running(a->s);
	const struct err *alarm = alarm_shown(a);

	*out = (struct agent_view){
		.running_sha256 = a->s->slots[running].sha256,
		.running_version = a->s->slots[running].version,
		.counter = a->s->counter,
		.phase = a->s->attempt.phase,
		.attempt = a->s->attempt.number,
		.active_path = slots_path(&a->slots, running),
		.enrolled =
			a->p->device_token != NULL || a->s->token[0] != '\0',
		.reports_pending = outbox_pending(a->outbox),
		.reports_acknowledged = a->reports_acknowledged,
		.bytes_verified = a->bytes_verified,
		.polls = a->polls,
		.offer = a->offer,
		.denied_code = a->why_code,
		.denied_text = a->why_text,
		.alarm = alarm->code,
		.problem = alarm->msg,
	};
}
