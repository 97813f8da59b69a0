#include "config.h"

#include "server/repo/gate_lint.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* An online role, or an older version of another, is found by its name. */
static struct file *published(const struct view *current, const struct file *f)
{
	const struct set_role *r = set_role(view_set(current), f->role);
	struct file *was;

	if (r != NULL && r->file == f)
		return r->file;
	was = set_file(view_set(current), f->name);
	return was != NULL ? was : view_metadata(current, f->name);
}

static bool is_published(const struct view *current, const struct file *f)
{
	const struct file *was = current != NULL ? published(current, f) : NULL;

	return was != NULL && strcmp(was->sha256, f->sha256) == 0;
}

static void look(struct lint *l, const struct file *f)
{
	lint_file(l, f->role, f->version, f->bytes, f->len);
}

void gate_lint_files(struct lint *l, struct file *const *files, size_t n,
                     const struct view *current)
{
	for (size_t i = 0; i < n; i++)
		if (!is_published(current, files[i]))
			look(l, files[i]);
}

static struct tuf_quorum quorum_of(const struct set *s, size_t i)
{
	const struct set_role *r = &s->roles[i];
	const struct tuf_targets *by = &s->roles[r->delegator].targets;
	const struct tuf_delegation *d = tuf_targets_role(by, r->name);

	if (i == 0)
		return tuf_root_quorum(&s->root, TUF_TARGETS);
	return d != NULL ? tuf_targets_quorum(by, d) : tuf_succinct_quorum(by);
}

/* Does it stand on other keys than when it was published? If not, its
 * signatures are what they were: to refuse them would stop every publish until
 * somebody renews a file that this one does not touch. */
static bool has_other_keys(const struct set *s, size_t i,
                           const struct view *current)
{
	const struct set *old = view_set(current);
	const struct set_role *was = set_role(old, s->roles[i].name);
	struct tuf_quorum now, then;

	if (i > 0 && set_is_same(s, i, old))
		return false;
	if (was == NULL)
		return true;
	now = quorum_of(s, i);
	then = quorum_of(old, (size_t)(was - old->roles));
	return !tuf_quorum_is_same(&now, &then);
}

static void look_role(struct lint *l, const struct set *s, size_t i,
                      const struct view *current)
{
	const struct set_role *r = &s->roles[i];
	const struct file *f = r->file;

	if (!is_published(current, f))
		return; /* it came just now */
	/* Who delegates is part of what holds between files. */
	if (r->targets.has_delegations)
		lint_unchanged(l, f->role, f->version, f->bytes, f->len);
	else
		lint_size(l, f->role, f->version, f->len);
	/* Behind those who delegate to it, so that theirs are known. */
	if (has_other_keys(s, i, current))
		lint_signatures(l, f->role, f->version, f->bytes, f->len);
}

void gate_lint_view(struct lint *l, const struct view *candidate,
                    const struct view *current)
{
	const struct set *s = view_set(candidate);
	const struct online *o = view_online(candidate);

	/* A new root is signed by the keys of the one before, too. */
	if (current != NULL)
		lint_know_keys(l, view_set(current)->root.keys,
		               view_set(current)->root.n_keys);
	for (size_t i = 0; i < s->n_roles; i++)
		look_role(l, s, i, current);
	for (size_t i = 0; i < o->n_files; i++)
		if (is_published(current, o->files[i]))
			lint_size(l, o->files[i]->role, o->files[i]->version,
			          o->files[i]->len);
		else
			look(l, o->files[i]);
	if (l->root_version < s->root.version)
		l->root_version = s->root.version;
	lint_tree(l);
}

int gate_accept_init(struct gate_accept *a, const char *list, struct err *e)
{
	size_t n = 0;
	char *next;

	*a = (struct gate_accept){.text = xstrdup(list)};
	next = *list != '\0' ? a->text : NULL;
	while (next != NULL) {
		const char *code = strsep(&next, ",");
		const struct lint_rule *r = lint_rule_by_code(code);

		if (r == NULL || r->severity == LINT_ERROR)
			return err_set(e, ERR_INVALID,
			               "lint_accept: '%s' is no warning; "
			               "pawl-repo lint --rules lists them",
			               code);
		if (n == GATE_ACCEPT_MAX)
			return err_set(e, ERR_INVALID,
			               "lint_accept: more than %d codes",
			               GATE_ACCEPT_MAX);
		a->codes[n++] = r->code;
	}
	return 0;
}

void gate_accept_fini(struct gate_accept *a)
{
	free(a->text);
	*a = (struct gate_accept){0};
}
