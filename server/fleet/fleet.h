/*
 * The running server behind HTTP: what devices ask for (view, index), what
 * only the scribe may touch (store, journal, keys, rollouts), and the jobs
 * that join them. fleet_open() loads, judges what happened meanwhile, signs
 * afresh and only then lets anybody in.
 *
 *	operate.c   what operators do: start, pause, resume, halt, promote
 *	latch.c     what rollouts stay halted in; epoch.c, whom they do not try
 *	share.c     what one batch may hold of a rollout
 *	reach.c     how many devices a stage contains
 *	judge.c     the engine's verdicts carried out; flushing
 *	holds.c     its holds: told, stored, signed
 *	kept_back.c who is kept back to compare with; controls.c, the table
 *	attest.c    nothing goes back behind the witness file
 *	brake.c     everything on hold, without a key
 *	renew.c     what is signed never expires; the clock
 *	quarantine.c which batches are not believed
 *	retain.c    old reports age out
 *	load.c      what a start reads back
 *
 * Below it: server/roster, which devices there are and when they were seen.
 * On top of it: server/devices, what devices ask and say; server/publish, how
 * new signed files become visible; server/show, what people are shown of it.
 */
#ifndef SERVER_FLEET_FLEET_H
#define SERVER_FLEET_FLEET_H

#include "lib/base/clock.h"
#include "lib/base/rng.h"
#include "server/fleet/exporter.h"
#include "server/fleet/live.h"
#include "server/fleet/scribe.h"
#include "server/repo/blobs.h"
#include "server/repo/journal.h"
#include "server/repo/online.h"
#include "server/repo/signer.h"
#include "server/repo/signtime.h"
#include "server/repo/view.h"
#include "server/repo/witness.h"
#include "server/roster/index.h"
#include "server/roster/intake.h"
#include "server/store/store.h"

#include <stdatomic.h>

/* So many publishes wait in the queue, which the publisher empties when it
 * takes from it; more are refused: ERR_BUSY, code "queue_full". Each holds its
 * whole body. */
#define PUBLISH_WAITING_MAX 4

struct fleet_config {
	const char *data_dir;
	const char *online_keys;  /* folder */
	const char *passphrase;   /* for it; NULL */
	const char *witness_file; /* NULL or "": none */
	int32_t poll_after_s;     /* told to idle devices */
	int32_t within_s;         /* begin a granted step within */
	struct online_lives lives;
	bool signed_reports;   /* others are refused */
	int64_t report_keep_s; /* reports age out after; 0: never */
	/* Codes of warnings a publish does not repeat; NULL-ended, or NULL. */
	const char *const *lint_accept;
	const char *export_dir; /* NULL or "": none */
	bool storage_off; /* measurements only: acknowledge without storing */
};

/* Why the server is not ready, one bit each; 0 when it is. */
enum fleet_trouble {
	TROUBLE_NOTHING_PUBLISHED = 1, /* fine for a new server */
	TROUBLE_DISK_FULL = 2,
	TROUBLE_STORE = 4,   /* the database refuses */
	TROUBLE_JOURNAL = 8, /* a halt could not be journalled */
	TROUBLE_SIGNER = 16, /* online files cannot be signed */
	TROUBLE_EXPIRY = 32, /* a role nears its end (server/show/watch.h) */
	TROUBLE_CLOCK = 64,  /* it is in doubt: nothing is renewed by it */
	TROUBLE_BRAKE = 128, /* no pre-signed all-hold set is at hand */
	TROUBLE_HELD = 256,  /* it is published: everything is on hold */
	/* The data directory and the witness file do not agree, or the file
	 * cannot be written. */
	TROUBLE_WITNESS = 512,
	TROUBLE_EXPORT = 1024, /* the static copy is not current */
};

