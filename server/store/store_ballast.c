#include "config.h"

#include "server/store/store_ballast.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"

bool store_ballast_is_held(const char *path)
{
	int64_t size = 0;

	return fs_size(&size, path, NULL) == 0 && size == STORE_BALLAST_BYTES;
}

int store_ballast_make(const char *path, struct err *e)
{
	SCOPED(free)
	uint8_t *bytes = NULL;
	struct rng_seeded noise;

	if (store_ballast_is_held(path))
		return 0;
	if (fs_remove(path, e) != 0) /* cut short by a crash */
		return -1;
	/* Noise, so that a file system that compresses keeps the room too. */
	rng_seeded_init(&noise, 1);
	bytes = xmalloc((size_t)STORE_BALLAST_BYTES);
	rng_fill(&noise.rng, bytes, (size_t)STORE_BALLAST_BYTES);
	return fs_create(path, bytes, (size_t)STORE_BALLAST_BYTES, 0600, e);
}

int store_ballast_release(const char *path, struct err *e)
{
	return fs_remove(path, e);
}
