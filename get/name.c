#include "config.h"

#include "get/name.h"

#include "lib/crypto/hash.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of a name that was too long; the rest is for "%~" and the hash. */
#define HEAD_MAX 80

static bool is_plain(unsigned char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '~' ||
	       (c == '.' && !first);
}

/* How many bytes were written; stops before one that does not fit in max. */
static size_t encode(char *out, size_t max, const char *text, bool *whole)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		size_t need = is_plain(c, p == text) ? 1 : 3;

		if (n + need > max) {
			*whole = false;
			return n;
		}
		if (need == 1) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	*whole = true;
	return n;
}

void get_name(char out[GET_NAME_SIZE], const char *text)
{
	char hash[SHA256_HEX_SIZE];
	bool whole;
	size_t n = encode(out, GET_NAME_SIZE - 1, text, &whole);

	if (whole) {
		out[n] = '\0';
		return;
	}
	hash_sha256_hex(hash, text, strlen(text));
	n = encode(out, HEAD_MAX, text, &whole);
	(void)snprintf(out + n, GET_NAME_SIZE - n, "%%~%s", hash);
}
