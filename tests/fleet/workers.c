#include "config.h"

#include "tests/fleet/workers.h"

#include "lib/base/mem.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

/* A sleeping thread looks so often whether it is to end. */
#define NAP_MAX_MS 50
/* Reports that nobody takes do not hold the end up. */
#define DRAIN_MS 5000

struct worker {
	struct workers *all;
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* of shown[] */
	struct life *lives;   /* this thread's alone while it runs */
	struct life_seen *shown;
	size_t n;
	struct net *net;
	atomic_bool is_well;
	struct err err;
};

struct workers {
	struct worker *items;
	size_t n;
	atomic_bool stop;
};

static struct life *next_due(struct worker *w)
{
	struct life *first = &w->lives[0];

	for (size_t i = 1; i < w->n; i++)
		if (w->lives[i].due_ms < first->due_ms)
			first = &w->lives[i];
	return first;
}

static int step(struct worker *w, struct life *l)
{
	int result = life_step(l, &w->err);

	(void)pthread_mutex_lock(&w->lock);
	w->shown[l - w->lives] = l->seen;
	(void)pthread_mutex_unlock(&w->lock);
	return result;
}

/* A device with something to finish before the end. */
static bool is_busy(const struct life *l)
{
	return l->agent == NULL || l->seen.pending > 0;
}

static bool nap_until(int64_t due_ms, int64_t now_ms)
{
	if (due_ms <= now_ms)
		return false;
	(void)poll(NULL, 0,
	           due_ms - now_ms < NAP_MAX_MS ? (int)(due_ms - now_ms)
	                                        : NAP_MAX_MS);
	return true;
}

static int live(struct worker *w)
{
	while (!atomic_load(&w->all->stop)) {
		struct life *l = next_due(w);

		if (nap_until(l->due_ms, clock_mono_ms(&clock_system)))
			continue;
		if (step(w, l) != 0)
			return -1;
	}
	return 0;
}

static int drain(struct worker *w)
{
	int64_t now = clock_mono_ms(&clock_system), end = now + DRAIN_MS;

	for (size_t i = 0; i < w->n; i++) {
		struct life *l = &w->lives[i];

		while (is_busy(l) && (now < end || l->agent == NULL)) {
			if (!nap_until(l->due_ms, now) && step(w, l) != 0)
				return -1;
			now = clock_mono_ms(&clock_system);
		}
	}
	return 0;
}

static void *run(void *arg)
{
	struct worker *w = arg;

	if (live(w) != 0 || drain(w) != 0)
		atomic_store(&w->is_well, false);
	return NULL;
}

static int fill(struct worker *w, struct workers *all, size_t index,
                const struct options *o, struct err *e)
{
	size_t n = (size_t)o->devices;

	w->all = all;
	w->net = net_new(NULL);
	(void)pthread_mutex_init(&w->lock, NULL);
	atomic_init(&w->is_well, true);
	w->lives = xcalloc(n / all->n + 1, sizeof(*w->lives));
	w->shown = xcalloc(n / all->n + 1, sizeof(*w->shown));
	for (size_t i = index; i < n; i += all->n)
		if (life_init(&w->lives[w->n++], o, i, net_door(w->net), e) !=
		    0)
			return -1;
	return 0;
}

struct workers *workers_start(const struct options *o, life_event_fn *event,
                              void *event_ctx, struct err *e)
{
	SCOPED(workers_free)
	struct workers *w = xcalloc(1, sizeof(*w));

	w->n = (size_t)(o->threads < o->devices ? o->threads : o->devices);
	w->items = xcalloc(w->n, sizeof(*w->items));
	for (size_t i = 0; i < w->n; i++) {
		if (fill(&w->items[i], w, i, o, e) != 0)
			return NULL;
		for (size_t k = 0; k < w->items[i].n; k++) {
			w->items[i].lives[k].event = event;
			w->items[i].lives[k].event_ctx = event_ctx;
		}
	}
	for (size_t i = 0; i < w->n; i++) {
		struct worker *one = &w->items[i];

		if (pthread_create(&one->thread, NULL, run, one) != 0) {
			(void)err_set(e, ERR_INTERNAL, "no thread to be had");
			return NULL;
		}
		one->has_thread = true;
	}
	return MOVE(w);
}

int workers_stop(struct workers *w, struct err *e)
{
	int result = 0;

	atomic_store(&w->stop, true);
	for (size_t i = 0; i < w->n; i++) {
		struct worker *one = &w->items[i];

		if (one->has_thread)
			(void)pthread_join(one->thread, NULL);
		one->has_thread = false;
		if (!atomic_load(&one->is_well)) {
			*e = one->err;
			result = -1;
		}
	}
	return result;
}

void workers_free(struct workers *w)
{
	struct err ignored;

	if (w == NULL)
		return;
	(void)(workers_stop(w, &ignored) != 0);
	for (size_t i = 0; i < w->n; i++) {
		struct worker *one = &w->items[i];

		for (size_t k = 0; k < one->n; k++)
			life_fini(&one->lives[k]);
		free(one->lives);
		free(one->shown);
		net_free(one->net);
		if (one->all != NULL)
			(void)pthread_mutex_destroy(&one->lock);
	}
	free(w->items);
	free(w);
}

void workers_look(struct life_seen *out, struct workers *w, size_t number)
{
	struct worker *one = &w->items[number % w->n];

	(void)pthread_mutex_lock(&one->lock);
	*out = one->shown[number / w->n];
	(void)pthread_mutex_unlock(&one->lock);
}

bool workers_are_well(struct workers *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!atomic_load(&w->items[i].is_well))
			return false;
	return true;
}

const struct life *workers_life(const struct workers *w, size_t number)
{
	return &w->items[number % w->n].lives[number / w->n];
}
