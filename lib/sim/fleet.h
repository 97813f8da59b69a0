/*
 * A fleet as numbers: how many devices each cell of a plan has, how they
 * behave, and what the release does to them. Read from a small file, "fleet"
 * in pawl-sim(1).
 */
#ifndef LIB_SIM_FLEET_H
#define LIB_SIM_FLEET_H

#include "lib/rollout/plan.h"

#define FLEET_BYTES_MAX ((size_t)1 << 20)
#define FLEET_DEVICES_MAX INT64_C(1000000)

struct fleet_cell {
	int64_t devices; /* 0: the file does not name the cell */
	int64_t poll_s;
	int32_t fail_ppm;   /* fail once activated, and say so */
	int32_t brick_ppm;  /* fail once activated, and are never heard again */
	int32_t silent_ppm; /* fall silent after the grant, whatever is in it */
};

struct fleet {
	struct fleet_cell *cells; /* by the plan's index */
	int64_t devices;
	/* From the grant to the wish to activate, and from there to the
	 * report: each evenly between this and twice this. */
	int64_t download_s, boot_s;
};

/* Strict; each refusal names its place in the file. */
MUST_USE int fleet_parse(struct fleet *out, const struct plan *p,
                         const char *name, const void *bytes, size_t len,
                         struct err *e);
void fleet_fini(struct fleet *f);
DEFINE_SCOPED_PLACE(fleet_fini, struct fleet)

#endif
