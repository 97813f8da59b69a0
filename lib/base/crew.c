#include "config.h"

#include "lib/base/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

struct crew {
	crew_fn *fn;
	void *ctx;
	size_t n;
	atomic_size_t next;
};

struct member {
	struct crew *crew;
	pthread_t thread;
	size_t failed; /* the lowest of its pieces; SIZE_MAX: none */
	struct err err;
};

size_t crew_size(size_t n, size_t least)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t most = processors > 1 ? (size_t)processors : 1;
	size_t wanted = n / least;

	return wanted < 1 ? 1 : wanted < most ? wanted : most;
}

/* Each takes the next piece that nobody has taken: they rise, so the first
 * failure is the lowest. */
static void *work(void *arg)
{
	struct member *m = arg;
	struct crew *c = m->crew;
	size_t i;

	while ((i = atomic_fetch_add(&c->next, 1)) < c->n) {
		struct err e = {0};

		if (c->fn(c->ctx, i, &e) == 0 || m->failed != SIZE_MAX)
			continue;
		m->failed = i;
		m->err = e;
	}
	return NULL;
}

int crew_run(crew_fn *fn, void *ctx, size_t n, size_t threads, struct err *e)
{
	struct crew c = {.fn = fn, .ctx = ctx, .n = n};
	struct member all[CREW_MAX];
	const struct member *first = &all[0];
	size_t started = 0;

	for (size_t k = 0; k < CREW_MAX; k++)
		all[k] = (struct member){.crew = &c, .failed = SIZE_MAX};
	/* With fewer threads than wanted it takes longer, no more. */
	while (started + 1 < threads && started + 1 < CREW_MAX &&
	       pthread_create(&all[started + 1].thread, NULL, work,
	                      &all[started + 1]) == 0)
		started++;
	(void)work(&all[0]);
	for (size_t k = 1; k <= started; k++) {
		(void)pthread_join(all[k].thread, NULL);
		if (all[k].failed < first->failed)
			first = &all[k];
	}
	if (first->failed == SIZE_MAX)
		return 0;
	if (e != NULL)
		*e = first->err;
	return -1;
}
