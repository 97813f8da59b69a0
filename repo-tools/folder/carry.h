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
 * delegator's. It will be complete with that. As soon as something else is
 * staged nobody could read the folder, so whoever changes or removes the draft
 * removes this file first (stage_drop_early()). */
bool carry_is_early(const struct workspace *ws, const struct workspace_role *r);

#endif
