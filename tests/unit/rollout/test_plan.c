#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/bucket.h"
#include "lib/rollout/plan.h"
#include "tests/support/json_edit.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

static int parse(struct plan *p, const char *text, struct err *e)
{
	return plan_parse(p, "plan", text, strlen(text), e);
}

static char *good_text(void)
{
	struct plan p;

	fixture_plan(&p);
	return fixture_plan_text(&p);
}

/* A plan that uses every field. */
static char *rich_text(void)
{
	static const struct {
		const char *path, *value;
	} more[] = {
		{"rev", "4"},
		{"stages[0].cells",
	         "[{\"hw\":\"c1\",\"region\":\"jp\",\"ppm\":300000}]"},
		{"stages[1].cells",
	         "[{\"hw\":\"c1\",\"region\":\"jp\",\"ppm\":300000}]"},
		{"resumes", "[{\"hw\":\"a7\",\"region\":\"eu\"}]"},
		{"members", "[\"amZIzdhVB5Y\",\"PqLYuIkfy1o\"]"},
		{"offline_after_s", "604800"},
		{"kind", "\"recall\""},
		{"from", "[\"" FIXTURE_RUNNING "\"]"},
		{"gate.promote", "\"hand\""},
		{"gate.weights", "{\"cells\":500000,\"hw\":200000,"
	                         "\"regions\":200000,\"pooled\":100000}"},
	};
	char *text = good_text();

	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		char *next = json_edit(text, more[i].path, more[i].value);

		free(text);
		text = next;
	}
	return text;
}

TEST(a_plan_written_and_read_is_the_same_bytes)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(free)
	char *good = good_text();
	struct err e;

	ASSERT_OK(parse(&p, good, &e));
	ck_assert_uint_eq(p.n_stages, 3);
	ck_assert_int_eq(p.gate.weight_pooled, 250000);
	ck_assert_int_eq(p.offline_after_s, -1);
	SCOPED(free)
	char *again = fixture_plan_text(&p);
	ck_assert_str_eq(good, again);
}

TEST(a_plan_with_every_field_survives_a_round_trip)
{
	SCOPED(plan_fini)
	struct plan p = {0}, q = {0};
	SCOPED(free)
	char *rich = rich_text();
	struct err e;

	ASSERT_OK(parse(&p, rich, &e));
	ck_assert_int_eq(p.kind, PLAN_RECALL);
	ck_assert_uint_eq(p.n_from, 1);
	ck_assert(p.gate.promote_by_hand);
	ck_assert_int_eq(p.gate.weight_pooled, 100000);
	ck_assert_int_eq(p.offline_after_s, 604800);
	ck_assert_uint_eq(p.n_resumes, 1);
	SCOPED(free)
	char *text = fixture_plan_text(&p);
	ASSERT_OK(parse(&q, text, &e));
	ck_assert_str_eq(p.sha256, q.sha256);
}

TEST(a_plan_knows_the_hash_of_its_bytes)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(free)
	char *good = good_text();
	char sha256[SHA256_HEX_SIZE];
	struct err e;

	ASSERT_OK(parse(&p, good, &e));
	hash_sha256_hex(sha256, good, strlen(good));
	ck_assert_str_eq(p.sha256, sha256);
}

TEST(a_plan_above_32_kib_is_refused)
{
	SCOPED(free)
	char *big = xcalloc(PLAN_BYTES_MAX + 2, 1);
	struct plan p;
	struct err e;

	memset(big, ' ', PLAN_BYTES_MAX + 1);
	ASSERT_ERR(parse(&p, big, &e), ERR_TOO_LARGE);
	ASSERT_SAYS("at most 32768");
}

#define CELL(hw, region, ppm) \
	"{\"hw\":\"" hw "\",\"region\":\"" region "\",\"ppm\":" #ppm "}"

