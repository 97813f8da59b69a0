#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/ctl/known.h"
#include "tests/unit/pawlctl/folder.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>
#include <unistd.h>

#define NOT_FOUND "{\"code\":\"not_found\",\"detail\":\"blob: there is none\"}"
#define PUBLISHED                                                        \
	"{\"timestamp_version\":12,\"roles\":{\"root\":2,\"targets\":1," \
	"\"releases.coat\":2},\"new_releases\":[\"fw/coat/2_a.bin\"],"   \
	"\"new_plans\":[\"plan/coat/x.2.json\"],\"retired_plans\":["     \
	"\"plan/coat/x.1.json\"],\"warnings\":[{\"code\":\"size_near\"," \
	"\"text\":\"2.root.json: large\",\"remedy\":\"Plan bins.\"}]}"

TEST(publish_uploads_only_what_the_server_lacks)
{
	struct folder f;

	folder_make(&f);
	const struct canned_answer script[] = {
		CANNED("GET", f.old_url, 200, f.old_blob),
		CANNED("GET", f.new_url, 404, NOT_FOUND),
		CANNED("PUT", f.new_url, 201, f.new_blob),
		CANNED("POST", "/v1/admin/publish", 200, PUBLISHED),
	};
	OPERATOR(o, script);
	const struct canned_request *put, *post;

	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s -r june", f.dir),
	            CLI_OK);
	ck_assert_uint_eq(canned_n_requests(o.server), 4);
	ck_assert_uint_eq(canned_count(o.server, "PUT", NULL), 1);
	put = canned_find(o.server, "PUT", f.new_url);
	ck_assert_uint_eq(put->body_len, strlen(FOLDER_NEW));
	ck_assert_str_eq(put->body, FOLDER_NEW);
	ck_assert_ptr_nonnull(
		strstr(put->head, "Authorization: Bearer " OPERATOR_TOKEN));
	/* The metadata comes last. */
	post = canned_request(o.server, 3);
	ck_assert_str_eq(post->method, "POST");
	ck_assert(strncmp(post->body,
	                  "{\"reason\":\"june\",\"files\":[{\"name\":"
	                  "\"1.root.json\",\"text\":\"{\\\"signatures\\\":[]",
	                  66) == 0);
	ck_assert_ptr_nonnull(strstr(post->body, "\"2.root.json\""));
	ck_assert_ptr_nonnull(strstr(post->body, "\"2.releases.coat.json\""));
	ck_assert_ptr_null(strstr(post->body, "\"1.releases.coat.json\""));
	ck_assert_str_eq(o.tool.out,
	                 "published: timestamp 12, root 2, targets 1, "
	                 "releases.coat 2\n"
	                 "new release  fw/coat/2_a.bin\n"
	                 "new plan     plan/coat/x.2.json\n"
	                 "retired plan plan/coat/x.1.json\n"
	                 "warning      2.root.json: large (size_near): "
	                 "Plan bins.\n");
	ASSERT_COMPLAINS(&o.tool, "1 of 2 target files to upload (33 B)\n");
	ASSERT_COMPLAINS(&o.tool, "uploading 1 of 1: fw/coat/2_a.bin (33 B)\n");
}

TEST(publish_prints_the_servers_object_as_json)
{
	struct folder f;

	folder_make(&f);
	const struct canned_answer script[] = {
		CANNED("GET", f.old_url, 200, f.old_blob),
		CANNED("GET", f.new_url, 200, f.new_blob),
		CANNED("POST", "/v1/admin/publish", 200, PUBLISHED),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s --json -q", f.dir),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out, PUBLISHED "\n");
	ck_assert_str_eq(o.tool.err, "");
}

TEST(a_dry_run_changes_nothing_and_says_what_would_be)
{
	struct folder f;

	folder_make(&f);
	const struct canned_answer script[] = {
		CANNED("GET", f.old_url, 200, f.old_blob, .again = true),
		CANNED("GET", f.new_url, 404, NOT_FOUND, .again = true),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "publish %s -n", f.dir),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out, "upload   fw/coat/2_a.bin\n"
	                             "publish  1.root.json\n"
	                             "publish  2.root.json\n"
	                             "publish  2.releases.coat.json\n"
	                             "publish  1.targets.json\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s -n --json", f.dir),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out,
	                 "{\"uploads\":[\"fw/coat/2_a.bin\"],\"files\":["
	                 "\"1.root.json\",\"2.root.json\","
	                 "\"2.releases.coat.json\",\"1.targets.json\"]}\n");
	ck_assert_uint_eq(canned_count(o.server, "GET", NULL), 4);
	ck_assert_uint_eq(canned_n_requests(o.server), 4);
}

