#include "config.h"

#include "server/fleet/sign.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "server/fleet/attest.h"
#include "server/fleet/brake.h"
#include "server/repo/gate.h"
#include "server/store/audit.h"
#include "server/store/metadata.h"
#include "server/store/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The set with what the rollouts are now; *e says why not. */
static struct online *make_online(struct fleet *f, struct online_maker *m,
                                  struct set *set, const struct view *previous,
                                  struct err *e)
{
	SCOPED(free)
	struct cell *cells = NULL;
	size_t n = 0;
	SCOPED(free)
	struct online_rollout *rollouts =
		live_for_online(&f->live, m->now_s, &n, &cells);

	/* By a clock in doubt a halt joins what is on hold, and lets nothing
	 * go on. */
	for (size_t i = 0; m->keep_expiry && f->held && i < n; i++)
		rollouts[i].hold = true;
	return online_new(m, set,
	                  previous != NULL ? view_online(previous) : NULL,
	                  rollouts, n, e);
}

static struct online_maker maker_of(struct fleet *f, bool keep_expiry)
{
	return (struct online_maker){
		.signer = &f->signer,
		.journal = &f->journal,
		.lives = f->config.lives,
		.now_s = signtime_now_ms(&f->signtime, f->clock) / 1000,
		.early_ppm = f->early_ppm,
		.keep_expiry = keep_expiry,
	};
}

/* The gate's hour. What keeps its old expiry may be past it; all else about
 * it must hold, so the clients played live just before. */
static int64_t gate_s(const struct online_maker *m, const struct online *o)
{
	int64_t at = m->now_s;

	for (size_t i = 0; m->keep_expiry && i < o->n_files; i++)
		if (file_expires_s(o->files[i]) <= at)
			at = file_expires_s(o->files[i]) - 1;
	return at;
}

/* Judged already, byte for byte, for those who hold what is visible; only
 * time went on. */
static bool was_judged(const struct proposal *p, const struct view *v,
                       const struct view *current, int64_t now_s)
{
	return p != NULL && p->is_verified && p->base == current &&
	       online_is_same(view_online(v), view_online(p->view)) &&
	       gate_is_alive(v, now_s);
}

/* Takes what it can from `previous`: what is visible, or a proposal that was
 * made over that. */
static struct view *make_view(struct fleet *f, struct set *set,
                              const struct proposal *proposal, bool keep_expiry,
                              struct err *e)
{
	SCOPED(view_put)
	struct view *current = view_get(&f->view);
	const struct view *previous =
		proposal != NULL && proposal->base == current ? proposal->view
							      : current;
	struct online_maker maker = maker_of(f, keep_expiry);
	struct online *online;
	struct view *v;

	if (set == NULL && current == NULL) {
		(void)err_code(e, ERR_NOT_FOUND, "nothing_published",
		               "nothing was ever published here");
		return NULL;
	}
	if (set == NULL)
		set = view_set(current);
	if (attest_check(f, set, e) != 0) {
		if (current != NULL && set == view_set(current))
			fleet_set_trouble(f, TROUBLE_WITNESS, true);
		return NULL;
	}
	online = make_online(f, &maker, set, previous, e);
	if (online == NULL)
		return NULL;
	v = view_new(set, online, current);
	online_unref(online);
	if (!was_judged(proposal, v, current, maker.now_s) &&
	    gate_check_online(v, current, gate_s(&maker, view_online(v)), e) !=
	            0) {
		view_unref(v);
		return NULL;
	}
	brake_make(f, &maker, v);
	/* Both took versions; the witness hears of them before anybody. */
	if (attest_limits(f, set, e) != 0) {
		brake_drop(f);
		view_unref(v);
		return NULL;
	}
	return v;
}

static int check_clock(struct fleet *f, struct err *e)
{
	if (signtime_check(&f->signtime, f->clock, e) == 0)
		return 0;
	fleet_set_trouble(f, TROUBLE_CLOCK, true);
	return -1;
}

static struct view *sign_over(struct fleet *f, struct set *set,
                              const struct proposal *proposal, struct err *e)
{
	struct view *v = check_clock(f, e) == 0
	                         ? make_view(f, set, proposal, false, e)
	                         : NULL;
	struct err failed;

	if (v == NULL)
		return NULL;
	signtime_set(&f->signtime, f->clock);
	if (journal_signed(&f->journal, fleet_now_ms(f), &failed) != 0)
		log_error("when it signed is not journalled: %s", failed.msg);
	fleet_note_journal(f);
	return v;
}

struct view *sign_view(struct fleet *f, struct err *e)
{
	return sign_over(f, NULL, NULL, e);
}

int sign_propose(struct proposal *out, struct fleet *f, struct set *set,
                 struct err *e)
{
	struct online_maker maker = maker_of(f, false);
	struct online *online;

	*out = (struct proposal){.base = view_get(&f->view)};
	if (check_clock(f, e) != 0 || attest_check(f, set, e) != 0)
		return -1;
	online = make_online(f, &maker, set, out->base, e);
	if (online == NULL)
		return -1;
	out->view = view_new(set, online, out->base);
	online_unref(online);
	return 0;
}

