#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"
#include "tests/unit/repo-tools/repo.h"

#include <stdlib.h>
#include <string.h>

static struct repo r;

TEST(what_pawl_repo_makes_is_read_by_all_mainstream_clients)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	repo_stage(&r); /* again: something is staged, too */
	ASSERT_RUNS(&r, "lint");
	ASSERT_PRINTS(&r.t, ", 0 errors, 0 warnings");
	ASSERT_RUNS(&r, "lint --json");
	ASSERT_PRINTS(&r.t, "\"ok\":true");
	ASSERT_PRINTS(&r.t, "\"errors\":[],\"warnings\":[]");
	repo_fini(&r);
}

TEST(rust_tuf_is_looked_out_for_when_asked)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "lint --clients all");
	ASSERT_PRINTS(&r.t, "hurts:  rust-tuf");
	ASSERT_PRINTS(&r.t, "(pattern_glob)");
	ASSERT_PRINTS(&r.t, "(unknown_field)");
	ASSERT_RUNS(&r, "lint --clients rust-tuf --accept pattern_glob "
	                "--accept unknown_field");
	ASSERT_PRINTS(&r.t, ", 0 errors, 0 warnings");
	repo_write(&r, "lint.accept",
	           "# nobody runs it\npattern_glob # as all do\n\n"
	           "  unknown_field\r\n");
	ASSERT_RUNS(&r, "lint --clients all");
	ASSERT_PRINTS(&r.t, ", 0 errors, 0 warnings");
	repo_fini(&r);
}

TEST(an_error_says_where_whom_why_and_what_to_do)
{
	repo_init(&r);
	repo_edit(&r, "metadata/2.targets.json", "\"terminating\":true,", "");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(terminating)", "lint");
	ASSERT_PRINTS(&r.t, "ERROR   2.targets.json: signed.delegations.roles");
	ASSERT_PRINTS(&r.t, "hurts:  python-tuf 7.0.0, go-tuf 2.4.2");
	ASSERT_PRINTS(&r.t, "why:    Run: without it all three fail");
	ASSERT_PRINTS(&r.t, "remedy: Write it.");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(terminating)", "lint --json");
	ASSERT_PRINTS(&r.t, "\"ok\":false");
	ASSERT_PRINTS(&r.t, "\"clients\":[\"python-tuf 7.0.0\",");
	/* It needs nothing to be sound: not even JSON. */
	repo_write(&r, "metadata/1.root.json", "{");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(json_syntax)", "lint");
	repo_fini(&r);
}

static void write_served(const struct tuf_repo *from, const char *name)
{
	SCOPED(free)
	char *below = xasprintf("metadata/%s", name);

	repo_write(&r, below, tuf_repo_served(from, name)->bytes);
}

/* As an HSM signs that nobody told. */
TEST(a_signature_with_a_salt_that_tough_refuses_is_an_error)
{
	static const unsigned key = 9;
	SCOPED(tuf_repo_free)
	struct tuf_repo *from = tuf_repo_new();
	SCOPED(free)
	char *folder = NULL;
	struct err e;

	tuf_repo_use_rsa(from, key);
	tuf_repo_set_keys(from, TUF_TARGETS, 1, &key, 1);
	from->rsa_salt = 222;
	tuf_repo_publish_as(from, "root", 1);
	tuf_repo_publish_as(from, "targets", 1);
	repo_begin(&r);
	folder = fs_join(r.dir, "metadata");
	ASSERT_OK(fs_mkdirs(folder, 0700, &e));
	write_served(from, "1.root.json");
	write_served(from, "1.targets.json");
	ASSERT_REFUSES(&r, CLI_UNVERIFIED, "(sig_salt)", "lint");
	ASSERT_PRINTS(&r.t, "ERROR   1.targets.json: key ");
	ASSERT_PRINTS(&r.t, "hurts:  tough 0.24.0\n");
	ASSERT_RUNS(&r, "lint --clients python-tuf,go-tuf,tuf-js");
	ASSERT_RUNS(&r, "lint %s/metadata/1.targets.json", r.dir);
	repo_fini(&r);
}

TEST(single_files_can_be_looked_at)
{
	repo_init(&r);
	ASSERT_RUNS(&r, "lint %s/metadata/1.root.json", r.dir);
	ASSERT_PRINTS(&r.t, "1 files, 0 errors");
	ASSERT_REFUSES(&r, CLI_FAILED, "a name like 7.targets.json",
	               "lint %s/pawl.txt", r.dir);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "9.root.json",
	               "lint %s/metadata/9.root.json", r.dir);
	repo_fini(&r);
}

TEST(the_rules_can_be_listed)
{
	repo_begin(&r);
	ASSERT_RUNS(&r, "lint --rules");
	ASSERT_PRINTS(&r.t, "keyid_mismatch       error    A key's id is");
	ASSERT_PRINTS(&r.t, "size_near            warning  ");
	ASSERT_RUNS(&r, "lint --rules --json");
	ASSERT_PRINTS(&r.t,
	              "[{\"code\":\"json_syntax\",\"severity\":\"error\"");
	repo_fini(&r);
}

TEST(lint_refuses_what_it_does_not_know)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_USAGE, "'curl' is none of",
	               "lint --clients go-tuf,curl");
	ASSERT_REFUSES(&r, CLI_USAGE, "'nothing' is no rule",
	               "lint --accept nothing");
	ASSERT_REFUSES(&r, CLI_USAGE, "nobody can accept it",
	               "lint --accept terminating");
	repo_write(&r, "lint.accept", "overlap\nnothing\n");
	ASSERT_REFUSES(&r, CLI_USAGE, "lint.accept: 'nothing'", "lint");
	ASSERT_EXIT(&r.t, tool_line(&r.t, "-C %s lint", test_dir()),
	            CLI_NOT_FOUND);
	repo_fini(&r);
}
