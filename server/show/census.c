#include "config.h"

#include "server/show/census.h"

#include "lib/base/mem.h"
#include "lib/rollout/plan.h"
#include "lib/sim/fleet.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES 64

/* As written, every name as long and every number as large as it may be; the
 * rest of the answer is shorter than one. */
#define KIND_BYTES_MAX 512

_Static_assert(CENSUS_KINDS_MAX <= FLEET_KINDS_MAX &&
                       (CENSUS_KINDS_MAX + 1) * KIND_BYTES_MAX <=
                               FLEET_BYTES_MAX,
               "a forecast reads all of it");

struct one {
	uint32_t cohort;
	uint64_t image; /* of the census */
	bool seen;
	int32_t poll_s;
	int64_t away_ms; /* beyond its next poll; of those off, else 0 */
};

struct crowd {
	struct one *items;
	size_t len, cap;
};

static int64_t clamped(int64_t n, int64_t min, int64_t max)
{
	return n < min ? min : n > max ? max : n;
}

static struct one look(const struct device_rec *d, int64_t now_ms)
{
	int64_t poll_ms =
		clamped(d->poll_after_s, FLEET_POLL_MIN_S, FLEET_POLL_MAX_S);
	int64_t since_ms = now_ms - d->last_seen_ms;
	struct one o = {.cohort = d->cohort,
	                .image = IMAGE_NONE,
	                .poll_s = (int32_t)poll_ms};

	poll_ms *= 1000;
	o.seen = d->last_seen_ms > 0 && since_ms <= SEEN_WEEK_MS;
	if (o.seen && since_ms > 2 * poll_ms)
		o.away_ms = since_ms - poll_ms;
	return o;
}

/* Those seen before the others, the fastest first. */
static int by_kind(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->cohort != y->cohort)
		return x->cohort < y->cohort ? -1 : 1;
	if (x->image != y->image)
		return x->image < y->image ? -1 : 1;
	if (x->seen != y->seen)
		return x->seen ? -1 : 1;
	return (x->poll_s > y->poll_s) - (x->poll_s < y->poll_s);
}

static bool is_of(struct index *x, uint32_t cohort, const char *product)
{
	struct cohort c = index_cohort_of(x, cohort);

	return strcmp(c.product, product) == 0;
}

static uint64_t enter(struct images *t, const struct image *m)
{
	return *m->sha256 != '\0' ? images_enter(t, m->sha256, m->version)
	                          : IMAGE_NONE;
}

/* By what they run, not by the index's numbers: those change meanwhile. */
static void gather(struct crowd *all, struct images *images, struct index *x,
                   const char *product, int64_t now_ms)
{
	size_t n = index_count(x);
	uint32_t last = 0;
	bool wanted = n > 0 && is_of(x, 0, product);

	for (size_t i = 0; i < n; i++) {
		struct image running;
		struct device_rec d = index_look(x, i, &running);

		/* Neighbours enrolled together and are mostly alike. */
		if (d.cohort != last) {
			last = d.cohort;
			wanted = is_of(x, last, product);
		}
		if (!wanted || d.revoked)
			continue;
		VEC_GROW(all);
		all->items[all->len] = look(&d, now_ms);
		all->items[all->len++].image = enter(images, &running);
	}
}

/* n of one kind, sorted. */
static struct census_kind sum_up(const struct one *o, size_t n)
{
	struct census_kind k = {.cohort = o->cohort,
	                        .image = o->image,
	                        .devices = (int64_t)n,
	                        .poll_s = o->poll_s};
	int64_t off = 0, away_ms = 0, spread;
	size_t seen = 0;

	for (; seen < n && o[seen].seen; seen++) {
		off += o[seen].away_ms > 0;
		away_ms += o[seen].away_ms;
	}
	k.seen = (int64_t)seen;
	if (seen == 0)
		return k;
	k.poll_s = o[seen / 2].poll_s;
	spread = (o[seen - 1 - seen / 20].poll_s - o[seen / 20].poll_s) / 2;
	k.poll_spread_ppm =
		clamped(spread * PPM / k.poll_s, 0, FLEET_SPREAD_MAX_PPM);
	if (off == 0)
		return k;
	k.off_ppm = clamped(off * PPM / k.seen, 1, FLEET_OFF_MAX_PPM);
	k.off_s = away_ms / off / 1000 + 1;
	return k;
}

/* How many kinds there are when no cohort has more than room. */
static size_t kinds_within(const struct crowd *all, size_t room)
{
	size_t kinds = 0, of_cohort = 0;

	for (size_t i = 0; i < all->len; i++) {
		const struct one *o = &all->items[i];

		if (i == 0 || o->cohort != o[-1].cohort)
			of_cohort = 0;
		else if (o->image == o[-1].image)
			continue;
		kinds += of_cohort++ < room;
	}
	return kinds;
}

/* Kinds of one cohort, the most that all cohorts can have: one that makes
 * images up takes no kind from a cohort that has few. */
static size_t room_of_each(const struct crowd *all)
{
	size_t room = 0, beyond = CENSUS_KINDS_MAX;

	if (kinds_within(all, CENSUS_KINDS_MAX) <= CENSUS_KINDS_MAX)
		return CENSUS_KINDS_MAX;
	while (beyond - room > 1) {
		size_t mid = room + (beyond - room) / 2;

		if (kinds_within(all, mid) <= CENSUS_KINDS_MAX)
			room = mid;
		else
			beyond = mid;
	}
	return room;
}

