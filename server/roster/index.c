#include "config.h"

#include "server/roster/index.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

void index_init(struct index *x, struct rng *rng)
{
	*x = (struct index){.slots = FIRST_SLOTS};
	rng_fill(rng, x->secret, sizeof(x->secret));
	images_init(&x->images, x->secret);
	seen_init(&x->seen);
	lock_init(&x->lock, LOCK_RANK_FLEET, "fleet index");
	x->by_token = xcalloc(x->slots, sizeof(*x->by_token));
	x->by_id = xcalloc(x->slots, sizeof(*x->by_id));
	x->by_key = xcalloc(x->slots, sizeof(*x->by_key));
}

void index_fini(struct index *x)
{
	free(x->items);
	free(x->by_token);
	free(x->by_id);
	free(x->by_key);
	free(x->cohorts);
	images_fini(&x->images);
	seen_fini(&x->seen);
	lock_fini(&x->lock);
}

/* Tokens are ours, and their hashes uniform; keys are ours, and are spread. */
static size_t slot_of_token(const uint8_t hash[SHA256_SIZE])
{
	uint64_t h;

	memcpy(&h, hash, sizeof(h));
	return (size_t)h;
}

/* An id is the device's own choice. */
static size_t slot_of_id(const struct index *x, const uint8_t id[16])
{
	return (size_t)hash_for_table(x->secret, id, 16);
}

static size_t slot_of_key(int64_t key)
{
	uint64_t h = (uint64_t)key * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h ^ h >> 32);
}

static void place(uint32_t *table, size_t slots, size_t at, size_t item)
{
	while (table[at & (slots - 1)] != 0)
		at++;
	table[at & (slots - 1)] = (uint32_t)item + 1;
}

static void place_all(struct index *x, size_t i)
{
	const struct device_rec *r = &x->items[i];

	place(x->by_token, x->slots, slot_of_token(r->token_hash), i);
	place(x->by_id, x->slots, slot_of_id(x, r->id), i);
	place(x->by_key, x->slots, slot_of_key(r->key), i);
}

static void rehash(struct index *x, size_t slots)
{
	free(x->by_token);
	free(x->by_id);
	free(x->by_key);
	x->slots = slots;
	x->by_token = xcalloc(slots, sizeof(*x->by_token));
	x->by_id = xcalloc(slots, sizeof(*x->by_id));
	x->by_key = xcalloc(slots, sizeof(*x->by_key));
	x->stale = 0;
	for (size_t i = 0; i < x->len; i++)
		place_all(x, i);
}

size_t index_add(struct index *x, const struct device_rec *r)
{
	size_t i;

	lock_take(&x->lock);
	VEC_GROW(x);
	i = x->len++;
	x->items[i] = *r;
	x->items[i].image = IMAGE_NONE;
	if (r->revoked)
		x->items[i].alarm = 0;
	x->n_alarms += x->items[i].alarm != 0;
	seen_add(&x->seen);
	if (2 * (x->len + x->stale) > x->slots)
		rehash(x, 2 * x->slots);
	else
		place_all(x, i);
	lock_drop(&x->lock);
	return i;
}

void index_set_token(struct index *x, size_t i,
                     const uint8_t token_hash[SHA256_SIZE])
{
	lock_take(&x->lock);
	memcpy(x->items[i].token_hash, token_hash, SHA256_SIZE);
	/* The old hash's slot leads here still, and is told apart by the
	 * record's own hash; when such slots pile up they are swept. */
	if (2 * (x->len + ++x->stale) > x->slots)
		rehash(x, 2 * x->slots);
	else
		place(x->by_token, x->slots, slot_of_token(token_hash), i);
	lock_drop(&x->lock);
}

struct device_rec *index_edit(struct index *x, size_t i)
{
	lock_take(&x->lock);
	x->visits++;
	return &x->items[i];
}

void index_edit_end(struct index *x)
{
	lock_drop(&x->lock);
}

