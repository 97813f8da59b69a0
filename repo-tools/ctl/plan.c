#include "config.h"

#include "repo-tools/ctl/plan.h"

#include "cli/suggest.h"
#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "repo-tools/ctl/api.h"

#include <string.h>

/* A search through a catalog. */
struct search {
	const char *product; /* NULL: any */
	const char *id;
	const char *path; /* of the highest revision so far; borrowed */
	const char *found_in;
	int64_t rev;
	struct suggest nearest;
};

static int try_plan(struct search *s, const char *product,
                    const struct js_at *plan, struct err *e)
{
	const char *id, *path;
	int64_t rev;

	if (js_get_str(&id, plan, "id", PRODUCT_MAX_LEN, e) != 0 ||
	    js_get_str(&path, plan, "path", TARGET_MAX_LEN, e) != 0 ||
	    js_get_int(&rev, plan, "rev", 1, NUM_JSON_MAX, e) != 0)
		return -1;
	suggest_try(&s->nearest, id);
	if (strcmp(id, s->id) != 0)
		return 0;
	if (s->path != NULL && strcmp(s->found_in, product) != 0)
		return err_set(e, ERR_USAGE,
		               "plan '%s' is in products %s and %s; "
		               "PRODUCT/%s is needed",
		               s->id, s->found_in, product, s->id);
	if (s->path == NULL || rev > s->rev) {
		s->path = path;
		s->found_in = product;
		s->rev = rev;
	}
	return 0;
}

static int try_product(struct search *s, const struct js_at *at, struct err *e)
{
	const char *product;
	struct js_at plans;
	size_t n;

	if (js_get_str(&product, at, "product", PRODUCT_MAX_LEN, e) != 0 ||
	    js_get_array(&plans, &n, at, "plans", 0, SIZE_MAX, e) != 0)
		return -1;
	if (s->product != NULL && strcmp(s->product, product) != 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct js_at plan = js_element(&plans, i);

		if (try_plan(s, product, &plan, e) != 0)
			return -1;
	}
	return 0;
}

int ctl_plan_find(char **out, const struct js_at *catalog, const char *name,
                  struct err *e)
{
	SCOPED(free)
	char *copy = xstrdup(name);
	char *slash = strchr(copy, '/'), mean[SUGGEST_MAX + 32];
	struct search s = {.id = copy};
	struct js_at products;
	size_t n;

	if (slash != NULL) {
		*slash = '\0';
		s.product = copy;
		s.id = slash + 1;
	}
	suggest_init(&s.nearest, s.id);
	if (js_get_array(&products, &n, catalog, "products", 0, SIZE_MAX, e) !=
	    0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&products, i);

		if (try_product(&s, &at, e) != 0)
			return -1;
	}
	if (s.path == NULL)
		return err_set(e, ERR_NOT_FOUND,
		               "no published plan has the id '%.64s'%s; "
		               "pawlctl catalog lists them",
		               s.id,
		               suggest_text(&s.nearest, mean, sizeof(mean)));
	*out = xstrdup(s.path);
	return 0;
}

int ctl_plan_path(char **out, const struct cli *c, const char *name,
                  struct err *e)
{
	SCOPED(ctl_api_fini)
	struct ctl_api api = {0};
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};

	if (strncmp(name, "plan/", 5) == 0) {
		*out = xstrdup(name);
		return 0;
	}
	if (ctl_api_open(&api, c, e) != 0 ||
	    ctl_api_get(&api, &a, "/v1/admin/catalog", e) != 0)
		return -1;
	return ctl_plan_find(out, &a.root, name, e);
}
