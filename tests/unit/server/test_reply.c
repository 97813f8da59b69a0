#include "config.h"

#include "lib/json/js.h"
#include "server/http/reply.h"
#include "tests/support/runner.h"

#include <fcntl.h>
#include <string.h>

struct row {
	enum method method;
	const char *none_match, *range, *if_range;
	unsigned status; /* wanted */
	uint64_t first, last;
};

static struct reply_cut decide(const struct row *row, const char *etag)
{
	struct arena arena;
	struct header h[3];
	struct request q = {.method = row->method, .headers = h};
	struct reply r = {0};

	arena_init(&arena, 4096);
	q.arena = &arena;
	if (row->none_match != NULL)
		h[q.n_headers++] =
			(struct header){"If-None-Match", row->none_match};
	if (row->range != NULL)
		h[q.n_headers++] = (struct header){"Range", row->range};
	if (row->if_range != NULL)
		h[q.n_headers++] = (struct header){"If-Range", row->if_range};
	reply_bytes(&r, 200, "text/plain", "0123456789", 10);
	r.etag = etag;
	struct reply_cut cut = reply_decide(&r, &q);
	arena_fini(&arena);
	return cut;
}

TEST(conditions_and_ranges_follow_rfc_9110)
{
	static const struct row rows[] = {
		{GET, NULL, NULL, NULL, 200, 0, 0},
		{GET, "\"v1\"", NULL, NULL, 304, 0, 0},
		{HEAD, "\"v1\"", NULL, NULL, 304, 0, 0},
		{POST, "\"v1\"", NULL, NULL, 200, 0, 0},
		{GET, "W/\"v1\"", NULL, NULL, 304, 0, 0},
		{GET, "*", NULL, NULL, 304, 0, 0},
		{GET, "\"a\", \"v1\"", NULL, NULL, 304, 0, 0},
		{GET, "\"a\",W/\"b\" , \"v1\"", NULL, NULL, 304, 0, 0},
		{GET, "\"a,\", \"v1\"", NULL, NULL, 304, 0, 0},
		{GET, "\"v2\"", NULL, NULL, 200, 0, 0},
		{GET, "\"v1", NULL, NULL, 200, 0, 0},
		{GET, "\"v11\"", NULL, NULL, 200, 0, 0},
		{GET, "v1", NULL, NULL, 200, 0, 0},
		{GET, "a\"v1\"", NULL, NULL, 200, 0, 0},
		{GET, "", NULL, NULL, 200, 0, 0},
		{GET, NULL, "bytes=2-4", NULL, 206, 2, 4},
		{HEAD, NULL, "bytes=2-4", NULL, 200, 0, 0},
		{GET, "\"v1\"", "bytes=2-4", NULL, 304, 0, 0},
		{GET, "\"v2\"", "bytes=2-4", NULL, 206, 2, 4},
		{GET, NULL, "bytes=2-4", "\"v1\"", 206, 2, 4},
		{GET, NULL, "bytes=2-4", "\"v2\"", 200, 0, 0},
		{GET, NULL, "bytes=2-4", "W/\"v1\"", 200, 0, 0},
		{GET, NULL, "bytes=2-4", "\"v1\"x", 200, 0, 0},
		{GET, NULL, "bytes=2-4", "Fri, 20 Nov 2026 20:37:00 GMT", 200,
	         0, 0},
		{GET, NULL, "bytes=10-", NULL, 416, 0, 0},
		{GET, NULL, "bytes=10-", "\"v2\"", 200, 0, 0},
		{GET, NULL, "bytes=0-1,3-4", NULL, 200, 0, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reply_cut cut = decide(&rows[i], "v1");

		ck_assert_msg(cut.status == rows[i].status,
		              "row %zu: %u instead of %u", i, cut.status,
		              rows[i].status);
		ck_assert_int_eq(cut.is_range, cut.status == 206);
		if (cut.is_range) {
			ck_assert_uint_eq(cut.first, rows[i].first);
			ck_assert_uint_eq(cut.last, rows[i].last);
		}
	}
}

TEST(without_a_tag_a_reply_is_sent_whole)
{
	const struct row row = {GET, "*", "bytes=2-4", NULL, 200, 0, 0};

	ck_assert_uint_eq(decide(&row, NULL).status, 200);
}

TEST(every_kind_of_error_has_its_status)
{
	static const struct {
		enum err_kind kind;
		unsigned status;
	} rows[] = {
		{ERR_INVALID, 400},
		{ERR_USAGE, 400},
		{ERR_UNAUTHENTICATED, 401},
		{ERR_FORBIDDEN, 403},
		{ERR_NOT_FOUND, 404},
		{ERR_CONFLICT, 409},
		{ERR_UNTRUSTED, 409},
		{ERR_EXPIRED, 409},
		{ERR_TOO_LARGE, 413},
		{ERR_BUSY, 503},
		{ERR_UNREACHABLE, 502},
		{ERR_NO_SPACE, 507},
		{ERR_IO, 500},
		{ERR_MEMORY, 500},
		{ERR_INTERNAL, 500},
		{ERR_NONE, 500},
	};
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)err_set(&e, rows[i].kind, "x");
		ck_assert_uint_eq(reply_status_of(&e), rows[i].status);
	}
	(void)err_code(&e, ERR_BUSY, "rate_limited", "x");
	ck_assert_uint_eq(reply_status_of(&e), 429);
	(void)err_code(&e, ERR_CONFLICT, "precondition_failed", "x");
	ck_assert_uint_eq(reply_status_of(&e), 412);
}

