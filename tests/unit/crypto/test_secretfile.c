#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/secretfile.h"
#include "tests/support/runner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPO "00112233445566778899aabbccddeeff"

static struct rng_seeded rng;

static struct key_secret *new_key(void)
{
	static uint64_t seed;

	key_library_init();
	rng_seeded_init(&rng, ++seed);
	return key_secret_new(KEY_ED25519, &rng.rng);
}

/* A fresh key in test_path("k"). */
static struct key_secret *stored_key(const char *passphrase)
{
	struct key_secret *k = new_key();
	struct err e;

	ASSERT_OK(fs_remove(test_path("k"), &e));
	ASSERT_OK(secretfile_create(test_path("k"), k, REPO, "targets",
	                            "Ada \"a\" L.", passphrase,
	                            &secretfile_cost_light, &rng.rng, &e));
	return k;
}

static char *content(const char *path)
{
	struct buf b = BUF_INIT(1 << 16);
	struct err e;

	ASSERT_OK(fs_read(&b, path, &e));
	return test_keep(buf_take(&b));
}

/* Rewrites the file with `from` replaced by `to`. */
static void edit(const char *from, const char *to)
{
	char *text = content(test_path("k"));
	char *at = strstr(text, from);
	struct err e;

	ck_assert_msg(at != NULL, "no '%s' in %s", from, text);
	*at = '\0';
	SCOPED(free)
	char *new = xasprintf("%s%s%s", text, to, at + strlen(from));
	ASSERT_OK(fs_write(test_path("k"), new, strlen(new), 0600, &e));
}

static int open_k(const char *passphrase, struct err *e)
{
	struct key_secret *k = NULL;
	int result = secretfile_open(&k, NULL, test_path("k"), passphrase, e);

	key_secret_free(k);
	return result;
}

TEST(a_sealed_key_opens_with_its_passphrase)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("swordfish");
	SCOPED(key_secret_free)
	struct key_secret *back = NULL;
	struct secretfile_info info;
	struct stat st;
	struct err e;

	ck_assert_int_eq(stat(test_path("k"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ASSERT_OK(
		secretfile_open(&back, &info, test_path("k"), "swordfish", &e));
	ck_assert(key_public_equal(key_secret_public(back),
	                           key_secret_public(k)));
	ck_assert_str_eq(info.repo, REPO);
	ck_assert_str_eq(info.role, "targets");
	ck_assert_str_eq(info.label, "Ada \"a\" L.");
	ck_assert(info.encrypted);
}

TEST(a_key_of_every_type_comes_back_from_its_file)
{
	struct err e;

	key_library_init();
	rng_seeded_init(&rng, 77);
	for (int i = 0; i < 2 * KEY_SCHEMES; i++) {
		const char *passphrase = i % 2 == 0 ? "swordfish" : NULL;
		SCOPED(key_secret_free)
		struct key_secret *k =
			key_secret_new((enum key_scheme)(i / 2), &rng.rng);
		SCOPED(key_secret_free)
		struct key_secret *back = NULL;
		struct secretfile_info info;

		ASSERT_OK(fs_remove(test_path("k"), &e));
		ASSERT_OK(secretfile_create(
			test_path("k"), k, REPO, "targets", "Ada", passphrase,
			&secretfile_cost_light, &rng.rng, &e));
		ASSERT_OK(secretfile_open(&back, &info, test_path("k"),
		                          passphrase, &e));
		ck_assert(key_public_equal(key_secret_public(back),
		                           key_secret_public(k)));
		ck_assert_int_eq(info.public.scheme, i / 2);
		ck_assert_str_eq(info.public.id, key_secret_public(k)->id);
		if (passphrase != NULL)
			ASSERT_CODE(open_k("other", &e), "wrong_passphrase");
	}
}

/* Written by the first release that had key files. */
TEST(a_key_file_of_the_first_release_opens)
{
	static const char text[] =
		"{\"schema\":\"pawl-key/1\",\"repo\":\"76382e232203f479a27c817c"
		"65aba203\",\"role\":\"targets\",\"label\":\"\",\"keyid\":\"084"
		"923e5177f5e575fbd65caa9a2c65dbe1c3d56bd4efcf1240f1db6d8f0a77c"
		"\""
		",\"key\":{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"691"
		"ab198b429b43dd87b2ef3af055a21d152b300c9a76461321ec0b2ef362370"
		"\""
		"},\"scheme\":\"ed25519\"},\"kdf\":{\"alg\":\"argon2id\",\"oper"
		"ations\":1,\"memory\":8388608,\"salt\":\"cc03475ccd5f5c8266e1f"
		"bb7ff938e78\"},\"nonce\":\"3afadf8d22a8c7dbfa43ee2780225f13623"
		"4f5f1ba90ab0d\",\"secretbox\":\"f2ca471d900b7227761d67b560f195"
		"d5457ba08c097d275b2f98e3df39e990814874793d075e5a56c022d143d1a7"
		"db1ec12919e77f9528e9f597476db29dcd500a70c90391ee91d25bda219877"
		"1bd17a\"}\n";
	struct err e;

	key_library_init();
	ASSERT_OK(fs_write(test_path("k"), text, strlen(text), 0600, &e));
	ASSERT_OK(open_k("swordfish", &e));
	ASSERT_CODE(open_k("sworddish", &e), "wrong_passphrase");
}

TEST(a_wrong_passphrase_opens_nothing)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("swordfish");
	struct err e;

	ASSERT_CODE(open_k("sworddish", &e), "wrong_passphrase");
	ck_assert_int_eq(e.kind, ERR_FORBIDDEN);
	ASSERT_CODE(open_k("", &e), "wrong_passphrase");
	ASSERT_CODE(open_k(NULL, &e), "wrong_passphrase");
	ck_assert_ptr_null(strstr(e.msg, "swordfish"));
}

TEST(the_file_shows_who_it_is_for_and_never_the_seed)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("swordfish");
	struct secretfile_info info;
	uint8_t stored[KEY_STORED_MAX], seed[KEY_SEED_SIZE];
	char hex[2 * KEY_SEED_SIZE + 1];
	struct err e;

	ck_assert_uint_eq(key_secret_store(stored, k), sizeof(seed));
	memcpy(seed, stored, sizeof(seed));
	for (size_t i = 0; i < sizeof(seed); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", seed[i]);
	char *text = content(test_path("k"));
	ck_assert_ptr_null(strstr(text, hex));
	ck_assert_ptr_null(strstr(text, "swordfish"));
	ASSERT_OK(secretfile_peek(&info, test_path("k"), &e));
	ck_assert_str_eq(info.role, "targets");
	ck_assert_str_eq(info.public.id, key_secret_public(k)->id);
}

TEST(a_key_in_the_clear_needs_no_passphrase)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key(NULL);
	SCOPED(key_secret_free)
	struct key_secret *back = NULL;
	struct secretfile_info info;
	struct err e;

	ASSERT_OK(secretfile_open(&back, &info, test_path("k"), NULL, &e));
	ck_assert(!info.encrypted);
	ck_assert(key_public_equal(key_secret_public(back),
	                           key_secret_public(k)));
}

