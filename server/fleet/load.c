#include "config.h"

#include "server/fleet/load.h"

#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "server/fleet/epoch.h"
#include "server/fleet/exclude.h"
#include "server/fleet/holds.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/lineage.h"
#include "server/fleet/precede.h"
#include "server/fleet/reach.h"
#include "server/fleet/retry.h"
#include "server/fleet/share.h"
#include "server/fleet/written.h"
#include "server/store/devices.h"
#include "server/store/halts.h"
#include "server/store/metadata.h"
#include "server/store/published.h"
#include "server/store/rollouts.h"
#include "server/store/settings.h"
#include "server/store/trials.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_MAX ((size_t)64 << 20)

static int load_device(void *ctx, const struct device_row *d, struct err *e)
{
	struct fleet *f = ctx;
	struct cohort c = {0};
	struct device_rec r = {
		.key = d->key,
		.enrolled_ms = d->enrolled_ms,
		.window = {.mark = d->window.mark, .bits = d->window.bits},
		.image = IMAGE_NONE,
		.last_attempt = (uint32_t)d->last_attempt,
		.batch = (int32_t)d->batch,
		.clone_alarms = (uint32_t)d->clone_alarms,
		.poll_after_s = f->config.poll_after_s,
		.checked_in = d->first_checkin_ms > 0,
		.revoked = d->revoked_ms > 0,
	};
	size_t i;

	if (hex_decode(r.id, sizeof(r.id), d->id) != 0)
		return err_set(e, ERR_IO, "device %" PRId64 ": bad id", d->key);
	memcpy(r.window.hashes, d->window.hashes, sizeof(r.window.hashes));
	memcpy(r.token_hash, d->token_hash, SHA256_SIZE);
	r.alarm = index_alarm_hash(&f->index, d->alarm);
	r.audited_ms = d->alarm_ms;
	r.has_key = d->public_key_len == sizeof(r.public_key);
	if (r.has_key)
		memcpy(r.public_key, d->public_key, sizeof(r.public_key));
	memcpy(c.product, d->product, sizeof(c.product));
	memcpy(c.hw, d->hw, sizeof(c.hw));
	memcpy(c.region, d->region, sizeof(c.region));
	memcpy(c.channel, d->channel, sizeof(c.channel));
	r.cohort = index_cohort(&f->index, &c);
	i = index_add(&f->index, &r);
	if (d->last_seen_ms > 0 && *d->running.sha256 != '\0') {
		index_load_seen(&f->index, i, d->last_seen_ms, r.poll_after_s,
		                d->running.sha256, d->running.version,
		                d->running.counter);
	}
	return 0;
}

int load_devices(struct fleet *f, struct err *e)
{
	return devices_each(f->store, load_device, f, e);
}

struct loading {
	struct fleet *f;
	struct file **items;
	size_t len, cap;
	int64_t root_version;
};

static int keep(struct loading *l, const struct metadata_row *m, struct err *e)
{
	char name[TUF_ROLE_MAX + 32];
	struct file *file;

	if (strcmp(m->role, "timestamp") == 0)
		(void)snprintf(name, sizeof(name), "timestamp.json");
	else
		(void)snprintf(name, sizeof(name), "%" PRId64 ".%s.json",
		               m->version, m->role);
	file = file_new(name, m->version, m->bytes, m->len, e);
	if (file == NULL)
		return -1;
	VEC_GROW(l);
	l->items[l->len++] = file;
	return 0;
}

static int load_current(void *ctx, const struct metadata_row *m, struct err *e)
{
	struct loading *l = ctx;

	if (strcmp(m->role, "root") == 0)
		l->root_version = m->version;
	return keep(l, m, e);
}

/* The roots below the current one. */
static int load_roots(struct loading *l, struct err *e)
{
	for (int64_t v = 1; v < l->root_version; v++) {
		SCOPED(buf_fini)
		struct buf bytes = BUF_INIT(METADATA_MAX);
		struct metadata_row m = {0};

		if (metadata_find(&m, &bytes, l->f->store, "root", v, e) != 0)
			return -1;
		m.bytes = buf_str(&bytes);
		m.len = bytes.len;
		if (keep(l, &m, e) != 0)
			return -1;
	}
	return 0;
}

static bool is_online(const struct file *file)
{
	return strcmp(file->role, "timestamp") == 0 ||
	       strcmp(file->role, "snapshot") == 0 ||
	       strncmp(file->role, "rollout.", 8) == 0;
}

/* What was signed before the stop: for its version numbers, and for files
 * that are still young. */
