/*
 * Building and writing what targets.c reads. Sizes here are our own.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/strsort.h"
#include "lib/tuf/keys.h"
#include "lib/tuf/targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In their order, entries and their paths lie all over the memory: those of so
 * many places on are on their way while one is dealt with. */
#define AHEAD ((size_t)16)
/* A usual path, its hash and what stands around them: so much room is asked for
 * beforehand for each target. */
#define USUAL_BYTES ((size_t)160)

/* Both may end in another line of the cache than they begin in. That a path is
 * shorter does no harm: nothing is read. */
static void prefetch_path(const struct tuf_target *f)
{
	__builtin_prefetch(f->path);
	__builtin_prefetch(f->path + 24);
}

static void prefetch_entry(const struct tuf_target *f)
{
	__builtin_prefetch(f);
	__builtin_prefetch(f->sha256 + 48);
}

static int check(const struct tuf_targets *t, struct err *e)
{
	for (size_t i = 0; i < t->n_roles; i++) {
		struct tuf_quorum q = tuf_targets_quorum(t, &t->roles[i]);

		if (tuf_keys_check(&q, t->roles[i].name, e) != 0)
			return -1;
	}
	if (t->succinct.present) {
		struct tuf_quorum q = tuf_succinct_quorum(t);

		if (t->n_roles > 0)
			return err_set(e, ERR_INVALID,
			               "%s: delegations by name and succinct "
			               "bins exclude each other",
			               t->succinct.name_prefix);
		if (tuf_keys_check(&q, t->succinct.name_prefix, e) != 0)
			return -1;
	}
	return 0;
}

static int check_target(const struct tuf_target *f, struct err *e)
{
	if (!f->unknown_hash && (f->sha256[0] != '\0' || f->sha512 != NULL))
		return 0;
	return err_set(e, ERR_INVALID,
	               "%s: sha256 or sha512 is needed, and no other", f->path);
}

static void write_strings(struct jw *w, const char *key, char **s, size_t n)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, s[i]);
	jw_end_array(w);
}

static void write_delegation(struct jw *w, const struct tuf_delegation *d)
{
	jw_object(w);
	jw_key(w, "keyids");
	tuf_keyids_write(w, d->keyids, d->n_keyids);
	jw_put_str(w, "name", d->name);
	if (d->n_hash_prefixes > 0)
		write_strings(w, "path_hash_prefixes", d->hash_prefixes,
		              d->n_hash_prefixes);
	else
		write_strings(w, "paths", d->paths, d->n_paths);
	jw_put_bool(w, "terminating", d->terminating);
	jw_put_int(w, "threshold", d->threshold);
	jw_end_object(w);
}

static void write_succinct(struct jw *w, const struct tuf_succinct *s)
{
	jw_object(w);
	jw_put_int(w, "bit_length", s->bit_length);
	jw_key(w, "keyids");
	tuf_keyids_write(w, s->keyids, s->n_keyids);
	jw_put_str(w, "name_prefix", s->name_prefix);
	jw_put_int(w, "threshold", s->threshold);
	jw_end_object(w);
}

static void write_delegations(struct jw *w, const struct tuf_targets *t)
{
	jw_key(w, "delegations");
	jw_object(w);
	jw_key(w, "keys");
	tuf_keys_write(w, t->keys, t->n_keys);
	if (t->succinct.present) {
		jw_key(w, "succinct_roles");
		write_succinct(w, &t->succinct);
	} else {
		jw_key(w, "roles");
		jw_array(w);
		for (size_t i = 0; i < t->n_roles; i++)
			write_delegation(w, &t->roles[i]);
		jw_end_array(w);
	}
	jw_end_object(w);
}

static char *put(char *p, const char *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}

static size_t digits_of(int64_t n)
{
	size_t digits = 1;

	while ((n /= 10) > 0)
		digits++;
	return digits;
}

/* What most targets are, and there may be many: a sha256 and a length. */
static void write_plain(struct jw *w, const struct tuf_target *f)
{
	static const char before[] = "{\"hashes\":{\"sha256\":\"";
	static const char between[] = "\"},\"length\":";
	size_t digits = digits_of(f->length);
	char *p = jw_room(w, sizeof(before) + SHA256_HEX_SIZE +
	                             sizeof(between) + digits - 2);

	if (p == NULL)
		return;
	p = put(p, before, sizeof(before) - 1);
	p = put(p, f->sha256, SHA256_HEX_SIZE - 1);
	p = put(p, between, sizeof(between) - 1) + digits;
	*p = '}';
	for (int64_t rest = f->length; digits > 0; digits--, rest /= 10)
		*--p = (char)('0' + rest % 10);
}

