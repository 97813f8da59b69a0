#include "config.h"

#include "lib/tuf/envelope.h"

#include "lib/base/hex.h"
#include "lib/base/num.h"
#include "lib/json/canon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
	/* clang-format off */
	[TUF_ROOT]      = "root",
	[TUF_TIMESTAMP] = "timestamp",
	[TUF_SNAPSHOT]  = "snapshot",
	[TUF_TARGETS]   = "targets",
	/* clang-format on */
};

const char *tuf_type_name(enum tuf_type t)
{
	return type_names[t];
}

/* "1.x" or "1.x.y": what any client of this major version reads. */
static bool spec_version_ok(const char *text)
{
	int parts = 1;

	if (text[0] != '1' || text[1] != '.')
		return false;
	for (text += 2; parts < 3; parts++) {
		size_t digits = strspn(text, "0123456789");

		if (digits < 1 || digits > 9)
			return false;
		text += digits;
		if (*text == '\0')
			return true;
		if (*text++ != '.')
			return false;
	}
	return false;
}

/* What is not hex, or longer than any scheme we know, can verify nothing:
 * kept as empty, so that the valid ones beside it still count. */
static void decode_sig(struct tuf_signature *out, const char *hex)
{
	size_t len = strlen(hex);

	out->len = len / 2;
	if (len % 2 != 0 || out->len > sizeof(out->sig) ||
	    hex_decode(out->sig, out->len, hex) != 0)
		out->len = 0;
}

static int parse_signatures(struct tuf_envelope *env, struct err *e)
{
	struct js_at list;
	size_t count;

	/* CVE-2020-6173: the bound stands before any of them is looked at. */
	if (js_get_array(&list, &count, &env->root, "signatures", 0,
	                 TUF_SIGS_MAX, e) != 0)
		return -1;
	env->sigs = calloc(count + 1, sizeof(*env->sigs));
	if (env->sigs == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory for signatures",
		               env->doc.name);
	for (size_t i = 0; i < count; i++) {
		struct js_at at = js_element(&list, i);
		const char *id, *sig;

		if (js_get_str(&id, &at, "keyid", SIZE_MAX, e) != 0 ||
		    js_get_str(&sig, &at, "sig", SIZE_MAX, e) != 0)
			return -1;
		/* Our ids are sha256 in hex; others can be nobody's here. */
		if (!is_hex(id, KEY_ID_SIZE - 1))
			continue;
		/* TUF 4.2.1 (CVE-2020-6174): "keyid" MUST be unique. */
		for (size_t k = 0; k < env->n_sigs; k++)
			if (strcmp(env->sigs[k].keyid, id) == 0)
				return js_refuse(&at, e,
				                 "key %.16s… has signed twice",
				                 id);
		memcpy(env->sigs[env->n_sigs].keyid, id, KEY_ID_SIZE);
		decode_sig(&env->sigs[env->n_sigs++], sig);
	}
	return 0;
}

/* The members that all roles share (TUF 4.3 to 4.6). */
static int parse_head(struct tuf_envelope *env, enum tuf_type want,
                      struct err *e)
{
	const char *type, *spec;

	if (js_get_str(&type, &env->signed_at, "_type", 64, e) != 0)
		return -1;
	if (strcmp(type, type_names[want]) != 0)
		return err_code(e, ERR_INVALID, "wrong_type",
		                "%s: _type is '%s', '%s' is needed",
		                env->doc.name, type, type_names[want]);
	env->type = want;
	if (js_get_str(&spec, &env->signed_at, "spec_version", 64, e) != 0)
		return -1;
	if (!spec_version_ok(spec))
		return err_code(e, ERR_INVALID, "spec_version",
		                "%s: spec_version is '%s', 1.x is needed",
		                env->doc.name, spec);
	if (js_get_int(&env->version, &env->signed_at, "version", 1,
	               NUM_JSON_MAX, e) != 0)
		return -1;
	return js_get_time(&env->expires_s, &env->signed_at, "expires", e);
}

static int parse(struct tuf_envelope *env, enum tuf_type want, const char *name,
                 const void *bytes, size_t len, struct err *e)
{
	if (js_parse(&env->doc, name, bytes, len, e) != 0)
		return -1;
	env->root = js_root(&env->doc);
	if (js_get(&env->signed_at, &env->root, "signed", e) != 0 ||
	    js_is_object(&env->signed_at, e) != 0 ||
	    parse_signatures(env, e) != 0 || parse_head(env, want, e) != 0)
		return -1;
	/* Never longer than what was read: white space and escapes only go. */
	buf_init(&env->canonical, len);
	return canon_write(&env->canonical, &env->signed_at, e);
}

