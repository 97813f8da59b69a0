#include "config.h"

#include "server/publish/check.h"

#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "lib/catalog/history.h"
#include "lib/catalog/jump.h"
#include "server/store/metadata.h"
#include "server/store/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SETTING_REPO PUBLISH_SETTING_REPO

/* What is published now and what came, in one list of borrowed files. */
struct file **publish_check_overlay(const struct set *s,
                                    struct file *const *files, size_t n,
                                    size_t *out_n)
{
	size_t have = s != NULL ? s->n_roots + s->n_roles + s->n_retired : 0;
	size_t k = 0;
	struct file **all = xcalloc(have + n, sizeof(struct file *));

	for (size_t i = 0; s != NULL && i < s->n_roots; i++)
		all[k++] = s->roots[i];
	for (size_t i = 0; s != NULL && i < s->n_roles; i++)
		all[k++] = s->roles[i].file;
	for (size_t i = 0; s != NULL && i < s->n_retired; i++)
		all[k++] = s->retired[i];
	for (size_t i = 0; i < n; i++)
		all[k++] = files[i];
	*out_n = k;
	return all;
}

/* One (role, version) has one content for ever. */
int publish_check_reissue(struct file *const *all, size_t n, struct err *e)
{
	SCOPED(free)
	struct file **sorted = xcalloc(n + 1, sizeof(struct file *));

	if (n > 0) {
		memcpy(sorted, all, n * sizeof(struct file *));
		qsort(sorted, n, sizeof(struct file *), file_order);
	}
	for (size_t i = 1; i < n; i++)
		if (file_order(&sorted[i - 1], &sorted[i]) == 0 &&
		    strcmp(sorted[i - 1]->sha256, sorted[i]->sha256) != 0)
			return err_code(e, ERR_CONFLICT, "reissued",
			                "%s: version %" PRId64
			                " was published with other bytes",
			                sorted[i]->role, sorted[i]->version);
	return 0;
}

/* Only what a set is made of may come from outside. */
int publish_check_names(struct file *const *files, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *role = files[i]->role;

		if (strcmp(role, "timestamp") == 0 ||
		    strcmp(role, "snapshot") == 0 ||
		    strncmp(role, "rollout.", 8) == 0)
			return err_code(e, ERR_INVALID, "online_role",
			                "%s: this server makes it itself",
			                files[i]->name);
	}
	return 0;
}

/* Every file that came must be what now counts, or known already: a role that
 * nobody delegates to, or an older version, is a mistake worth telling. */
int publish_check_used(const struct set *s, struct file *const *files, size_t n,
                       struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct file *f = files[i];
		const struct set_role *r = set_role(s, f->role);

		if (strcmp(f->role, "root") == 0)
			continue;
		if (r == NULL)
			return err_code(e, ERR_INVALID, "unknown_role",
			                "%s: no role here delegates to it",
			                f->name);
		if (f->version < r->targets.version)
			return err_code(e, ERR_CONFLICT, "rollback",
			                "%s: version %" PRId64
			                " is published already",
			                f->name, r->targets.version);
	}
	return 0;
}

int publish_check_far(const struct set *s, const struct set *before,
                      struct err *e)
{
	for (size_t i = 0; before != NULL && i < s->n_roles; i++) {
		const struct set_role *r = &s->roles[i];
		const struct set_role *was = set_role(before, r->name);

		if (was != NULL &&
		    r->targets.version - JUMP_AT_SERVER > was->targets.version)
			return err_code(e, ERR_CONFLICT, "version_far",
			                "%s: version %" PRId64
			                " is more than %" PRId64
			                " above the published %" PRId64,
			                r->name, r->targets.version,
			                JUMP_AT_SERVER, was->targets.version);
	}
	return 0;
}

