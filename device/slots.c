#include "config.h"

#include "device/slots.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)1 << 16)

void slots_init(struct slots *s, const char *dir)
{
	s->path[0] = fs_join(dir, "slot.0");
	s->path[1] = fs_join(dir, "slot.1");
}

void slots_fini(struct slots *s)
{
	free(s->path[0]);
	free(s->path[1]);
	*s = (struct slots){0};
}

const char *slots_path(const struct slots *s, int slot)
{
	return s->path[slot];
}

static int open_slot(const struct slots *s, int slot, int flags, struct err *e)
{
	int fd = open(s->path[slot], flags | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(e, errno, "%s", s->path[slot]);
	return fd;
}

int slots_size(int64_t *out, const struct slots *s, int slot, struct err *e)
{
	*out = 0;
	return fs_exists(s->path[slot]) ? fs_size(out, s->path[slot], e) : 0;
}

int slots_erase(const struct slots *s, int slot, struct err *e)
{
	SCOPED(close)
	int fd = open_slot(s, slot, O_WRONLY | O_CREAT | O_TRUNC, e);

	if (fd < 0 || fs_sync(fd, s->path[slot], e) != 0)
		return -1;
	/* Also one that is there: who made it may have been killed before its
	 * name was flushed. */
	return fs_sync_dir_of(s->path[slot], e);
}

int slots_write(const struct slots *s, int slot, int64_t offset,
                const void *bytes, size_t n, struct err *e)
{
	SCOPED(close)
	int fd = open_slot(s, slot, O_WRONLY, e);

	if (fd < 0)
		return -1;
	if (lseek(fd, offset, SEEK_SET) != offset)
		return err_errno(e, errno, "%s: seek to %" PRId64,
		                 s->path[slot], offset);
	return fs_write_all(fd, bytes, n, s->path[slot], e);
}

int slots_sync(const struct slots *s, int slot, struct err *e)
{
	SCOPED(close)
	int fd = open_slot(s, slot, O_RDONLY, e);

	if (fd < 0 || fs_sync(fd, s->path[slot], e) != 0)
		return -1;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return 0;
}

int slots_hash(struct hash *h, const struct slots *s, int slot, int64_t length,
               struct err *e)
{
	SCOPED(close)
	int fd = open_slot(s, slot, O_RDONLY, e);
	SCOPED(free)
	char *chunk = xmalloc(CHUNK_BYTES);
	ssize_t n;

	if (fd < 0)
		return -1;
	for (int64_t left = length; left > 0; left -= n) {
		size_t want = left < (int64_t)CHUNK_BYTES ? (size_t)left
		                                          : CHUNK_BYTES;

		do
			n = read(fd, chunk, want);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return err_errno(e, errno, "%s: read", s->path[slot]);
		if (n == 0)
			return err_code(e, ERR_UNTRUSTED, "slot_hash",
			                "%s: ends %" PRId64
			                " bytes before %" PRId64,
			                s->path[slot], left, length);
		hash_update(h, chunk, (size_t)n);
	}
	return 0;
}

int slots_check(const struct slots *s, int slot, const char *sha256,
                int64_t length, struct err *e)
{
	SCOPED(hash_free)
	struct hash *h = hash_new(HASH_SHA256);
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	int64_t size;

	if (slots_size(&size, s, slot, e) != 0)
		return -1;
	if (size != length)
		return err_code(e, ERR_UNTRUSTED, "slot_hash",
		                "%s: has %" PRId64 " bytes, %" PRId64
		                " are needed",
		                s->path[slot], size, length);
	if (slots_hash(h, s, slot, length, e) != 0)
		return -1;
	hash_final(h, digest);
	hex_encode(hex, digest, sizeof(digest));
	if (strcmp(hex, sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "slot_hash",
		                "%s: sha256 is %s, %s is needed", s->path[slot],
		                hex, sha256);
	return 0;
}

int slots_fill(const struct slots *s, int slot, const char *path, struct err *e)
{
	SCOPED(free)
	char *chunk = xmalloc(CHUNK_BYTES);
	SCOPED(close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t offset = 0;
	ssize_t n;

	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	if (slots_erase(s, slot, e) != 0)
		return -1;
	while ((n = read(fd, chunk, CHUNK_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s: read", path);
		if (slots_write(s, slot, offset, chunk, (size_t)n, e) != 0)
			return -1;
		offset += n;
	}
	return slots_sync(s, slot, e);
}
