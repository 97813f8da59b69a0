#include "config.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/runner.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

static int parse(struct js_doc *d, const char *text, struct err *e)
{
	return js_parse(d, "doc", text, strlen(text), e);
}

TEST(what_readers_disagree_about_is_refused_and_its_place_is_named)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		/* clang-format off */
		/* More or less than one value. */
		{"", "1 column 1: the text ends, a value is needed"},
		{" ", "1 column 2: the text ends, a value is needed"},
		{"\n\n ", "line 3 column 2: the text ends, a value"},
		{"[1] 2", "1 column 5: '2', the end is needed"},
		{"[1],", "1 column 4: ',', the end"},
		{"[1]]", "1 column 4: ']', the end"},
		{"[1] // x", "1 column 5: '/', the end"},
		{"1 2", "1 column 3: '2', the end"},
		{"\"a\"\"b\"", "1 column 4: '\"', the end"},
		{"\xef\xbb\xbf[]", "1 column 1: byte 0xef, a value is needed"},
		{"\xe2\x80\x83[]", "byte 0xe2, a value"}, /* U+2003 is no space */
		{"[]\x0c", "1 column 3: byte 0x0c, the end"},
		{"\x0b[]", "1 column 1: byte 0x0b, a value"},
		/* Containers. */
		{"[", "1 column 2: the text ends, a value"},
		{"[1", "1 column 3: the text ends, ',' or ']' is needed"},
		{"[1,]", "1 column 4: ']', a value is needed"},
		{"[,1]", "1 column 2: ',', a value"},
		{"[1,,2]", "1 column 4: ',', a value"},
		{"[1 2]", "1 column 4: '2', ',' or ']' is needed"},
		{"[1}", "1 column 3: '}', ',' or ']'"},
		{"]", "1 column 1: ']', a value"},
		{"{", "1 column 2: the text ends, a name in quotes is needed"},
		{"{\"a\":1,}", "1 column 8: '}', a name in quotes"},
		{"{,}", "1 column 2: ',', a name"},
		{"{a:1}", "1 column 2: 'a', a name"},
		{"{1:1}", "1 column 2: '1', a name"},
		{"{'a':1}", "1 column 2: ''', a name"},
		{"{\"a\"}", "1 column 5: '}', ':' is needed"},
		{"{\"a\" 1}", "1 column 6: '1', ':'"},
		{"{\"a\":}", "1 column 6: '}', a value"},
		{"{\"a\":1", "1 column 7: the text ends, ',' or '}' is needed"},
		{"{\"a\":1]", "1 column 7: ']', ',' or '}'"},
		{"{\"a\"::1}", "1 column 6: ':', a value"},
		{"{\"a\":1 \"b\":2}", "1 column 8: '\"', ',' or '}'"},
		/* Names. */
		{"{\"a\":1,\"a\":1}", "1 column 8: the name 'a' is a duplicate"},
		{"{\"a\":{\"b\":1,\"b\":2}}", "1 column 13: the name 'b'"},
		{"{\"a\":1,\"\\u0061\":2}", "1 column 8: the name 'a'"},
		{"{\"b\":1,\"a\":1,\n\"b\":1}", "line 2 column 1: the name 'b'"},
		{"{\"\":1,\"\":2}", "the name '' is a duplicate"},
		/* Numbers. */
		{"[01]", "1 column 2: a number that begins with zero"},
		{"[-01]", "1 column 3: a number that begins with zero"},
		{"[00]", "begins with zero"},
		{"[-]", "1 column 3: ']', a digit is needed"},
		{"[--1]", "1 column 3: '-', a digit"},
		{"-", "1 column 2: the text ends, a digit"},
		{"[- 1]", "1 column 3: byte 0x20, a digit"},
		{"[+1]", "1 column 2: '+', a value"},
		{"[.5]", "1 column 2: '.', a value"},
		{"[-.5]", "1 column 3: '.', a digit"},
		{"[NaN]", "1 column 2: 'N', a value"},
		{"[-Infinity]", "1 column 3: 'I', a digit"},
		{"[0x10]", "1 column 3: 'x', ',' or ']'"},
		{"[1_000]", "1 column 3: '_', ',' or ']'"},
		{"[1.0]", "1 column 2: numbers are integers here"},
		{"[1.5]", "numbers are integers"},
		{"[1.]", "numbers are integers"},
		{"[1e2]", "numbers are integers"},
		{"[1E+2]", "numbers are integers"},
		{"[-0.0]", "numbers are integers"},
		{"[1e999]", "numbers are integers"},
		{"[-0]", "1 column 2: zero has no sign"},
		{"[9007199254740992]", "1 column 2: the integer is beyond 2^53 - 1"},
		{"[-9007199254740992]", "beyond 2^53 - 1"},
		{"[9223372036854775808]", "beyond 2^53 - 1"},
		{"[18446744073709551617]", "beyond 2^53 - 1"},
		{"[340282366920938463463374607431768211457]", "beyond 2^53 - 1"},
		/* Words. */
		{"nul", "1 column 1: 'n', a value"},
		{"True", "1 column 1: 'T', a value"},
		{"truex", "1 column 5: 'x', the end"},
		{"[true false]", "1 column 7: 'f', ',' or ']'"},
		{"undefined", "1 column 1: 'u', a value"},
		/* Strings. */
		{"['a']", "1 column 2: ''', a value"},
		{"\"a", "1 column 3: the text ends within a string"},
		{"\"a\\", "1 column 3: a backslash that begins no escape"},
		{"[\"\n\"]", "1 column 3: a control byte 0x0a in a string"},
		{"[\"\t\"]", "a control byte 0x09 in a string"},
		{"[\"long enough\x1f\"]", "1 column 14: a control byte 0x1f"},
		{"[\"\\x41\"]", "1 column 3: a backslash that begins no escape"},
		{"[\"\\'\"]", "begins no escape"},
		{"[\"\\U0041\"]", "begins no escape"},
		{"[\"\\u004\"]", "1 column 3: \\u without four hex digits"},
		{"[\"\\u00g0\"]", "without four hex digits"},
		{"[\"\\u+041\"]", "without four hex digits"},
		{"\"\\u00", "without four hex digits"},
		{"[\"\\u0000\"]", "1 column 3: \\u0000 in a string"},
		{"{\"\\u0000\":1}", "\\u0000 in a string"},
		{"[\"\\ud800\"]", "1 column 3: half a surrogate pair"},
		{"[\"\\udbffx\"]", "half a surrogate pair"},
		{"[\"\\ud800\\n\"]", "half a surrogate pair"},
		{"[\"\\ud800\\u0041\"]", "half a surrogate pair"},
		{"[\"\\ud800\\ud800\"]", "half a surrogate pair"},
		{"[\"\\udc00\\ud800\"]", "half a surrogate pair"},
		{"[\"\\ud800\\ue000\"]", "half a surrogate pair"},
		/* UTF-8; columns are characters. */
		{"[\"\xc3\xa9\xff\"]", "1 column 4: a byte 0xff that is not UTF-8"},
		{"[\"\x80\"]", "not UTF-8"},
		{"[\"\xc0\xaf\"]", "not UTF-8"},         /* overlong */
		{"[\"\xe0\x80\xaf\"]", "not UTF-8"},     /* overlong */
		{"[\"\xf0\x80\x80\xaf\"]", "not UTF-8"}, /* overlong */
		{"[\"\xed\xa0\x80\"]", "not UTF-8"},     /* a surrogate */
		{"[\"\xf4\x90\x80\x80\"]", "not UTF-8"}, /* above U+10FFFF */
		{"[\"\xf8\x88\x80\x80\x80\"]", "not UTF-8"},
		{"[\"\xc3\"]", "not UTF-8"},
		{"\"\xf0\x9f\x98", "not UTF-8"},
		{"{\"\xff\":1}", "1 column 3: a byte 0xff"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(js_fini)
		struct js_doc d = {0};

		ASSERT_ERR(parse(&d, cases[i].text, &e), ERR_INVALID);
		ck_assert_msg(strncmp(e.msg, "doc: line ", 10) == 0, "%s",
		              e.msg);
		ASSERT_SAYS(cases[i].says);
	}
}

