#include "config.h"

#include "device/folder.h"
#include "device/origin.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"
#include "tests/unit/device/fakes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tuf_repo *r;
static struct origin o;

static void put(const char *name, const void *bytes, size_t len)
{
	struct err e;

	ASSERT_OK(fs_write(test_path(name), bytes, len, 0600, &e));
}

/* A repository's tree in a folder, and a device that asks it. */
static void begin(void)
{
	const struct tuf_repo_file *root;
	struct net_door door;
	struct err e;

	r = tuf_repo_new();
	ASSERT_OK(fs_mkdirs(test_path("repo/metadata"), 0700, &e));
	ASSERT_OK(fs_mkdirs(test_path("repo/targets/plan/band"), 0700, &e));
	root = tuf_repo_served(r, "1.root.json");
	put("pinned", root->bytes, root->len);
	for (size_t i = 0; i < r->served.len; i++)
		put(test_keep(xasprintf("repo/metadata/%s",
		                        r->served.items[i].name)),
		    r->served.items[i].bytes, r->served.items[i].len);
	door = folder_door(test_path("repo"));
	ASSERT_OK(origin_init(&o, &door, FOLDER_SERVER, test_path("kept"),
	                      test_path("pinned"), &e));
}

static void end(void)
{
	origin_fini(&o);
	tuf_repo_free(r);
}

TEST(a_refresh_from_a_folder_keeps_what_it_verified)
{
	struct trust_io io;
	struct err e;

	begin();
	io = origin_io(&o);
	SCOPED(trust_free)
	struct trust *t = origin_trust(&o, TUF_REPO_NOW, &e);
	ck_assert_ptr_nonnull(t);
	ASSERT_OK(trust_refresh(t, &io, &e));
	ck_assert(fs_exists(test_path("kept/timestamp.json")));
	ck_assert(fs_exists(test_path("kept/snapshot.json")));
	ck_assert(fs_exists(test_path("kept/targets.json")));
	end();
}

TEST(what_new_keys_outdate_is_no_longer_kept)
{
	struct trust_io io;
	struct err e;

	begin();
	io = origin_io(&o);
	put("kept/timestamp.json", "{}", 2);
	ASSERT_OK(io.drop(io.ctx, "timestamp", &e));
	ck_assert(!fs_exists(test_path("kept/timestamp.json")));
	ASSERT_OK(io.drop(io.ctx, "timestamp", &e));
	end();
}

/* A cut comes between the new root and the anchors that it voids. */
TEST(what_new_keys_outdate_goes_also_when_the_power_fails_before_it_does)
{
	struct trust_io io;
	struct err e;

	begin();
	io = origin_io(&o);
	for (int came = 0; came < 2; came++) {
		put("kept/root.json", "old", 3);
		put("kept/timestamp.json", "{}", 2);
		put("kept/snapshot.json", "{}", 2);
		ASSERT_OK(io.rotate(io.ctx, &e));
		if (came)
			ASSERT_OK(io.save(io.ctx, "root", "new", 3, &e));
		SCOPED(trust_free)
		struct trust *t = origin_trust(&o, TUF_REPO_NOW, &e);
		ck_assert_ptr_nonnull(t);
		ck_assert(fs_exists(test_path("kept/timestamp.json")) != came);
		ck_assert(fs_exists(test_path("kept/snapshot.json")) != came);
		ck_assert(!fs_exists(test_path("kept/rotating")));
	}
	end();
}

TEST(a_spoilt_root_that_was_kept_gives_way_to_the_pinned_one)
{
	struct err e;

	begin();
	put("kept/root.json", "{}", 2);
	SCOPED(trust_free)
	struct trust *t = origin_trust(&o, TUF_REPO_NOW, &e);
	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(origin_root_version(&o), 1);
	put("pinned", "{}", 2);
	ck_assert_ptr_null(origin_trust(&o, TUF_REPO_NOW, &e));
	ASSERT_SAYS("pinned root");
	ASSERT_OK(fs_remove(test_path("pinned"), &e));
	ck_assert_ptr_null(origin_trust(&o, TUF_REPO_NOW, &e));
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	end();
}

/* Fails one step at the kept root, once. */
struct failure {
	enum fs_op op;
	int errnum;
};

static int fail_once(void *ctx, enum fs_op op, const char *path)
{
	struct failure *f = ctx;
	int errnum = f->errnum;

	if (op != f->op || strcmp(path, test_path("kept/root.json")) != 0)
		return 0;
	f->errnum = 0;
	return errnum;
}

/* Its retired keys would be trusted again, and the anchors of the new ones
 * dropped. */
TEST(a_root_that_can_not_be_read_now_does_not_give_way_to_the_pinned_one)
{
	static const struct failure failures[] = {
		{FS_READ, EIO},
		{FS_OPEN, EMFILE},
		{FS_OPEN, ENOMEM},
		{FS_OPEN, EACCES},
	};
	const struct tuf_repo_file *root;
	struct err e;

	begin();
	tuf_repo_publish(r, "root");
	root = tuf_repo_served(r, "2.root.json");
	put("kept/root.json", root->bytes, root->len);
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		struct failure f = failures[i];
		struct trust *t;

		fs_set_hook(fail_once, &f);
		ck_assert_ptr_null(origin_trust(&o, TUF_REPO_NOW, &e));
		ASSERT_SAYS("kept root");
		t = origin_trust(&o, TUF_REPO_NOW, &e);
		fs_set_hook(NULL, NULL);
		ck_assert_ptr_nonnull(t);
		ck_assert_int_eq(trust_root(t)->version, 2);
		trust_free(t);
	}
	end();
}

