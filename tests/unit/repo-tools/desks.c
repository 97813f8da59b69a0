#include "config.h"

#include "tests/unit/repo-tools/desks.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "tests/support/runner.h"

#include <string.h>

struct repo office, ben;
static struct err e;

void desks_begin(void)
{
	repo_init(&office);
	repo_stage(&office);
	ben = (struct repo){.dir = test_path("ben"), .pass = office.pass};
	tool_init(&ben.t, office.t.program);
}

void desks_end(void)
{
	repo_fini(&office);
	repo_fini(&ben);
}

const char *office_root(void)
{
	static char sha256[SHA256_HEX_SIZE];
	SCOPED(free)
	char *text = repo_read(&office, "metadata/1.root.json");

	hash_sha256_hex(sha256, text, strlen(text));
	return sha256;
}

const char *stick(void)
{
	return test_path("stick.json");
}

void stick_edit(const char *was, const char *is)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);
	char *at;
	SCOPED(free)
	char *after = NULL;

	ASSERT_OK(fs_read(&b, stick(), &e));
	at = strstr(b.data, was);
	ck_assert_msg(at != NULL, "no '%s' on the stick", was);
	*at = '\0';
	after = xasprintf("%s%s%s", b.data, is, at + strlen(was));
	ASSERT_OK(fs_write(stick(), after, strlen(after), 0644, &e));
}
