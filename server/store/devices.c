#include "config.h"

#include "server/store/devices.h"

#include "lib/base/mem.h"
#include "server/store/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	ADD,
	FIND_KEY,
	AGAIN,
	SEEN,
	WINDOW,
	ALARM,
	COMPLAIN,
	REVOKE,
	EACH,
	PAGE
};

#define SELECT                                                           \
	"SELECT key, id, product, hw, region, channel, label, "          \
	"token_hash, public_key, batch, enrolled_ms, first_checkin_ms, " \
	"last_seen_ms, running_sha256, running_version, "                \
	"running_counter, seq_mark, seq_bits, seq_hashes, "              \
	"last_attempt, clone_alarms, revoked_ms, alarm, alarm_ms "       \
	"FROM devices "

static const struct ask_sql sql[] = {
	[ADD] = {"devices.add",
                 "INSERT INTO devices (id, product, hw, region, channel, "
                 "label, token_hash, public_key, batch, enrolled_ms) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                 "RETURNING key"},
	[FIND_KEY] = {"devices.find_key", SELECT "WHERE key = $1"},
	[AGAIN] = {"devices.enrol_again",
                   "UPDATE devices SET token_hash = $3, product = $4, hw = $5, "
                   "region = $6, channel = $7, public_key = $8 "
                   "WHERE key = $1 AND batch = $2 "
                   "AND first_checkin_ms IS NULL AND revoked_ms IS NULL"},
	[SEEN] = {"devices.seen",
                  "UPDATE devices SET "
                  "first_checkin_ms = coalesce(first_checkin_ms, $2), "
                  "last_seen_ms = CASE WHEN last_seen_ms > $2 "
                  "THEN last_seen_ms ELSE $2 END, "
                  "running_sha256 = $3, running_version = $4, "
                  "running_counter = $5 WHERE key = $1"},
	[WINDOW] = {"devices.window",
                    "UPDATE devices SET seq_mark = $2, seq_bits = $3, "
                    "seq_hashes = $4 WHERE key = $1"},
	[ALARM] = {"devices.alarm",
                   "UPDATE devices SET clone_alarms = clone_alarms + 1 "
                   "WHERE key = $1"},
	[COMPLAIN] = {"devices.complain",
                      "UPDATE devices SET alarm = $2, alarm_ms = $3 "
                      "WHERE key = $1"},
	[REVOKE] = {"devices.revoke",
                    "UPDATE devices SET revoked_ms = coalesce(revoked_ms, $2) "
                    "WHERE key = $1"},
	[EACH] = {"devices.each", SELECT "ORDER BY key"},
	[PAGE] = {"devices.page", SELECT "WHERE key > $1 "
                                         "AND ($2 IS NULL OR product = $2) "
                                         "AND ($3 IS NULL OR hw = $3) "
                                         "AND ($4 IS NULL OR region = $4) "
                                         "AND ($5 IS NULL OR channel = $5) "
                                         "ORDER BY key LIMIT $6"},
};
const struct ask_table devices_table = ASK_TABLE(sql);

/* A blob of at most size bytes; returns its length. */
static size_t read_blob(uint8_t *out, size_t size, struct db_stmt *q, int i)
{
	size_t len = 0;
	const void *bytes = db_col_blob(q, i, &len);

	if (len == 0 || len > size)
		return 0;
	memcpy(out, bytes, len);
	return len;
}

/* Four bytes each, lowest first, whatever machine wrote them. */
static void read_hashes(uint32_t out[DEVICE_SEEN_HASHES], struct db_stmt *q,
                        int i)
{
	uint8_t b[4 * DEVICE_SEEN_HASHES] = {0};

	(void)read_blob(b, sizeof(b), q, i);
	for (size_t k = 0; k < DEVICE_SEEN_HASHES; k++)
		out[k] = (uint32_t)b[4 * k] | (uint32_t)b[4 * k + 1] << 8 |
		         (uint32_t)b[4 * k + 2] << 16 |
		         (uint32_t)b[4 * k + 3] << 24;
}

/* In the order of SELECT. */
static void read_row(struct device_row *out, struct db_stmt *q)
{
	struct device_running *r = &out->running;
	struct device_window *w = &out->window;

	*out = (struct device_row){0};
	out->key = db_col_i64(q, 0);
	ask_col_text(out->id, sizeof(out->id), q, 1);
	ask_col_text(out->product, sizeof(out->product), q, 2);
	ask_col_text(out->hw, sizeof(out->hw), q, 3);
	ask_col_text(out->region, sizeof(out->region), q, 4);
	ask_col_text(out->channel, sizeof(out->channel), q, 5);
	ask_col_text(out->label, sizeof(out->label), q, 6);
	(void)read_blob(out->token_hash, sizeof(out->token_hash), q, 7);
	out->public_key_len =
		read_blob(out->public_key, sizeof(out->public_key), q, 8);
	out->batch = db_col_i64(q, 9);
	out->enrolled_ms = db_col_i64(q, 10);
	out->first_checkin_ms = db_col_i64(q, 11);
	out->last_seen_ms = db_col_i64(q, 12);
	ask_col_sha256(r->sha256, q, 13);
	ask_col_text(r->version, sizeof(r->version), q, 14);
	r->counter = (uint32_t)db_col_i64(q, 15);
	w->mark = db_col_i64(q, 16);
	w->bits = (uint64_t)db_col_i64(q, 17);
	read_hashes(w->hashes, q, 18);
	out->last_attempt = db_col_i64(q, 19);
	out->clone_alarms = db_col_i64(q, 20);
	out->revoked_ms = db_col_i64(q, 21);
	ask_col_text(out->alarm, sizeof(out->alarm), q, 22);
	out->alarm_ms = db_col_i64(q, 23);
}

int devices_add(int64_t *out, struct store *s, const struct device_row *d,
                struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, ADD);

	db_bind_text(q, 1, d->id);
	db_bind_text(q, 2, d->product);
	db_bind_text(q, 3, d->hw);
	db_bind_text(q, 4, d->region);
	db_bind_text(q, 5, d->channel);
	db_bind_text(q, 6, d->label);
	db_bind_blob(q, 7, d->token_hash, sizeof(d->token_hash));
	if (d->public_key_len > 0)
		db_bind_blob(q, 8, d->public_key, d->public_key_len);
	db_bind_i64(q, 9, d->batch);
	db_bind_i64(q, 10, d->enrolled_ms);
	return ask_insert(out, q, e);
}

