#include "config.h"

#include "server/repo/witness.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "pawl-witness/1\n"
#define BYTES_MAX ((size_t)4 << 20)
#define NONE "-" /* a field without a value */

void witness_fini(struct witness *w)
{
	free(w->items);
	*w = (struct witness){0};
}

void witness_copy(struct witness *out, const struct witness *from)
{
	*out = *from;
	out->cap = from->len;
	out->items = xcalloc(from->len, sizeof(*out->items));
	if (from->len > 0)
		memcpy(out->items, from->items,
		       from->len * sizeof(*out->items));
}

/* ---- Writing ---- */

void witness_format(struct buf *out, const struct witness *w)
{
	char digest[SHA256_HEX_SIZE];

	buf_puts(out, MAGIC);
	buf_printf(out, "repo %s\n", *w->repo != '\0' ? w->repo : NONE);
	for (size_t i = 0; i < w->len; i++) {
		const struct witness_role *r = &w->items[i];

		buf_printf(out, "role %s %" PRId64 " %s %" PRId64 "\n", r->role,
		           r->version, r->version > 0 ? r->sha256 : NONE,
		           r->limit);
	}
	hash_sha256_hex(digest, out->data, out->len);
	buf_printf(out, "end %s\n", digest);
}

static int write_to(const struct witness *w, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(BYTES_MAX);

	witness_format(&b, w);
	if (buf_failed(&b))
		return err_set(e, ERR_TOO_LARGE, "witness: above %zu bytes",
		               BYTES_MAX);
	return fs_write(path, b.data, b.len, 0640, e);
}

static char *beside(const char *path)
{
	return xasprintf("%s.next", path);
}

int witness_write(const struct witness *w, const char *path, struct err *e)
{
	return write_to(w, path, e);
}

int witness_prepare(const struct witness *w, const char *path, struct err *e)
{
	SCOPED(free)
	char *next = beside(path);

	return write_to(w, next, e);
}

int witness_settle(const char *path, struct err *e)
{
	SCOPED(free)
	char *next = beside(path);

	if (fs_rename(next, path, e) != 0)
		return -1;
	return fs_sync_dir_of(path, e);
}

/* ---- Reading ---- */

static int corrupt(const char *path, struct err *e)
{
	return err_code(e, ERR_IO, "witness_corrupt",
	                "witness %s: is damaged; restore it, or move it away "
	                "and say `pawld witness accept`",
	                path);
}

/* "role NAME VERSION SHA256 LIMIT"; the line is cut up. */
static bool take_role(struct witness *w, char *line)
{
	const char *kind = strsep(&line, " "), *name = strsep(&line, " ");
	const char *version = strsep(&line, " "), *sha = strsep(&line, " ");
	const char *limit = line;
	struct witness_role r = {0};

	if (limit == NULL || strcmp(kind, "role") != 0 || *name == '\0' ||
	    strlen(name) >= sizeof(r.role) ||
	    num_i64(&r.version, version, 0, NUM_JSON_MAX, "", NULL) != 0 ||
	    num_i64(&r.limit, limit, 0, NUM_JSON_MAX, "", NULL) != 0 ||
	    (r.version > 0) != is_hex(sha, SHA256_HEX_SIZE - 1) ||
	    (r.version == 0 && strcmp(sha, NONE) != 0))
		return false;
	memcpy(r.role, name, strlen(name));
	if (r.version > 0)
		memcpy(r.sha256, sha, SHA256_HEX_SIZE);
	VEC_GROW(w);
	w->items[w->len++] = r;
	return true;
}

/* All lines but the last; the text is cut up. */
static bool take_lines(struct witness *w, char *text)
{
	const char *repo;
	char *line;

	if (strncmp(text, MAGIC, strlen(MAGIC)) != 0)
		return false;
	text += strlen(MAGIC);
	line = strsep(&text, "\n");
	if (text == NULL || strncmp(line, "repo ", 5) != 0)
		return false;
	repo = line + 5;
	if (strcmp(repo, NONE) != 0) {
		if (strlen(repo) != REPO_ID_SIZE - 1)
			return false;
		memcpy(w->repo, repo, REPO_ID_SIZE);
	}
	while ((line = strsep(&text, "\n")) != NULL)
		if (*line != '\0' && !take_role(w, line))
			return false;
	return true;
}

int witness_parse(struct witness *out, const char *path, const char *bytes,
                  size_t len, struct err *e)
{
	const size_t tail = 4 + SHA256_HEX_SIZE; /* "end ", digest, line end */
	const char *end = bytes + len;
	char digest[SHA256_HEX_SIZE];
	SCOPED(free)
	char *text = NULL;

	*out = (struct witness){0};
	if (len < tail || memcmp(end - tail, "end ", 4) != 0)
		return corrupt(path, e);
	hash_sha256_hex(digest, bytes, len - tail);
	if (memcmp(end - tail + 4, digest, SHA256_HEX_SIZE - 1) != 0 ||
	    end[-1] != '\n' || memchr(bytes, '\0', len) != NULL)
		return corrupt(path, e);
	text = xasprintf("%.*s", (int)(len - tail), bytes);
	if (!take_lines(out, text)) {
		witness_fini(out);
		return corrupt(path, e);
	}
	return 0;
}

int witness_read(struct witness *out, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(BYTES_MAX);

	*out = (struct witness){0};
	if (fs_read(&b, path, e) != 0)
		return -1;
	return witness_parse(out, path, buf_str(&b), b.len, e);
}

/* ---- What it saw ---- */

const struct witness_role *witness_role(const struct witness *w,
                                        const char *role)
{
	for (size_t i = 0; i < w->len; i++)
		if (strcmp(w->items[i].role, role) == 0)
			return &w->items[i];
	return NULL;
}

static struct witness_role *place(struct witness *w, const char *role)
{
	struct witness_role *r;

	for (size_t i = 0; i < w->len; i++)
		if (strcmp(w->items[i].role, role) == 0)
			return &w->items[i];
	VEC_GROW(w);
	r = &w->items[w->len++];
	*r = (struct witness_role){0};
	(void)snprintf(r->role, sizeof(r->role), "%s", role);
	return r;
}

bool witness_see(struct witness *w, const char *role, int64_t version,
                 const char *sha256)
{
	struct witness_role *r = place(w, role);

	if (version <= r->version)
		return false;
	r->version = version;
	memcpy(r->sha256, sha256, SHA256_HEX_SIZE);
	return true;
}

bool witness_see_limit(struct witness *w, const char *role, int64_t limit)
{
	struct witness_role *r = place(w, role);

	if (limit <= r->limit)
		return false;
	r->limit = limit;
	return true;
}

int witness_check(const struct witness *w, const char *role, int64_t version,
                  const char *sha256, struct err *e)
{
	const struct witness_role *r = witness_role(w, role);

	if (r == NULL || version > r->version ||
	    (version == r->version && strcmp(sha256, r->sha256) == 0))
		return 0;
	if (version == r->version)
		return err_code(e, ERR_CONFLICT, "witness_version",
		                "%s: version %" PRId64
		                " was published with other bytes, says the "
		                "witness file",
		                role, version);
	return err_code(e, ERR_CONFLICT, "witness_version",
	                "%s: version %" PRId64 " is below %" PRId64
	                ", which was published already, says the witness "
	                "file; publish the newest files of the repository",
	                role, version, r->version);
}
