/*
 * The program itself, as the public conformance suite and a script run it:
 * options, exit codes, real HTTP, the clock of the C library.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/canned.h"
#include "tests/support/runner.h"
#include "tests/unit/get/mirror.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BINARY PAWL_BUILDDIR "/pawl-get"
#define CONTENT "0123456789abcdefghij"

/* Its output goes to test_path("out") and "err". */
static pid_t start(const char *const *words)
{
	char *argv[32] = {NULL};
	const char *out = test_path("out"), *err = test_path("err");
	pid_t child;

	for (size_t i = 0; words[i] != NULL && i + 1 < ARRAY_LEN(argv); i++)
		argv[i] = test_keep(xstrdup(words[i]));
	child = fork();
	if (child == 0) {
		if (freopen(out, "w", stdout) == NULL ||
		    freopen(err, "w", stderr) == NULL)
			_exit(99);
		execvp(argv[0], argv);
		_exit(98);
	}
	return child;
}

/* The exit code; -1 for a signal. */
static int finish(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define START(...) start((const char *const[]){__VA_ARGS__, NULL})
#define RUN(...) finish(START(__VA_ARGS__))
#define OUT() file_text(test_dir(), "out")
#define ERR() file_text(test_dir(), "err")

/* A repository whose files a real server gives. */
struct site {
	struct tuf_repo *repo;
	struct canned_answer *rows;
	size_t n_rows;
	struct canned *server;
	const char *md_url, *target_url, *root;
};

static void site_fini(struct site *s)
{
	canned_free(s->server);
	free(s->rows);
	tuf_repo_free(s->repo);
}
DEFINE_SCOPED_PLACE(site_fini, struct site)

/* Dated by the real clock, which is the program's. */
static void site_init(struct site *s)
{
	int64_t now = clock_utc_ms(&clock_system) / 1000;
	struct tuf_repo *r = s->repo = tuf_repo_new();
	char hash[SHA256_HEX_SIZE];
	struct err e = {0};

	s->rows = NULL;
	s->n_rows = 0;
	s->server = NULL;
	r->root.expires_s = r->snapshot.expires_s = now + 30 * TUF_REPO_DAY;
	r->timestamp.expires_s = now + 10 * TUF_REPO_DAY;
	tuf_repo_role(r, "targets")->expires_s = now + 30 * TUF_REPO_DAY;
	hash_sha256_hex(hash, CONTENT, strlen(CONTENT));
	tuf_targets_put(tuf_repo_role(r, "targets"), "x",
	                (int64_t)strlen(CONTENT), hash, NULL);
	r->root.version = 0;
	tuf_repo_publish(r, "root");
	tuf_repo_publish_all(r);
	s->root = test_path("root.json");
	ASSERT_OK(fs_write(s->root, tuf_repo_served(r, "1.root.json")->bytes,
	                   tuf_repo_served(r, "1.root.json")->len, 0644, &e));
}

static struct canned_answer *site_row(struct site *s)
{
	s->rows = xreallocarray(s->rows, s->n_rows + 1, sizeof(*s->rows));
	s->rows[s->n_rows] = (struct canned_answer){.status = 200};
	return &s->rows[s->n_rows++];
}

/* Everything else is 404. Rows added before come first. */
static void site_open(struct site *s)
{
	struct canned_answer *row;

	for (size_t i = 0; i < s->repo->served.len; i++) {
		const struct tuf_repo_file *f = &s->repo->served.items[i];

		row = site_row(s);
		row->path = test_keep(xasprintf("/m/%s", f->name));
		row->body = f->bytes;
		row->again = true;
	}
	row = site_row(s);
	row->status = 404;
	row->again = true;
	s->server = canned_start(s->rows, s->n_rows);
	s->md_url = test_keep(xasprintf("%s/m/", canned_url(s->server)));
	s->target_url = test_keep(xasprintf("%s/t/", canned_url(s->server)));
}

static const char *target_path(void)
{
	char hash[SHA256_HEX_SIZE];

	hash_sha256_hex(hash, CONTENT, strlen(CONTENT));
	return test_keep(xasprintf("/t/%s.x", hash));
}

#define SITE              \
	SCOPED(site_fini) \
	struct site s;    \
	const char *md;   \
                          \
	site_init(&s);    \
	md = test_path("md")

#define INIT() \
	ck_assert_int_eq(RUN(BINARY, "--metadata-dir", md, "init", s.root), 0)
#define DOWNLOAD_LINE(...)                                                    \
	BINARY, "--metadata-url", s.md_url, "--metadata-dir", md,             \
		"--target-name", "x", "--target-dir", test_path("files"),     \
		"--target-base-url", s.target_url __VA_OPT__(, ) __VA_ARGS__, \
		"download"
#define DOWNLOAD(...) RUN(DOWNLOAD_LINE(__VA_ARGS__))

TEST(init_refresh_and_download_as_the_suite_calls_them)
{
	SITE;
	struct canned_answer *row = site_row(&s);
	const char *path = row->path = target_path();

	row->body = CONTENT;
	site_open(&s);
	INIT();
	ck_assert_str_eq(names_in(md), "lock root.json");
	ck_assert_int_eq(RUN(BINARY, "--metadata-url", s.md_url,
	                     "--metadata-dir", md, "refresh"),
	                 0);
	ck_assert_ptr_nonnull(strstr(OUT(), "timestamp 2"));
	ck_assert_int_eq(DOWNLOAD(), 0);
	ck_assert_str_eq(file_text(test_path("files"), "x"), CONTENT);
	ck_assert_ptr_nonnull(strstr(OUT(), "/files/x\n"));
	/* The second time it is there. */
	ck_assert_int_eq(DOWNLOAD(), 0);
	canned_stop(s.server);
	ck_assert_uint_eq(canned_count(s.server, "GET", path), 1);
	ck_assert_uint_eq(canned_count(s.server, "GET", NULL),
	                  canned_n_requests(s.server));
}

TEST(every_refusal_is_exit_code_1_and_says_why)
{
	SITE;

	site_open(&s);
	ck_assert_int_eq(RUN(BINARY, "--metadata-url", s.md_url,
	                     "--metadata-dir", md, "refresh"),
	                 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "(no_store)"));
	ck_assert_int_eq(RUN(BINARY, "--metadata-dir", md, "init", "/dev/null"),
	                 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "/dev/null: root"));
	ck_assert_int_eq(
		RUN(BINARY, "--metadata-dir", md, "init", test_path("absent")),
		1);
	INIT();
	ck_assert_int_eq(DOWNLOAD(), 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "(missing)"));
	canned_stop(s.server);
	ck_assert_int_eq(DOWNLOAD(), 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "(unreachable)"));
}