TEST(what_the_grammar_allows_is_read)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		/* clang-format off */
		{"0", "0"},
		{" \t\r\n1 \t\r\n", "1"},
		{"true", "true"},
		{"false", "false"},
		{"null", "null"},
		{"\"\"", "\"\""},
		{"[ ]", "[]"},
		{"{ }", "{}"},
		{"[[],{},[[ ]]]", "[[],{},[[]]]"},
		{"{ \"a\" : 1 , \"b\" :\n[ 2 , 3 ] }", "{\"a\":1,\"b\":[2,3]}"},
		{"[-1,10,100]", "[-1,10,100]"},
		{"\"\\u0041\\u00E9\\u20ac\\uFFFF\"", "\"A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf\""},
		{"\"\\u007f\\u0080\\u07ff\\u0800\"", "\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\""},
		{"\"\\ud800\\udc00\\udbff\\udfff\"", "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""},
		{"\"\x7f\"", "\"\x7f\""},
		{"\"\xed\x9f\xbf\xee\x80\x80\xef\xbb\xbf\"", "\"\xed\x9f\xbf\xee\x80\x80\xef\xbb\xbf\""},
		{"\"seven b\\nand more than eight behind it\"", "\"seven b\nand more than eight behind it\""},
		{"{\"\":0,\" \":1}", "{\"\":0,\" \":1}"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(js_fini)
		struct js_doc d = {0};
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(4096);

		ASSERT_OK(parse(&d, cases[i].text, &e));
		struct js_at top = js_root(&d);
		ASSERT_OK(canon_write(&b, &top, &e));
		ck_assert_str_eq(buf_str(&b), cases[i].canonical);
	}
}

