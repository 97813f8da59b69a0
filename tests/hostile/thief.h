/*
 * Whoever has stolen all online keys (trust.md, the threat table), and one
 * device: the real pawl-device program over HTTP, against a server that
 * grants whatever is asked for. What the offline keys signed stays as it was;
 * the thief signs states, the rollout's role, snapshot and timestamp.
 *
 *	struct thief *t = thief_new();         signed offline, nothing said
 *	thief_say(t);                          t->state, signed and served
 *	thief_run(t);                          one poll of the device
 *	thief_assert_refused(t, "not_yet");    by this check, and nothing else
 *	thief_assert_installed(t);
 *
 * It is the year 2100: a device's time is never before the image it runs was
 * built (trust.md check 10), so the clock of this machine does not matter.
 */
#ifndef TESTS_HOSTILE_THIEF_H
#define TESTS_HOSTILE_THIEF_H

#include "tests/unit/device/fake_server.h"

/* 2100-01-01T00:00:00Z. */
#define THIEF_NOW_S INT64_C(4102444800)

/* What the offline keys signed for product band, beside spring.2, the honest
 * plan: each is listed, in force, and has a reason not to be followed. */
enum thief_plan {
	PLAN_SPRING,        /* the honest one; stage 1 opens tomorrow */
	PLAN_OTHER_CELLS,   /* hardware b2 alone */
	PLAN_OTHER_REGION,  /* region us alone */
	PLAN_OLDER_VERSION, /* a release below what runs */
	PLAN_LOW_COUNTER,   /* a release with a counter below the stored */
	PLAN_OVER,          /* expires now, to the second */
	PLAN_SMALL,         /* a share that ends at the device's place */
	PLAN_RECALLS_OTHERS,
	PLAN_COUNT
};

struct thief {
	struct fake_server *f;
	struct plan plans[PLAN_COUNT];
	struct plan retired;    /* spring.1, not listed any more */
	struct state_doc state; /* to be said */
	const char *dir;        /* the device's */
	struct provision provision;
	struct buf output; /* of its last run */
	int result;
};

struct thief *thief_new(void);
void thief_free(struct thief *t);
DEFINE_SCOPED(thief_free, struct thief *)

/* One rule: this plan, its stage 0, go. */
void thief_point_at(struct thief *t, enum thief_plan plan);
void thief_say(struct thief *t);
/* The same for any text. */
void thief_say_text(struct thief *t, const char *text);
/* The device's program: one poll, and all that follows from it. */
void thief_run(struct thief *t);

/* It named this code, asked to start nothing, asked for no firmware, and runs
 * what it ran; the other slot is as empty as it was. */
void thief_assert_refused(const struct thief *t, const char *code);
/* It runs the honest release. */
void thief_assert_installed(const struct thief *t);

#endif
