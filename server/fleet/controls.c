#include "config.h"

#include "server/fleet/controls.h"

#include "lib/base/mem.h"

#include <stdlib.h>

#define FIRST_SLOTS 64

void controls_fini(struct controls *c)
{
	free(c->items);
	free(c->by_device);
	*c = (struct controls){0};
}

static size_t slot_of(const struct controls *c, int64_t device)
{
	uint64_t h = (uint64_t)device * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(h >> 32) & (c->slots - 1);

	while (c->by_device[at] != 0 &&
	       c->items[c->by_device[at] - 1].device != device)
		at = (at + 1) & (c->slots - 1);
	return at;
}

static void grow(struct controls *c)
{
	free(c->by_device);
	c->slots = c->slots > 0 ? 2 * c->slots : FIRST_SLOTS;
	c->by_device = xcalloc(c->slots, sizeof(*c->by_device));
	for (size_t i = 0; i < c->len; i++)
		c->by_device[slot_of(c, c->items[i].device)] = (uint32_t)i + 1;
}

static void count(struct controls *c, const struct control *u, int by)
{
	if (!u->counted)
		return;
	if (u->step == TRIAL_GRANTED)
		c->waiting += by;
	else if (u->step == TRIAL_SILENT)
		c->silent += by;
	else
		c->heard += by;
}

size_t controls_add(struct controls *c, const struct control *u)
{
	VEC_GROW(c);
	c->items[c->len++] = *u;
	count(c, u, 1);
	if (2 * c->len > c->slots)
		grow(c);
	else
		c->by_device[slot_of(c, u->device)] = (uint32_t)c->len;
	return c->len - 1;
}

void controls_end(struct controls *c, size_t i, enum trial_step to,
                  int64_t at_ms)
{
	count(c, &c->items[i], -1);
	c->items[i].step = to;
	c->items[i].end_ms = at_ms;
	count(c, &c->items[i], 1);
}

const struct control *controls_find(const struct controls *c, int64_t device)
{
	size_t at;

	if (c->slots == 0)
		return NULL;
	at = slot_of(c, device);
	if (c->by_device[at] == 0)
		return NULL;
	return &c->items[c->by_device[at] - 1];
}

bool controls_next_silent(struct controls *c, int64_t now_ms, int64_t hard_ms,
                          size_t *from, size_t *out)
{
	while (c->first_open < c->len &&
	       c->items[c->first_open].step != TRIAL_GRANTED)
		c->first_open++;
	if (*from < c->first_open)
		*from = c->first_open;
	/* Enrolled in the order of time: behind one that is too young nobody
	 * is old enough. */
	for (; *from < c->len && now_ms - c->items[*from].at_ms >= hard_ms;
	     ++*from)
		if (c->items[*from].step == TRIAL_GRANTED) {
			*out = (*from)++;
			return true;
		}
	return false;
}
