#include "config.h"

#include "server/roster/seen.h"

#include "lib/base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define NONE UINT32_MAX

void seen_init(struct seen *s)
{
	*s = (struct seen){
		.oldest = NONE,
		.newest = NONE,
		.day = {.first = NONE},
		.week = {.first = NONE},
		.dirty = {NONE, NONE},
		.changed = {NONE, NONE},
	};
}

void seen_fini(struct seen *s)
{
	free(s->links);
	*s = (struct seen){0};
}

void seen_add(struct seen *s)
{
	assert(s->len < NONE);
	if (s->len == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 64;
		s->links = xreallocarray(s->links, s->cap, sizeof(*s->links));
	}
	s->links[s->len++] = (struct seen_link){.older = NONE, .newer = NONE};
}

/* ---- The two queues ---- */

void seen_set_changed(struct seen *s, size_t device)
{
	struct seen_link *l = &s->links[device];

	s->visits++;
	if (l->changed)
		return;
	l->changed = 1;
	l->next_changed = NONE;
	if (s->changed.first == NONE)
		s->changed.first = (uint32_t)device;
	else
		s->links[s->changed.last].next_changed = (uint32_t)device;
	s->changed.last = (uint32_t)device;
}

bool seen_pop_changed(struct seen *s, size_t *device)
{
	struct seen_link *l;

	if (s->changed.first == NONE)
		return false;
	*device = s->changed.first;
	l = &s->links[*device];
	s->visits++;
	l->changed = 0;
	s->changed.first = l->next_changed;
	return true;
}

void seen_set_dirty(struct seen *s, size_t device)
{
	struct seen_link *l = &s->links[device];

	s->visits++;
	if (l->dirty)
		return;
	l->dirty = 1;
	l->next_dirty = NONE;
	if (s->dirty.first == NONE)
		s->dirty.first = (uint32_t)device;
	else
		s->links[s->dirty.last].next_dirty = (uint32_t)device;
	s->dirty.last = (uint32_t)device;
}

bool seen_pop_dirty(struct seen *s, size_t *device)
{
	struct seen_link *l;

	if (s->dirty.first == NONE)
		return false;
	*device = s->dirty.first;
	l = &s->links[*device];
	s->visits++;
	l->dirty = 0;
	s->dirty.first = l->next_dirty;
	return true;
}

bool seen_any_dirty(const struct seen *s)
{
	return s->dirty.first != NONE;
}

/* ---- The order ---- */

static void window_join(struct seen_window *w, uint32_t device)
{
	w->n++;
	if (w->first == NONE)
		w->first = device;
}

/* Before it leaves its place in the order. */
static void window_part(struct seen_window *w, uint32_t device, uint32_t newer)
{
	w->n--;
	if (w->first == device)
		w->first = newer;
}

static void part(struct seen *s, uint32_t device)
{
	struct seen_link *l = &s->links[device];

	if (!l->in_order)
		return;
	if (l->in_day)
		window_part(&s->day, device, l->newer);
	if (l->in_week)
		window_part(&s->week, device, l->newer);
	if (l->older == NONE)
		s->oldest = l->newer;
	else
		s->links[l->older].newer = l->newer;
	if (l->newer == NONE)
		s->newest = l->older;
	else
		s->links[l->newer].older = l->older;
}

static void join(struct seen *s, uint32_t device)
{
	struct seen_link *l = &s->links[device];

	l->older = s->newest;
	l->newer = NONE;
	if (s->newest == NONE)
		s->oldest = device;
	else
		s->links[s->newest].newer = device;
	s->newest = device;
	l->in_order = l->in_day = l->in_week = 1;
	window_join(&s->day, device);
	window_join(&s->week, device);
}

void seen_note(struct seen *s, size_t device, int64_t now_ms)
{
	bool was_here = seen_in_week(s, device);

	s->visits++;
	part(s, (uint32_t)device);
	s->links[device].at_ms = now_ms;
	join(s, (uint32_t)device);
	if (!was_here)
		seen_set_changed(s, device);
	seen_set_dirty(s, device);
}

void seen_pass(struct seen *s, int64_t now_ms, int64_t floor_ms,
               size_t max_steps)
{
	int64_t day = now_ms - SEEN_DAY_MS, week = now_ms - SEEN_WEEK_MS;

	while (max_steps > 0 && s->day.first != NONE &&
	       s->links[s->day.first].at_ms < day) {
		struct seen_link *l = &s->links[s->day.first];

		s->visits++;
		l->in_day = 0;
		window_part(&s->day, s->day.first, l->newer);
		max_steps--;
	}
	while (max_steps > 0 && week > floor_ms && s->week.first != NONE &&
	       s->links[s->week.first].at_ms < week) {
		uint32_t device = s->week.first;
		struct seen_link *l = &s->links[device];

		l->in_week = 0;
		window_part(&s->week, device, l->newer);
		seen_set_changed(s, device);
		max_steps--;
	}
}

bool seen_in_week(const struct seen *s, size_t device)
{
	return s->links[device].in_week;
}

size_t seen_in_day_count(const struct seen *s)
{
	return s->day.n;
}

/* ---- The start ---- */

void seen_load(struct seen *s, size_t device, int64_t at_ms)
{
	s->links[device].at_ms = at_ms;
	s->links[device].in_order = 1;
}

static int by_time(const void *a, const void *b)
{
	const struct seen_link *x = *(struct seen_link *const *)a;
	const struct seen_link *y = *(struct seen_link *const *)b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x < y ? -1 : x > y;
}

void seen_loaded(struct seen *s)
{
	SCOPED(free)
	struct seen_link **order = xcalloc(s->len + 1, sizeof(*order));
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		if (s->links[i].in_order)
			order[n++] = &s->links[i];
	qsort(order, n, sizeof(*order), by_time);
	for (size_t i = 0; i < n; i++) {
		join(s, (uint32_t)(order[i] - s->links));
		seen_set_changed(s, (size_t)(order[i] - s->links));
	}
	s->visits = 0;
}