TEST(an_edited_field_makes_the_key_useless_rather_than_different)
{
	static const struct {
		const char *from, *to;
	} edits[] = {
		{"\"repo\":\"00", "\"repo\":\"01"},
		{"\"role\":\"targets\"", "\"role\":\"root\""},
		{"Ada", "Eve"},
	};
	struct err e;

	for (int clear = 0; clear < 2; clear++) {
		const char *passphrase = clear ? NULL : "p";

		for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
			SCOPED(key_secret_free)
			struct key_secret *k = stored_key(passphrase);

			edit(edits[i].from, edits[i].to);
			ASSERT_CODE(open_k(passphrase, &e), "key_binding");
			ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
		}
	}
}

/* Both the key object and its id, so that they agree with each other. */
TEST(another_public_key_in_the_file_is_a_breach_of_its_binding)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("p");
	SCOPED(key_secret_free)
	struct key_secret *other = new_key();
	struct err e;

	edit(key_secret_public(k)->text, key_secret_public(other)->text);
	ASSERT_ERR(open_k("p", &e), ERR_INVALID);
	ASSERT_SAYS("the key id is");
	edit(key_secret_public(k)->id, key_secret_public(other)->id);
	ASSERT_CODE(open_k("p", &e), "key_binding");
}

TEST(an_edited_box_does_not_open)
{
	static const char *const fields[] = {"\"secretbox\":\"", "\"nonce\":\"",
	                                     "\"salt\":\""};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		SCOPED(key_secret_free)
		struct key_secret *k = stored_key("p");
		char *text = content(test_path("k"));
		char *at = strstr(text, fields[i]);

		ck_assert_ptr_nonnull(at);
		at += strlen(fields[i]);
		*at = *at == '0' ? '1' : '0';
		ASSERT_OK(
			fs_write(test_path("k"), text, strlen(text), 0600, &e));
		ASSERT_CODE(open_k("p", &e), "wrong_passphrase");
	}
}

TEST(a_hostile_file_cannot_ask_for_endless_work)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("p");
	struct err e;

	edit("\"memory\":8388608", "\"memory\":8796093022208");
	ASSERT_ERR(open_k("p", &e), ERR_INVALID);
	ASSERT_SAYS("kdf.memory");
	edit("\"memory\":8796093022208", "\"memory\":8388608");
	edit("\"operations\":1", "\"operations\":1000000");
	ASSERT_ERR(open_k("p", &e), ERR_INVALID);
	ASSERT_SAYS("kdf.operations");
}

