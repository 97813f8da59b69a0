/*
 * What may become complete, and in which order. The question is always the
 * same: with these drafts taken for complete, is the repository one that
 * clients and the server accept (lib/catalog), and is what stays still signed
 * by those who may (carry.h)? First it is asked for each family, a role and
 * its bins, alone; then for all drafts together.
 *
 * Files are written from the leaves to the root, so that a process killed on
 * the way leaves files nobody asks for yet, and the last one shows them all.
 * Bins, which are all leaves, are written together.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/carry.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

#define ALL SIZE_MAX

static size_t family_of(const struct workspace *ws, size_t i)
{
	return ws->roles[i].bin ? ws->roles[i].delegator : i;
}

static bool is_signed(const struct workspace *ws,
                      const struct workspace_role *r)
{
	struct tuf_quorum q[2];
	size_t n = workspace_trial_quorums(q, ws, r);
	bool met = n > 0;

	for (size_t i = 0; i < n; i++)
		met = met && role_doc_check(r->staged, &q[i], NULL) == 0;
	return met;
}

static void end_trial(const struct workspace *ws)
{
	for (size_t i = 0; i < ws->n_roles; i++)
		ws->roles[i].trial = false;
}

/* Takes for complete what is signed by those that then are; a delegator
 * stands before those it delegates to. Returns how many. */
static size_t begin_trial(const struct workspace *ws, size_t family)
{
	size_t n = 0;

	end_trial(ws);
	for (size_t i = 0; i < ws->n_roles; i++) {
		struct workspace_role *r = &ws->roles[i];

		if (r->staged == NULL ||
		    (family != ALL && family_of(ws, i) != family))
			continue;
		r->trial = is_signed(ws, r);
		n += r->trial;
	}
	return n;
}

/* The root alone, place 0, is checked by nothing but its signatures and what
 * it leaves of others'. */
#define ROOT 0

/* New bins come all at once: one that lacks would hide what it lists. */
static int check_whole(const struct workspace *ws, struct err *e)
{
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];

		if (r->bin && ws->roles[r->delegator].trial && !r->trial &&
		    (r->current == NULL || r->staged != NULL))
			return err_set(e, ERR_CONFLICT,
			               "%s, which is not signed yet", r->name);
	}
	return 0;
}

static int check_trial(const struct workspace *ws, struct err *e)
{
	struct source s = {.ws = ws, .complete_only = true};
	SCOPED(catalog_fini)
	struct catalog c = {0};

	if (carry_check(ws, e) != 0 || check_whole(ws, e) != 0)
		return -1;
	return source_catalog(&c, &s, e);
}

static int check_family(const struct workspace *ws, size_t family,
                        struct err *e)
{
	return family == ROOT ? carry_check(ws, e) : check_trial(ws, e);
}

void stage_order(char waits_for[ERR_MSG_MAX], const struct workspace *ws,
                 const struct workspace_role *r)
{
	size_t family = family_of(ws, (size_t)(r - ws->roles));
	struct workspace_order *known = ws->order;
	struct err e = {0};

	/* Of thousands of bins the same is asked one after another. */
	if (!known->has || known->family != family) {
		known->has = true;
		known->family = family;
		(void)begin_trial(ws, family);
		known->says[0] = '\0';
		if (check_family(ws, family, &e) != 0)
			(void)snprintf(known->says, sizeof(known->says), "%s",
			               e.msg);
		end_trial(ws);
	}
	(void)snprintf(waits_for, ERR_MSG_MAX, "%s", known->says);
}

static int remove_staged(const struct workspace *ws, const char *role,
                         struct err *e)
{
	SCOPED(free)
	char *staged = workspace_path(ws, "staged/%s.json", role);

	return fs_remove(staged, e);
}

/* Does it change which roles there are, or whose word counts? */
static bool delegates(const struct role_doc *d)
{
	return role_doc_is_root(d) || d->targets.has_delegations;
}

/* One that is no bin has its name when what it may delegate to is on the
 * disk. */
static int write_trial(const struct workspace *ws, struct err *e)
{
	SCOPED(fs_batch_fini)
	struct fs_batch files = {0};

	for (size_t i = ws->n_roles; i > 0; i--) {
		const struct workspace_role *r = &ws->roles[i - 1];

		if (!r->trial)
			continue;
		if ((!r->bin && fs_batch_commit(&files, e) != 0) ||
		    stage_write_complete(&files, ws, r->name,
		                         role_doc_version(r->staged),
		                         &r->staged->bytes, e) != 0)
			return -1;
	}
	return fs_batch_commit(&files, e);
}

static int forget_roots(const struct workspace *ws, struct err *e)
{
	if (ws->drafts->n_roots == 0)
		return 0;
	drafts_forget_roots(ws->drafts);
	return drafts_write(ws->drafts, e);
}

/* All complete files first, then the staged ones go, the delegators' before
 * those of the roles they delegate to: a staged file beside a complete one
 * that nobody vouches for yet says that its time has not come (carry.h). One
 * that is left beside what is vouched for is no longer read, and the next
 * promotion takes it away. */
static int promote_trial(struct workspace *ws, stage_promoted_fn *fn, void *ctx,
                         struct err *e)
{
	bool anew = false;

	if (write_trial(ws, e) != 0)
		return -1;
	for (size_t i = 0; i < ws->n_roles; i++) {
		struct workspace_role *r = &ws->roles[i];

		if (!r->trial)
			continue;
		if (remove_staged(ws, r->name, e) != 0 ||
		    (i == ROOT && forget_roots(ws, e) != 0))
			return -1;
		fn(ctx, r->name, role_doc_version(r->staged));
		anew = anew || delegates(r->staged) ||
		       (r->current != NULL && delegates(r->current));
		r->trial = false;
		workspace_promoted(ws, r);
	}
	/* One bin of thousands is one file, not all of them again. */
	return anew ? workspace_reload(ws, e) : 0;
}

/* 1: something was promoted, 0: nothing can be, -1: it failed. */
static int promote_some(struct workspace *ws, stage_promoted_fn *fn, void *ctx,
                        struct err *e)
{
	for (size_t i = 0; i < ws->n_roles; i++)
		if (!ws->roles[i].bin && begin_trial(ws, i) > 0 &&
		    check_family(ws, i, NULL) == 0)
			return promote_trial(ws, fn, ctx, e) == 0 ? 1 : -1;
	if (begin_trial(ws, ALL) > 0 && check_trial(ws, NULL) == 0)
		return promote_trial(ws, fn, ctx, e) == 0 ? 1 : -1;
	return 0;
}

/* What a killed promotion or `draft drop` left behind. */
static int drop_leftovers(const struct workspace *ws, struct err *e)
{
	for (size_t i = 0; i < ws->n_roles; i++) {
		SCOPED(free)
		char *path =
			workspace_path(ws, "staged/%s.json", ws->roles[i].name);

		if (ws->roles[i].staged == NULL && fs_exists(path) &&
		    fs_remove(path, e) != 0)
			return -1;
	}
	return 0;
}

int stage_promote_read(struct workspace *ws, stage_promoted_fn *fn, void *ctx,
                       struct err *e)
{
	int more;

	/* Each may be what the next one waited for. */
	while ((more = promote_some(ws, fn, ctx, e)) == 1)
		;
	end_trial(ws);
	return more == 0 ? drop_leftovers(ws, e) : more;
}

int stage_promote(struct workspace *ws, stage_promoted_fn *fn, void *ctx,
                  struct err *e)
{
	if (workspace_reload(ws, e) != 0)
		return -1;
	return stage_promote_read(ws, fn, ctx, e);
}
