#include "config.h"

#include "lib/base/utf8.h"

#include <string.h>

size_t utf8_len(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	unsigned lowest = 0x80, highest = 0xbf; /* of the second byte */

	if ((*p >= 0x80 && *p < 0xc2) || *p > 0xf4)
		return 0;
	switch (*p) {
	case 0xe0: lowest = 0xa0; break;
	case 0xed: highest = 0x9f; break;
	case 0xf0: lowest = 0x90; break;
	case 0xf4: highest = 0x8f; break;
	default: break;
	}
	for (size_t i = 1; i < n; i++, lowest = 0x80, highest = 0xbf)
		if (p[i] < lowest || p[i] > highest)
			return 0;
	return n;
}

/* Only the beginning of a character is left of the text. */
static int is_cut(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = 1;

	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	while (p[n] >= 0x80 && p[n] <= 0xbf && n < 4)
		n++;
	return p[n] == '\0';
}

bool utf8_acts(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},     {0x7f, 0x9f},     /* C0, DEL, C1 */
		{0x200b, 0x200f}, {0x2028, 0x202e}, /* unseen, direction */
		{0x2060, 0x206f}, {0xfeff, 0xfeff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* The character of a sequence that was found right. */
static uint32_t character(const char *p, size_t n)
{
	uint32_t c = (unsigned char)*p;

	if (n > 1)
		c &= 0xffu >> (n + 1);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

void utf8_mend(char *text)
{
	char *out = text; /* never longer than it was */

	while (*text != '\0') {
		size_t n = utf8_len(text);

		if (n == 0 && is_cut(text))
			break;
		if (*text == '\n' || *text == '\r' || *text == '\t') {
			*out++ = ' ';
		} else if (n == 0 || utf8_acts(character(text, n))) {
			*out++ = '?';
		} else {
			memmove(out, text, n);
			out += n;
		}
		text += n == 0 ? 1 : n;
	}
	*out = '\0';
}
