/*
 * Telemetry: the raw rows, in the order of arrival. That a report counts once
 * is its device's window (devices.h), not this table's; there is no second
 * index here, because it would cost more than all the rest.
 */
#ifndef SERVER_STORE_REPORTS_H
#define SERVER_STORE_REPORTS_H

#include "lib/rollout/fw.h"
#include "server/store/store.h"

#define REPORT_STEP_SIZE 17
#define REPORT_CODE_SIZE 65

struct report_row {
	int64_t number; /* given by the table, rising */
	int64_t received_ms;
	int64_t device;
	int64_t seq;
	int64_t attempt; /* 0: it acted without a grant */
	char plan[SHA256_HEX_SIZE];
	char image[SHA256_HEX_SIZE];
	char step[REPORT_STEP_SIZE]; /* as the device says it */
	char code[REPORT_CODE_SIZE];
	char running[SHA256_HEX_SIZE];
	uint32_t counter;
	bool late; /* older than the window: kept, in no gate */
};

/* number is not read. */
MUST_USE int reports_add(struct store *s, const struct report_row *r,
                         struct err *e);
MUST_USE int reports_count(int64_t *out, struct store *s, struct err *e);

typedef int reports_fn(void *ctx, const struct report_row *r, struct err *e);
/* A device's reports, newest first, as far as they lie among the `window`
 * rows below number *before; at most `limit`. Sets *before to where the next
 * call goes on; 0 when the table is at its end. A full scan is so cut into
 * bounded pieces. */
MUST_USE int reports_of_device(struct store *s, int64_t device, int64_t *before,
                               int64_t window, int64_t limit, reports_fn *fn,
                               void *ctx, struct err *e);

/* Forgets the oldest rows that came before that moment, at most max_rows of
 * them; how many goes to *out. The newest row always stays, so that numbers
 * go on rising. */
MUST_USE int reports_forget(int64_t *out, struct store *s, int64_t before_ms,
                            int64_t max_rows, struct err *e);

#endif
