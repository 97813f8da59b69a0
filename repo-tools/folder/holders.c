#include "config.h"

#include "repo-tools/folder/holders.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "pawl-holders/1"
#define FILE_MAX ((size_t)1 << 20)
#define HOLDERS_MAX 4096

void holders_fini(struct holders *h)
{
	free(h->items);
	*h = (struct holders){0};
}

const char *holders_label(const struct holders *h, const char *keyid)
{
	for (size_t i = 0; i < h->len; i++)
		if (strcmp(h->items[i].keyid, keyid) == 0)
			return h->items[i].label;
	return "";
}

/* A label is shown on a terminal. */
static bool is_plain(const char *label)
{
	for (const char *p = label; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == '\x7f')
			return false;
	return strlen(label) < SECRETFILE_LABEL_SIZE;
}

void holders_add(struct holders *h, const char *keyid, const char *label)
{
	struct holder *new;

	if (*label == '\0' || !is_plain(label) || h->len >= HOLDERS_MAX ||
	    *holders_label(h, keyid) != '\0')
		return;
	VEC_GROW(h);
	new = &h->items[h->len++];
	(void)snprintf(new->keyid, sizeof(new->keyid), "%s", keyid);
	(void)snprintf(new->label, sizeof(new->label), "%s", label);
}

static int by_keyid(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return strcmp(x->keyid, y->keyid);
}

void holders_put(struct jw *w, const struct holders *h)
{
	jw_object(w);
	for (size_t i = 0; i < h->len; i++)
		jw_put_str(w, h->items[i].keyid, h->items[i].label);
	jw_end_object(w);
}

int holders_take(struct holders *h, const struct js_at *at, struct err *e)
{
	if (js_is_object(at, e) != 0)
		return -1;
	if (js_count(at) > HOLDERS_MAX)
		return js_refuse(at, e, "names more than %d keys", HOLDERS_MAX);
	for (struct js_at m = js_first(at); m.value; m = js_next(&m)) {
		const char *label;

		if (!is_hex(m.key, KEY_ID_SIZE - 1))
			return js_refuse(&m, e, "is no key id");
		if (js_as_str(&label, &m, SECRETFILE_LABEL_SIZE - 1, e) != 0)
			return -1;
		if (!is_plain(label))
			return js_refuse(&m, e, "is no label");
		holders_add(h, m.key, label);
	}
	return 0;
}

static int read_file(struct holders *h, const char *path, struct err *e)
{
	static const char *const schemas[] = {SCHEMA, NULL};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FILE_MAX);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, keys;
	int schema;

	if (fs_read(&b, path, e) != 0 ||
	    js_parse(&doc, path, buf_str(&b), b.len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 ||
	    js_get_enum(&schema, &root, "schema", schemas, e) != 0 ||
	    js_get(&keys, &root, "keys", e) != 0)
		return -1;
	return holders_take(h, &keys, e);
}

void holders_read(struct holders *h, const struct workspace *ws)
{
	SCOPED(free)
	char *path = workspace_path(ws, "holders.json");
	SCOPED(keyring_fini)
	struct keyring ring = {0};

	*h = (struct holders){0};
	if (fs_exists(path) && read_file(h, path, NULL) != 0)
		holders_fini(h);
	if (keyring_add_dir(&ring, ws->keys_dir, NULL) != 0)
		return;
	for (size_t i = 0; i < ring.len; i++)
		holders_add(h, ring.items[i].info.public.id,
		            ring.items[i].info.label);
}

int holders_keep(const struct holders *h, const struct workspace *ws,
                 struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "holders.json");
	SCOPED(holders_fini)
	struct holders sorted = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FILE_MAX);
	SCOPED(buf_fini)
	struct buf was = BUF_INIT(FILE_MAX);
	struct jw w;

	for (size_t i = 0; i < h->len; i++)
		holders_add(&sorted, h->items[i].keyid, h->items[i].label);
	if (sorted.len == 0)
		return 0;
	qsort(sorted.items, sorted.len, sizeof(*sorted.items), by_keyid);
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "schema", SCHEMA);
	jw_key(&w, "keys");
	holders_put(&w, &sorted);
	jw_end_object(&w);
	buf_putc(&b, '\n');
	if (buf_failed(&b))
		return err_set(e, ERR_TOO_LARGE, "%s: above %zu bytes", path,
		               b.max_bytes);
	if (fs_exists(path) && fs_read(&was, path, NULL) == 0 &&
	    was.len == b.len && memcmp(was.data, b.data, b.len) == 0)
		return 0;
	return fs_write(path, buf_str(&b), b.len, 0644, e);
}

int holders_remember(const struct workspace *ws, struct err *e)
{
	SCOPED(holders_fini)
	struct holders h = {0};

	holders_read(&h, ws);
	return holders_keep(&h, ws, e);
}
