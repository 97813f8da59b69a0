#include "config.h"

#include "repo-tools/folder/workspace.h"

#include "cli/suggest.h"
#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/folder/carry.h"
#include "repo-tools/folder/sweep.h"

#include <stdarg.h>
#include <string.h>

#define PAWL_JSON_MAX 65536 /* a life for each of some hundred roles */
#define PAWL_SCHEMA "pawl-repo/1"

char *workspace_path(const struct workspace *ws, const char *fmt, ...)
{
	char below[2 * TARGET_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(below, sizeof(below), fmt, ap);
	va_end(ap);
	return fs_join(ws->dir, below);
}

void workspace_begin(struct workspace *ws, const struct cli *c, const char *dir)
{
	const char *keys = cli_get(c, "keys");

	*ws = (struct workspace){0};
	ws->dir = xstrdup(dir);
	ws->keys_dir = keys != NULL ? xstrdup(keys) : fs_join(dir, "keys");
	ws->now_s = clock_utc_ms(cli_world(c)->clock) / 1000;
}

void workspace_fini(struct workspace *ws)
{
	workspace_drop_roles(ws);
	for (size_t i = 0; i < ws->n_extra; i++) {
		free(ws->extra[i].name);
		free(ws->extra[i].bytes);
	}
	free(ws->extra);
	strmap_fini(&ws->extra_by_name);
	free(ws->lives);
	dirlock_drop(&ws->lock);
	free(ws->dir);
	free(ws->keys_dir);
	*ws = (struct workspace){0};
}

static void write_identity(struct buf *out, const struct workspace *ws)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "schema", PAWL_SCHEMA);
	jw_put_str(&w, "repo", ws->repo);
	jw_put_time(&w, "created", ws->created_s);
	for (size_t i = 0; i < ws->n_lives; i++) {
		if (i == 0) {
			jw_key(&w, "lives");
			jw_object(&w);
		}
		jw_put_int(&w, ws->lives[i].role, ws->lives[i].s);
	}
	if (ws->n_lives > 0)
		jw_end_object(&w);
	jw_end_object(&w);
	buf_putc(out, '\n');
}

int workspace_found(const struct workspace *ws, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PAWL_JSON_MAX);
	SCOPED(free)
	char *path = workspace_path(ws, "pawl.json");

	write_identity(&b, ws);
	return fs_create(path, buf_str(&b), b.len, 0644, e);
}

int workspace_save(const struct workspace *ws, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PAWL_JSON_MAX);
	SCOPED(free)
	char *path = workspace_path(ws, "pawl.json");

	write_identity(&b, ws);
	if (buf_failed(&b))
		return err_set(e, ERR_TOO_LARGE, "%s: above %d bytes", path,
		               PAWL_JSON_MAX);
	return fs_write(path, buf_str(&b), b.len, 0644, e);
}

/* What was said for it, else what is usual. */
static int64_t own_life_s(const struct workspace *ws, const char *role)
{
	for (size_t i = 0; i < ws->n_lives; i++)
		if (strcmp(ws->lives[i].role, role) == 0)
			return ws->lives[i].s;
	return workspace_life_s(role);
}

/* Before there are any roles, too: init says who will live how long. */
static const char *role_above(const struct workspace *ws, const char *role)
{
	const struct workspace_role *r = workspace_role(ws, role);

	if (r != NULL)
		return ws->roles[r->delegator].name;
	return strcmp(role, "targets") == 0 ? "root" : "targets";
}

int64_t workspace_role_life_s(const struct workspace *ws, const char *role)
{
	char owner[TUF_ROLE_MAX];
	const char *name = bins_owner(owner, role) ? owner : role;
	int64_t life_s = own_life_s(ws, name);

	while (strcmp(name, "root") != 0) {
		int64_t above_s;

		name = role_above(ws, name);
		above_s = own_life_s(ws, name);
		life_s = above_s < life_s ? above_s : life_s;
	}
	return life_s;
}

