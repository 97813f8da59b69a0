#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/json_edit.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"
#include "tests/support/schema_check.h"

#include <string.h>

/* The manifest alone, out of {"fw":…}. */
static int check_fw(const struct schema *s, const char *custom, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, fw;

	if (js_parse(&doc, "custom", custom, strlen(custom), e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get(&fw, &root, "fw", e) != 0)
		return -1;
	return schema_check(s, &fw, e);
}

static char *corpus(const char *name)
{
	SCOPED(free)
	char *path = xasprintf("%s/tests/fuzz/corpus/%s", PAWL_SRCDIR, name);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(65536);
	struct err e = {0};

	if (fs_read(&b, path, &e) != 0)
		ck_abort_msg("%s", e.msg);
	return buf_take(&b);
}

TEST(what_we_write_keeps_to_the_schemas)
{
	SCOPED(schema_fini)
	struct schema fw = {0}, plan = {0}, state = {0};
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(state_doc_fini)
	struct state_doc s = {0};
	struct fw f;
	struct err e;

	ASSERT_OK(schema_load(&fw, "schema/fw-1.schema.json", &e));
	ASSERT_OK(schema_load(&plan, "schema/plan-1.schema.json", &e));
	ASSERT_OK(schema_load(&state, "schema/state-1.schema.json", &e));
	fw.closed = plan.closed = state.closed = true;
	fixture_fw(&f);
	fixture_plan(&p);
	SCOPED(free)
	char *fw_text = fixture_fw_text(&f);
	SCOPED(free)
	char *plan_text = fixture_plan_text(&p);
	fixture_state(&s, &p, 1);
	SCOPED(free)
	char *state_text = fixture_state_text(&s);
	ASSERT_OK(check_fw(&fw, fw_text, &e));
	ASSERT_OK(schema_check_text(&plan, plan_text, &e));
	ASSERT_OK(schema_check_text(&state, state_text, &e));
}

TEST(documents_with_every_field_keep_to_the_schemas)
{
	SCOPED(schema_fini)
	struct schema fw = {0}, plan = {0}, state = {0};
	SCOPED(free)
	char *rich_fw = corpus("fw/rich");
	SCOPED(free)
	char *rich_plan = corpus("plan/rich");
	SCOPED(free)
	char *rich_state = corpus("state_doc/rich");
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(state_doc_fini)
	struct state_doc s = {0};
	struct fw f;
	struct err e;

	ASSERT_OK(schema_load(&fw, "schema/fw-1.schema.json", &e));
	ASSERT_OK(schema_load(&plan, "schema/plan-1.schema.json", &e));
	ASSERT_OK(schema_load(&state, "schema/state-1.schema.json", &e));
	fw.closed = plan.closed = state.closed = true;
	ASSERT_OK(fw_parse(&f, "fw", rich_fw, &e));
	ASSERT_OK(plan_parse(&p, "plan", rich_plan, strlen(rich_plan), &e));
	ASSERT_OK(state_doc_parse(&s, "state", rich_state, strlen(rich_state),
	                          &e));
	ASSERT_OK(check_fw(&fw, rich_fw, &e));
	ASSERT_OK(schema_check_text(&plan, rich_plan, &e));
	ASSERT_OK(schema_check_text(&state, rich_state, &e));
}

/* What one member alone can break, schema and reader refuse alike. */
static const struct {
	const char *corpus, *path, *value;
} broken[] = {
	/* clang-format off */
	{"fw/rich",         "fw.counter",           "4294967296"},
	{"fw/rich",         "fw.critical",          "[]"},
	{"fw/rich",         "fw.hw",                "[\"a7\",\"a7\"]"},
	{"fw/rich",         "fw.regions",           "[\"eu\",\"*\"]"},
	{"fw/rich",         "fw.version",           "\"2.1\""},
	{"fw/rich",         "fw.window.days",       "128"},
	{"fw/rich",         "fw.confirm",           NULL},
	{"fw/rich",         "fw.confirm.tries",     "256"},
	{"fw/rich",         "fw.consent",           "\"operator\""},
	{"fw/rich",         "fw.needs.battery_pct", "101"},
	{"fw/rich",         "fw.built",             "\"now\""},
	{"plan/rich",       "schema",               "\"plan/2\""},
	{"plan/rich",       "rev",                  "0"},
	{"plan/rich",       "from",                 NULL},
	{"plan/rich",       "from",                 "[]"},
	{"plan/rich",       "kind",                 "\"install\""},
	{"plan/rich",       "hw",                   "[\"*\"]"},
	{"plan/rich",       "release.path",         "\"plan/band/x\""},
	{"plan/rich",       "stages",               "[]"},
	{"plan/rich",       "stages[0].ppm",        "0"},
	{"plan/rich",       "stages[0].soak_s",     "7776001"},
	{"plan/rich",       "max_ppm",              "1000001"},
	{"plan/rich",       "offline_after_s",      "0"},
	{"plan/rich",       "members",              "[\"x\"]"},
	{"plan/rich",       "gate.p0_ppm",          "900001"},
	{"plan/rich",       "gate.alpha_ppm",       "500001"},
	{"plan/rich",       "gate.in_flight",       "0"},
	{"plan/rich",       "gate.promote",         "\"never\""},
	{"plan/rich",       "gate.weights.pooled",  NULL},
	{"state_doc/rich",  "rules[0].stage",       "16"},
	{"state_doc/rich",  "rules[0].run",         "\"stop\""},
	{"state_doc/rich",  "rules[0].halted",      NULL},
	{"state_doc/rich",  "rules[0].plan",        "\"fw/band/x\""},
	{"state_doc/rich",  "channel",              "\"*\""},
	{"state_doc/rich",  "repo",                 "\"00\""},
	/* clang-format on */
};

static int read_it(char kind, const char *text, struct err *e)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(state_doc_fini)
	struct state_doc s = {0};
	struct fw f;

	if (kind == 'f')
		return fw_parse(&f, "fw", text, e);
	if (kind == 'p')
		return plan_parse(&p, "plan", text, strlen(text), e);
	return state_doc_parse(&s, "state", text, strlen(text), e);
}

