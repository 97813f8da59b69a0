#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/fleet.h"
#include "lib/sim/replay.h"
#include "tests/support/fuzz.h"
#include "tests/support/plan_fixture.h"

#include <stdlib.h>
#include <string.h>

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

static void ignore(void *ctx, const struct replay_result *result)
{
	(void)ctx;
	if (result->verdict > REPLAY_DIFFERS)
		abort();
}

/* Pages, a line each; whatever was taken can be asked. */
FUZZ_TARGET(replay)
{
	SCOPED(replay_fini)
	struct replay r = {0};
	const uint8_t *end = data + size;

	while (data < end) {
		const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((stop != NULL ? stop : end) - data);

		if (replay_add(&r, "fuzz", data, n, NULL) != 0)
			return;
		data += n + (stop != NULL);
	}
	if (replay_check(&r, "fuzz", NULL) == 0 &&
	    replay_run(&r, ignore, NULL, NULL) != 0)
		return;
}
