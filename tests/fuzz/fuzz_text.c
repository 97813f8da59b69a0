#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/base/rfc3339.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

static char *text_of(const uint8_t *data, size_t size)
{
	char *text = xcalloc(size + 1, 1);

	memcpy(text, data, size);
	return text;
}

/* What is read is written back as it was: one spelling per moment. */
FUZZ_TARGET(rfc3339)
{
	SCOPED(free)
	char *text = text_of(data, size);
	char again[RFC3339_SIZE];
	int64_t s;

	if (rfc3339_parse(&s, text) != 0)
		return;
	rfc3339_format(again, s);
	if (strcmp(again, text) != 0)
		abort();
}

/* The first byte is the length asked for. */
FUZZ_TARGET(hex)
{
	SCOPED(free)
	char *text = NULL, *again = NULL;
	SCOPED(free)
	uint8_t *bytes = NULL;
	size_t n;

	if (size == 0)
		return;
	n = data[0];
	text = text_of(data + 1, size - 1);
	bytes = xmalloc(n);
	again = xcalloc(2 * n + 5, 1);
	if (hex_decode(bytes, n, text) == 0) {
		hex_encode(again, bytes, n);
		if (strcmp(again, text) != 0)
			abort();
	}
	if (base64url_decode(bytes, n, text) == 0) {
		base64url_encode(again, bytes, n);
		if (strcmp(again, text) != 0)
			abort();
	}
}

FUZZ_TARGET(num)
{
	SCOPED(free)
	char *text = text_of(data, size);
	int64_t n;

	if (num_i64(&n, text, 3, NUM_JSON_MAX, "x", NULL) == 0 &&
	    (n < 3 || n > NUM_JSON_MAX))
		abort();
	if (num_seconds(&n, text, 30, 86400, "x", NULL) == 0 &&
	    (n < 30 || n > 86400))
		abort();
	if (num_bytes(&n, text, 0, INT64_MAX, "x", NULL) == 0 && n < 0)
		abort();
}
