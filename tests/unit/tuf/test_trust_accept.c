/* Attacks on what is fetched, in the order of TUF 5.3 to 5.6. */
#include "config.h"

#include "tests/unit/tuf/world.h"

/* The stored copy of a role has this version still. */
#define STORED(role, version) \
	ck_assert_int_eq(tuf_repo_stored_version(r, role), version)

/* Root. */

TEST(a_chain_of_roots_is_followed_and_kept_one_by_one)
{
	WORLD;

	for (int i = 0; i < 3; i++)
		tuf_repo_publish(r, "root");
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r),
	                 "2.root.json 3.root.json 4.root.json 5.root.json "
	                 "timestamp.json 1.snapshot.json 1.targets.json");
	ck_assert_str_eq(tuf_repo_saves(r),
	                 "root root root timestamp snapshot targets");
	STORED("root", 4);
}

struct rotation {
	int64_t threshold;
	unsigned keys[5], n_keys, sigs[8], n_sigs;
};

/* A device at the first root, offered the second. */
static void rotate(const struct rotation *from, const struct rotation *to,
                   const char *refused)
{
	WORLD;
	const struct tuf_repo_file *f;

	tuf_repo_set_keys(r, TUF_ROOT, from->threshold, from->keys,
	                  from->n_keys);
	tuf_repo_set_signers(r, "root", from->sigs, from->n_sigs);
	tuf_repo_publish_as(r, "root", 1);
	f = tuf_repo_served(r, "1.root.json");
	tuf_repo_store(r, "root", f->bytes, f->len);
	tuf_repo_set_keys(r, TUF_ROOT, to->threshold, to->keys, to->n_keys);
	tuf_repo_set_signers(r, "root", to->sigs, to->n_sigs);
	tuf_repo_publish(r, "root");
	restart(&w);
	if (refused == NULL) {
		REFRESH();
		STORED("root", 2);
		return;
	}
	REFUSED("threshold");
	ASSERT_SAYS(refused);
	STORED("root", 1);
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json");
	ck_assert_str_eq(tuf_repo_saves(r), "");
}

