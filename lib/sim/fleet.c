#include "config.h"

#include "lib/sim/fleet.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SEEN(k) ((k)->habit.devices)

/* A plan's release is fw/<product>/<version>_<name>. */
static bool version_of(char out[SEMVER_MAX_LEN + 1], const struct plan *p)
{
	const char *file = strrchr(p->release_path, '/');
	size_t n;

	if (file == NULL)
		return false;
	n = strcspn(file + 1, "_");
	if (n > SEMVER_MAX_LEN)
		return false;
	memcpy(out, file + 1, n);
	out[n] = '\0';
	return semver_is_valid(out);
}

/* trust.md, State, Scope. What a device runs that never said so is not known
 * to be newer. */
static bool is_wanted(const struct plan *p, const struct fleet_kind *k)
{
	char version[SEMVER_MAX_LEN + 1];

	if (p->kind == PLAN_INSTALL)
		return *k->version == '\0' || !version_of(version, p) ||
		       semver_compare(k->version, version) < 0;
	if (*k->sha256 == '\0')
		return true;
	for (size_t i = 0; i < p->n_from; i++)
		if (strcmp(p->from[i], k->sha256) == 0)
			return true;
	return false;
}

static int64_t joined(int64_t a, int64_t n_a, int64_t b, int64_t n_b)
{
	return (a * n_a + b * n_b) / (n_a + n_b);
}

static void join_ppm(int32_t *into, int64_t n, int32_t ppm, int64_t more)
{
	*into = (int32_t)joined(*into, n, ppm, more);
}

/* By devices and by how much of the time they are off: those never off say
 * nothing of how long it lasts. What is off at all is so for 1 s or more, as
 * the parser has it. The weights are below 2^40, off_s is below 2^20. */
static void join_off_s(struct fleet_cell *c, const struct fleet_cell *k)
{
	int64_t n = c->devices * c->off_ppm, more = k->devices * k->off_ppm;

	if (more > 0)
		c->off_s = joined(c->off_s, n, k->off_s, more);
}

static void join(struct fleet_cell *c, const struct fleet_cell *k)
{
	int64_t n = c->devices, more = k->devices;

	if (more == 0)
		return;
	c->poll_s = joined(c->poll_s, n, k->poll_s, more);
	join_off_s(c, k);
	join_ppm(&c->poll_spread_ppm, n, k->poll_spread_ppm, more);
	join_ppm(&c->off_ppm, n, k->off_ppm, more);
	join_ppm(&c->fail_ppm, n, k->fail_ppm, more);
	join_ppm(&c->brick_ppm, n, k->brick_ppm, more);
	join_ppm(&c->silent_ppm, n, k->silent_ppm, more);
	c->devices += more;
}

static int add_kind(struct fleet *out, const struct fleet_file *f,
                    const struct plan *p, const struct fleet_kind *k,
                    struct err *e)
{
	int i = plan_cell_index(p, k->cell.hw, k->cell.region);

	if (i < 0 && *f->product == '\0')
		return err_set(e, ERR_INVALID,
		               "%s: cells[%zu]: the plan has no cell %s/%s",
		               f->name, k->place, k->cell.hw, k->cell.region);
	if (i < 0 || !is_wanted(p, k) ||
	    (*k->channel != '\0' && !words_has(&p->channels, k->channel))) {
		out->outside += k->enrolled;
		return 0;
	}
	join(&out->cells[i], &k->habit);
	out->devices += SEEN(k);
	out->away += k->enrolled - SEEN(k);
	return 0;
}

int fleet_count(struct fleet *out, const struct fleet_file *f,
                const struct plan *p, struct err *e)
{
	*out = (struct fleet){
		.cells = xcalloc(plan_n_cells(p), sizeof(*out->cells)),
		.download_s = f->download_s,
		.boot_s = f->boot_s,
	};
	if (*f->product != '\0' && strcmp(f->product, p->head.product) != 0)
		return err_set(e, ERR_INVALID,
		               "%s: is the fleet of product %s, the plan is "
		               "for %s",
		               f->name, f->product, p->head.product);
	for (size_t i = 0; i < f->n_kinds; i++)
		if (add_kind(out, f, p, &f->kinds[i], e) != 0)
			return -1;
	if (out->devices == 0)
		return err_code(e, ERR_INVALID, "no_devices",
		                "%s: no device that the plan contains was seen "
		                "within 7 days (%" PRId64 " were not, %" PRId64
		                " are outside of it)",
		                f->name, out->away, out->outside);
	return 0;
}

int fleet_parse(struct fleet *out, const struct plan *p, const char *name,
                const void *bytes, size_t len, struct err *e)
{
	SCOPED(fleet_file_fini)
	struct fleet_file file = {0};

	*out = (struct fleet){0};
	if (fleet_file_parse(&file, name, bytes, len, e) != 0)
		return -1;
	return fleet_count(out, &file, p, e);
}

void fleet_fini(struct fleet *f)
{
	free(f->cells);
	*f = (struct fleet){0};
}

static int32_t *assumed(struct fleet_cell *c, enum fleet_assumption what)
{
	switch (what) {
	case FLEET_FAIL: return &c->fail_ppm;
	case FLEET_BRICK: return &c->brick_ppm;
	case FLEET_SILENT: break;
	}
	return &c->silent_ppm;
}

size_t fleet_assume(struct fleet *f, const struct plan *p,
                    enum fleet_assumption what, const struct cell *pattern,
                    int32_t ppm)
{
	size_t n = 0;

	for (size_t i = 0; i < plan_n_cells(p); i++) {
		struct cell c = plan_cell_at(p, (int)i);

		if (f->cells[i].devices == 0 ||
		    !cells_match(pattern, 1, c.hw, c.region))
			continue;
		*assumed(&f->cells[i], what) = ppm;
		n++;
	}
	return n;
}

int fleet_check(const struct fleet *f, const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < plan_n_cells(p); i++) {
		const struct fleet_cell *c = &f->cells[i];
		struct cell cell = plan_cell_at(p, (int)i);

		if (c->fail_ppm + c->brick_ppm <= PPM)
			continue;
		return err_set(e, ERR_INVALID,
		               "%s/%s: %g%% would fail aloud and %g%% brick, "
		               "100%% together at most",
		               cell.hw, cell.region, c->fail_ppm / 1e4,
		               c->brick_ppm / 1e4);
	}
	return 0;
}