/* Nothing is sent for a folder whose second file is broken. */
TEST(a_broken_folder_is_refused_before_anything_is_sent)
{
	struct folder f;

	folder_make(&f);
	folder_put(&f, "targets/fw/coat/2_a.bin", "changed behind your back");
	const struct canned_answer script[] = {
		CANNED("GET", f.old_url, 404, NOT_FOUND, .again = true),
		CANNED("GET", f.new_url, 404, NOT_FOUND, .again = true),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "publish %s", f.dir),
	            CLI_UNVERIFIED);
	ASSERT_COMPLAINS(&o.tool, "2_a.bin");
	ASSERT_COMPLAINS(&o.tool, "(mismatch)");
	ck_assert_int_eq(unlink(test_path("repo/targets/fw/coat/2_a.bin")), 0);
	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s", f.dir),
	            CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&o.tool, "the server lacks fw/coat/2_a.bin");
	ck_assert_uint_eq(canned_count(o.server, "PUT", NULL), 0);
	ck_assert_uint_eq(canned_count(o.server, "POST", NULL), 0);
}

TEST(a_file_the_server_has_need_not_be_here)
{
	struct folder f;

	folder_make(&f);
	ck_assert_int_eq(unlink(test_path("repo/targets/fw/coat/1_a.bin")), 0);
	const struct canned_answer script[] = {
		CANNED("GET", f.old_url, 200, f.old_blob),
		CANNED("GET", f.new_url, 200, f.new_blob),
		CANNED("POST", "/v1/admin/publish", 200, PUBLISHED),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s", f.dir), CLI_OK);
	ASSERT_COMPLAINS(&o.tool, "0 of 2 target files");
}

TEST(publish_shows_why_the_servers_client_refused)
{
	static const struct {
		int status, exit;
		const char *code;
	} rows[] = {
		{409, CLI_UNVERIFIED, "threshold"},
		{409, CLI_EXPIRED, "expired"},
		{422, CLI_UNVERIFIED, "plan_outlives"},
		{409, CLI_CONFLICT, "reissued"},
		{507, CLI_FAILED, "no_space"},
	};
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(free)
		char *body = xasprintf("{\"code\":\"%s\",\"detail\":\"targets: "
		                       "1 of 2 signatures\"}",
		                       rows[i].code);
		const struct canned_answer script[] = {
			CANNED("GET", f.old_url, 200, f.old_blob),
			CANNED("GET", f.new_url, 200, f.new_blob),
			CANNED("POST", "/v1/admin/publish", rows[i].status,
		               body),
		};
		OPERATOR(o, script);

		ASSERT_EXIT(&o.tool, operator_run(&o, "publish -q %s", f.dir),
		            rows[i].exit);
		ck_assert_str_eq(o.tool.err,
		                 test_keep(xasprintf("pawlctl: targets: 1 of 2 "
		                                     "signatures (%s)\n",
		                                     rows[i].code)));
		ck_assert_str_eq(o.tool.out, "");
	}
}

TEST(an_upload_that_is_refused_ends_the_publish)
{
	static const char early[] = "{\"code\":\"no_space\",\"detail\":\"blobs:"
				    " the disk is full\"}";
	struct folder f;

	folder_make(&f);
	const struct canned_answer script[] = {
		CANNED("GET", f.old_url, 200, f.old_blob),
		CANNED("GET", f.new_url, 404, NOT_FOUND),
		CANNED("PUT", f.new_url, 507, early, .fault = CANNED_EARLY),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "publish -q %s", f.dir),
	            CLI_FAILED);
	ck_assert_str_eq(o.tool.err, "pawlctl: fw/coat/2_a.bin: blobs: the "
	                             "disk is full (no_space)\n");
	ck_assert_uint_eq(canned_count(o.server, "POST", NULL), 0);
}