void workspace_set_life(struct workspace *ws, const char *role, int64_t s)
{
	struct workspace_life *l;

	for (size_t i = 0; i < ws->n_lives; i++)
		if (strcmp(ws->lives[i].role, role) == 0) {
			ws->lives[i].s = s;
			return;
		}
	ws->lives =
		xreallocarray(ws->lives, ws->n_lives + 1, sizeof(*ws->lives));
	l = &ws->lives[ws->n_lives++];
	*l = (struct workspace_life){.s = s};
	(void)snprintf(l->role, sizeof(l->role), "%s", role);
}

/* Whoever edits the file by hand gets no life that the tool would refuse by
 * far; the tool's own bounds are narrower. */
#define LIFE_MAX_S (INT64_C(3650) * 86400)

static int read_lives(struct workspace *ws, const struct js_at *root,
                      struct err *e)
{
	struct js_at lives;

	if (!js_has(root, "lives"))
		return 0;
	if (js_get(&lives, root, "lives", e) != 0 ||
	    js_is_object(&lives, e) != 0)
		return -1;
	for (struct js_at m = js_first(&lives); m.value; m = js_next(&m)) {
		int64_t s;

		if (strlen(m.key) >= TUF_ROLE_MAX)
			return js_refuse(&m, e, "is no role");
		if (js_as_int(&s, &m, 1, LIFE_MAX_S, e) != 0)
			return -1;
		workspace_set_life(ws, m.key, s);
	}
	return 0;
}

static int read_identity(struct workspace *ws, struct err *e)
{
	static const char *const schemas[] = {PAWL_SCHEMA, NULL};
	SCOPED(free)
	char *path = workspace_path(ws, "pawl.json");
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PAWL_JSON_MAX);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	uint8_t id[(REPO_ID_SIZE - 1) / 2];
	struct js_at root;
	int schema;

	if (!fs_exists(path))
		return err_set(e, ERR_NOT_FOUND,
		               "%s: is no repository folder, it has no "
		               "pawl.json; pawl-repo init makes one",
		               ws->dir);
	if (fs_read(&b, path, e) != 0 ||
	    js_parse(&doc, path, buf_str(&b), b.len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 ||
	    js_get_enum(&schema, &root, "schema", schemas, e) != 0 ||
	    js_get_hex(id, sizeof(id), &root, "repo", e) != 0 ||
	    js_get_time(&ws->created_s, &root, "created", e) != 0 ||
	    read_lives(ws, &root, e) != 0)
		return -1;
	hex_encode(ws->repo, id, sizeof(id));
	return 0;
}

int workspace_open_bare(struct workspace *ws, const struct cli *c,
                        struct err *e)
{
	workspace_begin(ws, c, cli_get(c, "dir"));
	if (read_identity(ws, e) == 0)
		return 0;
	workspace_fini(ws);
	return -1;
}

/* What a killed command left without a flush. A power cut could take it back
 * after this one told of it: a version number would be given away twice. */
static int settle(const struct workspace *ws, struct err *e)
{
	static const char *const folders[] = {"", "metadata/", "staged/"};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		SCOPED(free)
		char *path = workspace_path(ws, "%s", folders[i]);

		if (fs_exists(path) && fs_sync_dir_of(path, e) != 0)
			return -1;
	}
	return 0;
}

int workspace_open(struct workspace *ws, const struct cli *c, struct err *e)
{
	if (workspace_open_bare(ws, c, e) != 0)
		return -1;
	if (settle(ws, e) == 0 && workspace_reload(ws, e) == 0)
		return 0;
	workspace_fini(ws);
	return -1;
}

/* UTC set as local time is no reason to stop. */
#define CLOCK_SLACK_S 86400

/* A machine that is on no network often has a clock that stopped, and what it
 * dates would have ended before anybody sees it. */
static int check_clock(const struct workspace *ws, struct err *e)
{
	char now[RFC3339_SIZE], made[RFC3339_SIZE];

	if (ws->now_s >= ws->created_s - CLOCK_SLACK_S)
		return 0;
	rfc3339_format(now, ws->now_s);
	rfc3339_format(made, ws->created_s);
	return err_code(e, ERR_INVALID, "clock_back",
	                "this machine's clock says %s, before %s was made at "
	                "%s; set it first",
	                now, ws->dir, made);
}

