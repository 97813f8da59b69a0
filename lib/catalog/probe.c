#include "config.h"

#include "lib/catalog/probe.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest pattern, and room for every number behind it: cut off, all of
 * them would be one path. */
#define PATH_SIZE (TUF_PATH_MAX + 32)

/* A path that a pattern "literal*" matches and nobody lists on purpose. */
static void path_of(char out[PATH_SIZE], const char *pattern, unsigned n)
{
	(void)snprintf(out, PATH_SIZE, "%.*spawl-probe-%u",
	               (int)strcspn(pattern, "*"), pattern, n);
}

/* Not *reached: a role above lists that very path, and another one is to be
 * tried. */
static int ask(bool *reached, struct trust *t, const struct trust_io *io,
               const char *role, const char *path, struct err *e)
{
	const struct trust_target *found = NULL;
	struct err why = {0};
	int result = 0;

	*reached = trust_targets(t, role) != NULL;
	if (!*reached) {
		result = trust_find(t, io, path, &found, &why);
		*reached = trust_targets(t, role) != NULL;
	}
	if (result == 0 || (why.kind == ERR_NOT_FOUND && *reached))
		return 0;
	if (e != NULL)
		*e = why;
	err_context(e, "a client on its way to %s", role);
	return -1;
}

/* Paths are tried until each bin had one: about n log n of them. The named
 * child alone, or NULL: all. */
static int ask_bins(struct trust *t, const struct trust_io *io,
                    const struct tuf_delegation *d, const struct bins *bins,
                    const char *child, struct err *e)
{
	SCOPED(free)
	bool *asked = xcalloc(bins_count(bins), sizeof(bool));
	char path[PATH_SIZE], name[TUF_ROLE_MAX];
	unsigned left = child != NULL ? 1 : bins_count(bins);

	for (unsigned n = 0; left > 0; n++) {
		unsigned bin;

		path_of(path, d->paths[0], n);
		bin = bins_number(bins, path);
		if (asked[bin])
			continue;
		bins_name(name, bins, bin);
		if (child != NULL && strcmp(name, child) != 0)
			continue;
		if (ask(&asked[bin], t, io, name, path, e) != 0)
			return -1;
		left -= asked[bin];
	}
	return 0;
}

static int ask_role(struct trust *t, const struct trust_io *io,
                    const struct tuf_delegation *d, struct err *e)
{
	char path[PATH_SIZE];
	bool reached = false;

	for (unsigned n = 0; !reached; n++) {
		path_of(path, d->paths[0], n);
		if (ask(&reached, t, io, d->name, path, e) != 0)
			return -1;
	}
	return 0;
}

static int probe(struct trust *t, const struct trust_io *io,
                 const struct tuf_delegation *d, const struct tuf_targets *role,
                 const char *child, struct err *e)
{
	struct bins bins;

	if (bins_read(&bins, d->name, role, e) != 0)
		return -1;
	if (bins.present && d->n_paths > 0 &&
	    (child == NULL || tuf_succinct_is_bin(&bins.shape, child)))
		return ask_bins(t, io, d, &bins, child, e);
	for (size_t i = 0; i < role->n_roles; i++) {
		const struct tuf_delegation *below = &role->roles[i];

		if (below->n_paths == 0 ||
		    (child != NULL && strcmp(below->name, child) != 0))
			continue;
		if (ask_role(t, io, below, e) != 0)
			return -1;
	}
	return 0;
}

int probe_children(struct trust *t, const struct trust_io *io,
                   const struct tuf_delegation *d,
                   const struct tuf_targets *role, struct err *e)
{
	return probe(t, io, d, role, NULL, e);
}

int probe_child(struct trust *t, const struct trust_io *io,
                const struct tuf_delegation *d, const struct tuf_targets *role,
                const char *child, struct err *e)
{
	return trust_targets(t, child) != NULL
	               ? 0
	               : probe(t, io, d, role, child, e);
}
