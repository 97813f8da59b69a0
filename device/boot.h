/*
 * A model of a boot loader: which slot starts, how often a new one may try,
 * when it is given up. It hashes what it starts (trust.md check 11), never
 * looks at an expiry or a clock, and knows nothing of plans.
 *
 * Opening an agent is a power-on: boot_power_on() runs first.
 */
#ifndef DEVICE_BOOT_H
#define DEVICE_BOOT_H

#include "device/records.h"
#include "device/slots.h"

#include <stdbool.h>

/* Does this image come up on this hardware? True for real hardware unless it
 * says otherwise; a fleet's profile says no for some. */
struct boot_hook {
	bool (*boots)(void *ctx, const char *image_sha256);
	void *ctx;
};

enum boot_outcome {
	BOOT_ACTIVE,   /* the good slot runs, none was on trial */
	BOOT_TRIAL,    /* the new one runs, to be confirmed */
	BOOT_REVERTED, /* the new one was given up, the good one runs */
	BOOT_FALLBACK, /* the good one is spoilt, the other one runs */
};

/* Runs the loader over the state, saving each try before it is made. -1 when
 * nothing boots, or the store fails. */
MUST_USE int boot_power_on(enum boot_outcome *out, struct records *st,
                           const struct slots *slots,
                           const struct boot_hook *hook, struct err *e);

/* Changes of the state the caller then saves.
 *
 * Puts the spare slot on trial for so many boots. */
void boot_switch(struct device_state *s, int64_t tries);
/* The trial succeeded: it is the good slot now, and the security counter
 * rises to its own (check 4: only here). */
void boot_confirm(struct device_state *s);
/* The trial is given up; the good slot stays. */
void boot_revert(struct device_state *s, const char *code);

#endif