static void write_target(struct jw *w, const struct tuf_target *f)
{
	if (f->custom == NULL && f->sha512 == NULL && f->length >= 0) {
		write_plain(w, f);
		return;
	}
	jw_object(w);
	if (f->custom != NULL) {
		jw_key(w, "custom");
		jw_raw(w, f->custom, strlen(f->custom));
	}
	jw_key(w, "hashes");
	jw_object(w);
	if (f->sha256[0] != '\0')
		jw_put_str(w, "sha256", f->sha256);
	if (f->sha512 != NULL)
		jw_put_str(w, "sha512", f->sha512);
	jw_end_object(w);
	jw_put_int(w, "length", f->length);
	jw_end_object(w);
}

int tuf_targets_write(struct buf *out, const struct tuf_targets *t,
                      struct err *e)
{
	struct jw w;

	if (check(t, e) != 0)
		return -1;
	buf_expect(out, t->n_targets * USUAL_BYTES);
	jw_init_canonical(&w, out);
	jw_object(&w);
	jw_put_str(&w, "_type", "targets");
	if (t->has_delegations)
		write_delegations(&w, t);
	jw_put_time(&w, "expires", t->expires_s);
	jw_put_str(&w, "spec_version", TUF_SPEC_VERSION);
	jw_key(&w, "targets");
	jw_object(&w);
	for (size_t i = 0; i < t->n_targets; i++) {
		const struct tuf_target *f = &t->targets[i];

		if (i + AHEAD < t->n_targets)
			prefetch_path(f + AHEAD);
		if (check_target(f, e) != 0)
			return -1;
		jw_key(&w, f->path);
		write_target(&w, f);
	}
	jw_end_object(&w);
	jw_put_int(&w, "version", t->version);
	jw_end_object(&w);
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE, "targets: above %zu bytes",
		               out->max_bytes);
	return 0;
}

static bool is_at(const struct tuf_targets *t, size_t i, const char *path)
{
	return i < t->n_targets && strcmp(t->targets[i].path, path) == 0;
}

void tuf_targets_put(struct tuf_targets *t, const char *path, int64_t length,
                     const char sha256[SHA256_HEX_SIZE], const char *custom)
{
	size_t i = tuf_targets_place(t, path);
	struct tuf_target *f;

	if (!is_at(t, i, path)) {
		t->targets = xreallocarray(t->targets, t->n_targets + 1,
		                           sizeof(*t->targets));
		memmove(&t->targets[i + 1], &t->targets[i],
		        (t->n_targets - i) * sizeof(*t->targets));
		t->n_targets++;
		t->targets[i] = (struct tuf_target){.path = xstrdup(path)};
	}
	f = &t->targets[i];
	free(f->sha512);
	free(f->custom);
	*f = (struct tuf_target){.path = f->path,
	                         .length = length,
	                         .custom = custom != NULL ? xstrdup(custom)
	                                                  : NULL};
	(void)snprintf(f->sha256, sizeof(f->sha256), "%s", sha256);
}

bool tuf_targets_remove(struct tuf_targets *t, const char *path)
{
	size_t i = tuf_targets_place(t, path);

	if (!is_at(t, i, path))
		return false;
	tuf_target_fini(&t->targets[i]);
	t->n_targets--;
	memmove(&t->targets[i], &t->targets[i + 1],
	        (t->n_targets - i) * sizeof(*t->targets));
	return true;
}

/* Puts at each place what is at order[place]: along the cycles of that order,
 * with room for one entry beside. Takes `order` to pieces. */
static void arrange(struct tuf_target *list, uint64_t *order, size_t n)
{
	for (size_t first = 0; first < n; first++) {
		struct tuf_target spare = list[first];
		size_t to = first, from, soon = first;

		if (order[first] == first)
			continue;
		for (size_t i = 0; i < AHEAD; i++)
			soon = order[soon];
		while ((from = order[to]) != first) {
			soon = order[soon];
			prefetch_entry(&list[soon]);
			list[to] = list[from];
			order[to] = to;
			to = from;
		}
		list[to] = spare;
		order[to] = to;
	}
}

/* Of several with one path the last stays. */
static size_t drop_doubles(struct tuf_target *list, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && strcmp(list[i].path, list[i + 1].path) == 0)
			tuf_target_fini(&list[i]);
		else
			list[kept++] = list[i];
	}
	return kept;
}