TEST(a_file_that_others_can_touch_is_refused)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0606, 0644, 0610};
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("p");
	struct secretfile_info info;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		ck_assert_int_eq(chmod(test_path("k"), modes[i]), 0);
		ASSERT_CODE(open_k("p", &e), "insecure_mode");
		ASSERT_CODE(secretfile_peek(&info, test_path("k"), &e),
		            "insecure_mode");
	}
	ck_assert_int_eq(chmod(test_path("k"), 0400), 0);
	ASSERT_OK(open_k("p", &e));
}

TEST(a_symbolic_link_is_neither_read_nor_replaced)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("p");
	struct secretfile_info info;
	struct stat st;
	struct err e;

	ASSERT_OK(secretfile_peek(&info, test_path("k"), &e));
	ASSERT_OK(fs_rename(test_path("k"), test_path("real"), &e));
	ck_assert_int_eq(symlink("real", test_path("k")), 0);
	ASSERT_CODE(open_k("p", &e), "insecure_mode");
	ASSERT_ERR(secretfile_create(test_path("k"), k, REPO, "targets", "a",
	                             "q", &secretfile_cost_light, &rng.rng, &e),
	           ERR_CONFLICT);
	ASSERT_CODE(secretfile_replace(test_path("k"), k, &info, "q",
	                               &secretfile_cost_light, &rng.rng, &e),
	            "insecure_mode");
	ck_assert_int_eq(lstat(test_path("k"), &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
}

TEST(a_key_file_is_never_overwritten_by_a_new_key)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("p");
	SCOPED(key_secret_free)
	struct key_secret *other = new_key();
	struct err e;

	ASSERT_ERR(secretfile_create(test_path("k"), other, REPO, "root", "",
	                             "p", &secretfile_cost_light, &rng.rng, &e),
	           ERR_CONFLICT);
	ASSERT_OK(open_k("p", &e));
}

static int fail_rename(void *ctx, enum fs_op op, const char *path)
{
	(void)path;
	return op == *(enum fs_op *)ctx ? EIO : 0;
}

TEST(a_changed_passphrase_is_all_or_nothing)
{
	SCOPED(key_secret_free)
	struct key_secret *k = stored_key("old");
	enum fs_op ops[] = {FS_OPEN, FS_WRITE, FS_SYNC, FS_RENAME};
	struct secretfile_info info;
	struct err e;

	ASSERT_OK(secretfile_peek(&info, test_path("k"), &e));
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		fs_set_hook(fail_rename, &ops[i]);
		ASSERT_ERR(secretfile_replace(test_path("k"), k, &info, "new",
		                              &secretfile_cost_light, &rng.rng,
		                              &e),
		           ERR_IO);
		fs_set_hook(NULL, NULL);
		ASSERT_OK(open_k("old", &e));
	}
	ASSERT_OK(secretfile_replace(test_path("k"), k, &info, "new",
	                             &secretfile_cost_light, &rng.rng, &e));
	ASSERT_CODE(open_k("old", &e), "wrong_passphrase");
	ASSERT_OK(open_k("new", &e));
}

/* A key whose file cannot be read back would be a key lost. */
TEST(a_key_whose_file_would_not_read_back_is_not_written)
{
	SCOPED(key_secret_free)
	struct key_secret *k = new_key();
	char longer[SECRETFILE_LABEL_SIZE + 1];
	struct err e;

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ASSERT_ERR(secretfile_create(test_path("n"), k, REPO, "root", longer,
	                             "p", &secretfile_cost_light, &rng.rng, &e),
	           ERR_INVALID);
	ASSERT_ERR(secretfile_create(test_path("n"), k, REPO, "root", "caf\xe9",
	                             "p", &secretfile_cost_light, &rng.rng, &e),
	           ERR_INVALID);
	ck_assert(!fs_exists(test_path("n")));
}

TEST(files_that_are_no_keys_are_refused)
{
	static const char *const texts[] = {"",
	                                    "{}",
	                                    "[]",
	                                    "null",
	                                    "{\"schema\":\"pawl-key/2\"}",
	                                    "{\"schema\":\"pawl-key/1\"}",
	                                    "not json"};
	struct secretfile_info info;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		ASSERT_OK(fs_write(test_path("k"), texts[i], strlen(texts[i]),
		                   0600, &e));
		ASSERT_ERR(secretfile_peek(&info, test_path("k"), &e),
		           ERR_INVALID);
	}
	SCOPED(free)
	char *big = xcalloc(20000, 1);
	memset(big, ' ', 19999);
	ASSERT_OK(fs_write(test_path("k"), big, 19999, 0600, &e));
	ASSERT_ERR(secretfile_peek(&info, test_path("k"), &e), ERR_TOO_LARGE);
}
