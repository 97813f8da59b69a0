/*
 * What a repository must refuse to publish, each by its rule: the list that
 * other projects' incidents left behind.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/catalog/jump.h"
#include "lib/crypto/hash.h"
#include "server/store/published.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	return s;
}

static int64_t version_of(struct server *s, const char *role)
{
	int64_t version = 0;
	struct err e;

	ASSERT_OK(published_version(&version, s->fleet->store, role, &e));
	return version;
}

TEST(a_threshold_that_no_number_of_signatures_meets_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_publish_as(s->repo, "root", 2);
	tuf_repo_edit(s->repo, "2.root.json", "\"threshold\":2",
	              "\"threshold\":3");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "threshold_unmet");
	tuf_repo_publish_as(s->repo, "targets", 2);
	tuf_repo_edit(s->repo, "2.targets.json", "\"threshold\":2",
	              "\"threshold\":3");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json"), "threshold_unmet");
	ck_assert_int_eq(version_of(s, "root"), 1);
	ck_assert_int_eq(version_of(s, "targets"), 1);
}

TEST(a_root_that_has_expired_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	s->repo->root.expires_s = FIXTURE_T0_S - 1;
	tuf_repo_publish(s->repo, "root");
	ck_assert_int_ne(SERVER_PUBLISH(s, "2.root.json"), 0);
	ASSERT_SAYS("of root");
	ck_assert_int_eq(version_of(s, "root"), 1);
}

/* Root 2 by its own keys alone, then by the old ones alone. */
TEST(a_root_needs_the_threshold_of_the_old_keys_and_of_its_own)
{
	static const unsigned new_keys[] = {30, 31};
	static const unsigned old_keys[] = {KEY_OF_ROOT, SERVER_KEY_ROOT_2};
	static const unsigned one_of_each[] = {KEY_OF_ROOT, 30};
	static const struct {
		const unsigned *signers;
		size_t n;
	} cases[] = {{new_keys, 2}, {old_keys, 2}, {one_of_each, 2}};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_set_keys(s->repo, TUF_ROOT, 2, new_keys, 2);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		tuf_repo_set_signers(s->repo, "root", cases[i].signers,
		                     cases[i].n);
		tuf_repo_publish_as(s->repo, "root", 2);
		ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "threshold");
	}
	tuf_repo_set_signers(s->repo, "root", new_keys, 2);
	for (size_t i = 0; i < ARRAY_LEN(old_keys); i++)
		tuf_repo_add_signer(s->repo, "root", old_keys[i]);
	tuf_repo_publish_as(s->repo, "root", 2);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json"));
}

TEST(a_root_that_skips_a_version_is_refused)
{
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_publish_as(s->repo, "root", 3);
	ASSERT_CODE(SERVER_PUBLISH(s, "3.root.json"), "root_gap");
	tuf_repo_publish_as(s->repo, "root", 2);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json", "3.root.json"));
}

/* A published version never goes back: a thief who used all numbers up would
 * leave none to the role's next keys. */
TEST(a_version_far_above_the_published_one_is_refused)
{
	static const struct {
		int64_t version;
		const char *code; /* NULL: taken */
	} rows[] = {
		{INT64_C(9007199254740991), "version_far"},
		{1 + JUMP_AT_SERVER + 1, "version_far"},
		{1 + JUMP_AT_SERVER, NULL},
		{1 + 2 * JUMP_AT_SERVER, NULL},
	};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(free)
		char *name = xasprintf("%" PRId64 ".releases.band.json",
		                       rows[i].version);

		tuf_repo_publish_as(s->repo, "releases.band", rows[i].version);
		if (rows[i].code == NULL) {
			ASSERT_OK(SERVER_PUBLISH(s, name));
			continue;
		}
		ASSERT_CODE(SERVER_PUBLISH(s, name), rows[i].code);
		ASSERT_SAYS("releases.band");
	}
	ck_assert_int_eq(version_of(s, "releases.band"),
	                 1 + 2 * JUMP_AT_SERVER);
}