TEST(a_new_root_needs_a_threshold_of_the_old_and_of_the_new_keys)
{
	static const struct {
		struct rotation from, to;
		const char *refused;
	} cases[] = {
		/* clang-format off */
		{{1, {4}, 1, {4}, 1}, {1, {5}, 1, {4, 5}, 2}, NULL},
		{{1, {4}, 1, {4}, 1}, {1, {5}, 1, {5, 9}, 2}, "by the keys of version 1: root: 0 of 1"},
		{{1, {4}, 1, {4}, 1}, {1, {5}, 1, {4, 9}, 2}, "by its own keys: root: 0 of 1"},
		{{3, {4, 5, 6, 7, 8}, 5, {4, 6, 8}, 3}, {3, {4, 5, 7, 8, 9}, 5, {4, 8, 5}, 3}, NULL},
		{{3, {4, 5, 6, 7, 8}, 5, {4, 6, 8}, 3}, {3, {4, 5, 7, 8, 9}, 5, {4, 6, 8}, 3}, "by its own keys: root: 2 of 3"},
		{{3, {4, 5, 6, 7, 8}, 5, {4, 6, 8}, 3}, {3, {4, 5, 7, 8, 9}, 5, {4, 8, 9}, 3}, "version 1: root: 2 of 3"},
		{{1, {4, 5, 6}, 3, {4}, 1}, {2, {4, 5, 6}, 3, {4, 5}, 2}, NULL},
		{{1, {4, 5, 6}, 3, {4}, 1}, {2, {4, 5, 6}, 3, {5}, 1}, "by its own keys: root: 1 of 2"},
		{{2, {4, 5, 6}, 3, {4, 5}, 2}, {1, {4, 5, 6}, 3, {4}, 1}, "version 1: root: 1 of 2"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		rotate(&cases[i].from, &cases[i].to, cases[i].refused);
}

TEST(CVE_2025_2885_a_root_that_skips_a_version_is_refused)
{
	WORLD;
	const struct tuf_repo_file *f;

	tuf_repo_publish(r, "root");
	tuf_repo_publish(r, "root");
	f = tuf_repo_served(r, "3.root.json");
	tuf_repo_serve(r, "2.root.json", f->bytes, f->len);
	REFUSED("version");
	ck_assert_str_eq(e.msg, "root: version 3, 2 is needed");
	STORED("root", 1);
}

TEST(an_old_root_replayed_as_the_next_one_is_refused)
{
	WORLD;
	const struct tuf_repo_file *f = tuf_repo_served(r, "1.root.json");

	tuf_repo_serve(r, "2.root.json", f->bytes, f->len);
	REFUSED("rollback");
	ck_assert_str_eq(e.msg, "root: version 1, 2 is needed");
}

TEST(CVE_2020_15163_a_refused_root_is_never_trusted_from_the_store)
{
	WORLD;
	static const unsigned thief[] = {9};

	tuf_repo_set_keys(r, TUF_ROOT, 1, thief, 1);
	tuf_repo_publish(r, "root");
	for (int i = 0; i < 2; i++) {
		REFUSED("threshold");
		STORED("root", 1);
		ck_assert_int_eq(trust_root(w.trust)->version, 1);
		restart(&w);
	}
	tuf_repo_drop(r, "2.root.json");
	REFRESH();
}

TEST(CVE_2015_9259_an_expired_root_is_kept_and_ends_the_refresh)
{
	WORLD;

	REFRESH();
	r->root.expires_s = r->now_s;
	tuf_repo_publish(r, "root");
	tuf_repo_publish_all(r);
	(void)tuf_repo_requests(r);
	REFUSED("expired");
	ck_assert_int_eq(e.kind, ERR_EXPIRED);
	ck_assert_str_eq(e.msg, "root: expired at 2026-01-01T00:00:00Z, it is "
	                        "2026-01-01T00:00:00Z");
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json 3.root.json");
	STORED("root", 2);
	STORED("timestamp", 1);
	r->root.expires_s = r->now_s + 1;
	tuf_repo_publish(r, "root");
	REFRESH();
}

TEST(expired_roots_on_the_way_to_a_fresh_one_are_fine)
{
	WORLD;

	r->root.expires_s = r->now_s - 1;
	tuf_repo_publish(r, "root");
	r->root.expires_s = r->now_s + TUF_REPO_DAY;
	tuf_repo_publish(r, "root");
	REFRESH();
	STORED("root", 3);
	/* The same when the device starts from the expired one. */
	r->now_s += TUF_REPO_DAY;
	r->root.expires_s = r->now_s + TUF_REPO_DAY;
	r->timestamp.expires_s = r->now_s + TUF_REPO_DAY;
	tuf_repo_publish(r, "timestamp");
	tuf_repo_publish(r, "root");
	restart(&w);
	REFRESH();
	STORED("root", 4);
}

TEST(a_root_with_a_key_under_a_wrong_id_stops_nobody_but_that_key)
{
	WORLD;
	const char *id = tuf_repo_public(r, KEY_OF_TIMESTAMP)->id;
	SCOPED(free)
	char *wrong = xstrdup(id);
	SCOPED(free)
	char *text = NULL;

	wrong[0] = wrong[0] == '0' ? '1' : '0';
	tuf_repo_publish(r, "root");
	for (int i = 0; i < 2; i++) /* in the role, among the keys */
		tuf_repo_edit(r, "2.root.json", id, wrong);
	text = xstrdup(strstr(tuf_repo_served(r, "2.root.json")->bytes,
	                      "\"signed\":") +
	               strlen("\"signed\":"));
	text[strlen(text) - 1] = '\0';
	tuf_repo_craft(r, "root", "2.root.json", text);
	REFUSED("threshold");
	ASSERT_SAYS("timestamp: 0 of 1");
	STORED("root", 2);
	/* The next one mends it. */
	tuf_repo_publish(r, "root");
	restart(&w);
	REFRESH();
	STORED("root", 3);
}

TEST(an_endless_chain_of_roots_is_followed_256_at_a_time)
{
	WORLD;

	for (int i = 0; i < 300; i++)
		tuf_repo_publish(r, "root");
	REFUSED("too_large");
	ck_assert_str_eq(e.msg, "root: more than 256 new versions in one "
	                        "refresh, those up to 257 are kept");
	STORED("root", 257);
	restart(&w);
	REFRESH();
	STORED("root", 301);
}

TEST(the_last_possible_version_of_root_has_no_successor)
{
	WORLD;
	const struct tuf_repo_file *f;

	tuf_repo_publish_as(r, "root", NUM_JSON_MAX);
	f = tuf_repo_served(r, "9007199254740991.root.json");
	tuf_repo_store(r, "root", f->bytes, f->len);
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_requests(r), "timestamp.json 1.snapshot.json "
	                                       "1.targets.json");
}

/* Timestamp. */

TEST(a_timestamp_that_goes_back_is_refused)
{
	WORLD;

	tuf_repo_publish(r, "timestamp");
	REFRESH();
	tuf_repo_publish_as(r, "timestamp", 1);
	restart(&w);
	REFUSED("rollback");
	ck_assert_str_eq(e.msg, "timestamp: version 1, 2 is needed");
	STORED("timestamp", 2);
	tuf_repo_publish_as(r, "timestamp", 3);
	REFRESH();
}

TEST(a_timestamp_of_the_same_version_is_no_news_whatever_it_says)
{
	WORLD;

	REFRESH();
	tuf_repo_publish(r, "snapshot");
	tuf_repo_publish_as(r, "timestamp", 1);
	restart(&w);
	REFRESH();
	ck_assert_str_eq(tuf_repo_saves(r), "");
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json timestamp.json");
	ck_assert_int_eq(trust_snapshot(w.trust)->version, 1);
}

TEST(a_timestamp_may_not_take_the_snapshot_back)
{
	WORLD;

	tuf_repo_publish_listings(r);
	REFRESH();
	tuf_repo_publish_as(r, "snapshot", 1);
	tuf_repo_publish(r, "timestamp");
	restart(&w);
	REFUSED("rollback");
	ck_assert_str_eq(e.msg,
	                 "timestamp lists: snapshot: version 1, 2 is needed");
	STORED("timestamp", 2);
	STORED("snapshot", 2);
}

TEST(a_frozen_timestamp_is_noticed_when_it_expires)
{
	WORLD;

	REFRESH();
	r->now_s = r->timestamp.expires_s - 1;
	restart(&w);
	REFRESH();
	r->now_s++;
	restart(&w);
	REFUSED("expired");
	ck_assert_int_eq(e.kind, ERR_EXPIRED);
	/* Expired as it is, it is an anchor. */
	r->timestamp.expires_s = r->now_s + 1;
	tuf_repo_publish_as(r, "timestamp", 1);
	restart(&w);
	REFUSED("expired");
	tuf_repo_publish_as(r, "timestamp", 2);
	REFRESH();
}

TEST(CVE_2025_2888_an_expired_timestamp_of_huge_version_is_not_kept)
{
	WORLD;

	REFRESH();
	r->timestamp.expires_s = r->now_s;
	tuf_repo_publish_as(r, "timestamp", NUM_JSON_MAX);
	REFUSED("expired");
	STORED("timestamp", 1);
	ck_assert_int_eq(trust_timestamp(w.trust)->version, 1);
	r->timestamp.expires_s = r->now_s + TUF_REPO_DAY;
	tuf_repo_publish_as(r, "timestamp", 2);
	REFRESH();
	STORED("timestamp", 2);
}

TEST(an_endless_timestamp_is_cut_off)
{
	WORLD;
	char *large = xcalloc(TUF_TIMESTAMP_MAX + 2, 1);

	memset(large, ' ', TUF_TIMESTAMP_MAX + 1);
	tuf_repo_serve(r, "timestamp.json", large, TUF_TIMESTAMP_MAX + 1);
	free(large);
	REFUSED("too_large");
	ck_assert_int_eq(e.kind, ERR_TOO_LARGE);
	ck_assert_str_eq(tuf_repo_saves(r), "");
}

TEST(a_snapshot_that_looks_like_a_timestamp_is_none)
{
	WORLD;
	static const unsigned both[] = {KEY_OF_SNAPSHOT, KEY_OF_TIMESTAMP};
	const struct tuf_repo_file *f;

	tuf_repo_set_keys(r, TUF_SNAPSHOT, 1, both, 2);
	tuf_repo_publish(r, "root");
	tuf_repo_craft(r, "snapshot", "x",
	               "{\"_type\":\"snapshot\"," EXPIRES SPEC "\"version\":2,"
	               "\"meta\":{\"snapshot.json\":{\"version\":1}}}");
	f = tuf_repo_served(r, "x");
	tuf_repo_serve(r, "timestamp.json", f->bytes, f->len);
	REFUSED("wrong_type");
	STORED("timestamp", 0);
}

/* Snapshot. */

TEST(a_snapshot_of_another_length_or_hash_is_refused_unparsed)
{
	WORLD;

	REFRESH();
	tuf_repo_publish_listings(r);
	tuf_repo_edit(r, "2.snapshot.json", "{\"signatures\"",
	              "{\"signaturez\"");
	REFUSED("mismatch");
	ASSERT_SAYS("snapshot: sha256 is ");
	tuf_repo_serve(r, "2.snapshot.json", "{}", 2);
	REFUSED("mismatch");
	ASSERT_SAYS("snapshot: 2 bytes, ");
	STORED("snapshot", 1);
	STORED("timestamp", 2);
}

TEST(mixing_snapshots_of_two_times_is_refused)
{
	WORLD;
	const struct tuf_repo_file *f;

	/* Without hashes the version alone must tell. */
	r->list_hashes = false;
	tuf_repo_publish_listings(r);
	f = tuf_repo_served(r, "1.snapshot.json");
	tuf_repo_serve(r, "2.snapshot.json", f->bytes, f->len);
	REFUSED("rollback");
	ck_assert_str_eq(e.msg, "snapshot: version 1, 2 is needed");
	tuf_repo_publish_as(r, "snapshot", 3);
	f = tuf_repo_served(r, "3.snapshot.json");
	tuf_repo_serve(r, "2.snapshot.json", f->bytes, f->len);
	REFUSED("version");
	ck_assert_str_eq(e.msg, "snapshot: version 3, 2 is needed");
	STORED("snapshot", 0);
}

TEST(CVE_2022_29173_targets_that_go_back_in_a_new_snapshot_are_refused)
{
	for (int hashes = 0; hashes < 2; hashes++) {
		WORLD;

		r->list_hashes = hashes != 0;
		tuf_repo_publish_all(r);
		REFRESH();
		tuf_repo_publish_as(r, "targets", 1);
		tuf_repo_publish_listings(r);
		restart(&w);
		REFUSED("rollback");
		ck_assert_str_eq(e.msg, "snapshot lists: targets: version 1, 2 "
		                        "is needed");
		STORED("snapshot", 2);
		STORED("targets", 2);
	}
}

TEST(CVE_2025_2887_a_delegated_role_that_goes_back_is_refused)
{
	WORLD;

	tuf_repo_delegate(r, "targets", "coat", "fw/*", true, 6);
	tuf_repo_publish_all(r);
	tuf_repo_publish(r, "coat");
	tuf_repo_publish_listings(r);
	REFRESH();
	tuf_repo_publish_as(r, "coat", 1);
	tuf_repo_publish_listings(r);
	REFUSED("rollback");
	ck_assert_str_eq(e.msg, "snapshot lists: coat: version 1, 2 is needed");
}

TEST(a_role_that_disappears_from_the_snapshot_is_an_attack)
{
	WORLD;

	tuf_repo_delegate(r, "targets", "coat", "fw/*", true, 6);
	tuf_repo_publish_all(r);
	REFRESH();
	/* Files are in byte order: "coat" is the first of two. */
	r->snapshot.files[0] = r->snapshot.files[--r->snapshot.n_files];
	tuf_repo_publish_listings(r);
	restart(&w);
	REFUSED("rollback");
	ck_assert_str_eq(e.msg, "snapshot: coat is not listed, version 1 or "
	                        "above is needed");
	STORED("snapshot", 2);
}

TEST(an_expired_snapshot_is_refused_new_or_stored)
{
	WORLD;

	REFRESH();
	r->snapshot.expires_s = r->now_s;
	tuf_repo_publish_listings(r);
	REFUSED("expired");
	ASSERT_SAYS("snapshot: expired");
	STORED("snapshot", 1);
	STORED("timestamp", 2);
	/* One that expires in the store is asked for again. */
	r->snapshot.expires_s = r->now_s + TUF_REPO_DAY;
	tuf_repo_publish_listings(r);
	REFRESH();
	r->now_s += TUF_REPO_DAY;
	r->timestamp.expires_s = r->now_s + TUF_REPO_DAY;
	tuf_repo_publish(r, "timestamp");
	restart(&w);
	REFUSED("expired");
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json timestamp.json "
	                                       "3.snapshot.json");
	STORED("snapshot", 3);
}

