/*
 * Signatures of rsa keys, for which the lint has to know keys that stand in
 * another file.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/lint/lint.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"

#include <stdlib.h>
#include <string.h>

#define RSA_KEY 9

/* Targets by an rsa key and an ed25519 key, one of which is enough. */
static struct tuf_repo *signed_with_salt(int salt)
{
	static const unsigned keys[] = {RSA_KEY, KEY_OF_TARGETS};
	struct tuf_repo *r = tuf_repo_new();

	tuf_repo_use_rsa(r, RSA_KEY);
	tuf_repo_set_keys(r, TUF_TARGETS, 1, keys, 2);
	tuf_repo_publish_as(r, "root", 1);
	r->rsa_salt = salt;
	tuf_repo_publish_as(r, "targets", 1);
	return r;
}

/* Signs version 1 until a signature begins with a zero, one of 256. */
static void cut_a_zero(struct tuf_repo *r, const char *role)
{
	SCOPED(free)
	char *name = xasprintf("1.%s.json", role);

	do
		tuf_repo_publish_as(r, role, 1);
	while (strstr(tuf_repo_served(r, name)->bytes, "\"sig\":\"00") == NULL);
	tuf_repo_edit(r, name, "\"sig\":\"00", "\"sig\":\"");
}

static void look(struct lint *l, struct tuf_repo *r, const char *name)
{
	const struct tuf_repo_file *f = tuf_repo_served(r, name);
	char role[TUF_ROLE_MAX];
	int64_t version;

	ck_assert(lint_split_name(role, &version, name));
	lint_file(l, role, version, f->bytes, f->len);
}

/* "sig_salt", or "" when nothing is found. */
static const char *first_code(struct lint *l)
{
	lint_tree(l);
	return l->len > 0 ? l->items[0].rule->code : "";
}

/* Also one that the threshold does not need: the next delegation may. */
TEST(a_salt_that_tough_does_not_take_is_told_in_any_order_of_files)
{
	static const char *const orders[][2] = {
		{"1.root.json", "1.targets.json"},
		{"1.targets.json", "1.root.json"}};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = signed_with_salt(20);

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		SCOPED(lint_fini)
		struct lint l;

		lint_init(&l, LINT_MAINSTREAM);
		look(&l, r, orders[i][0]);
		look(&l, r, orders[i][1]);
		ck_assert_str_eq(first_code(&l), "sig_salt");
		ck_assert_uint_eq(l.len, 1);
		ck_assert_uint_eq(l.items[0].hurts, LINT_TOUGH);
		ck_assert_str_eq(l.items[0].file, "1.targets.json");
		ck_assert_ptr_nonnull(strstr(
			l.items[0].text, "another salt than one of 32 bytes"));
	}
}

TEST(a_salt_of_32_bytes_is_fine_and_others_are_for_who_does_not_run_tough)
{
	static const struct {
		int salt;
		unsigned clients;
		const char *code;
	} rows[] = {{0, LINT_ALL_CLIENTS & ~(unsigned)LINT_RUST_TUF, ""},
	            {32, LINT_TOUGH, ""},
	            {31, LINT_TOUGH, "sig_salt"},
	            {222, LINT_TOUGH, "sig_salt"}, /* the longest */
	            {222, LINT_PYTHON_TUF | LINT_GO_TUF, ""}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(tuf_repo_free)
		struct tuf_repo *r = signed_with_salt(rows[i].salt);
		SCOPED(lint_fini)
		struct lint l;

		lint_init(&l, rows[i].clients);
		look(&l, r, "1.root.json");
		look(&l, r, "1.targets.json");
		ck_assert_str_eq(first_code(&l), rows[i].code);
	}
}

/* The salt can not be told then, and nobody counts it. */
TEST(a_signature_that_does_not_verify_says_nothing_about_its_salt)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = signed_with_salt(20);
	SCOPED(lint_fini)
	struct lint l;

	tuf_repo_edit(r, "1.targets.json", "\"version\":1", "\"version\":2");
	lint_init(&l, LINT_TOUGH);
	look(&l, r, "1.root.json");
	lint_file(&l, "targets", 2, tuf_repo_served(r, "1.targets.json")->bytes,
	          tuf_repo_served(r, "1.targets.json")->len);
	ck_assert_str_eq(first_code(&l), "");
}

TEST(a_delegated_role_is_asked_with_the_keys_of_who_delegates)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = tuf_repo_new();
	SCOPED(lint_fini)
	struct lint l;

	tuf_repo_use_rsa(r, RSA_KEY);
	r->rsa_salt = 20;
	tuf_repo_delegate(r, "targets", "plain", "plain/*", true, RSA_KEY);
	tuf_repo_publish_as(r, "targets", 1);
	tuf_repo_publish_as(r, "plain", 1);
	lint_init(&l, LINT_TOUGH);
	look(&l, r, "1.plain.json");
	ck_assert_str_eq(first_code(&l), "");
	look(&l, r, "1.targets.json");
	ck_assert_str_eq(first_code(&l), "sig_salt");
	ck_assert_str_eq(l.items[0].file, "1.plain.json");
}

