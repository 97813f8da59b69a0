#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/folder/plan_stages.h"
#include "repo-tools/folder/role_doc.h"
#include "tests/support/fuzz.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Stages as text, when the first byte is no brace; as JSON otherwise. What
 * was taken must be within a plan's bounds. */
FUZZ_TARGET(stages)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	SCOPED(free)
	char *text = xcalloc(size + 1, 1);
	int result;

	memcpy(text, data, size);
	if (size > 0 && data[0] == '{')
		result = plan_stages_parse_json(p, "fuzz", data, size, 0, NULL);
	else
		result = plan_stages_parse(p, text, 0, NULL);
	if (p->n_stages > PLAN_STAGES_MAX || p->n_members > PLAN_MEMBERS_MAX)
		abort();
	for (size_t i = 0; result == 0 && i < p->n_stages; i++)
		if (p->stages[i].ppm < 1 || p->stages[i].ppm > PPM ||
		    p->stages[i].soak_s < 0)
			abort();
	plan_fini(p);
	free(p);
}

/* A name that is taken says the same when it is spelled again. */
FUZZ_TARGET(role_file)
{
	SCOPED(free)
	char *name = xcalloc(size + 1, 1);
	SCOPED(free)
	char *again = NULL;
	char role[TUF_ROLE_MAX];
	int64_t version;

	memcpy(name, data, size);
	if (!role_doc_file_name(&version, role, name))
		return;
	again = xasprintf("%" PRId64 ".%s.json", version, role);
	if (role[0] == '\0' || strcmp(again, name) != 0)
		abort();
}
