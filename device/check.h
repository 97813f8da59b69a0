/*
 * The checks of trust.md that are about what a device remembers and who
 * vouches, each by its name. (3 and 4 are lib/rollout/offer.c's, 7 is
 * poll.h's, 11 is slots.h's and boot.h's, 6 and 12 are the agent's.)
 */
#ifndef DEVICE_CHECK_H
#define DEVICE_CHECK_H

#include "device/state.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/state_doc.h"
#include "lib/tuf/trust.h"

#include <stdbool.h>

/* "releases.", product -> "releases.coat". */
void check_role_name(char out[TUF_ROLE_MAX], const char *prefix,
                     const char *product);

/* Check 1: exactly this role vouched, or a bin it declares under its own name
 * ("releases.coat.bin…") when `bins`. Code "wrong_role". */
MUST_USE int check_vouched(const struct trust *t,
                           const struct trust_target *found, const char *path,
                           const char *role, bool bins, struct err *e);

/* Check 2: the repository is the provisioned one. Code "wrong_repo". */
MUST_USE int check_repo(const struct trust *t, const char *repo, struct err *e);

/* Check 8. marks_look forgets the mark of a role whose keys changed (for
 * offline roles: of whose remembered keys less than a threshold remain), and
 * refuses a version below one that stays, code "below_mark". marks_keep
 * raises it. Both do nothing for a role that is not trusted yet. */
MUST_USE int check_marks_look(struct device_state *s, const struct trust *t,
                              const char *role, struct err *e);
void check_marks_keep(struct device_state *s, const struct trust *t,
                      const char *role);

/* Check 10. The time a device may rely on. */
int64_t check_time(const struct device_state *s, bool has_clock, int64_t utc_s);
/* The root changed the keys of the timestamp: what the floor was raised by is
 * no longer trusted. It falls to `built` of the running image; true when it
 * was so. */
bool check_floor_drop(struct device_state *s, const struct trust *t);
/* After a full verified refresh; built_s is the newest of the releases. */
void check_floor_raise(struct device_state *s, bool has_clock, int64_t utc_s,
                       int64_t built_s);

/* Check 5. Looks at a verified rule, whose plan may be NULL (its file did not
 * verify): a plan that lists the cell in `resumes` lifts an older latch, a
 * halt of the cell latches. The id and revision of a rule stand in its path.
 */
void check_latch(struct device_state *s, const struct state_rule *rule,
                 const struct plan *plan, const char *hw, const char *region);
/* Latches live as long as the plans' role lists a plan of their id. */
void check_latch_prune(struct device_state *s, const struct tuf_targets *plans,
                       const char *product);
/* plan/<product>/<id>.<rev>.json */
MUST_USE int check_plan_path(char id[PRODUCT_MAX_LEN + 1], int64_t *rev,
                             const char *path);

#endif
