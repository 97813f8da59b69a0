#include "config.h"

#include "repo-tools/ctl/forecast.h"

#include "lib/base/clock.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A device's whole way costs microseconds. */
#define DEVICES_A_FORECAST 150000
#define RUNS_MIN 2
#define RUNS_MAX 200
#define RUNS_ASKED_MAX 100000

const struct cli_option ctl_rollout_plan_options[] = {
	/* clang-format off */
	{"fleet",  0, "FILE",  0, NULL,
	 "a fleet as pawl-sim reads it, in place of the one that is there"},
	{"silent", 0, "SHARE", 0, "0%",
	 "devices that fall silent whatever they are sent"},
	{"runs",   0, "N",     0, NULL,
	 "how often each is run (default as many as take a second or two)"},
	{"seed",   0, "N",     0, "1", "the same seed, the same figures"},
	{NULL,     0, NULL,    0, NULL, NULL},
	/* clang-format on */
};

void ctl_forecast_fini(struct ctl_forecast *f)
{
	for (size_t i = 0; i < CTL_FORECAST_RATES; i++)
		forecast_fini(&f->of[i]);
	fleet_fini(&f->fleet);
	fleet_file_fini(&f->file);
	plan_fini(&f->plan);
	free(f->overlaps.items);
	free(f->path);
}

int64_t ctl_forecast_runs(int64_t devices)
{
	int64_t n = DEVICES_A_FORECAST / (devices + 1);

	return n < RUNS_MIN ? RUNS_MIN : n > RUNS_MAX ? RUNS_MAX : n;
}

/* ---- The plan ---- */

/* targets/plan/P/<sha256>.<id>.<rev>.json; the answer's bytes are the file's.
 */
static int read_plan(struct ctl_forecast *f, struct ctl_api *api, struct err *e)
{
	const char *name = strrchr(f->path, '/') + 1;
	SCOPED(free)
	char *url = xasprintf("/targets/%.*s%s.%s", (int)(name - f->path),
	                      f->path, f->sha256, name);
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	char found[SHA256_HEX_SIZE];

	if (ctl_api_get(api, &a, url, e) != 0)
		return -1;
	hash_sha256_hex(found, buf_str(&a.reply.body), a.reply.body.len);
	if (strcmp(found, f->sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "%s: has sha256 %s, the catalog says %s",
		                f->path, found, f->sha256);
	return plan_parse(&f->plan, f->path, buf_str(&a.reply.body),
	                  a.reply.body.len, e);
}

/* The plan's entry in the catalog. */
static int find_entry(struct js_at *out, struct js_at *product,
                      struct js_at *plans, const struct js_at *products,
                      size_t n, const char *path, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		size_t n_plans;

		*product = js_element(products, i);
		if (js_get_array(plans, &n_plans, product, "plans", 0, SIZE_MAX,
		                 e) != 0)
			return -1;
		for (size_t k = 0; k < n_plans; k++) {
			const char *at;

			*out = js_element(plans, k);
			if (js_get_str(&at, out, "path", TARGET_MAX_LEN, e) !=
			    0)
				return -1;
			if (strcmp(at, path) == 0)
				return 0;
		}
	}
	return err_code(e, ERR_NOT_FOUND, "unknown_plan",
	                "%.200s: no published plan has this path; pawlctl "
	                "catalog lists them",
	                path);
}

static int find_plan(struct ctl_forecast *f, const struct cli *c,
                     const struct js_at *catalog, struct err *e)
{
	struct js_at products, product, plans, entry;
	const char *name = cli_arg(c, 0);
	size_t n;

	if (strncmp(name, "plan/", 5) == 0)
		f->path = xstrdup(name);
	else if (ctl_plan_find(&f->path, catalog, name, e) != 0)
		return -1;
	if (js_get_array(&products, &n, catalog, "products", 0, SIZE_MAX, e) !=
	            0 ||
	    find_entry(&entry, &product, &plans, &products, n, f->path, e) != 0)
		return -1;
	return doc_hex_parse(f->sha256, SHA256_HEX_SIZE - 1, &entry, "sha256",
	                     e);
}

/* It cannot begin before now. */
static int begin_now(struct plan *p, const struct cli *c, struct err *e)
{
	int64_t now_s = clock_utc_ms(cli_world(c)->clock) / 1000;

	if (now_s >= p->expires_s)
		return err_code(e, ERR_EXPIRED, "plan_expired",
		                "%s.%" PRId64 ": has expired; sign a new "
		                "revision",
		                p->id, p->rev);
	if (p->stages[0].not_before_s < now_s)
		p->stages[0].not_before_s = now_s;
	return 0;
}

