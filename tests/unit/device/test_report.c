#include "config.h"

#include "device/report.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct outbox *opened_at(int64_t floor_seq)
{
	struct outbox *o = NULL;
	struct err e;

	ASSERT_OK(outbox_open(&o, test_path("outbox"), floor_seq, &e));
	return o;
}

static int add(struct outbox *o, int64_t attempt, struct err *e)
{
	struct report_item item = {.attempt = attempt,
	                           .plan = SHA,
	                           .image = SHA,
	                           .step = REPORT_FAILED,
	                           .code = "boot_failed",
	                           .running = SHA,
	                           .counter = 4};

	return outbox_add(o, &item, e);
}

static void add_some(struct outbox *o, int n)
{
	struct err e;

	for (int i = 0; i < n; i++)
		ASSERT_OK(add(o, 7, &e));
}

static int answer(struct outbox *o, size_t *left, const char *text,
                  struct err *e)
{
	return outbox_answer(o, left, text, strlen(text), e);
}

TEST(an_item_has_the_shape_the_server_reads)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(41);
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(REPORT_BODY_MAX);
	struct err e;
	size_t n;

	ASSERT_OK(add(o, 17, &e));
	ASSERT_OK(add(o, 0, &e));
	ASSERT_OK(outbox_body(&body, &n, o, FAKE_ID, REPORT_BATCH_MAX, &e));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(
		buf_str(&body),
		"{\"v\":1,\"id\":\"" FAKE_ID "\",\"items\":["
		"{\"seq\":42,\"attempt\":17,\"plan\":\"" SHA
		"\",\"image\":\"" SHA
		"\",\"step\":\"failed\",\"code\":\"boot_failed\",\"running\":"
		"\"" SHA "\",\"counter\":4},"
		"{\"seq\":43,\"attempt\":null,\"plan\":\"" SHA
		"\",\"image\":\"" SHA
		"\",\"step\":\"failed\",\"code\":\"boot_failed\",\"running\":"
		"\"" SHA "\",\"counter\":4}]}");
}

TEST(a_batch_of_sixteen_fits_a_report)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(REPORT_BODY_MAX);
	struct err e;
	size_t n;

	add_some(o, 20);
	ASSERT_OK(outbox_body(&body, &n, o, FAKE_ID, REPORT_BATCH_MAX, &e));
	ck_assert_uint_eq(n, 16);
	ck_assert_uint_eq(outbox_pending(o), 20);
}

TEST(items_survive_a_restart_until_they_are_acknowledged)
{
	struct outbox *o = opened_at(0);
	struct err e;
	size_t left;

	add_some(o, 5);
	outbox_free(o);
	o = opened_at(0);
	ck_assert_uint_eq(outbox_pending(o), 5);
	ASSERT_OK(answer(o, &left, "{\"ack\":[1,3],\"conflict\":[],\"seq\":3}",
	                 &e));
	ck_assert_uint_eq(left, 2);
	outbox_free(o);
	o = opened_at(0);
	ck_assert_uint_eq(outbox_pending(o), 3);
	ck_assert_int_eq(outbox_item(o, 0)->seq, 2);
	ck_assert_int_eq(outbox_item(o, 1)->seq, 4);
	ASSERT_OK(add(o, 7, &e));
	ck_assert_int_eq(outbox_item(o, 3)->seq, 6);
	outbox_free(o);
}

TEST(a_conflicting_item_leaves_the_outbox)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);
	struct err e;
	size_t left;

	add_some(o, 3);
	ASSERT_OK(answer(o, &left, "{\"ack\":[3],\"conflict\":[1,2],\"seq\":3}",
	                 &e));
	ck_assert_uint_eq(left, 3);
	ck_assert_uint_eq(outbox_pending(o), 0);
}

TEST(numbers_go_on_above_the_servers_mark)
{
	struct outbox *o = opened_at(0);
	struct err e;
	size_t left;

	add_some(o, 1);
	ASSERT_OK(outbox_follow(o, 900, &e));
	ASSERT_OK(outbox_follow(o, 5, &e));
	outbox_free(o);
	o = opened_at(0);
	ASSERT_OK(add(o, 7, &e));
	ck_assert_int_eq(outbox_item(o, 1)->seq, 901);
	ASSERT_OK(answer(o, &left,
	                 "{\"ack\":[1,901],\"conflict\":[],\"seq\":950}", &e));
	ASSERT_OK(add(o, 7, &e));
	ck_assert_int_eq(outbox_item(o, 0)->seq, 951);
	/* A mark that would leave no numbers is no mark. */
	ASSERT_OK(outbox_follow(o, NUM_JSON_MAX, &e));
	ASSERT_OK(add(o, 7, &e));
	ck_assert_int_eq(outbox_item(o, 1)->seq, 952);
	outbox_free(o);
}

