/*
 * "state/1": the one file the online rollout key signs (trust.md, Formats).
 * It names plans and says which stage, go or hold, and what is halted;
 * whatever else a device needs stands in bytes the offline keys signed.
 */
#ifndef LIB_ROLLOUT_STATE_DOC_H
#define LIB_ROLLOUT_STATE_DOC_H

#include "lib/crypto/hash.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/words.h"

#define STATE_BYTES_MAX 8192
#define STATE_RULES_MAX 16
#define STATE_EXCLUDE_MAX 64 /* in all rules together */

struct state_rule {
	char plan_path[TARGET_MAX_LEN + 1];
	char plan_sha256[SHA256_HEX_SIZE];
	int stage; /* index into the plan's stages */
	bool hold; /* run: hold */
	struct cell *halted;
	size_t n_halted;
	char (*exclude)[MEMBER_SIZE];
	size_t n_exclude;
	char note[129];
};

struct state_doc {
	struct doc_head head;
	word channel;
	struct state_rule rules[STATE_RULES_MAX];
	size_t n_rules;
};

MUST_USE int state_doc_parse(struct state_doc *out, const char *name,
                             const void *bytes, size_t len, struct err *e);
void state_doc_fini(struct state_doc *s);
DEFINE_SCOPED_PLACE(state_doc_fini, struct state_doc)
/* The state is of this repository, product and channel (trust.md checks 2 and
 * 9); codes wrong_repo, wrong_product, wrong_channel. A reader makes this
 * check before it looks at a rule. */
MUST_USE int state_doc_check(const struct state_doc *s, const char *repo,
                             const char *product, const char *channel,
                             struct err *e);
/* Canonical bytes. A halted list that would not fit collapses to (hw, "*"),
 * then to ("*", "*") (more is halted, never less). */
MUST_USE int state_doc_write(struct buf *out, const struct state_doc *s,
                             struct err *e);
/* Adds to one rule's halted list; "*" spans. */
void state_rule_halt(struct state_rule *r, const char *hw, const char *region);

#endif
