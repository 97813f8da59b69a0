#include "config.h"

#include "lib/base/buf.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/runner.h"

#include <stdlib.h>
#include <string.h>

TEST(an_empty_buf_reads_as_an_empty_string)
{
	struct buf b = BUF_INIT(4);
	SCOPED(free)
	char *taken = NULL;

	ck_assert_str_eq(buf_str(&b), "");
	buf_cut(&b, 0);
	buf_reset(&b);
	taken = buf_take(&b);
	ck_assert_str_eq(taken, "");
}

TEST(a_buf_holds_exactly_its_maximum)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(5);

	buf_puts(&b, "abc");
	buf_printf(&b, "%d", 12);
	ck_assert(!buf_failed(&b));
	ck_assert_str_eq(buf_str(&b), "abc12");
	buf_putc(&b, '!');
	ck_assert(buf_failed(&b));
	ck_assert_str_eq(buf_str(&b), "abc12");
}

TEST(a_failed_buf_stays_failed_until_reset)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(3);

	buf_puts(&b, "abcd");
	ck_assert(buf_failed(&b));
	buf_puts(&b, "a");
	ck_assert_uint_eq(b.len, 0);
	buf_reset(&b);
	buf_puts(&b, "abc");
	ck_assert(!buf_failed(&b));
	ck_assert_str_eq(buf_str(&b), "abc");
	buf_printf(&b, "%s", "d");
	ck_assert(buf_failed(&b));
}

TEST(a_buf_that_expects_more_keeps_what_it_has)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(10000);

	buf_expect(&b, 1000);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert_uint_gt(b.cap, 1000);
	buf_puts(&b, "abc");
	buf_expect(&b, 5000);
	ck_assert_str_eq(buf_str(&b), "abc");
	ck_assert_uint_gt(b.cap, 5003);
	buf_expect(&b, 10);
	ck_assert_uint_gt(b.cap, 5003);
}

TEST(a_buf_that_expects_little_grows_as_usual)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(10000);

	buf_expect(&b, 0);
	ck_assert_uint_eq(b.cap, 0);
	buf_putc(&b, 'a');
	ck_assert_uint_eq(b.cap, 256);
}

TEST(expecting_what_the_heap_has_not_is_no_failure)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(10000);

	buf_puts(&b, "abc");
	failing_malloc_arm(0);
	buf_expect(&b, 5000);
	ck_assert(failing_malloc_disarm());
	buf_puts(&b, "def");
	ck_assert(!buf_failed(&b));
	ck_assert_str_eq(buf_str(&b), "abcdef");
}

TEST(expecting_more_than_the_maximum_is_no_failure)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(500);

	buf_expect(&b, SIZE_MAX);
	buf_expect(&b, 501);
	ck_assert_uint_eq(b.cap, 0);
	for (int i = 0; i < 500; i++)
		buf_putc(&b, 'a');
	ck_assert(!buf_failed(&b));
}

TEST(room_in_a_buf_is_given_up_to_its_maximum)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1000);
	char *room = buf_extend(&b, 3);

	memcpy(room, "abc", 3);
	ck_assert_str_eq(buf_str(&b), "abc");
	memcpy(buf_extend(&b, 2), "de", 2);
	ck_assert_str_eq(buf_str(&b), "abcde");
	memset(buf_extend(&b, 995), 'x', 995);
	ck_assert_uint_eq(strlen(buf_str(&b)), 1000);
	ck_assert_ptr_null(buf_extend(&b, 1));
	ck_assert(buf_failed(&b));
	ck_assert_ptr_null(buf_extend(&b, 0));
	ck_assert_uint_eq(b.len, 1000);
}

TEST(cutting_a_buf_shortens_and_never_lengthens)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);

	buf_puts(&b, "hello");
	buf_cut(&b, 9);
	ck_assert_str_eq(buf_str(&b), "hello");
	buf_cut(&b, 2);
	ck_assert_str_eq(buf_str(&b), "he");
	ck_assert_uint_eq(b.len, 2);
}

TEST(a_buf_grows_by_small_steps_and_keeps_every_byte)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);

	for (int i = 0; i < 100000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	ck_assert_uint_eq(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(b.data[i], 'a' + i % 26);
	ck_assert_int_eq(b.data[b.len], 0);
}

TEST(taken_bytes_belong_to_the_caller)
{
	struct buf b = BUF_INIT(10);
	SCOPED(free)
	char *taken = NULL;

	buf_add(&b, "a\0b", 3);
	taken = buf_take(&b);
	ck_assert_mem_eq(taken, "a\0b", 4);
	ck_assert_uint_eq(b.len, 0);
	buf_fini(&b);
}
