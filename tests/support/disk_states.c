#include "config.h"

#include "tests/support/disk_states.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void mistake(const char *what, const char *path)
{
	fprintf(stderr, "disk states: %s: %s\n", path, what);
	abort();
}

/* ---- What is covered ---- */

static bool covers(const struct disk_op *flush, const struct disk_op *op)
{
	switch (op->step) {
	case DISK_WRITE:
	case DISK_RESIZE: return flush->file == op->file;
	case DISK_CREATE:
	case DISK_MKDIR:
	case DISK_LINK:
	case DISK_RENAME:
	case DISK_REMOVE: return flush->file == op->folder;
	case DISK_SYNC: break;
	}
	return true; /* nothing is to be covered */
}

size_t *disk_covered_at(const struct disk_log *l, size_t without_site)
{
	size_t n = l->ops.len;
	size_t *at = xcalloc(n + 1, sizeof(*at));
	/* Of each object, the next flush behind the step looked at. */
	size_t *next = xcalloc(l->objects.len + 1, sizeof(*next));

	for (size_t i = 0; i < l->objects.len; i++)
		next[i] = DISK_NEVER;
	for (size_t i = n; i-- > 0;) {
		const struct disk_op *op = &l->ops.items[i];

		if (op->step == DISK_SYNC) {
			at[i] = i;
			if (op->site != without_site)
				next[op->file] = i;
			continue;
		}
		at[i] = next[op->folder >= 0 ? op->folder : op->file];
		if (at[i] != DISK_NEVER && !covers(&l->ops.items[at[i]], op))
			mistake("covered by a flush of something else", "log");
	}
	free(next);
	return at;
}

size_t disk_pending(size_t *out, const struct disk_log *l,
                    const size_t *covered_at, size_t point)
{
	size_t n = 0;

	for (size_t i = 0; i < point; i++)
		if (l->ops.items[i].step != DISK_SYNC && covered_at[i] >= point)
			out[n++] = i;
	return n;
}

/* ---- One outcome ---- */

static void set_len(struct disk_object *o, size_t len)
{
	o->bytes = xreallocarray(o->bytes, len > 0 ? len : 1, 1);
	if (len > o->len)
		memset(o->bytes + o->len, 0, len - o->len);
	o->len = len;
}

static void put_bytes(struct disk_object *o, const struct disk_op *op,
                      size_t len)
{
	size_t at = (size_t)op->at;

	if (len == 0)
		return;
	if (at + len > o->len)
		set_len(o, at + len);
	memcpy(o->bytes + at, op->bytes, len);
}

static void name_put(struct disk_names *names, const char *path, int file)
{
	for (size_t i = 0; i < names->len; i++)
		if (strcmp(names->items[i].path, path) == 0) {
			names->items[i].file = file;
			return;
		}
	VEC_GROW(names);
	names->items[names->len++] =
		(struct disk_name){.path = xstrdup(path), .file = file};
}

static void name_drop(struct disk_names *names, const char *path)
{
	for (size_t i = 0; i < names->len; i++)
		if (strcmp(names->items[i].path, path) == 0) {
			free(names->items[i].path);
			names->items[i] = names->items[--names->len];
			return;
		}
}

static void apply(struct disk_state *s, const struct disk_op *op, size_t len)
{
	switch (op->step) {
	case DISK_RENAME: name_drop(&s->names, op->from);
	/* fallthrough */
	case DISK_CREATE:
	case DISK_MKDIR:
	case DISK_LINK: name_put(&s->names, op->name, op->file); break;
	case DISK_REMOVE: name_drop(&s->names, op->name); break;
	case DISK_WRITE: put_bytes(&s->objects[op->file], op, len); break;
	case DISK_RESIZE: set_len(&s->objects[op->file], (size_t)op->at); break;
	case DISK_SYNC: break;
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct disk_name *)a)->path,
	              ((const struct disk_name *)b)->path);
}

static bool is_there(const struct disk_names *names, size_t n, const char *path,
                     size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names->items[i].path) == len &&
		    memcmp(names->items[i].path, path, len) == 0)
			return true;
	return false;
}

/* What lies in a folder that did not survive is gone with it. */
static void sort_and_prune(struct disk_names *names)
{
	size_t n = 0;

	if (names->len > 0)
		qsort(names->items, names->len, sizeof(*names->items), by_path);
	for (size_t i = 0; i < names->len; i++) {
		char *path = names->items[i].path;
		const char *slash = strrchr(path, '/');

		if (*path == '\0' || slash == NULL ||
		    is_there(names, n, path, (size_t)(slash - path)))
			names->items[n++] = names->items[i];
		else
			free(path);
	}
	names->len = n;
}

