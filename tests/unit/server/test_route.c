#include "config.h"

#include "server/http/route.h"
#include "tests/support/runner.h"

#include <string.h>

static int none(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)d;
	(void)q;
	(void)r;
	return err_set(e, ERR_INTERNAL, "not to be called");
}

#define ROW(method, pattern)                                \
	{                                                   \
		method, pattern, none, ANYONE, 0, "A test." \
	}

static const struct route table[] = {
	ROW(GET, "/"),
	ROW(GET, "/metadata/{file}"),
	ROW(GET, "/targets/{path*}"),
	ROW(GET, "/v1/rollouts/mine"),
	ROW(GET, "/v1/rollouts/{id}"),
	ROW(DELETE, "/v1/rollouts/{id}"),
	ROW(POST, "/v1/rollouts/{id}/halt"),
	ROW(GET, "/{tenant}/controller/v1/{id}"),
};
#define N_ROWS (sizeof(table) / sizeof(table[0]))

static enum route_outcome find(struct route_found *out, enum method m,
                               const char *path)
{
	static char space[2049];

	return route_find(out, table, N_ROWS, m, path, space);
}

static const char *param(const struct route_found *f, const char *name)
{
	for (size_t i = 0; i < f->n_params; i++)
		if (f->params[i].name_len == strlen(name) &&
		    strncmp(f->params[i].name, name, strlen(name)) == 0)
			return f->params[i].value;
	return NULL;
}

TEST(the_table_of_this_test_is_sound)
{
	struct err e;

	ASSERT_OK(route_check(table, N_ROWS, &e));
}

