#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/scribe.h"
#include "server/store/settings.h"
#include "server/store/store.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/unit/server/stock.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A job that writes a setting, and notes what became of it. */
struct note {
	struct job job;
	const char *key;
	enum err_kind refuse; /* applying fails with this */
	int applied, undone, landed;
	struct note *before; /* as the last apply() saw it */
	struct err err;
};

struct world {
	struct scribe scribe;
	struct store *store;
	int idles;
	struct note *order[32];
	size_t n;
};

static void idle(void *ctx)
{
	((struct world *)ctx)->idles++;
}

static enum apply_result apply(void *ctx, struct job *j, struct err *e)
{
	struct note *n = (struct note *)j;
	struct world *w = ctx;

	n->applied++;
	n->before = (struct note *)j->before;
	if (n->refuse == ERR_FORBIDDEN)
		return (void)err_set(e, ERR_FORBIDDEN, "no"), APPLY_REFUSED;
	if (n->refuse != ERR_NONE)
		return (void)err_set(e, n->refuse, "no"), APPLY_FAILED;
	return settings_put(w->store, n->key, "1", e) == 0 ? APPLY_WRITTEN
	                                                   : APPLY_FAILED;
}

static void undo(void *ctx, struct job *j)
{
	(void)ctx;
	((struct note *)j)->undone++;
}

static void landed(void *ctx, struct job *j, const struct err *e)
{
	struct note *n = (struct note *)j;
	struct world *w = ctx;

	n->landed++;
	if (e != NULL)
		n->err = *e;
	w->order[w->n++] = n;
}

static void alone(void *ctx, struct job *j)
{
	landed(ctx, j, NULL);
}

static const struct job_kind shared_kind = {
	.name = "shared", .apply = apply, .undo = undo, .landed = landed};
static const struct job_kind chain_kind = {.name = "chain",
                                           .apply = apply,
                                           .undo = undo,
                                           .landed = landed,
                                           .chains = true};
static const struct job_kind alone_kind = {.name = "alone", .run = alone};

static struct world *world(void)
{
	struct world *w = test_keep(xcalloc(1, sizeof(*w)));

	w->store = stock_open();
	scribe_init(&w->scribe, w->store, w, idle);
	return w;
}

static void end(struct world *w)
{
	scribe_stop(&w->scribe);
	scribe_fini(&w->scribe);
	store_close(w->store);
}

static void add_as(struct world *w, struct note *n, int64_t device,
                   const struct job_kind *kind)
{
	struct err e;

	n->job.kind = kind;
	n->job.device = device;
	ASSERT_OK(scribe_add(&w->scribe, &n->job, &e));
}

static void add(struct world *w, struct note *n, int64_t device)
{
	add_as(w, n, device, &shared_kind);
}

static bool has(struct world *w, const char *key)
{
	struct buf out = BUF_INIT(100);
	bool found = settings_get(&out, w->store, key, NULL) == 0;

	buf_fini(&out);
	return found;
}

TEST(jobs_that_queued_share_one_commit)
{
	struct world *w = world();
	struct note notes[10] = {0};
	char keys[10][8];
	uint64_t before = db_commit_count();

	for (int i = 0; i < 10; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k%d", i);
		notes[i].key = keys[i];
		add(w, &notes[i], i + 1);
	}
	scribe_turn(&w->scribe);
	ck_assert_uint_eq(db_commit_count() - before, 1);
	for (int i = 0; i < 10; i++)
		ck_assert(has(w, keys[i]) && notes[i].landed == 1);
	end(w);
}

TEST(two_jobs_of_one_device_never_share_a_batch_and_keep_their_order)
{
	struct world *w = world();
	struct note a = {.key = "a"}, b = {.key = "b"}, c = {.key = "c"};
	uint64_t before = db_commit_count();

	add(w, &a, 7);
	add(w, &b, 7);
	add(w, &c, 8);
	scribe_turn(&w->scribe);
	ck_assert_uint_eq(db_commit_count() - before, 2);
	ck_assert(w->order[0] == &a && w->order[1] == &b && w->order[2] == &c);
	/* What the first changed is judged before the second is committed. */
	ck_assert_int_ge(w->idles, 2);
	end(w);
}

