#include "config.h"

#include "lib/tuf/root.h"
#include "tests/unit/tuf/world.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NOBODY "{\"keyids\":[],\"threshold\":1}"
#define ROLES(root)                                         \
	"\"roles\":{\"root\":" root ",\"snapshot\":" NOBODY \
	",\"targets\":" NOBODY ",\"timestamp\":" NOBODY     \
	",\"mirrors\":\"ignored\"}"
#define ROOT(keys, roles)                                                  \
	"{\"_type\":\"root\"," EXPIRES SPEC "\"version\":1,\"keys\":" keys \
	"," roles "}"

static int try_root(struct tuf_root *out, const char *signed_json,
                    struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	if (parse_signed(&env, TUF_ROOT, signed_json, e) != 0)
		return -1;
	return tuf_root_parse(out, &env, e);
}

TEST(CVE_2026_23991_a_root_of_the_wrong_shape_is_refused)
{
	static const struct {
		const char *root, *says;
	} cases[] = {
		/* clang-format off */
		{ROOT("[]", ROLES(NOBODY)), "keys: an array, an object is needed"},
		{ROOT("{}", "\"roles\":{}"), "'root' is missing"},
		{ROOT("{}", "\"roles\":[]"), "roles"},
		{ROOT("{}", ROLES("[]")), "an object is needed"},
		{ROOT("{}", ROLES("{\"keyids\":[]}")), "'threshold' is missing"},
		{ROOT("{}", ROLES("{\"threshold\":1}")), "'keyids' is missing"},
		{ROOT("{}", ROLES("{\"keyids\":[],\"threshold\":0}")), "roles.root.threshold: 0 is not within 1"},
		{ROOT("{}", ROLES("{\"keyids\":[],\"threshold\":-1}")), "-1 is not within 1"},
		{ROOT("{}", ROLES("{\"keyids\":[7],\"threshold\":1}")), "a string is needed"},
		{ROOT("{}", ROLES("{\"keyids\":[\"abc\"],\"threshold\":1}")), "is not a key id"},
		{ROOT("{}", ROLES("{\"keyids\":[\"" ID_A "\",\"" ID_A "\"],\"threshold\":2}")), "listed twice"},
		{ROOT("{\"" ID_A "\":7}", ROLES(NOBODY)), "an object is needed"},
		{ROOT("{\"" ID_A "\":{\"scheme\":\"ed25519\"}}", ROLES(NOBODY)), "'keytype' is missing"},
		{ROOT("{},\"consistent_snapshot\":1", ROLES(NOBODY)), "true or false is needed"},
		{ROOT("{},\"pawl_repo\":\"xyz\"", ROLES(NOBODY)), "32 lower-case hex digits"},
		{ROOT("{},\"pawl_repo\":null", ROLES(NOBODY)), "a string is needed"},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		SCOPED(tuf_root_fini)
		struct tuf_root root = {0};

		ASSERT_ERR(try_root(&root, cases[i].root, &e), ERR_INVALID);
		ASSERT_SAYS(cases[i].says);
	}
}

TEST(roles_we_do_not_know_and_a_missing_consistent_snapshot_are_tolerated)
{
	struct err e = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};

	ASSERT_OK(try_root(&root, ROOT("{}", ROLES(NOBODY)), &e));
	ck_assert(!root.consistent_snapshot);
	ck_assert_str_eq(root.repo, "");
}

TEST(a_key_whose_id_is_not_its_hash_vouches_for_nothing)
{
	struct err e = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	const char *s = ROOT(
		"{\"" ID_A "\":{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\","
		"\"keyval\":{\"public\":\"" ID_A "\"}}}",
		ROLES(NOBODY));

	ASSERT_OK(try_root(&root, s, &e));
	ck_assert_uint_eq(root.n_keys, 0);
}

TEST(an_ed25519_key_of_the_wrong_length_is_refused)
{
	static const char *const bad[] = {"", "aa", ID_A "aa", "A" ID_A};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		SCOPED(tuf_root_fini)
		struct tuf_root root = {0};
		SCOPED(free)
		char *s =
			xasprintf(ROOT("{\"" ID_A "\":{\"keytype\":\"ed25519\","
		                       "\"scheme\":\"ed25519\","
		                       "\"keyval\":{\"public\":\"%s\"}}}",
		                       ROLES(NOBODY)),
		                  bad[i]);

		ASSERT_ERR(try_root(&root, s, &e), ERR_INVALID);
		ASSERT_SAYS("is not a public key");
	}
}

TEST(a_key_of_an_unknown_type_is_left_out_and_vouches_for_nothing)
{
	struct err e = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(4096);
	const char *s = ROOT(
		"{\"" ID_A "\":{\"keytype\":\"future\",\"scheme\":\"future\","
		"\"keyval\":{\"public\":\"?\"}}}",
		ROLES("{\"keyids\":[\"" ID_A "\"],\"threshold\":1}"));

	ASSERT_OK(try_root(&root, s, &e));
	ck_assert_uint_eq(root.n_keys, 0);
	ck_assert_uint_eq(root.roles[TUF_ROOT].n_keyids, 1);
	/* … and is not lost by writing the root again. */
	ASSERT_ERR(tuf_root_write(&out, &root, &e), ERR_INVALID);
	ASSERT_SAYS("root: key " ID_A " is listed, but the key itself");
}

