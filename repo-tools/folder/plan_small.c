#include "config.h"

#include "repo-tools/folder/plan_small.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/sim/fleet.h"
#include "repo-tools/folder/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WANTED_MAX INT64_C(10000)

int32_t plan_small_ppm(int64_t devices, int64_t wanted)
{
	if (devices <= wanted)
		return PPM;
	/* Rounded up. */
	return (int32_t)((wanted * PPM + devices - 1) / devices);
}

/* Writes it; false when the stage gives the cell as much already. */
static bool enlarge(struct plan *p, size_t stage, const struct cell *c,
                    int32_t ppm)
{
	struct plan_stage *s = &p->stages[stage];
	size_t i = 0;

	if (plan_ppm(p, stage, c->hw, c->region) >= ppm)
		return false;
	while (i < s->n_cells &&
	       !cells_match(&s->cells[i].cell, 1, c->hw, c->region))
		i++;
	if (i == s->n_cells) {
		s->cells = xreallocarray(s->cells, s->n_cells + 1,
		                         sizeof(*s->cells));
		s->cells[s->n_cells++] = (struct plan_cell){.cell = *c};
	}
	s->cells[i].ppm = ppm;
	return true;
}

static void do_cell(struct plan *p, const struct cli *c, const struct fleet *f,
                    int cell, int64_t wanted)
{
	struct cell name = plan_cell_at(p, cell);
	int64_t devices = f->cells[cell].devices;
	int32_t ppm = plan_small_ppm(devices, wanted);
	char share[TEXT_SIZE];
	size_t stages = 0;

	if (devices == 0) {
		cli_say(c, "  %s/%s: no devices in the fleet, as signed\n",
		        name.hw, name.region);
		return;
	}
	for (size_t k = 0; k < p->n_stages; k++)
		stages += enlarge(p, k, &name, ppm);
	if (stages == 0)
		cli_say(c, "  %s/%s: %" PRId64 " devices, large enough\n",
		        name.hw, name.region, devices);
	else
		cli_say(c,
		        "  %s/%s: %" PRId64 " devices, %s in the first %zu "
		        "stage%s\n",
		        name.hw, name.region, devices, text_ppm(share, ppm),
		        stages, stages > 1 ? "s" : "");
}

int plan_small_read(struct plan *p, const struct cli *c, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(FLEET_BYTES_MAX);
	SCOPED(fleet_fini)
	struct fleet f = {0};
	const char *path = cli_get(c, "fleet");
	int64_t wanted = 0;

	if (cli_has(c, "min-devices") != cli_has(c, "fleet"))
		return err_set(e, ERR_USAGE,
		               "--min-devices and --fleet belong together");
	if (path == NULL)
		return 0;
	if (cli_int(&wanted, c, "min-devices", 1, WANTED_MAX, e) != 0 ||
	    fs_read(&text, path, e) != 0 ||
	    fleet_parse(&f, p, path, buf_str(&text), text.len, e) != 0)
		return -1;
	for (int i = 0; i < (int)plan_n_cells(p); i++)
		do_cell(p, c, &f, i, wanted);
	return 0;
}
