#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define OFF_MAX_S (30 * DAY_S)
/* A server does not know them: a firmware of some megabytes over a slow line,
 * and a boot with its checks. */
#define DOWNLOAD_S 600
#define BOOT_S 300

/* What may be left out is 0. */
static int read_ppm(int32_t *out, const struct js_at *at, const char *key,
                    int32_t max, struct err *e)
{
	int64_t ppm = 0;

	if (js_has(at, key) && js_get_int(&ppm, at, key, 0, max, e) != 0)
		return -1;
	*out = (int32_t)ppm;
	return 0;
}

static int read_habit(struct fleet_cell *c, const struct js_at *at,
                      struct err *e)
{
	if (js_get_int(&c->poll_s, at, "poll_s", FLEET_POLL_MIN_S,
	               FLEET_POLL_MAX_S, e) != 0 ||
	    read_ppm(&c->poll_spread_ppm, at, "poll_spread_ppm",
	             FLEET_SPREAD_MAX_PPM, e) != 0 ||
	    read_ppm(&c->off_ppm, at, "off_ppm", FLEET_OFF_MAX_PPM, e) != 0 ||
	    read_ppm(&c->fail_ppm, at, "fail_ppm", PPM, e) != 0 ||
	    read_ppm(&c->brick_ppm, at, "brick_ppm", PPM, e) != 0 ||
	    read_ppm(&c->silent_ppm, at, "silent_ppm", PPM, e) != 0)
		return -1;
	if (c->fail_ppm + c->brick_ppm > PPM)
		return js_refuse(at, e,
		                 "fail_ppm and brick_ppm are %" PRId32
		                 " together, %d at most",
		                 c->fail_ppm + c->brick_ppm, PPM);
	if (c->off_ppm == 0 && !js_has(at, "off_s"))
		return 0;
	return js_get_int(&c->off_s, at, "off_s", c->off_ppm > 0, OFF_MAX_S, e);
}

static int read_counts(struct fleet_kind *k, const struct js_at *at,
                       struct err *e)
{
	bool tells = js_has(at, "seen_7d");

	/* Who was seen polls; of a file made by hand, all. */
	if (js_get_int(&k->enrolled, at, "devices", !tells, FLEET_DEVICES_MAX,
	               e) != 0)
		return -1;
	k->habit.devices = k->enrolled;
	return tells ? js_get_int(&k->habit.devices, at, "seen_7d", 0,
	                          k->enrolled, e)
	             : 0;
}

static int read_running(struct fleet_kind *k, const struct js_at *at,
                        struct err *e)
{
	struct js_at version;
	const char *text = "";

	if (js_has(at, "sha256") &&
	    doc_hex_parse(k->sha256, 64, at, "sha256", e) != 0)
		return -1;
	if (!js_has(at, "version"))
		return 0;
	if (js_get(&version, at, "version", e) != 0 ||
	    js_as_str(&text, &version, SEMVER_MAX_LEN, e) != 0)
		return -1;
	if (!semver_is_valid(text))
		return js_refuse(&version, e, "is no version like 1.2.3");
	(void)snprintf(k->version, sizeof(k->version), "%s", text);
	return 0;
}

static int read_channel(struct fleet_kind *k, const struct js_at *at,
                        struct err *e)
{
	struct js_at channel;
	const char *text;

	if (!js_has(at, "channel"))
		return 0;
	if (js_get(&channel, at, "channel", e) != 0 ||
	    js_as_str(&text, &channel, NAME_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_word(text))
		return js_refuse(&channel, e, "is no name");
	word_set(k->channel, text);
	return 0;
}

static int read_kind(struct fleet_kind *k, const struct js_at *at,
                     struct err *e)
{
	static const char *const names[] = {
		"hw",        "region",          "channel", "version",
		"sha256",    "devices",         "seen_7d", "poll_s",
		"off_ppm",   "poll_spread_ppm", "off_s",   "fail_ppm",
		"brick_ppm", "silent_ppm",      NULL};