TEST(an_answer_that_can_not_be_written_is_no_success)
{
	static const char full[] = "exec \"$0\" \"$@\" >/dev/full";
	SITE;
	struct canned_answer *row = site_row(&s);

	row->path = target_path();
	row->body = CONTENT;
	site_open(&s);
	INIT();
	ck_assert_int_eq(RUN("sh", "-c", full, BINARY, "--metadata-url",
	                     s.md_url, "--metadata-dir", md, "refresh"),
	                 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "standard output"));
	ck_assert_int_eq(RUN("sh", "-c", full, DOWNLOAD_LINE()), 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "standard output"));
	/* What came stays. */
	ck_assert_str_eq(file_text(test_path("files"), "x"), CONTENT);
}

TEST(what_it_says_never_gets_into_a_file_when_standard_error_is_closed)
{
	static const char closed[] = "exec \"$0\" \"$@\" 2>&-";
	SITE;
	struct canned_answer *row = site_row(&s);

	row->path = target_path();
	row->body = CONTENT;
	site_open(&s);
	INIT();
	ck_assert_int_eq(RUN("sh", "-c", closed, DOWNLOAD_LINE("--verbose")),
	                 0);
	ck_assert_str_eq(file_text(test_path("files"), "x"), CONTENT);
	ck_assert_str_eq(file_text(md, "lock"), "");
}

TEST(a_command_line_that_is_not_understood_is_exit_code_2)
{
	ck_assert_int_eq(RUN(BINARY), 2);
	ck_assert_int_eq(RUN(BINARY, "fetch"), 2);
	ck_assert_int_eq(RUN(BINARY, "init", "x"), 2);
	ck_assert_int_eq(RUN(BINARY, "--metadata-dir", "d", "init"), 2);
	ck_assert_int_eq(RUN(BINARY, "--metadata-dir", "d", "refresh"), 2);
	ck_assert_int_eq(RUN(BINARY, "--metadata-dir", "d", "--metadata-url",
	                     "u", "refresh", "more"),
	                 2);
	ck_assert_int_eq(RUN(BINARY, "--metadata-dir", "d", "--metadata-url",
	                     "u", "download"),
	                 2);
	ck_assert_int_eq(RUN(BINARY, "--min-speed", "0", "refresh"), 2);
	ck_assert_int_eq(RUN(BINARY, "--no-such-option"), 2);
	ck_assert_int_eq(RUN(BINARY, "--help"), 0);
	ck_assert_ptr_nonnull(strstr(OUT(), "usage: pawl-get"));
	ck_assert_int_eq(RUN(BINARY, "--version"), 0);
}