TEST(a_missing_file_is_not_an_answer)
{
	static const char *const paths[] = {"timestamp.json", "1.snapshot.json",
	                                    "1.targets.json"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		WORLD;

		tuf_repo_drop(r, paths[i]);
		REFUSED("missing");
		ck_assert_int_eq(e.kind, ERR_UNREACHABLE);
		ASSERT_SAYS(paths[i]);
	}
}

TEST(a_listed_length_over_our_limit_is_not_fetched)
{
	WORLD;

	r->list_hashes = false;
	r->timestamp.files[0].length = INT64_C(1) << 40;
	tuf_repo_publish(r, "timestamp");
	REFUSED("too_large");
	ck_assert_str_eq(e.msg, "snapshot: 1099511627776 bytes are listed, "
	                        "2000000 are allowed");
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json timestamp.json");
}

TEST(a_file_longer_than_listed_is_cut_off)
{
	WORLD;
	const struct tuf_repo_file *f = tuf_repo_served(r, "1.targets.json");
	SCOPED(free)
	char *longer = xasprintf("%s ", f->bytes);

	tuf_repo_serve(r, "1.targets.json", longer, strlen(longer));
	REFUSED("too_large");
	STORED("targets", 0);
}

/* Targets and delegated roles. */

TEST(targets_of_another_version_hash_or_signer_are_refused)
{
	WORLD;
	static const unsigned thief[] = {9};

	r->list_hashes = false;
	tuf_repo_publish_all(r);
	REFRESH();
	tuf_repo_set_signers(r, "targets", thief, 1);
	tuf_repo_publish_all(r);
	REFUSED("threshold");
	ck_assert_str_eq(e.msg, "by the keys that root lists: targets: 0 of 1 "
	                        "signatures");
	STORED("targets", 2);
	tuf_repo_set_signers(r, "targets", (unsigned[]){KEY_OF_TARGETS}, 1);
	tuf_repo_publish_as(r, "targets", 9);
	tuf_repo_serve(r, "3.targets.json",
	               tuf_repo_served(r, "9.targets.json")->bytes,
	               tuf_repo_served(r, "9.targets.json")->len);
	REFUSED("version");
	ck_assert_str_eq(e.msg, "targets: version 9, 3 is needed");
	r->list_hashes = true;
	tuf_repo_publish_as(r, "targets", 4);
	tuf_repo_publish_listings(r);
	tuf_repo_edit(r, "4.targets.json", "2026", "2027");
	REFUSED("mismatch");
	STORED("targets", 2);
	tuf_repo_publish_all(r);
	REFRESH();
	STORED("targets", 5);
}

