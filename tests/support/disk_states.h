/*
 * What a crash may leave of a recorded disk (disk_log.h).
 *
 * A killed process leaves every step it asked for. A power cut leaves every
 * step that a flush covered, and of the others any selection: each may be
 * there or not, whatever came before or after it, and a write may be torn. A
 * file's bytes and length are covered by a flush of the file; an entry made,
 * renamed or removed by a flush of its folder (of a rename: the folder it
 * goes to), and by nothing else. A rename is whole: there or not.
 */
#ifndef TESTS_SUPPORT_DISK_STATES_H
#define TESTS_SUPPORT_DISK_STATES_H

#include "tests/support/disk_log.h"

#define DISK_NEVER SIZE_MAX

/* For each step the flush that covers it, as that flush's number, when the
 * flushes of one place in the code (DISK_NEVER: of none) are left out. The
 * caller frees. */
size_t *disk_covered_at(const struct disk_log *l, size_t without_site);

/* The steps before `point` that no flush before it covers, in order; returns
 * how many. out has room for all steps. */
size_t disk_pending(size_t *out, const struct disk_log *l,
                    const size_t *covered_at, size_t point);

/* One outcome: the steps before `point` but those dropped; of a torn one
 * (DISK_NEVER: none is) the first bytes. */
struct disk_choice {
	size_t point;
	const bool *dropped; /* by step; NULL: none */
	size_t torn;
	size_t torn_len;
};

struct disk_state {
	struct disk_object *objects; /* of those steps alone */
	size_t n_objects;
	struct disk_names names;
	uint64_t digest[2]; /* equal for equal disks */
};

void disk_state_init(struct disk_state *s, const struct disk_log *l,
                     const struct disk_choice *c);
void disk_state_fini(struct disk_state *s);
/* Makes it real in a folder that does not exist yet. */
void disk_state_write(const struct disk_state *s, const char *folder);
/* Ends the process when the recorded folder is not, byte for byte, what all
 * recorded steps make: then some call escaped. */
void disk_state_compare(const struct disk_log *l);

#endif
