/* A draft that somebody made by hand, at the two doors of the desk: on a stick
 * that is imported, and as a staged file that is to be signed. Each is refused
 * by the name of its rule, and nothing of it is kept. */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/json/jw.h"
#include "tests/support/bad_input.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <string.h>

static struct repo r;   /* the office, where drafts are made */
static struct repo ben; /* another machine, which has nothing yet */
static struct err e;
static char *stick_text; /* as the office wrote it */

/* Each role has a draft; first its number, which must not come to be. */
static const struct {
	const char *role, *complete;
} files[] = {
	{"root", "metadata/2.root.json"},
	{"targets", "metadata/3.targets.json"},
	{"releases.coat", "metadata/2.releases.coat.json"},
	{"plans.coat", "metadata/2.plans.coat.json"},
};

static const char *stick(void)
{
	return test_path("stick.json");
}

static void begin(void)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);

	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, "renew root targets");
	ASSERT_RUNS(&r, "draft export %s", stick());
	ASSERT_OK(fs_read(&b, stick(), &e));
	stick_text = buf_take(&b);
	ben = (struct repo){.dir = test_path("ben"), .pass = r.pass};
	tool_init(&ben.t, r.t.program);
}

static void end(void)
{
	free(stick_text);
	repo_fini(&r);
	repo_fini(&ben);
}

static char *staged(const char *role)
{
	SCOPED(free)
	char *name = xasprintf("staged/%s.json", role);

	return repo_read(&r, name);
}

static void put_staged(const char *role, const char *text)
{
	SCOPED(free)
	char *name = xasprintf("staged/%s.json", role);

	repo_write(&r, name, text);
}

/* The text as a string of JSON, without its quotes. */
static char *in_json(const char *text)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	struct jw w;
	char *quoted;

	jw_init(&w, &b);
	jw_str(&w, text);
	quoted = xstrdup(buf_str(&b));
	quoted[strlen(quoted) - 1] = '\0';
	memmove(quoted, quoted + 1, strlen(quoted));
	return quoted;
}

static void refuse_signing(const char *role, const char *complete,
                           const char *bad, const char *rule)
{
	SCOPED(free)
	char *code = xasprintf("(%s)", rule);
	SCOPED(free)
	char *good = staged(role), *after = NULL;

	put_staged(role, bad);
	ASSERT_REFUSES(&r, CLI_FAILED, code, "sign %s --passphrase-file %s",
	               role, r.pass);
	after = staged(role);
	ck_assert_str_eq(after, bad);
	ck_assert(!repo_has(&r, complete));
	put_staged(role, good);
}

static void refuse_import(const char *role, const char *bad, const char *rule)
{
	SCOPED(free)
	char *code = xasprintf("(%s)", rule);
	SCOPED(free)
	char *root = repo_read(&r, "metadata/1.root.json");
	SCOPED(free)
	char *good = staged(role), *was = in_json(good), *is = in_json(bad);
	SCOPED(free)
	char *text = NULL;
	char sha256[SHA256_HEX_SIZE];
	const char *at = strstr(stick_text, was);

	ck_assert_msg(at != NULL, "no %s on the stick", role);
	text = xasprintf("%.*s%s%s", (int)(at - stick_text), stick_text, is,
	                 at + strlen(was));
	ASSERT_OK(fs_write(stick(), text, strlen(text), 0644, &e));
	hash_sha256_hex(sha256, root, strlen(root));
	ASSERT_REFUSES(&ben, CLI_FAILED, code,
	               "draft import %s --trust-root %s", stick(), sha256);
	ck_assert(!repo_has(&ben, "pawl.json"));
	ck_assert(!repo_has(&ben, "metadata"));
	ck_assert(!repo_has(&ben, "staged"));
}

static void refuse(size_t f, const char *bad, const char *rule)
{
	refuse_import(files[f].role, bad, rule);
	refuse_signing(files[f].role, files[f].complete, bad, rule);
}

TEST(no_draft_enters_with_a_version_date_or_threshold_that_is_none)
{
	begin();
	for (size_t n = 0; n < ARRAY_LEN(files) * bad_inputs_n; n++) {
		size_t f = n / bad_inputs_n;
		const struct bad_input *b = &bad_inputs[n % bad_inputs_n];
		SCOPED(free)
		char *good = staged(files[f].role), *bad = NULL;

		if (!bad_input_fits(b, files[f].role))
			continue;
		bad = bad_input_text(good, files[f].role, b);
		refuse(f, bad, b->rule);
	}
	/* It was nothing else that was in the way. */
	ASSERT_RUNS(&r, "sign root --passphrase-file %s", r.pass);
	end();
}

/* A word in a file for another, and the rule that names it. */
struct swap {
	const char *to, *code;
};

static void refuse_each(size_t f, const char *from, const struct swap *rows,
                        size_t n)
{
	begin();
	for (size_t i = 0; i < n; i++) {
		SCOPED(free)
		char *good = staged(files[f].role), *bad = NULL;
		const char *at = strstr(good, from);

		ck_assert_ptr_nonnull(at);
		bad = xasprintf("%.*s%s%s", (int)(at - good), good, rows[i].to,
		                at + strlen(from));
		refuse(f, bad, rows[i].code);
	}
	end();
}

#define TARGETS 1
#define PLANS 3

