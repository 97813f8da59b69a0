#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct repo r;

#define NEW_ROLE                                               \
	"--role-keys 2 --threshold 2 --kdf light --label eve " \
	"--passphrase-file"

static void signed_release(void)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
}

/* Lines of path, length and hash in a file of the test's own. */
static const char *list_file(const char *name, const char *prefix, int n)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 22);

	for (int i = 0; i < n; i++) {
		char path[80], sha256[SHA256_HEX_SIZE];

		(void)snprintf(path, sizeof(path), "%s%05d", prefix, i);
		hash_sha256_hex(sha256, path, strlen(path));
		buf_printf(&b, "%s %d %s\n", path, i, sha256);
	}
	return repo_file(name, buf_str(&b));
}

TEST(entries_move_into_bins_and_back_and_nothing_is_lost)
{
	static const char *const lines[] = {
		"delegate releases.coat --bins 16",
		"delegate releases.coat --prefix-bins 32",
		"delegate releases.coat --bins 64",
		"delegate releases.coat --bins 1",
	};

	signed_release();
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		ASSERT_RUNS(&r, "%s", lines[i]);
		/* Only the role is named; its bins are signed with it. */
		ASSERT_RUNS(&r, "sign releases.coat --passphrase-file %s",
		            r.pass);
		ASSERT_RUNS(&r, "verify");
		ASSERT_PRINTS(&r.t, "coat: 1 releases, 1 plans");
		ASSERT_RUNS(&r, "show fw/coat/1.0.0_app.bin");
		ASSERT_PRINTS(&r.t, "hardware a7, b2");
	}
	ASSERT_RUNS(&r, "show releases.coat --json");
	ASSERT_PRINTS(&r.t, "\"targets\":{\"fw/coat/1.0.0_app.bin\"");
	repo_fini(&r);
}

TEST(a_release_in_bins_changes_one_bin_only)
{
	signed_release();
	ASSERT_RUNS(&r, "delegate releases.coat --bins 4");
	ASSERT_PRINTS(&r.t, "releases.coat: 1 targets in 4 bins");
	REPO_SIGN_ALL(&r);
	ASSERT_PRINTS(&r.t, "releases.coat.bin-0 to releases.coat.bin-3: "
	                    "complete");
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.1.0 --hw a7",
	            repo_file("b.bin", "two"));
	ASSERT_COMPLAINS(&r.t, "staged as releases.coat.bin-");
	ASSERT_RUNS(&r, "draft --json");
	ASSERT_PRINTS(&r.t, "\"role\":\"releases.coat\",\"version\":2,"
	                    "\"base_version\":1,\"bins\":1,");
	ASSERT_PRINTS(&r.t, "\"summary\":\"adds release 1.1.0 for a7; nothing "
	                    "else changes\"");
	REPO_SIGN_ALL(&r);
	ck_assert(!repo_has(&r, "metadata/4.releases.coat.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "coat: 2 releases, 1 plans");
	ASSERT_PRINTS(&r.t,
	              "releases.coat: 4 bins, the first until 2026-08-28");
	/* Nothing of the counter's memory is lost in a bin. */
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(counter_low)",
	               "release add %s -p coat -V 1.2.0 --hw a7 --counter 0",
	               repo_file("c.bin", "three"));
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(target_exists)",
	               "release add %s --name b.bin -p coat -V 1.1.0 --hw a7",
	               repo_file("d.bin", "other"));
	repo_fini(&r);
}

