/*
 * A repository folder below test_dir(), made by running the tool itself:
 * two keys per offline role, both needed; product "coat" signed.
 */
#ifndef TESTS_UNIT_REPO_TOOLS_REPO_H
#define TESTS_UNIT_REPO_TOOLS_REPO_H

#include "tests/support/tool.h"

struct repo {
	struct tool t;
	const char *dir;
	const char *pass; /* file of the passphrase of every key */
};

/* Folder and passphrase file only. */
void repo_begin(struct repo *r);
/* … and `init` and `product add coat`, signed. */
void repo_init(struct repo *r);
void repo_fini(struct repo *r);

/* Runs "pawl-repo -C DIR …" and returns the exit code. */
int repo_run(struct repo *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A file below test_dir(). */
const char *repo_file(const char *name, const char *text);
/* A file of the repository as a string; the caller frees. */
char *repo_read(const struct repo *r, const char *below);
void repo_write(const struct repo *r, const char *below, const char *text);
void repo_remove(const struct repo *r, const char *below);
bool repo_has(const struct repo *r, const char *below);
/* Replaces the first `was` in a file by `is`. */
void repo_edit(const struct repo *r, const char *below, const char *was,
               const char *is);
/* Runs this on a copy of the folder, so that what comes next finds it as it
 * is. */
void repo_instead(struct repo *r, void (*done)(void));
/* A release 1.0.0 for a7 and b2 everywhere and the plan "first" for it,
 * staged. */
void repo_stage(struct repo *r);

/* Signs with every key and the right passphrase. */
#define REPO_SIGN_ALL(r)                                                       \
	ASSERT_EXIT(&(r)->t,                                                   \
	            repo_run(r, "sign --all --passphrase-file %s", (r)->pass), \
	            0)
#define ASSERT_RUNS(r, ...) ASSERT_EXIT(&(r)->t, repo_run(r, __VA_ARGS__), 0)
/* The command ends with this code and its error line says this. */
#define ASSERT_REFUSES(r, wanted, text, ...)                            \
	do {                                                            \
		ASSERT_EXIT(&(r)->t, repo_run(r, __VA_ARGS__), wanted); \
		ASSERT_COMPLAINS(&(r)->t, text);                        \
	} while (0)

#endif
