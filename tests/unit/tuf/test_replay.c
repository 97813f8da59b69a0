#include "config.h"

#include "lib/base/mem.h"
#include "lib/tuf/replay.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct tuf_repo_file *file_of(struct tuf_repo *r, const char *role,
                                           int64_t version)
{
	char name[TUF_ROLE_MAX + 32];
	const struct tuf_repo_file *f;

	if (strcmp(role, "timestamp") == 0)
		(void)snprintf(name, sizeof(name), "timestamp.json");
	else
		(void)snprintf(name, sizeof(name), "%" PRId64 ".%s.json",
		               version, role);
	f = tuf_repo_served(r, name);
	ck_assert_msg(f != NULL, "%s is not served", name);
	return f;
}

static int give(struct replay *h, struct tuf_repo *r, const char *role,
                int64_t version, struct err *e)
{
	const struct tuf_repo_file *f = file_of(r, role, version);

	if (strcmp(role, "root") == 0)
		return replay_root(h, f->bytes, f->len, e);
	return replay_role(h, role, version, f->bytes, f->len, e);
}

#define GIVE(role, version) ASSERT_OK(give(h, r, role, version, &e))

/* Root 1, targets 1 that delegates what is in fw to "a". */
static struct tuf_repo *repo(void)
{
	struct tuf_repo *r = tuf_repo_new();

	tuf_repo_delegate(r, "targets", "a", "fw/*", true, 10);
	tuf_repo_target(r, "a", "fw/x");
	tuf_repo_publish_all(r);
	return r;
}

static int64_t now(struct tuf_repo *r, const char *role)
{
	return strcmp(role, "snapshot") == 0 ? r->snapshot.version
	                                     : tuf_repo_role(r, role)->version;
}

TEST(nothing_at_all_is_not_said_to_verify)
{
	SCOPED(replay_free)
	struct replay *h = replay_new();
	struct replay_counts n;
	struct err e;

	ASSERT_ERR(replay_end(h, &n, &e), ERR_NOT_FOUND);
	ASSERT_SAYS("nothing to verify");
}

TEST(a_history_is_counted_when_all_of_it_verifies)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	struct replay_counts n;
	struct err e;

	tuf_repo_publish(r, "root");
	GIVE("root", 1);
	GIVE("root", 2);
	GIVE("targets", now(r, "targets"));
	ck_assert_str_eq(replay_delegated(h, 0), "a");
	ck_assert_ptr_null(replay_delegated(h, 1));
	GIVE("a", now(r, "a"));
	GIVE("snapshot", now(r, "snapshot"));
	GIVE("timestamp", r->timestamp.version);
	ASSERT_OK(replay_end(h, &n, &e));
	ck_assert_uint_eq(n.versions, 6);
	ck_assert_uint_eq(n.roles, 5);
	ck_assert_int_eq(n.root, 2);
}

TEST(a_file_verifies_with_the_keys_of_its_own_time)
{
	static const unsigned new_keys[] = {20};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	int64_t old = now(r, "targets");
	struct err e;

	tuf_repo_set_keys(r, TUF_TARGETS, 1, new_keys, 1);
	tuf_repo_publish(r, "root");
	tuf_repo_publish(r, "targets");
	GIVE("root", 1);
	GIVE("root", 2);
	GIVE("targets", old);
	GIVE("targets", old + 1);
}

TEST(a_file_that_nobody_could_sign_then_is_refused)
{
	static const unsigned strangers[] = {30};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	struct err e;

	tuf_repo_set_signers(r, "targets", strangers, 1);
	tuf_repo_publish(r, "targets");
	GIVE("root", 1);
	ASSERT_CODE(give(h, r, "targets", now(r, "targets"), &e), "threshold");
	ASSERT_SAYS("by the keys of no time");
	ASSERT_CODE(give(h, r, "a", now(r, "a"), &e), "unknown_role");
}

TEST(roots_come_one_by_one_and_vouch_for_each_other)
{
	static const unsigned strangers[] = {30};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	struct err e;

	GIVE("root", 1);
	tuf_repo_publish_as(r, "root", 3);
	ASSERT_CODE(give(h, r, "root", 3, &e), "version");
	tuf_repo_set_keys(r, TUF_ROOT, 1, strangers, 1);
	tuf_repo_publish_as(r, "root", 2);
	ASSERT_CODE(give(h, r, "root", 2, &e), "threshold");
}

TEST(a_root_of_another_repository_is_refused)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	struct err e;

	GIVE("root", 1);
	(void)snprintf(r->root.repo, sizeof(r->root.repo), "%032x", 7);
	tuf_repo_publish_as(r, "root", 2);
	ASSERT_CODE(give(h, r, "root", 2, &e), "wrong_repo");
}

TEST(a_version_issued_with_other_bytes_is_found)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	int64_t v = now(r, "a");
	const struct tuf_repo_file *f = file_of(r, "a", v);
	struct err e;

	GIVE("root", 1);
	GIVE("targets", now(r, "targets"));
	GIVE("a", v);
	ASSERT_OK(replay_seen(h, "a", v, f->bytes, f->len, &e));
	ASSERT_OK(replay_seen(h, "a", v + 1, "x", 1, &e));
	tuf_repo_target(r, "a", "fw/y");
	tuf_repo_publish_as(r, "a", v);
	f = file_of(r, "a", v);
	ASSERT_CODE(replay_seen(h, "a", v, f->bytes, f->len, &e), "reissued");
	/* Validly signed, both of them. */
	ASSERT_CODE(give(h, r, "a", v, &e), "reissued");
	ASSERT_SAYS("was issued twice");
}

TEST(a_version_that_goes_back_is_refused)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	int64_t v = now(r, "targets");
	struct err e;

	tuf_repo_publish(r, "targets");
	GIVE("root", 1);
	GIVE("targets", v + 1);
	ASSERT_CODE(give(h, r, "targets", v, &e), "version");
	/* A name that lies about what is inside. */
	const struct tuf_repo_file *f = file_of(r, "targets", v);
	ASSERT_CODE(replay_role(h, "targets", v + 9, f->bytes, f->len, &e),
	            "version");
}

TEST(a_snapshot_lists_only_what_was_issued)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	struct replay_counts n;
	struct err e;

	GIVE("root", 1);
	GIVE("targets", now(r, "targets"));
	GIVE("snapshot", now(r, "snapshot"));
	ASSERT_CODE(replay_end(h, &n, &e), "missing");
	ASSERT_SAYS("a: snapshot ");
}

TEST(bins_are_replayed_by_the_keys_of_the_split)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(replay_free)
	struct replay *h = replay_new();
	struct err e;

	tuf_repo_split(r, "targets", "bin", 4, 12);
	tuf_repo_publish_all(r);
	GIVE("root", 1);
	GIVE("targets", now(r, "targets"));
	GIVE("bin-0", now(r, "bin-0"));
	GIVE("bin-f", now(r, "bin-f"));
	const struct tuf_repo_file *f = file_of(r, "bin-0", now(r, "bin-0"));
	ASSERT_CODE(
		replay_role(h, "bin-10", now(r, "bin-0"), f->bytes, f->len, &e),
		"unknown_role");
}
