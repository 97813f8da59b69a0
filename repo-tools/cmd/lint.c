/*
 * Every file of the folder, complete or staged, held against the rules of
 * lib/lint: what other people's clients would refuse or read differently.
 */
#include "config.h"

#include "lib/lint/lint.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/linting.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_lint_options[] = {
	/* clang-format off */
	{"clients", 0, "LIST", 0, "python-tuf,go-tuf,tough,tuf-js",
	 "whom to look out for; all: rust-tuf too"},
	{"accept", 0, "CODE", CLI_REPEATS, NULL,
	 "live with this warning, as lint.accept in the folder says it"},
	{"rules", 0, NULL, 0, NULL, "list the rules and look at nothing"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

#define ACCEPT_MAX 64

struct job {
	struct lint l;
	const char *accepted[ACCEPT_MAX + 1];
	size_t n_accepted;
	char *accept_text; /* of lint.accept, cut into words */
};

/* ---- Options ---- */

static int add_client(void *ctx, const char *name, struct err *e)
{
	unsigned *clients = ctx;
	unsigned c = lint_client_of(name);

	if (strcmp(name, "all") == 0)
		c = LINT_ALL_CLIENTS;
	if (c == 0)
		return err_set(e, ERR_USAGE,
		               "--clients: '%s' is none of python-tuf, go-tuf, "
		               "tough, tuf-js, rust-tuf, all",
		               name);
	*clients |= c;
	return 0;
}

static int accept_code(struct job *j, const char *code, struct err *e)
{
	const struct lint_rule *r = lint_rule_by_code(code);

	if (r == NULL)
		return err_set(e, ERR_USAGE,
		               "'%s' is no rule; pawl-repo lint --rules lists "
		               "them",
		               code);
	if (r->severity == LINT_ERROR)
		return err_set(e, ERR_USAGE,
		               "'%s' is an error: nobody can accept it for "
		               "other people's clients",
		               code);
	if (j->n_accepted < ACCEPT_MAX)
		j->accepted[j->n_accepted++] = code;
	return 0;
}

/* One code on a line; what follows a '#' is for people. */
static int read_accepted(struct job *j, const char *dir, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(dir, "lint.accept");
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(65536);
	char *rest = NULL;

	if (!fs_exists(path))
		return 0;
	if (fs_read(&b, path, e) != 0)
		return -1;
	j->accept_text = buf_take(&b);
	for (char *line = strtok_r(j->accept_text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t");
		line[strcspn(line, " \t\r#")] = '\0';
		if (*line != '\0' && accept_code(j, line, e) != 0) {
			err_context(e, "%s", path);
			return -1;
		}
	}
	return 0;
}

/* ---- Answers ---- */

static void print(const struct job *j, const struct cli *c)
{
	for (size_t i = 0; i < j->l.len; i++) {
		const struct lint_finding *f = &j->l.items[i];
		char who[200];

		lint_client_list(who, sizeof(who), f->hurts);
		cli_print(c, "%s%s (%s)\n",
		          f->rule->severity == LINT_ERROR ? "ERROR   "
		                                          : "WARNING ",
		          f->text, f->rule->code);
		cli_print(c, "        rule:   %s\n", f->rule->rule);
		cli_print(c, "        hurts:  %s\n", who);
		cli_print(c, "        why:    %s\n", f->rule->evidence);
		cli_print(c, "        remedy: %s\n", f->rule->remedy);
	}
	if (j->l.n_dropped > 0)
		cli_print(c, "and %zu more\n", j->l.n_dropped);
	cli_print(c, "%zu files, %zu errors, %zu warnings\n", j->l.n_files,
	          j->l.n[LINT_ERROR], j->l.n[LINT_WARNING]);
}

static int print_json(const struct job *j, const struct cli *c, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(8 << 20);
	struct jw w;

	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-lint/1");
	jw_put_bool(&w, "ok", j->l.n[LINT_ERROR] == 0);
	jw_put_int(&w, "files", (int64_t)j->l.n_files);
	jw_key(&w, "errors");
	lint_write(&j->l, LINT_ERROR, &w);
	jw_key(&w, "warnings");
	lint_write(&j->l, LINT_WARNING, &w);
	jw_put_int(&w, "not_shown", (int64_t)j->l.n_dropped);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

static int list_rules(const struct cli *c, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	jw_init(&w, &json);
	jw_array(&w);
	for (size_t i = 0; i < LINT_RULES; i++) {
		const struct lint_rule *r = &lint_rules[i];
		const char *severity =
			r->severity == LINT_ERROR ? "error" : "warning";
		char who[200];

		lint_client_list(who, sizeof(who), r->hurts);
		jw_object(&w);
		jw_put_str(&w, "code", r->code);
		jw_put_str(&w, "severity", severity);
		jw_put_str(&w, "rule", r->rule);
		jw_put_str(&w, "hurts", who);
		jw_put_str(&w, "evidence", r->evidence);
		jw_put_str(&w, "remedy", r->remedy);
		jw_end_object(&w);
		if (!cli_wants_json(c))
			cli_print(c, "%-20s %-8s %s\n", r->code, severity,
			          r->rule);
	}
	jw_end_array(&w);
	return cli_wants_json(c) ? cli_print_json(c, &json, e) : 0;
}

static int run(struct job *j, const struct cli *c, struct err *e)
{
	const char *dir = cli_get(c, "dir"), *code;
	unsigned clients = 0;

	if (cli_list(c, "clients", add_client, &clients, e) != 0)
		return -1;
	lint_init(&j->l, clients != 0 ? clients : LINT_MAINSTREAM);
	for (size_t i = 0; (code = cli_get_nth(c, "accept", i)) != NULL; i++)
		if (accept_code(j, code, e) != 0)
			return -1;
	if (read_accepted(j, dir, e) != 0)
		return -1;
	j->l.accepted = j->accepted;
	for (size_t i = 0; i < cli_n_args(c); i++) {
		const char *path = cli_arg(c, i);
		const char *slash = strrchr(path, '/');

		if (linting_file(&j->l, path, slash != NULL ? slash + 1 : path,
		                 e) != 0)
			return -1;
	}
	if (cli_n_args(c) == 0 && linting_folder(&j->l, dir, e) != 0)
		return -1;
	lint_tree(&j->l);
	if (!cli_wants_json(c))
		print(j, c);
	else if (print_json(j, c, e) != 0)
		return -1;
	if (lint_verdict(&j->l, e) == 0)
		return 0;
	if (e != NULL)
		e->kind = ERR_UNTRUSTED; /* exit 3, as verify has it */
	return -1;
}

int cmd_lint(struct cli *c, struct err *e)
{
	struct job j = {0};
	int result = cli_has(c, "rules") ? list_rules(c, e) : run(&j, c, e);

	lint_fini(&j.l);
	free(j.accept_text);
	return result;
}