/* As a gate does that looked at the files before. */
TEST(files_may_be_asked_for_keys_and_signatures_alone)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = signed_with_salt(20);
	const struct tuf_repo_file *f = tuf_repo_served(r, "1.targets.json");
	SCOPED(lint_fini)
	struct lint l;

	lint_init(&l, LINT_TOUGH);
	lint_signatures(&l, "targets", 1, f->bytes, f->len);
	ck_assert_uint_eq(l.signatures.len, 0); /* whose might it be? */
	lint_know_keys(&l, r->root.keys, r->root.n_keys);
	lint_know_keys(&l, r->root.keys, r->root.n_keys);
	ck_assert_uint_eq(l.rsa_keys.len, 1);
	lint_signatures(&l, "targets", 1, "{", 1);
	lint_signatures(&l, "targets", 1, f->bytes, f->len);
	ck_assert_str_eq(first_code(&l), "sig_salt");
	ck_assert_str_eq(l.items[0].file, "1.targets.json");
	ck_assert_uint_eq(l.n_files, 0);
}

/* OpenSSL takes it, so our own client does. */
TEST(a_signature_whose_zeros_in_front_were_cut_off_is_told)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = signed_with_salt(32);
	SCOPED(lint_fini)
	struct lint l;

	cut_a_zero(r, "targets");
	lint_init(&l, LINT_MAINSTREAM);
	look(&l, r, "1.root.json");
	look(&l, r, "1.targets.json");
	ck_assert_str_eq(first_code(&l), "sig_short");
	ck_assert_uint_eq(l.len, 1);
	ck_assert_uint_eq(l.items[0].hurts, (unsigned)LINT_GO_TUF | LINT_TOUGH);
	ck_assert_int_eq(lint_verdict(&l, NULL), -1);
}

/* Roots 1 to n, all signed by the one rsa key of root. */
static struct tuf_repo *roots_signed_with_salt(int salt, int64_t n)
{
	static const unsigned key = RSA_KEY;
	struct tuf_repo *r = tuf_repo_new();

	tuf_repo_use_rsa(r, RSA_KEY);
	tuf_repo_set_keys(r, TUF_ROOT, 1, &key, 1);
	r->rsa_salt = salt;
	for (int64_t v = 1; v <= n; v++)
		tuf_repo_publish_as(r, "root", v);
	return r;
}

/* Nobody can mend it; the newest one can be renewed. */
TEST(an_oddity_of_a_root_below_the_newest_is_a_warning)
{
	static const char *const accepted[] = {"sig_salt_old", NULL};
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = roots_signed_with_salt(20, 2);

	for (int accepts = 0; accepts < 2; accepts++) {
		SCOPED(lint_fini)
		struct lint l;

		lint_init(&l, LINT_MAINSTREAM);
		l.accepted = accepts ? accepted : NULL;
		look(&l, r, "2.root.json");
		look(&l, r, "1.root.json");
		lint_tree(&l);
		ck_assert_uint_eq(l.n[LINT_ERROR], 1);
		ck_assert_uint_eq(l.n[LINT_WARNING], accepts ? 0 : 1);
		for (size_t i = 0; i < l.len; i++)
			ck_assert_str_eq(
				l.items[i].rule->code,
				strcmp(l.items[i].file, "1.root.json") == 0
					? "sig_salt_old"
					: "sig_salt");
	}
}

TEST(a_root_that_nobody_follows_yet_is_the_newest)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = roots_signed_with_salt(20, 3);
	const struct tuf_repo_file *f = tuf_repo_served(r, "2.root.json");
	SCOPED(lint_fini)
	struct lint l, later;

	lint_init(&l, LINT_TOUGH);
	look(&l, r, "1.root.json");
	ck_assert_str_eq(first_code(&l), "sig_salt");
	/* As the gate asks for signatures alone. */
	lint_init(&later, LINT_TOUGH);
	later.root_version = 3;
	lint_know_keys(&later, r->root.keys, r->root.n_keys);
	lint_signatures(&later, "root", 2, f->bytes, f->len);
	ck_assert_str_eq(first_code(&later), "sig_salt_old");
}

TEST(so_are_zeros_that_were_cut_off_from_an_older_root)
{
	SCOPED(tuf_repo_free)
	struct tuf_repo *r = roots_signed_with_salt(32, 1);
	SCOPED(lint_fini)
	struct lint l;

	cut_a_zero(r, "root");
	tuf_repo_publish_as(r, "root", 2);
	lint_init(&l, LINT_MAINSTREAM);
	look(&l, r, "1.root.json");
	look(&l, r, "2.root.json");
	ck_assert_str_eq(first_code(&l), "sig_short_old");
	ck_assert_uint_eq(l.items[0].hurts, (unsigned)LINT_GO_TUF | LINT_TOUGH);
	ck_assert_int_eq(lint_verdict(&l, NULL), 0);
}
