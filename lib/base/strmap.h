/*
 * From names to numbers: where in an array the thing of this name stands.
 * Keys are copied; there is no order and nothing is ever taken out.
 *
 * For names of our own or of signed files, whose number is bounded before
 * they come here; not for what strangers choose (no defence against chosen
 * collisions). One thread at a time may write.
 */
#ifndef LIB_BASE_STRMAP_H
#define LIB_BASE_STRMAP_H

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct strmap {
	struct strmap_slot {
		char *key; /* NULL: free */
		size_t value;
	} * slots;
	size_t len, cap; /* cap is a power of two */
};

/* Fine on a zeroed one, which is an empty map. */
void strmap_fini(struct strmap *m);
DEFINE_SCOPED_PLACE(strmap_fini, struct strmap)

/* Replaces the value of a key that is there. */
void strmap_put(struct strmap *m, const char *key, size_t value);
/* False when it is not there; *value is untouched then, and may be NULL. */
bool strmap_get(const struct strmap *m, const char *key, size_t *value);

#endif
