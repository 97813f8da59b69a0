#include "config.h"

#include "server/store/releases.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <stdio.h>
#include <string.h>

static struct release_row release(const char *version)
{
	struct release_row r = {
		.product = "coat",
		.length = 1024,
		.published_ms = STOCK_MS,
		.custom = "{\"fw\":{}}",
	};

	(void)snprintf(r.version, sizeof(r.version), "%s", version);
	(void)snprintf(r.path, sizeof(r.path), "fw/coat/%s_coat.bin", version);
	(void)snprintf(r.sha256, sizeof(r.sha256), "%s",
	               stock_sha256(version[0]));
	return r;
}

/* All of them, the retired ones with a mark. */
#define LISTED                                                              \
	"SELECT version || iif(retired_ms IS NULL, '', '!') FROM releases " \
	"ORDER BY key"

TEST(a_release_is_kept_as_it_was_signed)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct release_row r = release("2.1.0");
	struct err e;

	ASSERT_OK(releases_add(s, &r, &e));
	ck_assert_str_eq(
		stock_read("SELECT product || ' ' || version || ' ' || path "
	                   "|| ' ' || length || ' ' || custom FROM releases"),
		"coat 2.1.0 fw/coat/2.1.0_coat.bin 1024 {\"fw\":{}} ");
	ck_assert_int_eq(strncmp(stock_read("SELECT lower(hex(sha256)) "
	                                    "FROM releases"),
	                         r.sha256, strlen(r.sha256)),
	                 0);
}

TEST(a_path_stands_for_the_same_bytes_for_ever)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct release_row r = release("2.1.0"), bytes = r, length = r,
			   custom = r;
	struct err e;

	(void)snprintf(bytes.sha256, sizeof(bytes.sha256), "%s",
	               stock_sha256(99));
	length.length++;
	custom.custom = "{}";
	ASSERT_OK(releases_add(s, &r, &e));
	ASSERT_OK(releases_add(s, &r, &e));
	ASSERT_CODE(releases_add(s, &bytes, &e), "path_reused");
	ASSERT_SAYS(r.path);
	ASSERT_CODE(releases_add(s, &length, &e), "path_reused");
	ASSERT_CODE(releases_add(s, &custom, &e), "path_reused");
}

TEST(a_retired_release_is_listed_again_when_it_comes_back)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct release_row one = release("1.0.0"), two = release("2.0.0");
	struct err e;

	ASSERT_OK(releases_add(s, &one, &e));
	ASSERT_OK(releases_add(s, &two, &e));
	ASSERT_OK(releases_retire(s, one.path, STOCK_MS + 1, &e));
	ASSERT_ERR(releases_retire(s, "fw/coat/x", 1, &e), ERR_NOT_FOUND);
	ck_assert_str_eq(stock_read(LISTED), "1.0.0! 2.0.0 ");
	ASSERT_OK(releases_add(s, &one, &e));
	ck_assert_str_eq(stock_read(LISTED), "1.0.0 2.0.0 ");
}