TEST(a_key_that_already_speaks_for_another_role_is_refused)
{
	static const unsigned mixed[] = {KEY_OF_TARGETS, SERVER_KEY_RELEASES};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_set_keys(s->repo, TUF_TARGETS, 2, mixed, 2);
	tuf_repo_set_signers(s->repo, "root", NULL, 0);
	tuf_repo_add_signer(s->repo, "root", KEY_OF_ROOT);
	tuf_repo_add_signer(s->repo, "root", SERVER_KEY_ROOT_2);
	tuf_repo_publish(s->repo, "root");
	tuf_repo_publish(s->repo, "targets");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"),
	            "key_reuse");
	ASSERT_SAYS("speaks for targets and for releases.band; a key may have "
	            "one role");
	ck_assert_int_eq(version_of(s, "root"), 1);
}

/* The same key under another id, which is right: a field more, or a public
 * part that is spelled otherwise. */
static struct key_public twin_of(const struct key_public *k, const char *more,
                                 const char *public)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(KEY_OBJECT_MAX);
	struct key_public twin = *k;
	struct jw w;

	jw_init_canonical(&w, &json);
	jw_object(&w);
	if (more != NULL)
		jw_put_str(&w, more, "");
	jw_put_str(&w, "keytype", key_scheme_type(k->scheme));
	jw_key(&w, "keyval");
	jw_object(&w);
	jw_put_str(&w, "public", public);
	jw_end_object(&w);
	jw_put_str(&w, "scheme", key_scheme_name(k->scheme));
	jw_end_object(&w);
	(void)snprintf(twin.object, sizeof(twin.object), "%s", buf_str(&json));
	hash_sha256_hex(twin.id, buf_str(&json), json.len);
	ck_assert_str_ne(twin.id, k->id);
	return twin;
}

/* plans.band by these two alone, both of them. */
static void delegate_plans_to(struct tuf_repo *r, const struct key_public *a,
                              const struct key_public *b)
{
	static const char *const paths[] = {"plan/band/*"};
	struct tuf_targets *t = tuf_repo_role(r, "targets");
	struct tuf_delegation *d;

	ck_assert(tuf_targets_undelegate(t, "plans.band"));
	d = tuf_targets_delegate(t, "plans.band", 2, paths, 1);
	tuf_targets_add_key(t, d, a);
	tuf_targets_add_key(t, d, b);
	tuf_repo_publish_as(r, "targets", 2);
}

/* The signature of one id is there under the other, too. */
static void sign_as_both(struct tuf_repo *r, const char *name, const char *id,
                         const char *twin)
{
	const char *at = strstr(tuf_repo_served(r, name)->bytes, id);
	SCOPED(free)
	char *both = xasprintf("%s%.*s},{\"keyid\":\"%s", twin,
	                       (int)strcspn(at + strlen(id), "}"),
	                       at + strlen(id), id);

	tuf_repo_edit(r, name, id, both);
}

/* The lint compares what is written, the catalog the keys themselves. */
TEST(GHSA_3633_5h82_39pq_a_threshold_by_one_key_under_two_ids_is_refused)
{
	static const struct {
		enum key_scheme scheme;
		const char *more;
		size_t cut; /* bytes of the public part, from its end */
		const char *code;
	} rows[] = {{KEY_ED25519, "keyid_hash_algorithms", 0, "key_twice"},
	            {KEY_ECDSA_P256, "keyid_hash_algorithms", 0, "key_twice"},
	            {KEY_ECDSA_P256, NULL, 1, "key_reuse"}};
	static const uint8_t seed[KEY_SEED_SIZE] = {1};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		const unsigned key = 40 + i;
		const struct key_public *k;
		struct key_public twin;
		SCOPED(free)
		char *public = NULL;

		s->repo->keys[key] = key_secret_from_seed(rows[i].scheme, seed);
		k = tuf_repo_public(s->repo, key);
		public = xstrdup(k->text);
		public[strlen(public) - rows[i].cut] = '\0';
		twin = twin_of(k, rows[i].more, public);
		delegate_plans_to(s->repo, k, &twin);
		tuf_repo_set_signers(s->repo, "plans.band", &key, 1);
		tuf_repo_publish_as(s->repo, "plans.band", 2);
		sign_as_both(s->repo, "2.plans.band.json", k->id, twin.id);
		ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json",
		                           "2.plans.band.json"),
		            rows[i].code);
		ck_assert_int_eq(version_of(s, "targets"), 1);
	}
}

