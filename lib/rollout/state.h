/*
 * The states of a rollout and the events that move it, as one table. Pure.
 */
#ifndef LIB_ROLLOUT_STATE_H
#define LIB_ROLLOUT_STATE_H

/* Stored as these numbers. */
enum rollout_state {
	ROLLOUT_RUNNING,
	ROLLOUT_PAUSED,     /* by an operator */
	ROLLOUT_HALTED,     /* every cell; a latch */
	ROLLOUT_COMPLETED,  /* the watch ended */
	ROLLOUT_SUPERSEDED, /* a newer revision took over */
};
enum rollout_event {
	ROLLOUT_EV_PAUSE,
	ROLLOUT_EV_RESUME, /* after a pause */
	ROLLOUT_EV_HALT_ALL,
	ROLLOUT_EV_COMPLETE,
	ROLLOUT_EV_SUPERSEDE,
};
const char *rollout_state_name(enum rollout_state s);
/* The next state, or -1: this event is not allowed here. */
int rollout_next(enum rollout_state s, enum rollout_event ev);

#endif
