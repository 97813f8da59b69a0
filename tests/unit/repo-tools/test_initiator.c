#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/folder/initiator.h"
#include "tests/support/runner.h"

#include <string.h>

#define ROLE                                                            \
	"{\"signatures\":[],\"signed\":{\"_type\":\"targets\","         \
	"\"spec_version\":\"1.0.31\","                                  \
	"\"version\":1,\"expires\":\"2026-01-01T00:00:00Z\","           \
	"\"targets\":{\"plan/p/x.1.json\":{\"length\":1,\"hashes\":{"   \
	"\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef\"}%s%s}}}}"

/* What is read of an entry with this custom; NULL: nobody may say. */
static const char *asked(const char *custom)
{
	static char name[INITIATOR_SIZE];
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(free)
	char *role = xasprintf(ROLE, custom != NULL ? ",\"custom\":" : "",
	                       custom != NULL ? custom : "");
	struct err e;

	ASSERT_OK(tuf_envelope_parse(&env, TUF_TARGETS, "role", role,
	                             strlen(role), &e));
	ASSERT_OK(tuf_targets_parse(&t, "role", &env, &e));
	return initiator_of(name, &t.targets[0], &e) == 0 ? name : NULL;
}

TEST(who_asked_is_read_whatever_stands_beside_it)
{
	static const struct {
		const char *custom, *who;
	} rows[] = {
		{NULL, ""},
		{"{}", ""},
		{"{\"plan\":{}}", ""},
		{"{\"plan\":7}", ""},
		{"{\"plan\":{\"initiator\":\"alice\"}}", "alice"},
		{"{\"plan\":{\"initiator\":\"alice\"},\"x\":\"\\n\"}", "alice"},
		{"{\"plan\":{\"initiator\":\"alice\",\"\\u0001\":0}}", "alice"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *who = asked(rows[i].custom);

		ck_assert_msg(who != NULL && strcmp(who, rows[i].who) == 0,
		              "%s", rows[i].custom);
	}
}

/* It may mean whoever is about to approve. */
TEST(what_names_nobody_who_can_be_read_is_not_nobody)
{
	static const char *const customs[] = {
		"{\"plan\":{\"initiator\":7}}",
		"{\"plan\":{\"initiator\":[\"alice\"]}}",
		"{\"plan\":{\"initiator\":\"\"}}",
		"{\"plan\":{\"initiator\":\"ali\\u0008ce\"}}",
		"{\"plan\":{\"initiator\":\"0123456789012345678901234567890"
		"123456789012345678901234567890123456789\"}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(customs); i++)
		ck_assert_msg(asked(customs[i]) == NULL, "%s", customs[i]);
}