static void assert_numbers(const struct outbox *o, int64_t first, size_t n)
{
	ck_assert_uint_eq(outbox_pending(o), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(outbox_item(o, i)->seq, first + (int64_t)i);
}

TEST(after_the_highest_mark_that_is_believed_numbers_still_differ)
{
	static const int64_t highest = NUM_JSON_MAX - ((int64_t)1 << 32);
	struct outbox *o = opened_at(0);
	struct err e;

	ASSERT_OK(outbox_follow(o, highest + 1, &e));
	ck_assert_int_eq(outbox_seq(o), 0);
	ASSERT_OK(outbox_follow(o, highest, &e));
	add_some(o, 3);
	assert_numbers(o, highest + 1, 3);
	outbox_free(o);
	o = opened_at(0);
	add_some(o, 1);
	assert_numbers(o, highest + 1, 4);
	outbox_free(o);
}

TEST(a_mark_far_below_numbers_what_waits_anew)
{
	struct outbox *o = opened_at(0);
	struct err e;

	add_some(o, 2);
	ASSERT_OK(outbox_follow(o, INT64_C(1000000000000), &e));
	add_some(o, 2);
	ASSERT_OK(outbox_follow(o, 40, &e));
	assert_numbers(o, 41, 4);
	outbox_free(o);
	o = opened_at(0);
	assert_numbers(o, 41, 4);
	ck_assert_int_eq(outbox_seq(o), 44);
	/* A cut before the state was saved: it still has the old number. */
	outbox_free(o);
	o = opened_at(INT64_C(1000000000000));
	add_some(o, 1);
	ASSERT_OK(outbox_follow(o, 40, &e));
	assert_numbers(o, 41, 5);
	outbox_free(o);
}

TEST(a_mark_that_is_not_far_below_leaves_the_numbers)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);
	struct err e;

	add_some(o, 1);
	ASSERT_OK(outbox_follow(o, REPORT_REACH + 3, &e));
	add_some(o, 1);
	ASSERT_OK(outbox_follow(o, 4, &e));
	ck_assert_int_eq(outbox_item(o, 0)->seq, 1);
	ck_assert_int_eq(outbox_item(o, 1)->seq, REPORT_REACH + 4);
	ASSERT_OK(outbox_follow(o, 3, &e));
	assert_numbers(o, 4, 2);
}

TEST(a_mark_that_was_too_low_is_raised_by_the_next_one)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(100000);
	struct err e;

	add_some(o, 1);
	ASSERT_OK(outbox_follow(o, 0, &e));
	assert_numbers(o, 1, 1);
	ASSERT_OK(outbox_follow(o, 100000, &e));
	add_some(o, 1);
	ck_assert_int_eq(outbox_item(o, 1)->seq, 100001);
}

static int fail_op(void *ctx, enum fs_op op, const char *path)
{
	(void)path;
	return op == *(enum fs_op *)ctx ? ENOSPC : 0;
}

/* Wherever the writing of the new numbers stops, the old file stands. */
TEST(new_numbers_that_could_not_be_written_lose_no_item)
{
	static enum fs_op ops[] = {FS_OPEN, FS_WRITE, FS_SYNC, FS_RENAME};
	struct outbox *o;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		ASSERT_OK(fs_remove(test_path("outbox"), &e));
		o = opened_at(INT64_C(1000000000000));
		add_some(o, 3);
		fs_set_hook(fail_op, &ops[i]);
		ASSERT_ERR(outbox_follow(o, 40, &e), ERR_NO_SPACE);
		fs_set_hook(NULL, NULL);
		outbox_free(o);
		o = opened_at(0);
		assert_numbers(o, INT64_C(1000000000001), 3);
		outbox_free(o);
	}
}

TEST(a_lost_outbox_goes_on_above_what_is_known_elsewhere)
{
	struct outbox *o = opened_at(0);
	struct err e;

	add_some(o, 9);
	outbox_free(o);
	ASSERT_OK(fs_remove(test_path("outbox"), &e));
	o = opened_at(9);
	add_some(o, 1);
	ck_assert_int_eq(outbox_item(o, 0)->seq, 10);
	outbox_free(o);
}

