#include "config.h"

#include "lib/base/mem.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"
#include "tests/support/runner.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(values_are_separated_by_commas_and_nothing_else)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	jw_key(&w, "z");
	jw_array(&w);
	jw_int(&w, 1);
	jw_array(&w);
	jw_end_array(&w);
	jw_object(&w);
	jw_end_object(&w);
	jw_null(&w);
	jw_end_array(&w);
	jw_put_str(&w, "a", "x");
	jw_put_bool(&w, "t", true);
	jw_put_bool(&w, "f", false);
	jw_put_null(&w, "n");
	jw_put_str(&w, "s", NULL);
	jw_end_object(&w);
	ck_assert_str_eq(buf_str(&b),
	                 "{\"z\":[1,[],{},null],\"a\":\"x\",\"t\":true,"
	                 "\"f\":false,\"n\":null,\"s\":null}");
}

TEST(numbers_times_and_bytes_have_one_spelling)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);
	struct jw w;

	jw_init(&w, &b);
	jw_array(&w);
	jw_int(&w, INT64_MIN);
	jw_int(&w, INT64_MAX);
	jw_time(&w, 60);
	jw_hex(&w, "\x00\xff", 2);
	jw_hex(&w, "", 0);
	jw_raw(&w, "{\"a\":1}", 7);
	jw_int(&w, 0);
	jw_end_array(&w);
	ck_assert_str_eq(buf_str(&b),
	                 "[-9223372036854775808,9223372036854775807,"
	                 "\"1970-01-01T00:01:00Z\",\"00ff\",\"\",{\"a\":1},0]");
}

TEST(plain_strings_escape_what_json_must)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);
	struct jw w;

	jw_init(&w, &b);
	jw_str(&w, "a\"b\\c/\n\x1f\x7f\xc3\xa9");
	ck_assert_str_eq(buf_str(&b),
	                 "\"a\\\"b\\\\c/\\u000a\\u001f\x7f\xc3\xa9\"");
}

/* Eight bytes are looked at together. */
TEST(what_is_escaped_is_found_at_each_place_of_a_string)
{
	const char odd[] = "\"\\\x1f\x01\n";

	for (size_t len = 1; len < 20; len++)
		for (size_t at = 0; at < len; at++)
			for (const char *c = odd; *c != '\0'; c++) {
				SCOPED(buf_fini)
				struct buf b = BUF_INIT(4096);
				char text[20] = {0}, wanted[40];
				struct jw w;

				memset(text, at % 2 == 0 ? '!' : '\xe9', len);
				text[at] = *c;
				(void)snprintf(wanted, sizeof(wanted),
				               *c < 0x20 ? "\"%.*s\\u%04x%s\""
				                         : "\"%.*s\\%c%s\"",
				               (int)at, text, *c,
				               text + at + 1);
				jw_init(&w, &b);
				jw_str(&w, text);
				ck_assert_str_eq(buf_str(&b), wanted);
			}
}

TEST(room_for_a_value_is_separated_like_a_value)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(7);
	struct jw w;

	jw_init(&w, &b);
	jw_array(&w);
	memcpy(jw_room(&w, 2), "10", 2);
	memcpy(jw_room(&w, 2), "11", 2);
	jw_end_array(&w);
	ck_assert_str_eq(buf_str(&b), "[10,11]");
	w.depth = 0;
	ck_assert_ptr_null(jw_room(&w, 1));
}

TEST(canonical_strings_escape_two_characters)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);
	struct jw w;

	jw_init_canonical(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "\"\\\n", "\"\\\x01");
	jw_end_object(&w);
	ck_assert_str_eq(buf_str(&b), "{\"\\\"\\\\\n\":\"\\\"\\\\\x01\"}");
}

TEST(whatever_is_written_reads_back)
{
	struct err e = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);
	SCOPED(js_fini)
	struct js_doc d = {0};
	struct js_at top, at;
	const char *s;
	char all[256];
	struct jw w;

	for (int i = 0; i < 127; i++)
		all[i] = (char)(i + 1);
	all[127] = '\0';
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_str(&w, all, all);
	jw_end_object(&w);
	ASSERT_OK(js_parse(&d, "doc", buf_str(&b), b.len, &e));
	top = js_root(&d);
	ASSERT_OK(js_get(&at, &top, all, &e));
	ASSERT_OK(js_as_str(&s, &at, 256, &e));
	ck_assert_str_eq(s, all);
}

TEST(running_over_the_maximum_is_asked_once_at_the_end)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(16);
	struct jw w;

	jw_init(&w, &b);
	jw_array(&w);
	for (int i = 0; i < 100; i++)
		jw_int(&w, i);
	jw_end_array(&w);
	ck_assert(buf_failed(&b));
	ck_assert_uint_le(b.len, 16);
}

static void key_out_of_order(struct jw *w)
{
	jw_object(w);
	jw_put_int(w, "b", 1);
	jw_put_int(w, "a", 1);
}

static void key_twice(struct jw *w)
{
	jw_object(w);
	jw_put_int(w, "a", 1);
	jw_put_int(w, "a", 1);
}

static void value_without_key(struct jw *w)
{
	jw_object(w);
	jw_int(w, 1);
}

static void wrong_end(struct jw *w)
{
	jw_object(w);
	jw_end_array(w);
}

static void end_too_many(struct jw *w)
{
	jw_array(w);
	jw_end_array(w);
	jw_end_array(w);
}

static void end_after_key(struct jw *w)
{
	jw_object(w);
	jw_key(w, "a");
	jw_end_object(w);
}

static void too_deep(struct jw *w)
{
	for (int i = 0; i <= JW_DEPTH_MAX; i++)
		jw_array(w);
}

TEST(our_own_mistakes_end_the_process)
{
	static void (*const mistakes[])(struct jw *) = {
		key_out_of_order, key_twice,     value_without_key, wrong_end,
		end_too_many,     end_after_key, too_deep};

	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			SCOPED(buf_fini)
			struct buf b = BUF_INIT(4096);
			struct jw w;

			(void)close(STDERR_FILENO);
			jw_init_canonical(&w, &b);
			mistakes[i](&w);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_msg(WIFSIGNALED(status) &&
		                      WTERMSIG(status) == SIGABRT,
		              "mistake %zu went through", i);
	}
}

TEST(bytes_of_any_number_are_hex)
{
	unsigned char bytes[100];
	char want[2 * sizeof(bytes) + 3];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(4096);
		struct jw w;
		size_t used = 0;

		want[used++] = '"';
		for (size_t i = 0; i < n; i++, used += 2)
			(void)snprintf(want + used, 3, "%02x", bytes[i]);
		(void)snprintf(want + used, 2, "\"");
		jw_init(&w, &b);
		jw_hex(&w, bytes, n);
		ck_assert_str_eq(buf_str(&b), want);
	}
}
