#include "config.h"

#include "device/provision.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <string.h>
#include <sys/stat.h>

static int parse(struct provision *out, const char *text, struct err *e)
{
	return provision_parse(out, "provision", "/etc/pawl", text,
	                       strlen(text), e);
}

static char *written(const struct provision *p)
{
	struct buf b = BUF_INIT(PROVISION_BYTES_MAX);
	struct err e;

	ASSERT_OK(provision_write(&b, p, &e));
	return test_keep(buf_take(&b));
}

/* The record with `from` replaced. */
static char *with(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	ck_assert_msg(at != NULL, "no '%s' in %s", from, text);
	return test_keep(xasprintf("%.*s%s%s", (int)(at - text), text, to,
	                           at + strlen(from)));
}

TEST(a_record_that_is_written_is_read)
{
	SCOPED(provision_fini)
	struct provision p = {0}, back = {0};
	struct err e;

	fake_provision(&p, 'f', 10);
	p.utc_offset_s = -3600;
	p.slot_bytes = 1 << 20;
	memcpy(p.label, "bench 7", 8);
	ASSERT_OK(parse(&back, written(&p), &e));
	ck_assert_str_eq(written(&back), written(&p));
	ck_assert_str_eq(back.label, "bench 7");
	ck_assert_int_eq(back.utc_offset_s, -3600);
	ck_assert_int_eq(back.slot_bytes, 1 << 20);
	ck_assert(back.has_clock);
	provision_fini(&p);
}

TEST(what_is_not_said_has_a_default)
{
	SCOPED(provision_fini)
	struct provision p = {0}, back = {0};
	struct err e;

	fake_provision(&p, 'f', 10);
	ASSERT_OK(
		parse(&back, with(written(&p), "\"poll_min_s\":30,", ""), &e));
	ck_assert_int_eq(back.poll_min_s, 30);
	ck_assert_int_eq(back.slot_bytes, -1);
	provision_fini(&p);
}

TEST(relative_paths_start_at_the_records_folder)
{
	SCOPED(provision_fini)
	struct provision p = {0}, back = {0};
	const char *text;
	struct err e;

	fake_provision(&p, 'f', 10);
	text = with(written(&p), p.root, "root.json");
	text = with(text, "http://fake", "https://x.example//");
	ASSERT_OK(parse(&back, text, &e));
	ck_assert_str_eq(back.root, "/etc/pawl/root.json");
	ck_assert_str_eq(back.server, "https://x.example");
	provision_fini(&p);
}

TEST(a_record_that_breaks_a_rule_is_refused_by_name)
{
	static const struct {
		const char *from, *to, *says;
	} rows[] = {
		{"\"schema\":\"pawl-device/1\"", "\"schema\":\"x\"", "schema"},
		{FAKE_ID, "0011", "id"},
		{FAKE_ID, "00112233445566778899AABBCCDDEEFF", "id"},
		{"\"coat\"", "\"Coat\"", "'Coat' is not a name"},
		{"\"a7\"", "\"a7/x\"", "hw"},
		{"\"eu\"", "\"*\"", "region"},
		{"\"production\"", "\"\"", "channel"},
		{FAKE_REPO, "", "repo"},
		{"\"rtc\"", "\"gps\"", "clock"},
		{"\"poll_min_s\":30", "\"poll_min_s\":0", "poll_min_s"},
		{"\"poll_min_s\":30", "\"poll_min_s\":86401", "poll_min_s"},
		{"\"http://fake\"", "\"ftp://fake\"", "not an http URL"},
		{"\"1.0.0\"", "\"1.0\"", "version"},
		{"\"counter\":1", "\"counter\":4294967296", "counter"},
		{"\"image\":", "\"picture\":", "picture"},
		{"\"root\":", "\"roof\":", "roof"},
		{"\"batch_token\":\"batch\"",
	         "\"batch_token\":\"a\",\"device_token\":\"b\"",
	         "one is needed"},
		{"{", "[", "JSON"},
	};
	SCOPED(provision_fini)
	struct provision p = {0};
	struct provision back = {0};
	struct err e;

	fake_provision(&p, 'f', 10);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text = with(written(&p), rows[i].from, rows[i].to);

		ASSERT_ERR(parse(&back, text, &e), ERR_INVALID);
		if (strcmp(rows[i].says, "JSON") != 0)
			ASSERT_SAYS(rows[i].says);
	}
}

TEST(a_device_without_a_pinned_root_never_starts)
{
	SCOPED(provision_fini)
	struct provision p = {0};
	struct provision back = {0};
	struct err e;

	fake_provision(&p, 'f', 10);
	ASSERT_ERR(parse(&back,
	                 with(written(&p),
	                      test_keep(xasprintf("\"root\":\"%s\",", p.root)),
	                      ""),
	                 &e),
	           ERR_INVALID);
	ASSERT_SAYS("never starts");
}

TEST(a_record_with_a_token_is_ours_alone)
{
	SCOPED(provision_fini)
	struct provision p = {0}, back = {0};
	const char *path = test_path("provision.json"), *text;
	struct err e;

	fake_provision(&p, 'f', 10);
	text = written(&p);
	ASSERT_OK(fs_write(path, text, strlen(text), 0644, &e));
	ASSERT_CODE(provision_load(&back, path, &e), "insecure_mode");
	ck_assert_int_eq(chmod(path, 0600), 0);
	ASSERT_OK(provision_load(&back, path, &e));
	text = with(text, "\"batch_token\":\"batch\",", "");
	ASSERT_OK(fs_write(path, text, strlen(text), 0644, &e));
	provision_fini(&back);
	ASSERT_OK(provision_load(&back, path, &e));
	ck_assert_ptr_null(back.batch_token);
	provision_fini(&p);
}
