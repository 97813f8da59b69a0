#include "config.h"

#include "server/roster/wire.h"

#include "lib/base/hex.h"
#include "lib/json/canon.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <stdio.h>
#include <string.h>

/* "v" of check-ins and reports this server speaks. */
#define WIRE_V 1

static const char *const step_words[] = {"started",   "downloaded", "verified",
                                         "installed", "activated",  "booted",
                                         "confirmed", "failed",     "reverted",
                                         "deferred",  "refused",    NULL};

static const char *const want_words[] = {"", "start", "activate", NULL};

const char *wire_step_name(enum wire_step s)
{
	return step_words[s];
}

enum trial_step wire_trial_step(enum wire_step s, const char *code,
                                enum trial_step now)
{
	switch (s) {
	case STEP_STARTED: return now;
	case STEP_DOWNLOADED: return TRIAL_DOWNLOADED;
	case STEP_VERIFIED: return TRIAL_VERIFIED;
	case STEP_INSTALLED: return TRIAL_INSTALLED;
	/* The activate grant makes it ACTIVATED, not the device's word. */
	case STEP_ACTIVATED: return now;
	case STEP_BOOTED: return TRIAL_BOOTED;
	case STEP_CONFIRMED: return TRIAL_CONFIRMED;
	case STEP_FAILED:
		return strncmp(code, "transport_", 10) == 0 ? now
		                                            : TRIAL_FAILED;
	case STEP_REVERTED: return TRIAL_REVERTED;
	case STEP_DEFERRED:
	case STEP_REFUSED: return now < TRIAL_ACTIVATED ? TRIAL_VOID : now;
	}
	return now;
}

static int copy(char *out, size_t size, const struct js_at *obj,
                const char *key, struct err *e)
{
	const char *text;

	if (js_get_str(&text, obj, key, size - 1, e) != 0)
		return -1;
	(void)snprintf(out, size, "%s", text);
	return 0;
}

static int copy_word(word out, const struct js_at *obj, const char *key,
                     struct err *e)
{
	struct js_at at;
	const char *text;

	if (js_get(&at, obj, key, e) != 0 ||
	    js_as_str(&text, &at, NAME_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_word(text))
		return js_refuse(&at, e, "'%s' is not a name", text);
	(void)snprintf(out, sizeof(word), "%s", text);
	return 0;
}

/* 64 hex digits kept as text. */
static int copy_sha256(char out[SHA256_HEX_SIZE], const struct js_at *obj,
                       const char *key, struct err *e)
{
	uint8_t bytes[SHA256_SIZE];

	if (js_get_hex(bytes, sizeof(bytes), obj, key, e) != 0)
		return -1;
	hex_encode(out, bytes, sizeof(bytes));
	return 0;
}

static bool is_given(const struct js_at *obj, const char *key)
{
	struct js_at at;

	return js_has(obj, key) && js_get(&at, obj, key, NULL) == 0 &&
	       !js_is_null(&at);
}

/* null is "" or 0; missing is refused. */
static int copy_sha256_or_null(char out[SHA256_HEX_SIZE],
                               const struct js_at *obj, const char *key,
                               struct err *e)
{
	struct js_at at;

