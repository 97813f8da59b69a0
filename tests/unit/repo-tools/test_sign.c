#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/secretfile.h"
#include "tests/support/rsa_sign.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct repo r;

/* Signs a role with one key file of the repository. */
#define SIGN_WITH(role, file)                                               \
	repo_run(&r, "sign %s --key %s/keys/%s --passphrase-file %s", role, \
	         r.dir, file, r.pass)

TEST(a_half_signed_role_waits_and_says_for_whom)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_EXIT(&r.t, SIGN_WITH("releases.coat", "releases.coat.1.key"), 0);
	ASSERT_PRINTS(&r.t, "releases.coat 2: 1 of 2 signatures; may still "
	                    "sign: ");
	ck_assert(!repo_has(&r, "metadata/2.releases.coat.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "pending releases.coat 2: staged with 1 of 2 "
	                    "signatures");
	ASSERT_RUNS(&r, "show");
	ASSERT_PRINTS(&r.t, "staged, 1 of 2 signatures");
	ASSERT_EXIT(&r.t, SIGN_WITH("releases.coat", "releases.coat.2.key"), 0);
	ASSERT_PRINTS(&r.t, "releases.coat 2: complete");
	ck_assert(repo_has(&r, "metadata/2.releases.coat.json"));
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	repo_fini(&r);
}

TEST(who_may_still_sign_is_named_by_label_and_in_json)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "renew root targets");
	ASSERT_EXIT(&r.t, SIGN_WITH("root", "root.1.key"), 0);
	ASSERT_RUNS(&r, "sign root --key %s/keys/root.1.key --json", r.dir);
	ASSERT_PRINTS(&r.t, "\"role\":\"root\",\"version\":2,"
	                    "\"complete\":false,\"waits_for\":null,"
	                    "\"missing\":[\"");
	repo_fini(&r);
}

TEST(signing_the_same_twice_is_fine_and_opens_no_key)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_EXIT(&r.t, SIGN_WITH("releases.coat", "releases.coat.1.key"), 0);
	SCOPED(free)
	char *once = repo_read(&r, "staged/releases.coat.json");
	/* No passphrase: nothing has to be opened. */
	ASSERT_RUNS(&r,
	            "sign releases.coat --key "
	            "%s/keys/releases.coat.1.key",
	            r.dir);
	ASSERT_PRINTS(&r.t, "1 of 2 signatures");
	SCOPED(free)
	char *twice = repo_read(&r, "staged/releases.coat.json");
	ck_assert_str_eq(once, twice);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "sign releases.coat");
	ASSERT_COMPLAINS(&r.t, "releases.coat: nothing is staged");
	repo_fini(&r);
}

TEST(a_wrong_passphrase_signs_nothing)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(wrong_passphrase)",
	               "sign --all --passphrase-file %s",
	               repo_file("wrong", "open barley\n"));
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(passphrase_needed)", "sign --all");
	SCOPED(free)
	char *staged = repo_read(&r, "staged/releases.coat.json");
	ck_assert(strstr(staged, "\"signatures\":[]") != NULL);
	/* One of several files opens it. */
	ASSERT_RUNS(&r, "sign --all --passphrase-file %s --passphrase-file %s",
	            test_path("wrong"), r.pass);
	repo_fini(&r);
}

TEST(a_passphrase_file_others_can_read_is_refused)
{
	repo_init(&r);
	repo_stage(&r);
	ck_assert_int_eq(chmod(r.pass, 0644), 0);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(insecure_mode)",
	               "sign --all --passphrase-file %s", r.pass);
	repo_fini(&r);
}

TEST(a_key_file_others_can_read_is_refused)
{
	repo_init(&r);
	repo_stage(&r);
	ck_assert_int_eq(chmod(test_path("r/keys/releases.coat.1.key"), 0640),
	                 0);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "mode is 0640",
	               "sign --all --passphrase-file %s", r.pass);
	ASSERT_EXIT(&r.t, SIGN_WITH("releases.coat", "releases.coat.1.key"),
	            CLI_PERMISSION);
	repo_fini(&r);
}

TEST(a_linked_key_file_is_not_followed)
{
	repo_init(&r);
	repo_stage(&r);
	ck_assert_int_eq(symlink(test_path("r/keys/releases.coat.1.key"),
	                         test_path("link.key")),
	                 0);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "is a symbolic link",
	               "sign releases.coat --key %s --passphrase-file %s",
	               test_path("link.key"), r.pass);
	repo_fini(&r);
}

TEST(a_key_of_another_role_signs_nothing_else)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(wrong_role)",
	               "sign releases.coat --key %s/keys/plans.coat.1.key "
	               "--passphrase-file %s",
	               r.dir, r.pass);
	ASSERT_COMPLAINS(&r.t, "is a key of plans.coat and signs nothing "
	                       "else; releases.coat was asked for");
	repo_fini(&r);
}

