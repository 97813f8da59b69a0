/*
 * Asking a person: a yes or no, and a passphrase that is not shown while it is
 * typed. Only for a world that is interactive; elsewhere the refusal names
 * the option that answers instead.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "cli/cli.h"

#define PASSPHRASE_MAX 1024

/* A passphrase in memory; wiped when it ends. */
struct passphrase {
	char text[PASSPHRASE_MAX + 1];
};

void passphrase_fini(struct passphrase *p);
DEFINE_SCOPED_PLACE(passphrase_fini, struct passphrase)

/* The first line of a file that nobody else can read (code "insecure_mode");
 * an empty one is refused. */
MUST_USE int passphrase_read(struct passphrase *out, const char *path,
                             struct err *e);

/* Prompts "question: "; `twice` asks again and compares (a new passphrase).
 * `instead` is the option to name when nobody can be asked. */
MUST_USE int prompt_passphrase(struct passphrase *out,
                               const struct cli_world *w, const char *question,
                               bool twice, const char *instead, struct err *e);

/* Goes on (0) when the answer is yes, or when nobody can be asked; -1 with
 * code "declined" otherwise. */
MUST_USE int prompt_confirm(const struct cli_world *w, const char *question,
                            struct err *e);

#endif
