#include "config.h"

#include "device/provision.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "pawl-device/1"
#define POLL_MIN_DEFAULT_S 30
#define DAY_S 86400
/* The largest offset of local time any country uses. */
#define UTC_OFFSET_MAX_S (14 * 3600)

void provision_fini(struct provision *p)
{
	free(p->root);
	free(p->server);
	free(p->batch_token);
	free(p->device_token);
	free(p->image.file);
	*p = (struct provision){0};
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

static int get_name(char *out, size_t size, const struct js_at *obj,
                    const char *key, bool (*is_ok)(const char *), struct err *e)
{
	struct js_at at;

	if (js_get(&at, obj, key, e) != 0 ||
	    get_text(out, size, obj, key, e) != 0)
		return -1;
	if (!is_ok(out))
		return js_refuse(&at, e, "'%s' is not a name", out);
	return 0;
}

static int get_hex(char *out, size_t digits, const struct js_at *obj,
                   const char *key, struct err *e)
{
	uint8_t bytes[32];

	if (js_get_hex(bytes, digits / 2, obj, key, e) != 0)
		return -1;
	hex_encode(out, bytes, digits / 2);
	return 0;
}

/* NULL when it is not there. */
static int get_optional(char **out, const struct js_at *obj, const char *key,
                        size_t max, struct err *e)
{
	const char *text;

	if (!js_has(obj, key))
		return 0;
	if (js_get_str(&text, obj, key, max, e) != 0)
		return -1;
	*out = xstrdup(text);
	return 0;
}

/* A path, from the folder when it is relative. */
static int get_path(char **out, const struct js_at *obj, const char *key,
                    const char *folder, struct err *e)
{
	SCOPED(free)
	char *text = NULL;

	if (get_optional(&text, obj, key, 4096, e) != 0)
		return -1;
	if (text != NULL)
		*out = text[0] == '/' ? MOVE(text) : fs_join(folder, text);
	return 0;
}

static int get_optional_int(int64_t *out, const struct js_at *obj,
                            const char *key, int64_t min, int64_t max,
                            struct err *e)
{
	return js_has(obj, key) ? js_get_int(out, obj, key, min, max, e) : 0;
}

static int parse_image(struct provision_image *out, const struct js_at *root,
                       const char *folder, struct err *e)
{
	static const char *const names[] = {"built",  "counter", "file",
	                                    "length", "sha256",  "version",
	                                    NULL};
	struct js_at at;
	int64_t counter;

	if (js_get(&at, root, "image", e) != 0 || js_only(&at, names, e) != 0 ||
	    get_hex(out->sha256, 64, &at, "sha256", e) != 0 ||
	    js_get_int(&out->length, &at, "length", 0, NUM_JSON_MAX, e) != 0 ||
	    get_name(out->version, sizeof(out->version), &at, "version",
	             semver_is_valid, e) != 0 ||
	    js_get_int(&counter, &at, "counter", 0, UINT32_MAX, e) != 0 ||
	    js_get_time(&out->built_s, &at, "built", e) != 0)
		return -1;
	out->counter = (uint32_t)counter;
	return get_path(&out->file, &at, "file", folder, e);
}

/* Where it belongs: the words that no server changes. */
static int parse_place(struct provision *out, const struct js_at *root,
                       struct err *e)
{
	if (get_hex(out->id, 32, root, "id", e) != 0 ||
	    get_name(out->product, sizeof(out->product), root, "product",
	             name_is_product, e) != 0 ||
	    get_name(out->hw, sizeof(out->hw), root, "hw", name_is_word, e) !=
	            0 ||
	    get_name(out->region, sizeof(out->region), root, "region",
	             name_is_word, e) != 0 ||
	    get_name(out->channel, sizeof(out->channel), root, "channel",
	             name_is_word, e) != 0 ||
	    get_hex(out->repo, 32, root, "repo", e) != 0)
		return -1;
	return 0;
}

static int parse_server(struct provision *out, const struct js_at *root,
                        struct err *e)
{
	size_t n;

	if (get_optional(&out->server, root, "server", 1024, e) != 0 ||
	    get_optional(&out->batch_token, root, "batch_token",
	                 DEVICE_TOKEN_MAX, e) != 0 ||
	    get_optional(&out->device_token, root, "device_token",
	                 DEVICE_TOKEN_MAX, e) != 0)
		return -1;
	if (out->batch_token != NULL && out->device_token != NULL)
		return js_refuse(root, e,
		                 "has a batch_token and a device_token, one is "
		                 "needed");
	if (out->server == NULL)
		return 0;
	if (strncmp(out->server, "http://", 7) != 0 &&
	    strncmp(out->server, "https://", 8) != 0)
		return js_refuse(root, e, "server: '%s' is not an http URL",
		                 out->server);
	n = strlen(out->server);
	while (n > 0 && out->server[n - 1] == '/')
		out->server[--n] = '\0';
	return 0;
}

static int parse_habits(struct provision *out, const struct js_at *root,
                        struct err *e)
{
	static const char *const clocks[] = {"none", "rtc", NULL};
	int64_t offset = 0;
	int clock;

	out->poll_min_s = POLL_MIN_DEFAULT_S;
	out->slot_bytes = -1;
	if (js_get_enum(&clock, root, "clock", clocks, e) != 0 ||
	    get_optional_int(&out->poll_min_s, root, "poll_min_s", 1, DAY_S,
	                     e) != 0 ||
	    get_optional_int(&out->slot_bytes, root, "slot_bytes", 1,
	                     NUM_JSON_MAX, e) != 0 ||
	    get_optional_int(&offset, root, "utc_offset_s", -UTC_OFFSET_MAX_S,
	                     UTC_OFFSET_MAX_S, e) != 0)
		return -1;
	out->has_clock = clock == 1;
	out->utc_offset_s = (int32_t)offset;
	if (js_has(root, "label"))
		return get_text(out->label, sizeof(out->label), root, "label",
		                e);
	return 0;
}

int provision_parse(struct provision *out, const char *name, const char *folder,
                    const void *bytes, size_t len, struct err *e)
{
	static const char *const names[] = {
		"batch_token",  "channel", "clock",  "device_token",
		"hw",           "id",      "image",  "label",
		"poll_min_s",   "product", "region", "repo",
		"root",         "schema",  "server", "slot_bytes",
		"utc_offset_s", NULL};
	static const char *const schemas[] = {SCHEMA, NULL};
	SCOPED(provision_fini)
	struct provision p = {0};
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	int schema;

	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 ||
	    js_get_enum(&schema, &root, "schema", schemas, e) != 0 ||
	    js_only(&root, names, e) != 0 || parse_place(&p, &root, e) != 0 ||
	    parse_server(&p, &root, e) != 0 ||
	    parse_habits(&p, &root, e) != 0 ||
	    get_path(&p.root, &root, "root", folder, e) != 0 ||
	    parse_image(&p.image, &root, folder, e) != 0)
		return -1;
	if (p.root == NULL)
		return js_refuse(&root, e,
		                 "no 'root': a device without a pinned root "
		                 "never starts");
	*out = p;
	p = (struct provision){0};
	return 0;
}

