/*
 * Everything a device must remember over a power cut, as one value. records.h
 * keeps it; whoever changes it saves it before acting on the change.
 */
#ifndef DEVICE_STATE_H
#define DEVICE_STATE_H

#include "device/provision.h"
#include "lib/base/buf.h"
#include "lib/base/name.h"
#include "lib/base/semver.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/key.h"
#include "lib/tuf/envelope.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_JSON_MAX ((size_t)1 << 18)

/* Check 8: the highest version seen of a role, and who signed for it then. */
struct state_mark {
	char role[TUF_ROLE_MAX];
	int64_t version;
	int64_t threshold;
	char (*keyids)[KEY_ID_SIZE];
	size_t n_keyids;
};

/* Check 5: a halt of my cell was seen for this revision. A higher revision
 * that lists my cell in `resumes` lifts it for itself and those above. */
struct state_latch {
	char plan_id[PRODUCT_MAX_LEN + 1];
	int64_t rev;
	int64_t lifted_rev; /* 0: not lifted */
};

/* Check 11: what a slot holds, bound to its bytes. */
enum slot_fill {
	SLOT_EMPTY,
	SLOT_FILLING, /* a download, bound to sha256 and length */
	SLOT_READY,   /* whole and read back, never confirmed */
	SLOT_GOOD,    /* it ran and was confirmed */
};
struct state_slot {
	enum slot_fill fill;
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	uint32_t counter;
	char version[SEMVER_MAX_LEN + 1];
	int64_t built_s;
};

/* The attempt under way. */
enum attempt_phase {
	ATTEMPT_NONE,
	ATTEMPT_DOWNLOADING, /* begun: the first byte may have been asked for */
	ATTEMPT_INSTALLED,   /* in the spare slot, read back and hashed */
	ATTEMPT_SWITCHED,    /* the boot loader is to try it */
	ATTEMPT_BOOTED,      /* it runs, not confirmed yet */
};
struct state_attempt {
	enum attempt_phase phase;
	int64_t number; /* 0: without a grant (check 12) */
	char plan_sha256[SHA256_HEX_SIZE];
	char path[TARGET_MAX_LEN + 1]; /* of the release, like the rest */
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	char version[SEMVER_MAX_LEN + 1];
	uint32_t counter;
	int64_t built_s;
	int64_t tries;      /* boots before it is given up */
	int64_t deadline_s; /* to be confirmed, after a boot */
	int64_t bad_bytes;  /* whole downloads that were other bytes */
};

/* The boot loader's: which slot is good, which one is on trial. */
struct state_boot {
	int active;
	int trying; /* -1: none */
	int64_t tries_left;
	char revert_code[ERR_CODE_MAX]; /* why the last trial was given up */
};

typedef char state_sha256[SHA256_HEX_SIZE];

struct device_state {
	uint32_t counter; /* the security counter: rises after confirm only */
	int64_t floor_s;  /* check 10 */
	struct state_mark *marks;
	size_t n_marks;
	struct state_latch *latches;
	size_t n_latches;
	state_sha256 *confirmed; /* plans, check 4 */
	size_t n_confirmed;
	state_sha256 *failed; /* plans not to be tried again without a grant */
	size_t n_failed;
	struct state_attempt attempt;
	struct state_slot slots[2];
	struct state_boot boot;
	int64_t report_seq;   /* the highest used or told */
	int64_t offline_ms;   /* awake without a check-in answer: check 12 */
	int64_t poll_after_s; /* last told; 0: never */
	int64_t failures;     /* polls in a row without an answer */
	char token[DEVICE_TOKEN_MAX + 1]; /* from enrolment; "": none */
	/* The last refusal or deferral reported, so that each is told once. */
	char told_plan[SHA256_HEX_SIZE];
	char told_code[ERR_CODE_MAX];
};

/* As it leaves the factory: the image of the provisioning record in slot 0. */
void state_init(struct device_state *s, const struct provision *p);
void state_fini(struct device_state *s);
DEFINE_SCOPED_PLACE(state_fini, struct device_state)

MUST_USE int state_parse(struct device_state *out, const char *name,
                         const void *bytes, size_t len, struct err *e);
MUST_USE int state_write(struct buf *out, const struct device_state *s,
                         struct err *e);

/* Look-ups and changes; NULL or false when there is none. */
struct state_mark *state_mark_find(struct device_state *s, const char *role);
/* Sets or replaces; keyids are copied. */
void state_mark_set(struct device_state *s, const char *role, int64_t version,
                    int64_t threshold, const char (*keyids)[KEY_ID_SIZE],
                    size_t n_keyids);
void state_mark_drop(struct device_state *s, const char *role);

struct state_latch *state_latch_find(struct device_state *s,
                                     const char *plan_id);
/* Never lowers a revision; a halt at or above a lifted one latches anew. */
void state_latch_set(struct device_state *s, const char *plan_id, int64_t rev);

bool state_has_sha256(const state_sha256 *list, size_t n, const char *sha256);
/* Adds once. */
void state_add_sha256(state_sha256 **list, size_t *n, const char *sha256);

/* The slot that runs: the one on trial once it booted, else the active one. */
int state_running(const struct device_state *s);
/* The slot to write. */
int state_spare(const struct device_state *s);

#endif
