/*
 * Carrying an attempt out: download, verify, install, switch, boot, confirm
 * or revert. Each transition is told first and saved then: a cut between the
 * two tells it twice, which moves no ladder, and never loses it.
 */
#include "config.h"

#include "device/agent_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often a new image is asked whether it is well. */
#define HEALTH_EVERY_MS 1000

static struct state_slot *spare(struct agent *a)
{
	return &a->s->slots[state_spare(a->s)];
}

/* The spare slot already has these bytes, or some of them. */
static bool is_bound_to(const struct state_slot *slot,
                        const struct state_attempt *t)
{
	return slot->fill != SLOT_EMPTY && slot->length == t->length &&
	       strcmp(slot->sha256, t->sha256) == 0;
}

int agent_start(struct agent *a, int64_t number, struct err *e)
{
	const struct plan *p = a->world->plans[a->offer.rule];
	const struct fw *f = a->world->releases[a->offer.rule];
	struct state_attempt *t = &a->s->attempt;

	*t = (struct state_attempt){
		.phase = ATTEMPT_DOWNLOADING,
		.number = number,
		.length = p->release_length,
		.counter = f->counter,
		.built_s = f->built_s,
		.tries = f->confirm_tries,
		.deadline_s = f->confirm_deadline_s,
	};
	(void)snprintf(t->plan_sha256, sizeof(t->plan_sha256), "%s", p->sha256);
	(void)snprintf(t->path, sizeof(t->path), "%s", p->release_path);
	(void)snprintf(t->sha256, sizeof(t->sha256), "%s", p->release_sha256);
	(void)snprintf(t->version, sizeof(t->version), "%s", f->version);
	if (!is_bound_to(spare(a), t))
		*spare(a) = (struct state_slot){0};
	a->interrupted = false;
	a->step = AGENT_DOWNLOAD;
	return agent_tell(a, REPORT_STARTED, "", e) != 0 ? -1
	                                                 : agent_save(a, e);
}

/* Empties the slot and binds it before the first byte goes in. */
static int bind_slot(struct agent *a, struct err *e)
{
	struct state_slot *slot = spare(a);
	const struct state_attempt *t = &a->s->attempt;

	if (slot->fill != SLOT_EMPTY)
		return 0;
	if (slots_erase(&a->slots, state_spare(a->s), e) != 0)
		return -1;
	slot->fill = SLOT_FILLING;
	slot->length = t->length;
	(void)snprintf(slot->sha256, sizeof(slot->sha256), "%s", t->sha256);
	return agent_save(a, e);
}

static bool is_flash_fault(const struct err *why)
{
	return why->kind == ERR_IO || why->kind == ERR_NO_SPACE;
}

/* The attempt failed here: told, and the plan remembered. */
static int fail(struct agent *a, const char *code, struct err *e)
{
	state_add_sha256(&a->s->failed, &a->s->n_failed,
	                 a->s->attempt.plan_sha256);
	*spare(a) = (struct state_slot){0};
	return agent_close(a, REPORT_FAILED, code, e) != 0 ? -1
	                                                   : agent_finish(a, e);
}

/* Other bytes came, or none. The first is the way's fault, too, but does not
 * go on for ever. */
static int interrupted(struct agent *a, const struct err *why, int64_t retry,
                       struct err *e)
{
	bool bad = strcmp(why->code, "transport_hash") == 0 ||
	           strcmp(why->code, "transport_length") == 0;

	if (is_flash_fault(why))
		return fail(a, "slot_write", e);
	if (bad) {
		agent_fault(a, why);
		if (++a->s->attempt.bad_bytes >= AGENT_BAD_BYTES_MAX) {
			if (agent_close(a, REPORT_FAILED, why->code, e) != 0)
				return -1;
			return agent_back_off(a, retry, e);
		}
	} else {
		agent_event(a, "unreachable", "%s", why->msg);
	}
	download_fini(&a->download);
	a->downloading = false;
	a->interrupted = true;
	return agent_back_off(a, retry, e);
}

static int downloaded(struct agent *a, struct err *e)
{
	struct err why = {0};

	if (agent_tell(a, REPORT_DOWNLOADED, "", e) != 0)
		return -1;
	if (download_finish(&a->download, &why) != 0)
		return interrupted(a, &why, -1, e);
	download_fini(&a->download);
	a->downloading = false;
	a->s->failures = 0;
	a->step = AGENT_INSTALL;
	return agent_tell(a, REPORT_VERIFIED, "", e);
}

int agent_download(struct agent *a, struct err *e)
{
	const struct state_attempt *t = &a->s->attempt;
	int64_t chunk = a->host.download_chunk_bytes, retry = -1;
	struct err why = {0};
	SCOPED(free)
	char *url = NULL;

	if (spare(a)->fill >= SLOT_READY) { /* it was there already */
		a->step = AGENT_INSTALL;
		return 0;
	}
	if (!a->downloading) {
		if (bind_slot(a, &why) != 0 ||
		    download_begin(&a->download, &a->slots, state_spare(a->s),
		                   t->sha256, t->length, &why) != 0) {
			a->downloading = false;
			return is_flash_fault(&why)
			               ? fail(a, "slot_write", e)
			               : err_set(e, why.kind, "%s", why.msg);
		}
		a->downloading = true;
	}
	url = origin_target_url(&a->origin, t->path, t->sha256);
	if (download_step(&a->download, &a->host.net, url,
	                  chunk != 0 ? chunk : DOWNLOAD_CHUNK_BYTES, &retry,
	                  &why) != 0)
		return interrupted(a, &why, retry, e);
	return download_is_whole(&a->download) ? downloaded(a, e) : 0;
}

