/*
 * "plan/1": how far one release may spread and when, signed by its approvers
 * (trust.md, Formats). Immutable; a change is the next revision of its id.
 */
#ifndef LIB_ROLLOUT_PLAN_H
#define LIB_ROLLOUT_PLAN_H

#include "lib/crypto/hash.h"
#include "lib/rollout/bucket.h"
#include "lib/rollout/fw.h"
#include "lib/rollout/words.h"

#include <stdint.h>

#define PLAN_BYTES_MAX 32768
#define PLAN_STAGES_MAX 16
#define PLAN_MEMBERS_MAX 1000
#define PLAN_FROM_MAX 16
#define PLAN_CELLS_MAX (WORDS_MAX * WORDS_MAX)
#define PPM 1000000
/* A plan ends at most this long after its first not_before. */
#define PLAN_LIFE_MAX_S (INT64_C(45) * 86400)
/* ppm of α for each kind of scope, unless the plan has `weights`. */
#define PLAN_WEIGHT_DEFAULT (PPM / 4)

enum plan_kind { PLAN_INSTALL, PLAN_RECALL };

struct plan_cell {
	struct cell cell;
	int32_t ppm;
};

struct plan_stage {
	int32_t ppm; /* strictly rising, ≤ 10^6 */
	int64_t not_before_s;
	int64_t soak_s;
	struct plan_cell *cells; /* larger shares for small cells */
	size_t n_cells;
};

/* For the server's engine (rollout-rules.md). */
struct plan_gate {
	int32_t p0_ppm, alpha_ppm;
	int32_t p_silent_ppm, alpha_silent_ppm;
	int32_t p1_ppm, beta_ppm;
	int64_t soft_s, hard_s;
	int64_t in_flight;
	int64_t min_confirmed;
	int32_t holdback_ppm;
	bool promote_by_hand;
	/* Shares of α, in ppm: all cells, all hardware revisions, all regions,
	 * pooled; a quarter each unless the plan has `weights`. */
	int32_t weight_cells, weight_hw, weight_regions, weight_pooled;
};

struct plan {
	struct doc_head head;
	char id[PRODUCT_MAX_LEN + 1];
	int64_t rev;
	enum plan_kind kind;
	char from[PLAN_FROM_MAX][SHA256_HEX_SIZE]; /* recall only */
	size_t n_from;
	char release_path[TARGET_MAX_LEN + 1];
	char release_sha256[SHA256_HEX_SIZE];
	int64_t release_length;
	uint32_t counter_max;
	struct words channels, hw, regions;
	struct plan_stage stages[PLAN_STAGES_MAX];
	size_t n_stages;
	int32_t max_ppm; /* for devices without a clock */
	int64_t expires_s;
	int64_t offline_after_s; /* -1: null, never */
	struct cell *resumes;
	size_t n_resumes;
	char (*members)[MEMBER_SIZE];
	size_t n_members;
	struct plan_gate gate;
	char sha256[SHA256_HEX_SIZE]; /* of the bytes it was parsed from */
};

/* Strict; every rule trust.md gives for one plan alone is checked here
 * (rising stages, rising dates, exact names, expires ≤ first not_before +
 * 45 d, from only with recall, …), each refusal naming its place. */
MUST_USE int plan_parse(struct plan *out, const char *name, const void *bytes,
                        size_t len, struct err *e);
void plan_fini(struct plan *p);
DEFINE_SCOPED_PLACE(plan_fini, struct plan)
/* The file's bytes (canonical JSON). */
MUST_USE int plan_write(struct buf *out, const struct plan *p, struct err *e);
/* plan/<product>/<id>.<rev>.json */
void plan_path(char out[TARGET_MAX_LEN + 1], const struct plan *p);
/* path is exactly that. */
MUST_USE int plan_check_path(const struct plan *p, const char *path,
                             struct err *e);
/* Against its release: path, hash, length, product, repo, hw and regions
 * within the release's, counter ≤ counter_max, nobody kept back from what is
 * urgent. */
MUST_USE int plan_check_release(const struct plan *p, const struct fw *f,
                                const char *path, const char *sha256,
                                int64_t length, struct err *e);
/* Two install plans of one release must not overlap in channels × hw ×
 * regions. */
bool plan_overlaps(const struct plan *a, const struct plan *b);

/* Index of the cell in hw × regions, hw major; -1 outside. */
int plan_cell_index(const struct plan *p, const char *hw, const char *region);
size_t plan_n_cells(const struct plan *p);
struct cell plan_cell_at(const struct plan *p, int index);
/* The share a stage gives this cell. */
int32_t plan_ppm(const struct plan *p, size_t stage, const char *hw,
                 const char *region);
/* … without those who are kept back. */
int32_t plan_ppm_starting(const struct plan *p, size_t stage, const char *hw,
                          const char *region);

/* The plan's `members` list this device; it then counts as bucket 0. */
bool plan_has_member(const struct plan *p, const char *device_id);

/* rollout-rules.md, Hold-back: its bucket is in the plan's share of those who
 * are kept back to compare with, until the watch ends. Members are not. */
bool plan_holds_back(const struct plan *p, const char *device_id);
/* Among so few devices in its scope nobody may be kept back: ERR_INVALID,
 * "holdback_small". */
#define PLAN_HOLDBACK_DEVICES_MIN 2000
MUST_USE int plan_check_holdback(const struct plan *p, int64_t devices,
                                 struct err *e);

#endif