TEST(it_tells_its_requests_when_asked_to)
{
	SITE;

	site_open(&s);
	INIT();
	ck_assert_int_eq(RUN(BINARY, "--verbose", "--metadata-url", s.md_url,
	                     "--metadata-dir", md, "refresh"),
	                 0);
	ck_assert_msg(strstr(ERR(), "/m/2.root.json: 404\n") != NULL, "%s",
	              ERR());
	ck_assert_ptr_nonnull(strstr(ERR(), "/m/timestamp.json: 200\n"));
}

TEST(a_download_that_was_cut_goes_on_by_range)
{
	SITE;
	struct canned_answer *row = site_row(&s);

	*row = (struct canned_answer){.path = target_path(),
	                              .status = 200,
	                              .body = CONTENT,
	                              .fault = CANNED_CUT};
	row = site_row(&s);
	*row = (struct canned_answer){
		.path = target_path(),
		.status = 206,
		.body = CONTENT + 10,
		.head = "Content-Range: bytes 10-19/20\r\n"};
	site_open(&s);
	INIT();
	ck_assert_int_eq(DOWNLOAD(), 1);
	ck_assert_int_eq(DOWNLOAD(), 0);
	ck_assert_str_eq(names_in(test_path("files")), "x");
	ck_assert_str_eq(file_text(test_path("files"), "x"), CONTENT);
	canned_stop(s.server);
	ck_assert_ptr_nonnull(strstr(
		canned_request(s.server, canned_n_requests(s.server) - 1)->head,
		"Range: bytes=10-19\r\n"));
}

TEST(several_processes_share_a_store_and_a_folder)
{
	SITE;
	struct canned_answer *row = site_row(&s);
	pid_t children[6];

	row->path = target_path();
	row->body = CONTENT;
	site_open(&s);
	INIT();
	for (size_t i = 0; i < ARRAY_LEN(children); i++)
		children[i] = START(DOWNLOAD_LINE());
	for (size_t i = 0; i < ARRAY_LEN(children); i++)
		ck_assert_int_eq(finish(children[i]), 0);
	/* One fetched it, the others waited and found it. */
	canned_stop(s.server);
	ck_assert_uint_eq(canned_count(s.server, "GET", target_path()), 1);
	ck_assert_str_eq(names_in(test_path("files")), "x");
	ck_assert_str_eq(names_in(md), "lock root.json snapshot.json "
	                               "targets.json timestamp.json");
}

TEST(endless_data_is_cut_off_at_the_signed_length)
{
	SITE;
	struct canned_answer *row = site_row(&s);

	*row = (struct canned_answer){.path = target_path(),
	                              .status = 200,
	                              .body = CONTENT,
	                              .fault = CANNED_ENDLESS};
	site_open(&s);
	INIT();
	ck_assert_int_eq(DOWNLOAD(), 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "(mismatch)"));
	ck_assert_str_eq(names_in(test_path("files")), "");
}

TEST(endless_metadata_is_cut_off_at_its_limit)
{
	static const char *const paths[] = {
		"/m/2.root.json", "/m/timestamp.json", "/m/2.snapshot.json",
		"/m/2.targets.json"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *md = test_path(test_keep(xasprintf("md%zu", i)));
		SCOPED(site_fini)
		struct site s;
		struct canned_answer *row;

		site_init(&s);
		row = site_row(&s);
		*row = (struct canned_answer){.path = paths[i],
		                              .status = 200,
		                              .body = "          ",
		                              .fault = CANNED_ENDLESS};
		site_open(&s);
		INIT();
		ck_assert_int_eq(RUN(BINARY, "--metadata-url", s.md_url,
		                     "--metadata-dir", md, "refresh"),
		                 1);
		ck_assert_msg(strstr(ERR(), "(too_large)") != NULL, "%s",
		              ERR());
	}
}

