/*
 * Whether one path can match the patterns of two delegations. Patterns are
 * globs of '*' and '?', so this is exact, not a guess.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "lib/lint/lint_internal.h"
#include "lib/tuf/targets.h"

#include <stdlib.h>
#include <string.h>

/* Longer ones have a rule of their own and are not compared. */
#define PATTERN_MAX TARGET_MAX_LEN
/* Comparisons in one file: a repository of 64 products needs 33,000; a hostile
 * file gets an answer in bounded time. */
#define BUDGET UINT64_C(40000000)
/* Clients give up after 32 roles in one look-up; said at 80 %. */
#define MANY 25

static bool is_wild(char c)
{
	return c == '*' || c == '?';
}

/* Some one character can be what both stand for. */
static bool same_char(char a, char b)
{
	if (a == '?' || b == '?')
		return a != '/' && b != '/';
	return a == b;
}

/* What a star may swallow. */
static bool swallows(char c, bool star_crosses)
{
	return star_crosses || c != '/';
}

/* meets[i][j]: some text matches the rest of a from i and of b from j. Only
 * two rows are alive at a time. */
static bool meet(const struct raw_text *a, const struct raw_text *b,
                 bool crosses)
{
	bool rows[2][PATTERN_MAX + 1];

	for (size_t i = a->len + 1; i-- > 0;) {
		bool *row = rows[i % 2];
		const bool *below = rows[(i + 1) % 2];
		char x = i < a->len ? a->bytes[i] : '\0';

		for (size_t j = b->len + 1; j-- > 0;) {
			char y = j < b->len ? b->bytes[j] : '\0';
			bool ok = x == '\0' && y == '\0';

			if (x == '*')
				ok = below[j] ||
				     (y != '\0' && swallows(y, crosses) &&
				      row[j + 1]);
			if (!ok && y == '*')
				ok = row[j + 1] ||
				     (x != '\0' && swallows(x, crosses) &&
				      below[j]);
			if (!ok && x != '\0' && y != '\0' && x != '*' &&
			    y != '*')
				ok = same_char(x, y) && below[j + 1];
			row[j] = ok;
		}
	}
	return rows[0][0];
}

bool lint_patterns_meet(const struct raw_text *a, const struct raw_text *b,
                        bool star_crosses)
{
	if (a->len > PATTERN_MAX || b->len > PATTERN_MAX)
		return false;
	/* Most pairs differ before the first wildcard. */
	for (size_t i = 0; i < a->len && i < b->len; i++) {
		if (is_wild(a->bytes[i]) || is_wild(b->bytes[i]))
			break;
		if (a->bytes[i] != b->bytes[i])
			return false;
	}
	return meet(a, b, star_crosses);
}

/* ---- Delegations ---- */

struct pattern {
	const struct raw_node *node;
	size_t delegation;
};

struct patterns {
	struct pattern *items;
	size_t len, cap;
};

static void collect(struct patterns *out, const struct raw_node *roles)
{
	for (const struct raw_node *d = roles->first; d != NULL; d = d->next) {
		const struct raw_node *paths = raw_get(d, "paths");

		if (paths == NULL || paths->type != RAW_ARRAY ||
		    d->index >= TUF_DELEGATIONS_MAX)
			continue;
		for (const struct raw_node *t = paths->first; t != NULL;
		     t = t->next) {
			if (t->type != RAW_STRING)
				continue;
			VEC_GROW(out);
			out->items[out->len++] = (struct pattern){t, d->index};
		}
	}
}

static void say(const struct lint_page *p, enum lint_id id,
                const struct raw_node *a, const struct raw_node *b)
{
	lint_note(p->l, id, b, "'%.*s' meets '%.*s'",
	          (int)(b->text.len < 64 ? b->text.len : 64), b->text.bytes,
	          (int)(a->text.len < 64 ? a->text.len : 64), a->text.bytes);
}

/* One pattern against all later ones of other delegations; counts whom it
 * meets. Returns what of the budget is left. */
static uint64_t compare(const struct lint_page *p, const struct patterns *all,
                        size_t i, size_t *met, uint64_t budget)
{
	const struct pattern *a = &all->items[i];

	for (size_t k = i + 1; k < all->len && budget > 0; k++) {
		const struct pattern *b = &all->items[k];
		uint64_t cost = 1 + a->node->text.len * b->node->text.len / 64;

		if (a->delegation == b->delegation)
			continue;
		budget = budget > cost ? budget - cost : 0;
		if (lint_patterns_meet(&a->node->text, &b->node->text, false)) {
			say(p, LINT_OVERLAP, a->node, b->node);
			met[a->delegation]++;
			met[b->delegation]++;
		} else if (lint_patterns_meet(&a->node->text, &b->node->text,
		                              true)) {
			say(p, LINT_OVERLAP_CROSSING, a->node, b->node);
		}
	}
	return budget;
}

void lint_check_overlaps(const struct lint_page *p,
                         const struct raw_node *roles)
{
	struct patterns all = {0};
	SCOPED(free)
	size_t *met = xcalloc(roles->n + 1, sizeof(*met));
	uint64_t budget = BUDGET;
	size_t most = 0;

	collect(&all, roles);
	for (size_t i = 0; i < all.len && budget > 0; i++)
		budget = compare(p, &all, i, met, budget);
	for (size_t i = 0; i < roles->n; i++)
		most = met[i] > most ? met[i] : most;
	/* Each met at least once by one path, at worst by the same. */
	if (most + 1 > MANY)
		lint_note(p->l, LINT_DELEGATIONS_MANY, roles,
		          "a path may match %zu of them", most + 1);
	if (budget == 0)
		lint_note(p->l, LINT_DELEGATIONS_MANY, roles,
		          "more patterns than can be compared");
	free(all.items);
}
