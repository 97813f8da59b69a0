#include "config.h"

#include "lib/lint/lint.h"

#include "lib/base/mem.h"
#include "lib/lint/lint_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lint_init(struct lint *l, unsigned clients)
{
	*l = (struct lint){.clients = clients | LINT_PAWL};
}

void lint_fini(struct lint *l)
{
	for (size_t i = 0; i < l->roles.len; i++)
		free(l->roles.items[i].delegated);
	free(l->roles.items);
	free(l->listed.items);
	free(l->rsa_keys.items);
	free(l->signatures.items);
	free(l->items);
	*l = (struct lint){0};
}

bool lint_split_name(char role[TUF_ROLE_MAX], int64_t *version,
                     const char *name)
{
	size_t n = strlen(name), digits = strspn(name, "0123456789");
	char number[20];

	*version = 0;
	if (digits > 0 && digits < sizeof(number) && name[digits] == '.') {
		memcpy(number, name, digits);
		number[digits] = '\0';
		if (num_i64(version, number, 1, NUM_JSON_MAX, name, NULL) != 0)
			return false;
		name += digits + 1;
		n -= digits + 1;
	}
	if (n < 6 || n - 5 >= TUF_ROLE_MAX ||
	    strcmp(name + n - 5, ".json") != 0)
		return false;
	memcpy(role, name, n - 5);
	role[n - 5] = '\0';
	return true;
}

/* ---- Findings ---- */

static bool is_accepted(const struct lint *l, const struct lint_rule *rule)
{
	if (rule->severity != LINT_WARNING)
		return false;
	for (const char *const *c = l->accepted; c != NULL && *c != NULL; c++)
		if (strcmp(*c, rule->code) == 0)
			return true;
	return false;
}

