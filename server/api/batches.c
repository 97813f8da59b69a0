#include "config.h"

#include "server/store/batches.h"

#include "lib/base/rfc3339.h"
#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/devices/enrol.h"
#include "server/fleet/quarantine.h"
#include "server/show/show.h"

#include <stdio.h>
#include <string.h>

static void put_names(struct jw *w, const char *key, const char *json)
{
	jw_key(w, key);
	jw_raw(w, json, strlen(json));
}

/* The members of a batch, without the braces. */
static void put_batch(struct jw *w, struct fleet *f, const struct batch_row *b)
{
	jw_put_str(w, "id", b->id);
	jw_put_str(w, "product", b->product);
	put_names(w, "hw", b->hw);
	put_names(w, "regions", b->regions);
	put_names(w, "channels", b->channels);
	jw_put_int(w, "quota", b->quota);
	jw_put_int(w, "used", b->used);
	jw_put_time(w, "expires", b->expires_ms / 1000);
	show_when(w, "quarantined", b->quarantined_ms);
	show_actor(w, f, "created_by", b->created_by);
	jw_put_time(w, "created", b->created_ms / 1000);
}

struct list {
	struct jw w;
	struct fleet *f;
	int64_t rows, last;
};

static int put_row(void *ctx, const struct batch_row *b, struct err *e)
{
	struct list *l = ctx;

	(void)e;
	jw_object(&l->w);
	put_batch(&l->w, l->f, b);
	jw_end_object(&l->w);
	l->last = b->key;
	l->rows++;
	return 0;
}

static int run_list(struct fleet *f, const struct request *q, void *params,
                    struct buf *out, struct err *e)
{
	const struct body_page *page = params;
	struct list l = {.f = f};

	(void)q;
	jw_init(&l.w, out);
	jw_object(&l.w);
	jw_key(&l.w, "batches");
	jw_array(&l.w);
	if (batches_page(f->store, page->after, page->limit, put_row, &l, e) !=
	    0)
		return -1;
	jw_end_array(&l.w);
	body_put_next(&l.w, page, l.rows, l.last);
	jw_end_object(&l.w);
	return 0;
}

int batch_list(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	struct body_page *page = body_alloc(q, sizeof(*page), e);

	(void)r;
	if (page == NULL || body_page(page, q, e) != 0)
		return -1;
	return later(d, q, 200, run_list, page, e);
}

/* ---- A new one ---- */

struct new_batch {
	struct batch_row row;
	const char *reason;
};

/* A list of names, kept as JSON; "*" stands for any. */
static int names(char *out, size_t size, const struct js_at *root,
                 const char *key, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(size - 1);
	struct js_at list;
	struct jw w;
	size_t n;

	if (js_get_array(&list, &n, root, key, 1, WORDS_MAX, e) != 0)
		return -1;
	jw_init(&w, &b);
	jw_array(&w);
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		const char *text;

		if (js_as_str(&text, &at, NAME_MAX_LEN, e) != 0)
			return -1;
		if (!name_is_word(text) && strcmp(text, "*") != 0)
			return js_refuse(&at, e, "'%s' is not a name", text);
		jw_str(&w, text);
	}
	jw_end_array(&w);
	if (buf_failed(&b))
		return js_refuse(&list, e, "is too long");
	(void)snprintf(out, size, "%s", buf_str(&b));
	return 0;
}