/* Each row breaks the plan with every field in one place. */
static const struct {
	const char *path, *value, *says;
} bad[] = {
	/* clang-format off */
	{"schema",          "\"plan/2\"",     "schema is 'plan/2'"},
	{"critical",        "[\"quorum\"]",   "critical[0]: 'quorum' must be understood"},
	{"repo",            "\"00\"",         "repo: '00' is no repository identity"},
	{"product",         "\"ring\"",       "release.path: 'fw/band/2.1.0_app.bin' is not a file below fw/ring/"},
	{"id",              "\"Spring\"",     "id: 'Spring' is not a plan id"},
	{"id",              "\"a.b\"",        "is not a plan id"},
	{"rev",             "0",              "rev: 0 is not within 1 to 2147483647"},
	{"kind",            "\"update\"",     "kind: 'update' is not one of the known words"},
	{"kind",            "\"install\"",    "`from` belongs to a recall"},
	{"from",            NULL,             "'from' is missing"},
	{"from",            "[]",             "from: 0 elements, 1 to 16 are allowed"},
	{"from",            "[\"ab\"]",       "from[0]: 64 lower-case hex digits are needed"},
	{"from",            "[\"" FIXTURE_RUNNING "\",\"" FIXTURE_RUNNING "\"]", "from[1]: is listed twice"},
	{"from",            "[\"" FIXTURE_RELEASE "\"]", "from[0]: is the release itself"},
	{"release",         "[]",             "release: an array, an object is needed"},
	{"release.path",    "\"fw/band\"",    "is not a file below fw/band/"},
	{"release.path",    "\"fw/band/a/b\"", "is not a file below fw/band/"},
	{"release.path",    "\"fw/band/../x\"", "is not a target path"},
	{"release.sha256",  "\"AB\"",         "release.sha256: 64 lower-case hex digits are needed"},
	{"release.length",  "0",              "release.length: 0 is not within 1"},
	{"counter_max",     "4294967296",     "counter_max"},
	{"channels",        "[\"*\"]",        "channels[0]: '*' is not a name"},
	{"hw",              "[\"*\"]",        "hw[0]: '*' is not a name"},
	{"regions",         "[\"*\"]",        "regions[0]: '*' is not a name"},
	{"regions",         "[\"eu\",\"eu\"]", "regions[1]: 'eu' is listed twice"},
	{"stages",          "[]",             "stages: 0 elements, 1 to 16 are allowed"},
	{"stages[0].ppm",   "0",              "stages[0].ppm: 0 is not within 1 to 1000000"},
	{"stages[2].ppm",   "1000001",        "stages[2].ppm: 1000001 is not within 1 to 1000000"},
	{"stages[1].ppm",   "10000",          "stages[1]: ppm 10000 is not above 10000 of the stage before"},
	{"stages[1].ppm",   "9999",           "is not above 10000 of the stage before"},
	{"stages[1].not_before", "\"2026-11-19T23:59:59Z\"", "stages[1]: not_before is earlier"},
	{"stages[0].not_before", "1795132800", "stages[0].not_before: an integer, a string is needed"},
	{"stages[0].soak_s", "-1",            "stages[0].soak_s: -1 is not within 0"},
	{"stages[0].cells", "[" CELL("d9", "eu", 300000) "]", "stages[0].cells[0]: d9/eu is no cell of hw × regions"},
	{"stages[0].cells", "[" CELL("a7", "*", 300000) "]", "stages[0].cells[0].region: '*' is not a name"},
	{"stages[0].cells", "[" CELL("a7", "eu", 9999) "]", "ppm 9999 is below the stage's own 10000"},
	{"stages[0].cells", "[" CELL("a7", "eu", 20000) "," CELL("a7", "eu", 20000) "]", "a7/eu is listed twice"},
	{"stages[0].cells", "[" CELL("c1", "jp", 300001) "]", "stages[1]: c1/jp shrinks from 300001 to 300000 ppm"},
	{"stages[1].cells", "[]",             "stages[1]: c1/jp shrinks from 300000 to 100000 ppm"},
	{"stages[1].cells", NULL,             "stages[1]: c1/jp shrinks from 300000 to 100000 ppm"},
	{"max_ppm",         "1000001",        "max_ppm"},
	{"max_ppm",         NULL,             "'max_ppm' is missing"},
	{"expires",         "\"2027-01-04T00:00:01Z\"", "expires: is more than 45 days after"},
	{"expires",         "\"2026-11-22T00:00:00Z\"", "expires: is not after the last stage's not_before"},
	{"offline_after_s", "0",              "offline_after_s: 0 is not within 1"},
	{"offline_after_s", NULL,             "'offline_after_s' is missing"},
	{"resumes",         "[{\"hw\":\"a7\",\"region\":\"*\"}]", "resumes[0].region: '*' is not a name"},
	{"resumes",         "[{\"hw\":\"z9\",\"region\":\"eu\"}]", "resumes[0]: z9/eu is no cell"},
	{"rev",             "1",              "resumes: revision 1 has no halt before it"},
	{"members",         "[\"amZIzdhVB5\"]", "members[0]: 'amZIzdhVB5' is no list entry"},
	{"members",         "[\"amZIzdhVB5Z\"]", "is no list entry"},
	{"members",         "[\"amZIzdhVB5Y\",\"amZIzdhVB5Y\"]", "members[1]: 'amZIzdhVB5Y' is listed twice"},
	{"gate",            NULL,             "'gate' is missing"},
	{"gate.p0_ppm",     "0",              "gate.p0_ppm: 0 is not within 1 to 900000"},
	{"gate.p0_ppm",     "900001",         "gate.p0_ppm: 900001 is not within"},
	{"gate.alpha_ppm",  "0",              "gate.alpha_ppm: 0 is not within 1 to 500000"},
	{"gate.alpha_ppm",  "500001",         "gate.alpha_ppm"},
	{"gate.p_silent_ppm", "0",            "gate.p_silent_ppm"},
	{"gate.alpha_silent_ppm", "1000000",  "gate.alpha_silent_ppm"},
	{"gate.p1_ppm",     NULL,             "'p1_ppm' is missing"},
	{"gate.beta_ppm",   "0",              "gate.beta_ppm"},
	{"gate.soft_s",     "21601",          "gate: hard_s 21600 is below soft_s 21601"},
	{"gate.hard_s",     "0",              "gate.hard_s"},
	{"gate.in_flight",  "0",              "gate.in_flight: 0 is not within 1"},
	{"gate.min_confirmed", "-1",          "gate.min_confirmed"},
	{"gate.holdback_ppm", "50000",        "gate: holdback_ppm 50000 needs offline_after_s to be null"},
	{"gate.promote",    "\"later\"",      "gate.promote: 'later' is not one"},
	{"gate.weights",    "{\"cells\":500000,\"hw\":200000,\"regions\":200000,\"pooled\":100001}", "gate.weights: the shares add up to 1000001 ppm"},
	{"gate.weights",    "{\"cells\":1000000}", "'hw' is missing"},
	/* clang-format on */
};