TEST(a_kept_root_above_every_bound_is_none)
{
	SCOPED(free)
	char *large = xcalloc(1, TUF_ROOT_MAX + 1);
	struct err e;

	begin();
	put("kept/root.json", large, TUF_ROOT_MAX + 1);
	SCOPED(trust_free)
	struct trust *t = origin_trust(&o, TUF_REPO_NOW, &e);
	ck_assert_ptr_nonnull(t);
	end();
}

TEST(a_target_has_a_consistent_name)
{
	begin();
	SCOPED(free)
	char *a = origin_target_url(&o, "fw/band/1.0.0_a", "abc");
	SCOPED(free)
	char *b = origin_target_url(&o, "plain", "abc");

	ck_assert_str_eq(a, "folder:/targets/fw/band/abc.1.0.0_a");
	ck_assert_str_eq(b, "folder:/targets/abc.plain");
	end();
}

#define PATH "plan/band/spring.1.json"

/* Serves these bytes under the name of `hello`. */
static const char *serve(const char *bytes)
{
	static char sha256[SHA256_HEX_SIZE];

	hash_sha256_hex(sha256, "hello", 5);
	put(test_keep(xasprintf("repo/targets/plan/band/%s.spring.1.json",
	                        sha256)),
	    bytes, strlen(bytes));
	return sha256;
}

static int target(const char *sha256, int64_t length, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PLAN_BYTES_MAX);

	if (origin_target(&o, &b, PATH, sha256, length, e) != 0)
		return -1;
	ck_assert_str_eq(buf_str(&b), "hello");
	return 0;
}

TEST(a_targets_bytes_are_exactly_the_signed_ones)
{
	const char *sha256;
	struct err e;

	begin();
	sha256 = serve("hullo");
	ASSERT_CODE(target(sha256, 5, &e), "target_hash");
	serve("hell");
	ASSERT_CODE(target(sha256, 5, &e), "target_hash");
	serve("hello!");
	ASSERT_ERR(target(sha256, 5, &e), ERR_TOO_LARGE);
	ASSERT_ERR(target(sha256, PLAN_BYTES_MAX + 1, &e), ERR_TOO_LARGE);
	serve("hello");
	ASSERT_OK(target(sha256, 5, &e));
	end();
}

TEST(a_target_seen_lately_is_not_fetched_again)
{
	const char *sha256;
	struct err e;

	begin();
	sha256 = serve("hello");
	ASSERT_OK(target(sha256, 5, &e));
	serve("gone!");
	for (int i = 0; i < 3; i++)
		ASSERT_OK(target(sha256, 5, &e));
	end();
}

/* A mirror that lags says nothing about what was signed. */
TEST(a_listed_target_that_is_not_there_is_unreachable)
{
	char sha256[SHA256_HEX_SIZE];
	struct err e;

	begin();
	hash_sha256_hex(sha256, "x", 1);
	ASSERT_ERR(target(sha256, 1, &e), ERR_UNREACHABLE);
	end();
}

TEST(a_role_with_a_strange_name_stays_in_its_folder)
{
	struct trust_io io;
	struct err e;

	begin();
	io = origin_io(&o);
	ASSERT_OK(io.save(io.ctx, "../../escape", "x", 1, &e));
	ck_assert(fs_exists(test_path("kept/..%2F..%2Fescape.json")));
	end();
}

static int ask(const char *url, int *status, struct err *e)
{
	struct net_door door = folder_door(test_path("repo"));
	struct net_request q = {.method = "GET", .url = url, .max_bytes = 4};
	SCOPED(net_reply_fini)
	struct net_reply reply = {0};
	int result = net_ask(&door, &reply, &q, e);

	*status = reply.status;
	return result;
}

TEST(a_folder_answers_like_a_server_and_shows_nothing_else)
{
	struct err e;
	int status;

	begin();
	put("repo/small", "1234", 4);
	put("repo/large", "12345", 5);
	put("secret", "1", 1);
	ASSERT_OK(ask("folder:/small", &status, &e));
	ck_assert_int_eq(status, 200);
	ASSERT_OK(ask("folder:/none", &status, &e));
	ck_assert_int_eq(status, 404);
	ASSERT_ERR(ask("folder:/large", &status, &e), ERR_TOO_LARGE);
	ASSERT_ERR(ask("folder:/../secret", &status, &e), ERR_UNREACHABLE);
	ASSERT_ERR(ask("http://x/small", &status, &e), ERR_UNREACHABLE);
	ck_assert_int_eq(symlink("../secret", test_path("repo/link")), 0);
	ASSERT_ERR(ask("folder:/link", &status, &e), ERR_IO);
	end();
}
