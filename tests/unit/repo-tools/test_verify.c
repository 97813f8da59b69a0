#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/secretfile.h"
#include "lib/json/canon.h"
#include "lib/tuf/envelope.h"
#include "tests/support/rsa_sign.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <stdlib.h>
#include <string.h>

static struct repo r;
static struct err e;

/* A signed repository with a release and a plan. */
static void begin(void)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
}

static void copy_file(const char *from, const char *to)
{
	SCOPED(free)
	char *text = repo_read(&r, from);

	repo_write(&r, to, text);
}

/* Each row edits one file of a good repository. */
TEST(each_tampered_file_is_found)
{
	static const struct {
		const char *file, *was, *is, *says;
	} rows[] = {
		{"metadata/1.root.json", "\"version\":1", "\"version\":1 ",
	         NULL},
		{"metadata/1.root.json", "\"threshold\":2", "\"threshold\":1",
	         "1.root.json: root: 0 of "},
		{"metadata/2.targets.json", "fw/coat/*", "fw/co*t/*",
	         "2.targets.json"},
		{"metadata/2.releases.coat.json", "\"a7\"", "\"a8\"",
	         "2.releases.coat.json"},
		{"metadata/2.plans.coat.json", "\"version\":2", "\"version\":3",
	         "is version 3 inside, its name says 2"},
		{"metadata/2.plans.coat.json", "\"sig\":\"", "\"sig\":\"00",
	         "1 of 2"},
		{"targets/fw/coat/1.0.0_app.bin", "one", "two",
	         "(target_hash)"},
		{"targets/fw/coat/1.0.0_app.bin", "one", "one!",
	         "(target_length)"},
		{"targets/plan/coat/first.1.json", "50000", "60000",
	         "plan/coat/first.1.json"},
		{"metadata/2.targets.json", "{", "", "2.targets.json"},
		{"pawl.json", "\"repo\":\"", "\"repo\":\"f", NULL},
	};

	begin();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(free)
		char *good = repo_read(&r, rows[i].file);

		repo_edit(&r, rows[i].file, rows[i].was, rows[i].is);
		(void)repo_run(&r, "verify");
		if (i == 0) /* white space outside what is signed */
			ck_assert_int_eq(r.t.code, 0);
		else if (rows[i].says == NULL)
			ck_assert_int_eq(r.t.code, CLI_FAILED);
		else
			ck_assert_msg(r.t.code == CLI_UNVERIFIED &&
			                      strstr(r.t.err, rows[i].says),
			              "row %zu: exit %d: %s", i, r.t.code,
			              r.t.err);
		repo_write(&r, rows[i].file, good);
	}
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

/* Our own client reads it. */
TEST(what_only_other_clients_refuse_is_a_warning)
{
	static const char was[] = "\"signatures\":[";
	SCOPED(free)
	char *good = NULL;

	begin();
	ASSERT_RUNS(&r, "verify");
	ck_assert_ptr_null(strstr(r.t.out, "pawl-repo lint says why"));
	good = repo_read(&r, "metadata/2.releases.coat.json");
	repo_edit(&r, "metadata/2.releases.coat.json", was,
	          "\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AB\"},");
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "2.releases.coat.json: signatures[0].sig: "
	                    "lower-case hex is needed; pawld will refuse it, "
	                    "pawl-repo lint says why");
	ASSERT_RUNS(&r, "verify --json");
	ASSERT_PRINTS(&r.t, "{\"kind\":\"warning\",\"code\":\"sig_form\"");
	repo_write(&r, "metadata/2.releases.coat.json", good);
	ASSERT_RUNS(&r, "verify");
	ck_assert_ptr_null(strstr(r.t.out, "pawl-repo lint says why"));
	repo_fini(&r);
}

/* As by an HSM that nobody told of the salt. */
static void sign_root_elsewhere(int salt)
{
	SCOPED(free)
	char *text = repo_read(&r, "metadata/1.root.json");
	SCOPED(free)
	char *key = xasprintf("%s/keys/root.1.key", r.dir);
	const char *body = strstr(text, "\"signed\":") + 9;
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	struct secretfile_info info;
	struct tuf_signature sig;
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(1 << 20);
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);

	ASSERT_OK(js_parse(&doc, "signed", body, strlen(body) - 1, &e));
	root = js_root(&doc);
	ASSERT_OK(canon_write(&canonical, &root, &e));
	ASSERT_OK(secretfile_open(&k, &info, key, "open sesame", &e));
	rsa_sign(&sig, k, salt, buf_str(&canonical), canonical.len);
	ASSERT_OK(tuf_envelope_write(&out, buf_str(&canonical), canonical.len,
	                             &sig, 1, &e));
	repo_write(&r, "metadata/1.root.json", buf_str(&out));
}

