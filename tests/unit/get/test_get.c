/*
 * The client workflow with a store on a disk and a network that is told what
 * to do. tests/conformance-themes.txt says which theme of the public
 * conformance suite has its tests where.
 */
#include "config.h"

#include "get/get.h"
#include "get/store.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/get/mirror.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETUP                              \
	struct err e = {0};                \
	SCOPED(mirror_fini)                \
	struct mirror m;                   \
	struct get g;                      \
	struct get_versions v = {0};       \
                                           \
	mirror_init(&m);                   \
	g = mirror_client(&m, test_dir()); \
	(void)v

#define REFRESH() ASSERT_OK(get_refresh(&v, &g, &e))
#define REFUSED(code) ASSERT_CODE(get_refresh(&v, &g, &e), code)

static int get_one(const struct get *g, const char *path, struct err *e)
{
	return get_download(g, &path, 1, e);
}

/* The stored copy of a role is the served file, byte for byte. */
static void same(struct mirror *m, const struct get *g, const char *stored,
                 const char *served)
{
	ck_assert_pstr_eq(file_text(g->metadata_dir, stored),
	                  tuf_repo_served(m->repo, served)->bytes);
}

TEST(a_first_refresh_asks_for_each_file_once_and_keeps_it_as_received)
{
	SETUP;

	REFRESH();
	ck_assert_str_eq(mirror_asked(&m),
	                 "m/2.root.json m/timestamp.json m/1.snapshot.json "
	                 "m/1.targets.json");
	ck_assert_str_eq(names_in(g.metadata_dir),
	                 "lock root.json snapshot.json targets.json "
	                 "timestamp.json");
	same(&m, &g, "timestamp.json", "timestamp.json");
	same(&m, &g, "snapshot.json", "1.snapshot.json");
	same(&m, &g, "targets.json", "1.targets.json");
	ck_assert_int_eq(v.targets, 1);
}

TEST(a_second_process_asks_only_what_may_be_news)
{
	SETUP;

	REFRESH();
	(void)mirror_asked(&m);
	REFRESH();
	ck_assert_str_eq(mirror_asked(&m), "m/2.root.json m/timestamp.json");
	tuf_repo_publish(m.repo, "root");
	tuf_repo_publish_listings(m.repo);
	REFRESH();
	ck_assert_str_eq(mirror_asked(&m),
	                 "m/2.root.json m/3.root.json m/timestamp.json "
	                 "m/2.snapshot.json");
	same(&m, &g, "root.json", "2.root.json");
}

TEST(white_space_around_the_metadata_is_kept_too)
{
	SETUP;
	SCOPED(free)
	char *longer = xasprintf(
		"%s \n", tuf_repo_served(m.repo, "timestamp.json")->bytes);

	tuf_repo_serve(m.repo, "timestamp.json", longer, strlen(longer));
	REFRESH();
	same(&m, &g, "timestamp.json", "timestamp.json");
}

TEST(a_download_refreshes_first_and_also_when_nobody_lists_the_target)
{
	SETUP;

	ASSERT_ERR(get_one(&g, "none", &e), ERR_NOT_FOUND);
	ck_assert_str_eq(mirror_asked(&m),
	                 "m/2.root.json m/timestamp.json m/1.snapshot.json "
	                 "m/1.targets.json");
	same(&m, &g, "targets.json", "1.targets.json");
}

TEST(a_store_without_a_root_asks_nobody)
{
	SETUP;

	g.metadata_dir = test_path("empty");
	REFUSED("no_store");
	ck_assert_str_eq(mirror_asked(&m), "");
	ck_assert(!fs_exists(g.metadata_dir));
}

TEST(a_stored_root_that_was_changed_asks_nobody)
{
	SETUP;
	const char *text = file_text(g.metadata_dir, "root.json");
	SCOPED(free)
	char *path = fs_join(g.metadata_dir, "root.json");
	char *edited = test_keep(xstrdup(text));

	*strstr(edited, "\"version\":1") = ' ';
	ASSERT_OK(fs_write(path, edited, strlen(edited), 0644, &e));
	ck_assert_int_ne(get_refresh(&v, &g, &e), 0);
	ck_assert_str_eq(mirror_asked(&m), "");
}

TEST(only_404_says_that_there_is_no_further_root)
{
	static const int statuses[] = {301, 302, 403, 410, 429, 500, 503};
	SETUP;

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		m.status = statuses[i];
		ASSERT_ERR(get_refresh(&v, &g, &e), ERR_UNREACHABLE);
		ck_assert_str_eq(mirror_asked(&m), "m/2.root.json");
	}
}

