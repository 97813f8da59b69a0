/*
 * What the online keys sign over a set: one state file per product and
 * channel, `rollout.<product>` that lists them, snapshot and timestamp.
 * Building is pure but for version numbers, which come from the journal
 * before they are used, and the keys.
 *
 * Whatever did not change and is still young keeps its file, so a phase
 * change is three signatures (and three for the all-hold set, hold.h) and a
 * quiet hour is none.
 *
 * Reference-counted and immutable; any thread may read one it holds.
 */
#ifndef SERVER_REPO_ONLINE_H
#define SERVER_REPO_ONLINE_H

#include "lib/rollout/offer.h"
#include "lib/rollout/state_doc.h"
#include "server/repo/journal.h"
#include "server/repo/set.h"
#include "server/repo/signer.h"

/* A rollout as the state files need it. Borrowed for the call. */
struct online_rollout {
	const char *product;
	const char *plan_path;
	int stage;
	bool hold;
	char note[129]; /* for people: why it is on hold; "": nothing said */
	const struct cell *halted;
	size_t n_halted;
	const char (*exclude)[MEMBER_SIZE];
	size_t n_exclude;
};

/* One signed state file with everything a decision needs resolved. */
struct state_file {
	char product[PRODUCT_MAX_LEN + 1];
	word channel;
	char path[TARGET_MAX_LEN + 1]; /* rollout/<product>/<channel>.json */
	char *name;                    /* with its hash, as it is asked for */
	char sha256[SHA256_HEX_SIZE];
	char *bytes;
	size_t len;
	struct state_doc doc;
	struct offer_rule rules[STATE_RULES_MAX];
	struct offer_world world;
};

struct online {
	atomic_int refs;
	struct set *set; /* the catalog that the worlds point into */
	struct state_file *states;
	size_t n_states;
	struct file **files; /* rollout.* …, snapshot, timestamp */
	size_t n_files;
	int64_t snapshot_version;
	int64_t timestamp_version;
	/* Made here: its snapshot lists its set and its files and nothing
	 * else, which of one that was read back is not known. */
	bool is_whole;
};

/* Lives of the online roles, and how often they are signed anew (0: at a
 * third of each life, which is also the most), seconds. */
struct online_lives {
	int64_t rollout_s, snapshot_s, timestamp_s;
	int64_t refresh_s;
};

/* Jitter is at most this part of an interval, and only makes it shorter. */
#define ONLINE_EARLY_MAX_PPM 100000

struct online_maker {
	const struct signer *signer;
	struct journal *journal;
	struct online_lives lives;
	int64_t now_s;
	int32_t early_ppm; /* of the interval; below ONLINE_EARLY_MAX_PPM */
	/* The time is in doubt: what changed is signed with the expiry of the
	 * file it replaces, and age alone renews nothing. */
	bool keep_expiry;
};

/* rollouts stand in the order devices shall look at them. previous (may be
 * NULL) supplies files to keep and version floors. A product without an online
 * key: code "no_online_key". More rules than a state file holds: ERR_CONFLICT,
 * "too_many_rollouts". */
struct online *online_new(struct online_maker *m, struct set *set,
                          const struct online *previous,
                          const struct online_rollout *rollouts, size_t n,
                          struct err *e);
/* One from what was signed before: the role files, then the state files, as
 * they are; both counts are upper bounds. A file that does not read, or a
 * state whose rules name plans that the set has not: ERR_INVALID. */
struct online *online_begin(struct set *set, size_t n_files, size_t n_states);
MUST_USE int online_add_file(struct online *o, const char *name,
                             int64_t version, const void *bytes, size_t len,
                             struct err *e);
MUST_USE int online_add_state(struct online *o, const char *path,
                              const void *bytes, size_t len, struct err *e);
struct online *online_ref(struct online *o);
void online_unref(struct online *o);

const struct state_file *online_state(const struct online *o,
                                      const char *product, const char *channel);
struct file *online_role(const struct online *o, const char *role);
/* The life of an online role, and after which part of it it is renewed. */
int64_t online_life_s(const struct online_lives *l, const char *role);
int64_t online_interval_s(const struct online_lives *l, const char *role);
/* Of one that was read back: its snapshot lists its set and its files, and
 * nothing else. */
bool online_lists_set(const struct online *o);
/* The very same signed files. */
bool online_is_same(const struct online *a, const struct online *b);
/* Some role is to be renewed at `now`: its interval less the jitter is over,
 * or it was signed by a clock that stood ahead. */
bool online_is_due(const struct online *o, const struct online_lives *l,
                   int32_t early_ppm, int64_t now_s);

#endif
