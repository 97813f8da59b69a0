/*
 * One rollout of a random plan over a random fleet with random faults, from
 * one seed: devices that confirm, fail, fall back, go dark, speak late, say
 * two things, put it off; operators who pause, halt and promote; a server that
 * is killed and reads its rows again; a clock that jumps. The engine, the
 * decision and the state file are the real ones; here they are asked by turns
 * as the server, the devices and the simulator ask them, and held to what must
 * hold whatever happens:
 *
 *	- server, device and simulator give one answer to one question;
 *	- nothing is granted outside the signed state, beyond a cap, in a halted
 *	  or held cell or while paused, and nothing activates in a halted cell;
 *	- totals are the sum of their trials, and rows that are read again give
 *	  the same counts, grants and verdicts;
 *	- a halt is never taken back, and a device that saw it stays latched;
 *	- it ends: completed, or halted everywhere, before the plan does.
 */
#ifndef TESTS_CHANCE_CHANCE_H
#define TESTS_CHANCE_CHANCE_H

#include <stdint.h>

struct chance_sums {
	int64_t rollouts, completed, halted; /* halted: everywhere */
	int64_t halts;                       /* verdicts, and by hand */
	int64_t questions, grants, activations, restarts, pauses, jumps;
	int64_t held; /* cells, at each turn */
	int64_t failures, silences, voids;
	int64_t holds; /* turns with a scope on hold */
};

/* Adds to *sums. NULL, or what does not hold: its text, for the caller to
 * free, names the seed. */
char *chance_run(struct chance_sums *sums, uint64_t seed);

#endif