TEST(what_was_accepted_before_a_refusal_stays_and_the_refused_does_not)
{
	SETUP;

	REFRESH();
	tuf_repo_publish(m.repo, "root");
	tuf_repo_publish_all(m.repo);
	tuf_repo_edit(m.repo, "2.targets.json", "targets", "tArgets");
	ck_assert_int_ne(get_refresh(&v, &g, &e), 0);
	same(&m, &g, "root.json", "2.root.json");
	same(&m, &g, "timestamp.json", "timestamp.json");
	same(&m, &g, "snapshot.json", "2.snapshot.json");
	same(&m, &g, "targets.json", "1.targets.json");
	ck_assert_str_eq(names_in(g.metadata_dir),
	                 "lock root.json snapshot.json targets.json "
	                 "timestamp.json");
}

TEST(CVE_2020_15163_a_rejected_root_is_not_in_the_store)
{
	SETUP;
	unsigned stranger = 9;

	tuf_repo_set_signers(m.repo, "root", &stranger, 1);
	tuf_repo_publish(m.repo, "root");
	REFUSED("threshold");
	same(&m, &g, "root.json", "1.root.json");
}

TEST(CVE_2025_2888_a_rejected_timestamp_is_not_in_the_store)
{
	SETUP;

	REFRESH();
	m.repo->timestamp.expires_s = TUF_REPO_NOW;
	tuf_repo_publish_as(m.repo, "timestamp", 1000);
	REFUSED("expired");
	m.repo->timestamp.expires_s = TUF_REPO_NOW + TUF_REPO_DAY;
	tuf_repo_publish_as(m.repo, "timestamp", 2);
	REFRESH();
	ck_assert_int_eq(v.timestamp, 2);
}

TEST(a_store_remembers_across_processes_what_must_not_go_back)
{
	SETUP;

	tuf_repo_publish_as(m.repo, "timestamp", 7);
	REFRESH();
	tuf_repo_publish_as(m.repo, "timestamp", 6);
	REFUSED("rollback");
	/* Also when what is stored has expired meanwhile. */
	clock_manual_advance(&m.clock, 3 * TUF_REPO_DAY * 1000);
	m.repo->timestamp.expires_s = TUF_REPO_NOW + 30 * TUF_REPO_DAY;
	tuf_repo_publish_as(m.repo, "timestamp", 6);
	REFUSED("rollback");
}

TEST(the_clock_is_looked_at_once_and_an_expired_root_ends_it)
{
	SETUP;

	clock_manual_advance(&m.clock, 400 * TUF_REPO_DAY * 1000);
	REFUSED("expired");
	ck_assert_str_eq(mirror_asked(&m), "m/2.root.json");
}

TEST(a_target_is_found_fetched_and_named_safely)
{
	SETUP;

	mirror_add(&m, "targets", "dir/x.bin", "bytes of x");
	tuf_repo_publish_all(m.repo);
	ASSERT_OK(get_one(&g, "dir/x.bin", &e));
	ck_assert_str_eq(file_text(g.target_dir, "dir%2Fx.bin"), "bytes of x");
	ck_assert_ptr_nonnull(strstr(mirror_asked(&m), " t/dir/"));
	ASSERT_OK(get_one(&g, "dir/x.bin", &e));
	ck_assert_str_eq(mirror_asked(&m), "m/2.root.json m/timestamp.json");
}

TEST(without_consistent_snapshots_neither_metadata_nor_targets_have_prefixes)
{
	SETUP;

	m.repo->root.consistent_snapshot = false;
	mirror_add(&m, "targets", "dir/x.bin", "bytes of x");
	tuf_repo_delegate(m.repo, "targets", "app", "app/*", true, 8);
	mirror_add(&m, "app", "app/y", "bytes of y");
	tuf_repo_publish(m.repo, "root");
	tuf_repo_publish_all(m.repo);
	ASSERT_OK(get_one(&g, "dir/x.bin", &e));
	ASSERT_OK(get_one(&g, "app/y", &e));
	ck_assert_str_eq(mirror_asked(&m),
	                 "m/2.root.json m/3.root.json m/timestamp.json "
	                 "m/snapshot.json m/targets.json t/dir/x.bin "
	                 "m/3.root.json m/timestamp.json m/app.json t/app/y");
}

TEST(targets_come_in_order_and_the_first_that_fails_ends_it)
{
	static const char *const wanted[] = {"a", "none", "b"};
	SETUP;

	mirror_add(&m, "targets", "a", "bytes of a");
	mirror_add(&m, "targets", "b", "bytes of b");
	tuf_repo_publish_all(m.repo);
	ASSERT_ERR(get_download(&g, wanted, 3, &e), ERR_NOT_FOUND);
	ck_assert_str_eq(names_in(g.target_dir), "a");
}