TEST(a_key_of_another_repository_signs_nothing_here)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --profile solo --passphrase-file %s "
	                      "--kdf light",
	                      test_path("other"), r.pass),
	            0);
	ASSERT_RUNS(&r, "renew root");
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(wrong_repo)",
	               "sign root --key %s --passphrase-file %s",
	               test_path("other/keys/root.1.key"), r.pass);
	/* Found in a folder of keys it is passed over. */
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(no_key)",
	               "sign root --keys %s --passphrase-file %s",
	               test_path("other/keys"), r.pass);
	repo_fini(&r);
}

TEST(an_unknown_role_and_no_role_are_refused)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(did you mean 'releases.coat'?)",
	               "sign release.coat");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)", "sign snapshot");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)", "renew timestamp");
	ASSERT_REFUSES(&r, CLI_USAGE, "needs the roles, or --all", "sign");
	ASSERT_REFUSES(&r, CLI_USAGE, "needs the roles, or --all",
	               "sign --all root");
	repo_fini(&r);
}

TEST(what_changes_is_said_before_the_key_is_used)
{
	repo_init(&r);
	repo_stage(&r);
	/* The passphrase is wrong, so no key was used; the words are there. */
	(void)repo_run(&r, "sign --all --passphrase-file %s",
	               repo_file("wrong", "x\n"));
	ASSERT_COMPLAINS(&r.t, "releases.coat, version 2\n");
	ASSERT_COMPLAINS(&r.t, "  + fw/coat/1.0.0_app.bin\n");
	ASSERT_COMPLAINS(&r.t, "hardware a7, b2; regions *");
	ASSERT_COMPLAINS(&r.t, "  + plan/coat/first.1.json\n");
	ASSERT_COMPLAINS(&r.t, "stage 2: 100 %");
	ck_assert(strstr(r.t.err, "wrong_passphrase") >
	          strstr(r.t.err, "stage 2: 100 %"));
	repo_fini(&r);
}

TEST(new_keys_and_thresholds_are_said_too)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "  + delegates to releases.arm (2 of 2 keys): "
	                       "fw/arm/* delta/arm/* meta/arm/*\n");
	ASSERT_COMPLAINS(&r.t, "  + delegates to rollout.arm (1 online key): "
	                       "rollout/arm/*\n");
	ASSERT_COMPLAINS(&r.t, " for plans.arm\n");
	repo_fini(&r);
}

TEST(bytes_changed_after_a_signature_are_found)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_EXIT(&r.t, SIGN_WITH("releases.coat", "releases.coat.1.key"), 0);
	repo_edit(&r, "staged/releases.coat.json", "\"tries\":3",
	          "\"tries\":9");
	ASSERT_EXIT(&r.t, SIGN_WITH("releases.coat", "releases.coat.2.key"),
	            CLI_UNVERIFIED);
	ASSERT_COMPLAINS(&r.t, "the file was changed after it was signed "
	                       "(bad_signature)");
	repo_fini(&r);
}

/* As by a tool that was given the key and not told of the salt. */
static void sign_elsewhere(const char *role, int salt)
{
	SCOPED(free)
	char *staged = xasprintf("staged/%s.json", role);
	SCOPED(free)
	char *key = xasprintf("%s/keys/%s.1.key", r.dir, role);
	SCOPED(free)
	char *text = repo_read(&r, staged);
	const char *body = strstr(text, "\"signed\":") + 9;
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct secretfile_info info;
	struct tuf_signature sig;
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	ASSERT_OK(secretfile_open(&k, &info, key, "open sesame", &e));
	rsa_sign(&sig, k, salt, body, strlen(body) - 1);
	ASSERT_OK(
		tuf_envelope_write(&out, body, strlen(body) - 1, &sig, 1, &e));
	repo_write(&r, staged, buf_str(&out));
}

TEST(a_signature_with_a_salt_that_tough_does_not_count_is_refused)
{
	char root[SHA256_HEX_SIZE];
	int64_t length;
	struct err e;

	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t, "init %s --passphrase-file %s --kdf light",
	                      r.dir, r.pass),
	            0);
	ASSERT_RUNS(&r,
	            "product add coat --releases-keys 2 --passphrase-file %s "
	            "--kdf light --type releases.coat=rsa",
	            r.pass);
	REPO_SIGN_ALL(&r);
	repo_stage(&r);
	sign_elsewhere("releases.coat", 20);
	ASSERT_REFUSES(&r, CLI_FAILED, "(sig_salt)",
	               "sign releases.coat --passphrase-file %s", r.pass);
	ASSERT_COMPLAINS(&r.t, "another salt than one of 32 bytes; hurts "
	                       "tough 0.24.0");
	/* Nor does it come in on a stick. */
	ASSERT_RUNS(&r, "draft export %s", test_path("stick.json"));
	ASSERT_OK(hash_file(root, &length, test_path("r/metadata/1.root.json"),
	                    &e));
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t, "-C %s draft import %s --trust-root %s",
	                      test_path("ben"), test_path("stick.json"), root),
	            CLI_FAILED);
	ASSERT_COMPLAINS(&r.t, "(sig_salt)");
	sign_elsewhere("releases.coat", 32);
	ASSERT_RUNS(&r, "sign releases.coat --passphrase-file %s", r.pass);
	ASSERT_PRINTS(&r.t, "releases.coat 2: complete");
	repo_fini(&r);
}

