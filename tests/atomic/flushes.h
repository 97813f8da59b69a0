/*
 * Every place in the code that flushes to the disk is needed: without it, some
 * crash in some act breaks. The few exceptions are a list with reasons.
 */
#ifndef TESTS_ATOMIC_FLUSHES_H
#define TESTS_ATOMIC_FLUSHES_H

#include "tests/support/disk_crash.h"

/* Over all acts. limits.without bounds the search for each place and act. */
void flushes_are_needed(const struct disk_crash_limits *limits);
/* The exceptions are exceptions: of the places under each name on the list
 * there is one without which no crash that the limits reach breaks. */
void flushes_listed_are_needless(const struct disk_crash_limits *limits);

#endif
