/*
 * Firmware images that signed metadata lists, or once listed. A target path
 * stands for the same bytes for ever.
 */
#ifndef SERVER_STORE_RELEASES_H
#define SERVER_STORE_RELEASES_H

#include "lib/base/buf.h"
#include "lib/rollout/fw.h"
#include "server/store/store.h"

struct release_row {
	char product[PRODUCT_MAX_LEN + 1];
	char version[SEMVER_MAX_LEN + 1];
	char path[TARGET_MAX_LEN + 1];
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	int64_t published_ms;
	const char *custom; /* as canon_to_json() has it */
};

/* Fine when the path is there with the same bytes and custom (it is listed
 * again if it was retired); ERR_CONFLICT, code "path_reused", otherwise. */
MUST_USE int releases_add(struct store *s, const struct release_row *r,
                          struct err *e);
/* The metadata ceased to list it. */
MUST_USE int releases_retire(struct store *s, const char *path, int64_t at_ms,
                             struct err *e);

#endif
