#include "config.h"

#include "lib/tuf/snapshot.h"
#include "tests/unit/tuf/world.h"

#define HEAD(type) "{\"_type\":\"" type "\"," EXPIRES SPEC "\"version\":5,"
#define SNAPSHOT(meta) HEAD("snapshot") "\"meta\":" meta "}"
#define TIMESTAMP(meta) HEAD("timestamp") "\"meta\":" meta "}"
#define ONE(members) "{\"a.json\":{" members "\"version\":1}}"

static int try_listing(struct tuf_snapshot *out, enum tuf_type type,
                       const char *signed_json, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	if (parse_signed(&env, type, signed_json, e) != 0)
		return -1;
	return tuf_snapshot_parse(out, &env, e);
}

TEST(CVE_2026_23991_a_snapshot_of_the_wrong_shape_is_refused)
{
	static const struct {
		const char *snapshot, *says;
	} cases[] = {
		/* clang-format off */
		{HEAD("snapshot") "\"x\":1}", "'meta' is missing"},
		{SNAPSHOT("[]"), "an object is needed"},
		{SNAPSHOT("{\"a\":{\"version\":1}}"), "meta.a: is not a role name"},
		{SNAPSHOT("{\"targets.jsox\":{\"version\":1}}"), "is not a role name"},
		{SNAPSHOT("{\".json\":{\"version\":1}}"), "is not a role name"},
		{SNAPSHOT("{\"a.json\":1}"), "an object is needed"},
		{SNAPSHOT("{\"a.json\":{}}"), "'version' is missing"},
		{SNAPSHOT("{\"a.json\":{\"version\":0}}"), "0 is not within 1"},
		{SNAPSHOT(ONE("\"length\":-1,")), "-1 is not within 0"},
		{SNAPSHOT(ONE("\"length\":\"1\",")), "an integer is needed"},
		{SNAPSHOT(ONE("\"hashes\":{},")), "lists no hash"},
		{SNAPSHOT(ONE("\"hashes\":[],")), "an object is needed"},
		{SNAPSHOT(ONE("\"hashes\":{\"sha256\":\"00\"},")), "64 lower-case hex digits"},
		{SNAPSHOT(ONE("\"hashes\":{\"sha256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},")), "64 lower-case hex digits"},
		{SNAPSHOT(ONE("\"hashes\":{\"sha256\":1},")), "a string is needed"},
		{SNAPSHOT(ONE("\"hashes\":{\"md5\":\"00\"},")), "is not a hash known here"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(tuf_snapshot_fini)
		struct tuf_snapshot s = {0};

		ASSERT_ERR(try_listing(&s, TUF_SNAPSHOT, cases[i].snapshot, &e),
		           ERR_INVALID);
		ASSERT_SAYS(cases[i].says);
	}
}

TEST(a_timestamp_lists_the_snapshot_and_nothing_else)
{
	struct err e = {0};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};

	ASSERT_ERR(try_listing(&s, TUF_TIMESTAMP, TIMESTAMP("{}"), &e),
	           ERR_INVALID);
	ASSERT_SAYS("must list snapshot.json alone");
	ASSERT_ERR(try_listing(&s, TUF_TIMESTAMP,
	                       TIMESTAMP("{\"root.json\":{\"version\":1}}"),
	                       &e),
	           ERR_INVALID);
	ASSERT_ERR(try_listing(&s, TUF_TIMESTAMP,
	                       TIMESTAMP("{\"root.json\":{\"version\":1},"
	                                 "\"snapshot.json\":{\"version\":1}}"),
	                       &e),
	           ERR_INVALID);
	ASSERT_OK(try_listing(&s, TUF_TIMESTAMP,
	                      TIMESTAMP("{\"snapshot.json\":{\"version\":1}}"),
	                      &e));
}

