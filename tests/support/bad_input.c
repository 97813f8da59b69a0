#include "config.h"

#include "tests/support/bad_input.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct bad_input bad_inputs[] = {
	/* clang-format off */
	{"version", "0",                  true,  "version_range"},
	{"version", "-1",                 true,  "version_range"},
	{"version", "-0",                 false, "json_float"},
	{"version", "9007199254740992",   false, "json_integer"},
	{"version", "9223372036854775808", false, "json_integer"},
	{"version", "02",                 false, "json_syntax"},
	{"version", "+2",                 false, "json_syntax"},
	{"version", "1e3",                false, "json_float"},
	{"version", "2.0",                false, "json_float"},
	{"version", "\"2\"",              true,  "version_range"},
	{"version", "true",               true,  "version_range"},
	{"version", "null",               true,  "version_range"},

	{"expires", "\"2030-01-01T00:00:00.000Z\"",  true, "expires_form"},
	{"expires", "\"2030-01-01T00:00:00.5Z\"",    true, "expires_form"},
	{"expires", "\"2030-01-01T00:00:00+00:00\"", true, "expires_form"},
	{"expires", "\"2030-01-01T02:00:00+02:00\"", true, "expires_form"},
	{"expires", "\"2030-01-01T00:00:00-00:00\"", true, "expires_form"},
	{"expires", "\"2030-01-01T00:00:00z\"",      true, "expires_form"},
	{"expires", "\"2030-01-01T00:00:00\"",       true, "expires_form"},
	{"expires", "\"2030-01-01 00:00:00Z\"",      true, "expires_form"},
	{"expires", "\"2030-02-30T00:00:00Z\"",      true, "expires_form"},
	{"expires", "\"2029-12-31T23:59:60Z\"",      true, "expires_form"},
	{"expires", "\"2029-12-31T24:00:00Z\"",      true, "expires_form"},
	{"expires", "\"30-01-01T00:00:00Z\"",        true, "expires_form"},
	{"expires", "\"\"",                          true, "expires_form"},
	{"expires", "1893456000",                    true, "expires_form"},

	{"threshold", "0",                true,  "threshold_zero"},
	{"threshold", "-1",               true,  "threshold_zero"},
	{"threshold", "99",               true,  "threshold_unmet"},
	{"threshold", "9007199254740992", false, "json_integer"},
	{"threshold", "01",               false, "json_syntax"},
	{"threshold", "1e0",              false, "json_float"},
	{"threshold", "\"2\"",            true,  "threshold_zero"},
	/* clang-format on */
};
const size_t bad_inputs_n = ARRAY_LEN(bad_inputs);

bool bad_input_fits(const struct bad_input *b, const char *role)
{
	return strcmp(b->member, "threshold") != 0 ||
	       strcmp(role, "root") == 0 || strcmp(role, "targets") == 0;
}

static void must(bool ok, const char *what, const char *path)
{
	if (ok)
		return;
	fprintf(stderr, "bad_input: no %s in %s\n", what, path);
	abort();
}

/* The file's own version comes last in canonical order, behind those that it
 * lists; its expiry and its first role's threshold come first. */
static char *value_of(char *text, const char *member, const char *path)
{
	SCOPED(free)
	char *key = xasprintf("\"%s\":", member);
	char *at = strstr(text, key);

	must(at != NULL, member, path);
	if (strcmp(member, "version") == 0)
		for (char *next = at; next != NULL; next = strstr(at + 1, key))
			at = next;
	return at + strlen(key);
}

static void put(struct tuf_repo *r, const char *role, const char *path,
                const char *file, bool sign)
{
	SCOPED(free)
	char *body = NULL;
	const char *at = strstr(file, "\"signed\":");

	must(at != NULL, "signed", path);
	if (!sign) {
		tuf_repo_serve(r, path, file, strlen(file));
		return;
	}
	body = xstrdup(at + strlen("\"signed\":"));
	body[strlen(body) - 1] = '\0';
	tuf_repo_craft(r, role, path, body);
}

static char *served_text(struct tuf_repo *r, const char *path)
{
	const struct tuf_repo_file *f = tuf_repo_served(r, path);

	must(f != NULL, "file", path);
	return xasprintf("%.*s", (int)f->len, f->bytes);
}

char *bad_input_text(const char *file, const char *path,
                     const struct bad_input *b)
{
	SCOPED(free)
	char *old = xstrdup(file);
	char *value = value_of(old, b->member, path);

	return xasprintf("%.*s%s%s", (int)(value - old), old, b->value,
	                 value + strcspn(value, ",}"));
}

void bad_input_put(struct tuf_repo *r, const char *role, const char *path,
                   const struct bad_input *b)
{
	SCOPED(free)
	char *old = served_text(r, path);
	SCOPED(free)
	char *new = bad_input_text(old, path, b);

	put(r, role, path, new, b->is_json);
}

void bad_input_replace(struct tuf_repo *r, const char *role, const char *path,
                       const char *from, const char *to, bool is_json)
{
	SCOPED(free)
	char *old = served_text(r, path);
	SCOPED(buf_fini)
	struct buf new = BUF_INIT(1 << 20);
	const char *rest = old, *at;

	must(strstr(old, from) != NULL, from, path);
	while ((at = strstr(rest, from)) != NULL) {
		buf_add(&new, rest, (size_t)(at - rest));
		buf_puts(&new, to);
		rest = at + strlen(from);
	}
	buf_puts(&new, rest);
	put(r, role, path, buf_str(&new), is_json);
}
