#include "config.h"

#include "lib/base/mem.h"
#include "lib/lint/raw.h"
#include "tests/support/runner.h"

#include <stdlib.h>
#include <string.h>

TEST(what_is_no_json_is_refused_with_its_place)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		/* clang-format off */
		{"", "byte 0: a value is needed"},
		{" ", "a value is needed"},
		{"{} x", "byte 3: something after"},
		{"{", "a string is needed"},
		{"{\"a\"}", "a ':' is needed"},
		{"{\"a\":1,}", "a string is needed"},
		{"[1,]", "a value is needed"},
		{"[1 2]", "a ',' or an end"},
		{"[1}", "a ',' or an end"},
		{"01", "something after"},
		{"-", "a value is needed"},
		{"1.", "a digit is needed"},
		{"1e", "a digit is needed"},
		{"+1", "a value is needed"},
		{"nul", "a value is needed"},
		{"\"a", "the string has no end"},
		{"\"\\", "the string has no end"},
		{"\"\\\"", "the string has no end"},
		{"\"\\x\"", "an unknown escape"},
		{"\"\\u12\"", "escape of four"},
		{"\"\\u12g4\"", "a hex digit"},
		{"\"\\ud800\"", "surrogate"},
		{"\"\\udc00\"", "surrogate"},
		{"\"\\ud800\\u0041\"", "surrogate"},
		{"\"\xff\"", "not UTF-8"},
		{"\"\xc0\x80\"", "not UTF-8"},
		{"\"\xe0\x9f\xbf\"", "not UTF-8"},
		{"\"\xed\xa0\x80\"", "not UTF-8"},
		{"\"\xf4\x90\x80\x80\"", "not UTF-8"},
		{"\"\xe2\x82\"", "not UTF-8"},
		{"\"a\nb\"", "a control character"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(raw_fini)
		struct raw_doc d = {0};
		struct err e = {0};

		ASSERT_CODE(
			raw_parse(&d, cases[i].text, strlen(cases[i].text), &e),
			"json_syntax");
		ASSERT_SAYS(cases[i].says);
	}
}

TEST(no_beginning_of_a_text_reads_past_its_end)
{
	static const char text[] = "{\"a\":[1,-2.5e+3,true,false,null,{}],"
				   "\"b\\u00e9\\n\":\"\\ud83d\\ude00 \xc3\xa9 "
				   "\\\"\\\\\"}";

	for (size_t n = 0; n < sizeof(text); n++) {
		SCOPED(raw_fini)
		struct raw_doc d = {0};
		SCOPED(free)
		char *cut = xmalloc(n + 1);

		/* Of exactly n bytes, so that a sanitizer sees a step too far.
		 */
		cut = xreallocarray(cut, n == 0 ? 1 : n, 1);
		memcpy(cut, text, n);
		ck_assert_int_eq(raw_parse(&d, cut, n, NULL) == 0,
		                 n == sizeof(text) - 1);
	}
}

TEST(everything_is_kept_as_it_stands)
{
	static const char text[] =
		"{\"n\":1.0,\"n\":-0,\"\\u0000\":\"a\\u0000b\","
		"\"l\":[1,9007199254740991,9007199254740992]}";
	SCOPED(raw_fini)
	struct raw_doc d = {0};
	struct err e = {0};
	char where[32];
	int64_t n;

	ASSERT_OK(raw_parse(&d, text, strlen(text), &e));
	ck_assert_uint_eq(d.root->n, 4);
	ck_assert(raw_is(&raw_get(d.root, "n")->source, "1.0"));
	ck_assert(raw_is(&raw_get(d.root, "n")->next->source, "-0"));
	ck_assert(!raw_integer(&n, raw_get(d.root, "n")));
	ck_assert(!raw_integer(&n, raw_get(d.root, "n")->next));
	const struct raw_node *nul = raw_get(d.root, "n")->next->next;
	ck_assert_uint_eq(nul->key.len, 1);
	ck_assert_mem_eq(nul->text.bytes, "a\0b", 3);
	const struct raw_node *l = raw_get(d.root, "l");
	ck_assert(raw_integer(&n, l->first) && n == 1);
	ck_assert(raw_integer(&n, l->first->next) &&
	          n == INT64_C(9007199254740991));
	ck_assert(!raw_integer(&n, l->first->next->next));
	raw_where(where, sizeof(where), l->first->next);
	ck_assert_str_eq(where, "l[1]");
}

TEST(nesting_is_bounded)
{
	char deep[2 * (RAW_DEPTH_MAX + 1)];

	for (size_t depth = RAW_DEPTH_MAX; depth <= RAW_DEPTH_MAX + 1;
	     depth++) {
		SCOPED(raw_fini)
		struct raw_doc d = {0};
		struct err e = {0};

		memset(deep, '[', depth);
		memset(deep + depth, ']', depth);
		if (depth == RAW_DEPTH_MAX)
			ASSERT_OK(raw_parse(&d, deep, 2 * depth, &e));
		else
			ASSERT_CODE(raw_parse(&d, deep, 2 * depth, &e),
			            "json_depth");
	}
}
