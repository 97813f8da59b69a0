#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/repo/journal.h"
#include "tests/support/runner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct journal *opened(void)
{
	struct journal *j = test_keep(xcalloc(1, sizeof(*j)));
	struct err e;

	ASSERT_OK(journal_open(j, test_path("journal"), &e));
	return j;
}

/* As a killed process leaves it. */
static void drop(struct journal *j)
{
	(void)close(j->fd);
	free(j->path);
	j->path = NULL;
}

static void shut(struct journal *j, bool clean)
{
	struct err e;

	ASSERT_OK(journal_close(j, clean, &e));
}

static int64_t version(struct journal *j, const char *role, int64_t above)
{
	struct err e;
	int64_t v = 0;

	ASSERT_OK(journal_version(j, role, above, &v, &e));
	return v;
}

static struct journal_halt halt(const char *plan, const char *hw,
                                const char *region)
{
	struct journal_halt h = {.product = "band", .rev = 1, .at_ms = 5};

	(void)snprintf(h.plan_id, sizeof(h.plan_id), "%s", plan);
	(void)snprintf(h.hw, sizeof(h.hw), "%s", hw);
	(void)snprintf(h.region, sizeof(h.region), "%s", region);
	return h;
}

static void add(struct journal *j, const char *plan, const char *hw,
                const char *region)
{
	struct journal_halt h = halt(plan, hw, region);
	struct err e;

	ASSERT_OK(journal_add_halt(j, &h, &e));
}

/* Is the cell stopped by what the journal holds? */
static bool stops(const struct journal *j, const char *plan, const char *hw,
                  const char *region)
{
	for (uint32_t i = 0; i < j->page.n_halts; i++) {
		const struct journal_halt *h = &j->page.halts[i];

		if (strcmp(h->plan_id, plan) == 0 &&
		    (strcmp(h->hw, "*") == 0 || strcmp(h->hw, hw) == 0) &&
		    (strcmp(h->region, "*") == 0 ||
		     strcmp(h->region, region) == 0))
			return true;
	}
	return false;
}

static void scribble(off_t at)
{
	int fd = open(test_path("journal"), O_WRONLY);

	ck_assert(pwrite(fd, "torn", 4, at) == 4);
	(void)close(fd);
}

TEST(a_new_journal_numbers_from_one_and_above_what_the_database_knows)
{
	struct journal *j = opened();

	ck_assert(j->is_new);
	ck_assert_int_eq(version(j, "timestamp", 0), 1);
	ck_assert_int_eq(version(j, "timestamp", 0), 2);
	ck_assert_int_eq(version(j, "snapshot", 41), 42);
	ck_assert_int_eq(version(j, "timestamp", 2), 3);
	shut(j, true);
}

TEST(a_version_is_never_handed_out_twice_across_crashes_and_reopenings)
{
	int64_t last = 0;

	for (int round = 0; round < 8; round++) {
		struct journal *j = opened();

		for (int i = 0; i < 5; i++) {
			/* The database forgot everything. */
			int64_t v = version(j, "timestamp", 0);

			ck_assert_int_gt(v, last);
			last = v;
		}
		if (round % 2 == 0)
			drop(j);
		else
			shut(j, true);
	}
}

TEST(an_orderly_stop_is_told_from_a_crash)
{
	struct journal *j = opened();

	shut(j, true);
	j = opened();
	ck_assert(j->was_clean);
	drop(j);
	j = opened();
	ck_assert(!j->was_clean);
	shut(j, false);
	j = opened();
	ck_assert(!j->was_clean);
	shut(j, true);
}

TEST(a_halt_survives_a_crash_and_leaves_when_the_database_has_it)
{
	struct journal *j = opened();
	struct err e;

	add(j, "spring", "a7", "eu");
	drop(j);
	j = opened();
	ck_assert(stops(j, "spring", "a7", "eu"));
	ck_assert(!stops(j, "spring", "a7", "us"));
	ASSERT_OK(journal_clear_halts(j, &e));
	drop(j);
	j = opened();
	ck_assert_uint_eq(j->page.n_halts, 0);
	shut(j, true);
}

TEST(a_journal_with_a_halt_is_not_marked_as_closed)
{
	struct journal *j = opened();

	add(j, "spring", "a7", "eu");
	shut(j, true);
	j = opened();
	ck_assert(!j->was_clean);
	ck_assert(stops(j, "spring", "a7", "eu"));
	shut(j, false);
}

/* The page that the next write would go to. */
TEST(a_write_that_tore_leaves_the_page_before_it)
{
	for (int round = 0; round < 3; round++) {
		struct journal *j = opened();
		int64_t before = version(j, "timestamp", 0);
		off_t next = 65536 * (off_t)((j->page.sequence + 1) % 2);

		drop(j);
		scribble(next + 200);
		j = opened();
		ck_assert_int_gt(version(j, "timestamp", 0), before);
		shut(j, true);
	}
}

TEST(a_torn_newest_page_loses_at_most_the_write_that_tore_it)
{
	struct journal *j = opened();
	uint64_t sequence;

	add(j, "spring", "a7", "eu");
	add(j, "spring", "a7", "us");
	sequence = j->page.sequence;
	drop(j);
	scribble((off_t)65536 * (off_t)(sequence % 2) + 300);
	j = opened();
	ck_assert(stops(j, "spring", "a7", "eu"));
	shut(j, false);
}

