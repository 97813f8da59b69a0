#include "config.h"

#include "server/fleet/fleet.h"

#include "lib/base/fs.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "server/fleet/attest.h"
#include "server/fleet/brake.h"
#include "server/fleet/judge.h"
#include "server/fleet/load.h"
#include "server/fleet/quarantine.h"
#include "server/fleet/reach.h"
#include "server/fleet/renew.h"
#include "server/fleet/retain.h"
#include "server/store/reports.h"
#include "server/store/settings.h"
#include "server/store/trials.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Trouble ---- */

void fleet_set_trouble(struct fleet *f, unsigned bit, bool on)
{
	if (on)
		f->trouble |= bit;
	else
		f->trouble &= ~bit;
}

void fleet_note_failure(struct fleet *f, const struct err *e)
{
	if (strcmp(e->code, "db_unsure") == 0) {
		log_error("the database cannot say what it holds: %s; ending, "
		          "so that the next start reads it from the disk",
		          e->msg);
		abort();
	}
	if (e->kind == ERR_NO_SPACE)
		fleet_set_trouble(f, TROUBLE_DISK_FULL, true);
	else if (e->kind == ERR_IO || e->kind == ERR_INTERNAL)
		fleet_set_trouble(f, TROUBLE_STORE, true);
}

void fleet_note_success(struct fleet *f)
{
	fleet_set_trouble(f, TROUBLE_DISK_FULL | TROUBLE_STORE, false);
}

void fleet_note_unsigned(struct fleet *f, const struct err *e)
{
	/* A clock in doubt is said by renew_look_at_clock(). */
	if ((f->trouble & TROUBLE_CLOCK) != 0 &&
	    strcmp(e->code, "clock_jump") == 0)
		return;
	fleet_set_trouble(
		f, e->kind == ERR_NO_SPACE ? TROUBLE_DISK_FULL : TROUBLE_SIGNER,
		true);
}

void fleet_note_journal(struct fleet *f)
{
	fleet_set_trouble(f, TROUBLE_JOURNAL,
	                  f->journal.failing || f->halt_unjournalled);
}

int64_t fleet_batch_of(struct fleet *f, int64_t device)
{
	struct device_rec d;
	size_t at;

	return index_by_key(&f->index, device, &at, &d) ? d.batch : 0;
}

static struct trial_row row_of(const struct rollout *r, size_t trial)
{
	struct trial_row row = {
		.trial = *engine_trial(r->engine, trial),
		.rollout = r->owners[trial],
	};

	row.stood_still_ms = row.trial.stood_still_ms;
	row.poll_after_s = row.trial.poll_after_s;
	return row;
}

int fleet_save_step(struct fleet *f, const struct rollout *r, size_t trial,
                    enum trial_step to, const char *image, const char *code,
                    struct err *e)
{
	struct trial_row row = row_of(r, trial);

	row.trial.step = to;
	row.trial.step_ms = fleet_now_ms(f);
	(void)snprintf(row.image, sizeof(row.image), "%s", image);
	(void)snprintf(row.code, sizeof(row.code), "%s", code);
	return trials_update(f->store, &row, e);
}

int fleet_save_pause(struct fleet *f, const struct rollout *r, size_t trial,
                     struct err *e)
{
	struct trial_row row = row_of(r, trial);

	return trials_update(f->store, &row, e);
}

int fleet_put_pause(struct store *s, int64_t rollout, int64_t since_ms,
                    struct err *e)
{
	char name[48], value[24];

	(void)snprintf(name, sizeof(name), LOAD_SETTING_PAUSE "%" PRId64,
	               rollout);
	(void)snprintf(value, sizeof(value), "%" PRId64, since_ms);
	return settings_put(s, name, value, e);
}

/* Signs afresh what is true now, and judges what came in before the stop.
 * When that cannot be signed (an offline role expired, a key is gone) the
 * pre-signed set goes out: everything is on hold. It is red, and the server
 * runs, so that halts are taken and new files can be published. */
static void begin_serving(struct fleet *f)
{
	struct err e = {0};
	struct change c = {
		.deed = {.actor = "server",
	                 .action = "server.start",
	                 .object = "",
	                 .reason = "",
	                 .request_id = ""},
		.cause = PUBLISHED_RESIGN,
	};

	if ((f->trouble & TROUBLE_NOTHING_PUBLISHED) != 0)
		return;
	if (sign_change(f, &c, &e) != 0) {
		log_warn("start: not signed or not stored: %s", e.msg);
		renew_look_at_clock(f);
		/* By a clock in doubt nothing is signed that need not be. */
		if ((f->trouble & TROUBLE_CLOCK) == 0 || brake_pull(f, &e) != 0)
			sign_at_once(f);
	}
	judge_idle(f);
}

/* A journal always numbers above what the database has. One that does not is
 * new or older: it was lost, or a backup brought the database without it, and
 * how far numbers were given out since nobody knows. Each start takes a block;
 * this is room for more of them than a backup is old. */
#define LOST_BLOCKS 1024

static int go_on_above(struct fleet *f, const struct file *file, struct err *e)
{
	if (journal_limit(&f->journal, file->role) > file->version)
		return 0;
	log_error("journal: knows less of %s than the database, a file of "
	          "another day was restored or none: versions go on well "
	          "above, and a halt that only the lost one knew is forgotten",
	          file->role);
	return journal_raise(
		&f->journal, file->role,
		file->version + LOST_BLOCKS * JOURNAL_VERSION_BLOCK, e);
}

