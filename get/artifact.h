/*
 * One target file from a server into a folder (TUF 5.7): never more bytes
 * than are signed, all listed hashes, in place only when it is whole.
 *
 * The file is <folder>/<get_name() of its path>. What has arrived so far is
 * beside it in a hidden file whose name has the hash: a later call goes on
 * from there by Range, also after a kill or a power cut, and another version
 * of the target begins anew. Several processes may ask for the same file; the
 * second waits and finds it there.
 */
#ifndef GET_ARTIFACT_H
#define GET_ARTIFACT_H

#include "lib/tuf/targets.h"
#include "net/net.h"

#include <stdbool.h>

struct artifact {
	const struct tuf_target *target; /* vouched for; has a hash we know */
	const char *dir;
	const char *url;
};

/* The path of the file, in fresh memory that the caller frees. *cached says
 * that it was there already and nothing was asked for. Codes of refusals:
 * "missing", "mismatch" (length or hash), and of the net. */
MUST_USE int artifact_get(char **out_path, bool *cached,
                          const struct artifact *a, const struct net_door *net,
                          struct err *e);

#endif
