/*
 * As much of the reference agent as enrols and reports, by its own code:
 * what stands in a body, and who signs it.
 */
#ifndef TESTS_API_REPORTER_H
#define TESTS_API_REPORTER_H

#include "device/provision.h"
#include "device/report.h"
#include "lib/base/rng.h"

struct reporter {
	struct provision p;
	const char *key_path;
	struct outbox *outbox;
	char token[DEVICE_TOKEN_MAX + 1]; /* the test's to set */
};

/* With a key of its own; number keeps its files apart. */
void reporter_init(struct reporter *r, int number, const char *id,
                   const char *batch_token, struct rng *rng);
void reporter_fini(struct reporter *r);

/* Texts are kept by the test process. */
const char *reporter_enrol_body(const struct reporter *r);
/* One more event, and the report of all that wait, signed by this one's key;
 * NULL: not signed. */
const char *reporter_body(struct reporter *r, const struct reporter *signer);

#endif
