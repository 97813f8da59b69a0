#include "config.h"

#include "server/api/body.h"

int body_parse(struct js_doc *doc, struct js_at *root, const struct request *q,
               struct err *e)
{
	if (js_parse(doc, "body", q->body, q->body_len, e) != 0)
		return -1;
	*root = js_root(doc);
	return js_is_object(root, e);
}

int body_text(const char **out, const struct request *q,
              const struct js_at *obj, const char *key, size_t max,
              struct err *e)
{
	const char *text;

	if (js_get_str(&text, obj, key, max, e) != 0)
		return -1;
	*out = arena_strdup(q->arena, text);
	return *out != NULL ? 0
	                    : err_set(e, ERR_MEMORY, "no memory for a request");
}

int body_reason(const char **out, const struct request *q, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	if (body_parse(&doc, &root, q, e) != 0)
		return -1;
	return body_text(out, q, &root, "reason", REASON_MAX, e);
}

#define PAGE_DEFAULT 100
#define PAGE_MAX 1000

int body_page(struct body_page *out, const struct request *q, struct err *e)
{
	if (request_query_int(&out->after, q, "after", 0, 0, NUM_JSON_MAX, e) !=
	    0)
		return -1;
	return request_query_int(&out->limit, q, "limit", PAGE_DEFAULT, 1,
	                         PAGE_MAX, e);
}

void body_put_next(struct jw *w, const struct body_page *page, int64_t rows,
                   int64_t last)
{
	if (rows == page->limit)
		jw_put_int(w, "next", last);
	else
		jw_put_null(w, "next");
}

int body_key(int64_t *out, const struct request *q, const char *name,
             struct err *e)
{
	const char *text = request_param(q, name);

	if (num_i64(out, text, 1, NUM_JSON_MAX, name, NULL) != 0)
		return err_set(e, ERR_NOT_FOUND, "%s '%.64s': is not known",
		               name, text);
	return 0;
}

void *body_alloc(const struct request *q, size_t size, struct err *e)
{
	void *p = arena_alloc(q->arena, size);

	if (p == NULL)
		(void)err_set(e, ERR_MEMORY, "no memory for a request");
	return p;
}
