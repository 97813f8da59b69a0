/*
 * Each rule against a file that breaks it and nothing else, made from a clean
 * one by one replacement.
 */
#include "config.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/lint/lint.h"
#include "tests/support/runner.h"
#include "tests/unit/lint/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool tested[LINT_RULES];

/* Every finding is of this rule, and there is one. */
static void assert_only(const struct lint *l, const char *code)
{
	const struct lint_rule *rule = lint_rule_by_code(code);

	ck_assert_msg(rule != NULL, "no rule %s", code);
	tested[rule - lint_rules] = true;
	for (size_t i = 0; i < l->len; i++)
		ck_assert_msg(strcmp(l->items[i].rule->code, code) == 0,
		              "%s instead of %s: %s", l->items[i].rule->code,
		              code, l->items[i].text);
	ck_assert_msg(l->len > 0, "%s found nothing", code);
	ck_assert_int_eq(lint_verdict(l, NULL) != 0,
	                 rule->severity == LINT_ERROR);
}

/* ---- One replacement, one rule ---- */

struct edit {
	const char *code, *role, *from, *to;
	const char *key; /* NULL: KEY */
};

static const struct edit edits[] = {
	/* clang-format off */
	{"json_syntax", "root", "\"version\":7", "\"version\":07", NULL},
	{"json_syntax", "root", "}}}}", "}}}}{}", NULL},
	{"json_syntax", "targets", "{\"a\":1}", "{\"a\":\"\\ud800\"}", NULL},
	{"json_depth", "targets", "{\"a\":1}", "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", NULL},
	{"json_duplicate", "targets", "{\"a\":1}", "{\"a\":1,\"b\":2,\"a\":1}", NULL},
	{"json_nul", "targets", "{\"a\":1}", "{\"a\":\"x\\u0000\"}", NULL},
	{"json_float", "targets", "{\"a\":1}", "{\"a\":1.0}", NULL},
	{"json_float", "targets", "{\"a\":1}", "{\"a\":1e3}", NULL},
	{"json_float", "targets", "{\"a\":1}", "{\"a\":-0}", NULL},
	{"json_integer", "targets", "{\"a\":1}", "{\"a\":9007199254740992}", NULL},
	{"json_integer", "targets", "{\"a\":1}", "{\"a\":-9007199254740992}", NULL},
	{"json_integer", "targets", "{\"a\":1}", "{\"a\":99999999999999999999999999}", NULL},
	{"key_astral", "targets", "{\"a\":1}", "{\"\\ud83d\\ude00\":1}", NULL},
	{"text_nfc", "targets", "{\"a\":1}", "{\"a\":\"e\\u0301\"}", NULL},
	{"text_nfc", "targets", "{\"a\":1}", "{\"a\":\"\\u212b\"}", NULL},

	{"keyid_mismatch", "root", "{\"keytype\"", "{\"keyid_hash_algorithms\":[\"sha256\"],\"keytype\"", NULL},
	{"key_type_unknown", "root", "", "", KEY_OF("ml-dsa", "ml-dsa-44", HEX64)},
	{"key_type_unknown", "root", "", "", KEY_OF("ed25519", "ed25519ph", HEX64)},
	{"key_type_narrow", "root", "", "", KEY_OF("ecdsa", "ecdsa-sha2-nistp384", P256)},
	{"key_type_narrow", "root", "", "", KEY_OF("rsa", "rsa-pkcs1v15-sha256", RSA_2048)},
	{"key_not_ed25519", "root", "", "", KEY_OF("ecdsa", "ecdsa-sha2-nistp256", P256)},
	{"key_not_ed25519", "root", "", "", KEY_OF("rsa", "rsassa-pss-sha256", RSA_2048)},
	{"key_pem_form", "root", "", "", KEY_OF("ecdsa", "ecdsa-sha2-nistp256", HEX64)},
	{"key_pem_form", "root", "", "", KEY_OF("rsa", "rsassa-pss-sha256", P256)},
	{"key_pem_form", "root", "", "", KEY_OF("rsa", "rsassa-pss-sha256", "-----BEGIN PUBLIC KEY-----\\nMII=")},
	{"key_rsa_size", "root", "", "", KEY_OF("rsa", "rsassa-pss-sha256", RSA_1024)},
	{"key_ed25519_form", "targets", "", "", KEY_OF("ed25519", "ed25519", HEX32)},
	{"key_ed25519_form", "targets", "", "", KEY_OF("ed25519", "ed25519", HEX32 "ABABABABABABABABABABABABABABABAB")},
	{"sig_form", "root", "\"sig\":\"\"", "\"sig\":\"AB\"", NULL},
	{"sig_form", "root", "\"sig\":\"\"", "\"sig\":\"abc\"", NULL},
	{"sig_form", "root", ",\"sig\":\"\"", "", NULL},
	{"sig_duplicate", "root", "\"sig\":\"\"}", "\"sig\":\"\"},{\"keyid\":\"@ID@\",\"sig\":\"\"}", NULL},
	{"keyid_absent", "root", "[\"@ID@\"],\"threshold\"", "[\"@ID@\",\"" HEX64 "\"],\"threshold\"", NULL},
	{"keyid_absent", "targets", "[\"@ID@\"],\"name\"", "[\"@ID@\",\"" HEX64 "\"],\"name\"", NULL},
	{"keyid_twice", "root", "[\"@ID@\"],\"threshold\"", "[\"@ID@\",\"@ID@\"],\"threshold\"", NULL},
	{"threshold_zero", "root", "\"threshold\":1", "\"threshold\":0", NULL},
	{"threshold_zero", "root", "\"threshold\":1", "\"threshold\":-1", NULL},
	{"threshold_zero", "root", "\"threshold\":1", "\"threshold\":\"1\"", NULL},
	{"threshold_zero", "root", ",\"threshold\":1", "", NULL},
	{"threshold_unmet", "root", "\"threshold\":1", "\"threshold\":2", NULL},
	{"threshold_unmet", "targets", "\"threshold\":1", "\"threshold\":2", NULL},

	{"shape", "snapshot", "\"meta\":{", "\"metal\":{", NULL},
	{"shape", "targets", "\"length\":5", "\"length\":\"5\"", NULL},
	{"shape", "targets", "\"length\":5", "\"length\":-5", NULL},
	{"shape", "targets", "\"hashes\":" HASHES ",", "", NULL},
	{"shape", "targets", "\"paths\":[\"fw/coat/a\"]", "\"paths\":[7]", NULL},
	{"shape", "root", "\"root\":" ONE ",", "", NULL},
	{"shape", "root", "\"signatures\":[{\"keyid\":\"@ID@\",\"sig\":\"\"}],", "", NULL},
	{"type_wrong", "targets", "\"_type\":\"targets\"", "\"_type\":\"snapshot\"", NULL},
	{"file_version", "root", "\"version\":7", "\"version\":8", NULL},
	{"version_range", "targets", "\"version\":7", "\"version\":0", NULL},
	{"version_range", "targets", "\"version\":7", "\"version\":-7", NULL},
	{"version_range", "targets", "\"version\":7,", "", NULL},
	{"expires_form", "root", "00:00Z", "00:00.000Z", NULL},
	{"expires_form", "root", "00:00Z", "00:00+00:00", NULL},
	{"expires_form", "root", "00:00Z", "00:00z", NULL},
	{"expires_form", "root", "2027-01", "2027-13", NULL},
	{"expires_form", "root", "\"2027-01-01T00:00:00Z\"", "1798761600", NULL},
	{"spec_version", "root", "\"1.0.0\"", "\"1\"", NULL},
	{"spec_version", "root", "\"1.0.0\"", "\"2.0.0\"", NULL},
	{"spec_version", "root", "\"1.0.0\"", "\"1.0.0.0\"", NULL},
	{"spec_version", "root", "\"1.0.0\"", "\"1.\"", NULL},
	{"spec_version_1_0", "root", "\"1.0.0\"", "\"1.1.0\"", NULL},
	{"consistent_missing", "root", "\"consistent_snapshot\":true,", "", NULL},
	{"consistent_false", "root", "true", "false", NULL},
	{"root_roles", "root", "\"roles\":{", "\"roles\":{\"mirrors\":" ONE ",", NULL},
	{"unknown_field", "root", "\"version\":7", "\"version\":7,\"x\":1", NULL},
	{"unknown_field", "root", "\"threshold\":1", "\"threshold\":1,\"x\":1", NULL},
	{"unknown_field", "snapshot", "\"version\":3", "\"version\":3,\"x\":1", NULL},
	{"unknown_field", "targets", "\"length\":5", "\"length\":5,\"x\":1", NULL},
	{"unknown_field", "root", "", "", "{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"" HEX64 "\"},\"scheme\":\"ed25519\",\"x\":1}"},
	{"terminating", "targets", "\"terminating\":true,", "", NULL},
	{"terminating", "targets", "\"terminating\":true", "\"terminating\":1", NULL},
	{"paths_or_prefixes", "targets", "\"paths\":[\"fw/coat/a\"],", "", NULL},
	{"paths_or_prefixes", "targets", "\"paths\":", "\"path_hash_prefixes\":[\"00\"],\"paths\":", NULL},
	{"roles_or_succinct", "targets", "\"roles\":", "\"succinct_roles\":{},\"roles\":", NULL},
	{"role_twice", "targets", DELEGATION, DELEGATION ",{\"keyids\":[\"@ID@\"],\"name\":\"releases.coat\",\"paths\":[\"b\"],\"terminating\":true,\"threshold\":1}", NULL},
	{"role_top_level", "targets", "\"releases.coat\"", "\"snapshot\"", NULL},
	{"role_name", "targets", "\"releases.coat\"", "\"team/coat\"", NULL},
	{"role_name", "targets", "\"releases.coat\"", "\"Coat\"", NULL},
	{"custom_object", "targets", "{\"a\":1}", "null", NULL},
	{"custom_object", "targets", "{\"a\":1}", "[1]", NULL},
	{"meta_version", "snapshot", ",\"version\":3", "", NULL},
	{"meta_version", "timestamp", "\"version\":3", "\"version\":0", NULL},
	{"meta_unbound", "snapshot", "\"length\":9,", "", NULL},
	{"meta_unbound", "timestamp", "\"hashes\":" HASHES ",", "", NULL},
	{"meta_length_zero", "snapshot", "\"length\":9", "\"length\":0", NULL},
	{"meta_name", "snapshot", "\"releases.coat.json\"", "\"3.releases.coat.json\"", NULL},
	{"meta_name", "snapshot", "\"releases.coat.json\"", "\"releases%2ecoat.json\"", NULL},
	{"meta_name", "snapshot", "\"releases.coat.json\"", "\"releases.coat\"", NULL},
	{"timestamp_meta", "timestamp", "\"meta\":{", "\"meta\":{\"root.json\":" META ",", NULL},
	{"hashes_empty", "targets", HASHES, "{}", NULL},
	{"hash_form", "targets", HASHES, "{\"sha256\":\"" HEX32 "ABABABABABABABABABABABABABABABAB\"}", NULL},
	{"hash_form", "targets", HASHES, "{\"sha256\":\"" HEX32 "\"}", NULL},
	{"hash_unknown", "targets", "{\"sha256\":", "{\"md5\":\"00\",\"sha256\":", NULL},
	{"hash_sha256", "targets", HASHES, "{\"sha512\":\"" HEX64 HEX64 "\"}", NULL},
	{"hash_two", "targets", "{\"sha256\":", "{\"sha512\":\"" HEX64 HEX64 "\",\"sha256\":", NULL},

	{"target_chars", "targets", "fw/x.bin", "fw/x#.bin", NULL},
	{"target_chars", "targets", "fw/x.bin", "fw/%41.bin", NULL},
	{"target_chars", "targets", "fw/x.bin", "fw/x y.bin", NULL},
	{"target_chars", "targets", "fw/x.bin", "fw/\\u00e9.bin", NULL},
	{"target_segments", "targets", "fw/x.bin", "/fw/x.bin", NULL},
	{"target_segments", "targets", "fw/x.bin", "fw/../x.bin", NULL},
	{"target_segments", "targets", "fw/x.bin", "fw//x.bin", NULL},
	{"target_segments", "targets", "fw/x.bin", "fw/.x", NULL},
	{"target_segments", "targets", "fw/x.bin", "fw/", NULL},
	{"pattern_chars", "targets", "fw/coat/a", "fw/{a,b}/x", NULL},
	{"pattern_chars", "targets", "fw/coat/a", "!zzz", NULL},
	{"pattern_chars", "targets", "fw/coat/a", "#x", NULL},
	{"pattern_chars", "targets", "fw/coat/a", "fw/[a]", NULL},
	{"pattern_chars", "targets", "fw/coat/a", "fw/a\\\\b", NULL},
	{"pattern_segments", "targets", "fw/coat/a", "fw/.a", NULL},
	{"pattern_segments", "targets", "fw/coat/a", "/fw/a", NULL},
	{"pattern_glob", "targets", "fw/coat/a", "fw/coat/*", NULL},
	{"pattern_glob", "targets", "fw/coat/a", "fw/coat/?", NULL},
	{"overlap", "targets", DELEGATION, DELEGATION ",{\"keyids\":[\"@ID@\"],\"name\":\"b\",\"paths\":[\"fw/coat/a\"],\"terminating\":true,\"threshold\":1}", NULL},
	/* clang-format on */
};

