#include "config.h"

#include "tests/atomic/world.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A machine takes this long to come up again. */
#define REBOOT_MS INT64_C(60000)
/* After this everything online is due. */
#define RENEWAL_MS (INT64_C(9) * 3600 * 1000)

/* ---- Sets ---- */

static bool same_file(const struct file *a, const struct file *b)
{
	return strcmp(a->name, b->name) == 0 &&
	       strcmp(a->sha256, b->sha256) == 0;
}

/* What the offline keys signed is the same, file by file. */
static bool same_set(const struct view *a, const struct view *b)
{
	const struct set *x, *y;

	if (a == NULL || b == NULL)
		return a == b;
	x = view_set(a);
	y = view_set(b);
	if (x->n_roots != y->n_roots || x->n_roles != y->n_roles)
		return false;
	for (size_t i = 0; i < x->n_roots; i++)
		if (!same_file(x->roots[i], y->roots[i]))
			return false;
	for (size_t i = 0; i < x->n_roles; i++)
		if (!same_file(x->roles[i].file, y->roles[i].file))
			return false;
	return true;
}

/* ---- Recording ---- */

static void note_moment(struct world *w, size_t from, bool answered)
{
	struct view *v = view_get(&w->s->fleet->view);
	struct moment *m;
	struct err e;

	VEC_GROW(&w->moments);
	m = &w->moments.items[w->moments.len++];
	*m = (struct moment){.from = from, .view = v, .answered = answered};
	client_init(&m->client);
	if (v != NULL)
		ASSERT_OK(client_refresh(&m->client, v, &w->s->fleet->blobs,
		                         fleet_now_s(w->s->fleet), &e));
}

/* Before each step: whether something else is to be seen since the last. */
static void look(void *ctx, size_t op)
{
	struct world *w = ctx;

	if (w->s == NULL || w->s->fleet->view.current ==
	                            w->moments.items[w->moments.len - 1].view)
		return;
	note_moment(w, op, false);
}

static int judge(void *ctx, const char *folder, size_t point, struct err *e);

static size_t moment_at(void *ctx, size_t point)
{
	const struct world *w = ctx;
	size_t i = w->moments.len - 1;

	while (i > 0 && w->moments.items[i].from > point)
		i--;
	return i;
}

void world_record(struct world *w, const struct act *act, const char *name)
{
	const char *folder = test_path(name);
	SCOPED(free)
	char *data = fs_join(folder, "data");
	struct err e;

	*w = (struct world){.act = act};
	if (mkdir(folder, 0700) != 0)
		ck_abort_msg("%s cannot be made", folder);
	disk_log_begin(&w->log, folder);
	/* The moment before the first: nothing. */
	VEC_GROW(&w->moments);
	w->moments.items[w->moments.len++] = (struct moment){0};
	w->s = server_new_in(data);
	if (act->prepare != NULL) {
		act->prepare(w->s);
		w->crash.first = w->log.ops.len;
		note_moment(w, w->log.ops.len, false);
		w->old = w->moments.len - 1;
	}
	/* A server that starts shows nothing until it is done. */
	if (!act->stops)
		w->log.before = look;
	w->log.ctx = w;
	ASSERT_OK(act->run(w->s, &e));
	note_moment(w, w->log.ops.len, true);
	disk_log_end();
	disk_state_compare(&w->log);
	w->crash.log = &w->log;
	w->crash.judge = judge;
	w->crash.moment = moment_at;
	w->crash.ctx = w;
	w->crash.scratch = test_path("crashed");
}

void world_survives(struct world *w)
{
	const struct disk_crash *c = &w->crash;

	disk_crash_run(&w->crash);
	printf("%s: %zu points of crash, %zu states of the disk, %zu broken\n",
	       w->act->name, c->points, c->states, c->broken);
	(void)fflush(stdout);
	ck_assert_msg(c->broken == 0, "%s: %zu states are broken, one: %s",
	              w->act->name, c->broken, c->why);
}

