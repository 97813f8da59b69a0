/*
 * A device's fixed place for one release (trust.md, Bucket). Frozen: fielded
 * devices compute it too. Salted by the release's own hash, so nobody can
 * re-salt it and choose who comes first.
 */
#ifndef LIB_ROLLOUT_BUCKET_H
#define LIB_ROLLOUT_BUCKET_H

#include <stdint.h>

#define MEMBER_SIZE 12 /* 11 base64url characters and the NUL */

/* floor(be32(SHA-256("pawl-bucket/1" 00 release-hex 00 id-hex)) × 10^6 /
 * 2^32), in [0, 10^6). In when below the share: a share that grows never
 * loses a device. */
uint32_t bucket_of(const char *release_sha256, const char *device_id);

/* How lists name a device without naming it: the first 8 bytes of
 * SHA-256("pawl-member/1" 00 release-hex 00 id-hex), base64url. */
void bucket_member(char out[MEMBER_SIZE], const char *release_sha256,
                   const char *device_id);

#endif
