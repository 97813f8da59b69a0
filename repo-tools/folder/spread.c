#include "config.h"

#include "repo-tools/folder/spread.h"

#include "lib/base/mem.h"
#include "lib/base/strmap.h"

#include <stdlib.h>
#include <string.h>

void spread_init(struct spread *s, const struct workspace *ws, const char *role,
                 const struct bins *bins)
{
	*s = (struct spread){.ws = ws, .bins = *bins};
	(void)snprintf(s->role, sizeof(s->role), "%s", role);
}

void spread_fini(struct spread *s)
{
	for (size_t i = 0; i < s->n; i++)
		tuf_target_fini(&s->entries[i]);
	free(s->entries);
	s->entries = NULL;
	s->n = s->cap = 0;
}

void spread_add(struct spread *s, struct tuf_target *entry)
{
	if (s->n == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 64;
		s->entries =
			xreallocarray(s->entries, s->cap, sizeof(*s->entries));
	}
	s->entries[s->n++] = *entry;
	*entry = (struct tuf_target){0};
}

static int add_file(struct spread *s, const char *role, struct err *e)
{
	const struct role_doc *d = workspace_latest(s->ws, role);
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};

	if (d == NULL)
		return 0;
	if (role_doc_copy_targets(&t, d, e) != 0)
		return -1;
	for (size_t i = 0; i < t.n_targets; i++)
		spread_add(s, &t.targets[i]);
	t.n_targets = 0;
	return 0;
}

int spread_add_all(struct spread *s, struct err *e)
{
	struct bins now = workspace_bins(s->ws, s->role);
	char bin[TUF_ROLE_MAX];

	if (add_file(s, s->role, e) != 0)
		return -1;
	for (unsigned i = 0; i < bins_count(&now); i++) {
		bins_name(bin, &now, i);
		if (add_file(s, bin, e) != 0)
			return -1;
	}
	return 0;
}

void spread_file(char out[TUF_ROLE_MAX], const struct spread *s,
                 const char *path)
{
	if (s->bins.present)
		bins_find(out, &s->bins, path);
	else
		(void)snprintf(out, TUF_ROLE_MAX, "%s", s->role);
}

/* An entry by the number of its bin. */
struct placed {
	unsigned bin;
	size_t nth;
};

static int by_bin(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->bin != y->bin)
		return x->bin < y->bin ? -1 : 1;
	return (x->nth > y->nth) - (x->nth < y->nth);
}

static struct placed *place(const struct spread *s)
{
	struct placed *p = xcalloc(s->n + 1, sizeof(*p));

	for (size_t i = 0; i < s->n; i++)
		p[i] = (struct placed){
			s->bins.present
				? bins_number(&s->bins, s->entries[i].path)
				: 0,
			i};
	if (s->n > 0)
		qsort(p, s->n, sizeof(*p), by_bin);
	return p;
}

/* A path that would be listed twice; NULL without one. */
static const char *twice(const struct tuf_targets *t, const struct spread *s,
                         const struct placed *p, size_t n)
{
	SCOPED(strmap_fini)
	struct strmap seen = {0};

	for (size_t i = 0; i < n; i++) {
		const char *path = s->entries[p[i].nth].path;

		if (tuf_targets_find(t, path) != NULL ||
		    strmap_get(&seen, path, NULL))
			return path;
		strmap_put(&seen, path, i);
	}
	return NULL;
}

/* One file with entries p[0] … p[n - 1]. */
static int stage_file(struct stage_batch *b, struct spread *s, const char *role,
                      bool anew, const struct placed *p, size_t n,
                      struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	struct tuf_target *mine;
	const char *path;

	if (stage_draft(&t, s->ws, role, e) != 0)
		return -1;
	if (anew) {
		for (size_t i = 0; i < t.n_targets; i++)
			tuf_target_fini(&t.targets[i]);
		t.n_targets = 0;
	}
	path = twice(&t, s, p, n);
	if (path != NULL)
		return err_code(e, ERR_CONFLICT, "duplicate",
		                "%s: %.200s would be listed twice", role, path);
	mine = xcalloc(n, sizeof(*mine));
	for (size_t i = 0; i < n; i++) {
		mine[i] = s->entries[p[i].nth];
		s->entries[p[i].nth] = (struct tuf_target){0};
	}
	tuf_targets_put_all(&t, mine, n);
	if (stage_batch_put(b, s->ws, role, &t, NULL, e) == 0)
		return 0;
	err_context(e, "%s", role);
	return -1;
}

int spread_stage(struct spread *s, bool anew, size_t *files, struct err *e)
{
	SCOPED(stage_batch_fini)
	struct stage_batch batch = {0};
	SCOPED(free)
	struct placed *p = place(s);
	unsigned count = s->bins.present ? bins_count(&s->bins) : 1;
	size_t at = 0;

	*files = 0;
	for (unsigned bin = 0; bin < count; bin++) {
		char role[TUF_ROLE_MAX];
		size_t end = at;

		while (end < s->n && p[end].bin == bin)
			end++;
		if (end == at && !anew)
			continue;
		if (s->bins.present)
			bins_name(role, &s->bins, bin);
		else
			(void)snprintf(role, sizeof(role), "%s", s->role);
		if (stage_file(&batch, s, role, anew, p + at, end - at, e) != 0)
			return -1;
		(*files)++;
		at = end;
	}
	return stage_batch_commit(&batch, s->ws, e);
}
