#include "config.h"

#include "tests/support/json_edit.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 20)

struct edit {
	const char *path, *value;
	bool done;
};

static void must(bool ok, const struct edit *ed)
{
	if (ok)
		return;
	fprintf(stderr, "json_edit: '%s' does not fit the document\n",
	        ed->path);
	abort();
}

static void copy(struct buf *out, struct edit *ed, const struct js_at *at,
                 const char *here);

/* The new value, or the old one with the change somewhere inside. */
static void member(struct buf *out, struct edit *ed, const struct js_at *at,
                   const char *here)
{
	if (strcmp(here, ed->path) == 0) {
		ed->done = true;
		buf_puts(out, ed->value);
	} else {
		copy(out, ed, at, here);
	}
}

static bool is_removed(struct edit *ed, const char *here)
{
	if (ed->value != NULL || strcmp(here, ed->path) != 0)
		return false;
	ed->done = true;
	return true;
}

/* "stages[1].ppm" adds to an object reached as "stages[1]". */
static const char *added_key(const struct edit *ed, const char *here)
{
	size_t n = strlen(here);
	const char *rest = ed->path + n;

	if (ed->done || ed->value == NULL || strncmp(ed->path, here, n) != 0)
		return NULL;
	if (n > 0 && *rest++ != '.')
		return NULL;
	return strpbrk(rest, ".[") == NULL ? rest : NULL;
}

static void object(struct buf *out, struct edit *ed, const struct js_at *at,
                   const char *here)
{
	const char *sep = "", *add;

	buf_puts(out, "{");
	for (struct js_at m = js_first(at); m.value; m = js_next(&m)) {
		SCOPED(free)
		char *way = xasprintf("%s%s%s", here, *here ? "." : "", m.key);

		if (is_removed(ed, way))
			continue;
		buf_printf(out, "%s\"%s\":", sep, m.key);
		member(out, ed, &m, way);
		sep = ",";
	}
	add = added_key(ed, here);
	if (add != NULL) {
		buf_printf(out, "%s\"%s\":%s", sep, add, ed->value);
		ed->done = true;
	}
	buf_puts(out, "}");
}

static void array(struct buf *out, struct edit *ed, const struct js_at *at,
                  const char *here)
{
	const char *sep = "";

	buf_puts(out, "[");
	for (size_t i = 0; i < js_count(at); i++) {
		struct js_at m = js_element(at, i);
		SCOPED(free)
		char *way = xasprintf("%s[%zu]", here, i);

		if (is_removed(ed, way))
			continue;
		buf_puts(out, sep);
		member(out, ed, &m, way);
		sep = ",";
	}
	buf_puts(out, "]");
}

static void copy(struct buf *out, struct edit *ed, const struct js_at *at,
                 const char *here)
{
	size_t n;

	if (js_is_object(at, NULL) == 0)
		object(out, ed, at, here);
	else if (js_array(&n, at, 0, SIZE_MAX, NULL) == 0)
		array(out, ed, at, here);
	else
		must(canon_write(out, at, NULL) == 0, ed);
}

char *json_edit(const char *text, const char *path, const char *value)
{
	struct edit ed = {path, value, false};
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(TEXT_MAX);
	struct js_at root;

	must(js_parse(&doc, "edit", text, strlen(text), NULL) == 0, &ed);
	root = js_root(&doc);
	copy(&out, &ed, &root, "");
	must(ed.done && !buf_failed(&out), &ed);
	return buf_take(&out);
}
