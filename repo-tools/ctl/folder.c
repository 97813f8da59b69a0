#include "config.h"

#include "repo-tools/ctl/folder.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "lib/catalog/bins.h"
#include "lib/json/js.h"
#include "lib/tuf/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_file(struct ctl_folder_file *file)
{
	free(file->name);
	free(file->role);
	buf_fini(&file->text);
}

void ctl_folder_fini(struct ctl_folder *f)
{
	for (size_t i = 0; i < f->files.len; i++)
		free_file(&f->files.items[i]);
	for (size_t i = 0; i < f->blobs.len; i++) {
		free(f->blobs.items[i].target);
		free(f->blobs.items[i].role);
	}
	free(f->files.items);
	free(f->blobs.items);
	strmap_fini(&f->by_role);
	free(f->queue);
	free(f->dir);
}

/* "3.releases.coat.json" → 3 and "releases.coat" in fresh memory; NULL for
 * any other name. */
static char *role_of(int64_t *version, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t len = strlen(name), digits;
	char number[24];

	if (dot == NULL)
		return NULL;
	digits = (size_t)(dot - name);
	if (len < digits + sizeof("..json") || digits >= sizeof(number) ||
	    strcmp(name + len - 5, ".json") != 0)
		return NULL;
	memcpy(number, name, digits);
	number[digits] = '\0';
	if (num_i64(version, number, 1, NUM_JSON_MAX, "version", NULL) != 0)
		return NULL;
	return xasprintf("%.*s", (int)(len - digits - 6), dot + 1);
}

static bool is_online(const char *role)
{
	return strcmp(role, "snapshot") == 0 ||
	       strcmp(role, "timestamp") == 0 ||
	       strncmp(role, "rollout.", 8) == 0;
}

static struct ctl_folder_file *find_role(struct ctl_folder *f, const char *role)
{
	size_t i;

	return strmap_get(&f->by_role, role, &i) ? &f->files.items[i] : NULL;
}

static int note_file(void *ctx, const char *name, struct err *e)
{
	struct ctl_folder *f = ctx;
	struct ctl_folder_file *file = NULL;
	SCOPED(free)
	char *role = NULL;
	int64_t version;

	(void)e;
	role = role_of(&version, name);
	if (role == NULL || is_online(role))
		return 0;
	/* Every root is a step of some client's chain (TUF 5.3); of the
	 * others only the newest is looked at. */
	if (strcmp(role, "root") != 0)
		file = find_role(f, role);
	if (file != NULL && file->version > version)
		return 0;
	if (file == NULL) {
		VEC_GROW(&f->files);
		strmap_put(&f->by_role, role, f->files.len);
		file = &f->files.items[f->files.len++];
		*file = (struct ctl_folder_file){.role = MOVE(role)};
	}
	free(file->name);
	file->name = xstrdup(name);
	file->version = version;
	return 0;
}

static int in_order(const void *a, const void *b)
{
	const struct ctl_folder_file *x = a, *y = b;
	int roots =
		(strcmp(y->role, "root") == 0) - (strcmp(x->role, "root") == 0);

	if (roots != 0)
		return roots;
	if (strcmp(x->role, y->role) != 0)
		return strcmp(x->role, y->role);
	return (x->version > y->version) - (x->version < y->version);
}

