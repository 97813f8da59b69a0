#include "config.h"

#include "tests/unit/sim/exact.h"

#include "lib/base/cleanup.h"
#include "lib/base/mem.h"

#include <math.h>

/* So much probability ends at s failures of n. */
static void ends(struct exact *sum, double mass, int64_t s, int64_t n)
{
	double failed = (double)s, exposed = (double)n;

	sum->mean_failed += mass * failed;
	sum->mean_exposed += mass * exposed;
	sum->sd_failed += mass * failed * failed;
	sum->sd_exposed += mass * exposed * exposed;
}

static double deviation(double mean, double mean_of_squares)
{
	return sqrt(fmax(mean_of_squares - mean * mean, 0));
}

void exact_stage(struct exact *out, exact_fn *halts, const void *ctx,
                 int64_t devices, double p)
{
	SCOPED(free)
	double *on = xcalloc((size_t)devices + 2, sizeof(*on));
	int64_t most = 0; /* failures that still go on */

	*out = (struct exact){.p_halt = 0};
	on[0] = 1;
	for (int64_t n = 1; n <= devices; n++) {
		int64_t now_most = 0;

		for (int64_t s = most + 1; s >= 0; s--) {
			double mass =
				on[s] * (1 - p) + (s > 0 ? on[s - 1] * p : 0);

			on[s] = mass;
			if (!halts(ctx, s, n)) {
				if (mass > 0 && s > now_most)
					now_most = s;
				continue;
			}
			on[s] = 0;
			out->p_halt += mass;
			ends(out, mass, s, n);
		}
		most = now_most;
	}
	for (int64_t s = 0; s <= most; s++)
		ends(out, on[s], s, devices);
	out->sd_failed = deviation(out->mean_failed, out->sd_failed);
	out->sd_exposed = deviation(out->mean_exposed, out->sd_exposed);
}
