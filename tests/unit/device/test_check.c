#include "config.h"

#include "device/check.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"
#include "tests/unit/device/fakes.h"

#include <string.h>

static struct tuf_repo *r;
static struct trust *t;
static struct trust_io io;

/* `releases.band` with three keys of which two must sign. */
static void delegate_three(void)
{
	static const unsigned keys[] = {10, 11, 12};
	struct tuf_delegation *d = tuf_repo_delegate(
		r, "targets", "releases.band", "fw/band/*", true, keys[0]);

	for (int i = 1; i < 3; i++)
		tuf_targets_add_key(tuf_repo_role(r, "targets"), d,
		                    tuf_repo_public(r, keys[i]));
	d->threshold = 2;
	tuf_repo_set_signers(r, "releases.band", keys, 3);
}

static void refresh(void)
{
	struct err e;

	trust_free(t);
	t = tuf_repo_client(r, &e);
	io = tuf_repo_io(r);
	ck_assert_ptr_nonnull(t);
	ASSERT_OK(trust_refresh(t, &io, &e));
	ASSERT_OK(trust_load_role(t, &io, "releases.band", &e));
}

static void begin(void)
{
	r = tuf_repo_new();
	delegate_three();
	tuf_repo_publish_all(r);
	refresh();
}

static void end(void)
{
	trust_free(t);
	t = NULL;
	tuf_repo_free(r);
}

/* A mark of so many of the three keys and some that left. */
static void mark(struct device_state *s, const char *role, int64_t version,
                 int64_t threshold, const unsigned *keys, size_t n)
{
	char ids[8][KEY_ID_SIZE];

	for (size_t i = 0; i < n; i++)
		memcpy(ids[i], tuf_repo_public(r, keys[i])->id, KEY_ID_SIZE);
	state_mark_set(s, role, version, threshold,
	               (const char(*)[KEY_ID_SIZE])ids, n);
}

TEST(check_8_one_signer_who_leaves_does_not_reset_the_releases)
{
	/* Remembered with two of two, three of three …; now 10, 11, 12. */
	static const struct {
		unsigned keys[4];
		size_t n;
		int64_t threshold;
		bool stays;
	} rows[] = {
		{{10, 11, 12}, 3, 2, true},  {{10, 11, 50}, 3, 2, true},
		{{10, 50, 51}, 3, 2, false}, {{50, 51, 52}, 3, 2, false},
		{{10, 50}, 2, 1, true},      {{10, 11}, 2, 2, true},
		{{10, 11, 50}, 3, 3, false}, {{10, 11, 12, 50}, 4, 3, true}};
	struct err e;

	begin();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(state_fini)
		struct device_state s = {0};

		mark(&s, "releases.band", 1000, rows[i].threshold, rows[i].keys,
		     rows[i].n);
		if (rows[i].stays) {
			ASSERT_CODE(
				check_marks_look(&s, t, "releases.band", &e),
				"below_mark");
			ASSERT_SAYS("1000 was seen");
		} else {
			ASSERT_OK(check_marks_look(&s, t, "releases.band", &e));
			ck_assert_ptr_null(
				state_mark_find(&s, "releases.band"));
		}
	}
	end();
}

TEST(check_8_online_roles_forget_when_any_key_changes)
{
	static const struct {
		unsigned keys[2];
		size_t n;
		bool stays;
	} rows[] = {{{KEY_OF_TIMESTAMP}, 1, true},
	            {{KEY_OF_SNAPSHOT}, 1, false},
	            {{KEY_OF_TIMESTAMP, KEY_OF_SNAPSHOT}, 2, false}};
	struct err e;

	begin();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(state_fini)
		struct device_state s = {0};

		mark(&s, "timestamp", 1000, 1, rows[i].keys, rows[i].n);
		if (rows[i].stays)
			ASSERT_CODE(check_marks_look(&s, t, "timestamp", &e),
			            "below_mark");
		else
			ASSERT_OK(check_marks_look(&s, t, "timestamp", &e));
	}
	end();
}

