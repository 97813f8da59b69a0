#include "config.h"

#include "lib/base/mem.h"
#include "lib/json/js.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

static int parse(struct js_doc *d, const char *text, struct err *e)
{
	return js_parse(d, "doc", text, strlen(text), e);
}

/* In every test below: the parsed text's top is `top`. */
#define DOC(text)                         \
	struct err e = {0};               \
	SCOPED(js_fini)                   \
	struct js_doc doc = {0};          \
	ASSERT_OK(parse(&doc, text, &e)); \
	struct js_at top = js_root(&doc)

TEST(what_readers_disagree_about_is_refused)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		/* clang-format off */
		{"", "doc: line"},
		{" ", "doc: line"},
		{"{\"a\":1,\"a\":1}", "duplicate"},
		{"{\"a\":{\"b\":1,\"b\":2}}", "duplicate"},
		{"{\"a\":1,\"\\u0061\":2}", "duplicate"},
		{"[1] 2", "doc: line 1"},
		{"[1],", "doc: line 1"},
		{"[1,]", "doc: line 1"},
		{"{\"a\":1,}", "doc: line 1"},
		{"[01]", "doc: line 1"},
		{"[+1]", "doc: line 1"},
		{"[.5]", "doc: line 1"},
		{"[NaN]", "doc: line 1"},
		{"[1.0]", "doc: [0]: numbers are integers here"},
		{"[1.5]", "numbers are integers"},
		{"[1e2]", "numbers are integers"},
		{"[-0.0]", "numbers are integers"},
		{"[1e999]", "doc: line 1"},
		{"[9007199254740992]", "doc: [0]: the integer is beyond 2^53 - 1"},
		{"[-9007199254740992]", "beyond 2^53 - 1"},
		{"{\"a\":[{\"b\":9007199254740992}]}", "doc: a[0].b: the integer"},
		{"[9223372036854775808]", "doc: line 1"},
		{"['a']", "doc: line 1"},
		{"{a:1}", "doc: line 1"},
		{"[1] // x", "doc: line 1"},
		{"\xef\xbb\xbf[]", "doc: line 1"},
		{"[\"\n\"]", "doc: line"},
		{"[\"\\x41\"]", "doc: line 1"},
		{"[\"\\u0000\"]", "doc: line 1"},
		{"{\"\\u0000\":1}", "doc: line 1"},
		{"[\"\\ud800\"]", "doc: line 1"},
		{"[\"\\udc00\\ud800\"]", "doc: line 1"},
		{"[\"\xff\"]", "doc: line 1"},
		{"[\"\xc0\xaf\"]", "doc: line 1"},         /* overlong */
		{"[\"\xed\xa0\x80\"]", "doc: line 1"},     /* a surrogate */
		{"[\"\xf4\x90\x80\x80\"]", "doc: line 1"}, /* above U+10FFFF */
		{"[\"\xc3\"]", "doc: line 1"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(js_fini)
		struct js_doc d = {0};

		ASSERT_ERR(parse(&d, cases[i].text, &e), ERR_INVALID);
		ASSERT_SAYS(cases[i].says);
	}
}

TEST(a_byte_of_zero_ends_nothing)
{
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc d = {0};

	ASSERT_ERR(js_parse(&d, "doc", "[]\0", 3, &e), ERR_INVALID);
	ASSERT_ERR(js_parse(&d, "doc", "[\"a\0b\"]", 7, &e), ERR_INVALID);
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
	ck_assert_str_eq(e.msg, "doc: nested deeper than 32");
}

TEST(the_largest_integers_are_exact)
{
	int64_t n;
	DOC("[9007199254740991,-9007199254740991,0,-0]");

	for (size_t i = 0; i < 4; i++) {
		static const int64_t want[] = {NUM_JSON_MAX, -NUM_JSON_MAX, 0,
		                               0};
		struct js_at at = js_element(&top, i);

		ASSERT_OK(js_as_int(&n, &at, INT64_MIN, INT64_MAX, &e));
		ck_assert_int_eq(n, want[i]);
	}
}