/* Devices of one kind, side by side. */
struct run {
	struct one *first;
	size_t n;
};

struct runs {
	struct run *items;
	size_t len, cap;
};

/* Of as many, the one that was found first. */
static int by_size(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static size_t run_len(const struct one *o, size_t n)
{
	size_t i = 1;

	while (i < n && o[i].image == o->image)
		i++;
	return i;
}

static void split(struct runs *out, struct one *o, size_t n)
{
	*out = (struct runs){0};
	for (size_t at = 0; at < n; at += out->items[out->len++].n) {
		VEC_GROW(out);
		out->items[out->len] =
			(struct run){&o[at], run_len(&o[at], n - at)};
	}
}

static void forget_image(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->first[i].image = IMAGE_NONE;
}

/* The n devices of a cohort, sorted: what fewest run is told no more, beyond
 * room kinds. */
static void add_cohort(struct census *out, struct one *o, size_t n, size_t room)
{
	struct runs kinds;

	split(&kinds, o, n);
	if (kinds.len > room) {
		qsort(kinds.items, kinds.len, sizeof(*kinds.items), by_size);
		for (size_t i = room - 1; i < kinds.len; i++)
			forget_image(&kinds.items[i]);
		qsort(o, n, sizeof(*o), by_kind);
		free(kinds.items);
		split(&kinds, o, n);
	}
	for (size_t i = 0; i < kinds.len; i++) {
		VEC_GROW(out);
		out->items[out->len++] =
			sum_up(kinds.items[i].first, kinds.items[i].n);
	}
	free(kinds.items);
}

static size_t cohort_len(const struct one *o, size_t n)
{
	size_t i = 1;

	while (i < n && o[i].cohort == o->cohort)
		i++;
	return i;
}

static int add_cohorts(struct census *out, const struct crowd *all,
                       struct err *e)
{
	size_t room = room_of_each(all), n;

	if (room == 0)
		return err_code(e, ERR_INVALID, "too_many_kinds",
		                "more than %d kinds of devices, by hardware, "
		                "region and channel",
		                CENSUS_KINDS_MAX);
	for (size_t at = 0; at < all->len; at += n) {
		n = cohort_len(&all->items[at], all->len - at);
		add_cohort(out, &all->items[at], n, room);
	}
	return 0;
}

int census_take(struct census *out, struct index *x, const char *product,
                int64_t now_ms, struct err *e)
{
	struct crowd all = {0};
	int result;

	*out = (struct census){0};
	images_init(&out->images, x->secret);
	gather(&all, &out->images, x, product, now_ms);
	if (all.len > 0)
		qsort(all.items, all.len, sizeof(*all.items), by_kind);
	result = add_cohorts(out, &all, e);
	free(all.items);
	return result;
}

void census_fini(struct census *c)
{
	free(c->items);
	images_fini(&c->images);
	*c = (struct census){0};
}

static void put_kind(struct jw *w, const struct census_kind *k,
                     const struct cohort *c, const struct image *m)
{
	jw_object(w);
	jw_put_str(w, "hw", c->hw);
	jw_put_str(w, "region", c->region);
	jw_put_str(w, "channel", c->channel);
	if (m != NULL) {
		jw_put_str(w, "version", m->version);
		jw_put_str(w, "sha256", m->sha256);
	}
	jw_put_int(w, "devices", k->devices);
	jw_put_int(w, "seen_7d", k->seen);
	jw_put_int(w, "poll_s", k->poll_s);
	jw_put_int(w, "poll_spread_ppm", k->poll_spread_ppm);
	jw_put_int(w, "off_ppm", k->off_ppm);
	jw_put_int(w, "off_s", k->off_s);
	jw_end_object(w);
}

void census_put(struct jw *w, struct index *x, const struct census *c,
                const char *product, int64_t now_s)
{
	jw_object(w);
	jw_put_str(w, "schema", "fleet/1");
	jw_put_str(w, "product", product);
	jw_put_time(w, "time", now_s);
	jw_key(w, "cells");
	jw_array(w);
	for (size_t i = 0; i < c->len; i++) {
		const struct census_kind *k = &c->items[i];
		struct cohort cohort = index_cohort_of(x, k->cohort);

		put_kind(w, k, &cohort, images_find(&c->images, k->image));
	}
	jw_end_array(w);
	jw_end_object(w);
}

static int by_poll(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int64_t census_poll_s(struct index *x, const char *product, int64_t now_ms,
                      int64_t fallback_s)
{
	size_t n = index_count(x), len = 0;
	int32_t polls[SAMPLES];

	/* As many looks whatever the size; of a small fleet, some twice. */
	for (size_t i = 0; i < SAMPLES && n > 0; i++) {
		struct device_rec d = index_get(x, i * n / SAMPLES);
		struct one o = look(&d, now_ms);

		if (!d.revoked && o.seen && is_of(x, d.cohort, product))
			polls[len++] = o.poll_s;
	}
	if (len == 0)
		return fallback_s;
	qsort(polls, len, sizeof(polls[0]), by_poll);
	return polls[len / 2];
}