/* ---- The fleet ---- */

static int read_fleet(struct ctl_forecast *f, const struct cli *c,
                      struct ctl_api *api, struct err *e)
{
	const char *file = cli_get(c, "fleet");
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	SCOPED(free)
	char *path =
		xasprintf("/v1/admin/fleet?product=%s", f->plan.head.product);
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(FLEET_BYTES_MAX);

	if (file == NULL) {
		if (ctl_api_get(api, &a, path, e) != 0)
			return -1;
		return fleet_file_parse(&f->file, "fleet",
		                        buf_str(&a.reply.body),
		                        a.reply.body.len, e);
	}
	if (fs_read(&bytes, file, e) != 0)
		return -1;
	return fleet_file_parse(&f->file, file, buf_str(&bytes), bytes.len, e);
}

/* ---- Rollouts beside it ---- */

struct extent {
	struct words channels, hw, regions;
};

static int64_t shared(const struct ctl_forecast *f, const struct extent *o)
{
	const struct plan *p = &f->plan;
	int64_t n = 0;

	for (size_t i = 0; i < f->file.n_kinds; i++) {
		const struct fleet_kind *k = &f->file.kinds[i];

		if (words_has(&p->channels, k->channel) &&
		    words_has(&o->channels, k->channel) &&
		    words_has(&p->hw, k->cell.hw) &&
		    words_has(&o->hw, k->cell.hw) &&
		    words_has(&p->regions, k->cell.region) &&
		    words_has(&o->regions, k->cell.region))
			n += k->enrolled;
	}
	return n;
}

static int read_scope(struct extent *out, const struct js_at *catalog,
                      const char *path, struct err *e)
{
	struct js_at products, product, plans, entry;
	size_t n;

	if (js_get_array(&products, &n, catalog, "products", 0, SIZE_MAX, e) !=
	            0 ||
	    find_entry(&entry, &product, &plans, &products, n, path, e) != 0)
		return -1;
	if (words_parse(&out->channels, &entry, "channels", WORDS_MAX, false,
	                e) != 0 ||
	    words_parse(&out->hw, &entry, "hw", WORDS_MAX, false, e) != 0)
		return -1;
	return words_parse(&out->regions, &entry, "regions", WORDS_MAX, false,
	                   e);
}

static int add_overlap(struct ctl_forecast *f, const struct js_at *at,
                       const struct js_at *catalog, struct err *e)
{
	SCOPED(free)
	struct extent *scope = xcalloc(1, sizeof(*scope));
	const char *product, *state, *kind, *path;
	struct ctl_overlap o = {0};

	if (js_get_str(&product, at, "product", PRODUCT_MAX_LEN, e) != 0 ||
	    js_get_str(&state, at, "state", 32, e) != 0 ||
	    js_get_str(&kind, at, "kind", 32, e) != 0 ||
	    js_get_str(&path, at, "plan", TARGET_MAX_LEN, e) != 0 ||
	    js_get_int(&o.rollout, at, "key", 1, NUM_JSON_MAX, e) != 0)
		return -1;
	if (strcmp(product, f->plan.head.product) != 0 ||
	    strcmp(path, f->path) == 0 ||
	    (strcmp(state, "running") != 0 && strcmp(state, "paused") != 0))
		return 0;
	if (read_scope(scope, catalog, path, e) != 0)
		return -1;
	o.devices = shared(f, scope);
	/* trust.md, State: recalls first, then the newest. */
	o.above = strcmp(kind, "recall") == 0 && f->plan.kind != PLAN_RECALL;
	if (o.devices == 0)
		return 0;
	VEC_GROW(&f->overlaps);
	f->overlaps.items[f->overlaps.len++] = o;
	return 0;
}

