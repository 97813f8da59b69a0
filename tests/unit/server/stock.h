/*
 * A store with things in it: each call adds one plain, valid thing and gives
 * its key; a test changes what it is about. A refusal ends the test.
 */
#ifndef TESTS_UNIT_SERVER_STOCK_H
#define TESTS_UNIT_SERVER_STOCK_H

#include "server/store/batches.h"
#include "server/store/devices.h"
#include "server/store/metadata.h"
#include "server/store/plans.h"
#include "server/store/rollouts.h"
#include "server/store/store.h"
#include "server/store/trials.h"

/* 2026-01-01T00:00:00Z: when things of a test happen. */
#define STOCK_MS INT64_C(1767225600000)

/* The writing store of test_path("pawl.db"), made when it is not there. */
struct store *stock_open(void);
/* Driver access to the same file, for what no function of the store does. */
struct db *stock_db(void);

/* A digest for a small number, "0101…". */
const char *stock_sha256(int n);

int64_t stock_batch(struct store *s);
/* n tells devices apart. */
struct device_row stock_device_row(int n, int64_t batch);
int64_t stock_device(struct store *s, int n, int64_t batch);
/* Revision rev of plan "spring" of product "coat". */
struct plan_row stock_plan_row(int rev);
int64_t stock_plan(struct store *s, int rev);
int64_t stock_rollout(struct store *s, int64_t plan);
struct trial_row stock_trial_row(int64_t rollout, int64_t device,
                                 int64_t attempt);
void stock_trial(struct store *s, int64_t rollout, int64_t device,
                 int64_t attempt);
/* text is borrowed. */
struct metadata_row stock_metadata_row(const char *role, int64_t version,
                                       const char *text);

/* What a SELECT of one column gives, a space behind each row, asked by a
 * connection of its own: for what no function of the store reads. The text
 * holds until the next call. */
const char *stock_read(const char *select);
/* How many rows the table has, asked in the same way. */
int64_t stock_count(const char *table);

#endif