TEST(expired_targets_are_refused_new_or_stored)
{
	WORLD;
	struct tuf_targets *t = tuf_repo_role(r, "targets");

	REFRESH();
	t->expires_s = r->now_s;
	tuf_repo_publish_all(r);
	REFUSED("expired");
	ASSERT_SAYS("targets: expired");
	STORED("targets", 1);
	STORED("snapshot", 2);
	t->expires_s = r->now_s + 10;
	tuf_repo_publish_all(r);
	REFRESH();
	r->now_s += 10;
	restart(&w);
	REFUSED("expired");
}

/* A world whose targets delegate everything to "coat", key 6. */
#define COAT                                                      \
	WORLD;                                                    \
	const struct trust_target *found;                         \
	tuf_repo_delegate(r, "targets", "coat", "fw/*", true, 6); \
	tuf_repo_target(r, "coat", "fw/a");                       \
	tuf_repo_publish_all(r);                                  \
	REFRESH()
#define FIND(path) trust_find(w.trust, &w.io, path, &found, &e)

TEST(CVE_2026_6967_delegated_roles_get_every_check_of_targets)
{
	COAT;
	struct tuf_targets *coat = tuf_repo_role(r, "coat");

	coat->expires_s = r->now_s;
	tuf_repo_publish(r, "coat");
	tuf_repo_publish_listings(r);
	REFRESH();
	ASSERT_CODE(FIND("fw/a"), "expired");
	coat->expires_s = r->now_s + 1;
	tuf_repo_publish(r, "coat");
	tuf_repo_publish_listings(r);
	tuf_repo_edit(r, "3.coat.json", "fw/a", "fw/b");
	REFRESH();
	ASSERT_CODE(FIND("fw/a"), "mismatch");
	tuf_repo_serve(r, "3.coat.json", "{}", 2);
	ASSERT_CODE(FIND("fw/a"), "mismatch");
	ASSERT_SAYS("coat: 2 bytes");
	STORED("coat", 0);
	/* Every refusal leaves it usable. */
	tuf_repo_publish(r, "coat");
	tuf_repo_publish_listings(r);
	REFRESH();
	ASSERT_OK(FIND("fw/a"));
	STORED("coat", 4);
}

