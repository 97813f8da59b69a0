#include "config.h"

#include "lib/crypto/secretfile.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX 16384 /* an rsa key of 4096 bits, sealed, in hex */
#define FILE_SCHEMA "pawl-key/1"

/* What is sealed: the key and a hash of everything readable beside it. */
#define SEALED_MAX (KEY_STORED_MAX + SHA256_SIZE)
#define BOX_MAX (crypto_secretbox_MACBYTES + SEALED_MAX)

const struct secretfile_cost secretfile_cost_default = {
	crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE};
const struct secretfile_cost secretfile_cost_light = {
	crypto_pwhash_OPSLIMIT_MIN, 8u << 20};

/* A hostile file may not ask for more than this. */
#define COST_OPERATIONS_MAX 16
#define COST_MEMORY_MAX ((int64_t)1 << 30)

struct parsed {
	struct secretfile_info info;
	struct secretfile_cost cost;
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
	uint8_t box[BOX_MAX]; /* or what is sealed, when in the clear */
	size_t box_len;
};

static void write_binding(struct jw *w, const struct secretfile_info *info)
{
	jw_put_str(w, "schema", FILE_SCHEMA);
	jw_put_str(w, "repo", info->repo);
	jw_put_str(w, "role", info->role);
	jw_put_str(w, "label", info->label);
	jw_put_str(w, "keyid", info->public.id);
	jw_key(w, "key");
	key_public_write(w, &info->public);
}

static void binding_hash(uint8_t out[SHA256_SIZE],
                         const struct secretfile_info *info)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FILE_MAX);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	write_binding(&w, info);
	jw_end_object(&w);
	hash_sha256(out, buf_str(&b), b.len);
}