TEST(an_answer_that_is_half_understood_acknowledges_nothing)
{
	static const char *const answers[] = {
		"",
		"{}",
		"[]",
		"{\"ack\":[1,2]}",
		"{\"ack\":[1,2],\"conflict\":[3]}",
		"{\"ack\":[1,\"2\"],\"conflict\":[],\"seq\":3}",
		"{\"ack\":[1,2],\"conflict\":[],\"seq\":-1}",
		"{\"ack\":[1,2],\"conflict\":null,\"seq\":3}"};
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);
	struct err e;
	size_t left = 9;

	add_some(o, 3);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		ASSERT_ERR(answer(o, &left, answers[i], &e), ERR_INVALID);
		ck_assert_uint_eq(left, 0);
		ck_assert_uint_eq(outbox_pending(o), 3);
		ck_assert_int_eq(outbox_item(o, 0)->seq, 1);
	}
}

TEST(acknowledging_what_is_not_there_changes_nothing)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);
	struct err e;
	size_t left;

	add_some(o, 2);
	ASSERT_OK(answer(o, &left,
	                 "{\"ack\":[0,7,9007199254740991],\"conflict\":[],"
	                 "\"seq\":0}",
	                 &e));
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(outbox_pending(o), 2);
}

/* The power may go after any byte of the fourth line. */
TEST(every_torn_end_of_the_file_keeps_the_items_before_it)
{
	SCOPED(buf_fini)
	struct buf whole = BUF_INIT(1 << 20), three = BUF_INIT(1 << 20);
	struct outbox *o = opened_at(0);
	struct err e;

	add_some(o, 3);
	ASSERT_OK(fs_read(&three, test_path("outbox"), &e));
	add_some(o, 1);
	ASSERT_OK(fs_read(&whole, test_path("outbox"), &e));
	outbox_free(o);
	for (size_t n = three.len; n < whole.len; n++) {
		ASSERT_OK(
			fs_write(test_path("outbox"), whole.data, n, 0600, &e));
		o = opened_at(0);
		ck_assert_uint_eq(outbox_pending(o), 3);
		add_some(o, 1);
		ck_assert_int_eq(outbox_item(o, 3)->seq, 4);
		outbox_free(o);
	}
	buf_fini(&three);
}

TEST(an_item_that_could_not_be_written_is_not_there)
{
	static enum fs_op ops[] = {FS_WRITE, FS_SYNC};
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);
	struct err e;

	add_some(o, 1);
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		fs_set_hook(fail_op, &ops[i]);
		ASSERT_ERR(add(o, 7, &e), ERR_NO_SPACE);
		fs_set_hook(NULL, NULL);
		ck_assert_uint_eq(outbox_pending(o), 1);
	}
	add_some(o, 1);
	SCOPED(outbox_free)
	struct outbox *again = opened_at(0);
	ck_assert_uint_eq(outbox_pending(again), 2);
	ck_assert_int_eq(outbox_item(again, 1)->seq, 2);
}

TEST(the_file_is_short_again_once_all_is_told)
{
	struct outbox *o = opened_at(0);
	char text[200];
	struct err e;
	int64_t size;
	size_t left;

	for (int64_t seq = 1; seq <= 200; seq++) {
		add_some(o, 1);
		(void)snprintf(text, sizeof(text),
		               "{\"ack\":[%d],\"conflict\":[],\"seq\":%d}",
		               (int)seq, (int)seq);
		ASSERT_OK(answer(o, &left, text, &e));
		ck_assert_uint_eq(left, 1);
	}
	ASSERT_OK(fs_size(&size, test_path("outbox"), &e));
	ck_assert_int_lt(size, 20000);
	outbox_free(o);
	o = opened_at(0);
	ck_assert_int_eq(outbox_seq(o), 200);
	outbox_free(o);
}

TEST(a_server_that_is_gone_for_years_does_not_fill_the_flash)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);

	add_some(o, REPORT_PENDING_MAX + 10);
	ck_assert_uint_eq(outbox_pending(o), REPORT_PENDING_MAX);
	ck_assert_int_eq(outbox_item(o, 0)->seq, 11);
}

static int64_t size_of_file(void)
{
	int64_t size;
	struct err e;

	ASSERT_OK(fs_size(&size, test_path("outbox"), &e));
	return size;
}

