/*
 * What a device is told when it is made, and by nobody afterwards (trust.md
 * check 9): who it is, where it belongs, whose root it trusts, what image it
 * left the factory with. No answer of a server changes any of it.
 *
 * A JSON file; readable by others only when it holds no token.
 */
#ifndef DEVICE_PROVISION_H
#define DEVICE_PROVISION_H

#include "lib/base/buf.h"
#include "lib/base/semver.h"
#include "lib/crypto/hash.h"
#include "lib/rollout/words.h"

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_ID_SIZE 33 /* 128 bits in hex, and the NUL */
#define DEVICE_TOKEN_MAX 256
#define PROVISION_BYTES_MAX 16384

/* The image in the first slot when the device leaves the factory. */
struct provision_image {
	char *file; /* path; NULL: none, for decisions alone */
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	char version[SEMVER_MAX_LEN + 1];
	uint32_t counter;
	int64_t built_s;
};

struct provision {
	char id[DEVICE_ID_SIZE];
	char label[65]; /* for people; never sent */
	char product[PRODUCT_MAX_LEN + 1];
	word hw, region, channel;
	char repo[REPO_ID_SIZE];
	char *root;   /* path of the pinned root.json */
	char *server; /* URL without a slash at its end; NULL: none */
	/* At most one: to enrol with, or already the device's own. */
	char *batch_token, *device_token;
	bool has_clock;       /* "clock": "rtc" or "none" */
	int32_t utc_offset_s; /* local time, for windows */
	int64_t poll_min_s;   /* check 7; default 30 */
	int64_t slot_bytes;   /* size of a slot; -1: not limited */
	struct provision_image image;
};

/* Relative paths in it are meant from the folder the file is in. */
MUST_USE int provision_load(struct provision *out, const char *path,
                            struct err *e);
MUST_USE int provision_parse(struct provision *out, const char *name,
                             const char *folder, const void *bytes, size_t len,
                             struct err *e);
void provision_fini(struct provision *p);
DEFINE_SCOPED_PLACE(provision_fini, struct provision)
/* The file's bytes, for whoever makes devices. */
MUST_USE int provision_write(struct buf *out, const struct provision *p,
                             struct err *e);

#endif
