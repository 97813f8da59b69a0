/*
 * What the device has to tell, kept until the server said it is stored: an
 * append-only file, each line with its CRC, and sequence numbers that rise, as
 * long as the server's mark does not stand far below them (trust.md, Report).
 * Opening it again after any cut finds every item that was added and not
 * acknowledged.
 */
#ifndef DEVICE_REPORT_H
#define DEVICE_REPORT_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/crypto/hash.h"

#include <stddef.h>
#include <stdint.h>

#define REPORT_BATCH_MAX 16
/* Above so many waiting items the oldest goes: a server that is gone for
 * years must not fill the flash. */
#define REPORT_PENDING_MAX 512
#define REPORT_BODY_MAX ((size_t)8192)
/* Half of what a server takes above its mark (trust.md, Report), so that what
 * is added before its next answer is within that, too. */
#define REPORT_REACH 32768

enum report_step {
	REPORT_STARTED,
	REPORT_DOWNLOADED,
	REPORT_VERIFIED,
	REPORT_INSTALLED,
	REPORT_ACTIVATED,
	REPORT_BOOTED,
	REPORT_CONFIRMED,
	REPORT_FAILED,
	REPORT_REVERTED,
	REPORT_DEFERRED,
	REPORT_REFUSED,
};
const char *report_step_name(enum report_step s);

/* One event. `code` says why, where there is a why: an offer's code for
 * deferred and refused; for failed and reverted
 *
 *	transport_hash, transport_length	other bytes on the way (no
 *						failure of this device)
 *	slot_write, slot_hash			the flash
 *	boot_failed, not_confirmed, unhealthy,	the new image
 *	deadline, counter_low
 */
struct report_item {
	int64_t seq;     /* given by outbox_add */
	int64_t attempt; /* 0: null */
	char plan[SHA256_HEX_SIZE];
	char image[SHA256_HEX_SIZE];
	enum report_step step;
	char code[ERR_CODE_MAX]; /* "" when there is no why */
	char running[SHA256_HEX_SIZE];
	uint32_t counter;
};

struct outbox;

/* floor_seq: the highest number known to be used, from elsewhere. */
MUST_USE int outbox_open(struct outbox **out, const char *path,
                         int64_t floor_seq, struct err *e);
void outbox_free(struct outbox *o);
DEFINE_SCOPED(outbox_free, struct outbox *)

/* Durable when it returns 0. */
MUST_USE int outbox_add(struct outbox *o, const struct report_item *item,
                        struct err *e);
size_t outbox_pending(const struct outbox *o);
const struct report_item *outbox_item(const struct outbox *o, size_t i);
/* The highest number used or told. */
int64_t outbox_seq(const struct outbox *o);
/* The server's mark (of a check-in or an answer): new items go above it. Where
 * it is more than REPORT_REACH below our numbers, what raised them is over: a
 * lie, or what a server knew before it was restored. Its mark then counts, and
 * what waits is numbered anew above it. An item the server had before under
 * another number is told twice, which moves no trial. After -1 the outbox must
 * be opened anew. */
MUST_USE int outbox_follow(struct outbox *o, int64_t mark, struct err *e);

/* A report of the oldest items, at most `max`; how many stands in *n. */
MUST_USE int outbox_body(struct buf *out, size_t *n, const struct outbox *o,
                         const char *device_id, size_t max, struct err *e);
/* The answer 200 or 409: acknowledged and conflicting items leave. *left
 * tells how many did. */
MUST_USE int outbox_answer(struct outbox *o, size_t *left, const void *bytes,
                           size_t len, struct err *e);
/* The oldest item leaves unacknowledged: nobody will ever take it. */
MUST_USE int outbox_drop_oldest(struct outbox *o, struct err *e);

#endif
