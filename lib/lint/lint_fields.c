/*
 * The fields that all roles share, those of root, and the lists of snapshot
 * and timestamp (TUF 4.2 to 4.4, 4.6).
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "lib/crypto/hash.h"
#include "lib/lint/lint_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void lint_check_known(const struct lint_page *p, const struct raw_node *obj,
                      const char *const *names)
{
	for (const struct raw_node *m = obj->first; m != NULL; m = m->next) {
		const char *const *n = names;

		while (*n != NULL && !raw_is(&m->key, *n))
			n++;
		if (*n == NULL)
			lint_note(p->l, LINT_UNKNOWN_FIELD, m,
			          "no field of the specification");
	}
}

/* ---- The head ---- */

/* "1.N" or "1.N.N" */
static bool spec_version_ok(const struct raw_text *t)
{
	int dots = 0;

	if (t->len < 3 || t->bytes[0] != '1' || t->bytes[1] != '.')
		return false;
	for (size_t i = 1; i < t->len; i++) {
		char c = t->bytes[i];

		if (c == '.')
			dots++;
		else if (c < '0' || c > '9')
			return false;
		if (c == '.' && (i + 1 == t->len || t->bytes[i + 1] == '.'))
			return false;
	}
	return dots <= 2;
}

static void check_spec_version(const struct lint_page *p)
{
	const struct raw_node *s = raw_get(p->body, "spec_version");

	if (s == NULL || s->type != RAW_STRING || !spec_version_ok(&s->text))
		lint_note(p->l, LINT_SPEC_VERSION, s != NULL ? s : p->body,
		          "1.0.0 is needed");
	else if (!raw_is(&s->text, "1.0.0") && !raw_is(&s->text, "1.0"))
		lint_note(p->l, LINT_SPEC_VERSION_1_0, s, "%.*s",
		          (int)(s->text.len < 20 ? s->text.len : 20),
		          s->text.bytes);
}

static void check_expires(const struct lint_page *p)
{
	const struct raw_node *x = raw_get(p->body, "expires");
	char text[RFC3339_SIZE];
	int64_t at;

	if (x != NULL && x->type == RAW_STRING &&
	    x->text.len + 1 == sizeof(text)) {
		memcpy(text, x->text.bytes, x->text.len);
		text[x->text.len] = '\0';
		if (rfc3339_parse(&at, text) == 0)
			return;
	}
	lint_note(p->l, LINT_EXPIRES_FORM, x != NULL ? x : p->body,
	          "a time like 2026-11-20T20:37:00Z is needed");
}

void lint_check_head(const struct lint_page *p)
{
	const struct raw_node *type = raw_get(p->body, "_type");
	const struct raw_node *v = raw_get(p->body, "version");
	int64_t version = 0;

	if (!raw_says(type, tuf_type_name(p->type)))
		lint_note(p->l, LINT_TYPE_WRONG, type != NULL ? type : p->body,
		          "'%s' is needed", tuf_type_name(p->type));
	if (!raw_integer(&version, v) || version < 1)
		lint_note(p->l, LINT_VERSION_RANGE, v != NULL ? v : p->body,
		          "an integer from 1 to 2^53 - 1 is needed");
	else if (p->version > 0 && version != p->version)
		lint_note(p->l, LINT_FILE_VERSION, v,
		          "%" PRId64 " in a file named %" PRId64, version,
		          p->version);
	if (p->type == TUF_ROOT && version > p->l->root_version)
		p->l->root_version = version;
	check_spec_version(p);
	check_expires(p);
}

/* ---- Root ---- */

static void check_root_roles(const struct lint_page *p,
                             const struct raw_node *keys)
{
	static const char *const known[] = {"keyids", "threshold", NULL};
	static const char *const names[] = {"root", "snapshot", "targets",
	                                    "timestamp", NULL};
	const struct raw_node *roles =
		lint_need(p, p->body, "roles", RAW_OBJECT);

	if (roles == NULL)
		return;
	for (size_t i = 0; names[i] != NULL; i++) {
		const struct raw_node *r =
			lint_need(p, roles, names[i], RAW_OBJECT);

		if (r == NULL)
			continue;
		lint_check_known(p, r, known);
		lint_check_quorum(p, r, keys);
	}
	for (const struct raw_node *r = roles->first; r != NULL; r = r->next) {
		size_t i = 0;

		while (names[i] != NULL && !raw_is(&r->key, names[i]))
			i++;
		if (names[i] == NULL)
			lint_note(p->l, LINT_ROOT_ROLES, r,
			          "one role too many");
	}
}

void lint_check_root(const struct lint_page *p)
{
	static const char *const known[] = {
		"_type", "consistent_snapshot", "expires", "keys",
		"roles", "spec_version",        "version", NULL};
	const struct raw_node *keys = lint_need(p, p->body, "keys", RAW_OBJECT);
	const struct raw_node *c = raw_get(p->body, "consistent_snapshot");

	lint_check_known(p, p->body, known);
	if (c == NULL || (c->type != RAW_TRUE && c->type != RAW_FALSE))
		lint_note(p->l, LINT_CONSISTENT_MISSING,
		          c != NULL ? c : p->body,
		          "consistent_snapshot: true is needed");
	else if (c->type == RAW_FALSE)
		lint_note(p->l, LINT_CONSISTENT_FALSE, c, "true is needed");
	if (keys != NULL)
		lint_check_keys(p, keys);
	check_root_roles(p, keys);
}