static int check_numbers(struct fleet *f, struct err *e)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);

	/* The witness knows how far, and gives it when it is accepted. */
	if (v == NULL || *f->witness_refuses.code != '\0')
		return 0;
	for (size_t i = 0; i < view_online(v)->n_files; i++)
		if (go_on_above(f, view_online(v)->files[i], e) != 0)
			return -1;
	return 0;
}

#define SETTING_SEEN_FLOOR "seen_floor_ms"

static int load_seen_floor(struct fleet *f, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(32);
	struct err none = {0};

	if (!f->journal.was_clean) {
		f->seen_floor_ms = fleet_now_ms(f);
		buf_printf(&text, "%" PRId64, f->seen_floor_ms);
		return settings_put(f->store, SETTING_SEEN_FLOOR,
		                    buf_str(&text), e);
	}
	if (settings_get(&text, f->store, SETTING_SEEN_FLOOR, &none) != 0) {
		if (none.kind == ERR_NOT_FOUND)
			return 0;
		*e = none;
		return -1;
	}
	return num_i64(&f->seen_floor_ms, buf_str(&text), 0, NUM_JSON_MAX,
	               SETTING_SEEN_FLOOR, e);
}

/* Between batches, and at least once a second. */
static void idle(void *fleet)
{
	struct fleet *f = fleet;

	judge_idle(f);
	/* Age is a span of time: a clock in doubt tells none. */
	if ((f->trouble & TROUBLE_CLOCK) == 0)
		retain_idle(f);
}

static void rest(void *fleet)
{
	(void)fleet;
}

/* On the disk also when a killed start made it and did not come to flush
 * that. A folder above it that we may not read we have not written either. */
static int make_data_dir(const char *path, struct err *e)
{
	struct err why = {0};

	if (fs_mkdirs(path, 0750, e) != 0)
		return -1;
	if (fs_sync_dir_of(path, &why) != 0)
		log_warn("the data folder's entry is not flushed: %s", why.msg);
	return 0;
}

int fleet_open(struct fleet *f, const struct fleet_config *config,
               const struct clock *clock, struct rng *rng, struct err *e)
{
	int64_t stored;

	memset(f, 0, sizeof(*f));
	f->config = *config;
	f->clock = clock;
	f->rng = rng;
	f->journal.fd = -1;
	f->last_tick_ms = clock_mono_ms(clock) - 1000;
	f->last_flush_ms = clock_mono_ms(clock);
	f->retain_due_ms = clock_mono_ms(clock);
	index_init(&f->index, rng);
	view_slot_init(&f->view);
	intake_init(&f->intake);
	SCOPED(free)
	char *blobs = fs_join(config->data_dir, "blobs");
	SCOPED(free)
	char *journal = fs_join(config->data_dir, "journal");
	SCOPED(free)
	char *database = fs_join(config->data_dir, "pawl.db");
	if (make_data_dir(config->data_dir, e) != 0 ||
	    /* First: it keeps a second server out of all the rest. */
	    journal_open(&f->journal, journal, e) != 0 ||
	    blobs_open(&f->blobs, blobs, e) != 0 ||
	    signer_open(&f->signer, config->online_keys, config->passphrase,
	                e) != 0 ||
	    store_open(&f->store, database, clock, e) != 0)
		return -1;
	signtime_start(&f->signtime, f->journal.page.last_signed_ms, clock);
	renew_draw(f);
	scribe_init(&f->scribe, f->store, f, idle);
	scribe_init(&f->porter, NULL, f, rest);
	scribe_init(&f->publisher, NULL, f, rest);
	f->publisher.queue_max = PUBLISH_WAITING_MAX;
	f->scribe_ready = true;
	if (reports_count(&stored, f->store, e) != 0 ||
	    load_seen_floor(f, e) != 0 || enrol_load(f, e) != 0)
		return -1;
	f->stored = (uint64_t)stored;
	if (load_devices(f, e) != 0)
		return -1;
	index_loaded(&f->index);
	reach_follow(f, SIZE_MAX);
	if (load_set(f, e) != 0)
		return -1;
	attest_open(f);
	brake_load(f);
	if (check_numbers(f, e) != 0 || load_rollouts(f, e) != 0)
		return -1;
	f->opened = true;
	f->hears_since_ms = clock_mono_ms(f->clock);
	begin_serving(f);
	return 0;
}

int fleet_start(struct fleet *f, struct err *e)
{
	if (exporter_start(f, e) != 0 || scribe_start(&f->porter, e) != 0 ||
	    scribe_start(&f->scribe, e) != 0)
		return -1;
	/* Its errands go to the scribe: begun after it, ended before it. */
	return scribe_start(&f->publisher, e);
}

void fleet_close(struct fleet *f)
{
	/* What was loaded in half is neither judged nor written. */
	if (f->opened) {
		scribe_stop(&f->publisher);
		scribe_stop(&f->porter);
		scribe_stop(&f->scribe);
		judge_flush(f);
	}
	exporter_stop(f);
	if (f->scribe_ready) {
		scribe_fini(&f->publisher);
		scribe_fini(&f->porter);
		scribe_fini(&f->scribe);
	}
	live_fini(&f->live);
	free(f->quarantined);
	brake_fini(f);
	attest_close(f);
	view_slot_fini(&f->view);
	store_close(f->store);
	if (journal_close(&f->journal, f->opened && !f->halts_unsaved, NULL) !=
	    0)
		log_warn("the journal is not marked as closed");
	signer_close(&f->signer);
	blobs_close(&f->blobs);
	index_fini(&f->index);
	intake_fini(&f->intake);
}
