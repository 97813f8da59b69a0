/*
 * What the tests of the device share: a server that is a struct, a device
 * record, and a look at files.
 */
#ifndef TESTS_UNIT_DEVICE_FAKES_H
#define TESTS_UNIT_DEVICE_FAKES_H

#include "device/provision.h"
#include "lib/base/buf.h"
#include "net/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_ID "00112233445566778899aabbccddeeff"
#define FAKE_REPO "ffeeddccbbaa99887766554433221100"

/* A server of one file. */
struct fake_file {
	const char *bytes;
	size_t len;
	bool no_ranges;     /* answers 200 with all of it */
	int64_t claim_from; /* of Content-Range; -1: the truth */
	int64_t claim_total;
	size_t cut_after; /* bytes of one answer, then the line drops; 0: never
	                   */
	size_t extra;     /* bytes beyond what was asked for */
	int status;       /* 0: as it should be */
	int64_t retry_after_s;
	bool unreachable;
	size_t piece; /* bytes given to the sink at once; 0: 1000 */
	/* What happened. */
	int requests;
	size_t sent;
	int64_t last_from, last_to;
};

void fake_file_init(struct fake_file *f, const void *bytes, size_t len);
struct net_door fake_file_door(struct fake_file *f);

/* A record with an image of `len` bytes in test_path("factory.img"), made of
 * the letter c. */
void fake_provision(struct provision *out, char c, size_t len);

/* n bytes that differ from place to place; kept by the test process. */
const char *fake_bytes(size_t n, unsigned seed);
char *fake_content(const char *path);

#endif
