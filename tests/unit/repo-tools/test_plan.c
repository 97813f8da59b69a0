#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/folder/plan_small.h"
#include "repo-tools/folder/plan_stages.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <string.h>

static struct repo r;
static struct err e;

TEST(stages_follow_each_other_by_their_soaks)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	ASSERT_OK(plan_stages_parse(p, "1%:6h,0.5%:2s,20000ppm:7d,100%:0s",
	                            1000, &e));
	ck_assert_uint_eq(p->n_stages, 4);
	ck_assert_int_eq(p->stages[0].ppm, 10000);
	ck_assert_int_eq(p->stages[0].not_before_s, 1000);
	ck_assert_int_eq(p->stages[0].soak_s, 21600);
	ck_assert_int_eq(p->stages[1].ppm, 5000);
	ck_assert_int_eq(p->stages[1].not_before_s, 22600);
	ck_assert_int_eq(p->stages[2].not_before_s, 22602);
	ck_assert_int_eq(p->stages[2].ppm, 20000);
	ck_assert_int_eq(p->stages[3].not_before_s, 22602 + 7 * 86400);
	plan_fini(p);
	free(p);
}

TEST(each_wrong_stage_is_named)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"5%", "'5%' is no stage like"},
		{"5:1h", "'5' is not a share"},
		{"0%:1h", "is not within 1ppm"},
		{"101%:1h", "is not within"},
		{"5%:1", "is not a number like"},
		{"5%:1h,,6%:1h", "is no stage like"},
		{"1%:1s,2%:1s,3%:1s,4%:1s,5%:1s,6%:1s,7%:1s,8%:1s,9%:1s,"
	         "10%:1s,11%:1s,12%:1s,13%:1s,14%:1s,15%:1s,16%:1s,17%:1s",
	         "more than 16 stages"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan *p = xcalloc(1, sizeof(*p));

		ASSERT_ERR(plan_stages_parse(p, rows[i].text, 0, &e),
		           ERR_USAGE);
		ASSERT_SAYS(rows[i].says);
		plan_fini(p);
		free(p);
	}
}

TEST(a_stage_file_may_date_stages_enlarge_cells_and_name_devices)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	const char *path = repo_file(
		"stages.json",
		"{\"stages\":[{\"ppm\":10000,\"soak_s\":60,\"cells\":[{\"hw\":"
		"\"a7\",\"region\":\"eu\",\"ppm\":500000}]},{\"ppm\":1000000,"
		"\"soak_s\":5,\"not_before\":\"2026-03-02T00:00:00Z\"}],"
		"\"members\":[\"00112233445566778899aabbccddeeff\"]}");
	char member[MEMBER_SIZE];

	memset(p->release_sha256, 'a', SHA256_HEX_SIZE - 1);
	ASSERT_OK(plan_stages_read_file(p, path, 100, &e));
	ck_assert_uint_eq(p->n_stages, 2);
	ck_assert_int_eq(p->stages[0].not_before_s, 100);
	ck_assert_uint_eq(p->stages[0].n_cells, 1);
	ck_assert_int_eq(p->stages[0].cells[0].ppm, 500000);
	ck_assert_int_eq(p->stages[1].not_before_s, TOOL_BEGAN_S + 86400);
	bucket_member(member, p->release_sha256,
	              "00112233445566778899aabbccddeeff");
	ck_assert_uint_eq(p->n_members, 1);
	ck_assert_str_eq(p->members[0], member);
	plan_fini(p);
	free(p);
}

TEST(each_wrong_stage_file_is_named)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"{}", "stages"},
		{"{\"stages\":[]}", "stages"},
		{"{\"stages\":[{\"ppm\":1}]}", "soak_s"},
		{"{\"stages\":[{\"ppm\":0,\"soak_s\":1}]}", "ppm"},
		{"{\"stages\":[{\"ppm\":1,\"soak_s\":1,\"sok\":1}]}", "sok"},
		{"{\"stages\":[{\"ppm\":1,\"soak_s\":1}],\"members\":[\"x\"]}",
	         "is no device id"},
		{"{\"stages\":[{\"ppm\":1,\"ppm\":2,\"soak_s\":1}]}", "ppm"},
		{"not json", "stages.json"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan *p = xcalloc(1, sizeof(*p));

		ck_assert_int_eq(plan_stages_read_file(
					 p,
					 repo_file("stages.json", rows[i].text),
					 0, &e),
		                 -1);
		ASSERT_SAYS(rows[i].says);
		plan_fini(p);
		free(p);
	}
}

