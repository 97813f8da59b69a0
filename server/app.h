/*
 * The daemon as one thing that starts and stops: fleet, reading connection,
 * listeners, in this order; stopping is the same order reversed. Tests start
 * it on free ports under a clock of their own.
 */
#ifndef SERVER_APP_H
#define SERVER_APP_H

#include "lib/base/clock.h"
#include "lib/base/rng.h"
#include "server/api/deps.h"
#include "server/conf/conf.h"
#include "server/http/http.h"
#include "server/repo/gate_lint.h"

struct app {
	struct fleet fleet;
	struct deps deps;
	struct http *public, *ops;
	char *passphrase;
	struct gate_accept accept;
	char *spool;
	bool fleet_begun, reader_begun;
};

/* conf, clock and rng outlive it. What was begun is ended when it fails. */
MUST_USE int app_start(struct app *a, const struct conf *conf,
                       const struct clock *clock, struct rng *rng,
                       struct err *e);
void app_stop(struct app *a);
/* Bound ports; 0 when that listener is off. */
uint16_t app_port(const struct app *a);
uint16_t app_ops_port(const struct app *a);

#endif
