/* The walk over delegations (TUF 5.6.7). */
#include "config.h"

#include "tests/support/failing_malloc.h"
#include "tests/unit/tuf/world.h"

#define WALK                                     \
	WORLD;                                   \
	const struct trust_target *found = NULL; \
	(void)found

#define FIND(path) trust_find(w.trust, &w.io, path, &found, &e)
/* Found, and by this role. */
#define FOUND(path, by)                                \
	do {                                           \
		ASSERT_OK(FIND(path));                 \
		ck_assert_str_eq(found->role, by);     \
		ck_assert(found->listed_hashes_known); \
	} while (0)
#define NOT_FOUND(path) ASSERT_ERR(FIND(path), ERR_NOT_FOUND)

TEST(an_entry_of_targets_itself_is_found_without_a_request)
{
	WALK;

	tuf_repo_target(r, "targets", "a");
	tuf_repo_publish_all(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	FOUND("a", "targets");
	ck_assert_str_eq(found->entry->path, "a");
	ck_assert_int_eq(found->entry->length, 1);
	ck_assert_ptr_eq(trust_found(w.trust), found);
	NOT_FOUND("b");
	ck_assert_str_eq(e.msg, "b: no role lists it");
	ck_assert_ptr_null(found);
	ck_assert_ptr_null(trust_found(w.trust));
	ck_assert_str_eq(tuf_repo_requests(r), "");
}

TEST(a_look_up_needs_a_refresh)
{
	WALK;

	ASSERT_ERR(FIND("a"), ERR_INTERNAL);
	ASSERT_ERR(trust_load_role(w.trust, &w.io, "coat", &e), ERR_INTERNAL);
	REFRESH();
	NOT_FOUND("a");
	tuf_repo_drop(r, "timestamp.json");
	REFUSED("missing");
	ASSERT_ERR(FIND("a"), ERR_INTERNAL);
}

/* "A>B": A delegates to B; T is targets; "A>B!" terminating; "A>B:*.py" for
 * this pattern, else for all. */
static void delegate(struct tuf_repo *r, const char *edge, unsigned key)
{
	char by = edge[0], to[2] = {edge[2], '\0'};

	tuf_repo_delegate(r, by == 'T' ? "targets" : (char[]){by, '\0'}, to,
	                  strchr(edge, ':') ? strchr(edge, ':') + 1 : "*",
	                  edge[3] == '!', key);
}

/* Looks for what nobody lists, and tells who was asked. */
static void walk(const char *const *edges, size_t n, const char *asked)
{
	WALK;

	for (size_t i = 0; i < n; i++)
		delegate(r, edges[i], 20 + (unsigned)i);
	tuf_repo_publish_all(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	NOT_FOUND("missing");
	ck_assert_str_eq(tuf_repo_requests(r), asked);
}

#define T "targets"
#define WALKED(asked, ...)                       \
	walk((const char *const[]){__VA_ARGS__}, \
	     ARRAY_LEN(((const char *const[]){__VA_ARGS__})), asked)

TEST(roles_are_asked_in_order_of_appearance_and_depth_first)
{
	WALKED("1.A.json", "T>A");
	WALKED("1.A.json 1.B.json", "T>A", "T>B");
	WALKED("1.B.json 1.A.json", "T>B", "T>A");
	WALKED("1.A.json 1.B.json 1.C.json", "T>A", "T>B", "B>C");
	WALKED("1.A.json 1.C.json 1.D.json 1.B.json", "T>A", "T>B", "A>C",
	       "A>D");
	WALKED("1.A.json 1.C.json 1.D.json 1.B.json", "T>A", "T>B", "A>C",
	       "C>D");
}

TEST(CVE_2024_47534_the_first_of_two_delegations_wins_every_time)
{
	for (int order = 0; order < 2; order++) {
		WALK;

		tuf_repo_delegate(r, T, order ? "B" : "A", "*", false, 20);
		tuf_repo_delegate(r, T, order ? "A" : "B", "*", false, 21);
		tuf_repo_target(r, "A", "x");
		tuf_repo_target(r, "B", "x");
		tuf_repo_publish_all(r);
		REFRESH();
		FOUND("x", order ? "B" : "A");
	}
}

TEST(CVE_2025_2886_a_terminating_delegation_ends_the_search)
{
	WALKED("1.A.json 1.C.json", "T>A", "T>B", "A>C!", "A>D");
	WALKED("1.A.json 1.C.json 1.D.json", "T>A", "T>B", "A>C!", "C>D");
	WALKED("1.A.json 1.B.json", "T>A", "T>B!", "T>C");
	/* One that does not match ends nothing. */
	WALKED("1.A.json 1.C.json", "T>A", "T>B!:other/*", "T>C");
	/* One that leads to where we have been ends it all the same. */
	WALKED("1.A.json 1.B.json", "T>A", "A>B", "B>A!", "T>C");
}

TEST(a_path_must_match_every_delegation_on_the_way)
{
	WALKED("1.B.json", "T>A:*.py", "T>B", "A>C");
	WALKED("1.A.json 1.B.json", "T>A", "T>B", "A>C:*.py", "C>D");
}

TEST(cycles_end_and_no_role_is_asked_twice)
{
	WALKED("1.A.json 1.B.json 1.C.json 1.D.json", "T>A", "T>B", "B>C",
	       "C>D", "D>B");
	WALKED("1.A.json", "T>A", "A>A");
	WALKED("1.A.json 1.C.json 1.B.json", "T>A", "T>B", "B>C", "A>C");
	WALKED("1.A.json 1.B.json 1.C.json", "T>A", "T>B", "B>C", "A>C:*.py");
}

TEST(thirty_two_delegated_roles_are_asked_and_not_one_more)
{
	for (int n = 32; n <= 33; n++) {
		WALK;
		char name[16], before[16] = T;

		for (int i = 0; i < n; i++) {
			(void)snprintf(name, sizeof(name), "r%d", i);
			/* A chain, every other one a fan. */
			tuf_repo_delegate(r, i % 2 ? before : T, name, "*",
			                  false, 20);
			memcpy(before, name, sizeof(before));
		}
		tuf_repo_publish_all(r);
		REFRESH();
		if (n == 32) {
			NOT_FOUND("missing");
			continue;
		}
		ASSERT_CODE(FIND("missing"), "too_large");
		ASSERT_SAYS("none of the first 32 delegated roles");
	}
}

TEST(a_hostile_list_of_thousands_of_delegations_stays_small)
{
	WALK;
	struct tuf_targets *t = tuf_repo_role(r, T);
	static const char *const all = "*";
	char name[16];

	for (int i = 0; i < TUF_DELEGATIONS_MAX; i++) {
		struct tuf_delegation *d;

		(void)snprintf(name, sizeof(name), "r%d", i);
		d = tuf_targets_delegate(t, name, 1, &all, 1);
		d->terminating = false;
		tuf_targets_add_key(t, d, tuf_repo_public(r, 20));
		if (i < 40) {
			(void)tuf_repo_role(r, name);
			tuf_repo_add_signer(r, name, 20);
		}
	}
	tuf_repo_publish_all(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	/* Far fewer allocations than delegations. */
	failing_malloc_arm(TUF_DELEGATIONS_MAX);
	ASSERT_CODE(FIND("missing"), "too_large");
	ck_assert(!failing_malloc_disarm());
	ck_assert(strstr(tuf_repo_requests(r), "1.r31.json") != NULL);
	ck_assert_ptr_null(tuf_repo_stored(r, "r32"));
}

TEST(a_role_listed_nowhere_in_the_snapshot_is_not_asked_for)
{
	WALK;

	tuf_repo_delegate(r, T, "coat", "fw/*", true, 6);
	tuf_repo_publish(r, T);
	tuf_repo_publish_listings(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	ASSERT_CODE(FIND("fw/a"), "not_listed");
	ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
	ck_assert_str_eq(e.msg, "coat: delegated by targets, but not listed in "
	                        "snapshot");
	ck_assert_str_eq(tuf_repo_requests(r), "");
}

TEST(a_delegated_role_is_fetched_once_and_then_comes_from_the_store)
{
	WALK;

	tuf_repo_delegate(r, T, "coat", "fw/*", true, 6);
	tuf_repo_target(r, "coat", "fw/a");
	tuf_repo_target(r, "coat", "fw/b");
	tuf_repo_publish_all(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	FOUND("fw/a", "coat");
	FOUND("fw/b", "coat");
	NOT_FOUND("fw/c");
	ck_assert_str_eq(tuf_repo_requests(r), "1.coat.json");
	restart(&w);
	REFRESH();
	FOUND("fw/a", "coat");
	ck_assert_str_eq(tuf_repo_requests(r), "2.root.json timestamp.json");
	/* A new version of it is fetched. */
	tuf_repo_publish(r, "coat");
	tuf_repo_publish_listings(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	FOUND("fw/a", "coat");
	ck_assert_str_eq(tuf_repo_requests(r), "2.coat.json");
}

/* Two delegators, one role name, each with its own key. */
static void diamond(struct tuf_repo *r)
{
	tuf_repo_delegate(r, T, "parent-a", "team-a/*", false, 20);
	tuf_repo_delegate(r, T, "parent-b", "team-b/*", false, 21);
	tuf_repo_delegate(r, "parent-a", "release", "team-a/*", false, 22);
	tuf_repo_delegate(r, "parent-b", "release", "team-b/*", false, 23);
	tuf_repo_target(r, "release", "team-a/x");
	tuf_repo_target(r, "release", "team-b/x");
}

TEST(a_cached_role_is_verified_against_its_current_delegator)
{
	WALK;
	static const unsigned a[] = {22}, both[] = {22, 23};

	diamond(r);
	tuf_repo_set_signers(r, "release", a, 1);
	tuf_repo_publish_all(r);
	REFRESH();
	FOUND("team-a/x", "release");
	ASSERT_CODE(FIND("team-b/x"), "threshold");
	ASSERT_SAYS("by the keys that parent-b lists: release: 0 of 1");
	/* The refusal took nothing from the other path. */
	FOUND("team-a/x", "release");
	/* Nor does the store help. */
	restart(&w);
	REFRESH();
	ASSERT_CODE(FIND("team-b/x"), "threshold");
	FOUND("team-a/x", "release");
	tuf_repo_set_signers(r, "release", both, 2);
	tuf_repo_publish(r, "release");
	tuf_repo_publish_listings(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	FOUND("team-a/x", "release");
	FOUND("team-b/x", "release");
	FOUND("team-a/x", "release");
	/* Verified thrice, fetched once. */
	ck_assert_str_eq(tuf_repo_requests(r), "2.release.json");
}

TEST(a_role_met_twice_in_one_walk_counts_as_first_met)
{
	WALK;
	static const unsigned first[] = {21};

	tuf_repo_delegate(r, T, "A", "*", false, 20);
	tuf_repo_delegate(r, "A", "C", "*", false, 21);
	tuf_repo_delegate(r, T, "C", "*", false, 22);
	tuf_repo_set_signers(r, "C", first, 1);
	tuf_repo_publish_all(r);
	REFRESH();
	/* TUF 5.6.7.1 skips it the second time; no complaint. */
	NOT_FOUND("missing");
}

TEST(a_replaced_delegator_takes_along_what_it_vouched_for)
{
	WALK;
	static const unsigned by_a[] = {22}, by_b[] = {23};
	struct tuf_targets *p;

	/* Without hashes, so that two files of one version can exist. */
	r->list_hashes = false;
	tuf_repo_delegate(r, T, "A", "a/*", false, 20);
	tuf_repo_delegate(r, T, "B", "b/*", false, 21);
	tuf_repo_delegate(r, "A", "P", "a/*", false, 22);
	tuf_repo_delegate(r, "B", "P", "b/*", false, 23);
	tuf_repo_delegate(r, "P", "C", "*/*", false, 24);
	tuf_repo_target(r, "C", "a/x");
	tuf_repo_target(r, "C", "b/x");
	tuf_repo_set_signers(r, "P", by_a, 1);
	tuf_repo_publish_all(r);
	REFRESH();
	FOUND("a/x", "C");
	p = tuf_repo_role(r, "P");
	p->roles[0].n_keyids = 0;
	tuf_targets_add_key(p, &p->roles[0], tuf_repo_public(r, 25));
	tuf_repo_set_signers(r, "P", by_b, 1);
	tuf_repo_publish_as(r, "P", 1);
	/* C is cached under "P", but this P lists another key for it. */
	ASSERT_CODE(FIND("b/x"), "threshold");
	ASSERT_SAYS("by the keys that P lists: C: 0 of 1");
}

TEST(two_roles_served_under_each_others_names_are_refused)
{
	WALK;
	const struct tuf_repo_file *f;

	r->list_hashes = false;
	tuf_repo_delegate(r, T, "A", "a/*", true, 20);
	tuf_repo_delegate(r, T, "B", "b/*", true, 21);
	tuf_repo_target(r, "B", "a/x");
	tuf_repo_publish_all(r);
	REFRESH();
	f = tuf_repo_served(r, "1.B.json");
	tuf_repo_serve(r, "1.A.json", f->bytes, f->len);
	ASSERT_CODE(FIND("a/x"), "threshold");
	ck_assert_ptr_null(tuf_repo_stored(r, "A"));
}

TEST(a_role_may_not_vouch_for_paths_it_was_not_given)
{
	WALK;

	tuf_repo_delegate(r, T, "A", "a/*", true, 20);
	tuf_repo_target(r, "A", "b/x");
	tuf_repo_publish_all(r);
	REFRESH();
	NOT_FOUND("b/x");
}

TEST(CVE_2021_41131_CVE_2021_41150_a_role_name_can_not_leave_its_folder)
{
	static const struct {
		const char *name, *path;
	} cases[] = {
		{"../../etc/cron", "1...%2F..%2Fetc%2Fcron.json"},
		{"/delegatedrole", "1.%2Fdelegatedrole.json"},
		{"?", "1.%3F.json"},
		{"#", "1.%23.json"},
		{"a b\n", "1.a%20b%0A.json"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		WALK;

		tuf_repo_delegate(r, T, cases[i].name, "*", true, 20);
		tuf_repo_target(r, cases[i].name, "x");
		tuf_repo_publish_all(r);
		REFRESH();
		(void)tuf_repo_requests(r);
		FOUND("x", cases[i].name);
		ck_assert_str_eq(tuf_repo_requests(r), cases[i].path);
		restart(&w);
		REFRESH();
		(void)tuf_repo_requests(r);
		FOUND("x", cases[i].name);
		ck_assert_str_eq(tuf_repo_requests(r), "");
	}
}

TEST(an_entry_with_an_unknown_hash_is_not_vouched_for)
{
	WALK;
	char hash[SHA256_HEX_SIZE];
	SCOPED(free)
	char *s = NULL;

	hash_sha256_hex(hash, "a", 1);
	s = xasprintf("{\"_type\":\"targets\"," EXPIRES SPEC "\"version\":2,"
	              "\"targets\":{"
	              "\"a\":{\"length\":1,\"hashes\":{\"sha256\":\"%s\","
	              "\"unknown-hash\":\"00\"}},"
	              "\"b\":{\"length\":1,\"hashes\":{\"sha256\":\"%s\"}}}}",
	              hash, hash);
	r->list_hashes = false;
	tuf_repo_publish_all(r);
	tuf_repo_craft(r, T, "2.targets.json", s);
	REFRESH();
	ASSERT_CODE(FIND("a"), "unknown_hash");
	ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
	FOUND("b", T);
}

TEST(succinct_bins_are_walked_by_the_hash_of_the_path)
{
	WALK;
	char bin[TUF_ROLE_MAX], path[16];
	struct tuf_succinct s = {
		.present = true, .bit_length = 3, .name_prefix = "bin"};

	tuf_repo_delegate(r, T, "coat", "fw/*", true, 6);
	tuf_repo_split(r, "coat", "bin", 3, 7);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(path, sizeof(path), "fw/%d", i);
		tuf_succinct_bin(bin, &s, path);
		tuf_repo_target(r, bin, path);
	}
	/* In the wrong bin. */
	tuf_succinct_bin(bin, &s, "fw/stray");
	bin[4] = bin[4] == '0' ? '1' : '0';
	tuf_repo_target(r, bin, "fw/stray");
	tuf_repo_publish_all(r);
	REFRESH();
	for (int i = 0; i < 40; i++) {
		(void)snprintf(path, sizeof(path), "fw/%d", i);
		tuf_succinct_bin(bin, &s, path);
		FOUND(path, bin);
	}
	NOT_FOUND("fw/stray");
	NOT_FOUND("other/0");
}

TEST(bins_end_the_search_as_a_terminating_delegation_does)
{
	WALK;

	tuf_repo_delegate(r, T, "A", "*", false, 6);
	tuf_repo_split(r, "A", "bin", 1, 7);
	tuf_repo_delegate(r, T, "B", "*", false, 8);
	tuf_repo_target(r, "B", "x");
	tuf_repo_publish_all(r);
	REFRESH();
	NOT_FOUND("x");
	ck_assert_ptr_null(tuf_repo_stored(r, "B"));
}

TEST(hashed_bins_are_walked_by_the_prefix_of_the_hash)
{
	WALK;
	char name[8], path[16], hash[SHA256_HEX_SIZE];
	struct tuf_targets *t;

	for (unsigned i = 0; i < 16; i++) {
		struct tuf_delegation *d;

		(void)snprintf(name, sizeof(name), "h%x", i);
		d = tuf_repo_delegate(r, T, name, "", false, 6);
		free(d->paths[0]);
		free(d->paths);
		d->paths = NULL;
		d->n_paths = 0;
		d->hash_prefixes = xcalloc(1, sizeof(char *));
		d->hash_prefixes[0] = xstrdup(name + 1);
		d->n_hash_prefixes = 1;
	}
	for (int i = 0; i < 40; i++) {
		(void)snprintf(path, sizeof(path), "fw/%d", i);
		hash_sha256_hex(hash, path, strlen(path));
		(void)snprintf(name, sizeof(name), "h%c", hash[0]);
		tuf_repo_target(r, name, path);
	}
	t = tuf_repo_role(r, T);
	ck_assert_uint_eq(t->n_roles, 16);
	tuf_repo_publish_all(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(path, sizeof(path), "fw/%d", i);
		hash_sha256_hex(hash, path, strlen(path));
		(void)snprintf(name, sizeof(name), "h%c", hash[0]);
		FOUND(path, name);
	}
}

TEST(a_role_of_targets_can_be_loaded_without_a_path)
{
	WALK;
	char longest[2 * TUF_ROLE_MAX];

	tuf_repo_delegate(r, T, "releases.coat", "fw/*", true, 6);
	tuf_repo_delegate(r, "releases.coat", "deep", "fw/*", true, 7);
	tuf_repo_target(r, "releases.coat", "fw/a");
	tuf_repo_publish_all(r);
	REFRESH();
	(void)tuf_repo_requests(r);
	ck_assert_ptr_null(trust_targets(w.trust, "releases.coat"));
	ASSERT_OK(trust_load_role(w.trust, &w.io, "releases.coat", &e));
	ck_assert_uint_eq(trust_targets(w.trust, "releases.coat")->n_targets,
	                  1);
	ASSERT_OK(trust_load_role(w.trust, &w.io, "releases.coat", &e));
	ck_assert_str_eq(tuf_repo_requests(r), "1.releases.coat.json");
	ASSERT_OK(trust_load_role(w.trust, &w.io, "targets", &e));
	/* Not of targets, or of nobody. */
	ASSERT_ERR(trust_load_role(w.trust, &w.io, "deep", &e), ERR_NOT_FOUND);
	ck_assert_str_eq(e.msg, "targets does not delegate to 'deep'");
	ASSERT_ERR(trust_load_role(w.trust, &w.io, "root", &e), ERR_NOT_FOUND);
	ASSERT_ERR(trust_load_role(w.trust, &w.io, "", &e), ERR_NOT_FOUND);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ASSERT_ERR(trust_load_role(w.trust, &w.io, longest, &e), ERR_NOT_FOUND);
}

TEST(only_true_bins_of_targets_can_be_loaded_by_name)
{
	WALK;

	tuf_repo_split(r, T, "bin", 2, 7);
	tuf_repo_role(r, "bin-4");
	tuf_repo_add_signer(r, "bin-4", 7);
	tuf_repo_publish_all(r);
	REFRESH();
	ASSERT_OK(trust_load_role(w.trust, &w.io, "bin-3", &e));
	ASSERT_ERR(trust_load_role(w.trust, &w.io, "bin-4", &e), ERR_NOT_FOUND);
}

TEST(a_delegation_with_a_new_key_no_longer_trusts_the_stored_role)
{
	WALK;
	struct tuf_targets *t = tuf_repo_role(r, T);
	static const unsigned fresh[] = {7};

	r->list_hashes = false;
	tuf_repo_delegate(r, T, "coat", "fw/*", true, 6);
	tuf_repo_target(r, "coat", "fw/a");
	tuf_repo_publish_all(r);
	REFRESH();
	FOUND("fw/a", "coat");
	t->roles[0].n_keyids = 0;
	tuf_targets_add_key(t, &t->roles[0], tuf_repo_public(r, 7));
	tuf_repo_publish(r, T);
	tuf_repo_publish_listings(r);
	REFRESH();
	ASSERT_CODE(FIND("fw/a"), "threshold");
	tuf_repo_set_signers(r, "coat", fresh, 1);
	tuf_repo_publish_as(r, "coat", 1);
	FOUND("fw/a", "coat");
}
