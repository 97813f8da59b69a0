#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/state_doc.h"
#include "tests/support/json_edit.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

static int parse(struct state_doc *s, const char *text, struct err *e)
{
	return state_doc_parse(s, "state", text, strlen(text), e);
}

static void good(struct state_doc *s)
{
	struct plan p;

	fixture_plan(&p);
	free(fixture_plan_text(&p));
	fixture_state(s, &p, 1);
}

/* One rule with every field. */
static char *rich_text(void)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0};

	good(&s);
	s.rules[0].hold = true;
	state_rule_halt(&s.rules[0], "a7", "eu");
	state_rule_halt(&s.rules[0], "b2", "*");
	SCOPED(free)
	char *text = fixture_state_text(&s);
	SCOPED(free)
	char *more = json_edit(text, "rules[0].exclude", "[\"amZIzdhVB5Y\"]");
	return json_edit(more, "rules[0].note", "\"see \\\"ticket\\\" 7\"");
}

TEST(a_state_written_and_read_is_the_same_bytes)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0}, t = {0};
	SCOPED(free)
	char *rich = rich_text();
	struct err e;

	ASSERT_OK(parse(&s, rich, &e));
	ck_assert_str_eq(s.rules[0].note, "see \"ticket\" 7");
	ck_assert_uint_eq(s.rules[0].n_halted, 2);
	ck_assert_uint_eq(s.rules[0].n_exclude, 1);
	ck_assert(s.rules[0].hold);
	SCOPED(free)
	char *text = fixture_state_text(&s);
	ASSERT_OK(parse(&t, text, &e));
	SCOPED(free)
	char *again = fixture_state_text(&t);
	ck_assert_str_eq(text, again);
}

/* Each row breaks the state in one place. */
static const struct {
	const char *path, *value, *says;
} bad[] = {
	/* clang-format off */
	{"schema",           "\"state/0\"",  "'state/1' is needed"},
	{"critical",         "[\"until\"]",  "critical[0]: 'until' must be understood"},
	{"channel",          "\"*\"",        "channel: '*' is not a name"},
	{"rules",            NULL,           "'rules' is missing"},
	{"rules[0]",         "7",            "rules[0]: an integer, an object is needed"},
	{"rules[0].plan",    "\"plan/ring/spring.1.json\"", "is not a file below plan/band/"},
	{"rules[0].plan",    "\"fw/band/x\"", "is not a file below plan/band/"},
	{"rules[0].sha256",  "\"00\"",       "rules[0].sha256: 64 lower-case hex digits"},
	{"rules[0].stage",   "16",           "rules[0].stage: 16 is not within 0 to 15"},
	{"rules[0].stage",   "-1",           "rules[0].stage"},
	{"rules[0].run",     "\"stop\"",     "rules[0].run: 'stop' is not one of the known words"},
	{"rules[0].halted",  NULL,           "'halted' is missing"},
	{"rules[0].halted",  "[{\"hw\":\"A\",\"region\":\"*\"}]", "rules[0].halted[0].hw: 'A' is not a name"},
	{"rules[0].halted",  "[{\"hw\":\"*\",\"region\":\"*\"},{\"hw\":\"*\",\"region\":\"*\"}]", "rules[0].halted[1]: */* is listed twice"},
	{"rules[0].halted",  "[{\"hw\":\"a7\"}]", "rules[0].halted[0]: 'region' is missing"},
	{"rules[0].exclude", "[\"x\"]",      "rules[0].exclude[0]: 'x' is no list entry"},
	{"rules[0].note",    "\"a\\nb\"",    "rules[0].note: control characters have no place"},
	/* clang-format on */
};

TEST(a_state_broken_in_one_place_is_refused_by_that_place)
{
	SCOPED(free)
	char *rich = rich_text();
	struct state_doc s;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(free)
		char *text = json_edit(rich, bad[i].path, bad[i].value);

		ASSERT_ERR(parse(&s, text, &e), ERR_INVALID);
		ASSERT_SAYS(bad[i].says);
	}
}

