/*
 * A server's refusal as one of our errors: the same code, the same sentence,
 * and the kind that decides the exit code.
 */
#ifndef REPO_TOOLS_CTL_PROBLEM_H
#define REPO_TOOLS_CTL_PROBLEM_H

#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>

static inline bool ctl_problem_is_success(int status)
{
	return status >= 200 && status < 300;
}

/* Fills *e from an answer that is no success. The body should be RFC 9457
 * problem+json; where it is not, the sentence names `url` and the status.
 * Always -1. Nothing of the body reaches *e unclean. */
int ctl_problem_read(struct err *e, const char *url, int status,
                     const char *body, size_t len);

#endif
