/*
 * What an import leaves in the folder: of a draft that nobody has signed yet,
 * nothing that stays when it is given up.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/json/jw.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/desks.h"

#include <string.h>

#define WATCH                                                 \
	"product add watch --releases-keys 2 --plans-keys 2 " \
	"--passphrase-file %s --kdf light"
#define LAST "9007199254740991"

static int add_name(void *ctx, const char *name, struct err *e)
{
	(void)e;
	buf_printf(ctx, "%s\n", name);
	return 0;
}

/* The names in the office's metadata/. */
static char *complete(void)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 16);
	SCOPED(free)
	char *dir = fs_join(office.dir, "metadata");
	struct err e;

	ASSERT_OK(fs_list(dir, add_name, &b, &e));
	return buf_take(&b);
}

static void forget(const char *below)
{
	repo_remove(&ben, below);
}

/* The file of a role as a bundle has it, behind all others. */
static void add_to_stick(const char *name, const char *text)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 16);
	struct jw w;

	buf_puts(&b, "\"metadata\":[{\"name\":");
	jw_init(&w, &b);
	jw_str(&w, name);
	buf_puts(&b, ",\"text\":");
	jw_init(&w, &b);
	jw_str(&w, text);
	buf_puts(&b, "},");
	stick_edit("\"metadata\":[", buf_str(&b));
}

/* Ben is a thief: he delegates a product to keys of his own, under the last
 * number there is, and calls that complete. */
static void make_up_a_product(void)
{
	SCOPED(free)
	char *text = NULL;

	EXPORTS(&office);
	BEN_STARTS;
	ASSERT_RUNS(&ben, "draft drop --all");
	repo_write(&ben, "drafts.json",
	           "{\"schema\":\"pawl-drafts/1\",\"burned\":"
	           "{\"releases.watch\":9007199254740990},\"exported\":{},"
	           "\"dropped_roots\":[]}");
	ASSERT_RUNS(&ben, WATCH, ben.pass);
	ASSERT_RUNS(&ben, "sign releases.watch --passphrase-file %s", ben.pass);
	text = repo_read(&ben, "staged/releases.watch.json");
	forget("staged/releases.watch.json");
	forget("staged/plans.watch.json");
	forget("drafts.json");
	EXPORTS(&ben);
	add_to_stick(LAST ".releases.watch.json", text);
}

TEST(what_no_complete_role_vouches_for_is_not_written)
{
	SCOPED(free)
	char *before = NULL;
	SCOPED(free)
	char *staged = NULL;
	SCOPED(free)
	char *after = NULL;

	desks_begin();
	ASSERT_RUNS(&office, "draft");
	make_up_a_product();
	before = complete();
	IMPORTS(&office);
	ASSERT_PRINTS(&office.t, "targets 3: ");
	staged = complete();
	ck_assert_str_eq(staged, before);
	ASSERT_RUNS(&office, "draft drop --all");
	after = complete();
	ck_assert_str_eq(after, before);
	ASSERT_RUNS(&office, "verify-history");
	ASSERT_RUNS(&office, WATCH, office.pass);
	REPO_SIGN_ALL(&office);
	ck_assert(repo_has(&office, "metadata/1.releases.watch.json"));
	ASSERT_RUNS(&office, "verify");
	desks_end();
}

/* As honest people do it: the new role is a draft, too. */
TEST(a_new_role_comes_with_the_draft_that_delegates_to_it)
{
	desks_begin();
	ASSERT_RUNS(&office, "draft drop --all");
	ASSERT_RUNS(&office, WATCH, office.pass);
	ASSERT_RUNS(&office,
	            "sign releases.watch plans.watch --passphrase-file %s",
	            office.pass);
	EXPORTS(&office);
	BEN_STARTS;
	ck_assert(!repo_has(&ben, "metadata/1.releases.watch.json"));
	ASSERT_RUNS(&ben, "sign targets --keys %s/keys --passphrase-file %s",
	            office.dir, office.pass);
	ck_assert(repo_has(&ben, "metadata/1.releases.watch.json"));
	ASSERT_RUNS(&ben, "verify");
	desks_end();
}

static const char plan[] = "plan add -p coat -i spring -r 1.0.0 --channels lab "
			   "--regions eu --stages 100%:2h";

static void begins_with_revision_1(void)
{
	ASSERT_RUNS(&office, "%s", plan);
	ck_assert(repo_has(&office, "targets/plan/coat/spring.1.json"));
}

/* The next revision of that plan would be above all there are. */
TEST(made_up_revisions_lock_no_plan)
{
	desks_begin();
	EXPORTS(&office);
	BEN_STARTS;
	repo_write(&ben, "targets/plan/coat/spring.2147483645.json", "");
	ASSERT_RUNS(&ben, "%s", plan);
	EXPORTS(&ben);
	ASSERT_RUNS(&office, "draft drop plans.coat");
	ASSERT_REFUSES(&office, CLI_FAILED, "(bad_numbers)", "draft import %s",
	               stick());
	ASSERT_COMPLAINS(&office.t,
	                 "plan/coat/spring.2147483646.json: 0 is the highest "
	                 "revision here; so far ahead the draft has to be "
	                 "signed by a key of plans.coat first");
	ck_assert(
		!repo_has(&office, "targets/plan/coat/spring.2147483646.json"));
	repo_instead(&office, begins_with_revision_1);
	/* An approver is believed. */
	ASSERT_RUNS(&ben,
	            "sign plans.coat --key %s/keys/plans.coat.1.key "
	            "--passphrase-file %s",
	            office.dir, office.pass);
	EXPORTS(&ben);
	IMPORTS(&office);
	/* What is here already is counted from. */
	ASSERT_RUNS(&ben, "%s", plan);
	EXPORTS(&ben);
	ASSERT_RUNS(&office, "draft drop plans.coat");
	IMPORTS(&office);
	ASSERT_PRINTS(&office.t, "adds plan spring revision 2147483647");
	desks_end();
}
