#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/fw.h"
#include "lib/tuf/targets.h"
#include "tests/support/json_edit.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <string.h>

#define PATH "fw/band/2.1.0_app.bin"

TEST(a_manifest_written_and_read_is_the_same_bytes)
{
	struct fw f, g;
	struct err e;

	fixture_fw(&f);
	f.has_from = true;
	(void)memcpy(f.from_min, "1.0.0", 6);
	(void)memcpy(f.from_max, "2.0.9", 6);
	f.battery_pct = 30;
	f.flash_free_bytes = 1 << 20;
	f.consent = FW_OPT_IN;
	f.urgency = FW_SECURITY;
	f.has_window = true;
	f.window_start_s = 79200;
	f.window_end_s = 14400;
	f.window_days = 31;
	(void)memcpy(f.installed_sha256, FIXTURE_RUNNING, SHA256_HEX_SIZE);
	SCOPED(free)
	char *text = fixture_fw_text(&f);
	ASSERT_OK(fw_parse(&g, PATH, text, &e));
	ck_assert_str_eq(g.from_max, "2.0.9");
	ck_assert_int_eq(g.window_days, 31);
	SCOPED(free)
	char *again = fixture_fw_text(&g);
	ck_assert_str_eq(text, again);
}

TEST(fields_a_reader_does_not_know_are_ignored)
{
	struct fw f;
	struct err e;

	fixture_fw(&f);
	SCOPED(free)
	char *text = fixture_fw_text(&f);
	SCOPED(free)
	char *more = json_edit(text, "fw.urgency", "\"critical\"");
	ASSERT_OK(fw_parse(&f, PATH, more, &e));
}

/* The entry of a role file, as it is kept: canonical, control bytes and all. */
TEST(a_manifest_may_have_control_characters_in_what_a_reader_does_not_know)
{
	static const char signed_json[] =
		"{\"signatures\":[],\"signed\":{\"_type\":\"targets\","
		"\"spec_version\":\"1.0.31\","
		"\"version\":1,\"expires\":\"2026-01-01T00:00:00Z\","
		"\"targets\":{\"" PATH "\":{\"length\":1,\"hashes\":{"
		"\"sha256\":\"" FIXTURE_RUNNING "\"},\"custom\":%s}}}}";
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	struct fw f;
	struct err e;

	fixture_fw(&f);
	SCOPED(free)
	char *text = fixture_fw_text(&f);
	SCOPED(free)
	char *more = json_edit(text, "fw.self_tests", "[\"a\\nb\"]");
	SCOPED(free)
	char *role = xasprintf(signed_json, more);
	ASSERT_OK(tuf_envelope_parse(&env, TUF_TARGETS, "role", role,
	                             strlen(role), &e));
	ASSERT_OK(tuf_targets_parse(&t, "role", &env, &e));
	ck_assert_ptr_nonnull(strstr(t.targets[0].custom, "a\nb"));
	ASSERT_OK(fw_parse(&f, PATH, t.targets[0].custom, &e));
	ck_assert_str_eq(f.version, "2.1.0");
}

TEST(a_target_without_a_manifest_is_no_firmware)
{
	struct fw f;
	struct err e;

	ASSERT_ERR(fw_parse(&f, PATH, NULL, &e), ERR_INVALID);
	ASSERT_SAYS("has no custom.fw");
	ASSERT_ERR(fw_parse(&f, PATH, "{}", &e), ERR_INVALID);
	ASSERT_SAYS("'fw' is missing");
	ASSERT_ERR(fw_parse(&f, PATH, "{\"fw\":", &e), ERR_INVALID);
}

TEST(a_manifest_above_eight_kib_is_refused)
{
	SCOPED(free)
	char *big = xcalloc(FW_CUSTOM_MAX + 2, 1);
	struct fw f;
	struct err e;

	memset(big, ' ', FW_CUSTOM_MAX + 1);
	ASSERT_ERR(fw_parse(&f, PATH, big, &e), ERR_TOO_LARGE);
	/* As JSON. */
	memset(big, 0, FW_CUSTOM_MAX + 1);
	memset(big, 1, FW_CUSTOM_MAX / 6 + 1);
	ASSERT_ERR(fw_parse(&f, PATH, big, &e), ERR_TOO_LARGE);
}

