#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/repo/all_hold.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <string.h>

static void put_back(struct online *sets[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		online_unref(sets[i]);
}

TEST(what_is_written_is_read_back_with_its_rules_resolved)
{
	SCOPED(server_free)
	struct server *s = server_rolling(0, NULL);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const struct online *sets[] = {s->fleet->hold, NULL, view_online(v)};
	struct online *back[ALL_HOLD_SETS_MAX];
	struct err e;
	size_t n;

	ASSERT_OK(all_hold_write(test_path("hold"), sets, 3, &e));
	ASSERT_OK(all_hold_read(back, &n, test_path("hold"), view_set(v), &e));
	ck_assert_uint_eq(n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct online *was = sets[2 * i], *is = back[i];

		ck_assert_int_eq(is->timestamp_version, was->timestamp_version);
		ck_assert_int_eq(is->snapshot_version, was->snapshot_version);
		ck_assert_uint_eq(is->n_files, was->n_files);
		for (size_t k = 0; k < was->n_files; k++) {
			ck_assert_str_eq(is->files[k]->name,
			                 was->files[k]->name);
			ck_assert_str_eq(is->files[k]->sha256,
			                 was->files[k]->sha256);
			ck_assert_int_eq(is->files[k]->expires_s,
			                 was->files[k]->expires_s);
		}
		ck_assert_uint_eq(is->n_states, was->n_states);
		ck_assert_str_eq(is->states[0].name, was->states[0].name);
		ck_assert_ptr_eq(is->states[0].rules[0].plan,
		                 was->states[0].rules[0].plan);
		ck_assert_int_eq(is->states[0].doc.rules[0].hold, i == 0);
	}
	put_back(back, n);
}

TEST(a_set_whose_plans_are_not_published_any_more_is_left_out)
{
	SCOPED(server_free)
	struct server *s = server_rolling(0, NULL);
	const struct online *sets[] = {s->fleet->hold};
	struct online *back[ALL_HOLD_SETS_MAX];
	SCOPED(view_put)
	struct view *v = NULL;
	struct err e;
	size_t n;

	ASSERT_OK(all_hold_write(test_path("hold"), sets, 1, &e));
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	v = view_get(&s->fleet->view);
	ASSERT_OK(all_hold_read(back, &n, test_path("hold"), view_set(v), &e));
	ck_assert_uint_eq(n, 0);
}

TEST(a_flipped_byte_anywhere_and_a_cut_anywhere_are_refused)
{
	SCOPED(server_free)
	struct server *s = server_rolling(0, NULL);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const struct online *sets[] = {s->fleet->hold};
	SCOPED(buf_fini)
	struct buf whole = BUF_INIT(1 << 20);
	struct online *back[ALL_HOLD_SETS_MAX];
	struct err e;
	size_t n;

	ASSERT_OK(all_hold_write(test_path("hold"), sets, 1, &e));
	ASSERT_OK(fs_read(&whole, test_path("hold"), &e));
	for (size_t i = 0; i < whole.len; i += 37) {
		whole.data[i] ^= 1;
		ASSERT_OK(fs_write(test_path("bad"), whole.data, whole.len,
		                   0640, &e));
		whole.data[i] ^= 1;
		ASSERT_CODE(all_hold_read(back, &n, test_path("bad"),
		                          view_set(v), &e),
		            "hold_corrupt");
		ASSERT_OK(fs_write(test_path("bad"), whole.data, i, 0640, &e));
		ASSERT_CODE(all_hold_read(back, &n, test_path("bad"),
		                          view_set(v), &e),
		            "hold_corrupt");
	}
	ASSERT_ERR(
		all_hold_read(back, &n, test_path("absent"), view_set(v), &e),
		ERR_NOT_FOUND);
}

TEST(only_a_set_above_what_is_published_fits)
{
	SCOPED(server_free)
	struct server *s = server_rolling(0, NULL);
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	const struct online *o = view_online(v), *h = s->fleet->hold;

	ck_assert(all_hold_is_above(h, o, false));
	ck_assert(!all_hold_is_above(o, h, true));
	ck_assert(!all_hold_is_above(o, o, false));
	ck_assert(all_hold_is_above(o, o, true));
}
