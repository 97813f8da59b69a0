/*
 * A repository folder on a release engineer's disk or stick:
 *
 *	pawl.json            who this repository is
 *	metadata/N.ROLE.json complete files: their threshold is met
 *	staged/ROLE.json     the next version, unsigned or half-signed
 *	drafts.json          numbers that are never used again (drafts.h)
 *	rotation.json        only while keys change (rekey_stage.c)
 *	targets/…            firmware and plans, by target path
 *	keys/, online/       offline key files; online ones to hand over
 *
 * Whatever is complete is verified when the folder is read, root by root as a
 * client would, so nobody is made to sign on top of a file that was changed
 * behind his back. Expiry is not looked at: renewing an expired role is what
 * the tool is for.
 */
#ifndef REPO_TOOLS_FOLDER_WORKSPACE_H
#define REPO_TOOLS_FOLDER_WORKSPACE_H

#include "cli/cli.h"
#include "lib/base/dirlock.h"
#include "lib/catalog/bins.h"
#include "lib/rollout/words.h"
#include "repo-tools/folder/drafts.h"
#include "repo-tools/folder/read_ahead.h"
#include "repo-tools/folder/role_doc.h"

/* How long what is signed now lives (trust.md, Roles). Seconds. */
#define WORKSPACE_ROOT_LIFE_S (INT64_C(365) * 86400)
#define WORKSPACE_TARGETS_LIFE_S (INT64_C(180) * 86400)
#define WORKSPACE_RELEASES_LIFE_S (INT64_C(180) * 86400)
#define WORKSPACE_PLANS_LIFE_S (INT64_C(90) * 86400)

struct workspace_role {
	char name[TUF_ROLE_MAX];
	struct role_doc *current; /* NULL: no complete version yet */
	struct role_doc *staged;  /* NULL: nothing is waiting */
	size_t delegator;         /* its place; of root and targets: root */
	bool bin;                 /* of the role that delegates to it */
	bool trial; /* taken for complete in stage_promote()'s question */
	/* A file in metadata/ whose time has not come (carry.h); 0: none. */
	int64_t early;
};

/* What stage_order() found last. */
struct workspace_order {
	bool has;
	size_t family; /* the place of a role that is no bin */
	char says[ERR_MSG_MAX];
};

/* A file that counts as if it stood in the folder, before it is written
 * there: what came in a bundle has to verify first. */
struct workspace_file {
	char *name; /* "metadata/3.root.json" */
	char *bytes;
	size_t len;
};

/* What is about to be staged by a change of keys; gone when it is. */
#define WORKSPACE_ROTATION "rotation.json"

/* A life that is not the usual one. */
struct workspace_life {
	char role[TUF_ROLE_MAX];
	int64_t s;
};

/* The roles as they were read before, for a file that says the same. */
struct workspace_before {
	struct workspace_role *roles;
	size_t n;
	struct strmap by_name;
};

struct workspace {
	struct workspace_life *lives;
	size_t n_lives;
	char *dir, *keys_dir;
	struct dirlock lock; /* while a command changes the folder */
	char repo[REPO_ID_SIZE];
	int64_t created_s;
	int64_t now_s;
	/* root, targets, then every role behind the one that delegates to it,
	 * by the complete files or the staged ones. */
	struct workspace_role *roles;
	size_t n_roles, cap_roles;
	struct strmap by_name; /* places in roles */
	struct strmap highest; /* role → highest complete file */
	/* While roles are read: what they were before, and bins ahead. */
	struct workspace_before *before;
	struct read_ahead *ahead;
	struct drafts *drafts;
	struct workspace_order *order;
	bool unfinished; /* a change of keys was cut off (rekey_stage.c) */
	bool finishing;  /* it is going on now */
	const struct drafts *extra_numbers; /* the same of a bundle; or NULL */
	struct workspace_file *extra;
	size_t n_extra;
	struct strmap extra_by_name;
};

/* The folder of --dir with its roles. ERR_NOT_FOUND when it is no
 * repository. */
MUST_USE int workspace_open(struct workspace *ws, const struct cli *c,
                            struct err *e);
/* The same for a command that changes the folder: until workspace_fini() no
 * other does. A promotion that was cut off is undone (carry.h). ERR_CONFLICT,
 * "in_use" when one is at it; ERR_INVALID, "clock_back" when the clock says
 * that the repository is not made yet. */
MUST_USE int workspace_open_to_change(struct workspace *ws, const struct cli *c,
                                      struct err *e);