#define ASKED(name)                                                       \
	"plan add -p coat -i asked -r 1.0.0 --channels lab --regions eu " \
	"--initiator " name

TEST(an_initiator_does_not_approve_his_own_plan)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, ASKED("cid"));
	ASSERT_COMPLAINS(&r.t, "asked for by cid");
	ASSERT_RUNS(&r, "sign plans.coat --passphrase-file %s", r.pass);
	ASSERT_COMPLAINS(&r.t, "asked for by cid");
	/* dot signed, cid may not, and two are needed. */
	ASSERT_REFUSES(&r, CLI_PERMISSION, "cid asked for plan/coat/asked",
	               "sign plans.coat --key %s/keys/plans.coat.1.key "
	               "--passphrase-file %s",
	               r.dir, r.pass);
}

TEST(an_initiator_can_not_hide_behind_a_control_character)
{
	static const char was[] =
		"\"custom\":{\"plan\":{\"initiator\":\"cid\"}}";

	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, ASKED("cid"));
	repo_edit(&r, "staged/plans.coat.json", was,
	          "\"custom\":{\"plan\":{\"initiator\":\"cid\"},"
	          "\"x\":\"\\n\"}");
	ASSERT_REFUSES(&r, CLI_PERMISSION, "cid asked for plan/coat/asked",
	               "sign plans.coat --key %s/keys/plans.coat.1.key "
	               "--passphrase-file %s",
	               r.dir, r.pass);
	repo_edit(&r, "staged/plans.coat.json", "\"cid\"", "[\"cid\"]");
	ASSERT_REFUSES(&r, CLI_FAILED, "who asked",
	               "sign plans.coat --key %s/keys/plans.coat.1.key "
	               "--passphrase-file %s",
	               r.dir, r.pass);
	ASSERT_RUNS(&r, "show plans.coat");
	ck_assert_ptr_nonnull(strstr(r.t.out, "WHO ASKED FOR IT DOES NOT"));
}

TEST(a_plan_asked_for_by_somebody_else_is_approved)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, ASKED("eva"));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	/* Once approved, it stands in nobody's way. */
	ASSERT_RUNS(&r, "plan add -p coat -i next -r 1.0.0 --channels lab "
	                "--regions us --initiator fay");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
}

TEST(a_plan_of_no_words_is_four_stages_and_a_week_of_watch)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, "plan add -p coat -i plain -r 1.0.0 --channels lab "
	                "--regions eu");
	ASSERT_COMPLAINS(&r.t, "stage 1: 1 % from 2026-03-01T00:00:00Z, soaks "
	                       "6 h");
	ASSERT_COMPLAINS(&r.t, "stage 2: 5 % from 2026-03-01T06:00:00Z, soaks "
	                       "12 h");
	ASSERT_COMPLAINS(&r.t, "stage 3: 25 % from 2026-03-01T18:00:00Z, "
	                       "soaks");
	ASSERT_COMPLAINS(&r.t, "stage 4: 100 % from 2026-03-02T18:00:00Z, "
	                       "soaks 7 d");
}

#define FLEET(us)                                                              \
	"{\"download_s\":60,\"boot_s\":60,\"cells\":["                         \
	"{\"hw\":\"a7\",\"region\":\"eu\",\"devices\":100000,\"poll_s\":3600," \
	"\"fail_ppm\":0,\"brick_ppm\":0,\"silent_ppm\":0},"                    \
	"{\"hw\":\"a7\",\"region\":\"us\",\"devices\":" us ",\"poll_s\":3600," \
	"\"fail_ppm\":0,\"brick_ppm\":0,\"silent_ppm\":0}]}"
#define SMALL(file)                                                         \
	"plan add -p coat -i small -r 1.0.0 --channels lab --hw a7,b2 "     \
	"--regions eu,us --stages 1%%:1h,5%%:1h,100%%:1h --min-devices 10 " \
	"--fleet %s",                                                       \
		file

