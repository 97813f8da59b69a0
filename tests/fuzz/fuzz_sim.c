#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/fleet.h"
#include "tests/support/fuzz.h"
#include "tests/support/plan_fixture.h"

#include <stdlib.h>

/* What is taken is within its bounds, and a plan of any product counts it or
 * says why not. */
FUZZ_TARGET(fleet_file)
{
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};
	SCOPED(fleet_fini)
	struct fleet f = {0};
	SCOPED(plan_fini)
	struct plan p = {0};
	int64_t devices = 0;

	if (size > FLEET_BYTES_MAX ||
	    fleet_file_parse(&file, "fuzz", data, size, NULL) != 0)
		return;
	fixture_plan(&p);
	if (file.n_kinds < 1 || file.n_kinds > FLEET_KINDS_MAX)
		abort();
	if (fleet_count(&f, &file, &p, NULL) != 0)
		return;
	for (size_t i = 0; i < plan_n_cells(&p); i++) {
		const struct fleet_cell *c = &f.cells[i];

		devices += c->devices;
		if (c->devices > 0 &&
		    (c->poll_s < 1 || c->off_ppm < 0 || c->off_ppm >= PPM ||
		     c->fail_ppm + c->brick_ppm > PPM + 1))
			abort();
	}
	if (devices != f.devices || devices > FLEET_DEVICES_MAX)
		abort();
}
