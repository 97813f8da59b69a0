#include "config.h"

#include "lib/base/buf.h"
#include "lib/base/fs.h"
#include "lib/crypto/hash.h"
#include "tests/support/runner.h"
#include "web/assets.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define STATIC PAWL_SRCDIR "/web/static"
#define ASSET_MAX ((size_t)1 << 20)

/* The asset is the file, byte for byte, and its tag is the bytes' sha256. */
static void check_file(const char *path, const char *name)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(ASSET_MAX);
	char tag[SHA256_HEX_SIZE];
	const struct web_asset *a = web_asset_find(name);
	struct err e;

	ck_assert_msg(a != NULL, "%s is not compiled in", name);
	ASSERT_OK(fs_read(&b, path, &e));
	ck_assert_uint_eq(a->len, b.len);
	ck_assert_msg(memcmp(a->bytes, buf_str(&b), b.len) == 0,
	              "%s has other bytes", name);
	hash_sha256_hex(tag, buf_str(&b), b.len);
	ck_assert_str_eq(a->etag, tag);
}

TEST(every_file_of_the_dashboard_is_compiled_in_byte_for_byte)
{
	DIR *d = opendir(STATIC);
	size_t files = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *f = readdir(d); f != NULL; f = readdir(d)) {
		char path[1024];

		if (f->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), STATIC "/%s", f->d_name);
		check_file(path, f->d_name);
		files++;
	}
	(void)closedir(d);
	/* And one more, the description of the interface. */
	ck_assert_uint_eq(web_n_assets, files + 1);
}

TEST(the_description_of_the_interface_is_compiled_in)
{
	check_file(PAWL_SRCDIR "/schema/openapi.yaml", "openapi.yaml");
}

TEST(an_asset_is_found_by_its_exact_name_only)
{
	ck_assert_ptr_nonnull(web_asset_find("index.html"));
	ck_assert_ptr_null(web_asset_find(""));
	ck_assert_ptr_null(web_asset_find("index"));
	ck_assert_ptr_null(web_asset_find("Index.html"));
	ck_assert_ptr_null(web_asset_find("static/index.html"));
	ck_assert_ptr_null(web_asset_find("../local.mk"));
}

TEST(a_type_follows_from_the_name)
{
	static const struct {
		const char *name, *type;
	} cases[] = {
		{"index.html", "text/html; charset=utf-8"},
		{"app.js", "text/javascript; charset=utf-8"},
		{"style.css", "text/css; charset=utf-8"},
		{"icon.svg", "image/svg+xml"},
		{"openapi.yaml", "application/yaml"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(web_asset_find(cases[i].name)->type,
		                 cases[i].type);
}

static bool contains(const struct web_asset *a, const char *text)
{
	return memmem(a->bytes, a->len, text, strlen(text)) != NULL;
}

/* What a device wrote reaches the page as text nodes only, and the content
 * policy (default-src 'self') needs no exception. */
TEST(the_dashboard_makes_no_markup_or_code_from_text)
{
	static const char *const refused[] = {
		"innerHTML",      "outerHTML",  "insertAdjacentHTML",
		"document.write", "eval(",      "Function(",
		"setTimeout('",   "srcdoc",     "DOMParser",
		"javascript:",    " style=",    "<style",
		" onclick=",      " onload=",   "localStorage",
		"://cdn",         "src=\"http", "from 'http",
	};

	for (size_t i = 0; i < web_n_assets; i++) {
		const struct web_asset *a = &web_assets[i];

		if (strcmp(a->name, "openapi.yaml") == 0)
			continue;
		for (size_t k = 0; k < sizeof(refused) / sizeof(refused[0]);
		     k++)
			ck_assert_msg(!contains(a, refused[k]), "%s has %s",
			              a->name, refused[k]);
	}
}
