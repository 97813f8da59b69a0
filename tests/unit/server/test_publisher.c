#include "config.h"

#include "lib/base/fs.h"
#include "server/fleet/ask.h"
#include "server/store/halts.h"
#include "server/store/published.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The publisher's thread beside the scribe's. A publish is held at a step it
 * asks of the disk: before its set is made (a plan is read), or when all is
 * verified and nothing committed (a folder of blobs is flushed).
 */

struct gate {
	struct server *s;
	enum fs_op op;
	atomic_int closed; /* so often yet it holds the publisher */
	sem_t reached, open;
};

static int hold(void *ctx, enum fs_op op, const char *path)
{
	struct gate *g = ctx;

	if (op != g->op || strstr(path, "/blobs/") == NULL ||
	    !pthread_equal(pthread_self(), g->s->fleet->publisher.thread) ||
	    g->closed == 0)
		return 0;
	g->closed--;
	(void)sem_post(&g->reached);
	(void)sem_wait(&g->open);
	return 0;
}

static void wait_for(sem_t *s)
{
	while (sem_wait(s) != 0)
		;
}

/* Everything above; from here on the fleet has its threads. */
static void begin(struct gate *g, struct server *s, enum fs_op op, int times)
{
	struct err e;

	*g = (struct gate){.s = s, .op = op};
	g->closed = times;
	(void)sem_init(&g->reached, 0, 0);
	(void)sem_init(&g->open, 0, 0);
	fs_set_hook(hold, g);
	ASSERT_OK(fleet_start(s->fleet, &e));
}

/* ---- What is asked of the threads ---- */

struct call {
	struct ask ask;
	struct server *s;
	const char *name; /* of the file to publish */
	sem_t done;
	struct err err;
	bool refused;
};

static void done(struct ask *a, struct buf *out, const struct err *e)
{
	struct call *c = a->ctx;

	(void)out;
	c->refused = e != NULL;
	if (e != NULL)
		c->err = *e;
	(void)sem_post(&c->done);
}

static int run_publish(struct fleet *f, struct ask *a, struct buf *out,
                       struct err *e)
{
	struct call *c = a->ctx;
	const char *names[] = {c->name, NULL};

	(void)f;
	(void)out;
	return server_publish(c->s, names, e);
}

static int count(void *ctx, const struct halt_row *h, struct err *e)
{
	(void)h;
	(void)e;
	++*(size_t *)ctx;
	return 0;
}

/* Halts, and finds it committed. */
static int run_halt(struct fleet *f, struct ask *a, struct buf *out,
                    struct err *e)
{
	const struct deed deed = server_deed("rollout.halt");
	size_t n = 0;

	(void)a;
	(void)out;
	if (operate_halt(f, f->live.items[0], "a7", "eu", &deed, e) != 0 ||
	    halts_each(f->store, count, &n, e) != 0)
		return -1;
	return n == 1 && !f->halts_unsaved
	               ? 0
	               : err_set(e, ERR_INTERNAL, "%zu halts are stored", n);
}

static struct call call_of(struct server *s, const char *name)
{
	struct call c = {.s = s, .name = name};

	c.ask.run = name != NULL ? run_publish : run_halt;
	c.ask.done = done;
	return c;
}

/* All says again what it said, under higher numbers. */
static int run_there_and_back(struct fleet *f, struct ask *a, struct buf *out,
                              struct err *e)
{
	const struct deed deed = server_deed("rollout.pause");

	(void)a;
	(void)out;
	return operate_pause(f, f->live.items[0], &deed, e) != 0
	               ? -1
	               : operate_resume(f, f->live.items[0], &deed, e);
}

static void submit(struct call *c)
{
	struct fleet *f = c->s->fleet;
	struct err e;

	c->ask.ctx = c;
	(void)sem_init(&c->done, 0, 0);
	ASSERT_OK(c->name != NULL ? ask_publisher(f, &c->ask, &e)
	                          : ask_scribe(f, &c->ask, &e));
}

static int64_t published(struct server *s, const char *role)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return set_role(view_set(v), role)->targets.version;
}

