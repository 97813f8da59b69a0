/*
 * Key files as the ceremonies use them: found in a folder, bound to one
 * repository and role, opened with a passphrase from a file or a person.
 *
 * Secrets live in lib/crypto's locked memory and in a struct passphrase,
 * nowhere else.
 */
#ifndef REPO_TOOLS_FOLDER_KEYRING_H
#define REPO_TOOLS_FOLDER_KEYRING_H

#include "cli/cli.h"
#include "cli/prompt.h"
#include "lib/crypto/secretfile.h"

struct keyring_key {
	char *path;
	struct secretfile_info info;
	struct key_secret *secret; /* NULL until keyring_open() */
};

struct keyring {
	struct keyring_key *items;
	size_t len, cap;
};

void keyring_fini(struct keyring *r);
DEFINE_SCOPED_PLACE(keyring_fini, struct keyring)

/* Reads what a key file says without its passphrase. A file that others can
 * touch, or a symbolic link, is refused. */
MUST_USE int keyring_add(struct keyring *r, const char *path, struct err *e);
/* Every *.key of a folder, in byte order; a folder that is not there has
 * none. The first file that is refused refuses all. */
MUST_USE int keyring_add_dir(struct keyring *r, const char *dir, struct err *e);

/* Passphrases to try: those of --passphrase-file (which may be repeated), or
 * a prompt for each key. */
struct passphrases {
	const struct cli *cli;
	struct passphrase *given;
	size_t n_given;
};
MUST_USE int passphrases_init(struct passphrases *p, const struct cli *c,
                              const char *option, struct err *e);
void passphrases_fini(struct passphrases *p);
DEFINE_SCOPED_PLACE(passphrases_fini, struct passphrases)
/* A passphrase for the i-th of new keys: the i-th given, from the first again
 * when there are fewer, or asked twice. */
MUST_USE int passphrases_for_new(struct passphrase *out,
                                 const struct passphrases *p, size_t i,
                                 const char *question, const char *option,
                                 struct err *e);

/* Makes k->secret; nothing to do when it is open already. */
MUST_USE int keyring_open(struct keyring_key *k, const struct passphrases *p,
                          struct err *e);

/* --kdf default|light. */
MUST_USE int keyring_cost(const struct secretfile_cost **out,
                          const struct cli *c, struct err *e);

/* A new key file that is to be made. */
struct keyring_wish {
	const char *dir;
	const char *repo, *role, *label;
	enum key_scheme type;
	bool numbered; /* role.1.key, role.2.key, … else role.key */
	bool by_id;    /* role.0123abcd.key: never the name of another one */
	const char *passphrase; /* NULL: in the clear */
	const struct secretfile_cost *cost;
};
/* Makes it and adds it, opened, to the ring. */
MUST_USE int keyring_make(struct keyring *r, const struct keyring_wish *wish,
                          struct rng *rng, struct err *e);

#endif
