#include "config.h"

#include "tests/support/tuf_repo.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "tests/support/rsa_sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)16 << 20)
#define SEPARATOR " "

static void must(int result, const struct err *e)
{
	if (result == 0)
		return;
	fprintf(stderr, "tuf_repo: [%s] %s\n", e->code, e->msg);
	abort();
}

/* Files by name. */

static struct tuf_repo_file *file_find(const struct tuf_repo_files *f,
                                       const char *name)
{
	for (size_t i = 0; i < f->len; i++)
		if (strcmp(f->items[i].name, name) == 0)
			return &f->items[i];
	return NULL;
}

static void file_put(struct tuf_repo_files *f, const char *name,
                     const void *bytes, size_t len)
{
	struct tuf_repo_file *file = file_find(f, name);
	char *copy = xmalloc(len + 1);

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	if (file == NULL) {
		VEC_GROW(f);
		file = &f->items[f->len++];
		*file = (struct tuf_repo_file){.name = xstrdup(name)};
	}
	free(file->bytes);
	file->bytes = copy;
	file->len = len;
}

static void file_drop(struct tuf_repo_files *f, const char *name)
{
	struct tuf_repo_file *file = file_find(f, name);

	if (file == NULL)
		return;
	free(file->name);
	free(file->bytes);
	*file = f->items[--f->len];
}

static void files_free(struct tuf_repo_files *f)
{
	while (f->len > 0)
		file_drop(f, f->items[0].name);
	free(f->items);
}

/* Keys and signers. */

const struct key_secret *tuf_repo_key(struct tuf_repo *r, unsigned n)
{
	uint8_t seed[KEY_SEED_SIZE] = {'t', 'u', 'f', (uint8_t)n};

	if (n >= TUF_REPO_KEYS)
		abort();
	if (r->keys[n] == NULL)
		r->keys[n] = key_secret_from_seed(KEY_ED25519, seed);
	return r->keys[n];
}

void tuf_repo_use_rsa(struct tuf_repo *r, unsigned n)
{
	if (n >= TUF_REPO_KEYS || r->keys[n] != NULL)
		abort();
	r->keys[n] = rsa_key_new();
}

const struct key_public *tuf_repo_public(struct tuf_repo *r, unsigned n)
{
	return key_secret_public(tuf_repo_key(r, n));
}

void tuf_repo_add_signer(struct tuf_repo *r, const char *role, unsigned key)
{
	struct tuf_repo_signer *s;

	VEC_GROW(&r->signers);
	s = &r->signers.items[r->signers.len++];
	*s = (struct tuf_repo_signer){.key = key};
	(void)snprintf(s->role, sizeof(s->role), "%s", role);
}

void tuf_repo_set_signers(struct tuf_repo *r, const char *role,
                          const unsigned *keys, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->signers.len; i++)
		if (strcmp(r->signers.items[i].role, role) != 0)
			r->signers.items[kept++] = r->signers.items[i];
	r->signers.len = kept;
	for (size_t i = 0; i < n; i++)
		tuf_repo_add_signer(r, role, keys[i]);
}

void tuf_repo_set_keys(struct tuf_repo *r, enum tuf_type role,
                       int64_t threshold, const unsigned *keys, size_t n)
{
	r->root.roles[role].n_keyids = 0;
	r->root.roles[role].threshold = threshold;
	for (size_t i = 0; i < n; i++)
		tuf_root_add_key(&r->root, role, tuf_repo_public(r, keys[i]));
	tuf_repo_set_signers(r, tuf_type_name(role), keys, n);
}

/* Roles. */

struct tuf_targets *tuf_repo_role(struct tuf_repo *r, const char *name)
{
	struct tuf_repo_role *role;

	for (size_t i = 0; i < r->roles.len; i++)
		if (strcmp(r->roles.items[i]->name, name) == 0)
			return &r->roles.items[i]->targets;
	role = xcalloc(1, sizeof(*role));
	(void)snprintf(role->name, sizeof(role->name), "%s", name);
	role->targets.expires_s = r->now_s + 90 * TUF_REPO_DAY;
	VEC_GROW(&r->roles);
	r->roles.items[r->roles.len++] = role;
	return &role->targets;
}

