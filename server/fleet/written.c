#include "config.h"

#include "server/fleet/written.h"

#include "lib/json/js.h"

#include <stdio.h>
#include <string.h>

void show_when(struct jw *w, const char *key, int64_t ms)
{
	if (ms > 0)
		jw_put_time(w, key, ms / 1000);
	else
		jw_put_null(w, key);
}

void show_put_hold(struct jw *w, const struct hold *h, int64_t since_ms)
{
	jw_object(w);
	jw_put_str(w, "hw", h->hw);
	jw_put_str(w, "region", h->region);
	show_when(w, "since", since_ms);
	jw_put_int(w, "overdue", h->overdue);
	jw_put_int(w, "silent", h->silent);
	jw_put_int(w, "trials", h->trials);
	jw_put_int(w, "bound", h->bound);
	jw_put_int(w, "p_silent_ppm", h->p_silent_ppm);
	jw_put_int(w, "alpha_silent_ppm", h->alpha_silent_ppm);
	jw_put_int(w, "weight_ppm", h->weight_ppm);
	jw_put_int(w, "epoch", h->epoch);
	jw_put_str(w, "text", h->text);
	jw_end_object(w);
}

/* ---- The evidence of a halt, out and back ---- */

static void put_device_id(struct jw *w, struct fleet *f, int64_t key)
{
	struct device_rec r;
	size_t at;

	if (index_by_key(&f->index, key, &at, &r))
		jw_hex(w, r.id, sizeof(r.id));
}

/* By enum scope_kind, as the interface and the stored evidence spell them. */
static const char *const scope_words[] = {"cell", "hw", "region", "pooled",
                                          NULL};

void show_put_sum(struct jw *w, const struct evidence *v)
{
	jw_put_str(w, "crossed", scope_words[v->crossed]);
	jw_put_str(w, "hw", v->hw);
	jw_put_str(w, "region", v->region);
	jw_put_int(w, "failures", v->failures);
	jw_put_int(w, "trials", v->trials);
	jw_put_int(w, "bound", v->bound);
	jw_put_int(w, "p0_ppm", v->p0_ppm);
	jw_put_int(w, "alpha_ppm", v->alpha_ppm);
	jw_put_int(w, "weight_ppm", v->weight_ppm);
	jw_put_int(w, "epoch", v->epoch);
	jw_put_bool(w, "prefix", v->prefix);
	jw_put_bool(w, "silence", v->silence);
	if (v->units > 0) {
		jw_put_int(w, "units", v->units);
		jw_put_int(w, "units_silent", v->units_silent);
	}
}

void show_put_evidence(struct jw *w, struct fleet *f, const struct evidence *v)
{
	jw_object(w);
	show_put_sum(w, v);
	jw_key(w, "first_devices");
	jw_array(w);
	for (size_t i = 0; i < v->n_first; i++)
		put_device_id(w, f, v->first_devices[i]);
	jw_end_array(w);
	jw_put_str(w, "text", v->text);
	jw_end_object(w);
}

void show_evidence(struct buf *out, struct fleet *f, const struct evidence *v)
{
	struct jw w;

	jw_init(&w, out);
	show_put_evidence(&w, f, v);
}

static int read_text(char *out, size_t size, const struct js_at *obj,
                     const char *key)
{
	const char *text;

	if (js_get_str(&text, obj, key, size - 1, NULL) != 0)
		return -1;
	(void)snprintf(out, size, "%s", text);
	return 0;
}

static int read_devices(struct evidence *out, struct fleet *f,
                        const struct js_at *root)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "first_devices", 0, EVIDENCE_DEVICES,
	                 NULL) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		struct device_rec r;
		uint8_t id[16];
		size_t where;

		if (js_as_hex(id, sizeof(id), &at, NULL) == 0 &&
		    index_by_id(&f->index, id, &where, &r))
			out->first_devices[out->n_first++] = r.key;
	}
	return 0;
}

void show_read_evidence(struct evidence *out, struct fleet *f, const char *json)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	int64_t p0, alpha, weight;
	int kind;

	if (js_parse(&doc, "evidence", json, strlen(json), NULL) != 0)
		return;
	root = js_root(&doc);
	if (js_get_enum(&kind, &root, "crossed", scope_words, NULL) != 0 ||
	    read_text(out->hw, sizeof(out->hw), &root, "hw") != 0 ||
	    read_text(out->region, sizeof(out->region), &root, "region") != 0 ||
	    js_get_int(&out->failures, &root, "failures", 0, NUM_JSON_MAX,
	               NULL) != 0 ||
	    js_get_int(&out->trials, &root, "trials", 0, NUM_JSON_MAX, NULL) !=
	            0 ||
	    js_get_int(&out->bound, &root, "bound", -1, NUM_JSON_MAX, NULL) !=
	            0 ||
	    js_get_int(&p0, &root, "p0_ppm", 0, PPM, NULL) != 0 ||
	    js_get_int(&alpha, &root, "alpha_ppm", 0, PPM, NULL) != 0 ||
	    js_get_int(&weight, &root, "weight_ppm", 0, PPM, NULL) != 0 ||
	    /* Older evidence had none: the first. */
	    (js_has(&root, "epoch") &&
	     js_get_int(&out->epoch, &root, "epoch", 0, NUM_JSON_MAX, NULL) !=
	             0) ||
	    (js_has(&root, "units") &&
	     (js_get_int(&out->units, &root, "units", 0, NUM_JSON_MAX, NULL) !=
	              0 ||
	      js_get_int(&out->units_silent, &root, "units_silent", 0,
	                 NUM_JSON_MAX, NULL) != 0)) ||
	    js_get_bool(&out->prefix, &root, "prefix", NULL) != 0 ||
	    js_get_bool(&out->silence, &root, "silence", NULL) != 0 ||
	    read_text(out->text, sizeof(out->text), &root, "text") != 0 ||
	    read_devices(out, f, &root) != 0)
		return;
	out->crossed = (enum scope_kind)kind;
	out->p0_ppm = (int32_t)p0;
	out->alpha_ppm = (int32_t)alpha;
	out->weight_ppm = (int32_t)weight;
}