/* Not against an attacker: two sums with different multipliers. */
static void mix(uint64_t d[2], const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t word;

	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		d[0] = (d[0] ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		d[0] ^= d[0] >> 29;
		d[1] = (d[1] + word) * UINT64_C(0xc2b2ae3d27d4eb4f);
		d[1] ^= d[1] >> 31;
	}
	for (; n > 0; n--, p++) {
		d[0] = (d[0] ^ *p) * UINT64_C(0x100000001b3);
		d[1] = (d[1] + *p) * UINT64_C(0xc2b2ae3d27d4eb4f);
	}
}

static void digest(struct disk_state *s)
{
	s->digest[0] = UINT64_C(0xcbf29ce484222325);
	s->digest[1] = 1;
	for (size_t i = 0; i < s->names.len; i++) {
		const struct disk_name *n = &s->names.items[i];
		const struct disk_object *o = &s->objects[n->file];

		mix(s->digest, n->path, strlen(n->path) + 1);
		mix(s->digest, &o->len, sizeof(o->len));
		mix(s->digest, o->bytes, o->len);
	}
}

void disk_state_init(struct disk_state *s, const struct disk_log *l,
                     const struct disk_choice *c)
{
	*s = (struct disk_state){.n_objects = l->objects.len};
	s->objects = xcalloc(s->n_objects, sizeof(*s->objects));
	for (size_t i = 0; i < s->n_objects; i++) {
		const struct disk_object *o = &l->objects.items[i];

		s->objects[i].is_folder = o->is_folder;
		if (o->len == 0)
			continue;
		set_len(&s->objects[i], o->len);
		memcpy(s->objects[i].bytes, o->bytes, o->len);
	}
	for (size_t i = 0; i < l->base.len; i++)
		name_put(&s->names, l->base.items[i].path,
		         l->base.items[i].file);
	for (size_t i = 0; i < c->point; i++)
		if (c->dropped == NULL || !c->dropped[i])
			apply(s, &l->ops.items[i],
			      i == c->torn ? c->torn_len : l->ops.items[i].len);
	sort_and_prune(&s->names);
	digest(s);
}

void disk_state_fini(struct disk_state *s)
{
	for (size_t i = 0; i < s->n_objects; i++)
		free(s->objects[i].bytes);
	for (size_t i = 0; i < s->names.len; i++)
		free(s->names.items[i].path);
	free(s->objects);
	free(s->names.items);
}

/* ---- On a real disk ---- */

static void write_file(const char *path, const struct disk_object *o)
{
	struct err e = {0};
	SCOPED(close)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || fs_write_all(fd, o->bytes, o->len, path, &e) != 0)
		mistake("cannot be written", path);
}

/* The first name of the object; the others are links to it. */
static const char *first_name(const struct disk_state *s, int file)
{
	size_t i = 0;

	while (s->names.items[i].file != file)
		i++;
	return s->names.items[i].path;
}

static void write_name(const struct disk_state *s, const struct disk_name *n,
                       const char *folder)
{
	const char *first = first_name(s, n->file);
	SCOPED(free)
	char *path = fs_join(folder, n->path);
	SCOPED(free)
	char *same = fs_join(folder, first);

	if (s->objects[n->file].is_folder) {
		if (mkdir(path, 0700) != 0)
			mistake("cannot be made", path);
	} else if (first == n->path) {
		write_file(path, &s->objects[n->file]);
	} else if (link(same, path) != 0) {
		mistake("cannot be linked", path);
	}
}

void disk_state_write(const struct disk_state *s, const char *folder)
{
	for (size_t i = 0; i < s->names.len; i++)
		write_name(s, &s->names.items[i], folder);
}

/* The i-th name of both, in byte order. */
static void compare_name(const struct disk_state *want,
                         const struct disk_state *got, size_t i)
{
	const struct disk_object *a, *b;

	if (i >= want->names.len)
		mistake("no recorded step made it", got->names.items[i].path);
	if (i >= got->names.len ||
	    strcmp(want->names.items[i].path, got->names.items[i].path) != 0)
		mistake("is not there, or another before it",
		        want->names.items[i].path);
	a = &want->objects[want->names.items[i].file];
	b = &got->objects[got->names.items[i].file];
	if (a->is_folder != b->is_folder || a->len != b->len ||
	    (a->len > 0 && memcmp(a->bytes, b->bytes, a->len) != 0))
		mistake("holds what no recorded step put there",
		        want->names.items[i].path);
}

void disk_state_compare(const struct disk_log *l)
{
	const struct disk_choice all = {.point = l->ops.len,
	                                .torn = DISK_NEVER};
	struct disk_log found;
	struct disk_state want, got;

	disk_state_init(&want, l, &all);
	disk_log_begin(&found, l->root);
	disk_log_end();
	disk_state_init(&got, &found,
	                &(struct disk_choice){.torn = DISK_NEVER});
	for (size_t i = 0; i < got.names.len || i < want.names.len; i++)
		compare_name(&want, &got, i);
	disk_state_fini(&want);
	disk_state_fini(&got);
	disk_log_fini(&found);
}
