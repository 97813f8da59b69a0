#include "config.h"

#include "repo-tools/cmd/plan_options.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/rollout/template.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/names.h"
#include "repo-tools/folder/plan_small.h"
#include "repo-tools/folder/plan_stages.h"

#include <string.h>

#define DAY_S INT64_C(86400)
#define SPAN_MAX_S (90 * DAY_S)
#define COUNT_MAX INT64_C(1000000000)
/* A plan lives this long, or a week more than its stages take. */
#define LIFE_S (30 * DAY_S)
#define LIFE_AFTER_S (7 * DAY_S)

const struct cli_option cmd_plan_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME", CLI_REQUIRED, NULL, "what the firmware is for"},
	{"id", 'i', "ID", CLI_REQUIRED, NULL,
	 "the plan's name; the same again makes its next revision"},
	{"release", 'r', "PATH|VERSION", CLI_REQUIRED, NULL,
	 "the release it spreads"},
	{"channels", 0, "A[,B…]", CLI_REQUIRED | CLI_REPEATS, NULL,
	 "channels it is for"},
	{"hw", 0, "A[,B…]", CLI_REPEATS, NULL,
	 "hardware revisions (default all of the release)"},
	{"regions", 0, "R[,S…]", CLI_REPEATS, NULL,
	 "regions (default those of the release, where it names them)"},
	{"template", 0, "NAME", 0, "cautious",
	 "stages and gate by a name: cautious, fast or hotfix"},
	{"stages", 0, "SHARE:SOAK,…", 0, NULL,
	 "how far, and how long each stage soaks, in place of the template's"},
	{"file", 0, "FILE", 0, NULL,
	 "stages from JSON instead, with cells and members"},
	{"min-devices", 0, "N", 0, NULL,
	 "larger shares where --fleet counts fewer than N devices in a stage"},
	{"fleet", 0, "FILE", 0, NULL,
	 "how many devices each cell has, as for pawl-sim"},
	{"start", 0, "TIME", 0, "0s",
	 "when the first stage may begin, or how long from now"},
	{"expires", 0, "TIME", 0, NULL,
	 "when it ends, or how long after the start (default 30d, or a week "
	 "after its stages)"},
	{"max-ppm", 0, "SHARE", 0, NULL,
	 "ceiling for devices without a clock (default the first stage's)"},
	{"initiator", 0, "NAME", 0, NULL,
	 "who asks for it; a key of this label does not approve it"},
	{"promote", 0, "HOW", 0, "auto", "auto or hand"},
	{"kind", 0, "KIND", 0, "install", "install or recall"},
	{"from", 0, "SHA|VERSION,…", CLI_REPEATS, NULL,
	 "running images a recall takes back"},
	{"resumes", 0, "HW/REGION,…", CLI_REPEATS, NULL,
	 "halted cells it starts again"},
	{"offline-after", 0, "DURATION", 0, NULL,
	 "devices without contact for so long go on alone in the last stage"},
	{"counter-max", 0, "N", 0, NULL,
	 "highest security counter it allows (default the release's)"},
	{"p0", 0, "SHARE", 0, NULL,
	 "failing devices that are tolerated (default the template's, here and "
	 "below)"},
	{"alpha", 0, "SHARE", 0, NULL, "risk of a false halt"},
	{"p-silent", 0, "SHARE", 0, NULL, "silent devices that are tolerated"},
	{"alpha-silent", 0, "SHARE", 0, NULL,
	 "risk of a false hold or halt by silence"},
	{"p1", 0, "SHARE", 0, NULL, "promote when fewer than this fail …"},
	{"beta", 0, "SHARE", 0, NULL, "… but for this risk"},
	{"soft", 0, "DURATION", 0, NULL, "a device is overdue after this"},
	{"hard", 0, "DURATION", 0, NULL, "a device is silent after this"},
	{"in-flight", 0, "N", 0, NULL, "open grants at most"},
	{"min-confirmed", 0, "N", 0, NULL,
	 "confirmed devices before any promotion"},
	{"holdback", 0, "SHARE", 0, NULL, "devices kept back to compare with"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

static const struct catalog_release *
by_version(const struct catalog_product *p, const char *version,
           const struct catalog_release **second)
{
	const struct catalog_release *found = NULL;

	for (size_t i = 0; i < p->n_releases; i++) {
		if (strcmp(p->releases[i].fw.version, version) != 0)
			continue;
		if (found != NULL)
			*second = &p->releases[i];
		else
			found = &p->releases[i];
	}
	return found;
}

int plan_options_release(const struct catalog_release **out,
                         const struct catalog_product *p, const char *text,
                         struct err *e)
{
	const struct catalog_release *second = NULL;

	*out = catalog_release(p, text);
	if (*out != NULL)
		return 0;
	*out = by_version(p, text, &second);
	if (*out == NULL)
		return err_code(e, ERR_NOT_FOUND, "unknown_release",
		                "%.200s: is no release of %s; pawl-repo "
		                "release add makes one",
		                text, p->product);
	if (second != NULL)
		return err_code(e, ERR_CONFLICT, "ambiguous_release",
		                "%s: both %s and %s have this version; give "
		                "the path",
		                text, (*out)->path, second->path);
	return 0;
}

static int read_identity(struct plan *p, const struct cli *c,
                         const struct workspace *ws,
                         const struct catalog_release *r, struct err *e)
{
	static const char *const kinds[] = {"install", "recall", NULL};
	const char *id = cli_get(c, "id");
	int64_t counter = r->fw.counter;
	int kind = 0;

	if (!name_is_product(id))
		return err_set(e, ERR_USAGE,
		               "--id: '%.80s' is no plan id, "
		               "[a-z0-9][a-z0-9-]{0,39} is needed",
		               id);
	if (cli_enum(&kind, c, "kind", kinds, e) != 0 ||
	    cli_int(&counter, c, "counter-max", 0, UINT32_MAX, e) != 0)
		return -1;
	memcpy(p->head.repo, ws->repo, sizeof(p->head.repo));
	memcpy(p->head.product, r->fw.head.product, sizeof(p->head.product));
	(void)snprintf(p->id, sizeof(p->id), "%s", id);
	p->kind = (enum plan_kind)kind;
	memcpy(p->release_path, r->path, sizeof(p->release_path));
	memcpy(p->release_sha256, r->sha256, sizeof(p->release_sha256));
	p->release_length = r->length;
	p->counter_max = (uint32_t)counter;
	return 0;
}

static int read_scope(struct plan *p, const struct cli *c,
                      const struct catalog_release *r, struct err *e)
{
	if (names_read(&p->channels, c, "channels", false, e) != 0 ||
	    names_read(&p->hw, c, "hw", false, e) != 0 ||
	    names_read(&p->regions, c, "regions", false, e) != 0)
		return -1;
	if (p->hw.n == 0)
		p->hw = r->fw.hw;
	if (p->regions.n > 0)
		return 0;
	if (words_has(&r->fw.regions, "*"))
		return err_set(e, ERR_USAGE,
		               "plan add needs --regions: the release may go "
		               "everywhere, a plan names each region");
	p->regions = r->fw.regions;
	return 0;
}

struct recall {
	struct plan *plan;
	const struct catalog_product *product;
};

static int add_from(void *ctx, const char *part, struct err *e)
{
	struct recall *f = ctx;
	struct plan *p = f->plan;
	const struct catalog_release *r;
	const char *sha256 = part;

	if (p->n_from == PLAN_FROM_MAX)
		return err_set(e, ERR_USAGE, "--from: more than %d images",
		               PLAN_FROM_MAX);
	if (!is_hex(part, SHA256_HEX_SIZE - 1)) {
		if (plan_options_release(&r, f->product, part, e) != 0) {
			err_context(e, "--from");
			return -1;
		}
		/* trust.md, Identities: what runs may not be the file. */
		sha256 = r->fw.installed_sha256[0] != '\0'
		                 ? r->fw.installed_sha256
		                 : r->sha256;
	}
	memcpy(p->from[p->n_from++], sha256, SHA256_HEX_SIZE);
	return 0;
}

static int read_recall(struct plan *p, const struct cli *c,
                       const struct catalog_product *product, struct err *e)
{
	struct recall f = {p, product};

	if (cli_has(c, "from") != (p->kind == PLAN_RECALL))
		return err_set(e, ERR_USAGE,
		               "--from and --kind recall belong together");
	if (cli_list(c, "from", add_from, &f, e) != 0)
		return -1;
	return names_read_cells(&p->resumes, &p->n_resumes, c, "resumes", e);
}

static int read_life(struct plan *p, const struct cli *c, int64_t start_s,
                     struct err *e)
{
	const struct plan_stage *last = &p->stages[p->n_stages - 1];
	int64_t ends_s = last->not_before_s + last->soak_s + LIFE_AFTER_S;
	int64_t begins_s = p->stages[0].not_before_s;

	p->expires_s = begins_s + LIFE_S;
	if (p->expires_s < ends_s)
		p->expires_s = ends_s;
	if (p->expires_s > begins_s + PLAN_LIFE_MAX_S)
		p->expires_s = begins_s + PLAN_LIFE_MAX_S;
	p->max_ppm = p->stages[0].ppm;
	p->offline_after_s = -1;
	if (cli_time(&p->expires_s, c, "expires", start_s, e) != 0 ||
	    cli_ppm(&p->max_ppm, c, "max-ppm", 0, PPM, e) != 0)
		return -1;
	return cli_seconds(&p->offline_after_s, c, "offline-after", 1,
	                   SPAN_MAX_S, e);
}

static int read_stages(struct plan *p, const struct cli *c,
                       const struct workspace *ws, struct err *e)
{
	int64_t start_s = ws->now_s;
	int result = 0, template = 0;

	if (cli_time(&start_s, c, "start", ws->now_s, e) != 0 ||
	    cli_enum(&template, c, "template", plan_template_names, e) != 0)
		return -1;
	if (cli_has(c, "file") && cli_has(c, "stages"))
		return err_set(e, ERR_USAGE,
		               "--file and --stages exclude each other");
	/* Stages of their own keep the template's gate. */
	plan_template_apply(p, &plan_templates[template], start_s);
	if (cli_has(c, "file") || cli_has(c, "stages")) {
		memset(p->stages, 0, sizeof(p->stages));
		p->n_stages = 0;
	}
	if (cli_has(c, "file"))
		result = plan_stages_read_file(p, cli_get(c, "file"), start_s,
		                               e);
	else if (cli_has(c, "stages"))
		result = plan_stages_parse(p, cli_get(c, "stages"), start_s, e);
	return result != 0 ? -1 : read_life(p, c, start_s, e);
}

static int read_gate(struct plan_gate *g, const struct cli *c, struct err *e)
{
	static const char *const promotes[] = {"auto", "hand", NULL};
	int promote = 0;

	/* What is not given stays the template's. */
	if (cli_ppm(&g->p0_ppm, c, "p0", 1, PPM, e) != 0 ||
	    cli_ppm(&g->alpha_ppm, c, "alpha", 1, PPM, e) != 0 ||
	    cli_ppm(&g->p_silent_ppm, c, "p-silent", 1, PPM, e) != 0 ||
	    cli_ppm(&g->alpha_silent_ppm, c, "alpha-silent", 1, PPM, e) != 0 ||
	    cli_ppm(&g->p1_ppm, c, "p1", 1, PPM, e) != 0 ||
	    cli_ppm(&g->beta_ppm, c, "beta", 1, PPM, e) != 0 ||
	    cli_ppm(&g->holdback_ppm, c, "holdback", 0, PPM, e) != 0)
		return -1;
	if (cli_seconds(&g->soft_s, c, "soft", 1, SPAN_MAX_S, e) != 0 ||
	    cli_seconds(&g->hard_s, c, "hard", 1, SPAN_MAX_S, e) != 0 ||
	    cli_int(&g->in_flight, c, "in-flight", 1, COUNT_MAX, e) != 0 ||
	    cli_int(&g->min_confirmed, c, "min-confirmed", 0, COUNT_MAX, e) !=
	            0 ||
	    cli_enum(&promote, c, "promote", promotes, e) != 0)
		return -1;
	g->promote_by_hand = promote == 1;
	return 0;
}

int plan_options_read(struct plan *out, const struct cli *c,
                      const struct workspace *ws,
                      const struct catalog_product *p, struct err *e)
{
	const struct catalog_release *r;

	if (plan_options_release(&r, p, cli_get(c, "release"), e) != 0 ||
	    read_identity(out, c, ws, r, e) != 0 ||
	    read_scope(out, c, r, e) != 0 || read_recall(out, c, p, e) != 0 ||
	    read_stages(out, c, ws, e) != 0 || plan_small_read(out, c, e) != 0)
		return -1;
	return read_gate(&out->gate, c, e);
}