int provision_load(struct provision *out, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(PROVISION_BYTES_MAX);
	SCOPED(buf_fini)
	struct buf again = BUF_INIT(PROVISION_BYTES_MAX);
	SCOPED(provision_fini)
	struct provision p = {0};
	SCOPED(free)
	char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');

	if (slash != NULL)
		slash[slash == folder] = '\0';
	if (fs_read(&text, path, e) != 0 ||
	    provision_parse(&p, path, slash != NULL ? folder : ".",
	                    buf_str(&text), text.len, e) != 0)
		return -1;
	/* A token is a secret: then the file is ours alone. */
	if ((p.batch_token != NULL || p.device_token != NULL) &&
	    fs_read_private(&again, path, e) != 0)
		return -1;
	*out = p;
	p = (struct provision){0};
	return 0;
}

static void put_optional(struct jw *w, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		jw_put_str(w, key, text);
}

int provision_write(struct buf *out, const struct provision *p, struct err *e)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "schema", SCHEMA);
	jw_put_str(&w, "id", p->id);
	put_optional(&w, "label", p->label);
	jw_put_str(&w, "product", p->product);
	jw_put_str(&w, "hw", p->hw);
	jw_put_str(&w, "region", p->region);
	jw_put_str(&w, "channel", p->channel);
	jw_put_str(&w, "repo", p->repo);
	jw_put_str(&w, "root", p->root);
	put_optional(&w, "server", p->server);
	put_optional(&w, "batch_token", p->batch_token);
	put_optional(&w, "device_token", p->device_token);
	jw_put_str(&w, "clock", p->has_clock ? "rtc" : "none");
	jw_put_int(&w, "poll_min_s", p->poll_min_s);
	jw_put_int(&w, "utc_offset_s", p->utc_offset_s);
	if (p->slot_bytes >= 0)
		jw_put_int(&w, "slot_bytes", p->slot_bytes);
	jw_key(&w, "image");
	jw_object(&w);
	put_optional(&w, "file", p->image.file);
	jw_put_str(&w, "sha256", p->image.sha256);
	jw_put_int(&w, "length", p->image.length);
	jw_put_str(&w, "version", p->image.version);
	jw_put_int(&w, "counter", p->image.counter);
	jw_put_time(&w, "built", p->image.built_s);
	jw_end_object(&w);
	jw_end_object(&w);
	buf_putc(out, '\n');
	return buf_failed(out) ? err_set(e, ERR_TOO_LARGE,
	                                 "provisioning of %s: above %zu bytes",
	                                 p->id, out->max_bytes)
	                       : 0;
}