TEST(CVE_2026_6966_one_key_twice_does_not_meet_a_delegated_threshold)
{
	COAT;
	struct tuf_targets *t = tuf_repo_role(r, "targets");
	const struct tuf_repo_file *f;
	SCOPED(free)
	char *sig = NULL;
	SCOPED(free)
	char *twice = NULL;
	char *end;

	tuf_targets_add_key(t, &t->roles[0], tuf_repo_public(r, 7));
	t->roles[0].threshold = 2;
	r->list_hashes = false;
	tuf_repo_publish_all(r);
	REFRESH();
	ASSERT_CODE(FIND("fw/a"), "threshold");
	ASSERT_SAYS("by the keys that targets lists: coat: 1 of 2");
	f = tuf_repo_served(r, "2.coat.json");
	end = strstr(f->bytes, "}]");
	sig = xasprintf("%.*s}", (int)(end - f->bytes - 15), f->bytes + 15);
	twice = xasprintf("{\"signatures\":[%s,%s],%s", sig, sig, end + 3);
	tuf_repo_serve(r, "2.coat.json", twice, strlen(twice));
	ASSERT_ERR(FIND("fw/a"), ERR_INVALID);
	ASSERT_SAYS("has signed twice");
	STORED("coat", 0);
}

/* Recovery from keys that signed absurdly high versions: new keys in root. */

