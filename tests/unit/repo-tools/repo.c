#include "config.h"

#include "tests/unit/repo-tools/repo.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/commands.h"
#include "tests/support/runner.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct err e;

void repo_begin(struct repo *r)
{
	*r = (struct repo){.dir = test_path("r")};
	tool_init(&r->t, &commands_pawl_repo);
	r->pass = repo_file("pass", "open sesame\n");
}

void repo_init(struct repo *r)
{
	repo_begin(r);
	ASSERT_EXIT(&r->t,
	            tool_line(&r->t,
	                      "init %s --root-keys 2 --targets-keys 2 "
	                      "--passphrase-file %s --kdf light --label ann "
	                      "--label ben",
	                      r->dir, r->pass),
	            0);
	ASSERT_RUNS(r,
	            "product add coat --releases-keys 2 --plans-keys 2 "
	            "--passphrase-file %s --kdf light --label cid --label dot",
	            r->pass);
	REPO_SIGN_ALL(r);
}

void repo_fini(struct repo *r)
{
	tool_fini(&r->t);
}

int repo_run(struct repo *r, const char *fmt, ...)
{
	char line[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return tool_line(&r->t, "-C %s %s", r->dir, line);
}

const char *repo_file(const char *name, const char *text)
{
	const char *path = test_path(name);

	ASSERT_OK(fs_write(path, text, strlen(text), 0600, &e));
	return path;
}

char *repo_read(const struct repo *r, const char *below)
{
	SCOPED(free)
	char *path = fs_join(r->dir, below);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 20);

	ASSERT_OK(fs_read(&b, path, &e));
	return buf_take(&b);
}

void repo_write(const struct repo *r, const char *below, const char *text)
{
	SCOPED(free)
	char *path = fs_join(r->dir, below);

	ASSERT_OK(fs_write(path, text, strlen(text), 0644, &e));
}

void repo_remove(const struct repo *r, const char *below)
{
	SCOPED(free)
	char *path = fs_join(r->dir, below);

	ASSERT_OK(fs_remove(path, &e));
}

bool repo_has(const struct repo *r, const char *below)
{
	SCOPED(free)
	char *path = fs_join(r->dir, below);

	return fs_exists(path);
}

void repo_edit(const struct repo *r, const char *below, const char *was,
               const char *is)
{
	SCOPED(free)
	char *text = repo_read(r, below);
	char *at = strstr(text, was);
	SCOPED(free)
	char *after = NULL;

	ck_assert_msg(at != NULL, "no '%s' in %s", was, below);
	*at = '\0';
	after = xasprintf("%s%s%s", text, is, at + strlen(was));
	repo_write(r, below, after);
}

void repo_instead(struct repo *r, void (*done)(void))
{
	const char *dir = r->dir;
	SCOPED(free)
	char *command = NULL;

	r->dir = test_keep(xasprintf("%s-copy", dir));
	command = xasprintf("rm -rf '%s' && cp -a '%s' '%s'", r->dir, dir,
	                    r->dir);
	ck_assert_int_eq(system(command), 0);
	done();
	r->dir = dir;
}

void repo_stage(struct repo *r)
{
	ASSERT_RUNS(r, "release add %s -p coat -V 1.0.0 --hw a7,b2",
	            repo_file("app.bin", "firmware one"));
	ASSERT_RUNS(r, "plan add -p coat -i first -r 1.0.0 --channels canary "
	               "--regions eu,us --stages 5%%:1h,100%%:2h");
}