static int parse(struct new_batch *n, const struct request *q, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct batch_row *row = &n->row;
	const char *id, *product;
	struct js_at root;
	int64_t expires_s;

	if (body_parse(&doc, &root, q, e) != 0 ||
	    js_get_str(&id, &root, "id", NAME_MAX_LEN, e) != 0 ||
	    js_get_str(&product, &root, "product", PRODUCT_MAX_LEN, e) != 0 ||
	    names(row->hw, sizeof(row->hw), &root, "hw", e) != 0 ||
	    names(row->regions, sizeof(row->regions), &root, "regions", e) !=
	            0 ||
	    names(row->channels, sizeof(row->channels), &root, "channels", e) !=
	            0 ||
	    js_get_int(&row->quota, &root, "quota", 1, 1000000000, e) != 0 ||
	    js_get_time(&expires_s, &root, "expires", e) != 0 ||
	    body_text(&n->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return -1;
	if (!name_is_word(id) || !name_is_product(product))
		return js_refuse(&root, e,
		                 "id '%s' or product '%s' is not a "
		                 "name",
		                 id, product);
	if (expires_s <= 0)
		return js_refuse(&root, e, "expires lies before 1970");
	(void)snprintf(row->id, sizeof(row->id), "%s", id);
	(void)snprintf(row->product, sizeof(row->product), "%s", product);
	row->expires_ms = expires_s * 1000;
	return 0;
}

static int write_batch(struct fleet *f, void *ctx, struct err *e)
{
	struct new_batch *n = ctx;
	struct batch_row known;

	if (batches_find_id(&known, f->store, n->row.id, NULL) == 0)
		return err_code(e, ERR_CONFLICT, "batch_exists",
		                "batch %s: there is one of this id already",
		                n->row.id);
	return batches_add(&n->row.key, f->store, &n->row, e);
}

static int run_new(struct fleet *f, const struct request *q, void *params,
                   struct buf *out, struct err *e)
{
	struct new_batch *n = params;
	struct deed deed = later_deed(q, "batch.new", n->row.id, n->reason);
	char token[DEVICE_TOKEN_SIZE];
	struct jw w;

	enrol_make_token(token, n->row.token_hash, "pb_", f->rng);
	n->row.created_ms = fleet_now_ms(f);
	(void)snprintf(n->row.created_by, sizeof(n->row.created_by), "%s",
	               deed.actor);
	if (later_commit(f, &deed, write_batch, n, e) != 0)
		return -1;
	enrol_batches_changed(f);
	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "token", token);
	put_batch(&w, f, &n->row);
	jw_end_object(&w);
	return 0;
}

int batch_new(struct deps *d, const struct request *q, struct reply *r,
              struct err *e)
{
	struct new_batch *n = body_alloc(q, sizeof(*n), e);

	(void)r;
	if (n == NULL || parse(n, q, e) != 0)
		return -1;
	return later(d, q, 201, run_new, n, e);
}

/* ---- Quarantine ---- */

struct quarantine {
	const char *id, *reason;
	int64_t batch;
};

static int write_quarantine(struct fleet *f, void *ctx, struct err *e)
{
	const struct quarantine *z = ctx;

	if (batches_quarantine(f->store, z->id, fleet_now_ms(f), e) != 0)
		return -1;
	return enrol_quarantine_write(f, z->batch, e);
}

static int run_quarantine(struct fleet *f, const struct request *q,
                          void *params, struct buf *out, struct err *e)
{
	struct quarantine *z = params;
	struct deed deed = later_deed(q, "batch.quarantine", z->id, z->reason);
	struct batch_row row;
	struct jw w;

	if (batches_find_id(&row, f->store, z->id, e) != 0)
		return -1;
	z->batch = row.key;
	if (later_commit(f, &deed, write_quarantine, z, e) != 0)
		return -1;
	enrol_quarantine_landed(f, z->batch);
	if (batches_find_id(&row, f->store, z->id, e) != 0)
		return -1;
	jw_init(&w, out);
	jw_object(&w);
	put_batch(&w, f, &row);
	jw_end_object(&w);
	return 0;
}

int batch_quarantine(struct deps *d, const struct request *q, struct reply *r,
                     struct err *e)
{
	struct quarantine *z = body_alloc(q, sizeof(*z), e);

	(void)r;
	if (z == NULL || body_reason(&z->reason, q, e) != 0)
		return -1;
	z->id = request_param(q, "id");
	return later(d, q, 200, run_quarantine, z, e);
}
