/*
 * Drafts on a stick: export writes one file, import takes one in.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/carry.h"
#include "repo-tools/folder/draft_import.h"
#include "repo-tools/folder/draft_show.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_draft_import_options[] = {
	/* clang-format off */
	{"trust-root", 0, "SHA256", 0, NULL,
	 "for a folder that knows no root yet: 1.root.json begins so"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* ---- Export ---- */

static bool knows(const struct role_doc *ours, const struct role_doc *theirs)
{
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE];

	if (ours == NULL)
		return false;
	bundle_signed_sha256(a, ours);
	bundle_signed_sha256(b, theirs);
	if (strcmp(a, b) != 0)
		return false;
	for (size_t i = 0; i < theirs->env.n_sigs; i++) {
		bool found = false;

		for (size_t k = 0; k < ours->env.n_sigs && !found; k++)
			found = strcmp(ours->env.sigs[k].keyid,
			               theirs->env.sigs[i].keyid) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* A signature on the stick that is not here would be lost. One of a version
 * that is over here is none any more. */
static int check_one(const struct workspace *ws, const char *file,
                     const struct bundle_draft *d, struct err *e)
{
	const struct workspace_role *r = workspace_role(ws, d->role);
	SCOPED(role_doc_free)
	struct role_doc *theirs = NULL;

	if (role_doc_take(&theirs, file, d->role, d->text, strlen(d->text),
	                  e) != 0)
		return -1;
	if (theirs->env.n_sigs == 0 ||
	    d->version <= drafts_burned(ws->drafts, d->role) ||
	    (r != NULL && r->current != NULL &&
	     role_doc_version(r->current) >= d->version) ||
	    (r != NULL && knows(r->staged, theirs)))
		return 0;
	return err_code(e, ERR_CONFLICT, "unseen_signatures",
	                "%s: holds signatures of %s %" PRId64 " that are not "
	                "here; draft import it first",
	                file, d->role, d->version);
}

static int check_replaced(const struct workspace *ws, const char *file,
                          struct err *e)
{
	SCOPED(bundle_fini)
	struct bundle old = {0};

	if (!fs_exists(file))
		return 0;
	if (bundle_read(&old, file, e) != 0) {
		err_context(e, "not replaced");
		return -1;
	}
	if (strcmp(old.repo, ws->repo) != 0)
		return err_code(e, ERR_CONFLICT, "wrong_repo",
		                "%s: is a draft of repository %s, and not "
		                "replaced",
		                file, old.repo);
	for (size_t i = 0; i < old.n_drafts; i++)
		if (check_one(ws, file, &old.drafts[i], e) != 0)
			return -1;
	return 0;
}

/* From now on these numbers belong to these bytes; noted before they are
 * out. */
static int note_exported(const struct workspace *ws, size_t *n, struct err *e)
{
	bool changed = false;

	*n = 0;
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];
		int64_t version;

		if (r->staged == NULL)
			continue;
		(*n)++;
		version = role_doc_version(r->staged);
		changed = changed ||
		          drafts_exported(ws->drafts, r->name) < version;
		drafts_export(ws->drafts, r->name, version);
	}
	return changed ? drafts_write(ws->drafts, e) : 0;
}

int cmd_draft_export(struct cli *c, struct err *e)
{
	const char *file = cli_arg(c, 0);
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(holders_fini)
	struct holders h = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(BUNDLE_MAX);
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(4096);
	struct jw w;
	size_t n;

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    check_replaced(&ws, file, e) != 0 || note_exported(&ws, &n, e) != 0)
		return -1;
	holders_read(&h, &ws);
	if (bundle_write(&out, &ws, &h, e) != 0 ||
	    fs_write(file, buf_str(&out), out.len, 0644, e) != 0)
		return -1;
	if (!cli_wants_json(c)) {
		cli_print(c, "%s: %zu staged files, %zu bytes\n", file, n,
		          out.len);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-export/1");
	jw_put_str(&w, "file", file);
	jw_put_int(&w, "drafts", (int64_t)n);
	jw_put_int(&w, "bytes", (int64_t)out.len);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

/* ---- Import ---- */

static void note_promoted(void *ctx, const char *role, int64_t version)
{
	char owner[TUF_ROLE_MAX];

	if (!bins_owner(owner, role))
		cli_say(ctx, "complete: metadata/%" PRId64 ".%s.json\n",
		        version, role);
}

/* What cannot be read may be what an import that was cut off left. */
static int open_old_folder(struct workspace *ws, const struct cli *c,
                           struct err *e)
{
	if (workspace_open_bare(ws, c, e) != 0 ||
	    dirlock_take(&ws->lock, ws->dir, e) != 0)
		return -1;
	return workspace_reload(ws, NULL) == 0 ? carry_undo(ws, e) : 0;
}

/* The folder of -C, or one that is to be made. */
static int open_folder(struct draft_import *m, struct workspace *ws,
                       const struct cli *c, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(cli_get(c, "dir"), "pawl.json");

	m->ws = ws;
	m->fresh = !fs_exists(path);
	if (!m->fresh)
		return open_old_folder(ws, c, e);
	workspace_begin(ws, c, cli_get(c, "dir"));
	memcpy(ws->repo, m->b->repo, sizeof(ws->repo));
	ws->created_s = m->b->created_s;
	return 0;
}

int cmd_draft_import(struct cli *c, struct err *e)
{
	const char *file = cli_arg(c, 0);
	SCOPED(bundle_fini)
	struct bundle b = {0};
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	struct draft_import m = {.b = &b};

	if (bundle_read(&b, file, e) != 0 || open_folder(&m, &ws, c, e) != 0)
		return -1;
	if (draft_import_check(&m, cli_get(c, "trust-root"), e) != 0) {
		err_context(e, "%s", file);
		return -1;
	}
	if (draft_import_write(&m, e) != 0 ||
	    stage_promote(&ws, note_promoted, c, e) != 0)
		return -1;
	cli_say(c,
	        "%s: %zu signatures and %zu complete files were new here%s\n",
	        file, m.n_signatures, m.n_complete,
	        m.n_done > 0 ? "; some of it is complete already" : "");
	return draft_show(c, &ws, e);
}
