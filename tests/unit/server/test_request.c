#include "config.h"

#include "server/http/percent.h"
#include "server/http/request.h"
#include "tests/support/runner.h"

#include <string.h>

struct fixture {
	struct arena arena;
	struct request q;
};

static void setup(struct fixture *f, const char *query)
{
	arena_init(&f->arena, 4096);
	f->q = (struct request){.query = query, .arena = &f->arena};
}

TEST(methods_are_words_in_capitals)
{
	ck_assert_int_eq(method_parse("GET"), GET);
	ck_assert_int_eq(method_parse("OPTIONS"), OPTIONS);
	ck_assert_int_eq(method_parse("get"), -1);
	ck_assert_int_eq(method_parse(""), -1);
	for (int m = 0; m < METHOD_COUNT; m++)
		ck_assert_int_eq(method_parse(method_name((enum method)m)), m);
}

TEST(a_query_parameter_is_found_and_decoded)
{
	static const struct {
		const char *query, *name, *value;
	} rows[] = {
		{"a=1&b=2", "a", "1"},  {"a=1&b=2", "b", "2"},
		{"a=1&b=2", "c", NULL}, {"", "a", NULL},
		{"a", "a", ""},         {"a=", "a", ""},
		{"aa=1&a=2", "a", "2"}, {"a=x%20y+z%2B", "a", "x y z+"},
		{"a=b=c", "a", "b=c"},  {"&&a=1&", "a", "1"},
		{"ab=1", "a", NULL},    {"b&a=1", "a", "1"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		const char *value;
		struct err e;

		setup(&f, rows[i].query);
		ASSERT_OK(request_query(&value, &f.q, rows[i].name, &e));
		if (rows[i].value == NULL)
			ck_assert_ptr_null(value);
		else
			ck_assert_str_eq(value, rows[i].value);
		arena_fini(&f.arena);
	}
}

TEST(a_query_parameter_that_is_there_twice_is_refused)
{
	struct fixture f;
	const char *value;
	struct err e;

	setup(&f, "a=1&b=2&a=1");
	ASSERT_ERR(request_query(&value, &f.q, "a", &e), ERR_INVALID);
	ASSERT_SAYS("more than once");
	ASSERT_OK(request_query(&value, &f.q, "b", &e));
	arena_fini(&f.arena);
}

TEST(a_number_in_the_query_has_a_range_and_a_fallback)
{
	struct fixture f;
	int64_t n;
	struct err e;

	setup(&f, "limit=50&bad=x&big=1000");
	ASSERT_OK(request_query_int(&n, &f.q, "limit", 10, 1, 100, &e));
	ck_assert_int_eq(n, 50);
	ASSERT_OK(request_query_int(&n, &f.q, "absent", 10, 1, 100, &e));
	ck_assert_int_eq(n, 10);
	ASSERT_ERR(request_query_int(&n, &f.q, "bad", 10, 1, 100, &e),
	           ERR_INVALID);
	ASSERT_ERR(request_query_int(&n, &f.q, "big", 10, 1, 100, &e),
	           ERR_INVALID);
	arena_fini(&f.arena);
}

TEST(headers_are_found_without_case_and_without_blanks_behind)
{
	static const struct header h[] = {
		{"Host", "x"}, {"If-None-Match", "\"v1\" \t"}, {"host", "y"}};
	struct fixture f;

	setup(&f, "");
	f.q.headers = h;
	f.q.n_headers = 3;
	ck_assert_str_eq(request_header(&f.q, "HOST"), "x");
	ck_assert_str_eq(request_header(&f.q, "if-none-match"), "\"v1\"");
	ck_assert_ptr_null(request_header(&f.q, "Hos"));
	arena_fini(&f.arena);
}

TEST(a_request_id_is_short_and_harmless)
{
	char longest[REQUEST_ID_MAX + 2];

	memset(longest, 'a', sizeof(longest));
	longest[REQUEST_ID_MAX] = '\0';
	ck_assert(request_id_is_valid(longest));
	longest[REQUEST_ID_MAX] = 'a';
	longest[REQUEST_ID_MAX + 1] = '\0';
	ck_assert(!request_id_is_valid(longest));
	ck_assert(request_id_is_valid("A.b_c-9"));
	ck_assert(!request_id_is_valid(""));
	ck_assert(!request_id_is_valid("a b"));
	ck_assert(!request_id_is_valid("a\"b"));
	ck_assert(!request_id_is_valid("\xc3\xa9"));
}

TEST(percent_escapes_are_decoded_or_refused)
{
	static const struct {
		const char *text, *value; /* NULL: refused */
	} rows[] = {
		{"", ""},         {"a+b", "a+b"},
		{"%41%7a", "Az"}, {"%4", NULL},
		{"%", NULL},      {"a%", NULL},
		{"%g1", NULL},    {"%1g", NULL},
		{"%00", NULL},    {"%c3%A9", "\xc3\xa9"},
	};
	char out[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc =
			percent_decode(out, rows[i].text, strlen(rows[i].text));

		ck_assert_int_eq(rc, rows[i].value != NULL ? 0 : -1);
		if (rc == 0)
			ck_assert_str_eq(out, rows[i].value);
	}
	/* The escape does not reach over the end that was told. */
	ck_assert_int_eq(percent_decode(out, "%41", 2), -1);
}