TEST(a_fast_forwarded_timestamp_is_recovered_from_by_a_new_key)
{
	WORLD;
	static const unsigned fresh[] = {10};

	tuf_repo_publish_as(r, "timestamp", NUM_JSON_MAX);
	REFRESH();
	tuf_repo_publish_as(r, "timestamp", 2);
	restart(&w);
	REFUSED("rollback");
	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, fresh, 1);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 2);
	restart(&w);
	REFRESH();
	STORED("timestamp", 2);
}

TEST(recovery_also_works_when_the_stolen_key_is_one_of_several)
{
	WORLD;
	static const unsigned before[] = {KEY_OF_TIMESTAMP, 10};
	static const unsigned after[] = {10, 11};

	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, before, 2);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 1000);
	REFRESH();
	/* Key 10 stays, and has signed the stored one too. */
	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, after, 2);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 2);
	/* In a fresh process and in the one that saw version 1000. */
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			restart(&w);
		REFRESH();
		STORED("timestamp", 2);
		tuf_repo_publish(r, "root");
	}
}

/* What stays in the store is no anchor for this refresh all the same. */
TEST(recovery_needs_no_store_that_can_drop)
{
	static const enum tuf_type types[] = {TUF_TIMESTAMP, TUF_SNAPSHOT};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		WORLD;
		unsigned of_type = (unsigned)KEY_OF_TIMESTAMP + (unsigned)i;
		const unsigned before[] = {of_type, 10}, after[] = {10, 11};

		tuf_repo_set_keys(r, types[i], 1, before, 2);
		tuf_repo_publish(r, "root");
		/* A snapshot is an anchor by what it lists. */
		tuf_repo_publish_as(r, "targets", i == 0 ? 1 : 1000);
		tuf_repo_publish_as(r, "snapshot", 1);
		tuf_repo_publish_as(r, "timestamp", i == 0 ? 1000 : 1);
		REFRESH();
		tuf_repo_set_keys(r, types[i], 1, after, 2);
		tuf_repo_publish(r, "root");
		tuf_repo_publish_as(r, "targets", 2);
		tuf_repo_publish_as(r, "snapshot", 2);
		tuf_repo_publish_as(r, "timestamp", 2);
		w.io.drop = NULL;
		restart(&w);
		REFRESH();
		STORED("timestamp", 2);
		STORED("targets", 2);
	}
}