int ctl_forecast_overlaps(struct ctl_forecast *f, const struct js_at *rollouts,
                          const struct js_at *catalog, struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, rollouts, "rollouts", 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (add_overlap(f, &at, catalog, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- How long an attempt takes ---- */

static int read_attempt(struct ctl_forecast *f, const struct js_at *at,
                        struct err *e)
{
	struct js_at eta, attempt;
	const char *product;

	if (js_get_str(&product, at, "product", PRODUCT_MAX_LEN, e) != 0)
		return -1;
	if (strcmp(product, f->plan.head.product) != 0 || !js_has(at, "eta"))
		return 0;
	if (js_get(&eta, at, "eta", e) != 0)
		return -1;
	if (!js_has(&eta, "attempt_s"))
		return 0;
	if (js_get(&attempt, &eta, "attempt_s", e) != 0)
		return -1;
	if (js_is_null(&attempt))
		return 0;
	return js_as_int(&f->attempt_s, &attempt, 0, NUM_JSON_MAX, e) != 0
	               ? -1
	               : js_get_int(&f->attempt_of, at, "key", 1, NUM_JSON_MAX,
	                            e);
}

static int64_t within_day(int64_t seconds)
{
	return seconds < 1 ? 1 : seconds > 86400 ? 86400 : seconds;
}

int ctl_forecast_attempts(struct ctl_forecast *f, const struct js_at *rollouts,
                          struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, rollouts, "rollouts", 0, SIZE_MAX, e) != 0)
		return -1;
	/* Newest first. */
	for (size_t i = 0; i < n && f->attempt_of == 0; i++) {
		struct js_at at = js_element(&list, i);

		if (read_attempt(f, &at, e) != 0)
			return -1;
	}
	if (f->attempt_of == 0)
		return 0;
	/* Each part takes up to twice its number, half as much again in the
	 * mean; of the whole, two thirds are the download. */
	f->file.download_s = within_day(f->attempt_s * 4 / 9);
	f->file.boot_s = within_day(f->attempt_s * 2 / 9);
	return 0;
}

/* ---- The forecast ---- */

static void run(struct ctl_forecast *f, int64_t runs)
{
	static const struct cell everywhere = {"*", "*"};
	const int32_t rates[CTL_FORECAST_RATES] = {0, 10000,
	                                           f->plan.gate.p0_ppm, 100000};

	for (size_t i = 0; i < CTL_FORECAST_RATES; i++) {
		/* Rising, each once. */
		if (i > 0 && rates[i] <= f->rates[f->n_rates - 1])
			continue;
		(void)fleet_assume(&f->fleet, &f->plan, FLEET_FAIL, &everywhere,
		                   rates[i]);
		f->rates[f->n_rates] = rates[i];
		forecast_run(&f->of[f->n_rates], &f->plan, &f->fleet, NULL,
		             i == 0 ? RUNS_MIN : runs, (uint64_t)f->seed);
		f->n_rates++;
	}
}

static int read_all(struct ctl_forecast *f, const struct cli *c, struct err *e)
{
	SCOPED(ctl_api_fini)
	struct ctl_api api = {0};
	SCOPED(ctl_answer_fini)
	struct ctl_answer catalog = {0};
	SCOPED(ctl_answer_fini)
	struct ctl_answer rollouts = {0};

	if (ctl_api_open(&api, c, e) != 0 ||
	    ctl_api_get(&api, &catalog, "/v1/admin/catalog", e) != 0 ||
	    find_plan(f, c, &catalog.root, e) != 0 ||
	    read_plan(f, &api, e) != 0 || begin_now(&f->plan, c, e) != 0 ||
	    read_fleet(f, c, &api, e) != 0 ||
	    ctl_api_get(&api, &rollouts, "/v1/admin/rollouts", e) != 0)
		return -1;
	/* A file says how long they take. */
	if (!cli_has(c, "fleet") &&
	    ctl_forecast_attempts(f, &rollouts.root, e) != 0)
		return -1;
	return ctl_forecast_overlaps(f, &rollouts.root, &catalog.root, e);
}

int ctl_rollout_plan(struct cli *c, struct err *e)
{
	static const struct cell everywhere = {"*", "*"};
	SCOPED(ctl_forecast_fini)
	struct ctl_forecast f = {0};
	int64_t runs = 0;
	int32_t silent = 0;

	if (cli_int(&f.seed, c, "seed", 0, NUM_JSON_MAX, e) != 0 ||
	    cli_int(&runs, c, "runs", RUNS_MIN, RUNS_ASKED_MAX, e) != 0 ||
	    cli_ppm(&silent, c, "silent", 0, PPM, e) != 0 ||
	    read_all(&f, c, e) != 0 ||
	    fleet_count(&f.fleet, &f.file, &f.plan, e) != 0)
		return -1;
	if (cli_has(c, "silent"))
		(void)fleet_assume(&f.fleet, &f.plan, FLEET_SILENT, &everywhere,
		                   silent);
	run(&f, runs > 0 ? runs : ctl_forecast_runs(f.fleet.devices));
	if (cli_wants_json(c))
		return ctl_forecast_json(c, &f, e);
	ctl_forecast_show(c, &f);
	return 0;
}
