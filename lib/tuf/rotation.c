#include "config.h"

#include "lib/tuf/rotation.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/tuf/envelope.h"

#include <string.h>

#define NO_ROOT "none"

static int name_root(char out[SHA256_HEX_SIZE], const char *dir, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(dir, "root.json");
	SCOPED(buf_fini)
	struct buf root = BUF_INIT(TUF_ROOT_MAX);
	struct err why = {0};

	memcpy(out, NO_ROOT, sizeof(NO_ROOT));
	if (fs_read(&root, path, &why) == 0) {
		hash_sha256_hex(out, buf_str(&root), root.len);
		return 0;
	}
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	if (e != NULL)
		*e = why;
	return -1;
}

int rotation_begin(const char *dir, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(dir, ROTATION_NAME);
	char old[SHA256_HEX_SIZE];

	return name_root(old, dir, e) != 0
	               ? -1
	               : fs_write(path, old, strlen(old), 0600, e);
}

/* Did the root that was to come take the place of this one? One that can not
 * be read any more says nothing for the anchors. */
static int came(bool *out, const char *dir, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf old = BUF_INIT(SHA256_HEX_SIZE);
	char now[SHA256_HEX_SIZE];

	*out = true;
	if (fs_read(&old, path, NULL) != 0)
		return 0;
	if (name_root(now, dir, e) != 0)
		return -1;
	*out = strcmp(buf_str(&old), now) != 0;
	return 0;
}

int rotation_end(const char *dir, struct err *e)
{
	static const char *const anchors[] = {"snapshot.json",
	                                      "timestamp.json"};
	SCOPED(free)
	char *path = fs_join(dir, ROTATION_NAME);
	bool drop;

	if (!fs_exists(path))
		return 0;
	if (came(&drop, dir, path, e) != 0)
		return -1;
	for (size_t i = 0; drop && i < ARRAY_LEN(anchors); i++) {
		SCOPED(free)
		char *anchor = fs_join(dir, anchors[i]);

		if (fs_exists(anchor) && fs_remove(anchor, e) != 0)
			return -1;
	}
	/* They are gone for good before what says so is. */
	if (fs_sync_dir_of(path, e) != 0 || fs_remove(path, e) != 0)
		return -1;
	return fs_sync_dir_of(path, e);
}
