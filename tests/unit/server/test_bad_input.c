/* What its signers signed all the same and no client may read: each is
 * refused where it would be published, by the name of its rule. */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/lint/rules.h"
#include "tests/support/bad_input.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <string.h>

static const struct {
	const char *role, *path;
} files[] = {
	{"root", "2.root.json"},
	{"targets", "2.targets.json"},
	{"releases.band", "2.releases.band.json"},
	{"plans.band", "2.plans.band.json"},
};

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	for (size_t f = 0; f < ARRAY_LEN(files); f++)
		tuf_repo_publish(s->repo, files[f].role);
	return s;
}

static int64_t timestamp_version(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return view_online(v)->timestamp_version;
}

TEST(nothing_is_published_with_a_version_date_or_threshold_that_is_none)
{
	SCOPED(server_free)
	struct server *s = published();
	int64_t before = timestamp_version(s);
	struct err e;

	for (size_t f = 0; f < ARRAY_LEN(files); f++) {
		const struct tuf_repo_file *file =
			tuf_repo_served(s->repo, files[f].path);
		SCOPED(free)
		char *good = xasprintf("%.*s", (int)file->len, file->bytes);

		for (size_t i = 0; i < bad_inputs_n; i++) {
			const struct bad_input *b = &bad_inputs[i];

			if (!bad_input_fits(b, files[f].role))
				continue;
			bad_input_put(s->repo, files[f].role, files[f].path, b);
			ASSERT_CODE(SERVER_PUBLISH(s, files[f].path), b->rule);
			ASSERT_SAYS(files[f].path);
			tuf_repo_serve(s->repo, files[f].path, good,
			               strlen(good));
		}
	}
	ck_assert_int_eq(timestamp_version(s), before);
}

/* A word in a file for another, and the rule that names it. */
struct swap {
	const char *to, *code;
};

static void refuse_each(const char *role, const char *path, const char *from,
                        const struct swap *rows, size_t n)
{
	SCOPED(server_free)
	struct server *s = published();
	const struct tuf_repo_file *file = tuf_repo_served(s->repo, path);
	SCOPED(free)
	char *good = xasprintf("%.*s", (int)file->len, file->bytes);
	struct err e;

	for (size_t i = 0; i < n; i++) {
		/* Our own writer takes no NUL. */
		bad_input_replace(s->repo, role, path, from, rows[i].to,
		                  strcmp(rows[i].code, "json_nul") != 0);
		ASSERT_CODE(SERVER_PUBLISH(s, path), rows[i].code);
		tuf_repo_serve(s->repo, path, good, strlen(good));
	}
	ASSERT_OK(SERVER_PUBLISH(s, path));
}

TEST(no_role_is_delegated_to_by_the_name_of_a_top_level_one)
{
	static const struct swap rows[] = {
		{"\"name\":\"root\"", "role_top_level"},
		{"\"name\":\"targets\"", "role_top_level"},
		{"\"name\":\"snapshot\"", "role_top_level"},
		{"\"name\":\"timestamp\"", "role_top_level"},
	};

	refuse_each("targets", "2.targets.json", "\"name\":\"plans.band\"",
	            rows, ARRAY_LEN(rows));
}

/* Other names are none of a product's, whatever they would do in a path. */
TEST(no_role_has_a_name_with_traversal_percent_control_or_other_scripts)
{
	static const struct swap rows[] = {
		{"\"name\":\"../plans.band\"", "role_name"},
		{"\"name\":\"plans/../band\"", "role_name"},
		{"\"name\":\"/plans.band\"", "role_name"},
		{"\"name\":\"plans%2eband\"", "role_name"},
		{"\"name\":\"plans.band\\n\"", "role_name"},
		{"\"name\":\"plans\\u0001band\"", "role_name"},
		{"\"name\":\"plans\\u0000band\"", "json_nul"},
		{"\"name\":\"plans.b\xc3\xa4nd\"", "role_name"},
		{"\"name\":\"plans.ba\xcc\x88nd\"", "text_nfc"},
		{"\"name\":\"\"", "shape"},
	};

	refuse_each("targets", "2.targets.json", "\"name\":\"plans.band\"",
	            rows, ARRAY_LEN(rows));
}

TEST(no_pattern_is_published_that_a_client_would_read_differently)
{
	static const struct swap rows[] = {
		{"\"plan/{band,arm}/*\"", "pattern_chars"},
		{"\"!plan/band/*\"", "pattern_chars"},
		{"\"#plan/band/*\"", "pattern_chars"},
		{"\"plan/[b]and/*\"", "pattern_chars"},
		{"\"plan\\\\band/*\"", "pattern_chars"},
		{"\"plan/band/%2e*\"", "pattern_chars"},
		{"\"plan/b\xc3\xa4nd/*\"", "pattern_chars"},
		{"\"plan/band\\n/*\"", "pattern_chars"},
		{"\"/plan/band/*\"", "pattern_segments"},
		{"\"plan//band/*\"", "pattern_segments"},
		{"\"plan/../band/*\"", "pattern_segments"},
		{"\"plan/.band/*\"", "pattern_segments"},
		/* Read by all alike, and still not the table's. */
		{"\"plan/**\"", "delegation"},
		{"\"plan/?and/*\"", "delegation"},
		{"\"plan/*/*\"", "delegation"},
		{"\"plan/*\"", "delegation"},
		{"\"*\"", "delegation"},
	};

	refuse_each("targets", "2.targets.json", "\"plan/band/*\"", rows,
	            ARRAY_LEN(rows));
}

TEST(no_target_has_a_name_with_traversal_percent_control_or_other_scripts)
{
	static const struct swap rows[] = {
		{"\"plan/band/../spring.1.json\"", "target_segments"},
		{"\"/plan/band/spring.1.json\"", "target_segments"},
		{"\"plan/band//spring.1.json\"", "target_segments"},
		{"\"plan/band/.spring.1.json\"", "target_segments"},
		{"\"plan/band/%2e%2e/spring.1.json\"", "target_chars"},
		{"\"plan/band/spring%201.json\"", "target_chars"},
		{"\"plan/band/spring 1.json\"", "target_chars"},
		{"\"plan/band/spring\\u0001.json\"", "target_chars"},
		{"\"plan/band/spring\\n.json\"", "target_chars"},
		{"\"plan/band/spring\\u0000.json\"", "json_nul"},
		{"\"plan/band/fr\xc3\xbchling.1.json\"", "target_chars"},
		{"\"plan\\\\band\\\\spring.1.json\"", "target_chars"},
		{"\"plan/band/spring.1.json?x\"", "target_chars"},
		{"\"\"", "target_segments"},
		/* Harmless to read, and nobody's. */
		{"\"fw/band/spring.1.json\"", "plan"},
		{"\"plan/arm/spring.1.json\"", "plan"},
		{"\"plan/band/spring.01.json\"", "plan"},
	};

	refuse_each("plans.band", "2.plans.band.json",
	            "\"plan/band/spring.1.json\"", rows, ARRAY_LEN(rows));
}

/* Its file's name, its place in a URL and in the database. */
TEST(the_rules_named_here_are_rules)
{
	for (size_t i = 0; i < bad_inputs_n; i++)
		ck_assert_msg(lint_rule_by_code(bad_inputs[i].rule) != NULL,
		              "%s", bad_inputs[i].rule);
}
