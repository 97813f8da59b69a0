#include "config.h"

#include "device/wire.h"

#include "lib/base/hex.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <stdio.h>
#include <string.h>

static const char *const want_words[] = {NULL, "start", "activate"};
static const char *const step_words[] = {"start", "activate", NULL};

static int finish(const struct buf *out, const char *what, struct err *e)
{
	return buf_failed(out)
	               ? err_set(e, ERR_TOO_LARGE, "%s: above %zu bytes", what,
	                         out->max_bytes)
	               : 0;
}

int wire_enrol_body(struct buf *out, const struct provision *p, const char *key,
                    struct err *e)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "batch_token", p->batch_token);
	jw_put_str(&w, "product", p->product);
	jw_put_str(&w, "hw", p->hw);
	jw_put_str(&w, "region", p->region);
	jw_put_str(&w, "channel", p->channel);
	jw_put_str(&w, "id", p->id);
	if (key != NULL)
		jw_put_str(&w, "key", key);
	jw_end_object(&w);
	return finish(out, "enrolment", e);
}

int wire_enrol_answer(char out[DEVICE_TOKEN_MAX + 1], const void *bytes,
                      size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	const char *token;

	if (js_parse(&doc, "enrol answer", bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get_str(&token, &root, "token", DEVICE_TOKEN_MAX, e) != 0)
		return -1;
	/* It stands in a header from now on: visible ASCII only. */
	for (const char *p = token; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return js_refuse(&root, e,
			                 "token: has a character that no "
			                 "header carries");
	if (token[0] == '\0')
		return js_refuse(&root, e, "token: is empty");
	(void)snprintf(out, DEVICE_TOKEN_MAX + 1, "%s", token);
	return 0;
}

int wire_checkin_body(struct buf *out, const struct wire_checkin *c,
                      struct err *e)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_int(&w, "v", 1);
	jw_put_str(&w, "nonce", c->nonce);
	jw_put_int(&w, "root", c->root);
	jw_put_int(&w, "ts", c->timestamp);
	jw_key(&w, "running");
	jw_object(&w);
	jw_put_str(&w, "sha256", c->running_sha256);
	jw_put_str(&w, "version", c->running_version);
	jw_put_int(&w, "counter", c->running_counter);
	jw_end_object(&w);
	jw_put_str(&w, "want", want_words[c->want]);
	jw_put_str(&w, "plan", c->plan);
	if (c->attempt != 0)
		jw_put_int(&w, "attempt", c->attempt);
	else
		jw_put_null(&w, "attempt");
	if (c->battery_pct >= 0)
		jw_put_int(&w, "battery_pct", c->battery_pct);
	if (c->alarm != NULL)
		jw_put_str(&w, "alarm", c->alarm);
	jw_end_object(&w);
	return finish(out, "check-in", e);
}

static int parse_grant(struct wire_answer *out, const struct js_at *root,
                       struct err *e)
{
	struct wire_grant *g = &out->grant;
	uint8_t digest[SHA256_SIZE];
	struct js_at at;
	int step;

	if (!js_has(root, "grant"))
		return 0;
	if (js_get(&at, root, "grant", e) != 0)
		return -1;
	if (js_is_null(&at))
		return 0;
	if (js_get_hex(digest, sizeof(digest), &at, "plan", e) != 0 ||
	    js_get_int(&g->attempt, &at, "attempt", 1, INT32_MAX, e) != 0 ||
	    js_get_enum(&step, &at, "step", step_words, e) != 0 ||
	    js_get_int(&g->within_s, &at, "within_s", 0, NUM_JSON_MAX, e) != 0)
		return -1;
	/* DDI clients can carry no other (trust.md, Identities). */
	if (g->attempt % 10 == 0)
		return js_refuse(&at, e, "attempt: ends in 0");
	hex_encode(g->plan, digest, sizeof(digest));
	g->step = step == 0 ? WIRE_START : WIRE_ACTIVATE;
	out->has_grant = true;
	return 0;
}

/* For people and for the log; a strange one is no reason to refuse. */
static void parse_why(struct wire_answer *out, const struct js_at *root)
{
	struct js_at at;
	const char *text;

	if (!js_has(root, "why") || js_get(&at, root, "why", NULL) != 0)
		return;
	if (js_get_str(&text, &at, "code", sizeof(out->why_code) - 1, NULL) ==
	    0)
		(void)snprintf(out->why_code, sizeof(out->why_code), "%s",
		               text);
	if (js_get_str(&text, &at, "text", sizeof(out->why_text) - 1, NULL) ==
	    0)
		(void)snprintf(out->why_text, sizeof(out->why_text), "%s",
		               text);
}

int wire_checkin_answer(struct wire_answer *out, const char *nonce,
                        const void *bytes, size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	const char *got;

	*out = (struct wire_answer){0};
	if (js_parse(&doc, "check-in answer", bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get_str(&got, &root, "nonce", WIRE_NONCE_SIZE - 1, e) != 0)
		return -1;
	if (strcmp(got, nonce) != 0)
		return err_code(e, ERR_UNTRUSTED, "nonce",
		                "check-in answer: nonce is %s, %s was asked",
		                got, nonce);
	if (js_get_int(&out->root, &root, "root", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&out->timestamp, &root, "ts", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&out->seq, &root, "seq", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&out->poll_after_s, &root, "poll_after_s", 0,
	               NUM_JSON_MAX, e) != 0 ||
	    parse_grant(out, &root, e) != 0)
		return -1;
	parse_why(out, &root);
	return 0;
}

bool wire_grant_matches(const struct wire_answer *a, enum wire_want want,
                        const char *plan, int64_t attempt)
{
	const struct wire_grant *g = &a->grant;

	return a->has_grant && want != WIRE_NOTHING && g->step == want &&
	       strcmp(g->plan, plan) == 0 &&
	       (want == WIRE_START || g->attempt == attempt);
}