TEST(a_share_of_a_small_cell_has_that_many_devices_in_expectation)
{
	static const struct {
		int64_t devices, wanted;
		int32_t ppm;
	} rows[] = {
		{1000, 10, 10000}, {1001, 10, 9991}, {40, 10, 250000},
		{3, 10, PPM},      {10, 10, PPM},    {1000000, 1, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int32_t ppm = plan_small_ppm(rows[i].devices, rows[i].wanted);

		ck_assert_int_eq(ppm, rows[i].ppm);
		if (ppm < PPM)
			ck_assert_int_ge(ppm * rows[i].devices,
			                 rows[i].wanted * PPM);
	}
}

TEST(small_cells_get_a_larger_signed_share_and_it_is_said)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, SMALL(repo_file("fleet.json", FLEET("40"))));
	ASSERT_COMPLAINS(&r.t, "a7/eu: 100000 devices, large enough");
	ASSERT_COMPLAINS(&r.t, "a7/us: 40 devices, 25 % in the first 2 stages");
	ASSERT_COMPLAINS(&r.t, "b2/eu: no devices in the fleet, as signed");
	ASSERT_COMPLAINS(&r.t, "stage 1: 1 % from 2026-03-01T00:00:00Z, soaks "
	                       "1 h; a7/us 25 %");
	/* Where 5 % are enough, only the first stage says more. */
	ASSERT_RUNS(&r, SMALL(repo_file("fleet.json", FLEET("400"))));
	ASSERT_COMPLAINS(&r.t, "a7/us: 400 devices, 2.5 % in the first 1 "
	                       "stage\n");
}

TEST(a_fleet_that_does_not_fit_the_plan_makes_no_plan)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_REFUSES(&r, CLI_USAGE, "belong together",
	               "plan add -p coat -i small -r 1.0.0 --channels lab "
	               "--regions eu --min-devices 10");
	ASSERT_REFUSES(&r, CLI_USAGE, "belong together",
	               "plan add -p coat -i small -r 1.0.0 --channels lab "
	               "--regions eu --fleet x");
	ASSERT_REFUSES(&r, CLI_FAILED, "devices",
	               SMALL(repo_file("fleet.json", FLEET("0"))));
	ASSERT_REFUSES(&r, CLI_FAILED, "no cell",
	               "plan add -p coat -i small -r 1.0.0 --channels lab "
	               "--hw a7 --regions eu --min-devices 10 --fleet %s",
	               repo_file("fleet.json", FLEET("40")));
}

TEST(a_plan_says_in_words_what_it_allows)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_COMPLAINS(&r.t, "installs fw/coat/1.0.0_app.bin");
	ASSERT_COMPLAINS(&r.t, "channels canary; hardware a7, b2; regions eu, "
	                       "us");
	ASSERT_COMPLAINS(&r.t, "stage 1: 5 % from 2026-03-01T00:00:00Z, soaks "
	                       "1 h");
	ASSERT_COMPLAINS(&r.t, "stage 2: 100 % from 2026-03-01T01:00:00Z");
	ASSERT_COMPLAINS(&r.t, "without a clock: at most 5 %; ends "
	                       "2026-03-31T00:00:00Z");
	ASSERT_COMPLAINS(&r.t, "halts above 2 % failing, false halt below 5 %");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "show plan/coat/first.1.json");
	ASSERT_PRINTS(&r.t, "at least 10 confirmed, at most 500 in flight");
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "coat: 1 releases, 1 plans");
	repo_fini(&r);
}

TEST(a_new_revision_retires_the_old_one)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "plan add -p coat -i first -r fw/coat/1.0.0_app.bin "
	                "--channels canary --regions eu --stages 100%%:2s "
	                "--resumes a7/eu --start 6h --expires 20d --promote "
	                "hand --max-ppm 1%% --json");
	ASSERT_PRINTS(&r.t, "\"path\":\"plan/coat/first.2.json\"");
	ASSERT_PRINTS(&r.t, "\"retired\":\"plan/coat/first.1.json\"");
	ASSERT_PRINTS(&r.t, "\"not_before\":\"2026-03-01T06:00:00Z\"");
	ASSERT_PRINTS(&r.t, "\"expires\":\"2026-03-21T06:00:00Z\"");
	ASSERT_PRINTS(&r.t, "\"promote\":\"hand\"");
	ASSERT_COMPLAINS(&r.t, "RESUMES the halted cell a7/eu");
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "  - plan/coat/first.1.json");
	ASSERT_RUNS(&r, "verify");
	/* Files of old revisions stay; their numbers are never used again. */
	ck_assert(repo_has(&r, "targets/plan/coat/first.1.json"));
	repo_write(&r, "targets/plan/coat/first.7.json", "{}");
	ASSERT_RUNS(&r, "plan add -p coat -i first -r 1.0.0 --channels canary "
	                "--regions eu");
	ASSERT_PRINTS(&r.t, "plan/coat/first.8.json");
	repo_fini(&r);
}

