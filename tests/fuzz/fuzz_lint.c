#include "config.h"

#include "lib/json/js.h"
#include "lib/lint/lint.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The first byte chooses the role. What our own strict reader takes, the
 * lint's lenient one takes too. */
FUZZ_TARGET(lint)
{
	static const char *const roles[] = {"root", "timestamp", "snapshot",
	                                    "targets"};
	SCOPED(lint_fini)
	struct lint l;
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct err e = {0};
	static bool started;

	if (!started)
		key_library_init();
	started = true;
	if (size < 1)
		return;
	lint_init(&l, LINT_ALL_CLIENTS);
	lint_file(&l, roles[data[0] % 4], 1, data + 1, size - 1);
	lint_tree(&l);
	if ((l.n[LINT_ERROR] > 0) != (lint_verdict(&l, &e) != 0))
		abort();
	if (js_parse(&doc, "fuzz", data + 1, size - 1, NULL) != 0)
		return;
	for (size_t i = 0; i < l.len; i++)
		if (strncmp(l.items[i].rule->code, "json_", 5) == 0 &&
		    strcmp(l.items[i].rule->code, "json_float") != 0) /* -0 */
			abort();
}
