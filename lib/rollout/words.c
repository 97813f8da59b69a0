#include "config.h"

#include "lib/rollout/words.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAR "*"
#define MEMBER_BYTES 8  /* of the hash; 11 base64url characters */
#define CRITICAL_MAX 64 /* names; more than any schema has fields */

void word_set(word out, const char *s)
{
	size_t n = strnlen(s, NAME_MAX_LEN);

	memcpy(out, s, n);
	out[n] = '\0';
}

const char *cell_text(char out[CELL_TEXT_SIZE], const char *hw,
                      const char *region)
{
	bool all_hw = strcmp(hw, "*") == 0,
	     all_regions = strcmp(region, "*") == 0;

	if (all_hw && all_regions)
		(void)snprintf(out, CELL_TEXT_SIZE, "all cells");
	else if (all_regions)
		(void)snprintf(out, CELL_TEXT_SIZE, "hardware %s", hw);
	else if (all_hw)
		(void)snprintf(out, CELL_TEXT_SIZE, "region %s", region);
	else
		(void)snprintf(out, CELL_TEXT_SIZE, "%s/%s", hw, region);
	return out;
}

static int word_parse(word out, const struct js_at *at, bool star,
                      struct err *e)
{
	const char *text;

	if (js_as_str(&text, at, NAME_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_word(text) && !(star && strcmp(text, STAR) == 0))
		return js_refuse(
			at, e,
			"'%s' is not a name, [a-z0-9][a-z0-9._-]{0,63} "
			"is needed%s",
			text, star ? ", or \"*\"" : "");
	word_set(out, text);
	return 0;
}

int words_parse(struct words *out, const struct js_at *obj, const char *key,
                size_t max, bool star, struct err *e)
{
	struct js_at list;
	size_t n;

	out->n = 0;
	if (js_get_array(&list, &n, obj, key, 1, max, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (word_parse(out->w[i], &at, star && n == 1, e) != 0)
			return -1;
		if (words_has(out, out->w[i]))
			return js_refuse(&at, e, "'%s' is listed twice",
			                 out->w[i]);
		out->n++;
	}
	return 0;
}

bool words_has(const struct words *l, const char *w)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->w[i], w) == 0)
			return true;
	return false;
}

bool words_within(const struct words *a, const struct words *b,
                  const char **missing)
{
	for (size_t i = 0; i < a->n; i++)
		if (!words_has(b, a->w[i])) {
			*missing = a->w[i];
			return false;
		}
	return true;
}

void words_write(struct jw *w, const char *key, const struct words *l)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < l->n; i++)
		jw_str(w, l->w[i]);
	jw_end_array(w);
}

int cell_parse(struct cell *out, const struct js_at *obj, bool star,
               struct err *e)
{
	struct js_at hw, region;

	if (js_get(&hw, obj, "hw", e) != 0 ||
	    word_parse(out->hw, &hw, star, e) != 0 ||
	    js_get(&region, obj, "region", e) != 0)
		return -1;
	return word_parse(out->region, &region, star, e);
}

static bool cell_same(const struct cell *a, const struct cell *b)
{
	return strcmp(a->hw, b->hw) == 0 && strcmp(a->region, b->region) == 0;
}

int cells_parse(struct cell **out, size_t *out_n, const struct js_at *obj,
                const char *key, size_t max, bool star, struct err *e)
{
	struct js_at list;
	size_t n;

	*out = NULL;
	*out_n = 0;
	if (js_get_array(&list, &n, obj, key, 0, max, e) != 0)
		return -1;
	SCOPED(free)
	struct cell *cells = xcalloc(n, sizeof(*cells));
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);

		if (cell_parse(&cells[i], &at, star, e) != 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (cell_same(&cells[k], &cells[i]))
				return js_refuse(&at, e,
				                 "%s/%s is listed twice",
				                 cells[i].hw, cells[i].region);
	}
	*out = MOVE(cells);
	*out_n = n;
	return 0;
}

static bool matches(const char *pattern, const char *w)
{
	return strcmp(pattern, STAR) == 0 || strcmp(pattern, w) == 0;
}

bool cells_match(const struct cell *cells, size_t n, const char *hw,
                 const char *region)
{
	for (size_t i = 0; i < n; i++)
		if (matches(cells[i].hw, hw) &&
		    matches(cells[i].region, region))
			return true;
	return false;
}

void cells_write(struct jw *w, const char *key, const struct cell *cells,
                 size_t n)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < n; i++) {
		jw_object(w);
		jw_put_str(w, "hw", cells[i].hw);
		jw_put_str(w, "region", cells[i].region);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* trust.md, Formats: a name in `critical` that the reader does not know is a
 * promise it cannot keep. */
static int critical_parse(const struct js_at *obj, const char *const *known,
                          struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, obj, "critical", 0, CRITICAL_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		const char *name;
		size_t k = 0;

		if (js_as_str(&name, &at, NAME_MAX_LEN, e) != 0)
			return -1;
		while (known[k] != NULL && strcmp(known[k], name) != 0)
			k++;
		if (known[k] == NULL)
			return js_refuse(&at, e,
			                 "'%s' must be understood and is not "
			                 "known here",
			                 name);
	}
	return 0;
}