TEST(a_journal_that_was_never_finished_is_begun_anew)
{
	struct err e;

	/* Killed while it was made, and once more by an older program. */
	ASSERT_OK(fs_write(test_path("journal.new"), "half a pa", 9, 0640, &e));
	ASSERT_OK(fs_write(test_path("journal"), "", 0, 0640, &e));
	struct journal *j = opened();
	ck_assert(j->is_new);
	ck_assert_int_eq(version(j, "snapshot", 0), 1);
	drop(j);
	j = opened();
	ck_assert(!j->is_new);
	ck_assert(!fs_exists(test_path("journal.new")));
	shut(j, true);
}

TEST(two_torn_pages_are_refused_and_not_guessed)
{
	struct journal *j = opened();
	struct err e;

	drop(j);
	scribble(200);
	scribble(65536 + 200);
	j = test_keep(xcalloc(1, sizeof(*j)));
	ASSERT_CODE(journal_open(j, test_path("journal"), &e),
	            "journal_corrupt");
	shut(j, false);
}

TEST(a_full_journal_stops_more_never_less)
{
	struct journal *j = opened();
	char region[8];

	add(j, "winter", "a7", "eu");
	for (int i = 0; i < JOURNAL_HALTS_MAX + 10; i++) {
		(void)snprintf(region, sizeof(region), "r%d", i);
		add(j, "spring", "a7", region);
	}
	drop(j);
	j = opened();
	ck_assert(stops(j, "winter", "a7", "eu"));
	ck_assert(!stops(j, "winter", "a7", "us"));
	for (int i = 0; i < JOURNAL_HALTS_MAX + 10; i++) {
		(void)snprintf(region, sizeof(region), "r%d", i);
		ck_assert(stops(j, "spring", "a7", region));
	}
	shut(j, false);
}

TEST(the_same_halt_again_takes_no_place)
{
	struct journal *j = opened();

	for (int i = 0; i <= JOURNAL_HALTS_MAX; i++)
		add(j, "spring", "a7", "eu");
	ck_assert_uint_eq(j->page.n_halts, 1);
	ck_assert(!stops(j, "spring", "a7", "us"));
	/* What is wider does, and what is narrower does not. */
	add(j, "spring", "*", "us");
	add(j, "spring", "b2", "us");
	add(j, "spring", "*", "us");
	ck_assert_uint_eq(j->page.n_halts, 2);
	add(j, "winter", "a7", "eu");
	ck_assert_uint_eq(j->page.n_halts, 3);
	drop(j);
	j = opened();
	ck_assert(stops(j, "spring", "b2", "us"));
	ck_assert(stops(j, "winter", "a7", "eu"));
	shut(j, false);
}

TEST(a_halt_that_could_not_be_written_is_written_when_it_is_said_again)
{
	struct journal *j = opened();
	struct journal_halt h = halt("spring", "a7", "eu");
	int fd = j->fd;
	struct err e;

	j->fd = open("/dev/full", O_RDWR);
	ck_assert_int_eq(journal_add_halt(j, &h, &e), -1);
	(void)close(j->fd);
	j->fd = fd;
	add(j, "spring", "a7", "eu");
	drop(j);
	j = opened();
	ck_assert_uint_eq(j->page.n_halts, 1);
	ck_assert(stops(j, "spring", "a7", "eu"));
	shut(j, false);
}

TEST(another_plan_s_halt_is_not_pushed_out_of_a_full_journal)
{
	struct journal *j = opened();
	char region[8];

	for (int i = 0; i < JOURNAL_HALTS_MAX; i++) {
		(void)snprintf(region, sizeof(region), "r%d", i);
		add(j, i < 40 ? "spring" : "winter", "a7", region);
	}
	add(j, "autumn", "a7", "eu");
	ck_assert(stops(j, "autumn", "a7", "eu"));
	for (int i = 0; i < JOURNAL_HALTS_MAX; i++) {
		(void)snprintf(region, sizeof(region), "r%d", i);
		ck_assert(stops(j, i < 40 ? "spring" : "winter", "a7", region));
	}
	shut(j, false);
}

TEST(the_journal_needs_no_free_space_once_it_is_made)
{
	struct journal *j = opened();
	struct err e;
	int64_t size = 0, after = 0;

	ASSERT_OK(fs_size(&size, test_path("journal"), &e));
	for (int i = 0; i < 100; i++)
		ASSERT_OK(journal_signed(j, i, &e));
	add(j, "spring", "a7", "eu");
	ASSERT_OK(fs_size(&after, test_path("journal"), &e));
	ck_assert_int_eq(size, after);
	shut(j, false);
}

TEST(a_page_that_makes_no_sense_is_none_whatever_its_digest)
{
	const struct journal_page good = {
		.sequence = 3,
		.n_roles = 1,
		.n_halts = 1,
		.roles = {{.role = "timestamp", .limit = 7}},
		.halts = {{.plan_id = "spring", .product = "band", .rev = 1}},
	};
	struct journal_page bad[6], back;
	uint8_t *bytes = test_keep(xcalloc(1, JOURNAL_PAGE_MAX));
	size_t len = journal_format(bytes, &good);

	ck_assert(journal_parse(&back, bytes, len));
	ck_assert_str_eq(back.roles[0].role, "timestamp");
	ck_assert(!journal_parse(&back, bytes, len - 1));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[0].n_roles = JOURNAL_ROLES_MAX + 1;
	bad[1].n_halts = JOURNAL_HALTS_MAX + 1;
	memset(bad[2].roles[0].role, 'x', sizeof(bad[2].roles[0].role));
	memset(bad[3].halts[0].region, 'x', sizeof(bad[3].halts[0].region));
	bad[4].roles[0].limit = -1;
	memset(&bad[5].clean, 7, 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		len = journal_format(bytes, &bad[i]);
		ck_assert_msg(!journal_parse(&back, bytes, len),
		              "page %zu is taken", i);
	}
}
