#include "config.h"

#include "repo-tools/folder/changes.h"

#include "lib/base/mem.h"
#include "lib/rollout/fw.h"
#include "repo-tools/folder/counters.h"
#include "repo-tools/folder/diff.h"
#include "repo-tools/folder/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of one kind that many are said one by one; a sentence has to end. */
#define SAID_MAX 8
#define PATHS_SIZE 180

void changes_fini(struct changes *c)
{
	for (size_t i = 0; i < c->len; i++) {
		free(c->items[i].text);
		free(c->items[i].subject);
	}
	free(c->items);
	*c = (struct changes){0};
}

static void add(struct changes *c, const char *kind, const char *subject,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void add(struct changes *c, const char *kind, const char *subject,
                const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	VEC_GROW(c);
	c->items[c->len++] =
		(struct change){kind, xstrdup(text), xstrdup(subject)};
}

/* ---- Entries ---- */

enum deed { ADDED, CHANGED, REMOVED, DEEDS };

static const char *const verbs[DEEDS] = {"adds", "changes", "removes"};
static const char *const kinds[DIFF_CLASSES][DEEDS] = {
	{"release_added", "release_changed", "release_removed"},
	{"plan_added", "plan_changed", "plan_removed"},
	{"target_added", "target_changed", "target_removed"},
};
static const char *const nouns[DIFF_CLASSES] = {"releases", "plans", "targets"};

static enum deed deed_of(const struct diff_entry *x)
{
	if (x->was == NULL)
		return ADDED;
	return x->is == NULL ? REMOVED : CHANGED;
}

static void say_release(struct changes *c, const struct diff_entry *x)
{
	const struct tuf_target *t = x->is != NULL ? x->is : x->was;
	SCOPED(free)
	struct fw *f = xcalloc(1, sizeof(*f));
	enum deed deed = deed_of(x);
	char hw[120], regions[120];
	bool everywhere;

	if (fw_parse(f, t->path, t->custom, NULL) != 0) {
		add(c, kinds[DIFF_RELEASE][deed], t->path, "%s %.300s",
		    verbs[deed], t->path);
		return;
	}
	everywhere = f->regions.n == 1 && strcmp(f->regions.w[0], "*") == 0;
	add(c, kinds[DIFF_RELEASE][deed], t->path, "%s release %s for %s%s%s",
	    verbs[deed], f->version, text_words(hw, sizeof(hw), &f->hw),
	    everywhere ? "" : " in ",
	    everywhere ? ""
	               : text_words(regions, sizeof(regions), &f->regions));
}

/* plan/P/ID.REV.json: where the id begins, how long it is, the rest. */
static size_t plan_id(const char **id, const char *path)
{
	const char *slash = strrchr(path, '/');

	*id = slash != NULL ? slash + 1 : path;
	return strcspn(*id, ".");
}

static bool same_plan(const char *a, const char *b)
{
	const char *x, *y;
	size_t n = plan_id(&x, a), m = plan_id(&y, b);

	return n == m && strncmp(x, y, n) == 0;
}

static void say_plan(struct changes *c, const struct diff_entry *x,
                     const char *replaced)
{
	const char *path = diff_path(x), *id;
	size_t n = plan_id(&id, path);
	enum deed deed = deed_of(x);
	int rev = (int)strcspn(id + n + 1, ".");

	if (replaced != NULL) {
		const char *old;
		size_t m = plan_id(&old, replaced);

		add(c, "plan_replaced", path,
		    "replaces plan %.*s revision %.*s by revision %.*s", (int)n,
		    id, (int)strcspn(old + m + 1, "."), old + m + 1, rev,
		    id + n + 1);
		return;
	}
	add(c, kinds[DIFF_PLAN][deed], path, "%s plan %.*s revision %.*s",
	    verbs[deed], (int)n, id, rev, id + n + 1);
}

/* The removed revision that this added one stands in for, or the other way
 * round; NULL when it stands alone. Revisions of a plan are neighbours. */
static const char *counterpart(const struct diff *d, size_t i)
{
	const struct diff_entry *x = &d->items[i];

	for (size_t k = i > 0 ? i - 1 : 0; k < d->len && k <= i + 1; k++) {
		const struct diff_entry *y = &d->items[k];

		if (k != i && diff_class(diff_path(y)) == DIFF_PLAN &&
		    same_plan(diff_path(x), diff_path(y)) &&
		    ((x->was == NULL && y->is == NULL) ||
		     (x->is == NULL && y->was == NULL)))
			return diff_path(y);
	}
	return NULL;
}

static void say_entry(struct changes *c, const struct diff *d, size_t i)
{
	const struct diff_entry *x = &d->items[i];
	const char *path = diff_path(x), *other;

	switch (diff_class(path)) {
	case DIFF_RELEASE: say_release(c, x); return;
	case DIFF_PLAN:
		other = counterpart(d, i);
		if (other == NULL || x->was == NULL)
			say_plan(c, x, other);
		return;
	case DIFF_OTHER:
	case DIFF_CLASSES: break;
	}
	add(c, kinds[DIFF_OTHER][deed_of(x)], path, "%s %.300s",
	    verbs[deed_of(x)], path);
}

static void say_entries(struct changes *c, const struct diff *d)
{
	size_t all[DIFF_CLASSES][DEEDS] = {{0}},
	       said[DIFF_CLASSES][DEEDS] = {{0}};

	for (size_t i = 0; i < d->len; i++)
		all[diff_class(diff_path(&d->items[i]))]
		   [deed_of(&d->items[i])]++;
	for (size_t i = 0; i < d->len; i++) {
		enum diff_class k = diff_class(diff_path(&d->items[i]));
		enum deed deed = deed_of(&d->items[i]);

		if (said[k][deed]++ < SAID_MAX)
			say_entry(c, d, i);
	}
	for (int k = 0; k < DIFF_CLASSES; k++)
		for (int deed = 0; deed < DEEDS; deed++)
			if (all[k][deed] > SAID_MAX)
				add(c, kinds[k][deed], "",
				    "%s %zu more %s, %zu in all", verbs[deed],
				    all[k][deed] - SAID_MAX, nouns[k],
				    all[k][deed]);
}

/* A rise cannot be taken back, so it is said beside the release it comes with,
 * and also when that is one of many. */
static void say_counter(struct changes *c, const struct workspace *ws,
                        const struct workspace_role *r, const struct diff *d)
{
	SCOPED(free)
	struct fw *f = xcalloc(1, sizeof(*f));
	int64_t to = -1, from;

	for (size_t i = 0; i < d->len; i++) {
		const struct tuf_target *t = d->items[i].is;

		if (t != NULL && diff_class(t->path) == DIFF_RELEASE &&
		    fw_parse(f, t->path, t->custom, NULL) == 0 &&
		    f->counter > to)
			to = f->counter;
	}
	if (to < 0)
		return;
	from = counters_signed(ws, r);
	if (from >= 0 && to > from)
		add(c, "counter_raised", r->name,
		    "raises the security counter from %" PRId64 " to %" PRId64
		    " (NO WAY BACK)",
		    from, to);
}

/* ---- Keys and delegations ---- */

/* Who may sign a role, by one file. */
struct signers {
	const char *role;
	char (*ids)[KEY_ID_SIZE];
	size_t n;
	int64_t threshold;
};

static bool lists(const struct signers *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->ids[i], id) == 0)
			return true;
	return false;
}

