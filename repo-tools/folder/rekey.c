#include "config.h"

#include "repo-tools/folder/rekey.h"

#include "cli/suggest.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/keyring.h"
#include "repo-tools/folder/past.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

#define PREFIX_MIN 8 /* digits of a key id: one in 2^32 */

void rekey_ask(struct rekey *k, struct workspace *ws)
{
	*k = (struct rekey){.ws = ws};
}

int rekey_init(struct rekey *k, struct workspace *ws, struct err *e)
{
	rekey_ask(k, ws);
	return past_read(&k->history, ws, e);
}

void rekey_fini(struct rekey *k)
{
	history_fini(&k->history);
	tuf_root_fini(&k->root);
	for (size_t i = 0; i < k->n_drafts; i++)
		tuf_targets_fini(&k->drafts[i].targets);
	free(k->drafts);
	free(k->touched);
	*k = (struct rekey){0};
}

/* ---- Who names whom ---- */

/* The number of a top-level role; -1 for others. */
static int top_of(const char *role)
{
	for (int t = 0; t < 4; t++)
		if (strcmp(tuf_type_name((enum tuf_type)t), role) == 0)
			return t;
	return -1;
}

static struct rekey_draft *draft_of(const struct rekey *k, const char *role)
{
	for (size_t i = 0; i < k->n_drafts; i++)
		if (strcmp(k->drafts[i].role, role) == 0)
			return &k->drafts[i];
	return NULL;
}

static const struct tuf_root *root_of(const struct rekey *k)
{
	return k->has_root ? &k->root : workspace_latest_root(k->ws);
}

static const struct tuf_targets *targets_of(const struct rekey *k,
                                            const char *role)
{
	const struct rekey_draft *d = draft_of(k, role);

	return d != NULL ? &d->targets : workspace_latest_targets(k->ws, role);
}

/* The targets file of a role that names others. Bins are none of these, named
 * or not: they have the keys of their role, which takes them along. */
static const struct tuf_targets *delegator(const struct rekey *k,
                                           const struct workspace_role *r)
{
	const struct tuf_targets *t = NULL;

	if (strcmp(r->name, "root") != 0)
		t = targets_of(k, r->name);
	return t != NULL && !bins_are_by_prefix(r->name, t) ? t : NULL;
}

/* Who delegates to a role that is none of root's. NULL when nobody does. */
static const char *delegator_of(const struct rekey *k, const char *role)
{
	for (size_t i = 0; i < k->ws->n_roles; i++) {
		const struct workspace_role *r = &k->ws->roles[i];
		const struct tuf_targets *t = delegator(k, r);

		if (t != NULL && tuf_targets_role(t, role) != NULL)
			return r->name;
	}
	return NULL;
}

struct nearest {
	struct suggest suggest;
};

static int try_name(void *ctx, const char *role, struct err *e)
{
	struct nearest *n = ctx;

	(void)e;
	suggest_try(&n->suggest, role);
	return 0;
}

static int unknown_role(const struct rekey *k, const char *role, struct err *e)
{
	char mean[SUGGEST_MAX + 32];
	struct nearest n;

	suggest_init(&n.suggest, role);
	if (rekey_each_role(k, try_name, &n, e) != 0)
		return -1;
	return err_code(e, ERR_NOT_FOUND, "unknown_role",
	                "%.80s: is no role of this repository%s", role,
	                suggest_text(&n.suggest, mean, sizeof(mean)));
}

int rekey_each_role(const struct rekey *k, rekey_role_fn *fn, void *ctx,
                    struct err *e)
{
	for (int t = 0; t < 4; t++)
		if (fn(ctx, tuf_type_name((enum tuf_type)t), e) != 0)
			return -1;
	for (size_t i = 1; i < k->ws->n_roles; i++) {
		const struct tuf_targets *t = delegator(k, &k->ws->roles[i]);

		for (size_t d = 0; t != NULL && d < t->n_roles; d++)
			if (fn(ctx, t->roles[d].name, e) != 0)
				return -1;
	}
	return 0;
}

