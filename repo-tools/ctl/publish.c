#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/api.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/folder.h"
#include "repo-tools/ctl/known.h"
#include "repo-tools/ctl/text.h"
#include "repo-tools/ctl/upload.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option ctl_publish_options[] = {
	/* clang-format off */
	{"dry-run", 'n', NULL,   0, NULL, "say what would be uploaded, change "
	                                  "nothing"},
	{"emergency", 0, NULL,   0, NULL, "keys were stolen: one root above "
	                                  "the most of a year is let through"},
	{"reason",  'r', "TEXT", 0, NULL, "why, for the audit log"},
	{NULL,      0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

struct publish {
	struct cli *cli;
	struct ctl_api api;
	struct ctl_folder folder;
	bool *missing; /* by blob: the server lacks it */
	size_t n_missing;
	int64_t missing_bytes;
};

static void publish_fini(struct publish *p)
{
	free(p->missing);
	ctl_folder_fini(&p->folder);
	ctl_api_fini(&p->api);
}
DEFINE_SCOPED_PLACE(publish_fini, struct publish)

/* Asks for every blob before any is sent, and checks those to send: a folder
 * that is broken is refused before the server was changed. */
static int find_missing(struct publish *p, struct err *e)
{
	size_t n = p->folder.blobs.len;
	bool known;

	p->missing = xcalloc(n + 1, sizeof(*p->missing));
	for (size_t i = 0; i < n; i++) {
		const struct ctl_folder_blob *b = &p->folder.blobs.items[i];

		if (ctl_upload_is_known(&known, &p->api, b, e) != 0)
			return -1;
		if (known)
			continue;
		if (ctl_folder_check_blob(&p->folder, b, e) != 0)
			return -1;
		p->missing[i] = true;
		p->n_missing++;
		p->missing_bytes += b->length;
	}
	return 0;
}

static int send_missing(struct publish *p, struct err *e)
{
	size_t nth = 0;

	for (size_t i = 0; i < p->folder.blobs.len; i++) {
		const struct ctl_folder_blob *b = &p->folder.blobs.items[i];
		SCOPED(free)
		char *path = ctl_folder_blob_path(&p->folder, b);
		SCOPED(buf_fini)
		struct buf size = BUF_INIT(64);

		if (!p->missing[i])
			continue;
		nth++;
		ctl_text_size(&size, b->length);
		SCOPED(free)
		char *label =
			xasprintf("uploading %zu of %zu: %s (%s)", nth,
		                  p->n_missing, b->target, buf_str(&size));
		cli_say(p->cli, "%s\n", label);
		if (ctl_upload_put(&p->api, b, path, label, e) != 0)
			return -1;
	}
	return 0;
}

static int send_metadata(struct publish *p, struct ctl_answer *answer,
                         struct err *e)
{
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(CTL_REQUEST_MAX);
	struct jw w;

	if (ctl_api_begin_body(&w, &body, p->cli, e) != 0)
		return -1;
	if (cli_has(p->cli, "emergency"))
		jw_put_bool(&w, "emergency", true);
	jw_key(&w, "files");
	jw_array(&w);
	for (size_t i = 0; i < p->folder.files.len; i++) {
		const struct ctl_folder_file *f = &p->folder.files.items[i];

		jw_object(&w);
		jw_put_str(&w, "name", f->name);
		jw_put_str(&w, "text", buf_str(&f->text));
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return ctl_api_post(&p->api, answer, "/v1/admin/publish", &body, e);
}

static int show_roles(const struct cli *c, const struct js_at *root,
                      struct err *e)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(CTL_ANSWER_MAX);
	struct js_at roles;
	int64_t version;

	if (js_get_int(&version, root, "timestamp_version", 1, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get(&roles, root, "roles", e) != 0 ||
	    js_is_object(&roles, e) != 0)
		return -1;
	buf_printf(&line, "published: timestamp %" PRId64, version);
	for (struct js_at role = js_first(&roles); role.value;
	     role = js_next(&role)) {
		buf_puts(&line, ", ");
		ctl_text_clean(&line, role.key);
		buf_putc(&line, ' ');
		ctl_text_member(&line, &roles, role.key);
	}
	cli_print(c, "%s\n", buf_str(&line));
	return 0;
}

static int show_paths(const struct cli *c, const struct js_at *root,
                      const char *key, const char *label, struct err *e)
{
	struct js_at list;
	const char *path;
	size_t n;

	if (js_get_array(&list, &n, root, key, 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		SCOPED(buf_fini)
		struct buf clean = BUF_INIT(CTL_ANSWER_MAX);
		struct js_at at = js_element(&list, i);

		if (js_as_str(&path, &at, SIZE_MAX, e) != 0)
			return -1;
		ctl_text_clean(&clean, path);
		cli_print(c, "%-12s %s\n", label, buf_str(&clean));
	}
	return 0;
}

/* A server of an earlier version has none. */
static int show_warnings(const struct cli *c, const struct js_at *root,
                         struct err *e)
{
	struct js_at list;
	size_t n = 0;

	if (js_has(root, "warnings") &&
	    js_get_array(&list, &n, root, "warnings", 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		SCOPED(buf_fini)
		struct buf line = BUF_INIT(CTL_ANSWER_MAX);
		struct js_at at = js_element(&list, i);
		const char *text, *remedy, *code;

		if (js_get_str(&code, &at, "code", 64, e) != 0 ||
		    js_get_str(&text, &at, "text", SIZE_MAX, e) != 0 ||
		    js_get_str(&remedy, &at, "remedy", SIZE_MAX, e) != 0)
			return -1;
		buf_puts(&line, "warning      ");
		ctl_text_clean(&line, text);
		buf_puts(&line, " (");
		ctl_text_clean(&line, code);
		buf_puts(&line, "): ");
		ctl_text_clean(&line, remedy);
		cli_print(c, "%s\n", buf_str(&line));
	}
	return 0;
}

static int show_published(const struct cli *c, const struct ctl_answer *a,
                          struct err *e)
{
	if (cli_wants_json(c))
		return ctl_answer_print(a, c, e);
	if (show_roles(c, &a->root, e) == 0 &&
	    show_paths(c, &a->root, "new_releases", "new release", e) == 0 &&
	    show_paths(c, &a->root, "new_plans", "new plan", e) == 0 &&
	    show_paths(c, &a->root, "retired_plans", "retired plan", e) == 0 &&
	    show_warnings(c, &a->root, e) == 0)
		return 0;
	return -1;
}

/* What a real run would do, in the order it would. */
static int show_intent(const struct publish *p, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(CTL_ANSWER_MAX);
	struct jw w;

	jw_init(&w, &json);
	jw_object(&w);
	jw_key(&w, "uploads");
	jw_array(&w);
	for (size_t i = 0; i < p->folder.blobs.len; i++) {
		const struct ctl_folder_blob *b = &p->folder.blobs.items[i];

		if (!p->missing[i])
			continue;
		if (!cli_wants_json(p->cli))
			cli_print(p->cli, "upload   %s\n", b->target);
		jw_str(&w, b->target);
	}
	jw_end_array(&w);
	jw_key(&w, "files");
	jw_array(&w);
	for (size_t i = 0; i < p->folder.files.len; i++) {
		if (!cli_wants_json(p->cli))
			cli_print(p->cli, "publish  %s\n",
			          p->folder.files.items[i].name);
		jw_str(&w, p->folder.files.items[i].name);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return cli_wants_json(p->cli) ? cli_print_json(p->cli, &json, e) : 0;
}

int ctl_publish(struct cli *c, struct err *e)
{
	SCOPED(publish_fini)
	struct publish p = {.cli = c};
	SCOPED(ctl_answer_fini)
	struct ctl_answer answer = {0};
	SCOPED(buf_fini)
	struct buf size = BUF_INIT(64);

	if (ctl_api_check_reason(c, e) != 0 ||
	    ctl_folder_read(&p.folder, cli_arg(c, 0), e) != 0 ||
	    ctl_api_open(&p.api, c, e) != 0)
		return -1;
	ctl_known_drop(&p.folder, &p.api);
	if (find_missing(&p, e) != 0)
		return -1;
	if (cli_has(c, "dry-run"))
		return show_intent(&p, e);
	ctl_text_size(&size, p.missing_bytes);
	cli_say(c, "%zu of %zu target files to upload (%s)\n", p.n_missing,
	        p.folder.blobs.len, buf_str(&size));
	if (send_missing(&p, e) != 0 || send_metadata(&p, &answer, e) != 0)
		return -1;
	return show_published(c, &answer, e);
}
