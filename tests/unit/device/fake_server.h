/*
 * A whole server for one product, in memory, and one device that asks it:
 * a TUF repository with the three roles of trust.md, its targets, and the
 * three calls of the API. Tests edit the documents and publish, or make the
 * server lie.
 *
 *	struct fake_server *f = fake_server_new();
 *	fake_server_publish(f);
 *	struct fake_device d;
 *	fake_device_new(&d, f);
 *	fake_device_run(&d);           until it waits
 */
#ifndef TESTS_UNIT_DEVICE_FAKE_SERVER_H
#define TESTS_UNIT_DEVICE_FAKE_SERVER_H

#include "device/agent.h"
#include "device/report.h"
#include "lib/rollout/fw.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/state_doc.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/tuf_repo.h"

#include <stdbool.h>

/* The third stage of the fixture's plan is open for everybody. */
#define FAKE_NOW_S (FIXTURE_T0_S + 3 * FIXTURE_DAY_S)
#define FAKE_IMAGE_BYTES ((size_t)20000)
#define FAKE_SERVER_URL "http://fake"

/* Keys of tuf_repo.h that sign the product's roles. */
enum { KEY_RELEASES = 10, KEY_PLANS = 20, KEY_ROLLOUT = 30 };

struct fake_target {
	char *url; /* below /targets/ */
	char *bytes;
	size_t len;
};

struct fake_report {
	int64_t seq, attempt;
	char step[16];
	char code[ERR_CODE_MAX];
	char running[SHA256_HEX_SIZE];
	int64_t counter;
};

struct fake_server {
	struct tuf_repo *repo;
	struct clock_manual clock;

	/* Edit, then fake_server_publish(). */
	struct fw fw;
	struct plan plan;
	struct state_doc state;
	const char *image;
	size_t image_len;

	struct {
		struct fake_target *items;
		size_t len, cap;
	} targets;

	/* How it behaves. */
	bool api_down, metadata_down, targets_down;
	int api_status; /* of every call of the API; 0: as it should be */
	bool deny;      /* no grants */
	const char *deny_code;
	int64_t within_s, poll_after_s, seq;
	int64_t claim_newer; /* added to the timestamp's version */
	int64_t claim_newer_root;
	bool other_nonce, other_plan, other_step;
	int64_t attempt;
	bool acks_nothing;
	size_t target_cut;         /* bytes, then the line drops; 0: never */
	const char *in_answer;     /* more members of a check-in's answer */
	void (*on_ask)(void *ctx); /* called as a want is heard */
	void *on_ask_ctx;

	/* What happened. */
	struct buf log;    /* words of calls, by blanks */
	struct buf bodies; /* of every request so far */
	int enrols, checkins, wants;
	char key[65];         /* of the last enrolment; "": none */
	int signed_reports;   /* by that key, over what stood there */
	int unsigned_reports; /* without `sig`; any other is a failed test */
	int64_t last_attempt; /* of the last check-in; 0: null */
	char last_alarm[ERR_CODE_MAX];
	struct fake_report reports[256];
	size_t n_reports;
};

struct fake_server *fake_server_new(void);
void fake_server_free(struct fake_server *f);
/* Release, plan and state as they stand in f, all roles, snapshot,
 * timestamp. */
void fake_server_publish(struct fake_server *f);
/* An entry of whatever role, with its bytes served. */
void fake_server_put(struct fake_server *f, const char *role, const char *path,
                     const void *bytes, size_t len, const char *custom);
/* Names the image's hash in the plan. */
void fake_server_set_image(struct fake_server *f, const char *bytes,
                           size_t len);
/* The steps reported so far, "started downloaded …", codes behind a colon. */
const char *fake_server_steps(struct fake_server *f);
/* What a client asks, for URLs below FAKE_SERVER_URL. */
struct net_door fake_server_door(struct fake_server *f);
void fake_server_forget(struct fake_server *f);

struct fake_device {
	struct fake_server *f;
	struct provision p;
	const char *dir; /* a fresh one each */
	struct agent_host host;
	struct agent *agent;
	struct rng_seeded rng;
	struct device_facts facts;
	const char *bad_image; /* does not boot */
	enum agent_health health;
	struct buf events; /* words */
	char last_text[ERR_MSG_MAX];
	int64_t due_ms;
};

/* Provisioned for hw a7, region eu, channel production of the fixture. */
void fake_device_new(struct fake_device *d, struct fake_server *f);
/* The same without its first power-on, in this folder, which is made. */
void fake_device_in(struct fake_device *d, struct fake_server *f,
                    const char *dir);
void fake_device_free(struct fake_device *d);
/* Power off and on. */
void fake_device_restart(struct fake_device *d);
/* Steps until it waits; at most some hundreds. */
void fake_device_run(struct fake_device *d);
/* Turns the clock to its next poll, then the same. */
void fake_device_next(struct fake_device *d);
/* The view of its agent. */
struct agent_view fake_device_look(const struct fake_device *d);
/* It runs the release of the fixture, confirmed. */
bool fake_device_is_updated(const struct fake_device *d);

#endif
