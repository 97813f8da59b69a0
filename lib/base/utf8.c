#include "config.h"

#include "lib/base/utf8.h"

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

void utf8_mend(char *text)
{
	while (*text != '\0') {
		size_t n = utf8_len(text);

		if (n == 0 && is_cut(text)) {
			*text = '\0';
			return;
		}
		if (n == 0)
			*text = '?';
		text += n == 0 ? 1 : n;
	}
}