int publish_check_repo(struct fleet *f, const struct set *s, struct err *e)
{
	SCOPED(buf_fini)
	struct buf known = BUF_INIT(256);
	struct err none = {0};

	if (settings_get(&known, f->store, SETTING_REPO, &none) != 0)
		return none.kind == ERR_NOT_FOUND ? 0 : (*e = none, -1);
	if (strcmp(buf_str(&known), s->catalog.repo) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "other_repo",
	                "repository %s: this server publishes %s",
	                s->catalog.repo, buf_str(&known));
}

/* Most versions say nothing about keys, and list very much. */
static int note_targets(void *ctx, const struct metadata_row *m, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = m->version};

	if (!history_concerns(m->bytes, m->len))
		return history_targets(ctx, m->role, &t, e);
	if (tuf_envelope_parse(&env, TUF_TARGETS, m->role, m->bytes, m->len,
	                       e) != 0 ||
	    tuf_targets_parse(&t, m->role, &env, e) != 0)
		return -1;
	return history_targets(ctx, m->role, &t, e);
}

static int note_root(struct history *h, const struct file *f, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};

	if (tuf_envelope_parse(&env, TUF_ROOT, f->name, f->bytes, f->len, e) !=
	            0 ||
	    tuf_root_parse(&root, &env, e) != 0)
		return -1;
	return history_root(h, &root, e);
}

static int check_roots(const struct set *s, const struct set *before,
                       struct history *h, struct err *e)
{
	if (before != NULL && s->n_roots == before->n_roots)
		return 0;
	for (size_t i = 0; i < s->n_roots; i++)
		if (note_root(h, s->roots[i], e) != 0)
			return -1;
	return 0;
}

/* Who may have delegated to roles that no bin is. */
static bool may_delegate(const char *role)
{
	char owner[TUF_ROLE_MAX];

	return strcmp(role, "root") != 0 && strcmp(role, "timestamp") != 0 &&
	       strcmp(role, "snapshot") != 0 && !bins_owner(owner, role) &&
	       strncmp(role, "plans.", 6) != 0 && !delegations_is_online(role);
}

struct everything {
	struct store *store;
	struct history history;
};

static int note_role(void *ctx, const char *role, struct err *e)
{
	struct everything *all = ctx;

	if (!may_delegate(role))
		return 0;
	return metadata_each(all->store, role, note_targets, &all->history, e);
}

/* A role that was there before and that this one never named. Rare: only then
 * is all that was ever published looked at. */
static int find_moved(bool *out, struct fleet *f, const struct set_role *r,
                      const struct history *own, struct err *e)
{
	*out = false;
	for (size_t i = 0; !*out && i < r->targets.n_roles; i++) {
		const char *name = r->targets.roles[i].name;
		int64_t highest = 0;

		if (history_names(own, r->name, name) || !may_delegate(name))
			continue;
		if (metadata_highest(&highest, f->store, name, e) != 0)
			return -1;
		*out = highest > 0;
	}
	return 0;
}

static int check_moved(struct fleet *f, const struct set_role *r,
                       const struct history *own, struct err *e)
{
	struct everything all = {.store = f->store};
	bool any;
	int result;

	if (find_moved(&any, f, r, own, e) != 0)
		return -1;
	if (!any)
		return 0;
	result = metadata_roles(f->store, note_role, &all, e);
	if (result == 0)
		result = history_moved(&all.history, r->name, &r->targets, e);
	history_fini(&all.history);
	return result;
}

/* A key once removed from a role never returns to it: every root there is, and
 * every version that was published here of a role that now says something new
 * about keys. */
int publish_check_history(struct fleet *f, const struct set *s,
                          const struct set *before, struct err *e)
{
	SCOPED(history_fini)
	struct history h = {0};

	if (check_roots(s, before, &h, e) != 0)
		return -1;
	for (size_t i = 0; i < s->n_roles; i++) {
		const struct set_role *r = &s->roles[i];

		if (!r->targets.has_delegations || set_is_same(s, i, before))
			continue;
		if (metadata_each(f->store, r->name, note_targets, &h, e) !=
		            0 ||
		    check_moved(f, r, &h, e) != 0 ||
		    history_targets(&h, r->name, &r->targets, e) != 0)
			return -1;
	}
	return 0;
}