/* No length bounds it, no time does: only what we keep. */
TEST(an_error_without_end_is_cut_off_and_said)
{
	static const int statuses[] = {503, 404, 302};

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		const char *md = test_path(test_keep(xasprintf("md%zu", i)));
		SCOPED(site_fini)
		struct site s;
		struct canned_answer *row;

		site_init(&s);
		row = site_row(&s);
		*row = (struct canned_answer){.path = target_path(),
		                              .status = statuses[i],
		                              .body = CONTENT,
		                              .fault = CANNED_ENDLESS};
		site_open(&s);
		INIT();
		ck_assert_int_eq(DOWNLOAD(), 1);
		ck_assert_ptr_nonnull(strstr(
			ERR(), test_keep(xasprintf("status %d", statuses[i]))));
		canned_stop(s.server);
		/* What the sockets hold, and no more. */
		ck_assert_uint_lt(canned_endless_bytes(s.server), 16 << 20);
	}
}

/* Read, and refused, before any signature is looked at. */
TEST(unsigned_bytes_forge_no_line_on_the_terminal)
{
	static const char *const bodies[] = {
		"{\"\\n\\u001b[2K\\u202e\":1,\"\\n\\u001b[2K\\u202e\":2}",
		"{\"signatures\":[],\"signed\":{\"_type\":\"\\r\\u009b2K\"}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		const char *md = test_path(test_keep(xasprintf("md%zu", i)));
		SCOPED(site_fini)
		struct site s;
		struct canned_answer *row;

		site_init(&s);
		row = site_row(&s);
		*row = (struct canned_answer){.path = "/m/timestamp.json",
		                              .status = 200,
		                              .body = bodies[i]};
		site_open(&s);
		INIT();
		ck_assert_int_eq(RUN(BINARY, "--metadata-url", s.md_url,
		                     "--metadata-dir", md, "refresh"),
		                 1);
		ck_assert_ptr_nonnull(strstr(ERR(), "2K"));
		ck_assert_uint_eq(strcspn(ERR(), "\n") + 1, strlen(ERR()));
		ck_assert_ptr_null(strpbrk(ERR(), "\r\033"));
		ck_assert_ptr_null(strstr(ERR(), "\xc2\x9b"));
		ck_assert_ptr_null(strstr(ERR(), "\xe2\x80\xae"));
	}
}

TEST(a_server_that_starves_us_is_given_up)
{
	SITE;
	struct canned_answer *row = site_row(&s);

	*row = (struct canned_answer){.path = target_path(),
	                              .status = 200,
	                              .body = CONTENT,
	                              .fault = CANNED_SLOW,
	                              .again = true};
	site_open(&s);
	INIT();
	ck_assert_int_eq(DOWNLOAD("--patience", "1s", "--min-speed", "1K"), 1);
	ck_assert_msg(strstr(ERR(), "(unreachable)") != NULL, "%s", ERR());
}

TEST(slow_metadata_is_given_up_too)
{
	SITE;
	struct canned_answer *row = site_row(&s);

	*row = (struct canned_answer){.path = "/m/timestamp.json",
	                              .status = 200,
	                              .body = CONTENT,
	                              .fault = CANNED_SLOW};
	site_open(&s);
	INIT();
	ck_assert_int_eq(DOWNLOAD("--patience", "1s"), 1);
	ck_assert_msg(strstr(ERR(), "(unreachable)") != NULL, "%s", ERR());
}

/* Another clock, by a library put before the C library; a sanitizer that
 * wants to be first is told that it need not be. */
#define AT(when) \
	"env", "ASAN_OPTIONS=verify_asan_link_order=0", "faketime", "-f", when

TEST(the_clock_is_the_c_librarys_so_that_others_can_turn_it)
{
	SITE;

	site_open(&s);
	INIT();
	ck_assert_int_eq(RUN(AT("+5d"), BINARY, "--metadata-url", s.md_url,
	                     "--metadata-dir", md, "refresh"),
	                 0);
	ck_assert_int_eq(RUN(AT("+20d"), BINARY, "--metadata-url", s.md_url,
	                     "--metadata-dir", md, "refresh"),
	                 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "timestamp: expired"));
	ck_assert_int_eq(RUN(AT("+40d"), BINARY, "--metadata-url", s.md_url,
	                     "--metadata-dir", md, "refresh"),
	                 1);
	ck_assert_ptr_nonnull(strstr(ERR(), "root: expired"));
}
