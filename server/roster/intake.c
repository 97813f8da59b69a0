#include "config.h"

#include "server/roster/intake.h"

#include "lib/base/mem.h"
#include "lib/json/js.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct intake {
	atomic_int refs;
	struct intake_batch *items; /* by token_hash, rising */
	size_t len, cap;
};

static void drop(struct intake *k)
{
	if (k == NULL || atomic_fetch_sub(&k->refs, 1) != 1)
		return;
	for (size_t i = 0; i < k->len; i++)
		free(k->items[i].owned);
	free(k->items);
	free(k);
}

static struct intake *get(struct intake_slot *s)
{
	struct intake *k;

	lock_take(&s->lock);
	k = s->current;
	if (k != NULL)
		atomic_fetch_add(&k->refs, 1);
	lock_drop(&s->lock);
	return k;
}

static void swap(struct intake_slot *s, struct intake *k)
{
	struct intake *old;

	lock_take(&s->lock);
	old = s->current;
	s->current = k;
	lock_drop(&s->lock);
	drop(old);
}

void intake_init(struct intake_slot *s)
{
	s->current = NULL;
	lock_init(&s->lock, LOCK_RANK_LEAF, "intake");
}

void intake_fini(struct intake_slot *s)
{
	drop(s->current);
	s->current = NULL;
	lock_fini(&s->lock);
}

/* ---- Loading ---- */

struct intake_batch intake_batch(const struct batch_row *b)
{
	struct intake_batch k = {
		.key = b->key,
		.expires_ms = b->expires_ms,
		.quarantined_ms = b->quarantined_ms,
		.id = b->id,
		.product = b->product,
		.hw = b->hw,
		.regions = b->regions,
		.channels = b->channels,
	};

	memcpy(k.token_hash, b->token_hash, sizeof(k.token_hash));
	return k;
}

/* Copies a string to *at and moves *at behind it. */
static const char *put(char **at, const char *text)
{
	char *copy = *at;

	*at = stpcpy(copy, text) + 1;
	return copy;
}

/* All strings in one block, as long as they are: the rows are far larger. */
static int take(void *ctx, const struct batch_row *row, struct err *e)
{
	struct intake *k = ctx;
	struct intake_batch b = intake_batch(row);
	char *at = xmalloc(strlen(b.id) + strlen(b.product) + strlen(b.hw) +
	                   strlen(b.regions) + strlen(b.channels) + 5);

	(void)e;
	b.owned = at;
	b.id = put(&at, b.id);
	b.product = put(&at, b.product);
	b.hw = put(&at, b.hw);
	b.regions = put(&at, b.regions);
	b.channels = put(&at, b.channels);
	VEC_GROW(k);
	k->items[k->len++] = b;
	return 0;
}

static int load(struct intake *k, struct store *store, struct err *e)
{
	size_t before;
	int64_t after;

	do {
		before = k->len;
		after = before > 0 ? k->items[before - 1].key : 0;
		if (batches_page(store, after, STORE_PAGE_MAX, take, k, e) != 0)
			return -1;
	} while (k->len - before == STORE_PAGE_MAX);
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	const struct intake_batch *x = a, *y = b;

	return memcmp(x->token_hash, y->token_hash, BATCH_HASH_SIZE);
}

int intake_load(struct intake_slot *s, struct store *store, struct err *e)
{
	struct intake *k = xcalloc(1, sizeof(*k));

	k->refs = 1;
	if (load(k, store, e) != 0) {
		drop(k);
		swap(s, NULL);
		return -1;
	}
	if (k->len > 0)
		qsort(k->items, k->len, sizeof(*k->items), by_hash);
	swap(s, k);
	return 0;
}

/* ---- Judging ---- */

/* A JSON list of names has this one, or "*". */
static bool lists(const char *json, const char *name)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	size_t n;

	if (js_parse(&doc, "batch", json, strlen(json), NULL) != 0)
		return false;
	root = js_root(&doc);
	if (js_array(&n, &root, 0, WORDS_MAX, NULL) != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&root, i);
		const char *word_;

		if (js_as_str(&word_, &at, NAME_MAX_LEN, NULL) == 0 &&
		    (strcmp(word_, name) == 0 || strcmp(word_, "*") == 0))
			return true;
	}
	return false;
}

int intake_judge(const struct intake_batch *b, const struct wire_enrol *in,
                 int64_t now_ms, struct err *e)
{
	if (now_ms >= b->expires_ms)
		return err_code(e, ERR_UNAUTHENTICATED, "batch_expired",
		                "enrol: batch %s has expired", b->id);
	if (b->quarantined_ms > 0)
		return err_code(e, ERR_FORBIDDEN, "batch_quarantined",
		                "enrol: batch %s is in quarantine", b->id);
	if (strcmp(b->product, in->product) != 0 || !lists(b->hw, in->hw) ||
	    !lists(b->regions, in->region) || !lists(b->channels, in->channel))
		return err_code(e, ERR_FORBIDDEN, "batch_scope",
		                "enrol: batch %s is not for %s %s in %s, "
		                "channel %s",
		                b->id, in->product, in->hw, in->region,
		                in->channel);
	return 0;
}

int intake_unknown(struct err *e)
{
	return err_code(e, ERR_UNAUTHENTICATED, "batch_token",
	                "enrol: the batch token is not known");
}

static int check(const struct intake *k, const struct wire_enrol *in,
                 int64_t now_ms, struct err *e)
{
	struct intake_batch wanted;
	const struct intake_batch *found = NULL;

	hash_sha256(wanted.token_hash, in->batch_token,
	            strlen(in->batch_token));
	if (k->len > 0)
		found = bsearch(&wanted, k->items, k->len, sizeof(*k->items),
		                by_hash);
	if (found == NULL)
		return intake_unknown(e);
	return intake_judge(found, in, now_ms, e);
}

int intake_check(struct intake_slot *s, const struct wire_enrol *in,
                 int64_t now_ms, struct err *e)
{
	struct intake *k = get(s);
	int result = k != NULL ? check(k, in, now_ms, e) : 0;

	drop(k);
	return result;
}