void world_fini(struct world *w)
{
	/* Nothing stays for the next one. */
	SCOPED(free)
	char *remove =
		xasprintf("rm -rf '%s' '%s'", w->log.root, test_path("keys"));

	if (system(remove) != 0)
		ck_abort_msg("%s", remove);
	disk_crash_fini(&w->crash);
	for (size_t i = 0; i < w->moments.len; i++) {
		view_put(w->moments.items[i].view);
		client_fini(&w->moments.items[i].client);
	}
	free(w->moments.items);
	server_free(w->s);
	disk_log_fini(&w->log);
}

/* ---- Judging ---- */

/* What was seen before the crash, against what is to be seen now. */
static int check_file(const struct view *now, const struct file *seen,
                      struct err *e)
{
	const struct file *same = view_metadata(now, seen->name);
	const struct file *role = online_role(view_online(now), seen->role);

	if (strcmp(seen->role, "timestamp") != 0 && same != NULL &&
	    strcmp(same->sha256, seen->sha256) != 0)
		return err_set(e, ERR_INTERNAL,
		               "%s: has other bytes than devices saw",
		               seen->name);
	if (role == NULL)
		return 0;
	if (role->version < seen->version)
		return err_set(e, ERR_INTERNAL,
		               "%s: version %" PRId64 ", devices saw %" PRId64,
		               seen->role, role->version, seen->version);
	if (role->version == seen->version &&
	    strcmp(role->sha256, seen->sha256) != 0)
		return err_set(e, ERR_INTERNAL,
		               "%s: version %" PRId64
		               " has other bytes than devices saw",
		               seen->role, seen->version);
	return 0;
}

static int check_seen(const struct moment *m, const struct view *now,
                      struct err *e)
{
	const struct set *s = view_set(m->view);
	const struct online *o = view_online(m->view);

	for (size_t i = 0; i < s->n_roots; i++)
		if (check_file(now, s->roots[i], e) != 0)
			return -1;
	for (size_t i = 0; i < s->n_roles; i++)
		if (check_file(now, s->roles[i].file, e) != 0)
			return -1;
	for (size_t i = 0; i < o->n_files; i++)
		if (check_file(now, o->files[i], e) != 0)
			return -1;
	if (act_is_halted(m->view) && !act_is_halted(now))
		return err_set(e, ERR_INTERNAL, "a halted cell goes on");
	return 0;
}

static int check_client(const struct world *w, const struct client *from,
                        const struct view *now, const char *who, struct err *e)
{
	SCOPED(client_fini)
	struct client c;

	client_copy(&c, from);
	if (client_refresh(&c, now, &w->s->fleet->blobs,
	                   fleet_now_s(w->s->fleet), e) != 0) {
		err_context(e, "%s", who);
		return -1;
	}
	if (c.n_targets < 3)
		return err_set(e, ERR_INTERNAL, "%s: only %zu targets", who,
		               c.n_targets);
	return 0;
}

/* All that holds at any time after a crash in the moment `at`. */
static int check_world(const struct world *w, size_t at, bool done,
                       struct err *e)
{
	static const struct client newcomer = {0};
	const struct moment *all = w->moments.items;
	SCOPED(view_put)
	struct view *now = view_get(&w->s->fleet->view);
	const struct view *old = all[w->old].view;
	const struct view *new = all[w->moments.len - 1].view;
	unsigned trouble = w->s->fleet->trouble;

	if ((trouble & ~(unsigned)TROUBLE_NOTHING_PUBLISHED) != 0)
		return err_set(e, ERR_INTERNAL, "trouble %u", trouble);
	if (!same_set(now, old) && !same_set(now, new))
		return err_set(e, ERR_INTERNAL,
		               "neither the old set nor the "
		               "new one");
	if ((done || all[at].answered || same_set(all[at].view, new)) &&
	    !same_set(now, new))
		return err_set(e, ERR_INTERNAL,
		               "the old set, and the new one was told");
	if ((done || all[at].answered) && w->act->is_kept != NULL &&
	    w->act->is_kept(w->s, e) != 0)
		return -1;
	if (now == NULL)
		return 0;
	for (size_t i = 0; i <= at; i++)
		if (all[i].view != NULL && check_seen(&all[i], now, e) != 0)
			return -1;
	if (check_client(w, &newcomer, now, "a newcomer", e) != 0 ||
	    check_client(w, &all[w->old].client, now, "who knows the old set",
	                 e) != 0)
		return -1;
	return check_client(w, &all[at].client, now, "who saw the last", e);
}

