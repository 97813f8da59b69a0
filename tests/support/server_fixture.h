/*
 * A server's insides with a signed repository of one product before them:
 *
 *	struct server *s = server_new();        keys, and an empty fleet
 *	server_publish_first(s, &e)             release 2.1.0 and plan spring.1
 *	server_enrol(s, n)                      n devices, spread over the cells
 *	r = server_start(s)                     the plan's rollout
 *	server_checkin(s, 0, WANT_START, &a)    what device 0 is told
 *	server_report(s, 0, STEP_CONFIRMED, &b) what is acknowledged
 *	server_crash(s)                         kill -9, and a start
 *
 * The fleet's thread is not started: every helper turns the scribe once, so
 * a test sees each step. Clock and randomness are the test's. A mistake of
 * the test itself aborts.
 */
#ifndef TESTS_SUPPORT_SERVER_FIXTURE_H
#define TESTS_SUPPORT_SERVER_FIXTURE_H

#include "lib/base/clock.h"
#include "lib/base/rng.h"
#include "server/devices/enrol.h"
#include "server/fleet/operate.h"
#include "server/publish/publish.h"
#include "server/store/rollouts.h"
#include "tests/support/server_repo.h"

struct server_device {
	uint8_t id[16];
	char hex[33];
	char token[DEVICE_TOKEN_SIZE];
	size_t index;
	int64_t seq, attempt;
	const char *running; /* sha256 */
	const char *version;
	char plan[SHA256_HEX_SIZE]; /* of the last grant */
};

struct server {
	struct tuf_repo *repo;
	struct clock_manual clock;
	struct rng_seeded rng;
	struct fleet *fleet;
	struct fleet_config config;
	char *data_dir;
	int crashes;
	struct plan plan; /* as published last */
	struct server_device *devices;
	size_t n_devices;
	char token[DEVICE_TOKEN_SIZE]; /* of the last enrolment */
	struct err err;                /* why the last answer was none */
	struct err *last;              /* &err or NULL */
};

struct server *server_new(void);
/* The same with its data in this folder, which it makes. */
struct server *server_new_in(const char *data_dir);
void server_free(struct server *s);
DEFINE_SCOPED(server_free, struct server *)

/* Orderly, and as kill -9 leaves it: opens what was on the disk then. */
void server_restart(struct server *s);
void server_crash(struct server *s);
/* The same, and says whether it opens. */
MUST_USE int server_reopen(struct server *s, struct err *e);

/* Time passes; the scribe turns once. */
void server_tick(struct server *s, int64_t ms);

/* Gives the named served files ("2.plans.band.json", …; NULL ends). */
MUST_USE int server_publish(struct server *s, const char *const *names,
                            struct err *e);
#define SERVER_PUBLISH(s, ...) \
	server_publish(s, (const char *const[]){__VA_ARGS__, NULL}, &e)
/* Uploads bytes under their hash. */
void server_blob(struct server *s, const void *bytes, size_t n);
/* s->plan (server_plan(…, 1) unless the test filled it before), the release,
 * and all roles at version 1. */
MUST_USE int server_publish_first(struct server *s, struct err *e);
/* The plan's next revision: `change` may edit it. Its bytes are uploaded, and
 * the file that lists it is signed; `name` is to be published. */
void server_ready_revision(struct server *s, void (*change)(struct plan *p),
                           char name[64]);
/* And publishes it. */
MUST_USE int server_publish_revision(struct server *s,
                                     void (*change)(struct plan *p),
                                     struct err *e);

struct deed server_deed(const char *action);
struct rollout *server_start(struct server *s);
/* Published, with n devices and its rollout (may be NULL). */
struct server *server_rolling(size_t n, struct rollout **out);
/* The same with a plan of so many stages, and on the disk who was seen when:
 * stages count those. */
struct server *server_staged(size_t stages, size_t n, struct rollout **out);
struct rollout *server_newest(struct server *s);
/* By hand; the newest one. */
void server_halt(struct server *s, const char *hw, const char *region);
void server_resume(struct server *s);

/* The rollout's rule in the signed state of "production"; aborts without. */
const struct state_rule *server_rule(struct server *s, size_t i);
/* The row of the newest rollout, as the database has it. */
struct rollout_row server_stored_rollout(struct server *s);
size_t server_n_rules(struct server *s);

#endif
