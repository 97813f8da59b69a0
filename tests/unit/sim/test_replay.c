#include "config.h"

#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/sim/replay.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"
#include "tests/unit/sim/export.h"

#include <string.h>

static struct err e;

static int add(struct replay *r, const char *text)
{
	return replay_add(r, "export", text, strlen(text), &e);
}

static void nothing(void *ctx, const struct replay_result *result)
{
	(void)ctx;
	(void)result;
}

/* 0 or -1, of an export whose text is changed once before it is read. */
static int run(const char *from, const char *to)
{
	SCOPED(replay_fini)
	struct replay r = {0};
	const char *text = export_text(from, to);

	e = (struct err){0};
	if (add(&r, text) != 0 || replay_check(&r, "export", &e) != 0)
		return -1;
	return replay_run(&r, nothing, NULL, &e);
}

TEST(an_export_that_says_what_happened_is_confirmed)
{
	ck_assert_int_eq(run("", ""), 0);
}

TEST(a_clock_that_was_set_back_between_grants_changes_no_verdict)
{
	/* The second device was granted by a clock an hour ahead. */
	ck_assert_int_eq(run("\"granted_ms\":1795132801000",
	                     "\"granted_ms\":1795136401000"),
	                 0);
}

TEST(a_tampered_export_differs)
{
	static const struct {
		const char *from, *to, *says;
	} changes[] = {
		{"\"failures\":4", "\"failures\":3",
	         "the export says cell "
	         "a7/eu, 3 of 8 failed"},
		{"\"trials\":8,", "\"trials\":9,", "4 of 9 failed"},
		{"\"bound\":4", "\"bound\":3", "bound 3; the trials say"},
		{"\"weight_ppm\":27778", "\"weight_ppm\":27777",
	         "risks or shares are not the plan's"},
		{"\"crossed\":\"cell\"", "\"crossed\":\"pooled\"",
	         "the export says pooled a7/eu"},
		{"\"prefix\":false", "\"prefix\":true", "the export says"},
		{"\"silence\":false", "\"silence\":true", "8 silent"},
		/* A failure is made a success, one is moved to another
	         * device's cell, the halt to another cell, or earlier. */
		{"\"step\":\"failed\"", "\"step\":\"confirmed\"",
	         "the trials say pooled */*, 3 of 8 failed, bound 3"},
		{"\"cell\":0,\"counted\":true,\"step\":\"failed\"",
	         "\"cell\":1,\"counted\":true,\"step\":\"failed\"",
	         "the export halts a7/eu, the trials halt a7/*"},
		{"\"halts\":[{\"hw\":\"a7\",\"region\":\"eu\"",
	         "\"halts\":[{\"hw\":\"a7\",\"region\":\"us\"",
	         "the export halts a7/us, the trials halt a7/eu"},
		{"\"at_ms\":1795132900000", "\"at_ms\":1795132850000",
	         "halt nothing at that moment"},
		{"\"counted\":true,\"step\":\"failed\"",
	         "\"counted\":false,\"step\":\"failed\"",
	         "the trials say hardware a7/*, 3 of 7 failed, bound 3"},
	};

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		ck_assert_msg(run(changes[i].from, changes[i].to) == -1, "%s",
		              changes[i].to);
		ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
		ck_assert_str_eq(e.code, "replay_differs");
		ASSERT_SAYS(changes[i].says);
	}
}

TEST(a_halt_left_out_of_an_export_is_missed)
{
	ck_assert_int_eq(run(EXPORT_HALT, ""), -1);
	ck_assert_str_eq(e.code, "replay_differs");
	ASSERT_SAYS("halt 1, 2026-11-20T00:06:40Z: the trials halt a7/eu (cell "
	            "a7/eu, 4 of 8 failed, bound 4), the export does not");
}

TEST(an_export_that_cannot_be_is_refused)
{
	static const struct {
		const char *from, *to, *says;
	} wrong[] = {
		{"rollout-export/1", "rollout-export/2", "export: schema: "},
		{"\"first\":0", "\"first\":1", "export: first: "},
		{"\"cell\":0", "\"cell\":9",
	         "trials[0].cell: 9 is not within "
	         "0 to 8"},
		{"\"step\":\"failed\"", "\"step\":\"broken\"",
	         "'broken' is no step"},
		{"\"region\":\"eu\",\"at_ms\"", "\"region\":\"xx\",\"at_ms\"",
	         "the plan has no cell a7/xx"},
		{"\"more\":", "\"less\":", NULL},
		{"\"product\":\"band\"", "\"product\":\"coat\"",
	         "'coat' is not the plan's"},
		{"\"plan_path\":\"plan/band/spring.1.json\"",
	         "\"plan_path\":\"plan/band/spring.2.json\"", "spring.2.json"},
		{"\"next\":null", "\"next\":8", "last page is missing"},
		{"\"next\":null", "\"next\":7", "next: 7 is not within 8"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		if (wrong[i].says == NULL)
			continue;
		ck_assert_msg(run(wrong[i].from, wrong[i].to) == -1, "%s",
		              wrong[i].to);
		ck_assert_int_eq(e.kind, ERR_INVALID);
		ASSERT_SAYS(wrong[i].says);
	}
}

TEST(a_plan_whose_bytes_were_changed_is_not_believed)
{
	ck_assert_int_eq(
		run("\\\"alpha_ppm\\\":50000", "\\\"alpha_ppm\\\":50001"), -1);
	ck_assert_str_eq(e.code, "plan_sha256");
	ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
}

TEST(pages_of_two_rollouts_are_not_mixed)
{
	SCOPED(replay_fini)
	struct replay r = {0};

	ck_assert_int_eq(add(&r, export_text("\"next\":null", "\"next\":8")),
	                 0);
	ck_assert_int_eq(add(&r, export_text("", "")), -1);
	ASSERT_SAYS("the first page has a head, the others none");
	ck_assert_int_eq(
		add(&r, export_page("{\"schema\":\"rollout-export/1\","
	                            "\"rollout\":4,\"plan_sha256\":\"%s\","
	                            "\"first\":8,\"trials\":[],\"next\":"
	                            "null}")),
		-1);
	ASSERT_SAYS("is a page of another rollout");
	ck_assert_int_eq(
		add(&r, export_page("{\"schema\":\"rollout-export/1\","
	                            "\"rollout\":3,\"plan_sha256\":\"%s\","
	                            "\"first\":8,\"trials\":[],\"next\":"
	                            "null}")),
		0);
	ck_assert_int_eq(replay_run(&r, nothing, NULL, &e), 0);
	ck_assert_int_eq(add(&r, export_page("{\"schema\":\"rollout-export/1\","
	                                     "\"rollout\":3,\"plan_sha256\":"
	                                     "\"%s\",\"first\":8,\"trials\":"
	                                     "[],\"next\":null}")),
	                 -1);
	ASSERT_SAYS("comes behind the last page");
}
