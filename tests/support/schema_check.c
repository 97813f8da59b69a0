#include "config.h"

#include "tests/support/schema_check.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/json/canon.h"

#include <regex.h>
#include <string.h>

#define TEXT_MAX (1u << 20)

/* One keyword: `rule` is its value, `in` the schema object it stands in. */
struct question {
	const struct schema *s;
	const struct js_at *in;
	const struct js_at *rule;
	const struct js_at *value;
};

static int check(const struct schema *s, const struct js_at *in,
                 const struct js_at *value, struct err *e);

static bool is_object(const struct js_at *at)
{
	return js_is_object(at, NULL) == 0;
}

static bool is_array(const struct js_at *at)
{
	size_t n;

	return js_array(&n, at, 0, SIZE_MAX, NULL) == 0;
}

static bool is_type(const struct js_at *at, const char *type)
{
	const char *text;
	int64_t n;
	bool b;

	if (strcmp(type, "object") == 0)
		return is_object(at);
	if (strcmp(type, "array") == 0)
		return is_array(at);
	if (strcmp(type, "string") == 0)
		return js_as_str(&text, at, SIZE_MAX, NULL) == 0;
	if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0)
		return js_as_int(&n, at, INT64_MIN, INT64_MAX, NULL) == 0;
	if (strcmp(type, "boolean") == 0)
		return js_as_bool(&b, at, NULL) == 0;
	return strcmp(type, "null") == 0 && js_is_null(at);
}

static int k_type(const struct question *q, struct err *e)
{
	const char *type;

	if (!is_array(q->rule)) {
		if (js_as_str(&type, q->rule, 16, e) != 0)
			return -1;
		return is_type(q->value, type)
		               ? 0
		               : js_refuse(q->value, e, "is no %s", type);
	}
	for (size_t i = 0; i < js_count(q->rule); i++) {
		struct js_at at = js_element(q->rule, i);

		if (js_as_str(&type, &at, 16, e) != 0)
			return -1;
		if (is_type(q->value, type))
			return 0;
	}
	return js_refuse(q->value, e, "is of none of the types");
}

static bool same(const struct js_at *a, const struct js_at *b)
{
	SCOPED(buf_fini)
	struct buf x = BUF_INIT(TEXT_MAX);
	SCOPED(buf_fini)
	struct buf y = BUF_INIT(TEXT_MAX);

	return canon_write(&x, a, NULL) == 0 && canon_write(&y, b, NULL) == 0 &&
	       strcmp(buf_str(&x), buf_str(&y)) == 0;
}

static int k_const(const struct question *q, struct err *e)
{
	return same(q->rule, q->value)
	               ? 0
	               : js_refuse(q->value, e, "is not the constant");
}

static int k_enum(const struct question *q, struct err *e)
{
	for (size_t i = 0; i < js_count(q->rule); i++) {
		struct js_at at = js_element(q->rule, i);

		if (same(&at, q->value))
			return 0;
	}
	return js_refuse(q->value, e, "is none of the words");
}

static int k_required(const struct question *q, struct err *e)
{
	for (size_t i = 0; is_object(q->value) && i < js_count(q->rule); i++) {
		struct js_at at = js_element(q->rule, i);
		const char *name;

		if (js_as_str(&name, &at, 64, e) != 0)
			return -1;
		if (!js_has(q->value, name))
			return js_refuse(q->value, e, "'%s' is missing", name);
	}
	return 0;
}

static int k_properties(const struct question *q, struct err *e)
{
	if (!is_object(q->value))
		return 0;
	for (struct js_at m = js_first(q->value); m.value; m = js_next(&m)) {
		struct js_at rule;

		if (js_get(&rule, q->rule, m.key, NULL) == 0) {
			if (check(q->s, &rule, &m, e) != 0)
				return -1;
		} else if (q->s->closed && js_has(q->in, "type") &&
		           !js_has(q->in, "additionalProperties")) {
			return js_refuse(&m, e, "is not in the schema");
		}
	}
	return 0;
}

