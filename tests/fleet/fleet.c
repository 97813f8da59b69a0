/*
 * pawl-fleet: many real device agents in one process, for the demo and for
 * tests. Options, signals, files; nothing else.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"
#include "tests/fleet/show.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The status file is rewritten, and the end looked for, so often. */
#define TICK_MS 200
#define STATUS_MAX ((size_t)65536)
#define SUMMARY_MAX ((size_t)64 << 20)
/* Before this many answers a device has not heard what there is to do. */
#define POLLS_MIN 3

enum end { END_NOT, END_ASKED, END_DONE, END_TIMEOUT, END_BROKEN };

struct events {
	pthread_mutex_t lock;
	FILE *file; /* NULL: nobody wants them */
};

static void put_event(void *ctx, const struct profile *p, const char *what,
                      const char *text)
{
	struct events *v = ctx;
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(4096);
	struct jw w;

	if (v->file == NULL)
		return;
	jw_init(&w, &line);
	jw_object(&w);
	jw_put_int(&w, "at_ms", clock_utc_ms(&clock_system));
	jw_put_str(&w, "id", p->id);
	jw_put_str(&w, "hw", p->hw);
	jw_put_str(&w, "region", p->region);
	jw_put_str(&w, "event", what);
	jw_put_str(&w, "text", text);
	jw_end_object(&w);
	(void)pthread_mutex_lock(&v->lock);
	fprintf(v->file, "%s\n", buf_str(&line));
	(void)pthread_mutex_unlock(&v->lock);
}

static int write_status(const struct options *o, const struct show_sums *s,
                        struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(STATUS_MAX);
	struct jw w;

	if (o->status == NULL)
		return 0;
	jw_init(&w, &out);
	jw_object(&w);
	show_put_sums(&w, s);
	jw_end_object(&w);
	buf_putc(&out, '\n');
	return fs_write(o->status, out.data, out.len, 0600, e);
}

static bool is_over(const struct options *o, const struct show_sums *s)
{
	if (o->until_version != NULL &&
	    show_running(s, o->until_version) < s->devices)
		return false;
	if (o->until_idle &&
	    (s->idle < s->devices || s->polls < POLLS_MIN * s->devices))
		return false;
	return o->until_version != NULL || o->until_idle;
}

/* Sleeps a tick; true when a signal asked for the end. */
static bool is_asked(const sigset_t *signals)
{
	struct timespec tick = {0, TICK_MS * 1000000L};

	return sigtimedwait(signals, NULL, &tick) > 0;
}

static enum end watch(struct workers *w, const struct options *o,
                      const sigset_t *signals, struct err *e)
{
	int64_t began = clock_mono_ms(&clock_system);

	for (;;) {
		struct show_sums s;

		if (is_asked(signals))
			return END_ASKED;
		show_sum(&s, w, o);
		if (write_status(o, &s, e) != 0 || !workers_are_well(w))
			return END_BROKEN;
		if (is_over(o, &s))
			return END_DONE;
		if (o->timeout_s > 0 &&
		    clock_mono_ms(&clock_system) - began >= o->timeout_s * 1000)
			return END_TIMEOUT;
	}
}

static int put_summary(struct workers *w, const struct options *o, enum end end,
                       struct err *e)
{
	static const char *const ends[] = {"", "asked", "done", "timeout",
	                                   "broken"};
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(SUMMARY_MAX);
	struct show_sums s;
	struct jw j;

	show_sum(&s, w, o);
	jw_init(&j, &out);
	jw_object(&j);
	jw_put_str(&j, "end", ends[end]);
	jw_put_int(&j, "seed", o->seed);
	show_put_sums(&j, &s);
	if (show_put_devices(&j, w, o, e) != 0)
		return -1;
	jw_end_object(&j);
	if (buf_failed(&out))
		return err_set(e, ERR_TOO_LARGE, "summary: above %zu bytes",
		               out.max_bytes);
	puts(buf_str(&out));
	return write_status(o, &s, e);
}

static int run(const struct options *o, struct events *events, enum end *end,
               struct err *e)
{
	SCOPED(workers_free)
	struct workers *w = NULL;
	sigset_t signals;

	/* Blocked before any thread starts, so that only watch() sees them. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (fs_mkdirs(o->state, 0700, e) != 0)
		return -1;
	w = workers_start(o, put_event, events, e);
	if (w == NULL)
		return -1;
	*end = watch(w, o, &signals, e);
	if (workers_stop(w, e) != 0)
		return -1;
	return put_summary(w, o, *end, e);
}

int main(int argc, char **argv)
{
	struct events events = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct options o;
	struct err e = {0};
	enum end end = END_NOT;
	int status = options_read(&o, argc, argv);

	if (status < 0) {
		key_library_init();
		if (o.events != NULL)
			events.file = fopen(o.events, "ae");
		status = run(&o, &events, &end, &e) == 0 &&
		                         (end == END_ASKED || end == END_DONE)
		                 ? 0
		                 : 1;
		if (e.kind != ERR_NONE)
			fprintf(stderr, "pawl-fleet: %s\n", e.msg);
		if (events.file != NULL)
			(void)fclose(events.file);
	}
	options_fini(&o);
	return status;
}
