/*
 * What the fleet runs, each image once, and how many devices run it. The place
 * of an image that the last device left is given to the next one: devices say
 * what they run, and one that makes images up takes no place from another. So
 * there are never more places than devices.
 *
 * The number of an image is its own: when its place was given to another, the
 * old number finds nothing, never the other.
 *
 * Not locked: it belongs to the index (server/roster/index.h), or to a census.
 */
#ifndef SERVER_ROSTER_IMAGES_H
#define SERVER_ROSTER_IMAGES_H

#include "lib/base/semver.h"
#include "lib/crypto/hash.h"

#include <stddef.h>
#include <stdint.h>

/* What a device runs. */
struct image {
	char sha256[SHA256_HEX_SIZE];
	char version[SEMVER_MAX_LEN + 1];
};

#define IMAGE_NONE UINT64_MAX

struct image_place {
	struct image image; /* zeroed behind its texts: compared whole */
	uint32_t serial;    /* of the image, the upper half of its number */
	uint32_t devices;   /* 0: free */
	uint32_t next;      /* in its row or among the free ones, place + 1 */
};

struct images {
	const uint8_t *secret; /* images are chosen by devices */
	struct image_place *items;
	size_t len, cap;
	uint32_t *rows; /* the first place of each, + 1 */
	size_t n_rows;  /* power of two */
	uint32_t free;  /* the first free place, + 1 */
	uint32_t serial;
};

/* The secret, of HASH_SECRET_SIZE, stays the caller's and outlives it. */
void images_init(struct images *t, const uint8_t *secret);
void images_fini(struct images *t);

/* The number for one device more that runs it. */
uint64_t images_enter(struct images *t, const char *sha256,
                      const char *version);
/* One device less runs it; nothing for IMAGE_NONE. */
void images_leave(struct images *t, uint64_t number);

/* NULL for IMAGE_NONE, and for one that nobody runs any more. */
const struct image *images_find(const struct images *t, uint64_t number);

#endif
