/*
 * Every enrolled device in memory, found by its token or its id without SQL.
 * SQLite is where devices live; this is what check-ins are answered from.
 *
 * Records are dense and short: attributes, images and batches are numbers
 * into tables of what there is. HTTP threads read copies and note that
 * a device was seen; everything else is changed by the scribe. One lock,
 * held for nanoseconds.
 */
#ifndef SERVER_ROSTER_INDEX_H
#define SERVER_ROSTER_INDEX_H

#include "lib/base/lock.h"
#include "lib/base/rng.h"
#include "lib/crypto/hash.h"
#include "lib/rollout/words.h"
#include "server/roster/images.h"
#include "server/roster/seen.h"
#include "server/roster/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a device is, bound at enrolment. */
struct cohort {
	char product[PRODUCT_MAX_LEN + 1];
	word hw, region, channel;
};

struct device_rec {
	int64_t key; /* in the database */
	uint8_t id[16];
	uint8_t token_hash[SHA256_SIZE];
	int64_t enrolled_ms;
	int64_t last_seen_ms; /* 0: never */
	struct window window;
	uint64_t image; /* IMAGE_NONE until it said */
	uint32_t cohort;
	uint32_t counter;
	uint32_t last_attempt;
	int32_t poll_after_s; /* last told; of an open attempt, as stored */
	int32_t batch;
	uint32_t clone_alarms;
	/* What it complains of now (index_alarm_hash); 0: of nothing. */
	uint32_t alarm;
	int64_t audited_ms; /* its last complaint in the audit log; 0: none */
	uint8_t public_key[32]; /* ed25519, when has_key */
	bool has_key;
	/* The open attempt: 0 none. */
	uint32_t open_attempt;
	bool open_activated; /* the activate grant was written */
	bool checked_in;
	bool revoked;
	bool kept_back; /* a control unit that waits to be heard of again */
	bool in_reach;  /* rollouts count it: reach.c */
};

struct index {
	struct lock lock;
	/* Ids and images are chosen by devices. Never changed. */
	uint8_t secret[HASH_SECRET_SIZE];
	struct device_rec *items;
	size_t len, cap;
	uint32_t *by_token, *by_id; /* open addressing, item + 1 */
	uint32_t *by_key;
	size_t slots; /* power of two */
	size_t stale; /* slots of tokens that were replaced */
	struct cohort *cohorts;
	size_t n_cohorts, cap_cohorts;
	struct images images;
	size_t n_alarms; /* records with one */
	struct seen seen;
	uint64_t visits; /* records looked at, for who measures */
};

void index_init(struct index *x, struct rng *rng);
void index_fini(struct index *x);

/* Scribe only. The index of the new record; whatever it says, it runs
 * IMAGE_NONE until index_seen(). */
size_t index_add(struct index *x, const struct device_rec *r);
/* Scribe only: replaces the token (a repeated enrolment). */
void index_set_token(struct index *x, size_t i,
                     const uint8_t token_hash[SHA256_SIZE]);
/* Scribe only: a record to write to, between begin and end. */
struct device_rec *index_edit(struct index *x, size_t i);
void index_edit_end(struct index *x);

/* Numbers for what a record points at; scribe, or under index_seen. */
uint32_t index_cohort(struct index *x, const struct cohort *c);

/* Any thread: a copy, and false when nobody has it. */
bool index_by_token(struct index *x, const uint8_t hash[SHA256_SIZE],
                    size_t *out_i, struct device_rec *out);
bool index_by_id(struct index *x, const uint8_t id[16], size_t *out_i,
                 struct device_rec *out);
bool index_by_key(struct index *x, int64_t key, size_t *out_i,
                  struct device_rec *out);
struct device_rec index_get(struct index *x, size_t i);
struct cohort index_cohort_of(struct index *x, uint32_t cohort);
/* Zeroed for IMAGE_NONE, and for one that nobody runs any more: the record it
 * is from has changed since. */
struct image index_image_of(struct index *x, uint64_t image);
/* The record and what it runs, of one moment. */
struct device_rec index_look(struct index *x, size_t i, struct image *running);
size_t index_count(struct index *x);

/* Any thread: a complaint as the record keeps it; never 0 but for "". */
uint32_t index_alarm_hash(const struct index *x, const char *code);
/* Any thread: what it complains of now; a revoked device, of nothing. */
void index_set_alarm(struct index *x, size_t i, uint32_t alarm);
/* Any thread: how many devices complain now. */
size_t index_alarms(struct index *x);

/* Scribe only, at the start: what a device told before; after all of them,
 * index_loaded(). */
void index_load_seen(struct index *x, size_t i, int64_t at_ms,
                     int32_t poll_after_s, const char *running_sha256,
                     const char *running_version, uint32_t counter);
void index_loaded(struct index *x);

/* Scribe only: seen.h under the lock. */
void index_pass(struct index *x, int64_t now_ms, int64_t floor_ms,
                size_t max_steps);
void index_set_changed(struct index *x, size_t i);
bool index_pop_changed(struct index *x, size_t *i, bool *in_week);
/* The record and what it runs, of one moment. */
bool index_pop_dirty(struct index *x, size_t *i, struct device_rec *out,
                     struct image *running);
void index_set_dirty(struct index *x, size_t i);
bool index_any_dirty(struct index *x);
/* Devices seen within a day of now_ms. */
size_t index_seen_in_day(struct index *x, int64_t now_ms);
uint64_t index_visits(struct index *x);

/* Any thread: what a check-in told. In memory only; flushed by the scribe. */
void index_seen(struct index *x, size_t i, int64_t now_ms, int32_t poll_after_s,
                const char *running_sha256, const char *running_version,
                uint32_t counter);

#endif
