#include "config.h"

#include "lib/catalog/history.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void history_fini(struct history *h)
{
	free(h->items);
	*h = (struct history){0};
}

static struct history_key *find(const struct history *h, const char *by,
                                const char *role, const struct key_public *k)
{
	for (size_t i = 0; i < h->len; i++)
		if (h->items[i].scheme == k->scheme &&
		    memcmp(h->items[i].material, k->material,
		           KEY_MATERIAL_SIZE) == 0 &&
		    strcmp(h->items[i].role, role) == 0 &&
		    strcmp(h->items[i].by, by) == 0)
			return &h->items[i];
	return NULL;
}

static int returned(const char *by, int64_t version, const char *role,
                    const struct key_public *k, struct err *e)
{
	return err_code(e, ERR_CONFLICT, "key_returned",
	                "%s %" PRId64 ": key %.16s was removed from %s "
	                "before; a removed key never returns",
	                by, version, k->id, role);
}

static int note(struct history *h, const char *by, const char *role,
                const struct key_public *k, int64_t version, struct err *e)
{
	struct history_key *have = find(h, by, role, k);

	if (have != NULL && !have->there)
		return returned(by, version, role, k, e);
	if (have == NULL) {
		VEC_GROW(h);
		have = &h->items[h->len++];
		*have = (struct history_key){.scheme = k->scheme,
		                             .there = true};
		memcpy(have->material, k->material, KEY_MATERIAL_SIZE);
		(void)snprintf(have->role, sizeof(have->role), "%s", role);
		(void)snprintf(have->by, sizeof(have->by), "%s", by);
	}
	have->seen = true;
	return 0;
}

static int note_all(struct history *h, const char *by, const char *role,
                    const struct tuf_quorum *q, int64_t version, struct err *e)
{
	for (size_t i = 0; i < q->n_keyids; i++)
		for (size_t k = 0; k < q->n_keys; k++)
			if (strcmp(q->keys[k].id, q->keyids[i]) == 0 &&
			    note(h, by, role, &q->keys[k], version, e) != 0)
				return -1;
	return 0;
}

/* What this version did not name is gone from now on; but one that declares no
 * bins takes nothing away from them. */
static void close_version(struct history *h, const char *by, bool has_bins)
{
	char owner[TUF_ROLE_MAX], bin[TUF_ROLE_MAX];

	for (size_t i = 0; i < h->len; i++) {
		struct history_key *k = &h->items[i];

		if (strcmp(k->by, by) != 0)
			continue;
		(void)snprintf(bin, sizeof(bin), "%.120s-0", k->role);
		if (!has_bins && bins_owner(owner, bin) &&
		    strcmp(owner, by) == 0)
			continue;
		k->there = k->seen;
		k->seen = false;
	}
}

int history_root(struct history *h, const struct tuf_root *r, struct err *e)
{
	for (int t = 0; t < 4; t++) {
		struct tuf_quorum q = tuf_root_quorum(r, (enum tuf_type)t);

		if (note_all(h, "root", tuf_type_name((enum tuf_type)t), &q,
		             r->version, e) != 0)
			return -1;
	}
	close_version(h, "root", false);
	return 0;
}

/* Bins have the same keys, all of them. */
static int note_bins(struct history *h, const char *by,
                     const struct tuf_targets *t, const struct bins *bins,
                     struct err *e)
{
	struct tuf_quorum q = {.keys = t->keys,
	                       .n_keys = t->n_keys,
	                       .keyids = bins->shape.keyids,
	                       .n_keyids = bins->shape.n_keyids};

	return note_all(h, by, bins->shape.name_prefix, &q, t->version, e);
}

int history_targets(struct history *h, const char *by,
                    const struct tuf_targets *t, struct err *e)
{
	struct bins bins = {0};
	bool has_bins = bins_read(&bins, by, t, NULL) == 0 && bins.present;

	if (has_bins && note_bins(h, by, t, &bins, e) != 0)
		return -1;
	for (size_t i = 0; !has_bins && i < t->n_roles; i++) {
		struct tuf_quorum q = tuf_targets_quorum(t, &t->roles[i]);

		if (note_all(h, by, t->roles[i].name, &q, t->version, e) != 0)
			return -1;
	}
	close_version(h, by, has_bins);
	return 0;
}

bool history_concerns(const void *bytes, size_t len)
{
	static const char word[] = "\"delegations\"";

	/* With an escape in it the word could be spelled otherwise. */
	return memmem(bytes, len, word, strlen(word)) != NULL ||
	       memchr(bytes, '\\', len) != NULL;
}

bool history_removed(const struct history *h, const char *role,
                     const struct key_public *k)
{
	for (size_t i = 0; i < h->len; i++)
		if (!h->items[i].there &&
		    find(h, h->items[i].by, role, k) == &h->items[i])
			return true;
	return false;
}

bool history_names(const struct history *h, const char *by, const char *role)
{
	for (size_t i = 0; i < h->len; i++)
		if (strcmp(h->items[i].by, by) == 0 &&
		    strcmp(h->items[i].role, role) == 0)
			return true;
	return false;
}

/* Somebody took it away, and nobody gives it now. */
static bool is_lost(const struct history *h, const char *role,
                    const struct key_public *k)
{
	bool gone = false;

	for (size_t i = 0; i < h->len; i++) {
		if (find(h, h->items[i].by, role, k) != &h->items[i])
			continue;
		if (h->items[i].there)
			return false;
		gone = true;
	}
	return gone;
}

int history_moved(const struct history *before, const char *by,
                  const struct tuf_targets *t, struct err *e)
{
	for (size_t i = 0; i < t->n_roles; i++) {
		const char *role = t->roles[i].name;
		struct tuf_quorum q = tuf_targets_quorum(t, &t->roles[i]);

		if (history_names(before, by, role))
			continue;
		for (size_t n = 0; n < q.n_keyids; n++)
			for (size_t k = 0; k < q.n_keys; k++)
				if (strcmp(q.keys[k].id, q.keyids[n]) == 0 &&
				    is_lost(before, role, &q.keys[k]))
					return returned(by, t->version, role,
					                &q.keys[k], e);
	}
	return 0;
}
