#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/renew.h"
#include "server/publish/publish.h"
#include "server/store/metadata.h"
#include "server/store/published.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t timestamp_version(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return v != NULL ? view_online(v)->timestamp_version : 0;
}

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	return s;
}

TEST(a_first_publish_makes_everything_visible_and_ready)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_NOTHING_PUBLISHED);
	ASSERT_OK(server_publish_first(s, &e));
	ck_assert_uint_eq(s->fleet->trouble, 0);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	ck_assert_ptr_nonnull(view_metadata(v, "timestamp.json"));
	ck_assert_ptr_nonnull(view_metadata(v, "1.root.json"));
	ck_assert_ptr_nonnull(view_metadata(v, "1.plans.band.json"));
	ck_assert_uint_eq(server_n_rules(s), 0);
}

TEST(a_role_signed_by_one_of_two_is_refused_in_the_client_s_words)
{
	static const char *const roles[] = {"targets", "releases.band",
	                                    "plans.band"};
	static const unsigned keys[] = {KEY_OF_TARGETS, SERVER_KEY_RELEASES,
	                                SERVER_KEY_PLANS};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		SCOPED(free)
		char *name = xasprintf("2.%s.json", roles[i]);

		tuf_repo_set_signers(s->repo, roles[i], &keys[i], 1);
		tuf_repo_publish(s->repo, roles[i]);
		ASSERT_CODE(SERVER_PUBLISH(s, name), "threshold");
		ASSERT_SAYS("1 of 2");
		ck_assert_uint_eq(s->fleet->trouble, 0);
	}
}

TEST(an_unsigned_role_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_set_signers(s->repo, "plans.band", NULL, 0);
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.plans.band.json"), "threshold");
	ASSERT_SAYS("0 of 2");
}

TEST(a_root_that_the_old_root_did_not_sign_is_refused)
{
	static const unsigned strangers[] = {30, 31};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_set_keys(s->repo, TUF_ROOT, 2, strangers, 2);
	tuf_repo_publish(s->repo, "root");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "threshold");
}

TEST(an_expired_role_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_role(s->repo, "releases.band")->expires_s = FIXTURE_T0_S - 1;
	tuf_repo_publish(s->repo, "releases.band");
	ASSERT_ERR(SERVER_PUBLISH(s, "2.releases.band.json"), ERR_INVALID);
	ck_assert_int_ne(timestamp_version(s), 0);
}

TEST(an_expired_targets_is_refused_by_the_client_s_check)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_role(s->repo, "targets")->expires_s = FIXTURE_T0_S - 1;
	tuf_repo_publish(s->repo, "targets");
	ck_assert_int_ne(SERVER_PUBLISH(s, "2.targets.json"), 0);
	ck_assert_msg(e.kind == ERR_EXPIRED || e.kind == ERR_INVALID ||
	                      e.kind == ERR_UNTRUSTED,
	              "%s %s", e.code, e.msg);
}

TEST(an_older_version_is_refused_when_it_comes_again)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ASSERT_CODE(SERVER_PUBLISH(s, "1.plans.band.json"), "rollback");
	ASSERT_SAYS("version 2");
}

TEST(the_same_files_again_change_nothing_and_are_fine)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;
	int64_t before = timestamp_version(s);

	ASSERT_OK(SERVER_PUBLISH(s, "1.plans.band.json"));
	ck_assert_int_eq(timestamp_version(s), before);
}

TEST(a_version_issued_with_other_bytes_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_role(s->repo, "plans.band")->expires_s += 1;
	tuf_repo_publish_as(s->repo, "plans.band", 1);
	ASSERT_CODE(SERVER_PUBLISH(s, "1.plans.band.json"), "reissued");
}

TEST(a_published_root_cannot_be_replaced)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	s->repo->root.expires_s += 1;
	tuf_repo_publish_as(s->repo, "root", 1);
	ASSERT_CODE(SERVER_PUBLISH(s, "1.root.json"), "reissued");
}

TEST(a_gap_between_roots_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_publish_as(s->repo, "root", 3);
	ASSERT_CODE(SERVER_PUBLISH(s, "3.root.json"), "root_gap");
}

