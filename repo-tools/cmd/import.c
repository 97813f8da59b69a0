/*
 * Many targets at once, from a list instead of files: one line each of path,
 * length and sha256. For what is no firmware and so has no manifest.
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "lib/base/num.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/spread.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct cli_option cmd_import_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME", 0, NULL, "into the releases of this product"},
	{"role", 0, "ROLE", 0, NULL, "or into this role"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* Path, two numbers and blanks. */
#define LINE_MAX_BYTES (TARGET_MAX_LEN + 128)

struct import {
	struct cli *cli;
	struct workspace ws;
	char role[TUF_ROLE_MAX];
	const struct tuf_delegation *d; /* of the role */
	struct spread spread;
	size_t unchanged;
};

static void import_fini(struct import *m)
{
	spread_fini(&m->spread);
	workspace_fini(&m->ws);
}
DEFINE_SCOPED_PLACE(import_fini, struct import)

static int begin(struct import *m, struct err *e)
{
	const char *product = cli_get(m->cli, "product");
	const char *role = cli_get(m->cli, "role");
	struct workspace_role *r;
	const struct tuf_targets *by;
	struct bins bins;

	if ((product == NULL) == (role == NULL))
		return err_set(e, ERR_USAGE,
		               "release import needs --product or --role");
	if (workspace_open_to_change(&m->ws, m->cli, e) != 0)
		return -1;
	if (product != NULL &&
	    workspace_product_role(m->role, &m->ws, "releases.", product, e) !=
	            0)
		return -1;
	if (product == NULL)
		(void)snprintf(m->role, sizeof(m->role), "%.127s", role);
	if (workspace_find_role(&r, &m->ws, m->role, e) != 0)
		return -1;
	by = workspace_latest_targets(&m->ws, m->ws.roles[r->delegator].name);
	m->d = by != NULL ? tuf_targets_role(by, m->role) : NULL;
	if (m->d == NULL || m->d->n_paths == 0 ||
	    strncmp(m->role, "plans.", 6) == 0)
		return err_set(e, ERR_USAGE,
		               "%s: nothing can be imported into it", m->role);
	bins = workspace_bins(&m->ws, m->role);
	spread_init(&m->spread, &m->ws, m->role, &bins);
	return 0;
}

static int bad_line(size_t nth, const char *what, struct err *e)
{
	return err_code(e, ERR_INVALID, "bad_list",
	                "line %zu: %s; PATH LENGTH SHA256 is needed", nth,
	                what);
}

static int check_path(const struct import *m, const char *path, size_t nth,
                      struct err *e)
{
	if (!name_is_target(path))
		return err_code(e, ERR_INVALID, "bad_list",
		                "line %zu: '%.200s' is no target path: other "
		                "characters, a hidden or empty name, or one "
		                "that is too long",
		                nth, path);
	if (!tuf_delegation_matches(m->d, path))
		return err_code(e, ERR_INVALID, "bad_list",
		                "line %zu: '%.200s' is not delegated to %s",
		                nth, path, m->role);
	if (strncmp(path, "fw/", 3) == 0)
		return err_code(e, ERR_INVALID, "bad_list",
		                "line %zu: '%.200s' is firmware, which needs a "
		                "manifest; pawl-repo release add makes it",
		                nth, path);
	return 0;
}

/* 1: to be staged, 0: it is listed already, word for word. */
static int check_known(struct import *m, const struct tuf_target *f,
                       struct err *e)
{
	char role[TUF_ROLE_MAX];
	const struct tuf_targets *t;
	const struct tuf_target *old;

	spread_file(role, &m->spread, f->path);
	t = workspace_latest_targets(&m->ws, role);
	old = t != NULL ? tuf_targets_find(t, f->path) : NULL;
	if (old == NULL)
		return 1;
	if (strcmp(old->sha256, f->sha256) == 0 && old->length == f->length)
		return 0;
	return err_code(e, ERR_CONFLICT, "target_exists",
	                "%s: is listed with other bytes (sha256 %.16s…, not "
	                "%.16s…)",
	                f->path, old->sha256, f->sha256);
}

static int take_line(struct import *m, char *line, size_t nth, struct err *e)
{
	char *path = strsep(&line, " \t"), *length = strsep(&line, " \t");
	char *sha256 = strsep(&line, " \t");
	struct tuf_target f = {0};
	int known;

	if (sha256 == NULL || line != NULL)
		return bad_line(nth, "three words are needed", e);
	if (check_path(m, path, nth, e) != 0)
		return -1;
	if (num_i64(&f.length, length, 0, NUM_JSON_MAX, "length", NULL) != 0)
		return bad_line(nth, "the length is no number", e);
	if (!is_hex(sha256, SHA256_HEX_SIZE - 1))
		return bad_line(nth, "the hash is not 64 lower-case hex digits",
		                e);
	memcpy(f.sha256, sha256, sizeof(f.sha256));
	f.path = path;
	known = check_known(m, &f, e);
	if (known < 0)
		return -1;
	m->unchanged += known == 0;
	f.path = xstrdup(path);
	if (known == 1)
		spread_add(&m->spread, &f);
	tuf_target_fini(&f);
	return 0;
}

static int read_list(struct import *m, FILE *in, struct err *e)
{
	char line[LINE_MAX_BYTES];

	for (size_t nth = 1; fgets(line, sizeof(line), in) != NULL; nth++) {
		size_t n = strlen(line);

		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		else if (n == sizeof(line) - 1)
			return bad_line(nth, "it is too long", e);
		if (n > 0 && line[n - 1] == '\r')
			return bad_line(nth, "it ends with a carriage return",
			                e);
		if (n > 0 && take_line(m, line, nth, e) != 0)
			return -1;
	}
	if (ferror(in) != 0)
		return err_errno(e, errno, "read");
	return 0;
}

static int answer(const struct import *m, size_t n, size_t files, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 16);
	struct jw w;

	if (!cli_wants_json(m->cli)) {
		cli_print(m->cli,
		          "%s: %zu targets staged in %zu files, %zu were "
		          "listed already\n",
		          m->role, n, files, m->unchanged);
		if (files > 0)
			cli_say(m->cli, "next: pawl-repo sign %s\n", m->role);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-import/1");
	jw_put_str(&w, "role", m->role);
	jw_put_int(&w, "targets", (int64_t)n);
	jw_put_int(&w, "unchanged", (int64_t)m->unchanged);
	jw_put_int(&w, "files", (int64_t)files);
	jw_end_object(&w);
	return cli_print_json(m->cli, &json, e);
}

int cmd_release_import(struct cli *c, struct err *e)
{
	const char *name = cli_arg(c, 0);
	SCOPED(import_fini)
	struct import m = {.cli = c};
	size_t n, files = 0;
	FILE *in;
	int result;

	if (begin(&m, e) != 0)
		return -1;
	in = fopen(name, "re");
	if (in == NULL)
		return err_errno(e, errno, "%s", name);
	result = read_list(&m, in, e);
	(void)fclose(in);
	if (result != 0)
		err_context(e, "%s", name);
	n = m.spread.n;
	if (result != 0 ||
	    (n > 0 && spread_stage(&m.spread, false, &files, e) != 0))
		return -1;
	return answer(&m, n, files, e);
}
