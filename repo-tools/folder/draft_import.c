#include "config.h"

#include "repo-tools/folder/draft_import.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/catalog/jump.h"
#include "repo-tools/folder/revision.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

/* 64 bits: nobody makes a second root that begins the same. */
#define ROOT_DIGITS_MIN 16

static const char *text_of(const struct bundle *b, const char *name)
{
	for (size_t i = 0; i < b->n_metadata; i++)
		if (strcmp(b->metadata[i].name, name) == 0)
			return b->metadata[i].text;
	return NULL;
}

/* A folder that trusts nothing yet must not learn whom to trust from the
 * stick alone. */
static int check_first_root(const struct bundle *b, const char *trusted,
                            struct err *e)
{
	const char *text = text_of(b, "1.root.json");
	char sha256[SHA256_HEX_SIZE];

	if (text == NULL)
		return err_code(e, ERR_INVALID, "untrusted_root",
		                "the draft has no 1.root.json");
	hash_sha256_hex(sha256, text, strlen(text));
	if (trusted == NULL)
		return err_code(e, ERR_UNTRUSTED, "untrusted_root",
		                "this folder knows no root yet; the draft's "
		                "1.root.json has sha256 %s; compare it with "
		                "somebody who has the repository and give it "
		                "as --trust-root",
		                sha256);
	if (strlen(trusted) < ROOT_DIGITS_MIN ||
	    !is_hex(trusted, strlen(trusted)) ||
	    strncmp(trusted, sha256, strlen(trusted)) != 0)
		return err_code(
			e, ERR_UNTRUSTED, "untrusted_root",
			"--trust-root: '%.80s' is not how the sha256 of "
			"the draft's 1.root.json begins, %s; %d digits "
			"or more are needed",
			trusted, sha256, ROOT_DIGITS_MIN);
	return 0;
}

static int check_repo(struct draft_import *m, const char *trusted,
                      struct err *e)
{
	if (m->fresh)
		return check_first_root(m->b, trusted, e);
	if (strcmp(m->ws->repo, m->b->repo) == 0)
		return 0;
	return err_code(e, ERR_FORBIDDEN, "wrong_repo",
	                "the draft is of repository %s, this one is %s",
	                m->b->repo, m->ws->repo);
}

/* One role and version has one content for ever. Other signatures under the
 * same content are no matter. */
static int check_reissue(const struct draft_import *m,
                         const struct bundle_text *t, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(m->ws, "metadata/%s", t->name);
	SCOPED(role_doc_free)
	struct role_doc *ours = NULL;
	SCOPED(role_doc_free)
	struct role_doc *theirs = NULL;
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE], role[TUF_ROLE_MAX];
	int64_t version;

	if (!fs_exists(path) || !role_doc_file_name(&version, role, t->name))
		return 0;
	if (role_doc_read(&ours, path, role, e) != 0 ||
	    role_doc_take(&theirs, t->name, role, t->text, strlen(t->text),
	                  e) != 0)
		return -1;
	bundle_signed_sha256(a, ours);
	bundle_signed_sha256(b, theirs);
	if (strcmp(a, b) == 0)
		return 0;
	return err_code(e, ERR_UNTRUSTED, "reissued",
	                "%s: is here with other bytes; somebody signed two "
	                "contents of one version",
	                t->name);
}

/* The complete files, and the plans, as if they were here. */
static int add_base(struct draft_import *m, struct err *e)
{
	const struct bundle *b = m->b;
	char name[TARGET_MAX_LEN + 16];

	for (size_t i = 0; i < b->n_metadata; i++) {
		const struct bundle_text *t = &b->metadata[i];

		if (check_reissue(m, t, e) != 0)
			return -1;
		(void)snprintf(name, sizeof(name), "metadata/%s", t->name);
		workspace_add_extra(m->ws, name, t->text, strlen(t->text));
	}
	for (size_t i = 0; i < b->n_plans; i++) {
		(void)snprintf(name, sizeof(name), "targets/%s",
		               b->plans[i].name);
		workspace_add_extra(m->ws, name, b->plans[i].text,
		                    strlen(b->plans[i].text));
	}
	return workspace_reload(m->ws, e);
}

/* ---- Drafts ---- */

static int stale(const struct bundle_draft *d, int64_t have, struct err *e)
{
	return err_code(e, ERR_CONFLICT, "stale_draft",
	                "%s %" PRId64 ": was drafted on version %" PRId64
	                ", %" PRId64 " is complete; a new draft is needed",
	                d->role, d->version, d->base_version, have);
}

static int check_base(const struct bundle_draft *d,
                      const struct workspace_role *r, struct err *e)
{
	int64_t have = r != NULL && r->current != NULL
	                       ? role_doc_version(r->current)
	                       : 0;
	char sha256[SHA256_HEX_SIZE] = "";

	if (d->base_version != have || d->version <= have)
		return stale(d, have, e);
	if (have > 0)
		bundle_signed_sha256(sha256, r->current);
	if (strcmp(sha256, d->base_sha256) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "stale_draft",
	                "%s %" PRId64 ": was drafted on other bytes of version "
	                "%" PRId64 " than these here",
	                d->role, d->version, have);
}