TEST(firmware_and_plans_that_are_not_what_is_staged_are_not_signed)
{
	repo_init(&r);
	repo_stage(&r);
	repo_write(&r, "targets/fw/coat/1.0.0_app.bin", "firmware xxx");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(target_hash)",
	               "sign releases.coat --passphrase-file %s", r.pass);
	repo_write(&r, "targets/fw/coat/1.0.0_app.bin", "firmware");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(target_length)",
	               "sign releases.coat --passphrase-file %s", r.pass);
	repo_write(&r, "targets/fw/coat/1.0.0_app.bin", "firmware one");
	repo_edit(&r, "targets/plan/coat/first.1.json", "\"a7\"", "\"a8\"");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "plan/coat/first.1.json",
	               "sign plans.coat --passphrase-file %s", r.pass);
	repo_fini(&r);
}

TEST(firmware_may_be_elsewhere_but_a_plan_may_not)
{
	struct err e = {0};

	repo_init(&r);
	repo_stage(&r);
	ASSERT_OK(fs_remove(test_path("r/targets/fw/coat/1.0.0_app.bin"), &e));
	ASSERT_RUNS(&r, "sign releases.coat --passphrase-file %s", r.pass);
	ASSERT_COMPLAINS(&r.t, "1.0.0_app.bin: its file is not here");
	ASSERT_OK(fs_remove(test_path("r/targets/plan/coat/first.1.json"), &e));
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "first.1.json",
	               "sign plans.coat --passphrase-file %s", r.pass);
	repo_fini(&r);
}

TEST(a_plan_signed_before_its_release_waits_for_it)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, "sign plans.coat --passphrase-file %s", r.pass);
	ASSERT_PRINTS(&r.t, "2 of 2 signatures, waits for: "
	                    "plan/coat/first.1.json: names release");
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "pending plans.coat 2: staged with 2 of 2 "
	                    "signatures, waits for: ");
	ASSERT_RUNS(&r, "sign releases.coat --passphrase-file %s", r.pass);
	/* The one that waited is promoted with it. */
	ck_assert(repo_has(&r, "metadata/2.releases.coat.json"));
	ck_assert(repo_has(&r, "metadata/2.plans.coat.json"));
	repo_fini(&r);
}

TEST(a_product_signed_before_its_delegation_waits_for_targets)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            r.pass);
	ASSERT_RUNS(&r, "sign releases.arm --passphrase-file %s", r.pass);
	ASSERT_PRINTS(&r.t, "releases.arm 1: 2 of 2 signatures, waits for: "
	                    "targets");
	ASSERT_RUNS(&r, "sign targets --passphrase-file %s", r.pass);
	ck_assert(repo_has(&r, "metadata/1.releases.arm.json"));
	repo_fini(&r);
}

TEST(a_draft_that_is_over_is_not_signed)
{
	repo_init(&r);
	repo_stage(&r);
	clock_manual_advance(&r.t.clock, INT64_C(181) * 86400 * 1000);
	ASSERT_REFUSES(&r, CLI_EXPIRED, "pawl-repo renew releases.coat",
	               "sign releases.coat --passphrase-file %s", r.pass);
	ASSERT_RUNS(&r, "renew releases.coat targets plans.coat --json");
	ASSERT_PRINTS(&r.t, "\"role\":\"releases.coat\",\"expires\":\"2027-");
	ASSERT_RUNS(&r, "sign --all --passphrase-file %s", r.pass);
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(a_root_is_signed_by_the_old_and_the_new_keys)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "renew root");
	ASSERT_EXIT(&r.t, SIGN_WITH("root", "root.1.key"), 0);
	ASSERT_PRINTS(&r.t, "root 2: 1 of 2 signatures");
	ASSERT_EXIT(&r.t, SIGN_WITH("root", "root.2.key"), 0);
	ck_assert(repo_has(&r, "metadata/2.root.json"));
	ck_assert(repo_has(&r, "metadata/1.root.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "ok      root 2");
	repo_fini(&r);
}

TEST(a_changed_passphrase_opens_the_key_for_signing)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r,
	            "key passwd %s/keys/releases.coat.1.key "
	            "--passphrase-file %s --new-passphrase-file %s --kdf light",
	            r.dir, r.pass, repo_file("own", "cid's own\n"));
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(wrong_passphrase)",
	               "sign releases.coat --passphrase-file %s", r.pass);
	ASSERT_RUNS(&r,
	            "sign releases.coat --passphrase-file %s "
	            "--passphrase-file %s",
	            r.pass, test_path("own"));
	repo_fini(&r);
}
