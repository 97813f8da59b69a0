#include "config.h"

#include "repo-tools/folder/plan_stages.h"

#include "cli/cli.h"
#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <string.h>

#define FILE_MAX ((size_t)1 << 20)
#define SOAK_MAX_S (INT64_C(90) * 86400)
#define DEVICE_ID_HEX 32

static int parse_one(struct plan_stage *s, char *part, struct err *e)
{
	char *colon = strchr(part, ':');

	if (colon == NULL)
		return err_set(e, ERR_USAGE,
		               "--stages: '%s' is no stage like 5%%:12h, a "
		               "share and how long it soaks",
		               part);
	*colon = '\0';
	if (cli_parse_ppm(&s->ppm, part, 1, PPM, "--stages", e) != 0)
		return -1;
	return cli_as_usage(num_seconds(&s->soak_s, colon + 1, 0, SOAK_MAX_S,
	                                "--stages", e),
	                    e);
}

int plan_stages_parse(struct plan *p, const char *text, int64_t start_s,
                      struct err *e)
{
	SCOPED(free)
	char *copy = xstrdup(text);
	char *rest = copy, *part;
	int64_t begin_s = start_s;

	while ((part = strsep(&rest, ",")) != NULL) {
		struct plan_stage *s = &p->stages[p->n_stages];

		if (p->n_stages == PLAN_STAGES_MAX)
			return err_set(e, ERR_USAGE,
			               "--stages: more than %d stages",
			               PLAN_STAGES_MAX);
		if (parse_one(s, part, e) != 0)
			return -1;
		s->not_before_s = begin_s;
		begin_s += s->soak_s;
		p->n_stages++;
	}
	return 0;
}

static int read_cells(struct plan_stage *s, const struct js_at *at,
                      struct err *e)
{
	struct js_at list;
	size_t n;

	if (!js_has(at, "cells"))
		return 0;
	if (js_get_array(&list, &n, at, "cells", 0, PLAN_CELLS_MAX, e) != 0)
		return -1;
	s->cells = xcalloc(n + 1, sizeof(*s->cells));
	for (size_t i = 0; i < n; i++) {
		struct js_at cell = js_element(&list, i);
		int64_t ppm;

		if (cell_parse(&s->cells[i].cell, &cell, false, e) != 0 ||
		    js_get_int(&ppm, &cell, "ppm", 1, PPM, e) != 0)
			return -1;
		s->cells[i].ppm = (int32_t)ppm;
		s->n_cells++;
	}
	return 0;
}

static int read_stage(struct plan_stage *s, const struct js_at *at,
                      int64_t begin_s, struct err *e)
{
	static const char *const names[] = {"ppm", "soak_s", "not_before",
	                                    "cells", NULL};
	int64_t ppm;

	if (js_is_object(at, e) != 0 || js_only(at, names, e) != 0 ||
	    js_get_int(&ppm, at, "ppm", 1, PPM, e) != 0 ||
	    js_get_int(&s->soak_s, at, "soak_s", 0, SOAK_MAX_S, e) != 0)
		return -1;
	s->ppm = (int32_t)ppm;
	s->not_before_s = begin_s;
	if (js_has(at, "not_before") &&
	    js_get_time(&s->not_before_s, at, "not_before", e) != 0)
		return -1;
	return read_cells(s, at, e);
}

static int read_stages(struct plan *p, const struct js_at *root,
                       int64_t start_s, struct err *e)
{
	int64_t begin_s = start_s;
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "stages", 1, PLAN_STAGES_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		/* Counted first, so that plan_fini() frees its cells. */
		struct plan_stage *s = &p->stages[p->n_stages++];

		if (read_stage(s, &at, begin_s, e) != 0)
			return -1;
		begin_s = s->not_before_s + s->soak_s;
	}
	return 0;
}

/* Devices by id; the plan names them so that its readers cannot. */
static int read_members(struct plan *p, const struct js_at *root, struct err *e)
{
	struct js_at list;
	size_t n;

	if (!js_has(root, "members"))
		return 0;
	if (js_get_array(&list, &n, root, "members", 0, PLAN_MEMBERS_MAX, e) !=
	    0)
		return -1;
	p->members = xcalloc(n + 1, sizeof(*p->members));
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		const char *id;

		if (js_as_str(&id, &at, DEVICE_ID_HEX, e) != 0)
			return -1;
		if (!is_hex(id, DEVICE_ID_HEX))
			return js_refuse(&at, e,
			                 "is no device id, %d lower-case hex "
			                 "digits are needed",
			                 DEVICE_ID_HEX);
		bucket_member(p->members[p->n_members++], p->release_sha256,
		              id);
	}
	return 0;
}

int plan_stages_parse_json(struct plan *p, const char *name, const void *bytes,
                           size_t len, int64_t start_s, struct err *e)
{
	static const char *const names[] = {"stages", "members", NULL};
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	if (js_parse(&doc, name, bytes, len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 || js_only(&root, names, e) != 0 ||
	    read_stages(p, &root, start_s, e) != 0)
		return -1;
	return read_members(p, &root, e);
}

int plan_stages_read_file(struct plan *p, const char *path, int64_t start_s,
                          struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(FILE_MAX);

	if (fs_read(&text, path, e) != 0)
		return -1;
	return plan_stages_parse_json(p, path, buf_str(&text), text.len,
	                              start_s, e);
}
