#include "config.h"

#include "lib/tuf/keys.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Vouches for nothing, and spoils nothing beside it. */
static bool is_left_out(const struct err *why)
{
	return strcmp(why->code, "unknown_key_type") == 0 ||
	       strcmp(why->code, "wrong_key_id") == 0;
}

int tuf_keys_parse(struct key_public **out, size_t *n, const struct js_at *at,
                   struct err *e)
{
	size_t count;

	if (js_is_object(at, e) != 0)
		return -1;
	count = js_count(at);
	if (count > TUF_KEYS_MAX)
		return js_refuse(at, e, "%zu keys, %d are allowed", count,
		                 TUF_KEYS_MAX);
	*n = 0;
	*out = calloc(count + 1, sizeof(**out));
	if (*out == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory for %zu keys",
		               at->doc->name, count);
	for (struct js_at m = js_first(at); m.value; m = js_next(&m)) {
		struct err why = {0};

		if (js_is_object(&m, e) != 0)
			return -1;
		if (key_public_parse(&(*out)[*n], &m, m.key, &why) == 0) {
			(*n)++;
		} else if (!is_left_out(&why)) {
			if (e != NULL)
				*e = why;
			return -1;
		}
	}
	return 0;
}

int tuf_keyids_parse(char (**keyids)[KEY_ID_SIZE], size_t *n,
                     int64_t *threshold, const struct js_at *role,
                     struct err *e)
{
	struct js_at list;
	size_t count;

	if (js_is_object(role, e) != 0 ||
	    /* GHSA-fphv-w9fq-2525: zero would trust anything. */
	    js_get_int(threshold, role, "threshold", 1, NUM_JSON_MAX, e) != 0 ||
	    js_get_array(&list, &count, role, "keyids", 0, TUF_KEYS_MAX, e) !=
	            0)
		return -1;
	*n = 0;
	*keyids = calloc(count + 1, KEY_ID_SIZE);
	if (*keyids == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory for %zu key ids",
		               role->doc->name, count);
	for (size_t i = 0; i < count; i++) {
		struct js_at at = js_element(&list, i);
		const char *id;

		if (js_as_str(&id, &at, KEY_ID_SIZE - 1, e) != 0)
			return -1;
		if (!is_hex(id, KEY_ID_SIZE - 1))
			return js_refuse(&at, e, "is not a key id");
		/* TUF 4.3: "Clients MUST ensure that ... keyids are unique" */
		for (size_t k = 0; k < *n; k++)
			if (strcmp((*keyids)[k], id) == 0)
				return js_refuse(&at, e,
				                 "the key id %.16s… is listed "
				                 "twice",
				                 id);
		memcpy((*keyids)[(*n)++], id, KEY_ID_SIZE);
	}
	return 0;
}

static const struct key_public *find_key(const struct key_public *keys,
                                         size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i].id, id) == 0)
			return &keys[i];
	return NULL;
}

int tuf_keys_check(const struct tuf_quorum *q, const char *role, struct err *e)
{
	if (q->threshold < 1 || (uint64_t)q->threshold > q->n_keyids)
		return err_set(e, ERR_INVALID,
		               "%s: a threshold of %" PRId64
		               " over %zu keys can not be met",
		               role, q->threshold, q->n_keyids);
	for (size_t i = 0; i < q->n_keyids; i++)
		if (find_key(q->keys, q->n_keys, q->keyids[i]) == NULL)
			return err_set(e, ERR_INVALID,
			               "%s: key %s is listed, but the key "
			               "itself is not there",
			               role, q->keyids[i]);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct key_public *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

void tuf_keys_write(struct jw *w, const struct key_public *keys, size_t n)
{
	SCOPED(free)
	const struct key_public **order = xcalloc(n, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = &keys[i];
	qsort(order, n, sizeof(*order), by_id);
	jw_object(w);
	for (size_t i = 0; i < n; i++) {
		jw_key(w, order[i]->id);
		key_public_write(w, order[i]);
	}
	jw_end_object(w);
}

void tuf_keyids_write(struct jw *w, char (*keyids)[KEY_ID_SIZE], size_t n)
{
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, keyids[i]);
	jw_end_array(w);
}

void tuf_keys_add(struct key_public **keys, size_t *n,
                  const struct key_public *k)
{
	if (find_key(*keys, *n, k->id) != NULL)
		return;
	*keys = xreallocarray(*keys, *n + 1, sizeof(**keys));
	(*keys)[(*n)++] = *k;
}

void tuf_keyids_add(char (**keyids)[KEY_ID_SIZE], size_t *n, const char *id)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*keyids)[i], id) == 0)
			return;
	*keyids = xreallocarray(*keyids, *n + 1, KEY_ID_SIZE);
	memcpy((*keyids)[(*n)++], id, KEY_ID_SIZE);
}

bool tuf_keyids_remove(char (*keyids)[KEY_ID_SIZE], size_t *n, const char *id)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(keyids[i], id) == 0) {
			memmove(keyids[i], keyids[i + 1],
			        (*n - i - 1) * sizeof(*keyids));
			(*n)--;
			return true;
		}
	return false;
}

void tuf_keys_remove(struct key_public *keys, size_t *n, const char *id)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(keys[i].id, id) == 0) {
			memmove(&keys[i], &keys[i + 1],
			        (*n - i - 1) * sizeof(*keys));
			(*n)--;
			return;
		}
}
