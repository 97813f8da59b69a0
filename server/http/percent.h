/*
 * Percent-encoding (RFC 3986 2.1), decoded exactly once, here. A NUL never
 * comes out: strings end where they seem to end.
 */
#ifndef SERVER_HTTP_PERCENT_H
#define SERVER_HTTP_PERCENT_H

#include "lib/base/cleanup.h"

#include <stddef.h>

/* The byte that "%XX" at p stands for; -1 when it is not two hex digits. */
int percent_byte(const char *p);

/* out holds len + 1 bytes. -1 for a broken escape or %00. */
MUST_USE int percent_decode(char *out, const char *text, size_t len);
/* The same for a form's value, where '+' is a blank. */
MUST_USE int percent_decode_query(char *out, const char *text, size_t len);

#endif
