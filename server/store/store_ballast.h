/*
 * Ballast: a file beside the database that is thrown away when the disk is
 * full, so that a halt, its signed files and its audit row still find room.
 * Whoever sees ERR_NO_SPACE on such a change releases it and tries once more;
 * when there is room again, it is made anew.
 */
#ifndef SERVER_STORE_STORE_BALLAST_H
#define SERVER_STORE_STORE_BALLAST_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* A halt writes a snapshot (2 MB at most), three small files and some rows,
 * first to the log and then to the database. Bytes. */
#define STORE_BALLAST_BYTES ((int64_t)8 << 20)

/* Takes the room; 0 also when it is held already. ERR_NO_SPACE leaves no
 * partial file. */
MUST_USE int store_ballast_make(const char *path, struct err *e);
/* Gives the room back; 0 also when it was not held. */
MUST_USE int store_ballast_release(const char *path, struct err *e);
bool store_ballast_is_held(const char *path);

#endif