int workspace_open_to_change(struct workspace *ws, const struct cli *c,
                             struct err *e)
{
	if (workspace_open_bare(ws, c, e) != 0)
		return -1;
	/* Once more behind the lock: who had it may have written it. */
	if (dirlock_take(&ws->lock, ws->dir, e) == 0 &&
	    read_identity(ws, e) == 0 && check_clock(ws, e) == 0 &&
	    settle(ws, e) == 0 && workspace_reload(ws, e) == 0 &&
	    carry_undo(ws, e) == 0) {
		sweep(ws);
		return 0;
	}
	workspace_fini(ws);
	return -1;
}

void workspace_add_extra(struct workspace *ws, const char *name,
                         const void *bytes, size_t len)
{
	struct workspace_file *f;

	ws->extra =
		xreallocarray(ws->extra, ws->n_extra + 1, sizeof(*ws->extra));
	f = &ws->extra[ws->n_extra];
	f->name = xstrdup(name);
	f->bytes = xmalloc(len + 1);
	memcpy(f->bytes, bytes, len);
	f->len = len;
	strmap_put(&ws->extra_by_name, name, ws->n_extra++);
}

struct workspace_role *workspace_role(const struct workspace *ws,
                                      const char *name)
{
	size_t i;

	return strmap_get(&ws->by_name, name, &i) ? &ws->roles[i] : NULL;
}

int workspace_find_role(struct workspace_role **out, const struct workspace *ws,
                        const char *name, struct err *e)
{
	char mean[SUGGEST_MAX + 32];
	struct suggest s;

	*out = workspace_role(ws, name);
	if (*out != NULL)
		return 0;
	suggest_init(&s, name);
	for (size_t i = 0; i < ws->n_roles; i++)
		suggest_try(&s, ws->roles[i].name);
	return err_code(e, ERR_NOT_FOUND, "unknown_role",
	                "%s: is no offline role of this repository%s", name,
	                suggest_text(&s, mean, sizeof(mean)));
}

const struct role_doc *workspace_latest(const struct workspace *ws,
                                        const char *name)
{
	const struct workspace_role *r = workspace_role(ws, name);

	if (r == NULL)
		return NULL;
	return r->staged != NULL ? r->staged : r->current;
}

const struct tuf_root *workspace_latest_root(const struct workspace *ws)
{
	const struct role_doc *d = workspace_latest(ws, "root");

	return d != NULL ? &d->root : NULL;
}

const struct tuf_targets *workspace_latest_targets(const struct workspace *ws,
                                                   const char *name)
{
	const struct role_doc *d = workspace_latest(ws, name);

	return d != NULL ? &d->targets : NULL;
}

int workspace_product_role(char out[TUF_ROLE_MAX], const struct workspace *ws,
                           const char *prefix, const char *product,
                           struct err *e)
{
	const struct tuf_targets *t = workspace_latest_targets(ws, "targets");
	char mean[SUGGEST_MAX + 32];
	struct suggest s;

	(void)snprintf(out, TUF_ROLE_MAX, "%s%.*s", prefix, PRODUCT_MAX_LEN + 1,
	               product);
	suggest_init(&s, product);
	for (size_t i = 0; t != NULL && i < t->n_roles; i++) {
		const char *known;

		if (strcmp(t->roles[i].name, out) == 0)
			return 0;
		if (delegations_row(t->roles[i].name, &known) != NULL)
			suggest_try(&s, known);
	}
	return err_code(e, ERR_NOT_FOUND, "unknown_product",
	                "%.80s: is no product of this repository%s; pawl-repo "
	                "product add makes one",
	                product, suggest_text(&s, mean, sizeof(mean)));
}

int64_t workspace_life_s(const char *role)
{
	if (strcmp(role, "root") == 0)
		return WORKSPACE_ROOT_LIFE_S;
	if (strncmp(role, "releases.", 9) == 0)
		return WORKSPACE_RELEASES_LIFE_S;
	if (strncmp(role, "plans.", 6) == 0)
		return WORKSPACE_PLANS_LIFE_S;
	return WORKSPACE_TARGETS_LIFE_S;
}