TEST(many_jobs_of_one_device_share_a_commit_when_they_follow_each_other)
{
	struct world *w = world();
	struct note notes[20] = {0}, other = {.key = "other"};
	char keys[20][8];
	uint64_t before = db_commit_count();

	for (int i = 0; i < 20; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k%d", i);
		notes[i].key = keys[i];
		add_as(w, &notes[i], 7, &chain_kind);
		if (i == 9)
			add_as(w, &other, 8, &chain_kind);
	}
	scribe_turn(&w->scribe);
	ck_assert_uint_eq(db_commit_count() - before, 1);
	ck_assert_ptr_null(other.before);
	for (int i = 0; i < 20; i++) {
		ck_assert(notes[i].landed == 1 && has(w, keys[i]));
		ck_assert_ptr_eq(notes[i].before, i > 0 ? &notes[i - 1] : NULL);
	}
	ck_assert(w->order[10] == &other && w->order[11] == &notes[10]);
	end(w);
}

TEST(a_job_of_another_kind_of_the_same_device_waits_for_the_next_batch)
{
	struct world *w = world();
	struct note a = {.key = "a"}, b = {.key = "b"}, c = {.key = "c"};
	uint64_t before = db_commit_count();

	add_as(w, &a, 7, &chain_kind);
	add_as(w, &b, 7, &shared_kind);
	add_as(w, &c, 7, &chain_kind);
	scribe_turn(&w->scribe);
	ck_assert_uint_eq(db_commit_count() - before, 3);
	ck_assert(w->order[0] == &a && w->order[1] == &b && w->order[2] == &c);
	ck_assert(b.before == NULL && c.before == NULL);
	end(w);
}

TEST(jobs_that_are_tried_alone_follow_nobody)
{
	struct world *w = world();
	struct note a = {.key = "a"}, bad = {.refuse = ERR_INTERNAL},
		    b = {.key = "b"};

	add_as(w, &a, 7, &chain_kind);
	add_as(w, &bad, 7, &chain_kind);
	add_as(w, &b, 7, &chain_kind);
	scribe_turn(&w->scribe);
	ck_assert(has(w, "a") && has(w, "b"));
	ck_assert_int_eq(bad.err.kind, ERR_INTERNAL);
	ck_assert_ptr_null(b.before);
	ck_assert(w->order[0] == &a && w->order[1] == &bad &&
	          w->order[2] == &b);
	end(w);
}

TEST(one_poisoned_job_does_not_sink_its_neighbours)
{
	struct world *w = world();
	struct note a = {.key = "a"}, bad = {.refuse = ERR_INTERNAL},
		    b = {.key = "b"};

	add(w, &a, 1);
	add(w, &bad, 2);
	add(w, &b, 3);
	scribe_turn(&w->scribe);
	ck_assert(has(w, "a") && has(w, "b"));
	ck_assert_int_eq(a.err.kind, ERR_NONE);
	ck_assert_int_eq(b.err.kind, ERR_NONE);
	ck_assert_int_eq(bad.err.kind, ERR_INTERNAL);
	ck_assert_int_eq(a.undone, 1);
	ck_assert_int_eq(a.landed + b.landed + bad.landed, 3);
	end(w);
}

TEST(a_refused_job_writes_nothing_and_its_neighbours_commit)
{
	struct world *w = world();
	struct note a = {.key = "a"}, no = {.refuse = ERR_FORBIDDEN};

	add(w, &a, 1);
	add(w, &no, 2);
	scribe_turn(&w->scribe);
	ck_assert(has(w, "a"));
	ck_assert_int_eq(no.err.kind, ERR_FORBIDDEN);
	ck_assert_int_eq(a.applied, 1);
	end(w);
}

/* Every operation in turn but the news of a commit that landed: not to know
 * whether it did ends the process. */
static enum err_kind nth(void *ctx, enum db_op op, const char *what)
{
	struct db_fail *f = ctx;

	(void)what;
	if (op == DB_LANDED || f->seen++ != f->at)
		return ERR_NONE;
	f->failed = true;
	return ERR_NO_SPACE;
}

TEST(whatever_operation_fails_a_job_that_landed_well_is_on_the_disk)
{
	struct world *w = world();
	bool failed = true;

	for (long at = 0; failed; at++) {
		struct note a = {.key = "a"}, b = {.key = "b"};
		char keys[2][24];
		struct db_fail f = {.at = at};

		(void)snprintf(keys[0], sizeof(keys[0]), "a%ld", at);
		(void)snprintf(keys[1], sizeof(keys[1]), "b%ld", at);
		a.key = keys[0];
		b.key = keys[1];
		add(w, &a, 1);
		add(w, &b, 2);
		db_set_hook(nth, &f);
		scribe_turn(&w->scribe);
		db_set_hook(NULL, NULL);
		failed = f.failed;
		ck_assert_int_eq(a.landed, 1);
		ck_assert_int_eq(b.landed, 1);
		ck_assert(a.err.kind != ERR_NONE || has(w, keys[0]));
		ck_assert(b.err.kind != ERR_NONE || has(w, keys[1]));
	}
	end(w);
}