struct fleet {
	struct fleet_config config;
	const struct clock *clock;
	struct rng *rng;
	struct view_slot view;             /* any thread */
	struct index index;                /* any thread */
	struct intake_slot intake;         /* any thread */
	struct blobs blobs;                /* any thread */
	struct scribe scribe;              /* any thread adds jobs */
	struct scribe porter;              /* the same: uploads (ask.h) */
	struct scribe publisher;           /* the same: server/publish */
	struct exporter exporter;          /* pokes: any thread */
	atomic_uint trouble;               /* any thread reads */
	atomic_uint_fast64_t acknowledged; /* report items since the start */
	atomic_uint_fast64_t stored;       /* report rows in the database */
	atomic_uint_fast64_t holds;        /* scopes, of all rollouts */

	/* The scribe's own. */
	struct store *store;
	struct journal journal;
	struct signer signer;
	struct signtime signtime;
	struct witness witness, witness_next; /* attest.h */
	struct err witness_refuses; /* why nothing is signed; a code, or none */
	int32_t early_ppm;          /* this interval's jitter (online.h) */
	/* brake.h: over what is visible, and over what will be next. */
	struct online *hold, *hold_next;
	bool held;          /* what is visible has everything on hold */
	bool hold_unkept;   /* what is on the disk is an older one */
	bool halt_unsigned; /* a halt is in nothing that is signed */
	struct live live;
	int64_t *quarantined; /* batches that are not believed */
	size_t n_quarantined;
	/* Since when devices can be heard and their silence told: the start, or
	 * the end of a doubt about the clock. Running clock; judge.c. */
	int64_t hears_since_ms;
	int64_t last_tick_ms, last_flush_ms; /* running clock */
	int64_t last_sign_try_ms, last_witness_try_ms, last_hold_try_ms;
	int64_t retain_due_ms; /* running clock */
	/* The last start after a crash: that forgot who was seen in its last
	 * minute, and counting too few would lower what promotion asks for. */
	int64_t seen_floor_ms;
	uint64_t checkpointed_commits;
	bool online_stale;      /* what is signed does not say what is true */
	bool halts_unsaved;     /* a halt waits for the database */
	bool halt_unjournalled; /* one of them is in no file at all */
	bool opened;            /* everything was loaded */
	bool scribe_ready;      /* opened so far that it must be stopped */
};

/* clock and rng live longer than the fleet. */
MUST_USE int fleet_open(struct fleet *f, const struct fleet_config *config,
                        const struct clock *clock, struct rng *rng,
                        struct err *e);
/* Starts the threads of scribe, porter and publisher. */
MUST_USE int fleet_start(struct fleet *f, struct err *e);
/* Commits what is queued, marks an orderly end, frees. Fine on one whose
 * opening failed. */
void fleet_close(struct fleet *f);

static inline int64_t fleet_now_ms(const struct fleet *f)
{
	return clock_utc_ms(f->clock);
}

static inline int64_t fleet_now_s(const struct fleet *f)
{
	return clock_utc_ms(f->clock) / 1000;
}

void fleet_set_trouble(struct fleet *f, unsigned bit, bool on);
/* After a failed transaction: which trouble it is. A database that no longer
 * knows what it holds ends the process: a restart finds out. */
void fleet_note_failure(struct fleet *f, const struct err *e);
/* After one that worked: the disk is not full any more. */
void fleet_note_success(struct fleet *f);
/* After the present state could not be signed: the signer's trouble, or the
 * disk's when that has no room for what is needed. */
void fleet_note_unsigned(struct fleet *f, const struct err *e);
/* After the journal was written, or could not be. */
void fleet_note_journal(struct fleet *f);

/* The batch a device enrolled with, by its key. */
int64_t fleet_batch_of(struct fleet *f, int64_t device);

/* Writes a trial's next step; memory follows after the commit. */
MUST_USE int fleet_save_step(struct fleet *f, const struct rollout *r,
                             size_t trial, enum trial_step to,
                             const char *image, const char *code,
                             struct err *e);
/* Since when a rollout is paused, kept over restarts; 0: it is not. */
MUST_USE int fleet_put_pause(struct store *s, int64_t rollout, int64_t since_ms,
                             struct err *e);
/* Writes how long the trial's deadline stood still. */
MUST_USE int fleet_save_pause(struct fleet *f, const struct rollout *r,
                              size_t trial, struct err *e);

#endif