static void parse_problem(struct js_doc *doc, const struct reply *r)
{
	struct err e;

	ck_assert_str_eq(r->content_type, "application/problem+json");
	ASSERT_OK(js_parse(doc, "problem", r->bytes, (size_t)r->len, &e));
}

TEST(a_problem_is_json_whatever_the_sentence_quotes)
{
	static const struct {
		const char *said, *detail;
	} rows[] = {
		{"plain", "plain"},
		{"a \"quoted\\word\"", "a \"quoted\\word\""},
		{"control \x01\x1f\n\t\x7f", "control ??  ?"},
		{"caf\xc3\xa9 \xf0\x9f\x94\xa7",
	         "caf\xc3\xa9 \xf0\x9f\x94\xa7"},
		{"broken \xff\xc3 \xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 "
	         "\xe2\x82",
	         "broken ?? ?? ??? ???? "},
	};
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SCOPED(reply_fini)
		struct reply r = {0};
		SCOPED(js_fini)
		struct js_doc doc = {0};
		struct err said = {0};

		(void)err_set(&said, ERR_INVALID, "%s", rows[i].said);
		reply_problem(&r, "id-1", &said);
		parse_problem(&doc, &r);
		struct js_at root = js_root(&doc);
		const char *detail;
		ASSERT_OK(js_get_str(&detail, &root, "detail", 999, &e));
		ck_assert_str_eq(detail, rows[i].detail);
	}
}

TEST(the_longest_sentence_of_the_worst_bytes_fits)
{
	SCOPED(reply_fini)
	struct reply r = {0};
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct err said = {.kind = ERR_INVALID, .code = "invalid"};

	memset(said.msg, 1, sizeof(said.msg) - 1);
	reply_problem(&r, "id-1", &said);
	parse_problem(&doc, &r);
}

TEST(a_problem_tells_when_to_come_back)
{
	SCOPED(reply_fini)
	struct reply r = {0};
	struct err e = {0};

	(void)err_set(&e, ERR_BUSY, "x");
	reply_problem(&r, "i", &e);
	ck_assert_int_eq(r.retry_after_s, 5);
	r.retry_after_s = 17;
	reply_problem(&r, "i", &e);
	ck_assert_int_eq(r.retry_after_s, 17);
}

static void count(void *owner)
{
	++*(int *)owner;
}

TEST(a_body_is_given_back_once_however_it_ends)
{
	struct reply r = {0};
	int given = 0;

	reply_shared(&r, 200, "text/plain", "x", 1, count, &given);
	reply_fini(&r);
	reply_fini(&r);
	ck_assert_int_eq(given, 1);
	reply_shared(&r, 200, "text/plain", "x", 1, count, &given);
	reply_empty(&r, 204);
	ck_assert_int_eq(given, 2);
	reply_fini(&r);
	ck_assert_int_eq(given, 2);
}

TEST(a_file_is_closed_when_it_is_not_sent)
{
	struct reply r = {0};
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	reply_file(&r, 200, "text/plain", fd, 0);
	reply_fini(&r);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}

TEST(json_that_ran_over_is_an_error_not_half_a_document)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4);
	struct reply r = {0};
	struct err e;

	buf_puts(&b, "[1,2]");
	ASSERT_ERR(reply_json(&r, 200, &b, &e), ERR_INTERNAL);
	ck_assert_uint_eq(r.status, 0);
	buf_reset(&b);
	buf_puts(&b, "[1]");
	ASSERT_OK(reply_json(&r, 200, &b, &e));
	ck_assert_uint_eq(r.len, 3);
	ck_assert_int_eq(memcmp(r.bytes, "[1]", 3), 0);
	reply_fini(&r);
}
