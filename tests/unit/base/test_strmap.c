#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/strmap.h"
#include "tests/support/runner.h"

#include <stdio.h>

TEST(an_empty_map_knows_nothing)
{
	SCOPED(strmap_fini)
	struct strmap m = {0};
	size_t value = 7;

	ck_assert(!strmap_get(&m, "", &value));
	ck_assert(!strmap_get(&m, "a", &value));
	ck_assert_uint_eq(value, 7);
}

TEST(what_was_put_is_found_also_after_growing)
{
	SCOPED(strmap_fini)
	struct strmap m = {0};
	char key[32];
	size_t value;

	for (size_t i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "role.bin-%zu", i);
		strmap_put(&m, key, i);
	}
	ck_assert_uint_eq(m.len, 5000);
	for (size_t i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "role.bin-%zu", i);
		ck_assert(strmap_get(&m, key, &value));
		ck_assert_uint_eq(value, i);
	}
	ck_assert(!strmap_get(&m, "role.bin-5000", NULL));
}

TEST(the_last_value_of_a_key_counts)
{
	SCOPED(strmap_fini)
	struct strmap m = {0};
	size_t value;

	strmap_put(&m, "", 1);
	strmap_put(&m, "", 2);
	ck_assert_uint_eq(m.len, 1);
	ck_assert(strmap_get(&m, "", &value));
	ck_assert_uint_eq(value, 2);
}
