/*
 * Reading targets.json and delegated roles. Writing and building them is in
 * targets_write.c, who speaks for which path in delegate.c.
 */
#include "config.h"

#include "lib/tuf/targets.h"

#include "lib/base/hex.h"
#include "lib/json/canon.h"
#include "lib/tuf/keys.h"

#include <stdlib.h>
#include <string.h>

static int no_memory(const struct js_at *at, struct err *e)
{
	return err_set(e, ERR_MEMORY, "%s: no memory", at->doc->name);
}

static int parse_name(char *out, const struct js_at *obj, const char *key,
                      size_t max, struct err *e)
{
	const char *name;

	if (js_get_str(&name, obj, key, max, e) != 0)
		return -1;
	if (*name == '\0')
		return js_refuse(obj, e, "%s is empty", key);
	memcpy(out, name, strlen(name) + 1);
	return 0;
}

/* A delegation named "root" would be stored over the root. */
static int check_not_top_level(const char *name, const struct js_at *at,
                               struct err *e)
{
	for (int t = TUF_ROOT; t <= TUF_TARGETS; t++)
		if (strcmp(name, tuf_type_name((enum tuf_type)t)) == 0)
			return js_refuse(at, e,
			                 "'%s' is the name of a top-level role",
			                 name);
	return 0;
}

static int parse_strings(char ***out, size_t *n, const struct js_at *obj,
                         const char *key, size_t max, struct err *e)
{
	struct js_at list;
	size_t count;

	if (js_get_array(&list, &count, obj, key, 0, max, e) != 0)
		return -1;
	*out = calloc(count + 1, sizeof(**out));
	if (*out == NULL)
		return no_memory(obj, e);
	for (size_t i = 0; i < count; i++) {
		struct js_at at = js_element(&list, i);
		const char *s;

		if (js_as_str(&s, &at, TUF_PATH_MAX, e) != 0)
			return -1;
		(*out)[*n] = strdup(s);
		if ((*out)[*n] == NULL)
			return no_memory(obj, e);
		(*n)++;
	}
	return 0;
}

static int check_prefixes(const struct tuf_delegation *d,
                          const struct js_at *at, struct err *e)
{
	for (size_t i = 0; i < d->n_hash_prefixes; i++) {
		const char *p = d->hash_prefixes[i];
		size_t len = strlen(p);

		if (len < 1 || len >= SHA256_HEX_SIZE || !is_hex(p, len))
			return js_refuse(at, e,
			                 "path_hash_prefixes[%zu] is not 1 to "
			                 "64 lower-case hex digits",
			                 i);
	}
	return 0;
}

static int parse_delegation(struct tuf_delegation *d, const struct js_at *at,
                            struct err *e)
{
	bool by_path = js_has(at, "paths");

	if (js_is_object(at, e) != 0 ||
	    parse_name(d->name, at, "name", TUF_ROLE_MAX - 1, e) != 0 ||
	    check_not_top_level(d->name, at, e) != 0 ||
	    tuf_keyids_parse(&d->keyids, &d->n_keyids, &d->threshold, at, e) !=
	            0 ||
	    js_get_bool(&d->terminating, at, "terminating", e) != 0)
		return -1;
	/* TUF 4.5: "MUST contain one of, but not both". */
	if (by_path == js_has(at, "path_hash_prefixes"))
		return js_refuse(at, e,
		                 "exactly one of paths and path_hash_prefixes "
		                 "is needed");
	if (by_path)
		return parse_strings(&d->paths, &d->n_paths, at, "paths",
		                     TUF_PATHS_MAX, e);
	if (parse_strings(&d->hash_prefixes, &d->n_hash_prefixes, at,
	                  "path_hash_prefixes", TUF_PREFIXES_MAX, e) != 0)
		return -1;
	return check_prefixes(d, at, e);
}

