/*
 * The publish gate's second half: nothing becomes visible that other people's
 * clients would refuse, in the words of the rule it breaks (lib/lint). What
 * was looked at when it came is not read again, only weighed: sizes of all
 * files count towards a client's limits.
 *
 * The scribe's thread; halts and re-signing do not wait for it.
 */
#ifndef SERVER_REPO_GATE_LINT_H
#define SERVER_REPO_GATE_LINT_H

#include "lib/lint/lint.h"
#include "server/repo/view.h"

/* Files that came, before anything else reads them. current may be NULL. */
void gate_lint_files(struct lint *l, struct file *const *files, size_t n,
                     const struct view *current);
/* All that would be visible; those files were given before. */
void gate_lint_view(struct lint *l, const struct view *candidate,
                    const struct view *current);

/* Codes of warnings that an operator lives with. */
#define GATE_ACCEPT_MAX 32
struct gate_accept {
	char *text;
	const char *codes[GATE_ACCEPT_MAX + 1]; /* NULL-ended */
};

/* From "overlap,bins_prefix". ERR_INVALID for what is no warning's code. */
MUST_USE int gate_accept_init(struct gate_accept *a, const char *list,
                              struct err *e);
void gate_accept_fini(struct gate_accept *a);

#endif
