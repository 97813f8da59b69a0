/*
 * The reference agent's own enrolments and reports, put to a server that
 * wants them signed.
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "tests/api/reporter.h"
#include "tests/api/world.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"

#include <stdio.h>
#include <string.h>

static void enrol(struct reporter *r, struct api *a, int n, const char *batch)
{
	struct wire_enrol who = server_enrolment(n);
	char id[2 * sizeof(who.id) + 1];

	hex_encode(id, who.id, sizeof(who.id));
	reporter_init(r, n, id, batch, &a->rng.rng);
	ck_assert_int_eq(
		api_ask(a, "POST", "/v1/enrol", NULL, reporter_enrol_body(r)),
		201);
	(void)snprintf(r->token, sizeof(r->token), "%s", api_text(a, "token"));
}

/* The code of a refusal; "" when it is taken. */
static const char *answer_to(struct api *a, const struct reporter *r,
                             const char *body)
{
	int status = api_ask(a, "POST", "/v1/reports", r->token, body);

	ck_assert_int_eq(status == 200 ? 403 : status, 403);
	return status == 200 ? "" : api_text(a, "code");
}

/* The same with one byte changed, so far behind this text. */
static const char *flipped(const char *body, const char *at, size_t behind)
{
	char *other = test_keep(xstrdup(body));
	char *place = strstr(other, at);

	ck_assert_ptr_nonnull(place);
	place += strlen(at) + behind;
	*place = *place == '1' ? '2' : '1';
	return other;
}

TEST(a_server_that_wants_signatures_takes_what_the_reference_agent_signs)
{
	SCOPED(api_free)
	struct api *a = api_new_with("signed_reports", "yes");
	struct reporter r, other;
	const char *body, *batch;

	ck_assert_int_eq(
		api_ask(a, "POST", "/v1/admin/batches", a->admin, BATCH), 201);
	batch = api_text(a, "token");
	enrol(&r, a, 0, batch);
	enrol(&other, a, 1, batch);
	body = reporter_body(&r, &r);
	/* What a relay changed on the way, in an item and in the signature. */
	ck_assert_str_eq(answer_to(a, &r, flipped(body, "\"counter\":", 0)),
	                 "report_signature");
	ck_assert_str_eq(answer_to(a, &r, flipped(body, "\"sig\":\"", 17)),
	                 "report_signature");
	ck_assert_str_eq(answer_to(a, &r, body), "");
	ck_assert_int_eq(api_int(a, "seq"), 1);
	/* By another device's key, and by none. */
	ck_assert_str_eq(answer_to(a, &r, reporter_body(&r, &other)),
	                 "report_signature");
	ck_assert_str_eq(answer_to(a, &r, reporter_body(&r, NULL)),
	                 "report_unsigned");
	ck_assert_str_eq(answer_to(a, &other, reporter_body(&other, &other)),
	                 "");
	reporter_fini(&r);
	reporter_fini(&other);
}
