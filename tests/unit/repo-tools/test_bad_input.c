/* What must not enter by the command line, and the rule that says so. What
 * comes in files instead is tests/unit/tuf/test_bad_input.c. */
#include "config.h"

#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <string.h>

static struct repo r;

struct row {
	const char *value, *says;
	int code;
};

/* Each value in the place of %s of the command. */
static void refuse_each(const char *command, const struct row *rows, size_t n)
{
	const char *mark = strstr(command, "%s");

	for (size_t i = 0; i < n; i++)
		ASSERT_REFUSES(&r, rows[i].code, rows[i].says, "%.*s%s%s",
		               (int)(mark - command), command, rows[i].value,
		               mark + 2);
}

#define REFUSE_EACH(command, rows) refuse_each(command, rows, ARRAY_LEN(rows))

TEST(no_threshold_enters_that_is_zero_unmet_or_spelled_oddly)
{
	static const struct row numbers[] = {
		{"0", "is not within 1 to 32", CLI_USAGE},
		{"33", "is not within 1 to 32", CLI_USAGE},
		{"9007199254740992", "is not within 1 to 32", CLI_USAGE},
		{"02", "is not a number", CLI_USAGE},
		{"+2", "is not a number", CLI_USAGE},
		{"2.0", "is not a number", CLI_USAGE},
		{"1e0", "is not a number", CLI_USAGE},
	};
	static const struct row below[] = {
		{"3", "(threshold_order)", CLI_FAILED},
	};

	repo_init(&r);
	REFUSE_EACH("threshold targets %s", numbers);
	REFUSE_EACH("product add arm --plans-threshold %s", numbers);
	REFUSE_EACH("product add arm --releases-threshold %s", numbers);
	REFUSE_EACH("delegate docs --path docs/* --threshold %s", numbers);
	REFUSE_EACH("product add arm --plans-threshold %s", below);
	REFUSE_EACH("delegate docs --path docs/* --threshold %s", below);
	ck_assert(!repo_has(&r, "staged/targets.json"));
	repo_fini(&r);
}

TEST(a_threshold_above_the_number_of_keys_is_refused_at_the_desk)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_FAILED, "9 signatures would be needed of 2 keys",
	               "threshold targets 9");
	ASSERT_COMPLAINS(&r.t, "(threshold_unmet)");
	ck_assert(!repo_has(&r, "staged/root.json"));
	repo_fini(&r);
}

TEST(no_date_or_duration_enters_with_a_fraction_or_an_offset)
{
	static const struct row lives[] = {
		{"0d", "is not within", CLI_USAGE},
		{"1.5d", "is not a number", CLI_USAGE},
		{"01d", "is not a number", CLI_USAGE},
		{"1e3d", "is not a number", CLI_USAGE},
		{"30", "is not a number", CLI_USAGE},
		{"99999d", "is not within", CLI_USAGE},
		{"2027-01-01T00:00:00Z", "is not a number", CLI_USAGE},
	};
	static const struct row times[] = {
		{"2026-02-01T00:00:00.5Z", "is no", CLI_USAGE},
		{"2026-02-01T00:00:00+00:00", "is no", CLI_USAGE},
		{"2026-02-01T01:00:00+01:00", "is no", CLI_USAGE},
		{"2026-02-01T00:00:00z", "is no", CLI_USAGE},
		{"2026-02-30T00:00:00Z", "is no", CLI_USAGE},
		{"2026-02-01", "is no", CLI_USAGE},
	};
	static const struct row dates[] = {
		{"2026-04-01T00:00:00.5Z", "is neither a time", CLI_USAGE},
		{"2026-04-01T00:00:00+00:00", "is neither a time", CLI_USAGE},
		{"2026-04-01T00:00:60Z", "is neither a time", CLI_USAGE},
		{"1e3d", "is neither a time", CLI_USAGE},
		{"1.5d", "is neither a time", CLI_USAGE},
	};
	SCOPED(free)
	char *add = NULL;

	repo_init(&r);
	repo_stage(&r);
	add = xasprintf("release add %s -p coat -V 3.0.0 --hw a7 --built",
	                repo_file("x.bin", "x"));
	REFUSE_EACH("expiry targets %s", lives);
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		ASSERT_REFUSES(&r, times[i].code, times[i].says, "%s %s", add,
		               times[i].value);
	REFUSE_EACH("plan add -p coat -i x -r 1.0.0 --channels lab "
	            "--regions eu --start %s",
	            dates);
	REFUSE_EACH("plan add -p coat -i x -r 1.0.0 --channels lab "
	            "--regions eu --expires %s",
	            dates);
	repo_fini(&r);
}

