#include "config.h"

#include "server/store/settings.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

enum { GET, PUT };

static const struct ask_sql sql[] = {
	[GET] = {"settings.get", "SELECT value FROM settings WHERE name = $1"},
	[PUT] = {"settings.put",
                 "INSERT INTO settings (name, value) VALUES ($1, $2) "
                 "ON CONFLICT (name) DO UPDATE SET value = excluded.value"},
};
const struct ask_table settings_table = ASK_TABLE(sql);

int settings_get(struct buf *out, struct store *s, const char *name,
                 struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_SETTINGS, GET);
	int result;

	db_bind_text(q, 1, name);
	if (ask_first(q, "setting", name, e) != 0)
		return -1;
	result = ask_col_buf(out, q, 0, "setting", e);
	db_done(q);
	return result;
}

int settings_put(struct store *s, const char *name, const char *value,
                 struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_SETTINGS, PUT);

	db_bind_text(q, 1, name);
	db_bind_text(q, 2, value);
	return db_run(q, e);
}
