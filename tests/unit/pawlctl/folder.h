/*
 * A small repository folder on disk, as pawl-repo would leave it, without
 * signatures: two roots, targets, and releases.coat of which version 2 lists
 * two firmware files, "new" (fw/coat/2_a.bin) and "old" (fw/coat/1_a.bin).
 */
#ifndef TESTS_UNIT_PAWLCTL_FOLDER_H
#define TESTS_UNIT_PAWLCTL_FOLDER_H

#include "lib/crypto/hash.h"

struct folder {
	const char *dir;
	char old_sha256[SHA256_HEX_SIZE], new_sha256[SHA256_HEX_SIZE];
	/* "/v1/admin/blobs/SHA256" of each. */
	const char *old_url, *new_url;
	/* What a server says that has them. */
	const char *old_blob, *new_blob;
};

void folder_make(struct folder *f);
/* Writes dir/path with what folders it needs. */
void folder_put(const struct folder *f, const char *path, const char *text);
/* metadata/N.ROLE.json with this "targets" object, or NULL for none. */
void folder_put_role(const struct folder *f, int version, const char *role,
                     const char *targets);

#define FOLDER_OLD "the old firmware"
#define FOLDER_NEW "the new firmware, somewhat longer"

#endif
