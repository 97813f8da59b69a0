#include "config.h"

#include "lib/catalog/history.h"

#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void history_fini(struct history *h)
{
	free(h->items);
	*h = (struct history){0};
}

static struct history_key *find(const struct history *h, const char *role,
                                const struct key_public *k)
{
	for (size_t i = 0; i < h->len; i++)
		if (h->items[i].scheme == k->scheme &&
		    memcmp(h->items[i].material, k->material,
		           KEY_MATERIAL_SIZE) == 0 &&
		    strcmp(h->items[i].role, role) == 0)
			return &h->items[i];
	return NULL;
}

static int note(struct history *h, const char *role, bool root,
                const struct key_public *k, const char *file, int64_t version,
                struct err *e)
{
	struct history_key *have = find(h, role, k);

	if (have != NULL && !have->there)
		return err_code(e, ERR_CONFLICT, "key_returned",
		                "%s %" PRId64 ": key %.16s was removed from %s "
		                "before; a removed key never returns",
		                file, version, k->id, role);
	if (have == NULL) {
		VEC_GROW(h);
		have = &h->items[h->len++];
		*have = (struct history_key){
			.scheme = k->scheme, .root = root, .there = true};
		memcpy(have->material, k->material, KEY_MATERIAL_SIZE);
		(void)snprintf(have->role, sizeof(have->role), "%s", role);
	}
	have->seen = true;
	return 0;
}

static int note_all(struct history *h, const char *role, bool root,
                    const struct tuf_quorum *q, int64_t version, struct err *e)
{
	for (size_t i = 0; i < q->n_keyids; i++)
		for (size_t k = 0; k < q->n_keys; k++)
			if (strcmp(q->keys[k].id, q->keyids[i]) == 0 &&
			    note(h, role, root, &q->keys[k],
			         root ? "root" : "targets", version, e) != 0)
				return -1;
	return 0;
}

/* What this version did not name is gone from now on. */
static void close_version(struct history *h, bool root)
{
	for (size_t i = 0; i < h->len; i++)
		if (h->items[i].root == root) {
			h->items[i].there = h->items[i].seen;
			h->items[i].seen = false;
		}
}

int history_root(struct history *h, const struct tuf_root *r, struct err *e)
{
	for (int t = 0; t < 4; t++) {
		struct tuf_quorum q = tuf_root_quorum(r, (enum tuf_type)t);

		if (note_all(h, tuf_type_name((enum tuf_type)t), true, &q,
		             r->version, e) != 0)
			return -1;
	}
	close_version(h, true);
	return 0;
}

int history_targets(struct history *h, const struct tuf_targets *t,
                    struct err *e)
{
	for (size_t i = 0; i < t->n_roles; i++) {
		struct tuf_quorum q = tuf_targets_quorum(t, &t->roles[i]);

		if (note_all(h, t->roles[i].name, false, &q, t->version, e) !=
		    0)
			return -1;
	}
	close_version(h, false);
	return 0;
}

bool history_removed(const struct history *h, const char *role,
                     const struct key_public *k)
{
	const struct history_key *have = find(h, role, k);

	return have != NULL && !have->there;
}
