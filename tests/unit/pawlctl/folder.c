#include "config.h"

#include "tests/unit/pawlctl/folder.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <string.h>

void folder_put(const struct folder *f, const char *path, const char *text)
{
	SCOPED(free)
	char *full = xasprintf("%s/%s", f->dir, path);
	SCOPED(free)
	char *parent = xstrdup(full);
	struct err e;

	*strrchr(parent, '/') = '\0';
	ASSERT_OK(fs_mkdirs(parent, 0700, &e));
	ASSERT_OK(fs_write(full, text, strlen(text), 0644, &e));
}

#define DELEGATIONS                                 \
	",\"delegations\":{\"keys\":{},\"roles\":[" \
	"{\"name\":\"releases.coat\"},"             \
	"{\"name\":\"releases.hat\"},"              \
	"{\"name\":\"plans.coat\"}]}"

void folder_put_role(const struct folder *f, int version, const char *role,
                     const char *targets)
{
	SCOPED(free)
	char *path = xasprintf("metadata/%d.%s.json", version, role);
	SCOPED(free)
	char *text =
		xasprintf("{\"signatures\":[],\"signed\":{\"_type\":\"%s\""
	                  "%s%s%s,\"version\":%d}}",
	                  role, strcmp(role, "targets") == 0 ? DELEGATIONS : "",
	                  targets != NULL ? ",\"targets\":" : "",
	                  targets != NULL ? targets : "", version);

	folder_put(f, path, text);
}

static const char *blob(const char *sha256, size_t length)
{
	return test_keep(xasprintf("{\"sha256\":\"%s\",\"length\":%zu}", sha256,
	                           length));
}

static char *entry(const char *path, const char *sha256, size_t length)
{
	return xasprintf("\"%s\":{\"hashes\":{\"sha256\":\"%s\"},\"length\":"
	                 "%zu}",
	                 path, sha256, length);
}

void folder_make(struct folder *f)
{
	f->dir = test_path("repo");
	hash_sha256_hex(f->old_sha256, FOLDER_OLD, strlen(FOLDER_OLD));
	hash_sha256_hex(f->new_sha256, FOLDER_NEW, strlen(FOLDER_NEW));
	f->old_blob = blob(f->old_sha256, strlen(FOLDER_OLD));
	f->new_blob = blob(f->new_sha256, strlen(FOLDER_NEW));
	f->old_url = test_keep(xasprintf("/v1/admin/blobs/%s", f->old_sha256));
	f->new_url = test_keep(xasprintf("/v1/admin/blobs/%s", f->new_sha256));
	SCOPED(free)
	char *old = entry("fw/coat/1_a.bin", f->old_sha256, strlen(FOLDER_OLD));
	SCOPED(free)
	char *new = entry("fw/coat/2_a.bin", f->new_sha256, strlen(FOLDER_NEW));
	SCOPED(free)
	char *first = xasprintf("{%s}", old);
	SCOPED(free)
	char *second = xasprintf("{%s,%s}", old, new);

	folder_put(f, "targets/fw/coat/1_a.bin", FOLDER_OLD);
	folder_put(f, "targets/fw/coat/2_a.bin", FOLDER_NEW);
	folder_put_role(f, 1, "root", NULL);
	folder_put_role(f, 2, "root", NULL);
	folder_put_role(f, 1, "targets", "{}");
	folder_put_role(f, 1, "releases.coat", first);
	folder_put_role(f, 2, "releases.coat", second);
}