/* Only pawl.json: for a command that reads the roles in its own way. */
MUST_USE int workspace_open_bare(struct workspace *ws, const struct cli *c,
                                 struct err *e);
/* A folder that is to become one: only dir, keys_dir and now_s are set. */
void workspace_begin(struct workspace *ws, const struct cli *c,
                     const char *dir);
/* Writes pawl.json: from now on it is a repository. */
MUST_USE int workspace_found(const struct workspace *ws, struct err *e);
/* Writes it again, after a change of lives. */
MUST_USE int workspace_save(const struct workspace *ws, struct err *e);
/* Reads the roles anew, after a change on disk. Every file is read and must be
 * signed by those who may; what has the bytes it had is not parsed again, nor
 * are its signatures verified twice for the same keys. */
MUST_USE int workspace_reload(struct workspace *ws, struct err *e);
/* The staged document of r is complete now, and was written so. Only for a
 * role that delegates to nobody: others may bring roles or take them away. */
void workspace_promoted(struct workspace *ws, struct workspace_role *r);
/* Adds an extra file; the bytes are copied. workspace_reload() reads it. */
void workspace_add_extra(struct workspace *ws, const char *name,
                         const void *bytes, size_t len);
/* Forgets them. */
void workspace_drop_roles(struct workspace *ws);
void workspace_fini(struct workspace *ws);
DEFINE_SCOPED_PLACE(workspace_fini, struct workspace)

/* dir/… in fresh memory. */
char *workspace_path(const struct workspace *ws, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), malloc));

/* NULL when the repository has no such offline role. */
struct workspace_role *workspace_role(const struct workspace *ws,
                                      const char *name);
/* The same, or ERR_NOT_FOUND with the nearest name. */
MUST_USE int workspace_find_role(struct workspace_role **out,
                                 const struct workspace *ws, const char *name,
                                 struct err *e);
/* The newest word on a role: staged, else current, else NULL. */
const struct role_doc *workspace_latest(const struct workspace *ws,
                                        const char *name);
const struct tuf_root *workspace_latest_root(const struct workspace *ws);
const struct tuf_targets *workspace_latest_targets(const struct workspace *ws,
                                                   const char *name);

/* "releases." and "coat" of a product that targets delegates to (staged
 * counts): ERR_NOT_FOUND, suggesting the nearest product, when not. */
MUST_USE int workspace_product_role(char out[TUF_ROLE_MAX],
                                    const struct workspace *ws,
                                    const char *prefix, const char *product,
                                    struct err *e);

/* The usual life of a role. */
int64_t workspace_life_s(const char *role);
/* Its life in this repository: a bin's is its role's, and none is longer than
 * that of a role above it. Of a role that is not there yet targets is taken
 * for the one above. */
int64_t workspace_role_life_s(const struct workspace *ws, const char *role);
void workspace_set_life(struct workspace *ws, const char *role, int64_t s);

/* The bins of a role by its newest word; none for a role without. */
struct bins workspace_bins(const struct workspace *ws, const char *role);
/* Where the role lists this path, or would: itself or one of its bins. */
void workspace_entry_role(char out[TUF_ROLE_MAX], const struct workspace *ws,
                          const char *role, const char *path);
/* The role a key has to be made for to sign this one: a bin's is its
 * owner's. */
const char *workspace_key_role(const struct workspace *ws, const char *role);

/* Is this draft, by its number or as a root by its bytes, one that d says was
 * given up? */
bool workspace_is_given_up(const struct drafts *d,
                           const struct role_doc *draft);
/* The first number that was never used for this role. */
int64_t workspace_next_version(const struct workspace *ws, const char *role);

/* Who may sign a role. Two for a root that has a complete predecessor (TUF
 * 5.3.4: old and new), one for others. `complete` asks the complete
 * delegators only, whose word a client takes; else the newest. Returns how
 * many; 0: nobody delegates to it. */
size_t workspace_quorums(struct tuf_quorum out[2], const struct workspace *ws,
                         const char *role, bool complete);
/* The same if every role whose `trial` is set were complete. */
size_t workspace_trial_quorums(struct tuf_quorum out[2],
                               const struct workspace *ws,
                               const struct workspace_role *r);
/* Is this target in the version that is signed, word for word? Then whoever
 * signed that looked at its file. */
bool workspace_is_signed(const struct workspace_role *r,
                         const struct tuf_target *t);

/* metadata/ of a repository, or of a static copy of one, that is not opened;
 * the caller frees *out. ERR_NOT_FOUND when dir has none. */
MUST_USE int workspace_metadata_of(char **out, const char *dir, struct err *e);

#endif
