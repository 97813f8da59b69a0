#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "lib/catalog/probe.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"

#include <stdlib.h>
#include <string.h>

static struct err e;

/* A client that has refreshed asks for all that docs delegates to. */
static int probe(struct tuf_repo *r, struct trust **out)
{
	struct trust_io io = tuf_repo_io(r);
	const struct tuf_targets *targets = tuf_repo_role(r, "targets");

	tuf_repo_publish_all(r);
	*out = tuf_repo_client(r, &e);
	ASSERT_OK(trust_refresh(*out, &io, &e));
	return probe_children(*out, &io, tuf_targets_role(targets, "docs"),
	                      tuf_repo_role(r, "docs"), &e);
}

/* "aaa/…*" of that many bytes. */
static void long_pattern(char out[TUF_PATH_MAX + 1], size_t len)
{
	memset(out, 'a', len);
	for (size_t i = 100; i < len - 1; i += 100)
		out[i] = '/';
	out[len - 1] = '*';
	out[len] = '\0';
}

TEST(bins_under_the_longest_pattern_there_is_are_all_asked_for)
{
	static const size_t lens[] = {TARGET_MAX_LEN - 5, TARGET_MAX_LEN,
	                              TUF_PATH_MAX};
	char pattern[TUF_PATH_MAX + 1];

	for (size_t k = 0; k < ARRAY_LEN(lens); k++) {
		SCOPED(tuf_repo_free)
		struct tuf_repo *r = tuf_repo_new();
		SCOPED(trust_free)
		struct trust *t = NULL;

		long_pattern(pattern, lens[k]);
		tuf_repo_delegate(r, "targets", "docs", pattern, true, 40);
		tuf_repo_split(r, "docs", "docs.bin", 4, 41);
		ASSERT_OK(probe(r, &t));
		for (int i = 0; i < 16; i++) {
			SCOPED(free)
			char *bin = xasprintf("docs.bin-%x", i);

			ck_assert_ptr_nonnull(trust_targets(t, bin));
		}
	}
}

/* docs, and below it docs.deep and a stranger's signature on that. */
static struct tuf_repo *strange_below_docs(void)
{
	static const unsigned stranger = 42;
	struct tuf_repo *r = tuf_repo_new();

	tuf_repo_delegate(r, "targets", "docs", "docs/*", true, 40);
	tuf_repo_delegate(r, "docs", "docs.deep", "docs/x*", true, 41);
	tuf_repo_set_signers(r, "docs.deep", &stranger, 1);
	return r;
}

TEST(a_role_that_its_keys_did_not_sign_is_named)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = strange_below_docs();
	SCOPED(trust_free)
	struct trust *t = NULL;

	ASSERT_CODE(probe(r, &t), "threshold");
	ASSERT_SAYS("docs.deep");
}

/* The role above answers for what is looked up, and the one below would never
 * be asked. */
TEST(no_listed_path_stands_in_for_a_role_below)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = strange_below_docs();
	SCOPED(trust_free)
	struct trust *t = NULL;

	tuf_repo_target(r, "docs", "docs/xpawl-probe-0");
	tuf_repo_target(r, "docs", "docs/xpawl-probe-1");
	ASSERT_CODE(probe(r, &t), "threshold");
	ASSERT_SAYS("docs.deep");
}

TEST(no_listed_path_stands_in_for_a_bin)
{
	static const unsigned stranger = 42;
	static const char *const bins[] = {"docs.bin-0", "docs.bin-1"};

	for (size_t i = 0; i < ARRAY_LEN(bins); i++) {
		SCOPED(tuf_repo_free)
		struct tuf_repo *r = tuf_repo_new();
		SCOPED(trust_free)
		struct trust *t = NULL;

		tuf_repo_delegate(r, "targets", "docs", "docs/*", true, 40);
		tuf_repo_split(r, "docs", "docs.bin", 1, 41);
		tuf_repo_set_signers(r, bins[i], &stranger, 1);
		for (int n = 0; n < 16; n++) {
			SCOPED(free)
			char *path = xasprintf("docs/pawl-probe-%d", n);

			tuf_repo_target(r, "docs", path);
		}
		ASSERT_CODE(probe(r, &t), "threshold");
		ASSERT_SAYS(bins[i]);
	}
}
