#include "config.h"

#include "repo-tools/ctl/known.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <string.h>

/* The "meta" of a timestamp or snapshot the server serves. */
static int read_meta(struct js_at *meta, struct js_at *signed_at,
                     struct ctl_answer *a, struct ctl_api *api,
                     const char *path)
{
	return ctl_api_get(api, a, path, NULL) == 0 &&
	                       js_get(signed_at, &a->root, "signed", NULL) ==
	                               0 &&
	                       js_is_object(signed_at, NULL) == 0 &&
	                       js_get(meta, signed_at, "meta", NULL) == 0 &&
	                       js_is_object(meta, NULL) == 0
	               ? 0
	               : -1;
}

static int64_t snapshot_version(struct ctl_api *api)
{
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	struct js_at signed_at, meta, entry;
	int64_t version;

	if (read_meta(&meta, &signed_at, &a, api, "/metadata/timestamp.json") !=
	            0 ||
	    js_get(&entry, &meta, "snapshot.json", NULL) != 0 ||
	    js_is_object(&entry, NULL) != 0 ||
	    js_get_int(&version, &entry, "version", 1, NUM_JSON_MAX, NULL) != 0)
		return 0;
	return version;
}

static bool is_listed(const struct js_at *meta,
                      const struct ctl_folder_file *file)
{
	SCOPED(free)
	char *name = xasprintf("%s.json", file->role);
	uint8_t want[SHA256_SIZE], have[SHA256_SIZE];
	struct js_at entry, hashes;
	int64_t version;

	hash_sha256(have, buf_str(&file->text), file->text.len);
	return js_get(&entry, meta, name, NULL) == 0 &&
	       js_is_object(&entry, NULL) == 0 &&
	       js_get_int(&version, &entry, "version", 1, NUM_JSON_MAX, NULL) ==
	               0 &&
	       version == file->version &&
	       js_get(&hashes, &entry, "hashes", NULL) == 0 &&
	       js_is_object(&hashes, NULL) == 0 &&
	       js_get_hex(want, sizeof(want), &hashes, "sha256", NULL) == 0 &&
	       hash_equal(want, have, sizeof(have));
}

void ctl_known_drop(struct ctl_folder *f, struct ctl_api *api)
{
	SCOPED(free)
	char *path = NULL;
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	SCOPED(strmap_fini)
	struct strmap known = {0};
	struct js_at signed_at, meta;
	int64_t version;

	if (f->blobs.len < CTL_KNOWN_MIN)
		return;
	version = snapshot_version(api);
	path = xasprintf("/metadata/%" PRId64 ".snapshot.json", version);
	if (version == 0 || read_meta(&meta, &signed_at, &a, api, path) != 0)
		return;
	for (size_t i = 0; i < f->files.len; i++)
		if (strcmp(f->files.items[i].role, "root") != 0 &&
		    is_listed(&meta, &f->files.items[i]))
			strmap_put(&known, f->files.items[i].role, 1);
	ctl_folder_drop(f, &known);
}
