/*
 * RSA signatures from elsewhere, which our own client takes with any salt: the
 * gate refuses those that tough would not take, whichever file has the key.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "server/store/published.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>

#define RSA_KEY 40
#define SALT_OF_OTHERS 222 /* the longest of 2048 bits: openssl's default */

static struct server *published(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	tuf_repo_use_rsa(s->repo, RSA_KEY);
	s->repo->rsa_salt = SALT_OF_OTHERS;
	return s;
}

static int64_t version_of(struct server *s, const char *role)
{
	int64_t version = 0;
	struct err e;

	ASSERT_OK(published_version(&version, s->fleet->store, role, &e));
	return version;
}

TEST(targets_signed_with_a_salt_that_tough_refuses_are_refused)
{
	static const unsigned keys[] = {KEY_OF_TARGETS, RSA_KEY};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_set_keys(s->repo, TUF_TARGETS, 2, keys, 2);
	tuf_repo_publish(s->repo, "root");
	tuf_repo_publish(s->repo, "targets");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"),
	            "sig_salt");
	ASSERT_SAYS("2.targets.json: key ");
	ASSERT_SAYS("another salt than one of 32 bytes; hurts tough 0.24.0");
	ck_assert_int_eq(version_of(s, "root"), 1);
	s->repo->rsa_salt = 0;
	tuf_repo_publish_as(s->repo, "targets", 2);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json", "2.targets.json"));
}

/* Root 3 is signed by the key that only root 2 lists. */
TEST(a_root_is_asked_with_its_own_keys_and_with_those_before_it)
{
	static const unsigned keys[] = {KEY_OF_ROOT, RSA_KEY};
	static const unsigned next_keys[] = {KEY_OF_ROOT, 41};
	SCOPED(server_free)
	struct server *s = published();
	struct err e;

	tuf_repo_set_keys(s->repo, TUF_ROOT, 2, keys, 2);
	tuf_repo_add_signer(s->repo, "root", SERVER_KEY_ROOT_2);
	tuf_repo_publish_as(s->repo, "root", 2);
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "sig_salt");
	s->repo->rsa_salt = 0;
	tuf_repo_publish_as(s->repo, "root", 2);
	ASSERT_OK(SERVER_PUBLISH(s, "2.root.json"));
	(void)tuf_root_remove_key(&s->repo->root, TUF_ROOT,
	                          tuf_repo_public(s->repo, RSA_KEY)->id);
	tuf_repo_set_keys(s->repo, TUF_ROOT, 2, next_keys, 2);
	tuf_repo_add_signer(s->repo, "root", RSA_KEY);
	s->repo->rsa_salt = SALT_OF_OTHERS;
	tuf_repo_publish_as(s->repo, "root", 3);
	ASSERT_CODE(SERVER_PUBLISH(s, "3.root.json"), "sig_salt");
	ASSERT_SAYS("3.root.json: key ");
	s->repo->rsa_salt = 0;
	tuf_repo_publish_as(s->repo, "root", 3);
	ASSERT_OK(SERVER_PUBLISH(s, "3.root.json"));
}

/* A signature that nobody asked for is fine until somebody counts on it, and
 * the file that carries it does not come again then. */
TEST(a_file_that_stays_is_asked_again_when_its_keys_are_others)
{
	SCOPED(server_free)
	struct server *s = published();
	struct tuf_targets *t = tuf_repo_role(s->repo, "targets");
	struct err e;

	tuf_repo_add_signer(s->repo, "releases.band", RSA_KEY);
	tuf_repo_publish(s->repo, "releases.band");
	ASSERT_OK(SERVER_PUBLISH(s, "2.releases.band.json"));
	for (size_t i = 0; i < t->n_roles; i++)
		if (strcmp(t->roles[i].name, "releases.band") == 0)
			tuf_targets_add_key(t, &t->roles[i],
			                    tuf_repo_public(s->repo, RSA_KEY));
	tuf_repo_publish(s->repo, "targets");
	ASSERT_CODE(SERVER_PUBLISH(s, "2.targets.json"), "sig_salt");
	ASSERT_SAYS("2.releases.band.json: key ");
	s->repo->rsa_salt = 0;
	tuf_repo_publish(s->repo, "releases.band");
	ASSERT_OK(SERVER_PUBLISH(s, "2.targets.json", "3.releases.band.json"));
}

/* The same of targets that delegate to nobody. */
TEST(targets_that_stay_are_asked_again_when_root_gives_them_a_key)
{
	static const char *const products[] = {"releases.band", "plans.band",
	                                       "rollout.band"};
	SCOPED(server_free)
	struct server *s = server_new();
	struct tuf_targets *t = tuf_repo_role(s->repo, "targets");
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(products); i++)
		ck_assert(tuf_targets_undelegate(t, products[i]));
	t->has_delegations = false;
	tuf_repo_use_rsa(s->repo, RSA_KEY);
	s->repo->rsa_salt = SALT_OF_OTHERS;
	tuf_repo_add_signer(s->repo, "targets", RSA_KEY);
	tuf_repo_publish_as(s->repo, "root", 1);
	tuf_repo_publish_as(s->repo, "targets", 1);
	ASSERT_OK(SERVER_PUBLISH(s, "1.root.json", "1.targets.json"));
	tuf_root_add_key(&s->repo->root, TUF_TARGETS,
	                 tuf_repo_public(s->repo, RSA_KEY));
	tuf_repo_publish_as(s->repo, "root", 2);
	ASSERT_CODE(SERVER_PUBLISH(s, "2.root.json"), "sig_salt");
	ASSERT_SAYS("1.targets.json: key ");
}
