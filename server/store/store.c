#include "config.h"

#include "server/store/store.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"
#include "server/store/migrate.h"

static const struct ask_table *const tables[NOUN_MAX] = {
	/* clang-format off */
	[NOUN_AUDIT]     = &audit_table,
	[NOUN_BATCHES]   = &batches_table,
	[NOUN_DEVICES]   = &devices_table,
	[NOUN_EXCLUSIONS] = &exclusions_table,
	[NOUN_HALTS]     = &halts_table,
	[NOUN_HOLDS]     = &holds_table,
	[NOUN_METADATA]  = &metadata_table,
	[NOUN_PLANS]     = &plans_table,
	[NOUN_PUBLISHED] = &published_table,
	[NOUN_RELEASES]  = &releases_table,
	[NOUN_REPORTS]   = &reports_table,
	[NOUN_RETRIES]   = &retries_table,
	[NOUN_ROLLOUTS]  = &rollouts_table,
	[NOUN_SETTINGS]  = &settings_table,
	[NOUN_TOKENS]    = &tokens_table,
	[NOUN_TRIALS]    = &trials_table,
	/* clang-format on */
};

static int prepare_all(struct store *s, struct err *e)
{
	for (size_t noun = 0; noun < NOUN_MAX; noun++) {
		const struct ask_table *t = tables[noun];

		s->statements[noun] = xcalloc(t->n, sizeof(struct db_stmt *));
		for (size_t i = 0; i < t->n; i++)
			if (db_prepare(&s->statements[noun][i], s->db,
			               t->sql[i].what, t->sql[i].text, e) != 0)
				return -1;
	}
	return 0;
}

int store_open(struct store **out, const char *path, const struct clock *clock,
               struct err *e)
{
	SCOPED(store_close)
	struct store *s = xcalloc(1, sizeof(*s));

	if (db_open(&s->db, path, e) != 0 || db_quick_check(s->db, e) != 0 ||
	    migrate_up(s->db, migrations_sqlite, n_migrations_sqlite, clock,
	               e) != 0 ||
	    prepare_all(s, e) != 0)
		return -1;
	*out = MOVE(s);
	return 0;
}

int store_open_readonly(struct store **out, const char *path, struct err *e)
{
	SCOPED(store_close)
	struct store *s = xcalloc(1, sizeof(*s));

	if (db_open_readonly(&s->db, path, e) != 0 ||
	    migrate_check(s->db, migrations_sqlite, n_migrations_sqlite, e) !=
	            0 ||
	    prepare_all(s, e) != 0)
		return -1;
	*out = MOVE(s);
	return 0;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t noun = 0; noun < NOUN_MAX; noun++) {
		if (s->statements[noun] == NULL)
			continue;
		for (size_t i = 0; i < tables[noun]->n; i++)
			db_stmt_free(s->statements[noun][i]);
		free(s->statements[noun]);
	}
	db_close(s->db);
	free(s);
}

int store_begin(struct store *s, struct err *e)
{
	return db_begin(s->db, e);
}

int store_commit(struct store *s, struct err *e)
{
	return db_commit(s->db, e);
}

void store_rollback(struct store *s)
{
	db_rollback(s->db);
}

int store_checkpoint(struct db_checkpoint *out, struct store *s, struct err *e)
{
	return db_checkpoint(out, s->db, e);
}
