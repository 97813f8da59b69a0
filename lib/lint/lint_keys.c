/*
 * Keys, key ids, thresholds and signatures (TUF 4.2, 4.3).
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/json/canon.h"
#include "lib/lint/lint_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_hex_text(const struct raw_text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->bytes[i] == '\0' ||
		    strchr("0123456789abcdef", t->bytes[i]) == NULL)
			return false;
	return true;
}

/* ---- One key ---- */

enum form { FORM_HEX, FORM_PEM, FORM_RSA };

static const struct scheme {
	const char *keytype, *scheme;
	enum form form;
	bool narrow;
} schemes[] = {
	/* clang-format off */
	{"ed25519", "ed25519",                FORM_HEX, false},
	{"ecdsa",   "ecdsa-sha2-nistp256",    FORM_PEM, false},
	{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", FORM_PEM, false},
	{"rsa",     "rsassa-pss-sha256",      FORM_RSA, false},
	{"ecdsa",   "ecdsa-sha2-nistp384",    FORM_PEM, true},
	{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", FORM_PEM, true},
	{"ecdsa",   "ecdsa-sha2-nistp521",    FORM_PEM, true},
	{"rsa",     "rsassa-pss-sha512",      FORM_RSA, true},
	{"rsa",     "rsassa-pss-sha384",      FORM_RSA, true},
	{"rsa",     "rsa-pkcs1v15-sha256",    FORM_RSA, true},
	{"rsa",     "rsa-pkcs1v15-sha512",    FORM_RSA, true},
	/* clang-format on */
};

static const struct scheme *scheme_of(const struct raw_node *key)
{
	const struct raw_node *type = raw_get(key, "keytype");
	const struct raw_node *scheme = raw_get(key, "scheme");

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (raw_says(type, schemes[i].keytype) &&
		    raw_says(scheme, schemes[i].scheme))
			return &schemes[i];
	return NULL;
}

/* The id is computed from what the file holds, unknown fields and all. When
 * the strict reader refuses the key, another rule has said why. */
static void check_id(const struct lint_page *p, const struct raw_node *key)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(key->source.len);
	char id[SHA256_HEX_SIZE];
	struct js_at root;

	if (js_parse(&doc, "key", key->source.bytes, key->source.len, NULL) !=
	    0)
		return;
	root = js_root(&doc);
	if (canon_write(&canonical, &root, NULL) != 0)
		return;
	hash_sha256_hex(id, buf_str(&canonical), canonical.len);
	if (!raw_is(&key->key, id))
		lint_note(p->l, LINT_KEYID_MISMATCH, key, "the key's id is %s",
		          id);
}

static int base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

#define PEM_BEGIN "-----BEGIN PUBLIC KEY-----"
#define PEM_END "-----END PUBLIC KEY-----"
#define DER_MAX 2048 /* an RSA key of 8192 bits takes 1,062 */

/* The bytes of a PEM public key; 0 when it is none. */
static size_t pem_bytes(uint8_t out[DER_MAX], const struct raw_text *t)
{
	const char *p = t->bytes, *end = t->bytes + t->len;
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0;

	if (t->len < strlen(PEM_BEGIN) ||
	    memcmp(p, PEM_BEGIN, strlen(PEM_BEGIN)) != 0)
		return 0;
	for (p += strlen(PEM_BEGIN); p < end && *p != '-'; p++) {
		int v = base64_value(*p);

		if (*p == '\n' || *p == '\r' || *p == '=')
			continue;
		if (v < 0 || n == DER_MAX)
			return 0;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	if ((size_t)(end - p) < strlen(PEM_END) ||
	    memcmp(p, PEM_END, strlen(PEM_END)) != 0)
		return 0;
	return n;
}

/* Steps into or over one DER element of this tag; its length, or 0. */
static size_t der_enter(const uint8_t **p, const uint8_t *end, uint8_t tag)
{
	size_t len, more;

	if (end - *p < 2 || (*p)[0] != tag)
		return 0;
	len = (*p)[1];
	*p += 2;
	if (len >= 0x80) {
		more = len & 0x7f;
		if (more > 2 || (size_t)(end - *p) < more)
			return 0;
		for (len = 0; more > 0; more--)
			len = len << 8 | *(*p)++;
	}
	return (size_t)(end - *p) >= len ? len : 0;
}

/* Bits of the modulus in a SubjectPublicKeyInfo; 0 when it is no RSA key. */
static size_t rsa_bits(const uint8_t *der, size_t n)
{
	const uint8_t *p = der, *end = der + n;
	size_t skip, len;

	if (der_enter(&p, end, 0x30) == 0)
		return 0;
	skip = der_enter(&p, end, 0x30); /* the algorithm */
	p += skip;
	if (skip == 0 || der_enter(&p, end, 0x03) == 0 || *p++ != 0 ||
	    der_enter(&p, end, 0x30) == 0)
		return 0;
	len = der_enter(&p, end, 0x02);
	while (len > 0 && *p == 0) {
		p++;
		len--;
	}
	if (len == 0)
		return 0;
	len *= 8;
	for (uint8_t top = *p; (top & 0x80) == 0; top = (uint8_t)(top << 1))
		len--;
	return len;
}

static void check_pem(const struct lint_page *p, const struct raw_node *public,
                      enum form form)
{
	uint8_t der[DER_MAX];
	size_t n = pem_bytes(der, &public->text);
	size_t bits;

	if (n == 0) {
		lint_note(p->l, LINT_KEY_PEM_FORM, public,
		          "a PEM of BEGIN PUBLIC KEY is needed");
		return;
	}
	if (form != FORM_RSA)
		return;
	bits = rsa_bits(der, n);
	if (bits == 0)
		lint_note(p->l, LINT_KEY_PEM_FORM, public,
		          "the PEM holds no RSA key");
	else if (bits < 2048 || bits > 8192)
		lint_note(p->l, LINT_KEY_RSA_SIZE, public, "%zu bits", bits);
}

static void check_form(const struct lint_page *p, const struct raw_node *key,
                       const struct scheme *s)
{
	const struct raw_node *keyval = lint_need(p, key, "keyval", RAW_OBJECT);
	const struct raw_node *public = raw_get(keyval, "public");
	static const char *const in_keyval[] = {"public", NULL};

	if (keyval == NULL)
		return;
	lint_check_known(p, keyval, in_keyval);
	if (public == NULL || public->type != RAW_STRING) {
		lint_note(p->l, LINT_SHAPE, keyval, "'public' is missing");
		return;
	}
	if (s->form != FORM_HEX)
		check_pem(p, public, s->form);
	else if (public->text.len != 64 || !is_hex_text(&public->text))
		lint_note(p->l, LINT_KEY_ED25519_FORM, public,
		          "64 lower-case hex digits are needed");
}

static void check_key(const struct lint_page *p, const struct raw_node *key)
{
	static const char *const known[] = {"keytype", "scheme", "keyval",
	                                    "keyid_hash_algorithms", NULL};
	const struct scheme *s;

	if (key->type != RAW_OBJECT) {
		lint_note(p->l, LINT_SHAPE, key, "an object is needed");
		return;
	}
	lint_check_known(p, key, known);
	check_id(p, key);
	s = scheme_of(key);
	if (s == NULL) {
		lint_note(p->l, LINT_KEY_TYPE_UNKNOWN, key,
		          "its keytype and scheme are known to nobody");
		return;
	}
	if (s->narrow)
		lint_note(p->l, LINT_KEY_TYPE_NARROW, key, "%s", s->scheme);
	if (s->form != FORM_HEX)
		lint_note(p->l, LINT_KEY_NOT_ED25519, key, "%s", s->scheme);
	check_form(p, key, s);
	if (s->form == FORM_RSA && !s->narrow)
		lint_note_rsa_key(p, key);
}

/* Two public parts that are the same, though the ids differ. */
static void check_twice(const struct lint_page *p, const struct raw_node *key)
{
	const struct raw_node *mine = raw_get(raw_get(key, "keyval"), "public");

	for (const struct raw_node *k = key->up->first; k != key; k = k->next) {
		const struct raw_node *other =
			raw_get(raw_get(k, "keyval"), "public");

		if (mine != NULL && other != NULL && mine->type == RAW_STRING &&
		    other->type == RAW_STRING &&
		    raw_equal(&mine->text, &other->text) &&
		    !raw_equal(&k->key, &key->key)) {
			lint_note(p->l, LINT_KEY_TWICE, key,
			          "the same key as %.*s",
			          (int)(k->key.len < 64 ? k->key.len : 64),
			          k->key.bytes);
			return;
		}
	}
}

void lint_check_keys(const struct lint_page *p, const struct raw_node *keys)
{
	for (const struct raw_node *k = keys->first; k != NULL; k = k->next) {
		check_key(p, k);
		/* More than this no file of ours may hold. */
		if (k->index < TUF_KEYS_MAX)
			check_twice(p, k);
	}
}

/* ---- Who signs, and who did ---- */

static bool in_before(const struct raw_node *n)
{
	for (const struct raw_node *o = n->up->first; o != n; o = o->next)
		if (o->type == RAW_STRING && raw_equal(&o->text, &n->text))
			return true;
	return false;
}

static bool has_key(const struct raw_node *keys, const struct raw_text *id)
{
	for (const struct raw_node *k = keys != NULL ? keys->first : NULL;
	     k != NULL; k = k->next)
		if (raw_equal(&k->key, id))
			return true;
	return false;
}

void lint_check_quorum(const struct lint_page *p, const struct raw_node *role,
                       const struct raw_node *keys)
{
	const struct raw_node *list = lint_need(p, role, "keyids", RAW_ARRAY);
	const struct raw_node *threshold = raw_get(role, "threshold");
	int64_t n = 0;

	if (!raw_integer(&n, threshold) || n < 1)
		lint_note(p->l, LINT_THRESHOLD_ZERO,
		          threshold != NULL ? threshold : role,
		          "a threshold of at least 1 is needed");
	if (list == NULL)
		return;
	if (n > 0 && (uint64_t)n > list->n)
		lint_note(p->l, LINT_THRESHOLD_UNMET, threshold,
		          "%" PRId64 " of %zu keys can not sign", n, list->n);
	for (const struct raw_node *id = list->first; id != NULL;
	     id = id->next) {
		if (id->index == TUF_KEYS_MAX) {
			lint_note(p->l, LINT_SHAPE, list, "%zu key ids",
			          list->n);
			return;
		}
		if (id->type != RAW_STRING)
			lint_note(p->l, LINT_SHAPE, id, "a string is needed");
		else if (in_before(id))
			lint_note(p->l, LINT_KEYID_TWICE, id, "%.*s",
			          (int)(id->text.len < 64 ? id->text.len : 64),
			          id->text.bytes);
		else if (!has_key(keys, &id->text))
			lint_note(p->l, LINT_KEYID_ABSENT, id, "%.*s",
			          (int)(id->text.len < 64 ? id->text.len : 64),
			          id->text.bytes);
	}
}

static void check_signature(const struct lint_page *p, const struct raw_node *s)
{
	static const char *const known[] = {"keyid", "sig", NULL};
	const struct raw_node *id = raw_get(s, "keyid");
	const struct raw_node *sig = raw_get(s, "sig");

	if (id == NULL || id->type != RAW_STRING || sig == NULL ||
	    sig->type != RAW_STRING) {
		lint_note(p->l, LINT_SIG_FORM, s,
		          "keyid and sig are needed, both strings");
		return;
	}
	lint_check_known(p, s, known);
	if (sig->text.len % 2 != 0 || !is_hex_text(&sig->text))
		lint_note(p->l, LINT_SIG_FORM, sig, "lower-case hex is needed");
	for (const struct raw_node *o = s->up->first; o != s; o = o->next) {
		const struct raw_node *other = raw_get(o, "keyid");

		if (other != NULL && other->type == RAW_STRING &&
		    raw_equal(&other->text, &id->text)) {
			lint_note(p->l, LINT_SIG_DUPLICATE, id,
			          "this key has signed twice");
			return;
		}
	}
}

void lint_check_signatures(const struct lint_page *p)
{
	const struct raw_node *list =
		lint_need(p, p->root, "signatures", RAW_ARRAY);

	if (list == NULL)
		return;
	if (list->n > TUF_SIGS_MAX)
		lint_note(p->l, LINT_SIG_COUNT, list, "%zu signatures",
		          list->n);
	for (const struct raw_node *s = list->first;
	     s != NULL && s->index <= TUF_SIGS_MAX; s = s->next)
		check_signature(p, s);
}