struct bins workspace_bins(const struct workspace *ws, const char *role)
{
	const struct tuf_targets *t = workspace_latest_targets(ws, role);
	struct bins bins = {0};

	if (t == NULL || bins_read(&bins, role, t, NULL) != 0)
		return (struct bins){0};
	return bins;
}

void workspace_entry_role(char out[TUF_ROLE_MAX], const struct workspace *ws,
                          const char *role, const char *path)
{
	struct bins bins = workspace_bins(ws, role);

	if (bins.present)
		bins_find(out, &bins, path);
	else
		(void)snprintf(out, TUF_ROLE_MAX, "%s", role);
}

const char *workspace_key_role(const struct workspace *ws, const char *role)
{
	const struct workspace_role *r = workspace_role(ws, role);

	return r != NULL && r->bin ? ws->roles[r->delegator].name : role;
}

int64_t workspace_next_version(const struct workspace *ws, const char *role)
{
	const struct workspace_role *r = workspace_role(ws, role);
	int64_t used = r != NULL && r->current != NULL
	                       ? role_doc_version(r->current)
	                       : 0;
	int64_t burned = drafts_burned(ws->drafts, role);
	size_t highest = 0;

	/* A root is always one above the last (TUF 5.3.5). */
	if (strcmp(role, "root") == 0)
		return used + 1;
	if (strmap_get(&ws->highest, role, &highest) && (int64_t)highest > used)
		used = (int64_t)highest;
	return (burned > used ? burned : used) + 1;
}

static size_t root_quorums(struct tuf_quorum out[2],
                           const struct workspace_role *r)
{
	size_t n = 0;

	if (r->current != NULL)
		out[n++] = tuf_root_quorum(&r->current->root, TUF_ROOT);
	if (r->staged != NULL)
		out[n++] = tuf_root_quorum(&r->staged->root, TUF_ROOT);
	return n;
}

/* What `from`, the file of the delegator, says about role r. */
static size_t quorum_by(struct tuf_quorum out[2], const struct role_doc *from,
                        const char *role)
{
	const struct tuf_delegation *d;

	if (from == NULL)
		return 0;
	if (role_doc_is_root(from)) {
		out[0] = tuf_root_quorum(&from->root, TUF_TARGETS);
		return 1;
	}
	d = tuf_targets_role(&from->targets, role);
	if (d != NULL)
		out[0] = tuf_targets_quorum(&from->targets, d);
	else if (tuf_succinct_is_bin(&from->targets.succinct, role))
		out[0] = tuf_succinct_quorum(&from->targets);
	else
		return 0;
	return 1;
}

size_t workspace_quorums(struct tuf_quorum out[2], const struct workspace *ws,
                         const char *role, bool complete)
{
	const struct workspace_role *r = workspace_role(ws, role), *by;

	if (strcmp(role, "root") == 0)
		return root_quorums(out, &ws->roles[0]);
	/* Online roles are none of ours; targets delegates to them. */
	by = &ws->roles[r != NULL ? r->delegator : 1];
	return quorum_by(
		out, complete || by->staged == NULL ? by->current : by->staged,
		role);
}

size_t workspace_trial_quorums(struct tuf_quorum out[2],
                               const struct workspace *ws,
                               const struct workspace_role *r)
{
	const struct workspace_role *by = &ws->roles[r->delegator];

	if (r == &ws->roles[0])
		return root_quorums(out, r);
	return quorum_by(out, by->trial ? by->staged : by->current, r->name);
}

bool workspace_is_signed(const struct workspace_role *r,
                         const struct tuf_target *t)
{
	const struct tuf_target *was =
		r->current != NULL
			? tuf_targets_find(&r->current->targets, t->path)
			: NULL;

	return was != NULL && strcmp(was->sha256, t->sha256) == 0;
}

int workspace_metadata_of(char **out, const char *dir, struct err *e)
{
	*out = fs_join(dir, "metadata");
	return fs_exists(*out)
	               ? 0
	               : err_set(e, ERR_NOT_FOUND,
	                         "%s: no folder metadata; a repository or a "
	                         "static copy of one is needed",
	                         dir);
}