/* One entry of a role's "targets" (TUF 4.5). */
static int note_blob(struct ctl_folder *f, const char *role,
                     const struct js_at *entry, struct err *e)
{
	struct ctl_folder_blob b = {0};
	uint8_t digest[SHA256_SIZE];
	struct js_at hashes;

	if (!name_is_target(entry->key))
		return js_refuse(entry, e, "is no target path");
	if (js_get_int(&b.length, entry, "length", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get(&hashes, entry, "hashes", e) != 0 ||
	    js_get_hex(digest, sizeof(digest), &hashes, "sha256", e) != 0)
		return -1;
	hex_encode(b.sha256, digest, sizeof(digest));
	b.target = xstrdup(entry->key);
	b.role = xstrdup(role);
	VEC_GROW(&f->blobs);
	f->blobs.items[f->blobs.len++] = b;
	return 0;
}

static int note_blobs(struct ctl_folder *f, const struct ctl_folder_file *file,
                      const struct js_at *signed_at, struct err *e)
{
	struct js_at targets;

	if (!js_has(signed_at, "targets"))
		return 0;
	if (js_get(&targets, signed_at, "targets", e) != 0 ||
	    js_is_object(&targets, e) != 0)
		return -1;
	for (struct js_at entry = js_first(&targets); entry.value;
	     entry = js_next(&entry)) {
		if (note_blob(f, file->role, &entry, e) != 0)
			return -1;
	}
	return 0;
}

/* A role that somebody delegates to; its turn comes. */
static void want(struct ctl_folder *f, const char *role)
{
	struct ctl_folder_file *file = find_role(f, role);

	if (file == NULL || file->wanted)
		return;
	file->wanted = true;
	f->queue = xreallocarray(f->queue, f->n_queue + 1, sizeof(*f->queue));
	f->queue[f->n_queue++] = (size_t)(file - f->files.items);
}

static int want_bins(struct ctl_folder *f, const struct js_at *delegations,
                     struct err *e)
{
	struct bins bins = {.present = true};
	char name[TUF_ROLE_MAX];
	const char *prefix;
	struct js_at at;
	int64_t bits;

	if (js_get(&at, delegations, "succinct_roles", e) != 0 ||
	    js_is_object(&at, e) != 0 ||
	    js_get_int(&bits, &at, "bit_length", 1, BINS_BITS_MAX, e) != 0 ||
	    js_get_str(&prefix, &at, "name_prefix", TUF_ROLE_MAX - 16, e) != 0)
		return -1;
	bins.shape.bit_length = (int)bits;
	(void)snprintf(bins.shape.name_prefix, sizeof(bins.shape.name_prefix),
	               "%s", prefix);
	for (unsigned i = 0; i < bins_count(&bins); i++) {
		bins_name(name, &bins, i);
		want(f, name);
	}
	return 0;
}

/* The folder keeps what was signed once, also of roles that are gone; only
 * what is delegated to is published. */
static int want_children(struct ctl_folder *f,
                         const struct ctl_folder_file *file,
                         const struct js_at *signed_at, struct err *e)
{
	struct js_at delegations, roles;
	const char *name;
	size_t n;

	if (strcmp(file->role, "root") == 0 ||
	    !js_has(signed_at, "delegations"))
		return 0;
	if (js_get(&delegations, signed_at, "delegations", e) != 0 ||
	    js_is_object(&delegations, e) != 0)
		return -1;
	if (js_has(&delegations, "succinct_roles"))
		return want_bins(f, &delegations, e);
	if (js_get_array(&roles, &n, &delegations, "roles", 0,
	                 TUF_DELEGATIONS_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at role = js_element(&roles, i);

		if (js_is_object(&role, e) != 0 ||
		    js_get_str(&name, &role, "name", TUF_ROLE_MAX - 1, e) != 0)
			return -1;
		want(f, name);
	}
	return 0;
}

static int read_file(struct ctl_folder *f, struct ctl_folder_file *file,
                     struct err *e)
{
	SCOPED(free)
	char *path = xasprintf("%s/metadata/%s", f->dir, file->name);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, signed_at;
	int64_t version;

	buf_init(&file->text, TUF_TARGETS_MAX);
	if (fs_read(&file->text, path, e) != 0 ||
	    js_parse(&doc, file->name, buf_str(&file->text), file->text.len,
	             e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get(&signed_at, &root, "signed", e) != 0 ||
	    js_get_int(&version, &signed_at, "version", 1, NUM_JSON_MAX, e) !=
	            0)
		return -1;
	if (version != file->version)
		return err_set(e, ERR_INVALID,
		               "%s: version %" PRId64
		               " is inside, its name says %" PRId64,
		               path, version, file->version);
	file->wanted = true;
	if (note_blobs(f, file, &signed_at, e) != 0)
		return -1;
	return want_children(f, file, &signed_at, e);
}

static int by_sha256(const void *a, const void *b)
{
	const struct ctl_folder_blob *x = a, *y = b;
	int order = strcmp(x->sha256, y->sha256);

	return order != 0 ? order : strcmp(x->target, y->target);
}

/* The same bytes under several paths travel once. */
static void drop_doubles(struct ctl_folder *f)
{
	size_t kept = 0;

	if (f->blobs.len > 0)
		qsort(f->blobs.items, f->blobs.len, sizeof(*f->blobs.items),
		      by_sha256);
	for (size_t i = 0; i < f->blobs.len; i++) {
		struct ctl_folder_blob *b = &f->blobs.items[i];

		if (kept > 0 &&
		    strcmp(f->blobs.items[kept - 1].sha256, b->sha256) == 0) {
			free(b->target);
			free(b->role);
		} else {
			f->blobs.items[kept++] = *b;
		}
	}
	f->blobs.len = kept;
}

/* Every root, targets, and all roles on the way down. */
static int read_wanted(struct ctl_folder *f, struct err *e)
{
	for (size_t i = 0; i < f->files.len; i++)
		if (strcmp(f->files.items[i].role, "root") == 0 &&
		    read_file(f, &f->files.items[i], e) != 0)
			return -1;
	want(f, "targets");
	for (size_t i = 0; i < f->n_queue; i++)
		if (read_file(f, &f->files.items[f->queue[i]], e) != 0)
			return -1;
	return 0;
}

static void drop_unwanted(struct ctl_folder *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->files.len; i++) {
		if (f->files.items[i].wanted)
			f->files.items[kept++] = f->files.items[i];
		else
			free_file(&f->files.items[i]);
	}
	f->files.len = kept;
}

/* A blob stands under one role that lists it: bytes that a dropped one has are
 * on no way, whoever else lists them. */
void ctl_folder_drop(struct ctl_folder *f, const struct strmap *roles)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->files.len; i++)
		f->files.items[i].wanted =
			!strmap_get(roles, f->files.items[i].role, NULL);
	drop_unwanted(f);
	for (size_t i = 0; i < f->blobs.len; i++) {
		struct ctl_folder_blob *b = &f->blobs.items[i];

		if (strmap_get(roles, b->role, NULL)) {
			free(b->target);
			free(b->role);
		} else {
			f->blobs.items[kept++] = *b;
		}
	}
	f->blobs.len = kept;
}