TEST(a_server_that_has_other_bytes_is_not_believed)
{
	struct folder f;

	folder_make(&f);
	const struct canned_answer wrong_have[] = {
		CANNED("GET", NULL, 200, f.old_blob, .again = true),
	};
	const struct canned_answer wrong_took[] = {
		CANNED("GET", f.old_url, 200, f.old_blob),
		CANNED("GET", f.new_url, 404, NOT_FOUND),
		CANNED("PUT", f.new_url, 201, f.old_blob),
	};
	const struct canned_answer wrong_hash[] = {
		CANNED("GET", NULL, 200,
	               test_keep(xasprintf("{\"sha256\":\"%064d\","
	                                   "\"length\":%zu}",
	                                   0, strlen(FOLDER_OLD))),
	               .again = true),
	};
	const struct canned_answer wrong_length[] = {
		CANNED("GET", f.old_url, 200,
	               test_keep(xasprintf("{\"sha256\":\"%s\","
	                                   "\"length\":0}",
	                                   f.old_sha256))),
		CANNED("GET", f.new_url, 200, f.new_blob),
	};
	OPERATOR(have, wrong_have);
	ASSERT_EXIT(&have.tool, operator_run(&have, "publish %s", f.dir),
	            CLI_UNVERIFIED);
	/* As long as what it claims to have. */
	folder_put_role(&f, 3, "releases.coat",
	                test_keep(xasprintf("{\"fw/coat/1_a.bin\":{\"hashes\":{"
	                                    "\"sha256\":\"%s\"},\"length\":%zu}"
	                                    "}",
	                                    f.old_sha256, strlen(FOLDER_OLD))));
	OPERATOR(hash, wrong_hash);
	ASSERT_EXIT(&hash.tool, operator_run(&hash, "publish %s", f.dir),
	            CLI_UNVERIFIED);
	OPERATOR(length, wrong_length);
	ASSERT_EXIT(&length.tool, operator_run(&length, "publish %s", f.dir),
	            CLI_UNVERIFIED);
	folder_make(&f);
	ck_assert_int_eq(
		unlink(test_path("repo/metadata/3.releases.coat.json")), 0);
	OPERATOR(took, wrong_took);
	ASSERT_EXIT(&took.tool, operator_run(&took, "publish %s", f.dir),
	            CLI_UNVERIFIED);
	ck_assert_uint_eq(canned_count(took.server, "POST", NULL), 0);
}

TEST(only_the_servers_own_404_means_that_it_lacks_a_file)
{
	struct folder f;

	folder_make(&f);
	const struct canned_answer script[] = {
		CANNED("GET", NULL, 404, "<html>404</html>"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s", f.dir), CLI_FAILED);
	ASSERT_COMPLAINS(&o.tool, "(not_pawl)");
	ck_assert_uint_eq(canned_count(o.server, "PUT", NULL), 0);
}

TEST(a_large_file_arrives_whole)
{
	size_t n = (size_t)3 << 20;
	char *large = test_keep(xmalloc(n + 1)), sha256[SHA256_HEX_SIZE];
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < n; i++)
		large[i] = (char)('a' + i % 23);
	large[n] = '\0';
	hash_sha256_hex(sha256, large, n);
	folder_put(&f, "targets/fw/coat/3_a.bin", large);
	folder_put_role(&f, 3, "releases.coat",
	                test_keep(xasprintf("{\"fw/coat/3_a.bin\":{\"hashes\":{"
	                                    "\"sha256\":\"%s\"},\"length\":%zu}"
	                                    "}",
	                                    sha256, n)));
	const struct canned_answer script[] = {
		CANNED("GET", NULL, 404, NOT_FOUND),
		CANNED("PUT", NULL, 201,
	               test_keep(xasprintf("{\"sha256\":\"%s\",\"length\":%zu}",
	                                   sha256, n))),
		CANNED("POST", "/v1/admin/publish", 200, PUBLISHED),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s", f.dir), CLI_OK);
	ck_assert_uint_eq(canned_request(o.server, 1)->body_len, n);
	ck_assert(memcmp(canned_request(o.server, 1)->body, large, n) == 0);
	ASSERT_COMPLAINS(&o.tool, "(3.0 MiB)");
}

TEST(an_answer_to_publish_that_lies_about_its_shape_is_refused)
{
	static const char *const bodies[] = {
		"{}",
		"{\"timestamp_version\":1,\"roles\":[]}",
		"{\"timestamp_version\":1,\"roles\":{}}",
		"{\"timestamp_version\":1,\"roles\":{},\"new_releases\":[7],"
		"\"new_plans\":[],\"retired_plans\":[]}",
		"{\"timestamp_version\":1,\"roles\":{},\"new_releases\":[],"
		"\"new_plans\":[],\"retired_plans\":[],\"warnings\":[7]}",
	};
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		const struct canned_answer script[] = {
			CANNED("GET", f.old_url, 200, f.old_blob),
			CANNED("GET", f.new_url, 200, f.new_blob),
			CANNED("POST", NULL, 200, bodies[i]),
		};
		OPERATOR(o, script);

		ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s", f.dir),
		            CLI_FAILED);
	}
}

