/*
 * RSA signatures that some clients take and some do not. Only the key can tell
 * one, and the file that has the key may come later: keys and signatures are
 * gathered, and lint_check_rsa() brings them together by the key's id.
 *
 * Every signature is asked, also one more than the threshold needs: a new
 * delegation may count on it, and this file stays as it is then.
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "lib/lint/lint_internal.h"

#include <stdlib.h>
#include <string.h>

/* Those of ed25519 and ecdsa keys are shorter; an rsa key of 2048 bits makes
 * 256. */
#define BYTES_MIN 128

/* ---- Keys ---- */

static const struct key_public *find_key(const struct lint *l, const char *id)
{
	for (size_t i = 0; i < l->rsa_keys.len; i++)
		if (strcmp(l->rsa_keys.items[i].id, id) == 0)
			return &l->rsa_keys.items[i];
	return NULL;
}

void lint_know_keys(struct lint *l, const struct key_public *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (keys[i].scheme != KEY_RSA_PSS ||
		    find_key(l, keys[i].id) != NULL)
			continue;
		VEC_GROW(&l->rsa_keys);
		l->rsa_keys.items[l->rsa_keys.len++] = keys[i];
	}
}

/* What our reader refuses vouches for nothing here; another rule says why. */
void lint_note_rsa_key(const struct lint_page *p, const struct raw_node *key)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	char id[KEY_ID_SIZE] = "";
	struct key_public k;
	struct js_at root;

	if (key->key.len >= sizeof(id) ||
	    js_parse(&doc, "key", key->source.bytes, key->source.len, NULL) !=
	            0)
		return;
	memcpy(id, key->key.bytes, key->key.len);
	root = js_root(&doc);
	if (key_public_parse(&k, &root, id, NULL) == 0)
		lint_know_keys(p->l, &k, 1);
}

/* ---- Signatures ---- */

static bool read_signature(struct lint_signature *out, const struct raw_node *s)
{
	const struct raw_node *id = raw_get(s, "keyid");
	const struct raw_node *sig = raw_get(s, "sig");
	char hex[2 * KEY_SIG_MAX + 1] = "";

	*out = (struct lint_signature){0};
	if (id == NULL || id->type != RAW_STRING || sig == NULL ||
	    sig->type != RAW_STRING || id->text.len >= sizeof(out->keyid) ||
	    sig->text.len >= sizeof(hex))
		return false;
	memcpy(out->keyid, id->text.bytes, id->text.len);
	memcpy(hex, sig->text.bytes, sig->text.len);
	out->len = sig->text.len / 2;
	return out->len >= BYTES_MIN &&
	       hex_decode(out->sig, out->len, hex) == 0;
}

/* False where our reader refuses it: another rule says why. */
static bool digest_of(uint8_t out[SHA256_SIZE], const struct raw_node *body)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(body->source.len);
	struct js_at root;

	if (js_parse(&doc, "signed", body->source.bytes, body->source.len,
	             NULL) != 0)
		return false;
	root = js_root(&doc);
	if (canon_write(&canonical, &root, NULL) != 0)
		return false;
	hash_sha256(out, buf_str(&canonical), canonical.len);
	return true;
}

void lint_note_signatures(const struct lint_page *p)
{
	const struct raw_node *list = raw_get(p->root, "signatures");
	struct lint *l = p->l;
	uint8_t digest[SHA256_SIZE];
	bool has_digest = false;

	if (list == NULL || list->type != RAW_ARRAY)
		return;
	for (const struct raw_node *s = list->first;
	     s != NULL && s->index < TUF_SIGS_MAX; s = s->next) {
		struct lint_signature one;

		if (!read_signature(&one, s))
			continue;
		if (!has_digest && !digest_of(digest, p->body))
			return;
		has_digest = true;
		memcpy(one.file, l->file, sizeof(one.file));
		memcpy(one.digest, digest, sizeof(one.digest));
		if (p->type == TUF_ROOT)
			one.root = p->version;
		VEC_GROW(&l->signatures);
		l->signatures.items[l->signatures.len++] = one;
	}
}

/* ---- Both ---- */

/* A root below the newest stays as it is for ever: a server that is set up
 * anew takes it, or takes this repository never. */
static enum lint_id rule_for(const struct lint *l,
                             const struct lint_signature *s,
                             enum lint_id newest, enum lint_id old)
{
	return s->root > 0 && s->root < l->root_version ? old : newest;
}

static void check(struct lint *l, const struct lint_signature *s)
{
	const struct key_public *k = find_key(l, s->keyid);

	if (k == NULL)
		return;
	switch (key_oddity(k, s->sig, s->len, s->digest)) {
	case KEY_NOT_ODD: return;
	case KEY_SHORT:
		lint_note(l, rule_for(l, s, LINT_SIG_SHORT, LINT_SIG_SHORT_OLD),
		          NULL, "key %.16s: a signature of %zu bytes", k->id,
		          s->len);
		return;
	case KEY_SALTED:
		lint_note(l, rule_for(l, s, LINT_SIG_SALT, LINT_SIG_SALT_OLD),
		          NULL,
		          "key %.16s: its signature has another salt than "
		          "one of 32 bytes",
		          k->id);
		return;
	}
}

void lint_check_rsa(struct lint *l)
{
	for (size_t i = 0; i < l->signatures.len; i++) {
		memcpy(l->file, l->signatures.items[i].file, sizeof(l->file));
		check(l, &l->signatures.items[i]);
	}
	l->file[0] = '\0';
}
