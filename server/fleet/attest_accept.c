#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/fleet/attest.h"
#include "server/store/audit.h"
#include "server/store/metadata.h"
#include "server/store/plans.h"
#include "server/store/published.h"
#include "server/store/rollouts.h"
#include "server/store/settings.h"

#include <stdio.h>
#include <stdlib.h>

struct accepting {
	struct witness witness;
	struct journal journal;
	struct store *store;
	int64_t now_ms, paused;
};

static int see_row(void *ctx, const struct metadata_row *m, struct err *e)
{
	struct accepting *a = ctx;

	(void)e;
	(void)witness_see(&a->witness, m->role, m->version, m->sha256);
	return 0;
}

/* Numbers go on above what the witness saw; of the online roles that is all
 * there is to know. Offline versions stay, for attest_check() to ask for. */
static int take_over(struct accepting *a, struct err *e)
{
	for (size_t i = 0; i < a->witness.len; i++) {
		struct witness_role *r = &a->witness.items[i];

		if (r->limit == 0) /* offline */
			continue;
		if (journal_raise(&a->journal, r->role, r->limit, e) != 0)
			return -1;
		r->version = 0;
		*r->sha256 = '\0';
	}
	return 0;
}

/* ---- Pausing ---- */

struct going {
	struct rollout_row *items;
	size_t len, cap;
};

/* Devices are told to go: also by what is completed, until its plan expires,
 * and a halt of that may be forgotten as well. */
static int note_going(void *ctx, const struct rollout_row *r, struct err *e)
{
	struct going *l = ctx;

	(void)e;
	if (r->state != ROLLOUT_RUNNING && r->state != ROLLOUT_COMPLETED)
		return 0;
	VEC_GROW(l);
	l->items[l->len++] = *r;
	return 0;
}

/* By the time of the last signing, which was believed: a clock that stands
 * wrong today ends no plan. */
static int is_expired(bool *out, struct accepting *a, const char *path,
                      struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);
	SCOPED(free)
	struct plan_row *row = xcalloc(1, sizeof(*row));
	SCOPED(free)
	struct plan *plan = xcalloc(1, sizeof(*plan));
	int result;

	if (plans_find(row, &bytes, a->store, path, e) != 0)
		return -1;
	result = plan_parse(plan, path, buf_str(&bytes), bytes.len, e);
	*out = a->journal.page.last_signed_ms / 1000 >= plan->expires_s;
	plan_fini(plan);
	return result;
}

/* Nobody was granted or heard in this data directory since it signed last. */
static int64_t paused_since_ms(const struct accepting *a)
{
	int64_t signed_ms = a->journal.page.last_signed_ms;

	return signed_ms > 0 ? signed_ms : a->now_ms;
}

static int pause_rollout(struct accepting *a, const struct rollout_row *r,
                         struct err *e)
{
	bool expired;

	if (is_expired(&expired, a, r->plan_path, e) != 0)
		return -1;
	if (expired)
		return 0;
	a->paused++;
	if (fleet_put_pause(a->store, r->key, paused_since_ms(a), e) != 0)
		return -1;
	return rollouts_set_state(a->store, r->key, ROLLOUT_PAUSED, 0, e);
}

static int pause_rollouts(struct accepting *a, struct err *e)
{
	struct going l = {0};
	int result = rollouts_each(a->store, note_going, &l, e);

	for (size_t i = 0; result == 0 && i < l.len; i++)
		result = pause_rollout(a, &l.items[i], e);
	free(l.items);
	return result;
}

/* ---- What is written ---- */

static int write_rows(struct accepting *a, const char *actor,
                      const char *reason, struct err *e)
{
	struct audit_row row = {
		.at_ms = a->now_ms,
		.actor = actor,
		.action = "witness.accept",
		.object = "",
		.reason = reason,
		.request_id = "",
		.detail = "{}",
	};

	if (store_begin(a->store, e) != 0)
		return -1;
	if (pause_rollouts(a, e) != 0 ||
	    audit_add(NULL, a->store, &row, e) != 0) {
		store_rollback(a->store);
		return -1;
	}
	return store_commit(a->store, e);
}

/* The file that is there, else nothing; never one that does not read. */
static int read_old(struct accepting *a, const char *path, struct err *e)
{
	struct err none = {0};

	if (witness_read(&a->witness, path, &none) == 0 ||
	    none.kind == ERR_NOT_FOUND)
		return 0;
	*e = none;
	return -1;
}

static int accept(struct accepting *a, const char *path, const char *actor,
                  const char *reason, struct err *e)
{
	SCOPED(buf_fini)
	struct buf repo = BUF_INIT(256);
	struct err none = {0};

	if (read_old(a, path, e) != 0 || take_over(a, e) != 0 ||
	    published_each(a->store, see_row, a, e) != 0)
		return -1;
	(void)attest_raise_limits(&a->witness, &a->journal);
	if (*a->witness.repo == '\0' &&
	    settings_get(&repo, a->store, "repo", &none) == 0)
		(void)snprintf(a->witness.repo, sizeof(a->witness.repo), "%s",
		               buf_str(&repo));
	/* The witness last: until then everything is as it was. */
	if (write_rows(a, actor, reason, e) != 0)
		return -1;
	return witness_write(&a->witness, path, e);
}

int attest_accept(int64_t *paused, const char *data_dir,
                  const char *witness_file, const struct clock *clock,
                  const char *actor, const char *reason, struct err *e)
{
	struct accepting a = {.now_ms = clock_utc_ms(clock)};
	SCOPED(free)
	char *journal = fs_join(data_dir, "journal");
	SCOPED(free)
	char *database = fs_join(data_dir, "pawl.db");
	int result = -1;

	if (*witness_file == '\0')
		return err_set(e, ERR_USAGE,
		               "witness_file: is not set, there is nothing to "
		               "accept");
	if (!fs_exists(journal))
		return err_set(e, ERR_NOT_FOUND,
		               "%s: is no data directory of a server",
		               data_dir);
	if (journal_open(&a.journal, journal, e) == 0 &&
	    store_open(&a.store, database, clock, e) == 0)
		result = accept(&a, witness_file, actor, reason, e);
	*paused = a.paused;
	store_close(a.store);
	if (journal_close(&a.journal, a.journal.was_clean,
	                  result == 0 ? e : NULL) != 0)
		result = -1;
	witness_fini(&a.witness);
	return result;
}
