#include "config.h"

#include "device/wire.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <string.h>

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define NONCE "0123456789abcdef0123456789abcdef"

static int answer(struct wire_answer *out, const char *text, struct err *e)
{
	return wire_checkin_answer(out, NONCE, text, strlen(text), e);
}

TEST(an_enrolment_says_where_the_device_belongs)
{
	SCOPED(provision_fini)
	struct provision p = {0};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(WIRE_BODY_MAX);
	struct err e;

	fake_provision(&p, 'f', 4);
	ASSERT_OK(wire_enrol_body(&b, &p, NULL, &e));
	ck_assert_str_eq(buf_str(&b),
	                 "{\"batch_token\":\"batch\",\"product\":\"coat\","
	                 "\"hw\":\"a7\",\"region\":\"eu\",\"channel\":"
	                 "\"production\",\"id\":\"" FAKE_ID "\"}");
	buf_reset(&b);
	ASSERT_OK(wire_enrol_body(&b, &p, SHA, &e));
	ck_assert_ptr_nonnull(
		strstr(buf_str(&b), "\"" FAKE_ID "\",\"key\":\"" SHA "\"}"));
}

TEST(a_token_is_something_a_header_can_carry)
{
	static const char *const bad[] = {"{}",
	                                  "{\"token\":\"\"}",
	                                  "{\"token\":7}",
	                                  "{\"token\":\"a b\"}",
	                                  "{\"token\":\"a\\r\\nX: y\"}",
	                                  "{\"token\":\"\xc3\xa4\"}",
	                                  "no"};
	char token[DEVICE_TOKEN_MAX + 1];
	struct err e;

	ASSERT_OK(wire_enrol_answer(token, "{\"token\":\"pawl_x\"}", 18, &e));
	ck_assert_str_eq(token, "pawl_x");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ASSERT_ERR(wire_enrol_answer(token, bad[i], strlen(bad[i]), &e),
		           ERR_INVALID);
}

TEST(a_check_in_has_the_shape_the_server_reads)
{
	struct wire_checkin c = {.nonce = NONCE,
	                         .root = 1,
	                         .timestamp = 12,
	                         .running_sha256 = SHA,
	                         .running_version = "1.0.0",
	                         .running_counter = 3,
	                         .battery_pct = -1};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(WIRE_BODY_MAX);
	struct err e;

	ASSERT_OK(wire_checkin_body(&b, &c, &e));
	ck_assert_str_eq(
		buf_str(&b),
		"{\"v\":1,\"nonce\":\"" NONCE
		"\",\"root\":1,\"ts\":12,\"running\":{\"sha256\":\"" SHA
		"\",\"version\":\"1.0.0\",\"counter\":3},"
		"\"want\":null,\"plan\":null,\"attempt\":null}");
	buf_reset(&b);
	c.want = WIRE_ACTIVATE;
	c.plan = SHA;
	c.attempt = 17;
	c.battery_pct = 80;
	c.alarm = "wrong_role";
	ASSERT_OK(wire_checkin_body(&b, &c, &e));
	ck_assert_ptr_nonnull(strstr(buf_str(&b),
	                             "\"want\":\"activate\",\"plan\":\"" SHA
	                             "\",\"attempt\":17,\"battery_pct\":80,"
	                             "\"alarm\":\"wrong_role\"}"));
}

TEST(an_answer_with_a_grant_is_read)
{
	struct wire_answer a;
	struct err e;

	ASSERT_OK(
		answer(&a,
	               "{\"nonce\":\"" NONCE "\",\"root\":2,\"ts\":13,\"time\":"
	               "\"2026-11-20T20:37:00Z\",\"seq\":9,"
	               "\"poll_after_s\":600,\"grant\":{\"plan\":\"" SHA
	               "\",\"attempt\":17,\"step\":\"start\",\"within_s\":60},"
	               "\"why\":null}",
	               &e));
	ck_assert(a.has_grant);
	ck_assert_int_eq(a.root, 2);
	ck_assert_int_eq(a.timestamp, 13);
	ck_assert_int_eq(a.seq, 9);
	ck_assert_int_eq(a.poll_after_s, 600);
	ck_assert_int_eq(a.grant.attempt, 17);
	ck_assert_int_eq(a.grant.within_s, 60);
	ck_assert_str_eq(a.why_code, "");
}

TEST(an_answer_without_a_grant_says_why)
{
	struct wire_answer a;
	struct err e;

	ASSERT_OK(answer(&a,
	                 "{\"nonce\":\"" NONCE
	                 "\",\"root\":2,\"ts\":13,\"seq\":0,"
	                 "\"poll_after_s\":0,\"grant\":null,\"why\":{\"code\":"
	                 "\"cap_cell\",\"text\":\"3 of 3 are open\"}}",
	                 &e));
	ck_assert(!a.has_grant);
	ck_assert_str_eq(a.why_code, "cap_cell");
	ck_assert_str_eq(a.why_text, "3 of 3 are open");
}

#define HEAD "{\"nonce\":\"" NONCE "\",\"root\":2,\"ts\":13,\"seq\":0,"

TEST(an_answer_to_another_question_is_refused)
{
	struct wire_answer a;
	struct err e;

	ASSERT_CODE(wire_checkin_answer(&a, "ffffffffffffffffffffffffffffffff",
	                                HEAD "\"poll_after_s\":0}",
	                                strlen(HEAD "\"poll_after_s\":0}"), &e),
	            "nonce");
}

TEST(a_grant_that_breaks_a_rule_spoils_the_answer)
{
	static const char *const grants[] = {
		"7",
		"{}",
		"{\"plan\":\"\",\"attempt\":1,\"step\":\"start\",\"within_s\":"
		"1}",
		"{\"plan\":\"" SHA
		"\",\"attempt\":0,\"step\":\"start\",\"within_s\":1}",
		"{\"plan\":\"" SHA
		"\",\"attempt\":20,\"step\":\"start\",\"within_s\":1}",
		"{\"plan\":\"" SHA
		"\",\"attempt\":2147483648,\"step\":\"start\",\"within_s\":1}",
		"{\"plan\":\"" SHA
		"\",\"attempt\":1,\"step\":\"confirm\",\"within_s\":1}",
		"{\"plan\":\"" SHA
		"\",\"attempt\":1,\"step\":\"start\",\"within_s\":-1}"};
	struct wire_answer a;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(grants); i++) {
		SCOPED(free)
		char *text = xasprintf("%s\"poll_after_s\":5,\"grant\":%s}",
		                       HEAD, grants[i]);

		ASSERT_ERR(answer(&a, text, &e), ERR_INVALID);
	}
}

TEST(a_grant_is_for_its_plan_step_and_attempt_alone)
{
	struct wire_answer a = {
		.has_grant = true,
		.grant = {.plan = SHA, .attempt = 17, .step = WIRE_ACTIVATE}};
	char other[] = SHA;

	other[0] = '0';
	ck_assert(wire_grant_matches(&a, WIRE_ACTIVATE, SHA, 17));
	ck_assert(!wire_grant_matches(&a, WIRE_ACTIVATE, SHA, 18));
	ck_assert(!wire_grant_matches(&a, WIRE_ACTIVATE, other, 17));
	ck_assert(!wire_grant_matches(&a, WIRE_START, SHA, 17));
	ck_assert(!wire_grant_matches(&a, WIRE_NOTHING, SHA, 17));
	a.grant.step = WIRE_START;
	ck_assert(wire_grant_matches(&a, WIRE_START, SHA, 0));
	a.has_grant = false;
	ck_assert(!wire_grant_matches(&a, WIRE_START, SHA, 0));
}
