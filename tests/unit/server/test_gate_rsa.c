/*
 * RSA signatures from elsewhere, which our own client takes with any salt: the
 * gate refuses those that tough would not take, whichever file has the key.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/gate_lint.h"
#include "server/show/show.h"
#include "server/store/published.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>

#define RSA_KEY 40
#define RSA_KEY_OF_BAND 42 /* no key speaks for two roles */
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

/* ---- What was published before anybody asked about salt ---- */

static int read_blob(void *ctx, const struct tuf_target *entry, struct buf *out,
                     struct err *e)
{
	const struct server *s = ctx;

	return blobs_read(&s->fleet->blobs, entry->sha256, out, e);
}

#define FILES 8

/* What would be visible with these files, whatever a publish says to them. */
static struct view *view_of(struct server *s, const char *const names[FILES],
                            const struct view *before)
{
	SCOPED(view_put)
	struct view *now = view_get(&s->fleet->view);
	struct file *files[FILES];
	struct view *v;
	struct set *set;
	struct err e = {0};
	size_t n = 0;

	for (; n < FILES && names[n] != NULL; n++) {
		const struct tuf_repo_file *f =
			tuf_repo_served(s->repo, names[n]);

		files[n] = file_new(names[n], 0, f->bytes, f->len, &e);
		ck_assert_ptr_nonnull(files[n]);
	}
	set = set_new(files, n, before != NULL ? view_set(before) : NULL,
	              read_blob, s, &e);
	ck_assert_msg(set != NULL, "%s", e.msg);
	v = view_new(set, now->onlines[0], NULL);
	set_unref(set);
	for (size_t i = 0; i < n; i++)
		file_unref(files[i]);
	return v;
}

/* Targets and releases.band, each with an rsa signature that tough refuses. */
static const char *const odd[FILES] = {"1.root.json", "2.root.json",
                                       "2.targets.json", "2.releases.band.json",
                                       "1.plans.band.json"};

static struct tuf_delegation *band_of(struct server *s)
{
	struct tuf_targets *t = tuf_repo_role(s->repo, "targets");

	for (size_t i = 0; i < t->n_roles; i++)
		if (strcmp(t->roles[i].name, "releases.band") == 0)
			return &t->roles[i];
	ck_abort_msg("nobody delegates to releases.band");
	return NULL;
}

static struct server *published_odd(void)
{
	static const unsigned keys[] = {KEY_OF_TARGETS, RSA_KEY};
	struct server *s = published();

	tuf_repo_use_rsa(s->repo, RSA_KEY_OF_BAND);
	tuf_repo_set_keys(s->repo, TUF_TARGETS, 2, keys, 2);
	tuf_targets_add_key(tuf_repo_role(s->repo, "targets"), band_of(s),
	                    tuf_repo_public(s->repo, RSA_KEY_OF_BAND));
	tuf_repo_add_signer(s->repo, "releases.band", RSA_KEY_OF_BAND);
	tuf_repo_publish(s->repo, "root");
	tuf_repo_publish(s->repo, "targets");
	tuf_repo_publish(s->repo, "releases.band");
	s->repo->rsa_salt = 0;
	return s;
}

/* "2.targets.json sig_salt " for each file that is complained about when this
 * one comes over those. */
static const char *complaints(struct server *s, const char *name)
{
	const char *names[FILES];
	SCOPED(view_put)
	struct view *current = view_of(s, odd, NULL);
	SCOPED(view_put)
	struct view *candidate = NULL;
	struct buf said = BUF_INIT(4096);
	SCOPED(lint_fini)
	struct lint l;

	memcpy(names, odd, sizeof(names));
	names[5] = name;
	candidate = view_of(s, names, current);
	lint_init(&l, LINT_MAINSTREAM);
	for (size_t i = 0; i < view_set(candidate)->n_roles; i++)
		gate_lint_files(&l, &view_set(candidate)->roles[i].file, 1,
		                current);
	gate_lint_files(&l, view_set(candidate)->roots,
	                view_set(candidate)->n_roots, current);
	gate_lint_view(&l, candidate, current);
	for (size_t i = 0; i < l.len; i++)
		buf_printf(&said, "%s %s ", l.items[i].file,
		           l.items[i].rule->code);
	return test_keep(buf_take(&said));
}

/* Else no release could be withdrawn in a hurry: a published version cannot be
 * signed anew. */
TEST(files_that_stay_and_the_keys_they_stand_on_are_not_asked_again)
{
	static const char *const roles[] = {"plans.band", "targets", "root"};
	SCOPED(server_free)
	struct server *s = published_odd();

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		SCOPED(free)
		char *name = xasprintf("%d.%s.json", i == 0 ? 2 : 3, roles[i]);

		tuf_repo_publish(s->repo, roles[i]);
		ck_assert_str_eq(complaints(s, name), "");
	}
}

TEST(files_that_stay_are_asked_again_with_another_threshold_or_key)
{
	static const unsigned keys[] = {RSA_KEY, 41};
	SCOPED(server_free)
	struct server *s = published_odd();
	struct tuf_delegation *band = band_of(s);
	int64_t threshold = band->threshold;

	band->threshold = 1;
	tuf_repo_publish_as(s->repo, "targets", 3);
	ck_assert_str_eq(complaints(s, "3.targets.json"),
	                 "2.releases.band.json sig_salt ");
	band->threshold = threshold;
	tuf_targets_add_key(tuf_repo_role(s->repo, "targets"), band,
	                    tuf_repo_public(s->repo, 43));
	tuf_repo_publish_as(s->repo, "targets", 3);
	ck_assert_str_eq(complaints(s, "3.targets.json"),
	                 "2.releases.band.json sig_salt ");
	tuf_repo_set_keys(s->repo, TUF_TARGETS, 2, keys, 2);
	tuf_repo_publish_as(s->repo, "root", 3);
	ck_assert_str_eq(complaints(s, "3.root.json"),
	                 "2.targets.json sig_salt ");
}

/* ---- A new host for an old repository ---- */

static bool overview_says(struct server *s, const char *what)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	ASSERT_OK(show_overview(&out, s->fleet, &e));
	return strstr(buf_str(&out), what) != NULL;
}

TEST(an_old_root_is_published_with_a_warning_and_the_newest_never)
{
	static const unsigned keys[] = {KEY_OF_ROOT, SERVER_KEY_ROOT_2,
	                                RSA_KEY};
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	tuf_repo_use_rsa(s->repo, RSA_KEY);
	s->repo->rsa_salt = SALT_OF_OTHERS;
	tuf_repo_set_keys(s->repo, TUF_ROOT, 3, keys, 3);
	ASSERT_CODE(server_publish_first(s, &e), "sig_salt");
	ASSERT_SAYS("1.root.json: key ");
	s->repo->rsa_salt = 0;
	tuf_repo_publish_as(s->repo, "root", 2);
	ASSERT_OK(SERVER_PUBLISH(s, "1.root.json", "2.root.json",
	                         "1.targets.json", "1.releases.band.json",
	                         "1.plans.band.json"));
	ck_assert_int_eq(version_of(s, "root"), 2);
	ck_assert(overview_says(s, "(sig_salt_old)"));
}
