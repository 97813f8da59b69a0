/*
 * CRC-32 (IEEE 802.3): tells a record that was cut by a power failure from a
 * whole one. No protection against anybody who means harm.
 */
#ifndef DEVICE_CRC_H
#define DEVICE_CRC_H

#include "lib/base/cleanup.h"

#include <stddef.h>
#include <stdint.h>

#define CRC_TEXT_SIZE 9 /* eight hex digits and the NUL */

/* Begin with 0; add piece by piece. */
uint32_t crc_add(uint32_t crc, const void *bytes, size_t n);
void crc_format(char out[CRC_TEXT_SIZE], uint32_t crc);
/* The first eight characters of text, lower-case hex. */
MUST_USE int crc_parse(uint32_t *out, const char *text);

#endif
