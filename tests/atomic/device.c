#include "config.h"

#include "tests/atomic/device.h"

#include "device/agent_internal.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/device/fakes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 600
#define POLLS_MAX 30

/* ---- Moments ---- */

static void hear(struct device_heard *out, const struct fake_server *f)
{
	memcpy(out->reports, f->reports, sizeof(out->reports));
	out->n_reports = f->n_reports;
	out->seq = f->seq;
	out->enrols = f->enrols;
	out->checkins = f->checkins;
	out->wants = f->wants;
}

/* The server is no part of the disk that is crashed: it knows what it knew. */
static void recall(struct fake_server *f, const struct device_heard *h)
{
	memcpy(f->reports, h->reports, sizeof(f->reports));
	f->n_reports = h->n_reports;
	f->seq = h->seq;
	f->enrols = h->enrols;
	f->checkins = h->checkins;
	f->wants = h->wants;
}

static const char *key_path(const struct device_world *w)
{
	return test_keep(fs_join(w->d.dir, IDENTITY_FILE));
}

static struct device_moment *add_moment(struct device_world *w)
{
	struct device_moment *m;

	VEC_GROW(&w->moments);
	m = &w->moments.items[w->moments.len++];
	*m = w->moments.len > 1 ? m[-1] : (struct device_moment){0};
	m->from = w->log.ops.len;
	hear(&m->heard, w->f);
	if (m->key == NULL && w->f->enrols > 0)
		m->key = fake_content(key_path(w));
	return m;
}

/* Before each step of the disk: whether the server heard something. */
static void listen(void *ctx, size_t op)
{
	struct device_world *w = ctx;
	const struct device_heard *last =
		&w->moments.items[w->moments.len - 1].heard;

	(void)op;
	if (last->n_reports != w->f->n_reports || last->seq != w->f->seq ||
	    last->enrols != w->f->enrols || last->checkins != w->f->checkins)
		(void)add_moment(w);
}

static int64_t latched_rev(const struct device_world *w)
{
	const struct state_latch *l =
		state_latch_find(w->d.agent->s, w->f->plan.id);

	return l != NULL ? l->rev : 0;
}

static void promise_items(struct device_moment *m, const struct outbox *o)
{
	for (size_t i = 0; i < outbox_pending(o); i++) {
		const struct report_item *item = outbox_item(o, i);
		size_t k = 0;

		while (k < m->n_items && m->items[k].seq != item->seq)
			k++;
		ck_assert_uint_lt(k, ARRAY_LEN(m->items));
		m->items[k] = (struct device_item){item->seq, item->step};
		m->n_items = k < m->n_items ? m->n_items : k + 1;
	}
}

/* After a step of the agent: what it has saved holds from here on. What only
 * waits to be saved does not. */
static void promise(struct device_world *w)
{
	const struct agent *a = w->d.agent;
	struct device_moment *m = add_moment(w);

	promise_items(m, a->outbox);
	if (a->unsaved)
		return;
	m->counter = a->s->counter;
	m->floor_s = a->s->floor_s;
	m->latched_rev = latched_rev(w);
	m->n_confirmed = a->s->n_confirmed;
	m->n_failed = a->s->n_failed;
}

static size_t moment_at(const struct crashes *c, size_t point)
{
	const struct device_world *w = c->ctx;
	size_t i = w->moments.len - 1;

	while (i > 0 && w->moments.items[i].from > point)
		i--;
	return i;
}

/* ---- Living ---- */

static int power_on(struct device_world *w, struct err *e)
{
	struct fake_device *d = &w->d;

	d->agent = NULL;
	if (agent_open(&d->agent, &d->p, d->dir, &d->host, e) == 0)
		return 0;
	err_context(e, "it does not start");
	return -1;
}

static void power_off(struct device_world *w)
{
	agent_free(w->d.agent);
	w->d.agent = NULL;
}

/* Until it waits, or `until` comes about. */
static int run(struct device_world *w,
               bool (*until)(const struct device_world *), struct err *e)
{
	struct fake_device *d = &w->d;

	for (int i = 0; i < STEPS_MAX; i++) {
		if (agent_poll(d->agent, &d->due_ms, e) != 0)
			return -1;
		promise(w);
		if (d->due_ms > clock_mono_ms(&w->f->clock.clock) ||
		    (until != NULL && until(w)))
			return 0;
	}
	return err_set(e, ERR_INTERNAL, "it never waits");
}

static int come_to_an_end(struct device_world *w, struct err *e)
{
	for (int i = 0; i < POLLS_MAX; i++) {
		int64_t now = clock_mono_ms(&w->f->clock.clock);

		if (run(w, NULL, e) != 0)
			return -1;
		if (w->is_done(w) && outbox_pending(w->d.agent->outbox) == 0)
			return 0;
		if (w->d.due_ms > now)
			clock_manual_advance(&w->f->clock, w->d.due_ms - now);
	}
	return err_set(e, ERR_INTERNAL, "it comes to no end: %s",
	               fake_server_steps(w->f));
}

int device_live(struct device_world *w, struct err *e)
{
	if (power_on(w, e) != 0)
		return -1;
	promise(w);
	return come_to_an_end(w, e);
}

static bool is_under_way(const struct device_world *w)
{
	return w->d.agent->s->attempt.phase == ATTEMPT_INSTALLED;
}

