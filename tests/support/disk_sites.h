/*
 * Which place in the code asks for a flush (struct disk_site), from the calls
 * that led there.
 */
#ifndef TESTS_SUPPORT_DISK_SITES_H
#define TESTS_SUPPORT_DISK_SITES_H

#include "tests/support/disk_log.h"

/* Of this object, by a call that returns to `back`: a number in l->sites, which
 * grow by a new place. */
size_t disk_sites_find(struct disk_log *l, int file, const void *back);

#endif