/* Check 11: what counts is what is read back. */
int agent_install(struct agent *a, struct err *e)
{
	struct state_attempt *t = &a->s->attempt;
	struct state_slot *slot = spare(a);
	struct err why = {0};

	/* Bytes that an agent wrote which was then killed have not been
	 * flushed by anybody: read back, they would come from memory. */
	if (slots_sync(&a->slots, state_spare(a->s), &why) != 0)
		return fail(a, "slot_write", e);
	if (slots_check(&a->slots, state_spare(a->s), t->sha256, t->length,
	                &why) != 0) {
		agent_fault(a, &why);
		return fail(a, "slot_hash", e);
	}
	if (slot->fill < SLOT_READY)
		slot->fill = SLOT_READY;
	slot->length = t->length;
	slot->counter = t->counter;
	slot->built_s = t->built_s;
	(void)snprintf(slot->sha256, sizeof(slot->sha256), "%s", t->sha256);
	(void)snprintf(slot->version, sizeof(slot->version), "%s", t->version);
	t->phase = ATTEMPT_INSTALLED;
	a->bytes_verified += t->length;
	/* The second whole decision comes next (check 6). */
	agent_report_then(a, AGENT_BEGIN);
	return agent_tell(a, REPORT_INSTALLED, "", e) != 0 ? -1
	                                                   : agent_save(a, e);
}

int agent_activate(struct agent *a, struct err *e)
{
	if (agent_tell(a, REPORT_ACTIVATED, "", e) != 0)
		return -1;
	a->s->attempt.phase = ATTEMPT_SWITCHED;
	boot_switch(a->s, a->s->attempt.tries);
	a->step = AGENT_BOOT;
	return agent_save(a, e);
}

/* The old image runs again. */
static int reverted(struct agent *a, struct err *e)
{
	const char *code = a->s->boot.revert_code;

	state_add_sha256(&a->s->failed, &a->s->n_failed,
	                 a->s->attempt.plan_sha256);
	a->step = AGENT_BEGIN;
	if (agent_close(a, REPORT_REVERTED, code[0] ? code : "boot_failed",
	                e) != 0)
		return -1;
	return agent_finish(a, e);
}

static int on_trial(struct agent *a, struct err *e)
{
	bool first = a->s->attempt.phase == ATTEMPT_SWITCHED;

	a->s->attempt.phase = ATTEMPT_BOOTED;
	a->booted_ms = agent_mono_ms(a);
	a->due_ms = a->booted_ms;
	a->step = AGENT_HEALTH;
	if (first && agent_tell(a, REPORT_BOOTED, "", e) != 0)
		return -1;
	return agent_save(a, e);
}

/* Power-on, or the reboot after a switch. */
int agent_boot(struct agent *a, struct err *e)
{
	enum attempt_phase phase = a->s->attempt.phase;
	enum boot_outcome outcome;

	if (boot_power_on(&outcome, a->store, &a->slots, &a->host.boot, e) != 0)
		return -1;
	a->step = AGENT_BEGIN;
	if (outcome == BOOT_TRIAL)
		return on_trial(a, e);
	if (outcome == BOOT_FALLBACK) {
		struct err why = {0};

		(void)err_code(&why, ERR_UNTRUSTED, "slot_fallback",
		               "the good slot is spoilt, the other one runs");
		agent_fault(a, &why);
	}
	/* Also when the cut came after the loader gave up and before it was
	 * told. */
	if (phase == ATTEMPT_SWITCHED || phase == ATTEMPT_BOOTED)
		return reverted(a, e);
	return 0;
}

static int confirm(struct agent *a, struct err *e)
{
	struct device_state *s = a->s;
	const struct state_slot *slot = &s->slots[s->boot.trying];

	/* As it is once confirmed: the report speaks of the new counter. */
	if (slot->built_s > s->floor_s)
		s->floor_s = slot->built_s;
	state_add_sha256(&s->confirmed, &s->n_confirmed,
	                 s->attempt.plan_sha256);
	boot_confirm(s);
	s->poll_after_s = 0;
	if (agent_close(a, REPORT_CONFIRMED, "", e) != 0)
		return -1;
	return agent_finish(a, e);
}

static int give_up(struct agent *a, const char *code, struct err *e)
{
	boot_revert(a->s, code);
	a->s->attempt.phase = ATTEMPT_SWITCHED;
	a->step = AGENT_BOOT;
	return agent_save(a, e);
}

int agent_health(struct agent *a, struct err *e)
{
	const struct state_attempt *t = &a->s->attempt;
	enum agent_health h = AGENT_HEALTHY;
	int64_t now = agent_mono_ms(a);

	if (a->host.health != NULL)
		h = a->host.health(a->host.ctx, t->sha256);
	switch (h) {
	case AGENT_HEALTHY: return confirm(a, e);
	case AGENT_SICK: return give_up(a, "unhealthy", e);
	case AGENT_NOT_YET: break;
	}
	if (now - a->booted_ms >= t->deadline_s * 1000)
		return give_up(a, "deadline", e);
	a->due_ms = now + HEALTH_EVERY_MS;
	return 0;
}
