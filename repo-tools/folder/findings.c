#include "config.h"

#include "repo-tools/folder/findings.h"

#include "lib/base/mem.h"
#include "lib/base/utf8.h"

#include <stdarg.h>
#include <string.h>

static const struct {
	const char *name, *word;
} kinds[] = {
	/* clang-format off */
	[FINDING_OK]      = {"ok",      "ok      "},
	[FINDING_PENDING] = {"pending", "pending "},
	[FINDING_MISSING] = {"missing", "missing "},
	[FINDING_WARNING] = {"warning", "WARNING "},
	[FINDING_EXPIRED] = {"expired", "EXPIRED "},
	[FINDING_BROKEN]  = {"broken",  "BROKEN  "},
	/* clang-format on */
};

void findings_fini(struct findings *f)
{
	free(f->items);
	*f = (struct findings){0};
}

static struct finding *add(struct findings *f, enum finding_kind kind,
                           const char *code)
{
	struct finding *item;

	VEC_GROW(f);
	item = &f->items[f->len++];
	item->kind = kind;
	(void)snprintf(item->code, sizeof(item->code), "%s", code);
	return item;
}

void findings_add(struct findings *f, enum finding_kind kind, const char *code,
                  const char *fmt, ...)
{
	struct finding *item = add(f, kind, code);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(item->text, sizeof(item->text), fmt, ap);
	va_end(ap);
	utf8_mend(item->text);
}

void findings_refusal(struct findings *f, enum finding_kind kind,
                      const struct err *e)
{
	findings_add(f, kind, e->code, "%s", e->msg);
}

size_t findings_count(const struct findings *f, enum finding_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < f->len; i++)
		n += f->items[i].kind == kind;
	return n;
}

void findings_print(const struct findings *f, const struct cli *c)
{
	for (size_t i = 0; i < f->len; i++)
		cli_print(c, "%s%s\n", kinds[f->items[i].kind].word,
		          f->items[i].text);
}

void findings_write(const struct findings *f, struct jw *w)
{
	jw_array(w);
	for (size_t i = 0; i < f->len; i++) {
		jw_object(w);
		jw_put_str(w, "kind", kinds[f->items[i].kind].name);
		jw_put_str(w, "code", f->items[i].code);
		jw_put_str(w, "text", f->items[i].text);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static int worst(const struct findings *f, enum finding_kind kind,
                 enum err_kind as, struct err *e)
{
	size_t more = findings_count(f, kind);

	for (size_t i = 0; i < f->len; i++) {
		if (f->items[i].kind != kind)
			continue;
		if (more == 1)
			return err_code(e, as, f->items[i].code, "%s",
			                f->items[i].text);
		return err_code(e, as, f->items[i].code, "%.300s; and %zu more",
		                f->items[i].text, more - 1);
	}
	return 0;
}

/* Of what it may not read this program knows nothing. */
static int unread(const struct findings *f, struct err *e)
{
	for (size_t i = 0; i < f->len; i++)
		if (strcmp(f->items[i].code, "file_access") == 0)
			return err_code(e, ERR_IO, f->items[i].code, "%s",
			                f->items[i].text);
	return 0;
}

int findings_verdict(const struct findings *f, struct err *e)
{
	if (unread(f, e) != 0)
		return -1;
	if (worst(f, FINDING_BROKEN, ERR_UNTRUSTED, e) != 0)
		return -1;
	return worst(f, FINDING_EXPIRED, ERR_EXPIRED, e);
}
