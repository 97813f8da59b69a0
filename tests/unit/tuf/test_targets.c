#include "config.h"

#include "lib/base/mem.h"
#include "lib/tuf/targets.h"
#include "tests/unit/tuf/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TARGETS(rest) "{" TARGETS_HEAD "," rest "}"
#define ENTRY(entry) TARGETS("\"targets\":{\"a\":" entry "}")
#define DELEGATIONS(d) TARGETS("\"targets\":{},\"delegations\":" d)
#define ROLE(members) DELEGATIONS("{\"keys\":{},\"roles\":[{" members "}]}")
#define BINS(members) \
	DELEGATIONS("{\"keys\":{},\"succinct_roles\":{" members "}}")
#define WHO "\"keyids\":[],\"threshold\":1"

static int try_targets(struct tuf_targets *out, const char *signed_json,
                       struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	if (parse_signed(&env, TUF_TARGETS, signed_json, e) != 0)
		return -1;
	return tuf_targets_parse(out, "releases.coat", &env, e);
}

TEST(CVE_2026_23991_targets_of_the_wrong_shape_are_refused)
{
	static const struct {
		const char *targets, *says;
	} cases[] = {
		/* clang-format off */
		{TARGETS("\"x\":1"), "'targets' is missing"},
		{TARGETS("\"targets\":[]"), "an object is needed"},
		{ENTRY("1"), "an object is needed"},
		{ENTRY("{\"hashes\":{\"sha256\":\"" HASH "\"}}"), "'length' is missing"},
		{ENTRY("{\"length\":1}"), "'hashes' is missing"},
		{ENTRY("{\"length\":-1,\"hashes\":{\"sha256\":\"" HASH "\"}}"), "-1 is not within 0"},
		{ENTRY("{\"length\":1,\"hashes\":{}}"), "lists no hash"},
		{ENTRY("{\"length\":1,\"hashes\":{\"sha256\":\"AA\"}}"), "64 lower-case hex digits"},
		{ENTRY("{\"length\":1,\"hashes\":{\"sha256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}"), "64 lower-case hex digits"},
		{ENTRY("{\"length\":1,\"hashes\":{\"sha512\":\"" HASH "\"}}"), "128 lower-case hex digits"},
		{ENTRY("{\"length\":1,\"hashes\":{\"sha256\":\"" HASH "\"},\"custom\":null}"), "custom: null, an object is needed"},
		{ENTRY("{\"length\":1,\"hashes\":{\"sha256\":\"" HASH "\"},\"custom\":{\"x\":1.5}}"), "numbers are integers"},
		{DELEGATIONS("[]"), "delegations"},
		{DELEGATIONS("{\"roles\":[]}"), "'keys' is missing"},
		{DELEGATIONS("{\"keys\":{}}"), "exactly one of roles and succinct_roles"},
		{DELEGATIONS("{\"keys\":{},\"roles\":[],\"succinct_roles\":{}}"), "exactly one of roles"},
		{ROLE(WHO ",\"terminating\":true,\"paths\":[]"), "'name' is missing"},
		{ROLE("\"name\":\"\"," WHO ",\"terminating\":true,\"paths\":[]"), "name is empty"},
		{ROLE("\"name\":\"x\"," WHO ",\"paths\":[]"), "'terminating' is missing"},
		{ROLE("\"name\":\"x\"," WHO ",\"terminating\":true"), "exactly one of paths"},
		{ROLE("\"name\":\"x\"," WHO ",\"terminating\":true,\"paths\":[],\"path_hash_prefixes\":[]"), "exactly one of paths"},
		{ROLE("\"name\":\"x\"," WHO ",\"terminating\":true,\"paths\":[1]"), "a string is needed"},
		{ROLE("\"name\":\"x\"," WHO ",\"terminating\":true,\"path_hash_prefixes\":[\"g\"]"), "path_hash_prefixes[0] is not"},
		{ROLE("\"name\":\"x\"," WHO ",\"terminating\":true,\"path_hash_prefixes\":[\"\"]"), "path_hash_prefixes[0] is not"},
		{ROLE("\"name\":\"x\"," WHO ",\"terminating\":true,\"path_hash_prefixes\":[\"" HASH "a\"]"), "path_hash_prefixes[0] is not"},
		{ROLE("\"name\":\"x\",\"keyids\":[],\"threshold\":0,\"terminating\":true,\"paths\":[]"), "0 is not within 1"},
		{BINS(WHO ",\"name_prefix\":\"b\""), "'bit_length' is missing"},
		{BINS(WHO ",\"name_prefix\":\"b\",\"bit_length\":0"), "0 is not within 1 to 32"},
		{BINS(WHO ",\"name_prefix\":\"b\",\"bit_length\":33"), "33 is not within 1 to 32"},
		{BINS(WHO ",\"name_prefix\":\"\",\"bit_length\":8"), "name_prefix is empty"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(tuf_targets_fini)
		struct tuf_targets t = {0};

		ASSERT_ERR(try_targets(&t, cases[i].targets, &e), ERR_INVALID);
		ASSERT_SAYS(cases[i].says);
	}
}

TEST(a_delegation_may_not_take_the_name_of_a_top_level_role)
{
	static const char *const names[] = {"root", "timestamp", "snapshot",
	                                    "targets"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct err e = {0};
		SCOPED(tuf_targets_fini)
		struct tuf_targets t = {0};
		SCOPED(free)
		char *s = xasprintf(ROLE("\"name\":\"%s\"," WHO
		                         ",\"terminating\":true,\"paths\":[]"),
		                    names[i]);

		ASSERT_ERR(try_targets(&t, s, &e), ERR_INVALID);
		ASSERT_SAYS("is the name of a top-level role");
	}
}

TEST(a_role_is_delegated_once)
{
	struct err e = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	const char *s = DELEGATIONS(
		"{\"keys\":{},\"roles\":["
		"{\"name\":\"x\"," WHO ",\"terminating\":true,\"paths\":[]},"
		"{\"name\":\"x\"," WHO ",\"terminating\":true,\"paths\":[]}]}");

	ASSERT_ERR(try_targets(&t, s, &e), ERR_INVALID);
	ASSERT_SAYS(
		"releases.coat: targets: signed.delegations.roles: the role "
		"'x' is delegated twice");
}

TEST(more_than_4096_patterns_are_refused)
{
	struct err e = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(buf_fini)
	struct buf list = BUF_INIT(65536);
	SCOPED(free)
	char *s = NULL;

	for (int i = 0; i <= TUF_PATHS_MAX; i++)
		buf_printf(&list, "%s\"%d\"", i ? "," : "", i);
	s = xasprintf(ROLE("\"name\":\"x\"," WHO
	                   ",\"terminating\":true,\"paths\":[%s]"),
	              buf_str(&list));
	ASSERT_ERR(try_targets(&t, s, &e), ERR_INVALID);
	ASSERT_SAYS("4097 elements, 0 to 4096 are allowed");
}

TEST(a_target_path_has_at_most_4096_bytes)
{
	char path[TUF_PATH_MAX + 2];

	for (size_t len = TUF_PATH_MAX; len <= TUF_PATH_MAX + 1; len++) {
		struct err e = {0};
		SCOPED(tuf_targets_fini)
		struct tuf_targets t = {0};
		SCOPED(free)
		char *s = NULL;

		memset(path, 'x', len);
		path[len] = '\0';
		s = xasprintf(TARGETS("\"targets\":{\"%s\":{\"length\":1,"
		                      "\"hashes\":{\"sha256\":\"" HASH "\"}}}"),
		              path);
		if (len == TUF_PATH_MAX)
			ASSERT_OK(try_targets(&t, s, &e));
		else
			ASSERT_ERR(try_targets(&t, s, &e), ERR_INVALID);
	}
}

TEST(an_entry_keeps_both_hashes_and_its_custom_in_canonical_form)
{
	struct err e = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	const struct tuf_target *f;

	ASSERT_OK(try_targets(&t,
	                      ENTRY("{\"length\":7,\"unknown\":[],\"hashes\":{"
	                            "\"sha512\":\"" HASH HASH
	                            "\",\"sha256\":\"" HASH "\"},"
	                            "\"custom\":{ \"b\": 2, \"a\": [ 1 ] }}"),
	                      &e));
	f = tuf_targets_find(&t, "a");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->length, 7);
	ck_assert_str_eq(f->sha256, HASH);
	ck_assert_str_eq(f->sha512, HASH HASH);
	ck_assert_str_eq(f->custom, "{\"a\":[1],\"b\":2}");
	ck_assert(!f->unknown_hash);
}