/* "" is replaced by nothing: the key alone makes the difference. */
static char *edited(const struct edit *c)
{
	const char *text = page_clean(c->role);

	if (c->from[0] != '\0')
		text = page_swap(page_swap(text, "@KEY@", KEY, true), c->from,
		                 c->to, false);
	if (c->key == NULL)
		return page_swap(page_swap(text, "@KEY@", KEY, true), "@ID@",
		                 page_id_of(KEY), true);
	return page_make(text, c->key);
}

/* rust-tuf minds much that a rule for others is not about. */
static unsigned clients_for(const char *code)
{
	const struct lint_rule *r = lint_rule_by_code(code);

	return r != NULL && (r->hurts & LINT_MAINSTREAM) != 0
	               ? LINT_MAINSTREAM
	               : LINT_ALL_CLIENTS;
}

static void run_edits(void)
{
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		SCOPED(lint_fini)
		struct lint l;

		lint_init(&l, clients_for(edits[i].code));
		page_lint(&l, edits[i].role, edited(&edits[i]));
		assert_only(&l, edits[i].code);
	}
}

/* ---- What takes more than one replacement ---- */

#define SUCCINCT(bits)                                             \
	"\"succinct_roles\":{\"bit_length\":" bits ",\"keyids\":[" \
	"\"@ID@\"],\"name_prefix\":\"releases.coat.bin\","         \
	"\"threshold\":1}"
