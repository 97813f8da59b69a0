#include "config.h"

#include "device/records.h"
#include "lib/base/mem.h"
#include "tests/hostile/thief.h"
#include "tests/support/json_edit.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each test ends like this: it was the lie alone that was refused. */
static void then_the_truth_installs(struct thief *t)
{
	thief_point_at(t, PLAN_SPRING);
	thief_say(t);
	thief_run(t);
	thief_assert_installed(t);
}

TEST(the_honest_state_installs)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	then_the_truth_installs(t);
	/* Once. */
	thief_run(t);
	ck_assert_int_eq(t->f->wants, 0);
}

/* Plans the approvers did sign, for others, for later, or for before: the
 * state may name any of them, and each check is one of trust.md. */
TEST(a_listed_plan_starts_nothing_that_it_does_not_say)
{
	static const struct {
		enum thief_plan plan;
		const char *code;
	} rows[] = {
		{PLAN_OTHER_CELLS, "no_rule"},  /* hardware */
		{PLAN_OTHER_REGION, "no_rule"}, /* region */
		{PLAN_RECALLS_OTHERS,
	         "no_rule"}, /* a recall of what others run */
		{PLAN_OLDER_VERSION, "not_newer"}, /* check 4 */
		{PLAN_LOW_COUNTER, "counter_low"}, /* check 4 */
		{PLAN_OVER, "expired"},            /* check 3, T = expires */
		{PLAN_SMALL, "outside_stage"},     /* check 3, bucket = ppm */
	};
	SCOPED(thief_free)
	struct thief *t = thief_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		thief_point_at(t, rows[i].plan);
		thief_say(t);
		thief_run(t);
		thief_assert_refused(t, rows[i].code);
	}
	then_the_truth_installs(t);
}

TEST(a_stage_does_not_open_before_its_date)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	t->state.rules[0].stage = 1; /* in one second */
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "not_yet");
	then_the_truth_installs(t);
}

TEST(a_stage_beyond_the_plan_s_is_none)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	t->state.rules[0].stage = 2;
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "stage_unknown");
	then_the_truth_installs(t);
}

/* Check 5. */
TEST(a_halt_once_seen_is_not_taken_back)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	state_rule_halt(&t->state.rules[0], "a7", "eu");
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "halted");
	thief_point_at(t, PLAN_SPRING);
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "latched");
	/* Nor by asking again. */
	thief_run(t);
	thief_assert_refused(t, "latched");
	ck_assert_str_eq(fake_server_steps(t->f), "");
}

TEST(an_older_revision_is_not_listed_any_more)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	state_doc_fini(&t->state);
	fixture_state(&t->state, &t->retired, 0);
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "not_listed");
	then_the_truth_installs(t);
}

TEST(a_plan_nobody_signed_is_not_listed)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();
	struct plan own = t->plans[PLAN_SPRING];
	SCOPED(free)
	char *text = NULL;

	(void)snprintf(own.id, sizeof(own.id), "own");
	own.rev = 1;
	text = fixture_plan_text(&own);
	/* Served, and listed by the one role that the thief signs. */
	fake_server_put(t->f, "rollout.band", "plan/band/own.1.json", text,
	                strlen(text), NULL);
	state_doc_fini(&t->state);
	fixture_state(&t->state, &own, 0);
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "not_listed");
	(void)tuf_targets_remove(tuf_repo_role(t->f->repo, "rollout.band"),
	                         "plan/band/own.1.json");
	then_the_truth_installs(t);
}

/* Check 2: the listed plan's path with another hash. */
TEST(a_plan_of_other_bytes_is_not_the_listed_one)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	memcpy(t->state.rules[0].plan_sha256, t->plans[PLAN_SMALL].sha256,
	       SHA256_HEX_SIZE);
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "entry_mismatch");
	then_the_truth_installs(t);
}

/* The heads: the honest state with one word changed. */
TEST(a_state_for_somebody_else_is_not_ours)
{
	static const struct {
		const char *member, *value, *code;
	} rows[] = {
		{"product", "\"coat\"", "wrong_product"},
		{"channel", "\"canary\"", "wrong_channel"},
		{"repo", "\"ffffffffffffffffffffffffffffffff\"", "wrong_repo"},
	};
	SCOPED(thief_free)
	struct thief *t = thief_new();
	SCOPED(free)
	char *honest = fixture_state_text(&t->state);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(free)
		char *text = json_edit(honest, rows[i].member, rows[i].value);

		/* Of another product, the plans are, too. */
		if (strcmp(rows[i].member, "product") == 0) {
			char *plan = json_edit(text, "rules[0].plan",
			                       "\"plan/coat/coats.1.json\"");

			free(text);
			text = plan;
		}
		thief_say_text(t, text);
		thief_run(t);
		thief_assert_refused(t, rows[i].code);
	}
	then_the_truth_installs(t);
}

/* Our state, the other product's plan: signed, listed, and not ours. */
TEST(another_product_s_path_is_not_ours)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();
	SCOPED(free)
	char *honest = fixture_state_text(&t->state);
	SCOPED(free)
	char *text = json_edit(honest, "rules[0].plan",
	                       "\"plan/coat/coats.1.json\"");

	thief_say_text(t, text);
	thief_run(t);
	thief_assert_refused(t, "wrong_path");
	then_the_truth_installs(t);
}

/* Two thieves: with the approvers' keys, too, the release is still the one of
 * the release keys, for its hardware. */
