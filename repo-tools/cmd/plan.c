#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/cmd/plan_options.h"
#include "repo-tools/folder/blob.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/initiator.h"
#include "repo-tools/folder/revision.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

struct addition {
	char role[TUF_ROLE_MAX];
	char path[TARGET_MAX_LEN + 1];
	char retired[TARGET_MAX_LEN + 1]; /* "" when it is the first */
	struct plan plan;                 /* as its bytes say */
	struct buf bytes;
	char *custom; /* who asked for it; NULL */
	int64_t role_version;
	size_t dropped;
};

static int next_revision(int64_t *out, const struct workspace *ws,
                         const struct plan *p, struct err *e)
{
	SCOPED(free)
	char *role = xasprintf("plans.%s", p->head.product);

	if (revision_highest(out, ws, p->head.product, p->id,
	                     workspace_latest_targets(ws, role), e) != 0)
		return -1;
	(*out)++;
	return 0;
}

/* The bytes, and the plan as their readers will understand it. */
static int render(struct addition *a, const struct plan *p, struct err *e)
{
	buf_init(&a->bytes, PLAN_BYTES_MAX);
	if (plan_write(&a->bytes, p, e) != 0)
		return -1;
	plan_path(a->path, p);
	return plan_parse(&a->plan, a->path, buf_str(&a->bytes), a->bytes.len,
	                  e);
}

/* trust.md, Roles: adding a plan retires the old revision of the same id. */
static void retire(struct addition *a, struct tuf_targets *t)
{
	char start[TARGET_MAX_LEN + 1];
	size_t n = (size_t)snprintf(start, sizeof(start), "plan/%s/%s.",
	                            a->plan.head.product, a->plan.id);

	for (size_t i = t->n_targets; i > 0; i--) {
		const char *path = t->targets[i - 1].path;

		if (strncmp(path, start, n) != 0)
			continue;
		(void)snprintf(a->retired, sizeof(a->retired), "%s", path);
		(void)tuf_targets_remove(t, a->retired);
	}
}

/* The plan's file first: a killed process leaves one that nobody lists. */
static int stage(struct addition *a, const struct workspace *ws, struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct source s = {.ws = ws,
	                   .draft_role = a->role,
	                   .draft = &t,
	                   .blob_path = a->path,
	                   .blob = &a->bytes};

	if (stage_draft(&t, ws, a->role, e) != 0)
		return -1;
	retire(a, &t);
	tuf_targets_put(&t, a->path, (int64_t)a->bytes.len, a->plan.sha256,
	                a->custom);
	a->role_version = t.version;
	if (source_catalog(&catalog, &s, e) != 0 ||
	    blob_write(ws, &a->bytes, a->path, e) != 0)
		return -1;
	return stage_put(ws, a->role, &t, &a->dropped, e);
}

