#include "config.h"

#include "lib/json/canon.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

static int canon(struct buf *out, const void *bytes, size_t len)
{
	SCOPED(js_fini)
	struct js_doc d = {0};
	struct js_at top;

	if (js_parse(&d, "fuzz", bytes, len, NULL) != 0)
		return -1;
	top = js_root(&d);
	/* Never longer than what was read. */
	buf_init(out, len);
	if (canon_write(out, &top, NULL) != 0)
		abort();
	return 0;
}

static bool has_control_bytes(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < 0x20)
			return true;
	return false;
}

/* The canonical form is JSON again unless a control byte stands in it raw,
 * and is its own canonical form. */
FUZZ_TARGET(canon)
{
	SCOPED(buf_fini)
	struct buf one = {0};
	SCOPED(buf_fini)
	struct buf two = {0};

	if (canon(&one, data, size) != 0 || has_control_bytes(&one))
		return;
	if (canon(&two, buf_str(&one), one.len) != 0 || one.len != two.len ||
	    memcmp(one.data, two.data, one.len) != 0)
		abort();
}
