#include "config.h"

#include "server/fleet/exporter.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/fleet/fleet.h"
#include "server/repo/export.h"

/* After a failure, and against a poke that came between two looks. */
#define AGAIN_MS 30000
/* For the last copy, when the server stops. */
#define LAST_MS 5000

int exporter_turn(struct fleet *f, struct err *e)
{
	struct exporter *x = &f->exporter;
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	struct set *set;
	bool stands = x->done_view != NULL &&
	              export_stands(f->config.export_dir, x->done_view);

	if (v == NULL || (v == x->done_view && stands))
		return 0;
	set = view_set(v);
	if (x->done_view != NULL && !stands)
		log_warn("export: something took files out of %s; all are "
		         "written again",
		         f->config.export_dir);
	if (export_view(f->config.export_dir, v, stands && set == x->done_set,
	                &f->blobs, &x->give_up, e) != 0) {
		fleet_set_trouble(f, TROUBLE_EXPORT, true);
		return -1;
	}
	fleet_set_trouble(f, TROUBLE_EXPORT, false);
	set_unref(x->done_set);
	x->done_set = set_ref(set);
	view_unref(x->done_view);
	x->done_view = view_ref(v);
	return 0;
}

/* What changed before the stop is still written. */
static bool wait_for_news(struct exporter *x)
{
	bool again;

	lock_take(&x->lock);
	if (!x->poked && !x->stopping)
		lock_wait(&x->lock, &x->wake, AGAIN_MS);
	again = x->poked || !x->stopping;
	x->poked = false;
	lock_drop(&x->lock);
	return again;
}

static void say_ended(struct exporter *x)
{
	lock_take(&x->lock);
	x->has_ended = true;
	(void)pthread_cond_signal(&x->ended);
	lock_drop(&x->lock);
}

static void *loop(void *arg)
{
	struct fleet *f = arg;
	bool failed = false;

	do {
		struct err e = {0};
		bool fails = exporter_turn(f, &e) != 0;

		if (fails && !failed)
			log_error("export: %s; what stands in %s is older than "
			          "what is published",
			          e.msg, f->config.export_dir);
		else if (failed && !fails)
			log_info("export: %s is current again",
			         f->config.export_dir);
		failed = fails;
	} while (wait_for_news(&f->exporter));
	say_ended(&f->exporter);
	return NULL;
}

int exporter_start(struct fleet *f, struct err *e)
{
	struct exporter *x = &f->exporter;
	int errnum;

	if (f->config.export_dir == NULL || *f->config.export_dir == '\0')
		return 0;
	lock_init(&x->lock, LOCK_RANK_LEAF, "exporter");
	lock_cond_init(&x->wake);
	lock_cond_init(&x->ended);
	x->begun = true;
	errnum = pthread_create(&x->thread, NULL, loop, f);
	if (errnum != 0)
		return err_errno(e, errnum, "exporter thread");
	x->running = true;
	return 0;
}

void exporter_poke(struct fleet *f)
{
	struct exporter *x = &f->exporter;

	if (!x->begun)
		return;
	lock_take(&x->lock);
	x->poked = true;
	(void)pthread_cond_signal(&x->wake);
	lock_drop(&x->lock);
}

static void end_thread(struct exporter *x)
{
	int64_t now = clock_mono_ms(&clock_system), end = now + LAST_MS;

	lock_take(&x->lock);
	x->stopping = true;
	(void)pthread_cond_signal(&x->wake);
	for (; !x->has_ended && now < end; now = clock_mono_ms(&clock_system))
		lock_wait(&x->lock, &x->ended, (long)(end - now));
	lock_drop(&x->lock);
	x->give_up = true;
	(void)pthread_join(x->thread, NULL);
	x->running = false;
}

void exporter_stop(struct fleet *f)
{
	struct exporter *x = &f->exporter;

	if (x->running)
		end_thread(x);
	if (x->begun) {
		(void)pthread_cond_destroy(&x->wake);
		(void)pthread_cond_destroy(&x->ended);
		lock_fini(&x->lock);
		x->begun = false;
	}
	set_unref(x->done_set);
	view_unref(x->done_view);
	x->done_set = NULL;
	x->done_view = NULL;
}
