#include "config.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "tests/support/runner.h"

#include <string.h>

static int canon(struct buf *out, const char *text, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc d = {0};
	struct js_at top;

	if (js_parse(&d, "doc", text, strlen(text), e) != 0)
		return -1;
	top = js_root(&d);
	return canon_write(out, &top, e);
}

TEST(canonical_form_has_its_vectors)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		/* clang-format off */
		{"{}", "{}"},
		{" [ ] ", "[]"},
		{"null", "null"},
		{"true", "true"},
		{"\"\"", "\"\""},
		{"[ 1 , -1 , 0 ]", "[1,-1,0]"},
		{"9007199254740991", "9007199254740991"},
		{"{\"b\":1,\"a\":2,\"aa\":3,\"B\":4,\"\":5}",
		 "{\"\":5,\"B\":4,\"a\":2,\"aa\":3,\"b\":1}"},
		{"{\"a\":{\"d\":[{\"y\":1,\"x\":2}],\"c\":{}}}",
		 "{\"a\":{\"c\":{},\"d\":[{\"x\":2,\"y\":1}]}}"},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u007f\"",
		 "\"\\\"\\\\/\b\f\n\r\t\x7f\""},
		{"\"\\u00e9\\ud83d\\ude00\"", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
		{"\"\xc3\xa9\"", "\"\xc3\xa9\""},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(4096);

		ASSERT_OK(canon(&b, cases[i].text, &e));
		ck_assert_str_eq(buf_str(&b), cases[i].canonical);
	}
}

TEST(keys_are_in_byte_order_beyond_the_basic_plane_too)
{
	struct err e = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);

	/* UTF-16 would put U+1F600 (d83d…) before U+FFFD. */
	ASSERT_OK(canon(&b,
	                "{\"\\ud83d\\ude00\":1,\"\\ufffd\":2,\"\\u00e9\":3,"
	                "\"z\":4}",
	                &e));
	ck_assert_str_eq(buf_str(&b), "{\"z\":4,\"\xc3\xa9\":3,"
	                              "\"\xef\xbf\xbd\":2,"
	                              "\"\xf0\x9f\x98\x80\":1}");
}

TEST(the_order_of_the_file_changes_nothing)
{
	struct err e = {0};
	SCOPED(buf_fini)
	struct buf a = BUF_INIT(65536);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(65536);
	SCOPED(buf_fini)
	struct buf one = BUF_INIT(65536);
	SCOPED(buf_fini)
	struct buf two = BUF_INIT(65536);

	for (int i = 0; i < 500; i++) {
		buf_printf(&a, "%c\"k%d\":%d", i ? ',' : '{', i, i);
		buf_printf(&b, "%c\"k%d\":%d", i ? ',' : '{', i * 7919 % 500,
		           i * 7919 % 500);
	}
	buf_putc(&a, '}');
	buf_putc(&b, '}');
	ASSERT_OK(canon(&one, buf_str(&a), &e));
	ASSERT_OK(canon(&two, buf_str(&b), &e));
	ck_assert_str_eq(buf_str(&one), buf_str(&two));
}

TEST(the_deepest_document_is_written)
{
	struct err e = {0};
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(4096);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);

	for (int i = 0; i < JS_DEPTH_MAX; i++)
		buf_putc(&text, '[');
	for (int i = 0; i < JS_DEPTH_MAX; i++)
		buf_putc(&text, ']');
	ASSERT_OK(canon(&b, buf_str(&text), &e));
	ck_assert_str_eq(buf_str(&b), buf_str(&text));
}

TEST(a_form_over_the_maximum_is_refused)
{
	struct err e = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(9);

	ASSERT_OK(canon(&b, "[1, 2, 3]", &e));
	buf_reset(&b);
	ASSERT_ERR(canon(&b, "[1, 2, 3, 4, 5]", &e), ERR_TOO_LARGE);
	ck_assert_str_eq(e.msg, "doc: canonical form above 9 bytes");
}

TEST(it_appends_to_what_is_there)
{
	struct err e = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);

	buf_puts(&b, "x");
	ASSERT_OK(canon(&b, "[]", &e));
	ck_assert_str_eq(buf_str(&b), "x[]");
}

TEST(an_object_is_written_without_the_member_that_signs_it)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"{\"v\":1, \"sig\":\"ab\", \"a\":{\"sig\":2}}",
	         "{\"a\":{\"sig\":2},\"v\":1}"},
		{"{\"v\":1}", "{\"v\":1}"},
		{"{\"sig\":\"ab\"}", "{}"},
	};
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SCOPED(js_fini)
		struct js_doc doc = {0};
		SCOPED(buf_fini)
		struct buf out = BUF_INIT(100);
		struct js_at root;

		ASSERT_OK(js_parse(&doc, "t", rows[i].from,
		                   strlen(rows[i].from), &e));
		root = js_root(&doc);
		ASSERT_OK(canon_write_without(&out, &root, "sig", &e));
		ck_assert_str_eq(buf_str(&out), rows[i].to);
	}
	SCOPED(js_fini)
	struct js_doc list = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(100);
	ASSERT_OK(js_parse(&list, "t", "[1]", 3, &e));
	struct js_at root = js_root(&list);
	ASSERT_ERR(canon_write_without(&out, &root, "sig", &e), ERR_INVALID);
}

TEST(canonical_bytes_become_json_of_the_same_value)
{
	static const struct {
		const char *text, *canonical, *json;
	} rows[] = {
		{"{\"a\":[1,\"b\"]}", "{\"a\":[1,\"b\"]}", "{\"a\":[1,\"b\"]}"},
		{"[\"a\\nb\"]", "[\"a\nb\"]", "[\"a\\u000ab\"]"},
		{"{\"\\u001f\":\"\\\"\\\\\\u0001\"}",
	         "{\"\x1f\":\"\\\"\\\\\x01\"}",
	         "{\"\\u001f\":\"\\\"\\\\\\u0001\"}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = {0};
		SCOPED(buf_fini)
		struct buf bytes = BUF_INIT(100);
		SCOPED(buf_fini)
		struct buf json = BUF_INIT(100);
		SCOPED(buf_fini)
		struct buf again = BUF_INIT(100);

		ASSERT_OK(canon(&bytes, rows[i].text, &e));
		ck_assert_str_eq(buf_str(&bytes), rows[i].canonical);
		canon_to_json(&json, buf_str(&bytes), bytes.len);
		ck_assert_str_eq(buf_str(&json), rows[i].json);
		ASSERT_OK(canon(&again, buf_str(&json), &e));
		ck_assert_str_eq(buf_str(&again), buf_str(&bytes));
	}
}

TEST(json_above_its_bound_is_cut_nowhere_and_marked)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(8);

	canon_to_json(&json, "[\"\x01\"]", 5);
	ck_assert(buf_failed(&json));
}