/* Nobody can mend it, and the server takes it. */
TEST(of_a_root_below_the_newest_verify_does_not_say_that_it_is_refused)
{
	static const char warning[] = "another salt than one of 32 bytes; "
				      "pawld will refuse it";

	repo_begin(&r);
	ASSERT_EXIT(&r.t,
	            tool_line(&r.t,
	                      "init %s --passphrase-file %s --kdf light "
	                      "--profile solo --type root=rsa",
	                      r.dir, r.pass),
	            0);
	ASSERT_RUNS(&r, "product add coat --passphrase-file %s --kdf light",
	            r.pass);
	REPO_SIGN_ALL(&r);
	sign_root_elsewhere(20);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, warning);
	ASSERT_RUNS(&r, "renew root");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ck_assert_ptr_null(strstr(r.t.out, warning));
	ASSERT_RUNS(&r, "lint");
	ASSERT_PRINTS(&r.t, "WARNING 1.root.json: key ");
	ASSERT_PRINTS(&r.t, "(sig_salt_old)");
	ASSERT_RUNS(&r, "lint --accept sig_salt_old");
	ck_assert_ptr_null(strstr(r.t.out, "sig_salt_old"));
	repo_fini(&r);
}

TEST(another_repositorys_root_is_not_taken)
{
	begin();
	repo_edit(&r, "pawl.json", "\"repo\":\"", "\"repo\":\"ffff");
	SCOPED(free)
	char *text = repo_read(&r, "pawl.json");
	/* Four digits more at the front, four fewer at the back. */
	char *end = strstr(text, "\",\"created");
	memmove(end - 4, end, strlen(end) + 1);
	repo_write(&r, "pawl.json", text);
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(wrong_repo)", "verify");
	repo_fini(&r);
}

TEST(a_commands_own_reading_verifies_too)
{
	static const char *const commands[] = {
		"show", "renew targets", "sign --all",
		"product add arm --passphrase-file x"};

	begin();
	repo_edit(&r, "metadata/2.releases.coat.json", "\"a7\"", "\"a8\"");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(threshold)", "%s",
		               commands[i]);
	repo_fini(&r);
}

TEST(a_missing_target_file_is_found)
{
	begin();
	ASSERT_OK(fs_remove(test_path("r/targets/fw/coat/1.0.0_app.bin"), &e));
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "1.0.0_app.bin", "verify");
	ASSERT_PRINTS(&r.t, "BROKEN  ");
	repo_fini(&r);
}

TEST(every_root_must_be_there_and_follow_the_one_before)
{
	begin();
	ASSERT_RUNS(&r, "renew root");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	copy_file("metadata/1.root.json", "metadata/3.root.json");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "is version 1 inside", "verify");
	ASSERT_OK(fs_remove(test_path("r/metadata/3.root.json"), &e));
	ASSERT_OK(fs_remove(test_path("r/metadata/1.root.json"), &e));
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "1.root.json", "verify");
	repo_fini(&r);
}

TEST(a_root_of_other_keys_is_no_successor)
{
	struct tool *t = &r.t;
	SCOPED(free)
	char *text = NULL;

	begin();
	/* Signed well, by somebody else's keys, as version 1. */
	ASSERT_EXIT(t,
	            tool_line(t,
	                      "init %s --profile solo --passphrase-file %s "
	                      "--kdf light",
	                      test_path("other"), r.pass),
	            0);
	ASSERT_EXIT(t, tool_line(t, "-C %s renew root", test_path("other")), 0);
	ASSERT_EXIT(t,
	            tool_line(t, "-C %s sign --all --passphrase-file %s",
	                      test_path("other"), r.pass),
	            0);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	ASSERT_OK(fs_read(&b, test_path("other/metadata/2.root.json"), &e));
	text = buf_take(&b);
	repo_write(&r, "metadata/2.root.json", text);
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "by the keys of the root before it",
	               "verify");
	repo_fini(&r);
}

