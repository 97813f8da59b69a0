/*
 * A firmware image into a slot, in bounded requests: bound to one sha256 and
 * length from the first byte, hashed as it streams, resumed after a cut by
 * hashing again what the slot holds. A server that offers other bytes is
 * refused and what it gave is dropped.
 *
 * Codes of refusals: transport_length, transport_hash, transport_missing:
 * somebody on the way, not this device, is at fault.
 */
#ifndef DEVICE_DOWNLOAD_H
#define DEVICE_DOWNLOAD_H

#include "device/slots.h"
#include "net/net.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes asked for in one request: a step of the agent. */
#define DOWNLOAD_CHUNK_BYTES ((int64_t)1 << 20)

struct download {
	const struct slots *slots;
	int slot;
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	int64_t done; /* bytes in the slot, hashed */
	struct hash *hash;
};

/* Goes on where the slot ends. The caller vouches that the slot was last
 * erased for this sha256; download_finish() finds out. */
MUST_USE int download_begin(struct download *d, const struct slots *slots,
                            int slot, const char *sha256, int64_t length,
                            struct err *e);
void download_fini(struct download *d);
DEFINE_SCOPED_PLACE(download_fini, struct download)

bool download_is_whole(const struct download *d);
/* One request for at most chunk_bytes more. What arrived before a failure
 * stays, unless the server was refused: then the slot is empty again.
 * ERR_BUSY with *retry_after_s (or -1) for 429 and 5xx. */
MUST_USE int download_step(struct download *d, const struct net_door *net,
                           const char *url, int64_t chunk_bytes,
                           int64_t *retry_after_s, struct err *e);
/* All bytes are there: they are the right ones, or the slot is empty again
 * and the code is "transport_hash". Ends the download. */
MUST_USE int download_finish(struct download *d, struct err *e);

#endif
