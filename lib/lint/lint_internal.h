/*
 * What lint.c and the checks share. Nobody else includes this.
 */
#ifndef LIB_LINT_LINT_INTERNAL_H
#define LIB_LINT_LINT_INTERNAL_H

#include "lib/lint/lint.h"
#include "lib/lint/raw.h"

/* The file a check looks at. */
struct lint_page {
	struct lint *l;
	const char *role;
	enum tuf_type type;
	int64_t version;             /* of its name; 0: none */
	bool is_unchanged;           /* its signatures and their keys, too */
	const struct raw_node *root; /* the whole */
	const struct raw_node *body; /* its "signed", an object */
};

/* A finding at a place; node may be NULL. */
void lint_note(struct lint *l, enum lint_id id, const struct raw_node *node,
               const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* lint_text.c: every node. */
void lint_check_text(const struct lint_page *p, const struct raw_node *n);
/* lint_keys.c */
void lint_check_keys(const struct lint_page *p, const struct raw_node *keys);
void lint_check_signatures(const struct lint_page *p);
/* keyids and threshold of a role. */
void lint_check_quorum(const struct lint_page *p, const struct raw_node *role,
                       const struct raw_node *keys);
/* lint_rsa.c */
void lint_note_rsa_key(const struct lint_page *p, const struct raw_node *key);
/* Needs the body. */
void lint_note_signatures(const struct lint_page *p);
void lint_check_rsa(struct lint *l);
/* lint_fields.c */
void lint_check_head(const struct lint_page *p);
void lint_check_root(const struct lint_page *p);
void lint_check_meta(const struct lint_page *p);
void lint_check_hashes(const struct lint_page *p, const struct raw_node *owner,
                       bool is_target);
/* Members that the NULL-ended list does not name. */
void lint_check_known(const struct lint_page *p, const struct raw_node *obj,
                      const char *const *names);
/* lint_targets.c */
void lint_check_targets(const struct lint_page *p);
/* lint_patterns.c: between the delegations of one file. */
void lint_check_overlaps(const struct lint_page *p,
                         const struct raw_node *roles);
/* Some text matches both patterns. */
bool lint_patterns_meet(const struct raw_text *a, const struct raw_text *b,
                        bool star_crosses);

/* The member when it is an object or an array; else a finding of the rule
 * `shape`, and NULL. */
const struct raw_node *lint_need(const struct lint_page *p,
                                 const struct raw_node *obj, const char *key,
                                 enum raw_type type);

#endif
