/*
 * The agent's parts among themselves: agent.c turns the wheel, agent_ask.c
 * talks to the server, agent_update.c carries an attempt out.
 */
#ifndef DEVICE_AGENT_INTERNAL_H
#define DEVICE_AGENT_INTERNAL_H

#include "device/agent.h"
#include "device/download.h"
#include "device/identity.h"
#include "device/origin.h"
#include "device/report.h"
#include "device/wire.h"

/* A rollout must not make a device ask for ever (trust.md, Check-in). */
#define AGENT_ASKS_MAX 3
/* Whole downloads of other bytes before the attempt is given up. */
#define AGENT_BAD_BYTES_MAX 3

enum agent_step {
	AGENT_BEGIN, /* a poll begins */
	AGENT_ENROL,
	AGENT_REFRESH, /* and decide */
	AGENT_CHECKIN,
	AGENT_DOWNLOAD,
	AGENT_INSTALL,
	AGENT_BOOT,
	AGENT_HEALTH,
	AGENT_REPORT, /* then `after_report` */
	AGENT_WAIT,
};

struct agent {
	const struct provision *p;
	struct agent_host host;
	struct records *store;
	struct device_state *s; /* the store's */
	struct slots slots;
	struct outbox *outbox;
	char *key_path; /* identity.h */
	struct origin origin;
	struct world *world; /* of the last refresh; NULL: none */
	struct download download;
	bool downloading;

	enum agent_step step, after_report;
	int64_t due_ms;   /* of the running clock: the next step */
	int64_t awake_ms; /* up to here offline_ms is counted */
	int64_t booted_ms;

	/* Of this poll. */
	bool refreshed, refresh_failed, checked_in;
	int asks;
	enum wire_want want;
	struct offer offer;

	/* The server said that this plan had its trial here, and when. Asking
	 * at every poll would only cost; now and then an operator lets it try
	 * once more. Forgotten at power-off. */
	char tried_plan[SHA256_HEX_SIZE];
	int64_t tried_ms;
	bool interrupted; /* a download, by a fault on the way */
	bool unsaved;     /* the state changed, and may wait for the end */
	char why_code[ERR_CODE_MAX], why_text[ERR_MSG_MAX]; /* of a denial */
	/* What the server is told as an alarm; without a kind: nothing. */
	struct err refused; /* of the last refresh and decision */
	struct err fault;   /* of this device, until an answer shows that it was
	                       told */
	int64_t reports_acknowledged, bytes_verified, polls;
};

/* Steps. 0, or -1 when the store fails. */
int agent_begin(struct agent *a, struct err *e);
int agent_enrol(struct agent *a, struct err *e);
int agent_refresh(struct agent *a, struct err *e);
int agent_checkin(struct agent *a, struct err *e);
int agent_download(struct agent *a, struct err *e);
int agent_install(struct agent *a, struct err *e);
int agent_boot(struct agent *a, struct err *e);
int agent_health(struct agent *a, struct err *e);
int agent_report(struct agent *a, struct err *e);

/* Tools of the steps. */
int64_t agent_mono_ms(const struct agent *a);
int64_t agent_utc_s(const struct agent *a);
void agent_event(struct agent *a, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void agent_facts(const struct agent *a, struct device_facts *out);
MUST_USE int agent_save(struct agent *a, struct err *e);
/* The server said so within the hour of the plan that is offered (offer is
 * yes). */
bool agent_has_tried(const struct agent *a);
/* Remembers for the next check-in and for people what a refresh or a decision
 * refused: until the next refresh that is whole. */
void agent_refuse(struct agent *a, const struct err *why);
/* The same of anything else: until it was told. No refresh mends it. */
void agent_fault(struct agent *a, const struct err *why);
/* Adds to the outbox, about the open attempt. */
MUST_USE int agent_tell(struct agent *a, enum report_step step,
                        const char *code, struct err *e);
/* The attempt ends: told, forgotten, saved. */
MUST_USE int agent_close(struct agent *a, enum report_step step,
                         const char *code, struct err *e);

/* The poll is over: reports go out, then it waits. An answer was had: as long
 * as it said. */
MUST_USE int agent_finish(struct agent *a, struct err *e);
/* No answer was had: back off. */
MUST_USE int agent_back_off(struct agent *a, int64_t retry_after_s,
                            struct err *e);
/* Reports first, then this step at once. */
void agent_report_then(struct agent *a, enum agent_step next);

/* Acting on a grant, or on check 12 with number 0. */
MUST_USE int agent_start(struct agent *a, int64_t number, struct err *e);
MUST_USE int agent_activate(struct agent *a, struct err *e);

#endif