TEST(a_note_is_at_most_128_bytes)
{
	SCOPED(free)
	char *rich = rich_text();
	SCOPED(state_doc_fini)
	struct state_doc s = {0};
	char note[132] = "\"";
	struct err e;

	memset(note + 1, 'x', 129);
	note[130] = '"';
	SCOPED(free)
	char *long_note = json_edit(rich, "rules[0].note", note);
	ASSERT_ERR(parse(&s, long_note, &e), ERR_INVALID);
	note[129] = '"';
	note[130] = '\0';
	SCOPED(free)
	char *full_note = json_edit(rich, "rules[0].note", note);
	ASSERT_OK(parse(&s, full_note, &e));
}

TEST(excluded_devices_are_counted_over_all_rules)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0}, t = {0};
	struct err e;

	good(&s);
	s.rules[1] = s.rules[0];
	s.n_rules = 2;
	for (size_t r = 0; r < 2; r++) {
		s.rules[r].exclude = xcalloc(33, MEMBER_SIZE);
		s.rules[r].n_exclude = 32;
		for (unsigned i = 0; i < 33; i++) {
			char id[33];

			(void)snprintf(id, sizeof(id), "%032x", i);
			bucket_member(s.rules[r].exclude[i], FIXTURE_RELEASE,
			              id);
		}
	}
	SCOPED(free)
	char *text = fixture_state_text(&s);
	ASSERT_OK(parse(&t, text, &e));
	state_doc_fini(&t);
	s.rules[1].n_exclude = 33;
	SCOPED(free)
	char *over = fixture_state_text(&s);
	ASSERT_ERR(parse(&t, over, &e), ERR_INVALID);
	ASSERT_SAYS("65 excluded devices in all rules, 64 are allowed");
}

TEST(a_state_above_8_kib_is_refused)
{
	SCOPED(free)
	char *big = xcalloc(STATE_BYTES_MAX + 2, 1);
	struct state_doc s;
	struct err e;

	memset(big, ' ', STATE_BYTES_MAX + 1);
	ASSERT_ERR(parse(&s, big, &e), ERR_TOO_LARGE);
}

TEST(a_state_of_another_repository_product_or_channel_is_named_so)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0};
	struct err e;

	good(&s);
	ASSERT_OK(state_doc_check(&s, FIXTURE_REPO, "band", "production", &e));
	ASSERT_CODE(state_doc_check(&s, "ff112233445566778899aabbccddeeff",
	                            "band", "production", &e),
	            "wrong_repo");
	ASSERT_CODE(state_doc_check(&s, FIXTURE_REPO, "ring", "production", &e),
	            "wrong_product");
	ASSERT_CODE(state_doc_check(&s, FIXTURE_REPO, "band", "canary", &e),
	            "wrong_channel");
	ASSERT_SAYS("is for channel production, this is canary");
}

TEST(halting_wider_swallows_what_it_covers)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0};
	struct state_rule *r = &s.rules[0];

	good(&s);
	state_rule_halt(r, "a7", "eu");
	state_rule_halt(r, "a7", "eu");
	ck_assert_uint_eq(r->n_halted, 1);
	state_rule_halt(r, "b2", "us");
	state_rule_halt(r, "a7", "*");
	ck_assert_uint_eq(r->n_halted, 2);
	state_rule_halt(r, "a7", "jp");
	ck_assert_uint_eq(r->n_halted, 2);
	state_rule_halt(r, "*", "*");
	ck_assert_uint_eq(r->n_halted, 1);
	ck_assert_str_eq(r->halted[0].hw, "*");
}

/* Halts n_hw × n_regions cells with names of this length. */
static void halt_many(struct state_rule *r, int n_hw, int n_regions, int width)
{
	for (int h = 0; h < n_hw; h++)
		for (int g = 0; g < n_regions; g++) {
			word hw, region;

			(void)snprintf(hw, sizeof(hw), "h%0*d", width, h);
			(void)snprintf(region, sizeof(region), "r%0*d", width,
			               g);
			state_rule_halt(r, hw, region);
		}
}