struct tuf_delegation *tuf_repo_delegate(struct tuf_repo *r, const char *by,
                                         const char *name, const char *pattern,
                                         bool terminating, unsigned key)
{
	struct tuf_targets *t = tuf_repo_role(r, by);
	struct tuf_delegation *d =
		tuf_targets_delegate(t, name, 1, &pattern, 1);

	d->terminating = terminating;
	tuf_targets_add_key(t, d, tuf_repo_public(r, key));
	(void)tuf_repo_role(r, name);
	tuf_repo_add_signer(r, name, key);
	return d;
}

void tuf_repo_split(struct tuf_repo *r, const char *by, const char *prefix,
                    int bits, unsigned key)
{
	struct tuf_targets *t = tuf_repo_role(r, by);

	tuf_targets_split(t, prefix, bits, 1);
	tuf_targets_add_key(t, NULL, tuf_repo_public(r, key));
	for (unsigned i = 0; i < 1u << bits; i++) {
		SCOPED(free)
		char *bin = xasprintf("%s-%0*x", prefix, (bits + 3) / 4, i);

		(void)tuf_repo_role(r, bin);
		tuf_repo_add_signer(r, bin, key);
	}
}

void tuf_repo_target(struct tuf_repo *r, const char *role, const char *path)
{
	char hash[SHA256_HEX_SIZE];

	hash_sha256_hex(hash, path, strlen(path));
	tuf_targets_put(tuf_repo_role(r, role), path, (int64_t)strlen(path),
	                hash, NULL);
}

/* Publishing. */

static void sign_with(struct tuf_repo *r, struct tuf_signature *out,
                      const struct key_secret *k, const struct buf *canonical)
{
	if (r->rsa_salt > 0 && key_secret_public(k)->scheme == KEY_RSA_PSS)
		rsa_sign(out, k, r->rsa_salt, buf_str(canonical),
		         canonical->len);
	else
		tuf_sign(out, k, buf_str(canonical), canonical->len);
}

/* Signed by the role's signers, each key once. */
static void sign_into(struct tuf_repo *r, struct buf *out, const char *role,
                      const struct buf *canonical)
{
	SCOPED(free)
	struct tuf_signature *sigs = xcalloc(r->signers.len, sizeof(*sigs));
	struct err e = {0};
	size_t n = 0;

	for (size_t i = 0; i < r->signers.len; i++) {
		const struct tuf_repo_signer *s = &r->signers.items[i];
		bool done = strcmp(s->role, role) != 0;

		for (size_t k = 0; k < n && !done; k++)
			done = strcmp(sigs[k].keyid,
			              tuf_repo_public(r, s->key)->id) == 0;
		if (!done)
			sign_with(r, &sigs[n++], tuf_repo_key(r, s->key),
			          canonical);
	}
	must(tuf_envelope_write(out, buf_str(canonical), canonical->len, sigs,
	                        n, &e),
	     &e);
}

static char *name_of(const struct tuf_repo *r, const char *role,
                     int64_t version)
{
	char encoded[TRUST_ENCODED_MAX];
	bool plain =
		strcmp(role, "timestamp") == 0 ||
		(!r->root.consistent_snapshot && strcmp(role, "root") != 0);

	trust_encode_role(encoded, role);
	return plain ? xasprintf("%s.json", encoded)
	             : xasprintf("%" PRId64 ".%s.json", version, encoded);
}

static void publish_bytes(struct tuf_repo *r, const char *role, int64_t version,
                          const struct buf *canonical)
{
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(FILE_MAX);
	SCOPED(free)
	char *name = name_of(r, role, version);
	const void *listed;

	sign_into(r, &file, role, canonical);
	file_put(&r->served, name, buf_str(&file), file.len);
	listed = r->list_hashes ? buf_str(&file) : NULL;
	if (strcmp(role, "root") == 0 || strcmp(role, "timestamp") == 0)
		return;
	tuf_snapshot_put(strcmp(role, "snapshot") == 0 ? &r->timestamp
	                                               : &r->snapshot,
	                 role, version, listed, file.len);
}

