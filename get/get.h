/*
 * What pawl-get does, without its command line: the client workflow of
 * lib/tuf/trust.h between a network and a store (get/store.h), and target
 * files into a folder (get/artifact.h).
 */
#ifndef GET_GET_H
#define GET_GET_H

#include "lib/base/clock.h"
#include "net/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct get {
	const char *metadata_dir;
	const char *metadata_url;
	const char *target_dir, *target_url; /* for get_download() */
	const struct net_door *net;
	const struct clock *clock; /* looked at once (TUF 5.1) */
	/* Told of each file that is in place; NULL: nobody listens. */
	void (*arrived)(void *ctx, const char *target, const char *file,
	                bool cached);
	void *ctx;
};

/* The versions trusted after a refresh. */
struct get_versions {
	int64_t root, timestamp, snapshot, targets;
};

/* TUF 5.3 to 5.6. What was accepted before a refusal stays. */
MUST_USE int get_refresh(struct get_versions *out, const struct get *g,
                         struct err *e);

/* A refresh, then each target in this order; the first refusal ends it and
 * what came before stays. ERR_NOT_FOUND when no role lists one. */
MUST_USE int get_download(const struct get *g, const char *const *targets,
                          size_t n, struct err *e);

#endif