TEST(entries_are_found_whatever_their_order_in_the_file)
{
	struct err e = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(buf_fini)
	struct buf list = BUF_INIT(1 << 16);
	SCOPED(free)
	char *s = NULL;
	char path[16];

	for (int i = 0; i < 100; i++)
		buf_printf(&list,
		           "%s\"p%d\":{\"length\":%d,"
		           "\"hashes\":{\"sha256\":\"" HASH "\"}}",
		           i ? "," : "", i * 37 % 100, i * 37 % 100);
	s = xasprintf(TARGETS("\"targets\":{%s}"), buf_str(&list));
	ASSERT_OK(try_targets(&t, s, &e));
	for (int i = 0; i < 100; i++) {
		(void)snprintf(path, sizeof(path), "p%d", i);
		ck_assert_ptr_nonnull(tuf_targets_find(&t, path));
		ck_assert_int_eq(tuf_targets_find(&t, path)->length, i);
	}
}

TEST(an_entry_with_an_unknown_hash_is_marked)
{
	struct err e = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(4096);

	ASSERT_OK(try_targets(&t,
	                      ENTRY("{\"length\":7,\"hashes\":{\"sha3\":\"00\","
	                            "\"sha256\":\"" HASH "\"}}"),
	                      &e));
	ck_assert(t.targets[0].unknown_hash);
	/* It would be lost. */
	ASSERT_ERR(tuf_targets_write(&out, &t, &e), ERR_INVALID);
}

