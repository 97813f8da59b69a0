#include "config.h"

#include "get/digest.h"

#include "lib/base/hex.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *listed(const struct digest *d, int alg)
{
	if (alg == HASH_SHA512)
		return d->target->sha512;
	return d->target->sha256[0] != '\0' ? d->target->sha256 : NULL;
}

void digest_init(struct digest *d, const struct tuf_target *t)
{
	d->target = t;
	for (int i = HASH_SHA256; i <= HASH_SHA512; i++)
		d->hashes[i] = listed(d, i) != NULL ? hash_new((enum hash_alg)i)
		                                    : NULL;
}

void digest_fini(struct digest *d)
{
	for (int i = HASH_SHA256; i <= HASH_SHA512; i++) {
		hash_free(d->hashes[i]);
		d->hashes[i] = NULL;
	}
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
	for (int i = HASH_SHA256; i <= HASH_SHA512; i++)
		if (d->hashes[i] != NULL)
			hash_update(d->hashes[i], bytes, n);
}

int digest_add_file(struct digest *d, int fd, int64_t n, const char *path,
                    struct err *e)
{
	char chunk[65536];

	while (n > 0) {
		size_t want =
			n < (int64_t)sizeof(chunk) ? (size_t)n : sizeof(chunk);
		ssize_t got = read(fd, chunk, want);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, errno, "%s: read", path);
		if (got == 0)
			return err_set(e, ERR_IO, "%s: became shorter", path);
		digest_add(d, chunk, (size_t)got);
		n -= got;
	}
	return 0;
}

int digest_check(struct digest *d, struct err *e)
{
	bool any = false;

	for (int i = HASH_SHA256; i <= HASH_SHA512; i++) {
		uint8_t raw[HASH_SIZE_MAX];
		char got[2 * HASH_SIZE_MAX + 1];

		if (d->hashes[i] == NULL)
			continue;
		any = true;
		hash_final(d->hashes[i], raw);
		hex_encode(got, raw, hash_size((enum hash_alg)i));
		if (strcmp(got, listed(d, i)) != 0)
			return err_code(e, ERR_UNTRUSTED, "mismatch",
			                "%.200s: %s is %s, %s is signed",
			                d->target->path,
			                i == HASH_SHA512 ? "sha512" : "sha256",
			                got, listed(d, i));
	}
	if (!any)
		return err_code(e, ERR_UNTRUSTED, "unknown_hash",
		                "%.200s: no hash is signed", d->target->path);
	return 0;
}
