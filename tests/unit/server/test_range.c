#include "config.h"

#include "server/http/range.h"
#include "tests/support/runner.h"

#include <inttypes.h>

static const struct {
	const char *header;
	uint64_t len;
	enum range_outcome outcome;
	uint64_t first, last;
} rows[] = {
	{"bytes=0-0", 10, RANGE_PART, 0, 0},
	{"bytes=0-9", 10, RANGE_PART, 0, 9},
	{"bytes=0-10", 10, RANGE_PART, 0, 9},
	{"bytes=3-", 10, RANGE_PART, 3, 9},
	{"bytes=9-", 10, RANGE_PART, 9, 9},
	{"BYTES=1-2", 10, RANGE_PART, 1, 2},
	{"bytes=-1", 10, RANGE_PART, 9, 9},
	{"bytes=-10", 10, RANGE_PART, 0, 9},
	{"bytes=-11", 10, RANGE_PART, 0, 9},
	{"bytes=5-99999999999999999999999999", 10, RANGE_PART, 5, 9},
	{"bytes=-99999999999999999999999999", 10, RANGE_PART, 0, 9},
	{"bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0},
	{"bytes=10-20", 10, RANGE_UNSATISFIABLE, 0, 0},
	{"bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0},
	{"bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0},
	{"bytes=-1", 0, RANGE_UNSATISFIABLE, 0, 0},
	{"bytes=99999999999999999999999999-", 10, RANGE_UNSATISFIABLE, 0, 0},
	{"bytes=2-1", 10, RANGE_IGNORED, 0, 0},
	{"bytes=0-1,3-4", 10, RANGE_IGNORED, 0, 0},
	{"bytes=0-1 ", 10, RANGE_IGNORED, 0, 0},
	{"bytes= 0-1", 10, RANGE_IGNORED, 0, 0},
	{"bytes=a-b", 10, RANGE_IGNORED, 0, 0},
	{"bytes=1", 10, RANGE_IGNORED, 0, 0},
	{"bytes=-", 10, RANGE_IGNORED, 0, 0},
	{"bytes=--1", 10, RANGE_IGNORED, 0, 0},
	{"bytes=", 10, RANGE_IGNORED, 0, 0},
	{"lines=0-1", 10, RANGE_IGNORED, 0, 0},
	{"", 10, RANGE_IGNORED, 0, 0},
};

TEST(a_range_is_one_part_or_all_or_nothing)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t first = 0, last = 0;
		enum range_outcome got =
			range_parse(&first, &last, rows[i].header, rows[i].len);

		ck_assert_msg(got == rows[i].outcome, "%s: %d", rows[i].header,
		              (int)got);
		if (got == RANGE_PART)
			ck_assert_msg(first == rows[i].first &&
			                      last == rows[i].last,
			              "%s: %" PRIu64 "-%" PRIu64,
			              rows[i].header, first, last);
	}
}
