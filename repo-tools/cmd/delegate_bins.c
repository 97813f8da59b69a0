#include "config.h"

#include "repo-tools/cmd/delegate_bins.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "repo-tools/folder/spread.h"

#include <inttypes.h>
#include <string.h>

static int parse_bits(int *bits, const char *option, const char *text,
                      size_t n_targets, struct err *e)
{
	int64_t n;

	*bits = 0;
	if (strcmp(text, "auto") == 0) {
		*bits = bins_default_bits(n_targets);
		return 0;
	}
	if (num_i64(&n, text, 1, BINS_MAX, option, NULL) != 0 ||
	    (n != 1 && (*bits = bins_bits(n)) < 0))
		return err_set(e, ERR_USAGE,
		               "--%s: '%.40s', a power of two from 2 to %u, "
		               "auto, or 1 is needed",
		               option, text, BINS_MAX);
	return 0;
}

/* The role's own file: no entries, or all when there are no bins. */
static int stage_owner(const struct spread *s, int bits, bool by_prefix,
                       int64_t *version, struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	struct tuf_quorum q[2];

	if (stage_draft(&t, s->ws, s->role, e) != 0)
		return -1;
	for (size_t i = 0; i < t.n_targets; i++)
		tuf_target_fini(&t.targets[i]);
	t.n_targets = 0;
	if (workspace_quorums(q, s->ws, s->role, false) != 1)
		return err_set(e, ERR_INVALID, "%s: nobody delegates to it",
		               s->role);
	bins_declare(&t, s->role, bits, by_prefix, &q[0]);
	*version = t.version;
	return stage_put(s->ws, s->role, &t, NULL, e);
}

/* Back into one file: no delegations any more. */
static int stage_single(struct spread *s, int64_t *version, struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};

	if (stage_draft(&t, s->ws, s->role, e) != 0)
		return -1;
	*version = t.version;
	tuf_targets_fini(&t);
	t.version = *version;
	t.expires_s = s->ws->now_s + workspace_role_life_s(s->ws, s->role);
	tuf_targets_put_all(&t, s->entries, s->n);
	s->entries = NULL;
	s->n = s->cap = 0;
	return stage_put(s->ws, s->role, &t, NULL, e);
}

/* What was drafted for bins that are declared no more. */
static int forget_drafts(const struct spread *s, struct err *e)
{
	struct bins was = workspace_bins(s->ws, s->role);
	char name[TUF_ROLE_MAX];

	for (unsigned i = 0; i < bins_count(&was); i++) {
		SCOPED(free)
		char *path = NULL;

		bins_name(name, &was, i);
		path = workspace_path(s->ws, "staged/%s.json", name);
		if ((!s->bins.present ||
		     !tuf_succinct_is_bin(&s->bins.shape, name)) &&
		    fs_exists(path) && fs_remove(path, e) != 0)
			return -1;
	}
	return 0;
}

static int answer_bins(const struct cli *c, const char *role, unsigned bins,
                       size_t n, int64_t version, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 16);
	struct jw w;

	if (!cli_wants_json(c)) {
		cli_print(c, "%s: %zu targets in %u %s\n", role, n, bins,
		          bins == 1 ? "file" : "bins");
		cli_say(c,
		        "staged as %s %" PRId64 "; next: pawl-repo sign %s\n",
		        role, version, role);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-bins/1");
	jw_put_str(&w, "role", role);
	jw_put_int(&w, "version", version);
	jw_put_int(&w, "bins", bins);
	jw_put_int(&w, "targets", (int64_t)n);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

static int check_binnable(const struct workspace *ws, const char *role,
                          struct err *e)
{
	const struct tuf_targets *t = workspace_latest_targets(ws, role);
	struct workspace_role *r;

	if (workspace_find_role(&r, ws, role, e) != 0)
		return -1;
	if (r->bin || strcmp(role, "root") == 0 ||
	    strcmp(role, "targets") == 0 || strncmp(role, "plans.", 6) == 0)
		return err_code(e, ERR_INVALID, "no_bins",
		                "%s: has no bins; releases and plain roles may",
		                role);
	if (t == NULL)
		return err_code(e, ERR_NOT_FOUND, "no_bins",
		                "%s: has no version yet", role);
	if (t->n_roles > 0 && !bins_are_by_prefix(role, t))
		return err_code(e, ERR_CONFLICT, "no_bins",
		                "%s: delegates to '%s'; a role has bins or "
		                "delegations by name",
		                role, t->roles[0].name);
	return 0;
}

/* Entries move, and nothing else changes: who signed for the role signs for
 * its bins. The files of the bins come first; before the role declares them
 * they mean nothing. */
int delegate_bins(struct cli *c, const char *option, struct err *e)
{
	const char *role = cli_arg(c, 0), *text = cli_get(c, option);
	bool by_prefix = strcmp(option, "prefix-bins") == 0;
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(spread_fini)
	struct spread s = {0};
	struct tuf_targets plan = {0};
	struct tuf_quorum none = {.threshold = 1};
	struct bins bins = {0};
	size_t n, files = 0;
	int64_t version = 0;
	int bits;

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    check_binnable(&ws, role, e) != 0)
		return -1;
	spread_init(&s, &ws, role, &bins);
	if (spread_add_all(&s, e) != 0 ||
	    parse_bits(&bits, option, text, s.n, e) != 0)
		return -1;
	n = s.n;
	if (bits == 0) {
		if (forget_drafts(&s, e) != 0 ||
		    stage_single(&s, &version, e) != 0)
			return -1;
		return answer_bins(c, role, 1, n, version, e);
	}
	bins_declare(&plan, role, bits, false, &none);
	if (bins_read(&s.bins, role, &plan, e) != 0 ||
	    forget_drafts(&s, e) != 0 ||
	    spread_stage(&s, true, &files, e) != 0 ||
	    stage_owner(&s, bits, by_prefix, &version, e) != 0) {
		tuf_targets_fini(&plan);
		return -1;
	}
	tuf_targets_fini(&plan);
	return answer_bins(c, role, bins_count(&s.bins), n, version, e);
}
