/*
 * When a role's keys change, what it signed before may have too few
 * signatures of the keys that are left: clients would refuse the repository.
 * So the new keys and what they sign become complete together, or neither.
 */
#ifndef REPO_TOOLS_FOLDER_CARRY_H
#define REPO_TOOLS_FOLDER_CARRY_H

#include "repo-tools/folder/workspace.h"

/* With all roles on trial taken for complete: is every other complete file
 * still vouched for by its delegator? Code "not_carried". A role that nobody
 * delegates to any more needs nobody. */
MUST_USE int carry_check(const struct workspace *ws, struct err *e);

/* While the roles are read: r->current is not vouched for, but the same bytes
 * are still staged, so a promotion of several files was killed before the
 * delegator's. It will be complete with that. */
bool carry_is_early(const struct workspace *ws, const struct workspace_role *r);

/* Removes the files whose time has not come, also for a power cut: as soon as
 * one of them was staged in other bytes, or no more, nobody could read the
 * folder. Whoever changes a folder begins with this, before that promotion;
 * all of it is staged still. */
MUST_USE int carry_undo(struct workspace *ws, struct err *e);

#endif