void proposal_fini(struct proposal *p)
{
	view_unref(p->base);
	view_unref(p->view);
	*p = (struct proposal){0};
}

/* For halts: while the clock is in doubt with the expiry that stands. */
static struct view *halting_view(struct fleet *f, struct err *e)
{
	return signtime_check(&f->signtime, f->clock, e) == 0
	               ? sign_view(f, e)
	               : make_view(f, NULL, NULL, true, e);
}

static int add_file(struct fleet *f, const struct file *file, struct err *e)
{
	struct metadata_row row = {
		.version = file->version,
		.expires_ms = file_expires_s(file) * 1000,
		.created_ms = fleet_now_ms(f),
		.bytes = file->bytes,
		.len = file->len,
	};

	memcpy(row.role, file->role, sizeof(row.role));
	memcpy(row.sha256, file->sha256, sizeof(row.sha256));
	return metadata_add(f->store, &row, e);
}

static int save_file(struct fleet *f, const struct file *file, int64_t change,
                     struct err *e)
{
	if (add_file(f, file, e) != 0)
		return -1;
	return published_set(f->store, file->role, file->version, change, e);
}

/* Is the role that lists this state in the database already? */
static int is_listed(bool *out, struct fleet *f, const struct online *o,
                     const struct state_file *s, struct err *e)
{
	char role[TUF_ROLE_MAX];
	int64_t version;

	(void)snprintf(role, sizeof(role), "rollout.%s", s->product);
	if (published_version(&version, f->store, role, e) != 0)
		return -1;
	*out = version == online_role(o, role)->version;
	return 0;
}

/* One that stands there already may have been left by a try that came no
 * further: its name is not flushed then. */
static int save_state(struct fleet *f, const struct online *o,
                      const struct state_file *s, struct err *e)
{
	const char *const name[] = {s->sha256};
	int64_t length;
	bool listed;

	if (blobs_size(&f->blobs, s->sha256, &length, NULL) != 0)
		return blobs_put(&f->blobs, s->bytes, s->len, s->sha256, e);
	if (is_listed(&listed, f, o, s, e) != 0)
		return -1;
	return listed ? 0 : blobs_settle(&f->blobs, name, 1, e);
}

/* State files are targets: their bytes are there before the role that lists
 * them, as those of any other, and what is published can be read back whole. */
static int save_states(struct fleet *f, const struct online *o, struct err *e)
{
	for (size_t i = 0; i < o->n_states; i++)
		if (save_state(f, o, &o->states[i], e) != 0)
			return -1;
	return 0;
}

/* Published already, by an earlier change. */
static bool is_saved(const struct set *before, const struct set_role *r)
{
	const struct set_role *was =
		before != NULL ? set_role(before, r->name) : NULL;

	return was != NULL && strcmp(was->file->name, r->file->name) == 0 &&
	       strcmp(was->file->sha256, r->file->sha256) == 0;
}

/* Up to this root the first publish brought a history. */
#define SETTING_FIRST_ROOT "first_root"

static int save_first_root(struct fleet *f, const struct set *set,
                           struct err *e)
{
	char value[24];

	(void)snprintf(value, sizeof(value), "%" PRId64, set->root.version);
	return settings_put(f->store, SETTING_FIRST_ROOT, value, e);
}

static int save_set(struct fleet *f, const struct set *set, int64_t change,
                    struct err *e)
{
	SCOPED(view_put)
	struct view *current = view_get(&f->view);
	const struct set *before = current != NULL ? view_set(current) : NULL;
	size_t n_known = before != NULL ? before->n_roots : 0;

	if (before == NULL && save_first_root(f, set, e) != 0)
		return -1;
	for (size_t i = n_known; i < set->n_roots; i++)
		if (add_file(f, set->roots[i], e) != 0)
			return -1;
	if (n_known < set->n_roots &&
	    save_file(f, set->roots[set->n_roots - 1], change, e) != 0)
		return -1;
	for (size_t i = 0; i < set->n_roles; i++)
		if (!is_saved(before, &set->roles[i]) &&
		    save_file(f, set->roles[i].file, change, e) != 0)
			return -1;
	return 0;
}

int sign_save(struct fleet *f, const struct view *v, enum published_cause cause,
              const char *actor, struct err *e)
{
	const struct set *set = view_set(v);
	const struct online *online = view_online(v);
	bool new_set = cause == PUBLISHED_PUBLISH;
	int64_t change;

	if (published_add(&change, f->store, fleet_now_ms(f), cause, actor,
	                  e) != 0)
		return -1;
	if (new_set && save_set(f, set, change, e) != 0)
		return -1;
	if (save_states(f, online, e) != 0)
		return -1;
	for (size_t i = 0; i < online->n_files; i++)
		if (save_file(f, online->files[i], change, e) != 0)
			return -1;
	return 0;
}

int sign_audit(struct fleet *f, const struct deed *d, struct err *e)
{
	struct audit_row row = {
		.at_ms = fleet_now_ms(f),
		.actor = d->actor,
		.action = d->action,
		.object = d->object,
		.reason = d->reason,
		.request_id = d->request_id,
		.detail = d->detail != NULL ? d->detail : "{}",
	};
	int64_t number;

	return audit_add(&number, f->store, &row, e);
}

