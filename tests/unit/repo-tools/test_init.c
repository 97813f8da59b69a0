#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/json/js.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static struct repo r;

TEST(a_new_repository_is_complete_and_says_what_the_server_makes)
{
	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t, "init %s --passphrase-file %s --kdf light",
	                      r.dir, r.pass),
	            0);
	ck_assert(repo_has(&r, "pawl.json"));
	ck_assert(repo_has(&r, "metadata/1.root.json"));
	ck_assert(repo_has(&r, "metadata/1.targets.json"));
	ck_assert(repo_has(&r, "keys/root.3.key"));
	ck_assert(repo_has(&r, "online/snapshot.key"));
	ck_assert(repo_has(&r, "online/timestamp.key"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "ok      root 1: 3 signatures, 2 of 3 needed, "
	                    "until 2027-03-01T00:00:00Z\n");
	ASSERT_PRINTS(&r.t, "ok      targets 1: 3 signatures, 2 of 3 needed, "
	                    "until 2026-08-28T00:00:00Z\n");
	ASSERT_PRINTS(&r.t, "missing no snapshot yet: pawld makes it\n");
	ASSERT_RUNS(&r, "verify --json");
	ASSERT_PRINTS(&r.t, "\"ok\":true");
	ASSERT_PRINTS(&r.t, "\"solo\":false");
	repo_fini(&r);
}

TEST(the_ceremony_is_said_before_the_first_key)
{
	const char *summary;

	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --passphrase-file %s --kdf light "
	                      "--label ann --label ben --root-keys 2 --json",
	                      r.dir, r.pass),
	            0);
	ASSERT_COMPLAINS(&r.t, "  root: 2 of 2 keys sign, until "
	                       "2027-03-01T00:00:00Z; root.*.key in ");
	ASSERT_COMPLAINS(&r.t, "    key 1: ann\n    key 2: ben\n");
	ASSERT_COMPLAINS(&r.t, "  snapshot: 1 online key in ");
	ASSERT_PRINTS(&r.t, "\"schema\":\"pawl-repo-init/1\"");
	ASSERT_PRINTS(&r.t, "\"label\":\"ben\"");
	/* Without a passphrase the summary stands and no key is made. */
	ASSERT_EXIT(&r.t, tool_line(&r.t, "init %s", test_path("other")),
	            CLI_PERMISSION);
	summary = strstr(r.t.err, "A new repository");
	ck_assert(summary != NULL &&
	          strstr(summary, "(passphrase_needed)") != NULL);
	ASSERT_EXIT(&r.t, tool_line(&r.t, "-C %s verify", test_path("other")),
	            CLI_NOT_FOUND);
	repo_fini(&r);
}

TEST(keys_of_every_type_serve_in_every_role)
{
	static const char *const types[] = {"ed25519", "ecdsa", "rsa"};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		repo_begin(&r);
		ASSERT_EXIT(&r.t,
		            tool_line(&r.t,
		                      "init %s --passphrase-file %s --kdf "
		                      "light --profile solo --type %s",
		                      r.dir, r.pass, types[i]),
		            0);
		ASSERT_RUNS(&r,
		            "product add coat --passphrase-file %s --kdf light "
		            "--type %s",
		            r.pass, types[i]);
		REPO_SIGN_ALL(&r);
		repo_stage(&r);
		REPO_SIGN_ALL(&r);
		ASSERT_RUNS(&r, "verify");
		ASSERT_PRINTS(&r.t, "ok      coat: 1 releases, 1 plans");
		ASSERT_RUNS(&r, "key show %s",
		            test_path("r/online/rollout.coat.key"));
		SCOPED(free)
		char *line = xasprintf("type        %s\n", types[i]);
		ASSERT_PRINTS(&r.t, line);
		repo_fini(&r);
		ASSERT_EXIT(&r.t, rename(r.dir, test_path(types[i])), 0);
	}
}

