#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>
#include <sys/stat.h>

#define MADE "{\"token\":\"pb_ToKeN\",\"id\":\"june\",\"product\":\"coat\"}"
#define NEW                                                              \
	"batch new june --product coat --hw a1,a2 --region eu --region " \
	"us --channel canary --quota 200 "

TEST(a_batch_is_asked_for_in_full)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/batches", 201, MADE),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, NEW "--reason pilot"), CLI_OK);
	ck_assert_str_eq(o.tool.out, "pb_ToKeN\n");
	ASSERT_COMPLAINS(&o.tool, "shown once");
	ck_assert_str_eq(
		canned_request(o.server, 0)->body,
		"{\"reason\":\"pilot\",\"id\":\"june\",\"product\":\"coat\","
		"\"hw\":[\"a1\",\"a2\"],\"regions\":[\"eu\",\"us\"],"
		"\"channels\":[\"canary\"],\"quota\":200,"
		"\"expires\":\"2026-03-31T00:00:00Z\"}");
}

TEST(a_token_goes_into_a_new_file_of_its_owner)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/batches", 201, MADE),
	};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(100);
	const char *path = test_path("batch-token");
	struct stat st;
	struct err e;
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, NEW "--out %s", path),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out, "");
	ck_assert_ptr_null(strstr(o.tool.err, "ToKeN"));
	ASSERT_OK(fs_read(&b, path, &e));
	ck_assert_str_eq(buf_str(&b), "pb_ToKeN\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	/* It is there now: nothing is asked, so no token is lost. */
	ASSERT_EXIT(&o.tool, operator_run_more(&o, NEW "--out %s", path),
	            CLI_CONFLICT);
	ASSERT_EXIT(&o.tool,
	            operator_run(&o, NEW "--json --out %s", test_path("x")),
	            CLI_USAGE);
	ck_assert_uint_eq(canned_n_requests(o.server), 1);
}

TEST(a_token_that_cannot_be_kept_says_to_revoke_it)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/batches", 201, MADE),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool,
	            operator_run(&o, NEW "--out %s", test_path("no/folder")),
	            CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&o.tool, "revoke it");
	ck_assert_ptr_null(strstr(o.tool.err, "ToKeN"));
}

TEST(a_token_is_one_printable_word)
{
	static const char *const bodies[] = {
		"{}", "{\"token\":\"\"}", "{\"token\":\"a b\"}",
		"{\"token\":\"\\u001b[2J\"}", "{\"token\":7}"};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		const struct canned_answer script[] = {
			CANNED("POST", "/v1/admin/batches", 201, bodies[i]),
		};
		OPERATOR(o, script);

		ASSERT_EXIT(&o.tool, operator_run(&o, NEW), CLI_FAILED);
		ck_assert_str_eq(o.tool.out, "");
	}
}

TEST(a_batch_needs_its_bounds)
{
	static const struct canned_answer none[] = {{.status = 200}};
	static const char *const lines[] = {
		"batch new june",
		"batch new --product coat --hw a --region eu --channel c -n 1",
		NEW "--expires never",
		"batch new j --product coat --hw a, --region eu --channel c -n "
		"1",
		"batch new j --product coat --hw a --region eu --channel c -n "
		"0",
	};
	OPERATOR(o, none);

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		ASSERT_EXIT(&o.tool, operator_run_more(&o, "%s", lines[i]),
		            CLI_USAGE);
	canned_stop(o.server);
	ck_assert_uint_eq(canned_n_requests(o.server), 0);
}

#define BATCH                                                              \
	"{\"id\":\"june\",\"product\":\"coat\",\"hw\":[\"a1\",\"a2\"],"    \
	"\"regions\":[\"eu\"],\"channels\":[\"lab\"],\"quota\":200,"       \
	"\"used\":3,\"expires\":\"2026-04-01T00:00:00Z\",\"quarantined\":" \
	"\"2026-03-01T00:00:00Z\",\"created_by\":\"5d0c\",\"created_by_"   \
	"name\":\"alice\",\"created\":"                                    \
	"\"2026-02-01T00:00:00Z\"}"

TEST(batches_are_listed_and_put_into_quarantine)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/batches?limit=50", 200,
	               "{\"batches\":[" BATCH "],\"next\":null}"),
		CANNED("POST", "/v1/admin/batches/june/quarantine", 200, BATCH),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "batch list"), CLI_OK);
	ASSERT_PRINTS(&o.tool,
	              "ID    PRODUCT  HW     REGIONS  CHANNELS  USED  QUOTA  "
	              "EXPIRES\n"
	              "june  coat     a1,a2  eu       lab          3    200  "
	              "2026-04-01T00:00:00Z  quarantined\n");
	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "batch quarantine june -r leaked"),
	            CLI_OK);
	ASSERT_PRINTS(&o.tool, "quarantined  2026-03-01T00:00:00Z\n");
	ck_assert_str_eq(canned_request(o.server, 1)->body,
	                 "{\"reason\":\"leaked\"}");
}

TEST(batches_are_listed_page_by_page)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/batches?limit=1", 200,
	               "{\"batches\":[" BATCH "],\"next\":7}"),
		CANNED("GET", "/v1/admin/batches?limit=1&after=7", 200,
	               "{\"batches\":[],\"next\":null}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "batch list -n 1"), CLI_OK);
	ck_assert_str_eq(o.tool.err, "there are more: --after 7\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "batch list -n 1 --after 7"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.err,
	                 "no batches; pawlctl batch new makes one\n");
}
