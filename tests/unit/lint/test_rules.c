#include "config.h"

#include "lib/base/mem.h"
#include "lib/lint/rules.h"
#include "lib/tuf/envelope.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(every_rule_has_a_code_of_its_own_and_says_everything)
{
	for (size_t i = 0; i < LINT_RULES; i++) {
		const struct lint_rule *r = &lint_rules[i];

		ck_assert_ptr_nonnull(r->code);
		ck_assert_msg(lint_rule_by_code(r->code) == r, "%s twice",
		              r->code);
		ck_assert_uint_lt(strlen(r->code), ERR_CODE_MAX);
		ck_assert_uint_eq(strspn(r->code, "abcdefghijklmnopqrstuvwxyz"
		                                  "0123456789_"),
		                  strlen(r->code));
		ck_assert_uint_ne(r->hurts, 0);
		ck_assert_msg(r->rule[strlen(r->rule) - 1] == '.', "%s",
		              r->code);
		ck_assert_uint_gt(strlen(r->evidence), 5);
		ck_assert_uint_gt(strlen(r->remedy), 5);
	}
}

/* An error stops a publish: that is for clients people are told to use. */
TEST(what_hurts_rust_tuf_alone_is_a_warning)
{
	for (size_t i = 0; i < LINT_RULES; i++)
		if ((lint_rules[i].hurts & LINT_MAINSTREAM) == 0)
			ck_assert_msg(lint_rules[i].severity == LINT_WARNING,
			              "%s", lint_rules[i].code);
}

TEST(clients_have_names_versions_and_limits)
{
	char list[200];

	for (size_t i = 0; i < LINT_CLIENTS; i++) {
		enum lint_client c = (enum lint_client)(1U << i);

		lint_client_list(list, sizeof(list), c);
		*strchr(list, ' ') = '\0';
		ck_assert_uint_eq(lint_client_of(list), c);
		for (int t = TUF_ROOT; t <= TUF_TARGETS; t++)
			ck_assert_uint_ge(lint_size_limit(c, t), 16384);
	}
	ck_assert_uint_eq(lint_client_of("curl"), 0);
	lint_client_list(list, sizeof(list), LINT_GO_TUF | LINT_TUF_JS);
	ck_assert_str_eq(list, "go-tuf 2.4.2, tuf-js 5.0.1");
	lint_client_list(list, sizeof(list), LINT_ALL_CLIENTS);
	ck_assert_ptr_nonnull(strstr(list, "pawl"));
}
