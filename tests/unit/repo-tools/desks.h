/*
 * Two desks and a stick between them: the office, where drafts are made and
 * all keys lie, and Ben's machine, a folder without keys.
 */
#ifndef TESTS_UNIT_REPO_TOOLS_DESKS_H
#define TESTS_UNIT_REPO_TOOLS_DESKS_H

#include "tests/unit/repo-tools/repo.h"

extern struct repo office, ben;

/* A release and a plan are staged in the office; Ben has an empty folder. */
void desks_begin(void);
void desks_end(void);

/* The sha256 of the office's first root; until the next call. */
const char *office_root(void);
/* The file that goes round. */
const char *stick(void);
/* Replaces the first `was` on it by `is`. */
void stick_edit(const char *was, const char *is);

#define EXPORTS(who) ASSERT_RUNS(who, "draft export %s", stick())
#define IMPORTS(who) ASSERT_RUNS(who, "draft import %s", stick())
#define BEN_STARTS                                                    \
	ASSERT_RUNS(&ben, "draft import %s --trust-root %s", stick(), \
	            office_root())
/* Signs with the n-th key of each role, which lies with the office. */
#define SIGNS(who, n)                                                      \
	ASSERT_RUNS(who,                                                   \
	            "sign --all --key %s/keys/releases.coat.%d.key --key " \
	            "%s/keys/plans.coat.%d.key --passphrase-file %s",      \
	            office.dir, n, office.dir, n, office.pass)

#endif
