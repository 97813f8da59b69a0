#include "config.h"

#include "device/crc.h"
#include "tests/support/runner.h"

/* The check value every CRC catalogue lists for CRC-32. */
TEST(the_crc_is_crc_32)
{
	char text[CRC_TEXT_SIZE];
	uint32_t back;

	ck_assert_uint_eq(crc_add(0, "123456789", 9), 0xcbf43926u);
	ck_assert_uint_eq(crc_add(crc_add(0, "1234", 4), "56789", 5),
	                  0xcbf43926u);
	crc_format(text, 0xcbf43926u);
	ck_assert_str_eq(text, "cbf43926");
	ck_assert_int_eq(crc_parse(&back, text), 0);
	ck_assert_uint_eq(back, 0xcbf43926u);
	ck_assert_int_eq(crc_parse(&back, "CBF43926"), -1);
	ck_assert_int_eq(crc_parse(&back, "cbf4392"), -1);
}
