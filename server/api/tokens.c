#include "config.h"

#include "server/store/tokens.h"

#include "lib/base/hex.h"
#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/api/token_new.h"
#include "server/devices/enrol.h"
#include "server/show/show.h"

#include <stdio.h>
#include <string.h>

static void put_token(struct jw *w, const struct token_row *t)
{
	jw_put_str(w, "id", t->id);
	jw_put_str(w, "name", t->name);
	jw_key(w, "scopes");
	jw_raw(w, t->scopes, strlen(t->scopes));
	show_when(w, "created", t->created_ms);
	show_when(w, "expires", t->expires_ms);
	show_when(w, "revoked", t->revoked_ms);
}

struct list {
	struct jw w;
	int64_t rows, last;
};

static int put_row(void *ctx, const struct token_row *t, struct err *e)
{
	struct list *l = ctx;

	(void)e;
	jw_object(&l->w);
	put_token(&l->w, t);
	jw_end_object(&l->w);
	l->last = t->key;
	l->rows++;
	return 0;
}

static int run_list(struct fleet *f, const struct request *q, void *params,
                    struct buf *out, struct err *e)
{
	const struct body_page *page = params;
	struct list l = {0};

	(void)q;
	jw_init(&l.w, out);
	jw_object(&l.w);
	jw_key(&l.w, "tokens");
	jw_array(&l.w);
	if (tokens_page(f->store, page->after, page->limit, put_row, &l, e) !=
	    0)
		return -1;
	jw_end_array(&l.w);
	body_put_next(&l.w, page, l.rows, l.last);
	jw_end_object(&l.w);
	return 0;
}

int token_list(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	struct body_page *page = body_alloc(q, sizeof(*page), e);

	(void)r;
	if (page == NULL || body_page(page, q, e) != 0)
		return -1;
	return later(d, q, 200, run_list, page, e);
}

struct new_token {
	struct token_row row;
	const char *reason;
};

int token_fill(struct token_row *row, char token[DEVICE_TOKEN_SIZE],
               const char *name, unsigned scopes, int64_t expires_ms,
               int64_t now_ms, struct rng *rng)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(sizeof(row->scopes) - 1);
	uint8_t id[8];
	struct jw w;

	*row = (struct token_row){.expires_ms = expires_ms,
	                          .created_ms = now_ms};
	enrol_make_token(token, row->hash, "po_", rng);
	rng_fill(rng, id, sizeof(id));
	hex_encode(row->id, id, sizeof(id));
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	jw_init(&w, &b);
	jw_array(&w);
	for (int i = 0; i < SCOPES; i++)
		if (scopes & ACCESS_SCOPE << i)
			jw_str(&w, scope_names[i]);
	jw_end_array(&w);
	(void)snprintf(row->scopes, sizeof(row->scopes), "%s", buf_str(&b));
	return buf_failed(&b) ? -1 : 0;
}

static int write_token(struct fleet *f, void *ctx, struct err *e)
{
	struct new_token *n = ctx;

	return tokens_add(&n->row.key, f->store, &n->row, e);
}

struct token_wish {
	const char *name, *reason;
	unsigned scopes;
	int64_t expires_s;
};

static int run_new(struct fleet *f, const struct request *q, void *params,
                   struct buf *out, struct err *e)
{
	const struct token_wish *wish = params;
	struct new_token n = {.reason = wish->reason};
	char token[DEVICE_TOKEN_SIZE];
	struct deed deed;
	struct jw w;

	if (token_fill(&n.row, token, wish->name, wish->scopes,
	               wish->expires_s * 1000, fleet_now_ms(f), f->rng) != 0)
		return err_set(e, ERR_INTERNAL, "token: scopes are too long");
	deed = later_deed(q, "token.new", n.row.id, wish->reason);
	if (later_commit(f, &deed, write_token, &n, e) != 0)
		return -1;
	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "token", token);
	put_token(&w, &n.row);
	jw_end_object(&w);
	return 0;
}

int token_new(struct deps *d, const struct request *q, struct reply *r,
              struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct token_wish *wish = body_alloc(q, sizeof(*wish), e);
	struct js_at root, scopes;

	(void)r;
	if (wish == NULL || body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&wish->name, q, &root, "name", TOKEN_NAME_SIZE - 1, e) !=
	            0 ||
	    js_get(&scopes, &root, "scopes", e) != 0 ||
	    auth_scopes(&wish->scopes, &scopes, e) != 0 ||
	    js_get_time(&wish->expires_s, &root, "expires", e) != 0 ||
	    body_text(&wish->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return -1;
	if (wish->expires_s <= 0 || *wish->name == '\0')
		return js_refuse(&root, e,
		                 "a name and a date after 1970 are "
		                 "needed");
	return later(d, q, 201, run_new, wish, e);
}

struct revoke {
	const char *id, *reason;
};

static int write_revoke(struct fleet *f, void *ctx, struct err *e)
{
	const struct revoke *v = ctx;

	return tokens_revoke(f->store, v->id, fleet_now_ms(f), e);
}

static int run_revoke(struct fleet *f, const struct request *q, void *params,
                      struct buf *out, struct err *e)
{
	struct revoke *v = params;
	struct deed deed = later_deed(q, "token.revoke", v->id, v->reason);
	struct jw w;

	if (later_commit(f, &deed, write_revoke, v, e) != 0)
		return -1;
	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "id", v->id);
	jw_put_time(&w, "revoked", fleet_now_s(f));
	jw_end_object(&w);
	return 0;
}

int token_revoke(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	struct revoke *v = body_alloc(q, sizeof(*v), e);

	(void)r;
	if (v == NULL || body_reason(&v->reason, q, e) != 0)
		return -1;
	v->id = request_param(q, "id");
	return later(d, q, 200, run_revoke, v, e);
}
