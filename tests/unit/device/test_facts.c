#include "config.h"

#include "device/facts.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <string.h>

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct facts f;

static int parse(const char *text, struct err *e)
{
	return facts_parse(&f, "facts", text, strlen(text), e);
}

TEST(facts_that_are_not_said_bind_nothing)
{
	struct err e;

	ASSERT_OK(parse("{}", &e));
	ck_assert_int_eq(f.device.battery_pct, -1);
	ck_assert_int_eq(f.device.flash_free_bytes, -1);
	ck_assert(!f.device.consent_given);
	ck_assert(!f.has_now && !f.has_floor && !f.has_running);
	ck_assert_int_eq(f.counter, -1);
	ck_assert_int_eq(f.step, OFFER_START);
}

TEST(facts_are_put_into_the_state)
{
	SCOPED(provision_fini)
	struct provision p = {0};
	SCOPED(state_fini)
	struct device_state s = {0};
	struct err e;

	ASSERT_OK(
		parse("{\"battery_pct\":40,\"flash_free\":1000,\"consent\":"
	              "true,\"now\":\"2026-11-20T00:00:00Z\",\"floor\":"
	              "\"2026-11-19T00:00:00Z\",\"running\":{\"sha256\":\"" SHA
	              "\",\"version\":\"1.2.3\"},\"counter\":7,\"latches\":[{"
	              "\"plan\":\"spring\",\"rev\":2}],\"confirmed\":[\"" SHA
	              "\"],\"step\":\"activate\",\"plan\":\"" SHA "\"}",
	              &e));
	ck_assert_int_eq(f.device.battery_pct, 40);
	ck_assert_int_eq(f.device.flash_free_bytes, 1000);
	ck_assert(f.device.consent_given);
	ck_assert_int_eq(f.now_s, 1795132800);
	ck_assert_int_eq(f.step, OFFER_ACTIVATE);
	ck_assert_str_eq(f.plan_sha256, SHA);
	fake_provision(&p, 'f', 4);
	state_init(&s, &p);
	facts_apply(&s, &f);
	ck_assert_str_eq(s.slots[0].sha256, SHA);
	ck_assert_str_eq(s.slots[0].version, "1.2.3");
	ck_assert_uint_eq(s.counter, 7);
	ck_assert_int_eq(s.floor_s, 1795132800 - 86400);
	ck_assert_int_eq(state_latch_find(&s, "spring")->rev, 2);
	ck_assert_uint_eq(s.n_confirmed, 1);
}

TEST(facts_that_break_a_rule_are_refused_by_name)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"[]", "object"},
		{"{\"batery\":1}", "batery"},
		{"{\"battery_pct\":101}", "battery_pct"},
		{"{\"flash_free\":-1}", "flash_free"},
		{"{\"consent\":1}", "consent"},
		{"{\"now\":\"today\"}", "now"},
		{"{\"floor\":7}", "floor"},
		{"{\"counter\":4294967296}", "counter"},
		{"{\"step\":\"go\"}", "step"},
		{"{\"plan\":\"ab\"}", "plan"},
		{"{\"running\":{\"sha256\":\"" SHA "\",\"version\":\"1\"}}",
	         "SemVer"},
		{"{\"latches\":[{\"plan\":\"x\"}]}", "latches[0]"},
		{"{\"confirmed\":[\"x\"]}", "confirmed[0]"},
	};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ASSERT_ERR(parse(rows[i].text, &e), ERR_INVALID);
		ASSERT_SAYS(rows[i].says);
	}
	ASSERT_ERR(facts_load(&f, test_path("none"), &e), ERR_NOT_FOUND);
	ASSERT_OK(
		fs_write(test_path("f"), "{\"battery_pct\":5}", 17, 0644, &e));
	ASSERT_OK(facts_load(&f, test_path("f"), &e));
	ck_assert_int_eq(f.device.battery_pct, 5);
}
