/*
 * Text that a server sent, made fit for a terminal. Escape sequences, other
 * control characters and those that turn the direction of writing could
 * forge what an operator reads, so none reaches the screen: in tables each
 * becomes '?', in JSON its \u escape, which loses nothing.
 */
#ifndef REPO_TOOLS_CTL_TEXT_H
#define REPO_TOOLS_CTL_TEXT_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/json/js.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends the text on one line; line ends and tabs become blanks. */
void ctl_text_clean(struct buf *out, const char *text);
/* Columns that clean text takes; no combining or double-width characters. */
size_t ctl_text_width(const char *text);

/* Appends a JSON document, which was parsed and found strict, on one line. */
void ctl_text_json(struct buf *out, const char *json, size_t n);

/* Appends the member: a string, a number, yes or no, a list with commas;
 * "-" when it is absent, null, or an object. */
void ctl_text_member(struct buf *out, const struct js_at *obj, const char *key);

/* Is the member there, and not null? */
bool ctl_text_has(const struct js_at *obj, const char *key);

/* The member that names who acted: "actor_name" for "actor" where the server
 * says one, else the id itself. Of "actor" and "created_by". */
const char *ctl_text_who(const struct js_at *obj, const char *key);

/* "5%", "0.5%": 10^6 ppm is 100 %. */
void ctl_text_share(struct buf *out, int64_t ppm);
/* "45s", "12m", "3h", "20d": the largest whole unit. */
void ctl_text_span(struct buf *out, int64_t seconds);
/* "512 B", "1.2 MiB". */
void ctl_text_size(struct buf *out, int64_t bytes);

#endif