TEST(bins_are_complete_together_or_not_at_all)
{
	signed_release();
	ASSERT_RUNS(&r, "delegate releases.coat --bins 2");
	ASSERT_RUNS(&r,
	            "sign releases.coat --key %s/keys/releases.coat.1.key "
	            "--passphrase-file %s",
	            r.dir, r.pass);
	ASSERT_PRINTS(&r.t, "releases.coat.bin-0 to releases.coat.bin-1: 1 of "
	                    "2 signatures; may still sign: ");
	/* All of them but one bin. */
	ASSERT_RUNS(&r, "sign releases.coat.bin-1 --passphrase-file %s",
	            r.pass);
	ASSERT_PRINTS(&r.t, "2 of 2 signatures, waits for: ");
	ck_assert(!repo_has(&r, "metadata/1.releases.coat.bin-1.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "releases.coat: 2 of its bins are staged");
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/3.releases.coat.json"));
	ck_assert(repo_has(&r, "metadata/1.releases.coat.bin-0.json"));
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(a_bin_is_renewed_with_its_role)
{
	signed_release();
	ASSERT_RUNS(&r, "delegate releases.coat --bins 2");
	REPO_SIGN_ALL(&r);
	clock_manual_advance(&r.t.clock, INT64_C(10) * 86400 * 1000);
	ASSERT_RUNS(&r, "renew releases.coat");
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/2.releases.coat.bin-0.json"));
	ck_assert(repo_has(&r, "metadata/2.releases.coat.bin-1.json"));
	ASSERT_RUNS(&r, "verify");
	repo_fini(&r);
}

TEST(who_may_have_bins_and_how_many)
{
	signed_release();
	ASSERT_REFUSES(&r, CLI_USAGE, "a power of two",
	               "delegate releases.coat --bins 3");
	ASSERT_REFUSES(&r, CLI_USAGE, "a power of two",
	               "delegate releases.coat --bins 8192");
	ASSERT_REFUSES(&r, CLI_FAILED, "(no_bins)",
	               "delegate targets --bins 2");
	ASSERT_REFUSES(&r, CLI_FAILED, "(no_bins)",
	               "delegate plans.coat --bins 2");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)",
	               "delegate releases.cot --bins 2");
	ASSERT_REFUSES(&r, CLI_USAGE, "one of",
	               "delegate releases.coat --bins "
	               "2 --prefix-bins 2");
	/* One release is best in one file. */
	ASSERT_RUNS(&r, "delegate releases.coat --bins auto");
	ASSERT_PRINTS(&r.t, "1 targets in 1 file");
	repo_fini(&r);
}

TEST(nested_roles_are_made_used_and_taken_away)
{
	signed_release();
	ASSERT_RUNS(
		&r,
		"delegate docs --path docs/* --path docs/manuals/* " NEW_ROLE
		" %s",
		r.pass);
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t,
	              "targets 3: delegates docs/* docs/manuals/* to docs, "
	              "signed by 2 of 2 keys; nothing else changes");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r,
	            "delegate docs.manuals --under docs --not-terminating "
	            "--path docs/manuals/* " NEW_ROLE " %s",
	            r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "key list");
	ck_assert_ptr_null(strstr(r.t.out, "not listed"));
	ASSERT_RUNS(&r, "key new docs.manuals --kdf light --passphrase-file %s",
	            r.pass);
	ASSERT_COMPLAINS(&r.t, "docs.manuals does not list it yet");
	ASSERT_RUNS(&r, "rotate docs.manuals --with %s",
	            test_path("r/keys/docs.manuals.3.key"));
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(did you mean 'docs.manuals'?)",
	               "key new docs.manual");
	ASSERT_RUNS(&r, "release import %s --role docs.manuals",
	            list_file("list", "docs/manuals/m", 3));
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "docs.manuals 2: adds docs/manuals/m00000, adds "
	                    "docs/manuals/m00001, adds docs/manuals/m00002; "
	                    "nothing else changes");
	REPO_SIGN_ALL(&r);
	ck_assert(repo_has(&r, "metadata/2.docs.manuals.json"));
	ASSERT_RUNS(&r, "show docs.manuals");
	ASSERT_PRINTS(&r.t, "docs/manuals/m00001");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(role_exists)",
	               "delegate docs --path img/* " NEW_ROLE " %s", r.pass);
	ASSERT_RUNS(&r, "delegate docs --remove");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "no role", "show docs.manuals");
	/* The name again would bring back files that other keys signed. */
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(role_exists)",
	               "delegate docs --path docs/* " NEW_ROLE " %s", r.pass);
	repo_fini(&r);
}

