#include "config.h"

#include "server/http/limit.h"

#include "lib/base/lock.h"
#include "lib/base/mem.h"

#define WAYS 4u
/* Tokens are counted in 1/60000, so that per_minute of them are exactly that
 * many parts per millisecond. */
#define TOKEN INT64_C(60000)

struct bucket {
	uint64_t key; /* the hash; 0: never used */
	int64_t at_ms;
	int64_t parts;
};

struct limit {
	struct lock lock;
	uint64_t seed;
	size_t sets;  /* a power of two */
	int64_t full; /* parts */
	int64_t per_ms;
	struct bucket buckets[];
};

struct limit *limit_new(size_t keys, int64_t burst, int64_t per_minute,
                        struct rng *rng)
{
	struct limit *l;
	size_t sets = 1;

	while (sets * WAYS < keys)
		sets *= 2;
	l = xcalloc(1, sizeof(*l) + sets * WAYS * sizeof(l->buckets[0]));
	lock_init(&l->lock, LOCK_RANK_LEAF, "limit");
	rng_fill(rng, &l->seed, sizeof(l->seed));
	l->sets = sets;
	l->full = burst * TOKEN;
	l->per_ms = per_minute;
	return l;
}

void limit_free(struct limit *l)
{
	if (l == NULL)
		return;
	lock_fini(&l->lock);
	free(l);
}

/* FNV-1a from a secret start, then murmur3's finaliser. Two keys of one hash
 * share a bucket, which is no more than a nuisance. */
static uint64_t hash(const struct limit *l, const void *key, size_t len)
{
	const unsigned char *p = key;
	uint64_t h = l->seed ^ UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h != 0 ? h : 1;
}

static void refill(const struct limit *l, struct bucket *b, int64_t now_ms)
{
	int64_t passed = now_ms > b->at_ms ? now_ms - b->at_ms : 0;

	b->at_ms = now_ms;
	/* Compared by division: passed × per_ms may not fit. */
	if (b->key == 0 || passed > (l->full - b->parts) / l->per_ms)
		b->parts = l->full;
	else
		b->parts += passed * l->per_ms;
}

static struct bucket *find(struct limit *l, uint64_t key, int64_t now_ms)
{
	struct bucket *set = &l->buckets[(key & (l->sets - 1)) * WAYS];
	struct bucket *fullest = set;

	for (size_t i = 0; i < WAYS; i++) {
		refill(l, &set[i], now_ms);
		if (set[i].key == key)
			return &set[i];
		if (set[i].parts > fullest->parts)
			fullest = &set[i];
	}
	fullest->key = key;
	fullest->parts = l->full;
	return fullest;
}

bool limit_take(struct limit *l, const void *key, size_t len, int64_t now_ms,
                int64_t *wait_s)
{
	bool taken;

	lock_take(&l->lock);
	struct bucket *b = find(l, hash(l, key, len), now_ms);
	taken = b->parts >= TOKEN;
	if (taken)
		b->parts -= TOKEN;
	else if (wait_s != NULL)
		*wait_s = (TOKEN - b->parts + l->per_ms * 1000 - 1) /
		          (l->per_ms * 1000);
	lock_drop(&l->lock);
	return taken;
}