#define PREFIXES "\"path_hash_prefixes\":[\"00\"]"
#define PATHS "\"paths\":[\"fw/coat/a\"]"
#define ROLES "\"roles\":[" DELEGATION "]"

static void run_one(const char *code, const char *role, const char *text,
                    const char *accepted)
{
	const char *const list[] = {accepted, NULL};
	SCOPED(lint_fini)
	struct lint l;

	lint_init(&l, clients_for(code));
	l.accepted = list;
	page_lint(&l, role, page_make(text, KEY));
	lint_tree(&l);
	assert_only(&l, code);
}

static void run_keys(void)
{
	static const char twin[] =
		"{\"keyid_hash_algorithms\":[\"sha256\"],"
		"\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"" HEX64
		"\"},\"scheme\":\"ed25519\"}";
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(65536);

	buf_printf(&b, "\"keys\":{\"%s\":%s,", page_id_of(twin), twin);
	run_one("key_twice", "root",
	        page_swap(ROOT, "\"keys\":{", buf_str(&b), false), NULL);
	buf_reset(&b);
	for (int i = 0; i < TUF_SIGS_MAX; i++)
		buf_printf(&b, "{\"keyid\":\"%064d\",\"sig\":\"\"},", i);
	buf_puts(&b, "{\"keyid\":\"@ID@\"");
	run_one("sig_count", "root",
	        page_swap(ROOT, "{\"keyid\":\"@ID@\"", buf_str(&b), false),
	        NULL);
}

