/*
 * How long everything that is published is good for, seen by somebody who
 * does not sign: computed from the published view and the clock by whoever
 * asks, so that a scribe that hangs is found out. Red comes before the end,
 * not after it:
 *
 *   online role   red when two thirds of its life are gone (it is renewed at
 *                 one third)
 *   offline role  a warning for 30 days, red for the last 7: somebody must
 *                 fetch keys
 *
 * Any thread.
 */
#ifndef SERVER_SHOW_WATCH_H
#define SERVER_SHOW_WATCH_H

#include "lib/json/jw.h"
#include "server/fleet/fleet.h"

#define WATCH_WARN_S (INT64_C(30) * 86400)
#define WATCH_RED_S (INT64_C(7) * 86400)

enum watch_level { WATCH_FINE, WATCH_WARN, WATCH_RED };

/* The bins of a role are one entry, named "releases.coat.bin-*", with the
 * first expiry of them. */
struct watch_role {
	char role[TUF_ROLE_MAX];
	bool is_online;
	int64_t left_s; /* negative: it has expired */
	enum watch_level level;
};

struct watch {
	struct watch_role *items; /* root first, timestamp last */
	size_t len, cap;
};

void watch_look(struct watch *w, struct fleet *f);
void watch_fini(struct watch *w);
DEFINE_SCOPED_PLACE(watch_fini, struct watch)

/* What f->trouble says, and TROUBLE_EXPIRY when a role is red. */
unsigned watch_trouble(struct fleet *f);
/* The word for bit i of enum fleet_trouble; NULL behind the last. */
const char *watch_word(unsigned i);
/* The members "ready", "trouble", and (when asked for) "advice" and
 * "warnings": what is wrong and who must do what, as sentences. */
void watch_put(struct jw *w, struct fleet *f);
void watch_put_advice(struct jw *w, struct fleet *f);
/* The member "expires": of each role the seconds that are left, by its name;
 * negative behind its end. */
void watch_put_expires(struct jw *w, struct fleet *f);

#endif
