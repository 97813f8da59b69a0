#include "config.h"

#include "lib/tuf/snapshot.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".json"
#define SUFFIX_LEN (sizeof(SUFFIX) - 1)

static int by_role(const void *a, const void *b)
{
	const struct tuf_meta_file *x = a, *y = b;

	return strcmp(x->role, y->role);
}

/* As a canonical file has them, but where one name begins another. */
static bool is_sorted(const struct tuf_snapshot *s)
{
	for (size_t i = 1; i < s->n_files; i++)
		if (by_role(&s->files[i - 1], &s->files[i]) > 0)
			return false;
	return true;
}

static int parse_hashes(struct tuf_meta_file *f, const struct js_at *at,
                        struct err *e)
{
	if (js_is_object(at, e) != 0)
		return -1;
	if (js_count(at) == 0)
		return js_refuse(at, e, "lists no hash");
	for (struct js_at m = js_first(at); m.value; m = js_next(&m)) {
		enum hash_alg alg;
		const char *hex;
		char *to;

		if (hash_by_name(&alg, m.key) != 0)
			return js_refuse(&m, e,
			                 "is not a hash known here; sha256 and "
			                 "sha512 are");
		if (js_as_str(&hex, &m, 2 * HASH_SIZE_MAX, e) != 0)
			return -1;
		if (!is_hex(hex, 2 * hash_size(alg)))
			return js_refuse(&m, e,
			                 "%zu lower-case hex digits "
			                 "are needed",
			                 2 * hash_size(alg));
		to = alg == HASH_SHA256 ? f->sha256 : f->sha512;
		memcpy(to, hex, 2 * hash_size(alg) + 1);
	}
	return 0;
}

/* "<role>.json" and what is said of it. */
static int parse_file(struct tuf_meta_file *f, const struct js_at *at,
                      struct err *e)
{
	size_t len = strlen(at->key);
	struct js_at hashes;

	if (len <= SUFFIX_LEN || len - SUFFIX_LEN >= TUF_ROLE_MAX ||
	    strcmp(at->key + len - SUFFIX_LEN, SUFFIX) != 0)
		return js_refuse(at, e,
		                 "is not a role name of at most %d "
		                 "bytes with %s",
		                 TUF_ROLE_MAX - 1, SUFFIX);
	memcpy(f->role, at->key, len - SUFFIX_LEN);
	if (js_is_object(at, e) != 0 ||
	    js_get_int(&f->version, at, "version", 1, NUM_JSON_MAX, e) != 0)
		return -1;
	f->length = -1;
	if (js_has(at, "length") &&
	    js_get_int(&f->length, at, "length", 0, NUM_JSON_MAX, e) != 0)
		return -1;
	if (!js_has(at, "hashes"))
		return 0;
	return js_get(&hashes, at, "hashes", e) != 0
	               ? -1
	               : parse_hashes(f, &hashes, e);
}

static int parse(struct tuf_snapshot *s, const struct tuf_envelope *env,
                 struct err *e)
{
	struct js_at meta;
	size_t count;

	s->version = env->version;
	s->expires_s = env->expires_s;
	if (js_get(&meta, &env->signed_at, "meta", e) != 0 ||
	    js_is_object(&meta, e) != 0)
		return -1;
	count = js_count(&meta);
	s->files = calloc(count + 1, sizeof(*s->files));
	if (s->files == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory for %zu files",
		               env->doc.name, count);
	for (struct js_at m = js_first(&meta); m.value; m = js_next(&m)) {
		if (parse_file(&s->files[s->n_files++], &m, e) != 0)
			return -1;
	}
	if (!is_sorted(s))
		qsort(s->files, s->n_files, sizeof(*s->files), by_role);
	/* TUF 4.6: a timestamp describes snapshot.json and nothing else. */
	if (env->type == TUF_TIMESTAMP &&
	    (s->n_files != 1 || strcmp(s->files[0].role, "snapshot") != 0))
		return js_refuse(&meta, e, "must list snapshot.json alone");
	return 0;
}

int tuf_snapshot_parse(struct tuf_snapshot *out, const struct tuf_envelope *env,
                       struct err *e)
{
	*out = (struct tuf_snapshot){0};
	if (parse(out, env, e) != 0) {
		tuf_snapshot_fini(out);
		return -1;
	}
	return 0;
}

void tuf_snapshot_fini(struct tuf_snapshot *s)
{
	free(s->files);
	*s = (struct tuf_snapshot){0};
}

/* "a-b.json" comes before "a.json", though "a" before "a-b". */
static int by_file_name(const void *a, const void *b)
{
	const struct tuf_meta_file *const *x = a, *const *y = b;
	char s[TUF_ROLE_MAX + SUFFIX_LEN], t[TUF_ROLE_MAX + SUFFIX_LEN];
	const unsigned char *p = (const unsigned char *)(*x)->role;
	const unsigned char *q = (const unsigned char *)(*y)->role;

	while (*p != '\0' && *p == *q) {
		p++;
		q++;
	}
	if (*p != '\0' && *q != '\0')
		return *p - *q;
	/* One begins with the other: the suffix decides. */
	(void)snprintf(s, sizeof(s), "%s" SUFFIX, (*x)->role);
	(void)snprintf(t, sizeof(t), "%s" SUFFIX, (*y)->role);
	return strcmp(s, t);
}