/* The bytes that end the plain part of a string, at every distance from its
 * beginning and from the end of a word of eight. */
TEST(a_string_ends_where_it_ends_at_every_length)
{
	static const char *const in_it[] = {"",         "\\n",     "\\\"",
	                                    "\xc3\xa9", "\\u00e9", "\x7f"};
	static const char *const meant[] = {"",         "\n",       "\"",
	                                    "\xc3\xa9", "\xc3\xa9", "\x7f"};

	for (size_t before = 0; before < 20; before++)
		for (size_t behind = 0; behind < 20; behind++)
			for (size_t k = 0; k < ARRAY_LEN(in_it); k++) {
				char text[64], want[64];
				struct err e = {0};
				SCOPED(js_fini)
				struct js_doc d = {0};
				const char *got;

				(void)snprintf(text, sizeof(text),
				               "\"%.*s%s%.*s\"", (int)before,
				               "aaaaaaaaaaaaaaaaaaaa", in_it[k],
				               (int)behind,
				               "bbbbbbbbbbbbbbbbbbbb");
				(void)snprintf(want, sizeof(want), "%.*s%s%.*s",
				               (int)before,
				               "aaaaaaaaaaaaaaaaaaaa", meant[k],
				               (int)behind,
				               "bbbbbbbbbbbbbbbbbbbb");
				ASSERT_OK(parse(&d, text, &e));
				struct js_at top = js_root(&d);
				ASSERT_OK(js_as_str(&got, &top, 64, &e));
				ck_assert_str_eq(got, want);
			}
}

TEST(a_byte_of_zero_ends_nothing)
{
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc d = {0};

	ASSERT_ERR(js_parse(&d, "doc", "[]\0", 3, &e), ERR_INVALID);
	ASSERT_SAYS("column 3: byte 0x00, the end is needed");
	ASSERT_ERR(js_parse(&d, "doc", "[\"a\0b\"]", 7, &e), ERR_INVALID);
	ASSERT_SAYS("column 4: a control byte 0x00 in a string");
	ASSERT_ERR(js_parse(&d, "doc", "[1\0]", 4, &e), ERR_INVALID);
	ASSERT_SAYS("column 3: byte 0x00, ',' or ']' is needed");
	ASSERT_ERR(js_parse(&d, "doc", "true\0", 5, &e), ERR_INVALID);
	ASSERT_SAYS("column 5: byte 0x00, the end is needed");
	ASSERT_ERR(js_parse(&d, "doc", NULL, 0, &e), ERR_INVALID);
	/* And what lies behind the length is not read. */
	ASSERT_OK(js_parse(&d, "doc", "[]xxx", 2, &e));
}

