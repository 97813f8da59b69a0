/*
 * What a staged role changes, in words.
 */
#include "config.h"

#include "lib/base/rfc3339.h"
#include "lib/base/utf8.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/folder/counters.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/diff.h"
#include "repo-tools/folder/initiator.h"

#include <inttypes.h>
#include <string.h>

static void expiry(FILE *out, int64_t expires_s)
{
	char when[RFC3339_SIZE];

	rfc3339_format(when, expires_s);
	fprintf(out, "  expires %s\n", when);
}

static bool has_id(char (*ids)[KEY_ID_SIZE], size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

static void key_changes(FILE *out, const char *role, char (*was)[KEY_ID_SIZE],
                        size_t n_was, char (*is)[KEY_ID_SIZE], size_t n_is)
{
	for (size_t i = 0; i < n_is; i++)
		if (!has_id(was, n_was, is[i]))
			fprintf(out, "  + key %.16s for %s\n", is[i], role);
	for (size_t i = 0; i < n_was; i++)
		if (!has_id(is, n_is, was[i]))
			fprintf(out, "  - key %.16s no longer for %s\n", was[i],
			        role);
}

static void change_root(FILE *out, const struct tuf_root *was,
                        const struct tuf_root *is)
{
	static const struct tuf_role_keys none = {0};

	for (int t = 0; t < 4; t++) {
		const char *role = tuf_type_name((enum tuf_type)t);
		const struct tuf_role_keys *a = was ? &was->roles[t] : &none;
		const struct tuf_role_keys *b = &is->roles[t];

		key_changes(out, role, a->keyids, a->n_keyids, b->keyids,
		            b->n_keyids);
		if (a->threshold == b->threshold)
			continue;
		fprintf(out, "  %s: now ", role);
		describe_quorum(out, role, b->threshold, b->n_keyids);
		fputc('\n', out);
	}
}

static void delegated(FILE *out, const struct tuf_delegation *d)
{
	for (size_t i = 0; i < d->n_paths; i++)
		fprintf(out, " %s", d->paths[i]);
	fputs(d->terminating ? "\n" : ", not terminating\n", out);
}

static void change_delegation(FILE *out, const struct tuf_delegation *a,
                              const struct tuf_delegation *b)
{
	if (a->threshold != b->threshold) {
		fprintf(out, "  %s: now ", b->name);
		describe_quorum(out, b->name, b->threshold, b->n_keyids);
		fputc('\n', out);
	}
	if (!diff_same_paths(a, b)) {
		fprintf(out, "  %s: may no longer list", b->name);
		delegated(out, a);
		fprintf(out, "  %s: may list now", b->name);
		delegated(out, b);
	}
}

static void change_delegations(FILE *out, const struct tuf_targets *was,
                               const struct tuf_targets *is)
{
	static const struct tuf_delegation none = {0};

	for (size_t i = 0; i < is->n_roles; i++) {
		const struct tuf_delegation *b = &is->roles[i];
		const struct tuf_delegation *a =
			was != NULL ? tuf_targets_role(was, b->name) : NULL;

		if (a == NULL) {
			fprintf(out, "  + delegates to %s (", b->name);
			describe_quorum(out, b->name, b->threshold,
			                b->n_keyids);
			fprintf(out, "):");
			delegated(out, b);
			a = &none;
		} else {
			change_delegation(out, a, b);
		}
		key_changes(out, b->name, a->keyids, a->n_keyids, b->keyids,
		            b->n_keyids);
	}
	for (size_t i = 0; was != NULL && i < was->n_roles; i++)
		if (tuf_targets_role(is, was->roles[i].name) == NULL)
			fprintf(out, "  - no longer delegates to %s\n",
			        was->roles[i].name);
}

static bool has_bins(const char *role, const struct tuf_targets *t)
{
	return t->succinct.present || bins_are_by_prefix(role, t);
}

/* Keys that did not sign the bins before, nor the role that had none. */
static void change_bin_keys(FILE *out, const struct workspace *ws,
                            const struct workspace_role *r,
                            const struct bins *is)
{
	struct bins was = {0};
	struct tuf_quorum q[2] = {{0}};

	if (r->current != NULL &&
	    bins_read(&was, r->name, &r->current->targets, NULL) == 0 &&
	    was.present)
		key_changes(out, "its bins", was.shape.keyids,
		            was.shape.n_keyids, is->shape.keyids,
		            is->shape.n_keyids);
	else if (workspace_quorums(q, ws, r->name, false) == 1)
		key_changes(out, "its bins", q[0].keyids, q[0].n_keyids,
		            is->shape.keyids, is->shape.n_keyids);
}

static void change_bins(FILE *out, const struct workspace *ws,
                        const struct workspace_role *r)
{
	const struct tuf_targets *is = &r->staged->targets;
	const char *role = r->name;
	struct bins bins;

	if (bins_read(&bins, role, is, NULL) != 0 || !bins.present)
		return;
	fprintf(out, "  %u bins%s, ", bins_count(&bins),
	        bins.by_prefix ? " by hash prefixes" : "");
	describe_quorum(out, role, bins.shape.threshold, bins.shape.n_keyids);
	fputc('\n', out);
	change_bin_keys(out, ws, r, &bins);
}

static void describe_entry(FILE *out, const struct catalog_product *p,
                           int64_t before, const char *path)
{
	const struct catalog_release *r = catalog_release(p, path);
	const struct catalog_plan *plan = catalog_plan(p, path);

	if (r != NULL)
		describe_release(out, "      ", r);
	if (r != NULL && before >= 0 && r->fw.counter > before)
		fprintf(out,
		        "      NO WAY BACK: raises the security counter from "
		        "%" PRId64 " to %" PRIu32 "\n",
		        before, r->fw.counter);
	if (plan != NULL)
		describe_plan(out, "      ", &plan->plan);
}

static void who_asked(FILE *out, const struct tuf_target *entry)
{
	char who[INITIATOR_SIZE];
	struct err e = {0};

	if (initiator_of(who, entry, &e) != 0) {
		fprintf(out, "      WHO ASKED FOR IT DOES NOT READ: %s\n",
		        e.msg);
		return;
	}
	utf8_mend(who);
	if (*who != '\0')
		fprintf(out, "      asked for by %s\n", who);
}

static void change_entry(FILE *out, const struct catalog_product *p,
                         int64_t before, const struct diff_entry *x)
{
	fprintf(out, "  %s %s\n",
	        x->is == NULL    ? "-"
	        : x->was == NULL ? "+"
	                         : "~",
	        diff_path(x));
	if (x->is == NULL)
		return;
	if (p != NULL)
		describe_entry(out, p, before, diff_path(x));
	who_asked(out, x->is);
}

/* Nobody reads more than these; their number is said in any case. */
#define LINES_MAX 200

/* What installs nothing by itself. */
static void change_others(FILE *out, const struct diff *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->len; i++)
		if (diff_class(diff_path(&d->items[i])) == DIFF_OTHER &&
		    n++ < LINES_MAX)
			change_entry(out, NULL, -1, &d->items[i]);
	if (n > LINES_MAX)
		fprintf(out, "  … and %zu more, %zu in all\n", n - LINES_MAX,
		        n);
}

