#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/file.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(a_file_s_name_says_its_role_and_version)
{
	static const struct {
		const char *name, *role;
		int64_t version;
	} good[] = {
		{"7.targets.json", "targets", 7},
		{"1.root.json", "root", 1},
		{"12.releases.coat.json", "releases.coat", 12},
		{"timestamp.json", "timestamp", 5},
	};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct file *f = file_new(good[i].name, 5, "{}", 2, &e);

		ck_assert_ptr_nonnull(f);
		ck_assert_str_eq(f->name, good[i].name);
		ck_assert_str_eq(f->role, good[i].role);
		ck_assert_int_eq(f->version, good[i].version);
		ck_assert_str_eq(f->bytes, "{}");
		ck_assert_uint_eq(f->len, 2);
		file_unref(f);
	}
}

#define SMALL(version)                                                        \
	"{\"signatures\":[],\"signed\":{\"_type\":\"targets\",\"expires\":"   \
	"\"2030-01-01T00:00:00Z\",\"spec_version\":\"1.0.0\",\"targets\":{}," \
	"\"version\":" version "}}"

TEST(a_file_is_read_once_and_keeps_no_document_of_other_bytes)
{
	struct err e;
	struct file *f = file_new("1.targets.json", 0, SMALL("1"),
	                          strlen(SMALL("1")), &e);
	struct file *other = file_new("1.targets.json", 0, SMALL("2"),
	                              strlen(SMALL("2")), &e);
	struct tuf_doc *d = file_read(f, &e), *again = file_read(f, &e);

	ck_assert_ptr_nonnull(d);
	ck_assert_ptr_eq(again, d);
	ck_assert_int_eq(file_expires_s(f), d->expires_s);
	ck_assert_ptr_null(file_doc(other));
	file_learn(other, d);
	ck_assert_ptr_null(file_doc(other));
	file_forget(f);
	ck_assert_ptr_null(file_doc(f));
	tuf_doc_unref(again);
	tuf_doc_unref(d);
	file_unref(other);
	file_unref(f);
}

TEST(a_name_that_says_neither_is_no_metadata_file)
{
	static const char *const bad[] = {
		"",
		".json",
		"a",
		"7.json",
		"7..json",
		"targets.json",
		"0.targets.json",
		"-1.targets.json",
		"x.targets.json",
		"7.targets.jso",
		"9007199254740992.targets.json",
		"77777777777777777777777.targets.json",
		"../1.root.json",
	};
	SCOPED(free)
	char *longest = xasprintf("1.%0400d.json", 7);
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		e = (struct err){0};
		ck_assert_msg(file_new(bad[i], 5, "{}", 2, &e) == NULL, "%s",
		              bad[i]);
		ck_assert_int_eq(e.kind, ERR_INVALID);
	}
	ck_assert_ptr_null(file_new(longest, 5, "{}", 2, &e));
}