TEST(what_a_client_would_read_differently_is_never_delegated)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{"root --path docs/*", "(role_name)"},
		{"releases.x --path docs/*", "(role_name)"},
		{"docs.bin-0 --path docs/*", "(role_name)"},
		{"docs --path fw/x/*", "(pattern)"},
		{"docs --path docs/{a,b}*", "(pattern)"},
		{"docs --path *", "(pattern)"},
		{"docs --path docs/**", "(pattern)"},
		{"docs --path !docs/*", "(pattern)"},
		{"docs --under releases.coat --path docs/*",
	         "may not delegate"},
		{"docs --under plans.coat --path docs/*", "may not delegate"},
		{"docs --under root --path docs/*", "may not delegate"},
		{"docs --under nobody --path docs/*", "(unknown_role)"},
		{"docs", "needs --path"},
		{"docs --path docs/* --threshold 3", "(threshold_order)"},
		{"releases.coat --remove", "(role_name)"},
	};

	signed_release();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int code = repo_run(&r,
		                    "delegate %s --kdf light "
		                    "--passphrase-file %s",
		                    rows[i].line, r.pass);

		ck_assert_msg(code != 0, "%s", rows[i].line);
		ASSERT_COMPLAINS(&r.t, rows[i].says);
	}
	ASSERT_RUNS(&r, "delegate docs --path docs/* " NEW_ROLE " %s", r.pass);
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "docs 1: the first version, which lists nothing\n");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(pattern_overlap)",
	               "delegate other --path docs/x-* " NEW_ROLE " %s",
	               r.pass);
	/* Keys that nothing will ever list are not left either. */
	ck_assert(repo_has(&r, "keys/docs.1.key"));
	ck_assert(!repo_has(&r, "keys/other.1.key"));
	repo_fini(&r);
}

/* Somebody who has the folder writes a draft that no command would. */
TEST(a_signer_is_told_what_a_role_may_list_and_who_signs_its_bins)
{
	SCOPED(free)
	char *staged = NULL;
	char first[70] = "";
	const char *at;

	signed_release();
	ASSERT_RUNS(&r,
	            "delegate docs --path docs/* --role-keys 3 --threshold 2 "
	            "--kdf light --passphrase-file %s",
	            r.pass);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "renew targets");
	repo_edit(&r, "staged/targets.json", "\"docs/*\"", "\"papers/*\"");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "lets docs list papers/*, where it was docs/*; "
	                    "nothing else changes");
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "  docs: may no longer list docs/*\n"
	                       "  docs: may list now papers/*\n");
	ASSERT_RUNS(&r, "delegate docs --bins 4");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "spreads over 4 bins; nothing else changes");
	staged = repo_read(&r, "staged/docs.json");
	at = strstr(staged, "\"keyids\":[");
	ck_assert_ptr_nonnull(at);
	(void)snprintf(first, sizeof(first), "%s", at + strlen("\"keyids\":["));
	ck_assert_msg(strchr(at, ',') != NULL, "%s", staged);
	SCOPED(free)
	char *was = xasprintf("[%.66s,", first);
	repo_edit(&r, "staged/docs.json", was, "[");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "takes key ");
	ASSERT_PRINTS(&r.t,
	              "away from its bins, takes 2 of 2 keys to sign its bins");
	(void)repo_run(&r, "sign docs --passphrase-file %s", r.pass);
	ASSERT_COMPLAINS(&r.t, " no longer for its bins\n");
	repo_fini(&r);
}