static void run_paths(void)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(65536);

	buf_puts(&b, "\"");
	for (int i = 0; i < 206; i++)
		buf_puts(&b, "12345");
	buf_puts(&b, "\":");
	run_one("target_long", "targets",
	        page_swap(TARGETS, "\"fw/x.bin\":", buf_str(&b), false), NULL);
	buf_reset(&b);
	buf_puts(&b, "\"fw/");
	for (int i = 0; i < 191; i++)
		buf_putc(&b, 'a');
	buf_puts(&b, "\":");
	run_one("target_long", "targets",
	        page_swap(TARGETS, "\"fw/x.bin\":", buf_str(&b), false), NULL);
	run_one("overlap_crossing", "targets",
	        page_swap(TARGETS, DELEGATION,
	                  DELEGATION
	                  ",{\"keyids\":[\"@ID@\"],\"name\":\"b\","
	                  "\"paths\":[\"fw/*\"],\"terminating\":true,"
	                  "\"threshold\":1}",
	                  false),
	        NULL);
	buf_reset(&b);
	buf_puts(&b, DELEGATION);
	for (int i = 0; i < 25; i++)
		buf_printf(&b,
		           ",{\"keyids\":[\"@ID@\"],\"name\":\"b%d\"," PATHS
		           ",\"terminating\":true,\"threshold\":1}",
		           i);
	run_one("delegations_many", "targets",
	        page_swap(TARGETS, DELEGATION, buf_str(&b), false), "overlap");
}