static struct online *online_before(const struct loading *l, struct set *set)
{
	struct online *o = online_begin(set, l->len, 0);

	for (size_t i = 0; i < l->len; i++) {
		if (!is_online(l->items[i]))
			continue;
		l->items[i]->expires_s = file_expires_s(l->items[i]);
		o->files[o->n_files++] = file_ref(l->items[i]);
		if (strcmp(l->items[i]->role, "timestamp") == 0)
			o->timestamp_version = l->items[i]->version;
		else if (strcmp(l->items[i]->role, "snapshot") == 0)
			o->snapshot_version = l->items[i]->version;
	}
	return o;
}

static int read_plan(void *ctx, const struct tuf_target *entry, struct buf *out,
                     struct err *e)
{
	const struct fleet *f = ctx;

	return blobs_read(&f->blobs, entry->sha256, out, e);
}

int load_set(struct fleet *f, struct err *e)
{
	struct loading l = {.f = f};
	struct set *set = NULL;
	struct file **offline;
	size_t n = 0;
	int result = -1;

	if (published_each(f->store, load_current, &l, e) != 0 ||
	    load_roots(&l, e) != 0)
		goto out;
	if (l.len == 0) {
		fleet_set_trouble(f, TROUBLE_NOTHING_PUBLISHED, true);
		result = 0;
		goto out;
	}
	offline = xcalloc(l.len, sizeof(struct file *));
	for (size_t i = 0; i < l.len; i++)
		if (!is_online(l.items[i]))
			offline[n++] = l.items[i];
	set = set_new(offline, n, NULL, read_plan, f, e);
	free(offline);
	if (set == NULL) {
		err_context(e, "what was published");
		goto out;
	}
	/* It was verified when it was published. */
	set_settle(set);
	struct online *before = online_before(&l, set);
	view_swap(&f->view, view_new(set, before, NULL));
	online_unref(before);
	result = 0;
out:
	set_unref(set);
	for (size_t i = 0; i < l.len; i++)
		file_unref(l.items[i]);
	free(l.items);
	return result;
}

/* ---- Rollouts ---- */

static const struct catalog_plan *plan_of(const struct set *set,
                                          const struct rollout_row *row)
{
	const struct catalog_product *p =
		catalog_product(&set->catalog, row->product);

	return p != NULL ? catalog_plan(p, row->plan_path) : NULL;
}

struct rollout_loading {
	struct fleet *f;
	struct lineage lineage;
};

/* A pause goes on over a stop: its deadlines stood still all the time. */
static int load_pause(struct fleet *f, struct rollout *r, struct err *e)
{
	SCOPED(buf_fini)
	struct buf value = BUF_INIT(32);
	struct err none = {0};
	char name[48];

	if (engine_state(r->engine) != ROLLOUT_PAUSED)
		return 0;
	r->paused_ms = fleet_now_ms(f);
	(void)snprintf(name, sizeof(name), LOAD_SETTING_PAUSE "%" PRId64,
	               r->key);
	if (settings_get(&value, f->store, name, &none) != 0) {
		if (none.kind == ERR_NOT_FOUND)
			return 0; /* paused by a new revision: since now */
		*e = none;
		return -1;
	}
	return num_i64(&r->paused_ms, buf_str(&value), 0, NUM_JSON_MAX, name,
	               e);
}

static int load_rollout(void *ctx, const struct rollout_row *row, struct err *e)
{
	struct rollout_loading *l = ctx;
	struct fleet *f = l->f;
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	const struct catalog_plan *plan =
		v != NULL ? plan_of(view_set(v), row) : NULL;
	struct rollout *r;

	lineage_note(&l->lineage, row);
	/* A retired plan: its rollout was superseded in the same publish.
	 * Whatever else the row says, devices are told nothing of it. */
	if (plan == NULL) {
		if (row->state != ROLLOUT_SUPERSEDED)
			log_error("rollout %" PRId64 ": its plan %s is not "
			          "published any more",
			          row->key, row->plan_path);
		return 0;
	}
	r = live_add(&f->live, row->key, row->product, view_set(v), plan,
	             row->began_ms);
	r->plan_key = row->plan;
	r->epoch = row->epoch;
	r->stage_since_ms = row->stage_since_ms;
	r->ended_ms = row->ended_ms;
	(void)snprintf(r->created_by, sizeof(r->created_by), "%s",
	               row->created_by);
	engine_set_stage(r->engine, row->stage, row->stage_since_ms);
	engine_set_state(r->engine, row->state);
	engine_promote_by_hand(r->engine, row->promote_to);
	return load_pause(f, r, e);
}

