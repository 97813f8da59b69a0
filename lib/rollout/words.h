/*
 * What the three signed documents share (trust.md, Formats): the head H, lists
 * of names, and cells.
 */
#ifndef LIB_ROLLOUT_WORDS_H
#define LIB_ROLLOUT_WORDS_H

#include "lib/base/err.h"
#include "lib/base/name.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"
#include "lib/rollout/bucket.h"

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX 64
#define REPO_ID_SIZE 33 /* 128 random bits in hex, and the NUL */

typedef char word[NAME_MAX_LEN + 1];

/* Copies at most NAME_MAX_LEN bytes. */
void word_set(word out, const char *s);

struct words {
	word w[WORDS_MAX];
	size_t n;
};

/* Hardware revision × region; "*" only where a halt list allows it. */
struct cell {
	word hw;
	word region;
};

/* Which cells that is, for people: "a7/eu", "hardware a7", "region eu" or "all
 * cells". Returns out. */
#define CELL_TEXT_SIZE (2 * NAME_MAX_LEN + 2)
const char *cell_text(char out[CELL_TEXT_SIZE], const char *hw,
                      const char *region);

/* 1..max exact names, no duplicate. `star` allows the list ["*"]. */
MUST_USE int words_parse(struct words *out, const struct js_at *obj,
                         const char *key, size_t max, bool star, struct err *e);
bool words_has(const struct words *l, const char *w);
/* Every word of `a` is in `b`; names the first that is not. */
bool words_within(const struct words *a, const struct words *b,
                  const char **missing);
void words_write(struct jw *w, const char *key, const struct words *l);

/* One {hw, region}, members beside them ignored; "*" only when star. */
MUST_USE int cell_parse(struct cell *out, const struct js_at *obj, bool star,
                        struct err *e);
/* [{hw, region}] with at most max, no duplicate; the caller frees *out. */
MUST_USE int cells_parse(struct cell **out, size_t *out_n,
                         const struct js_at *obj, const char *key, size_t max,
                         bool star, struct err *e);
bool cells_match(const struct cell *cells, size_t n, const char *hw,
                 const char *region);
void cells_write(struct jw *w, const char *key, const struct cell *cells,
                 size_t n);

/* The head: schema equals `schema`, repo and product well-formed, everything
 * in `critical` among `known` (NULL-ended). */
struct doc_head {
	char repo[REPO_ID_SIZE];
	char product[PRODUCT_MAX_LEN + 1];
};
MUST_USE int doc_head_parse(struct doc_head *out, const struct js_at *obj,
                            const char *schema, const char *const *known,
                            struct err *e);
/* The head's `critical` lists this name. */
bool doc_has_critical(const struct js_at *obj, const char *name);

/* Exactly `digits` lower-case hex digits; out holds one char more. */
MUST_USE int doc_hex_parse(char *out, size_t digits, const struct js_at *obj,
                           const char *key, struct err *e);
/* A target path <prefix><product>/<file>, nothing deeper. */
MUST_USE int doc_path_parse(char out[TARGET_MAX_LEN + 1],
                            const struct js_at *obj, const char *key,
                            const char *prefix, const char *product,
                            struct err *e);
/* At most max different devices, each as bucket_member() names it; the caller
 * frees *out. */
MUST_USE int doc_members_parse(char (**out)[MEMBER_SIZE], size_t *out_n,
                               const struct js_at *obj, const char *key,
                               size_t max, struct err *e);
void doc_members_write(struct jw *w, const char *key,
                       char (*members)[MEMBER_SIZE], size_t n);

#endif
