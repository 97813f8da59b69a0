#include "config.h"

#include "lib/catalog/catalog.h"

#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "lib/catalog/product.h"

#include <stdio.h>
#include <string.h>

static int by_product(const void *a, const void *b)
{
	const struct catalog_product *x = a, *y = b;

	return strcmp(x->product, y->product);
}

/* One product per releases.P; the delegations were checked before. */
static void list_products(struct catalog *c, const struct tuf_targets *t)
{
	c->products = xcalloc(t->n_roles + 1, sizeof(*c->products));
	for (size_t i = 0; i < t->n_roles; i++) {
		const char *product;

		if (delegations_row(t->roles[i].name, &product) !=
		    &catalog_delegations[0])
			continue;
		(void)snprintf(c->products[c->n_products++].product,
		               PRODUCT_MAX_LEN + 1, "%s", product);
	}
	qsort(c->products, c->n_products, sizeof(*c->products), by_product);
}

static int load(struct catalog *c, const struct catalog_source *s,
                struct err *e)
{
	if (s->root->repo[0] == '\0')
		return err_code(e, ERR_INVALID, "not_pawl",
		                "root: carries no repository identity "
		                "(pawl_repo)");
	(void)snprintf(c->repo, sizeof(c->repo), "%s", s->root->repo);
	if (delegations_check(&c->solo, s, e) != 0)
		return -1;
	list_products(c, s->targets);
	for (size_t i = 0; i < c->n_products; i++)
		if (product_read(&c->products[i], c->repo, s, e) != 0)
			return -1;
	return 0;
}

int catalog_load(struct catalog *out, const struct catalog_source *s,
                 struct err *e)
{
	*out = (struct catalog){0};
	if (load(out, s, e) == 0)
		return 0;
	catalog_fini(out);
	return -1;
}

void catalog_fini(struct catalog *c)
{
	for (size_t i = 0; i < c->n_products; i++) {
		struct catalog_product *p = &c->products[i];

		for (size_t j = 0; j < p->n_plans; j++)
			plan_fini(&p->plans[j].plan);
		free(p->plans);
		free(p->releases);
		free(p->ranges);
	}
	free(c->products);
	*c = (struct catalog){0};
}

bool catalog_is_same(const struct catalog_source *s, const char *role)
{
	return s->before != NULL && s->same(s->ctx, role) &&
	       strcmp(s->before->repo, s->root->repo) == 0;
}

const struct catalog_product *catalog_product(const struct catalog *c,
                                              const char *product)
{
	for (size_t i = 0; i < c->n_products; i++)
		if (strcmp(c->products[i].product, product) == 0)
			return &c->products[i];
	return NULL;
}

const struct catalog_release *catalog_release(const struct catalog_product *p,
                                              const char *path)
{
	for (size_t low = 0, high = p->n_releases; low < high;) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(path, p->releases[mid].path);

		if (order == 0)
			return &p->releases[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct catalog_plan *catalog_plan(const struct catalog_product *p,
                                        const char *path)
{
	for (size_t i = 0; i < p->n_plans; i++)
		if (strcmp(p->plans[i].path, path) == 0)
			return &p->plans[i];
	return NULL;
}
