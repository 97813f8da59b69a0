#include "config.h"

#include "lib/catalog/delegations.h"
#include "repo-tools/cmd/ceremony.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/holders.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_product_options[] = {
	/* clang-format off */
	{"releases-keys", 0, "N", 0, NULL,
	 "how many keys sign releases (default one above the threshold; "
	 "solo: 1)"},
	{"releases-threshold", 0, "N", 0, NULL,
	 "how many of them are needed (default 2, never above targets)"},
	{"plans-keys", 0, "N", 0, NULL,
	 "how many approvers (default one above the threshold; solo: 1)"},
	{"plans-threshold", 0, "N", 0, NULL,
	 "how many of them are needed (default 2, never above targets)"},
	CMD_NEW_KEY_OPTIONS,
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* --KIND-keys and --KIND-threshold; targets' threshold is the ceiling, as
 * trust.md wants it. */
static int plan_role(struct ceremony *y, const char *kind, const char *product,
                     int64_t ceiling, struct err *e)
{
	int64_t threshold = ceiling < 2 ? ceiling : 2, keys = 0;
	char option[40], role[TUF_ROLE_MAX];

	(void)snprintf(option, sizeof(option), "%s-threshold", kind);
	if (cli_int(&threshold, y->cli, option, 1, CEREMONY_KEYS_MAX, e) != 0)
		return -1;
	if (threshold > ceiling)
		return err_code(e, ERR_INVALID, "threshold_order",
		                "--%s: %" PRId64 " is above the %" PRId64
		                " of targets, which delegates to it",
		                option, threshold, ceiling);
	keys = threshold == 1 ? 1 : threshold + 1;
	(void)snprintf(option, sizeof(option), "%s-keys", kind);
	if (cli_int(&keys, y->cli, option, 1, CEREMONY_KEYS_MAX, e) != 0)
		return -1;
	(void)snprintf(role, sizeof(role), "%s.%s", kind, product);
	(void)ceremony_add(y, role, keys, threshold, false);
	return 0;
}

static int plan_roles(struct ceremony *y, const char *product, struct err *e)
{
	const struct tuf_root *root = workspace_latest_root(y->ws);
	int64_t ceiling = root->roles[TUF_TARGETS].threshold;
	char role[TUF_ROLE_MAX];

	if (plan_role(y, "releases", product, ceiling, e) != 0 ||
	    plan_role(y, "plans", product, ceiling, e) != 0)
		return -1;
	(void)snprintf(role, sizeof(role), "rollout.%s", product);
	(void)ceremony_add(y, role, 1, 1, true);
	return ceremony_check(y, e);
}

static int check_new(const struct workspace *ws, const char *product,
                     struct err *e)
{
	const struct tuf_targets *t = workspace_latest_targets(ws, "targets");
	char role[TUF_ROLE_MAX];

	if (!name_is_product(product))
		return err_set(e, ERR_USAGE,
		               "%.80s: is no name for a product, "
		               "[a-z0-9][a-z0-9-]{0,39} is needed",
		               product);
	(void)snprintf(role, sizeof(role), "releases.%s", product);
	if (tuf_targets_role(t, role) != NULL)
		return err_set(e, ERR_CONFLICT,
		               "%s: is a product of this repository already",
		               product);
	return 0;
}

static void delegate(struct tuf_targets *t,
                     const struct catalog_delegation *row,
                     const struct ceremony_role *r, const char *product)
{
	char patterns[3][PRODUCT_MAX_LEN + 16];
	const char *paths[3];
	struct tuf_delegation *d;
	size_t n = 0;

	while (n < 3 && delegations_pattern(patterns[n], sizeof(patterns[n]),
	                                    row, n, product)) {
		paths[n] = patterns[n];
		n++;
	}
	d = tuf_targets_delegate(t, r->role, r->threshold, paths, n);
	for (size_t i = 0; i < r->ring.len; i++)
		tuf_targets_add_key(t, d, &r->ring.items[i].info.public);
}

/* The delegations, checked as the server will check them. */
static int build(struct tuf_targets *out, const struct ceremony *y,
                 const char *product, struct err *e)
{
	struct source s = {.ws = y->ws, .draft_role = "targets", .draft = out};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};

	for (size_t i = 0; i < y->n_roles; i++)
		delegate(out, &catalog_delegations[i], &y->roles[i], product);
	return source_catalog(&catalog, &s, e);
}

/* An empty first version, so that plans can be added before releases.P is
 * signed, and clients find the role. */
static int stage_empty(const struct ceremony *y, const struct ceremony_role *r,
                       struct err *e)
{
	struct tuf_targets empty = {
		.version = workspace_next_version(y->ws, r->role)};

	empty.expires_s = y->ws->now_s + workspace_role_life_s(y->ws, r->role);
	return stage_put(y->ws, r->role, &empty, NULL, e);
}

static int answer(const struct ceremony *y, const char *product,
                  const struct tuf_targets *t, size_t dropped, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	if (dropped > 0)
		cli_say(y->cli,
		        "targets: the earlier draft's %zu signatures are "
		        "gone\n",
		        dropped);
	if (!cli_wants_json(y->cli)) {
		cli_print(y->cli,
		          "%s: staged targets %" PRId64
		          ", releases.%s 1, plans.%s 1\n",
		          product, t->version, product, product);
		cli_say(y->cli,
		        "Next: pawl-repo sign targets releases.%s "
		        "plans.%s\n",
		        product, product);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-product/1");
	jw_put_str(&w, "product", product);
	jw_put_int(&w, "targets_version", t->version);
	ceremony_write(&w, y);
	jw_end_object(&w);
	return cli_print_json(y->cli, &json, e);
}

int cmd_product_add(struct cli *c, struct err *e)
{
	const char *product = cli_arg(c, 0);
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(ceremony_fini)
	struct ceremony y = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets targets = {0};
	size_t dropped;

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    stage_check_finished(&ws, e) != 0 ||
	    check_new(&ws, product, e) != 0 ||
	    ceremony_init(&y, c, &ws, e) != 0 ||
	    plan_roles(&y, product, e) != 0 ||
	    ceremony_announce(&y, "A new product", e) != 0 ||
	    stage_draft(&targets, &ws, "targets", e) != 0 ||
	    ceremony_make(&y, e) != 0)
		return -1;
	/* The delegation comes last: before it, the rest means nothing, and
	 * nothing lists the keys. */
	if (build(&targets, &y, product, e) != 0 ||
	    holders_remember(&ws, e) != 0 ||
	    stage_empty(&y, &y.roles[0], e) != 0 ||
	    stage_empty(&y, &y.roles[1], e) != 0) {
		ceremony_unmake(&y);
		return -1;
	}
	if (stage_put(&ws, "targets", &targets, &dropped, e) != 0)
		return -1;
	return answer(&y, product, &targets, dropped, e);
}
