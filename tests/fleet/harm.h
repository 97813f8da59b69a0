/*
 * What an image does to some of the devices that boot it. Pure.
 */
#ifndef TESTS_FLEET_HARM_H
#define TESTS_FLEET_HARM_H

#include "lib/base/err.h"
#include "lib/crypto/hash.h"
#include "lib/rollout/words.h"

#include <stdint.h>

enum harm_kind {
	HARM_FAILS, /* it does not come up, or is not well: back to the old */
	HARM_DARK,  /* it runs, and is not heard for a while, or ever again */
};

struct harm {
	enum harm_kind kind;
	char sha256[SHA256_HEX_SIZE];
	struct cell cell; /* "*" spans */
	int64_t percent;  /* of the devices there */
	int64_t dark_s;   /* 0: for good */
};

/* SHA256=HW/REGION[:PERCENT[:SECONDS]], seconds for HARM_DARK alone. */
MUST_USE int harm_parse(struct harm *out, enum harm_kind kind, const char *text,
                        struct err *e);
/* It does this to the device: decided by the device's seed and the image. */
bool harm_hits(const struct harm *h, const char *sha256, const char *hw,
               const char *region, uint64_t seed);

#endif
