/*
 * Commands of pawld that only read a data directory, whether its server runs
 * or not: a static copy of what is published, and the proof that no version
 * was ever anything else.
 */
#ifndef SERVER_HISTORY_H
#define SERVER_HISTORY_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/tuf/replay.h"

#include <stddef.h>

/* `pawld export DIR`: how many files of metadata stand there goes to *out. */
MUST_USE int history_export(size_t *out, const char *data_dir, const char *dir,
                            struct err *e);

/* `pawld verify-history`: every version that was ever issued, replayed. */
MUST_USE int history_verify(struct replay_counts *out, const char *data_dir,
                            struct err *e);

#endif
