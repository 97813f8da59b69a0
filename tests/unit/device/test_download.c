#include "config.h"

#include "device/download.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <string.h>

#define N ((size_t)50000)
#define CHUNK 16384
#define URL "http://fake/targets/x"

static struct slots slots;
static struct fake_file file;
static char sha256[SHA256_HEX_SIZE];

static void begin(struct download *d)
{
	struct err e;

	ASSERT_OK(download_begin(d, &slots, 1, sha256, (int64_t)N, &e));
}

static void prepare(struct download *d)
{
	const char *bytes = fake_bytes(N, 1);
	struct err e;

	slots_init(&slots, test_dir());
	ASSERT_OK(slots_erase(&slots, 1, &e));
	fake_file_init(&file, bytes, N);
	hash_sha256_hex(sha256, bytes, N);
	begin(d);
}

static int step(struct download *d, struct err *e)
{
	struct net_door door = fake_file_door(&file);
	int64_t retry;

	return download_step(d, &door, URL, CHUNK, &retry, e);
}

static void run(struct download *d)
{
	struct err e;

	while (!download_is_whole(d))
		ASSERT_OK(step(d, &e));
}

static void check_good(struct download *d)
{
	struct err e;

	ASSERT_OK(download_finish(d, &e));
	ASSERT_OK(slots_check(&slots, 1, sha256, (int64_t)N, &e));
	download_fini(d);
	slots_fini(&slots);
}

static int64_t slot_size(void)
{
	struct err e;
	int64_t size;

	ASSERT_OK(slots_size(&size, &slots, 1, &e));
	return size;
}

TEST(a_download_comes_in_bounded_requests)
{
	struct download d;

	prepare(&d);
	run(&d);
	ck_assert_int_eq(file.requests, 4);
	ck_assert_int_eq(file.last_from, 3 * CHUNK);
	ck_assert_int_eq(file.last_to, (int64_t)N - 1);
	check_good(&d);
}

TEST(a_small_file_is_asked_for_whole)
{
	struct net_door door = fake_file_door(&file);
	struct download d;
	struct err e;
	int64_t retry;

	prepare(&d);
	ASSERT_OK(download_step(&d, &door, URL, 1 << 20, &retry, &e));
	ck_assert_int_eq(file.last_from, -1);
	check_good(&d);
}

TEST(a_download_resumes_at_every_place_it_can_be_cut)
{
	struct err e;

	for (size_t cut = 1; cut < N; cut += 1777) {
		struct download d;

		prepare(&d);
		file.no_ranges = true;
		file.cut_after = cut;
		ASSERT_ERR(step(&d, &e), ERR_UNREACHABLE);
		ck_assert_int_eq(slot_size(), (int64_t)cut);
		/* Power off and on: only the slot is left. */
		download_fini(&d);
		begin(&d);
		ck_assert_int_eq(d.done, (int64_t)cut);
		file.no_ranges = false;
		file.cut_after = 0;
		file.sent = 0;
		run(&d);
		ck_assert_uint_eq(file.sent, N - cut);
		check_good(&d);
	}
}

TEST(a_server_without_ranges_serves_a_resumed_download_too)
{
	struct download d;
	struct err e;

	prepare(&d);
	file.cut_after = 12345;
	ASSERT_ERR(step(&d, &e), ERR_UNREACHABLE);
	file.cut_after = 0;
	file.no_ranges = true;
	run(&d);
	check_good(&d);
}

TEST(one_wrong_byte_is_refused_and_nothing_is_kept)
{
	static const size_t places[] = {0, 1, CHUNK, N - 1};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct download d;
		char *bytes;

		prepare(&d);
		bytes = test_keep(xmalloc(N));
		memcpy(bytes, file.bytes, N);
		bytes[places[i]] ^= 1;
		file.bytes = bytes;
		run(&d);
		ASSERT_CODE(download_finish(&d, &e), "transport_hash");
		ck_assert_int_eq(slot_size(), 0);
		/* The right bytes are taken afterwards. */
		file.bytes = fake_bytes(N, 1);
		run(&d);
		check_good(&d);
	}
}

TEST(a_longer_file_is_refused_and_nothing_is_kept)
{
	struct download d;
	struct err e;

	prepare(&d);
	file.claim_total = (int64_t)N + 1;
	ASSERT_CODE(step(&d, &e), "transport_length");
	ck_assert_int_eq(slot_size(), 0);
	/* It says the right length and sends more. */
	file.claim_total = -1;
	file.extra = 10;
	file.piece = 10;
	ASSERT_CODE(step(&d, &e), "transport_length");
	ck_assert_int_eq(slot_size(), 0);
	/* Without ranges. */
	file.no_ranges = true;
	ASSERT_CODE(step(&d, &e), "transport_length");
	ck_assert_int_eq(slot_size(), 0);
	download_fini(&d);
	slots_fini(&slots);
}

