#include "config.h"

#include "repo-tools/folder/counters.h"

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
