#include "config.h"

#include "repo-tools/folder/draft_show.h"

#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "repo-tools/folder/changes.h"
#include "repo-tools/folder/diff.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

/* A role and its bins, as one. */
struct draft {
	const struct workspace_role *role;
	const struct workspace_role *last; /* the staged file that is behind */
	size_t bins;
	struct stage_progress p;
	char (*missing)[KEY_ID_SIZE];
	size_t n_missing;
	struct changes changes;
};

static void draft_fini(struct draft *d)
{
	free(d->missing);
	changes_fini(&d->changes);
}
DEFINE_SCOPED_PLACE(draft_fini, struct draft)

/* Of the staged files of a family the one with fewest signatures tells. */
static void find_last(struct draft *d, const struct workspace *ws)
{
	size_t at = (size_t)(d->role - ws->roles);

	for (size_t i = at; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];
		struct stage_progress p;

		if (r->staged == NULL ||
		    (i != at && !(r->bin && r->delegator == at)))
			continue;
		stage_progress(&p, ws, r);
		if (d->last != NULL && p.have >= d->p.have)
			continue;
		d->last = r;
		d->p = p;
	}
	if (!d->p.complete)
		d->n_missing = stage_missing(&d->missing, ws, d->last);
}

static void put(struct jw *w, const struct draft *d, const char *summary,
                const struct holders *h)
{
	const struct role_doc *is = d->last->staged;

	jw_object(w);
	jw_put_str(w, "role", d->role->name);
	jw_put_int(w, "version", role_doc_version(is));
	jw_key(w, "base_version");
	if (d->last->current != NULL)
		jw_int(w, role_doc_version(d->last->current));
	else
		jw_null(w);
	jw_put_int(w, "bins", (int64_t)d->bins);
	jw_put_time(w, "expires", is->env.expires_s);
	jw_put_str(w, "summary", summary);
	jw_key(w, "changes");
	jw_array(w);
	for (size_t i = 0; i < d->changes.len; i++) {
		jw_object(w);
		jw_put_str(w, "kind", d->changes.items[i].kind);
		jw_put_str(w, "subject", d->changes.items[i].subject);
		jw_put_str(w, "text", d->changes.items[i].text);
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_put_int(w, "have", (int64_t)d->p.have);
	jw_put_int(w, "need", d->p.need);
	jw_put_str(w, "waits_for",
	           d->p.waits_for[0] != '\0' ? d->p.waits_for : NULL);
	jw_key(w, "missing");
	jw_array(w);
	for (size_t i = 0; i < d->n_missing; i++) {
		const char *label = holders_label(h, d->missing[i]);

		jw_object(w);
		jw_put_str(w, "keyid", d->missing[i]);
		jw_put_str(w, "holder", *label != '\0' ? label : NULL);
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_end_object(w);
}

static void print(const struct cli *c, const struct draft *d,
                  const char *summary, const struct holders *h)
{
	char ends[RFC3339_SIZE];

	rfc3339_format(ends, d->last->staged->env.expires_s);
	if (d->role->staged != NULL)
		cli_print(c, "%s %" PRId64 ": %s\n", d->role->name,
		          role_doc_version(d->role->staged), summary);
	else
		cli_print(c, "%s, in %zu of its bins: %s\n", d->role->name,
		          d->bins, summary);
	cli_print(c, "  until %s; %zu of %" PRId64 " signatures", ends,
	          d->p.have, d->p.need);
	if (d->p.waits_for[0] != '\0')
		cli_print(c, ", waits for: %s", d->p.waits_for);
	cli_print(c, "\n");
	for (size_t i = 0; i < d->n_missing; i++) {
		const char *label = holders_label(h, d->missing[i]);

		cli_print(c, "  may still sign: %.16s  %s\n", d->missing[i],
		          *label != '\0' ? label : "holder not known here");
	}
}

static int show_one(const struct cli *c, struct jw *w,
                    const struct workspace *ws, const struct workspace_role *r,
                    const struct holders *h, struct err *e)
{
	SCOPED(draft_fini)
	struct draft d = {.role = r};
	SCOPED(buf_fini)
	struct buf summary = BUF_INIT(1 << 16);

	if (!diff_is_staged(&d.bins, ws, r))
		return 0;
	find_last(&d, ws);
	changes_init(&d.changes, ws, r, h);
	changes_sentence(&summary, &d.changes);
	if (buf_failed(&summary))
		return err_set(e, ERR_TOO_LARGE, "%s: too many changes",
		               r->name);
	if (cli_wants_json(c))
		put(w, &d, buf_str(&summary), h);
	else
		print(c, &d, buf_str(&summary), h);
	return 1;
}

int draft_show(const struct cli *c, const struct workspace *ws, struct err *e)
{
	SCOPED(holders_fini)
	struct holders h = {0};
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(16 << 20);
	struct jw w;
	int n = 0;

	holders_read(&h, ws);
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-draft/1");
	jw_put_str(&w, "repo", ws->repo);
	jw_key(&w, "drafts");
	jw_array(&w);
	for (size_t i = 0; i < ws->n_roles; i++) {
		int shown = ws->roles[i].bin
		                    ? 0
		                    : show_one(c, &w, ws, &ws->roles[i], &h, e);

		if (shown < 0)
			return -1;
		n += shown;
	}
	jw_end_array(&w);
	jw_end_object(&w);
	if (cli_wants_json(c))
		return cli_print_json(c, &json, e);
	if (n == 0)
		cli_say(c, "nothing is staged\n");
	return 0;
}
