/*
 * The state as JSON. Written and read by the device alone, and read as
 * strictly as anything from outside: a record that makes no sense must stop
 * the device, not mislead it.
 */
#include "config.h"

#include "device/state.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <stdio.h>
#include <stdlib.h>

/* Bounds of lists in a record; the record's own bound is narrower. */
#define LIST_MAX 4096

static const char *const fill_words[] = {"empty", "filling", "ready", "good",
                                         NULL};
static const char *const phase_words[] = {
	"none", "downloading", "installed", "switched", "booted", NULL};

static void write_slot(struct jw *w, const struct state_slot *s)
{
	jw_object(w);
	jw_put_str(w, "fill", fill_words[s->fill]);
	jw_put_str(w, "sha256", s->sha256);
	jw_put_int(w, "length", s->length);
	jw_put_int(w, "counter", s->counter);
	jw_put_str(w, "version", s->version);
	jw_put_int(w, "built_s", s->built_s);
	jw_end_object(w);
}

static void write_attempt(struct jw *w, const struct state_attempt *a)
{
	jw_object(w);
	jw_put_str(w, "phase", phase_words[a->phase]);
	jw_put_int(w, "number", a->number);
	jw_put_str(w, "plan", a->plan_sha256);
	jw_put_str(w, "path", a->path);
	jw_put_str(w, "sha256", a->sha256);
	jw_put_int(w, "length", a->length);
	jw_put_str(w, "version", a->version);
	jw_put_int(w, "counter", a->counter);
	jw_put_int(w, "built_s", a->built_s);
	jw_put_int(w, "tries", a->tries);
	jw_put_int(w, "deadline_s", a->deadline_s);
	jw_put_int(w, "bad_bytes", a->bad_bytes);
	jw_end_object(w);
}

static void write_marks(struct jw *w, const struct device_state *s)
{
	jw_key(w, "marks");
	jw_array(w);
	for (size_t i = 0; i < s->n_marks; i++) {
		const struct state_mark *m = &s->marks[i];

		jw_object(w);
		jw_put_str(w, "role", m->role);
		jw_put_int(w, "version", m->version);
		jw_put_int(w, "threshold", m->threshold);
		jw_key(w, "keyids");
		jw_array(w);
		for (size_t k = 0; k < m->n_keyids; k++)
			jw_str(w, m->keyids[k]);
		jw_end_array(w);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void write_list(struct jw *w, const char *key, const state_sha256 *list,
                       size_t n)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, list[i]);
	jw_end_array(w);
}