static void note(struct lint *l, enum lint_id id, unsigned hurts,
                 const struct raw_node *node, const char *sentence)
{
	const struct lint_rule *rule = &lint_rules[id];
	char where[160] = "";
	struct lint_finding *f;

	hurts &= l->clients;
	if (hurts == 0 || is_accepted(l, rule))
		return;
	l->n[rule->severity]++;
	/* The first error is always kept: the verdict names it. */
	if (l->len >= LINT_FINDINGS_MAX &&
	    (rule->severity == LINT_WARNING || l->n[LINT_ERROR] > 1)) {
		l->n_dropped++;
		return;
	}
	if (node != NULL)
		raw_where(where, sizeof(where), node);
	VEC_GROW(l);
	f = &l->items[l->len++];
	f->rule = rule;
	f->hurts = hurts;
	(void)snprintf(f->file, sizeof(f->file), "%s", l->file);
	(void)snprintf(f->text, sizeof(f->text), "%s%s%s%s%.180s", l->file,
	               l->file[0] != '\0' ? ": " : "", where,
	               where[0] != '\0' ? ": " : "", sentence);
	/* It quotes a file nobody vouches for, and may cut a character. */
	for (char *p = f->text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			*p = '?';
}

void lint_note(struct lint *l, enum lint_id id, const struct raw_node *node,
               const char *fmt, ...)
{
	char sentence[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	note(l, id, lint_rules[id].hurts, node, sentence);
}

const struct raw_node *lint_need(const struct lint_page *p,
                                 const struct raw_node *obj, const char *key,
                                 enum raw_type type)
{
	const struct raw_node *m = raw_get(obj, key);

	if (m != NULL && m->type == type)
		return m;
	if (m != NULL)
		lint_note(p->l, LINT_SHAPE, m, "%s is needed",
		          type == RAW_OBJECT ? "an object" : "an array");
	else
		lint_note(p->l, LINT_SHAPE, obj, "'%s' is missing", key);
	return NULL;
}

/* ---- One file ---- */

static enum tuf_type type_of(const char *role)
{
	for (int t = TUF_ROOT; t < TUF_TARGETS; t++)
		if (strcmp(role, tuf_type_name((enum tuf_type)t)) == 0)
			return (enum tuf_type)t;
	return TUF_TARGETS;
}

static void name_file(struct lint *l, const char *role, int64_t version)
{
	if (version > 0 && strcmp(role, "timestamp") != 0)
		(void)snprintf(l->file, sizeof(l->file), "%" PRId64 ".%s.json",
		               version, role);
	else
		(void)snprintf(l->file, sizeof(l->file), "%s.json", role);
}

/* Which clients read less than this, in per cent of their limits. */
static unsigned above(enum tuf_type type, size_t len, size_t percent)
{
	unsigned hurt = 0;

	for (size_t i = 0; i < LINT_CLIENTS; i++) {
		size_t limit = lint_size_limit(1U << i, type);

		if (len > limit / 100 * percent)
			hurt |= 1U << i;
	}
	return hurt;
}

static size_t smallest(unsigned hurt, enum tuf_type type)
{
	size_t limit = SIZE_MAX;

	for (size_t i = 0; i < LINT_CLIENTS; i++)
		if ((hurt & 1U << i) != 0 &&
		    lint_size_limit(1U << i, type) < limit)
			limit = lint_size_limit(1U << i, type);
	return limit;
}

static void check_size(struct lint *l, const char *role, size_t len)
{
	enum tuf_type type = type_of(role);
	unsigned over = above(type, len, 100) & l->clients;
	unsigned near = above(type, len, 80) & l->clients & ~over;
	char sentence[128];

	if (over != 0) {
		(void)snprintf(sentence, sizeof(sentence),
		               "%zu bytes, %zu are read", len,
		               smallest(over, type));
		note(l, LINT_SIZE_OVER, over, NULL, sentence);
	}
	if (near != 0) {
		(void)snprintf(sentence, sizeof(sentence),
		               "%zu bytes, %zu %% of the %zu that are read",
		               len, len * 100 / smallest(near, type),
		               smallest(near, type));
		note(l, LINT_SIZE_NEAR, near, NULL, sentence);
	}
}

void lint_size(struct lint *l, const char *role, int64_t version, size_t len)
{
	name_file(l, role, version);
	l->n_files++;
	check_size(l, role, len);
	l->file[0] = '\0';
}

static void check_parsed(struct lint_page *p)
{
	static const char *const outer[] = {"signed", "signatures", NULL};

	lint_check_text(p, p->root);
	if (p->root->type != RAW_OBJECT) {
		lint_note(p->l, LINT_SHAPE, NULL, "an object is needed");
		return;
	}
	lint_check_known(p, p->root, outer);
	lint_check_signatures(p);
	p->body = lint_need(p, p->root, "signed", RAW_OBJECT);
	if (p->body == NULL)
		return;
	if (!p->is_unchanged)
		lint_note_signatures(p);
	lint_check_head(p);
	switch (p->type) {
	case TUF_ROOT: lint_check_root(p); break;
	case TUF_TIMESTAMP:
	case TUF_SNAPSHOT: lint_check_meta(p); break;
	case TUF_TARGETS: lint_check_targets(p); break;
	}
}

static struct lint_page page_of(struct lint *l, const char *role,
                                int64_t version)
{
	return (struct lint_page){.l = l,
	                          .role = role,
	                          .type = type_of(role),
	                          .version = version};
}

static void check_file(struct lint_page *p, const void *bytes, size_t len)
{
	SCOPED(raw_fini)
	struct raw_doc doc = {0};
	struct lint *l = p->l;
	struct err e = {0};

	lint_size(l, p->role, p->version, len);
	name_file(l, p->role, p->version);
	/* Above every client's limit nothing inside matters any more, and
	 * this keeps what a parse may take within bounds. */
	if (len > lint_size_limit(LINT_TOUGH, TUF_TARGETS))
		goto out;
	if (raw_parse(&doc, bytes, len, &e) != 0) {
		lint_note(l,
		          strcmp(e.code, "json_depth") == 0 ? LINT_JSON_DEPTH
		                                            : LINT_JSON_SYNTAX,
		          NULL, "%s", e.msg);
		goto out;
	}
	p->root = doc.root;
	check_parsed(p);
out:
	l->file[0] = '\0';
}

void lint_file(struct lint *l, const char *role, int64_t version,
               const void *bytes, size_t len)
{
	struct lint_page p = page_of(l, role, version);

	check_file(&p, bytes, len);
}

void lint_unchanged(struct lint *l, const char *role, int64_t version,
                    const void *bytes, size_t len)
{
	struct lint_page p = page_of(l, role, version);

	p.is_unchanged = true;
	check_file(&p, bytes, len);
}

void lint_signatures(struct lint *l, const char *role, int64_t version,
                     const void *bytes, size_t len)
{
	SCOPED(raw_fini)
	struct raw_doc doc = {0};
	struct lint_page p = page_of(l, role, version);

	if (l->rsa_keys.len == 0 || raw_parse(&doc, bytes, len, NULL) != 0)
		return;
	name_file(l, role, version);
	p.root = doc.root;
	p.body = raw_get(p.root, "signed");
	if (p.body != NULL)
		lint_note_signatures(&p);
	l->file[0] = '\0';
}

/* ---- Answers ---- */

int lint_verdict(const struct lint *l, struct err *e)
{
	char who[200];

	for (size_t i = 0; i < l->len; i++) {
		const struct lint_finding *f = &l->items[i];

		if (f->rule->severity != LINT_ERROR)
			continue;
		lint_client_list(who, sizeof(who), f->hurts);
		if (l->n[LINT_ERROR] > 1)
			return err_code(e, ERR_INVALID, f->rule->code,
			                "%.220s; hurts %s; and %zu more",
			                f->text, who, l->n[LINT_ERROR] - 1);
		return err_code(e, ERR_INVALID, f->rule->code,
		                "%.240s; hurts %s", f->text, who);
	}
	return 0;
}

static void write_clients(struct jw *w, unsigned hurts)
{
	jw_key(w, "clients");
	jw_array(w);
	for (size_t i = 0; i < LINT_CLIENTS; i++) {
		char name[64];

		if ((hurts & 1U << i) == 0)
			continue;
		lint_client_list(name, sizeof(name), 1U << i);
		jw_str(w, name);
	}
	jw_end_array(w);
}

void lint_write(const struct lint *l, enum lint_severity severity, struct jw *w)
{
	jw_array(w);
	for (size_t i = 0; i < l->len; i++) {
		const struct lint_finding *f = &l->items[i];

		if (f->rule->severity != severity)
			continue;
		jw_object(w);
		jw_put_str(w, "code", f->rule->code);
		jw_put_str(w, "text", f->text);
		jw_put_str(w, "rule", f->rule->rule);
		write_clients(w, f->hurts);
		jw_put_str(w, "evidence", f->rule->evidence);
		jw_put_str(w, "remedy", f->rule->remedy);
		jw_end_object(w);
	}
	jw_end_array(w);
}