/* "N.releases.band.json", which lives a day longer each time. */
static char *ready_releases(struct server *s)
{
	struct tuf_targets *t = tuf_repo_role(s->repo, "releases.band");
	static const char note[] = "notes";
	char sha256[SHA256_HEX_SIZE], path[64], *name = malloc(64);

	hash_sha256_hex(sha256, note, strlen(note));
	server_blob(s, note, strlen(note));
	(void)snprintf(path, sizeof(path), "meta/band/notes-%d.txt",
	               (int)t->version);
	tuf_targets_put(t, path, (int64_t)strlen(note), sha256, NULL);
	tuf_repo_publish(s->repo, "releases.band");
	(void)snprintf(name, 64, "%d.releases.band.json", (int)t->version);
	return name;
}

/* ---- Tests ---- */

static void halt_while_held(enum fs_op op)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	const char *before = s->fleet->live.items[0]->plan->path;
	char name[64];
	struct gate g;

	server_ready_revision(s, NULL, name);
	begin(&g, s, op, 1);
	struct call p = call_of(s, name), h = call_of(s, NULL);
	submit(&p);
	wait_for(&g.reached);
	submit(&h);
	wait_for(&h.done);
	ck_assert_msg(!h.refused, "%s", h.err.msg);
	/* Committed, and visible: and the publish is not. */
	ck_assert_uint_eq(server_rule(s, 0)->n_halted, 1);
	ck_assert_str_eq(server_rule(s, 0)->plan_path, before);
	ck_assert_int_eq(published(s, "plans.band"), 1);
	(void)sem_post(&g.open);
	wait_for(&p.done);
	ck_assert_msg(!p.refused, "%s", p.err.msg);
	/* The halt that came between is carried into the revision. */
	ck_assert_int_eq(published(s, "plans.band"), 2);
	ck_assert_str_ne(server_rule(s, 0)->plan_path, before);
	ck_assert_uint_eq(server_rule(s, 0)->n_halted, 1);
	fs_set_hook(NULL, NULL);
}

TEST(a_halt_is_committed_and_visible_while_a_publish_is_prepared)
{
	halt_while_held(FS_READ);
}

TEST(a_halt_is_committed_and_visible_while_a_verified_publish_waits)
{
	halt_while_held(FS_SYNC_DIR);
}

TEST(a_publish_over_a_set_that_changed_meanwhile_is_prepared_again)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	SCOPED(free)
	char *releases = ready_releases(s);
	char plans[64];
	struct gate g;
	struct err e;

	server_ready_revision(s, NULL, plans);
	begin(&g, s, FS_SYNC_DIR, 1);
	struct call p = call_of(s, releases);
	submit(&p);
	wait_for(&g.reached);
	ASSERT_OK(SERVER_PUBLISH(s, plans));
	(void)sem_post(&g.open);
	wait_for(&p.done);
	ck_assert_msg(!p.refused, "%s", p.err.msg);
	ck_assert_int_eq(published(s, "plans.band"), 2);
	ck_assert_int_eq(published(s, "releases.band"), 2);
	fs_set_hook(NULL, NULL);
}

TEST(a_publish_that_never_gets_its_turn_gives_up_and_leaves_nothing)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	SCOPED(free)
	char *releases = ready_releases(s);
	char plans[PUBLISH_TRIES][64];
	struct gate g;
	struct err e;

	for (int i = 0; i < PUBLISH_TRIES; i++)
		server_ready_revision(s, NULL, plans[i]);
	begin(&g, s, FS_SYNC_DIR, PUBLISH_TRIES);
	struct call p = call_of(s, releases);
	submit(&p);
	for (int i = 0; i < PUBLISH_TRIES; i++) {
		wait_for(&g.reached);
		ASSERT_OK(SERVER_PUBLISH(s, plans[i]));
		(void)sem_post(&g.open);
	}
	wait_for(&p.done);
	ck_assert(p.refused);
	ck_assert_str_eq(p.err.code, "set_changed");
	ck_assert_int_eq(p.err.kind, ERR_BUSY);
	ck_assert_int_eq(published(s, "releases.band"), 1);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	fs_set_hook(NULL, NULL);
}

