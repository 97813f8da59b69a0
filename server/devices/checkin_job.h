/*
 * A check-in that the scribe looks at, between checkin.c, which answers, and
 * grant.c, which gives.
 */
#ifndef SERVER_DEVICES_CHECKIN_JOB_H
#define SERVER_DEVICES_CHECKIN_JOB_H

#include "server/devices/arrival.h"
#include "server/devices/checkin.h"

/* Codes that only a check-in gives; the rest are offer_why_code() and
 * grant_why_code(). */
#define WHY_STALE "stale_metadata"
#define WHY_TRIED "tried_before"
#define WHY_BATCH "batch_share"
#define WHY_KEPT "kept_back"
#define WHY_ATTEMPT "unknown_attempt"

struct checkin_job {
	struct job job;
	struct checkin_call call;
	struct wire_answer answer;
	/* What apply() wrote, for landed() and undo(). */
	struct rollout *rollout;
	size_t trial;
	bool enrolled, activated, reverted;
	bool kept_back, heard; /* became a control unit; was one that waited */
	struct control control;
	int64_t heard_ms;     /* when it checked in */
	struct rollout *told; /* of the trial whose told interval changed */
	size_t told_trial;
	struct arrival arrival;
	uint32_t attempt;
};

/* The answer's reason; what does not fit is cut between characters. */
__attribute__((format(printf, 3, 4))) void
checkin_say(struct wire_answer *a, const char *code, const char *fmt, ...);

#endif
