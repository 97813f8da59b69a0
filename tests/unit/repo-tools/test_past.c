/*
 * A key once removed from a role never returns to it, whoever asks: a command,
 * or a draft that somebody made by hand.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/past.h"
#include "repo-tools/folder/role_doc.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

static struct repo r;

#define NEW "--passphrase-file %s --kdf light"
#define SIGN "sign --all --passphrase-file %s"

TEST(a_removed_key_never_returns)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "rotate plans.coat --key %s " NEW,
	            test_path("r/keys/plans.coat.1.key"), r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(key_returned)",
	               "rotate plans.coat --key %s --with %s",
	               test_path("r/keys/plans.coat.3.key"),
	               test_path("r/keys/plans.coat.1.key"));
	ASSERT_RUNS(&r, "rotate root --key %s " NEW,
	            test_path("r/keys/root.1.key"), r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(key_returned)",
	               "rotate root --with %s", test_path("r/keys/root.1.key"));
	repo_fini(&r);
}

/* Key 1 of docs.manuals is gone from docs. */
static void begin_deep(void)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "delegate docs --path docs/* --path docs/manuals/* "
	            "--role-keys 2 " NEW,
	            r.pass);
	ASSERT_RUNS(&r,
	            "delegate docs.manuals --under docs --path docs/manuals/* "
	            "--role-keys 2 " NEW,
	            r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "rotate docs.manuals --key %s " NEW,
	            test_path("r/keys/docs.manuals.1.key"), r.pass);
	REPO_SIGN_ALL(&r);
}

TEST(a_removed_key_never_returns_however_deep_the_role)
{
	begin_deep();
	SCOPED(free)
	char *was = repo_read(&r, "metadata/1.docs.json");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(key_returned)",
	               "rotate docs.manuals --with %s",
	               test_path("r/keys/docs.manuals.1.key"));
	/* By hand, in a draft. */
	repo_write(&r, "staged/docs.json", was);
	repo_edit(&r, "staged/docs.json", "\"version\":1", "\"version\":3");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(key_returned)", SIGN, r.pass);
	ASSERT_COMPLAINS(&r.t, "docs 3: key ");
	repo_fini(&r);
}

/* A draft of targets by hand, which delegates to docs.manuals as this version
 * of docs did. */
static void move_manuals(const char *as_docs)
{
	static const char *const paths[] = {"manuals/*"};
	SCOPED(free)
	char *from = fs_join(r.dir, as_docs);
	SCOPED(free)
	char *to = fs_join(r.dir, "metadata/3.targets.json");
	SCOPED(role_doc_free)
	struct role_doc *docs = NULL, *targets = NULL;
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(buf_fini)
	struct buf draft = BUF_INIT(1 << 16), text = BUF_INIT(1 << 16);
	struct tuf_quorum q;
	struct err e;

	ASSERT_OK(role_doc_read(&docs, from, "docs", &e));
	ASSERT_OK(role_doc_read(&targets, to, "targets", &e));
	ASSERT_OK(role_doc_copy_targets(&t, targets, &e));
	t.version++;
	tuf_targets_delegate(&t, "docs.manuals", 2, paths, 1);
	q = tuf_targets_quorum(&docs->targets, &docs->targets.roles[0]);
	for (size_t i = 0; i < q.n_keys; i++)
		tuf_targets_add_key(&t, &t.roles[t.n_roles - 1], &q.keys[i]);
	ASSERT_OK(tuf_targets_write(&draft, &t, &e));
	buf_printf(&text, "{\"signatures\":[],\"signed\":%s}", buf_str(&draft));
	repo_write(&r, "staged/targets.json", buf_str(&text));
}

TEST(a_removed_key_does_not_return_with_a_role_that_moves)
{
	begin_deep();
	ASSERT_RUNS(&r, "delegate docs.manuals --remove");
	move_manuals("metadata/1.docs.json");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(key_returned)", SIGN, r.pass);
	ASSERT_COMPLAINS(&r.t, "targets 4: key ");
	ASSERT_COMPLAINS(&r.t, "was removed from docs.manuals before");
	ASSERT_EXIT(&r.t, repo_run(&r, "verify"), CLI_UNVERIFIED);
	ASSERT_PRINTS(&r.t, "a removed key never returns");
	/* With the keys that it has it may. */
	move_manuals("metadata/2.docs.json");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

/* Whoever signs a role chooses its numbers. */
TEST(a_number_far_ahead_of_the_others_is_not_counted_up_to)
{
	repo_init(&r);
	repo_write(&r, "metadata/9007199254740991.gone.json", "{}");
	ASSERT_RUNS(&r, "rotate targets --key %s " NEW,
	            test_path("r/keys/targets.1.key"), r.pass);
	REPO_SIGN_ALL(&r);
	repo_fini(&r);
}

/* Somebody puts it back by hand, in a draft. */
TEST(a_removed_key_in_a_draft_is_not_signed)
{
	repo_init(&r);
	SCOPED(free)
	char *was = repo_read(&r, "metadata/2.targets.json");
	ASSERT_RUNS(&r, "rotate plans.coat --key %s " NEW,
	            test_path("r/keys/plans.coat.1.key"), r.pass);
	REPO_SIGN_ALL(&r);
	repo_write(&r, "staged/targets.json", was);
	repo_edit(&r, "staged/targets.json", "\"version\":2", "\"version\":4");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(key_returned)", SIGN, r.pass);
	ASSERT_EXIT(&r.t, repo_run(&r, "verify"), CLI_UNVERIFIED);
	ASSERT_PRINTS(&r.t, "a removed key never returns");
	repo_fini(&r);
}