void tuf_repo_publish_as(struct tuf_repo *r, const char *role, int64_t version)
{
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(FILE_MAX);
	struct err e = {0};

	if (strcmp(role, "root") == 0) {
		r->root.version = version;
		must(tuf_root_write(&canonical, &r->root, &e), &e);
	} else if (strcmp(role, "timestamp") == 0) {
		r->timestamp.version = version;
		must(tuf_snapshot_write(&canonical, TUF_TIMESTAMP,
		                        &r->timestamp, &e),
		     &e);
	} else if (strcmp(role, "snapshot") == 0) {
		r->snapshot.version = version;
		must(tuf_snapshot_write(&canonical, TUF_SNAPSHOT, &r->snapshot,
		                        &e),
		     &e);
	} else {
		struct tuf_targets *t = tuf_repo_role(r, role);

		t->version = version;
		must(tuf_targets_write(&canonical, t, &e), &e);
	}
	publish_bytes(r, role, version, &canonical);
}

void tuf_repo_publish(struct tuf_repo *r, const char *role)
{
	int64_t version;

	if (strcmp(role, "root") == 0)
		version = r->root.version;
	else if (strcmp(role, "timestamp") == 0)
		version = r->timestamp.version;
	else if (strcmp(role, "snapshot") == 0)
		version = r->snapshot.version;
	else
		version = tuf_repo_role(r, role)->version;
	tuf_repo_publish_as(r, role, version + 1);
}

void tuf_repo_publish_listings(struct tuf_repo *r)
{
	tuf_repo_publish(r, "snapshot");
	tuf_repo_publish(r, "timestamp");
}

void tuf_repo_publish_all(struct tuf_repo *r)
{
	for (size_t i = 0; i < r->roles.len; i++)
		tuf_repo_publish(r, r->roles.items[i]->name);
	tuf_repo_publish_listings(r);
}

void tuf_repo_craft(struct tuf_repo *r, const char *role, const char *path,
                    const char *signed_json)
{
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(FILE_MAX);
	SCOPED(buf_fini)
	struct buf file = BUF_INIT(FILE_MAX);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at top;
	struct err e = {0};

	must(js_parse(&doc, path, signed_json, strlen(signed_json), &e), &e);
	top = js_root(&doc);
	must(canon_write(&canonical, &top, &e), &e);
	sign_into(r, &file, role, &canonical);
	file_put(&r->served, path, buf_str(&file), file.len);
}

void tuf_repo_serve(struct tuf_repo *r, const char *path, const void *bytes,
                    size_t len)
{
	file_put(&r->served, path, bytes, len);
}

void tuf_repo_drop(struct tuf_repo *r, const char *path)
{
	file_drop(&r->served, path);
}

const struct tuf_repo_file *tuf_repo_served(const struct tuf_repo *r,
                                            const char *path)
{
	return file_find(&r->served, path);
}

void tuf_repo_edit(struct tuf_repo *r, const char *path, const char *from,
                   const char *to)
{
	struct tuf_repo_file *file = file_find(&r->served, path);
	char *at = file != NULL ? strstr(file->bytes, from) : NULL;

	if (at == NULL) {
		fprintf(stderr, "tuf_repo: no '%s' in %s\n", from, path);
		abort();
	}
	SCOPED(free)
	char *edited = xasprintf("%.*s%s%s", (int)(at - file->bytes),
	                         file->bytes, to, at + strlen(from));
	file_put(&r->served, path, edited, strlen(edited));
}

/* The repository itself. */

struct tuf_repo *tuf_repo_new(void)
{
	struct tuf_repo *r = xcalloc(1, sizeof(*r));
	const struct tuf_repo_file *root;

	key_library_init();
	r->now_s = TUF_REPO_NOW;
	r->list_hashes = true;
	buf_init(&r->requests, 1 << 20);
	buf_init(&r->saves, 1 << 20);
	r->root.consistent_snapshot = true;
	r->root.expires_s = r->now_s + 365 * TUF_REPO_DAY;
	r->snapshot.expires_s = r->now_s + 7 * TUF_REPO_DAY;
	r->timestamp.expires_s = r->now_s + TUF_REPO_DAY;
	for (unsigned t = TUF_ROOT; t <= TUF_TARGETS; t++)
		tuf_repo_set_keys(r, (enum tuf_type)t, 1, &t, 1);
	(void)tuf_repo_role(r, "targets");
	tuf_repo_publish(r, "root");
	tuf_repo_publish_all(r);
	root = tuf_repo_served(r, "1.root.json");
	tuf_repo_store(r, "root", root->bytes, root->len);
	return r;
}