TEST(one_role_may_have_keys_of_another_type)
{
	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --passphrase-file %s --kdf light "
	                      "--profile solo --type root=ecdsa "
	                      "--type timestamp=rsa",
	                      r.dir, r.pass),
	            0);
	ASSERT_COMPLAINS(&r.t, "root: 1 of 1 ecdsa keys sign");
	ASSERT_COMPLAINS(&r.t, "targets: 1 of 1 keys sign");
	ASSERT_COMPLAINS(&r.t, "timestamp: 1 online rsa key in");
	ASSERT_REFUSES(&r, CLI_USAGE, "'dsa' is none of ed25519, ecdsa, rsa",
	               "key new root --type dsa");
	ASSERT_REFUSES(&r, CLI_USAGE, "for the role of 'targets=rsa'",
	               "key new root --type targets=rsa");
	ck_assert(!repo_has(&r, "keys/root.2.key"));
	repo_fini(&r);
}

/* A PEM has line ends, which canonical JSON keeps raw. */
TEST(a_root_with_pem_keys_is_shown_as_json)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct err e;

	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --passphrase-file %s --kdf light "
	                      "--profile solo --type ecdsa --label ann",
	                      r.dir, r.pass),
	            0);
	ASSERT_RUNS(&r, "show root --json");
	ASSERT_OK(js_parse(&doc, "show", r.t.out, strlen(r.t.out), &e));
	ASSERT_RUNS(&r, "show root");
	ASSERT_PRINTS(&r.t, " ann\n");
	repo_fini(&r);
}

TEST(online_keys_are_private_files)
{
	struct stat st;

	repo_init(&r);
	ck_assert_int_eq(stat(test_path("r/online/rollout.coat.key"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ASSERT_RUNS(&r, "key show %s", test_path("r/online/snapshot.key"));
	ASSERT_PRINTS(&r.t, "encrypted   no");
	repo_fini(&r);
}

TEST(online_keys_can_be_encrypted_too)
{
	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --profile solo --passphrase-file %s "
	                      "--online-passphrase-file %s --kdf light",
	                      r.dir, r.pass, r.pass),
	            0);
	ASSERT_RUNS(&r, "key show %s", test_path("r/online/snapshot.key"));
	ASSERT_PRINTS(&r.t, "encrypted   yes");
	repo_fini(&r);
}

TEST(a_solo_repository_is_named_so_everywhere)
{
	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --profile solo --passphrase-file %s "
	                      "--kdf light",
	                      r.dir, r.pass),
	            0);
	ASSERT_PRINTS(&r.t, "(solo)");
	ASSERT_COMPLAINS(&r.t, "SOLO: one stolen key");
	/* A product of a solo repository is solo: targets is the ceiling. */
	ASSERT_RUNS(&r, "product add coat --passphrase-file %s --kdf light",
	            r.pass);
	ASSERT_COMPLAINS(&r.t, "SOLO: one stolen key");
	ASSERT_COMPLAINS(&r.t, "plans.coat: 1 of 1 keys sign");
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "SOLO repository");
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "WARNING solo repository");
	ASSERT_RUNS(&r, "show");
	ASSERT_PRINTS(&r.t, "SOLO: ");
	ASSERT_RUNS(&r, "show --json");
	ASSERT_PRINTS(&r.t, "\"solo\":true");
	repo_fini(&r);
}

TEST(a_folder_in_use_and_impossible_thresholds_are_refused)
{
	repo_init(&r);
	ASSERT_EXIT(&r.t, tool_line(&r.t, "init %s", r.dir), CLI_CONFLICT);
	ASSERT_COMPLAINS(&r.t, "pawl.json: exists already");
	ASSERT_EXIT(
		&r.t,
		tool_line(&r.t, "init %s --root-threshold 4", test_path("n")),
		CLI_USAGE);
	ASSERT_COMPLAINS(&r.t, "root: a threshold of 4 cannot be met by 3");
	ASSERT_EXIT(
		&r.t,
		tool_line(&r.t, "init %s --root-threshold 0", test_path("n")),
		CLI_USAGE);
	ASSERT_EXIT(&r.t,
	            tool_run(&r.t, "init", test_path("n"), "--label",
	                     "two\nlines", NULL),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&r.t, "--label: at most 64 bytes");
	repo_fini(&r);
}

