/*
 * Bytes as text: lower-case hex and unpadded base64url (RFC 4648). Decoders
 * are total: exact length, one spelling per value, nothing else.
 */
#ifndef LIB_BASE_HEX_H
#define LIB_BASE_HEX_H

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* out holds 2n + 1 chars. */
void hex_encode(char *out, const void *bytes, size_t n);
/* Exactly 2n lower-case digits; 0, or -1 with out undefined. */
MUST_USE int hex_decode(void *out, size_t n, const char *text);
/* Exactly n lower-case hex digits, and nothing after. */
bool is_hex(const char *text, size_t n);

/* Chars of n bytes, without the NUL. */
#define BASE64URL_LEN(n) (((n)*4 + 2) / 3)
void base64url_encode(char *out, const void *bytes, size_t n);
/* Exactly n bytes; refuses padding and non-zero spare bits. */
MUST_USE int base64url_decode(void *out, size_t n, const char *text);

#endif