TEST(written_targets_read_back_the_same)
{
	struct err e = {0};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = 2};
	SCOPED(tuf_targets_fini)
	struct tuf_targets again = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 16);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	static const char *const paths[] = {"fw/coat/*", "meta/coat/?"};
	struct tuf_delegation *d;

	t.expires_s = INT64_C(1893456000);
	tuf_targets_put(&t, "b", 2, HASH, NULL);
	tuf_targets_put(&t, "c", 3, HASH, "{\"x\":\"\\\"\"}");
	tuf_targets_put(&t, "a", 1, HASH, NULL);
	d = tuf_targets_delegate(&t, "releases.coat", 2, paths, 2);
	tuf_targets_add_key(&t, d, tuf_repo_public(r, 20));
	tuf_targets_add_key(&t, d, tuf_repo_public(r, 21));
	tuf_targets_add_key(&t, d, tuf_repo_public(r, 21));
	ASSERT_OK(tuf_targets_write(&out, &t, &e));
	ASSERT_OK(parse_signed(&env, TUF_TARGETS, buf_str(&out), &e));
	ck_assert_str_eq(buf_str(&env.canonical), buf_str(&out));
	ASSERT_OK(tuf_targets_parse(&again, "targets", &env, &e));
	ck_assert_uint_eq(again.n_targets, 3);
	ck_assert_str_eq(again.targets[2].custom, "{\"x\":\"\\\"\"}");
	ck_assert_uint_eq(again.n_keys, 2);
	d = &again.roles[0];
	ck_assert_str_eq(d->name, "releases.coat");
	ck_assert(d->terminating);
	ck_assert_int_eq(d->threshold, 2);
	ck_assert_uint_eq(d->n_keyids, 2);
	ck_assert_uint_eq(d->n_paths, 2);
	ck_assert_str_eq(d->paths[1], "meta/coat/?");
	ck_assert_ptr_eq(tuf_targets_role(&again, "releases.coat"), d);
	ck_assert_ptr_null(tuf_targets_role(&again, "releases"));
}

