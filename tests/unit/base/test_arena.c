#include "config.h"

#include "lib/base/arena.h"
#include "tests/support/runner.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

TEST(arena_memory_is_zeroed_and_aligned_for_anything)
{
	struct arena a;

	arena_init(&a, 1 << 16);
	for (size_t size = 1; size < 200; size += 7) {
		unsigned char *p = arena_alloc(&a, size);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_int_eq(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_fini(&a);
}

TEST(an_arena_refuses_past_its_ceiling_and_goes_on_below_it)
{
	struct arena a;

	arena_init(&a, 64);
	ck_assert_ptr_null(arena_alloc(&a, 65));
	ck_assert_ptr_nonnull(arena_alloc(&a, 48));
	ck_assert_ptr_null(arena_alloc(&a, 17));
	ck_assert_ptr_nonnull(arena_alloc(&a, 16));
	ck_assert_ptr_null(arena_alloc(&a, 1));
	ck_assert_uint_eq(a.used_bytes, 64);
	arena_fini(&a);
}

TEST(an_arena_never_wraps_a_size)
{
	struct arena a;

	arena_init(&a, SIZE_MAX);
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX));
	ck_assert_ptr_null(arena_calloc(&a, SIZE_MAX / 2, 3));
	arena_fini(&a);
}

TEST(an_arena_copies_text_and_prints)
{
	SCOPED(arena_fini)
	struct arena a;
	char big[9000];

	arena_init(&a, 1 << 16);
	ck_assert_str_eq(arena_strdup(&a, "slot"), "slot");
	ck_assert_str_eq(arena_memdup(&a, "ab\0c", 2), "ab");
	ck_assert_str_eq(arena_printf(&a, "%s.%d", "a", 7), "a.7");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	/* Larger than a block. */
	ck_assert_str_eq(arena_strdup(&a, big), big);
}
