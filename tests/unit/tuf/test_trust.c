#include "config.h"

#include "lib/tuf/trust.h"
#include "tests/unit/tuf/world.h"

#define QUIET "2.root.json timestamp.json"

TEST(a_first_refresh_asks_for_each_file_once_and_keeps_all)
{
	WORLD;

	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r),
	                 QUIET " 1.snapshot.json 1.targets.json");
	ck_assert_str_eq(tuf_repo_saves(r), "timestamp snapshot targets");
	ck_assert_int_eq(trust_root(w.trust)->version, 1);
	ck_assert_int_eq(trust_timestamp(w.trust)->version, 1);
	ck_assert_int_eq(trust_snapshot(w.trust)->version, 1);
	ck_assert_int_eq(trust_targets(w.trust, "targets")->version, 1);
}

TEST(a_refresh_without_news_asks_for_root_and_timestamp_only)
{
	WORLD;

	REFRESH();
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), QUIET);
	ck_assert_str_eq(tuf_repo_saves(r), "");
	/* Also in the same process, which has all of it in memory. */
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), QUIET);
}

TEST(a_new_timestamp_alone_is_all_that_is_fetched)
{
	WORLD;

	REFRESH();
	tuf_repo_publish(r, "timestamp");
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), QUIET);
	ck_assert_str_eq(tuf_repo_saves(r), "timestamp");
}

TEST(a_new_snapshot_does_not_fetch_unchanged_targets)
{
	WORLD;

	REFRESH();
	tuf_repo_publish_listings(r);
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), QUIET " 2.snapshot.json");
	/* In one process it comes back from the store. */
	tuf_repo_publish_listings(r);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), QUIET " 3.snapshot.json");
	ck_assert_int_eq(trust_targets(w.trust, "targets")->version, 1);
}

TEST(new_targets_are_fetched_in_their_version)
{
	WORLD;

	REFRESH();
	tuf_repo_publish_all(r);
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r),
	                 QUIET " 2.snapshot.json 2.targets.json");
	ck_assert_int_eq(trust_targets(w.trust, "targets")->version, 2);
}

TEST(without_consistent_snapshots_names_have_no_version)
{
	WORLD;

	r->root.consistent_snapshot = false;
	tuf_repo_publish(r, "root");
	tuf_repo_publish_all(r);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r),
	                 "2.root.json 3.root.json timestamp.json "
	                 "snapshot.json targets.json");
	tuf_repo_publish_all(r);
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r),
	                 "3.root.json timestamp.json snapshot.json "
	                 "targets.json");
}

TEST(what_is_kept_are_the_bytes_as_received)
{
	WORLD;
	const struct tuf_repo_file *served, *stored;

	/* White space outside of what is signed. */
	tuf_repo_edit(r, "timestamp.json", "{\"signatures\"",
	              " \n{ \"signatures\"");
	REFRESH();
	served = tuf_repo_served(r, "timestamp.json");
	stored = tuf_repo_stored(r, "timestamp");
	ck_assert_uint_eq(served->len, stored->len);
	ck_assert_mem_eq(served->bytes, stored->bytes, served->len);
}

TEST(listings_without_lengths_and_hashes_are_enough)
{
	WORLD;

	r->list_hashes = false;
	tuf_repo_publish_all(r);
	REFRESH();
	ck_assert_int_eq(trust_targets(w.trust, "targets")->version, 2);
}

TEST(the_initial_root_must_be_signed_by_its_own_threshold)
{
	WORLD;
	static const unsigned three[] = {4, 5, 6};
	const struct tuf_repo_file *f;

	tuf_repo_set_keys(r, TUF_ROOT, 2, three, 3);
	tuf_repo_set_signers(r, "root", three + 1, 1);
	tuf_repo_publish(r, "root");
	f = tuf_repo_served(r, "2.root.json");
	ck_assert_ptr_null(trust_new(f->bytes, f->len, r->now_s, NULL, &e));
	ck_assert_str_eq(e.code, "threshold");
	ck_assert_str_eq(e.msg, "root: 1 of 2 signatures");
	tuf_repo_set_signers(r, "root", three + 1, 2);
	tuf_repo_publish_as(r, "root", 2);
	f = tuf_repo_served(r, "2.root.json");
	trust_free(w.trust);
	w.trust = trust_new(f->bytes, f->len, r->now_s, NULL, &e);
	ck_assert_ptr_nonnull(w.trust);
}

TEST(an_initial_root_that_is_none_is_refused)
{
	WORLD;
	static const char *const bad[] = {"", "{}", "\x89PNG", "null"};
	struct trust_limits limits = trust_limits_default;
	const struct tuf_repo_file *f = tuf_repo_served(r, "timestamp.json");

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_ptr_null(
			trust_new(bad[i], strlen(bad[i]), 0, NULL, &e));
		ck_assert_int_eq(e.kind, ERR_INVALID);
	}
	ck_assert_ptr_null(trust_new(f->bytes, f->len, 0, NULL, &e));
	ck_assert_str_eq(e.code, "wrong_type");
	f = tuf_repo_served(r, "1.root.json");
	limits.root_bytes = f->len - 1;
	ck_assert_ptr_null(trust_new(f->bytes, f->len, 0, &limits, &e));
	ck_assert_str_eq(e.code, "too_large");
}