TEST(written_bins_read_back_the_same)
{
	struct err e = {0};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = 2};
	SCOPED(tuf_targets_fini)
	struct tuf_targets again = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 16);
	static const char *const path = "x";

	tuf_targets_split(&t, "releases.coat.bin", 5, 1);
	ASSERT_ERR(tuf_targets_write(&out, &t, &e), ERR_INVALID);
	tuf_targets_add_key(&t, NULL, tuf_repo_public(r, 20));
	buf_reset(&out);
	ASSERT_OK(tuf_targets_write(&out, &t, &e));
	ASSERT_OK(try_targets(&again, buf_str(&out), &e));
	ck_assert(again.succinct.present);
	ck_assert_int_eq(again.succinct.bit_length, 5);
	ck_assert_str_eq(again.succinct.name_prefix, "releases.coat.bin");
	ck_assert_uint_eq(again.succinct.n_keyids, 1);
	/* Both ways at once are not TUF. */
	(void)tuf_targets_delegate(&t, "x", 1, &path, 1);
	tuf_targets_add_key(&t, &t.roles[0], tuf_repo_public(r, 20));
	ASSERT_ERR(tuf_targets_write(&out, &t, &e), ERR_INVALID);
	ASSERT_SAYS("exclude each other");
}

TEST(a_removed_key_leaves_the_file_with_its_last_delegation)
{
	static const char *const paths[] = {"a/*"};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.has_delegations = true};
	const char *id = tuf_repo_public(r, 1)->id;

	(void)tuf_targets_delegate(&t, "one", 1, paths, 1);
	tuf_targets_split(&t, "bin", 2, 1);
	for (unsigned k = 0; k < 2; k++) {
		tuf_targets_add_key(&t, &t.roles[0], tuf_repo_public(r, k));
		tuf_targets_add_key(&t, NULL, tuf_repo_public(r, k));
	}
	ck_assert(tuf_targets_remove_key(&t, &t.roles[0], id));
	ck_assert_uint_eq(t.n_keys, 2);
	ck_assert(tuf_targets_remove_key(&t, NULL, id));
	ck_assert(!tuf_targets_remove_key(&t, NULL, id));
	ck_assert_uint_eq(t.n_keys, 1);
	ck_assert_uint_eq(t.roles[0].n_keyids, 1);
	ck_assert_uint_eq(t.succinct.n_keyids, 1);
	ck_assert_str_eq(t.keys[0].id, tuf_repo_public(r, 0)->id);
}

TEST(entries_stay_in_order_when_put_and_removed)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	char path[16];

	for (int i = 0; i < 100; i++) {
		(void)snprintf(path, sizeof(path), "p%02d", i * 37 % 100);
		tuf_targets_put(&t, path, i, HASH, "{}");
	}
	tuf_targets_put(&t, "p50", 1000, HASH, NULL);
	ck_assert_uint_eq(t.n_targets, 100);
	for (size_t i = 1; i < t.n_targets; i++)
		ck_assert(strcmp(t.targets[i - 1].path, t.targets[i].path) < 0);
	ck_assert_int_eq(tuf_targets_find(&t, "p50")->length, 1000);
	ck_assert_ptr_null(tuf_targets_find(&t, "p50")->custom);
	ck_assert(tuf_targets_remove(&t, "p50"));
	ck_assert(!tuf_targets_remove(&t, "p50"));
	ck_assert_ptr_null(tuf_targets_find(&t, "p50"));
	ck_assert_uint_eq(t.n_targets, 99);
}

