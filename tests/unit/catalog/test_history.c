#include "config.h"

#include "lib/catalog/bins.h"
#include "lib/catalog/history.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

static struct key_secret *key(uint8_t n)
{
	uint8_t seed[KEY_SEED_SIZE] = {'h', n};

	key_library_init();
	return key_secret_from_seed(KEY_ED25519, seed);
}

/* The role's keys in one root. */
static int root(struct history *h, int64_t version, enum tuf_type role,
                const char *keys, struct err *e)
{
	SCOPED(tuf_root_fini)
	struct tuf_root r = {.version = version};

	for (const char *p = keys; *p != '\0'; p++) {
		SCOPED(key_secret_free)
		struct key_secret *k = key((uint8_t)*p);

		tuf_root_add_key(&r, role, key_secret_public(k));
	}
	return history_root(h, &r, e);
}

static int delegator(struct history *h, const char *by, int64_t version,
                     const char *role, const char *keys, struct err *e)
{
	static const char *const paths[] = {"a/*"};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = version, .has_delegations = true};

	if (role != NULL)
		(void)tuf_targets_delegate(&t, role, 1, paths, 1);
	for (const char *p = keys; *p != '\0'; p++) {
		SCOPED(key_secret_free)
		struct key_secret *k = key((uint8_t)*p);

		tuf_targets_add_key(&t, &t.roles[0], key_secret_public(k));
	}
	return history_targets(h, by, &t, e);
}

static int targets(struct history *h, int64_t version, const char *role,
                   const char *keys, struct err *e)
{
	return delegator(h, "targets", version, role, keys, e);
}

static bool removed(const struct history *h, const char *role, uint8_t n)
{
	SCOPED(key_secret_free)
	struct key_secret *k = key(n);

	return history_removed(h, role, key_secret_public(k));
}

TEST(a_key_removed_from_root_never_returns)
{
	SCOPED(history_fini)
	struct history h = {0};
	struct err e;

	ASSERT_OK(root(&h, 1, TUF_ROOT, "ab", &e));
	ASSERT_OK(root(&h, 2, TUF_ROOT, "bc", &e));
	ck_assert(removed(&h, "root", 'a'));
	ck_assert(!removed(&h, "root", 'b'));
	ck_assert(!removed(&h, "root", 'x'));
	ASSERT_OK(root(&h, 3, TUF_ROOT, "bc", &e));
	ASSERT_CODE(root(&h, 4, TUF_ROOT, "abc", &e), "key_returned");
	ASSERT_SAYS("root 4: key ");
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
}

TEST(the_four_roles_and_delegated_ones_are_kept_apart)
{
	SCOPED(history_fini)
	struct history h = {0};
	struct err e;

	ASSERT_OK(root(&h, 1, TUF_TIMESTAMP, "a", &e));
	ASSERT_OK(root(&h, 2, TUF_SNAPSHOT, "a", &e));
	ck_assert(removed(&h, "timestamp", 'a'));
	ck_assert(!removed(&h, "snapshot", 'a'));
	ASSERT_OK(targets(&h, 1, "plans.coat", "a", &e));
	/* A root says nothing about delegations, nor the other way round. */
	ASSERT_OK(root(&h, 3, TUF_SNAPSHOT, "a", &e));
	ck_assert(!removed(&h, "plans.coat", 'a'));
	ASSERT_OK(targets(&h, 2, "plans.coat", "a", &e));
	ck_assert(!removed(&h, "snapshot", 'a'));
}

TEST(a_delegation_that_goes_takes_its_keys_with_it)
{
	SCOPED(history_fini)
	struct history h = {0};
	struct err e;

	ASSERT_OK(targets(&h, 1, "plans.coat", "ab", &e));
	ASSERT_OK(targets(&h, 3, NULL, "", &e));
	ASSERT_OK(targets(&h, 4, "plans.coat", "c", &e));
	ASSERT_CODE(targets(&h, 5, "plans.coat", "cb", &e), "key_returned");
	ASSERT_SAYS("targets 5: key ");
}

TEST(every_delegator_has_a_history_of_its_own)
{
	SCOPED(history_fini)
	struct history h = {0};
	struct err e;

	ASSERT_OK(targets(&h, 1, "docs", "a", &e));
	ASSERT_OK(delegator(&h, "docs", 1, "docs.deep", "bc", &e));
	ASSERT_OK(delegator(&h, "docs", 2, "docs.deep", "bd", &e));
	ASSERT_OK(delegator(&h, "docs.deep", 1, "docs.deeper", "c", &e));
	/* A version of one closes nothing of another. */
	ASSERT_OK(targets(&h, 2, "docs", "a", &e));
	ck_assert(removed(&h, "docs.deep", 'c'));
	ck_assert(!removed(&h, "docs.deep", 'b'));
	ck_assert(!removed(&h, "docs.deeper", 'c'));
	ASSERT_OK(delegator(&h, "docs", 3, "docs.deep", "bd", &e));
	ASSERT_CODE(delegator(&h, "docs", 4, "docs.deep", "bcd", &e),
	            "key_returned");
	ASSERT_SAYS("docs 4: key ");
	ASSERT_SAYS("was removed from docs.deep before");
}

