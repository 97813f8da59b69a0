#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/text.h"
#include "tests/support/runner.h"

#include <string.h>

static const char *clean(const char *text)
{
	struct buf out = BUF_INIT(1000);

	ctl_text_clean(&out, text);
	ck_assert(!buf_failed(&out));
	return test_keep(buf_take(&out));
}

static const char *json(const char *text)
{
	struct buf out = BUF_INIT(1000);

	ctl_text_json(&out, text, strlen(text));
	return test_keep(buf_take(&out));
}

TEST(text_that_acts_on_a_terminal_is_not_shown)
{
	static const struct {
		const char *hostile, *shown;
	} rows[] = {
		{"plain", "plain"},
		{"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80",
	         "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\033[2Jgone", "?[2Jgone"},
		{"a\007\b\x7f", "a???"},
		{"two\nlines\tand\rmore", "two lines and more"},
		{"\xc2\x9b"
	         "31m",
	         "?31m"}, /* C1 CSI */
		{"\xe2\x80\xae"
	         "drowssap",
	         "?drowssap"}, /* right to left */
		{"\xe2\x81\xa6"
	         "x",
	         "?x"}, /* isolate */
		{"\xef\xbb\xbf"
	         "x",
	         "?x"}, /* byte order mark */
		{"\xff\xfe", "??"},
		{"\xc0\x9b", "?"}, /* ESC in two bytes */
		{"cut \xe2\x82", "cut ??"},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_str_eq(clean(rows[i].hostile), rows[i].shown);
}

TEST(json_keeps_its_meaning_and_loses_its_teeth)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"{\"a\": 1,\n\t\"b\": [true, null]}",
	         "{\"a\":1,\"b\":[true,null]}"},
		{"{\"a b\": \"c  d\"}", "{\"a b\":\"c  d\"}"},
		{"[\"\x7f\"]", "[\"\\u007f\"]"},
		{"[\"\xc2\x9b"
	         "2J\"]",
	         "[\"\\u009b2J\"]"},
		{"[\"\xe2\x80\xae\"]", "[\"\\u202e\"]"},
		{"[\"\\\" \\\\\", \"\xc2\x85\"]",
	         "[\"\\\" \\\\\",\"\\u0085\"]"},
		{"[\"\\u001b[2J\"]", "[\"\\u001b[2J\"]"},
		{"[\"Z\xc3\xbcrich\"]", "[\"Z\xc3\xbcrich\"]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_str_eq(json(rows[i].in), rows[i].out);
}

TEST(members_are_shown_whatever_they_are)
{
	static const char doc[] =
		"{\"s\":\"x\\u001by\",\"n\":-5,\"t\":true,\"f\":false,"
		"\"z\":null,\"o\":{},\"l\":[\"a\",1],\"e\":[],\"b\":\"\"}";
	static const struct {
		const char *key, *shown;
	} rows[] = {
		{"s", "x?y"}, {"n", "-5"},      {"t", "yes"}, {"f", "no"},
		{"z", "-"},   {"o", "-"},       {"l", "a,1"}, {"e", "-"},
		{"b", "-"},   {"missing", "-"},
	};
	SCOPED(js_fini)
	struct js_doc d = {0};
	struct err e;

	ASSERT_OK(js_parse(&d, "doc", doc, strlen(doc), &e));
	struct js_at root = js_root(&d);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(buf_fini)
		struct buf out = BUF_INIT(100);

		ctl_text_member(&out, &root, rows[i].key);
		ck_assert_str_eq(buf_str(&out), rows[i].shown);
	}
	ck_assert(ctl_text_has(&root, "o"));
	ck_assert(!ctl_text_has(&root, "z"));
	ck_assert(!ctl_text_has(&root, "missing"));
}

TEST(numbers_are_spelled_as_people_say_them)
{
	static const struct {
		void (*spell)(struct buf *out, int64_t n);
		int64_t n;
		const char *shown;
	} rows[] = {
		{ctl_text_share, 0, "0%"},
		{ctl_text_share, 5000, "0.5%"},
		{ctl_text_share, 1, "0.0001%"},
		{ctl_text_share, 50000, "5%"},
		{ctl_text_share, 333333, "33.3333%"},
		{ctl_text_share, 1000000, "100%"},
		{ctl_text_span, 0, "0s"},
		{ctl_text_span, 45, "45s"},
		{ctl_text_span, 3600, "1h"},
		{ctl_text_span, 21600, "6h"},
		{ctl_text_span, 5400, "90m"},
		{ctl_text_span, 47 * 3600, "47h"},
		{ctl_text_span, 30 * 86400, "30d"},
		{ctl_text_size, 0, "0 B"},
		{ctl_text_size, 1023, "1023 B"},
		{ctl_text_size, 1536, "1.5 KiB"},
		{ctl_text_size, 52428800, "50.0 MiB"},
		{ctl_text_size, INT64_C(9007199254740991), "8191.9 TiB"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(buf_fini)
		struct buf out = BUF_INIT(100);

		rows[i].spell(&out, rows[i].n);
		ck_assert_str_eq(buf_str(&out), rows[i].shown);
	}
}

TEST(width_counts_characters)
{
	ck_assert_uint_eq(ctl_text_width(""), 0);
	ck_assert_uint_eq(ctl_text_width("abc"), 3);
	ck_assert_uint_eq(ctl_text_width("Z\xc3\xbcrich \xe2\x82\xac"), 8);
}
