#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(hex_is_lower_case_and_exact)
{
	uint8_t out[2];
	char text[9];

	hex_encode(text, "\x00\x7f\xab\xff", 4);
	ck_assert_str_eq(text, "007fabff");
	ck_assert_int_eq(hex_decode(out, 2, "ab09"), 0);
	ck_assert_mem_eq(out, "\xab\x09", 2);
	ck_assert_int_eq(hex_decode(out, 0, ""), 0);
}

TEST(other_spellings_of_hex_are_refused)
{
	static const char *const bad[] = {"",     "ab0",  "ab090", "AB09",
	                                  "0xab", "ab 9", "ab0g",  "ab\n9",
	                                  "ab0:", "-b09", "ab09 ", "ab0/"};
	uint8_t out[2];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(hex_decode(out, 2, bad[i]) == -1, "'%s'", bad[i]);
	ck_assert(is_hex("00ff", 4));
	ck_assert(!is_hex("00ff", 3));
	ck_assert(!is_hex("00ff", 5));
}

/* RFC 4648 section 10, with the URL alphabet and no padding. */
TEST(base64url_agrees_with_the_rfc)
{
	static const struct {
		const char *plain, *text;
	} vectors[] = {{"", ""},
	               {"f", "Zg"},
	               {"fo", "Zm8"},
	               {"foo", "Zm9v"},
	               {"foob", "Zm9vYg"},
	               {"fooba", "Zm9vYmE"},
	               {"foobar", "Zm9vYmFy"},
	               {"\xfb\xff\xbf", "-_-_"}};

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		size_t n = strlen(vectors[i].plain);
		char text[16], plain[16] = {0};

		base64url_encode(text, vectors[i].plain, n);
		ck_assert_str_eq(text, vectors[i].text);
		ck_assert_uint_eq(strlen(text), BASE64URL_LEN(n));
		ck_assert_int_eq(base64url_decode(plain, n, text), 0);
		ck_assert_mem_eq(plain, vectors[i].plain, n);
	}
}

TEST(every_byte_value_survives_base64url_at_every_length)
{
	for (size_t n = 0; n <= 64; n++) {
		uint8_t in[64], out[64] = {0};
		char text[BASE64URL_LEN(64) + 1];

		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)(i * 41 + n * 7);
		base64url_encode(text, in, n);
		ck_assert_int_eq(base64url_decode(out, n, text), 0);
		ck_assert_mem_eq(out, in, n);
	}
}

TEST(base64url_has_one_spelling_per_value)
{
	/* One byte each: padding, spare bits, foreign letters, lengths. */
	static const char *const bad[] = {"Zg==", "Zh", "Zv", "Z",  "",
	                                  "Zg=",  "Z+", "Z/", "Z ", "ZgA"};
	uint8_t out[4];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(base64url_decode(out, 1, bad[i]) == -1, "'%s'",
		              bad[i]);
	ck_assert_int_eq(base64url_decode(out, 2, "Zm9"), -1);
}