static int check_burned(const struct draft_import *m,
                        const struct bundle_draft *d,
                        const struct role_doc *theirs, struct err *e)
{
	if (!workspace_is_given_up(m->ws->drafts, theirs))
		return 0;
	return err_code(e, ERR_CONFLICT, "burned",
	                "%s %" PRId64 ": this draft was given up, and its "
	                "number is burned",
	                d->role, d->version);
}

static int check_same(const struct bundle_draft *d, const struct role_doc *ours,
                      const struct role_doc *theirs, struct err *e)
{
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE];

	if (role_doc_version(ours) != d->version)
		return err_code(e, ERR_CONFLICT, "other_draft",
		                "%s %" PRId64 ": version %" PRId64
		                " is staged here; draft drop gives it up",
		                d->role, d->version, role_doc_version(ours));
	bundle_signed_sha256(a, ours);
	bundle_signed_sha256(b, theirs);
	if (strcmp(a, b) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "other_draft",
	                "%s %" PRId64 ": another draft of this version is "
	                "staged here, with sha256 %.16s…, not %.16s…; one of "
	                "them has to be dropped",
	                d->role, d->version, a, b);
}

static bool has_signature(const struct role_doc *d, const char *keyid)
{
	for (size_t i = 0; d != NULL && i < d->env.n_sigs; i++)
		if (strcmp(d->env.sigs[i].keyid, keyid) == 0)
			return true;
	return false;
}

/* Ours and then what theirs adds, as one staged file. */
static int unite(struct draft_import *m, const struct bundle_draft *d,
                 const struct role_doc *ours, const struct role_doc *theirs,
                 struct err *e)
{
	const struct tuf_envelope *env = &theirs->env;
	size_t n = ours != NULL ? ours->env.n_sigs : 0;
	SCOPED(free)
	struct tuf_signature *sigs =
		xcalloc(n + env->n_sigs + 1, sizeof(*sigs));
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(TUF_TARGETS_MAX);
	char name[TUF_ROLE_MAX + 16];

	if (n > 0)
		memcpy(sigs, ours->env.sigs, n * sizeof(*sigs));
	for (size_t i = 0; i < env->n_sigs; i++) {
		if (has_signature(ours, env->sigs[i].keyid))
			continue;
		sigs[n++] = env->sigs[i];
		m->n_signatures++;
	}
	if (tuf_envelope_write(&file, buf_str(&env->canonical),
	                       env->canonical.len, sigs, n, e) != 0)
		return -1;
	(void)snprintf(name, sizeof(name), "staged/%s.json", d->role);
	workspace_add_extra(m->ws, name, buf_str(&file), file.len);
	return 0;
}

/* Complete here under the same bytes: somebody was faster. */
static bool is_done(const struct workspace_role *r,
                    const struct role_doc *theirs)
{
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE];

	if (r == NULL || r->current == NULL ||
	    role_doc_version(r->current) != role_doc_version(theirs))
		return false;
	bundle_signed_sha256(a, r->current);
	bundle_signed_sha256(b, theirs);
	return strcmp(a, b) == 0;
}

static int add_draft(struct draft_import *m, const struct bundle_draft *d,
                     struct err *e)
{
	const struct workspace_role *r = workspace_role(m->ws, d->role);
	const struct role_doc *ours = r != NULL ? r->staged : NULL;
	SCOPED(role_doc_free)
	struct role_doc *theirs = NULL;

	if (role_doc_take(&theirs, "the draft", d->role, d->text,
	                  strlen(d->text), e) != 0 ||
	    role_doc_lint(theirs, e) != 0)
		return -1;
	if (role_doc_version(theirs) != d->version)
		return err_code(e, ERR_INVALID, "version",
		                "%s: the draft is called version %" PRId64
		                " and is %" PRId64,
		                d->role, d->version, role_doc_version(theirs));
	if (is_done(r, theirs)) {
		m->n_done++;
		return 0;
	}
	if (check_burned(m, d, theirs, e) != 0 || check_base(d, r, e) != 0 ||
	    (ours != NULL && check_same(d, ours, theirs, e) != 0))
		return -1;
	return unite(m, d, ours, theirs, e);
}

/* By a key that the complete files list. */
static bool is_signed_by_one(const struct workspace *ws,
                             const struct bundle_draft *d)
{
	SCOPED(role_doc_free)
	struct role_doc *doc = NULL;
	struct tuf_quorum q[2];

	if (workspace_quorums(q, ws, d->role, true) == 0 ||
	    role_doc_take(&doc, d->role, d->role, d->text, strlen(d->text),
	                  NULL) != 0 ||
	    role_doc_version(doc) != d->version)
		return false;
	for (size_t i = 0; i < q[0].n_keys; i++)
		if (role_doc_signed_by(doc, &q[0].keys[i]))
			return true;
	return false;
}

/* Nobody makes so many; and made-up ones need as many sticks to come to the
 * end, 2^31 - 1. */
#define REVISIONS_AHEAD_MAX 65536