TEST(every_root_of_a_chain_stays_served_for_a_device_that_knows_the_first)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	for (int v = 2; v <= 4; v++)
		tuf_repo_publish(s->repo, "root");
	ASSERT_OK(
		SERVER_PUBLISH(s, "2.root.json", "3.root.json", "4.root.json"));
	server_crash(s);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	ck_assert_int_eq(view_set(v)->root.version, 4);
	ck_assert_ptr_nonnull(view_metadata(v, "1.root.json"));
	ck_assert_ptr_nonnull(view_metadata(v, "3.root.json"));
}

TEST(firmware_that_was_not_uploaded_is_named)
{
	SCOPED(server_free)
	struct server *s = published();
	struct fw f;
	struct err e;

	fixture_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "2.2.0");
	SCOPED(free)
	char *custom = fixture_fw_text(&f);
	tuf_targets_put(tuf_repo_role(s->repo, "releases.band"),
	                "fw/band/2.2.0_app.bin", 5, FIXTURE_RUNNING, custom);
	tuf_repo_publish(s->repo, "releases.band");
	ASSERT_ERR(SERVER_PUBLISH(s, "2.releases.band.json"), ERR_NOT_FOUND);
	ASSERT_SAYS("2.2.0_app.bin");
}

/* Canonical, as it is signed and kept, its control bytes stand raw. */
TEST(a_manifest_with_control_characters_is_published_and_stored_as_json)
{
	SCOPED(server_free)
	struct server *s = published();
	char sha256[SHA256_HEX_SIZE];
	struct fw f;
	struct err e;

	fixture_fw(&f);
	(void)snprintf(f.version, sizeof(f.version), "2.2.0");
	SCOPED(free)
	char *text = fixture_fw_text(&f);
	SCOPED(free)
	char *custom =
		xasprintf("%.*s,\"x\":\"a\nb\"}}", (int)strlen(text) - 2, text);
	hash_sha256_hex(sha256, SERVER_FIRMWARE, strlen(SERVER_FIRMWARE));
	tuf_targets_put(tuf_repo_role(s->repo, "releases.band"),
	                "fw/band/2.2.0_app.bin",
	                (int64_t)strlen(SERVER_FIRMWARE), sha256, custom);
	tuf_repo_publish(s->repo, "releases.band");
	ASSERT_OK(SERVER_PUBLISH(s, "2.releases.band.json"));
}

TEST(a_plan_whose_bytes_are_missing_is_named)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	s->plan.rev = 2;
	free(server_repo_plan(s->repo, &s->plan));
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_ERR(SERVER_PUBLISH(s, "2.plans.band.json"), ERR_NOT_FOUND);
	ASSERT_SAYS("spring.2.json");
}

static void other_hardware(struct plan *p)
{
	(void)snprintf(p->hw.w[0], sizeof(word), "z9");
}

TEST(a_plan_for_hardware_that_the_release_is_not_for_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	ck_assert_int_ne(server_publish_revision(s, other_hardware, &e), 0);
	ASSERT_SAYS("z9");
	ck_assert_uint_eq(server_n_rules(s), 0);
}

TEST(online_roles_and_unknown_ones_are_refused_at_the_door)
{
	static const char *const text = "{}";
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_serve(s->repo, "9.snapshot.json", text, 2);
	tuf_repo_serve(s->repo, "9.rollout.band.json", text, 2);
	tuf_repo_serve(s->repo, "timestamp.json", text, 2);
	ASSERT_CODE(SERVER_PUBLISH(s, "timestamp.json"), "online_role");
	ASSERT_CODE(SERVER_PUBLISH(s, "9.snapshot.json"), "online_role");
	ASSERT_CODE(SERVER_PUBLISH(s, "9.rollout.band.json"), "online_role");
	(void)tuf_repo_role(s->repo, "plans.shoe");
	tuf_repo_publish_as(s->repo, "plans.shoe", 1);
	ASSERT_CODE(SERVER_PUBLISH(s, "1.plans.shoe.json"), "unknown_role");
}

TEST(another_repository_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	(void)snprintf(s->repo->root.repo, sizeof(s->repo->root.repo), "%032x",
	               5);
	tuf_repo_publish(s->repo, "root");
	ck_assert_int_ne(SERVER_PUBLISH(s, "2.root.json"), 0);
}

/* The next root, in order and signed by the old one's keys, for files that
 * agree with it. */
