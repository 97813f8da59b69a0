/*
 * JSON Schema (draft 2020-12), as much of it as this repository's schemas
 * use; a keyword it does not know is an error, so that nothing is skipped in
 * silence.
 */
#ifndef TESTS_SUPPORT_SCHEMA_CHECK_H
#define TESTS_SUPPORT_SCHEMA_CHECK_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/json/js.h"

#include <stdbool.h>

struct schema {
	struct js_doc doc;
	/* Members that the schema does not name are refused, for what we
	 * write ourselves. */
	bool closed;
};

/* path from the top of the source tree. */
MUST_USE int schema_load(struct schema *s, const char *path, struct err *e);
void schema_fini(struct schema *s);
DEFINE_SCOPED_PLACE(schema_fini, struct schema)

/* The value keeps to the schema; else the first place that does not. */
MUST_USE int schema_check(const struct schema *s, const struct js_at *value,
                          struct err *e);
/* The same for a text. */
MUST_USE int schema_check_text(const struct schema *s, const char *text,
                               struct err *e);

#endif
