/*
 * One question, three answers: what pawl-device --decide prints (over the
 * files as pawld serves them), what an operator's `why` says, and what the
 * check-in answers and grants (both over HTTP, from a whole server on a
 * loopback port). All three come from one decision function; here it is held
 * side by side with itself.
 *
 *	struct twin *t = twin_new(seed);      published, enrolled, started
 *	twin_sign(t);                         states by the server itself
 *	twin_sign_anything(t);                … or by whoever has the keys
 *	corpus_ask(&q, &t->corpus);
 *	twin_ask(&a, t, &q);                  what the server says
 *	twin_decide(&d, t, &q, program);      what a device says
 *	twin_disagree(why, size, &q, &a, &d)  do they?
 *
 * The server's judge is still between the calls: it would sign its own states
 * over those that are asked about.
 */
#ifndef TESTS_TWIN_TWIN_H
#define TESTS_TWIN_TWIN_H

#include "lib/base/err.h"
#include "tests/api/world.h"
#include "tests/twin/corpus.h"

struct twin_decision {
	char code[ERR_CODE_MAX];
	int64_t rule, bucket, ppm; /* only where rule >= 0 */
	char plan_sha256[SHA256_HEX_SIZE];
};

struct twin_answers {
	struct twin_decision why;
	char grant[ERR_CODE_MAX]; /* of `why`: could one be written? */
	char idle[ERR_CODE_MAX];  /* of a check-in that wants nothing */
	/* Of one that wants to start what the state names: a device asks
	 * though it may not, too. */
	char start[ERR_CODE_MAX];
	bool granted;
};

struct twin_device {
	char token[DEVICE_TOKEN_SIZE];
	int64_t seq;
};

struct twin {
	struct api *api;
	struct corpus corpus;
	struct twin_device devices[CORPUS_DEVICES];
	const char *dir; /* the repository as it was served last */
	int64_t now_s;
};

struct twin *twin_new(uint64_t seed);
void twin_free(struct twin *t);
DEFINE_SCOPED(twin_free, struct twin *)

/* The server's clock; never back. */
void twin_set_time(struct twin *t, int64_t now_s);
/* The server judges and signs what its rollouts are now. */
void twin_sign(struct twin *t);
/* The online keys sign states of the corpus for all channels. */
void twin_sign_anything(struct twin *t);
/* What operators do to the rollout of one plan: "pause", "resume", "halt" of
 * one of its cells. */
void twin_operate(struct twin *t, const struct plan *p, const char *verb);

/* Leaves the server as it was: what is granted is deferred. */
void twin_ask(struct twin_answers *out, struct twin *t,
              const struct corpus_case *q);
/* program: below the build folder; NULL: its library, in this process. */
void twin_decide(struct twin_decision *out, struct twin *t,
                 const struct corpus_case *q, const char *program);

/* Whether the three differ where they must not; then `why` is filled. */
bool twin_disagree(char *why, size_t size, const struct twin *t,
                   const struct corpus_case *q, const struct twin_answers *a,
                   const struct twin_decision *d);

#endif