TEST(a_device_without_a_store_verifies_all_the_same)
{
	WORLD;

	w.io.load = NULL;
	w.io.save = NULL;
	REFRESH();
	tuf_repo_publish_all(r);
	REFRESH();
	ck_assert_int_eq(trust_targets(w.trust, "targets")->version, 2);
	/* What was seen in this process is still an anchor. */
	tuf_repo_publish_as(r, "timestamp", 1);
	REFUSED("rollback");
}

TEST(a_damaged_store_is_the_same_as_an_empty_one)
{
	static const char *const roles[] = {"timestamp", "snapshot", "targets"};
	static const char *const damage[] = {"", "{", "{}", "\xff\xfe",
	                                     "{\"signatures\":[]}"};
	WORLD;

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		for (size_t k = 0; k < ARRAY_LEN(damage); k++) {
			REFRESH();
			tuf_repo_store(r, roles[i], damage[k],
			               strlen(damage[k]));
			restart(&w);
			REFRESH();
			ck_assert_str_eq(tuf_repo_saves(r), roles[i]);
		}
	}
}

TEST(a_stored_file_over_the_limit_is_the_same_as_none)
{
	WORLD;
	char *large = xcalloc(TUF_TIMESTAMP_MAX + 2, 1);

	memset(large, ' ', TUF_TIMESTAMP_MAX + 1);
	REFRESH();
	tuf_repo_store(r, "timestamp", large, TUF_TIMESTAMP_MAX + 1);
	free(large);
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_saves(r), "timestamp");
}

TEST(a_disk_that_is_full_ends_the_refresh_and_nothing_is_lost)
{
	WORLD;

	r->save_fails = true;
	ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), ERR_NO_SPACE);
	r->save_fails = false;
	/* What was accepted and not kept is offered again. */
	REFRESH();
	ck_assert_str_eq(tuf_repo_saves(r), "timestamp snapshot targets");
}

TEST(a_broken_connection_ends_the_refresh_with_its_own_words)
{
	WORLD;

	r->broken_path = "timestamp.json";
	r->broken_kind = ERR_UNREACHABLE;
	ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), ERR_UNREACHABLE);
	ck_assert_str_eq(e.msg, "timestamp.json: broken");
	REFRESH();
}

TEST(only_a_missing_root_ends_the_chain_of_roots)
{
	static const enum err_kind kinds[] = {ERR_UNREACHABLE, ERR_FORBIDDEN,
	                                      ERR_IO, ERR_TOO_LARGE};
	WORLD;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		r->broken_path = "2.root.json";
		r->broken_kind = kinds[i];
		ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), kinds[i]);
		ck_assert_str_eq(tuf_repo_requests(r), "2.root.json");
	}
	REFRESH();
}

TEST(key_ids_of_root_roles_and_of_direct_delegations_are_told)
{
	WORLD;
	const char(*ids)[KEY_ID_SIZE];
	int64_t threshold;
	static const unsigned two[] = {4, 5};

	tuf_repo_set_keys(r, TUF_TIMESTAMP, 2, two, 2);
	tuf_repo_delegate(r, "targets", "releases.coat", "fw/*", true, 6);
	tuf_repo_delegate(r, "releases.coat", "deep", "fw/*", true, 7);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_all(r);
	ck_assert_uint_eq(
		trust_keyids(w.trust, "releases.coat", &ids, &threshold), 0);
	REFRESH();
	ck_assert_uint_eq(trust_keyids(w.trust, "timestamp", &ids, &threshold),
	                  2);
	ck_assert_int_eq(threshold, 2);
	ck_assert_str_eq(ids[1], tuf_repo_public(r, 5)->id);
	ck_assert_uint_eq(trust_keyids(w.trust, "targets", &ids, &threshold),
	                  1);
	ck_assert_str_eq(ids[0], tuf_repo_public(r, KEY_OF_TARGETS)->id);
	ck_assert_uint_eq(
		trust_keyids(w.trust, "releases.coat", &ids, &threshold), 1);
	ck_assert_str_eq(ids[0], tuf_repo_public(r, 6)->id);
	ck_assert_int_eq(threshold, 1);
	/* Not delegated by targets itself. */
	ck_assert_uint_eq(trust_keyids(w.trust, "deep", &ids, &threshold), 0);
	ck_assert_uint_eq(trust_keyids(w.trust, "", &ids, &threshold), 0);
}

TEST(a_role_name_is_encoded_as_one_safe_segment)
{
	static const struct {
		const char *role, *encoded;
	} cases[] = {
		{"releases.coat", "releases.coat"},
		{"aZ09_.-~", "aZ09_.-~"},
		{"../delegatedrole", "..%2Fdelegatedrole"},
		{"?", "%3F"},
		{"#", "%23"},
		{"/", "%2F"},
		{"%2F", "%252F"},
		{"a b", "a%20b"},
		{"\xc3\xa9", "%C3%A9"},
		{"a\\b\n", "a%5Cb%0A"},
		{"", ""},
	};
	char out[TRUST_ENCODED_MAX], longest[TUF_ROLE_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trust_encode_role(out, cases[i].role);
		ck_assert_str_eq(out, cases[i].encoded);
	}
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	trust_encode_role(out, longest);
	ck_assert_uint_eq(strlen(out), 3 * (TUF_ROLE_MAX - 1));
}