TEST(a_release_is_revoked_after_the_plans_that_name_it)
{
	signed_release();
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(release_in_use)",
	               "release remove 1.0.0 -p coat");
	ASSERT_COMPLAINS(&r.t, "pawl-repo plan remove first");
	ASSERT_RUNS(&r, "release remove 1.0.0 -p coat --plans");
	ASSERT_PRINTS(&r.t, "plan/coat/first.1.json\nfw/coat/1.0.0_app.bin\n");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "removes release 1.0.0 for a7, b2; nothing else "
	                    "changes");
	ASSERT_PRINTS(&r.t, "removes plan first revision 1");
	/* The release's signers were faster; it waits for the plan. */
	ASSERT_RUNS(&r, "sign releases.coat --passphrase-file %s", r.pass);
	ASSERT_PRINTS(&r.t, "waits for: plan/coat/first.1.json: names release");
	ASSERT_RUNS(&r, "sign plans.coat --passphrase-file %s", r.pass);
	ck_assert(repo_has(&r, "metadata/3.releases.coat.json"));
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "coat: 0 releases, 0 plans");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_release)",
	               "release remove 1.0.0 -p coat");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_plan)",
	               "plan remove first -p coat");
	repo_fini(&r);
}

TEST(many_targets_come_from_a_list_into_their_bins)
{
	const char *list = list_file("list", "meta/coat/item-", 700);

	repo_init(&r);
	ASSERT_RUNS(&r, "delegate releases.coat --bins 8");
	ASSERT_RUNS(&r, "release import %s -p coat --json", list);
	ASSERT_PRINTS(&r.t, "\"targets\":700,\"unchanged\":0,\"files\":8");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "adds 692 more targets, 700 in all");
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "… and 500 more, 700 in all");
	ASSERT_RUNS(&r, "release import %s -p coat", list);
	ASSERT_PRINTS(&r.t, "0 targets staged in 0 files, 700 were listed "
	                    "already");
	/* One more is one bin. */
	ASSERT_RUNS(&r, "release import %s -p coat --json",
	            list_file("one", "delta/coat/x", 1));
	ASSERT_PRINTS(&r.t, "\"targets\":1,\"unchanged\":0,\"files\":1");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "release remove meta/coat/item-00007 -p coat");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "removes meta/coat/item-00007; nothing else");
	repo_fini(&r);
}

TEST(no_number_of_other_files_hides_the_firmware_from_its_signer)
{
	signed_release();
	ASSERT_RUNS(&r, "release import %s -p coat",
	            list_file("list", "delta/coat/d-", 250));
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.1.0 --hw c3 --counter 2",
	            test_path("app.bin"));
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t,
	              "adds 242 more targets, 250 in all, raises the "
	              "security counter from 1 to 2 (NO WAY BACK); nothing "
	              "else changes");
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "  … and 50 more, 250 in all\n"
	                       "  + fw/coat/1.1.0_app.bin\n");
	ASSERT_COMPLAINS(&r.t, "hardware c3");
	ASSERT_COMPLAINS(&r.t, "NO WAY BACK: raises the security counter from "
	                       "1 to 2");
	repo_fini(&r);
}

TEST(revoke_takes_the_path_of_a_target_too)
{
	signed_release();
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(release_in_use)",
	               "revoke fw/coat/1.0.0_app.bin");
	ASSERT_COMPLAINS(&r.t, "pawl-repo plan remove first");
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	ASSERT_RUNS(&r, "revoke fw/coat/1.0.0_app.bin --plans --json");
	ASSERT_PRINTS(&r.t, "\"removed\":[\"plan/coat/first.1.json\","
	                    "\"fw/coat/1.0.0_app.bin\"]");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "removes release 1.0.0 for a7, b2; nothing else "
	                    "changes");
	ASSERT_PRINTS(&r.t, "removes plan first revision 1");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ASSERT_PRINTS(&r.t, "coat: 0 releases, 0 plans");
	ck_assert(repo_has(&r, "targets/fw/coat/1.0.0_app.bin"));
	repo_fini(&r);
}