/* Enough target files that asking for each would take its time. */
static const char *put_many(const struct folder *f)
{
	SCOPED(buf_fini)
	struct buf list = BUF_INIT(1 << 20);
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(1 << 20);
	SCOPED(free)
	char *path = xasprintf("%s/metadata/1.releases.hat.json", f->dir);
	char *sha256 = test_keep(xcalloc(1, SHA256_HEX_SIZE));
	struct err e;

	for (size_t i = 0; i < CTL_KNOWN_MIN; i++)
		buf_printf(&list,
		           "%s\"fw/hat/%zu\":{\"hashes\":{\"sha256\":\"%064zx\""
		           "},\"length\":1}",
		           i > 0 ? "," : "{", i, i);
	buf_puts(&list, "}");
	folder_put_role(f, 1, "releases.hat", buf_str(&list));
	ASSERT_OK(fs_read(&text, path, &e));
	hash_sha256_hex(sha256, buf_str(&text), text.len);
	return sha256;
}

#define LISTED(version, sha256) \
	"{\"version\":" version ",\"hashes\":{\"sha256\":\"" sha256 "\"}}"

TEST(of_many_files_only_what_is_not_published_is_asked_for)
{
	struct folder f;
	const char *hat, *snapshot, *body;

	folder_make(&f);
	hat = put_many(&f);
	/* Another version, and other bytes, are not published. */
	snapshot = test_keep(xasprintf(
		"{\"signed\":{\"meta\":{\"releases.hat."
		"json\":" LISTED(
			"1", "%s") ",\"releases.coat."
				   "json\":" LISTED(
					   "1", "%s") ",\"targets"
						      ".json\""
						      ":" LISTED("1",
	                                                         "%s") "}}}",
		hat, hat, hat));
	const struct canned_answer script[] = {
		CANNED("GET", "/metadata/timestamp.json", 200,
	               "{\"signed\":{\"meta\":{\"snapshot.json\":"
	               "{\"version\":7}}}}"),
		CANNED("GET", "/metadata/7.snapshot.json", 200, snapshot),
		CANNED("GET", f.old_url, 200, f.old_blob),
		CANNED("GET", f.new_url, 200, f.new_blob),
		CANNED("POST", "/v1/admin/publish", 200, PUBLISHED),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s -r june", f.dir),
	            CLI_OK);
	ck_assert_uint_eq(canned_n_requests(o.server), 5);
	body = canned_request(o.server, 4)->body;
	ck_assert_ptr_null(strstr(body, "releases.hat.json"));
	ck_assert_ptr_nonnull(strstr(body, "\"2.releases.coat.json\""));
	ck_assert_ptr_nonnull(strstr(body, "\"1.targets.json\""));
	ck_assert_ptr_nonnull(strstr(body, "\"2.root.json\""));
}

#define ZEROES \
	"0000000000000000000000000000000000000000000000000000000000000000"

TEST(a_server_that_publishes_nothing_is_asked_for_each)
{
	struct folder f;

	folder_make(&f);
	(void)put_many(&f);
	const struct canned_answer script[] = {
		CANNED("GET", "/metadata/timestamp.json", 404, NOT_FOUND),
		CANNED("GET", "/v1/admin/blobs/" ZEROES, 404, NOT_FOUND),
	};
	OPERATOR(o, script);

	/* The first it lacks is not in the folder either. */
	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s -r june", f.dir),
	            CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&o.tool, "the server lacks fw/hat/0");
	ck_assert_uint_eq(canned_n_requests(o.server), 2);
}

TEST(a_reason_that_no_server_takes_is_refused_before_anything_is_sent)
{
	static const struct canned_answer none[1];
	char reason[514];
	struct folder f;
	SCOPED(operator_fini)
	struct operator o;

	folder_make(&f);
	operator_init(&o, none, 0);
	memset(reason, 'x', 513);
	reason[513] = '\0';
	ASSERT_EXIT(&o.tool,
	            operator_run_more(&o, "publish %s -r %s", f.dir, reason),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "513 bytes, at most 512");
	ASSERT_EXIT(&o.tool, operator_run(&o, "publish %s -r \xff", f.dir),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "UTF-8");
	ck_assert_uint_eq(canned_n_requests(o.server), 0);
}
