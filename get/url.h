/*
 * Where a repository's files are, below a base URL somebody gave us.
 */
#ifndef GET_URL_H
#define GET_URL_H

#include "lib/tuf/targets.h"

#include <stdbool.h>

/* base and path with one slash between them; the caller frees. */
char *url_join(const char *base, const char *path);

/* Of a target: <dir>/<hash>.<name> where the repository has consistent
 * snapshots (TUF 5.7.3), else its path; percent-encoded, slashes kept, so that
 * a server that decodes sees the path as it was signed. */
char *url_of_target(const char *base, const struct tuf_target *t,
                    bool consistent_snapshot);

#endif
