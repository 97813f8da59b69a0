#include "config.h"

#include "lib/rollout/bucket.h"

#include "lib/base/hex.h"
#include "lib/crypto/hash.h"

#include <string.h>

#define MEMBER_BYTES 8

/* A release hash is 64 digits, a device id 32; both are cut here rather than
 * trusted. */
#define PART_MAX 64

/* SHA-256(label 00 release 00 id). */
static void digest(uint8_t out[SHA256_SIZE], const char *label,
                   const char *release, const char *id)
{
	const char *parts[] = {label, release, id};
	char bytes[3 * (PART_MAX + 1)];
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		size_t len = strnlen(parts[i], PART_MAX);

		if (i > 0)
			bytes[n++] = '\0';
		memcpy(bytes + n, parts[i], len);
		n += len;
	}
	hash_sha256(out, bytes, n);
}

uint32_t bucket_of(const char *release_sha256, const char *device_id)
{
	uint8_t d[SHA256_SIZE];
	uint64_t be32;

	digest(d, "pawl-bucket/1", release_sha256, device_id);
	be32 = (uint64_t)d[0] << 24 | (uint64_t)d[1] << 16 |
	       (uint64_t)d[2] << 8 | d[3];
	return (uint32_t)(be32 * 1000000 >> 32);
}

void bucket_member(char out[MEMBER_SIZE], const char *release_sha256,
                   const char *device_id)
{
	uint8_t d[SHA256_SIZE];

	digest(d, "pawl-member/1", release_sha256, device_id);
	base64url_encode(out, d, MEMBER_BYTES);
}