TEST(bins_by_name_and_bins_by_prefix_lead_to_their_targets)
{
	SETUP;
	struct tuf_delegation *d;
	char hash[SHA256_HEX_SIZE];

	/* TAP 15 below a delegation, hash prefixes beside it. */
	tuf_repo_delegate(m.repo, "targets", "rel", "rel/*", true, 8);
	tuf_repo_split(m.repo, "rel", "rel.bin", 2, 9);
	hash_sha256_hex(hash, "php/x", 5);
	d = tuf_repo_delegate(m.repo, "targets", "bin-p", "x", true, 10);
	free(d->paths[0]);
	d->n_paths = 0;
	d->hash_prefixes = xcalloc(1, sizeof(*d->hash_prefixes));
	d->hash_prefixes[0] = xasprintf("%.2s", hash);
	d->n_hash_prefixes = 1;
	mirror_add(&m, "bin-p", "php/x", "by prefix");
	hash_sha256_hex(hash, "rel/x", 5);
	SCOPED(free)
	char *bin = xasprintf(
		"rel.bin-%d",
		(hash[0] <= '9' ? hash[0] - '0' : hash[0] - 'a' + 10) / 4);
	mirror_add(&m, bin, "rel/x", "by name");
	tuf_repo_publish_all(m.repo);
	ASSERT_OK(get_one(&g, "php/x", &e));
	ASSERT_OK(get_one(&g, "rel/x", &e));
	ck_assert_str_eq(file_text(g.target_dir, "php%2Fx"), "by prefix");
	ck_assert_str_eq(file_text(g.target_dir, "rel%2Fx"), "by name");
}

TEST(CVE_2021_41131_roles_of_any_name_stay_in_the_store)
{
	static const char *const roles[] = {"?", "#", "/delegatedrole",
	                                    "../delegatedrole"};
	static const char *const asked[] = {"m/1.%3F.json", "m/1.%23.json",
	                                    "m/1.%2Fdelegatedrole.json",
	                                    "m/1...%2Fdelegatedrole.json"};

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		struct err e = {0};
		SCOPED(mirror_fini)
		struct mirror m;
		const char *dir =
			test_path(test_keep(xasprintf("world%zu", i)));
		struct get g;

		mirror_init(&m);
		g = mirror_client(&m, dir);
		tuf_repo_delegate(m.repo, "targets", roles[i], "*", false, 8);
		tuf_repo_publish_all(m.repo);
		ASSERT_ERR(get_one(&g, "none", &e), ERR_NOT_FOUND);
		ck_assert_ptr_nonnull(strstr(mirror_asked(&m), asked[i]));
		ck_assert_str_eq(names_in(dir), "files md");
	}
}

TEST(a_long_chain_of_roots_is_followed_over_several_processes)
{
	SETUP;

	for (int i = 0; i < 300; i++)
		tuf_repo_publish(m.repo, "root");
	REFUSED("too_large");
	same(&m, &g, "root.json", "257.root.json");
	REFRESH();
	ck_assert_int_eq(v.root, 301);
}

TEST(an_anchor_whose_keys_changed_is_gone_also_after_a_cut)
{
	SETUP;
	static const unsigned before[] = {KEY_OF_TIMESTAMP, 10};
	static const unsigned after[] = {10, 11};
	SCOPED(free)
	char *kept = NULL;

	tuf_repo_set_keys(m.repo, TUF_TIMESTAMP, 1, before, 2);
	tuf_repo_publish(m.repo, "root");
	tuf_repo_publish_as(m.repo, "timestamp", 1000);
	REFRESH();
	tuf_repo_set_keys(m.repo, TUF_TIMESTAMP, 1, after, 2);
	tuf_repo_publish(m.repo, "root");
	tuf_repo_publish_as(m.repo, "timestamp", 2);
	kept = xstrdup(tuf_repo_served(m.repo, "timestamp.json")->bytes);
	tuf_repo_drop(m.repo, "timestamp.json");
	REFUSED("missing");
	ck_assert_str_eq(names_in(g.metadata_dir),
	                 "lock root.json targets.json");
	tuf_repo_serve(m.repo, "timestamp.json", kept, strlen(kept));
	REFRESH();
	ck_assert_int_eq(v.timestamp, 2);
}

/* Another process publishes and refreshes while a file is on its way. */
static struct get *bystander;

static void refresh_meanwhile(struct mirror *m)
{
	struct get_versions v;
	struct err e = {0};

	tuf_repo_publish_all(m->repo);
	ASSERT_OK(get_refresh(&v, bystander, &e));
}

