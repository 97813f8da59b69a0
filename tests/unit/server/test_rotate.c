/*
 * Keys that change while the server runs: online keys, approvers, and keys
 * that come back.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/publish/publish.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEW_TIMESTAMP = 40, NEW_SNAPSHOT, NEW_ROLLOUT, NEW_PLANS };

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	return s;
}

/* The delegation's keys become these; they do not sign by themselves. */
static void rekey(struct server *s, const char *role, const unsigned *keys,
                  size_t n)
{
	struct tuf_targets *t = tuf_repo_role(s->repo, "targets");

	for (size_t i = 0; i < t->n_roles; i++) {
		if (strcmp(t->roles[i].name, role) != 0)
			continue;
		t->roles[i].n_keyids = 0;
		for (size_t k = 0; k < n; k++)
			tuf_targets_add_key(t, &t->roles[i],
			                    tuf_repo_public(s->repo, keys[k]));
	}
}

static void rekey_online(struct server *s)
{
	static const unsigned timestamp = NEW_TIMESTAMP,
			      snapshot = NEW_SNAPSHOT, rollout = NEW_ROLLOUT;

	tuf_repo_set_keys(s->repo, TUF_TIMESTAMP, 1, &timestamp, 1);
	tuf_repo_set_keys(s->repo, TUF_SNAPSHOT, 1, &snapshot, 1);
	rekey(s, "rollout.band", &rollout, 1);
	tuf_repo_publish(s->repo, "root");
	tuf_repo_publish(s->repo, "targets");
}

static void new_key_files(struct server *s)
{
	server_repo_key(s->repo, test_path("keys"), "timestamp", NEW_TIMESTAMP);
	server_repo_key(s->repo, test_path("keys"), "snapshot", NEW_SNAPSHOT);
	server_repo_key(s->repo, test_path("keys"), "rollout.band",
	                NEW_ROLLOUT);
}

static bool signed_by(struct server *s, const char *role, enum tuf_type type,
                      unsigned key)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const struct file *f = online_role(view_online(v), role);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	struct err e;

	ASSERT_OK(tuf_envelope_parse(&env, type, role, f->bytes, f->len, &e));
	ck_assert_uint_eq(env.n_sigs, 1);
	return strcmp(env.sigs[0].keyid, tuf_repo_public(s->repo, key)->id) ==
	       0;
}

static void assert_new_keys_sign(struct server *s)
{
	ck_assert(signed_by(s, "timestamp", TUF_TIMESTAMP, NEW_TIMESTAMP));
	ck_assert(signed_by(s, "snapshot", TUF_SNAPSHOT, NEW_SNAPSHOT));
	ck_assert(signed_by(s, "rollout.band", TUF_TARGETS, NEW_ROLLOUT));
}

TEST(stolen_online_keys_are_replaced_in_one_publish)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	rekey_online(s);
	new_key_files(s);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"));
	assert_new_keys_sign(s);
	/* Also after a start, when the old files are gone. */
	ck_assert_int_eq(unlink(test_path("keys/timestamp.key")), 0);
	ck_assert_int_eq(unlink(test_path("keys/snapshot.key")), 0);
	ck_assert_int_eq(unlink(test_path("keys/rollout.band.key")), 0);
	server_restart(s);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	server_tick(s, 40000 * 1000);
	assert_new_keys_sign(s);
}

TEST(a_root_that_wants_a_key_the_server_does_not_hold_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	rekey_online(s);
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"),
	            "no_online_key");
	ASSERT_SAYS("rollout.band: is to be signed by key");
	ASSERT_SAYS("in the folder of online keys");
	/* What is published goes on living. */
	ck_assert(signed_by(s, "timestamp", TUF_TIMESTAMP, KEY_OF_TIMESTAMP));
	server_tick(s, 40000 * 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	ck_assert(signed_by(s, "timestamp", TUF_TIMESTAMP, KEY_OF_TIMESTAMP));
	/* The files come, the same publish again. */
	new_key_files(s);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"));
	assert_new_keys_sign(s);
}

TEST(one_online_key_rotates_and_the_others_files_stay)
{
	static const unsigned timestamp = NEW_TIMESTAMP;
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(view_put)
	struct view *before = view_get(&s->fleet->view);
	struct err e;

	tuf_repo_set_keys(s->repo, TUF_TIMESTAMP, 1, &timestamp, 1);
	tuf_repo_publish(s->repo, "root");
	server_repo_key(s->repo, test_path("keys"), "timestamp", NEW_TIMESTAMP);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json"));
	SCOPED(view_put)
	struct view *after = view_get(&s->fleet->view);
	ck_assert_int_gt(view_online(after)->timestamp_version,
	                 view_online(before)->timestamp_version);
	ck_assert_int_eq(view_online(after)->snapshot_version,
	                 view_online(before)->snapshot_version);
	ck_assert(signed_by(s, "timestamp", TUF_TIMESTAMP, NEW_TIMESTAMP));
}

