/*
 * What a staged role changes, in words.
 */
#include "config.h"

#include "lib/base/rfc3339.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/describe.h"

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
			for (size_t p = 0; p < b->n_paths; p++)
				fprintf(out, " %s", b->paths[p]);
			fputc('\n', out);
			a = &none;
		} else if (a->threshold != b->threshold) {
			fprintf(out, "  %s: now ", b->name);
			describe_quorum(out, b->name, b->threshold,
			                b->n_keyids);
			fputc('\n', out);
		}
		key_changes(out, b->name, a->keyids, a->n_keyids, b->keyids,
		            b->n_keyids);
	}
	for (size_t i = 0; was != NULL && i < was->n_roles; i++)
		if (tuf_targets_role(is, was->roles[i].name) == NULL)
			fprintf(out, "  - no longer delegates to %s\n",
			        was->roles[i].name);
}

static bool same_entry(const struct tuf_target *a, const struct tuf_target *b)
{
	bool custom = (a->custom == NULL) == (b->custom == NULL) &&
	              (a->custom == NULL || strcmp(a->custom, b->custom) == 0);

	return custom && a->length == b->length &&
	       strcmp(a->sha256, b->sha256) == 0;
}

/* The highest counter that is signed already; -1: no release yet. */
static int64_t signed_counter(const struct catalog_product *p,
                              const struct tuf_targets *was)
{
	int64_t highest = -1;

	for (size_t i = 0; i < p->n_releases; i++)
		if (was != NULL &&
		    tuf_targets_find(was, p->releases[i].path) != NULL &&
		    p->releases[i].fw.counter > highest)
			highest = p->releases[i].fw.counter;
	return highest;
}

static void describe_entry(FILE *out, const struct catalog_product *p,
                           const struct tuf_targets *was, const char *path)
{
	const struct catalog_release *r = catalog_release(p, path);
	const struct catalog_plan *plan = catalog_plan(p, path);
	int64_t before = signed_counter(p, was);

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

static void change_targets(FILE *out, const struct catalog_product *p,
                           const struct tuf_targets *was,
                           const struct tuf_targets *is)
{
	for (size_t i = 0; i < is->n_targets; i++) {
		const struct tuf_target *b = &is->targets[i];
		const struct tuf_target *a =
			was != NULL ? tuf_targets_find(was, b->path) : NULL;

		if (a != NULL && same_entry(a, b))
			continue;
		fprintf(out, "  %s %s\n", a == NULL ? "+" : "~", b->path);
		if (p != NULL)
			describe_entry(out, p, was, b->path);
	}
	for (size_t i = 0; was != NULL && i < was->n_targets; i++)
		if (tuf_targets_find(is, was->targets[i].path) == NULL)
			fprintf(out, "  - %s\n", was->targets[i].path);
}

void describe_change(FILE *out, const struct workspace_role *r,
                     const struct catalog *c)
{
	const struct role_doc *was = r->current, *is = r->staged;
	const char *product = NULL;

	fprintf(out, "%s, version %" PRId64 "\n", r->name,
	        role_doc_version(is));
	expiry(out, is->env.expires_s);
	if (role_doc_is_root(is)) {
		change_root(out, was ? &was->root : NULL, &is->root);
		return;
	}
	change_delegations(out, was ? &was->targets : NULL, &is->targets);
	(void)delegations_row(r->name, &product);
	change_targets(out,
	               product != NULL ? catalog_product(c, product) : NULL,
	               was ? &was->targets : NULL, &is->targets);
}