static void write_latches(struct jw *w, const struct device_state *s)
{
	jw_key(w, "latches");
	jw_array(w);
	for (size_t i = 0; i < s->n_latches; i++) {
		jw_object(w);
		jw_put_str(w, "plan", s->latches[i].plan_id);
		jw_put_int(w, "rev", s->latches[i].rev);
		jw_put_int(w, "lifted", s->latches[i].lifted_rev);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void write_boot(struct jw *w, const struct state_boot *b)
{
	jw_key(w, "boot");
	jw_object(w);
	jw_put_int(w, "active", b->active);
	jw_put_int(w, "trying", b->trying);
	jw_put_int(w, "tries_left", b->tries_left);
	jw_put_str(w, "revert_code", b->revert_code);
	jw_end_object(w);
}

int state_write(struct buf *out, const struct device_state *s, struct err *e)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_int(&w, "counter", s->counter);
	jw_put_int(&w, "floor_s", s->floor_s);
	write_marks(&w, s);
	write_latches(&w, s);
	write_list(&w, "confirmed", (const state_sha256 *)s->confirmed,
	           s->n_confirmed);
	write_list(&w, "failed", (const state_sha256 *)s->failed, s->n_failed);
	jw_key(&w, "attempt");
	write_attempt(&w, &s->attempt);
	jw_key(&w, "slots");
	jw_array(&w);
	write_slot(&w, &s->slots[0]);
	write_slot(&w, &s->slots[1]);
	jw_end_array(&w);
	write_boot(&w, &s->boot);
	jw_put_int(&w, "report_seq", s->report_seq);
	jw_put_int(&w, "offline_ms", s->offline_ms);
	jw_put_int(&w, "poll_after_s", s->poll_after_s);
	jw_put_int(&w, "failures", s->failures);
	jw_put_str(&w, "token", s->token);
	jw_put_str(&w, "told_plan", s->told_plan);
	jw_put_str(&w, "told_code", s->told_code);
	jw_end_object(&w);
	return buf_failed(out) ? err_set(e, ERR_TOO_LARGE,
	                                 "device state: above %zu bytes",
	                                 out->max_bytes)
	                       : 0;
}

static int get_text(char *out, size_t size, const struct js_at *obj,
                    const char *key, struct err *e)
{
	const char *text;

	if (js_get_str(&text, obj, key, size - 1, e) != 0)
		return -1;
	(void)snprintf(out, size, "%s", text);
	return 0;
}

/* A sha256 in hex, or "". */
static int get_sha256(char out[SHA256_HEX_SIZE], const struct js_at *obj,
                      const char *key, struct err *e)
{
	struct js_at at;

	if (js_get(&at, obj, key, e) != 0 ||
	    get_text(out, SHA256_HEX_SIZE, obj, key, e) != 0)
		return -1;
	if (out[0] != '\0' && !is_hex(out, SHA256_HEX_SIZE - 1))
		return js_refuse(&at, e, "is not a sha256");
	return 0;
}

static int get_u32(uint32_t *out, const struct js_at *obj, const char *key,
                   struct err *e)
{
	int64_t n;

	if (js_get_int(&n, obj, key, 0, UINT32_MAX, e) != 0)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

static int get_small(int *out, const struct js_at *obj, const char *key,
                     int64_t min, int64_t max, struct err *e)
{
	int64_t n;

	if (js_get_int(&n, obj, key, min, max, e) != 0)
		return -1;
	*out = (int)n;
	return 0;
}

#define TIME_MIN (-NUM_JSON_MAX)

static int parse_slot(struct state_slot *out, const struct js_at *at,
                      struct err *e)
{
	int fill;

	if (js_get_enum(&fill, at, "fill", fill_words, e) != 0 ||
	    get_sha256(out->sha256, at, "sha256", e) != 0 ||
	    js_get_int(&out->length, at, "length", 0, NUM_JSON_MAX, e) != 0 ||
	    get_u32(&out->counter, at, "counter", e) != 0 ||
	    get_text(out->version, sizeof(out->version), at, "version", e) !=
	            0 ||
	    js_get_int(&out->built_s, at, "built_s", TIME_MIN, NUM_JSON_MAX,
	               e) != 0)
		return -1;
	out->fill = (enum slot_fill)fill;
	return 0;
}

static int parse_slots(struct device_state *s, const struct js_at *root,
                       struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "slots", 2, 2, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (parse_slot(&s->slots[i], &at, e) != 0)
			return -1;
	}
	return 0;
}

static int parse_attempt(struct state_attempt *out, const struct js_at *root,
                         struct err *e)
{
	struct js_at at;
	int phase;

	if (js_get(&at, root, "attempt", e) != 0 ||
	    js_get_enum(&phase, &at, "phase", phase_words, e) != 0 ||
	    js_get_int(&out->number, &at, "number", 0, INT32_MAX, e) != 0 ||
	    get_sha256(out->plan_sha256, &at, "plan", e) != 0 ||
	    get_text(out->path, sizeof(out->path), &at, "path", e) != 0 ||
	    get_sha256(out->sha256, &at, "sha256", e) != 0 ||
	    js_get_int(&out->length, &at, "length", 0, NUM_JSON_MAX, e) != 0 ||
	    get_text(out->version, sizeof(out->version), &at, "version", e) !=
	            0 ||
	    get_u32(&out->counter, &at, "counter", e) != 0 ||
	    js_get_int(&out->built_s, &at, "built_s", TIME_MIN, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_int(&out->tries, &at, "tries", 0, INT32_MAX, e) != 0 ||
	    js_get_int(&out->deadline_s, &at, "deadline_s", 0, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_int(&out->bad_bytes, &at, "bad_bytes", 0, INT32_MAX, e) != 0)
		return -1;
	out->phase = (enum attempt_phase)phase;
	return 0;
}

static int parse_mark(struct device_state *s, const struct js_at *at,
                      struct err *e)
{
	char role[TUF_ROLE_MAX];
	SCOPED(free)
	char(*keyids)[KEY_ID_SIZE] = NULL;
	struct js_at list;
	int64_t version, threshold;
	size_t n;

	if (get_text(role, sizeof(role), at, "role", e) != 0 ||
	    js_get_int(&version, at, "version", 1, NUM_JSON_MAX, e) != 0 ||
	    js_get_int(&threshold, at, "threshold", 1, NUM_JSON_MAX, e) != 0 ||
	    js_get_array(&list, &n, at, "keyids", 0, TUF_KEYS_MAX, e) != 0)
		return -1;
	keyids = xcalloc(n, sizeof(*keyids));
	for (size_t i = 0; i < n; i++) {
		struct js_at k = js_element(&list, i);
		const char *text;

		if (js_as_str(&text, &k, KEY_ID_SIZE - 1, e) != 0)
			return -1;
		(void)snprintf(keyids[i], KEY_ID_SIZE, "%s", text);
	}
	state_mark_set(s, role, version, threshold,
	               (const char(*)[KEY_ID_SIZE])keyids, n);
	return 0;
}

static int parse_marks(struct device_state *s, const struct js_at *root,
                       struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "marks", 0, LIST_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (parse_mark(s, &at, e) != 0)
			return -1;
	}
	return 0;
}

static int parse_latches(struct device_state *s, const struct js_at *root,
                         struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "latches", 0, LIST_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		char id[PRODUCT_MAX_LEN + 1];
		int64_t rev, lifted;

		if (get_text(id, sizeof(id), &at, "plan", e) != 0 ||
		    js_get_int(&rev, &at, "rev", 0, NUM_JSON_MAX, e) != 0 ||
		    js_get_int(&lifted, &at, "lifted", 0, NUM_JSON_MAX, e) != 0)
			return -1;
		state_latch_set(s, id, rev);
		state_latch_find(s, id)->lifted_rev = lifted;
	}
	return 0;
}

static int parse_list(state_sha256 **out, size_t *out_n,
                      const struct js_at *root, const char *key, struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, key, 0, LIST_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		uint8_t digest[SHA256_SIZE];
		char hex[SHA256_HEX_SIZE];

		if (js_as_hex(digest, sizeof(digest), &at, e) != 0)
			return -1;
		hex_encode(hex, digest, sizeof(digest));
		state_add_sha256(out, out_n, hex);
	}
	return 0;
}

