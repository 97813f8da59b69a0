#include "config.h"

#include "server/publish/publish.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/publish/check.h"
#include "server/publish/errand.h"
#include "server/publish/rows.h"
#include "server/repo/gate.h"
#include "server/repo/gate_lint.h"

#include <stdlib.h>
#include <string.h>

/* One try: what came, over what was published when it began. */
struct draft {
	struct file *const *files; /* borrowed */
	size_t n_files;
	const struct deed *deed;
	bool emergency;
	struct view *base; /* NULL: nothing is published */
	struct set *set;   /* both, overlaid */
	struct lint lint;
	struct proposal proposal; /* signed over the set, not visible */
	int64_t timestamp_version;
	struct buf *out;
};

static void draft_fini(struct draft *d)
{
	proposal_fini(&d->proposal);
	lint_fini(&d->lint);
	set_unref(d->set);
	view_put(d->base);
}
DEFINE_SCOPED_PLACE(draft_fini, struct draft)

static const struct set *base_set(const struct draft *d)
{
	return d->base != NULL ? view_set(d->base) : NULL;
}

/* ---- The publisher's: what takes time ---- */

static int read_blob(void *ctx, const struct tuf_target *entry, struct buf *out,
                     struct err *e)
{
	const struct fleet *f = ctx;

	if (blobs_read(&f->blobs, entry->sha256, out, e) != 0) {
		err_context(e, "%s", entry->path);
		return -1;
	}
	return 0;
}

static int prepare(struct fleet *f, struct draft *d, struct err *e)
{
	size_t n_all = 0;
	SCOPED(free)
	struct file **all = publish_check_overlay(base_set(d), d->files,
	                                          d->n_files, &n_all);

	if (publish_check_reissue(all, n_all, e) != 0)
		return -1;
	gate_lint_files(&d->lint, d->files, d->n_files, d->base);
	if (lint_verdict(&d->lint, e) != 0)
		return -1;
	d->set = set_new(all, n_all, base_set(d), read_blob, f, e);
	if (d->set == NULL)
		return -1;
	if (publish_check_far(d->set, base_set(d), e) != 0)
		return -1;
	return publish_check_used(d->set, d->files, d->n_files, e);
}

/* The whole gate over what would be visible. */
static int verify(struct fleet *f, struct draft *d, struct err *e)
{
	const struct view *v = d->proposal.view, *now = d->proposal.base;

	if (gate_check(v, now, &f->blobs, fleet_now_s(f), e) != 0)
		return -1;
	d->proposal.is_verified = true;
	gate_lint_view(&d->lint, v, now);
	return lint_verdict(&d->lint, e);
}

/* The hashes of a role's targets that it did not list before. */
static size_t new_names(const char **names, const struct set_role *r,
                        const struct set *old)
{
	const struct tuf_targets *t = &r->targets;
	size_t n = 0;

	for (size_t i = 0; i < t->n_targets; i++)
		if (!set_had_entry(old, r->name, &t->targets[i]))
			names[n++] = t->targets[i].sha256;
	return n;
}

/* What is about to be spoken of stays there: an upload alone promises no name
 * (blobs.h). */
static int settle_blobs(struct fleet *f, const struct draft *d, struct err *e)
{
	const struct set *s = d->set;
	SCOPED(free)
	const char **names = NULL;
	size_t n = 0;

	for (size_t r = 0; r < s->n_roles; r++) {
		if (set_is_same(s, r, base_set(d)))
			continue;
		names = xreallocarray(names,
		                      n + s->roles[r].targets.n_targets + 1,
		                      sizeof(*names));
		n += new_names(names + n, &s->roles[r], base_set(d));
	}
	return blobs_settle(&f->blobs, names, n, e);
}

/* ---- The scribe's: what is short ---- */

/* Over the set that it was prepared over, or not at all. */
static int check_base(struct fleet *f, const struct draft *d, struct err *e)
{
	SCOPED(view_put)
	struct view *now = view_get(&f->view);

	if ((now != NULL ? view_set(now) : NULL) == base_set(d))
		return 0;
	return err_code(e, ERR_BUSY, "set_changed",
	                "another publish came between %d times; try again",
	                PUBLISH_TRIES);
}

