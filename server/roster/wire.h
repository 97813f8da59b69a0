/*
 * The three messages of a native device, as trust.md gives them: enrol,
 * check-in, report. Reading is strict and bounded; what is read here is
 * shape, not truth.
 */
#ifndef SERVER_ROSTER_WIRE_H
#define SERVER_ROSTER_WIRE_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/semver.h"
#include "lib/crypto/hash.h"
#include "lib/rollout/engine.h"
#include "lib/rollout/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_ENROL_MAX 4096
#define WIRE_CHECKIN_MAX 4096
#define WIRE_REPORT_MAX 8192
#define WIRE_ITEMS_MAX 16
#define WIRE_ATTEMPT_MAX INT64_C(2147483647)

struct wire_enrol {
	char batch_token[129];
	char product[PRODUCT_MAX_LEN + 1];
	word hw, region, channel;
	uint8_t id[16];
	uint8_t key[32]; /* ed25519, when has_key */
	bool has_key;
};

enum wire_want { WANT_NOTHING, WANT_START, WANT_ACTIVATE };

struct wire_checkin {
	int64_t v;
	char nonce[65];
	int64_t root, ts; /* versions held */
	char running_sha256[SHA256_HEX_SIZE];
	char running_version[SEMVER_MAX_LEN + 1];
	uint32_t counter;
	enum wire_want want;
	char plan[SHA256_HEX_SIZE]; /* "" for null */
	int64_t attempt;            /* 0 for null */
	int battery_pct;            /* -1 when not told */
	char alarm[65];             /* "" when none */
};

struct wire_answer {
	char nonce[65];
	int64_t root, ts;
	int64_t time_s; /* display only */
	int64_t seq;
	int32_t poll_after_s;
	bool granted;
	char plan[SHA256_HEX_SIZE];
	int64_t attempt;
	enum wire_want step;
	int32_t within_s;
	char why_code[ERR_CODE_MAX];
	char why_text[240];
};

enum wire_step {
	STEP_STARTED,
	STEP_DOWNLOADED,
	STEP_VERIFIED,
	STEP_INSTALLED,
	STEP_ACTIVATED,
	STEP_BOOTED,
	STEP_CONFIRMED,
	STEP_FAILED,
	STEP_REVERTED,
	STEP_DEFERRED,
	STEP_REFUSED
};
const char *wire_step_name(enum wire_step s);
/* What a report of this step makes of a trial at `now`: its next step, or the
 * same when it changes nothing. A failure whose code names the transport
 * ("transport_…") is none, and `deferred` or `refused` voids only before
 * activation (rollout-rules.md, Trial). */
enum trial_step wire_trial_step(enum wire_step s, const char *code,
                                enum trial_step now);

struct wire_item {
	int64_t seq;
	int64_t attempt; /* 0 for null */
	char plan[SHA256_HEX_SIZE];
	char image[SHA256_HEX_SIZE];
	enum wire_step step;
	char code[65];
	char running[SHA256_HEX_SIZE];
	uint32_t counter;
	uint32_t body_hash; /* of the item's canonical form */
};

#define WIRE_SIG_SIZE 64

struct wire_report {
	uint8_t id[16];
	uint8_t sig[WIRE_SIG_SIZE]; /* ed25519, when has_sig */
	bool has_sig;
	struct wire_item items[WIRE_ITEMS_MAX];
	size_t n_items;
};

MUST_USE int wire_enrol_parse(struct wire_enrol *out, const char *body,
                              size_t len, struct err *e);
MUST_USE int wire_checkin_parse(struct wire_checkin *out, const char *body,
                                size_t len, struct err *e);
MUST_USE int wire_report_parse(struct wire_report *out, const char *body,
                               size_t len, struct err *e);
/* What a report's signature covers: the canonical form of the report without
 * its `sig`. */
MUST_USE int wire_report_signed(struct buf *out, const char *body, size_t len,
                                struct err *e);
void wire_answer_write(struct buf *out, const struct wire_answer *a);

#endif