/* ---- Hashes ---- */

static void check_hash(const struct lint_page *p, const struct raw_node *h)
{
	char name[16] = "", hex[2 * HASH_SIZE_MAX + 1] = "";
	enum hash_alg alg;

	if (h->key.len < sizeof(name))
		memcpy(name, h->key.bytes, h->key.len);
	if (hash_by_name(&alg, name) != 0) {
		lint_note(p->l, LINT_HASH_UNKNOWN, h,
		          "sha256 or sha512 is needed");
		return;
	}
	if (h->type == RAW_STRING && h->text.len < sizeof(hex))
		memcpy(hex, h->text.bytes, h->text.len);
	if (!is_hex(hex, 2 * hash_size(alg)))
		lint_note(p->l, LINT_HASH_FORM, h,
		          "%zu lower-case hex digits are needed",
		          2 * hash_size(alg));
}

void lint_check_hashes(const struct lint_page *p, const struct raw_node *owner,
                       bool is_target)
{
	const struct raw_node *hashes =
		lint_need(p, owner, "hashes", RAW_OBJECT);

	if (hashes == NULL)
		return;
	if (hashes->n == 0) {
		lint_note(p->l, LINT_HASHES_EMPTY, hashes, "lists none");
		return;
	}
	for (const struct raw_node *h = hashes->first; h != NULL; h = h->next)
		check_hash(p, h);
	if (raw_get(hashes, "sha256") == NULL)
		lint_note(p->l, LINT_HASH_SHA256, hashes, "lists no sha256");
	else if (is_target && raw_get(hashes, "sha512") != NULL)
		lint_note(p->l, LINT_HASH_TWO, hashes, "lists two");
}

/* ---- Snapshot and timestamp ---- */

/* "targets.json", not "7.targets.json" or "team%2Fa.json". A role may itself
 * begin with a digit; then a dot does not follow at once. */
static bool meta_name_ok(const struct raw_text *t)
{
	size_t digits = 0;

	if (t->len < 6 || memcmp(t->bytes + t->len - 5, ".json", 5) != 0)
		return false;
	while (digits < t->len && t->bytes[digits] >= '0' &&
	       t->bytes[digits] <= '9')
		digits++;
	if (digits > 0 && t->bytes[digits] == '.' && digits + 5 < t->len)
		return false;
	return memchr(t->bytes, '%', t->len) == NULL;
}

static void remember_listed(struct lint *l, const struct raw_text *name)
{
	char(*slot)[TUF_ROLE_MAX];

	if (name->len < 6 || name->len - 5 >= TUF_ROLE_MAX)
		return;
	VEC_GROW(&l->listed);
	slot = &l->listed.items[l->listed.len++];
	memcpy(*slot, name->bytes, name->len - 5);
	(*slot)[name->len - 5] = '\0';
}

static void check_meta_entry(const struct lint_page *p,
                             const struct raw_node *m)
{
	static const char *const known[] = {"version", "length", "hashes",
	                                    NULL};
	const struct raw_node *version = raw_get(m, "version");
	const struct raw_node *length = raw_get(m, "length");
	int64_t n = 0;

	if (!meta_name_ok(&m->key))
		lint_note(p->l, LINT_META_NAME, m, "ROLE.json is needed");
	if (m->type != RAW_OBJECT) {
		lint_note(p->l, LINT_SHAPE, m, "an object is needed");
		return;
	}
	lint_check_known(p, m, known);
	if (!raw_integer(&n, version) || n < 1)
		lint_note(p->l, LINT_META_VERSION, m,
		          "a version from 1 to 2^53 - 1 is needed");
	if (length == NULL || raw_get(m, "hashes") == NULL)
		lint_note(p->l, LINT_META_UNBOUND, m,
		          "length and hashes are not both there");
	if (length != NULL && raw_integer(&n, length) && n == 0)
		lint_note(p->l, LINT_META_LENGTH_ZERO, length, "is 0");
	else if (length != NULL && (!raw_integer(&n, length) || n < 0))
		lint_note(p->l, LINT_SHAPE, length, "an integer is needed");
	if (raw_get(m, "hashes") != NULL)
		lint_check_hashes(p, m, false);
}

void lint_check_meta(const struct lint_page *p)
{
	static const char *const known[] = {"_type",        "expires", "meta",
	                                    "spec_version", "version", NULL};
	const struct raw_node *meta = lint_need(p, p->body, "meta", RAW_OBJECT);

	lint_check_known(p, p->body, known);
	if (meta == NULL)
		return;
	if (p->type == TUF_TIMESTAMP &&
	    (meta->n != 1 || raw_get(meta, "snapshot.json") == NULL))
		lint_note(p->l, LINT_TIMESTAMP_META, meta,
		          "snapshot.json alone is needed");
	for (const struct raw_node *m = meta->first; m != NULL; m = m->next) {
		check_meta_entry(p, m);
		if (p->type == TUF_SNAPSHOT)
			remember_listed(p->l, &m->key);
	}
	if (p->type == TUF_SNAPSHOT)
		p->l->has_snapshot = true;
}
