#include "config.h"

#include "server/store/published.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>

enum { ADD, SET, CURRENT, EACH };

static const struct ask_sql sql[] = {
	[ADD] = {"published.add", "INSERT INTO publishes (at_ms, cause, actor) "
                                  "VALUES ($1, $2, $3) RETURNING number"},
	[SET] = {"published.set",
                 "INSERT INTO published (role, version, publish) "
                 "VALUES ($1, $2, $3) ON CONFLICT (role) DO UPDATE "
                 "SET version = excluded.version, publish = excluded.publish"},
	[CURRENT] = {"published.version",
                     "SELECT version FROM published WHERE role = $1"},
	[EACH] = {"published.each",
                  "SELECT m.role, m.version, m.sha256, m.expires_ms, "
                  "m.created_ms, m.bytes FROM published p "
                  "JOIN metadata m ON m.role = p.role "
                  "AND m.version = p.version ORDER BY p.role"},
};
const struct ask_table published_table = ASK_TABLE(sql);

static const char *const cause_names[] = {
	[PUBLISHED_PUBLISH] = "publish",
	[PUBLISHED_RESIGN] = "resign",
	[PUBLISHED_ROLLOUT] = "rollout",
	[PUBLISHED_HALT] = "halt",
};

int published_add(int64_t *out, struct store *s, int64_t at_ms,
                  enum published_cause cause, const char *actor, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PUBLISHED, ADD);

	db_bind_i64(q, 1, at_ms);
	db_bind_text(q, 2, cause_names[cause]);
	db_bind_text(q, 3, actor);
	return ask_insert(out, q, e);
}

int published_version(int64_t *out, struct store *s, const char *role,
                      struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PUBLISHED, CURRENT);
	int got;

	db_bind_text(q, 1, role);
	got = db_step(q, e);
	*out = got == 1 ? db_col_i64(q, 0) : 0;
	db_done(q);
	return got < 0 ? -1 : 0;
}

int published_set(struct store *s, const char *role, int64_t version,
                  int64_t change, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PUBLISHED, SET);
	int64_t current = 0;

	if (published_version(&current, s, role, e) != 0)
		return -1;
	if (version < current)
		return err_code(e, ERR_CONFLICT, "version_back",
		                "%s: version %" PRId64
		                " is below the published %" PRId64,
		                role, version, current);
	db_bind_text(q, 1, role);
	db_bind_i64(q, 2, version);
	db_bind_i64(q, 3, change);
	return db_run(q, e);
}

int published_each(struct store *s, metadata_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_PUBLISHED, EACH);
	struct metadata_row m;
	int got;

	while ((got = db_step(q, e)) == 1) {
		metadata_read_row(&m, q);
		if (fn(ctx, &m, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}
