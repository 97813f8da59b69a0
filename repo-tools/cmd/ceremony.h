/*
 * Making the keys of a role: what init, product add and key new share. All
 * that will happen is said before the first key is made.
 */
#ifndef REPO_TOOLS_CMD_CEREMONY_H
#define REPO_TOOLS_CMD_CEREMONY_H

#include "repo-tools/folder/keyring.h"
#include "repo-tools/folder/workspace.h"

#define CEREMONY_KEYS_MAX 32   /* of one role; more people meet in no room */
#define CEREMONY_ROLES_MAX 130 /* at once: all online ones */

struct ceremony_role {
	char role[TUF_ROLE_MAX];
	int64_t keys, threshold;
	bool online;
	enum key_scheme type;
	bool spare;          /* online, beside the one that is in use */
	const char *label;   /* where --label says nothing; NULL: "" */
	struct keyring ring; /* filled by ceremony_make() */
};

struct ceremony {
	const struct cli *cli;
	const struct workspace *ws;
	struct ceremony_role roles[CEREMONY_ROLES_MAX];
	size_t n_roles;
	struct passphrases offline, online;
	const struct secretfile_cost *cost;
};

/* Reads passphrases, cost and labels from the options every command that
 * makes keys has: --passphrase-file, --online-passphrase-file, --type, --kdf,
 * --label. */
MUST_USE int ceremony_init(struct ceremony *y, const struct cli *c,
                           const struct workspace *ws, struct err *e);
void ceremony_fini(struct ceremony *y);
DEFINE_SCOPED_PLACE(ceremony_fini, struct ceremony)

/* Of the type that --type has for the role: the last value that names the
 * role, or "releases" of "releases.coat", else the last that names none. */
/* NULL when there are too many. */
struct ceremony_role *ceremony_add(struct ceremony *y, const char *role,
                                   int64_t keys, int64_t threshold,
                                   bool online);
/* 1 ≤ threshold ≤ keys for each, and each --type is about one of them
 * (ERR_USAGE); the online key files do not exist
 * yet (ERR_CONFLICT): which of two is listed must never be a question. */
MUST_USE int ceremony_check(const struct ceremony *y, struct err *e);
/* The summary, and one question when somebody can be asked and --yes was not
 * given. */
MUST_USE int ceremony_announce(const struct ceremony *y, const char *title,
                               struct err *e);
/* Makes them all, or leaves none: whoever mistypes the last of six passphrases
 * begins again with the first, and nobody is given a key that counts nowhere.
 */
MUST_USE int ceremony_make(struct ceremony *y, struct err *e);
/* Removes the key files that were made, before anything names them. */
void ceremony_unmake(struct ceremony *y);

/* Pointers to a ring's keys; the caller frees. */
struct keyring_key **ceremony_signers(struct ceremony_role *r);
/* "roles":[{role, online, threshold, keys: [{keyid, label, file}]}] */
void ceremony_write(struct jw *w, const struct ceremony *y);

#endif