TEST(another_repository_s_whole_set_is_refused_too)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	(void)snprintf(s->repo->root.repo, sizeof(s->repo->root.repo), "%032x",
	               5);
	(void)tuf_targets_remove(tuf_repo_role(s->repo, "plans.band"),
	                         SERVER_PLAN_PATH);
	(void)tuf_targets_remove(tuf_repo_role(s->repo, "releases.band"),
	                         SERVER_FW_PATH);
	tuf_repo_publish(s->repo, "root");
	tuf_repo_publish(s->repo, "releases.band");
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json", "2.releases.band.json",
	                           "2.plans.band.json"),
	            "other_repo");
}

/* What was looked up for an earlier publish is looked up again when that no
 * longer says anything. */
TEST(a_role_that_has_not_changed_is_still_checked_for_its_life_and_keys)
{
	SCOPED(server_free)
	struct server *s = published();
	struct tuf_targets *t = tuf_repo_role(s->repo, "targets");
	struct tuf_delegation *d;
	struct err e;

	d = &t->roles[tuf_targets_role(t, "plans.band") - t->roles];
	d->n_keyids = 0;
	tuf_targets_add_key(t, d, tuf_repo_public(s->repo, 30));
	tuf_targets_add_key(t, d, tuf_repo_public(s->repo, 31));
	tuf_repo_publish(s->repo, "targets");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json"), "threshold");
	ASSERT_SAYS("plans.band: 0 of 2 signatures");
}

TEST(a_role_that_expired_where_it_stands_stops_a_publish)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	(void)tuf_targets_remove(tuf_repo_role(s->repo, "plans.band"),
	                         SERVER_PLAN_PATH);
	tuf_repo_role(s->repo, "plans.band")->expires_s =
		FIXTURE_T0_S + 2 * FIXTURE_DAY_S;
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(SERVER_PUBLISH(s, "2.plans.band.json"));
	for (int hours = 0; hours < 50; hours += 5)
		server_tick(s, INT64_C(5) * 3600 * 1000);
	tuf_repo_publish(s->repo, "root");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "expired");
	ASSERT_SAYS("plans.band: has expired");
}

/* targets delegates to docs, and docs to docs.deep, of one key each. */
static void delegate_docs(struct server *s)
{
	struct tuf_repo *r = s->repo;

	tuf_repo_delegate(r, "targets", "docs", "docs/*", true, 40);
	tuf_repo_delegate(r, "docs", "docs.deep", "docs/x*", true, 41);
	tuf_repo_role(r, "docs")->expires_s = FIXTURE_T0_S + 90 * FIXTURE_DAY_S;
	tuf_repo_role(r, "docs.deep")->expires_s =
		FIXTURE_T0_S + 90 * FIXTURE_DAY_S;
	tuf_repo_publish(r, "targets");
	tuf_repo_publish_as(r, "docs", 1);
}

TEST(a_role_far_down_is_checked_though_it_lists_nothing_yet)
{
	static const unsigned stranger[] = {42};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	delegate_docs(s);
	tuf_repo_set_signers(s->repo, "docs.deep", stranger, 1);
	tuf_repo_publish_as(s->repo, "docs.deep", 1);
	ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json", "1.docs.json",
	                           "1.docs.deep.json"),
	            "threshold");
	ASSERT_SAYS("docs.deep");
}

static void rekey_deep(struct server *s, unsigned from, unsigned to)
{
	struct tuf_targets *docs = tuf_repo_role(s->repo, "docs");
	struct tuf_delegation *deep = &docs->roles[0];

	tuf_targets_add_key(docs, deep, tuf_repo_public(s->repo, to));
	ck_assert(tuf_targets_remove_key(docs, deep,
	                                 tuf_repo_public(s->repo, from)->id));
	tuf_repo_set_signers(s->repo, "docs.deep", &to, 1);
	tuf_repo_publish(s->repo, "docs");
	tuf_repo_publish(s->repo, "docs.deep");
}

TEST(a_key_that_was_removed_far_down_never_returns)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	delegate_docs(s);
	tuf_repo_publish_as(s->repo, "docs.deep", 1);
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "1.docs.json",
	                         "1.docs.deep.json"));
	rekey_deep(s, 41, 42);
	ASSERT_OK(SERVER_PUBLISH(s, "2.docs.json", "2.docs.deep.json"));
	server_restart(s);
	rekey_deep(s, 42, 41);
	ASSERT_CODE(SERVER_PUBLISH(s, "3.docs.json", "3.docs.deep.json"),
	            "key_returned");
	ASSERT_SAYS("docs 3: key ");
	ASSERT_SAYS("was removed from docs.deep before");
}