static int moved(const struct history *h, const char *by, const char *keys,
                 struct err *e)
{
	static const char *const paths[] = {"a/*"};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = 7, .has_delegations = true};

	tuf_targets_delegate(&t, "docs", 1, paths, 1);
	for (const char *p = keys; *p != '\0'; p++) {
		SCOPED(key_secret_free)
		struct key_secret *k = key((uint8_t)*p);

		tuf_targets_add_key(&t, &t.roles[0], key_secret_public(k));
	}
	return history_moved(h, by, &t, e);
}

TEST(a_role_moves_with_the_keys_it_has_and_no_others)
{
	SCOPED(history_fini)
	struct history h = {0};
	struct err e;

	ASSERT_OK(targets(&h, 1, "docs", "ab", &e));
	ASSERT_OK(targets(&h, 2, "docs", "bc", &e));
	ASSERT_OK(moved(&h, "arm", "bcd", &e));
	ASSERT_CODE(moved(&h, "arm", "ab", &e), "key_returned");
	ASSERT_SAYS("arm 7: key ");
	ASSERT_SAYS("was removed from docs before");
	/* Whoever named it before has a history, which history_targets()
	 * asks. */
	ASSERT_OK(moved(&h, "targets", "ab", &e));
	/* Moved and back, and moved on: who dropped it took the keys away, and
	 * who has it gives them. */
	ASSERT_OK(delegator(&h, "arm", 1, "docs", "bc", &e));
	ASSERT_OK(targets(&h, 3, "other", "a", &e));
	ASSERT_OK(moved(&h, "leg", "bc", &e));
	ASSERT_OK(delegator(&h, "arm", 2, "other", "a", &e));
	ASSERT_CODE(moved(&h, "leg", "c", &e), "key_returned");
	ASSERT_OK(moved(&h, "leg", "d", &e));
}

static int bins(struct history *h, int64_t version, bool by_prefix,
                const char *keys, struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = version, .has_delegations = true};
	struct key_public public[4];
	char ids[4][KEY_ID_SIZE];
	struct tuf_quorum q = {.keys = public, .keyids = ids, .threshold = 1};

	for (const char *p = keys; *p != '\0'; p++) {
		SCOPED(key_secret_free)
		struct key_secret *k = key((uint8_t)*p);

		public[q.n_keys++] = *key_secret_public(k);
		memcpy(ids[q.n_keyids++], key_secret_public(k)->id,
		       KEY_ID_SIZE);
	}
	if (*keys != '\0')
		bins_declare(&t, "docs", 4, by_prefix, &q);
	return history_targets(h, "docs", &t, e);
}

TEST(bins_are_one_role_and_may_be_gone_for_a_time)
{
	for (int by_prefix = 0; by_prefix <= 1; by_prefix++) {
		SCOPED(history_fini)
		struct history h = {0};
		struct err e;

		ASSERT_OK(bins(&h, 1, by_prefix, "ab", &e));
		ck_assert_uint_eq(h.len, 2);
		ASSERT_OK(bins(&h, 2, by_prefix, "", &e));
		ASSERT_OK(bins(&h, 3, !by_prefix, "ab", &e));
		ASSERT_OK(bins(&h, 4, by_prefix, "bc", &e));
		ck_assert(removed(&h, "docs.bin", 'a'));
		ASSERT_CODE(bins(&h, 5, by_prefix, "ab", &e), "key_returned");
		ASSERT_SAYS("was removed from docs.bin before");
	}
}

TEST(only_a_file_that_may_delegate_has_to_be_read)
{
	static const char none[] = "{\"signed\":{\"targets\":{}}}";
	static const char some[] = "{\"signed\":{\"delegations\":{}}}";
	static const char hidden[] = "{\"\\u0064elegations\":{}}";

	ck_assert(!history_concerns(none, strlen(none)));
	ck_assert(history_concerns(some, strlen(some)));
	ck_assert(history_concerns(hidden, strlen(hidden)));
}

TEST(another_id_does_not_hide_a_removed_key)
{
	static const char *const ids[] = {"aa", "bb"};
	SCOPED(history_fini)
	struct history h = {0};
	SCOPED(key_secret_free)
	struct key_secret *one = key(1);
	SCOPED(key_secret_free)
	struct key_secret *two = key(2);
	struct err e;

	for (int version = 1; version <= 3; version++) {
		SCOPED(tuf_root_fini)
		struct tuf_root r = {.version = version};
		struct key_public k =
			*key_secret_public(version == 2 ? two : one);

		(void)snprintf(k.id, sizeof(k.id), "%s", ids[version == 3]);
		tuf_root_add_key(&r, TUF_ROOT, &k);
		if (version < 3)
			ASSERT_OK(history_root(&h, &r, &e));
		else
			ASSERT_CODE(history_root(&h, &r, &e), "key_returned");
	}
}