TEST(a_halted_list_that_would_not_fit_collapses_to_hardware)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0}, t = {0};
	struct err e;

	good(&s);
	halt_many(&s.rules[0], 10, 40, 8);
	SCOPED(free)
	char *text = fixture_state_text(&s);
	ASSERT_OK(parse(&t, text, &e));
	ck_assert_uint_eq(t.rules[0].n_halted, 10);
	for (size_t i = 0; i < s.rules[0].n_halted; i++)
		ck_assert(cells_match(t.rules[0].halted, t.rules[0].n_halted,
		                      s.rules[0].halted[i].hw,
		                      s.rules[0].halted[i].region));
	ck_assert(!cells_match(t.rules[0].halted, t.rules[0].n_halted, "a7",
	                       "r00000001"));
}

TEST(and_then_to_everything_never_to_less)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0}, t = {0};
	struct err e;

	good(&s);
	halt_many(&s.rules[0], 64, 2, 60);
	s.rules[1] = s.rules[0];
	s.rules[1].halted = NULL;
	s.rules[1].n_halted = 0;
	s.n_rules = 2;
	halt_many(&s.rules[1], 64, 1, 60);
	SCOPED(free)
	char *text = fixture_state_text(&s);
	ASSERT_OK(parse(&t, text, &e));
	for (size_t r = 0; r < 2; r++)
		for (size_t i = 0; i < s.rules[r].n_halted; i++)
			ck_assert(cells_match(t.rules[r].halted,
			                      t.rules[r].n_halted,
			                      s.rules[r].halted[i].hw,
			                      s.rules[r].halted[i].region));
	ck_assert_uint_eq(t.rules[0].n_halted, 1);
	ck_assert_str_eq(t.rules[0].halted[0].hw, "*");
}

TEST(a_halt_that_spans_hardware_collapses_to_everything)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0}, t = {0};
	struct err e;

	good(&s);
	state_rule_halt(&s.rules[0], "*", "eu");
	halt_many(&s.rules[0], 10, 40, 8);
	SCOPED(free)
	char *text = fixture_state_text(&s);
	ASSERT_OK(parse(&t, text, &e));
	ck_assert_uint_eq(t.rules[0].n_halted, 1);
	ck_assert(cells_match(t.rules[0].halted, 1, "a7", "eu"));
	ck_assert(cells_match(t.rules[0].halted, 1, "h00000001", "r00000001"));
}

TEST(a_list_that_fits_is_written_cell_by_cell)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0}, t = {0};
	struct err e;

	good(&s);
	halt_many(&s.rules[0], 10, 10, 4);
	SCOPED(free)
	char *text = fixture_state_text(&s);
	ASSERT_OK(parse(&t, text, &e));
	ck_assert_uint_eq(t.rules[0].n_halted, 100);
}

TEST(a_state_of_150_cells_with_3_halted_is_under_a_kilobyte)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0};

	/* It names what is halted, and nothing of the other cells. */
	good(&s);
	state_rule_halt(&s.rules[0], "rev-1", "region-07");
	state_rule_halt(&s.rules[0], "rev-3", "region-19");
	state_rule_halt(&s.rules[0], "rev-5", "region-30");
	SCOPED(free)
	char *text = fixture_state_text(&s);
	printf("a state of 5 hardware revisions in 30 regions, 3 cells halted: "
	       "%zu bytes\n",
	       strlen(text));
	ck_assert_uint_lt(strlen(text), 1024);
}

TEST(a_state_that_cannot_fit_at_all_is_refused)
{
	SCOPED(state_doc_fini)
	struct state_doc s = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(100000);
	struct err e;

	good(&s);
	for (s.n_rules = 0; s.n_rules < STATE_RULES_MAX; s.n_rules++) {
		struct state_rule *r = &s.rules[s.n_rules];

		*r = (struct state_rule){0};
		memset(r->plan_path, 'x', 900);
	}
	ASSERT_ERR(state_doc_write(&out, &s, &e), ERR_TOO_LARGE);
	ck_assert_uint_eq(out.len, 0);
}