TEST(revoke_finds_a_plan_a_bin_s_target_and_a_plain_role_s)
{
	signed_release();
	ASSERT_RUNS(&r, "delegate releases.coat --bins 8");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(release_in_use)",
	               "revoke fw/coat/1.0.0_app.bin");
	ASSERT_RUNS(&r, "revoke plan/coat/first.1.json");
	ASSERT_PRINTS(&r.t, "plan/coat/first.1.json\n");
	ASSERT_COMPLAINS(&r.t, "staged as plans.coat 3");
	ASSERT_RUNS(&r, "release import %s -p coat",
	            list_file("list", "meta/coat/item-", 20));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "revoke meta/coat/item-00007");
	ASSERT_COMPLAINS(&r.t, "staged as releases.coat.bin-");
	ASSERT_RUNS(&r, "draft");
	ASSERT_PRINTS(&r.t, "removes meta/coat/item-00007; nothing else");
	ASSERT_RUNS(&r,
	            "delegate docs --path docs/* --role-keys 2 --kdf light "
	            "--passphrase-file %s",
	            r.pass);
	ASSERT_RUNS(&r, "release import %s --role docs",
	            list_file("list", "docs/page-", 3));
	ASSERT_RUNS(&r, "revoke docs/page-00001");
	ASSERT_COMPLAINS(&r.t, "staged as docs 1");
	REPO_SIGN_ALL(&r);
	SCOPED(free)
	char *docs = repo_read(&r, "metadata/1.docs.json");
	ck_assert_ptr_nonnull(strstr(docs, "docs/page-00002"));
	ck_assert_ptr_null(strstr(docs, "docs/page-00001"));
	repo_fini(&r);
}

/* releases.coat has a third key, which somebody stole; its id. */
static const char *third_key(void)
{
	const char *path = test_path("r/keys/releases.coat.3.key"), *id;

	signed_release();
	ASSERT_RUNS(&r,
	            "key new releases.coat --kdf light --passphrase-file %s",
	            r.pass);
	ASSERT_RUNS(&r, "rotate releases.coat --with %s", path);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "key show %s", path);
	id = strstr(r.t.out, "key id");
	ck_assert_ptr_nonnull(id);
	return test_keep(xasprintf("%.16s", id + strlen("key id      ")));
}

TEST(a_stolen_key_leaves_any_number_of_bins_with_their_role)
{
	const char *id = third_key();

	ASSERT_RUNS(&r, "delegate releases.coat --prefix-bins 512");
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "revoke %s", id);
	ASSERT_COMPLAINS(&r.t, "releases.coat: key ");
	ck_assert_ptr_null(strstr(r.t.err, "bin-000: key "));
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "verify");
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	SCOPED(free)
	char *was = repo_read(&r, "metadata/4.releases.coat.json");
	SCOPED(free)
	char *is = repo_read(&r, "metadata/5.releases.coat.json");
	ck_assert_ptr_nonnull(strstr(was, id));
	ck_assert_ptr_null(strstr(is, id));
	repo_fini(&r);
}

TEST(a_stolen_key_leaves_bins_that_are_staged_too)
{
	static const char *const bins[] = {"--bins 4", "--prefix-bins 4"};
	const char *id = third_key();

	for (size_t i = 0; i < ARRAY_LEN(bins); i++) {
		ASSERT_RUNS(&r, "delegate releases.coat %s", bins[i]);
		ASSERT_RUNS(&r, "revoke %s", id);
		SCOPED(free)
		char *is = repo_read(&r, "staged/releases.coat.json");
		ck_assert_ptr_null(strstr(is, id));
		ASSERT_RUNS(&r, "draft drop targets");
	}
	repo_fini(&r);
}

