#include "config.h"

#include "lib/tuf/trust.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"

#include <string.h>

/* Every test has a repository, a device and an error. */
struct world {
	struct tuf_repo *repo;
	struct trust_io io;
	struct trust *trust;
};

static void world_fini(struct world *w)
{
	trust_free(w->trust);
	tuf_repo_free(w->repo);
}
DEFINE_SCOPED_PLACE(world_fini, struct world)

/* A fresh process of the device over the same store. */
static void restart(struct world *w)
{
	struct err e = {0};

	trust_free(w->trust);
	w->trust = tuf_repo_client(w->repo, &e);
	ck_assert_msg(w->trust != NULL, "%s", e.msg);
}

static struct world world_new(void)
{
	struct world w = {.repo = tuf_repo_new()};

	w.io = tuf_repo_io(w.repo);
	restart(&w);
	return w;
}

#define WORLD                         \
	struct err e = {0};           \
	SCOPED(world_fini)            \
	struct world w = world_new(); \
	struct tuf_repo *r = w.repo

#define REFRESH() ASSERT_OK(trust_refresh(w.trust, &w.io, &e))

TEST(a_first_refresh_asks_for_each_file_once_and_keeps_all)
{
	WORLD;

	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r),
	                 "2.root.json timestamp.json 1.snapshot.json "
	                 "1.targets.json");
	ck_assert_str_eq(tuf_repo_saves(r), "timestamp snapshot targets");
	ck_assert_int_eq(trust_root(w.trust)->version, 1);
	ck_assert_int_eq(trust_timestamp(w.trust)->version, 1);
	ck_assert_int_eq(trust_snapshot(w.trust)->version, 1);
	ck_assert_int_eq(trust_targets(w.trust, "targets")->version, 1);
}

TEST(a_second_refresh_without_news_asks_for_root_and_timestamp_only)
{
	WORLD;

	REFRESH();
	(void)tuf_repo_requests(r);
	(void)tuf_repo_saves(r);
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json timestamp.json");
	ck_assert_str_eq(tuf_repo_saves(r), "");
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json timestamp.json");
}
