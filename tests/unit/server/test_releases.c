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

static int take(void *ctx, const struct release_row *r, struct err *e)
{
	char *text = ctx;
	size_t used = strlen(text);

	(void)e;
	ck_assert_str_eq(r->custom, "{\"fw\":{}}");
	(void)snprintf(text + used, 200 - used, "%s%s ", r->version,
	               r->retired_ms != 0 ? "!" : "");
	return 0;
}

TEST(a_release_is_found_by_its_path)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	SCOPED(buf_fini)
	struct buf custom = BUF_INIT(100);
	struct release_row r = release("2.1.0"), got;
	struct err e;

	ASSERT_OK(releases_add(s, &r, &e));
	ASSERT_OK(releases_find(&got, &custom, s, r.path, &e));
	ck_assert_str_eq(got.product, "coat");
	ck_assert_str_eq(got.version, "2.1.0");
	ck_assert_str_eq(got.path, r.path);
	ck_assert_str_eq(got.sha256, r.sha256);
	ck_assert_int_eq(got.length, 1024);
	ck_assert_int_eq(got.published_ms, STOCK_MS);
	ck_assert_int_eq(got.retired_ms, 0);
	ck_assert_str_eq(buf_str(&custom), r.custom);
	ASSERT_ERR(releases_find(&got, &custom, s, "fw/coat/x", &e),
	           ERR_NOT_FOUND);
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
	char text[200] = "";
	struct err e;

	ASSERT_OK(releases_add(s, &one, &e));
	ASSERT_OK(releases_add(s, &two, &e));
	ASSERT_OK(releases_retire(s, one.path, STOCK_MS + 1, &e));
	ASSERT_ERR(releases_retire(s, "fw/coat/x", 1, &e), ERR_NOT_FOUND);
	ASSERT_OK(releases_each(s, take, text, &e));
	ck_assert_str_eq(text, "2.0.0 ");
	ASSERT_OK(releases_add(s, &one, &e));
	text[0] = '\0';
	ASSERT_OK(releases_each(s, take, text, &e));
	ck_assert_str_eq(text, "1.0.0 2.0.0 ");
}

TEST(releases_are_listed_newest_first)
{
	SCOPED(store_close)
	struct store *s = stock_open();
	struct release_row one = release("1.0.0"), two = release("2.0.0"),
			   hat = release("3.0.0");
	char text[200] = "";
	struct err e;

	(void)snprintf(hat.product, sizeof(hat.product), "hat");
	ASSERT_OK(releases_add(s, &one, &e));
	ASSERT_OK(releases_add(s, &two, &e));
	ASSERT_OK(releases_add(s, &hat, &e));
	ASSERT_OK(releases_retire(s, one.path, STOCK_MS + 1, &e));
	ASSERT_OK(releases_page(s, "coat", 0, 10, take, text, &e));
	ck_assert_str_eq(text, "2.0.0 1.0.0! ");
	text[0] = '\0';
	ASSERT_OK(releases_page(s, "", 0, 1, take, text, &e));
	ASSERT_OK(releases_page(s, NULL, 2, 1, take, text, &e));
	ck_assert_str_eq(text, "3.0.0 1.0.0! ");
}