/* However many: what a signature makes devices run is never left out, and
 * stands last, where it is read. */
static void change_installs(FILE *out, const struct catalog_product *p,
                            const struct workspace *ws,
                            const struct workspace_role *r,
                            const struct diff *d)
{
	int64_t before = -1;
	bool asked = false;

	for (size_t i = 0; i < d->len; i++) {
		enum diff_class k = diff_class(diff_path(&d->items[i]));

		if (k == DIFF_OTHER)
			continue;
		if (k == DIFF_RELEASE && !asked)
			before = counters_signed(ws, r);
		asked = asked || k == DIFF_RELEASE;
		change_entry(out, p, before, &d->items[i]);
	}
}

static void change_targets(FILE *out, const struct catalog_product *p,
                           const struct workspace *ws,
                           const struct workspace_role *r)
{
	SCOPED(diff_fini)
	struct diff d = {0};

	diff_init(&d, ws, r);
	change_others(out, &d);
	change_installs(out, p, ws, r, &d);
}

static void heading(FILE *out, const struct workspace_role *r, size_t bins)
{
	if (r->staged != NULL) {
		fprintf(out, "%s, version %" PRId64, r->name,
		        role_doc_version(r->staged));
		if (bins > 0)
			fprintf(out, ", and %zu of its bins", bins);
		fputc('\n', out);
		expiry(out, r->staged->env.expires_s);
		return;
	}
	fprintf(out, "%s: %zu of its bins\n", r->name, bins);
}

void describe_change(FILE *out, const struct workspace *ws,
                     const struct workspace_role *r, const struct catalog *c)
{
	const struct role_doc *was = r->current, *is = r->staged;
	const char *product = NULL;
	size_t bins;

	if (!diff_is_staged(&bins, ws, r))
		return;
	heading(out, r, bins);
	if (is != NULL && role_doc_is_root(is)) {
		change_root(out, was ? &was->root : NULL, &is->root);
		return;
	}
	if (is != NULL && has_bins(r->name, &is->targets))
		change_bins(out, ws, r);
	else if (is != NULL && was != NULL && has_bins(r->name, &was->targets))
		fputs("  bins no more, all in one file\n", out);
	else if (is != NULL)
		change_delegations(out, was ? &was->targets : NULL,
		                   &is->targets);
	(void)delegations_row(r->name, &product);
	change_targets(out,
	               product != NULL ? catalog_product(c, product) : NULL, ws,
	               r);
}