TEST(the_file_stays_short_while_nobody_takes_anything)
{
	struct outbox *o = opened_at(0);

	add_some(o, REPORT_PENDING_MAX + 3000);
	ck_assert_int_lt(size_of_file(), 1 << 20);
	outbox_free(o);
	o = opened_at(0);
	assert_numbers(o, 3001, REPORT_PENDING_MAX);
	outbox_free(o);
}

TEST(the_file_stays_short_while_one_item_is_never_taken)
{
	struct outbox *o = opened_at(0);
	char text[200];
	struct err e;
	size_t left;

	add_some(o, 1);
	for (int seq = 2; seq <= 4000; seq++) {
		add_some(o, 1);
		(void)snprintf(text, sizeof(text),
		               "{\"ack\":[%d],\"conflict\":[],\"seq\":%d}", seq,
		               seq);
		ASSERT_OK(answer(o, &left, text, &e));
		ck_assert_uint_eq(left, 1);
	}
	ck_assert_int_lt(size_of_file(), 1 << 20);
	outbox_free(o);
	o = opened_at(0);
	assert_numbers(o, 1, 1);
	ck_assert_int_eq(outbox_seq(o), 4000);
	outbox_free(o);
}

static int count_renames(void *ctx, enum fs_op op, const char *path)
{
	(void)path;
	*(int *)ctx += op == FS_RENAME;
	return 0;
}

/* Flash wears out. */
TEST(a_full_outbox_is_not_written_anew_with_each_item)
{
	SCOPED(outbox_free)
	struct outbox *o = opened_at(0);
	int renames = 0;

	add_some(o, REPORT_PENDING_MAX);
	fs_set_hook(count_renames, &renames);
	add_some(o, 1000);
	fs_set_hook(NULL, NULL);
	ck_assert_int_le(renames, 3);
}

/* What an older agent left, which never wrote it anew: the items beyond any
 * bound, their ends, and a line that no item of ours fills. */
TEST(a_file_is_never_too_long_to_be_opened)
{
	SCOPED(buf_fini)
	struct buf one = BUF_INIT(1 << 20);
	SCOPED(buf_fini)
	struct buf whole = BUF_INIT(8 << 20);
	struct outbox *o = opened_at(0);
	struct err e;
	size_t left;

	add_some(o, 1);
	ASSERT_OK(answer(o, &left, "{\"ack\":[1],\"conflict\":[],\"seq\":9}",
	                 &e));
	ASSERT_OK(fs_read(&one, test_path("outbox"), &e));
	while (whole.len < (5 << 20))
		buf_add(&whole, one.data, one.len);
	for (int i = 0; i < 200000; i++)
		buf_add(&whole, "x", 1);
	buf_add(&whole, "\n", 1);
	add_some(o, 1);
	buf_reset(&one);
	ASSERT_OK(fs_read(&one, test_path("outbox"), &e));
	outbox_free(o);
	buf_add(&whole, one.data, one.len);
	ASSERT_OK(
		fs_write(test_path("outbox"), whole.data, whole.len, 0600, &e));
	o = opened_at(0);
	assert_numbers(o, 10, 1);
	ck_assert_int_lt(size_of_file(), 4096);
	outbox_free(o);
}

TEST(a_file_that_lost_who_left_keeps_the_newest_items)
{
	SCOPED(buf_fini)
	struct buf whole = BUF_INIT(4 << 20);
	struct outbox *o = opened_at(0);
	struct err e;

	for (int i = 0; i < 3; i++) {
		SCOPED(buf_fini)
		struct buf some = BUF_INIT(1 << 20);

		outbox_free(o);
		ASSERT_OK(fs_remove(test_path("outbox"), &e));
		o = opened_at(i * 400);
		add_some(o, 400);
		ASSERT_OK(fs_read(&some, test_path("outbox"), &e));
		buf_add(&whole, some.data, some.len);
	}
	outbox_free(o);
	ASSERT_OK(
		fs_write(test_path("outbox"), whole.data, whole.len, 0600, &e));
	o = opened_at(0);
	assert_numbers(o, 1201 - REPORT_PENDING_MAX, REPORT_PENDING_MAX);
	outbox_free(o);
}

TEST(each_step_has_its_word)
{
	ck_assert_str_eq(report_step_name(REPORT_STARTED), "started");
	ck_assert_str_eq(report_step_name(REPORT_CONFIRMED), "confirmed");
	ck_assert_str_eq(report_step_name(REPORT_REFUSED), "refused");
}
