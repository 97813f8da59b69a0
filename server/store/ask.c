#include "config.h"

#include "server/store/ask.h"

#include "lib/base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHA256_BYTES 32

static int not_known(const char *noun, const char *name, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "%s %s: is not known", noun, name);
}

int ask_first(struct db_stmt *q, const char *noun, const char *name,
              struct err *e)
{
	int got = db_step(q, e);

	if (got == 0)
		return not_known(noun, name, e);
	return got == 1 ? 0 : -1;
}

/* The row comes before the end of the statement, and with it a lone
 * statement's commit: only the end says that it happened. */
int ask_insert(int64_t *out, struct db_stmt *q, struct err *e)
{
	int64_t key = 0;
	int got;

	while ((got = db_step(q, e)) == 1)
		key = db_col_i64(q, 0);
	if (got == 0 && out != NULL)
		*out = key;
	return got;
}

int ask_change(struct store *s, struct db_stmt *q, const char *noun,
               const char *name, struct err *e)
{
	if (db_run(q, e) != 0)
		return -1;
	if (db_changed(s->db) == 0)
		return not_known(noun, name, e);
	return 0;
}

int ask_change_key(struct store *s, struct db_stmt *q, const char *noun,
                   int64_t key, struct err *e)
{
	char name[24];

	(void)snprintf(name, sizeof(name), "#%" PRId64, key);
	return ask_change(s, q, noun, name, e);
}

void ask_bind_sha256(struct db_stmt *q, int n, const char *hex)
{
	uint8_t bytes[SHA256_BYTES];

	if (hex == NULL || hex[0] == '\0')
		db_bind_null(q, n);
	else if (hex_decode(bytes, sizeof(bytes), hex) != 0)
		db_bind_refuse(q, "sha256 is '%.80s', 64 hex digits are needed",
		               hex);
	else
		db_bind_copy(q, n, bytes, sizeof(bytes));
}

void ask_bind_when(struct db_stmt *q, int n, int64_t ms)
{
	if (ms == 0)
		db_bind_null(q, n);
	else
		db_bind_i64(q, n, ms);
}

void ask_bind_any(struct db_stmt *q, int n, const char *text)
{
	db_bind_text(q, n, text != NULL && text[0] != '\0' ? text : NULL);
}

void ask_bind_limit(struct db_stmt *q, int n, int64_t limit)
{
	if (limit < 1)
		limit = 1;
	db_bind_i64(q, n, limit < STORE_PAGE_MAX ? limit : STORE_PAGE_MAX);
}

void ask_bind_before(struct db_stmt *q, int n, int64_t key)
{
	db_bind_i64(q, n, key > 0 ? key : INT64_MAX);
}

void ask_col_text(char *out, size_t size, struct db_stmt *q, int i)
{
	(void)snprintf(out, size, "%s", db_col_text(q, i));
}

void ask_col_sha256(char out[SHA256_HEX_SIZE], struct db_stmt *q, int i)
{
	size_t len = 0;
	const void *bytes = db_col_blob(q, i, &len);

	out[0] = '\0';
	if (len == SHA256_BYTES)
		hex_encode(out, bytes, len);
}

int ask_col_buf(struct buf *out, struct db_stmt *q, int i, const char *noun,
                struct err *e)
{
	size_t len = 0;
	const void *bytes = db_col_blob(q, i, &len);

	if (len > 0)
		buf_add(out, bytes, len);
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE,
		               "%s: has %zu bytes, at most %zu are wanted",
		               noun, len, out->max_bytes);
	return 0;
}
