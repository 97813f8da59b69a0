/*
 * Lists of names from an option: "--hw a7,b2".
 */
#ifndef REPO_TOOLS_FOLDER_NAMES_H
#define REPO_TOOLS_FOLDER_NAMES_H

#include "cli/cli.h"
#include "lib/rollout/words.h"

/* Up to WORDS_MAX different names; `star` lets the single "*" stand for all.
 * Empty when the option was not given. ERR_USAGE. */
MUST_USE int names_read(struct words *out, const struct cli *c,
                        const char *option, bool star, struct err *e);
/* "HW/REGION,…"; the caller frees *out. */
MUST_USE int names_read_cells(struct cell **out, size_t *n, const struct cli *c,
                              const char *option, struct err *e);

#endif
