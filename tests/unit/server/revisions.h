/*
 * What is signed over a running rollout: revisions of its plan that resume,
 * for server_publish_revision(), and its end.
 */
#ifndef TESTS_UNIT_SERVER_REVISIONS_H
#define TESTS_UNIT_SERVER_REVISIONS_H

#include "tests/support/server_fixture.h"

/* The next revision lists a7/eu in `resumes`. */
void revisions_resume_eu(struct plan *p);
/* … or nothing more. */
void revisions_resume_nothing(struct plan *p);
/* The plan is published no more. */
void revisions_withdraw(struct server *s);
/* Is a7/REGION halted in the newest rollout, and said to be? */
bool revisions_is_halted(struct server *s, const char *region);

#endif