TEST(no_draft_delegates_to_a_role_by_the_name_of_a_top_level_one)
{
	static const struct swap rows[] = {
		{"\"name\":\"root\"", "role_top_level"},
		{"\"name\":\"targets\"", "role_top_level"},
		{"\"name\":\"snapshot\"", "role_top_level"},
		{"\"name\":\"timestamp\"", "role_top_level"},
	};

	refuse_each(TARGETS, "\"name\":\"plans.coat\"", rows, ARRAY_LEN(rows));
}

TEST(no_draft_delegates_to_a_name_with_traversal_percent_control_or_script)
{
	static const struct swap rows[] = {
		{"\"name\":\"../plans.coat\"", "role_name"},
		{"\"name\":\"plans/../coat\"", "role_name"},
		{"\"name\":\"/plans.coat\"", "role_name"},
		{"\"name\":\"plans%2ecoat\"", "role_name"},
		{"\"name\":\"plans.coat\\n\"", "role_name"},
		{"\"name\":\"plans\\u0001coat\"", "role_name"},
		{"\"name\":\"plans\\u0000coat\"", "json_nul"},
		{"\"name\":\"plans.c\xc3\xb6"
	         "at\"",
	         "role_name"},
		{"\"name\":\"plans.co\xcc\x88"
	         "at\"",
	         "text_nfc"},
		{"\"name\":\"\"", "shape"},
	};

	refuse_each(TARGETS, "\"name\":\"plans.coat\"", rows, ARRAY_LEN(rows));
}

TEST(no_draft_has_a_pattern_that_a_client_would_read_differently)
{
	static const struct swap rows[] = {
		{"\"plan/{coat,arm}/*\"", "pattern_chars"},
		{"\"!plan/coat/*\"", "pattern_chars"},
		{"\"#plan/coat/*\"", "pattern_chars"},
		{"\"plan/[c]oat/*\"", "pattern_chars"},
		{"\"plan\\\\coat/*\"", "pattern_chars"},
		{"\"plan/coat/%2e*\"", "pattern_chars"},
		{"\"plan/c\xc3\xb6"
	         "at/*\"",
	         "pattern_chars"},
		{"\"plan/coat\\n/*\"", "pattern_chars"},
		{"\"/plan/coat/*\"", "pattern_segments"},
		{"\"plan//coat/*\"", "pattern_segments"},
		{"\"plan/../coat/*\"", "pattern_segments"},
		{"\"plan/.coat/*\"", "pattern_segments"},
		/* Read by all alike, and still not the table's. */
		{"\"plan/**\"", "delegation"},
		{"\"plan/?oat/*\"", "delegation"},
		{"\"plan/*/*\"", "delegation"},
		{"\"plan/*\"", "delegation"},
		{"\"*\"", "delegation"},
	};

	refuse_each(TARGETS, "\"plan/coat/*\"", rows, ARRAY_LEN(rows));
}

TEST(no_draft_lists_a_name_with_traversal_percent_control_or_script)
{
	static const struct swap rows[] = {
		{"\"plan/coat/../first.1.json\"", "target_segments"},
		{"\"/plan/coat/first.1.json\"", "target_segments"},
		{"\"plan/coat//first.1.json\"", "target_segments"},
		{"\"plan/coat/.first.1.json\"", "target_segments"},
		{"\"plan/coat/%2e%2e/first.1.json\"", "target_chars"},
		{"\"plan/coat/first%201.json\"", "target_chars"},
		{"\"plan/coat/first 1.json\"", "target_chars"},
		{"\"plan/coat/first\\u0001.json\"", "target_chars"},
		{"\"plan/coat/first\\n.json\"", "target_chars"},
		{"\"plan/coat/first\\u0000.json\"", "json_nul"},
		{"\"plan/coat/fr\xc3\xbchling.1.json\"", "target_chars"},
		{"\"plan\\\\coat\\\\first.1.json\"", "target_chars"},
		{"\"plan/coat/first.1.json?x\"", "target_chars"},
		{"\"\"", "target_segments"},
	};

	refuse_each(PLANS, "\"plan/coat/first.1.json\"", rows, ARRAY_LEN(rows));
}

/* A member that nobody knows makes another id of the same key. */
TEST(no_draft_meets_a_threshold_by_one_key_under_two_names)
{
	SCOPED(free)
	char *good = NULL, *key = NULL, *twin = NULL, *bad = NULL;
	char id[SHA256_HEX_SIZE], twin_id[SHA256_HEX_SIZE];
	const char *keys, *ids;

	begin();
	good = staged("targets");
	keys = strstr(good, "\"keys\":{\"") + strlen("\"keys\":{\"");
	(void)snprintf(id, sizeof(id), "%s", keys);
	key = xstrdup(keys + strlen(id) + strlen("\":"));
	strchr(strstr(key, "\"scheme\":"), '}')[1] = '\0';
	twin = xasprintf("%.*s,\"x\":1}", (int)strlen(key) - 1, key);
	hash_sha256_hex(twin_id, twin, strlen(twin));
	ids = strstr(strstr(keys, "\"keyids\":["), id);
	ck_assert_ptr_nonnull(ids);
	bad = xasprintf("%.*s%s\":%s,\"%.*s%s\",\"%s", (int)(keys - good), good,
	                twin_id, twin, (int)(ids - keys), keys, twin_id, ids);
	refuse(TARGETS, bad, "key_twice");
	end();
}