int doc_head_parse(struct doc_head *out, const struct js_at *obj,
                   const char *schema, const char *const *known, struct err *e)
{
	const char *text;
	struct js_at at;

	if (js_is_object(obj, e) != 0 ||
	    js_get_str(&text, obj, "schema", NAME_MAX_LEN, e) != 0)
		return -1;
	if (strcmp(text, schema) != 0)
		return js_refuse(obj, e, "schema is '%s', '%s' is needed", text,
		                 schema);
	if (critical_parse(obj, known, e) != 0 ||
	    js_get(&at, obj, "repo", e) != 0 ||
	    js_as_str(&text, &at, NAME_MAX_LEN, e) != 0)
		return -1;
	if (!is_hex(text, REPO_ID_SIZE - 1))
		return js_refuse(
			&at, e,
			"'%s' is no repository identity, %d lower-case "
			"hex digits are needed",
			text, REPO_ID_SIZE - 1);
	memcpy(out->repo, text, REPO_ID_SIZE);
	if (js_get(&at, obj, "product", e) != 0 ||
	    js_as_str(&text, &at, PRODUCT_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_product(text))
		return js_refuse(&at, e,
		                 "'%s' is not a product, "
		                 "[a-z0-9][a-z0-9-]{0,39} is needed",
		                 text);
	memcpy(out->product, text, strlen(text) + 1);
	return 0;
}

bool doc_has_critical(const struct js_at *obj, const char *name)
{
	struct js_at list;

	if (js_get(&list, obj, "critical", NULL) != 0)
		return false;
	for (size_t i = 0; i < js_count(&list); i++) {
		struct js_at at = js_element(&list, i);
		const char *text;

		if (js_as_str(&text, &at, NAME_MAX_LEN, NULL) == 0 &&
		    strcmp(text, name) == 0)
			return true;
	}
	return false;
}

int doc_hex_parse(char *out, size_t digits, const struct js_at *obj,
                  const char *key, struct err *e)
{
	struct js_at at;
	const char *text;

	if (js_get(&at, obj, key, e) != 0 || js_as_str(&text, &at, 128, e) != 0)
		return -1;
	if (!is_hex(text, digits))
		return js_refuse(&at, e, "%zu lower-case hex digits are needed",
		                 digits);
	memcpy(out, text, digits + 1);
	return 0;
}

int doc_path_parse(char out[TARGET_MAX_LEN + 1], const struct js_at *obj,
                   const char *key, const char *prefix, const char *product,
                   struct err *e)
{
	size_t n = strlen(prefix), m = strlen(product);
	struct js_at at;
	const char *text;

	if (js_get(&at, obj, key, e) != 0 ||
	    js_as_str(&text, &at, TARGET_MAX_LEN, e) != 0)
		return -1;
	if (!name_is_target(text))
		return js_refuse(&at, e, "'%.80s' is not a target path", text);
	if (strncmp(text, prefix, n) != 0 ||
	    strncmp(text + n, product, m) != 0 || text[n + m] != '/' ||
	    strchr(text + n + m + 1, '/') != NULL) {
		(void)js_refuse(&at, e, "'%.80s' is not a file below %s%s/",
		                text, prefix, product);
		if (e != NULL)
			(void)snprintf(e->code, sizeof(e->code), "wrong_path");
		return -1;
	}
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

int doc_members_parse(char (**out)[MEMBER_SIZE], size_t *out_n,
                      const struct js_at *obj, const char *key, size_t max,
                      struct err *e)
{
	uint8_t bytes[MEMBER_BYTES];
	struct js_at list;
	size_t n;

	*out = NULL;
	*out_n = 0;
	if (js_get_array(&list, &n, obj, key, 0, max, e) != 0)
		return -1;
	SCOPED(free)
	char(*members)[MEMBER_SIZE] = xcalloc(n, MEMBER_SIZE);
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		const char *text;

		if (js_as_str(&text, &at, MEMBER_SIZE - 1, e) != 0)
			return -1;
		if (base64url_decode(bytes, sizeof(bytes), text) != 0)
			return js_refuse(&at, e,
			                 "'%s' is no list entry, 11 base64url "
			                 "characters are needed",
			                 text);
		memcpy(members[i], text, MEMBER_SIZE);
		for (size_t k = 0; k < i; k++)
			if (strcmp(members[k], text) == 0)
				return js_refuse(&at, e, "'%s' is listed twice",
				                 text);
	}
	*out = MOVE(members);
	*out_n = n;
	return 0;
}

void doc_members_write(struct jw *w, const char *key,
                       char (*members)[MEMBER_SIZE], size_t n)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, members[i]);
	jw_end_array(w);
}
