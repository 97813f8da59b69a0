/*
 * Tables for people: columns as wide as their widest cell, numbers to the
 * right, words of state in colour where a terminal shows it. Cells are clean
 * text (text.h) before they get here or become so here.
 */
#ifndef REPO_TOOLS_CTL_TABLE_H
#define REPO_TOOLS_CTL_TABLE_H

#include "cli/cli.h"
#include "lib/base/buf.h"
#include "lib/json/js.h"

#define CTL_TABLE_COLUMNS 16

struct ctl_table {
	const struct cli *cli;
	const char *const *columns; /* titles; '>' in front: to the right */
	size_t n_columns;
	struct buf text; /* the cells, each with its NUL */
	size_t n_cells;
};

/* Columns end with NULL. A table whose titles are all "" has no head: labels
 * and values. */
void ctl_table_init(struct ctl_table *t, const struct cli *c,
                    const char *const *columns);
void ctl_table_fini(struct ctl_table *t);
DEFINE_SCOPED_PLACE(ctl_table_fini, struct ctl_table)

/* The next cell, row by row. */
void ctl_table_add(struct ctl_table *t, const char *text);
void ctl_table_addf(struct ctl_table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A member of the server's object, as ctl_text_member() spells it. */
void ctl_table_member(struct ctl_table *t, const struct js_at *obj,
                      const char *key);
/* Several of them, up to a NULL. */
void ctl_table_members(struct ctl_table *t, const struct js_at *obj, ...)
	__attribute__((sentinel));
/* A share of 10^6. */
void ctl_table_share(struct ctl_table *t, int64_t ppm);

/* Prints all rows; says `empty` on standard error when there is none. */
MUST_USE int ctl_table_print(const struct ctl_table *t, const char *empty,
                             struct err *e);

/* Is colour wanted: --color, NO_COLOR, TERM, and is it a terminal? */
bool ctl_table_has_colour(const struct cli *c);
/* Prints one word in its colour, if it has one. */
void ctl_table_word(const struct cli *c, const char *word);

#endif
