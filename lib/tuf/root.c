#include "config.h"

#include "lib/tuf/root.h"

#include "lib/base/hex.h"
#include "lib/tuf/keys.h"

#include <stdlib.h>
#include <string.h>

#define REPO_HEX_LEN 32

/* Byte order of their names, which canonical JSON wants. */
static const enum tuf_type by_name[] = {TUF_ROOT, TUF_SNAPSHOT, TUF_TARGETS,
                                        TUF_TIMESTAMP};

static int parse_roles(struct tuf_root *r, const struct js_at *s, struct err *e)
{
	struct js_at roles;

	if (js_get(&roles, s, "roles", e) != 0)
		return -1;
	/* TUF 4.3: all four; others ("mirrors") may be there. */
	for (size_t i = 0; i < 4; i++) {
		enum tuf_type t = by_name[i];
		struct tuf_role_keys *k = &r->roles[t];
		struct js_at at;

		if (js_get(&at, &roles, tuf_type_name(t), e) != 0 ||
		    tuf_keyids_parse(&k->keyids, &k->n_keyids, &k->threshold,
		                     &at, e) != 0)
			return -1;
	}
	return 0;
}

static int parse_repo(struct tuf_root *r, const struct js_at *s, struct err *e)
{
	struct js_at at;
	const char *repo;

	if (!js_has(s, "pawl_repo"))
		return 0;
	if (js_get(&at, s, "pawl_repo", e) != 0 ||
	    js_as_str(&repo, &at, REPO_HEX_LEN, e) != 0)
		return -1;
	if (!is_hex(repo, REPO_HEX_LEN))
		return js_refuse(&at, e, "%d lower-case hex digits are needed",
		                 REPO_HEX_LEN);
	memcpy(r->repo, repo, sizeof(r->repo));
	return 0;
}

static int parse(struct tuf_root *r, const struct tuf_envelope *env,
                 struct err *e)
{
	const struct js_at *s = &env->signed_at;
	struct js_at keys;

	r->version = env->version;
	r->expires_s = env->expires_s;
	/* Absent in some old repositories; those had plain names. */
	if (js_has(s, "consistent_snapshot") &&
	    js_get_bool(&r->consistent_snapshot, s, "consistent_snapshot", e) !=
	            0)
		return -1;
	if (js_get(&keys, s, "keys", e) != 0 ||
	    tuf_keys_parse(&r->keys, &r->n_keys, &keys, e) != 0)
		return -1;
	if (parse_roles(r, s, e) != 0)
		return -1;
	return parse_repo(r, s, e);
}

int tuf_root_parse(struct tuf_root *out, const struct tuf_envelope *env,
                   struct err *e)
{
	*out = (struct tuf_root){0};
	if (parse(out, env, e) != 0) {
		tuf_root_fini(out);
		return -1;
	}
	return 0;
}

void tuf_root_fini(struct tuf_root *r)
{
	free(r->keys);
	for (size_t i = 0; i < 4; i++)
		free(r->roles[i].keyids);
	*r = (struct tuf_root){0};
}

struct tuf_quorum tuf_root_quorum(const struct tuf_root *r, enum tuf_type t)
{
	return (struct tuf_quorum){.keys = r->keys,
	                           .n_keys = r->n_keys,
	                           .keyids = r->roles[t].keyids,
	                           .n_keyids = r->roles[t].n_keyids,
	                           .threshold = r->roles[t].threshold};
}

int tuf_root_write(struct buf *out, const struct tuf_root *r, struct err *e)
{
	struct jw w;

	for (size_t i = 0; i < 4; i++) {
		struct tuf_quorum q = tuf_root_quorum(r, by_name[i]);

		if (tuf_keys_check(&q, tuf_type_name(by_name[i]), e) != 0)
			return -1;
	}
	jw_init_canonical(&w, out);
	jw_object(&w);
	jw_put_str(&w, "_type", "root");
	jw_put_bool(&w, "consistent_snapshot", r->consistent_snapshot);
	jw_put_time(&w, "expires", r->expires_s);
	jw_key(&w, "keys");
	tuf_keys_write(&w, r->keys, r->n_keys);
	if (r->repo[0] != '\0')
		jw_put_str(&w, "pawl_repo", r->repo);
	jw_key(&w, "roles");
	jw_object(&w);
	for (size_t i = 0; i < 4; i++) {
		const struct tuf_role_keys *k = &r->roles[by_name[i]];

		jw_key(&w, tuf_type_name(by_name[i]));
		jw_object(&w);
		jw_key(&w, "keyids");
		tuf_keyids_write(&w, k->keyids, k->n_keyids);
		jw_put_int(&w, "threshold", k->threshold);
		jw_end_object(&w);
	}
	jw_end_object(&w);
	jw_put_str(&w, "spec_version", TUF_SPEC_VERSION);
	jw_put_int(&w, "version", r->version);
	jw_end_object(&w);
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE, "root: above %zu bytes",
		               out->max_bytes);
	return 0;
}

void tuf_root_add_key(struct tuf_root *r, enum tuf_type role,
                      const struct key_public *k)
{
	tuf_keys_add(&r->keys, &r->n_keys, k);
	tuf_keyids_add(&r->roles[role].keyids, &r->roles[role].n_keyids, k->id);
}

bool tuf_root_remove_key(struct tuf_root *r, enum tuf_type role,
                         const char *keyid)
{
	struct tuf_role_keys *k = &r->roles[role];

	if (!tuf_keyids_remove(k->keyids, &k->n_keyids, keyid))
		return false;
	for (int t = 0; t < 4; t++)
		for (size_t i = 0; i < r->roles[t].n_keyids; i++)
			if (strcmp(r->roles[t].keyids[i], keyid) == 0)
				return true;
	tuf_keys_remove(r->keys, &r->n_keys, keyid);
	return true;
}