static void write_file(struct jw *w, const struct tuf_meta_file *f)
{
	jw_object(w);
	if (f->sha256[0] != '\0' || f->sha512[0] != '\0') {
		jw_key(w, "hashes");
		jw_object(w);
		if (f->sha256[0] != '\0')
			jw_put_str(w, "sha256", f->sha256);
		if (f->sha512[0] != '\0')
			jw_put_str(w, "sha512", f->sha512);
		jw_end_object(w);
	}
	if (f->length >= 0)
		jw_put_int(w, "length", f->length);
	jw_put_int(w, "version", f->version);
	jw_end_object(w);
}

static void write_files(struct jw *w, const struct tuf_snapshot *s)
{
	SCOPED(free)
	const struct tuf_meta_file **order =
		xcalloc(s->n_files, sizeof(*order));
	/* The writer borrows a key until the next one: two by turns. */
	char name[2][TUF_ROLE_MAX + SUFFIX_LEN];

	for (size_t i = 0; i < s->n_files; i++)
		order[i] = &s->files[i];
	qsort(order, s->n_files, sizeof(*order), by_file_name);
	jw_object(w);
	for (size_t i = 0; i < s->n_files; i++) {
		(void)snprintf(name[i % 2], sizeof(name[0]), "%s" SUFFIX,
		               order[i]->role);
		jw_key(w, name[i % 2]);
		write_file(w, order[i]);
	}
	jw_end_object(w);
}

int tuf_snapshot_write(struct buf *out, enum tuf_type type,
                       const struct tuf_snapshot *s, struct err *e)
{
	struct jw w;

	jw_init_canonical(&w, out);
	jw_object(&w);
	jw_put_str(&w, "_type", tuf_type_name(type));
	jw_put_time(&w, "expires", s->expires_s);
	jw_key(&w, "meta");
	write_files(&w, s);
	jw_put_str(&w, "spec_version", TUF_SPEC_VERSION);
	jw_put_int(&w, "version", s->version);
	jw_end_object(&w);
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE, "%s: above %zu bytes",
		               tuf_type_name(type), out->max_bytes);
	return 0;
}

/* The first place whose role is not before this one. */
static size_t place_of(const struct tuf_snapshot *s, const char *role)
{
	size_t low = 0, high = s->n_files;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(s->files[mid].role, role) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct tuf_meta_file *tuf_snapshot_find(const struct tuf_snapshot *s,
                                              const char *role)
{
	size_t i = place_of(s, role);

	if (i == s->n_files || strcmp(s->files[i].role, role) != 0)
		return NULL;
	return &s->files[i];
}

static struct tuf_meta_file *put(struct tuf_snapshot *s, const char *role,
                                 int64_t version)
{
	size_t i = place_of(s, role);
	struct tuf_meta_file *f;

	if (i == s->n_files || strcmp(s->files[i].role, role) != 0) {
		if (s->n_files >= s->cap_files) {
			s->cap_files = 2 * s->n_files + 2;
			s->files = xreallocarray(s->files, s->cap_files,
			                         sizeof(*s->files));
		}
		memmove(&s->files[i + 1], &s->files[i],
		        (s->n_files - i) * sizeof(*s->files));
		s->n_files++;
	}
	f = &s->files[i];
	*f = (struct tuf_meta_file){.version = version, .length = -1};
	(void)snprintf(f->role, sizeof(f->role), "%s", role);
	return f;
}

void tuf_snapshot_put(struct tuf_snapshot *s, const char *role, int64_t version,
                      const void *bytes, size_t len)
{
	struct tuf_meta_file *f = put(s, role, version);

	if (bytes == NULL)
		return;
	f->length = (int64_t)len;
	hash_sha256_hex(f->sha256, bytes, len);
}

void tuf_snapshot_put_hashed(struct tuf_snapshot *s, const char *role,
                             int64_t version, size_t len,
                             const char sha256[SHA256_HEX_SIZE])
{
	struct tuf_meta_file *f = put(s, role, version);

	f->length = (int64_t)len;
	memcpy(f->sha256, sha256, sizeof(f->sha256));
}

static int check_hash(const struct tuf_meta_file *f, enum hash_alg alg,
                      const char *want, const void *bytes, size_t len,
                      struct err *e)
{
	uint8_t digest[HASH_SIZE_MAX];
	char got[2 * HASH_SIZE_MAX + 1];

	hash_bytes(digest, alg, bytes, len);
	hex_encode(got, digest, hash_size(alg));
	if (strcmp(got, want) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "%s: sha%zu is %s, %s is listed", f->role,
		                8 * hash_size(alg), got, want);
	return 0;
}

int tuf_meta_file_check(const struct tuf_meta_file *f, const void *bytes,
                        size_t len, struct err *e)
{
	if (f->length >= 0 && (uint64_t)f->length != len)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "%s: %zu bytes, %" PRId64 " are listed",
		                f->role, len, f->length);
	if (f->sha256[0] != '\0' &&
	    check_hash(f, HASH_SHA256, f->sha256, bytes, len, e) != 0)
		return -1;
	if (f->sha512[0] != '\0' &&
	    check_hash(f, HASH_SHA512, f->sha512, bytes, len, e) != 0)
		return -1;
	return 0;
}
