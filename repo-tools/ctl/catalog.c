#include "config.h"

#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/text.h"

static int show_releases(struct ctl_table *t, const struct js_at *product,
                         struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, product, "releases", 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		SCOPED(buf_fini)
		struct buf size = BUF_INIT(64);
		struct js_at at = js_element(&list, i);
		int64_t length = 0;

		if (js_get_int(&length, &at, "length", 0, NUM_JSON_MAX, e) != 0)
			return -1;
		ctl_text_size(&size, length);
		ctl_table_members(t, &at, "path", "version", NULL);
		ctl_table_add(t, buf_str(&size));
		ctl_table_members(t, &at, "counter", "hw", "regions", "built",
		                  NULL);
	}
	return 0;
}

static int show_plans(struct ctl_table *t, const struct js_at *product,
                      struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, product, "plans", 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		ctl_table_members(t, &at, "path", "kind", "release", "channels",
		                  "hw", "regions", "expires", NULL);
	}
	return 0;
}

static int show_catalog(struct cli *c, const struct js_at *root, struct err *e)
{
	static const char *const release_columns[] = {
		"RELEASE", "VERSION", ">SIZE", ">COUNTER",
		"HW",      "REGIONS", "BUILT", NULL,
	};
	static const char *const plan_columns[] = {
		"PLAN", "KIND",    "RELEASE", "CHANNELS",
		"HW",   "REGIONS", "EXPIRES", NULL,
	};
	SCOPED(ctl_table_fini)
	struct ctl_table releases = {0};
	SCOPED(ctl_table_fini)
	struct ctl_table plans = {0};
	struct js_at products;
	size_t n;

	if (js_get_array(&products, &n, root, "products", 0, SIZE_MAX, e) != 0)
		return -1;
	ctl_table_init(&releases, c, release_columns);
	ctl_table_init(&plans, c, plan_columns);
	for (size_t i = 0; i < n; i++) {
		struct js_at product = js_element(&products, i);

		if (show_releases(&releases, &product, e) != 0 ||
		    show_plans(&plans, &product, e) != 0)
			return -1;
	}
	if (ctl_table_print(&releases, "no releases are published", e) != 0)
		return -1;
	if (plans.n_cells > 0)
		cli_print(c, "\n");
	return ctl_table_print(&plans, "no plans are published", e);
}

int ctl_catalog(struct cli *c, struct err *e)
{
	return ctl_ask_get(c, "/v1/admin/catalog", show_catalog, e);
}
