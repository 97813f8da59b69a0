/*
 * File descriptors: as many connections as leave the server some for itself.
 * When none is left it can open no file, and neither write what the brake and
 * the witness need: idle connections must not do that.
 */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

#include <stdint.h>

/* How many of the wanted connections fit below a limit; never below 64, the
 * least that can be configured. */
unsigned descriptors_fit(uint64_t limit, unsigned wanted, unsigned threads);
/* Raises the limit of the process as far as it may, and says how many fit;
 * the log, when not all do. */
unsigned descriptors_take(unsigned wanted, unsigned threads);

#endif
