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

TEST(the_largest_integers_are_exact)
{
	int64_t n;
	DOC("[9007199254740991,-9007199254740991,0]");

	for (size_t i = 0; i < 3; i++) {
		static const int64_t want[] = {NUM_JSON_MAX, -NUM_JSON_MAX, 0};
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

	for (struct js_at m = js_first(&top); m.value; m = js_next(&m)) {
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
	ck_assert_ptr_null(d.nodes);
	ck_assert_ptr_null(d.root);
	js_fini(&d);
}
