#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/repo/signer.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *dir(void)
{
	return test_path("keys");
}

static struct tuf_repo *repo(void)
{
	key_library_init();
	return server_repo_new(dir());
}

static void key_file(struct tuf_repo *r, const char *name, const char *role,
                     unsigned key, const char *passphrase)
{
	struct rng_seeded rng;
	struct err e;

	rng_seeded_init(&rng, key);
	ASSERT_OK(secretfile_create(test_keep(fs_join(dir(), name)),
	                            tuf_repo_key(r, key), FIXTURE_REPO, role,
	                            "test", passphrase, &secretfile_cost_light,
	                            &rng.rng, &e));
}

static struct tuf_quorum quorum(struct key_public *keys,
                                char (*ids)[KEY_ID_SIZE], size_t n)
{
	for (size_t i = 0; i < n; i++)
		memcpy(ids[i], keys[i].id, KEY_ID_SIZE);
	return (struct tuf_quorum){.keys = keys,
	                           .n_keys = n,
	                           .keyids = ids,
	                           .n_keyids = n,
	                           .threshold = 1};
}

static const char signed_text[] =
	"{\"_type\":\"timestamp\",\"expires\":\"2026-12-01T00:00:00Z\","
	"\"meta\":{\"snapshot.json\":{\"version\":1}},"
	"\"spec_version\":\"1.0.0\",\"version\":1}";

TEST(a_role_is_signed_by_the_listed_key_that_is_held)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(signer_close)
	struct signer s = {0};
	SCOPED(buf_fini)
	struct buf in = BUF_INIT(4096), out = BUF_INIT(65536);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	struct key_public keys[2] = {*tuf_repo_public(r, 20),
	                             *tuf_repo_public(r, KEY_OF_TIMESTAMP)};
	char ids[2][KEY_ID_SIZE];
	struct tuf_quorum q = quorum(keys, ids, 2);
	struct err e;

	ASSERT_OK(signer_open(&s, dir(), NULL, &e));
	buf_puts(&in, signed_text);
	ASSERT_OK(
		signer_sign(&s, FIXTURE_REPO, "timestamp", &q, &in, &out, &e));
	ASSERT_OK(tuf_envelope_parse(&env, TUF_TIMESTAMP, "timestamp.json",
	                             out.data, out.len, &e));
	ck_assert_uint_eq(env.n_sigs, 1);
	ASSERT_OK(tuf_quorum_check(&q, &env, &e));
}

TEST(a_key_signs_for_what_its_file_binds_it_to_and_nothing_else)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(signer_close)
	struct signer s = {0};
	SCOPED(buf_fini)
	struct buf in = BUF_INIT(4096), out = BUF_INIT(65536);
	struct key_public keys[1] = {*tuf_repo_public(r, KEY_OF_SNAPSHOT)};
	char ids[1][KEY_ID_SIZE];
	struct tuf_quorum q = quorum(keys, ids, 1), nobody = {0};
	struct err e;

	ASSERT_OK(signer_open(&s, dir(), NULL, &e));
	buf_puts(&in, signed_text);
	ASSERT_CODE(
		signer_sign(&s, FIXTURE_REPO, "timestamp", &q, &in, &out, &e),
		"no_online_key");
	ASSERT_SAYS("timestamp");
	ASSERT_CODE(signer_sign(&s, "another repository", "snapshot", &q, &in,
	                        &out, &e),
	            "no_online_key");
	ASSERT_SAYS("another repository");
	ASSERT_CODE(signer_sign(&s, FIXTURE_REPO, "snapshot", &nobody, &in,
	                        &out, &e),
	            "no_online_key");
}

TEST(an_offline_key_does_not_belong_on_a_server)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(signer_close)
	struct signer s = {0};
	struct err e;

	key_file(r, "plans.key", "plans.band", SERVER_KEY_PLANS, NULL);
	ASSERT_CODE(signer_open(&s, dir(), NULL, &e), "offline_key");
	ASSERT_SAYS("plans.band");
	ck_assert_uint_eq(s.len, 0);
}

TEST(a_folder_that_is_not_there_holds_no_key_and_is_no_error)
{
	SCOPED(signer_close)
	struct signer s = {0};
	struct err e;

	key_library_init();
	ASSERT_OK(signer_open(&s, test_path("none"), NULL, &e));
	ck_assert_uint_eq(s.len, 0);
}

TEST(a_key_file_that_others_may_read_is_refused)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(signer_close)
	struct signer s = {0};
	struct err e;

	ck_assert_int_eq(
		chmod(test_keep(fs_join(dir(), "timestamp.key")), 0644), 0);
	ASSERT_CODE(signer_open(&s, dir(), NULL, &e), "insecure_mode");
}

TEST(a_sealed_key_wants_its_passphrase)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(signer_close)
	struct signer s = {0};
	struct err e;

	key_file(r, "next.key", "timestamp", 21, "correct");
	ck_assert_int_ne(signer_open(&s, dir(), NULL, &e), 0);
	ck_assert_int_ne(signer_open(&s, dir(), "wrong", &e), 0);
	ASSERT_OK(signer_open(&s, dir(), "correct", &e));
	ck_assert_uint_eq(s.len, 4);
}

TEST(new_files_are_found_and_keys_that_are_held_stay)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = repo();
	SCOPED(signer_close)
	struct signer s = {0};
	struct err e;

	ASSERT_OK(signer_open(&s, dir(), NULL, &e));
	ck_assert_uint_eq(s.len, 3);
	ASSERT_OK(fs_remove(test_keep(fs_join(dir(), "timestamp.key")), &e));
	key_file(r, "next.key", "timestamp", 21, NULL);
	ASSERT_OK(signer_refresh(&s, dir(), NULL, &e));
	ck_assert_uint_eq(s.len, 4);
	/* One bad file adds nothing, not even its neighbours. */
	key_file(r, "a.key", "timestamp", 22, NULL);
	key_file(r, "b.key", "root", KEY_OF_ROOT, NULL);
	ASSERT_CODE(signer_refresh(&s, dir(), NULL, &e), "offline_key");
	ck_assert_uint_eq(s.len, 4);
}
