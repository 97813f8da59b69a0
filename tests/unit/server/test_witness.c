#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/repo/witness.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <string.h>

static void fill(struct witness *w)
{
	memcpy(w->repo, FIXTURE_REPO, sizeof(w->repo));
	(void)witness_see(w, "targets", 7, stock_sha256(7));
	(void)witness_see(w, "timestamp", 12, stock_sha256(12));
	(void)witness_see_limit(w, "timestamp", 1048577);
	(void)witness_see_limit(w, "rollout.band", 5);
}

TEST(what_is_written_is_read_back)
{
	SCOPED(witness_fini)
	struct witness w = {0};
	SCOPED(witness_fini)
	struct witness back = {0};
	struct err e;

	fill(&w);
	ASSERT_OK(witness_write(&w, test_path("witness"), &e));
	ASSERT_OK(witness_read(&back, test_path("witness"), &e));
	ck_assert_str_eq(back.repo, FIXTURE_REPO);
	ck_assert_uint_eq(back.len, 3);
	ck_assert_int_eq(witness_role(&back, "targets")->version, 7);
	ck_assert_str_eq(witness_role(&back, "targets")->sha256,
	                 stock_sha256(7));
	ck_assert_int_eq(witness_role(&back, "targets")->limit, 0);
	ck_assert_int_eq(witness_role(&back, "timestamp")->version, 12);
	ck_assert_int_eq(witness_role(&back, "timestamp")->limit, 1048577);
	ck_assert_int_eq(witness_role(&back, "rollout.band")->version, 0);
	ck_assert_int_eq(witness_role(&back, "rollout.band")->limit, 5);
	ck_assert_ptr_null(witness_role(&back, "root"));
}

TEST(one_that_saw_nothing_yet_is_read_back_too)
{
	SCOPED(witness_fini)
	struct witness w = {0};
	SCOPED(witness_fini)
	struct witness back = {0};
	struct err e;

	ASSERT_OK(witness_write(&w, test_path("witness"), &e));
	ASSERT_OK(witness_read(&back, test_path("witness"), &e));
	ck_assert_str_eq(back.repo, "");
	ck_assert_uint_eq(back.len, 0);
}

TEST(a_flipped_byte_and_a_cut_anywhere_are_refused)
{
	SCOPED(witness_fini)
	struct witness w = {0};
	SCOPED(buf_fini)
	struct buf whole = BUF_INIT(1 << 20);
	struct witness bad;
	struct err e;

	fill(&w);
	ASSERT_OK(witness_write(&w, test_path("witness"), &e));
	ASSERT_OK(fs_read(&whole, test_path("witness"), &e));
	for (size_t i = 0; i + 1 < whole.len; i++) {
		whole.data[i] ^= 1;
		ASSERT_OK(fs_write(test_path("bad"), whole.data, whole.len,
		                   0640, &e));
		whole.data[i] ^= 1;
		ASSERT_CODE(witness_read(&bad, test_path("bad"), &e),
		            "witness_corrupt");
		ASSERT_OK(fs_write(test_path("bad"), whole.data, i, 0640, &e));
		ASSERT_CODE(witness_read(&bad, test_path("bad"), &e),
		            "witness_corrupt");
	}
	ASSERT_SAYS("pawld witness accept");
	ASSERT_ERR(witness_read(&bad, test_path("absent"), &e), ERR_NOT_FOUND);
}

/* The digest is right and the text is not. */
TEST(text_that_is_no_witness_is_refused_whoever_wrote_it)
{
	static const char *const texts[] = {
		"pawl-witness/2\nrepo -\n",
		"pawl-witness/1\n",
		"pawl-witness/1\nrepo 12\n",
		"pawl-witness/1\nrepo -\nrole targets\n",
		"pawl-witness/1\nrepo -\nrole targets 1 - 0\n",
		"pawl-witness/1\nrepo -\nrole targets 0 x 0\n",
		"pawl-witness/1\nrepo -\nrole targets -1 - 0\n",
		"pawl-witness/1\nrepo -\nrole targets 0 - 9007199254740993\n",
		"pawl-witness/1\nrepo -\nrole  0 - 0\n",
		"pawl-witness/1\nrepo -\nroll targets 0 - 0\n",
	};
	struct witness bad;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char digest[SHA256_HEX_SIZE];
		SCOPED(free)
		char *whole = NULL;

		hash_sha256_hex(digest, texts[i], strlen(texts[i]));
		whole = xasprintf("%send %s\n", texts[i], digest);
		ASSERT_OK(fs_write(test_path("bad"), whole, strlen(whole), 0640,
		                   &e));
		ASSERT_CODE(witness_read(&bad, test_path("bad"), &e),
		            "witness_corrupt");
	}
}

TEST(what_it_saw_only_rises)
{
	SCOPED(witness_fini)
	struct witness w = {0};

	ck_assert(witness_see(&w, "targets", 7, stock_sha256(7)));
	ck_assert(!witness_see(&w, "targets", 7, stock_sha256(8)));
	ck_assert(!witness_see(&w, "targets", 6, stock_sha256(6)));
	ck_assert_str_eq(witness_role(&w, "targets")->sha256, stock_sha256(7));
	ck_assert(witness_see_limit(&w, "targets", 9));
	ck_assert(!witness_see_limit(&w, "targets", 8));
	ck_assert_int_eq(witness_role(&w, "targets")->limit, 9);
}

TEST(below_it_and_beside_it_nothing_is_published)
{
	SCOPED(witness_fini)
	struct witness w = {0};
	struct err e;

	fill(&w);
	ASSERT_OK(witness_check(&w, "targets", 8, stock_sha256(1), &e));
	ASSERT_OK(witness_check(&w, "targets", 7, stock_sha256(7), &e));
	ASSERT_OK(witness_check(&w, "root", 1, stock_sha256(1), &e));
	ASSERT_CODE(witness_check(&w, "targets", 7, stock_sha256(1), &e),
	            "witness_version");
	ASSERT_SAYS("other bytes");
	ASSERT_CODE(witness_check(&w, "targets", 6, stock_sha256(6), &e),
	            "witness_version");
	ASSERT_SAYS("targets: version 6 is below 7");
	ASSERT_SAYS("publish the newest files");
}

TEST(what_is_prepared_counts_when_it_is_settled)
{
	SCOPED(witness_fini)
	struct witness w = {0};
	SCOPED(witness_fini)
	struct witness before = {0};
	SCOPED(witness_fini)
	struct witness after = {0};
	struct err e;

	fill(&w);
	ASSERT_OK(witness_write(&w, test_path("witness"), &e));
	(void)witness_see(&w, "targets", 9, stock_sha256(9));
	ASSERT_OK(witness_prepare(&w, test_path("witness"), &e));
	ASSERT_OK(witness_read(&before, test_path("witness"), &e));
	ck_assert_int_eq(witness_role(&before, "targets")->version, 7);
	ASSERT_OK(witness_settle(test_path("witness"), &e));
	ASSERT_OK(witness_read(&after, test_path("witness"), &e));
	ck_assert_int_eq(witness_role(&after, "targets")->version, 9);
}