int tuf_envelope_parse(struct tuf_envelope *out, enum tuf_type want,
                       const char *name, const void *bytes, size_t len,
                       struct err *e)
{
	*out = (struct tuf_envelope){0};
	if (parse(out, want, name, bytes, len, e) != 0) {
		tuf_envelope_fini(out);
		return -1;
	}
	return 0;
}

void tuf_envelope_fini(struct tuf_envelope *env)
{
	js_fini(&env->doc);
	buf_fini(&env->canonical);
	free(env->sigs);
	env->sigs = NULL;
	env->n_sigs = 0;
}

static bool is_listed(const struct tuf_quorum *q, const char *id)
{
	for (size_t i = 0; i < q->n_keyids; i++)
		if (strcmp(q->keyids[i], id) == 0)
			return true;
	return false;
}

/* The key of this id when the role lists it, else NULL. */
static const struct key_public *listed_key(const struct tuf_quorum *q,
                                           const char *id)
{
	if (!is_listed(q, id))
		return NULL;
	for (size_t i = 0; i < q->n_keys; i++)
		if (strcmp(q->keys[i].id, id) == 0)
			return &q->keys[i];
	return NULL;
}

/* Up to `enough` of them: whoever only asks whether a threshold is met need
 * not know what stands above it. */
static size_t count_up_to(size_t enough, const struct tuf_quorum *q,
                          const struct tuf_envelope *env)
{
	const struct key_public *counted[TUF_SIGS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < env->n_sigs && n < enough; i++) {
		const struct tuf_signature *s = &env->sigs[i];
		const struct key_public *k = listed_key(q, s->keyid);
		bool again = false;

		if (k == NULL || s->len == 0 ||
		    !key_verify(k, s->sig, s->len, buf_str(&env->canonical),
		                env->canonical.len))
			continue;
		/* One key under two ids is one key (GHSA-3633-5h82-39pq). */
		for (size_t c = 0; c < n; c++)
			again = again || key_public_equal(counted[c], k);
		if (!again)
			counted[n++] = k;
	}
	return n;
}

size_t tuf_quorum_count(const struct tuf_quorum *q,
                        const struct tuf_envelope *env)
{
	return count_up_to(TUF_SIGS_MAX, q, env);
}

bool tuf_quorum_is_same(const struct tuf_quorum *a, const struct tuf_quorum *b)
{
	if (a->threshold != b->threshold || a->n_keyids != b->n_keyids)
		return false;
	for (size_t i = 0; i < a->n_keyids; i++)
		if (strcmp(a->keyids[i], b->keyids[i]) != 0)
			return false;
	return true;
}

int tuf_quorum_check(const struct tuf_quorum *q, const struct tuf_envelope *env,
                     struct err *e)
{
	size_t enough = q->threshold < 1 || q->threshold > TUF_SIGS_MAX
	                        ? TUF_SIGS_MAX
	                        : (size_t)q->threshold;
	size_t n = count_up_to(enough, q, env);

	if (q->threshold < 1 || n < (uint64_t)q->threshold)
		return err_code(e, ERR_UNTRUSTED, "threshold",
		                "%s: %zu of %" PRId64 " signatures",
		                env->doc.name, n, q->threshold);
	return 0;
}

int tuf_envelope_write(struct buf *out, const void *signed_bytes,
                       size_t signed_len, const struct tuf_signature *sigs,
                       size_t n_sigs, struct err *e)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "signatures");
	jw_array(&w);
	for (size_t i = 0; i < n_sigs; i++) {
		jw_object(&w);
		jw_put_str(&w, "keyid", sigs[i].keyid);
		jw_put_hex(&w, "sig", sigs[i].sig, sigs[i].len);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_key(&w, "signed");
	jw_canonical(&w, signed_bytes, signed_len);
	jw_end_object(&w);
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE,
		               "a signed file above %zu bytes", out->max_bytes);
	return 0;
}

void tuf_sign(struct tuf_signature *out, const struct key_secret *k,
              const void *signed_bytes, size_t signed_len)
{
	*out = (struct tuf_signature){0};
	(void)snprintf(out->keyid, sizeof(out->keyid), "%s",
	               key_secret_public(k)->id);
	out->len = key_sign(out->sig, k, signed_bytes, signed_len);
}