/* A key file is bound to its role; its name says nothing. */
TEST(a_key_of_another_role_does_not_sign)
{
	static const unsigned timestamp = NEW_TIMESTAMP;
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_set_keys(s->repo, TUF_TIMESTAMP, 1, &timestamp, 1);
	tuf_repo_publish(s->repo, "root");
	server_repo_key(s->repo, test_path("keys"), "snapshot", NEW_TIMESTAMP);
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "no_online_key");
}

TEST(a_broken_file_among_the_keys_refuses_the_publish_and_nothing_else)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	rekey_online(s);
	new_key_files(s);
	ASSERT_OK(fs_write(test_path("keys/zz.key"), "{}", 2, 0600, &e));
	ASSERT_ERR(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"),
	           ERR_INVALID);
	ASSERT_SAYS("zz.key");
	server_tick(s, 40000 * 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	ck_assert_int_eq(unlink(test_path("keys/zz.key")), 0);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"));
}

/* Approver two leaves, approver three comes: targets' delegation changes and
 * plans.band is signed without him. */
static void replace_approver(struct server *s)
{
	static const unsigned left[] = {SERVER_KEY_PLANS, NEW_PLANS};

	rekey(s, "plans.band", left, 2);
	tuf_repo_publish(s->repo, "targets");
	tuf_repo_set_signers(s->repo, "plans.band", left, 2);
	tuf_repo_publish(s->repo, "plans.band");
}

TEST(removing_an_approver_and_signing_the_plans_anew_are_one_publish)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	replace_approver(s);
	ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json"), "threshold");
	ASSERT_SAYS("1 of 2 signatures");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.plans.band.json"), "threshold");
	ASSERT_SAYS("1 of 2 signatures");
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "2.plans.band.json"));
}

TEST(a_key_that_was_removed_from_a_role_never_returns)
{
	static const unsigned first[] = {SERVER_KEY_PLANS, SERVER_KEY_PLANS_2};
	static const unsigned timestamp = KEY_OF_TIMESTAMP;
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	replace_approver(s);
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "2.plans.band.json"));
	rekey_online(s);
	new_key_files(s);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json", "3.targets.json"));
	server_restart(s);
	rekey(s, "plans.band", first, 2);
	tuf_repo_publish(s->repo, "targets");
	tuf_repo_set_signers(s->repo, "plans.band", first, 2);
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_CODE(SERVER_PUBLISH(s, "4.targets.json", "3.plans.band.json"),
	            "key_returned");
	ASSERT_SAYS("was removed from plans.band before");
	tuf_repo_set_keys(s->repo, TUF_TIMESTAMP, 1, &timestamp, 1);
	tuf_repo_publish(s->repo, "root");
	ASSERT_CODE(SERVER_PUBLISH(s, "3.root.json"), "key_returned");
	ASSERT_SAYS("was removed from timestamp before");
}

static void drop_product(struct server *s)
{
	static const char *const roles[] = {"releases.band", "plans.band",
	                                    "rollout.band"};

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		ck_assert(tuf_targets_undelegate(
			tuf_repo_role(s->repo, "targets"), roles[i]));
	tuf_repo_publish(s->repo, "targets");
}

/* TUF 5.5.5 holds for every client whose stored snapshot still counts: only
 * some drop it for a new timestamp key (5.3.11), python-tuf and go-tuf do as
 * long as its signature is good. */
TEST(a_listed_role_goes_only_with_the_keys_of_the_snapshot_that_listed_it)
{
	static const unsigned timestamp = NEW_TIMESTAMP,
			      snapshot = NEW_SNAPSHOT;
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	drop_product(s);
	ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json"), "rollback");
	ASSERT_SAYS("rollout.band is not listed");
	new_key_files(s);
	tuf_repo_set_keys(s->repo, TUF_TIMESTAMP, 1, &timestamp, 1);
	tuf_repo_publish(s->repo, "root");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json", "2.root.json"),
	            "rollback");
	ASSERT_SAYS("rollout.band is not listed");
	tuf_repo_set_keys(s->repo, TUF_SNAPSHOT, 1, &snapshot, 1);
	tuf_repo_publish(s->repo, "root");
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "2.root.json",
	                         "3.root.json"));
}
