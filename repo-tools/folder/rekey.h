/*
 * A change of who may sign: keys of roles replaced or removed, thresholds
 * moved, in drafts of root and of the delegating roles, checked as a whole
 * before anything is staged. What rotate, revoke and threshold share.
 */
#ifndef REPO_TOOLS_FOLDER_REKEY_H
#define REPO_TOOLS_FOLDER_REKEY_H

#include "cli/cli.h"
#include "lib/catalog/history.h"
#include "repo-tools/folder/workspace.h"

/* A draft of a delegating role. */
struct rekey_draft {
	char role[TUF_ROLE_MAX];
	struct tuf_targets targets;
};

/* A role whose keys or threshold change. */
struct rekey_touched {
	char role[TUF_ROLE_MAX];
	char by[TUF_ROLE_MAX]; /* "root", or who delegates to it */
};

struct rekey {
	struct workspace *ws;
	struct history history; /* of everything complete */
	bool has_root;
	struct tuf_root root;
	struct rekey_draft *drafts;
	size_t n_drafts;
	struct rekey_touched *touched;
	size_t n_touched;
};

MUST_USE int rekey_init(struct rekey *k, struct workspace *ws, struct err *e);
/* Only to ask who signs what, without the history: nothing to end. */
void rekey_ask(struct rekey *k, struct workspace *ws);
void rekey_fini(struct rekey *k);
DEFINE_SCOPED_PLACE(rekey_fini, struct rekey)

/* Who may sign a role, with the change so far: any role that root or an
 * offline role names, online ones too, but no bin. ERR_NOT_FOUND, code
 * "unknown_role", with the nearest name. Borrowed until the next change. */
MUST_USE int rekey_quorum(struct tuf_quorum *out, const struct rekey *k,
                          const char *role, struct err *e);
/* Every role that is named, in the order of the files; `fn` may refuse. No
 * bins. */
typedef int rekey_role_fn(void *ctx, const char *role, struct err *e);
MUST_USE int rekey_each_role(const struct rekey *k, rekey_role_fn *fn,
                             void *ctx, struct err *e);

/* The id of a key of the role, from an id or the beginning of one (8 digits
 * or more), or the path of a key file. Code "unknown_key". */
MUST_USE int rekey_find_key(char id[KEY_ID_SIZE], const struct rekey *k,
                            const char *role, const char *text, struct err *e);

/* The key must be one of the role's. */
MUST_USE int rekey_remove(struct rekey *k, const char *role, const char *id,
                          struct err *e);
/* ERR_CONFLICT, code "key_returned", for one that the role had and lost. */
MUST_USE int rekey_add(struct rekey *k, const char *role,
                       const struct key_public *key, struct err *e);
MUST_USE int rekey_threshold(struct rekey *k, const char *role, int64_t n,
                             struct err *e);

/* Every threshold can be met, and the server would accept it (lib/catalog): no
 * key in two roles, no threshold above that of targets. A root that is staged
 * can be given up for the change's. A repository becomes solo only when `solo`
 * allows it. Codes "threshold_unmet", "solo". */
MUST_USE int rekey_check(const struct rekey *k, bool solo, struct err *e);

/* Notes that the keys of a role, which `by` names, change. */
void rekey_touch(struct rekey *k, const char *role, const char *by);

/* Stages the drafts, and a new version of every file that would not carry
 * enough signatures of the new keys. Reloads the workspace. *dropped is how
 * many signatures of earlier drafts are gone. `command` is what was typed,
 * "rotate root --key 12…": the same finishes it when this is interrupted. */
MUST_USE int rekey_stage(struct rekey *k, const char *command, size_t *dropped,
                         struct err *e);
/* Is there a change that was interrupted? When it is this command's, it is
 * finished, *mine is true, and k knows what it was about. Another one is in
 * the way: ERR_CONFLICT, code "unfinished". */
MUST_USE int rekey_resume(bool *mine, struct rekey *k, const char *command,
                          struct err *e);
/* What was typed, without options that only say how: the name of the command,
 * its arguments, and these options. The caller frees. */
char *rekey_command(const struct cli *c, const char *name,
                    const char *const *options);

#endif
