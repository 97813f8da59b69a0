#include "config.h"

#include "lib/base/rng.h"
#include "tests/support/runner.h"

#include <string.h>

/* splitmix64's published first outputs for the seed 1234567. */
TEST(the_seeded_stream_is_splitmix64)
{
	struct rng_seeded s;
	uint64_t v[3];

	rng_seeded_init(&s, 1234567);
	for (int i = 0; i < 3; i++)
		rng_fill(&s.rng, &v[i], sizeof(v[i]));
	ck_assert(v[0] == UINT64_C(6457827717110365317));
	ck_assert(v[1] == UINT64_C(3203168211198807973));
	ck_assert(v[2] == UINT64_C(9817491932198370423));
}

TEST(a_seed_gives_its_stream_again)
{
	struct rng_seeded a, b, c;
	unsigned char x[100], y[100], z[100];

	rng_seeded_init(&a, 5);
	rng_seeded_init(&b, 5);
	rng_seeded_init(&c, 6);
	rng_fill(&a.rng, x, sizeof(x));
	rng_fill(&b.rng, y, sizeof(y));
	rng_fill(&c.rng, z, sizeof(z));
	ck_assert_mem_eq(x, y, sizeof(x));
	ck_assert_mem_ne(x, z, sizeof(x));
}

/* 60,000 throws of a die: chi-square with 5 degrees of freedom above 25.7
 * happens once in 10,000 seeds; this seed stands below. */
TEST(every_face_of_a_die_comes_up)
{
	struct rng_seeded s;
	int faces[6] = {0};
	double chi = 0;

	rng_seeded_init(&s, 1);
	for (int i = 0; i < 60000; i++)
		faces[rng_below(&s.rng, 6)]++;
	for (int i = 0; i < 6; i++)
		chi += (faces[i] - 10000.0) * (faces[i] - 10000.0) / 10000.0;
	ck_assert_double_lt(chi, 25.7);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(rng_below(&s.rng, 1), 0);
}

/* A stream of our own choosing, to reach the rejection branch. */
struct scripted {
	struct rng rng;
	const uint64_t *next;
};

static void scripted_fill(struct rng *r, void *out, size_t n)
{
	struct scripted *s = (struct scripted *)(void *)r;

	memcpy(out, s->next++, n);
}

TEST(values_that_would_tilt_the_die_are_thrown_again)
{
	/* 2^64 mod 3 is 1: only the value 0 is unfair. */
	static const uint64_t stream[] = {0, 0, 7};
	struct scripted s = {{scripted_fill}, stream};

	ck_assert_uint_eq(rng_below(&s.rng, 3), 1);
	ck_assert_ptr_eq(s.next, stream + 3);
}

TEST(the_system_fills_every_byte)
{
	unsigned char a[300] = {0}, b[300] = {0};
	int same = 0;

	rng_fill(&rng_system, a, sizeof(a));
	rng_fill(&rng_system, b, sizeof(b));
	for (size_t i = 0; i < sizeof(a); i++)
		same += a[i] == b[i];
	/* 1.2 expected; more than 20 once in 10^19 runs. */
	ck_assert_int_le(same, 20);
}