TEST(a_bin_is_no_role_whose_keys_change)
{
	static const char bin[] = "releases.coat.bin-0";

	signed_release();
	ASSERT_RUNS(&r, "delegate releases.coat --prefix-bins 4");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)", "key new %s", bin);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)", "threshold %s 1",
	               bin);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "(unknown_role)", "rotate %s", bin);
	repo_fini(&r);
}

TEST(what_revoke_does_not_know_it_says_with_the_nearest_path)
{
	signed_release();
	ASSERT_REFUSES(&r, CLI_NOT_FOUND,
	               "(did you mean 'fw/coat/1.0.0_app.bin'?) "
	               "(unknown_target)",
	               "revoke fw/coat/1.0.0_ap.bin");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "it is no key file (unknown_target)",
	               "revoke somewhere/else/entirely.key");
	ASSERT_REFUSES(&r, CLI_NOT_FOUND,
	               "a target goes by its path (unknown_key)",
	               "revoke 0123");
	ASSERT_REFUSES(&r, CLI_USAGE, "--dry-run: is for keys",
	               "revoke fw/coat/1.0.0_app.bin --dry-run");
	ASSERT_REFUSES(&r, CLI_USAGE, "--plans: is for a release",
	               "revoke %s --plans",
	               test_path("r/keys/plans.coat.2.key"));
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	ck_assert(!repo_has(&r, "staged/targets.json"));
	repo_fini(&r);
}

TEST(a_list_is_refused_by_its_line)
{
	static const char hash[] = "ba7816bf8f01cfea414140de5dae2223"
				   "b00361a396177a9cb410ff61f20015ad";
	static const struct {
		const char *path, *length, *after, *says;
	} rows[] = {
		{"meta/coat/a", "1x", "", "line 1: the length is no number"},
		{"meta/coat/a", "-1", "", "line 1: the length is no number"},
		{"meta/coat/a", "1", " more", "line 1: three words"},
		{"meta/coat/.a", "1", "",
	         "line 1: 'meta/coat/.a' is no target path"},
		{"meta/coat/a%41", "1", "",
	         "line 1: 'meta/coat/a%41' is no target path"},
		{"meta/coat/a", "1", "\r", "ends with a carriage return"},
		{"meta/hat/a", "1", "", "not delegated to releases.coat"},
		{"meta/coat/a/b", "1", "", "not delegated to releases.coat"},
		{"fw/coat/1.0.0_x", "1", "", "which needs a manifest"},
	};

	repo_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(free)
		char *text = xasprintf("%s %s %s%s\n", rows[i].path,
		                       rows[i].length, hash, rows[i].after);

		ASSERT_REFUSES(&r, CLI_FAILED, rows[i].says,
		               "release import %s -p coat",
		               repo_file("list", text));
	}
	ASSERT_REFUSES(&r, CLI_FAILED, "list: line 1: three words",
	               "release import %s -p coat",
	               repo_file("list", "meta/coat/a 1\n"));
	/* Served and copied as HASH.NAME, which no folder would hold. */
	SCOPED(free)
	char *long_name = xasprintf("meta/coat/%0191d 1 %s\n", 0, hash);
	ASSERT_REFUSES(&r, CLI_FAILED, "is no target path",
	               "release import %s -p coat",
	               repo_file("list", long_name));
	SCOPED(free)
	char *twice =
		xasprintf("meta/coat/a 1 %s\nmeta/coat/a 2 %s\n", hash, hash);
	ASSERT_REFUSES(&r, CLI_CONFLICT,
	               "releases.coat: meta/coat/a would be listed twice "
	               "(duplicate)",
	               "release import %s -p coat", repo_file("list", twice));
	ASSERT_REFUSES(&r, CLI_USAGE, "--product or --role",
	               "release import %s", test_path("list"));
	ASSERT_REFUSES(&r, CLI_USAGE, "nothing can be imported",
	               "release import %s --role plans.coat",
	               test_path("list"));
	repo_fini(&r);
}
