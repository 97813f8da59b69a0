#include "config.h"

#include "cli/suggest.h"

#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t suggest_distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	/* Rows i - 2, i - 1 and i of the edit table. */
	size_t rows[3][SUGGEST_MAX + 1];

	if (na > SUGGEST_MAX || nb > SUGGEST_MAX)
		return na > nb ? na : nb;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *row = rows[i % 3], *last = rows[(i + 2) % 3];
		const size_t *older = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t replace = a[i - 1] == b[j - 1] ? 0 : 1;

			row[j] = least(row[j - 1] + 1, last[j] + 1,
			               last[j - 1] + replace);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && older[j - 2] + 1 < row[j])
				row[j] = older[j - 2] + 1;
		}
	}
	return rows[na % 3][nb];
}

void suggest_init(struct suggest *s, const char *word)
{
	/* A third of the letters may be wrong, and one in any case. */
	*s = (struct suggest){.word = word, .distance = strlen(word) / 3 + 2};
}

void suggest_try(struct suggest *s, const char *candidate)
{
	size_t d = suggest_distance(s->word, candidate);
	size_t n = strlen(s->word);

	/* Who stops early means the word that begins so. */
	if (n >= 2 && d > 1 && strncmp(candidate, s->word, n) == 0)
		d = 1;
	/* All letters replaced is no likeness. */
	if (d < s->distance && d < strlen(candidate)) {
		s->distance = d;
		s->best = candidate;
	}
}

const char *suggest_text(const struct suggest *s, char *out, size_t size)
{
	out[0] = '\0';
	if (s->best != NULL)
		(void)snprintf(out, size, " (did you mean '%s'?)", s->best);
	return out;
}