static int write_change(struct fleet *f, const struct change *c,
                        const struct view *v, struct err *e)
{
	if (store_begin(f->store, e) != 0)
		return -1;
	if ((c->write != NULL && c->write(f, c->ctx, e) != 0) ||
	    sign_save(f, v, c->cause, c->deed.actor, e) != 0 ||
	    sign_audit(f, &c->deed, e) != 0) {
		store_rollback(f->store);
		return -1;
	}
	return store_commit(f->store, e);
}

/* What was signed is what devices see. */
static void show(struct fleet *f, struct view *v)
{
	view_swap(&f->view, v);
	exporter_poke(f);
	f->online_stale = false;
	f->halt_unsigned = false;
	brake_adopt(f);
}

#define YEAR_MS (INT64_C(365) * 86400000)

struct roots {
	int64_t since_ms, first;
	size_t n;
};

static int count_root(void *ctx, const struct metadata_row *m, struct err *e)
{
	struct roots *r = ctx;

	(void)e;
	r->n += m->version >= r->first && m->created_ms > r->since_ms;
	return 0;
}

static int load_first_root(int64_t *out, struct fleet *f, struct err *e)
{
	SCOPED(buf_fini)
	struct buf value = BUF_INIT(32);
	struct err none = {0};

	if (settings_get(&value, f->store, SETTING_FIRST_ROOT, &none) == 0)
		return num_i64(out, buf_str(&value), 1, NUM_JSON_MAX,
		               SETTING_FIRST_ROOT, e);
	*out = 1;
	return none.kind == ERR_NOT_FOUND ? 0 : (*e = none, -1);
}

/* The first publish brings a history, which counts as one root whenever it was
 * made. In an emergency one
 * root more costs every client less than stolen keys that stay. */
static int check_roots(struct fleet *f, const struct change *c, struct err *e)
{
	SCOPED(view_put)
	struct view *current = view_get(&f->view);
	struct roots r = {.since_ms = fleet_now_ms(f) - YEAR_MS};
	size_t new;

	if (c->set == NULL || current == NULL ||
	    c->set->n_roots <= view_set(current)->n_roots)
		return 0;
	if (load_first_root(&r.first, f, e) != 0 ||
	    metadata_each(f->store, "root", count_root, &r, e) != 0)
		return -1;
	new = c->set->n_roots - view_set(current)->n_roots;
	r.n += new;
	if (r.n > SIGN_ROOTS_A_YEAR && !(c->emergency && new == 1))
		return err_code(e, ERR_CONFLICT, "too_many_roots",
		                "root: %zu new ones within a year, %d are the "
		                "most; every client walks them all, so put "
		                "several changes into one; after a theft one "
		                "more can be published as an emergency",
		                r.n, SIGN_ROOTS_A_YEAR);
	if (r.n > SIGN_ROOTS_A_YEAR - 3)
		log_warn("root: %zu new ones within a year, %d are the most",
		         r.n, SIGN_ROOTS_A_YEAR);
	return 0;
}

int sign_change(struct fleet *f, const struct change *c, struct err *e)
{
	struct view *v;

	if (check_roots(f, c, e) != 0)
		return -1;
	v = sign_over(f, c->set, c->proposal, e);
	/* Of a candidate it is the candidate's fault. */
	if (v == NULL && c->cause == PUBLISHED_RESIGN)
		fleet_note_unsigned(f, e);
	if (v == NULL)
		return -1;
	brake_keep(f);
	/* Lives are renewed without a witness; nothing new is published. */
	if (attest_prepare(f, v, e) != 0 && c->set != NULL) {
		view_unref(v);
		brake_drop(f);
		return -1;
	}
	if (write_change(f, c, v, e) != 0) {
		fleet_note_failure(f, e);
		view_unref(v);
		brake_drop(f);
		return -1;
	}
	fleet_note_success(f);
	attest_settle(f, c->set != NULL);
	show(f, v);
	fleet_set_trouble(f, TROUBLE_SIGNER | TROUBLE_NOTHING_PUBLISHED, false);
	return 0;
}

void sign_at_once(struct fleet *f)
{
	struct err e = {0}, why = {0};
	bool was_held = f->held;
	struct view *v = halting_view(f, &e);

	f->last_sign_try_ms = clock_mono_ms(f->clock);
	if (v == NULL) {
		log_error("a halt is not signed yet: %s", e.msg);
		fleet_note_unsigned(f, &e);
		f->online_stale = true;
		/* Grants stay denied; devices are told to hold. */
		f->halt_unsigned = brake_pull(f, &why) != 0;
		if (f->halt_unsigned)
			log_error("and nothing is put in its place: %s",
			          why.msg);
		return;
	}
	show(f, v);
	fleet_set_trouble(f, TROUBLE_SIGNER, false);
	/* Signed by a clock in doubt while all was held: all still is. */
	if (was_held && (f->trouble & TROUBLE_CLOCK) != 0)
		brake_stay(f);
	/* After the swap: the halt waits for no disk. */
	brake_keep(f);
}
