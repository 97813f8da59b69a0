#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/words.h"
#include "tests/support/runner.h"

#include <string.h>

static int parse_words(struct words *out, const char *json, bool star,
                       struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};

	if (js_parse(&doc, "doc", json, strlen(json), e) != 0)
		return -1;
	struct js_at root = js_root(&doc);
	return words_parse(out, &root, "l", 3, star, e);
}

TEST(a_list_of_names_is_read_in_its_order)
{
	struct words l;
	struct err e;

	ASSERT_OK(parse_words(&l, "{\"l\":[\"b2\",\"a7\"]}", false, &e));
	ck_assert_uint_eq(l.n, 2);
	ck_assert_str_eq(l.w[0], "b2");
	ck_assert(words_has(&l, "a7") && !words_has(&l, "c1"));
}

TEST(names_that_are_no_names_are_refused)
{
	static const struct {
		const char *json, *says;
		bool star;
	} bad[] = {
		{"{}", "'l' is missing", true},
		{"{\"l\":\"a7\"}", "l: a string, an array is needed", true},
		{"{\"l\":[]}", "0 elements, 1 to 3 are allowed", true},
		{"{\"l\":[\"a\",\"b\",\"c\",\"d\"]}", "4 elements", true},
		{"{\"l\":[\"a\",\"a\"]}", "l[1]: 'a' is listed twice", true},
		{"{\"l\":[\"A7\"]}", "l[0]: 'A7' is not a name", true},
		{"{\"l\":[\"\"]}", "'' is not a name", true},
		{"{\"l\":[\".a\"]}", "'.a' is not a name", true},
		{"{\"l\":[1]}", "l[0]: an integer, a string is needed", true},
		{"{\"l\":[\"*\"]}", "'*' is not a name", false},
		{"{\"l\":[\"a\",\"*\"]}", "l[1]: '*' is not a name", true},
	};
	struct words l;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ASSERT_ERR(parse_words(&l, bad[i].json, bad[i].star, &e),
		           ERR_INVALID);
		ASSERT_SAYS(bad[i].says);
	}
}

TEST(a_star_stands_alone_or_not_at_all)
{
	struct words l;
	struct err e;

	ASSERT_OK(parse_words(&l, "{\"l\":[\"*\"]}", true, &e));
	ck_assert_str_eq(l.w[0], "*");
}

TEST(the_first_word_that_is_not_within_is_named)
{
	struct words a, b;
	const char *missing = NULL;
	struct err e;

	ASSERT_OK(parse_words(&a, "{\"l\":[\"x\",\"z\"]}", false, &e));
	ASSERT_OK(parse_words(&b, "{\"l\":[\"x\",\"y\"]}", false, &e));
	ck_assert(!words_within(&a, &b, &missing));
	ck_assert_str_eq(missing, "z");
	ck_assert(words_within(&a, &a, &missing));
}

TEST(a_star_in_a_halted_list_spans)
{
	const struct cell all = {"*", "*"}, row = {"a7", "*"},
			  column = {"*", "eu"}, one = {"a7", "eu"};

	ck_assert(cells_match(&all, 1, "b2", "us"));
	ck_assert(cells_match(&row, 1, "a7", "us"));
	ck_assert(!cells_match(&row, 1, "b2", "us"));
	ck_assert(cells_match(&column, 1, "b2", "eu"));
	ck_assert(!cells_match(&column, 1, "b2", "us"));
	ck_assert(cells_match(&one, 1, "a7", "eu"));
	ck_assert(!cells_match(&one, 1, "a7", "us"));
	ck_assert(!cells_match(NULL, 0, "a7", "us"));
}

static int parse_head(const char *json, struct doc_head *h, struct err *e)
{
	static const char *const known[] = {"repo", "from", NULL};
	SCOPED(js_fini)
	struct js_doc doc = {0};

	if (js_parse(&doc, "doc", json, strlen(json), e) != 0)
		return -1;
	struct js_at root = js_root(&doc);
	return doc_head_parse(h, &root, "plan/1", known, e);
}

#define HEAD(schema, critical, repo, product)                             \
	"{\"schema\":" schema ",\"critical\":" critical ",\"repo\":" repo \
	",\"product\":" product "}"
#define REPO "\"00112233445566778899aabbccddeeff\""

TEST(a_head_is_read)
{
	struct doc_head h;
	struct err e;

	ASSERT_OK(parse_head(HEAD("\"plan/1\"", "[\"from\"]", REPO, "\"band\""),
	                     &h, &e));
	ck_assert_str_eq(h.repo, "00112233445566778899aabbccddeeff");
	ck_assert_str_eq(h.product, "band");
}

TEST(a_head_that_promises_too_much_or_too_little_is_refused)
{
	static const struct {
		const char *json, *says;
	} bad[] = {
		{"[]", "an array, an object is needed"},
		{HEAD("\"plan/2\"", "[]", REPO, "\"band\""),
	         "schema is 'plan/2', 'plan/1' is needed"},
		{HEAD("\"plan/1\"", "[\"from\",\"laser\"]", REPO, "\"band\""),
	         "critical[1]: 'laser' must be understood"},
		{HEAD("\"plan/1\"", "{}", REPO, "\"band\""), "critical"},
		{HEAD("\"plan/1\"", "[]", "\"0011\"", "\"band\""),
	         "repo: '0011' is no repository identity"},
		{HEAD("\"plan/1\"", "[]",
	              "\"00112233445566778899AABBCCDDEEFF\"", "\"band\""),
	         "32 lower-case hex digits are needed"},
		{HEAD("\"plan/1\"", "[]", REPO, "\"Band\""),
	         "product: 'Band' is not a product"},
		{"{\"schema\":\"plan/1\",\"repo\":" REPO "}",
	         "'critical' is missing"},
	};
	struct doc_head h;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ASSERT_ERR(parse_head(bad[i].json, &h, &e), ERR_INVALID);
		ASSERT_SAYS(bad[i].says);
	}
}

TEST(a_place_that_spans_is_said_in_words)
{
	static const struct {
		const char *hw, *region, *text;
	} rows[] = {{"a7", "eu", "a7/eu"},
	            {"a7", "*", "hardware a7"},
	            {"*", "eu", "region eu"},
	            {"*", "*", "all cells"}};
	char out[CELL_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_str_eq(cell_text(out, rows[i].hw, rows[i].region),
		                 rows[i].text);
}