TEST(no_role_enters_by_a_name_that_is_another_s_or_unsafe_in_a_path)
{
	static const struct row names[] = {
		{"root", "top-level role (role_name)", CLI_FAILED},
		{"targets", "top-level role (role_name)", CLI_FAILED},
		{"snapshot", "top-level role (role_name)", CLI_FAILED},
		{"timestamp", "top-level role (role_name)", CLI_FAILED},
		{"releases.arm", "for products (role_name)", CLI_FAILED},
		{"rollout.coat", "for products (role_name)", CLI_FAILED},
		{"docs.bin-0", "a bin of docs (role_name)", CLI_FAILED},
		{"../docs", "(role_name)", CLI_FAILED},
		{"docs/../root", "(role_name)", CLI_FAILED},
		{"/docs", "(role_name)", CLI_FAILED},
		{".", "(role_name)", CLI_FAILED},
		{"docs%2e", "(role_name)", CLI_FAILED},
		{"docs\x01", "(role_name)", CLI_FAILED},
		{"docs\x7f", "(role_name)", CLI_FAILED},
		{"d\xc3\xb6"
	         "cs",
	         "(role_name)", CLI_FAILED},
		{"Docs", "(role_name)", CLI_FAILED},
	};
	static const struct row products[] = {
		{"../arm", "is no name for a product", CLI_USAGE},
		{"arm/x", "is no name for a product", CLI_USAGE},
		{"arm%2e", "is no name for a product", CLI_USAGE},
		{"arm\x01", "is no name for a product", CLI_USAGE},
		{"\xc3\xa4rm", "is no name for a product", CLI_USAGE},
		{"arm.x", "is no name for a product", CLI_USAGE},
		{"-arm", "unknown option", CLI_USAGE},
	};

	repo_init(&r);
	REFUSE_EACH("delegate %s --path docs/*", names);
	REFUSE_EACH("product add %s", products);
	ck_assert(!repo_has(&r, "staged/targets.json"));
	repo_fini(&r);
}

TEST(no_pattern_enters_that_clients_would_read_differently)
{
	static const struct row patterns[] = {
		{"*", "(pattern)", CLI_FAILED},
		{"docs/", "(pattern)", CLI_FAILED},
		{"docs/**", "(pattern)", CLI_FAILED},
		{"docs/*/*", "(pattern)", CLI_FAILED},
		{"docs/?", "(pattern)", CLI_FAILED},
		{"docs/{a,b}*", "(pattern)", CLI_FAILED},
		{"docs/[ab]*", "(pattern)", CLI_FAILED},
		{"!docs/*", "(pattern)", CLI_FAILED},
		{"#docs/*", "(pattern)", CLI_FAILED},
		{"docs\\*", "(pattern)", CLI_FAILED},
		{"docs/%41*", "(pattern)", CLI_FAILED},
		{"docs/\x01*", "(pattern)", CLI_FAILED},
		{"d\xc3\xb6"
	         "cs/*",
	         "(pattern)", CLI_FAILED},
		{"../docs/*", "(pattern)", CLI_FAILED},
		{"docs/../*", "(pattern)", CLI_FAILED},
		{"/docs/*", "(pattern)", CLI_FAILED},
		{"docs//*", "(pattern)", CLI_FAILED},
		{"docs/.*", "(pattern)", CLI_FAILED},
		{"fw/coat/*", "(pattern)", CLI_FAILED},
	};

	repo_init(&r);
	REFUSE_EACH("delegate docs --path %s", patterns);
	ck_assert(!repo_has(&r, "staged/targets.json"));
	repo_fini(&r);
}

TEST(no_file_or_plan_enters_by_a_name_unsafe_in_a_path)
{
	static const struct row files[] = {
		{"../a", "is no file name", CLI_USAGE},
		{"a/b", "is no file name", CLI_USAGE},
		{".a", "is no file name", CLI_USAGE},
		{"a%2fb", "is no file name", CLI_USAGE},
		{"a\x01", "is no file name", CLI_USAGE},
		{"\xc3\xa4", "is no file name", CLI_USAGE},
		{"a\\b", "is no file name", CLI_USAGE},
	};
	static const struct row versions[] = {
		{"01.0.0", "(bad_version)", CLI_USAGE},
		{"1e3", "(bad_version)", CLI_USAGE},
		{"1.0", "(bad_version)", CLI_USAGE},
		{"1.0.0/..", "(bad_version)", CLI_USAGE},
		{"1.0.0%2e", "(bad_version)", CLI_USAGE},
		{"1.0.\xc3\xa4", "(bad_version)", CLI_USAGE},
	};
	static const struct row plans[] = {
		{"../x", "is no plan id", CLI_USAGE},
		{"x/y", "is no plan id", CLI_USAGE},
		{"x%2e", "is no plan id", CLI_USAGE},
		{"x\x01", "is no plan id", CLI_USAGE},
		{"\xc3\xa4", "is no plan id", CLI_USAGE},
		{"x.1", "is no plan id", CLI_USAGE},
	};
	SCOPED(free)
	char *add = NULL;

	repo_init(&r);
	repo_stage(&r);
	add = xasprintf("release add %s -p coat --hw a7",
	                repo_file("x.bin", "x"));
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		ASSERT_REFUSES(&r, files[i].code, files[i].says,
		               "%s -V 3.0.0 --name %s", add, files[i].value);
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		ASSERT_REFUSES(&r, versions[i].code, versions[i].says,
		               "%s --version %s", add, versions[i].value);
	REFUSE_EACH("plan add -p coat -r 1.0.0 --channels lab --regions eu "
	            "--id %s",
	            plans);
	repo_fini(&r);
}