TEST(a_plan_broken_in_one_place_is_refused_by_that_place)
{
	SCOPED(free)
	char *rich = rich_text();
	struct plan p;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(free)
		char *text = json_edit(rich, bad[i].path, bad[i].value);

		ASSERT_ERR(parse(&p, text, &e), ERR_INVALID);
		ASSERT_SAYS(bad[i].says);
	}
}

TEST(a_plan_may_live_exactly_45_days)
{
	SCOPED(free)
	char *good = good_text();
	SCOPED(free)
	char *text = json_edit(good, "expires", "\"2027-01-04T00:00:00Z\"");
	SCOPED(plan_fini)
	struct plan p = {0};
	struct err e;

	ASSERT_OK(parse(&p, text, &e));
}

TEST(two_stages_may_open_at_the_same_time)
{
	SCOPED(free)
	char *good = good_text();
	SCOPED(free)
	char *text = json_edit(good, "stages[1].not_before",
	                       "\"2026-11-20T00:00:00Z\"");
	SCOPED(plan_fini)
	struct plan p = {0};
	struct err e;

	ASSERT_OK(parse(&p, text, &e));
}

TEST(a_plan_belongs_at_the_path_of_its_id_and_revision)
{
	char path[TARGET_MAX_LEN + 1];
	struct plan p;
	struct err e;

	fixture_plan(&p);
	plan_path(path, &p);
	ck_assert_str_eq(path, "plan/band/spring.1.json");
	ASSERT_OK(plan_check_path(&p, path, &e));
	ASSERT_CODE(plan_check_path(&p, "plan/band/spring.2.json", &e),
	            "wrong_path");
	ASSERT_SAYS("belongs at plan/band/spring.1.json");
}

