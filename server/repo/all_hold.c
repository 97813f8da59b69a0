#include "config.h"

#include "server/repo/all_hold.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_BYTES_MAX ((size_t)64 << 20)
#define MAGIC "pawl-hold/1\n"
#define FIELD_MAX (TARGET_MAX_LEN + 1)
/* More role files or states than any repository of ours has. */
#define COUNT_MAX 4096

/* ---- Writing ---- */

static void put_set(struct buf *b, const struct online *o)
{
	buf_printf(b, "set %zu %zu\n", o->n_files, o->n_states);
	for (size_t i = 0; i < o->n_files; i++) {
		const struct file *f = o->files[i];

		buf_printf(b, "%s %" PRId64 " %zu\n", f->name, f->version,
		           f->len);
		buf_add(b, f->bytes, f->len);
	}
	for (size_t i = 0; i < o->n_states; i++) {
		const struct state_file *s = &o->states[i];

		buf_printf(b, "%s 0 %zu\n", s->path, s->len);
		buf_add(b, s->bytes, s->len);
	}
}

int all_hold_write(const char *path, const struct online *const *sets, size_t n,
                   struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(HOLD_BYTES_MAX);
	char digest[SHA256_HEX_SIZE];

	buf_puts(&b, MAGIC);
	for (size_t i = 0; i < n; i++)
		if (sets[i] != NULL)
			put_set(&b, sets[i]);
	hash_sha256_hex(digest, b.data, b.len);
	buf_printf(&b, "end %s\n", digest);
	if (buf_failed(&b))
		return err_set(e, ERR_TOO_LARGE, "%s: above %zu bytes", path,
		               HOLD_BYTES_MAX);
	return fs_write(path, b.data, b.len, 0640, e);
}

/* ---- Reading ---- */

struct cursor {
	const char *at, *end;
	const char *path;
};

static int corrupt(const struct cursor *c, struct err *e)
{
	return err_code(e, ERR_IO, "hold_corrupt",
	                "%s: is damaged; it is made anew with the next "
	                "signing",
	                c->path);
}

/* One line, without its end. */
static int take_line(struct cursor *c, char out[FIELD_MAX + 64], struct err *e)
{
	const char *nl = memchr(c->at, '\n', (size_t)(c->end - c->at));
	size_t n = nl != NULL ? (size_t)(nl - c->at) : 0;

	if (nl == NULL || n >= FIELD_MAX + 64)
		return corrupt(c, e);
	memcpy(out, c->at, n);
	out[n] = '\0';
	c->at = nl + 1;
	return 0;
}

struct entry {
	char name[FIELD_MAX + 64];
	int64_t version, len;
	const char *bytes;
};

/* "NAME VERSION LENGTH" and so many bytes. */
static int take_entry(struct cursor *c, struct entry *t, struct err *e)
{
	char *version, *len;

	if (take_line(c, t->name, e) != 0)
		return -1;
	len = strrchr(t->name, ' ');
	if (len == NULL)
		return corrupt(c, e);
	*len++ = '\0';
	version = strrchr(t->name, ' ');
	if (version == NULL)
		return corrupt(c, e);
	*version++ = '\0';
	if (num_i64(&t->version, version, 0, NUM_JSON_MAX, "version", NULL) !=
	            0 ||
	    num_i64(&t->len, len, 0, c->end - c->at, "length", NULL) != 0)
		return corrupt(c, e);
	t->bytes = c->at;
	c->at += t->len;
	return 0;
}

static int take_set(struct cursor *c, size_t n_files, size_t n_states,
                    struct set *set, struct online **out, struct err *e)
{
	struct online *o = online_begin(set, n_files, n_states);
	bool fits = true;
	SCOPED(free)
	struct entry *t = xcalloc(1, sizeof(*t));

	for (size_t i = 0; i < n_files; i++)
		if (take_entry(c, t, e) != 0 ||
		    online_add_file(o, t->name, t->version, t->bytes,
		                    (size_t)t->len, e) != 0)
			goto refuse;
	for (size_t i = 0; i < n_states; i++) {
		if (take_entry(c, t, e) != 0)
			goto refuse;
		fits = fits && online_add_state(o, t->name, t->bytes,
		                                (size_t)t->len, NULL) == 0;
	}
	*out = fits ? o : NULL;
	if (!fits)
		online_unref(o);
	return 0;
refuse:
	online_unref(o);
	return -1;
}

static int check_whole(struct cursor *c, struct err *e)
{
	const size_t tail = 4 + SHA256_HEX_SIZE; /* "end ", digest, line end */
	char digest[SHA256_HEX_SIZE];
	size_t n = (size_t)(c->end - c->at);

	if (n < strlen(MAGIC) + tail ||
	    memcmp(c->at, MAGIC, strlen(MAGIC)) != 0)
		return corrupt(c, e);
	hash_sha256_hex(digest, c->at, n - tail);
	if (memcmp(c->end - tail, "end ", 4) != 0 ||
	    memcmp(c->end - tail + 4, digest, SHA256_HEX_SIZE - 1) != 0)
		return corrupt(c, e);
	c->end -= tail;
	c->at += strlen(MAGIC);
	return 0;
}

int all_hold_parse(struct online *out[ALL_HOLD_SETS_MAX], size_t *n,
                   const char *path, const char *bytes, size_t len,
                   struct set *set, struct err *e)
{
	struct cursor c = {.at = bytes, .end = bytes + len, .path = path};
	char line[FIELD_MAX + 64];

	*n = 0;
	if (check_whole(&c, e) != 0)
		return -1;
	while (c.at < c.end && *n < ALL_HOLD_SETS_MAX) {
		struct online *o = NULL;
		size_t n_files, n_states;

		if (take_line(&c, line, e) != 0)
			goto refuse;
		if (sscanf(line, "set %zu %zu", &n_files, &n_states) != 2 ||
		    n_files > COUNT_MAX || n_states > COUNT_MAX) {
			(void)corrupt(&c, e);
			goto refuse;
		}
		if (take_set(&c, n_files, n_states, set, &o, e) != 0)
			goto refuse;
		if (o != NULL)
			out[(*n)++] = o;
	}
	return 0;
refuse:
	while (*n > 0)
		online_unref(out[--*n]);
	return -1;
}

int all_hold_read(struct online *out[ALL_HOLD_SETS_MAX], size_t *n,
                  const char *path, struct set *set, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(HOLD_BYTES_MAX);

	*n = 0;
	if (fs_read(&b, path, e) != 0)
		return -1;
	return all_hold_parse(out, n, path, buf_str(&b), b.len, set, e);
}

bool all_hold_is_above(const struct online *hold, const struct online *current,
                       bool or_same)
{
	for (size_t i = 0; i < current->n_files; i++) {
		const struct file *was = current->files[i];
		const struct file *f = online_role(hold, was->role);

		if (f == NULL || f->version < was->version)
			return false;
	}
	return hold->timestamp_version >=
	       current->timestamp_version + (or_same ? 0 : 1);
}