static enum err_kind from_third(void *ctx, enum db_op op, const char *what)
{
	int *begins = ctx;

	(void)what;
	if (op == DB_COMMIT || (op == DB_BEGIN && ++*begins > 1))
		return ERR_NO_SPACE;
	return ERR_NONE;
}

TEST(a_job_whose_retry_cannot_even_begin_is_told_so)
{
	struct world *w = world();
	struct note a = {.key = "a"}, b = {.key = "b"};
	int begins = 0;

	add(w, &a, 1);
	add(w, &b, 2);
	db_set_hook(from_third, &begins);
	scribe_turn(&w->scribe);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(a.job.result, APPLY_FAILED);
	ck_assert_int_eq(a.err.kind, ERR_NO_SPACE);
	ck_assert_int_eq(b.err.kind, ERR_NO_SPACE);
	end(w);
}

TEST(a_job_alone_waits_for_those_before_it_and_goes_before_those_after)
{
	struct world *w = world();
	struct note a = {.key = "a"}, one = {0}, b = {.key = "b"};
	struct err e;

	add(w, &a, 1);
	one.job.kind = &alone_kind;
	ASSERT_OK(scribe_add(&w->scribe, &one.job, &e));
	add(w, &b, 2);
	scribe_turn(&w->scribe);
	ck_assert(w->order[0] == &a && w->order[1] == &one &&
	          w->order[2] == &b);
	end(w);
}

TEST(a_stopped_scribe_runs_what_is_queued_and_takes_no_more)
{
	struct world *w = world();
	struct note a = {.key = "a"}, late = {.key = "late"};
	struct err e;

	add(w, &a, 1);
	scribe_stop(&w->scribe);
	ck_assert_int_eq(a.landed, 1);
	late.job.kind = &shared_kind;
	ASSERT_CODE(scribe_add(&w->scribe, &late.job, &e), "queue_full");
	ck_assert_int_eq(e.kind, ERR_BUSY);
	end(w);
}

/* Under way when the stop comes; it ends some time later, or at once when the
 * stop has returned without it. */
struct slow {
	struct job job;
	atomic_bool stopped, done;
};

static void run_slowly(void *ctx, struct job *j)
{
	struct slow *slow = (struct slow *)j;
	struct scribe *s = &((struct world *)ctx)->scribe;
	bool stopping = false;

	while (!stopping) {
		lock_take(&s->lock);
		stopping = s->stopping;
		lock_drop(&s->lock);
	}
	for (int ms = 0; ms < 100 && !slow->stopped; ms++)
		(void)poll(NULL, 0, 1);
	slow->done = !slow->stopped;
}

TEST(a_stop_waits_for_the_job_under_way)
{
	static const struct job_kind slow_kind = {.name = "slow",
	                                          .run = run_slowly};
	struct world *w = world();
	struct slow *slow = test_keep(xcalloc(1, sizeof(*slow)));
	struct err e;

	slow->job.kind = &slow_kind;
	ASSERT_OK(scribe_start(&w->scribe, &e));
	ASSERT_OK(scribe_add(&w->scribe, &slow->job, &e));
	scribe_stop(&w->scribe);
	slow->stopped = true;
	ck_assert(slow->done);
	end(w);
}

TEST(a_full_queue_refuses_and_the_job_stays_the_caller_s)
{
	struct world *w = world();
	struct note *many = xcalloc(SCRIBE_QUEUE_MAX + 1, sizeof(*many));
	struct err e;

	for (int i = 0; i < SCRIBE_QUEUE_MAX; i++) {
		many[i].job.kind = &alone_kind;
		ASSERT_OK(scribe_add(&w->scribe, &many[i].job, &e));
	}
	ASSERT_CODE(scribe_add(&w->scribe, &many[SCRIBE_QUEUE_MAX].job, &e),
	            "queue_full");
	w->scribe.head = NULL;
	w->scribe.tail = &w->scribe.head;
	free(many);
	end(w);
}