static int answer(const struct addition *a, const struct cli *c, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	if (a->dropped > 0)
		cli_say(c, "%s: the earlier draft's %zu signatures are gone\n",
		        a->role, a->dropped);
	if (!cli_wants_json(c)) {
		cli_print(c, "%s\n", a->path);
		cli_say(c,
		        "staged as %s %" PRId64 "; next: pawl-repo sign %s\n",
		        a->role, a->role_version, a->role);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-plan/1");
	jw_put_str(&w, "path", a->path);
	jw_put_str(&w, "sha256", a->plan.sha256);
	jw_put_int(&w, "rev", a->plan.rev);
	jw_put_str(&w, "retired", a->retired[0] != '\0' ? a->retired : NULL);
	jw_put_str(&w, "role", a->role);
	jw_put_int(&w, "role_version", a->role_version);
	jw_key(&w, "plan");
	jw_raw(&w, buf_str(&a->bytes), a->bytes.len);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

/* Stages the plan as its id's next revision, and says so. */
static int put(struct addition *a, struct plan *p, const struct workspace *ws,
               const struct cli *c, struct err *e)
{
	if (cli_has(c, "initiator") &&
	    (a->custom = initiator_custom(cli_get(c, "initiator"), e)) == NULL)
		return -1;
	if (next_revision(&p->rev, ws, p, e) != 0 || render(a, p, e) != 0 ||
	    stage(a, ws, e) != 0)
		return -1;
	if (!cli_has(c, "quiet"))
		describe_plan(cli_world(c)->err, "  ", &a->plan);
	if (a->retired[0] != '\0')
		cli_say(c, "  retires %s\n", a->retired);
	if (a->custom != NULL)
		cli_say(c, "  asked for by %s\n", cli_get(c, "initiator"));
	return answer(a, c, e);
}

static int add(struct addition *a, struct plan *p, const struct cli *c,
               struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct source s = {.ws = &ws};

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    workspace_product_role(a->role, &ws, "plans.",
	                           cli_get(c, "product"), e) != 0 ||
	    source_catalog(&catalog, &s, e) != 0 ||
	    plan_options_read(p, c, &ws,
	                      catalog_product(&catalog, cli_get(c, "product")),
	                      e) != 0)
		return -1;
	return put(a, p, &ws, c, e);
}

/* ---- Renewing ---- */

const struct cli_option cmd_plan_renew_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME", CLI_REQUIRED, NULL, "what the firmware is for"},
	{"start", 0, "TIME", 0, "0s",
	 "when it may begin, or how long from now"},
	{"expires", 0, "TIME", 0, "30d",
	 "when it ends, or how long after the start"},
	{"max-ppm", 0, "SHARE", 0, NULL,
	 "ceiling for devices without a clock (default as it was)"},
	{"initiator", 0, "NAME", 0, NULL,
	 "who asks for it; a key of this label does not approve it"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

static const struct plan *find_plan(const struct catalog_product *p,
                                    const char *id)
{
	for (size_t i = 0; p != NULL && i < p->n_plans; i++)
		if (strcmp(p->plans[i].plan.id, id) == 0)
			return &p->plans[i].plan;
	return NULL;
}

/* trust.md, Roles: after the last stage, one stage of everybody. It is watched
 * until it ends, so that nobody who comes later is turned away; and who was
 * kept back until the watch before it ended is its first. */
static int renewed(struct plan *p, const struct plan *old, const struct cli *c,
                   int64_t now_s, struct err *e)
{
	int64_t start_s = now_s;

	*p = *old;
	p->resumes = NULL;
	p->members = NULL;
	p->n_resumes = p->n_members = 0;
	p->gate.holdback_ppm = 0;
	memset(p->stages, 0, sizeof(p->stages));
	p->n_stages = 1;
	if (cli_time(&start_s, c, "start", now_s, e) != 0 ||
	    cli_time(&p->expires_s, c, "expires", start_s, e) != 0 ||
	    cli_ppm(&p->max_ppm, c, "max-ppm", 0, PPM, e) != 0)
		return -1;
	p->stages[0] = (struct plan_stage){
		.ppm = PPM,
		.not_before_s = start_s,
		.soak_s = p->expires_s > start_s ? p->expires_s - start_s : 0,
	};
	return 0;
}

static int renew(struct addition *a, struct plan *p, const struct cli *c,
                 struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct source s = {.ws = &ws};
	const char *product = cli_get(c, "product"), *id = cli_arg(c, 0);
	const struct plan *old;

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    workspace_product_role(a->role, &ws, "plans.", product, e) != 0 ||
	    source_catalog(&catalog, &s, e) != 0)
		return -1;
	old = find_plan(catalog_product(&catalog, product), id);
	if (old == NULL)
		return err_code(e, ERR_NOT_FOUND, "unknown_plan",
		                "%s: product %s lists no plan of this id", id,
		                product);
	if (renewed(p, old, c, ws.now_s, e) != 0)
		return -1;
	return put(a, p, &ws, c, e);
}

typedef int make_fn(struct addition *a, struct plan *p, const struct cli *c,
                    struct err *e);

static int make(make_fn *fn, const struct cli *c, struct err *e)
{
	struct addition *a = xcalloc(1, sizeof(*a));
	struct plan *p = xcalloc(1, sizeof(*p));
	int result = fn(a, p, c, e);

	plan_fini(&a->plan);
	plan_fini(p);
	buf_fini(&a->bytes);
	free(a->custom);
	free(a);
	free(p);
	return result;
}

int cmd_plan_add(struct cli *c, struct err *e)
{
	return make(add, c, e);
}

int cmd_plan_renew(struct cli *c, struct err *e)
{
	return make(renew, c, e);
}
