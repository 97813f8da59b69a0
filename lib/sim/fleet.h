/*
 * A fleet as numbers: how many devices each cell has, how they behave, and
 * what is assumed that a release does to them. Read from a small file,
 * "fleet" in pawl-sim(1), which people write and a server exports; counted by
 * the cells of one plan.
 */
#ifndef LIB_SIM_FLEET_H
#define LIB_SIM_FLEET_H

#include "lib/base/semver.h"
#include "lib/rollout/plan.h"

#define FLEET_BYTES_MAX ((size_t)8 << 20)
#define FLEET_DEVICES_MAX INT64_C(1000000)
/* Kinds of devices: cell, channel and what runs. */
#define FLEET_KINDS_MAX 20000
/* A device clamps its interval, too (trust.md, Checks, 7). */
#define FLEET_POLL_MIN_S 1
#define FLEET_POLL_MAX_S (INT64_C(7) * 86400)
#define FLEET_SPREAD_MAX_PPM 900000
/* Nobody is off all the time: such a device is not seen. */
#define FLEET_OFF_MAX_PPM 950000

/* What `habit` and `assumed` mean is in pawl-sim(1). */
struct fleet_cell {
	int64_t devices; /* 0: the file does not name the cell */
	int64_t poll_s;
	int32_t poll_spread_ppm; /* each device's own is so far off at most */
	int32_t off_ppm;         /* of its time a device is off … */
	int64_t off_s;           /* … so long at once, in the mean */
	int32_t fail_ppm;        /* fail once activated, and say so */
	int32_t brick_ppm;  /* fail once activated, and are never heard again */
	int32_t silent_ppm; /* fall silent after the grant, whatever is in it */
};

struct fleet {
	struct fleet_cell *cells; /* by the plan's index */
	int64_t devices;
	/* From the grant to the wish to activate, and from there to the
	 * report: each evenly between this and twice this. */
	int64_t download_s, boot_s;
	/* Of the file, and in no cell: the plan does not contain them; it
	 * does, and they were not seen within 7 days. */
	int64_t outside, away;
};

struct fleet_kind {
	struct cell cell;
	word channel;                     /* "": any */
	char version[SEMVER_MAX_LEN + 1]; /* running; "": not known */
	char sha256[SHA256_HEX_SIZE];     /* the same */
	int64_t enrolled; /* of which `habit.devices` were seen */
	struct fleet_cell habit;
	size_t place; /* in the file */
};

struct fleet_file {
	char name[64]; /* for errors */
	/* "": made for one plan, whose cells alone it may name. */
	char product[PRODUCT_MAX_LEN + 1];
	struct fleet_kind *kinds; /* by cell, channel and what runs */
	size_t n_kinds;
	int64_t download_s, boot_s;
};

/* Strict; each refusal names its place in the file. */
MUST_USE int fleet_file_parse(struct fleet_file *out, const char *name,
                              const void *bytes, size_t len, struct err *e);
void fleet_file_fini(struct fleet_file *f);
DEFINE_SCOPED_PLACE(fleet_file_fini, struct fleet_file)
/* All cells of the file, for a plan that is not written yet. */
MUST_USE int fleet_file_scope(struct words *hw, struct words *regions,
                              const struct fleet_file *f, struct err *e);

/* Those the plan contains: its channels, hw and regions, and what runs is
 * older than its release or, for a recall, listed. Kinds of one cell are
 * joined, their habits weighted by devices. */
MUST_USE int fleet_count(struct fleet *out, const struct fleet_file *f,
                         const struct plan *p, struct err *e);
/* Both in one. */
MUST_USE int fleet_parse(struct fleet *out, const struct plan *p,
                         const char *name, const void *bytes, size_t len,
                         struct err *e);
void fleet_fini(struct fleet *f);
DEFINE_SCOPED_PLACE(fleet_fini, struct fleet)

/* What is assumed in place of what the file says, of the cells that the
 * pattern matches ("*" spans); the number of those with devices. */
enum fleet_assumption { FLEET_FAIL, FLEET_BRICK, FLEET_SILENT };
size_t fleet_assume(struct fleet *f, const struct plan *p,
                    enum fleet_assumption what, const struct cell *pattern,
                    int32_t ppm);
/* No device both fails aloud and bricks; names the cell where they would. */
MUST_USE int fleet_check(const struct fleet *f, const struct plan *p,
                         struct err *e);

#endif