static int find(struct device_row *out, struct db_stmt *q, const char *name,
                struct err *e)
{
	if (ask_first(q, "device", name, e) != 0)
		return -1;
	read_row(out, q);
	db_done(q);
	return 0;
}

int devices_find_key(struct device_row *out, struct store *s, int64_t key,
                     struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, FIND_KEY);
	char name[24];

	(void)snprintf(name, sizeof(name), "#%" PRId64, key);
	db_bind_i64(q, 1, key);
	return find(out, q, name, e);
}

int devices_enrol_again(struct store *s, int64_t key,
                        const struct device_row *d, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, AGAIN);

	db_bind_i64(q, 1, key);
	db_bind_i64(q, 2, d->batch);
	db_bind_blob(q, 3, d->token_hash, sizeof(d->token_hash));
	db_bind_text(q, 4, d->product);
	db_bind_text(q, 5, d->hw);
	db_bind_text(q, 6, d->region);
	db_bind_text(q, 7, d->channel);
	if (d->public_key_len > 0)
		db_bind_blob(q, 8, d->public_key, d->public_key_len);
	if (db_run(q, e) != 0)
		return -1;
	if (db_changed(s->db) == 0)
		return err_code(e, ERR_CONFLICT, "enrolled",
		                "device #%" PRId64
		                ": is enrolled already; before its first "
		                "check-in the same batch token may ask again",
		                key);
	return 0;
}

int devices_seen(struct store *s, int64_t key, int64_t at_ms,
                 const struct device_running *r, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, SEEN);

	db_bind_i64(q, 1, key);
	db_bind_i64(q, 2, at_ms);
	ask_bind_sha256(q, 3, r->sha256);
	db_bind_text(q, 4, r->version);
	db_bind_i64(q, 5, r->counter);
	return ask_change_key(s, q, "device", key, e);
}

int devices_set_window(struct store *s, int64_t key,
                       const struct device_window *w, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, WINDOW);
	uint8_t b[4 * DEVICE_SEEN_HASHES];

	db_bind_i64(q, 1, key);
	db_bind_i64(q, 2, w->mark);
	db_bind_i64(q, 3, (int64_t)w->bits);
	for (size_t k = 0; k < sizeof(b); k++)
		b[k] = (uint8_t)(w->hashes[k / 4] >> (k % 4 * 8));
	db_bind_blob(q, 4, b, sizeof(b));
	return ask_change_key(s, q, "device", key, e);
}

int devices_alarm(struct store *s, int64_t key, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, ALARM);

	db_bind_i64(q, 1, key);
	return ask_change_key(s, q, "device", key, e);
}

int devices_complain(struct store *s, int64_t key, const char *alarm,
                     int64_t at_ms, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, COMPLAIN);

	db_bind_i64(q, 1, key);
	db_bind_text(q, 2, alarm);
	db_bind_i64(q, 3, at_ms);
	return ask_change_key(s, q, "device", key, e);
}

int devices_revoke(struct store *s, int64_t key, int64_t at_ms, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, REVOKE);

	db_bind_i64(q, 1, key);
	db_bind_i64(q, 2, at_ms);
	return ask_change_key(s, q, "device", key, e);
}

static int each(struct db_stmt *q, devices_fn *fn, void *ctx, struct err *e)
{
	struct device_row d;
	int got;

	while ((got = db_step(q, e)) == 1) {
		read_row(&d, q);
		if (fn(ctx, &d, e) != 0) {
			db_done(q);
			return -1;
		}
	}
	return got;
}

int devices_each(struct store *s, devices_fn *fn, void *ctx, struct err *e)
{
	return each(ask(s, NOUN_DEVICES, EACH), fn, ctx, e);
}

int devices_page(struct store *s, const struct devices_filter *f, int64_t after,
                 int64_t limit, devices_fn *fn, void *ctx, struct err *e)
{
	struct db_stmt *q = ask(s, NOUN_DEVICES, PAGE);

	db_bind_i64(q, 1, after);
	ask_bind_any(q, 2, f->product);
	ask_bind_any(q, 3, f->hw);
	ask_bind_any(q, 4, f->region);
	ask_bind_any(q, 5, f->channel);
	ask_bind_limit(q, 6, limit);
	return each(q, fn, ctx, e);
}