/* The delegation stays and its file goes: a client that follows the
 * delegation would find nothing. */
TEST(a_role_that_is_delegated_to_and_nowhere_is_refused)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	ck_assert_int_ne(SERVER_PUBLISH(s, "1.root.json"), 0);
	ASSERT_OK(server_publish_first(s, &e));
	tuf_repo_delegate(s->repo, "targets", "plain", "plain/*", true, 33);
	tuf_repo_publish(s->repo, "targets");
	ck_assert_int_ne(SERVER_PUBLISH(s, "2.targets.json"), 0);
	ASSERT_SAYS("plain");
	ck_assert_int_eq(version_of(s, "targets"), 1);
}

/* Bins of two keys, and a plain role below another. */
static void delegate_deeply(struct tuf_repo *r)
{
	struct tuf_targets *t = tuf_repo_role(r, "releases.band");

	tuf_repo_split(r, "releases.band", "releases.band.bin", 1, 33);
	tuf_targets_add_key(t, NULL, tuf_repo_public(r, 37));
	t->succinct.threshold = 2;
	tuf_repo_add_signer(r, "releases.band.bin-0", 37);
	tuf_repo_add_signer(r, "releases.band.bin-1", 37);
	tuf_repo_delegate(r, "targets", "plain", "plain/*", true, 35);
	tuf_repo_delegate(r, "plain", "plain.below", "plain/b*", true, 36);
	tuf_repo_publish(r, "targets");
	tuf_repo_publish(r, "releases.band");
}

/* A client that looks for anything new asks for its file all the same. */
TEST(a_role_that_lists_nothing_has_to_be_signed_too)
{
	static const unsigned stranger = 34;
	static const char *const empty[] = {"releases.band.bin-0",
	                                    "releases.band.bin-1", "plain",
	                                    "plain.below"};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	delegate_deeply(s->repo);
	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		tuf_repo_publish(s->repo, empty[i]);
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "2.releases.band.json",
	                         "1.releases.band.bin-0.json",
	                         "1.releases.band.bin-1.json", "1.plain.json",
	                         "1.plain.below.json"));
	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		SCOPED(free)
		char *name = xasprintf("2.%s.json", empty[i]);

		tuf_repo_set_signers(s->repo, empty[i], &stranger, 1);
		tuf_repo_publish(s->repo, empty[i]);
		ASSERT_CODE(SERVER_PUBLISH(s, name), "threshold");
		ASSERT_SAYS(empty[i]);
		ck_assert_int_eq(version_of(s, empty[i]), 1);
	}
}

TEST(a_second_server_on_the_same_data_is_kept_out)
{
	SCOPED(server_free)
	struct server *s = published();
	SCOPED(free)
	struct fleet *second = xcalloc(1, sizeof(*second));
	struct err e;

	ASSERT_CODE(fleet_open(second, &s->config, &s->clock.clock, &s->rng.rng,
	                       &e),
	            "in_use");
	ASSERT_SAYS("another pawld");
	fleet_close(second);
	/* The first one goes on, and its journal is still marked as open. */
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	server_crash(s);
	ck_assert(!s->fleet->journal.was_clean);
}
