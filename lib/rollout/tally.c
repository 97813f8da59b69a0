#include "config.h"

#include "lib/rollout/tally.h"

#include "lib/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void tally_init(struct tally *t, struct stats_table *table)
{
	*t = (struct tally){.table = table, .cross_ms = INT64_MAX};
}

void tally_fini(struct tally *t)
{
	free(t->gone);
	free(t->marks);
	*t = (struct tally){0};
}

void tally_reset(struct tally *t)
{
	t->added = 0;
	t->n_gone = 0;
	t->n_marks = 0;
	t->cross_ms = INT64_MAX;
}

uint32_t tally_add(struct tally *t)
{
	assert(t->added < UINT32_MAX);
	if (t->added + INT64_C(1) > t->table->n_limit)
		stats_table_grow(t->table, 2 * (t->added + INT64_C(1)));
	return t->added++;
}

/* The first index whose place is not below this one. New places are looked
 * for from the end, where nearly all of them belong. */
static size_t gone_index(const struct tally *t, uint32_t place)
{
	size_t lo = 0, hi = t->n_gone;

	if (hi == 0 || t->gone[hi - 1] < place)
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->gone[mid] < place)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t mark_index(const struct tally *t, uint32_t place)
{
	size_t lo = 0, hi = t->n_marks;

	if (hi == 0 || t->marks[hi - 1].place < place)
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->marks[mid].place < place)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Prefixes that end before mark `from` did not change. Those from there on
 * can only have begun to cross: a prefix gains failures and loses trials. */
static void look_from(struct tally *t, size_t from)
{
	for (size_t i = from; i < t->n_marks; i++)
		if (t->marks[i].old_ms < t->cross_ms &&
		    stats_table_halts(t->table, (int64_t)i + 1,
		                      t->marks[i].rank))
			t->cross_ms = t->marks[i].old_ms;
}

void tally_leave(struct tally *t, uint32_t place)
{
	size_t at = gone_index(t, place), after = mark_index(t, place);

	assert(place < t->added);
	assert(at == t->n_gone || t->gone[at] != place);
	assert(after == t->n_marks || t->marks[after].place != place);
	if (t->n_gone == t->gone_room) {
		t->gone_room = t->gone_room > 0 ? 2 * t->gone_room : 8;
		t->gone =
			xreallocarray(t->gone, t->gone_room, sizeof(*t->gone));
	}
	memmove(&t->gone[at + 1], &t->gone[at],
	        (t->n_gone - at) * sizeof(*t->gone));
	t->gone[at] = place;
	t->n_gone++;
	for (size_t i = after; i < t->n_marks; i++)
		t->marks[i].rank--;
	look_from(t, after);
}

void tally_fail(struct tally *t, uint32_t place, int64_t device, int cell,
                int64_t old_ms)
{
	size_t at = mark_index(t, place), gone = gone_index(t, place);

	assert(place < t->added);
	assert(at == t->n_marks || t->marks[at].place != place);
	assert(gone == t->n_gone || t->gone[gone] != place);
	if (t->n_marks == t->marks_room) {
		t->marks_room = t->marks_room > 0 ? 2 * t->marks_room : 8;
		t->marks = xreallocarray(t->marks, t->marks_room,
		                         sizeof(*t->marks));
	}
	memmove(&t->marks[at + 1], &t->marks[at],
	        (t->n_marks - at) * sizeof(*t->marks));
	t->marks[at] = (struct tally_mark){
		.device = device,
		.cell = cell,
		.old_ms = old_ms,
		.place = place,
		.rank = place + INT64_C(1) - (int64_t)gone,
	};
	t->n_marks++;
	look_from(t, at);
}

int64_t tally_trials(const struct tally *t)
{
	return t->added - (int64_t)t->n_gone;
}

int64_t tally_failures(const struct tally *t)
{
	return (int64_t)t->n_marks;
}

bool tally_crosses(const struct tally *t)
{
	if (!stats_table_halts(t->table, tally_failures(t), tally_trials(t)))
		return false;
	for (size_t i = 1; i < t->n_marks; i++)
		if (t->marks[i].device != t->marks[0].device)
			return true;
	return false;
}

size_t tally_prefix(const struct tally *t, int64_t now_ms)
{
	bool two_devices = false;

	if (now_ms < t->cross_ms)
		return 0;
	for (size_t i = 1; i < t->n_marks; i++) {
		const struct tally_mark *m = &t->marks[i];

		two_devices |= m->device != t->marks[0].device;
		if (two_devices && m->old_ms <= now_ms &&
		    stats_table_halts(t->table, (int64_t)i + 1, m->rank))
			return i + 1;
	}
	return 0;
}