static int parse_boot(struct state_boot *out, const struct js_at *root,
                      struct err *e)
{
	struct js_at at;

	if (js_get(&at, root, "boot", e) != 0 ||
	    get_small(&out->active, &at, "active", 0, 1, e) != 0 ||
	    get_small(&out->trying, &at, "trying", -1, 1, e) != 0 ||
	    js_get_int(&out->tries_left, &at, "tries_left", 0, INT32_MAX, e) !=
	            0 ||
	    get_text(out->revert_code, sizeof(out->revert_code), &at,
	             "revert_code", e) != 0)
		return -1;
	if (out->trying == out->active)
		return js_refuse(&at, e, "slot %d is on trial and good at once",
		                 out->active);
	return 0;
}

static int parse_all(struct device_state *s, const struct js_at *root,
                     struct err *e)
{
	if (get_u32(&s->counter, root, "counter", e) != 0 ||
	    js_get_int(&s->floor_s, root, "floor_s", TIME_MIN, NUM_JSON_MAX,
	               e) != 0 ||
	    parse_marks(s, root, e) != 0 || parse_latches(s, root, e) != 0 ||
	    parse_list(&s->confirmed, &s->n_confirmed, root, "confirmed", e) !=
	            0 ||
	    parse_list(&s->failed, &s->n_failed, root, "failed", e) != 0 ||
	    parse_attempt(&s->attempt, root, e) != 0 ||
	    parse_slots(s, root, e) != 0 || parse_boot(&s->boot, root, e) != 0)
		return -1;
	if (js_get_int(&s->report_seq, root, "report_seq", 0, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_int(&s->offline_ms, root, "offline_ms", 0, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_int(&s->poll_after_s, root, "poll_after_s", 0, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_int(&s->failures, root, "failures", 0, NUM_JSON_MAX, e) !=
	            0 ||
	    get_text(s->token, sizeof(s->token), root, "token", e) != 0 ||
	    get_sha256(s->told_plan, root, "told_plan", e) != 0 ||
	    get_text(s->told_code, sizeof(s->told_code), root, "told_code",
	             e) != 0)
		return -1;
	return 0;
}

int state_parse(struct device_state *out, const char *name, const void *bytes,
                size_t len, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(state_fini)
	struct device_state s = {0};
	struct js_at root;

	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 || parse_all(&s, &root, e) != 0)
		return -1;
	*out = s;
	s = (struct device_state){0};
	return 0;
}