TEST(what_was_signed_meanwhile_is_not_published_over_by_older_numbers)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	SCOPED(free)
	char *releases = ready_releases(s);
	struct gate g;

	begin(&g, s, FS_SYNC_DIR, 1);
	struct call p = call_of(s, releases), other = call_of(s, NULL);
	other.ask.run = run_there_and_back;
	submit(&p);
	wait_for(&g.reached);
	submit(&other);
	wait_for(&other.done);
	ck_assert_msg(!other.refused, "%s", other.err.msg);
	(void)sem_post(&g.open);
	wait_for(&p.done);
	ck_assert_msg(!p.refused, "%s", p.err.msg);
	ck_assert_int_eq(published(s, "releases.band"), 2);
	fs_set_hook(NULL, NULL);
}

static void *close_it(void *arg)
{
	struct server *s = arg;

	fleet_close(s->fleet);
	return NULL;
}

TEST(a_stop_in_the_midst_of_a_publish_waits_for_it_and_takes_no_other)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	SCOPED(free)
	char *releases = ready_releases(s);
	struct call waits = call_of(s, releases);
	struct call other = call_of(s, releases);
	struct call h = call_of(s, NULL);
	struct err e = {0};
	pthread_t closer;
	struct gate g;

	begin(&g, s, FS_SYNC_DIR, 1);
	struct call p = call_of(s, releases);
	submit(&p);
	wait_for(&g.reached);
	submit(&waits);
	ck_assert_int_eq(pthread_create(&closer, NULL, close_it, s), 0);
	/* What is taken before the stop is done before it, and once it has
	 * begun nothing more is taken. */
	for (int taken = 0; taken < 2; sched_yield()) {
		struct err why = {0};
		bool stopping;

		lock_take(&s->fleet->publisher.lock);
		stopping = s->fleet->publisher.stopping;
		lock_drop(&s->fleet->publisher.lock);
		if (!stopping)
			continue;
		ck_assert_int_eq(ask_publisher(s->fleet, &other.ask, &why), -1);
		ck_assert_str_eq(why.code, "queue_full");
		taken = 2;
	}
	/* Whoever commits for it goes on until then. */
	submit(&h);
	wait_for(&h.done);
	ck_assert_msg(!h.refused, "%s", h.err.msg);
	(void)sem_post(&g.open);
	ck_assert_int_eq(pthread_join(closer, NULL), 0);
	wait_for(&p.done);
	ck_assert_msg(!p.refused, "%s", p.err.msg);
	wait_for(&waits.done);
	ck_assert_msg(!waits.refused, "%s", waits.err.msg);
	fs_set_hook(NULL, NULL);
	ASSERT_OK(server_reopen(s, &e));
	ck_assert_int_eq(published(s, "releases.band"), 2);
}

TEST(so_many_publishes_wait_and_more_are_refused)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	SCOPED(free)
	char *releases = ready_releases(s);
	struct call calls[PUBLISH_WAITING_MAX + 1], more;
	struct gate g;
	struct err e = {0};

	begin(&g, s, FS_SYNC_DIR, 1);
	for (size_t i = 0; i <= PUBLISH_WAITING_MAX; i++) {
		calls[i] = call_of(s, releases);
		submit(&calls[i]);
		if (i == 0)
			wait_for(&g.reached);
	}
	more = call_of(s, releases);
	ASSERT_CODE(ask_publisher(s->fleet, &more.ask, &e), "queue_full");
	(void)sem_post(&g.open);
	/* The same files again are fine. */
	for (size_t i = 0; i <= PUBLISH_WAITING_MAX; i++) {
		wait_for(&calls[i].done);
		ck_assert_msg(!calls[i].refused, "%s", calls[i].err.msg);
	}
	fs_set_hook(NULL, NULL);
}

static int64_t timestamp(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return view_online(v)->timestamp_version;
}

TEST(what_the_clients_judged_is_what_is_published)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	SCOPED(free)
	char *releases = ready_releases(s);
	int64_t before = timestamp(s);

	/* Nothing is signed a second time: no number was used in between. */
	ASSERT_OK(SERVER_PUBLISH(s, releases));
	ck_assert_int_eq(timestamp(s), before + 1);
}
