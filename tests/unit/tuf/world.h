/*
 * What the tests of lib/tuf share: a repository with a device before it, and
 * envelopes from a line of text.
 */
#ifndef TESTS_UNIT_TUF_WORLD_H
#define TESTS_UNIT_TUF_WORLD_H

#include "lib/base/mem.h"
#include "lib/tuf/trust.h"
#include "tests/support/runner.h"
#include "tests/support/tuf_repo.h"

#include <stdio.h>
#include <string.h>

struct world {
	struct tuf_repo *repo;
	struct trust_io io;
	struct trust *trust;
};

static inline void world_fini(struct world *w)
{
	trust_free(w->trust);
	tuf_repo_free(w->repo);
}
DEFINE_SCOPED_PLACE(world_fini, struct world)

/* A fresh process of the device over the same store; nothing recorded. */
static inline void restart(struct world *w)
{
	struct err e = {0};

	trust_free(w->trust);
	w->trust = tuf_repo_client(w->repo, &e);
	ck_assert_msg(w->trust != NULL, "%s", e.msg);
	(void)tuf_repo_requests(w->repo);
	(void)tuf_repo_saves(w->repo);
}

static inline struct world world_new(void)
{
	struct world w = {.repo = tuf_repo_new()};

	w.io = tuf_repo_io(w.repo);
	restart(&w);
	return w;
}

/* In every test: r the repository, w the world, e the error. */
#define WORLD                         \
	struct err e = {0};           \
	SCOPED(world_fini)            \
	struct world w = world_new(); \
	struct tuf_repo *r = w.repo

#define REFRESH() ASSERT_OK(trust_refresh(w.trust, &w.io, &e))
#define REFUSED(code) ASSERT_CODE(trust_refresh(w.trust, &w.io, &e), code)

#define EXPIRES "\"expires\":\"2030-01-01T00:00:00Z\","
#define SPEC "\"spec_version\":\"1.0.0\","
#define TARGETS_HEAD "\"_type\":\"targets\"," EXPIRES SPEC "\"version\":1"

/* An envelope without signatures around "signed". */
static inline int parse_signed(struct tuf_envelope *out, enum tuf_type type,
                               const char *signed_json, struct err *e)
{
	SCOPED(free)
	char *file =
		xasprintf("{\"signatures\":[],\"signed\":%s}", signed_json);

	return tuf_envelope_parse(out, type, tuf_type_name(type), file,
	                          strlen(file), e);
}

#endif