int rekey_quorum(struct tuf_quorum *out, const struct rekey *k,
                 const char *role, struct err *e)
{
	int top = top_of(role);
	const char *by = delegator_of(k, role);
	const struct tuf_targets *t;

	if (top >= 0 && root_of(k) == NULL)
		return err_code(e, ERR_NOT_FOUND, "unknown_role",
		                "%s: there is no root that names its keys",
		                role);
	if (top >= 0) {
		*out = tuf_root_quorum(root_of(k), (enum tuf_type)top);
		return 0;
	}
	if (by == NULL)
		return unknown_role(k, role, e);
	t = targets_of(k, by);
	*out = tuf_targets_quorum(t, tuf_targets_role(t, role));
	return 0;
}

/* ---- Which key is meant ---- */

static const char *id_in_file(char id[KEY_ID_SIZE], const char *path,
                              struct err *e)
{
	SCOPED(keyring_fini)
	struct keyring ring = {0};

	if (keyring_add(&ring, path, e) != 0)
		return NULL;
	memcpy(id, ring.items[0].info.public.id, KEY_ID_SIZE);
	return id;
}

int rekey_find_key(char id[KEY_ID_SIZE], const struct rekey *k,
                   const char *role, const char *text, struct err *e)
{
	struct tuf_quorum q;
	size_t n = 0, found = 0;

	if (rekey_quorum(&q, k, role, e) != 0)
		return -1;
	if (strchr(text, '.') != NULL) {
		text = id_in_file(id, text, e);
		if (text == NULL)
			return -1;
	}
	n = strlen(text);
	for (size_t i = 0; i < q.n_keyids; i++)
		if (n >= PREFIX_MIN && strncmp(q.keyids[i], text, n) == 0) {
			memmove(id, q.keyids[i], KEY_ID_SIZE);
			found++;
		}
	if (found == 1)
		return 0;
	return err_code(e, ERR_NOT_FOUND, "unknown_key",
	                "%s: '%.64s' is %s; its id, at least %d digits of it, "
	                "or its key file is needed",
	                role, text,
	                found > 1 ? "more than one of its keys"
	                          : "none of its keys",
	                PREFIX_MIN);
}

/* ---- Changing ---- */

static int draft_root(struct rekey *k, struct err *e)
{
	if (k->has_root)
		return 0;
	if (stage_draft_root(&k->root, k->ws, e) != 0)
		return -1;
	k->has_root = true;
	return 0;
}

static int draft_targets(struct rekey_draft **out, struct rekey *k,
                         const char *role, struct err *e)
{
	struct rekey_draft fresh = {0};

	*out = draft_of(k, role);
	if (*out != NULL)
		return 0;
	if (stage_draft(&fresh.targets, k->ws, role, e) != 0) {
		tuf_targets_fini(&fresh.targets);
		return -1;
	}
	(void)snprintf(fresh.role, sizeof(fresh.role), "%s", role);
	k->drafts =
		xreallocarray(k->drafts, k->n_drafts + 1, sizeof(*k->drafts));
	k->drafts[k->n_drafts] = fresh;
	*out = &k->drafts[k->n_drafts++];
	return 0;
}

void rekey_touch(struct rekey *k, const char *role, const char *by)
{
	struct rekey_touched *t;

	for (size_t i = 0; i < k->n_touched; i++)
		if (strcmp(k->touched[i].role, role) == 0)
			return;
	k->touched = xreallocarray(k->touched, k->n_touched + 1,
	                           sizeof(*k->touched));
	t = &k->touched[k->n_touched++];
	(void)snprintf(t->role, sizeof(t->role), "%s", role);
	(void)snprintf(t->by, sizeof(t->by), "%s", by);
}

/* The place where the role's keys stand, in a draft: one of root's, or a
 * delegation. */
struct place {
	int top; /* -1: a delegation */
	struct tuf_targets *targets;
	struct tuf_delegation *delegation;
};

static int open_place(struct place *out, struct rekey *k, const char *role,
                      struct err *e)
{
	const char *by = delegator_of(k, role);
	struct rekey_draft *d;

	*out = (struct place){.top = top_of(role)};
	if (out->top >= 0) {
		rekey_touch(k, role, "root");
		return draft_root(k, e);
	}
	if (by == NULL)
		return unknown_role(k, role, e);
	rekey_touch(k, role, by);
	if (draft_targets(&d, k, by, e) != 0)
		return -1;
	out->targets = &d->targets;
	for (size_t i = 0; i < d->targets.n_roles; i++)
		if (strcmp(d->targets.roles[i].name, role) == 0)
			out->delegation = &d->targets.roles[i];
	return 0;
}