void tuf_repo_free(struct tuf_repo *r)
{
	if (r == NULL)
		return;
	tuf_root_fini(&r->root);
	tuf_snapshot_fini(&r->timestamp);
	tuf_snapshot_fini(&r->snapshot);
	for (size_t i = 0; i < r->roles.len; i++) {
		tuf_targets_fini(&r->roles.items[i]->targets);
		free(r->roles.items[i]);
	}
	free(r->roles.items);
	free(r->signers.items);
	for (size_t i = 0; i < TUF_REPO_KEYS; i++)
		key_secret_free(r->keys[i]);
	files_free(&r->served);
	files_free(&r->stored);
	buf_fini(&r->requests);
	buf_fini(&r->saves);
	free(r);
}

/* The device. */

static int io_load(void *ctx, const char *role, struct buf *out, struct err *e)
{
	struct tuf_repo *r = ctx;
	const struct tuf_repo_file *file = file_find(&r->stored, role);

	if (file == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: not stored", role);
	buf_add(out, file->bytes, file->len);
	return 0;
}

static int io_fetch(void *ctx, const char *path, size_t max_bytes,
                    struct buf *out, struct err *e)
{
	struct tuf_repo *r = ctx;
	const struct tuf_repo_file *file = file_find(&r->served, path);

	(void)max_bytes; /* `out` is as long */
	buf_printf(&r->requests, "%s%s", r->requests.len ? SEPARATOR : "",
	           path);
	if (r->broken_path != NULL && strcmp(r->broken_path, path) == 0) {
		r->broken_path = NULL;
		return err_set(e, r->broken_kind, "%s: broken", path);
	}
	if (file == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: 404", path);
	buf_add(out, file->bytes, file->len);
	return 0;
}

static int io_save(void *ctx, const char *role, const void *bytes, size_t len,
                   struct err *e)
{
	struct tuf_repo *r = ctx;

	if (r->save_fails)
		return err_set(e, ERR_NO_SPACE, "%s: the disk is full", role);
	buf_printf(&r->saves, "%s%s", r->saves.len ? SEPARATOR : "", role);
	file_put(&r->stored, role, bytes, len);
	return 0;
}

static int io_drop(void *ctx, const char *role, struct err *e)
{
	struct tuf_repo *r = ctx;

	(void)e;
	tuf_repo_forget(r, role);
	return 0;
}

struct trust_io tuf_repo_io(struct tuf_repo *r)
{
	return (struct trust_io){.load = io_load,
	                         .fetch = io_fetch,
	                         .save = io_save,
	                         .drop = io_drop,
	                         .ctx = r};
}

struct trust *tuf_repo_client(struct tuf_repo *r, struct err *e)
{
	const struct tuf_repo_file *root = file_find(&r->stored, "root");

	return trust_new(root->bytes, root->len, r->now_s, NULL, e);
}

const struct tuf_repo_file *tuf_repo_stored(const struct tuf_repo *r,
                                            const char *role)
{
	return file_find(&r->stored, role);
}

void tuf_repo_store(struct tuf_repo *r, const char *role, const void *bytes,
                    size_t len)
{
	file_put(&r->stored, role, bytes, len);
}

void tuf_repo_forget(struct tuf_repo *r, const char *role)
{
	file_drop(&r->stored, role);
}

int64_t tuf_repo_stored_version(const struct tuf_repo *r, const char *role)
{
	const struct tuf_repo_file *file = file_find(&r->stored, role);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at top, s;
	struct err e = {0};
	int64_t version = 0;

	if (file == NULL)
		return 0;
	must(js_parse(&doc, role, file->bytes, file->len, &e), &e);
	top = js_root(&doc);
	must(js_get(&s, &top, "signed", &e), &e);
	must(js_get_int(&version, &s, "version", 1, NUM_JSON_MAX, &e), &e);
	return version;
}

/* Handed out until the next call. */
static const char *take(struct buf *b)
{
	static char text[65536];

	(void)snprintf(text, sizeof(text), "%s", buf_str(b));
	buf_reset(b);
	return text;
}

const char *tuf_repo_requests(struct tuf_repo *r)
{
	return take(&r->requests);
}

const char *tuf_repo_saves(struct tuf_repo *r)
{
	return take(&r->saves);
}