/* Fails one step of the disk, and lets all others happen. */
struct full {
	int at, seen;
};

static int fail_at(void *ctx, enum fs_op op, const char *path)
{
	struct full *f = ctx;

	(void)path;
	if (op == FS_READ || f->seen++ != f->at)
		return 0;
	return ENOSPC;
}

static int count_keys(void *ctx, const char *name, struct err *e)
{
	(void)e;
	*(int *)ctx += strstr(name, ".key") != NULL;
	return 0;
}

static int keys_in(const char *dir)
{
	struct err e = {0};
	int n = 0;

	if (fs_exists(dir))
		ASSERT_OK(fs_list(dir, count_keys, &n, &e));
	return n;
}

/* A holder who was handed one of them would find out years later. */
TEST(an_init_that_fails_leaves_no_key_and_is_begun_anew)
{
	bool done = false;

	repo_begin(&r);
	for (int at = 0; !done; at += 3) {
		const char *dir = test_keep(xasprintf("%s-%d", r.dir, at));
		struct full f = {.at = at};

		fs_set_hook(fail_at, &f);
		done = tool_line(&r.t,
		                 "init %s --root-keys 2 --targets-keys 2 "
		                 "--passphrase-file %s --kdf light",
		                 dir, r.pass) == 0;
		fs_set_hook(NULL, NULL);
		if (done)
			break;
		ck_assert_int_eq(keys_in(test_keep(fs_join(dir, "keys"))), 0);
		ck_assert_int_eq(keys_in(test_keep(fs_join(dir, "online"))), 0);
		ASSERT_EXIT(&r.t,
		            tool_line(&r.t,
		                      "init %s --root-keys 2 "
		                      "--targets-keys 2 "
		                      "--passphrase-file %s --kdf light",
		                      dir, r.pass),
		            0);
		ck_assert_int_eq(keys_in(test_keep(fs_join(dir, "keys"))), 4);
	}
	repo_fini(&r);
}

TEST(what_an_interrupted_init_left_is_not_mixed_in)
{
	static const char *const left[] = {"keys/root.1.key",
	                                   "online/timestamp.key",
	                                   "metadata/1.root.json"};
	struct err e = {0};

	repo_begin(&r);
	for (size_t i = 0; i < ARRAY_LEN(left); i++) {
		const char *dir = test_keep(xasprintf("%s-%zu", r.dir, i));
		const char *file = test_keep(fs_join(dir, left[i]));

		ASSERT_OK(fs_mkdirs(
			test_keep(xasprintf("%s/%.*s", dir,
		                            (int)strcspn(left[i], "/"),
		                            left[i])),
			0700, &e));
		ASSERT_OK(fs_create(file, "x", 1, 0600, &e));
		ASSERT_EXIT(&r.t, tool_line(&r.t, "init %s", dir),
		            CLI_CONFLICT);
		ASSERT_COMPLAINS(&r.t, left[i]);
		ASSERT_COMPLAINS(&r.t, "can be deleted");
		ck_assert_int_eq(keys_in(test_keep(fs_join(dir, "keys"))),
		                 i == 0);
	}
	/* A folder of keys elsewhere may serve several repositories. */
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --keys %s-0/keys --passphrase-file %s "
	                      "--kdf light",
	                      r.dir, r.dir, r.pass),
	            0);
	repo_fini(&r);
}

/* Up to where the new role is staged: from there on it may be listed. */
TEST(a_ceremony_of_which_one_key_fails_leaves_none)
{
	const char *keys;
	int had;

	repo_init(&r);
	keys = test_keep(fs_join(r.dir, "keys"));
	had = keys_in(keys);
	for (int at = 4; !repo_has(&r, "staged/hat.json"); at += 3) {
		struct full f = {.at = at};

		ck_assert_int_eq(keys_in(keys), had);
		fs_set_hook(fail_at, &f);
		(void)repo_run(&r,
		               "delegate hat --path hat/* --passphrase-file %s "
		               "--kdf light",
		               r.pass);
		fs_set_hook(NULL, NULL);
		ck_assert_int_lt(at, 100);
	}
	repo_fini(&r);
}

