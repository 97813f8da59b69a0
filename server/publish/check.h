/*
 * What a publish asks of the files that came, beside the gate: each of them
 * has a place, none says something new under an old number, and what this
 * server has published so far stays true.
 *
 * The last two ask the store: on the scribe's thread alone.
 */
#ifndef SERVER_PUBLISH_CHECK_H
#define SERVER_PUBLISH_CHECK_H

#include "server/fleet/fleet.h"

/* The setting that names the repository this server publishes. */
#define PUBLISH_SETTING_REPO "repo"

/* What is published now (NULL: nothing) and what came, in one list of borrowed
 * files; the caller frees the list. */
struct file **publish_check_overlay(const struct set *s,
                                    struct file *const *files, size_t n,
                                    size_t *out_n);
/* Only what a set is made of may come from outside: code "online_role". */
MUST_USE int publish_check_names(struct file *const *files, size_t n,
                                 struct err *e);
/* One (role, version) has one content for ever: code "reissued". */
MUST_USE int publish_check_reissue(struct file *const *all, size_t n,
                                   struct err *e);
/* Codes "unknown_role", "rollback". */
MUST_USE int publish_check_used(const struct set *s, struct file *const *files,
                                size_t n, struct err *e);
/* A version so far above the published one that numbers would run out for
 * whoever gets the role's next keys: code "version_far". `before` may be NULL.
 */
MUST_USE int publish_check_far(const struct set *s, const struct set *before,
                               struct err *e);
/* Another repository than ever before: code "other_repo". */
MUST_USE int publish_check_repo(struct fleet *f, const struct set *s,
                                struct err *e);
/* A key that came back to a role, however deep (lib/catalog/history.h). Nothing
 * to ask of what `before`, which may be NULL, has too. */
MUST_USE int publish_check_history(struct fleet *f, const struct set *s,
                                   const struct set *before, struct err *e);

#endif