uint32_t index_cohort(struct index *x, const struct cohort *c)
{
	size_t i = 0;

	lock_take(&x->lock);
	while (i < x->n_cohorts &&
	       (strcmp(x->cohorts[i].product, c->product) != 0 ||
	        strcmp(x->cohorts[i].hw, c->hw) != 0 ||
	        strcmp(x->cohorts[i].region, c->region) != 0 ||
	        strcmp(x->cohorts[i].channel, c->channel) != 0))
		i++;
	if (i == x->n_cohorts) {
		if (x->n_cohorts == x->cap_cohorts) {
			x->cap_cohorts =
				x->cap_cohorts ? 2 * x->cap_cohorts : 16;
			x->cohorts = xreallocarray(x->cohorts, x->cap_cohorts,
			                           sizeof(*x->cohorts));
		}
		x->cohorts[x->n_cohorts++] = *c;
	}
	lock_drop(&x->lock);
	return (uint32_t)i;
}

/* The three look-ups differ in slot and comparison only. */
typedef bool same_fn(const struct device_rec *r, const void *what);

static bool find(struct index *x, const uint32_t *table, size_t at,
                 same_fn *same, const void *what, size_t *out_i,
                 struct device_rec *out)
{
	lock_assert_held(&x->lock);
	for (;; at++) {
		uint32_t item = table[at & (x->slots - 1)];

		if (item == 0)
			return false;
		x->visits++;
		if (!same(&x->items[item - 1], what))
			continue;
		*out_i = item - 1;
		*out = x->items[item - 1];
		return true;
	}
}

static bool same_token(const struct device_rec *r, const void *what)
{
	return hash_equal(r->token_hash, what, SHA256_SIZE);
}

static bool same_id(const struct device_rec *r, const void *what)
{
	return memcmp(r->id, what, sizeof(r->id)) == 0;
}

static bool same_key(const struct device_rec *r, const void *what)
{
	return r->key == *(const int64_t *)what;
}

bool index_by_token(struct index *x, const uint8_t hash[SHA256_SIZE],
                    size_t *out_i, struct device_rec *out)
{
	bool found;

	lock_take(&x->lock);
	found = find(x, x->by_token, slot_of_token(hash), same_token, hash,
	             out_i, out);
	lock_drop(&x->lock);
	return found;
}

bool index_by_id(struct index *x, const uint8_t id[16], size_t *out_i,
                 struct device_rec *out)
{
	bool found;

	lock_take(&x->lock);
	found = find(x, x->by_id, slot_of_id(x, id), same_id, id, out_i, out);
	lock_drop(&x->lock);
	return found;
}

bool index_by_key(struct index *x, int64_t key, size_t *out_i,
                  struct device_rec *out)
{
	bool found;

	lock_take(&x->lock);
	found = find(x, x->by_key, slot_of_key(key), same_key, &key, out_i,
	             out);
	lock_drop(&x->lock);
	return found;
}

struct device_rec index_get(struct index *x, size_t i)
{
	struct device_rec r;

	lock_take(&x->lock);
	x->visits++;
	r = x->items[i];
	lock_drop(&x->lock);
	return r;
}

struct cohort index_cohort_of(struct index *x, uint32_t cohort)
{
	struct cohort c;

	lock_take(&x->lock);
	c = x->cohorts[cohort];
	lock_drop(&x->lock);
	return c;
}

static struct image image_of(struct index *x, uint64_t number)
{
	const struct image *m = images_find(&x->images, number);

	lock_assert_held(&x->lock);
	return m != NULL ? *m : (struct image){0};
}

struct image index_image_of(struct index *x, uint64_t image)
{
	struct image m;

	lock_take(&x->lock);
	m = image_of(x, image);
	lock_drop(&x->lock);
	return m;
}

struct device_rec index_look(struct index *x, size_t i, struct image *running)
{
	struct device_rec r;

	lock_take(&x->lock);
	x->visits++;
	r = x->items[i];
	*running = image_of(x, r.image);
	lock_drop(&x->lock);
	return r;
}

size_t index_count(struct index *x)
{
	size_t n;

	lock_take(&x->lock);
	n = x->len;
	lock_drop(&x->lock);
	return n;
}