static int check(const struct plan *p, const struct fw *f, struct err *e)
{
	return plan_check_release(p, f, "fw/band/2.1.0_app.bin",
	                          FIXTURE_RELEASE, 4096, e);
}

TEST(a_plan_fits_its_release)
{
	struct plan p;
	struct fw f;
	struct err e;

	fixture_plan(&p);
	fixture_fw(&f);
	ASSERT_OK(check(&p, &f, &e));
}

TEST(a_plan_for_other_bytes_does_not_fit)
{
	struct plan p;
	struct fw f;
	struct err e;

	fixture_plan(&p);
	fixture_fw(&f);
	ASSERT_CODE(plan_check_release(&p, &f, "fw/band/2.1.0_b.bin",
	                               FIXTURE_RELEASE, 4096, &e),
	            "wrong_release");
	ASSERT_CODE(plan_check_release(&p, &f, p.release_path, FIXTURE_RUNNING,
	                               4096, &e),
	            "wrong_release");
	ASSERT_CODE(plan_check_release(&p, &f, p.release_path, FIXTURE_RELEASE,
	                               4097, &e),
	            "wrong_release");
	ASSERT_SAYS("release.length is 4096, the signed target has 4097");
}

TEST(a_plan_that_reaches_beyond_its_release_does_not_fit)
{
	struct plan p;
	struct fw f;
	struct err e;

	fixture_plan(&p);
	fixture_fw(&f);
	f.hw.n = 2;
	ASSERT_CODE(check(&p, &f, &e), "wrong_hardware");
	ASSERT_SAYS("names hardware c1, which release 2.1.0 does not list");
	fixture_fw(&f);
	word_set(f.regions.w[0], "eu");
	ASSERT_CODE(check(&p, &f, &e), "wrong_region");
	ASSERT_SAYS("names region jp");
	fixture_fw(&f);
	f.counter = 4;
	ASSERT_CODE(check(&p, &f, &e), "counter_high");
	ASSERT_SAYS("counter_max is 3, release 2.1.0 has counter 4");
	fixture_fw(&f);
	f.head.repo[0] = 'f';
	ASSERT_CODE(check(&p, &f, &e), "wrong_repo");
	fixture_fw(&f);
	f.head.product[0] = 'h';
	ASSERT_CODE(check(&p, &f, &e), "wrong_product");
}

TEST(nobody_is_kept_back_from_what_is_urgent)
{
	static const enum fw_urgency urgent[] = {FW_SECURITY, FW_CRITICAL};
	struct plan p;
	struct fw f;
	struct err e;

	fixture_plan(&p);
	fixture_fw(&f);
	p.gate.holdback_ppm = 50000;
	f.urgency = FW_OPTIONAL;
	ASSERT_OK(check(&p, &f, &e));
	for (size_t i = 0; i < ARRAY_LEN(urgent); i++) {
		f.urgency = urgent[i];
		p.gate.holdback_ppm = 50000;
		ASSERT_CODE(check(&p, &f, &e), "holdback_urgent");
		p.gate.holdback_ppm = 0;
		ASSERT_OK(check(&p, &f, &e));
	}
	f.urgency = FW_CRITICAL;
	p.gate.holdback_ppm = 50000;
	ASSERT_CODE(check(&p, &f, &e), "holdback_urgent");
	ASSERT_SAYS("keeps 50000 ppm back, and release 2.1.0 is of urgency "
	            "critical");
}

TEST(few_devices_are_too_few_to_keep_some_back)
{
	struct plan p;
	struct err e;

	fixture_plan(&p);
	p.gate.holdback_ppm = 50000;
	ASSERT_OK(plan_check_holdback(&p, 2000, &e));
	ASSERT_CODE(plan_check_holdback(&p, 1999, &e), "holdback_small");
	ASSERT_SAYS("of 1999 devices in its scope");
	p.gate.holdback_ppm = 0;
	ASSERT_OK(plan_check_holdback(&p, 0, &e));
}

