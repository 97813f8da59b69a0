/*
 * What a published plan would do to the fleet that is there, before anything
 * starts: who is reached by stage, what is harmed when a build is bad, how
 * often a good one is halted, and how long it takes.
 */
#ifndef REPO_TOOLS_CTL_FORECAST_H
#define REPO_TOOLS_CTL_FORECAST_H

#include "lib/sim/forecast.h"
#include "repo-tools/ctl/api.h"

/* Failing in ppm: nothing, a build as good as most, one as bad as the plan
 * tolerates, a bad one. */
#define CTL_FORECAST_RATES 4

struct ctl_overlap {
	int64_t rollout;
	int64_t devices;
	bool above; /* a recall: it keeps them */
};

struct ctl_forecast {
	struct plan plan; /* as published; begins now when its date is past */
	char *path;
	char sha256[SHA256_HEX_SIZE];
	struct fleet_file file;
	struct fleet fleet;
	struct {
		struct ctl_overlap *items;
		size_t len, cap;
	} overlaps;
	/* From grant to confirmation in this rollout; 0: in none. */
	int64_t attempt_s, attempt_of;
	int32_t rates[CTL_FORECAST_RATES];
	struct forecast of[CTL_FORECAST_RATES];
	size_t n_rates;
	int64_t seed;
};

void ctl_forecast_fini(struct ctl_forecast *f);
DEFINE_SCOPED_PLACE(ctl_forecast_fini, struct ctl_forecast)

/* Devices of the file in the scope of the plan and of each unfinished rollout
 * of its product: answers of /v1/admin/rollouts and /v1/admin/catalog. */
MUST_USE int ctl_forecast_overlaps(struct ctl_forecast *f,
                                   const struct js_at *rollouts,
                                   const struct js_at *catalog, struct err *e);

/* How long attempts of the product take: as in its newest rollout in which
 * some confirmed. */
MUST_USE int ctl_forecast_attempts(struct ctl_forecast *f,
                                   const struct js_at *rollouts, struct err *e);

/* The runs in which a rollout of these devices ends within a second or two. */
int64_t ctl_forecast_runs(int64_t devices);

/* forecast_show.c */
void ctl_forecast_show(const struct cli *c, const struct ctl_forecast *f);
MUST_USE int ctl_forecast_json(const struct cli *c,
                               const struct ctl_forecast *f, struct err *e);

#endif
