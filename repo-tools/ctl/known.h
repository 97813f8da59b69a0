/*
 * What a server has of a folder already, told by the snapshot it serves: a
 * role file of the same version and sha256 was published, and so were the
 * targets it lists. Only a saving of questions: nothing is believed but that
 * these bytes need not be sent, and the server checks what is left as ever.
 */
#ifndef REPO_TOOLS_CTL_KNOWN_H
#define REPO_TOOLS_CTL_KNOWN_H

#include "repo-tools/ctl/api.h"
#include "repo-tools/ctl/folder.h"

/* Below this many target files it is quicker to ask for each. */
#define CTL_KNOWN_MIN ((size_t)64)

/* Takes role files that are published, and what they list, out of a folder
 * that lists many targets. Roots stay. A server that publishes nothing yet, or
 * answers what cannot be read, has nothing. */
void ctl_known_drop(struct ctl_folder *f, struct ctl_api *api);

#endif
