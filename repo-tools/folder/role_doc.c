#include "config.h"

#include "repo-tools/folder/role_doc.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/lint/lint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool role_doc_is_root(const struct role_doc *d)
{
	return strcmp(d->role, "root") == 0;
}

int64_t role_doc_version(const struct role_doc *d)
{
	return d->env.version;
}

size_t role_doc_max(const char *role)
{
	return strcmp(role, "root") == 0 ? TUF_ROOT_MAX : TUF_TARGETS_MAX;
}

static struct role_doc *new_doc(const char *path, const char *role)
{
	struct role_doc *d = xcalloc(1, sizeof(*d));

	(void)snprintf(d->role, sizeof(d->role), "%s", role);
	d->path = xstrdup(path);
	buf_init(&d->bytes, role_doc_max(role));
	return d;
}

static int parse_envelope(struct tuf_envelope *env, const struct role_doc *d,
                          struct err *e)
{
	return tuf_envelope_parse(env,
	                          role_doc_is_root(d) ? TUF_ROOT : TUF_TARGETS,
	                          d->role, buf_str(&d->bytes), d->bytes.len, e);
}

/* The tree is several times as large as the file, and all that is wanted of
 * it has been copied. */
static int parse(struct role_doc *d, struct err *e)
{
	int result = parse_envelope(&d->env, d, e);

	if (result == 0)
		result = role_doc_is_root(d)
		                 ? tuf_root_parse(&d->root, &d->env, e)
		                 : tuf_targets_parse(&d->targets, d->role,
		                                     &d->env, e);
	js_fini(&d->env.doc);
	return result;
}

int role_doc_copy_root(struct tuf_root *out, const struct role_doc *d,
                       struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	if (parse_envelope(&env, d, e) != 0)
		return -1;
	return tuf_root_parse(out, &env, e);
}

int role_doc_copy_targets(struct tuf_targets *out, const struct role_doc *d,
                          struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	if (parse_envelope(&env, d, e) != 0)
		return -1;
	return tuf_targets_parse(out, d->role, &env, e);
}

/* It calls the file "ROLE.json"; the path says more. */
static int verdict(const struct lint *l, const struct role_doc *d,
                   struct err *e)
{
	struct err rule = {0};

	if (lint_verdict(l, &rule) == 0)
		return 0;
	return err_code(e, rule.kind, rule.code, "%s: %s", d->path,
	                rule.msg + strlen(d->role) + strlen(".json: "));
}

int role_doc_lint(const struct role_doc *d, struct err *e)
{
	SCOPED(lint_fini)
	struct lint l;

	lint_init(&l, LINT_MAINSTREAM);
	lint_file(&l, d->role, 0, buf_str(&d->bytes), d->bytes.len);
	return verdict(&l, d, e);
}

int role_doc_lint_signatures(const struct role_doc *d,
                             const struct tuf_quorum *q, size_t n,
                             struct err *e)
{
	SCOPED(lint_fini)
	struct lint l;

	lint_init(&l, LINT_MAINSTREAM);
	for (size_t i = 0; i < n; i++)
		lint_know_keys(&l, q[i].keys, q[i].n_keys);
	lint_signatures(&l, d->role, 0, buf_str(&d->bytes), d->bytes.len);
	lint_tree(&l);
	return verdict(&l, d, e);
}

/* What we cannot read breaks a rule with a name of its own, as a rule. */
static void explain(const struct role_doc *d, struct err *e)
{
	if (e != NULL && strcmp(e->code, err_kind_name(ERR_INVALID)) == 0)
		(void)!role_doc_lint(d, e);
}

/* The document is given out, or gone. */
static int finish(struct role_doc **out, struct role_doc *d, int result,
                  struct err *e)
{
	if (result == 0) {
		*out = d;
		return 0;
	}
	explain(d, e);
	if (e != NULL && strstr(e->msg, d->path) == NULL)
		err_context(e, "%s", d->path);
	role_doc_free(d);
	return -1;
}

int role_doc_read(struct role_doc **out, const char *path, const char *role,
                  struct err *e)
{
	struct role_doc *d = new_doc(path, role);
	int result = fs_read(&d->bytes, path, e);

	return finish(out, d, result == 0 ? parse(d, e) : -1, e);
}

int role_doc_take(struct role_doc **out, const char *path, const char *role,
                  const void *bytes, size_t len, struct err *e)
{
	struct role_doc *d = new_doc(path, role);
	int result = 0;

	buf_add(&d->bytes, bytes, len);
	if (buf_failed(&d->bytes))
		result = err_set(e, ERR_TOO_LARGE, "%s: larger than %zu bytes",
		                 path, d->bytes.max_bytes);
	return finish(out, d, result == 0 ? parse(d, e) : -1, e);
}

int role_doc_take_buf(struct role_doc **out, const char *path, const char *role,
                      struct buf *bytes, struct err *e)
{
	struct role_doc *d = new_doc(path, role);

	buf_fini(&d->bytes);
	d->bytes = *bytes;
	*bytes = (struct buf){0};
	return finish(out, d, parse(d, e), e);
}

int role_doc_check(struct role_doc *d, const struct tuf_quorum *q,
                   struct err *e)
{
	return tuf_vouched_check(&d->vouched, q, &d->env, e);
}

void role_doc_resign(struct role_doc *d, const struct buf *file,
                     struct tuf_signature *sigs, size_t n_sigs)
{
	buf_reset(&d->bytes);
	buf_add(&d->bytes, buf_str(file), file->len);
	free(d->env.sigs);
	d->env.sigs = sigs;
	d->env.n_sigs = n_sigs;
	d->vouched = (struct tuf_vouched){0};
}

void role_doc_free(struct role_doc *d)
{
	if (d == NULL)
		return;
	tuf_root_fini(&d->root);
	tuf_targets_fini(&d->targets);
	tuf_envelope_fini(&d->env);
	buf_fini(&d->bytes);
	free(d->path);
	free(d);
}

bool role_doc_is_same(const struct role_doc *a, const struct role_doc *b)
{
	return a->env.canonical.len == b->env.canonical.len &&
	       memcmp(buf_str(&a->env.canonical), buf_str(&b->env.canonical),
	              a->env.canonical.len) == 0;
}

bool role_doc_file_name(int64_t *version, char role[TUF_ROLE_MAX],
                        const char *name)
{
	static const char suffix[] = ".json";
	size_t n = strlen(name), digits = strcspn(name, ".");
	size_t around = digits + 1 + strlen(suffix); /* all but the role */
	char text[24];

	if (digits >= sizeof(text) || n <= around ||
	    n - around >= TUF_ROLE_MAX ||
	    strcmp(name + n - strlen(suffix), suffix) != 0)
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", (int)digits, name);
	if (num_i64(version, text, 1, NUM_JSON_MAX, "version", NULL) != 0)
		return false;
	(void)snprintf(role, TUF_ROLE_MAX, "%.*s", (int)(n - around),
	               name + digits + 1);
	return true;
}

bool role_doc_signed_by(const struct role_doc *d, const struct key_public *k)
{
	for (size_t i = 0; i < d->env.n_sigs; i++) {
		const struct tuf_signature *s = &d->env.sigs[i];

		if (strcmp(s->keyid, k->id) == 0)
			return key_verify(k, s->sig, s->len,
			                  buf_str(&d->env.canonical),
			                  d->env.canonical.len);
	}
	return false;
}