TEST(a_path_finds_its_row_and_its_parameters)
{
	static const struct {
		enum method method;
		const char *path;
		size_t row;
		const char *name, *value;
	} rows[] = {
		{GET, "/", 0, NULL, NULL},
		{HEAD, "/", 0, NULL, NULL},
		{GET, "/metadata/1.root.json", 1, "file", "1.root.json"},
		{GET, "/metadata/a%20b", 1, "file", "a b"},
		{GET, "/targets/a", 2, "path", "a"},
		{GET, "/targets/a/b/c.bin", 2, "path", "a/b/c.bin"},
		{GET, "/v1/rollouts/mine", 3, NULL, NULL},
		{GET, "/v1/rollouts/min", 4, "id", "min"},
		{DELETE, "/v1/rollouts/mine", 5, "id", "mine"},
		{POST, "/v1/rollouts/7/halt", 6, "id", "7"},
		{GET, "/t/controller/v1/d", 7, "tenant", "t"},
		{GET, "/t/controller/v1/d", 7, "id", "d"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct route_found f;

		ck_assert_int_eq(find(&f, rows[i].method, rows[i].path),
		                 ROUTE_FOUND);
		ck_assert_uint_eq((size_t)(f.route - table), rows[i].row);
		if (rows[i].name != NULL)
			ck_assert_str_eq(param(&f, rows[i].name),
			                 rows[i].value);
		else
			ck_assert_uint_eq(f.n_params, 0);
	}
}

TEST(a_path_that_is_nearly_right_is_unknown)
{
	static const char *const paths[] = {
		"",
		"metadata/x",
		"/metadata",
		"/metadata/",
		"/metadata/a/b",
		"/metadata/a/",
		"/targets",
		"/targets/",
		"/targets/a/",
		"/Metadata/x",
		"/metadatax/y",
		"/v1/rollouts",
		"/v1/rollouts/",
		"/v1/rollouts/7/halt/",
		"/v1/rollouts/7/halt/x",
		"/%6detadata/x",
		"/metadata/%zz",
		"/metadata/%",
		"/metadata/%00",
		"//controller/v1/d",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct route_found f;

		ck_assert_msg(find(&f, GET, paths[i]) == ROUTE_UNKNOWN, "%s",
		              paths[i]);
		ck_assert_ptr_null(f.route);
	}
}

TEST(another_method_is_told_which_ones_there_are)
{
	static const struct {
		enum method method;
		const char *path, *allow;
		enum route_outcome outcome;
	} rows[] = {
		{PUT, "/v1/rollouts/7", "GET, HEAD, DELETE, OPTIONS",
	         ROUTE_NOT_ALLOWED},
		{OPTIONS, "/v1/rollouts/7", "GET, HEAD, DELETE, OPTIONS",
	         ROUTE_OPTIONS},
		{HEAD, "/v1/rollouts/7/halt", "POST, OPTIONS",
	         ROUTE_NOT_ALLOWED},
		{POST, "/", "GET, HEAD, OPTIONS", ROUTE_NOT_ALLOWED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char allow[ROUTE_ALLOW_SIZE];
		struct route_found f;

		ck_assert_int_eq(find(&f, rows[i].method, rows[i].path),
		                 rows[i].outcome);
		route_allow(allow, f.allow);
		ck_assert_str_eq(allow, rows[i].allow);
	}
}

TEST(all_methods_fit_the_allow_header)
{
	char allow[ROUTE_ALLOW_SIZE];

	route_allow(allow, ~0u);
	ck_assert_str_eq(allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

TEST(a_wrong_table_does_not_start)
{
	static const struct {
		struct route rows[2];
		const char *says;
	} cases[] = {
		{{ROW(GET, "/"), ROW(GET, "x")}, "no pattern"},
		{{ROW(GET, "/"), ROW(GET, NULL)}, "no pattern"},
		{{ROW(GET, "/"), ROW(GET, "/a//b")}, "empty segment"},
		{{ROW(GET, "/"), ROW(GET, "/a/")}, "empty segment"},
		{{ROW(GET, "/"), ROW(GET, "/a{b}")}, "brace"},
		{{ROW(GET, "/"), ROW(GET, "/{}")}, "{name}"},
		{{ROW(GET, "/"), ROW(GET, "/{*}")}, "{name}"},
		{{ROW(GET, "/"), ROW(GET, "/{a")}, "{name}"},
		{{ROW(GET, "/"), ROW(GET, "/{A}")}, "{name}"},
		{{ROW(GET, "/"), ROW(GET, "/{a}b")}, "{name}"},
		{{ROW(GET, "/"), ROW(GET, "/{a*}/b")}, "last segment"},
		{{ROW(GET, "/"), ROW(GET, "/{a}/{b}/{c}/{d}/{e}")}, "too many"},
		{{ROW(GET, "/a/{b}"), ROW(GET, "/a/{c}")}, "twice"},
		{{ROW(GET, "/a"), ROW(GET, "/a")}, "twice"},
		{{ROW(GET, "/"), ROW(HEAD, "/a")}, "HEAD and OPTIONS"},
		{{ROW(GET, "/"), ROW(OPTIONS, "/a")}, "HEAD and OPTIONS"},
		{{ROW(GET, "/"), {GET, "/a", NULL, ANYONE, 0, "A test."}},
	         "no handler"},
		{{ROW(GET, "/"), {GET, "/a", none, ANYONE, 0, ""}},
	         "no summary"},
		{{ROW(GET, "/"), {GET, "/a", none, ANYONE, 1u << 30, "A."}},
	         "too large"},
	};
	static const struct route fine[] = {
		ROW(GET, "/a/{b}"),
		ROW(DELETE, "/a/{b}"),
		ROW(GET, "/a/{b*}"),
		ROW(GET, "/a/b"),
		{PUT, "/a", none, OPERATOR | ACCESS_SCOPE, BODY_SPOOLED, "A."},
	};
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ASSERT_ERR(route_check(cases[i].rows, 2, &e), ERR_INTERNAL);
		ASSERT_SAYS(cases[i].says);
	}
	ASSERT_OK(route_check(fine, sizeof(fine) / sizeof(fine[0]), &e));
}
