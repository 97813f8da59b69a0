#include "config.h"

#include "lib/base/err.h"
#include "tests/support/runner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

TEST(an_error_carries_kind_code_and_sentence)
{
	struct err e = {0};

	ck_assert_int_eq(err_set(&e, ERR_CONFLICT, "x: version %d", 7), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_str_eq(e.code, "conflict");
	ck_assert_str_eq(e.msg, "x: version 7");
}

TEST(context_goes_in_front_and_never_overflows)
{
	struct err e = {0};
	char longer[2 * ERR_MSG_MAX];

	err_set(&e, ERR_IO, "disk");
	err_context(&e, "publish %s", "a");
	ck_assert_str_eq(e.msg, "publish a: disk");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_context(&e, "%s", longer);
	ck_assert_uint_eq(strlen(e.msg), ERR_MSG_MAX - 1);
	err_context(&e, "short");
	ck_assert(strncmp(e.msg, "short: xxx", 10) == 0);
	ck_assert_uint_eq(strlen(e.msg), ERR_MSG_MAX - 1);
}

TEST(a_full_disk_has_a_kind_of_its_own)
{
	struct err e = {0};

	err_errno(&e, ENOSPC, "%s", "file");
	ck_assert_int_eq(e.kind, ERR_NO_SPACE);
	ck_assert_str_eq(e.msg, "file: No space left on device");
}

TEST(what_the_system_does_not_let_us_use_has_a_code_of_its_own)
{
	static const int errnums[] = {EACCES, EPERM};
	struct err e = {0};

	for (size_t i = 0; i < sizeof(errnums) / sizeof(errnums[0]); i++) {
		err_errno(&e, errnums[i], "%s", "file");
		ck_assert_int_eq(e.kind, ERR_IO);
		ck_assert_str_eq(e.code, "file_access");
	}
	err_errno(&e, EIO, "%s", "file");
	ck_assert_str_eq(e.code, "io");
}

TEST(a_caller_that_does_not_care_passes_null)
{
	ck_assert_int_eq(err_set(NULL, ERR_IO, "x"), -1);
	err_context(NULL, "y");
}

TEST(a_sentence_never_ends_in_half_a_character)
{
	char euros[3 * 200 + 1] = "";
	struct err e;

	for (size_t i = 0; i < 200; i++)
		memcpy(euros + 3 * i, "\xe2\x82\xac", 4);
	/* Whatever stands in front, the cut falls between characters. */
	for (int front = 0; front < 3; front++) {
		(void)err_set(&e, ERR_INVALID, "%.*s%s", front, "ab", euros);
		ck_assert_uint_eq(strlen(e.msg) % 3, (size_t)front);
		ck_assert_uint_gt(strlen(e.msg), ERR_MSG_MAX - 5);
		err_context(&e, "%.*s", front, "cd");
		ck_assert_uint_eq((strlen(e.msg) - (size_t)front - 2) % 3,
		                  (size_t)front);
	}
	(void)err_set(&e, ERR_INVALID, "'%.4s' is long", euros);
	ck_assert_str_eq(e.msg, "'\xe2\x82\xac?' is long");
	(void)err_errno(&e, ENOENT, "%.4s", euros);
	ck_assert_ptr_nonnull(strstr(e.msg, "\xe2\x82\xac: No such"));
}

/* Names in a server's unsigned bytes, for one. */
TEST(what_a_sentence_quotes_forges_no_line_and_moves_no_cursor)
{
	static const char hostile[] = "a\n\033[2K\xc2\x9b"
				      "1A\x7f\xe2\x80\xae z";
	static const char shown[] = "a ?[2K?1A?? z";
	struct err e = {0};
	char want[ERR_MSG_MAX];

	(void)err_set(&e, ERR_INVALID, "%s", hostile);
	ck_assert_str_eq(e.msg, shown);
	(void)err_code(&e, ERR_INVALID, "code", "'%s'", hostile);
	err_context(&e, "%s", hostile);
	(void)snprintf(want, sizeof(want), "%s: '%s'", shown, shown);
	ck_assert_str_eq(e.msg, want);
	(void)err_errno(&e, ENOSPC, "%s", hostile);
	(void)snprintf(want, sizeof(want), "%s: No space left on device",
	               shown);
	ck_assert_str_eq(e.msg, want);
}
