#include "config.h"

#include "repo-tools/ctl/ask.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/text.h"

#include <inttypes.h>

static int show_answer(struct cli *c, const struct ctl_answer *a,
                       ctl_show_fn *show, struct err *e)
{
	if (cli_wants_json(c))
		return ctl_answer_print(a, c, e);
	return show(c, &a->root, e);
}

int ctl_ask_get(struct cli *c, const char *path, ctl_show_fn *show,
                struct err *e)
{
	SCOPED(ctl_api_fini)
	struct ctl_api api = {0};
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};

	if (ctl_api_open(&api, c, e) != 0 ||
	    ctl_api_get(&api, &a, path, e) != 0)
		return -1;
	return show_answer(c, &a, show, e);
}

int ctl_ask_one(struct cli *c, const char *noun, const char *verb,
                ctl_show_fn *show, struct err *e)
{
	SCOPED(free)
	char *path = NULL;

	if (ctl_api_path(&path, noun, cli_arg(c, 0), verb, "the argument", e) !=
	    0)
		return -1;
	return ctl_ask_get(c, path, show, e);
}

int ctl_ask_change(struct cli *c, const char *noun, const char *key,
                   const char *verb, ctl_fill_fn *fill, ctl_show_fn *show,
                   struct err *e)
{
	SCOPED(ctl_api_fini)
	struct ctl_api api = {0};
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(CTL_REQUEST_MAX);
	SCOPED(free)
	char *path = NULL;
	struct jw w;

	if (ctl_api_path(&path, noun, key, verb, "the argument", e) != 0 ||
	    ctl_api_open(&api, c, e) != 0 ||
	    ctl_api_begin_body(&w, &body, c, e) != 0 ||
	    (fill != NULL && fill(c, &w, e) != 0))
		return -1;
	jw_end_object(&w);
	if (ctl_api_post(&api, &a, path, &body, e) != 0)
		return -1;
	return show_answer(c, &a, show, e);
}

int ctl_ask_sure(const struct cli *c, const char *what, const char *object,
                 struct err *e)
{
	SCOPED(free)
	char *question = xasprintf("%s %s?", what, object);

	return cli_has(c, "yes") ? 0
	                         : prompt_confirm(cli_world(c), question, e);
}

int ctl_ask_rows(const struct cli *c, const struct js_at *root, const char *key,
                 const char *const *columns, ctl_row_fn *row, const char *empty,
                 struct err *e)
{
	SCOPED(ctl_table_fini)
	struct ctl_table t = {0};
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, key, 0, SIZE_MAX, e) != 0)
		return -1;
	ctl_table_init(&t, c, columns);
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		row(&t, &at);
	}
	return ctl_table_print(&t, empty, e);
}

int ctl_ask_fields(const struct cli *c, const struct js_at *obj,
                   const char *const *labels_and_keys, struct err *e)
{
	static const char *const columns[] = {"", "", NULL};
	SCOPED(ctl_table_fini)
	struct ctl_table t = {0};

	ctl_table_init(&t, c, columns);
	for (const char *const *p = labels_and_keys; *p != NULL; p += 2) {
		ctl_table_add(&t, p[0]);
		ctl_table_member(&t, obj, p[1]);
	}
	return ctl_table_print(&t, "", e);
}

void ctl_ask_say_next(const struct cli *c, const struct js_at *root,
                      const char *option)
{
	SCOPED(buf_fini)
	struct buf next = BUF_INIT(4096);

	if (!ctl_text_has(root, "next"))
		return;
	ctl_text_member(&next, root, "next");
	(void)fflush(cli_world(c)->out); /* in this order on a screen */
	cli_say(c, "there are more: --%s %s\n", option, buf_str(&next));
}

static int put_part(void *ctx, const char *part, struct err *e)
{
	(void)e;
	jw_str(ctx, part);
	return 0;
}

int ctl_ask_put_list(const struct cli *c, struct jw *w, const char *option,
                     const char *key, struct err *e)
{
	jw_key(w, key);
	jw_array(w);
	if (cli_list(c, option, put_part, w, e) != 0)
		return -1;
	jw_end_array(w);
	return 0;
}

/* A server that gives less says how to go on. */
#define LIMIT_MAX 100000

const struct cli_option ctl_ask_page_options[] = {
	/* clang-format off */
	{"limit", 'n', "N",   0, "50", "at most so many"},
	{"after", 0,   "KEY", 0, NULL, "go on after this one"},
	{NULL,    0,   NULL,  0, NULL, NULL},
	/* clang-format on */
};

int ctl_ask_page(struct cli *c, const char *path, ctl_show_fn *show,
                 struct err *e)
{
	const char *after = cli_get(c, "after");
	int64_t limit = 0;

	if (cli_int(&limit, c, "limit", 1, LIMIT_MAX, e) != 0 ||
	    (after != NULL && ctl_api_check_word(after, "--after", e) != 0))
		return -1;
	SCOPED(free)
	char *page = xasprintf("%s?limit=%" PRId64 "%s%s", path, limit,
	                       after != NULL ? "&after=" : "",
	                       after != NULL ? after : "");
	return ctl_ask_get(c, page, show, e);
}
