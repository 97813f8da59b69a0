#include "config.h"

#include "device/crc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Bit by bit, without a table: records are small and rarely written. */
uint32_t crc_add(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

void crc_format(char out[CRC_TEXT_SIZE], uint32_t crc)
{
	(void)snprintf(out, CRC_TEXT_SIZE, "%08" PRIx32, crc);
}

int crc_parse(uint32_t *out, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	*out = 0;
	for (size_t i = 0; i < CRC_TEXT_SIZE - 1; i++) {
		const char *d =
			text[i] != '\0' ? strchr(digits, text[i]) : NULL;

		if (d == NULL)
			return -1;
		*out = *out << 4 | (uint32_t)(d - digits);
	}
	return 0;
}