TEST(a_role_name_of_more_than_127_bytes_is_refused)
{
	struct err e = {0};
	char name[TUF_ROLE_MAX + 1];

	for (size_t len = TUF_ROLE_MAX - 1; len <= TUF_ROLE_MAX; len++) {
		SCOPED(tuf_snapshot_fini)
		struct tuf_snapshot s = {0};
		SCOPED(free)
		char *text = NULL;

		memset(name, 'x', len);
		name[len] = '\0';
		text = xasprintf(SNAPSHOT("{\"%s.json\":{\"version\":1}}"),
		                 name);
		if (len < TUF_ROLE_MAX)
			ASSERT_OK(try_listing(&s, TUF_SNAPSHOT, text, &e));
		else
			ASSERT_ERR(try_listing(&s, TUF_SNAPSHOT, text, &e),
			           ERR_INVALID);
	}
}

TEST(a_written_snapshot_reads_back_the_same_whatever_the_names)
{
	struct err e = {0};
	/* As file names "a-b.json" sorts before "a.json". */
	static const char *const roles[] = {"a", "a-b", "targets", "/../x",
	                                    "z"};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {.version = 4};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot again = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(4096);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	s.expires_s = INT64_C(1893456000);
	for (size_t i = ARRAY_LEN(roles); i-- > 0;)
		tuf_snapshot_put(&s, roles[i], (int64_t)i + 1,
		                 i % 2 ? "bytes" : NULL, 5);
	ASSERT_OK(tuf_snapshot_write(&out, TUF_SNAPSHOT, &s, &e));
	ASSERT_OK(parse_signed(&env, TUF_SNAPSHOT, buf_str(&out), &e));
	ck_assert_str_eq(buf_str(&env.canonical), buf_str(&out));
	ASSERT_OK(tuf_snapshot_parse(&again, &env, &e));
	ck_assert_uint_eq(again.n_files, ARRAY_LEN(roles));
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		const struct tuf_meta_file *f =
			tuf_snapshot_find(&again, roles[i]);

		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(f->version, (int64_t)i + 1);
		ck_assert_int_eq(f->length, i % 2 ? 5 : -1);
		ck_assert_uint_eq(strlen(f->sha256), i % 2 ? 64 : 0);
	}
	ck_assert_ptr_null(tuf_snapshot_find(&again, "b"));
	ck_assert_ptr_null(tuf_snapshot_find(&again, ""));
}

TEST(putting_a_role_again_replaces_it)
{
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};

	tuf_snapshot_put(&s, "a", 1, "x", 1);
	tuf_snapshot_put(&s, "a", 2, NULL, 0);
	ck_assert_uint_eq(s.n_files, 1);
	ck_assert_int_eq(s.files[0].version, 2);
	ck_assert_int_eq(s.files[0].length, -1);
	ck_assert_str_eq(s.files[0].sha256, "");
}

TEST(bytes_are_held_against_length_and_every_listed_hash)
{
	struct err e = {0};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};
	struct tuf_meta_file f;

	tuf_snapshot_put(&s, "a", 1, "hello", 5);
	ASSERT_OK(tuf_meta_file_check(&s.files[0], "hello", 5, &e));
	ASSERT_CODE(tuf_meta_file_check(&s.files[0], "hell", 4, &e),
	            "mismatch");
	ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
	ck_assert_str_eq(e.msg, "a: 4 bytes, 5 are listed");
	ASSERT_CODE(tuf_meta_file_check(&s.files[0], "hellO", 5, &e),
	            "mismatch");
	ASSERT_SAYS("a: sha256 is ");
	/* The other hash counts too. */
	f = s.files[0];
	memset(f.sha512, '0', sizeof(f.sha512) - 1);
	ASSERT_CODE(tuf_meta_file_check(&f, "hello", 5, &e), "mismatch");
	ASSERT_SAYS("a: sha512 is ");
	/* Nothing listed, nothing to hold against. */
	f = (struct tuf_meta_file){.length = -1};
	ASSERT_OK(tuf_meta_file_check(&f, "anything", 8, &e));
}
