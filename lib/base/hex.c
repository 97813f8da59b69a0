#include "config.h"

#include "lib/base/hex.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char b64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void hex_encode(char *out, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i++) {
		*out++ = hex_digits[p[i] >> 4];
		*out++ = hex_digits[p[i] & 15];
	}
	*out = '\0';
}

/* One more than the value of a lower-case hex digit; 0: it is none. */
static const uint8_t hex_values[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static unsigned hex_value(char c)
{
	return hex_values[(unsigned char)c] - 1U;
}

static int digit_of(const char *digits, char c)
{
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

int hex_decode(void *out, size_t n, const char *text)
{
	uint8_t *p = out;

	if (!is_hex(text, 2 * n))
		return -1;
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(hex_value(text[2 * i]) << 4 |
		                 hex_value(text[2 * i + 1]));
	return 0;
}

bool is_hex(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && hex_values[(unsigned char)text[i]] != 0)
		i++;
	return i == n && text[n] == '\0';
}

void base64url_encode(char *out, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t acc = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++) {
		acc = (acc << 8 | p[i]) & 0xffffff;
		bits += 8;
		while (bits >= 6) {
			bits -= 6;
			*out++ = b64_digits[acc >> bits & 63];
		}
	}
	if (bits > 0)
		*out++ = b64_digits[acc << (6 - bits) & 63];
	*out = '\0';
}

int base64url_decode(void *out, size_t n, const char *text)
{
	uint8_t *p = out;
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t got = 0;

	if (strlen(text) != BASE64URL_LEN(n))
		return -1;
	for (; *text != '\0'; text++) {
		int d = digit_of(b64_digits, *text);

		if (d < 0)
			return -1;
		acc = (acc << 6 | (uint32_t)d) & 0xffffff;
		bits += 6;
		if (bits >= 8 && got < n) {
			bits -= 8;
			p[got++] = (uint8_t)(acc >> bits);
		}
	}
	/* One spelling per value: the spare bits are zero. */
	return got == n && (acc & ((1u << bits) - 1)) == 0 ? 0 : -1;
}
