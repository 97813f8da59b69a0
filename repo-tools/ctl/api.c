#include "config.h"

#include "repo-tools/ctl/api.h"

#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "lib/base/utf8.h"
#include "repo-tools/ctl/problem.h"
#include "repo-tools/ctl/setting.h"
#include "repo-tools/ctl/text.h"

#include <stdio.h>
#include <string.h>

/* An upload may take so long as it moves (net.c ends one that does not). */
#define UPLOAD_MS (6L * 3600 * 1000)
/* The server's own bound on a reason, bytes. */
#define REASON_MAX 512

void ctl_answer_fini(struct ctl_answer *a)
{
	js_fini(&a->doc);
	net_reply_fini(&a->reply);
}

int ctl_api_check_word(const char *word, const char *what, struct err *e)
{
	/* What is safe as a file's name is safe in a URL, but for '+'. */
	if (!name_is_file(word) || strchr(word, '+') != NULL)
		return err_set(e, ERR_USAGE,
		               "%s: '%.64s' is not made of 1 to 128 letters, "
		               "digits, '.', '_' and '-'",
		               what, word);
	return 0;
}

int ctl_api_path(char **out, const char *noun, const char *key,
                 const char *verb, const char *what, struct err *e)
{
	if (key != NULL && ctl_api_check_word(key, what, e) != 0)
		return -1;
	*out = xasprintf("/v1/admin/%s%s%s%s%s", noun, key != NULL ? "/" : "",
	                 key != NULL ? key : "", verb != NULL ? "/" : "",
	                 verb != NULL ? verb : "");
	return 0;
}

int ctl_api_open(struct ctl_api *a, const struct cli *c, struct err *e)
{
	static const char *const when[] = {"always", "never", "auto", NULL};
	struct net_options o = {.ca_file = ctl_setting_ca_file(c)};
	int colour;

	*a = (struct ctl_api){.cli = c};
	if (cli_enum(&colour, c, "color", when, e) != 0 ||
	    ctl_setting_server(&a->server, c, e) != 0 ||
	    ctl_setting_token(&a->token, c, e) != 0)
		return -1;
	a->net = net_new(&o);
	return 0;
}

void ctl_api_fini(struct ctl_api *a)
{
	net_free(a->uploads);
	net_free(a->net);
	passphrase_fini(&a->token);
	free(a->server);
}

/* A success is a JSON object, or it is not from a server of ours; nothing at
 * all stands for an empty one. */
static int read_answer(struct ctl_answer *out, const char *url, struct err *e)
{
	struct buf *body = &out->reply.body;

	if (ctl_problem_is_success(out->reply.status) && body->len == 0)
		buf_puts(body, "{}");
	if (!ctl_problem_is_success(out->reply.status))
		return ctl_problem_read(e, url, out->reply.status,
		                        buf_str(body), body->len);
	if (js_parse(&out->doc, "answer", buf_str(body), body->len, e) == 0) {
		out->root = js_root(&out->doc);
		if (js_is_object(&out->root, e) == 0)
			return 0;
	}
	if (e != NULL)
		(void)snprintf(e->code, sizeof(e->code), "bad_answer");
	err_context(e, "%s", url);
	return -1;
}

static int ask(struct ctl_api *a, struct net *net, struct ctl_answer *out,
               const char *path, struct net_request *q, struct err *e)
{
	SCOPED(free)
	char *url = xasprintf("%s%s", a->server, path);
	struct net_door door = net_door(net);

	*out = (struct ctl_answer){0};
	q->url = url;
	q->bearer = a->token.text;
	q->max_bytes = CTL_ANSWER_MAX;
	if (net_ask(&door, &out->reply, q, e) != 0)
		return -1;
	return read_answer(out, url, e);
}

int ctl_api_get(struct ctl_api *a, struct ctl_answer *out, const char *path,
                struct err *e)
{
	struct net_request q = {.method = "GET"};

	return ask(a, a->net, out, path, &q, e);
}

/* Words of the command line may be in any encoding, JSON is UTF-8. */
static int check_body(const struct buf *body, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};

	if (buf_failed(body))
		return err_set(e, ERR_TOO_LARGE,
		               "the request is above %zu bytes",
		               body->max_bytes);
	if (js_parse(&doc, "request", body->data, body->len, NULL) != 0)
		return err_set(e, ERR_USAGE,
		               "what was given is not all UTF-8 text");
	return 0;
}

int ctl_api_post(struct ctl_api *a, struct ctl_answer *out, const char *path,
                 const struct buf *body, struct err *e)
{
	struct net_request q = {
		.method = "POST", .body = buf_str(body), .body_len = body->len};

	*out = (struct ctl_answer){0};
	if (check_body(body, e) != 0)
		return -1;
	return ask(a, a->net, out, path, &q, e);
}

int ctl_api_put(struct ctl_api *a, struct ctl_answer *out, const char *path,
                size_t length, net_source_fn *source, void *ctx, struct err *e)
{
	struct net_request q = {.method = "PUT",
	                        .content_type = "application/octet-stream",
	                        .body_len = length,
	                        .source = source,
	                        .source_ctx = ctx};

	if (a->uploads == NULL) {
		struct net_options o = {
			.ca_file = ctl_setting_ca_file(a->cli),
			.total_ms = UPLOAD_MS,
		};

		a->uploads = net_new(&o);
	}
	return ask(a, a->uploads, out, path, &q, e);
}

int ctl_api_check_reason(const struct cli *c, struct err *e)
{
	const char *reason = cli_get(c, "reason");

	if (reason != NULL && strlen(reason) > REASON_MAX)
		return err_set(e, ERR_USAGE,
		               "--reason: %zu bytes, at most %d are taken",
		               strlen(reason), REASON_MAX);
	for (const char *p = reason; p != NULL && *p != '\0'; p += utf8_len(p))
		if (utf8_len(p) == 0)
			return err_set(e, ERR_USAGE,
			               "--reason: is not all UTF-8 text");
	return 0;
}

int ctl_api_begin_body(struct jw *w, struct buf *body, const struct cli *c,
                       struct err *e)
{
	const char *reason = cli_get(c, "reason");

	if (ctl_api_check_reason(c, e) != 0)
		return -1;
	jw_init(w, body);
	jw_object(w);
	jw_put_str(w, "reason", reason != NULL ? reason : "");
	return 0;
}

int ctl_answer_print(const struct ctl_answer *a, const struct cli *c,
                     struct err *e)
{
	/* Six bytes stand for one that is escaped. */
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(6 * CTL_ANSWER_MAX);

	ctl_text_json(&line, buf_str(&a->reply.body), a->reply.body.len);
	return cli_print_json(c, &line, e);
}