TEST(check_8_a_mark_is_kept_with_the_keys_of_its_role)
{
	SCOPED(state_fini)
	struct device_state s = {0};
	struct state_mark *m;
	struct err e;

	begin();
	check_marks_keep(&s, t, "releases.band");
	check_marks_keep(&s, t, "snapshot");
	check_marks_keep(&s, t, "nobody");
	ck_assert_uint_eq(s.n_marks, 2);
	m = state_mark_find(&s, "releases.band");
	ck_assert_int_eq(m->version,
	                 trust_targets(t, "releases.band")->version);
	ck_assert_int_eq(m->threshold, 2);
	ck_assert_uint_eq(m->n_keyids, 3);
	ASSERT_OK(check_marks_look(&s, t, "releases.band", &e));
	ASSERT_OK(check_marks_look(&s, t, "nobody", &e));
	end();
}

/* A bin is remembered with the keys its owner gives all bins. */
TEST(check_8_a_bin_has_the_keys_of_its_owner)
{
	SCOPED(state_fini)
	struct device_state s = {0};
	const struct trust_target *found;
	struct state_mark *m;
	struct err e;

	begin();
	tuf_repo_split(r, "releases.band", "releases.band.bin", 1, 15);
	for (int i = 0; i < 2; i++)
		tuf_repo_target(
			r, i ? "releases.band.bin-1" : "releases.band.bin-0",
			"fw/band/1.0.0_a");
	tuf_repo_publish_all(r);
	refresh();
	ASSERT_OK(trust_find(t, &io, "fw/band/1.0.0_a", &found, &e));
	ASSERT_OK(check_vouched(t, found, "fw/band/1.0.0_a", "releases.band",
	                        true, &e));
	ASSERT_CODE(check_vouched(t, found, "fw/band/1.0.0_a", "releases.band",
	                          false, &e),
	            "wrong_role");
	/* A bin that is declared vouches for its own paths alone. */
	ASSERT_CODE(check_vouched(t,
	                          &(struct trust_target){.role = "plans.band"},
	                          "fw/band/1.0.0_a", "releases.band", true, &e),
	            "wrong_role");
	check_marks_keep(&s, t, found->role);
	m = state_mark_find(&s, found->role);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(m->n_keyids, 1);
	ck_assert_str_eq(m->keyids[0], tuf_repo_public(r, 15)->id);
	m->version = 1000;
	ASSERT_CODE(check_marks_look(&s, t, found->role, &e), "below_mark");
	end();
}

TEST(check_10_time_is_the_later_of_clock_and_floor)
{
	struct device_state s = {.floor_s = 1000};

	ck_assert_int_eq(check_time(&s, true, 1500), 1500);
	ck_assert_int_eq(check_time(&s, true, 500), 1000);
	ck_assert_int_eq(check_time(&s, false, 1500), 1000);
	check_floor_raise(&s, false, 9999, INT64_MIN);
	ck_assert_int_eq(s.floor_s, 1000);
	check_floor_raise(&s, false, 9999, 1200);
	ck_assert_int_eq(s.floor_s, 1200);
	check_floor_raise(&s, true, 1500, 1300);
	ck_assert_int_eq(s.floor_s, 1500);
	check_floor_raise(&s, true, 100, 100);
	ck_assert_int_eq(s.floor_s, 1500);
}

TEST(the_id_and_revision_of_a_plan_stand_in_its_path)
{
	static const char *const bad[] = {
		"",
		"plan/band/spring.json",
		"plan/band/spring.x.json",
		"plan/band/spring.01.json",
		"plan/band/spring.1.json.x",
		"plan/band/.1.json",
		"plan/band/Spring.1.json",
		"fw/band/spring.1.json",
		"plan/band/spring.99999999999999999999999.json",
		"plan/band/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.1.json"};
	char id[PRODUCT_MAX_LEN + 1];
	int64_t rev;

	ck_assert_int_eq(check_plan_path(id, &rev, "plan/band/spring.12.json"),
	                 0);
	ck_assert_str_eq(id, "spring");
	ck_assert_int_eq(rev, 12);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(check_plan_path(id, &rev, bad[i]) == -1, "'%s'",
		              bad[i]);
}