TEST(approvers_cannot_widen_a_release)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();
	struct plan *p = &t->plans[PLAN_OTHER_CELLS];
	SCOPED(free)
	char *text = NULL;
	char path[TARGET_MAX_LEN + 1];

	word_set(p->hw.w[1], "a7");
	p->hw.n = 2;
	text = fixture_plan_text(p);
	plan_path(path, p);
	fake_server_put(t->f, "plans.band", path, text, strlen(text), NULL);
	tuf_repo_publish(t->f->repo, "plans.band");
	thief_point_at(t, PLAN_OTHER_CELLS);
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "wrong_hardware");
	then_the_truth_installs(t);
}

/* ---- Old files of the offline roles, signed as they are ---- */

/* Listed again by snapshot and timestamp. */
static void list_old(struct thief *t, const char *role, int64_t version)
{
	SCOPED(free)
	char *name = xasprintf("%lld.%s.json", (long long)version, role);
	const struct tuf_repo_file *f = tuf_repo_served(t->f->repo, name);

	ck_assert_ptr_nonnull(f);
	tuf_snapshot_put(&t->f->repo->snapshot, role, version, f->bytes,
	                 f->len);
	tuf_repo_publish_listings(t->f->repo);
}

/* Root has given snapshot and timestamp new keys, and these are stolen, too:
 * what TUF itself remembers of them is void. */
static void rotate_listings(struct thief *t)
{
	static const unsigned keys[] = {50, 51};

	tuf_repo_set_keys(t->f->repo, TUF_TIMESTAMP, 1, &keys[0], 1);
	tuf_repo_set_keys(t->f->repo, TUF_SNAPSHOT, 1, &keys[1], 1);
	tuf_repo_publish(t->f->repo, "root");
}

/* The device has seen what is listed, and nothing goes on. */
static void hold(struct thief *t)
{
	thief_point_at(t, PLAN_SPRING);
	t->state.rules[0].hold = true;
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "hold");
}

TEST(an_old_list_of_plans_is_a_rollback)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	hold(t);
	state_doc_fini(&t->state);
	fixture_state(&t->state, &t->retired, 0);
	thief_say(t);
	list_old(t, "plans.band", 1);
	thief_run(t);
	thief_assert_refused(t, "rollback");
}

/* Check 8. */
static void old_list_is_below_the_mark(const char *role)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();

	hold(t);
	rotate_listings(t);
	thief_point_at(t, PLAN_SPRING);
	thief_say(t);
	list_old(t, role, 1);
	thief_run(t);
	thief_assert_refused(t, "below_mark");
	/* As it is now. */
	list_old(t, role, tuf_repo_role(t->f->repo, role)->version);
	then_the_truth_installs(t);
}

TEST(an_old_list_of_plans_is_below_the_mark_whoever_signs_the_snapshot)
{
	old_list_is_below_the_mark("plans.band");
}

TEST(an_old_list_of_releases_is_below_the_mark_whoever_signs_the_snapshot)
{
	old_list_is_below_the_mark("releases.band");
}

static void assert_marked(struct device_state *s, const char *role,
                          int64_t version, const struct key_public *key)
{
	const struct state_mark *m = state_mark_find(s, role);

	ck_assert_msg(m != NULL, "%s has no mark", role);
	ck_assert_int_eq(m->version, version);
	ck_assert_int_eq(m->threshold, 1);
	ck_assert_uint_eq(m->n_keyids, 1);
	ck_assert_str_eq(m->keyids[0], key->id);
}

TEST(marks_of_releases_and_plans_are_kept_with_the_keys_of_their_role)
{
	SCOPED(thief_free)
	struct thief *t = thief_new();
	struct tuf_repo *r = t->f->repo;
	SCOPED(records_free)
	struct records *store = NULL;
	struct err e;
	bool fresh;

	hold(t);
	ASSERT_OK(records_open(&store, &fresh, t->dir, &e));
	assert_marked(records_state(store), "releases.band",
	              tuf_repo_role(r, "releases.band")->version,
	              tuf_repo_public(r, KEY_RELEASES));
	assert_marked(records_state(store), "plans.band",
	              tuf_repo_role(r, "plans.band")->version,
	              tuf_repo_public(r, KEY_PLANS));
	assert_marked(records_state(store), "rollout.band",
	              tuf_repo_role(r, "rollout.band")->version,
	              tuf_repo_public(r, KEY_ROLLOUT));
}

/* A thief of the approvers' keys once signed version 1000; the approvers have
 * new keys and go on where they were. */
TEST(new_keys_of_the_plans_drop_their_mark)
{
	static const unsigned new_key = 52;
	SCOPED(thief_free)
	struct thief *t = thief_new();
	struct tuf_repo *r = t->f->repo;
	struct tuf_targets *targets = tuf_repo_role(r, "targets");

	tuf_repo_publish_as(r, "plans.band", 1000);
	hold(t);
	rotate_listings(t);
	/* The same keys: back to 8 is below the mark. */
	tuf_repo_publish_as(r, "plans.band", 8);
	thief_point_at(t, PLAN_SPRING);
	thief_say(t);
	thief_run(t);
	thief_assert_refused(t, "below_mark");
	/* Other keys: as if it were the first time. */
	for (size_t i = 0; i < targets->n_roles; i++) {
		struct tuf_delegation *d = &targets->roles[i];

		if (strcmp(d->name, "plans.band") != 0)
			continue;
		d->n_keyids = 0;
		tuf_targets_add_key(targets, d, tuf_repo_public(r, new_key));
	}
	tuf_repo_set_signers(r, "plans.band", &new_key, 1);
	tuf_repo_publish_as(r, "plans.band", 9);
	tuf_repo_publish(r, "targets");
	then_the_truth_installs(t);
}
