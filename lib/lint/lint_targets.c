/*
 * targets.json and delegated roles (TUF 4.5): entries, paths, delegations and
 * bins.
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "lib/lint/lint_internal.h"
#include "lib/tuf/targets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define PATH_CHARS LETTERS "0123456789._+/-"
#define PATTERN_CHARS PATH_CHARS "*?"

static bool only(const struct raw_text *t, const char *allowed)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->bytes[i] == '\0' || strchr(allowed, t->bytes[i]) == NULL)
			return false;
	return true;
}

/* No segment is empty or begins with a dot. */
static bool segments_ok(const struct raw_text *t, bool last_may_be_empty)
{
	bool begin = true;

	for (size_t i = 0; i < t->len; i++) {
		if (begin && (t->bytes[i] == '/' || t->bytes[i] == '.'))
			return false;
		begin = t->bytes[i] == '/';
	}
	return !begin || (last_may_be_empty && t->len > 0);
}

/* ---- Entries ---- */

/* As name_is_target() has it. */
static bool fits_folders(const struct raw_text *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->len; i++) {
		bool ends = t->bytes[i] == '/';

		if (ends && n > TARGET_FOLDER_MAX)
			return false;
		n = ends ? 0 : n + 1;
	}
	return n <= TARGET_FILE_MAX;
}

static void check_path(const struct lint_page *p, const struct raw_node *t)
{
	if (!only(&t->key, PATH_CHARS))
		lint_note(p->l, LINT_TARGET_CHARS, t,
		          "the path has other characters");
	if (!segments_ok(&t->key, false))
		lint_note(p->l, LINT_TARGET_SEGMENTS, t,
		          "the path has an empty or hidden segment");
	if (t->key.len > TARGET_MAX_LEN)
		lint_note(p->l, LINT_TARGET_LONG, t, "the path has %zu bytes",
		          t->key.len);
	else if (!fits_folders(&t->key))
		lint_note(p->l, LINT_TARGET_LONG, t,
		          "a name in the path is too long");
}

static void check_entry(const struct lint_page *p, const struct raw_node *t)
{
	static const char *const known[] = {"length", "hashes", "custom", NULL};
	const struct raw_node *custom = raw_get(t, "custom");
	const struct raw_node *length = raw_get(t, "length");
	int64_t n = 0;

	check_path(p, t);
	if (t->type != RAW_OBJECT) {
		lint_note(p->l, LINT_SHAPE, t, "an object is needed");
		return;
	}
	lint_check_known(p, t, known);
	/* A number that is none of ours has a rule of its own. */
	if (length == NULL || length->type != RAW_NUMBER ||
	    (raw_integer(&n, length) && n < 0))
		lint_note(p->l, LINT_SHAPE, length != NULL ? length : t,
		          "a length is needed");
	lint_check_hashes(p, t, true);
	if (custom != NULL && custom->type != RAW_OBJECT)
		lint_note(p->l, LINT_CUSTOM_OBJECT, custom,
		          "an object is needed");
}

/* ---- Delegations ---- */

static struct lint_role *remember(const struct lint_page *p)
{
	struct lint *l = p->l;
	struct lint_role *r;

	VEC_GROW(&l->roles);
	r = &l->roles.items[l->roles.len++];
	*r = (struct lint_role){0};
	(void)snprintf(r->name, sizeof(r->name), "%s", p->role);
	return r;
}

static bool is_top_level(const struct raw_text *name)
{
	for (int t = TUF_ROOT; t <= TUF_TARGETS; t++)
		if (raw_is(name, tuf_type_name((enum tuf_type)t)))
			return true;
	return false;
}

static void check_name(const struct lint_page *p, const struct raw_node *d,
                       const struct raw_node *name, struct lint_role *r)
{
	char text[TUF_ROLE_MAX] = "";

	if (name == NULL || name->type != RAW_STRING || name->text.len == 0 ||
	    name->text.len >= sizeof(text)) {
		lint_note(p->l, LINT_SHAPE, d,
		          "a name of 1 to %d bytes is needed",
		          TUF_ROLE_MAX - 1);
		return;
	}
	memcpy(text, name->text.bytes, name->text.len);
	if (is_top_level(&name->text))
		lint_note(p->l, LINT_ROLE_TOP_LEVEL, name, "%s", text);
	if (strlen(text) != name->text.len || !name_is_word(text))
		lint_note(p->l, LINT_ROLE_NAME, name,
		          "[a-z0-9][a-z0-9._-]{0,63} is needed");
	for (size_t i = 0; i < r->n_delegated; i++)
		if (strcmp(r->delegated[i], text) == 0) {
			lint_note(p->l, LINT_ROLE_TWICE, name, "%s", text);
			return;
		}
	memcpy(r->delegated[r->n_delegated++], text, sizeof(text));
}

static void check_patterns(const struct lint_page *p,
                           const struct raw_node *paths)
{
	for (const struct raw_node *t = paths->first; t != NULL; t = t->next) {
		if (t->type != RAW_STRING) {
			lint_note(p->l, LINT_SHAPE, t, "a string is needed");
			continue;
		}
		if (!only(&t->text, PATTERN_CHARS))
			lint_note(p->l, LINT_PATTERN_CHARS, t,
			          "the pattern has other characters");
		if (!segments_ok(&t->text, true))
			lint_note(p->l, LINT_PATTERN_SEGMENTS, t,
			          "the pattern has an empty or hidden segment");
		if (memchr(t->text.bytes, '*', t->text.len) != NULL ||
		    memchr(t->text.bytes, '?', t->text.len) != NULL)
			lint_note(p->l, LINT_PATTERN_GLOB, t, "is a glob");
	}
}

