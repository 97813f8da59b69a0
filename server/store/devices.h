/*
 * Devices: who they are, what they were last seen running, and the window by
 * which their reports count once. The fleet index in memory is loaded from
 * here and written behind; a row is never removed.
 */
#ifndef SERVER_STORE_DEVICES_H
#define SERVER_STORE_DEVICES_H

#include "lib/rollout/fw.h"
#include "lib/rollout/words.h"
#include "server/store/store.h"

#include <stdint.h>

#define DEVICE_ID_SIZE 33 /* 128 bits in hex, and the NUL */
#define DEVICE_LABEL_SIZE 129
#define DEVICE_HASH_SIZE 32
#define DEVICE_KEY_MAX 128 /* bytes of a public key */
#define DEVICE_SEEN_HASHES 4
#define DEVICE_ALARM_SIZE 65

/* The sequence numbers already counted: the highest, a map of the 64 at and
 * below it (bit k: mark - k), and what its owner keeps of the newest bodies. */
struct device_window {
	int64_t mark;
	uint64_t bits;
	uint32_t hashes[DEVICE_SEEN_HASHES];
};

/* What a check-in told. */
struct device_running {
	char sha256[SHA256_HEX_SIZE];
	char version[SEMVER_MAX_LEN + 1];
	uint32_t counter;
};

struct device_row {
	int64_t key; /* in the order of enrolment */
	char id[DEVICE_ID_SIZE];
	char product[PRODUCT_MAX_LEN + 1];
	word hw, region, channel;
	char label[DEVICE_LABEL_SIZE];
	uint8_t token_hash[DEVICE_HASH_SIZE]; /* SHA-256 of its token */
	uint8_t public_key[DEVICE_KEY_MAX];
	size_t public_key_len; /* 0: it has none */
	int64_t batch;
	int64_t enrolled_ms, first_checkin_ms, last_seen_ms;
	struct device_running running;
	struct device_window window;
	int64_t last_attempt; /* the highest number it was ever given */
	int64_t clone_alarms;
	int64_t revoked_ms;
	/* What it last complained of itself, and since when; "": never. */
	char alarm[DEVICE_ALARM_SIZE];
	int64_t alarm_ms;
};

/* A device that has just enrolled: what comes after enrolled_ms is not read.
 * ERR_CONFLICT when its id or its token is taken. */
MUST_USE int devices_add(int64_t *out, struct store *s,
                         const struct device_row *d, struct err *e);
MUST_USE int devices_find_key(struct device_row *out, struct store *s,
                              int64_t key, struct err *e);

/* A device enrols again with the same batch before its first check-in: its
 * token, product, hw, region, channel and public key become those of d;
 * ERR_CONFLICT, code "enrolled", in any other case. */
MUST_USE int devices_enrol_again(struct store *s, int64_t key,
                                 const struct device_row *d, struct err *e);
/* It checked in; the first time stays, the last only rises. */
MUST_USE int devices_seen(struct store *s, int64_t key, int64_t at_ms,
                          const struct device_running *r, struct err *e);
MUST_USE int devices_set_window(struct store *s, int64_t key,
                                const struct device_window *w, struct err *e);
/* It complains of this, from now on. */
MUST_USE int devices_complain(struct store *s, int64_t key, const char *alarm,
                              int64_t at_ms, struct err *e);
/* One clone alarm more. */
MUST_USE int devices_alarm(struct store *s, int64_t key, struct err *e);
/* The first revocation stays. */
MUST_USE int devices_revoke(struct store *s, int64_t key, int64_t at_ms,
                            struct err *e);

typedef int devices_fn(void *ctx, const struct device_row *d, struct err *e);
/* All, in the order of enrolment: for the start. */
MUST_USE int devices_each(struct store *s, devices_fn *fn, void *ctx,
                          struct err *e);

/* NULL or "": any. */
struct devices_filter {
	const char *product, *hw, *region, *channel;
};
/* In the order of enrolment, above key `after`. */
MUST_USE int devices_page(struct store *s, const struct devices_filter *f,
                          int64_t after, int64_t limit, devices_fn *fn,
                          void *ctx, struct err *e);

#endif
