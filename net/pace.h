/*
 * How slow an answer may be (TUF 1.5.2, slow retrieval). Whoever sends is
 * given so much patience; waiting uses it up, bytes bring it back at the least
 * speed allowed. Silence is given up when patience is, and n bytes never take
 * longer than patience + n / speed, in whatever drops they come. Pure.
 */
#ifndef NET_PACE_H
#define NET_PACE_H

#include <stddef.h>
#include <stdint.h>

struct net_pace {
	int64_t patience_us, until_us;
	int64_t bytes_per_s;
};

/* Both above 0. Times are those of one clock. */
void net_pace_begin(struct net_pace *p, int64_t now_ms, long bytes_per_s,
                    long patience_s);
void net_pace_got(struct net_pace *p, int64_t now_ms, size_t n);
/* When to give up, unless more comes before. */
int64_t net_pace_until_ms(const struct net_pace *p);

#endif
