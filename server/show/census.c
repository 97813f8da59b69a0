#include "config.h"

#include "server/show/census.h"

#include "lib/base/mem.h"
#include "lib/rollout/plan.h"
#include "lib/sim/fleet.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES 64

struct one {
	uint32_t cohort;
	uint64_t image;
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
	                .image = d->image,
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

static void gather(struct crowd *all, struct index *x, const char *product,
                   int64_t now_ms)
{
	size_t n = index_count(x);
	uint32_t last = 0;
	bool wanted = n > 0 && is_of(x, 0, product);

	for (size_t i = 0; i < n; i++) {
		struct device_rec d = index_get(x, i);

		/* Neighbours enrolled together and are mostly alike. */
		if (d.cohort != last) {
			last = d.cohort;
			wanted = is_of(x, last, product);
		}
		if (!wanted || d.revoked)
			continue;
		VEC_GROW(all);
		all->items[all->len++] = look(&d, now_ms);
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

static int add_kind(struct census *out, const struct one *o, size_t n,
                    struct err *e)
{
	if (out->len == FLEET_KINDS_MAX)
		return err_code(e, ERR_INVALID, "too_many_kinds",
		                "more than %d kinds of devices, by hardware, "
		                "region, channel and image",
		                FLEET_KINDS_MAX);
	VEC_GROW(out);
	out->items[out->len++] = sum_up(o, n);
	return 0;
}

static bool are_alike(const struct one *a, const struct one *b)
{
	return a->cohort == b->cohort && a->image == b->image;
}

int census_take(struct census *out, struct index *x, const char *product,
                int64_t now_ms, struct err *e)
{
	struct crowd all = {0};
	size_t from = 0;
	int result = 0;

	*out = (struct census){0};
	gather(&all, x, product, now_ms);
	if (all.len > 0)
		qsort(all.items, all.len, sizeof(*all.items), by_kind);
	for (size_t i = 1; i <= all.len && result == 0; i++) {
		if (i < all.len && are_alike(&all.items[i], &all.items[from]))
			continue;
		result = add_kind(out, &all.items[from], i - from, e);
		from = i;
	}
	free(all.items);
	return result;
}

void census_fini(struct census *c)
{
	free(c->items);
	*c = (struct census){0};
}

static void put_kind(struct jw *w, struct index *x, const struct census_kind *k)
{
	struct cohort c = index_cohort_of(x, k->cohort);
	struct image m = index_image_of(x, k->image);

	jw_object(w);
	jw_put_str(w, "hw", c.hw);
	jw_put_str(w, "region", c.region);
	jw_put_str(w, "channel", c.channel);
	if (*m.sha256 != '\0') {
		jw_put_str(w, "version", m.version);
		jw_put_str(w, "sha256", m.sha256);
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
	for (size_t i = 0; i < c->len; i++)
		put_kind(w, x, &c->items[i]);
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
