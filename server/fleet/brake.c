#include "config.h"

#include "server/fleet/brake.h"

#include "lib/base/fs.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/fleet/attest.h"
#include "server/fleet/exporter.h"
#include "server/fleet/sign.h"
#include "server/repo/all_hold.h"
#include "server/repo/gate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* After a failed writing. Milliseconds. */
#define RETRY_MS 5000

static char *path_of(const struct fleet *f)
{
	return fs_join(f->config.data_dir, "hold");
}

static void replace(struct online **place, struct online *with)
{
	online_unref(*place);
	*place = with;
}

static int64_t believed_s(const struct fleet *f)
{
	return signtime_now_ms(&f->signtime, f->clock) / 1000;
}

/* ---- Making and keeping ---- */

static struct online *sign_hold(struct fleet *f, struct online_maker *m,
                                const struct view *v, struct err *e)
{
	SCOPED(free)
	struct cell *cells = NULL;
	size_t n = 0;
	SCOPED(free)
	struct online_rollout *rollouts =
		live_for_online(&f->live, m->now_s, &n, &cells);

	for (size_t i = 0; i < n; i++)
		rollouts[i].hold = true;
	return online_new(m, view_set(v), view_online(v), rollouts, n, e);
}

/* What may be past its expiry by now is judged just before it: all else about
 * it must hold. */
static int check(struct online *o, const struct view *current, int64_t now_s,
                 struct err *e)
{
	SCOPED(view_put)
	struct view *v = view_new(o->set, o, current);

	for (size_t i = 0; i < o->n_files; i++)
		if (file_expires_s(o->files[i]) <= now_s)
			now_s = file_expires_s(o->files[i]) - 1;
	return gate_check_online(v, current, now_s, e);
}

void brake_make(struct fleet *f, struct online_maker *m, const struct view *v)
{
	struct err e = {0};
	struct online *o = sign_hold(f, m, v, &e);

	/* When nothing goes on it is what is published, and was judged. */
	if (o != NULL && !online_is_same(o, view_online(v)) &&
	    check(o, v, m->now_s, &e) != 0) {
		online_unref(o);
		o = NULL;
	}
	replace(&f->hold_next, o);
	if (o == NULL)
		log_error("there is no pre-signed all-hold set: %s", e.msg);
	fleet_set_trouble(f, TROUBLE_BRAKE, o == NULL);
}

static int write_sets(struct fleet *f, struct err *e)
{
	const struct online *const sets[] = {f->hold_next, f->hold};
	SCOPED(free)
	char *path = path_of(f);

	return all_hold_write(path, sets, ARRAY_LEN(sets), e);
}

void brake_keep(struct fleet *f)
{
	struct err e = {0};

	if (f->hold_next == NULL && f->hold == NULL)
		return;
	f->hold_unkept = write_sets(f, &e) != 0;
	if (!f->hold_unkept)
		return;
	log_error("the pre-signed all-hold set is not on the disk: %s", e.msg);
	fleet_set_trouble(f, TROUBLE_BRAKE, true);
}

void brake_retry(struct fleet *f)
{
	int64_t mono = clock_mono_ms(f->clock);

	if (!f->hold_unkept || f->hold == NULL ||
	    mono - f->last_hold_try_ms < RETRY_MS)
		return;
	f->last_hold_try_ms = mono;
	if (write_sets(f, NULL) != 0)
		return; /* said when it failed first */
	log_info("the pre-signed all-hold set is on the disk again");
	f->hold_unkept = false;
	fleet_set_trouble(f, TROUBLE_BRAKE, false);
}

void brake_adopt(struct fleet *f)
{
	replace(&f->hold, f->hold_next);
	f->hold_next = NULL;
	f->held = false;
	fleet_set_trouble(f, TROUBLE_HELD, false);
}

void brake_drop(struct fleet *f)
{
	replace(&f->hold_next, NULL);
	if (f->hold_unkept)
		fleet_set_trouble(f, TROUBLE_BRAKE, true);
}

void brake_fini(struct fleet *f)
{
	replace(&f->hold, NULL);
	replace(&f->hold_next, NULL);
}

/* ---- Publishing ---- */

void brake_stay(struct fleet *f)
{
	f->held = true;
	f->online_stale = true;
	fleet_set_trouble(f, TROUBLE_HELD, true);
}

/* The swap came first; a database that refuses does not undo it. */
static void save(struct fleet *f)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	const struct deed deed = {.actor = "server",
	                          .action = "online.hold",
	                          .object = "",
	                          .reason = "the signer failed",
	                          .request_id = ""};
	struct err e = {0};

	if (store_begin(f->store, &e) != 0)
		goto failed;
	if (sign_save(f, v, PUBLISHED_HALT, "server", &e) == 0 &&
	    sign_audit(f, &deed, &e) == 0 && store_commit(f->store, &e) == 0) {
		attest_seen(f, v);
		return;
	}
	store_rollback(f->store);
failed:
	log_error("the all-hold set is published, not yet in the database: %s",
	          e.msg);
	fleet_note_failure(f, &e);
}

int brake_pull(struct fleet *f, struct err *e)
{
	SCOPED(view_put)
	struct view *current = view_get(&f->view);

	if (f->held)
		return 0;
	if (f->hold == NULL || current == NULL ||
	    f->hold->set != view_set(current) ||
	    !all_hold_is_above(f->hold, view_online(current), true))
		return err_code(e, ERR_NOT_FOUND, "no_hold_set",
		                "no pre-signed all-hold set fits what is "
		                "published");
	if (attest_check(f, view_set(current), e) != 0 ||
	    check(f->hold, current, believed_s(f), e) != 0)
		return -1;
	view_swap(&f->view, view_new(f->hold->set, f->hold, current));
	exporter_poke(f);
	brake_stay(f);
	log_warn("the signer failed: the pre-signed set with everything on "
	         "hold is published, timestamp %" PRId64,
	         f->hold->timestamp_version);
	save(f);
	return 0;
}

/* ---- Start ---- */

void brake_load(struct fleet *f)
{
	SCOPED(view_put)
	struct view *current = view_get(&f->view);
	struct online *sets[ALL_HOLD_SETS_MAX] = {0};
	struct err e = {0};
	size_t n = 0;
	SCOPED(free)
	char *path = path_of(f);

	if (current == NULL)
		return;
	if (all_hold_read(sets, &n, path, view_set(current), &e) != 0 &&
	    e.kind != ERR_NOT_FOUND)
		log_error("%s", e.msg);
	for (size_t i = 0; i < n; i++) {
		/* One may be of a publish that did not happen: it lists files
		 * that nobody has. */
		if (f->hold == NULL && online_lists_set(sets[i]) &&
		    all_hold_is_above(sets[i], view_online(current), true) &&
		    check(sets[i], current, believed_s(f), &e) == 0)
			f->hold = online_ref(sets[i]);
		online_unref(sets[i]);
	}
}
