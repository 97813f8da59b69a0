#include "config.h"

#include "repo-tools/ctl/text.h"

#include "lib/base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The code point at p and its length; 0 where no UTF-8 sequence starts. Long
 * spellings are let through: what they stand for is then judged. */
static size_t decode(uint32_t *out, const unsigned char *p)
{
	size_t n = *p < 0x80             ? 1
	           : (*p & 0xe0) == 0xc0 ? 2
	           : (*p & 0xf0) == 0xe0 ? 3
	           : (*p & 0xf8) == 0xf0 ? 4
	                                 : 0;

	if (n == 0)
		return 0;
	*out = n == 1 ? *p : *p & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*out = *out << 6 | (p[i] & 0x3fu);
	}
	return n;
}

void ctl_text_clean(struct buf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p != '\0') {
		uint32_t c = 0;
		size_t n = decode(&c, p);

		if (c == '\n' || c == '\t' || c == '\r')
			buf_putc(out, ' ');
		else if (n == 0 || utf8_acts(c))
			buf_putc(out, '?');
		else
			buf_add(out, p, n);
		p += n > 0 ? n : 1;
	}
}

size_t ctl_text_width(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

void ctl_text_json(struct buf *out, const char *json, size_t n)
{
	bool in_string = false;

	for (size_t i = 0; i < n;) {
		uint32_t c = 0;
		size_t len = decode(&c, (const unsigned char *)json + i);

		if (!in_string && strchr(" \t\r\n", json[i]) != NULL) {
			i++;
			continue;
		}
		if (json[i] == '"') {
			in_string = !in_string;
		} else if (in_string && json[i] == '\\') {
			/* Both bytes of it: what follows is ASCII. */
			buf_putc(out, json[i++]);
		}
		if (utf8_acts(c) && len > 0)
			buf_printf(out, "\\u%04" PRIx32, c);
		else
			buf_add(out, json + i, len > 0 ? len : 1);
		i += len > 0 ? len : 1;
	}
}

static void scalar(struct buf *out, const struct js_at *at)
{
	const char *text;
	int64_t number;
	bool yes;

	if (js_as_str(&text, at, SIZE_MAX, NULL) == 0)
		ctl_text_clean(out, text[0] != '\0' ? text : "-");
	else if (js_as_int(&number, at, -NUM_JSON_MAX, NUM_JSON_MAX, NULL) == 0)
		buf_printf(out, "%" PRId64, number);
	else if (js_as_bool(&yes, at, NULL) == 0)
		buf_puts(out, yes ? "yes" : "no");
	else
		buf_putc(out, '-');
}

void ctl_text_member(struct buf *out, const struct js_at *obj, const char *key)
{
	struct js_at at;
	size_t n;

	if (js_get(&at, obj, key, NULL) != 0) {
		buf_putc(out, '-');
	} else if (js_array(&n, &at, 1, SIZE_MAX, NULL) == 0) {
		for (size_t i = 0; i < n; i++) {
			struct js_at element = js_element(&at, i);

			buf_puts(out, i > 0 ? "," : "");
			scalar(out, &element);
		}
	} else {
		scalar(out, &at);
	}
}

bool ctl_text_has(const struct js_at *obj, const char *key)
{
	struct js_at at;

	return js_get(&at, obj, key, NULL) == 0 && !js_is_null(&at);
}

const char *ctl_text_who(const struct js_at *obj, const char *key)
{
	const char *name =
		strcmp(key, "actor") == 0 ? "actor_name" : "created_by_name";

	return ctl_text_has(obj, name) ? name : key;
}

void ctl_text_share(struct buf *out, int64_t ppm)
{
	char part[8];
	size_t n;

	(void)snprintf(part, sizeof(part), "%04" PRId64, ppm % 10000);
	for (n = 4; n > 0 && part[n - 1] == '0'; n--)
		part[n - 1] = '\0';
	buf_printf(out, "%" PRId64 "%s%s%%", ppm / 10000, n > 0 ? "." : "",
	           part);
}

void ctl_text_span(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t size;
		char letter;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;

	/* "47h" says more than "1d". */
	while (i < 3 && seconds < 2 * units[i].size && seconds != units[i].size)
		i++;
	buf_printf(out, "%" PRId64 "%c", seconds / units[i].size,
	           units[i].letter);
}

void ctl_text_size(struct buf *out, int64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	int64_t tenths = bytes;
	size_t i = 0;

	if (bytes < 1024) {
		buf_printf(out, "%" PRId64 " B", bytes);
		return;
	}
	for (tenths = tenths / 1024 * 10 + tenths % 1024 * 10 / 1024;
	     tenths >= 10240 && i < 3; i++)
		tenths /= 1024;
	buf_printf(out, "%" PRId64 ".%" PRId64 " %s", tenths / 10, tenths % 10,
	           units[i]);
}