static int by_name(const void *a, const void *b)
{
	const struct tuf_delegation *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* "ROLENAME … is unique" (TUF 4.5). Sorted: lists may be long. */
static int check_once(const struct tuf_targets *t, const struct js_at *list,
                      struct err *e)
{
	SCOPED(free)
	const struct tuf_delegation **order =
		calloc(t->n_roles + 1, sizeof(*order));

	if (order == NULL)
		return no_memory(list, e);
	for (size_t i = 0; i < t->n_roles; i++)
		order[i] = &t->roles[i];
	qsort(order, t->n_roles, sizeof(*order), by_name);
	for (size_t i = 1; i < t->n_roles; i++)
		if (by_name(&order[i - 1], &order[i]) == 0)
			return js_refuse(list, e,
			                 "the role '%s' is delegated twice",
			                 order[i]->name);
	return 0;
}

/* In order of appearance: the order is the priority (CVE-2024-47534). */
static int parse_roles(struct tuf_targets *t, const struct js_at *obj,
                       struct err *e)
{
	struct js_at list;
	size_t count;

	if (js_get_array(&list, &count, obj, "roles", 0, TUF_DELEGATIONS_MAX,
	                 e) != 0)
		return -1;
	t->roles = calloc(count + 1, sizeof(*t->roles));
	if (t->roles == NULL)
		return no_memory(obj, e);
	for (size_t i = 0; i < count; i++) {
		struct js_at at = js_element(&list, i);
		struct tuf_delegation *d = &t->roles[t->n_roles++];

		if (parse_delegation(d, &at, e) != 0)
			return -1;
	}
	return check_once(t, &list, e);
}

static int parse_succinct(struct tuf_targets *t, const struct js_at *obj,
                          struct err *e)
{
	struct tuf_succinct *s = &t->succinct;
	struct js_at at;
	int64_t bits;

	if (js_get(&at, obj, "succinct_roles", e) != 0 ||
	    tuf_keyids_parse(&s->keyids, &s->n_keyids, &s->threshold, &at, e) !=
	            0 ||
	    js_get_int(&bits, &at, "bit_length", 1, 32, e) != 0)
		return -1;
	s->bit_length = (int)bits;
	s->present = true;
	/* Room for "-" and 8 hex digits. */
	return parse_name(s->name_prefix, &at, "name_prefix", TUF_ROLE_MAX - 10,
	                  e);
}

static int parse_delegations(struct tuf_targets *t, const struct js_at *s,
                             struct err *e)
{
	struct js_at obj, keys;
	bool succinct;

	if (!js_has(s, "delegations"))
		return 0;
	t->has_delegations = true;
	if (js_get(&obj, s, "delegations", e) != 0 ||
	    js_get(&keys, &obj, "keys", e) != 0 ||
	    tuf_keys_parse(&t->keys, &t->n_keys, &keys, e) != 0)
		return -1;
	succinct = js_has(&obj, "succinct_roles");
	if (succinct == js_has(&obj, "roles"))
		return js_refuse(&obj, e,
		                 "exactly one of roles and succinct_roles is "
		                 "needed");
	return succinct ? parse_succinct(t, &obj, e) : parse_roles(t, &obj, e);
}

static int parse_hashes(struct tuf_target *f, const struct js_at *at,
                        struct err *e)
{
	if (js_is_object(at, e) != 0)
		return -1;
	if (js_count(at) == 0)
		return js_refuse(at, e, "lists no hash");
	for (struct js_at m = js_first(at); m.value; m = js_next(&m)) {
		enum hash_alg alg;
		const char *hex;

		if (hash_by_name(&alg, m.key) != 0) {
			f->unknown_hash = true;
			continue;
		}
		if (js_as_str(&hex, &m, 2 * HASH_SIZE_MAX, e) != 0)
			return -1;
		if (!is_hex(hex, 2 * hash_size(alg)))
			return js_refuse(&m, e,
			                 "%zu lower-case hex digits are needed",
			                 2 * hash_size(alg));
		if (alg == HASH_SHA256)
			memcpy(f->sha256, hex, sizeof(f->sha256));
		else if ((f->sha512 = strdup(hex)) == NULL)
			return no_memory(at, e);
	}
	return 0;
}

static int parse_custom(struct tuf_target *f, const struct js_at *at,
                        size_t max, struct err *e)
{
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(max);

	if (js_is_object(at, e) != 0 || canon_write(&canonical, at, e) != 0)
		return -1;
	f->custom = strdup(buf_str(&canonical));
	return f->custom != NULL ? 0 : no_memory(at, e);
}

static int parse_target(struct tuf_target *f, const struct js_at *at,
                        size_t max, struct err *e)
{
	struct js_at hashes, custom;

	if (strlen(at->key) > TUF_PATH_MAX)
		return js_refuse(at, e, "a path of at most %d bytes is needed",
		                 TUF_PATH_MAX);
	f->path = strdup(at->key);
	if (f->path == NULL)
		return no_memory(at, e);
	if (js_is_object(at, e) != 0 ||
	    js_get_int(&f->length, at, "length", 0, NUM_JSON_MAX, e) != 0 ||
	    js_get(&hashes, at, "hashes", e) != 0 ||
	    parse_hashes(f, &hashes, e) != 0)
		return -1;
	if (!js_has(at, "custom"))
		return 0;
	return js_get(&custom, at, "custom", e) != 0
	               ? -1
	               : parse_custom(f, &custom, max, e);
}

static int by_path(const void *a, const void *b)
{
	const struct tuf_target *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* As a canonical file has them. */
static bool is_sorted(const struct tuf_targets *t)
{
	for (size_t i = 1; i < t->n_targets; i++)
		if (by_path(&t->targets[i - 1], &t->targets[i]) > 0)
			return false;
	return true;
}

static int parse(struct tuf_targets *t, const struct tuf_envelope *env,
                 struct err *e)
{
	struct js_at obj;
	size_t count;

	t->version = env->version;
	t->expires_s = env->expires_s;
	if (js_get(&obj, &env->signed_at, "targets", e) != 0 ||
	    js_is_object(&obj, e) != 0)
		return -1;
	count = js_count(&obj);
	t->targets = calloc(count + 1, sizeof(*t->targets));
	if (t->targets == NULL)
		return no_memory(&obj, e);
	for (struct js_at m = js_first(&obj); m.value; m = js_next(&m)) {
		if (parse_target(&t->targets[t->n_targets++], &m,
		                 env->canonical.len, e) != 0)
			return -1;
	}
	if (!is_sorted(t))
		qsort(t->targets, t->n_targets, sizeof(*t->targets), by_path);
	return parse_delegations(t, &env->signed_at, e);
}

int tuf_targets_parse(struct tuf_targets *out, const char *role,
                      const struct tuf_envelope *env, struct err *e)
{
	*out = (struct tuf_targets){0};
	if (parse(out, env, e) != 0) {
		tuf_targets_fini(out);
		if (strcmp(role, env->doc.name) != 0)
			err_context(e, "%s", role);
		return -1;
	}
	return 0;
}

static void free_strings(char **s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(s[i]);
	free(s);
}

void tuf_target_fini(struct tuf_target *f)
{
	free(f->path);
	free(f->sha512);
	free(f->custom);
	*f = (struct tuf_target){0};
}

void tuf_delegation_fini(struct tuf_delegation *d)
{
	free(d->keyids);
	free_strings(d->paths, d->n_paths);
	free_strings(d->hash_prefixes, d->n_hash_prefixes);
	*d = (struct tuf_delegation){0};
}

void tuf_targets_fini(struct tuf_targets *t)
{
	for (size_t i = 0; i < t->n_targets; i++)
		tuf_target_fini(&t->targets[i]);
	free(t->targets);
	for (size_t i = 0; i < t->n_roles; i++)
		tuf_delegation_fini(&t->roles[i]);
	free(t->roles);
	free(t->keys);
	free(t->succinct.keyids);
	*t = (struct tuf_targets){0};
}

size_t tuf_targets_place(const struct tuf_targets *t, const char *path)
{
	size_t low = 0, high = t->n_targets;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(t->targets[mid].path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct tuf_target *tuf_targets_find(const struct tuf_targets *t,
                                          const char *path)
{
	size_t i = tuf_targets_place(t, path);

	return i < t->n_targets && strcmp(t->targets[i].path, path) == 0
	               ? &t->targets[i]
	               : NULL;
}

const struct tuf_delegation *tuf_targets_role(const struct tuf_targets *t,
                                              const char *name)
{
	for (size_t i = 0; i < t->n_roles; i++)
		if (strcmp(t->roles[i].name, name) == 0)
			return &t->roles[i];
	return NULL;
}

struct tuf_quorum tuf_targets_quorum(const struct tuf_targets *t,
                                     const struct tuf_delegation *d)
{
	return (struct tuf_quorum){.keys = t->keys,
	                           .n_keys = t->n_keys,
	                           .keyids = d->keyids,
	                           .n_keyids = d->n_keyids,
	                           .threshold = d->threshold};
}

struct tuf_quorum tuf_succinct_quorum(const struct tuf_targets *t)
{
	return (struct tuf_quorum){.keys = t->keys,
	                           .n_keys = t->n_keys,
	                           .keyids = t->succinct.keyids,
	                           .n_keyids = t->succinct.n_keyids,
	                           .threshold = t->succinct.threshold};
}