static void run_bins(void)
{
	run_one("bins_prefix", "targets",
	        page_swap(TARGETS, PATHS, PREFIXES, false), NULL);
	run_one("prefix_form", "targets",
	        page_swap(TARGETS, PATHS, "\"path_hash_prefixes\":[\"AB\"]",
	                  false),
	        "bins_prefix");
	run_one("prefix_form", "targets",
	        page_swap(TARGETS, PATHS, "\"path_hash_prefixes\":[\"\"]",
	                  false),
	        "bins_prefix");
	run_one("bins_succinct", "targets",
	        page_swap(TARGETS, ROLES, SUCCINCT("4"), false), NULL);
	run_one("roles_many", "targets",
	        page_swap(TARGETS, ROLES, SUCCINCT("8"), false),
	        "bins_succinct");
}

/* A valid file of about this many bytes. */
static char *of_size(size_t n)
{
	char *pad = test_keep(xmalloc(n));

	memset(pad, 'x', n - 1);
	pad[n - 1] = '\0';
	return page_make(page_swap(TARGETS, "{\"a\":1}",
	                           page_swap("{\"a\":\"@\"}", "@", pad, false),
	                           false),
	                 KEY);
}

static void run_sizes(void)
{
	static const struct {
		const char *code, *role;
		size_t len;
	} cases[] = {
		/* clang-format off */
		{"size_near", "targets",      4000001},
		{"size_near", "releases.coat", 5000000},
		{"size_over", "targets",      5000001},
		{"size_near", "root",          409601},
		{"size_over", "root",          512001},
		{"size_near", "timestamp",      13200},
		{"size_over", "timestamp",      16385},
		{"size_over", "snapshot",     2000001},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(lint_fini)
		struct lint l;

		lint_init(&l, LINT_ALL_CLIENTS & ~(unsigned)LINT_TOUGH);
		lint_size(&l, cases[i].role, 7, cases[i].len);
		assert_only(&l, cases[i].code);
	}
	run_one("size_near", "targets", of_size(4100000), NULL);
}

