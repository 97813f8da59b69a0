#include "config.h"

#include "server/http/percent.h"

#include <stdbool.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int percent_byte(const char *p)
{
	int high = p[0] == '%' ? digit(p[1]) : -1;
	int low = high >= 0 ? digit(p[2]) : -1;

	return low >= 0 ? high * 16 + low : -1;
}

static int decode(char *out, const char *text, size_t len, bool plus_is_blank)
{
	const char *end = text + len;

	while (text < end) {
		int c = (unsigned char)*text;

		if (c == '%') {
			c = end - text >= 3 ? percent_byte(text) : -1;
			text += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if (c <= 0)
			return -1;
		*out++ = (char)c;
		text++;
	}
	*out = '\0';
	return 0;
}

int percent_decode(char *out, const char *text, size_t len)
{
	return decode(out, text, len, false);
}

int percent_decode_query(char *out, const char *text, size_t len)
{
	return decode(out, text, len, true);
}