static void say_keys(struct changes *c, const struct holders *h,
                     const struct signers *a, const struct signers *b,
                     const char *kind, const char *what)
{
	for (size_t i = 0; i < b->n; i++) {
		const char *label = holders_label(h, b->ids[i]);

		if (!lists(a, b->ids[i]))
			add(c, kind, b->ids[i], "%s key %.16s%s%s%s %s %s",
			    strcmp(kind, "key_added") == 0 ? "lets" : "takes",
			    b->ids[i], *label != '\0' ? " (" : "", label,
			    *label != '\0' ? ")" : "", what, b->role);
	}
}

static void say_signers(struct changes *c, const struct holders *h,
                        const struct signers *was, const struct signers *is)
{
	say_keys(c, h, was, is, "key_added", "sign");
	say_keys(c, h, is, was, "key_removed", "away from");
	if (was->threshold != is->threshold || was->n != is->n)
		add(c, "threshold", is->role,
		    "takes %" PRId64 " of %zu keys to sign %s", is->threshold,
		    is->n, is->role);
}

static struct signers of_delegation(const struct tuf_delegation *d)
{
	return (struct signers){d->name, d->keyids, d->n_keyids, d->threshold};
}

/* What it may list; "…" at the end when that is not all. */
static void name_paths(char out[PATHS_SIZE], const struct tuf_delegation *d)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < d->n_paths && n < PATHS_SIZE; i++)
		n += (size_t)snprintf(out + n, PATHS_SIZE - n, " %s",
		                      d->paths[i]);
	if (n >= PATHS_SIZE)
		memcpy(out + PATHS_SIZE - 4, "…", 4); /* three and the NUL */
}

static void say_new(struct changes *c, const struct tuf_delegation *d)
{
	char paths[PATHS_SIZE];

	name_paths(paths, d);
	add(c, "delegation_added", d->name,
	    "delegates%s to %s, signed by %" PRId64 " of %zu keys%s", paths,
	    d->name, d->threshold, d->n_keyids,
	    d->terminating ? "" : ", not terminating");
}

