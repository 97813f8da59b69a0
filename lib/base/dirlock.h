/*
 * One process at a time in a folder. The lock is of the folder itself and adds
 * no file to it, so it does not travel with a stick; it ends with the process,
 * however that ends.
 */
#ifndef LIB_BASE_DIRLOCK_H
#define LIB_BASE_DIRLOCK_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>

/* {0} holds nothing. */
struct dirlock {
	bool held;
	int fd;
};

/* Takes the lock or refuses at once: ERR_CONFLICT, code "in_use". Does nothing
 * when *l has it. A file system that knows no locks gives none, and that is no
 * error: there it is people who take turns. */
MUST_USE int dirlock_take(struct dirlock *l, const char *dir, struct err *e);
void dirlock_drop(struct dirlock *l);

#endif
