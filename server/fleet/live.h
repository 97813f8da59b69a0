/*
 * The rollouts being carried out, in memory: each with its engine, the set
 * its plan stands in, its halts with their evidence, and which device is
 * which trial. The scribe's thread alone touches this.
 */
#ifndef SERVER_FLEET_LIVE_H
#define SERVER_FLEET_LIVE_H

#include "lib/rollout/by_batch.h"
#include "lib/rollout/engine.h"
#include "server/fleet/controls.h"
#include "server/repo/online.h"
#include "server/repo/set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rollout_halt {
	struct cell cell; /* "*" spans */
	struct evidence evidence;
	char actor[129]; /* "engine", or an operator's token id */
	char reason[513];
	char request_id[65];
	bool saved; /* committed to the database */
};

/* Devices that another rollout was to serve. */
struct rollout_over {
	int64_t rollout; /* its key */
	int64_t devices;
};

/* A scope that is on hold, as the database knows it. */
struct rollout_hold {
	word hw, region; /* "*" spans */
	int64_t since_ms;
};

struct rollout {
	int64_t key; /* in the database */
	int64_t plan_key;
	char product[PRODUCT_MAX_LEN + 1];
	struct set *set; /* holds the plan; a reference */
	const struct catalog_plan *plan;
	struct engine *engine;
	int64_t began_ms, stage_since_ms, ended_ms;
	int64_t paused_ms; /* since when, while it is; 0: it is not */
	struct rollout_halt *halts;
	size_t n_halts, cap_halts;
	struct {
		struct rollout_hold *items;
		size_t len, cap;
	} holds;              /* holds.h */
	bool holds_changed;   /* … and the engine may say otherwise */
	int64_t holds_due_ms; /* running clock: not tried again before */
	int64_t *owners;      /* by trial: the rollout its row belongs to */
	size_t cap_owners;
	uint32_t *by_device; /* open addressing: trial + 1 */
	size_t slots;
	int64_t *reach;     /* devices by cell and stage: reach.h */
	bool reach_changed; /* the engine was not told */
	bool touched;       /* the engine has not been asked since it changed */
	/* Going on could not be signed or stored: not again before, on the
	 * running clock; and how long the last wait was. 0: it went well. */
	int64_t again_at_ms, waited_ms;
	char created_by[129];
	int64_t epoch; /* how often its plan id began anew before */
	/* Devices that earlier epochs tried, rising: never again
	 * (rollout-rules.md, Resume). */
	struct {
		int64_t *items;
		size_t len, cap;
	} tried;
	struct controls controls;
	struct by_batch shares; /* devices by cell and batch: share.h */
	/* Devices of this stage that their batch's share keeps out. */
	struct {
		int64_t *slots; /* open addressing; 0: free, < 0: let in */
		size_t n, len;
	} kept_out;
	int64_t n_kept_out;
	int64_t *retry_ms; /* by cell: retry.h; NULL: nobody asked */
	/* exclude.h: devices, and as the state names them. */
	int64_t excluded[STATE_EXCLUDE_MAX];
	char exclude[STATE_EXCLUDE_MAX][MEMBER_SIZE];
	size_t n_excluded;
	/* Unfinished rollouts that it stands above: precede.h. */
	struct {
		struct rollout_over *items;
		size_t len, cap;
	} over;
};

struct live {
	struct rollout **items; /* in order of keys */
	size_t len, cap;
};

void live_fini(struct live *r);
/* plan_path must be in the set: the caller has looked. */
struct rollout *live_add(struct live *r, int64_t key, const char *product,
                         struct set *set, const struct catalog_plan *plan,
                         int64_t began_ms);
/* Forgets the newest: its start did not happen. */
void live_drop_last(struct live *r);
struct rollout *live_by_key(const struct live *r, int64_t key);
/* The newest of this plan; NULL. */
struct rollout *live_by_plan_sha256(const struct live *r, const char *sha256);

/* Enrols and remembers the device. owner is the rollout that the trial's row
 * names: an earlier one where a new revision keeps the trials of the old. */
size_t rollout_enrol(struct rollout *r, const struct trial *t, int64_t owner);
/* The device's trial, or its newest retry; false when it has none here. */
bool rollout_trial_of(const struct rollout *r, int64_t device, size_t *out);
bool rollout_was_tried(const struct rollout *r, int64_t device);
/* Where a device's attempt counts now: a new revision takes the trials of the
 * old one over, and outcomes name the plan they began with. */
bool live_trial_of(const struct live *r, int64_t device, int64_t attempt,
                   struct rollout **out, size_t *trial);
/* Its batch's share keeps it out of this stage, until rollout_enrol(); a new
 * stage forgets all of them. */
void rollout_keep_out(struct rollout *r, int64_t device);
void rollout_forget_kept_out(struct rollout *r);
void rollout_add_halt(struct rollout *r, const struct rollout_halt *h);
/* One that stops all of this scope ("*" spans) already; NULL. */
const struct rollout_halt *rollout_halt_of(const struct rollout *r,
                                           const char *hw, const char *region);
/* When every cell is halted the rollout is, and ended then, if not before. */
void rollout_end_if_halted(struct rollout *r, int64_t at_ms);
/* `run: hold` is signed: an operator paused it, or all that is not halted is
 * on hold. */
bool rollout_on_hold(const struct rollout *r);
/* Still something that devices are told about. */
bool rollout_is_listed(const struct rollout *r, int64_t now_s);

/* What the state files say, in the order devices look at it: recalls first,
 * then the newest. `cells` receives the halted ones and must be freed with
 * the array. Returns the count. */
struct online_rollout *live_for_online(const struct live *r, int64_t now_s,
                                       size_t *out_n, struct cell **cells);

#endif