TEST(a_process_that_was_overtaken_leaves_the_newer_store_alone)
{
	static const char *const wanted[] = {"a", "app/b"};
	SETUP;

	mirror_add(&m, "targets", "a", "bytes of a");
	tuf_repo_delegate(m.repo, "targets", "app", "app/*", true, 8);
	mirror_add(&m, "app", "app/b", "bytes of b");
	tuf_repo_publish_all(m.repo);
	bystander = &g;
	m.during = refresh_meanwhile;
	ASSERT_OK(get_download(&g, wanted, 2, &e));
	ck_assert_str_eq(file_text(g.target_dir, "app%2Fb"), "bytes of b");
	same(&m, &g, "snapshot.json", "3.snapshot.json");
	same(&m, &g, "targets.json", "3.targets.json");
	ck_assert_ptr_null(file_text(g.metadata_dir, "app.json"));
	REFRESH();
}

/* A crash at each step on the disk, of a refresh with news in every role. */
struct crash {
	int left;
};

static int crash_at(void *ctx, enum fs_op op, const char *path)
{
	struct crash *c = ctx;

	(void)op;
	(void)path;
	if (c->left-- == 0)
		(void)kill(getpid(), SIGKILL);
	return 0;
}

TEST(killed_at_any_step_the_store_is_whole_and_goes_on)
{
	SETUP;
	int n, status = 1;

	REFRESH();
	for (n = 0; status != 0; n++) {
		struct crash c = {.left = n};
		pid_t child;

		tuf_repo_publish(m.repo, "root");
		tuf_repo_publish_all(m.repo);
		child = fork();
		if (child == 0) {
			fs_set_hook(crash_at, &c);
			_exit(get_refresh(&v, &g, &e) == 0 ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(status == 0 || WIFSIGNALED(status));
		REFRESH();
		same(&m, &g, "timestamp.json", "timestamp.json");
		ck_assert_str_eq(names_in(g.metadata_dir),
		                 "lock root.json snapshot.json targets.json "
		                 "timestamp.json");
	}
	ck_assert_int_ge(n, 20);
}

/* Whoever signs a target must not choose the root. */
TEST(a_target_never_takes_the_place_of_a_trusted_role)
{
	SETUP;

	mirror_add(&m, "targets", "root.json", "another root");
	tuf_repo_publish_all(m.repo);
	g.target_dir = test_keep(xasprintf("%s/../md/", g.metadata_dir));
	ASSERT_ERR(get_one(&g, "root.json", &e), ERR_INVALID);
	ASSERT_SAYS("needs a folder of its own");
	same(&m, &g, "root.json", "1.root.json");
	REFRESH();
}

/* The root takes one key of two away from the timestamp, whose thief had
 * counted up: between the new root and the anchor it outdates there is no
 * moment in which a cut keeps the one beside the other. */
TEST(killed_at_any_step_of_a_recovery_no_anchor_outlives_its_keys)
{
	SETUP;
	static const unsigned before[] = {KEY_OF_TIMESTAMP, 10};
	static const unsigned after[] = {10, 11};
	int n, status = 1;

	for (n = 0; status != 0; n++) {
		struct crash c = {.left = n};
		pid_t child;

		tuf_repo_set_keys(m.repo, TUF_TIMESTAMP, 1, before, 2);
		tuf_repo_publish(m.repo, "root");
		tuf_repo_publish_as(m.repo, "timestamp", 1000);
		REFRESH();
		tuf_repo_set_keys(m.repo, TUF_TIMESTAMP, 1, after, 2);
		tuf_repo_publish(m.repo, "root");
		tuf_repo_publish_as(m.repo, "timestamp", 2);
		child = fork();
		if (child == 0) {
			fs_set_hook(crash_at, &c);
			_exit(get_refresh(&v, &g, &e) == 0 ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(status == 0 || WIFSIGNALED(status));
		REFRESH();
		ck_assert_int_eq(v.timestamp, 2);
		ck_assert_str_eq(names_in(g.metadata_dir),
		                 "lock root.json snapshot.json targets.json "
		                 "timestamp.json");
	}
	ck_assert_int_ge(n, 10);
}

static int fill_up(void *ctx, enum fs_op op, const char *path)
{
	struct crash *c = ctx;

	(void)path;
	return op == FS_WRITE && c->left-- <= 0 ? ENOSPC : 0;
}

TEST(a_full_disk_ends_the_refresh_and_spoils_nothing)
{
	SETUP;

	for (int n = 0; n < 4; n++) {
		struct crash c = {.left = n};

		tuf_repo_publish(m.repo, "root");
		tuf_repo_publish_all(m.repo);
		fs_set_hook(fill_up, &c);
		ASSERT_ERR(get_refresh(&v, &g, &e), ERR_NO_SPACE);
		fs_set_hook(NULL, NULL);
		REFRESH();
	}
}
