#include "config.h"

#include "lib/sim/fleet.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

#define POLL_MIN_S 10
#define DAY_S INT64_C(86400)
#define POLL_MAX_S (7 * DAY_S)

static int read_ppm(int32_t *out, const struct js_at *at, const char *key,
                    struct err *e)
{
	int64_t ppm;

	if (js_get_int(&ppm, at, key, 0, PPM, e) != 0)
		return -1;
	*out = (int32_t)ppm;
	return 0;
}

static int read_cell(struct fleet_cell *c, const struct js_at *at,
                     struct err *e)
{
	static const char *const names[] = {
		"hw",       "region",    "devices",    "poll_s",
		"fail_ppm", "brick_ppm", "silent_ppm", NULL};

	if (js_only(at, names, e) != 0 ||
	    js_get_int(&c->devices, at, "devices", 1, FLEET_DEVICES_MAX, e) !=
	            0 ||
	    js_get_int(&c->poll_s, at, "poll_s", POLL_MIN_S, POLL_MAX_S, e) !=
	            0 ||
	    read_ppm(&c->fail_ppm, at, "fail_ppm", e) != 0 ||
	    read_ppm(&c->brick_ppm, at, "brick_ppm", e) != 0 ||
	    read_ppm(&c->silent_ppm, at, "silent_ppm", e) != 0)
		return -1;
	if (c->fail_ppm + c->brick_ppm > PPM)
		return js_refuse(at, e,
		                 "fail_ppm and brick_ppm are %" PRId32
		                 " together, %d at most",
		                 c->fail_ppm + c->brick_ppm, PPM);
	return 0;
}

static int add_cell(struct fleet *f, const struct plan *p,
                    const struct js_at *at, struct err *e)
{
	struct cell name;
	int i;

	if (cell_parse(&name, at, false, e) != 0)
		return -1;
	i = plan_cell_index(p, name.hw, name.region);
	if (i < 0)
		return js_refuse(at, e, "the plan has no cell %s/%s", name.hw,
		                 name.region);
	if (f->cells[i].devices > 0)
		return js_refuse(at, e, "%s/%s is given twice", name.hw,
		                 name.region);
	if (read_cell(&f->cells[i], at, e) != 0)
		return -1;
	f->devices += f->cells[i].devices;
	if (f->devices > FLEET_DEVICES_MAX)
		return js_refuse(at, e,
		                 "%" PRId64 " devices so far, %" PRId64
		                 " at most",
		                 f->devices, FLEET_DEVICES_MAX);
	return 0;
}

static int read_fleet(struct fleet *f, const struct plan *p,
                      const struct js_at *root, struct err *e)
{
	static const char *const names[] = {"cells", "download_s", "boot_s",
	                                    NULL};
	struct js_at cells;
	size_t n;

	if (js_is_object(root, e) != 0 || js_only(root, names, e) != 0 ||
	    js_get_int(&f->download_s, root, "download_s", 1, DAY_S, e) != 0 ||
	    js_get_int(&f->boot_s, root, "boot_s", 1, DAY_S, e) != 0 ||
	    js_get_array(&cells, &n, root, "cells", 1, PLAN_CELLS_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at cell = js_element(&cells, i);

		if (add_cell(f, p, &cell, e) != 0)
			return -1;
	}
	return 0;
}

int fleet_parse(struct fleet *out, const struct plan *p, const char *name,
                const void *bytes, size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	*out = (struct fleet){
		.cells = xcalloc(plan_n_cells(p), sizeof(*out->cells)),
	};
	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	return read_fleet(out, p, &root, e);
}

void fleet_fini(struct fleet *f)
{
	free(f->cells);
	*f = (struct fleet){0};
}