static void run_between_files(void)
{
	static const char *const kinds[] = {"bins_prefix", "bins_succinct",
	                                    NULL};
	SCOPED(lint_fini)
	struct lint mixed, deep, old, unlisted;

	lint_init(&mixed, LINT_MAINSTREAM);
	mixed.accepted = kinds;
	page_lint(&mixed, "targets",
	          page_make(page_swap(TARGETS, PATHS, PREFIXES, false), KEY));
	page_lint(&mixed, "releases.coat",
	          page_make(page_swap(TARGETS, ROLES, SUCCINCT("4"), false),
	                    KEY));
	lint_tree(&mixed);
	assert_only(&mixed, "bins_mixed");

	lint_init(&deep, LINT_ALL_CLIENTS);
	for (int i = 0; i < 9; i++) {
		char role[16], next[32];

		(void)snprintf(role, sizeof(role), "r%d", i);
		(void)snprintf(next, sizeof(next), "\"r%d\"", i + 1);
		page_lint(&deep, i == 0 ? "targets" : role,
		          page_make(page_swap(TARGETS, "\"releases.coat\"",
		                              next, false),
		                    KEY));
		lint_tree(&deep);
		if (i < 8)
			ck_assert_uint_eq(deep.len, 0);
	}
	assert_only(&deep, "depth");

	lint_init(&old, LINT_MAINSTREAM);
	for (int64_t v = 205; v <= 206; v++) {
		char number[32];
		const char *text;

		(void)snprintf(number, sizeof(number), "\"version\":%" PRId64,
		               v);
		text = page_make(
			page_swap(ROOT, "\"version\":7", number, false), KEY);
		lint_file(&old, "root", v, text, strlen(text));
		if (v == 205)
			lint_tree(&old);
		ck_assert_uint_eq(old.len, 0);
	}
	lint_tree(&old);
	assert_only(&old, "roots_many");

	lint_init(&unlisted, LINT_ALL_CLIENTS);
	page_lint(&unlisted, "targets", page_make(TARGETS, KEY));
	page_lint(&unlisted, "snapshot",
	          page_make(page_swap(SNAPSHOT, ",\"releases.coat.json\":" META,
	                              "", false),
	                    KEY));
	lint_tree(&unlisted);
	assert_only(&unlisted, "role_unlisted");
}

/* That takes keys which sign: test_lint_rsa.c. */
static bool is_of_rsa(const struct lint_rule *r)
{
	return strncmp(r->code, "sig_salt", 8) == 0 ||
	       strncmp(r->code, "sig_short", 9) == 0;
}

TEST(every_rule_is_broken_by_a_file_that_breaks_nothing_else)
{
	key_library_init();
	run_edits();
	run_keys();
	run_paths();
	run_bins();
	run_sizes();
	run_between_files();
	for (size_t i = 0; i < LINT_RULES; i++)
		ck_assert_msg(tested[i] || is_of_rsa(&lint_rules[i]),
		              "nothing here breaks %s", lint_rules[i].code);
}

TEST(a_clean_repository_breaks_no_rule_for_anybody)
{
	static const char *const roles[] = {"root", "timestamp", "snapshot",
	                                    "targets"};
	SCOPED(lint_fini)
	struct lint l;
	struct err e = {0};

	lint_init(&l, LINT_ALL_CLIENTS);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		page_lint(&l, roles[i], page_make(page_clean(roles[i]), KEY));
	lint_tree(&l);
	if (l.len > 0)
		ck_abort_msg("%s: %s", l.items[0].rule->code, l.items[0].text);
	ASSERT_OK(lint_verdict(&l, &e));
	ck_assert_uint_eq(l.n_files, 4);
}

/* All that RAN fine in every client: not a word about it. */
TEST(what_every_client_reads_is_not_complained_about)
{
	static const struct edit fine[] = {
		/* clang-format off */
		{NULL, "targets", "{\"a\":1}", "{\"b\":\"<&>\\u0001\\n\",\"c\":[true,false,null,-5,\"\\u00e9\\ud83d\\ude00\"]}", NULL},
		{NULL, "root", "\"1.0.0\"", "\"1.0\"", NULL},
		{NULL, "root", "", "", "{\"keyid_hash_algorithms\":[\"sha256\",\"sha512\"],\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"" HEX64 "\"},\"scheme\":\"ed25519\"}"},
		{NULL, "root", "\"keyid\":\"@ID@\"", "\"keyid\":\"" HEX64 "\"", NULL},
		{NULL, "snapshot", "{\"sha256\":", "{\"sha512\":\"" HEX64 HEX64 "\",\"sha256\":", NULL},
		{NULL, "targets", "\"length\":5", "\"length\":0", NULL},
		{NULL, "targets", "fw/x.bin", "fw/x+y_z-1.2.bin", NULL},
		{NULL, "targets", "fw/coat/a", "fw/coat/", NULL},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
		SCOPED(lint_fini)
		struct lint l;

		lint_init(&l, LINT_ALL_CLIENTS);
		page_lint(&l, fine[i].role, edited(&fine[i]));
		if (l.len > 0)
			ck_abort_msg("%zu: %s: %s", i, l.items[0].rule->code,
			             l.items[0].text);
	}
}

/* ---- Answers ---- */

