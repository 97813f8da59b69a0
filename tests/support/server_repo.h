/*
 * The signed repository of one product that servers under test publish.
 */
#ifndef TESTS_SUPPORT_SERVER_REPO_H
#define TESTS_SUPPORT_SERVER_REPO_H

#include "tests/support/plan_fixture.h"
#include "tests/support/tuf_repo.h"

/* What the repository's roles are signed by; KEY_OF_… of tuf_repo.h first. */
enum {
	SERVER_KEY_ROOT_2 = 4,
	SERVER_KEY_TARGETS_2,
	SERVER_KEY_RELEASES,
	SERVER_KEY_RELEASES_2,
	SERVER_KEY_PLANS,
	SERVER_KEY_PLANS_2,
	SERVER_KEY_ROLLOUT,
};

#define SERVER_FIRMWARE "release 2.1.0"
#define SERVER_FW_PATH "fw/band/2.1.0_app.bin"
#define SERVER_PLAN_PATH "plan/band/spring.1.json"
#define SERVER_BATCH_TOKEN "pb_fixture"

/* The key files of the online roles, in a folder; and the repository. */
struct tuf_repo *server_repo_new(const char *keys_dir);
/* 2.1.0 with its bytes' hash, listed by releases.band. */
void server_repo_release(struct tuf_repo *r);
/* Lists a plan; its bytes, which the caller frees. */
char *server_repo_plan(struct tuf_repo *r, struct plan *p);
/* Every device in stage 0, two cells a7/eu and a7/us, stages as asked for,
 * without soak, dated the start of the fixture's time. */
void server_plan(struct plan *p, size_t n_stages);

/* One more key file of an online role: "rollout.band.30.key". */
void server_repo_key(struct tuf_repo *r, const char *keys_dir, const char *role,
                     unsigned key);

/* A mistake of the test itself aborts, and says which. */
void server_must(int result, const struct err *e);

#endif