static void check_prefixes(const struct lint_page *p,
                           const struct raw_node *prefixes)
{
	for (const struct raw_node *h = prefixes->first; h != NULL;
	     h = h->next) {
		char text[66] = "";

		if (h->type == RAW_STRING && h->text.len < sizeof(text))
			memcpy(text, h->text.bytes, h->text.len);
		if (text[0] == '\0' || strlen(text) > 64 ||
		    !is_hex(text, strlen(text)))
			lint_note(p->l, LINT_PREFIX_FORM, h,
			          "1 to 64 lower-case hex digits are needed");
	}
}

static void check_delegation(const struct lint_page *p,
                             const struct raw_node *d,
                             const struct raw_node *keys, struct lint_role *r)
{
	static const char *const known[] = {"name",      "keyids",
	                                    "threshold", "terminating",
	                                    "paths",     "path_hash_prefixes",
	                                    NULL};
	const struct raw_node *terminating = raw_get(d, "terminating");
	const struct raw_node *paths = raw_get(d, "paths");
	const struct raw_node *prefixes = raw_get(d, "path_hash_prefixes");

	if (d->type != RAW_OBJECT) {
		lint_note(p->l, LINT_SHAPE, d, "an object is needed");
		return;
	}
	lint_check_known(p, d, known);
	lint_check_quorum(p, d, keys);
	check_name(p, d, raw_get(d, "name"), r);
	if (terminating == NULL ||
	    (terminating->type != RAW_TRUE && terminating->type != RAW_FALSE))
		lint_note(p->l, LINT_TERMINATING,
		          terminating != NULL ? terminating : d,
		          "terminating, true or false, is needed");
	if ((paths == NULL) == (prefixes == NULL)) {
		lint_note(p->l, LINT_PATHS_OR_PREFIXES, d,
		          "one of paths and path_hash_prefixes is needed");
		return;
	}
	if (paths != NULL &&
	    (paths = lint_need(p, d, "paths", RAW_ARRAY)) != NULL)
		check_patterns(p, paths);
	if (prefixes != NULL &&
	    (prefixes = lint_need(p, d, "path_hash_prefixes", RAW_ARRAY)) !=
	            NULL) {
		r->prefixes = true;
		check_prefixes(p, prefixes);
	}
}

static void check_succinct(const struct lint_page *p, const struct raw_node *s,
                           const struct raw_node *keys, struct lint_role *r)
{
	static const char *const known[] = {"keyids", "threshold", "bit_length",
	                                    "name_prefix", NULL};
	const struct raw_node *prefix = raw_get(s, "name_prefix");
	int64_t bits = 0;

	lint_check_known(p, s, known);
	lint_check_quorum(p, s, keys);
	if (!raw_integer(&bits, raw_get(s, "bit_length")) || bits < 1 ||
	    bits > 32) {
		lint_note(p->l, LINT_SHAPE, s,
		          "a bit_length of 1 to 32 is needed");
		return;
	}
	if (prefix == NULL || prefix->type != RAW_STRING ||
	    prefix->text.len == 0) {
		lint_note(p->l, LINT_SHAPE, s, "a name_prefix is needed");
		return;
	}
	r->bits = (int)bits;
	lint_note(p->l, LINT_BINS_SUCCINCT, s, "%" PRIu64 " succinct bins",
	          UINT64_C(1) << bits);
}

static void check_roles(const struct lint_page *p, const struct raw_node *roles,
                        const struct raw_node *keys, struct lint_role *r)
{
	r->delegated = xcalloc(roles->n + 1, sizeof(*r->delegated));
	for (const struct raw_node *d = roles->first; d != NULL; d = d->next) {
		if (d->index == TUF_DELEGATIONS_MAX) {
			lint_note(p->l, LINT_SHAPE, roles, "%zu delegations",
			          roles->n);
			return;
		}
		check_delegation(p, d, keys, r);
	}
	if (r->prefixes)
		lint_note(p->l, LINT_BINS_PREFIX, roles,
		          "delegates by path_hash_prefixes");
	lint_check_overlaps(p, roles);
}

static void check_delegations(const struct lint_page *p, struct lint_role *r)
{
	static const char *const known[] = {"keys", "roles", "succinct_roles",
	                                    NULL};
	const struct raw_node *obj =
		lint_need(p, p->body, "delegations", RAW_OBJECT);
	const struct raw_node *keys, *roles, *succinct;

	if (obj == NULL)
		return;
	lint_check_known(p, obj, known);
	keys = lint_need(p, obj, "keys", RAW_OBJECT);
	if (keys != NULL)
		lint_check_keys(p, keys);
	roles = raw_get(obj, "roles");
	succinct = raw_get(obj, "succinct_roles");
	if ((roles == NULL) == (succinct == NULL)) {
		lint_note(p->l, LINT_ROLES_OR_SUCCINCT, obj,
		          "one of roles and succinct_roles is needed");
		return;
	}
	if (roles != NULL &&
	    (roles = lint_need(p, obj, "roles", RAW_ARRAY)) != NULL)
		check_roles(p, roles, keys, r);
	if (succinct != NULL && (succinct = lint_need(p, obj, "succinct_roles",
	                                              RAW_OBJECT)) != NULL)
		check_succinct(p, succinct, keys, r);
}

void lint_check_targets(const struct lint_page *p)
{
	static const char *const known[] = {
		"_type",   "delegations", "expires", "spec_version",
		"targets", "version",     NULL};
	const struct raw_node *targets =
		lint_need(p, p->body, "targets", RAW_OBJECT);

	lint_check_known(p, p->body, known);
	for (const struct raw_node *t = targets != NULL ? targets->first : NULL;
	     t != NULL; t = t->next)
		check_entry(p, t);
	if (raw_get(p->body, "delegations") != NULL)
		check_delegations(p, remember(p));
}
