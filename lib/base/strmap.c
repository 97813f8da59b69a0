#include "config.h"

#include "lib/base/strmap.h"

#include "lib/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bit. */
static uint64_t hash(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

/* The slot of a key, or the free one where it belongs. */
static struct strmap_slot *slot_of(const struct strmap *m, const char *key)
{
	size_t i = hash(key) & (m->cap - 1);

	while (m->slots[i].key != NULL && strcmp(m->slots[i].key, key) != 0)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

void strmap_fini(struct strmap *m)
{
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].key);
	free(m->slots);
	*m = (struct strmap){0};
}

/* At most half full: a search ends soon, and always at a free slot. */
static void grow(struct strmap *m)
{
	struct strmap old = *m;

	m->cap = old.cap > 0 ? 2 * old.cap : 16;
	m->slots = xcalloc(m->cap, sizeof(*m->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].key != NULL)
			*slot_of(m, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

void strmap_put(struct strmap *m, const char *key, size_t value)
{
	struct strmap_slot *s;

	if (2 * (m->len + 1) > m->cap)
		grow(m);
	s = slot_of(m, key);
	if (s->key == NULL) {
		s->key = xstrdup(key);
		m->len++;
	}
	s->value = value;
}

bool strmap_get(const struct strmap *m, const char *key, size_t *value)
{
	const struct strmap_slot *s;

	if (m->cap == 0)
		return false;
	s = slot_of(m, key);
	if (s->key == NULL)
		return false;
	if (value != NULL)
		*value = s->value;
	return true;
}
