#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/bucket.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* Computed with another implementation of SHA-256. Fielded devices hold the
 * same function: these numbers never change. */
static const struct {
	const char *release, *device;
	uint32_t bucket;
	const char *member;
} frozen[] = {
	/* clang-format off */
	{FIXTURE_RELEASE, "00000000000000000000000000000001", 850552, "amZIzdhVB5Y"},
	{ZEROS,           "00000000000000000000000000000001", 366756, "PqLYuIkfy1o"},
	{FIXTURE_RELEASE, "ffffffffffffffffffffffffffffffff", 572820, "f_Xh1QvLZj0"},
	{ZEROS,           "ffffffffffffffffffffffffffffffff", 776132, "F38c8a38TPY"},
	{FIXTURE_RELEASE, "0123456789abcdef0123456789abcdef", 905124, "RsFRDVFfUsw"},
	{ZEROS,           "0123456789abcdef0123456789abcdef", 982605, "Kyc7I-LYKiI"},
	{FIXTURE_RELEASE, "deadbeefdeadbeefdeadbeefdeadbeef", 234493, "ZbE_t8HELG4"},
	{ZEROS,           "deadbeefdeadbeefdeadbeefdeadbeef", 662273, "3o14kpSToAQ"},
	/* clang-format on */
};

TEST(buckets_are_frozen)
{
	for (size_t i = 0; i < ARRAY_LEN(frozen); i++)
		ck_assert_uint_eq(
			bucket_of(frozen[i].release, frozen[i].device),
			frozen[i].bucket);
}

TEST(list_entries_are_frozen)
{
	char member[MEMBER_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(frozen); i++) {
		bucket_member(member, frozen[i].release, frozen[i].device);
		ck_assert_str_eq(member, frozen[i].member);
	}
}

TEST(a_tenth_of_the_buckets_holds_a_tenth_of_the_devices)
{
	/* 20000 devices, so ±3 standard deviations are ±127; fixed ids, so
	 * this never flickers. */
	int below = 0;
	char id[33];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(id, sizeof(id), "%032x", (unsigned)i);
		uint32_t b = bucket_of(FIXTURE_RELEASE, id);
		ck_assert_uint_lt(b, PPM);
		below += b < PPM / 10;
	}
	ck_assert_int_ge(below, 2000 - 127);
	ck_assert_int_le(below, 2000 + 127);
}

TEST(another_release_shuffles_the_canaries)
{
	int both = 0;
	char id[33];

	for (int i = 0; i < 2000; i++) {
		(void)snprintf(id, sizeof(id), "%032x", (unsigned)i);
		both += bucket_of(FIXTURE_RELEASE, id) < PPM / 10 &&
		        bucket_of(ZEROS, id) < PPM / 10;
	}
	/* 20 expected when independent, 200 when the same devices. */
	ck_assert_int_lt(both, 40);
}
