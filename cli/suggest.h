/*
 * The word somebody probably meant.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/* The best so far; feed candidates one by one, then read `best`. */
struct suggest {
	const char *word;
	const char *best; /* borrowed from the candidates; NULL: none is near */
	size_t distance;
};

void suggest_init(struct suggest *s, const char *word);
void suggest_try(struct suggest *s, const char *candidate);
/* " (did you mean 'x'?)" or "". */
const char *suggest_text(const struct suggest *s, char *out, size_t size);

/* Edits (insert, delete, replace, swap neighbours) between two words; words
 * longer than SUGGEST_MAX are as far as their lengths. */
#define SUGGEST_MAX 64
size_t suggest_distance(const char *a, const char *b);

#endif