/* One list of both, in no order yet. */
static void append(struct tuf_targets *t, struct tuf_target *entries, size_t n)
{
	struct tuf_target *had = t->targets;

	if (t->n_targets == 0) {
		t->targets = entries;
		free(had);
	} else {
		t->targets = xreallocarray(had, t->n_targets + n, sizeof(*had));
		for (size_t i = 0; i < n; i++)
			t->targets[t->n_targets + i] = entries[i];
		free(entries);
	}
	t->n_targets += n;
}

void tuf_targets_put_all(struct tuf_targets *t, struct tuf_target *entries,
                         size_t n)
{
	struct strsort_texts paths;
	uint64_t *order;
	size_t doubles;

	append(t, entries, n);
	n = t->n_targets;
	if (n == 0)
		return;
	paths = (struct strsort_texts){
		.first = (const char *const *)&t->targets[0].path,
		.stride = sizeof(*t->targets)};
	order = xreallocarray(NULL, 2 * n, sizeof(*order));
	doubles = strsort(order, order + n, &paths, n);
	arrange(t->targets, order, n);
	free(order);
	if (doubles > 0)
		t->n_targets = drop_doubles(t->targets, n);
}

struct tuf_delegation *tuf_targets_delegate(struct tuf_targets *t,
                                            const char *name, int64_t threshold,
                                            const char *const *paths,
                                            size_t n_paths)
{
	struct tuf_delegation *d;

	t->roles = xreallocarray(t->roles, t->n_roles + 1, sizeof(*t->roles));
	d = &t->roles[t->n_roles++];
	*d = (struct tuf_delegation){.threshold = threshold,
	                             .terminating = true,
	                             .n_paths = n_paths};
	if (n_paths > 0)
		d->paths = xcalloc(n_paths, sizeof(char *));
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	for (size_t i = 0; i < n_paths; i++)
		d->paths[i] = xstrdup(paths[i]);
	t->has_delegations = true;
	return d;
}

static bool is_listed(const struct tuf_targets *t, const char *keyid)
{
	for (size_t i = 0; i < t->n_roles; i++)
		for (size_t k = 0; k < t->roles[i].n_keyids; k++)
			if (strcmp(t->roles[i].keyids[k], keyid) == 0)
				return true;
	return false;
}

bool tuf_targets_undelegate(struct tuf_targets *t, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n_roles; i++) {
		if (strcmp(t->roles[i].name, name) == 0)
			tuf_delegation_fini(&t->roles[i]);
		else
			t->roles[kept++] = t->roles[i];
	}
	if (kept == t->n_roles)
		return false;
	t->n_roles = kept;
	kept = 0;
	for (size_t k = 0; k < t->n_keys; k++)
		if (is_listed(t, t->keys[k].id))
			t->keys[kept++] = t->keys[k];
	t->n_keys = kept;
	return true;
}

void tuf_targets_split(struct tuf_targets *t, const char *name_prefix,
                       int bit_length, int64_t threshold)
{
	struct tuf_succinct *s = &t->succinct;

	s->present = true;
	s->bit_length = bit_length;
	s->threshold = threshold;
	(void)snprintf(s->name_prefix, sizeof(s->name_prefix), "%s",
	               name_prefix);
	t->has_delegations = true;
}

void tuf_targets_add_key(struct tuf_targets *t, struct tuf_delegation *d,
                         const struct key_public *k)
{
	tuf_keys_add(&t->keys, &t->n_keys, k);
	if (d != NULL)
		tuf_keyids_add(&d->keyids, &d->n_keyids, k->id);
	else
		tuf_keyids_add(&t->succinct.keyids, &t->succinct.n_keyids,
		               k->id);
}

static bool lists(char (*keyids)[KEY_ID_SIZE], size_t n, const char *keyid)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keyids[i], keyid) == 0)
			return true;
	return false;
}

bool tuf_targets_remove_key(struct tuf_targets *t, struct tuf_delegation *d,
                            const char *keyid)
{
	bool had = d != NULL ? tuf_keyids_remove(d->keyids, &d->n_keyids, keyid)
	                     : tuf_keyids_remove(t->succinct.keyids,
	                                         &t->succinct.n_keyids, keyid);
	bool used = lists(t->succinct.keyids, t->succinct.n_keyids, keyid);

	for (size_t i = 0; i < t->n_roles && !used; i++)
		used = lists(t->roles[i].keyids, t->roles[i].n_keyids, keyid);
	if (had && !used)
		tuf_keys_remove(t->keys, &t->n_keys, keyid);
	return had;
}
