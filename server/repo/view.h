/*
 * Everything devices ask for, as one immutable thing behind one pointer: the
 * set, what is signed over it, and a few earlier ones so that a client in the
 * middle of a refresh still finds the files its snapshot names.
 *
 * view_get() and view_put() may be called by any thread; view_swap() by the
 * scribe alone.
 */
#ifndef SERVER_REPO_VIEW_H
#define SERVER_REPO_VIEW_H

#include "lib/base/lock.h"
#include "server/repo/online.h"
#include "server/repo/set.h"

/* Earlier sets that stay served, and earlier onlines over one of them. An hour
 * of one change a minute fits; older clients begin their refresh anew. */
#define VIEW_ONLINES 64
#define VIEW_SETS 4

struct view {
	atomic_int refs;
	struct online *onlines[VIEW_ONLINES]; /* newest first */
	size_t n_onlines;
	struct set *sets[VIEW_SETS]; /* newest first */
	size_t n_sets;
};

/* Takes references of its own; previous may be NULL. */
struct view *view_new(struct set *set, struct online *online,
                      const struct view *previous);
struct view *view_ref(struct view *v);
void view_unref(struct view *v);

static inline const struct online *view_online(const struct view *v)
{
	return v->onlines[0];
}

static inline struct set *view_set(const struct view *v)
{
	return v->sets[0];
}

/* "7.targets.json", "timestamp.json"; NULL when there is none. */
struct file *view_metadata(const struct view *v, const char *name);

/* A target by its name with the hash in it: fw/coat/HASH.radio.bin, or with
 * the hash before all of it, as tough asks. */
struct view_target {
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	const char *bytes; /* NULL: in the blob store */
};
bool view_target(const struct view *v, const char *name,
                 struct view_target *out);

/* The pointer. Zero it, then init; NULL until the first swap. */
struct view_slot {
	struct lock lock;
	struct view *current;
};

void view_slot_init(struct view_slot *s);
void view_slot_fini(struct view_slot *s);
/* A reference, or NULL when nothing was ever published. */
struct view *view_get(struct view_slot *s);
static inline void view_put(struct view *v)
{
	view_unref(v);
}
/* Takes over the caller's reference. */
void view_swap(struct view_slot *s, struct view *v);
DEFINE_SCOPED(view_put, struct view *)

#endif