static void say_paths(struct changes *c, const struct tuf_delegation *a,
                      const struct tuf_delegation *b)
{
	char was[PATHS_SIZE], is[PATHS_SIZE];

	if (diff_same_paths(a, b))
		return;
	name_paths(was, a);
	name_paths(is, b);
	add(c, "delegation_changed", b->name,
	    "lets %s list%s%s, where it was%s%s", b->name, is,
	    b->terminating ? "" : " (not terminating)", was,
	    a->terminating ? "" : " (not terminating)");
}

static void say_delegations(struct changes *c, const struct holders *h,
                            const struct tuf_targets *was,
                            const struct tuf_targets *is)
{
	for (size_t i = 0; i < is->n_roles; i++) {
		const struct tuf_delegation *b = &is->roles[i];
		const struct tuf_delegation *a = tuf_targets_role(was, b->name);

		if (a == NULL) {
			say_new(c, b);
			continue;
		}
		struct signers x = of_delegation(a), y = of_delegation(b);

		say_signers(c, h, &x, &y);
		say_paths(c, a, b);
	}
	for (size_t i = 0; i < was->n_roles; i++)
		if (tuf_targets_role(is, was->roles[i].name) == NULL)
			add(c, "delegation_removed", was->roles[i].name,
			    "no longer delegates to %s", was->roles[i].name);
}

static void say_bins(struct changes *c, const struct holders *h,
                     const struct bins *was, const struct bins *is,
                     const struct tuf_quorum *role)
{
	struct signers x = {"its bins", was->shape.keyids, was->shape.n_keyids,
	                    was->shape.threshold};
	struct signers y = {"its bins", is->shape.keyids, is->shape.n_keyids,
	                    is->shape.threshold};

	if (!is->present) {
		add(c, "bins", "", "goes back from bins into one file");
		return;
	}
	if (!was->present)
		x = (struct signers){"its bins", role->keyids, role->n_keyids,
		                     role->threshold};
	if (bins_count(was) != bins_count(is) ||
	    was->by_prefix != is->by_prefix)
		add(c, "bins", "", "spreads over %u bins%s", bins_count(is),
		    is->by_prefix ? " by hash prefixes" : "");
	say_signers(c, h, &x, &y);
}

static void say_below(struct changes *c, const struct holders *h,
                      const char *role, const struct tuf_quorum *signers,
                      const struct tuf_targets *was,
                      const struct tuf_targets *is)
{
	struct bins a = {0}, b = {0};

	if (bins_read(&a, role, was, NULL) != 0 ||
	    bins_read(&b, role, is, NULL) != 0)
		a = b = (struct bins){0};
	if (a.present || b.present)
		say_bins(c, h, &a, &b, signers);
	else
		say_delegations(c, h, was, is);
}

static void say_root(struct changes *c, const struct holders *h,
                     const struct tuf_root *was, const struct tuf_root *is)
{
	for (int t = 0; t < 4; t++) {
		const struct tuf_role_keys *a = &was->roles[t];
		const struct tuf_role_keys *b = &is->roles[t];
		const char *role = tuf_type_name((enum tuf_type)t);
		struct signers x = {role, a->keyids, a->n_keyids, a->threshold};
		struct signers y = {role, b->keyids, b->n_keyids, b->threshold};

		say_signers(c, h, &x, &y);
	}
}

void changes_init(struct changes *c, const struct workspace *ws,
                  const struct workspace_role *r, const struct holders *h)
{
	static const struct tuf_targets no_targets;
	static const struct tuf_root no_root;
	struct tuf_quorum q[2];
	SCOPED(diff_fini)
	struct diff d = {0};

	*c = (struct changes){.first = r->current == NULL};
	if (r == &ws->roles[0]) {
		if (r->staged != NULL)
			say_root(c, h,
			         r->current != NULL ? &r->current->root
			                            : &no_root,
			         &r->staged->root);
		return;
	}
	if (workspace_quorums(q, ws, r->name, false) == 0)
		q[0] = (struct tuf_quorum){0};
	if (r->staged != NULL)
		say_below(c, h, r->name, &q[0],
		          r->current != NULL ? &r->current->targets
		                             : &no_targets,
		          &r->staged->targets);
	diff_init(&d, ws, r);
	say_entries(c, &d);
	say_counter(c, ws, r, &d);
}

void changes_sentence(struct buf *out, const struct changes *c)
{
	if (c->len == 0 && c->first) {
		buf_puts(out, "the first version, which lists nothing");
		return;
	}
	for (size_t i = 0; i < c->len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		buf_puts(out, c->items[i].text);
	}
	buf_puts(out, c->len > 0 ? "; nothing else changes"
	                         : "says the same for longer; nothing else "
	                           "changes");
}