/* In a process of its own: nothing is closed or freed. */
static int start(struct world *w, const char *folder, struct err *e)
{
	struct server *s = w->s;

	s->data_dir = fs_join(folder, "data");
	s->fleet = xcalloc(1, sizeof(*s->fleet));
	clock_manual_advance(&s->clock, REBOOT_MS);
	if (server_reopen(s, e) == 0)
		return 0;
	err_context(e, "the start");
	return -1;
}

static int again(struct world *w, size_t at, struct err *e)
{
	if (w->act->run(w->s, e) == 0 && check_world(w, at, true, e) == 0)
		return 0;
	err_context(e, "done again");
	return -1;
}

static int judge(void *ctx, const char *folder, size_t point, struct err *e)
{
	struct world *w = ctx;
	struct server *s = w->s;
	size_t at = moment_at(w, point);

	if (start(w, folder, e) != 0)
		return -1;
	/* What counts as seen after a crash depends on it (fleet.h). */
	if (s->fleet->journal.was_clean && !w->act->stops &&
	    w->moments.items[at].view != NULL)
		return err_set(e, ERR_INTERNAL, "an orderly stop is believed");
	if (check_world(w, at, false, e) != 0)
		return -1;
	server_tick(s, RENEWAL_MS);
	if (check_world(w, at, false, e) != 0) {
		err_context(e, "after a renewal");
		return -1;
	}
	return again(w, at, e);
}

/* ---- A kill, and then a power cut ---- */

#define BREAKS "it breaks without this flush"

/* Goes on recording on what the kill left, and asks disk_crash_run() for the
 * crashes of the second run. */
static int judge_twice(void *ctx, const char *folder, size_t point,
                       struct err *e)
{
	struct world *w = ctx;
	size_t at = moment_at(w, point);
	struct disk_crash second = {
		.log = &w->log,
		.first = point,
		.limits = {.stride = 1, .without = 8},
		.judge = judge,
		.moment = moment_at,
		.ctx = w,
		.scratch = fs_join(folder, "../twice"),
	};

	w->log.before = NULL;
	disk_log_resume(&w->log, point, folder);
	if (start(w, folder, e) != 0)
		return -1;
	/* What the first run went on to show was never there. */
	w->moments.len = at + 1;
	note_moment(w, w->log.ops.len, false);
	if (!w->act->stops)
		w->log.before = look;
	if (w->act->run(w->s, e) != 0)
		return -1;
	note_moment(w, w->log.ops.len, true);
	disk_log_end();
	disk_state_compare(&w->log);
	if (!w->every_step)
		second.first = w->log.ops.len;
	if (w->without != DISK_NEVER)
		return !disk_crash_without(&second, w->without)
		               ? 0
		               : err_set(e, ERR_INTERNAL, BREAKS);
	disk_crash_run(&second);
	return second.broken == 0 ? 0
	                          : err_set(e, ERR_INTERNAL, "%s", second.why);
}

void world_survives_twice(struct world *w, size_t stride, bool every_step)
{
	struct disk_crash twice = w->crash;
	size_t points = 0;

	w->every_step = every_step;
	w->without = DISK_NEVER;
	twice.memory = NULL;
	twice.judge = judge_twice;
	for (size_t p = twice.first; p <= w->log.ops.len; p += stride) {
		points++;
		ck_assert_msg(disk_crash_at(&twice, p),
		              "%s: killed before step %zu, and then: %s",
		              w->act->name, p, twice.why);
	}
	printf("%s: %zu kills, each with the power cut later, 0 broken\n",
	       w->act->name, points);
	(void)fflush(stdout);
	disk_crash_fini(&twice);
}

bool world_needs_twice(struct world *w, size_t site)
{
	struct disk_crash twice = w->crash;
	bool needed = false;

	w->every_step = false;
	w->without = site;
	twice.memory = NULL;
	twice.judge = judge_twice;
	for (size_t p = twice.first + 1; p <= w->log.ops.len && !needed; p++)
		if (w->log.ops.items[p - 1].name != NULL)
			needed = !disk_crash_at(&twice, p) &&
			         strcmp(twice.why, BREAKS) == 0;
	disk_crash_fini(&twice);
	return needed;
}
