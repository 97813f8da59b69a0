#include "config.h"

#include "lib/base/crew.h"
#include "tests/support/runner.h"

#include <stdatomic.h>
#include <string.h>

#define PIECES 1000

struct work {
	atomic_int done[PIECES];
	size_t bad, worse; /* pieces that fail */
};

static int count(void *ctx, size_t i, struct err *e)
{
	struct work *w = ctx;

	atomic_fetch_add(&w->done[i], 1);
	if (i == w->bad || i == w->worse)
		return err_set(e, ERR_IO, "piece %zu", i);
	return 0;
}

static void all_done_once(const struct work *w)
{
	for (size_t i = 0; i < PIECES; i++)
		ck_assert_int_eq(w->done[i], 1);
}

TEST(a_crew_of_any_size_does_every_piece_once)
{
	static const size_t sizes[] = {0, 1, 2, 5, CREW_MAX, 100};
	struct err e;

	for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
		static struct work w;

		memset(&w, 0, sizeof(w));
		w.bad = w.worse = PIECES;
		ASSERT_OK(crew_run(count, &w, PIECES, sizes[k], &e));
		all_done_once(&w);
	}
	ASSERT_OK(crew_run(count, NULL, 0, 4, &e));
}

TEST(the_error_is_that_of_the_lowest_piece_whoever_is_first)
{
	struct err e;

	for (size_t threads = 1; threads <= CREW_MAX; threads++) {
		static struct work w;

		memset(&w, 0, sizeof(w));
		w.bad = 3;
		w.worse = PIECES - 1;
		ASSERT_ERR(crew_run(count, &w, PIECES, threads, &e), ERR_IO);
		ck_assert_str_eq(e.msg, "piece 3");
		all_done_once(&w);
		ck_assert_int_eq(crew_run(count, &w, PIECES, threads, NULL),
		                 -1);
	}
}

TEST(a_crew_is_no_larger_than_its_work)
{
	ck_assert_uint_eq(crew_size(0, 8), 1);
	ck_assert_uint_eq(crew_size(15, 8), 1);
	ck_assert_uint_ge(crew_size(100000, 8), 1);
	ck_assert_uint_le(crew_size(16, 8), 2);
}
