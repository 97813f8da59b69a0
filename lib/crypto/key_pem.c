#include "config.h"

#include "lib/crypto/key_pem.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END "-----END PUBLIC KEY-----"
#define LINE 64 /* characters, as OpenSSL breaks them */

/* Skips one line end; NULL when there is none. */
static const char *line_end(const char *p)
{
	if (*p == '\r')
		p++;
	return *p == '\n' ? p + 1 : NULL;
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/* The base64 of the body without its line ends; 0 when something else stands
 * in it. */
static size_t body(char out[KEY_PUBLIC_TEXT_MAX], const char *text)
{
	const char *p = text;
	size_t n = 0;

	if (strncmp(p, BEGIN, strlen(BEGIN)) != 0)
		return 0;
	for (p = line_end(p + strlen(BEGIN)); p != NULL && is_base64(*p);
	     p = line_end(p))
		while (is_base64(*p)) {
			if (n + 1 == KEY_PUBLIC_TEXT_MAX)
				return 0;
			out[n++] = *p++;
		}
	if (p == NULL || strncmp(p, END, strlen(END)) != 0)
		return 0;
	p += strlen(END);
	if (*p != '\0')
		p = line_end(p);
	return p != NULL && *p == '\0' ? n : 0;
}

size_t key_pem_decode(uint8_t out[KEY_DER_MAX], const char *text)
{
	char base64[KEY_PUBLIC_TEXT_MAX], again[KEY_PUBLIC_TEXT_MAX + 8];
	size_t n = body(base64, text), padding = 0;

	if (n == 0 || n % 4 != 0 || n / 4 * 3 > KEY_DER_MAX)
		return 0;
	if (EVP_DecodeBlock(out, (const uint8_t *)base64, (int)n) !=
	    (int)(n / 4 * 3))
		return 0;
	while (padding < 2 && base64[n - 1 - padding] == '=')
		padding++;
	/* One spelling per value: no padding inside, no spare bits. */
	(void)EVP_EncodeBlock((uint8_t *)again, out,
	                      (int)(n / 4 * 3 - padding));
	return memcmp(again, base64, n) == 0 ? n / 4 * 3 - padding : 0;
}

void key_pem_encode(char out[KEY_PUBLIC_TEXT_MAX], const uint8_t *der, size_t n)
{
	char base64[KEY_PUBLIC_TEXT_MAX];
	size_t len = (size_t)EVP_EncodeBlock((uint8_t *)base64, der, (int)n);
	size_t used = (size_t)snprintf(out, KEY_PUBLIC_TEXT_MAX, BEGIN "\n");

	for (size_t at = 0; at < len; at += LINE)
		used += (size_t)snprintf(out + used, KEY_PUBLIC_TEXT_MAX - used,
		                         "%.*s\n", LINE, base64 + at);
	(void)snprintf(out + used, KEY_PUBLIC_TEXT_MAX - used, END "\n");
}