/* By a delegator that never had the role. */
TEST(a_key_that_was_removed_does_not_return_with_a_role_that_moves)
{
	static const unsigned old[] = {41};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	delegate_docs(s);
	tuf_repo_publish_as(s->repo, "docs.deep", 1);
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "1.docs.json",
	                         "1.docs.deep.json"));
	rekey_deep(s, 41, 42);
	ASSERT_OK(SERVER_PUBLISH(s, "2.docs.json", "2.docs.deep.json"));
	ck_assert(tuf_targets_undelegate(tuf_repo_role(s->repo, "docs"),
	                                 "docs.deep"));
	tuf_repo_publish(s->repo, "docs");
	ASSERT_OK(SERVER_PUBLISH(s, "3.docs.json"));
	tuf_repo_delegate(s->repo, "targets", "docs.deep", "other/*", true, 41);
	tuf_repo_set_signers(s->repo, "docs.deep", old, 1);
	tuf_repo_publish(s->repo, "targets");
	tuf_repo_publish(s->repo, "docs.deep");
	ASSERT_CODE(SERVER_PUBLISH(s, "3.targets.json", "3.docs.deep.json"),
	            "key_returned");
	ASSERT_SAYS("targets 3: key ");
	ASSERT_SAYS("was removed from docs.deep before");
}

TEST(what_is_no_metadata_is_refused)
{
	static const char *const texts[] = {"", "{", "[]", "{\"signed\":{}}",
	                                    "\xff\xfe"};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		tuf_repo_serve(s->repo, "7.plans.band.json", texts[i],
		               strlen(texts[i]));
		ASSERT_ERR(SERVER_PUBLISH(s, "7.plans.band.json"), ERR_INVALID);
	}
}

TEST(a_refused_publish_leaves_nothing_behind)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;
	int64_t highest = 0;

	tuf_repo_set_signers(s->repo, "plans.band", NULL, 0);
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.plans.band.json"), "threshold");
	ASSERT_OK(
		metadata_highest(&highest, s->fleet->store, "plans.band", &e));
	ck_assert_int_eq(highest, 1);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	ck_assert_ptr_null(view_metadata(v, "2.plans.band.json"));
}

TEST(what_was_published_is_served_again_after_a_crash_byte_for_byte)
{
	static const char *const names[] = {"1.root.json", "1.targets.json",
	                                    "1.releases.band.json",
	                                    "1.plans.band.json"};
	SCOPED(server_free)
	struct server *s = published();

	server_crash(s);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct tuf_repo_file *want =
			tuf_repo_served(s->repo, names[i]);
		const struct file *got = view_metadata(v, names[i]);

		ck_assert_ptr_nonnull(got);
		ck_assert_uint_eq(got->len, want->len);
		ck_assert_int_eq(memcmp(got->bytes, want->bytes, want->len), 0);
	}
}

TEST(versions_go_on_above_those_before_a_crash)
{
	SCOPED(server_free)
	struct server *s = published();
	int64_t before = timestamp_version(s);

	server_crash(s);
	/* Still young: the same files. */
	ck_assert_int_ge(timestamp_version(s), before);
	server_tick(s, 9 * 3600 * 1000);
	ck_assert_int_gt(timestamp_version(s), before);
}

TEST(a_server_whose_offline_roles_expired_starts_and_takes_new_ones)
{
	SCOPED(server_free)
	struct server *s = published();
	struct deed deed;
	struct err e;

	clock_manual_advance(&s->clock, 200 * FIXTURE_DAY_S * 1000);
	s->repo->now_s += 200 * FIXTURE_DAY_S;
	server_crash(s);
	/* Off for so long, the clock itself is not believed at first. */
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_CLOCK, 0);
	deed = server_deed("clock.confirm");
	ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_SIGNER, 0);
	tuf_repo_role(s->repo, "targets")->expires_s += 200 * FIXTURE_DAY_S;
	tuf_repo_role(s->repo, "releases.band")->expires_s +=
		200 * FIXTURE_DAY_S;
	tuf_repo_role(s->repo, "plans.band")->expires_s += 200 * FIXTURE_DAY_S;
	(void)tuf_targets_remove(tuf_repo_role(s->repo, "plans.band"),
	                         SERVER_PLAN_PATH);
	tuf_repo_publish(s->repo, "targets");
	tuf_repo_publish(s->repo, "releases.band");
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "2.releases.band.json",
	                         "2.plans.band.json"));
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}
