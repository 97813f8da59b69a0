/*
 * The bodies a native device and the server exchange, exactly as trust.md has
 * them (Enrol, Check-in). Pure: text in, text out. Reports are report.h's.
 */
#ifndef DEVICE_WIRE_H
#define DEVICE_WIRE_H

#include "device/provision.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_BODY_MAX ((size_t)8192)
#define WIRE_NONCE_SIZE 33 /* 128 random bits in hex, and the NUL */

enum wire_want { WIRE_NOTHING, WIRE_START, WIRE_ACTIVATE };

struct wire_checkin {
	char nonce[WIRE_NONCE_SIZE];
	int64_t root, timestamp; /* versions held; 0: none */
	const char *running_sha256, *running_version;
	uint32_t running_counter;
	enum wire_want want;
	const char *plan;  /* sha256; NULL: null */
	int64_t attempt;   /* 0: null */
	int battery_pct;   /* -1: not sent */
	const char *alarm; /* NULL: none */
};

struct wire_grant {
	char plan[SHA256_HEX_SIZE];
	int64_t attempt;
	enum wire_want step; /* start or activate */
	int64_t within_s;
};

struct wire_answer {
	int64_t root, timestamp; /* versions the server has */
	int64_t seq;             /* the mark it holds for this device */
	int64_t poll_after_s;
	bool has_grant;
	struct wire_grant grant;
	char why_code[ERR_CODE_MAX]; /* "" when not given */
	char why_text[ERR_MSG_MAX];
};

/* key: the public half of the device's, in hex; NULL: it has none. */
MUST_USE int wire_enrol_body(struct buf *out, const struct provision *p,
                             const char *key, struct err *e);
/* The device's token. */
MUST_USE int wire_enrol_answer(char out[DEVICE_TOKEN_MAX + 1],
                               const void *bytes, size_t len, struct err *e);
MUST_USE int wire_checkin_body(struct buf *out, const struct wire_checkin *c,
                               struct err *e);
/* Refuses an answer to another nonce. Unknown fields are passed over: no
 * answer changes what a device is (check 9). */
MUST_USE int wire_checkin_answer(struct wire_answer *out, const char *nonce,
                                 const void *bytes, size_t len, struct err *e);

/* The grant is for exactly this (single use is the caller's): plan, step, and
 * for activate the open attempt. */
bool wire_grant_matches(const struct wire_answer *a, enum wire_want want,
                        const char *plan, int64_t attempt);

#endif
