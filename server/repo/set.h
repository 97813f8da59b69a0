/*
 * What the offline keys signed, as one immutable thing: every root, the
 * current targets and delegated roles as the very bytes received, and the
 * catalog read from them. A publish makes a new set; everything else
 * (stages, halts, re-signing) leaves it alone.
 *
 * Reference-counted; any thread may read one it holds.
 */
#ifndef SERVER_REPO_SET_H
#define SERVER_REPO_SET_H

#include "lib/base/strmap.h"
#include "lib/catalog/bins.h"
#include "lib/catalog/catalog.h"
#include "server/repo/file.h"

struct set_role {
	char name[TUF_ROLE_MAX];
	size_t delegator; /* its place in the set; targets: 0 */
	/* It and all above it have the bytes they had before: set_is_same(). */
	bool is_same;
	struct tuf_targets targets; /* borrowed from doc */
	struct tuf_doc *doc;
	struct file *file;
};

/* A role that is no bin, and its bins if it has some. */
struct set_owner {
	size_t role;
	struct bins bins;
};

struct set {
	atomic_int refs;
	/* Its own, and that of the set it was made over; 0: none. No two sets
	 * of one process have the same. */
	uint64_t number, before;
	struct file **roots; /* 1.root.json … in order, without a gap */
	size_t n_roots;
	struct tuf_root root; /* the last of them; borrowed from */
	struct tuf_doc *root_doc;
	/* targets, then every delegated role behind the one that delegates to
	 * it: products, plain roles, bins. rollout.P is made online. */
	struct set_role *roles;
	size_t n_roles, cap_roles;
	struct strmap by_name; /* places in roles */
	/* Newest files of roles that nobody delegates to any more, in order of
	 * roles. A snapshot lists them for ever: clients that saw one refuse a
	 * snapshot without it (TUF 5.5.5). */
	struct file **retired;
	size_t n_retired;
	struct set_owner *owners; /* by whom a target is found */
	size_t n_owners;
	struct catalog catalog;
};

/* Gives the bytes behind a plan's target entry (the blob store). */
typedef int set_read_fn(void *ctx, const struct tuf_target *entry,
                        struct buf *out, struct err *e);

/* Builds one from files; of several versions of a role the highest counts.
 * What nobody delegates to is retired. Parses and loads the catalog; signatures
 * are the gate's business (server/publish). Codes "root_gap", "missing_role".
 * `before`, or NULL, is a set that was made before: what stands in it
 * unchanged (set_is_same()) is taken over and not read again. */
struct set *set_new(struct file *const *files, size_t n,
                    const struct set *before, set_read_fn *read, void *ctx,
                    struct err *e);
/* Nobody will be asked about all of it: tuf_doc_settle() of its roles. */
void set_settle(const struct set *s);
struct set *set_ref(struct set *s);
void set_unref(struct set *s);

const struct set_role *set_role(const struct set *s, const char *name);
/* Who signs a role: root says it of snapshot and timestamp, targets of the
 * others. No keys when nobody is named. Borrowed from the set. */
struct tuf_quorum set_quorum(const struct set *s, const char *role);
/* A metadata file by its name, "7.targets.json" or "2.root.json". */
struct file *set_file(const struct set *s, const char *name);
/* The entry behind a path that releases.P lists, itself or in a bin. */
const struct tuf_target *set_release_entry(const struct set *s,
                                           const char *role, const char *path);
/* Has the role, and every role above it, the bytes it had `before`? Then all
 * that can be said of it by itself was said before; only time went on. No for
 * every set but the one that this one was made over: nobody compared. */
bool set_is_same(const struct set *s, size_t role, const struct set *before);
/* Did the role of this name list the same bytes under the same path `before`
 * (NULL: nothing was there)? */
bool set_had_entry(const struct set *before, const char *role,
                   const struct tuf_target *entry);
/* The entry of a target file as clients ask for it with consistent snapshots:
 * "fw/coat/<sha256>.2.1.0_coat.bin" (TUF 5.7.3). */
const struct tuf_target *set_target(const struct set *s, const char *name);

/* "fw/coat/x.bin" with its hash in front of the last segment (TUF 5.7.3); the
 * caller frees. */
char *set_target_name(const char *path, const char *sha256);

#endif
