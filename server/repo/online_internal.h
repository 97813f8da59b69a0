/*
 * What online.c shares with online_before.c.
 */
#ifndef SERVER_REPO_ONLINE_INTERNAL_H
#define SERVER_REPO_ONLINE_INTERNAL_H

#include "server/repo/online.h"

/* What follows from a state file's document and bytes: hash, name, world. */
void online_finish_state(struct state_file *f, const struct online *o);

#endif