static int derive(uint8_t key[crypto_secretbox_KEYBYTES],
                  const char *passphrase,
                  const uint8_t salt[crypto_pwhash_SALTBYTES],
                  const struct secretfile_cost *cost, struct err *e)
{
	if (crypto_pwhash(key, crypto_secretbox_KEYBYTES, passphrase,
	                  strlen(passphrase), salt, cost->operations,
	                  cost->memory_bytes,
	                  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(e, ERR_MEMORY,
		               "argon2id wants %zu MiB of memory",
		               cost->memory_bytes >> 20);
	return 0;
}

/* The whole file as text. */
static int render(struct buf *out, const struct key_secret *k,
                  const struct secretfile_info *info, const char *passphrase,
                  const struct secretfile_cost *cost, struct rng *rng,
                  struct err *e)
{
	uint8_t sealed[SEALED_MAX], key[crypto_secretbox_KEYBYTES];
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
	uint8_t box[BOX_MAX];
	size_t len = key_secret_store(sealed, k);
	struct jw w;

	binding_hash(sealed + len, info);
	len += SHA256_SIZE;
	jw_init(&w, out);
	jw_object(&w);
	write_binding(&w, info);
	if (passphrase != NULL) {
		rng_fill(rng, salt, sizeof(salt));
		rng_fill(rng, nonce, sizeof(nonce));
		if (derive(key, passphrase, salt, cost, e) != 0) {
			key_wipe(sealed, sizeof(sealed));
			return -1;
		}
		(void)crypto_secretbox_easy(box, sealed, len, nonce, key);
		key_wipe(key, sizeof(key));
		jw_key(&w, "kdf");
		jw_object(&w);
		jw_put_str(&w, "alg", "argon2id");
		jw_put_int(&w, "operations", (int64_t)cost->operations);
		jw_put_int(&w, "memory", (int64_t)cost->memory_bytes);
		jw_put_hex(&w, "salt", salt, sizeof(salt));
		jw_end_object(&w);
		jw_put_hex(&w, "nonce", nonce, sizeof(nonce));
		jw_put_hex(&w, "secretbox", box,
		           crypto_secretbox_MACBYTES + len);
	} else {
		jw_put_hex(&w, "clear", sealed, len);
	}
	key_wipe(sealed, sizeof(sealed));
	jw_end_object(&w);
	buf_putc(out, '\n');
	return 0;
}

static int fill_info(struct secretfile_info *info, const struct key_secret *k,
                     const char *repo, const char *role, const char *label,
                     struct err *e)
{
	*info = (struct secretfile_info){.public = *key_secret_public(k)};
	if (strlen(repo) >= sizeof(info->repo) ||
	    strlen(role) >= sizeof(info->role) ||
	    strlen(label) >= sizeof(info->label))
		return err_set(e, ERR_INVALID,
		               "key for %s: repository, role or label is too "
		               "long",
		               role);
	(void)snprintf(info->repo, sizeof(info->repo), "%s", repo);
	(void)snprintf(info->role, sizeof(info->role), "%s", role);
	(void)snprintf(info->label, sizeof(info->label), "%s", label);
	return 0;
}

static int copy_str(char *out, size_t size, const struct js_at *obj,
                    const char *key, struct err *e)
{
	const char *text;

	if (js_get_str(&text, obj, key, size - 1, e) != 0)
		return -1;
	(void)snprintf(out, size, "%s", text);
	return 0;
}

/* Hex of more than `least` bytes and at most `most`. */
static int parse_box(struct parsed *p, const struct js_at *root,
                     const char *key, size_t least, size_t most, struct err *e)
{
	const char *hex;

	if (js_get_str(&hex, root, key, 2 * most, e) != 0)
		return -1;
	p->box_len = strlen(hex) / 2;
	if (p->box_len <= least || strlen(hex) % 2 != 0 ||
	    hex_decode(p->box, p->box_len, hex) != 0)
		return js_refuse(root, e,
		                 "'%s' is not the hex of %zu to %zu bytes", key,
		                 least + 1, most);
	return 0;
}

static int parse_kdf(struct parsed *p, const struct js_at *root, struct err *e)
{
	static const char *const algs[] = {"argon2id", NULL};
	struct js_at kdf;
	int64_t operations, memory;
	int alg;

	if (js_get(&kdf, root, "kdf", e) != 0 ||
	    js_get_enum(&alg, &kdf, "alg", algs, e) != 0 ||
	    js_get_int(&operations, &kdf, "operations",
	               crypto_pwhash_OPSLIMIT_MIN, COST_OPERATIONS_MAX,
	               e) != 0 ||
	    js_get_int(&memory, &kdf, "memory", crypto_pwhash_MEMLIMIT_MIN,
	               COST_MEMORY_MAX, e) != 0 ||
	    js_get_hex(p->salt, sizeof(p->salt), &kdf, "salt", e) != 0 ||
	    js_get_hex(p->nonce, sizeof(p->nonce), root, "nonce", e) != 0 ||
	    parse_box(p, root, "secretbox",
	              crypto_secretbox_MACBYTES + SHA256_SIZE, BOX_MAX, e) != 0)
		return -1;
	p->cost.operations = (uint64_t)operations;
	p->cost.memory_bytes = (size_t)memory;
	return 0;
}

/* The text of a key file, from disk or about to go there. */
static int parse_text(struct parsed *p, const char *path,
                      const struct buf *text, struct err *e)
{
	static const char *const schema_words[] = {FILE_SCHEMA, NULL};
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root, key;
	const char *id;
	int schema;

	*p = (struct parsed){0};
	if (js_parse(&doc, path, buf_str(text), text->len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_get_enum(&schema, &root, "schema", schema_words, e) != 0 ||
	    copy_str(p->info.repo, sizeof(p->info.repo), &root, "repo", e) !=
	            0 ||
	    copy_str(p->info.role, sizeof(p->info.role), &root, "role", e) !=
	            0 ||
	    copy_str(p->info.label, sizeof(p->info.label), &root, "label", e) !=
	            0 ||
	    js_get_str(&id, &root, "keyid", KEY_ID_SIZE - 1, e) != 0 ||
	    js_get(&key, &root, "key", e) != 0 ||
	    key_public_parse(&p->info.public, &key, id, e) != 0)
		return -1;
	p->info.encrypted = !js_has(&root, "clear");
	if (p->info.encrypted)
		return parse_kdf(p, &root, e);
	return parse_box(p, &root, "clear", SHA256_SIZE, SEALED_MAX, e);
}

static void wipe_text(struct buf *text)
{
	if (text->data != NULL)
		key_wipe(text->data, text->cap);
	buf_fini(text);
}
DEFINE_SCOPED_PLACE(wipe_text, struct buf)

static int parse(struct parsed *p, const char *path, struct err *e)
{
	SCOPED(wipe_text)
	struct buf text = BUF_INIT(FILE_MAX);

	if (fs_read_private(&text, path, e) != 0)
		return -1;
	return parse_text(p, path, &text, e);
}

int secretfile_peek(struct secretfile_info *out, const char *path,
                    struct err *e)
{
	struct parsed p;

	if (parse(&p, path, e) != 0)
		return -1;
	*out = p.info;
	key_wipe(&p, sizeof(p));
	return 0;
}

/* A key whose file cannot be read back would be a key lost: what is about to
 * be written is read first. */
static int render_checked(struct buf *text, const struct key_secret *k,
                          const struct secretfile_info *info,
                          const char *passphrase,
                          const struct secretfile_cost *cost, struct rng *rng,
                          struct err *e)
{
	struct parsed p;
	int result;

	if (render(text, k, info, passphrase, cost, rng, e) != 0)
		return -1;
	if (buf_failed(text))
		return err_set(e, ERR_TOO_LARGE, "key file above %d bytes",
		               FILE_MAX);
	result = parse_text(&p, "key file", text, e);
	key_wipe(&p, sizeof(p));
	return result;
}

int secretfile_create(const char *path, const struct key_secret *k,
                      const char *repo, const char *role, const char *label,
                      const char *passphrase,
                      const struct secretfile_cost *cost, struct rng *rng,
                      struct err *e)
{
	SCOPED(wipe_text)
	struct buf text = BUF_INIT(FILE_MAX);
	struct secretfile_info info;

	if (fill_info(&info, k, repo, role, label, e) != 0 ||
	    render_checked(&text, k, &info, passphrase, cost, rng, e) != 0)
		return -1;
	return fs_create(path, buf_str(&text), text.len, 0600, e);
}

int secretfile_replace(const char *path, const struct key_secret *k,
                       const struct secretfile_info *info,
                       const char *passphrase,
                       const struct secretfile_cost *cost, struct rng *rng,
                       struct err *e)
{
	SCOPED(wipe_text)
	struct buf text = BUF_INIT(FILE_MAX);
	struct secretfile_info old;

	/* Only a key file of ours is replaced, never a link to one. */
	if (secretfile_peek(&old, path, e) != 0 ||
	    render_checked(&text, k, info, passphrase, cost, rng, e) != 0)
		return -1;
	return fs_write(path, buf_str(&text), text.len, 0600, e);
}

/* Into sealed: what the box holds; *len is at least SHA256_SIZE. */
static int unseal(uint8_t sealed[SEALED_MAX], size_t *len,
                  const struct parsed *p, const char *path,
                  const char *passphrase, struct err *e)
{
	uint8_t key[crypto_secretbox_KEYBYTES];
	int opened;

	if (!p->info.encrypted) {
		*len = p->box_len;
		memcpy(sealed, p->box, p->box_len);
		return 0;
	}
	*len = p->box_len - crypto_secretbox_MACBYTES;
	if (passphrase == NULL)
		return err_code(e, ERR_FORBIDDEN, "wrong_passphrase",
		                "%s: is encrypted, a passphrase is needed",
		                path);
	if (derive(key, passphrase, p->salt, &p->cost, e) != 0)
		return -1;
	opened = crypto_secretbox_open_easy(sealed, p->box, p->box_len,
	                                    p->nonce, key);
	key_wipe(key, sizeof(key));
	if (opened != 0)
		return err_code(e, ERR_FORBIDDEN, "wrong_passphrase",
		                "%s: the passphrase does not open this key",
		                path);
	return 0;
}

int secretfile_open(struct key_secret **out, struct secretfile_info *out_info,
                    const char *path, const char *passphrase, struct err *e)
{
	uint8_t sealed[SEALED_MAX], binding[SHA256_SIZE];
	struct key_secret *k = NULL;
	struct parsed p;
	size_t len;

	if (parse(&p, path, e) != 0 ||
	    unseal(sealed, &len, &p, path, passphrase, e) != 0) {
		key_wipe(&p, sizeof(p));
		return -1;
	}
	binding_hash(binding, &p.info);
	len -= SHA256_SIZE;
	if (hash_equal(binding, sealed + len, sizeof(binding)))
		k = key_secret_load(p.info.public.scheme, sealed, len);
	key_wipe(sealed, sizeof(sealed));
	key_wipe(p.box, sizeof(p.box));
	if (k == NULL ||
	    !key_public_equal(key_secret_public(k), &p.info.public)) {
		key_secret_free(k);
		return err_code(e, ERR_UNTRUSTED, "key_binding",
		                "%s: repository, role, label or public key was "
		                "changed after the key was made",
		                path);
	}
	*out = k;
	if (out_info != NULL)
		*out_info = p.info;
	return 0;
}