static int k_additional(const struct question *q, struct err *e)
{
	struct js_at named;
	bool known = js_get(&named, q->in, "properties", NULL) == 0, allowed;

	if (!is_object(q->value))
		return 0;
	for (struct js_at m = js_first(q->value); m.value; m = js_next(&m)) {
		if (known && js_has(&named, m.key))
			continue;
		if (js_as_bool(&allowed, q->rule, NULL) == 0) {
			if (!allowed)
				return js_refuse(&m, e, "is not allowed");
		} else if (check(q->s, q->rule, &m, e) != 0) {
			return -1;
		}
	}
	return 0;
}

static int k_items(const struct question *q, struct err *e)
{
	for (size_t i = 0; is_array(q->value) && i < js_count(q->value); i++) {
		struct js_at at = js_element(q->value, i);

		if (check(q->s, q->rule, &at, e) != 0)
			return -1;
	}
	return 0;
}

static int k_contains(const struct question *q, struct err *e)
{
	if (!is_array(q->value))
		return 0;
	for (size_t i = 0; i < js_count(q->value); i++) {
		struct js_at at = js_element(q->value, i);

		if (check(q->s, q->rule, &at, NULL) == 0)
			return 0;
	}
	return js_refuse(q->value, e, "lacks what it must contain");
}

static int k_unique(const struct question *q, struct err *e)
{
	for (size_t i = 0; is_array(q->value) && i < js_count(q->value); i++)
		for (size_t k = 0; k < i; k++) {
			struct js_at a = js_element(q->value, i);
			struct js_at b = js_element(q->value, k);

			if (same(&a, &b))
				return js_refuse(&a, e, "is there twice");
		}
	return 0;
}

/* The size that a bound is about; false when it is about another type. */
static bool size_of(int64_t *out, const struct question *q)
{
	const char *key = q->rule->key, *text;

	if (strstr(key, "Items") != NULL && is_array(q->value)) {
		*out = (int64_t)js_count(q->value);
		return true;
	}
	if (strstr(key, "Length") != NULL &&
	    js_as_str(&text, q->value, SIZE_MAX, NULL) == 0) {
		*out = 0;
		for (; *text != '\0'; text++)
			*out += ((unsigned char)*text & 0xc0) != 0x80;
		return true;
	}
	return strstr(key, "imum") != NULL &&
	       js_as_int(out, q->value, INT64_MIN, INT64_MAX, NULL) == 0;
}

static int k_min(const struct question *q, struct err *e)
{
	int64_t bound, n;

	if (js_as_int(&bound, q->rule, INT64_MIN, INT64_MAX, e) != 0)
		return -1;
	return !size_of(&n, q) || n >= bound
	               ? 0
	               : js_refuse(q->value, e, "%s", q->rule->key);
}

static int k_max(const struct question *q, struct err *e)
{
	int64_t bound, n;

	if (js_as_int(&bound, q->rule, INT64_MIN, INT64_MAX, e) != 0)
		return -1;
	return !size_of(&n, q) || n <= bound
	               ? 0
	               : js_refuse(q->value, e, "%s", q->rule->key);
}

/* Our patterns mean the same in ECMA-262 and in POSIX. */
static int k_pattern(const struct question *q, struct err *e)
{
	const char *pattern, *text;
	regex_t re;
	int found;

	if (js_as_str(&pattern, q->rule, 1024, e) != 0)
		return -1;
	if (js_as_str(&text, q->value, SIZE_MAX, NULL) != 0)
		return 0;
	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return js_refuse(q->rule, e, "is no pattern");
	found = regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return found == 0 ? 0
	                  : js_refuse(q->value, e, "is not like %s", pattern);
}

static int k_ref(const struct question *q, struct err *e)
{
	const struct js_at *root = q->rule;
	const char *text, *const start = "#/$defs/";
	struct js_at defs, target;

	while (root->up != NULL)
		root = root->up;
	if (js_as_str(&text, q->rule, 128, e) != 0)
		return -1;
	if (strncmp(text, start, strlen(start)) != 0)
		return js_refuse(q->rule, e, "points outside of this schema");
	if (js_get(&defs, root, "$defs", e) != 0 ||
	    js_get(&target, &defs, text + strlen(start), e) != 0)
		return -1;
	return check(q->s, &target, q->value, e);
}

