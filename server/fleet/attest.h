/*
 * What the witness file saw (server/repo/witness.h), held against the data
 * directory and against what is about to be published. A data directory that
 * is older than its witness came back from a backup: it has forgotten halts
 * and versions, so nothing is signed and nothing granted until an operator
 * has looked and said `pawld witness accept`.
 *
 * The scribe's thread alone; all of it does nothing without a witness file.
 */
#ifndef SERVER_FLEET_ATTEST_H
#define SERVER_FLEET_ATTEST_H

#include "server/fleet/fleet.h"

/* At start, when store, journal and view are there. What does not agree is
 * kept as a refusal and TROUBLE_WITNESS. */
void attest_open(struct fleet *f);
void attest_close(struct fleet *f);

/* Before anything is signed over a set. */
MUST_USE int attest_check(const struct fleet *f, const struct set *set,
                          struct err *e);
/* Before a version of a new block is used: the file knows the journal's
 * limits. */
MUST_USE int attest_limits(struct fleet *f, const struct set *set,
                           struct err *e);

/* Around the commit of a change that makes `v` visible: first, durably, what
 * will have been seen; then it takes effect. After the commit there is no way
 * back: a failure of the second for a new set ends the process, and the next
 * start finds out. */
MUST_USE int attest_prepare(struct fleet *f, const struct view *v,
                            struct err *e);
void attest_settle(struct fleet *f, bool is_new_set);
/* `v` is visible and committed: for halts, whose swap waits for nothing. */
void attest_seen(struct fleet *f, const struct view *v);

/* Each second: a file that could not be written is written within seconds of
 * its disk being well again, and with that the trouble ends; without any
 * signing. Only what the database has goes in. */
void attest_retry(struct fleet *f);

/* The journal's limits into the witness; something was raised. */
bool attest_raise_limits(struct witness *w, const struct journal *j);

/* attest_accept.c: `pawld witness accept`, on a data directory that no server
 * uses: what the witness saw is taken over as far as it is numbers; rollouts
 * that devices are told of, running or completed, are paused since the last
 * signing, because halts may be forgotten; a file that was lost is made anew.
 * *paused: how many. */
MUST_USE int attest_accept(int64_t *paused, const char *data_dir,
                           const char *witness_file, const struct clock *clock,
                           const char *actor, const char *reason,
                           struct err *e);

#endif