TEST(what_expired_has_its_own_exit_code)
{
	begin();
	ASSERT_EXIT(&r.t, repo_run(&r, "verify --at 91d"), CLI_EXPIRED);
	ASSERT_PRINTS(&r.t, "EXPIRED plans.coat 2: expired "
	                    "2026-05-30T00:00:00Z");
	ASSERT_COMPLAINS(&r.t, "(expired)");
	ASSERT_EXIT(&r.t, repo_run(&r, "verify --at 80d"), 0);
	ASSERT_PRINTS(&r.t, "WARNING plans.coat 2: expires");
	ASSERT_PRINTS(&r.t, "WARNING plan/coat/first.1.json: is over");
	ASSERT_EXIT(&r.t, repo_run(&r, "verify --at 2027-03-01T00:00:00Z"),
	            CLI_EXPIRED);
	ASSERT_COMPLAINS(&r.t, "root 1: expired 2027-03-01T00:00:00Z; and 3 "
	                       "more");
	/* Broken is worse than expired. */
	repo_write(&r, "targets/fw/coat/1.0.0_app.bin", "x");
	ASSERT_EXIT(&r.t, repo_run(&r, "verify --at 91d --json"),
	            CLI_UNVERIFIED);
	ASSERT_PRINTS(&r.t, "\"ok\":false");
	ASSERT_PRINTS(&r.t, "{\"kind\":\"broken\",\"code\":\"target_length\"");
	ASSERT_PRINTS(&r.t, "{\"kind\":\"expired\",\"code\":\"expired\"");
	repo_fini(&r);
}

TEST(an_expired_repository_can_still_be_renewed)
{
	begin();
	clock_manual_advance(&r.t.clock, INT64_C(400) * 86400 * 1000);
	ASSERT_EXIT(&r.t, repo_run(&r, "verify"), CLI_EXPIRED);
	ASSERT_RUNS(&r, "renew root targets releases.coat plans.coat");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(a_product_that_is_not_signed_yet_is_missing_not_broken)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "product add arm --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light",
	            r.pass);
	ASSERT_RUNS(&r, "sign targets --passphrase-file %s", r.pass);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "missing releases.arm: no complete version yet");
	ASSERT_PRINTS(&r.t, "missing no rollout.arm yet: pawld makes it");
	ASSERT_PRINTS(&r.t, "arm: 0 releases, 0 plans");
	repo_fini(&r);
}

TEST(a_staged_rule_breach_is_found_before_it_is_signed)
{
	begin();
	ASSERT_RUNS(&r, "plan add -p coat -i lab -r 1.0.0 --channels lab "
	                "--regions eu");
	repo_edit(&r, "staged/plans.coat.json", "plan/coat/lab.1.json",
	          "plan/coat/bal.1.json");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "plan/coat/bal.1.json", "verify");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "plan/coat/bal.1.json",
	               "sign plans.coat --passphrase-file %s", r.pass);
	repo_fini(&r);
}

TEST(a_staged_file_must_be_the_next_version)
{
	SCOPED(free)
	char *left = NULL;

	begin();
	ASSERT_RUNS(&r, "renew targets");
	repo_edit(&r, "staged/targets.json", "\"version\":3", "\"version\":9");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "is version 9, the next one is 3",
	               "sign targets --passphrase-file %s", r.pass);
	/* One that is not above is what a killed promotion left. */
	repo_edit(&r, "staged/targets.json", "\"version\":9", "\"version\":2");
	ASSERT_RUNS(&r, "sign targets --passphrase-file %s", r.pass);
	ASSERT_COMPLAINS(&r.t, "targets: nothing is staged");
	/* … and it is taken away. */
	left = fs_join(r.dir, "staged/targets.json");
	ck_assert(!fs_exists(left));
	repo_fini(&r);
}

TEST(show_tells_people_and_machines_the_same)
{
	begin();
	ASSERT_RUNS(&r, "show");
	ASSERT_PRINTS(&r.t, "releases.coat               2  until "
	                    "2026-08-28T00:00:00Z, 2 of 2 keys");
	ASSERT_PRINTS(&r.t, "coat\n  fw/coat/1.0.0_app.bin\n  "
	                    "plan/coat/first.1.json\n");
	ASSERT_RUNS(&r, "show --json");
	ASSERT_PRINTS(&r.t, "\"role\":\"releases.coat\",\"version\":2,"
	                    "\"expires\":\"2026-08-28T00:00:00Z\","
	                    "\"threshold\":2");
	ASSERT_PRINTS(&r.t, "\"path\":\"fw/coat/1.0.0_app.bin\",\"version\":"
	                    "\"1.0.0\",\"counter\":1,\"length\":12");
	ASSERT_RUNS(&r, "show targets");
	ASSERT_PRINTS(&r.t, "delegates to rollout.coat, 1 online key");
	ASSERT_RUNS(&r, "show releases.coat");
	ASSERT_PRINTS(&r.t, "  fw/coat/1.0.0_app.bin\n");
	ASSERT_RUNS(&r, "show root --json");
	ASSERT_PRINTS(&r.t, "\"signed\":{\"_type\":\"root\"");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(did you mean 'targets'?)",
	               "show target");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "is no role and no target",
	               "show fw/coat/9.9.9_app.bin");
	repo_fini(&r);
}
