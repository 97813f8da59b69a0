/*
 * A whole server on free ports under a clock that stands still, and one who
 * asks it over HTTP. Every answer is appended to a log that
 * check_openapi.py holds against schema/openapi.yaml.
 */
#ifndef TESTS_API_WORLD_H
#define TESTS_API_WORLD_H

#include "server/app.h"
#include "tests/support/server_fixture.h"

struct api {
	struct app app;
	struct conf conf;
	struct clock_manual clock;
	struct rng_seeded rng;
	struct tuf_repo *repo;
	struct plan plan;
	char *plan_text;
	char admin[DEVICE_TOKEN_SIZE];
	char reader[DEVICE_TOKEN_SIZE]; /* scope read alone */
	int status;
	struct buf body; /* of the last answer */
	struct buf head;
};

/* Nothing is published. */
struct api *api_new(void);
/* The same with one key of the configuration set. */
struct api *api_new_with(const char *key, const char *value);
struct api *api_new_with_two(const char *key, const char *value,
                             const char *key_2, const char *value_2);
/* Release 2.1.0 and plan spring.1 are. */
struct api *api_published(void);
/* … and rollout 1 runs, and device 0 is enrolled and has checked in. */
struct api *api_rolling(char device[DEVICE_TOKEN_SIZE]);
void api_free(struct api *a);
DEFINE_SCOPED(api_free, struct api *)

/* The status. token and body may be NULL. */
int api_ask(struct api *a, const char *method, const char *path,
            const char *token, const char *body);
/* The same with lines of head of its own, each ending in CR LF. */
int api_ask_with(struct api *a, const char *method, const char *path,
                 const char *token, const char *head, const char *body);
/* On the other listener. */
int api_ops(struct api *a, const char *path);

/* A string member of the last answer; lives until the next but few. */
const char *api_text(struct api *a, const char *key);
int64_t api_int(struct api *a, const char *key);

/* {"files":[…],"reason":"…"} of served files; NULL ends. */
char *api_files(struct api *a, const char *const *names);
/* Publishes them; the status. */
int api_publish(struct api *a, const char *const *names);
/* PUT under this hash. */
int api_put(struct api *a, const char *sha256, const char *bytes);

/* Bodies, in memory kept to the end of the test. */
char *api_checkin_body(struct api *a, const char *want);
char *api_enrol_body(const char *batch_token, int device, const char *region);
char *api_report_body(int device, int64_t seq, const char *step);

/* What most tests say, of their `a`. */
#define GET(path) api_ask(a, "GET", path, a->admin, NULL)
#define POST(path, body) api_ask(a, "POST", path, a->admin, body)
#define REASON "{\"reason\":\"a test\"}"
#define BATCH                                                             \
	"{\"id\":\"early\",\"product\":\"band\",\"hw\":[\"a7\"],"         \
	"\"regions\":[\"eu\"],\"channels\":[\"production\"],\"quota\":9," \
	"\"expires\":\"2026-12-01T00:00:00Z\",\"reason\":\"\"}"

#endif