TEST(a_refusal_names_the_way_to_its_place)
{
	struct js_at list, at;
	int64_t n;
	DOC("{\"stages\":[{\"ppm\":1},{},{\"ppm\":0}]}");

	ASSERT_OK(js_get(&list, &top, "stages", &e));
	at = js_element(&list, 2);
	ASSERT_ERR(js_get_int(&n, &at, "ppm", 1, 1000000, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: stages[2].ppm: 0 is not within 1 to "
	                        "1000000");
	at = js_element(&list, 1);
	ASSERT_ERR(js_get_int(&n, &at, "ppm", 1, 1000000, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: stages[1]: 'ppm' is missing");
	ASSERT_ERR(js_get_int(&n, &list, "ppm", 1, 1000000, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: stages: an array, an object is needed");
	ASSERT_ERR(js_refuse(&top, &e, "is odd"), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: is odd");
}

TEST(a_long_way_keeps_its_end_and_never_overflows)
{
	char name[300], file[12 * 310];
	struct js_at at[12];
	size_t used = 0;
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc doc = {0};

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 11; i++)
		used += (size_t)snprintf(file + used, sizeof(file) - used,
		                         "{\"%s\":", name);
	used += (size_t)snprintf(file + used, sizeof(file) - used, "[7]");
	for (int i = 0; i < 11; i++)
		used += (size_t)snprintf(file + used, sizeof(file) - used, "}");
	ASSERT_OK(parse(&doc, file, &e));
	at[0] = js_root(&doc);
	for (int i = 0; i < 11; i++)
		ASSERT_OK(js_get(&at[i + 1], &at[i], name, &e));
	struct js_at last = js_element(&at[11], 0);
	(void)js_refuse(&last, &e, "is odd");
	ck_assert_uint_lt(strlen(e.msg), ERR_MSG_MAX);
	ck_assert(strncmp(e.msg, "doc: nnn", 8) == 0);
	ASSERT_SAYS("is odd");
}

TEST(members_come_in_the_order_of_the_file)
{
	static const char *const want[] = {"z", "a", "m", "\xc3\xa9", ""};
	size_t n = 0;
	DOC("{\"z\":0,\"a\":1,\"m\":2,\"\\u00e9\":3,\"\":4}");

	for (void *i = js_first(&top); i != NULL; i = js_next(&top, i)) {
		struct js_at m = js_member(&top, i);
		int64_t v;

		ck_assert_str_eq(m.key, want[n]);
		ASSERT_OK(js_as_int(&v, &m, 0, 9, &e));
		ck_assert_int_eq(v, (int64_t)n++);
	}
	ck_assert_uint_eq(n, 5);
	ck_assert_uint_eq(js_count(&top), 5);
}

TEST(unknown_members_are_refused_where_only_some_are_allowed)
{
	static const char *const names[] = {"a", "b", NULL};
	DOC("{\"a\":1,\"c\":2}");
	struct js_at at;

	ASSERT_ERR(js_only(&top, names, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: c: is not known here");
	ck_assert(js_has(&top, "a"));
	ck_assert(!js_has(&top, "b"));
	ASSERT_OK(js_get(&at, &top, "a", &e));
	ck_assert(!js_has(&at, "a"));
}

TEST(an_array_has_its_bounds)
{
	struct js_at at;
	size_t n;
	DOC("{\"a\":[1,2,3],\"b\":{}}");

	ASSERT_OK(js_get_array(&at, &n, &top, "a", 3, 3, &e));
	ck_assert_uint_eq(n, 3);
	ASSERT_ERR(js_get_array(&at, &n, &top, "a", 4, 9, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: a: 3 elements, 4 to 9 are allowed");
	ASSERT_ERR(js_get_array(&at, &n, &top, "a", 0, 2, &e), ERR_INVALID);
	ASSERT_ERR(js_get_array(&at, &n, &top, "b", 0, 2, &e), ERR_INVALID);
	ASSERT_SAYS("an object, an array is needed");
	ASSERT_ERR(js_get_array(&at, &n, &top, "c", 0, 2, &e), ERR_INVALID);
}

/* Asks a value of each type for each type. */
TEST(no_type_passes_for_another)
{
	static const char *const words[] = {"x", NULL};
	DOC("[{},[],\"x\",7,true,null]");
	enum { OBJECT, ARRAY, STRING, INTEGER, BOOLEAN, NOTHING };

	for (size_t i = 0; i < 6; i++) {
		struct js_at at = js_element(&top, i);
		const char *s;
		size_t len;
		int64_t n;
		bool b;
		int w;

		ck_assert_int_eq(js_is_object(&at, &e) == 0, i == OBJECT);
		ck_assert_int_eq(js_array(&len, &at, 0, 9, &e) == 0,
		                 i == ARRAY);
		ck_assert_int_eq(js_as_str(&s, &at, 9, &e) == 0, i == STRING);
		ck_assert_int_eq(js_as_enum(&w, &at, words, &e) == 0,
		                 i == STRING);
		ck_assert_int_eq(js_as_int(&n, &at, 0, 9, &e) == 0,
		                 i == INTEGER);
		ck_assert_int_eq(js_as_bool(&b, &at, &e) == 0, i == BOOLEAN);
		ck_assert_int_eq(js_is_null(&at), i == NOTHING);
		ck_assert_int_ne(js_as_time(&n, &at, &e), 0);
	}
}

TEST(strings_words_times_and_hex_are_bounded_and_whole)
{
	static const char *const words[] = {"go", "hold", NULL};
	DOC("{\"s\":\"four\",\"w\":\"hold\",\"h\":\"00ff\","
	    "\"H\":\"00FF\",\"t\":\"1970-01-01T00:01:00Z\"}");
	const char *s;
	uint8_t bytes[2];
	int64_t t;
	int w;

	ASSERT_OK(js_get_str(&s, &top, "s", 4, &e));
	ck_assert_str_eq(s, "four");
	ASSERT_ERR(js_get_str(&s, &top, "s", 3, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: s: 4 bytes, 3 are allowed");
	ASSERT_OK(js_get_enum(&w, &top, "w", words, &e));
	ck_assert_int_eq(w, 1);
	ASSERT_ERR(js_get_enum(&w, &top, "s", words, &e), ERR_INVALID);
	ASSERT_SAYS("'four' is not one of the known words");
	ASSERT_OK(js_get_hex(bytes, 2, &top, "h", &e));
	ck_assert_int_eq(bytes[1], 0xff);
	ASSERT_ERR(js_get_hex(bytes, 1, &top, "h", &e), ERR_INVALID);
	ASSERT_ERR(js_get_hex(bytes, 2, &top, "H", &e), ERR_INVALID);
	ASSERT_SAYS("4 lower-case hex digits");
	ASSERT_OK(js_get_time(&t, &top, "t", &e));
	ck_assert_int_eq(t, 60);
	ASSERT_ERR(js_get_time(&t, &top, "s", &e), ERR_INVALID);
}

TEST(booleans_and_missing_members_have_their_getters)
{
	DOC("{\"y\":true,\"n\":false}");
	bool b = false;

	ASSERT_OK(js_get_bool(&b, &top, "y", &e));
	ck_assert(b);
	ASSERT_OK(js_get_bool(&b, &top, "n", &e));
	ck_assert(!b);
	ASSERT_ERR(js_get_bool(&b, &top, "x", &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "doc: 'x' is missing");
}

TEST(a_long_name_of_a_document_is_cut)
{
	struct err e = {0};
	SCOPED(js_fini)
	struct js_doc d = {0};
	char name[200];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ASSERT_ERR(js_parse(&d, name, "!", 1, &e), ERR_INVALID);
	ck_assert_uint_eq(strspn(e.msg, "x"), sizeof(d.name) - 1);
}

TEST(a_refused_document_and_a_zeroed_one_can_be_freed)
{
	struct err e = {0};
	struct js_doc d = {0};

	js_fini(&d);
	ASSERT_ERR(parse(&d, "[1.5]", &e), ERR_INVALID);
	ck_assert_ptr_null(d.root);
	js_fini(&d);
}
