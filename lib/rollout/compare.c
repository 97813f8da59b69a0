#include "config.h"

#include "lib/rollout/compare.h"

#include "lib/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)
#define FIRST_SLOTS 64

/*
 * The sum. Let a stratum have T trials and U control units, and let under the
 * null each trial fall silent at most as often as each unit. Given that
 * somebody in it fell silent, it was a trial with chance at most
 *
 *	q0 = T / (T + U)
 *
 * (exact for events of a Poisson process, close while few fall silent). Under
 * "r times as often" the chance is q_r = rT / (rT + U). For each silent trial
 * multiply by q_r / q0 > 1, for each silent unit by (1 - q_r) / (1 - q0) < 1:
 * as q_r > q0, the expected factor given the past is at most 1 for every
 * smaller chance than q0, too. So for each r the product over strata is a
 * non-negative supermartingale that begins at 1, the mean over r is one, and
 * by Ville's inequality it ever reaches 1/(alpha w) with chance at most
 * alpha w, whenever and however often one looks.
 *
 * A stratum counts when all of it has ended. Which ones have depends on what
 * happened in them alone; those in which nobody is silent have factor 1
 * whenever they come.
 *
 * A stratum without a silent trial only lowers the sum. So the narrowest scope
 * that has every silent trial of a crossing sum crosses as well, as with
 * failures (scopes.c).
 */
static const double ratios[COMPARE_RATIOS] = {1.5, 2, 3, 5, 10, 30, 100};

/* Nobody to compare with, or nobody compared: nothing is learnt. */
static bool is_learnt_from(const struct stratum *s)
{
	return s->treated > 0 && s->units > 0;
}

void compare_add(struct compare_sum *sum, const struct stratum *s)
{
	double t = (double)s->treated, u = (double)s->units;

	if (!is_learnt_from(s))
		return;
	sum->in.trials += s->treated;
	sum->in.trials_silent += s->treated_silent;
	sum->in.units += s->units;
	sum->in.units_silent += s->units_silent;
	for (size_t i = 0; i < COMPARE_RATIOS; i++) {
		double r = ratios[i];

		/* q_r/q0 = r (T+U) / (rT+U); (1-q_r)/(1-q0) = (T+U)/(rT+U) */
		sum->log_e[i] +=
			(double)s->treated_silent *
				log(r * (t + u) / (r * t + u)) +
			(double)s->units_silent * log((t + u) / (r * t + u));
	}
}

double compare_log_e(const struct compare_sum *sum)
{
	double most = sum->log_e[0], mean = 0;

	for (size_t i = 1; i < COMPARE_RATIOS; i++)
		if (sum->log_e[i] > most)
			most = sum->log_e[i];
	for (size_t i = 0; i < COMPARE_RATIOS; i++)
		mean += exp(sum->log_e[i] - most) / COMPARE_RATIOS;
	return most + log(mean);
}

/* ---- Strata ---- */

void compare_fini(struct compare *c)
{
	free(c->items);
	free(c->by_place);
	free(c->ripe.items);
	*c = (struct compare){0};
}

static size_t slot_of(const struct compare *c, int64_t hour, int cell)
{
	uint64_t h = ((uint64_t)hour << 12 ^ (uint64_t)cell) *
	             UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(h >> 32) & (c->slots - 1);

	for (; c->by_place[at] != 0; at = (at + 1) & (c->slots - 1)) {
		const struct stratum *s = &c->items[c->by_place[at] - 1];

		if (s->hour == hour && s->cell == cell)
			break;
	}
	return at;
}

bool compare_has(const struct compare *c, int cell, int64_t at_ms)
{
	uint32_t i = c->slots == 0
	                     ? 0
	                     : c->by_place[slot_of(c, at_ms / HOUR_MS, cell)];

	return i != 0 && c->items[i - 1].taken &&
	       is_learnt_from(&c->items[i - 1]);
}

static void grow(struct compare *c)
{
	free(c->by_place);
	c->slots = c->slots > 0 ? 2 * c->slots : FIRST_SLOTS;
	c->by_place = xcalloc(c->slots, sizeof(*c->by_place));
	for (size_t i = 0; i < c->len; i++)
		c->by_place[slot_of(c, c->items[i].hour, c->items[i].cell)] =
			(uint32_t)i + 1;
}

static struct stratum *stratum_of(struct compare *c, int cell, int64_t at_ms)
{
	int64_t hour = at_ms / HOUR_MS;
	size_t at;

	if (2 * (c->len + 1) > c->slots)
		grow(c);
	at = slot_of(c, hour, cell);
	if (c->by_place[at] == 0) {
		VEC_GROW(c);
		c->items[c->len++] =
			(struct stratum){.hour = hour, .cell = cell};
		c->by_place[at] = (uint32_t)c->len;
	}
	return &c->items[c->by_place[at] - 1];
}

void compare_join(struct compare *c, int cell, int64_t at_ms, bool unit)
{
	struct stratum *s = stratum_of(c, cell, at_ms);

	s->treated += !unit;
	s->units += unit;
	s->open++;
}

void compare_end(struct compare *c, int cell, int64_t at_ms, bool unit,
                 enum compare_end how)
{
	struct stratum *s = stratum_of(c, cell, at_ms);

	assert(s->open > 0);
	s->open--;
	switch (how) {
	case COMPARE_HEARD: break;
	case COMPARE_SILENT:
		s->treated_silent += !unit;
		s->units_silent += unit;
		break;
	case COMPARE_LEFT:
		s->treated -= !unit;
		s->units -= unit;
		break;
	}
	if (s->open > 0 || s->ripe || s->taken ||
	    s->treated_silent + s->units_silent == 0)
		return;
	s->ripe = true;
	VEC_GROW(&c->ripe);
	c->ripe.items[c->ripe.len++] = (uint32_t)(s - c->items);
}

const struct stratum *compare_next(struct compare *c, int64_t now_ms)
{
	for (size_t i = 0; i < c->ripe.len; i++) {
		struct stratum *s = &c->items[c->ripe.items[i]];

		/* Somebody joined since, or still may. */
		if (s->open == 0 && now_ms < (s->hour + 1) * HOUR_MS)
			continue;
		c->ripe.items[i--] = c->ripe.items[--c->ripe.len];
		s->ripe = false;
		if (s->open > 0)
			continue; /* its last end brings it back */
		s->taken = true;
		return s;
	}
	return NULL;
}