static int propose(struct fleet *f, void *ctx, struct err *e)
{
	struct draft *d = ctx;

	if (check_base(f, d, e) != 0 ||
	    /* A rotation's keys came into the folder before the publish. */
	    signer_refresh(&f->signer, f->config.online_keys,
	                   f->config.passphrase, e) != 0 ||
	    publish_check_repo(f, d->set, e) != 0 ||
	    publish_check_history(f, d->set, base_set(d), e) != 0)
		return -1;
	return sign_propose(&d->proposal, f, d->set, e);
}

static int commit(struct fleet *f, void *ctx, struct err *e)
{
	struct draft *d = ctx;
	struct revisions revisions = {0};
	struct publish_rows rows = {.set = d->set,
	                            .before = base_set(d),
	                            .revisions = &revisions,
	                            .deed = d->deed,
	                            .lint = &d->lint};
	struct change change = {.deed = *d->deed,
	                        .cause = PUBLISHED_PUBLISH,
	                        .set = d->set,
	                        .emergency = d->emergency,
	                        .proposal = &d->proposal,
	                        .write = publish_rows_write,
	                        .ctx = &rows};
	int result = -1;

	if (check_base(f, d, e) != 0)
		return -1;
	if (revise_begin(&revisions, f, d->set, e) != 0 ||
	    sign_change(f, &change, e) != 0) {
		revise_undo(&revisions, f);
	} else {
		SCOPED(view_put)
		struct view *after = view_get(&f->view);

		revise_written(&revisions, f);
		d->timestamp_version = view_online(after)->timestamp_version;
		result = 0;
	}
	free(revisions.items);
	return result;
}

/* ---- All of it ---- */

static void tell(const struct draft *d)
{
	const struct publish_rows rows = {
		.set = d->set, .before = base_set(d), .lint = &d->lint};

	publish_rows_result(d->out, &rows, d->timestamp_version);
	for (size_t i = 0; i < d->lint.len; i++)
		log_warn("published: %s (%s)", d->lint.items[i].text,
		         d->lint.items[i].rule->code);
}

static int try_once(struct fleet *f, const struct draft *of, struct err *e)
{
	SCOPED(draft_fini)
	struct draft d = *of;

	d.base = view_get(&f->view);
	lint_init(&d.lint, LINT_MAINSTREAM);
	d.lint.accepted = f->config.lint_accept;
	if (prepare(f, &d, e) != 0 || errand_run(f, propose, &d, e) != 0 ||
	    verify(f, &d, e) != 0 || settle_blobs(f, &d, e) != 0 ||
	    errand_run(f, commit, &d, e) != 0)
		return -1;
	tell(&d);
	return 0;
}

static int try_all(struct fleet *f, const struct draft *d, struct err *e)
{
	struct err why = {0};
	int result = -1;

	if (publish_check_names(d->files, d->n_files, e) != 0)
		return -1;
	for (int i = 0; i < PUBLISH_TRIES; i++) {
		why = (struct err){0};
		result = try_once(f, d, &why);
		if (result == 0 || strcmp(why.code, "set_changed") != 0)
			break;
	}
	if (result != 0 && e != NULL)
		*e = why;
	return result;
}

int publish(struct fleet *f, struct file *const *files, size_t n,
            const struct deed *deed, struct buf *out, struct err *e)
{
	const struct draft d = {
		.files = files, .n_files = n, .deed = deed, .out = out};

	return try_all(f, &d, e);
}

int publish_in_emergency(struct fleet *f, struct file *const *files, size_t n,
                         const struct deed *deed, struct buf *out,
                         struct err *e)
{
	struct deed said = *deed;
	const struct draft d = {.files = files,
	                        .n_files = n,
	                        .deed = &said,
	                        .emergency = true,
	                        .out = out};

	said.detail = "{\"emergency\":true}";
	return try_all(f, &d, e);
}