#define TEMPLATED(template)                                            \
	"plan add -p coat -i t -r 1.0.0 --channels edge --regions eu " \
	"--template " template " --json"

TEST(a_template_gives_stages_and_gate_and_what_is_given_goes_before_it)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, TEMPLATED("fast"));
	ASSERT_PRINTS(&r.t, "\"stages\":[{\"not_before\":\"2026-03-01T00:00:00Z"
	                    "\",\"ppm\":50000,\"soak_s\":7200},"
	                    "{\"not_before\":\"2026-03-01T02:00:00Z\","
	                    "\"ppm\":250000,\"soak_s\":21600},");
	ASSERT_PRINTS(&r.t, "\"in_flight\":2000,");
	ASSERT_PRINTS(&r.t, "\"p0_ppm\":20000,");
	ASSERT_RUNS(&r, TEMPLATED("hotfix --stages 100%%:1h --p0 5%%"));
	ASSERT_PRINTS(&r.t, "\"ppm\":1000000,\"soak_s\":3600}]");
	ASSERT_PRINTS(&r.t, "\"in_flight\":10000,");
	ASSERT_PRINTS(&r.t, "\"hard_s\":43200,");
	ASSERT_PRINTS(&r.t, "\"p0_ppm\":50000,");
	/* Nobody named one. */
	ASSERT_RUNS(&r, "plan add -p coat -i u -r 1.0.0 --channels beta "
	                "--regions eu --json");
	ASSERT_PRINTS(&r.t, "\"ppm\":10000,\"soak_s\":21600},");
	ASSERT_PRINTS(&r.t, "\"in_flight\":500,");
	ASSERT_REFUSES(&r, CLI_USAGE, "--template", TEMPLATED("slow"));
	repo_fini(&r);
}