TEST(one_key_more_and_another_threshold_are_a_change_of_keys_too)
{
	static const struct {
		int64_t threshold;
		size_t n;
	} after[] = {{1, 3}, {2, 2}, {1, 1}};
	static const unsigned keys[] = {KEY_OF_TIMESTAMP, 10, 11};

	for (size_t i = 0; i < ARRAY_LEN(after); i++) {
		WORLD;

		tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, keys, 2);
		tuf_repo_publish(r, "root");
		tuf_repo_publish_as(r, "timestamp", 1000);
		REFRESH();
		tuf_repo_set_keys(r, TUF_TIMESTAMP, after[i].threshold, keys,
		                  after[i].n);
		tuf_repo_publish(r, "root");
		tuf_repo_publish_as(r, "timestamp", 2);
		restart(&w);
		REFRESH();
		STORED("timestamp", 2);
	}
}

TEST(recovery_goes_on_after_a_refresh_that_was_cut_off_behind_the_new_root)
{
	WORLD;
	static const unsigned before[] = {KEY_OF_TIMESTAMP, 10};
	static const unsigned after[] = {10, 11};

	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, before, 2);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 1000);
	REFRESH();
	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, after, 2);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 2);
	r->broken_path = "timestamp.json";
	r->broken_kind = ERR_UNREACHABLE;
	restart(&w);
	ASSERT_ERR(trust_refresh(w.trust, &w.io, &e), ERR_UNREACHABLE);
	STORED("root", 3);
	/* The next process knows nothing of the change of keys. */
	restart(&w);
	REFRESH();
	STORED("timestamp", 2);
}

TEST(recovery_does_not_need_a_store_that_can_forget)
{
	WORLD;
	static const unsigned before[] = {KEY_OF_TIMESTAMP, 10};
	static const unsigned after[] = {10, 11};

	w.io.drop = NULL;
	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, before, 2);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 1000);
	REFRESH();
	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, after, 2);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 2);
	restart(&w);
	REFRESH();
	STORED("timestamp", 2);
}

TEST(a_fast_forwarded_snapshot_is_recovered_from_by_new_keys)
{
	WORLD;
	static const unsigned ts[] = {10}, snap[] = {11};

	tuf_repo_publish_as(r, "snapshot", 1000);
	tuf_repo_publish(r, "timestamp");
	REFRESH();
	tuf_repo_set_keys(r, TUF_TIMESTAMP, 1, ts, 1);
	tuf_repo_set_keys(r, TUF_SNAPSHOT, 1, snap, 1);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "snapshot", 1);
	tuf_repo_publish_as(r, "timestamp", 1);
	restart(&w);
	REFRESH();
	STORED("snapshot", 1);
}