static void take_told(struct index *x, size_t i, int64_t at_ms,
                      int32_t poll_after_s, const char *running_sha256,
                      const char *running_version, uint32_t counter)
{
	struct device_rec *r = &x->items[i];
	const struct image *m = images_find(&x->images, r->image);

	lock_assert_held(&x->lock);
	r->last_seen_ms = at_ms;
	r->poll_after_s = poll_after_s;
	r->counter = counter;
	if (m == NULL || strcmp(m->sha256, running_sha256) != 0 ||
	    strcmp(m->version, running_version) != 0) {
		images_leave(&x->images, r->image);
		r->image = images_enter(&x->images, running_sha256,
		                        running_version);
	}
	r->checked_in = true;
}

void index_load_seen(struct index *x, size_t i, int64_t at_ms,
                     int32_t poll_after_s, const char *running_sha256,
                     const char *running_version, uint32_t counter)
{
	lock_take(&x->lock);
	take_told(x, i, at_ms, poll_after_s, running_sha256, running_version,
	          counter);
	seen_load(&x->seen, i, at_ms);
	lock_drop(&x->lock);
}

uint32_t index_alarm_hash(const struct index *x, const char *code)
{
	uint32_t h;

	if (*code == '\0')
		return 0;
	h = (uint32_t)hash_for_table(x->secret, code, strlen(code));
	return h != 0 ? h : 1;
}

void index_set_alarm(struct index *x, size_t i, uint32_t alarm)
{
	lock_take(&x->lock);
	if (x->items[i].revoked)
		alarm = 0;
	x->n_alarms += alarm != 0;
	x->n_alarms -= x->items[i].alarm != 0;
	x->items[i].alarm = alarm;
	lock_drop(&x->lock);
}

size_t index_alarms(struct index *x)
{
	size_t n;

	lock_take(&x->lock);
	n = x->n_alarms;
	lock_drop(&x->lock);
	return n;
}

void index_loaded(struct index *x)
{
	lock_take(&x->lock);
	seen_loaded(&x->seen);
	lock_drop(&x->lock);
}

void index_seen(struct index *x, size_t i, int64_t now_ms, int32_t poll_after_s,
                const char *running_sha256, const char *running_version,
                uint32_t counter)
{
	lock_take(&x->lock);
	take_told(x, i, now_ms, poll_after_s, running_sha256, running_version,
	          counter);
	seen_note(&x->seen, i, now_ms);
	lock_drop(&x->lock);
}

void index_pass(struct index *x, int64_t now_ms, int64_t floor_ms,
                size_t max_steps)
{
	lock_take(&x->lock);
	seen_pass(&x->seen, now_ms, floor_ms, max_steps);
	lock_drop(&x->lock);
}

void index_set_changed(struct index *x, size_t i)
{
	lock_take(&x->lock);
	seen_set_changed(&x->seen, i);
	lock_drop(&x->lock);
}

bool index_pop_changed(struct index *x, size_t *i, bool *in_week)
{
	bool any;

	lock_take(&x->lock);
	any = seen_pop_changed(&x->seen, i);
	*in_week = any && seen_in_week(&x->seen, *i);
	lock_drop(&x->lock);
	return any;
}

bool index_pop_dirty(struct index *x, size_t *i, struct device_rec *out,
                     struct image *running)
{
	bool any;

	lock_take(&x->lock);
	any = seen_pop_dirty(&x->seen, i);
	if (any) {
		*out = x->items[*i];
		*running = image_of(x, out->image);
	}
	lock_drop(&x->lock);
	return any;
}

void index_set_dirty(struct index *x, size_t i)
{
	lock_take(&x->lock);
	seen_set_dirty(&x->seen, i);
	lock_drop(&x->lock);
}

bool index_any_dirty(struct index *x)
{
	bool any;

	lock_take(&x->lock);
	any = seen_any_dirty(&x->seen);
	lock_drop(&x->lock);
	return any;
}

size_t index_seen_in_day(struct index *x, int64_t now_ms)
{
	size_t n;

	lock_take(&x->lock);
	/* The week is the scribe's, in its own steps. */
	seen_pass(&x->seen, now_ms, INT64_MAX, SIZE_MAX);
	n = seen_in_day_count(&x->seen);
	lock_drop(&x->lock);
	return n;
}

uint64_t index_visits(struct index *x)
{
	uint64_t n;

	lock_take(&x->lock);
	n = x->visits + x->seen.visits;
	lock_drop(&x->lock);
	return n;
}
