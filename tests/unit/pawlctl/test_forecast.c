#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/forecast.h"
#include "tests/support/plan_fixture.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

#define KIND(hw, channel, devices)                                    \
	"{\"hw\":\"" hw "\",\"region\":\"eu\",\"channel\":\"" channel \
	"\",\"version\":\"2.0.0\",\"devices\":" devices               \
	",\"seen_7d\":" devices                                       \
	",\"poll_s\":3600,\"poll_spread_ppm\":0,\"off_ppm\":0,"       \
	"\"off_s\":0}"
#define FLEET                                                                 \
	"{\"schema\":\"fleet/1\",\"product\":\"band\",\"time\":"              \
	"\"2026-03-01T00:00:00Z\",\"cells\":[" KIND(                          \
		"a7", "canary", "200") "," KIND("b2", "production",           \
	                                        "400") "," KIND("b2", "beta", \
	                                                        "7") "]}"
#define ROLLOUT(key, state, kind, id, attempt)                     \
	"{\"key\":" key ",\"product\":\"band\",\"state\":\"" state \
	"\",\"kind\":\"" kind "\",\"plan\":\"plan/band/" id        \
	".1.json\",\"eta\":{\"attempt_s\":" attempt "}}"
#define ROLLOUTS                                                           \
	"{\"rollouts\":[" ROLLOUT(                                         \
		"9", "running", "recall", "back",                          \
		"null") "," ROLLOUT("6", "paused", "install", "old",       \
	                            "450") "," ROLLOUT("5",                \
	                                               "com"               \
	                                               "pleted",           \
	                                               "install", "older", \
	                                               "9") "]}"
#define PLAN(id, hw)                                                 \
	"{\"path\":\"plan/band/" id ".1.json\",\"id\":\"" id "\","   \
	"\"rev\":1,\"sha256\":\"%s\",\"channels\":[\"production\"]," \
	"\"hw\":[\"" hw "\"],\"regions\":[\"eu\",\"us\"]}"
#define CATALOG                                                           \
	"{\"products\":[{\"product\":\"band\",\"releases\":[],\"plans\":" \
	"[" PLAN("spring", "a7") "," PLAN("old", "b2") "," PLAN("back",   \
	                                                        "b2") "]}]}"

struct scene {
	struct plan plan;
	char *text, *catalog, *url;
};

/* The fixture's plan, in a catalog; the operators' clock stands in March, far
 * before its dates. */
static struct scene scene_of(void)
{
	struct scene s = {.text = NULL};

	fixture_plan(&s.plan);
	s.plan.stages[2].soak_s = 2 * FIXTURE_DAY_S;
	s.text = test_keep(fixture_plan_text(&s.plan));
	s.catalog = test_keep(xasprintf(CATALOG, s.plan.sha256, s.plan.sha256,
	                                s.plan.sha256));
	s.url = test_keep(xasprintf("/targets/plan/band/%s.spring.1.json",
	                            s.plan.sha256));
	plan_fini(&s.plan);
	return s;
}

#define SCRIPT(s)                                                           \
	{                                                                   \
		CANNED("GET", "/v1/admin/catalog", 200, (s).catalog),       \
			CANNED("GET", (s).url, 200, (s).text),              \
			CANNED("GET", "/v1/admin/fleet?product=band", 200,  \
		               FLEET),                                      \
			CANNED("GET", "/v1/admin/rollouts", 200, ROLLOUTS), \
	}

TEST(a_plan_is_forecast_over_the_fleet_that_is_there)
{
	struct scene s = scene_of();
	const struct canned_answer script[] = SCRIPT(s);
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout plan spring --runs 3"),
	            CLI_OK);
	ASSERT_PRINTS(&o.tool, "plan/band/spring.1.json: 600 devices\n"
	                       "outside of the plan, or with its release: 7\n"
	                       "attempts take 450 s, as in rollout 6\n"
	                       "leaves 400 devices to rollout 9, a recall, "
	                       "which stands above it\n"
	                       "takes 400 devices of rollout 6, which has not "
	                       "ended\n");
	ASSERT_PRINTS(&o.tool, "\n    1    1.00%       6.0  "
	                       "2026-11-20T00:00:00Z\n"
	                       "    2   10.00%      60.0  "
	                       "2026-11-21T00:00:00Z\n"
	                       "    3  100.00%     600.0  "
	                       "2026-11-22T00:00:00Z\n"
	                       "ends 2026-11-24T00:00:00Z\n");
	ASSERT_PRINTS(&o.tool, "\n     0%  0.0000  0.0000 to ");
	ASSERT_PRINTS(&o.tool, "\n    10%  1.0000  ");
	ASSERT_PRINTS(&o.tool, "fails 2% at most is halted with a risk of at "
	                       "most 10%;\n");
	ASSERT_PRINTS(&o.tool, "  0.1340  0.0000  0.0000  a7/eu\n");
}

TEST(a_forecast_of_a_plan_as_json)
{
	struct scene s = scene_of();
	const struct canned_answer script[] = SCRIPT(s);
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "rollout plan plan/band/spring.1.json "
	                             "--runs 2 --silent 5%% --json"),
	            CLI_OK);
	ASSERT_PRINTS(&o.tool, "{\"path\":\"plan/band/spring.1.json\","
	                       "\"sha256\":\"");
	ASSERT_PRINTS(&o.tool, "\"from\":\"2026-11-20T00:00:00Z\",\"takes\":[{"
	                       "\"rollout\":6,\"devices\":400}],\"loses\":[{"
	                       "\"rollout\":9,\"devices\":400}],"
	                       "\"false_halt_max_ppm\":100000,\"assumed\":[{"
	                       "\"fail_ppm\":0,\"p_halt\":0.000000,");
	ASSERT_PRINTS(&o.tool, "{\"fail_ppm\":100000,\"p_halt\":1.000000,");
}

TEST(bytes_that_are_not_the_plans_are_not_forecast)
{
	struct scene s = scene_of();
	const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/catalog", 200, s.catalog),
		CANNED("GET", s.url, 200, "{}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout plan spring"),
	            CLI_UNVERIFIED);
	ASSERT_COMPLAINS(&o.tool, "the catalog says");
	ck_assert_str_eq(o.tool.out, "");
}

TEST(a_plan_that_is_not_published_is_not_forecast)
{
	struct scene s = scene_of();
	const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/catalog", 200, s.catalog),
		CANNED("GET", "/v1/admin/catalog", 200, s.catalog),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "rollout plan sprign"),
	            CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&o.tool, "did you mean 'spring'?");
	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "rollout plan plan/band/none.1.json"),
	            CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&o.tool, "(unknown_plan)");
}

TEST(large_fleets_are_run_less_often)
{
	ck_assert_int_eq(ctl_forecast_runs(1), 200);
	ck_assert_int_eq(ctl_forecast_runs(20000), 7);
	ck_assert_int_eq(ctl_forecast_runs(1000000), 2);
}