static int check_it(char kind, const char *text, struct err *e)
{
	SCOPED(schema_fini)
	struct schema s = {0};

	if (schema_load(&s,
	                kind == 'f'   ? "schema/fw-1.schema.json"
	                : kind == 'p' ? "schema/plan-1.schema.json"
	                              : "schema/state-1.schema.json",
	                e) != 0)
		ck_abort_msg("%s", e->msg);
	return kind == 'f' ? check_fw(&s, text, e)
	                   : schema_check_text(&s, text, e);
}

TEST(schema_and_reader_refuse_the_same_members)
{
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		char kind = broken[i].corpus[0];
		SCOPED(free)
		char *good = corpus(broken[i].corpus);
		SCOPED(free)
		char *bad = json_edit(good, broken[i].path, broken[i].value);

		ASSERT_OK(check_it(kind, good, &e));
		ASSERT_ERR(read_it(kind, bad, &e), ERR_INVALID);
		if (check_it(kind, bad, &e) == 0)
			ck_abort_msg("the schema allows %s = %s",
			             broken[i].path,
			             broken[i].value ? broken[i].value : "");
	}
}

TEST(an_unknown_keyword_in_a_schema_is_not_skipped)
{
	SCOPED(schema_fini)
	struct schema s = {0};
	const char *text = "{\"type\":\"object\",\"minimun\":3}";
	struct err e;

	ASSERT_OK(js_parse(&s.doc, "s", text, strlen(text), &e));
	ASSERT_ERR(schema_check_text(&s, "{}", &e), ERR_INVALID);
	ASSERT_SAYS("minimun: is no known keyword");
}