TEST(a_hold_back_is_the_share_of_the_highest_buckets_and_has_no_member)
{
	char id[33], member[MEMBER_SIZE];
	struct plan p;
	int kept = 0;

	fixture_plan(&p);
	p.gate.holdback_ppm = 100000;
	p.n_members = 0;
	for (int i = 0; i < 5000; i++) {
		bool is_high;

		(void)snprintf(id, sizeof(id), "%032x", (unsigned)i);
		is_high = bucket_of(p.release_sha256, id) >= 900000;
		ck_assert_int_eq(plan_holds_back(&p, id), is_high);
		kept += is_high;
	}
	/* One in ten, give or take five standard deviations. */
	ck_assert_int_ge(kept, 394);
	ck_assert_int_le(kept, 606);
	p.gate.holdback_ppm = 0;
	ck_assert(!plan_holds_back(&p, id));
	p.gate.holdback_ppm = 500000;
	for (int i = 0; !plan_holds_back(&p, id); i++)
		(void)snprintf(id, sizeof(id), "%032x", (unsigned)i);
	bucket_member(member, p.release_sha256, id);
	p.members = &member;
	p.n_members = 1;
	ck_assert(!plan_holds_back(&p, id));
	p.members = NULL;
	p.n_members = 0;
}

TEST(install_plans_overlap_only_in_channel_hardware_and_region)
{
	struct plan a, b;

	fixture_plan(&a);
	fixture_plan(&b);
	ck_assert(plan_overlaps(&a, &b));
	b.channels.n = 1;
	word_set(b.channels.w[0], "lab");
	ck_assert(!plan_overlaps(&a, &b));
	fixture_plan(&b);
	fixture_narrow(&b, 1, 3);
	word_set(b.hw.w[0], "d9");
	ck_assert(!plan_overlaps(&a, &b));
	fixture_plan(&b);
	fixture_narrow(&b, 3, 1);
	word_set(b.regions.w[0], "br");
	ck_assert(!plan_overlaps(&a, &b));
	fixture_plan(&b);
	b.kind = PLAN_RECALL;
	ck_assert(!plan_overlaps(&a, &b));
	fixture_plan(&b);
	b.release_sha256[0] = '0';
	ck_assert(!plan_overlaps(&a, &b));
}

TEST(cells_are_numbered_hardware_major)
{
	struct plan p;

	fixture_plan(&p);
	ck_assert_uint_eq(plan_n_cells(&p), 9);
	ck_assert_int_eq(plan_cell_index(&p, "a7", "eu"), 0);
	ck_assert_int_eq(plan_cell_index(&p, "a7", "us"), 2);
	ck_assert_int_eq(plan_cell_index(&p, "b2", "eu"), 3);
	ck_assert_int_eq(plan_cell_index(&p, "d9", "eu"), -1);
	ck_assert_int_eq(plan_cell_index(&p, "a7", "br"), -1);
	for (int i = 0; i < 9; i++) {
		struct cell c = plan_cell_at(&p, i);

		ck_assert_int_eq(plan_cell_index(&p, c.hw, c.region), i);
	}
}

TEST(a_small_cell_has_a_share_of_its_own)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(free)
	char *rich = rich_text();
	struct err e;

	ASSERT_OK(parse(&p, rich, &e));
	ck_assert_int_eq(plan_ppm(&p, 0, "c1", "jp"), 300000);
	ck_assert_int_eq(plan_ppm(&p, 0, "c1", "eu"), 10000);
	ck_assert_int_eq(plan_ppm(&p, 2, "c1", "jp"), PPM);
}

TEST(a_share_never_shrinks_from_stage_to_stage)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(free)
	char *rich = rich_text();
	struct err e;

	ASSERT_OK(parse(&p, rich, &e));
	for (int c = 0; c < (int)plan_n_cells(&p); c++) {
		struct cell cell = plan_cell_at(&p, c);

		for (size_t k = 1; k < p.n_stages; k++)
			ck_assert_int_ge(
				plan_ppm(&p, k, cell.hw, cell.region),
				plan_ppm(&p, k - 1, cell.hw, cell.region));
	}
}

TEST(a_member_is_known_without_being_named)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(free)
	char *rich = rich_text();
	struct err e;

	ASSERT_OK(parse(&p, rich, &e));
	ck_assert(plan_has_member(&p, "00000000000000000000000000000001"));
	ck_assert(!plan_has_member(&p, "00000000000000000000000000000002"));
}
