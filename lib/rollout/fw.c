#include "config.h"

#include "lib/rollout/fw.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"

#include <string.h>

#define CONFIRM_DEADLINE_MAX_S (INT64_C(30) * 86400)
#define DAY_S 86400

static const char *const consent_words[] = {"auto", "opt_in", "mandatory",
                                            NULL};
static const char *const urgency_words[] = {"normal", "optional", "security",
                                            "critical", NULL};
static const char *const on_fail_words[] = {"revert", "recovery", NULL};

/* What this reader obeys: only these may be critical. */
static const char *const understood[] = {
	"schema",  "repo",    "product", "component", "version",
	"counter", "hw",      "regions", "built",     "from",
	"needs",   "consent", "window",  "confirm",   NULL};

static int version_parse(char out[SEMVER_MAX_LEN + 1], const struct js_at *obj,
                         const char *key, struct err *e)
{
	struct js_at at;
	const char *text;

	if (js_get(&at, obj, key, e) != 0 ||
	    js_as_str(&text, &at, SEMVER_MAX_LEN, e) != 0)
		return -1;
	if (!semver_is_valid(text))
		return js_refuse(&at, e,
		                 "'%s' is not a version like 2.1.0 (SemVer 2)",
		                 text);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int identity_parse(struct fw *out, const struct js_at *fw, struct err *e)
{
	struct js_at at;
	const char *text;
	int64_t n;

	if (js_get(&at, fw, "component", e) != 0 ||
	    js_as_str(&text, &at, NAME_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_word(text))
		return js_refuse(&at, e, "'%s' is not a name", text);
	word_set(out->component, text);
	if (version_parse(out->version, fw, "version", e) != 0 ||
	    js_get_int(&n, fw, "counter", 0, UINT32_MAX, e) != 0)
		return -1;
	out->counter = (uint32_t)n;
	if (words_parse(&out->hw, fw, "hw", WORDS_MAX, false, e) != 0 ||
	    words_parse(&out->regions, fw, "regions", WORDS_MAX, true, e) != 0)
		return -1;
	return js_get_time(&out->built_s, fw, "built", e);
}

/* A reader that skipped `from` would install over a version that cannot take
 * it, so the field comes with its name in `critical` (trust.md, Formats). */
static int from_parse(struct fw *out, const struct js_at *fw, struct err *e)
{
	struct js_at from;

	if (!js_has(fw, "from"))
		return 0;
	if (js_get(&from, fw, "from", e) != 0 || js_is_object(&from, e) != 0 ||
	    version_parse(out->from_min, &from, "min", e) != 0 ||
	    version_parse(out->from_max, &from, "max", e) != 0)
		return -1;
	if (semver_compare(out->from_min, out->from_max) > 0)
		return js_refuse(&from, e, "min %s is above max %s",
		                 out->from_min, out->from_max);
	if (!doc_has_critical(fw, "from"))
		return js_refuse(&from, e, "is given but not in `critical`");
	out->has_from = true;
	return 0;
}

static int needs_parse(struct fw *out, const struct js_at *fw, struct err *e)
{
	struct js_at needs;
	int64_t n;

	if (!js_has(fw, "needs"))
		return 0;
	if (js_get(&needs, fw, "needs", e) != 0 || js_is_object(&needs, e) != 0)
		return -1;
	if (js_has(&needs, "battery_pct")) {
		if (js_get_int(&n, &needs, "battery_pct", 0, 100, e) != 0)
			return -1;
		out->battery_pct = (int)n;
	}
	if (js_has(&needs, "flash_free") &&
	    js_get_int(&out->flash_free_bytes, &needs, "flash_free", 0,
	               NUM_JSON_MAX, e) != 0)
		return -1;
	return 0;
}

static int window_parse(struct fw *out, const struct js_at *fw, struct err *e)
{
	int64_t start, end, days;
	struct js_at at;

	if (!js_has(fw, "window"))
		return 0;
	if (js_get(&at, fw, "window", e) != 0 || js_is_object(&at, e) != 0 ||
	    js_get_int(&start, &at, "start_s", 0, DAY_S - 1, e) != 0 ||
	    js_get_int(&end, &at, "end_s", 0, DAY_S, e) != 0 ||
	    js_get_int(&days, &at, "days", 1, 127, e) != 0)
		return -1;
	if (start == end)
		return js_refuse(&at, e,
		                 "start_s and end_s are both %lld, so nothing "
		                 "is between them",
		                 (long long)start);
	out->has_window = true;
	out->window_start_s = (int32_t)start;
	out->window_end_s = (int32_t)end;
	out->window_days = (uint8_t)days;
	return 0;
}

static int behaviour_parse(struct fw *out, const struct js_at *fw,
                           struct err *e)
{
	struct js_at confirm;
	int64_t tries;
	int choice;

	if (js_get_enum(&choice, fw, "consent", consent_words, e) != 0)
		return -1;
	out->consent = (enum fw_consent)choice;
	if (window_parse(out, fw, e) != 0 ||
	    js_get(&confirm, fw, "confirm", e) != 0 ||
	    js_is_object(&confirm, e) != 0 ||
	    js_get_int(&tries, &confirm, "tries", 1, 255, e) != 0 ||
	    js_get_int(&out->confirm_deadline_s, &confirm, "deadline_s", 1,
	               CONFIRM_DEADLINE_MAX_S, e) != 0 ||
	    js_get_enum(&choice, &confirm, "on_fail", on_fail_words, e) != 0)
		return -1;
	out->confirm_on_fail = (enum fw_on_fail)choice;
	if (js_has(fw, "urgency")) {
		if (js_get_enum(&choice, fw, "urgency", urgency_words, e) != 0)
			return -1;
		out->urgency = (enum fw_urgency)choice;
	}
	out->confirm_tries = (int)tries;
	return 0;
}

static int image_parse(struct fw *out, const struct js_at *fw, struct err *e)
{
	struct js_at image;

	if (!js_has(fw, "image"))
		return 0;
	if (js_get(&image, fw, "image", e) != 0 || js_is_object(&image, e) != 0)
		return -1;
	if (!js_has(&image, "installed_sha256"))
		return 0;
	return doc_hex_parse(out->installed_sha256, SHA256_HEX_SIZE - 1, &image,
	                     "installed_sha256", e);
}

int fw_parse(struct fw *out, const char *path, const char *custom,
             struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(FW_CUSTOM_MAX);
	struct js_at root, fw;

	*out = (struct fw){0};
	if (custom == NULL)
		return err_set(e, ERR_INVALID,
		               "%s: has no custom.fw, so it is no firmware",
		               path);
	canon_to_json(&text, custom, strnlen(custom, FW_CUSTOM_MAX + 1));
	if (buf_failed(&text))
		return err_set(e, ERR_TOO_LARGE, "%s: custom is above %d bytes",
		               path, FW_CUSTOM_MAX);
	if (js_parse(&doc, path, buf_str(&text), text.len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 || js_get(&fw, &root, "fw", e) != 0 ||
	    doc_head_parse(&out->head, &fw, "fw/1", understood, e) != 0 ||
	    identity_parse(out, &fw, e) != 0 || from_parse(out, &fw, e) != 0 ||
	    needs_parse(out, &fw, e) != 0 || behaviour_parse(out, &fw, e) != 0)
		return -1;
	return image_parse(out, &fw, e);
}

static void from_write(struct jw *w, const struct fw *f)
{
	if (!f->has_from)
		return;
	jw_key(w, "from");
	jw_object(w);
	jw_put_str(w, "max", f->from_max);
	jw_put_str(w, "min", f->from_min);
	jw_end_object(w);
}

static void needs_write(struct jw *w, const struct fw *f)
{
	if (f->battery_pct == 0 && f->flash_free_bytes == 0)
		return;
	jw_key(w, "needs");
	jw_object(w);
	if (f->battery_pct != 0)
		jw_put_int(w, "battery_pct", f->battery_pct);
	if (f->flash_free_bytes != 0)
		jw_put_int(w, "flash_free", f->flash_free_bytes);
	jw_end_object(w);
}

static void window_write(struct jw *w, const struct fw *f)
{
	if (!f->has_window)
		return;
	jw_key(w, "window");
	jw_object(w);
	jw_put_int(w, "days", f->window_days);
	jw_put_int(w, "end_s", f->window_end_s);
	jw_put_int(w, "start_s", f->window_start_s);
	jw_end_object(w);
}

static void members_write(struct jw *w, const struct fw *f)
{
	jw_put_time(w, "built", f->built_s);
	jw_put_str(w, "component", f->component);
	jw_key(w, "confirm");
	jw_object(w);
	jw_put_int(w, "deadline_s", f->confirm_deadline_s);
	jw_put_str(w, "on_fail", on_fail_words[f->confirm_on_fail]);
	jw_put_int(w, "tries", f->confirm_tries);
	jw_end_object(w);
	jw_put_str(w, "consent", consent_words[f->consent]);
	jw_put_int(w, "counter", f->counter);
	jw_key(w, "critical");
	jw_array(w);
	if (f->has_from)
		jw_str(w, "from");
	jw_end_array(w);
	from_write(w, f);
	words_write(w, "hw", &f->hw);
	if (f->installed_sha256[0] != '\0') {
		jw_key(w, "image");
		jw_object(w);
		jw_put_str(w, "installed_sha256", f->installed_sha256);
		jw_end_object(w);
	}
	needs_write(w, f);
	jw_put_str(w, "product", f->head.product);
	words_write(w, "regions", &f->regions);
	jw_put_str(w, "repo", f->head.repo);
	jw_put_str(w, "schema", "fw/1");
	if (f->urgency != FW_NORMAL)
		jw_put_str(w, "urgency", urgency_words[f->urgency]);
	jw_put_str(w, "version", f->version);
	window_write(w, f);
}

int fw_write(struct buf *out, const struct fw *f, struct err *e)
{
	size_t before = out->len;
	struct jw w;

	jw_init_canonical(&w, out);
	jw_object(&w);
	jw_key(&w, "fw");
	jw_object(&w);
	members_write(&w, f);
	jw_end_object(&w);
	jw_end_object(&w);
	if (buf_failed(out) || out->len - before > FW_CUSTOM_MAX)
		return err_set(e, ERR_TOO_LARGE,
		               "fw/1 of %s %s: above %d bytes", f->head.product,
		               f->version, FW_CUSTOM_MAX);
	return 0;
}

const char *fw_urgency_word(enum fw_urgency u)
{
	return urgency_words[u];
}

bool fw_is_urgent(const struct fw *f)
{
	return f->urgency == FW_SECURITY || f->urgency == FW_CRITICAL;
}

bool fw_allows_region(const struct fw *f, const char *region)
{
	return words_has(&f->regions, "*") || words_has(&f->regions, region);
}

int fw_check_path(const struct fw *f, const char *path, struct err *e)
{
	SCOPED(free)
	char *start = xasprintf("fw/%s/%s_", f->head.product, f->version);

	if (strncmp(path, start, strlen(start)) != 0 ||
	    !name_is_file(path + strlen(start)))
		return err_code(e, ERR_INVALID, "wrong_path",
		                "%.200s: its manifest belongs at %sNAME", path,
		                start);
	return 0;
}