/* Each row breaks a valid manifest in one place; the refusal names it. */
static const struct {
	const char *path, *value, *says;
} bad[] = {
	/* clang-format off */
	{"fw",                    "[]",                  "fw: an array, an object is needed"},
	{"fw.schema",             "\"fw/2\"",            "'fw/1' is needed"},
	{"fw.schema",             NULL,                  "'schema' is missing"},
	{"fw.critical",           "[\"requires\"]",      "'requires' must be understood"},
	{"fw.component",          "\"\"",                "fw.component: '' is not a name"},
	{"fw.component",          NULL,                  "'component' is missing"},
	{"fw.version",            "\"2.1\"",             "fw.version: '2.1' is not a version"},
	{"fw.version",            "\"02.1.0\"",          "is not a version"},
	{"fw.counter",            "-1",                  "fw.counter: -1 is not within 0 to 4294967295"},
	{"fw.counter",            "4294967296",          "is not within"},
	{"fw.hw",                 "[\"*\"]",             "fw.hw[0]: '*' is not a name"},
	{"fw.hw",                 "[]",                  "0 elements"},
	{"fw.regions",            "[\"eu\",\"*\"]",      "'*' is not a name"},
	{"fw.built",              "\"2026-11-20\"",      "is not a time like"},
	{"fw.from",               "{\"min\":\"1.0.0\",\"max\":\"2.0.0\"}", "is given but not in `critical`"},
	{"fw.from",               "{\"min\":\"2.0.0\",\"max\":\"1.0.0\"}", "min 2.0.0 is above max 1.0.0"},
	{"fw.from",               "{\"min\":\"1.0.0\"}", "'max' is missing"},
	{"fw.from",               "[]",                  "an object is needed"},
	{"fw.needs",              "{\"battery_pct\":101}", "fw.needs.battery_pct: 101 is not within 0 to 100"},
	{"fw.needs",              "{\"flash_free\":-1}", "fw.needs.flash_free"},
	{"fw.needs",              "3",                   "an object is needed"},
	{"fw.consent",            "\"maybe\"",           "'maybe' is not one of the known words"},
	{"fw.urgency",            "\"soon\"",            "'soon' is not one of the known words"},
	{"fw.consent",            NULL,                  "'consent' is missing"},
	{"fw.window",             "{\"start_s\":0,\"end_s\":0,\"days\":127}", "nothing is between them"},
	{"fw.window",             "{\"start_s\":86400,\"end_s\":0,\"days\":127}", "fw.window.start_s"},
	{"fw.window",             "{\"start_s\":0,\"end_s\":60,\"days\":0}", "fw.window.days: 0 is not within 1 to 127"},
	{"fw.confirm",            NULL,                  "'confirm' is missing"},
	{"fw.confirm.tries",      "0",                   "fw.confirm.tries: 0 is not within 1 to 255"},
	{"fw.confirm.deadline_s", "0",                   "fw.confirm.deadline_s"},
	{"fw.confirm.on_fail",    "\"explode\"",         "fw.confirm.on_fail"},
	{"fw.image",              "{\"installed_sha256\":\"abc\"}", "64 lower-case hex digits"},
	{"fw.product",            "\"a/b\"",             "is not a product"},
	/* clang-format on */
};

TEST(a_manifest_broken_in_one_place_is_refused_by_that_place)
{
	struct fw f;
	struct err e;

	fixture_fw(&f);
	SCOPED(free)
	char *good = fixture_fw_text(&f);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(free)
		char *text = json_edit(good, bad[i].path, bad[i].value);

		ASSERT_ERR(fw_parse(&f, PATH, text, &e), ERR_INVALID);
		ASSERT_SAYS(bad[i].says);
	}
}

TEST(a_manifest_belongs_at_the_path_of_its_product_and_version)
{
	static const char *const wrong[] = {
		"fw/ring/2.1.0_app.bin", "fw/band/2.1.1_app.bin",
		"fw/band/2.1.0_",        "fw/band/2.1.0_.hidden",
		"fw/band/2.1.0-app.bin", "fw/band/2.1.0_x/app.bin",
		"meta/band/2.1.0_a",
	};
	struct fw f;
	struct err e;

	fixture_fw(&f);
	ASSERT_OK(fw_check_path(&f, PATH, &e));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		ASSERT_CODE(fw_check_path(&f, wrong[i], &e), "wrong_path");
	ASSERT_SAYS("belongs at fw/band/2.1.0_NAME");
}

TEST(a_release_for_everywhere_allows_any_region)
{
	struct fw f;

	fixture_fw(&f);
	ck_assert(fw_allows_region(&f, "eu"));
	word_set(f.regions.w[0], "us");
	ck_assert(!fw_allows_region(&f, "eu"));
	ck_assert(fw_allows_region(&f, "us"));
}