TEST(a_recall_names_what_it_takes_back)
{
	repo_init(&r);
	repo_stage(&r);
	(void)repo_file("app.bin", "firmware two");
	ASSERT_RUNS(&r, "release add %s -p coat -V 2.0.0 --hw a7",
	            test_path("app.bin"));
	ASSERT_RUNS(&r, "plan add -p coat -i back -r 1.0.0 --channels canary "
	                "--regions eu --hw a7 --kind recall --from 2.0.0");
	ASSERT_COMPLAINS(&r.t, "RECALLS to fw/coat/1.0.0_app.bin");
	ASSERT_COMPLAINS(&r.t, "from running ");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(each_plan_the_server_would_refuse_is_refused_at_the_desk)
{
	static const struct {
		const char *line, *says;
		int code;
	} rows[] = {
		{"-i b -r 1.0.0 --channels lab --regions eu --hw c3",
	         "names hardware c3", CLI_FAILED},
		{"-i b -r 9.9.9 --channels lab --regions eu",
	         "(unknown_release)", CLI_NOT_FOUND},
		{"-i b -r 1.0.0 --channels lab", "needs --regions", CLI_USAGE},
		{"-i b -r 1.0.0 --regions eu", "needs --channels", CLI_USAGE},
		{"-i B -r 1.0.0 --channels lab --regions eu",
	         "'B' is no plan id", CLI_USAGE},
		{"-i b -r 1.0.0 --channels canary --regions us",
	         "(plan_overlap)", CLI_CONFLICT},
		{"-i b -r 1.0.0 --channels lab --regions eu --stages "
	         "5%:1h,4%:1h",
	         "is not above", CLI_FAILED},
		{"-i b -r 1.0.0 --channels lab --regions eu --expires 46d",
	         "45 days", CLI_FAILED},
		{"-i b -r 1.0.0 --channels lab --regions eu --start 80d",
	         "(plan_outlives)", CLI_FAILED},
		{"-i b -r 1.0.0 --channels lab --regions eu --counter-max 0",
	         "counter", CLI_FAILED},
		{"-i b -r 1.0.0 --channels lab --regions eu --kind recall",
	         "belong together", CLI_USAGE},
		{"-i b -r 1.0.0 --channels lab --regions eu --from 1.0.0",
	         "belong together", CLI_USAGE},
		{"-i b -r 1.0.0 --channels lab --regions eu --kind recall "
	         "--from 1.0.0",
	         "cannot replace itself", CLI_FAILED},
		{"-i b -r 1.0.0 --channels lab --regions eu --resumes a7/eu",
	         "no halt before it", CLI_FAILED},
		{"-i b -r 1.0.0 --channels lab --regions eu --resumes a7",
	         "is no cell like", CLI_USAGE},
		{"-i b -r 1.0.0 --channels lab --regions eu --soft 3h "
	         "--hard 1h",
	         "below soft_s", CLI_FAILED},
		{"-i b -r 1.0.0 --channels lab --regions eu --file x --stages "
	         "5%:1h",
	         "exclude each other", CLI_USAGE},
		{"-i b -r 1.0.0 --channels lab --regions eu --file "
	         "/nonexistent",
	         "/nonexistent", CLI_NOT_FOUND},
		{"-i b -r 1.0.0 --channels lab --regions eu --promote never",
	         "is none of auto, hand", CLI_USAGE},
	};

	repo_init(&r);
	repo_stage(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_REFUSES(&r, rows[i].code, rows[i].says,
		               "plan add -p coat %s", rows[i].line);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_product)",
	               "plan add -p arm -i b -r 1.0.0 --channels lab");
	ck_assert(!repo_has(&r, "targets/plan/coat/b.1.json"));
	repo_fini(&r);
}

TEST(two_releases_of_one_version_need_the_path)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.0 --hw a7 --name b.bin",
	            repo_file("b.bin", "other part"));
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(ambiguous_release)",
	               "plan add -p coat -i b -r 1.0.0 --channels lab "
	               "--regions eu");
	repo_fini(&r);
}

TEST(a_finished_plan_is_renewed_for_everybody)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "plan renew first -p coat --expires 20d --json");
	ASSERT_PRINTS(&r.t, "\"path\":\"plan/coat/first.2.json\"");
	ASSERT_PRINTS(&r.t, "\"retired\":\"plan/coat/first.1.json\"");
	ASSERT_PRINTS(&r.t, "\"stages\":[{\"not_before\":"
	                    "\"2026-03-01T00:00:00Z\",\"ppm\":1000000,"
	                    "\"soak_s\":1728000}]");
	ASSERT_PRINTS(&r.t, "\"expires\":\"2026-03-21T00:00:00Z\"");
	ASSERT_PRINTS(&r.t, "\"max_ppm\":50000");
	ASSERT_COMPLAINS(&r.t, "stage 1: 100 % from 2026-03-01T00:00:00Z");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_RUNS(&r, "plan renew first -p coat --max-ppm 100%%");
	ASSERT_PRINTS(&r.t, "plan/coat/first.3.json");
	repo_fini(&r);
}

TEST(a_renewal_keeps_nobody_back)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, "plan add -p coat -i first -r 1.0.0 --channels lab "
	                "--regions eu --holdback 5%% --json");
	ASSERT_PRINTS(&r.t, "\"holdback_ppm\":50000");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "plan renew first -p coat --json");
	ASSERT_PRINTS(&r.t, "\"holdback_ppm\":0,");
	repo_fini(&r);
}

TEST(a_renewal_that_cannot_be_is_refused_at_the_desk)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_plan)",
	               "plan renew second -p coat");
	ASSERT_REFUSES(&r, CLI_FAILED, "45 days",
	               "plan renew first -p coat --expires 46d");
	ASSERT_REFUSES(&r, CLI_FAILED, "(plan_outlives)",
	               "plan renew first -p coat --start 80d");
	ck_assert(!repo_has(&r, "targets/plan/coat/first.2.json"));
	repo_fini(&r);
}