TEST(a_warning_that_is_accepted_is_silent_and_an_error_never)
{
	static const char *const accepted[] = {"overlap", "terminating", NULL};
	SCOPED(lint_fini)
	struct lint l;
	struct err e = {0};

	lint_init(&l, LINT_MAINSTREAM);
	l.accepted = accepted;
	page_lint(&l, "targets",
	          page_make(page_swap(TARGETS, "\"terminating\":true,", "",
	                              false),
	                    KEY));
	ASSERT_ERR(lint_verdict(&l, &e), ERR_INVALID);
	ck_assert_str_eq(e.code, "terminating");
	ASSERT_SAYS("7.targets.json: signed.delegations.roles[0]: terminating, "
	            "true or false, is needed; hurts python-tuf 7.0.0, ");
}

TEST(a_rule_is_asked_only_for_the_clients_that_matter)
{
	SCOPED(lint_fini)
	struct lint go, tough;
	const char *text =
		page_make(page_swap(TARGETS, ROLES, SUCCINCT("4"), false), KEY);

	lint_init(&go, LINT_GO_TUF);
	page_lint(&go, "targets", text);
	ck_assert_uint_eq(go.len, 0);
	lint_init(&tough, LINT_TOUGH);
	page_lint(&tough, "targets", text);
	ck_assert_uint_eq(tough.len, 1);
	ck_assert_uint_eq(tough.items[0].hurts, LINT_TOUGH);
}

TEST(one_mistake_in_a_hundred_thousand_entries_is_counted_and_not_kept)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	SCOPED(lint_fini)
	struct lint l;
	struct err e = {0};

	for (int i = 0; i < 1000; i++)
		buf_printf(&b,
		           "\"fw/#%d\":{\"hashes\":" HASHES ",\"length\":5},",
		           i);
	buf_puts(&b, "\"fw/x.bin\"");
	lint_init(&l, LINT_MAINSTREAM);
	page_lint(&l, "targets",
	          page_make(page_swap(TARGETS, "\"fw/x.bin\"", buf_str(&b),
	                              false),
	                    KEY));
	ck_assert_uint_eq(l.len, LINT_FINDINGS_MAX);
	ck_assert_uint_eq(l.n[LINT_ERROR], 1000);
	ck_assert_uint_eq(l.n_dropped, 1000 - LINT_FINDINGS_MAX);
	ASSERT_CODE(lint_verdict(&l, &e), "target_chars");
	ASSERT_SAYS("and 999 more");
}

/* Any size of pattern lists is answered in bounded time. */
TEST(a_hostile_number_of_patterns_ends)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4 << 20);
	SCOPED(lint_fini)
	struct lint l;

	for (int i = 0; i < 4000; i++)
		buf_printf(&b,
		           "{\"keyids\":[\"@ID@\"],\"name\":\"b%d\",\"paths\":"
		           "[\"*a*b*c*d*e*f*g*h*%d\",\"*%d*a*a*a*a*a*a*\"],"
		           "\"terminating\":true,\"threshold\":1},",
		           i, i, i);
	buf_puts(&b, DELEGATION);
	lint_init(&l, LINT_MAINSTREAM);
	page_lint(&l, "targets",
	          page_make(page_swap(TARGETS, DELEGATION, buf_str(&b), false),
	                    KEY));
	ck_assert_uint_eq(l.n[LINT_ERROR], 0);
	ck_assert_uint_gt(l.n[LINT_WARNING], 0);
}

TEST(names_of_files_are_taken_apart)
{
	static const struct {
		const char *name, *role;
		int64_t version;
	} cases[] = {
		{"7.targets.json", "targets", 7},
		{"timestamp.json", "timestamp", 0},
		{"12.releases.coat.json", "releases.coat", 12},
		{"targets.txt", NULL, 0},
		{"7.json", NULL, 0},
		{"0.root.json", NULL, 0},
		{"99999999999999999.root.json", NULL, 0},
		{".json", NULL, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char role[TUF_ROLE_MAX] = "";
		int64_t version = -1;
		bool ok = lint_split_name(role, &version, cases[i].name);

		ck_assert_msg(ok == (cases[i].role != NULL), "%s",
		              cases[i].name);
		if (!ok)
			continue;
		ck_assert_str_eq(role, cases[i].role);
		ck_assert_int_eq(version, cases[i].version);
	}
}
