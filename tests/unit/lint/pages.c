#include "config.h"

#include "tests/unit/lint/pages.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/json/canon.h"
#include "tests/support/runner.h"

#include <string.h>

char *page_swap(const char *text, const char *from, const char *to, bool all)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT((size_t)16 << 20);
	const char *at = strstr(text, from);

	ck_assert_msg(at != NULL || all, "nothing to replace: %s", from);
	for (; at != NULL; at = all ? strstr(text, from) : NULL) {
		buf_add(&out, text, (size_t)(at - text));
		buf_puts(&out, to);
		text = at + strlen(from);
	}
	buf_puts(&out, text);
	return test_keep(buf_take(&out));
}

const char *page_id_of(const char *key)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(8192);
	char *id = test_keep(xcalloc(1, SHA256_HEX_SIZE));
	struct js_at root;

	ck_assert_int_eq(js_parse(&doc, "key", key, strlen(key), NULL), 0);
	root = js_root(&doc);
	ck_assert_int_eq(canon_write(&canonical, &root, NULL), 0);
	hash_sha256_hex(id, buf_str(&canonical), canonical.len);
	return id;
}

char *page_make(const char *text, const char *key)
{
	return page_swap(page_swap(text, "@KEY@", key, true), "@ID@",
	                 page_id_of(key), true);
}

struct file {
	const char *role, *text;
};

static const struct file clean[] = {{"root", ROOT},
                                    {"timestamp", TIMESTAMP},
                                    {"snapshot", SNAPSHOT},
                                    {"targets", TARGETS}};

const char *page_clean(const char *role)
{
	for (size_t i = 0; i < ARRAY_LEN(clean); i++)
		if (strcmp(clean[i].role, role) == 0)
			return clean[i].text;
	return clean[3].text;
}

void page_lint(struct lint *l, const char *role, const char *text)
{
	lint_file(l, role, 7, text, strlen(text));
}