TEST(a_shorter_file_is_refused_and_nothing_is_kept)
{
	struct download d;
	struct err e;

	prepare(&d);
	file.len = N - 1;
	ASSERT_CODE(step(&d, &e), "transport_length"); /* by its claim */
	file.no_ranges = true;
	ASSERT_CODE(step(&d, &e), "transport_length");
	ASSERT_SAYS("ends at 49999 bytes, 50000 are needed");
	ck_assert_int_eq(slot_size(), 0);
	/* It ends where we want to go on: 416. */
	file.no_ranges = false;
	file.len = N;
	ASSERT_OK(step(&d, &e));
	file.len = CHUNK;
	ASSERT_CODE(step(&d, &e), "transport_length");
	ck_assert_int_eq(slot_size(), 0);
	download_fini(&d);
	slots_fini(&slots);
}

TEST(a_range_from_another_place_is_refused)
{
	struct download d;
	struct err e;

	prepare(&d);
	ASSERT_OK(step(&d, &e));
	file.claim_from = 0;
	ASSERT_CODE(step(&d, &e), "transport_length");
	ck_assert_int_eq(slot_size(), 0);
	download_fini(&d);
	slots_fini(&slots);
}

TEST(what_is_in_the_slot_from_something_longer_is_dropped)
{
	struct download d;
	struct err e;

	prepare(&d);
	download_fini(&d);
	ASSERT_OK(slots_write(&slots, 1, 0, fake_bytes(N + 1, 9), N + 1, &e));
	begin(&d);
	ck_assert_int_eq(d.done, 0);
	run(&d);
	check_good(&d);
}

/* The slot was filled for another image: bound by the hash at the end. */
TEST(leftovers_of_another_image_never_become_this_one)
{
	struct download d;
	struct err e;

	prepare(&d);
	download_fini(&d);
	ASSERT_OK(slots_write(&slots, 1, 0, fake_bytes(999, 9), 999, &e));
	begin(&d);
	run(&d);
	ASSERT_CODE(download_finish(&d, &e), "transport_hash");
	ck_assert_int_eq(slot_size(), 0);
	run(&d);
	check_good(&d);
}

TEST(answers_that_are_no_file_leave_the_slot_alone)
{
	static const struct {
		int status;
		enum err_kind kind;
	} rows[] = {{404, ERR_NOT_FOUND},   {410, ERR_NOT_FOUND},
	            {429, ERR_BUSY},        {500, ERR_BUSY},
	            {503, ERR_BUSY},        {301, ERR_UNREACHABLE},
	            {401, ERR_UNREACHABLE}, {204, ERR_UNREACHABLE}};
	struct net_door door = fake_file_door(&file);
	struct download d;
	struct err e;

	prepare(&d);
	ASSERT_OK(step(&d, &e));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t retry = 0;

		file.status = rows[i].status;
		file.retry_after_s = 77;
		ASSERT_ERR(download_step(&d, &door, URL, CHUNK, &retry, &e),
		           rows[i].kind);
		ck_assert_int_eq(retry, rows[i].kind == ERR_BUSY ? 77 : -1);
		ck_assert_int_eq(slot_size(), CHUNK);
	}
	file.status = 0;
	run(&d);
	check_good(&d);
}

static int fail_write(void *ctx, enum fs_op op, const char *path)
{
	(void)path;
	return op == *(enum fs_op *)ctx ? ENOSPC : 0;
}

TEST(a_full_flash_is_no_fault_of_the_server)
{
	static enum fs_op writing = FS_WRITE, syncing = FS_SYNC;
	struct download d;
	struct err e;

	prepare(&d);
	fs_set_hook(fail_write, &writing);
	ASSERT_ERR(step(&d, &e), ERR_NO_SPACE);
	fs_set_hook(fail_write, &syncing);
	ASSERT_ERR(step(&d, &e), ERR_NO_SPACE);
	fs_set_hook(NULL, NULL);
	download_fini(&d);
	begin(&d);
	run(&d);
	check_good(&d);
}

TEST(an_image_of_no_bytes_needs_no_request)
{
	struct download d;
	struct err e;

	slots_init(&slots, test_dir());
	hash_sha256_hex(sha256, "", 0);
	ASSERT_OK(download_begin(&d, &slots, 1, sha256, 0, &e));
	ck_assert(download_is_whole(&d));
	ASSERT_OK(download_finish(&d, &e));
	download_fini(&d);
	slots_fini(&slots);
}