	if (cell_parse(&k->cell, at, false, e) != 0 ||
	    js_only(at, names, e) != 0 || read_channel(k, at, e) != 0 ||
	    read_running(k, at, e) != 0 || read_counts(k, at, e) != 0)
		return -1;
	return read_habit(&k->habit, at, e);
}

static int by_kind(const void *a, const void *b)
{
	const struct fleet_kind *x = a, *y = b;
	int d = strcmp(x->cell.hw, y->cell.hw);

	if (d == 0)
		d = strcmp(x->cell.region, y->cell.region);
	if (d == 0)
		d = strcmp(x->channel, y->channel);
	if (d == 0)
		d = strcmp(x->version, y->version);
	return d != 0 ? d : strcmp(x->sha256, y->sha256);
}

/* Sorted, two of the same stand side by side. */
static int check_kinds(const struct fleet_file *f, const struct js_at *list,
                       struct err *e)
{
	for (size_t i = 1; i < f->n_kinds; i++) {
		const struct fleet_kind *k = &f->kinds[i];
		struct js_at at;

		if (by_kind(k - 1, k) != 0)
			continue;
		at = js_element(list, k->place > k[-1].place ? k->place
		                                             : k[-1].place);
		return js_refuse(&at, e, "%s/%s is given twice", k->cell.hw,
		                 k->cell.region);
	}
	return 0;
}

static int read_kinds(struct fleet_file *f, const struct js_at *root,
                      struct err *e)
{
	struct js_at list;
	int64_t devices = 0;
	size_t n;

	if (js_get_array(&list, &n, root, "cells", 1, FLEET_KINDS_MAX, e) != 0)
		return -1;
	f->kinds = xcalloc(n, sizeof(*f->kinds));
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		struct fleet_kind *k = &f->kinds[f->n_kinds++];

		k->place = i;
		if (read_kind(k, &at, e) != 0)
			return -1;
		devices += k->habit.devices;
		if (devices > FLEET_DEVICES_MAX)
			return js_refuse(&at, e,
			                 "%" PRId64 " devices so far, %" PRId64
			                 " at most",
			                 devices, FLEET_DEVICES_MAX);
	}
	qsort(f->kinds, f->n_kinds, sizeof(*f->kinds), by_kind);
	return check_kinds(f, &list, e);
}

static int read_file(struct fleet_file *f, const struct js_at *root,
                     struct err *e)
{
	static const char *const names[] = {"schema",     "product", "time",
	                                    "download_s", "boot_s",  "cells",
	                                    NULL};
	static const char *const schemas[] = {"fleet/1", NULL};
	const char *product = "";
	int schema;

	if (js_is_object(root, e) != 0 || js_only(root, names, e) != 0 ||
	    (js_has(root, "schema") &&
	     js_get_enum(&schema, root, "schema", schemas, e) != 0) ||
	    (js_has(root, "product") &&
	     js_get_str(&product, root, "product", PRODUCT_MAX_LEN, e) != 0) ||
	    (js_has(root, "download_s") &&
	     js_get_int(&f->download_s, root, "download_s", 1, DAY_S, e) !=
	             0) ||
	    (js_has(root, "boot_s") &&
	     js_get_int(&f->boot_s, root, "boot_s", 1, DAY_S, e) != 0))
		return -1;
	if (js_has(root, "product") && !name_is_product(product))
		return js_refuse(root, e, "'%.40s' is no product", product);
	(void)snprintf(f->product, sizeof(f->product), "%s", product);
	return read_kinds(f, root, e);
}

int fleet_file_parse(struct fleet_file *out, const char *name,
                     const void *bytes, size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	*out = (struct fleet_file){.download_s = DOWNLOAD_S, .boot_s = BOOT_S};
	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	(void)snprintf(out->name, sizeof(out->name), "%s", doc.name);
	root = js_root(&doc);
	return read_file(out, &root, e);
}

void fleet_file_fini(struct fleet_file *f)
{
	free(f->kinds);
	*f = (struct fleet_file){0};
}

static int add_word(struct words *l, const char *what, const char *w,
                    const struct fleet_file *f, struct err *e)
{
	if (words_has(l, w))
		return 0;
	if (l->n == WORDS_MAX)
		return err_set(e, ERR_INVALID,
		               "%s: more than %d %s, a plan has no more",
		               f->name, WORDS_MAX, what);
	word_set(l->w[l->n++], w);
	return 0;
}

int fleet_file_scope(struct words *hw, struct words *regions,
                     const struct fleet_file *f, struct err *e)
{
	hw->n = regions->n = 0;
	for (size_t i = 0; i < f->n_kinds; i++) {
		const struct cell *c = &f->kinds[i].cell;

		if (add_word(hw, "hardware revisions", c->hw, f, e) != 0 ||
		    add_word(regions, "regions", c->region, f, e) != 0)
			return -1;
	}
	return 0;
}
