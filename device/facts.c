#include "config.h"

#include "device/facts.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/json/js.h"

#include <stdio.h>

void facts_init(struct facts *f)
{
	*f = (struct facts){
		.device = {.battery_pct = -1, .flash_free_bytes = -1},
		.step = OFFER_START,
		.counter = -1};
}

static int get_sha256(char out[SHA256_HEX_SIZE], const struct js_at *obj,
                      const char *key, struct err *e)
{
	uint8_t digest[SHA256_SIZE];

	if (js_get_hex(digest, sizeof(digest), obj, key, e) != 0)
		return -1;
	hex_encode(out, digest, sizeof(digest));
	return 0;
}

static int parse_device(struct device_facts *out, const struct js_at *root,
                        struct err *e)
{
	int64_t battery = out->battery_pct;

	if (js_has(root, "battery_pct") &&
	    js_get_int(&battery, root, "battery_pct", 0, 100, e) != 0)
		return -1;
	if (js_has(root, "flash_free") &&
	    js_get_int(&out->flash_free_bytes, root, "flash_free", 0,
	               NUM_JSON_MAX, e) != 0)
		return -1;
	if (js_has(root, "consent") &&
	    js_get_bool(&out->consent_given, root, "consent", e) != 0)
		return -1;
	out->battery_pct = (int)battery;
	return 0;
}

static int parse_running(struct facts *out, const struct js_at *root,
                         struct err *e)
{
	const char *version;
	struct js_at at;

	if (!js_has(root, "running"))
		return 0;
	if (js_get(&at, root, "running", e) != 0 ||
	    get_sha256(out->running_sha256, &at, "sha256", e) != 0 ||
	    js_get_str(&version, &at, "version", SEMVER_MAX_LEN, e) != 0)
		return -1;
	if (!semver_is_valid(version))
		return js_refuse(&at, e, "version: '%s' is not SemVer",
		                 version);
	(void)snprintf(out->running_version, sizeof(out->running_version), "%s",
	               version);
	out->has_running = true;
	return 0;
}

static int parse_latches(struct facts *out, const struct js_at *root,
                         struct err *e)
{
	struct js_at list;
	size_t n = 0;

	if (js_has(root, "latches") &&
	    js_get_array(&list, &n, root, "latches", 0, ARRAY_LEN(out->latches),
	                 e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		struct offer_latch *l = &out->latches[i];
		const char *id;

		if (js_get_str(&id, &at, "plan", PRODUCT_MAX_LEN, e) != 0 ||
		    js_get_int(&l->rev, &at, "rev", 0, NUM_JSON_MAX, e) != 0)
			return -1;
		(void)snprintf(l->plan_id, sizeof(l->plan_id), "%s", id);
	}
	out->n_latches = n;
	return 0;
}

static int parse_confirmed(struct facts *out, const struct js_at *root,
                           struct err *e)
{
	struct js_at list;
	size_t n = 0;

	if (js_has(root, "confirmed") &&
	    js_get_array(&list, &n, root, "confirmed", 0,
	                 ARRAY_LEN(out->confirmed), e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		uint8_t digest[SHA256_SIZE];

		if (js_as_hex(digest, sizeof(digest), &at, e) != 0)
			return -1;
		hex_encode(out->confirmed[i], digest, sizeof(digest));
	}
	out->n_confirmed = n;
	return 0;
}

static int parse_moment(struct facts *out, const struct js_at *root,
                        struct err *e)
{
	static const char *const steps[] = {"start", "activate", NULL};
	int step = 0;

	out->has_now = js_has(root, "now");
	out->has_floor = js_has(root, "floor");
	if (out->has_now && js_get_time(&out->now_s, root, "now", e) != 0)
		return -1;
	if (out->has_floor && js_get_time(&out->floor_s, root, "floor", e) != 0)
		return -1;
	if (js_has(root, "counter") &&
	    js_get_int(&out->counter, root, "counter", 0, UINT32_MAX, e) != 0)
		return -1;
	if (js_has(root, "step") &&
	    js_get_enum(&step, root, "step", steps, e) != 0)
		return -1;
	out->step = step == 0 ? OFFER_START : OFFER_ACTIVATE;
	if (js_has(root, "plan"))
		return get_sha256(out->plan_sha256, root, "plan", e);
	return 0;
}

int facts_parse(struct facts *out, const char *name, const void *bytes,
                size_t len, struct err *e)
{
	static const char *const names[] = {
		"battery_pct", "confirmed", "consent", "counter",
		"flash_free",  "floor",     "latches", "now",
		"plan",        "running",   "step",    NULL};
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	facts_init(out);
	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 || js_only(&root, names, e) != 0 ||
	    parse_device(&out->device, &root, e) != 0 ||
	    parse_running(out, &root, e) != 0 ||
	    parse_moment(out, &root, e) != 0 ||
	    parse_latches(out, &root, e) != 0)
		return -1;
	return parse_confirmed(out, &root, e);
}

int facts_load(struct facts *out, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(FACTS_BYTES_MAX);

	facts_init(out);
	if (fs_read(&text, path, e) != 0)
		return -1;
	return facts_parse(out, path, buf_str(&text), text.len, e);
}

void facts_apply(struct device_state *s, const struct facts *f)
{
	struct state_slot *running = &s->slots[state_running(s)];

	if (f->has_running) {
		(void)snprintf(running->sha256, sizeof(running->sha256), "%s",
		               f->running_sha256);
		(void)snprintf(running->version, sizeof(running->version), "%s",
		               f->running_version);
	}
	if (f->counter >= 0)
		s->counter = (uint32_t)f->counter;
	if (f->has_floor)
		s->floor_s = f->floor_s;
	for (size_t i = 0; i < f->n_latches; i++)
		state_latch_set(s, f->latches[i].plan_id, f->latches[i].rev);
	for (size_t i = 0; i < f->n_confirmed; i++)
		state_add_sha256(&s->confirmed, &s->n_confirmed,
		                 f->confirmed[i]);
}
