/*
 * The device agent: a state machine that makes one bounded step at a time and
 * says when it wants to be called again. It may be killed between or inside
 * any two steps; every transition goes through the store, and opening it
 * again is a power-on that goes on where the store stands.
 *
 *	idle → check-in → (refresh, decide) → ask to start → download →
 *	verify → install → (refresh, decide) → ask to activate → switch →
 *	boot → confirm or revert → report
 *
 * One thread at a time per agent; agents share nothing, so hundreds live in
 * one process.
 */
#ifndef DEVICE_AGENT_H
#define DEVICE_AGENT_H

#include "device/boot.h"
#include "device/decide.h"
#include "device/provision.h"
#include "lib/base/clock.h"
#include "lib/base/rng.h"
#include "lib/rollout/offer.h"
#include "net/net.h"

#include <stddef.h>
#include <stdint.h>

enum agent_health { AGENT_HEALTHY, AGENT_SICK, AGENT_NOT_YET };

/* The body the agent lives in. Every callback may be NULL: on mains, without
 * a limit, healthy, silent. */
struct agent_host {
	const struct clock *clock;
	struct rng *rng;
	struct net_door net;
	struct boot_hook boot;
	void (*facts)(void *ctx, struct device_facts *out);
	/* Asked after a boot of a new image until it is not NOT_YET. */
	enum agent_health (*health)(void *ctx, const char *image_sha256);
	/* What happened, as a word and a sentence: enrolled, refreshed,
	 * refused (a check), not_now (no offer, or one that is no), granted,
	 * not_granted, alone (check 12), unreachable, dropped (a report
	 * nobody takes), and each step that is reported, by its name. */
	void (*event)(void *ctx, const char *what, const char *text);
	void *ctx;
	int64_t download_chunk_bytes; /* 0: DOWNLOAD_CHUNK_BYTES */
};

struct agent;

/* Power-on: opens or makes the state below dir (which exists), runs the boot
 * loader. p and host are borrowed and must outlive the agent. */
MUST_USE int agent_open(struct agent **out, const struct provision *p,
                        const char *dir, const struct agent_host *host,
                        struct err *e);
void agent_free(struct agent *a);
DEFINE_SCOPED(agent_free, struct agent *)

/* One step, if it is due. *next_ms is the moment of the running clock at
 * which the next one is; at or before now: at once. -1 only when the store
 * fails: then the agent must be freed and opened anew. */
MUST_USE int agent_poll(struct agent *a, int64_t *next_ms, struct err *e);

/* True between two polls, when nothing is under way but waiting. */
bool agent_is_waiting(const struct agent *a);

/* What came of it since it was opened, for one poll: 0 when the server answered
 * a check-in or took a report, and nothing stands refused. ERR_UNTRUSTED:
 * signed files were refused; ERR_EXPIRED; ERR_UNREACHABLE: no answer; others:
 * the disk, or the device's key. */
MUST_USE int agent_outcome(const struct agent *a, struct err *e);

/* What can be seen of it; strings are borrowed until the next step. */
struct agent_view {
	const char *running_sha256, *running_version;
	uint32_t counter;
	enum attempt_phase phase;
	int64_t attempt;         /* number; 0: none */
	const char *active_path; /* the file of the slot that runs */
	bool enrolled;
	size_t reports_pending;
	int64_t reports_acknowledged; /* by this agent since it was opened */
	int64_t bytes_verified;       /* of images installed since then */
	int64_t polls;                /* check-ins answered since then */
	struct offer offer;           /* the last decision */
	const char *denied_code, *denied_text; /* by the server; "": not */
	/* What the last refresh or decision refused, else a fault that the
	 * server was not told yet: the code ("": none) and its sentence. */
	const char *alarm, *problem;
};
void agent_look(struct agent_view *out, const struct agent *a);

#endif
