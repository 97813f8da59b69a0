#include "config.h"

#include "lib/catalog/delegations.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"

#include <stdio.h>
#include <string.h>

const struct catalog_delegation catalog_delegations[] = {
	/* clang-format off */
	{"releases.", {"fw/%s/", "delta/%s/", "meta/%s/"}, false},
	{"plans.",    {"plan/%s/", NULL, NULL},            false},
	{"rollout.",  {"rollout/%s/", NULL, NULL},         true},
	/* clang-format on */
};
const size_t catalog_n_delegations = ARRAY_LEN(catalog_delegations);

void delegations_role_name(char out[TUF_ROLE_MAX],
                           const struct catalog_delegation *row,
                           const char *product)
{
	(void)snprintf(out, TUF_ROLE_MAX, "%s%s", row->role_prefix, product);
}

const struct catalog_delegation *delegations_row(const char *role,
                                                 const char **product)
{
	for (size_t i = 0; i < catalog_n_delegations; i++) {
		const char *prefix = catalog_delegations[i].role_prefix;
		size_t n = strlen(prefix);

		if (strncmp(role, prefix, n) != 0 || !name_is_product(role + n))
			continue;
		*product = role + n;
		return &catalog_delegations[i];
	}
	return NULL;
}

bool delegations_pattern(char *out, size_t size,
                         const struct catalog_delegation *row, size_t i,
                         const char *product)
{
	const char *text, *mark;

	if (i >= ARRAY_LEN(row->paths) || row->paths[i] == NULL)
		return false;
	text = row->paths[i];
	mark = strstr(text, "%s");
	(void)snprintf(out, size, "%.*s%s%s*", (int)(mark - text), text,
	               product, mark + 2);
	return true;
}

bool delegations_child(char out[TUF_ROLE_MAX], const char *role,
                       const struct tuf_targets *t, size_t i)
{
	struct bins bins;

	if (!t->succinct.present) {
		if (i >= t->n_roles)
			return false;
		memcpy(out, t->roles[i].name, TUF_ROLE_MAX);
		return true;
	}
	/* Bins that are refused elsewhere are no roles to look for. */
	if (bins_read(&bins, role, t, NULL) != 0 || i >= bins_count(&bins))
		return false;
	bins_name(out, &bins, (unsigned)i);
	return true;
}

bool delegations_is_online(const char *role)
{
	const char *product;
	const struct catalog_delegation *row = delegations_row(role, &product);

	return row != NULL && row->online;
}