TEST(fast_forwarded_targets_are_recovered_from_by_a_new_snapshot_key)
{
	WORLD;
	static const unsigned snap[] = {11};

	tuf_repo_delegate(r, "targets", "coat", "fw/*", true, 6);
	tuf_repo_publish_all(r);
	tuf_repo_publish_as(r, "targets", 1000);
	tuf_repo_publish_listings(r);
	REFRESH();
	tuf_repo_set_keys(r, TUF_SNAPSHOT, 1, snap, 1);
	tuf_repo_publish(r, "root");
	/* A role may leave then, too. */
	r->snapshot.n_files = 0;
	tuf_repo_publish_as(r, "targets", 1);
	tuf_repo_publish_listings(r);
	restart(&w);
	REFRESH();
	STORED("targets", 1);
}

TEST(a_root_that_changes_other_keys_keeps_the_anchors)
{
	WORLD;
	static const unsigned fresh[] = {10};

	tuf_repo_publish(r, "timestamp");
	REFRESH();
	tuf_repo_set_keys(r, TUF_TARGETS, 1, fresh, 1);
	tuf_repo_publish(r, "root");
	tuf_repo_publish_as(r, "timestamp", 1);
	for (int i = 0; i < 2; i++) {
		if (i == 1)
			restart(&w);
		REFUSED("rollback");
		STORED("timestamp", 2);
		STORED("root", 2);
	}
}

TEST(stored_targets_are_verified_again_with_the_keys_of_a_new_root)
{
	WORLD;
	static const unsigned fresh[] = {10};

	r->list_hashes = false;
	tuf_repo_publish_all(r);
	REFRESH();
	tuf_repo_set_keys(r, TUF_TARGETS, 1, fresh, 1);
	tuf_repo_publish(r, "root");
	/* The old file does not do any more, in memory or stored. */
	REFUSED("threshold");
	ck_assert_ptr_null(trust_targets(w.trust, "targets"));
	tuf_repo_publish_as(r, "targets", 2);
	REFRESH();
	ck_assert_str_eq(tuf_repo_saves(r), "timestamp snapshot targets root "
	                                    "targets");
}

/* Everything at once: each bad file in turn, and the device is well after. */

static void cut(struct tuf_repo *r, const char *path)
{
	const struct tuf_repo_file *f = tuf_repo_served(r, path);
	SCOPED(free)
	char *half = xasprintf("%.*s", (int)f->len / 2, f->bytes);

	tuf_repo_serve(r, path, half, strlen(half));
}

static void html(struct tuf_repo *r, const char *path)
{
	static const char page[] = "<html>404</html>";

	tuf_repo_serve(r, path, page, sizeof(page) - 1);
}

static void unsign(struct tuf_repo *r, const char *path)
{
	tuf_repo_edit(r, path, "\"sig\":\"", "\"sig\":\"ff");
}

static void rename_key(struct tuf_repo *r, const char *path)
{
	tuf_repo_edit(r, path, "\"signatures\"", "\"Signatures\"");
}

static void forge(struct tuf_repo *r, const char *path)
{
	tuf_repo_edit(r, path, "\"version\":2}", "\"version\":3}");
}

TEST(no_bad_file_is_kept_and_the_device_recovers_from_each)
{
	static const char *const paths[] = {"2.root.json", "timestamp.json",
	                                    "2.snapshot.json",
	                                    "2.targets.json"};
	static const char *const roles[] = {"root", "timestamp", "snapshot",
	                                    "targets"};
	static void (*const spoil[])(struct tuf_repo *, const char *) = {
		cut, html, unsign, rename_key, forge};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		for (size_t k = 0; k < ARRAY_LEN(spoil); k++) {
			WORLD;

			REFRESH();
			tuf_repo_publish(r, "root");
			/* Without hashes, so that each check is reached. */
			r->list_hashes = k % 2 != 0;
			tuf_repo_publish_all(r);
			spoil[k](r, paths[i]);
			ck_assert_int_ne(trust_refresh(w.trust, &w.io, &e), 0);
			STORED(roles[i], 1);
			tuf_repo_publish_as(r, "root", 2);
			tuf_repo_publish_all(r);
			REFRESH();
			restart(&w);
			REFRESH();
			STORED(roles[i], i == 0 ? 2 : 3);
		}
	}
}