TEST(a_folder_that_is_no_repository_is_not_found)
{
	static const char *const commands[] = {
		"verify",      "show",       "sign --all",
		"key list",    "renew root", "product add coat",
		"key new root"};

	repo_begin(&r);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		ASSERT_REFUSES(&r, CLI_NOT_FOUND, "pawl-repo init makes one",
		               "%s", commands[i]);
	repo_fini(&r);
}

TEST(a_product_has_a_name_of_its_own_and_thresholds_below_targets)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "coat: is a product of this",
	               "product add coat --passphrase-file %s", r.pass);
	ASSERT_REFUSES(&r, CLI_USAGE, "is no name for a product",
	               "product add Coat");
	ASSERT_REFUSES(&r, CLI_FAILED, "(threshold_order)",
	               "product add arm --plans-threshold 3");
	ASSERT_REFUSES(&r, CLI_USAGE, "cannot be met by 1 keys",
	               "product add arm --plans-keys 1");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(did you mean 'coat'?)",
	               "release add %s -p caot -V 1.0.0 --hw a7", r.pass);
	ck_assert(!repo_has(&r, "staged/targets.json"));
	repo_fini(&r);
}

TEST(a_second_product_joins_an_unsigned_draft)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light --json",
	            r.pass);
	ASSERT_PRINTS(&r.t, "\"targets_version\":3");
	ASSERT_RUNS(&r,
	            "product add leg --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light --json",
	            r.pass);
	ASSERT_PRINTS(&r.t, "\"targets_version\":3");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "show --json");
	ASSERT_PRINTS(&r.t, "\"product\":\"arm\"");
	ASSERT_PRINTS(&r.t, "\"product\":\"leg\"");
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(a_spare_key_is_made_for_a_known_role_only)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "key new plans.coat --label eve --passphrase-file %s "
	            "--kdf light",
	            r.pass);
	ck_assert(repo_has(&r, "keys/plans.coat.3.key"));
	ASSERT_RUNS(&r, "key new snapshot");
	ASSERT_PRINTS(&r.t, "/online/snapshot.");
	ck_assert(repo_has(&r, "online/snapshot.key"));
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(did you mean 'plans.coat'?)",
	               "key new plans.cot");
	ASSERT_RUNS(&r, "key list");
	ASSERT_PRINTS(&r.t, "not listed");
	ASSERT_RUNS(&r, "key list --json");
	ASSERT_PRINTS(&r.t, "\"label\":\"eve\"");
	/* It signs nothing until targets lists it. */
	ASSERT_RUNS(&r, "renew plans.coat");
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(not_a_signer)",
	               "sign plans.coat --key %s --passphrase-file %s",
	               test_path("r/keys/plans.coat.3.key"), r.pass);
	repo_fini(&r);
}

TEST(without_a_root_nobody_is_said_to_sign)
{
	static const char *const lines[] = {
		"key new root", "threshold targets 1", "revoke 01234567",
		"rotate timestamp"};

	repo_init(&r);
	repo_remove(&r, "metadata/1.root.json");
	repo_remove(&r, "metadata/1.targets.json");
	repo_remove(&r, "metadata/2.targets.json");
	ASSERT_RUNS(&r, "key list");
	ASSERT_PRINTS(&r.t, "not listed");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)", "%s",
		               lines[i]);
	repo_fini(&r);
}

TEST(an_unusable_key_file_is_a_line_of_the_list)
{
	repo_init(&r);
	ck_assert_int_eq(chmod(test_path("r/keys/root.1.key"), 0644), 0);
	ASSERT_RUNS(&r, "key list");
	ASSERT_PRINTS(&r.t, "UNUSABLE ");
	ASSERT_PRINTS(&r.t, "(insecure_mode)");
	ASSERT_PRINTS(&r.t, "plans.coat");
	repo_fini(&r);
}