static struct tuf_target *entry(struct tuf_target *f, const char *path,
                                int64_t length)
{
	*f = (struct tuf_target){.path = xstrdup(path), .length = length};
	(void)snprintf(f->sha256, sizeof(f->sha256), "%s", HASH);
	return f;
}

TEST(many_entries_put_at_once_come_out_as_put_one_by_one)
{
	const size_t counts[] = {0, 1, 2, 7, 100, 3000};

	for (size_t c = 0; c < ARRAY_LEN(counts); c++) {
		SCOPED(tuf_targets_fini)
		struct tuf_targets one = {0};
		SCOPED(tuf_targets_fini)
		struct tuf_targets all = {0};
		const size_t n = counts[c];
		struct tuf_target *entries = xcalloc(n, sizeof(*entries));

		/* Each third path comes twice. */
		for (size_t i = 0; i < n; i++) {
			char path[32];

			(void)snprintf(path, sizeof(path), "fw/coat/%zu",
			               i * 7919 % (n - n / 3));
			tuf_targets_put(&one, path, (int64_t)i, HASH, NULL);
			(void)entry(&entries[i], path, (int64_t)i);
		}
		tuf_targets_put_all(&all, entries, n);
		ck_assert_uint_eq(all.n_targets, one.n_targets);
		for (size_t i = 0; i < one.n_targets; i++) {
			ck_assert_str_eq(all.targets[i].path,
			                 one.targets[i].path);
			ck_assert_int_eq(all.targets[i].length,
			                 one.targets[i].length);
		}
	}
}

TEST(entries_put_at_once_replace_those_of_the_same_path)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	struct tuf_target *entries = xcalloc(2, sizeof(*entries));

	tuf_targets_put(&t, "b", 1, HASH, "{}");
	tuf_targets_put(&t, "d", 2, HASH, "{}");
	(void)entry(&entries[0], "c", 3);
	(void)entry(&entries[1], "b", 4);
	tuf_targets_put_all(&t, entries, 2);
	ck_assert_uint_eq(t.n_targets, 3);
	ck_assert_int_eq(tuf_targets_find(&t, "b")->length, 4);
	ck_assert_ptr_null(tuf_targets_find(&t, "b")->custom);
	ck_assert_int_eq(tuf_targets_find(&t, "c")->length, 3);
	ck_assert_int_eq(tuf_targets_find(&t, "d")->length, 2);
	tuf_targets_put_all(&t, NULL, 0);
	ck_assert_uint_eq(t.n_targets, 3);
}

TEST(lengths_are_written_as_they_are)
{
	const int64_t lengths[] = {
		0, 9, 10, 4096, (INT64_C(1) << 53) - 1, INT64_MAX};

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		SCOPED(tuf_targets_fini)
		struct tuf_targets t = {.version = 1, .expires_s = 60};
		SCOPED(buf_fini)
		struct buf out = BUF_INIT(4096);
		char wanted[64];
		struct err e = {0};

		tuf_targets_put(&t, "x", lengths[i], HASH, NULL);
		ck_assert_int_eq(tuf_targets_write(&out, &t, &e), 0);
		(void)snprintf(wanted, sizeof(wanted),
		               "\"},\"length\":%" PRId64 "}},\"version\":1}",
		               lengths[i]);
		ck_assert_ptr_nonnull(strstr(buf_str(&out), wanted));
	}
}

TEST(one_entry_without_a_hash_among_good_ones_is_not_written)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = 1, .expires_s = 60};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(4096);
	struct err e = {0};

	tuf_targets_put(&t, "a", 1, HASH, NULL);
	tuf_targets_put(&t, "b", 1, HASH, NULL);
	tuf_targets_put(&t, "c", 1, HASH, NULL);
	t.targets[1].sha256[0] = '\0';
	ck_assert_int_eq(tuf_targets_write(&out, &t, &e), -1);
	ASSERT_SAYS("b: sha256 or sha512 is needed");
}
