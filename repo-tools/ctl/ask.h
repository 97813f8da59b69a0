/*
 * The shapes most commands have: one question, one answer, one table; or one
 * change with its reason.
 */
#ifndef REPO_TOOLS_CTL_ASK_H
#define REPO_TOOLS_CTL_ASK_H

#include "repo-tools/ctl/api.h"
#include "repo-tools/ctl/table.h"

/* Prints an answer for people. */
typedef int ctl_show_fn(struct cli *c, const struct js_at *root, struct err *e);

/* GET path, then show it, or print it for --json. */
MUST_USE int ctl_ask_get(struct cli *c, const char *path, ctl_show_fn *show,
                         struct err *e);
/* The same for /v1/admin/NOUN/KEY/VERB; KEY is the first argument. */
MUST_USE int ctl_ask_one(struct cli *c, const char *noun, const char *verb,
                         ctl_show_fn *show, struct err *e);

/* Adds members to a change's body; the reason is there already. */
typedef int ctl_fill_fn(struct cli *c, struct jw *w, struct err *e);

/* POST /v1/admin/NOUN[/KEY/VERB] with what fill adds (NULL: nothing). */
MUST_USE int ctl_ask_change(struct cli *c, const char *noun, const char *key,
                            const char *verb, ctl_fill_fn *fill,
                            ctl_show_fn *show, struct err *e);

/* A question on the terminal, "revoke device 00ab"; --yes answers it. */
MUST_USE int ctl_ask_sure(const struct cli *c, const char *what,
                          const char *object, struct err *e);

/* One row for each element of root's array `key`, then the table. */
typedef void ctl_row_fn(struct ctl_table *t, const struct js_at *at);
MUST_USE int ctl_ask_rows(const struct cli *c, const struct js_at *root,
                          const char *key, const char *const *columns,
                          ctl_row_fn *row, const char *empty, struct err *e);

/* Members "a" and "b" of an object as lines "a  …", in a table without a
 * head; labels and keys alternate up to a NULL. */
MUST_USE int ctl_ask_fields(const struct cli *c, const struct js_at *obj,
                            const char *const *labels_and_keys, struct err *e);

/* The options of a list that comes in pages, and its question. show() ends
 * with ctl_ask_say_next(c, root, "after"). */
extern const struct cli_option ctl_ask_page_options[];
MUST_USE int ctl_ask_page(struct cli *c, const char *path, ctl_show_fn *show,
                          struct err *e);

/* On standard error, when the page is not the last: how to ask for the
 * next. */
void ctl_ask_say_next(const struct cli *c, const struct js_at *root,
                      const char *option);

/* "key":["a","b"] out of a repeated or comma-separated option; an empty
 * array when it was not given. */
MUST_USE int ctl_ask_put_list(const struct cli *c, struct jw *w,
                              const char *option, const char *key,
                              struct err *e);

#endif