TEST(nesting_ends_at_32)
{
	for (int depth = JS_DEPTH_MAX; depth <= JS_DEPTH_MAX + 1; depth++) {
		struct err e = {0};
		SCOPED(js_fini)
		struct js_doc d = {0};
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(4096);

		for (int i = 0; i < depth; i++)
			buf_puts(&b, i % 2 ? "{\"a\":" : "[");
		buf_puts(&b, "1");
		for (int i = depth; i-- > 0;)
			buf_puts(&b, i % 2 ? "}" : "]");
		if (depth == JS_DEPTH_MAX)
			ASSERT_OK(parse(&d, buf_str(&b), &e));
		else
			ASSERT_ERR(parse(&d, buf_str(&b), &e), ERR_INVALID);
	}
}

TEST(brackets_in_strings_do_not_nest)
{
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc d = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);

	buf_puts(&b, "[\"\\\\\\\"");
	for (int i = 0; i < 100; i++)
		buf_puts(&b, "[{");
	buf_puts(&b, "\"]");
	ASSERT_OK(parse(&d, buf_str(&b), &e));
}

TEST(a_million_brackets_are_refused_without_recursion)
{
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc d = {0};
	size_t n = 1000000;
	SCOPED(free)
	char *deep = xmalloc(n);

	memset(deep, '[', n);
	ASSERT_ERR(js_parse(&d, "doc", deep, n, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: line 1 column 33: nested deeper than 32");
}

/* ---- many members ---- */

/* Names of which all but the end is the same. */
static void put_member(struct buf *b, size_t i, size_t number)
{
	buf_printf(b, "%c\"a rather long name that begins alike %06zu\":%zu",
	           i == 0 ? '{' : ',', number, number);
}

/* All of them are found, their order is the file's, and the canonical form
 * has them in byte order. */
static void check_many(const struct buf *text, size_t n)
{
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc d = {0};
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(text->len);
	SCOPED(buf_fini)
	struct buf want = BUF_INIT(text->len);
	int64_t found = 0, sum = 0;

	ASSERT_OK(js_parse(&d, "doc", text->data, text->len, &e));
	struct js_at top = js_root(&d);
	ck_assert_uint_eq(js_count(&top), n);
	for (struct js_at m = js_first(&top); m.value; m = js_next(&m)) {
		ASSERT_OK(js_get_int(&found, &top, m.key, 0, 1 << 20, &e));
		ck_assert_int_eq(found, atoll(m.key + strlen(m.key) - 6));
		sum += found;
	}
	ck_assert_int_eq(sum, (int64_t)(n * (n - 1) / 2));
	ck_assert(!js_has(&top, ""));
	ck_assert(!js_has(&top, "a rather long name that begins alike"));
	ck_assert(!js_has(&top, "zzz"));
	for (size_t i = 0; i < n; i++)
		put_member(&want, i, i);
	buf_putc(&want, '}');
	ASSERT_OK(canon_write(&canonical, &top, &e));
	ck_assert_str_eq(buf_str(&canonical), buf_str(&want));
}

/* A reader that compares each name with each would not come back. */
TEST(a_hundred_thousand_members_in_any_order_take_no_time)
{
	const size_t n = 100000;

	for (int order = 0; order < 4; order++) {
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(16u << 20);

		for (size_t i = 0; i < n; i++) {
			size_t zigzag = i % 2 ? n - 1 - i / 2 : i / 2;
			const size_t number[] = {i, n - 1 - i, i * 38119 % n,
			                         zigzag};

			put_member(&b, i, number[order]);
		}
		buf_putc(&b, '}');
		check_many(&b, n);
	}
}

TEST(a_duplicate_is_found_among_many_wherever_it_stands)
{
	const size_t n = 1000;

	for (int reversed = 0; reversed < 2; reversed++)
		for (size_t again = 0; again < n; again += 37) {
			struct err e = {0};
			SCOPED(js_fini)
			struct js_doc d = {0};
			SCOPED(buf_fini)
			struct buf b = BUF_INIT(1u << 20);
			char says[32];

			for (size_t i = 0; i < n; i++)
				put_member(&b, i, reversed ? n - 1 - i : i);
			put_member(&b, n, again);
			buf_putc(&b, '}');
			(void)snprintf(says, sizeof(says),
			               "alike %06zu' is a dup", again);
			ASSERT_ERR(parse(&d, buf_str(&b), &e), ERR_INVALID);
			ASSERT_SAYS(says);
		}
}

TEST(an_object_of_any_size_finds_its_members_and_no_others)
{
	for (size_t n = 0; n < 40; n++)
		for (size_t step = 1; step < 41; step += 39) {
			struct err e = {0};
			SCOPED(js_fini)
			struct js_doc d = {0};
			SCOPED(buf_fini)
			struct buf b = BUF_INIT(4096);
			int64_t v;

			buf_putc(&b, '{');
			for (size_t i = 0; i < n; i++)
				buf_printf(&b, "%s\"%02zu\":%zu", i ? "," : "",
				           i * step % 41 * 2, i);
			buf_putc(&b, '}');
			ASSERT_OK(parse(&d, buf_str(&b), &e));
			struct js_at top = js_root(&d);
			for (size_t i = 0; i < 99; i++) {
				char key[8];

				(void)snprintf(key, sizeof(key), "%02zu", i);
				if (js_get_int(&v, &top, key, 0, 99, NULL) == 0)
					ck_assert_uint_eq(
						(size_t)v * step % 41 * 2, i);
				else
					v = -1;
				ck_assert_int_eq(js_has(&top, key), v >= 0);
			}
			ck_assert_uint_eq(js_count(&top), n);
		}
}

TEST(names_that_begin_alike_are_not_the_same)
{
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc d = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);

	ASSERT_OK(parse(
		&d,
		"{\"ab\":1,\"a\":2,\"abc\":3,\"\":4,\"b\":5,\"aa\":6,"
		"\"abcd\":7,\"abcdefgh\":8,\"abcdefghi\":9,\"abcdefg\":10}",
		&e));
	struct js_at top = js_root(&d);
	ASSERT_OK(canon_write(&b, &top, &e));
	ck_assert_str_eq(
		buf_str(&b),
		"{\"\":4,\"a\":2,\"aa\":6,\"ab\":1,\"abc\":3,\"abcd\":7,"
		"\"abcdefg\":10,\"abcdefgh\":8,\"abcdefghi\":9,\"b\":5}");
}

/* ---- memory ---- */

/* What js.h promises: 25 bytes for each of the text's at most, and one
 * node's worth. */
TEST(a_document_takes_memory_in_proportion)
{
	static const char *const pieces[] = {
		"0,",           "[],",      "{},",       "\"\",",
		"[0],",         "[[],[]],", "\"[[[[\",", "\",,,\",",
		"\"\\u00e9\",", "{\"\":0},"};

	for (size_t k = 0; k < ARRAY_LEN(pieces); k++) {
		struct err e = {0};
		SCOPED(js_fini)
		struct js_doc d = {0};
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(2u << 20);

		buf_putc(&b, '[');
		while (b.len < 1u << 20)
			buf_puts(&b, pieces[k]);
		buf_puts(&b, "0]");
		ASSERT_OK(parse(&d, buf_str(&b), &e));
		ck_assert_uint_le(malloc_usable_size(d.nodes), 25 * b.len + 64);
	}
}

TEST(a_document_without_memory_is_refused)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(65536);
	long n = 0;

	for (size_t i = 0; i < 100; i++)
		put_member(&b, i, 99 - i);
	buf_puts(&b, ",\"x\":{\"b\":[],\"a\":\"\\n\"}}");
	for (;; n++) {
		struct err e = {0};
		SCOPED(js_fini)
		struct js_doc d = {0};
		int got;

		failing_malloc_arm(n);
		got = js_parse(&d, "doc", buf_str(&b), b.len, &e);
		if (!failing_malloc_disarm()) {
			ck_assert_int_eq(got, 0);
			break;
		}
		ck_assert_int_eq(got, -1);
		ck_assert_int_eq(e.kind, ERR_MEMORY);
		ASSERT_SAYS("doc: no memory for");
		ck_assert_ptr_null(d.nodes);
	}
	/* The block, and the names of the hundred and their order. */
	ck_assert_int_eq(n, 3);
}