static size_t count_matches(const struct question *q)
{
	size_t n = 0;

	for (size_t i = 0; i < js_count(q->rule); i++) {
		struct js_at at = js_element(q->rule, i);

		n += check(q->s, &at, q->value, NULL) == 0;
	}
	return n;
}

static int k_any_of(const struct question *q, struct err *e)
{
	return count_matches(q) > 0
	               ? 0
	               : js_refuse(q->value, e, "fits none of the choices");
}

static int k_one_of(const struct question *q, struct err *e)
{
	return count_matches(q) == 1
	               ? 0
	               : js_refuse(q->value, e, "does not fit one choice");
}

static int k_all_of(const struct question *q, struct err *e)
{
	for (size_t i = 0; i < js_count(q->rule); i++) {
		struct js_at at = js_element(q->rule, i);

		if (check(q->s, &at, q->value, e) != 0)
			return -1;
	}
	return 0;
}

static int k_not(const struct question *q, struct err *e)
{
	return check(q->s, q->rule, q->value, NULL) != 0
	               ? 0
	               : js_refuse(q->value, e, "fits what is excluded");
}

static int k_if(const struct question *q, struct err *e)
{
	bool is = check(q->s, q->rule, q->value, NULL) == 0;
	struct js_at branch;

	if (js_get(&branch, q->in, is ? "then" : "else", NULL) != 0)
		return 0;
	return check(q->s, &branch, q->value, e);
}

static const struct {
	const char *key;
	int (*check)(const struct question *q, struct err *e); /* NULL: none */
} keywords[] = {
	/* clang-format off */
	{"type", k_type},           {"const", k_const},
	{"enum", k_enum},           {"required", k_required},
	{"properties", k_properties}, {"additionalProperties", k_additional},
	{"items", k_items},         {"contains", k_contains},
	{"uniqueItems", k_unique},  {"pattern", k_pattern},
	{"minItems", k_min},        {"maxItems", k_max},
	{"minLength", k_min},       {"maxLength", k_max},
	{"minimum", k_min},         {"maximum", k_max},
	{"$ref", k_ref},            {"anyOf", k_any_of},
	{"oneOf", k_one_of},        {"allOf", k_all_of},
	{"not", k_not},             {"if", k_if},
	{"then", NULL},             {"else", NULL},
	{"$defs", NULL},            {"$id", NULL},
	{"$schema", NULL},          {"title", NULL},
	{"description", NULL},      {"format", NULL},
	{"examples", NULL},
	/* clang-format on */
};

static int check(const struct schema *s, const struct js_at *in,
                 const struct js_at *value, struct err *e)
{
	if (js_is_object(in, e) != 0)
		return -1;
	for (struct js_at rule = js_first(in); rule.value;
	     rule = js_next(&rule)) {
		const struct question q = {s, in, &rule, value};
		size_t k = 0;

		while (k < ARRAY_LEN(keywords) &&
		       strcmp(keywords[k].key, rule.key) != 0)
			k++;
		if (k == ARRAY_LEN(keywords))
			return js_refuse(&rule, e, "is no known keyword");
		if (keywords[k].check != NULL && keywords[k].check(&q, e) != 0)
			return -1;
	}
	return 0;
}

int schema_load(struct schema *s, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(TEXT_MAX);
	SCOPED(free)
	char *whole = fs_join(PAWL_SRCDIR, path);

	*s = (struct schema){.closed = false};
	if (fs_read(&b, whole, e) != 0)
		return -1;
	return js_parse(&s->doc, path, b.data, b.len, e);
}

void schema_fini(struct schema *s)
{
	js_fini(&s->doc);
}

int schema_check(const struct schema *s, const struct js_at *value,
                 struct err *e)
{
	struct js_at root = js_root(&s->doc);

	return check(s, &root, value, e);
}

int schema_check_text(const struct schema *s, const char *text, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};

	if (js_parse(&doc, "value", text, strlen(text), e) != 0)
		return -1;
	struct js_at root = js_root(&doc);
	return schema_check(s, &root, e);
}
