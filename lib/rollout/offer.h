/*
 * The one decision: may this device start (or activate) this plan's release
 * now, and why not? Server, device, simulator, `why` and `--decide` call this
 * same function, so they give the same answer with the same reason.
 *
 * Pure; no allocation; any thread.
 */
#ifndef LIB_ROLLOUT_OFFER_H
#define LIB_ROLLOUT_OFFER_H

#include "lib/rollout/fw.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/state_doc.h"

/* A rule of the state with what it points at. plan or release is NULL when
 * that did not verify; `problem` then says why (never NULL together). */
struct offer_rule {
	const struct state_rule *rule;
	const struct plan *plan;
	const struct fw *release;
	const char *problem;
};

/* One (product, channel). has_state false: no file, or one that does not read
 * or that state_doc_check() refuses. */
struct offer_world {
	const char *repo; /* the pinned identity */
	/* As the state says them. */
	const char *product;
	const char *channel;
	bool has_state;
	const struct offer_rule *rules;
	size_t n_rules;
};

/* A latch the device holds (trust.md check 5): refuse every rev of the plan
 * id until a higher rev lists the cell in `resumes`. */
struct offer_latch {
	char plan_id[PRODUCT_MAX_LEN + 1];
	int64_t rev;
};

enum offer_step { OFFER_START, OFFER_ACTIVATE };

struct offer_device {
	/* From the provisioning record, never from an answer. */
	const char *product, *hw, *region, *channel, *id;
	bool has_clock;
	/* What runs. */
	const char *running_sha256, *running_version;
	uint32_t counter; /* the stored security counter */
	/* T = max(clock, floor), seconds (check 10). */
	int64_t now_s;
	/* What only the device knows; a caller that does not, leaves 0/NULL
	 * and sets `known` false: those checks are then not made. */
	bool known;
	const struct offer_latch *latches;
	size_t n_latches;
	const char (*confirmed_plans)[SHA256_HEX_SIZE];
	size_t n_confirmed_plans;
	int battery_pct;          /* -1: mains */
	int64_t flash_free_bytes; /* -1: not limited */
	bool consent_given;
	int32_t local_s;   /* second of the local day, for windows */
	int local_weekday; /* 0 = Monday */
};

/* Why, as a table in offer.c: slug, sentence, and the trust.md check. */
enum offer_why {
	OFFER_YES,
	OFFER_NO_STATE,        /* no state file, or unreadable: hold */
	OFFER_NO_RULE,         /* no rule's scope has this device */
	OFFER_WRONG_REPO,      /* check 2 */
	OFFER_WRONG_PRODUCT,   /* check 9 */
	OFFER_WRONG_CHANNEL,   /* check 9 */
	OFFER_PLAN_UNVERIFIED, /* check 2: ends the search */
	OFFER_WRONG_HARDWARE,  /* the release does not list it */
	OFFER_WRONG_REGION,
	OFFER_OTHER_PLAN, /* the open attempt's plan no longer decides */
	OFFER_HALTED,     /* before hold: a device must not miss its latch */
	OFFER_HOLD,
	OFFER_LATCHED, /* check 5 */
	OFFER_EXCLUDED,
	OFFER_STAGE_UNKNOWN, /* check 3 */
	OFFER_NOT_YET,       /* check 3: before not_before */
	OFFER_EXPIRED,       /* check 3 */
	OFFER_OUTSIDE_STAGE, /* check 3: bucket */
	OFFER_NEEDS_CLOCK,   /* check 3: a window without a clock */
	/* Check 4; also when nothing but its version keeps the device out of
	 * every rule: it runs this release, or a later one. */
	OFFER_NOT_NEWER,
	OFFER_COUNTER_LOW,      /* check 4 */
	OFFER_COUNTER_HIGH,     /* check 4: above the plan's counter_max */
	OFFER_CONFIRMED_BEFORE, /* check 4 */
	OFFER_BATTERY,
	OFFER_FLASH,
	OFFER_CONSENT,
	OFFER_WINDOW,
	OFFER_N_WHY
};

struct offer {
	enum offer_why why;
	int rule;        /* index that decided; -1: none */
	uint32_t bucket; /* when a rule decided */
	int32_t ppm;     /* the share it was compared with */
	char text[200];  /* the sentence, with numbers */
};

/* step OFFER_ACTIVATE is for a device with an open attempt of `plan_sha256`
 * (else NULL): a hold does not stop it, a halt does. What runs is then still
 * the old image; the space for the new one is taken already. */
void offer_decide(struct offer *out, const struct offer_world *w,
                  const struct offer_device *d, enum offer_step step,
                  const char *plan_sha256);

/* trust.md, Scope: does the rule's plan contain the device, whatever stage,
 * date, hold or halt then say? False when it does not verify. */
bool offer_has(const struct offer_rule *r, const struct offer_device *d);
/* The same in words: "2.0.0 is installed over 1.5.0 to 1.9.9 only, 1.0.0
 * runs". */
void offer_say_scope(char *out, size_t size, const struct offer_rule *r,
                     const struct offer_device *d);

const char *offer_why_code(enum offer_why w); /* "outside_stage" */
int offer_why_check(enum offer_why w);        /* trust.md check, 0: none */
/* Passing conditions of the device (battery, window …) that a device reports
 * as `deferred`, as against refusals. */
bool offer_why_defers(enum offer_why w);

#endif
