#include "config.h"

#include "server/roster/images.h"

#include "lib/base/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 64

void images_init(struct images *t, const uint8_t *secret)
{
	*t = (struct images){.secret = secret, .n_rows = FIRST_ROWS};
	t->rows = xcalloc(t->n_rows, sizeof(*t->rows));
}

void images_fini(struct images *t)
{
	free(t->items);
	free(t->rows);
}

static uint32_t *row_of(struct images *t, const struct image *m)
{
	uint64_t h = hash_for_table(t->secret, m, sizeof(*m));

	return &t->rows[h & (t->n_rows - 1)];
}

static void put_in_row(struct images *t, uint32_t place)
{
	uint32_t *row = row_of(t, &t->items[place].image);

	t->items[place].next = *row;
	*row = place + 1;
}

static void take_out_of_row(struct images *t, uint32_t place)
{
	uint32_t *at = row_of(t, &t->items[place].image);

	while (*at != place + 1)
		at = &t->items[*at - 1].next;
	*at = t->items[place].next;
}

/* Rows are doubled only when no place is free. */
static void more_rows(struct images *t)
{
	free(t->rows);
	t->n_rows *= 2;
	t->rows = xcalloc(t->n_rows, sizeof(*t->rows));
	for (size_t i = 0; i < t->len; i++)
		put_in_row(t, (uint32_t)i);
}

static uint32_t free_place(struct images *t)
{
	uint32_t place;

	if (t->free != 0) {
		place = t->free - 1;
		t->free = t->items[place].next;
		return place;
	}
	if (t->len == t->n_rows)
		more_rows(t);
	VEC_GROW(t);
	return (uint32_t)t->len++;
}

static uint64_t number_of(const struct images *t, uint32_t place)
{
	return (uint64_t)t->items[place].serial << 32 | place;
}

uint64_t images_enter(struct images *t, const char *sha256, const char *version)
{
	struct image m = {0};
	uint32_t at;

	(void)snprintf(m.sha256, sizeof(m.sha256), "%s", sha256);
	(void)snprintf(m.version, sizeof(m.version), "%s", version);
	for (at = *row_of(t, &m); at != 0; at = t->items[at - 1].next)
		if (memcmp(&t->items[at - 1].image, &m, sizeof(m)) == 0) {
			t->items[at - 1].devices++;
			return number_of(t, at - 1);
		}
	at = free_place(t);
	t->items[at] = (struct image_place){
		.image = m, .serial = t->serial++, .devices = 1};
	put_in_row(t, at);
	return number_of(t, at);
}

void images_leave(struct images *t, uint64_t number)
{
	uint32_t place = (uint32_t)number;

	if (number == IMAGE_NONE)
		return;
	assert(images_find(t, number) != NULL);
	if (--t->items[place].devices > 0)
		return;
	take_out_of_row(t, place);
	t->items[place].next = t->free;
	t->free = place + 1;
}

const struct image *images_find(const struct images *t, uint64_t number)
{
	uint32_t place = (uint32_t)number;

	if (place >= t->len || t->items[place].devices == 0 ||
	    number_of(t, place) != number)
		return NULL;
	return &t->items[place].image;
}
