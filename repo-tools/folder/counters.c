#include "config.h"

#include "repo-tools/folder/counters.h"

#include "lib/catalog/delegations.h"
#include "lib/rollout/fw.h"
#include "repo-tools/folder/kept.h"

static void count(void *ctx, const struct tuf_targets *t)
{
	int64_t *highest = ctx;

	for (size_t i = 0; i < t->n_targets; i++) {
		struct fw fw;

		/* Other targets have no manifest, and no counter. */
		if (fw_parse(&fw, t->targets[i].path, t->targets[i].custom,
		             NULL) == 0 &&
		    fw.counter > *highest)
			*highest = fw.counter;
	}
}

int counters_highest(int64_t *out, const struct workspace *ws,
                     const char *product, struct err *e)
{
	int64_t highest = -1;

	if (kept_releases(ws, product, "\"counter\"", count, &highest, e) != 0)
		return -1;
	*out = highest;
	return 0;
}

int64_t counters_signed(const struct workspace *ws,
                        const struct workspace_role *r)
{
	size_t at = (size_t)(r - ws->roles);
	const char *product = NULL;
	int64_t highest = -1;

	if (delegations_row(r->name, &product) == NULL ||
	    counters_highest(&highest, ws, product, NULL) != 0)
		highest = -1;
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct workspace_role *x = &ws->roles[i];

		if (x->current != NULL &&
		    (i == at || (x->bin && x->delegator == at)))
			count(&highest, &x->current->targets);
	}
	return highest;
}
