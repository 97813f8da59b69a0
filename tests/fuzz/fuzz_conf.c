/* What reads as a configuration prints as one that reads the same. */
#include "config.h"

#include "server/conf/conf.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

FUZZ_TARGET(conf)
{
	SCOPED(buf_fini)
	struct buf first = BUF_INIT(1 << 20), second = BUF_INIT(1 << 20);
	SCOPED(conf_fini)
	struct conf a, b;
	struct err e;

	conf_init(&a);
	conf_init(&b);
	if (conf_parse(&a, "x", (const char *)data, size, &e) != 0 ||
	    conf_finish(&a, &e) != 0)
		return;
	conf_print(&first, &a);
	if (conf_parse(&b, "x", buf_str(&first), first.len, &e) != 0)
		abort();
	conf_print(&second, &b);
	if (strcmp(buf_str(&first), buf_str(&second)) != 0)
		abort();
}