struct trial_loading {
	struct fleet *f;
	struct rollout *rollout;
};

static int load_trial(void *ctx, const struct trial_row *row, struct err *e)
{
	const struct trial_loading *l = ctx;
	struct trial t = row->trial;
	struct device_rec d;
	size_t at;

	(void)e;
	if (row->control) {
		kept_back_load(l->f, l->rollout, row);
		return 0;
	}
	t.stood_still_ms = row->stood_still_ms;
	t.batch = fleet_batch_of(l->f, t.device);
	(void)rollout_enrol(l->rollout, &t, row->rollout);
	if (!trial_is_open(t.step) ||
	    !index_by_key(&l->f->index, t.device, &at, &d))
		return 0;
	struct device_rec *r = index_edit(&l->f->index, at);
	r->open_attempt = (uint32_t)t.attempt;
	r->open_activated = t.step >= TRIAL_ACTIVATED;
	r->poll_after_s = (int32_t)t.poll_after_s;
	index_edit_end(&l->f->index);
	return 0;
}

static int load_halt(void *ctx, const struct halt_row *h, struct err *e)
{
	struct fleet *f = ctx;
	struct rollout *r = live_by_key(&f->live, h->rollout);
	struct rollout_halt halt = {.saved = true};

	(void)e;
	if (r == NULL)
		return 0;
	memcpy(halt.cell.hw, h->hw, sizeof(halt.cell.hw));
	memcpy(halt.cell.region, h->region, sizeof(halt.cell.region));
	(void)snprintf(halt.actor, sizeof(halt.actor), "%s", h->actor);
	show_read_evidence(&halt.evidence, f, h->evidence);
	halt.evidence.at_ms = h->at_ms;
	halt.evidence.by_hand = h->by_hand;
	engine_halt(r->engine, h->hw, h->region);
	rollout_add_halt(r, &halt);
	return 0;
}

/* Halts the journal knows and the database does not: a crash lay between. */
static void replay_journal(struct fleet *f)
{
	for (uint32_t i = 0; i < f->journal.page.n_halts; i++) {
		const struct journal_halt *h = &f->journal.page.halts[i];

		for (size_t k = 0; k < f->live.len; k++) {
			struct rollout *r = f->live.items[k];
			struct rollout_halt halt = {0};

			if (strcmp(r->plan->plan.id, h->plan_id) != 0 ||
			    strcmp(r->product, h->product) != 0 ||
			    r->plan->plan.rev != h->rev)
				continue;
			memcpy(halt.cell.hw, h->hw, sizeof(halt.cell.hw));
			memcpy(halt.cell.region, h->region,
			       sizeof(halt.cell.region));
			(void)snprintf(halt.actor, sizeof(halt.actor),
			               "journal");
			halt.evidence.at_ms = h->at_ms;
			(void)snprintf(halt.evidence.text,
			               sizeof(halt.evidence.text),
			               "halted before a crash; the evidence is "
			               "recomputed from the trials");
			f->halts_unsaved = true;
			if (rollout_halt_of(r, h->hw, h->region) != NULL)
				continue; /* committed, and not cleared */
			engine_halt(r->engine, h->hw, h->region);
			rollout_add_halt(r, &halt);
			rollout_end_if_halted(r, h->at_ms);
		}
	}
}

static int load_trials(struct fleet *f, const struct lineage *l, struct err *e)
{
	for (size_t i = 0; i < f->live.len; i++) {
		struct rollout *r = f->live.items[i];
		struct trial_loading t = {f, r};

		if (epoch_enter(r, f, r->epoch, e) != 0 ||
		    retry_load(f, r, e) != 0 || exclude_load(f, r, e) != 0 ||
		    lineage_each(l, f->store, r, load_trial, &t, e) != 0 ||
		    trials_each(f->store, r->key, load_trial, &t, e) != 0)
			return -1;
	}
	return 0;
}

int load_rollouts(struct fleet *f, struct err *e)
{
	struct rollout_loading l = {.f = f};
	int result = rollouts_each(f->store, load_rollout, &l, e);

	if (result == 0)
		result = load_trials(f, &l.lineage, e);
	lineage_fini(&l.lineage);
	if (result != 0 || halts_each(f->store, load_halt, f, e) != 0)
		return -1;
	replay_journal(f);
	for (size_t i = 0; i < f->live.len; i++) {
		share_count(f, f->live.items[i]);
		reach_count(f, f->live.items[i]);
		(void)precede_count(f, f->live.items[i]);
	}
	return holds_load(f, e);
}