int ctl_folder_read(struct ctl_folder *f, const char *dir, struct err *e)
{
	SCOPED(free)
	char *metadata = fs_join(dir, "metadata");

	*f = (struct ctl_folder){.dir = xstrdup(dir)};
	if (fs_list(metadata, note_file, f, e) != 0) {
		err_context(e, "%s is no repository folder", dir);
		return -1;
	}
	if (find_role(f, "root") == NULL)
		return err_set(e, ERR_NOT_FOUND,
		               "%s: holds no N.root.json; a folder that "
		               "pawl-repo made is needed",
		               metadata);
	if (read_wanted(f, e) != 0)
		return -1;
	drop_unwanted(f);
	qsort(f->files.items, f->files.len, sizeof(*f->files.items), in_order);
	drop_doubles(f);
	return 0;
}

char *ctl_folder_blob_path(const struct ctl_folder *f,
                           const struct ctl_folder_blob *b)
{
	return xasprintf("%s/targets/%s", f->dir, b->target);
}

int ctl_folder_check_blob(const struct ctl_folder *f,
                          const struct ctl_folder_blob *b, struct err *e)
{
	SCOPED(free)
	char *path = ctl_folder_blob_path(f, b);
	char sha256[SHA256_HEX_SIZE];
	int64_t length;

	if (hash_file(sha256, &length, path, e) != 0) {
		err_context(e, "the server lacks %s", b->target);
		return -1;
	}
	if (length != b->length || strcmp(sha256, b->sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "%s: %" PRId64 " bytes with sha256 %.16s…, "
		                "but %s lists %" PRId64 " with %.16s…",
		                path, length, sha256, b->role, b->length,
		                b->sha256);
	return 0;
}