TEST(more_than_256_keys_are_refused)
{
	struct err e = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	SCOPED(buf_fini)
	struct buf keys = BUF_INIT(1 << 20);
	SCOPED(free)
	char *s = NULL;

	buf_putc(&keys, '{');
	for (int i = 0; i <= TUF_KEYS_MAX; i++)
		buf_printf(&keys,
		           "%s\"%064x\":{\"keytype\":\"x\",\"scheme\":\"x\","
		           "\"keyval\":{}}",
		           i ? "," : "", i);
	buf_putc(&keys, '}');
	s = xasprintf(ROOT("%s", ROLES(NOBODY)), buf_str(&keys));
	ASSERT_ERR(try_root(&root, s, &e), ERR_INVALID);
	ASSERT_SAYS("257 keys, 256 are allowed");
}

static void build(struct tuf_root *root, struct tuf_repo *r)
{
	root->version = 3;
	root->expires_s = INT64_C(1893456000);
	root->consistent_snapshot = true;
	for (unsigned t = TUF_ROOT; t <= TUF_TARGETS; t++) {
		root->roles[t].threshold = 1;
		tuf_root_add_key(root, (enum tuf_type)t, tuf_repo_public(r, t));
		tuf_root_add_key(root, (enum tuf_type)t, tuf_repo_public(r, t));
	}
	tuf_root_add_key(root, TUF_ROOT, tuf_repo_public(r, 9));
	root->roles[TUF_ROOT].threshold = 2;
	memcpy(root->repo, "00112233445566778899aabbccddeeff", 33);
}

TEST(a_removed_key_leaves_the_file_with_its_last_role)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	const char *id = tuf_repo_public(r, 9)->id;

	build(&root, r);
	ck_assert_uint_eq(root.n_keys, 5);
	tuf_root_add_key(&root, TUF_TARGETS, tuf_repo_public(r, 9));
	ck_assert(!tuf_root_remove_key(&root, TUF_SNAPSHOT, id));
	ck_assert(tuf_root_remove_key(&root, TUF_ROOT, id));
	ck_assert_uint_eq(root.roles[TUF_ROOT].n_keyids, 1);
	ck_assert_uint_eq(root.n_keys, 5);
	ck_assert(tuf_root_remove_key(&root, TUF_TARGETS, id));
	ck_assert(!tuf_root_remove_key(&root, TUF_TARGETS, id));
	ck_assert_uint_eq(root.n_keys, 4);
	for (size_t i = 0; i < root.n_keys; i++)
		ck_assert_str_ne(root.keys[i].id, id);
}

TEST(a_written_root_reads_back_the_same)
{
	struct err e = {0};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root again = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(16384);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	build(&root, r);
	ASSERT_OK(tuf_root_write(&out, &root, &e));
	ASSERT_OK(parse_signed(&env, TUF_ROOT, buf_str(&out), &e));
	ck_assert_str_eq(buf_str(&env.canonical), buf_str(&out));
	ASSERT_OK(tuf_root_parse(&again, &env, &e));
	ck_assert_int_eq(again.version, 3);
	ck_assert_int_eq(again.expires_s, root.expires_s);
	ck_assert(again.consistent_snapshot);
	ck_assert_uint_eq(again.n_keys, 5);
	ck_assert_uint_eq(again.roles[TUF_ROOT].n_keyids, 2);
	ck_assert_int_eq(again.roles[TUF_ROOT].threshold, 2);
	ck_assert_str_eq(again.repo, "00112233445566778899aabbccddeeff");
}

TEST(a_root_whose_threshold_can_not_be_met_is_not_written)
{
	struct err e = {0};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(16384);

	build(&root, r);
	root.roles[TUF_TARGETS].threshold = 2;
	ASSERT_ERR(tuf_root_write(&out, &root, &e), ERR_INVALID);
	ck_assert_str_eq(e.msg, "targets: a threshold of 2 over 1 keys can "
	                        "not be met");
	root.roles[TUF_TARGETS].threshold = 0;
	ASSERT_ERR(tuf_root_write(&out, &root, &e), ERR_INVALID);
}

TEST(a_key_with_extra_members_keeps_them_in_its_id)
{
	struct err e = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	const char *canonical =
		"{\"keyid_hash_algorithms\":[\"md5\"],\"keytype\":\"ed25519\","
		"\"keyval\":{\"public\":\"" ID_A "\"},\"scheme\":\"ed25519\"}";
	char id[KEY_ID_SIZE];
	SCOPED(free)
	char *s = NULL;

	hash_sha256_hex(id, canonical, strlen(canonical));
	s = xasprintf(ROOT("{\"%s\":%s}", ROLES(NOBODY)), id, canonical);
	ASSERT_OK(try_root(&root, s, &e));
	ck_assert_uint_eq(root.n_keys, 1);
	ck_assert_str_eq(root.keys[0].id, id);
}
