/*
 * A rollout's halts, given once more from what a server exported.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "lib/json/jw.h"
#include "lib/sim/replay.h"
#include "sim/commands.h"

#include <inttypes.h>
#include <string.h>

/* Of a rollout of as many trials as are read. */
#define FILE_MAX ((size_t)1 << 30)
/* A halt takes below 4000 bytes. */
#define JSON_MAX ((size_t)REPLAY_HALTS_MAX * 4000 + 4096)

struct answer {
	struct cli *cli;
	struct jw *json; /* NULL: for people */
	size_t n;        /* halts told of */
};

static int read_pages(struct replay *r, const char *path, const struct buf *b,
                      struct err *e)
{
	const char *at = buf_str(b), *end = at + b->len;
	size_t page = 1;

	for (; at < end; page++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((stop != NULL ? stop : end) - at);

		if (n > REPLAY_PAGE_MAX)
			return err_set(e, ERR_TOO_LARGE,
			               "%s: line %zu is above %zu bytes", path,
			               page, REPLAY_PAGE_MAX);
		if (replay_add(r, path, at, n, e) != 0) {
			err_context(e, "line %zu", page);
			return -1;
		}
		at += n + 1;
	}
	return replay_check(r, path, e);
}

static void print_result(const struct answer *a, const struct replay_result *o)
{
	static const char *const words[] = {
		[REPLAY_SAME] = "same verdict",
		[REPLAY_BY_HAND] = "by hand, nothing to recompute",
		[REPLAY_DIFFERS] = "DIFFERS",
	};
	char at[RFC3339_SIZE] = "-";

	if (o->halt != NULL)
		rfc3339_format(at, o->halt->at_ms / 1000);
	cli_print(a->cli, "\nhalt %zu  %s  %s/%s  %s\n  %s\n", o->index + 1, at,
	          o->halt != NULL ? o->halt->cell.hw : o->found.halt_hw,
	          o->halt != NULL ? o->halt->cell.region : o->found.halt_region,
	          words[o->verdict], o->text);
}

static void put_result(struct jw *w, const struct replay_result *o)
{
	jw_object(w);
	if (o->halt != NULL) {
		jw_put_str(w, "hw", o->halt->cell.hw);
		jw_put_str(w, "region", o->halt->cell.region);
		jw_put_time(w, "at", o->halt->at_ms / 1000);
	} else {
		jw_put_str(w, "hw", o->found.halt_hw);
		jw_put_str(w, "region", o->found.halt_region);
		jw_put_null(w, "at");
	}
	jw_put_str(w, "verdict", replay_verdict_name(o->verdict));
	jw_put_str(w, "text", o->text);
	jw_end_object(w);
}

static void tell(void *ctx, const struct replay_result *o)
{
	struct answer *a = ctx;

	a->n++;
	if (a->json != NULL)
		put_result(a->json, o);
	else
		print_result(a, o);
}

static void put_head(struct jw *w, const struct replay *r)
{
	jw_put_int(w, "rollout", r->rollout);
	jw_put_str(w, "plan", r->plan_path);
	jw_put_str(w, "plan_sha256", r->sha256);
	jw_put_int(w, "trials", (int64_t)r->trials.len);
	jw_key(w, "halts");
	jw_array(w);
}

static int answer_json(struct cli *c, const struct replay *r, struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(JSON_MAX);
	struct jw w;
	struct answer a = {c, &w, 0};
	struct err none = {0};
	int result;

	jw_init(&w, &out);
	jw_object(&w);
	put_head(&w, r);
	result = replay_run(r, tell, &a, e);
	jw_end_array(&w);
	jw_put_bool(&w, "same", result == 0);
	jw_end_object(&w);
	if (cli_print_json(c, &out, result == 0 ? e : &none) != 0)
		return -1;
	return result;
}

static int answer_words(struct cli *c, const struct replay *r, struct err *e)
{
	struct answer a = {c, NULL, 0};

	cli_print(c, "rollout %" PRId64 " of %s: %zu trials, %zu halts\n",
	          r->rollout, r->plan_path, r->trials.len, r->halts.len);
	cli_print(c, "plan sha256 %s\n", r->sha256);
	if (replay_run(r, tell, &a, e) != 0)
		return -1;
	cli_print(c, "\n%s\n",
	          r->halts.len > 0 ? "all as the export says"
	                           : "nothing halted, and nothing had to");
	return 0;
}

int cmd_replay(struct cli *c, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(FILE_MAX);
	SCOPED(replay_fini)
	struct replay r = {0};
	const char *path = cli_arg(c, 0);

	if (fs_read(&bytes, path, e) != 0 ||
	    read_pages(&r, path, &bytes, e) != 0)
		return -1;
	return cli_wants_json(c) ? answer_json(c, &r, e)
	                         : answer_words(c, &r, e);
}