	if (js_get(&at, obj, key, e) != 0)
		return -1;
	out[0] = '\0';
	return js_is_null(&at) ? 0 : copy_sha256(out, obj, key, e);
}

static int get_attempt(int64_t *out, const struct js_at *obj, struct err *e)
{
	struct js_at at;

	*out = 0;
	if (js_get(&at, obj, "attempt", e) != 0)
		return -1;
	if (js_is_null(&at))
		return 0;
	return js_as_int(out, &at, 1, WIRE_ATTEMPT_MAX, e);
}

int wire_enrol_parse(struct wire_enrol *out, const char *body, size_t len,
                     struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	const char *product;

	*out = (struct wire_enrol){0};
	if (js_parse(&doc, "enrol", body, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (copy(out->batch_token, sizeof(out->batch_token), &root,
	         "batch_token", e) != 0 ||
	    js_get_str(&product, &root, "product", PRODUCT_MAX_LEN, e) != 0 ||
	    copy_word(out->hw, &root, "hw", e) != 0 ||
	    copy_word(out->region, &root, "region", e) != 0 ||
	    copy_word(out->channel, &root, "channel", e) != 0 ||
	    js_get_hex(out->id, sizeof(out->id), &root, "id", e) != 0)
		return -1;
	if (!name_is_product(product))
		return js_refuse(&root, e, "product '%s' is not a name",
		                 product);
	(void)snprintf(out->product, sizeof(out->product), "%s", product);
	out->has_key = is_given(&root, "key");
	return out->has_key
	               ? js_get_hex(out->key, sizeof(out->key), &root, "key", e)
	               : 0;
}

static int parse_running(struct wire_checkin *out, const struct js_at *root,
                         struct err *e)
{
	struct js_at running;
	int64_t counter;

	if (js_get(&running, root, "running", e) != 0 ||
	    copy_sha256(out->running_sha256, &running, "sha256", e) != 0 ||
	    copy(out->running_version, sizeof(out->running_version), &running,
	         "version", e) != 0 ||
	    js_get_int(&counter, &running, "counter", 0, UINT32_MAX, e) != 0)
		return -1;
	if (!semver_is_valid(out->running_version))
		return js_refuse(&running, e, "version '%s' is not SemVer",
		                 out->running_version);
	out->counter = (uint32_t)counter;
	return 0;
}

static int parse_want(struct wire_checkin *out, const struct js_at *root,
                      struct err *e)
{
	struct js_at at;
	int want = WANT_NOTHING;

	if (js_get(&at, root, "want", e) != 0)
		return -1;
	if (!js_is_null(&at) && js_as_enum(&want, &at, want_words, e) != 0)
		return -1;
	if (want == WANT_NOTHING && !js_is_null(&at))
		return js_refuse(&at, e, "'' is not one of the known words");
	out->want = (enum wire_want)want;
	if (want != WANT_NOTHING && out->plan[0] == '\0')
		return js_refuse(root, e, "want without a plan");
	if (want == WANT_ACTIVATE && out->attempt == 0)
		return js_refuse(root, e, "want activate without an attempt");
	return 0;
}

int wire_checkin_parse(struct wire_checkin *out, const char *body, size_t len,
                       struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	int64_t battery = -1;

	*out = (struct wire_checkin){0};
	if (js_parse(&doc, "check-in", body, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get_int(&out->v, &root, "v", WIRE_V, WIRE_V, e) != 0 ||
	    copy(out->nonce, sizeof(out->nonce), &root, "nonce", e) != 0 ||
	    js_get_int(&out->root, &root, "root", 1, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&out->ts, &root, "ts", 0, NUM_JSON_MAX, e) != 0 ||
	    parse_running(out, &root, e) != 0 ||
	    copy_sha256_or_null(out->plan, &root, "plan", e) != 0 ||
	    get_attempt(&out->attempt, &root, e) != 0 ||
	    parse_want(out, &root, e) != 0)
		return -1;
	if (is_given(&root, "battery_pct") &&
	    js_get_int(&battery, &root, "battery_pct", 0, 100, e) != 0)
		return -1;
	out->battery_pct = (int)battery;
	return is_given(&root, "alarm")
	               ? copy(out->alarm, sizeof(out->alarm), &root, "alarm", e)
	               : 0;
}

static int parse_item(struct wire_item *out, const struct js_at *at,
                      struct err *e)
{
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(WIRE_REPORT_MAX);
	uint8_t digest[SHA256_SIZE];
	int64_t counter;
	int step;

	if (js_get_int(&out->seq, at, "seq", 1, NUM_JSON_MAX, e) != 0 ||
	    get_attempt(&out->attempt, at, e) != 0 ||
	    copy_sha256_or_null(out->plan, at, "plan", e) != 0 ||
	    copy_sha256_or_null(out->image, at, "image", e) != 0 ||
	    js_get_enum(&step, at, "step", step_words, e) != 0 ||
	    (is_given(at, "code") &&
	     copy(out->code, sizeof(out->code), at, "code", e) != 0) ||
	    copy_sha256(out->running, at, "running", e) != 0 ||
	    js_get_int(&counter, at, "counter", 0, UINT32_MAX, e) != 0 ||
	    canon_write(&canonical, at, e) != 0)
		return -1;
	out->step = (enum wire_step)step;
	out->counter = (uint32_t)counter;
	hash_sha256(digest, buf_str(&canonical), canonical.len);
	memcpy(&out->body_hash, digest, sizeof(out->body_hash));
	return 0;
}

int wire_report_parse(struct wire_report *out, const char *body, size_t len,
                      struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, items;
	int64_t v;

	*out = (struct wire_report){0};
	if (js_parse(&doc, "report", body, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get_int(&v, &root, "v", WIRE_V, WIRE_V, e) != 0 ||
	    js_get_hex(out->id, sizeof(out->id), &root, "id", e) != 0 ||
	    js_get_array(&items, &out->n_items, &root, "items", 1,
	                 WIRE_ITEMS_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < out->n_items; i++) {
		struct js_at at = js_element(&items, i);

		if (js_is_object(&at, e) != 0 ||
		    parse_item(&out->items[i], &at, e) != 0)
			return -1;
	}
	out->has_sig = is_given(&root, "sig");
	return out->has_sig
	               ? js_get_hex(out->sig, sizeof(out->sig), &root, "sig", e)
	               : 0;
}

int wire_report_signed(struct buf *out, const char *body, size_t len,
                       struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	if (js_parse(&doc, "report", body, len, e) != 0)
		return -1;
	root = js_root(&doc);
	return canon_write_without(out, &root, "sig", e);
}

void wire_answer_write(struct buf *out, const struct wire_answer *a)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "nonce", a->nonce);
	jw_put_int(&w, "root", a->root);
	jw_put_int(&w, "ts", a->ts);
	jw_put_time(&w, "time", a->time_s);
	jw_put_int(&w, "seq", a->seq);
	jw_put_int(&w, "poll_after_s", a->poll_after_s);
	jw_key(&w, "grant");
	if (a->granted) {
		jw_object(&w);
		jw_put_str(&w, "plan", a->plan);
		jw_put_int(&w, "attempt", a->attempt);
		jw_put_str(&w, "step", want_words[a->step]);
		jw_put_int(&w, "within_s", a->within_s);
		jw_end_object(&w);
	} else {
		jw_null(&w);
	}
	jw_key(&w, "why");
	jw_object(&w);
	jw_put_str(&w, "code", a->why_code);
	jw_put_str(&w, "text", a->why_text);
	jw_end_object(&w);
	jw_end_object(&w);
}
