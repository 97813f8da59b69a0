/*
 * Which reports of a device were seen: the highest sequence number, a map of
 * the 64 at and below it, and a hash of each of the newest four bodies, so
 * that a report counts once however often it is sent, and two devices that
 * share an identity are noticed (trust.md, Report). Pure.
 */
#ifndef SERVER_ROSTER_WINDOW_H
#define SERVER_ROSTER_WINDOW_H

#include <stdint.h>

#define WINDOW_HASHES 4
/* A jump further than this is a mistake, not an outage. */
#define WINDOW_REACH 65536

struct window {
	int64_t mark;                   /* highest seen; 0: none */
	uint64_t bits;                  /* bit k: mark - k was seen */
	uint32_t hashes[WINDOW_HASHES]; /* by sequence number modulo 4 */
};

enum window_verdict {
	WINDOW_NEW,      /* take it */
	WINDOW_SEEN,     /* success again, counted once */
	WINDOW_CONFLICT, /* another body under this number */
	WINDOW_LATE,     /* older than the map: kept, not counted */
	WINDOW_FAR,      /* more than WINDOW_REACH above the mark */
};

enum window_verdict window_judge(const struct window *w, int64_t seq,
                                 uint32_t body_hash);
/* After WINDOW_NEW. */
void window_take(struct window *w, int64_t seq, uint32_t body_hash);

#endif