static bool is_signed_draft(const struct draft_import *m, const char *role)
{
	for (size_t i = 0; i < m->b->n_drafts; i++)
		if (strcmp(m->b->drafts[i].role, role) == 0)
			return is_signed_by_one(m->ws, &m->b->drafts[i]);
	return false;
}

static int check_revision(const struct draft_import *m, const struct plan *p,
                          const char *path, struct err *e)
{
	char role[TUF_ROLE_MAX];
	const struct workspace_role *r;
	const struct tuf_targets *t;
	int64_t highest;

	(void)snprintf(role, sizeof(role), "plans.%s", p->head.product);
	r = workspace_role(m->ws, role);
	t = r != NULL && r->current != NULL ? &r->current->targets : NULL;
	if (t != NULL && tuf_targets_find(t, path) != NULL)
		return 0;
	if (revision_highest(&highest, m->ws, p->head.product, p->id, t, e) !=
	    0)
		return -1;
	if (p->rev - highest <= REVISIONS_AHEAD_MAX || is_signed_draft(m, role))
		return 0;
	return err_code(e, ERR_INVALID, "bad_numbers",
	                "%s: %" PRId64 " is the highest revision here; so far "
	                "ahead the draft has to be signed by a key of %s "
	                "first",
	                path, highest, role);
}

/* The file of a plan stays, so that its revision is not used again; a made-up
 * one would be the last of its id. */
static int check_revisions(const struct draft_import *m,
                           const struct catalog *c, struct err *e)
{
	for (size_t i = 0; i < c->n_products; i++)
		for (size_t n = 0; n < c->products[i].n_plans; n++)
			if (check_revision(m, &c->products[i].plans[n].plan,
			                   c->products[i].plans[n].path,
			                   e) != 0)
				return -1;
	return 0;
}

/* What was drafted is delegated to, its signatures are over its bytes, and
 * the whole is what the server would accept. */
static int check_result(const struct draft_import *m, struct err *e)
{
	struct source s = {.ws = m->ws};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};

	for (size_t i = 0; i < m->b->n_drafts; i++) {
		const struct workspace_role *r =
			workspace_role(m->ws, m->b->drafts[i].role);

		if (r == NULL)
			return err_code(e, ERR_INVALID, "unknown_role",
			                "%s: nobody delegates to this draft",
			                m->b->drafts[i].role);
		if (r->staged != NULL &&
		    stage_check_signatures(m->ws, r, e) != 0)
			return -1;
	}
	if (source_catalog(&catalog, &s, e) != 0)
		return -1;
	return check_revisions(m, &catalog, e);
}

/* Whoever gave up what is staged here may be a thief of the stick. */
static int check_given_up(const struct draft_import *m, struct err *e)
{
	const struct drafts *theirs = &m->b->numbers;

	for (size_t i = 0; i < m->ws->n_roles; i++) {
		const struct workspace_role *r = &m->ws->roles[i];

		if (r->staged != NULL &&
		    workspace_is_given_up(theirs, r->staged))
			return err_code(e, ERR_CONFLICT, "burned",
			                "%s %" PRId64 ": is staged here, and "
			                "the draft says that it was given up; "
			                "if so, pawl-repo draft drop %s first",
			                r->name, role_doc_version(r->staged),
			                r->name);
	}
	return 0;
}

/* The complete version; or one that somebody has signed, who counts on from
 * what he knows, and can be asked. */
static int64_t version_of(const void *ctx, const char *role)
{
	const struct draft_import *m = ctx;
	const struct workspace_role *r = workspace_role(m->ws, role);
	int64_t have = r != NULL && r->current != NULL
	                       ? role_doc_version(r->current)
	                       : 0;

	for (size_t i = 0; r != NULL && i < m->b->n_drafts; i++) {
		const struct bundle_draft *d = &m->b->drafts[i];

		if (strcmp(d->role, role) == 0 && d->version > have &&
		    d->version - have <= JUMP_AT_DESK &&
		    is_signed_by_one(m->ws, d))
			return d->version;
	}
	return have;
}

/* Before and after: what is staged here stays. */
static int take_numbers(struct draft_import *m, struct err *e)
{
	if (drafts_check(&m->b->numbers, version_of, m, e) != 0 ||
	    check_given_up(m, e) != 0)
		return -1;
	m->ws->extra_numbers = &m->b->numbers;
	drafts_merge(m->ws->drafts, &m->b->numbers);
	return 0;
}

int draft_import_check(struct draft_import *m, const char *trusted_root,
                       struct err *e)
{
	if (check_repo(m, trusted_root, e) != 0)
		return -1;
	if (add_base(m, e) != 0 ||
	    /* What comes in would be taken for what was to be staged. */
	    stage_check_finished(m->ws, e) != 0 || take_numbers(m, e) != 0)
		return -1;
	for (size_t i = 0; i < m->b->n_drafts; i++)
		if (add_draft(m, &m->b->drafts[i], e) != 0)
			return -1;
	if (workspace_reload(m->ws, e) != 0)
		return -1;
	return check_result(m, e);
}
