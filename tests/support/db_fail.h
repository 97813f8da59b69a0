/*
 * Makes the n-th database operation fail, as disks do: the loop over n until
 * nothing fails any more reaches every error branch.
 */
#ifndef TESTS_SUPPORT_DB_FAIL_H
#define TESTS_SUPPORT_DB_FAIL_H

#include "server/store/db.h"

struct db_fail {
	long at;            /* from 0; counts every operation */
	enum err_kind kind; /* with which it fails */
	long seen;          /* operations so far */
	bool failed;        /* it happened */
};

/* Until db_fail_end(). f is borrowed. */
void db_fail_begin(struct db_fail *f, long at, enum err_kind kind);
void db_fail_end(void);

/* For db_set_hook(): nothing more is written on this disk, or committed. */
enum err_kind db_no_space(void *ctx, enum db_op op, const char *what);
enum err_kind db_no_commit(void *ctx, enum db_op op, const char *what);

#endif