int rekey_remove(struct rekey *k, const char *role, const char *id,
                 struct err *e)
{
	struct place at;
	bool had;

	if (open_place(&at, k, role, e) != 0)
		return -1;
	had = at.top >= 0
	              ? tuf_root_remove_key(&k->root, (enum tuf_type)at.top, id)
	              : tuf_targets_remove_key(at.targets, at.delegation, id);
	if (had)
		return 0;
	return err_code(e, ERR_NOT_FOUND, "unknown_key",
	                "%s: %.16s is none of its keys", role, id);
}

static bool lists(const struct tuf_quorum *q, const struct key_public *key)
{
	for (size_t i = 0; i < q->n_keys; i++)
		for (size_t n = 0; n < q->n_keyids; n++)
			if (strcmp(q->keyids[n], q->keys[i].id) == 0 &&
			    key_public_equal(&q->keys[i], key))
				return true;
	return false;
}

int rekey_add(struct rekey *k, const char *role, const struct key_public *key,
              struct err *e)
{
	struct tuf_quorum q;
	struct place at;

	if (rekey_quorum(&q, k, role, e) != 0)
		return -1;
	if (lists(&q, key))
		return err_set(e, ERR_CONFLICT, "%s: has the key %.16s already",
		               role, key->id);
	if (history_removed(&k->history, role, key))
		return err_code(e, ERR_CONFLICT, "key_returned",
		                "%s: key %.16s was removed from it before; a "
		                "removed key never returns",
		                role, key->id);
	if (open_place(&at, k, role, e) != 0)
		return -1;
	if (at.top >= 0)
		tuf_root_add_key(&k->root, (enum tuf_type)at.top, key);
	else
		tuf_targets_add_key(at.targets, at.delegation, key);
	return 0;
}

int rekey_threshold(struct rekey *k, const char *role, int64_t n, struct err *e)
{
	struct place at;

	if (open_place(&at, k, role, e) != 0)
		return -1;
	if (at.top >= 0)
		k->root.roles[at.top].threshold = n;
	else
		at.delegation->threshold = n;
	return 0;
}

/* ---- Checking ---- */

static const struct tuf_targets *drafted(void *ctx, const char *role)
{
	const struct rekey_draft *d = draft_of(ctx, role);

	return d != NULL ? &d->targets : NULL;
}

static int check_met(const struct rekey *k, struct err *e)
{
	for (size_t i = 0; i < k->n_touched; i++) {
		const char *role = k->touched[i].role;
		struct tuf_quorum q;

		if (rekey_quorum(&q, k, role, e) != 0)
			return -1;
		if ((uint64_t)q.threshold > q.n_keyids)
			return err_code(
				e, ERR_INVALID, "threshold_unmet",
				"%s: %" PRId64 " signatures would be needed of "
				"%zu %s; give it another key (rotate --with) "
				"or a lower threshold first",
				role, q.threshold, q.n_keyids,
				q.n_keyids == 1 ? "key" : "keys");
		if (describe_is_online(role) && q.threshold != 1)
			return err_code(e, ERR_INVALID, "threshold_online",
			                "%s: is signed by the server alone, "
			                "its threshold is 1",
			                role);
	}
	return 0;
}

int rekey_check(const struct rekey *k, bool solo, struct err *e)
{
	/* The callback wants a context that it does not change. */
	union {
		const struct rekey *in;
		void *out;
	} ctx = {.in = k};
	struct source is = {.ws = k->ws,
	                    .drafted = drafted,
	                    .drafted_ctx = ctx.out,
	                    .draft_root = k->has_root ? &k->root : NULL};
	struct source was = {.ws = k->ws};
	SCOPED(catalog_fini)
	struct catalog after = {0};
	SCOPED(catalog_fini)
	struct catalog before = {0};

	if (check_met(k, e) != 0 || source_catalog(&after, &is, e) != 0 ||
	    (k->has_root && stage_check_root(k->ws, &k->root, e) != 0))
		return -1;
	if (!after.solo || solo)
		return 0;
	/* What was broken before may be what this change mends. */
	if (source_catalog(&before, &was, NULL) == 0 && before.solo)
		return 0;
	return err_code(e, ERR_INVALID, "solo",
	                "one stolen key would be enough to sign a role; --solo "
	                "says that this is wanted");
}