int device_live_twice(struct device_world *w, struct err *e)
{
	if (power_on(w, e) != 0)
		return -1;
	promise(w);
	if (run(w, is_under_way, e) != 0)
		return -1;
	power_off(w);
	return device_live(w, e);
}

bool device_has_failed(const struct device_world *w)
{
	return w->d.agent->s->n_failed > 0 &&
	       w->d.agent->s->attempt.phase == ATTEMPT_NONE;
}

bool device_is_latched(const struct device_world *w)
{
	return latched_rev(w) > 0;
}

/* ---- Judging ---- */

static int lost(struct err *e, const char *what)
{
	return err_set(e, ERR_INTERNAL, "%s is lost", what);
}

static int check_promise(const struct device_world *w,
                         const struct device_moment *m, struct err *e)
{
	const struct device_state *s = w->d.agent->s;

	if (m->key != NULL && (!fs_exists(key_path(w)) ||
	                       strcmp(fake_content(key_path(w)), m->key) != 0))
		return lost(e, "the key that the server knows");
	if (s->counter < m->counter)
		return lost(e, "the security counter");
	if (s->floor_s < m->floor_s)
		return lost(e, "the floor of time");
	if (latched_rev(w) < m->latched_rev ||
	    (m->latched_rev > 0 && fake_device_is_updated(&w->d)))
		return lost(e, "a latch");
	if (s->n_confirmed < m->n_confirmed)
		return lost(e, "a confirmed plan");
	return s->n_failed < m->n_failed ? lost(e, "a failed plan") : 0;
}

/* Whatever the loader thinks: the bytes in the slot that runs. */
static int check_image(const struct device_world *w, struct err *e)
{
	struct agent_view v = fake_device_look(&w->d);
	char hex[SHA256_HEX_SIZE];
	int64_t length;

	if (hash_file(hex, &length, v.active_path, e) != 0)
		return -1;
	if (strcmp(hex, v.running_sha256) != 0 ||
	    (strcmp(hex, w->d.p.image.sha256) != 0 &&
	     strcmp(hex, w->f->plan.release_sha256) != 0))
		return err_set(e, ERR_INTERNAL, "it runs what nobody signed");
	return 0;
}

static const struct fake_report *report(const struct fake_server *f,
                                        int64_t seq)
{
	for (size_t i = 0; i < f->n_reports; i++)
		if (f->reports[i].seq == seq)
			return &f->reports[i];
	return NULL;
}

static int check_reports(const struct device_world *w,
                         const struct device_moment *m, struct err *e)
{
	const struct fake_server *f = w->f;

	for (size_t i = 0; i < m->n_items; i++) {
		const struct fake_report *r = report(f, m->items[i].seq);

		if (r == NULL ||
		    strcmp(r->step, report_step_name(m->items[i].step)))
			return err_set(e, ERR_INTERNAL,
			               "report %" PRId64 " is %s",
			               m->items[i].seq,
			               r == NULL ? "lost" : "another");
	}
	for (size_t i = 0; i < f->n_reports; i++) {
		const struct fake_report *r = report(f, f->reports[i].seq);

		if (strcmp(r->step, f->reports[i].step) != 0 ||
		    strcmp(r->code, f->reports[i].code) != 0 ||
		    r->attempt != f->reports[i].attempt)
			return err_set(e, ERR_INTERNAL,
			               "report %" PRId64 " is told twice, and "
			               "differs",
			               r->seq);
	}
	return 0;
}

static void enter(struct device_world *w, const char *folder, size_t at)
{
	w->moments.len = at + 1;
	recall(w->f, &w->moments.items[at].heard);
	buf_reset(&w->d.events);
	w->d.dir = fs_join(folder, "device");
}

static int judge(const struct crashes *c, const char *folder, size_t point,
                 struct err *e)
{
	struct device_world *w = c->ctx;
	const struct device_moment m = w->moments.items[moment_at(c, point)];

	enter(w, folder, moment_at(c, point));
	if (power_on(w, e) != 0 || check_promise(w, &m, e) != 0 ||
	    check_image(w, e) != 0)
		return -1;
	promise(w);
	if (come_to_an_end(w, e) != 0 || check_promise(w, &m, e) != 0 ||
	    check_image(w, e) != 0)
		return -1;
	return check_reports(w, &m, e);
}

static int again(const struct crashes *c, const char *folder, size_t point,
                 struct err *e)
{
	struct device_world *w = c->ctx;

	enter(w, folder, moment_at(c, point));
	return device_live(w, e);
}

/* ---- Recording ---- */

void device_begin(struct device_world *w)
{
	struct err e;

	*w = (struct device_world){0};
	w->f = fake_server_new();
	fake_server_publish(w->f);
	ASSERT_OK(fs_mkdir(test_path("disk"), 0700, &e));
	fake_device_in(&w->d, w->f, test_path("disk/device"));
	disk_log_begin(&w->log, test_path("disk"));
	(void)add_moment(w);
	w->log.before = listen;
	w->log.ctx = w;
}

void device_survived(struct device_world *w, const char *name,
                     bool same_flushes)
{
	struct crashes c = {.name = name,
	                    .log = &w->log,
	                    .judge = judge,
	                    .again = again,
	                    .moment = moment_at,
	                    .ctx = w,
	                    .same_flushes = same_flushes};

	power_off(w);
	crashes_survived(&c);
	fake_device_free(&w->d);
	fake_server_free(w->f);
	disk_log_fini(&w->log);
	free(w->moments.items);
}
