#include "config.h"

#include "tests/support/disk_sites.h"

#include "lib/base/crew.h"
#include "lib/base/fs.h"
#include "lib/base/fs_batch.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "tests/support/symbols.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void mistake(const char *what)
{
	fprintf(stderr, "disk sites: %s\n", what);
	abort();
}

/* The exported function an address lies in, or NULL; and its library. */
static const char *name_of(void *address, const char **library)
{
	const ElfW(Sym) * sym;
	void *entry = NULL;
	const char *start;
	Dl_info info = {0};

	*library = "";
	if (dladdr1(address, &info, &entry, RTLD_DL_SYMENT) == 0)
		return NULL;
	*library = info.dli_fname != NULL ? info.dli_fname : "";
	start = info.dli_saddr;
	sym = entry;
	if (start == NULL || sym == NULL ||
	    (const char *)address > start + sym->st_size)
		return NULL;
	return info.dli_sname;
}

static bool is_library(void *address)
{
	const char *library;

	(void)name_of(address, &library);
	return strstr(library, ".so") != NULL;
}

/* Where a function ends. */
static uintptr_t end_of(uintptr_t function)
{
	const ElfW(Sym) * sym;
	void *entry = NULL;
	Dl_info info = {0};

	if (dladdr1((void *)function, &info, &entry, RTLD_DL_SYMENT) == 0 ||
	    entry == NULL)
		mistake("a helper has no name");
	sym = entry;
	return function + sym->st_size;
}

/* The files whose callers are the places that want something flushed. */
#define FUNCTIONS_MAX 6
static struct helper {
	const char *file;
	uintptr_t known[FUNCTIONS_MAX];
	struct symbols_range range;
} helpers[] = {
	/* clang-format off */
	{"fs.c", {(uintptr_t)fs_set_hook, (uintptr_t)fs_read, (uintptr_t)fs_sync,
	          (uintptr_t)fs_write, (uintptr_t)fs_join, (uintptr_t)fs_list},
	 {0, 0}},
	{"fs_batch.c", {(uintptr_t)fs_batch_fini, (uintptr_t)fs_batch_write,
	                (uintptr_t)fs_batch_commit}, {0, 0}},
	{"crew.c", {(uintptr_t)crew_size, (uintptr_t)crew_run}, {0, 0}},
	/* clang-format on */
};

/* Its functions lie together, and those it keeps to itself may lie before and
 * behind the ones that others know. */
static void find_range(struct helper *h)
{
	h->range = symbols_of_file(h->file, h->known[0]);
	for (size_t i = 0; i < FUNCTIONS_MAX && h->known[i] != 0; i++) {
		uintptr_t first = h->known[i], last = end_of(first);

		if (first < h->range.first)
			h->range.first = first;
		if (last > h->range.last)
			h->range.last = last;
	}
}

static bool is_helper(void *address)
{
	uintptr_t at = (uintptr_t)address;

	for (size_t i = 0; i < ARRAY_LEN(helpers); i++) {
		if (helpers[i].range.last == 0)
			find_range(&helpers[i]);
		if (at > helpers[i].range.first && at <= helpers[i].range.last)
			return true;
	}
	return false;
}

/* What kind of file it is, in words that hold for every run. */
static void describe(struct buf *out, const struct disk_log *l, int file)
{
	const char *path = "?";
	const char *base;
	bool digits = false;

	for (size_t i = 0; i < l->now.len; i++)
		if (l->now.items[i].file == file)
			path = l->now.items[i].path;
	base = strrchr(path, '/');
	base = base != NULL ? base + 1 : path;
	if (l->objects.items[file].is_folder) {
		buf_printf(out, "folder %s",
		           *path == '\0'     ? "root"
		           : is_hex(base, 2) ? "xx"
		                             : base);
		return;
	}
	buf_puts(out, strlen(base) >= 64 ? "blob" : "");
	for (; strlen(base) < 64 && *base != '\0'; base++) {
		if (*base < '0' || *base > '9')
			buf_putc(out, *base);
		else if (!digits)
			buf_putc(out, 'N');
		digits = *base >= '0' && *base <= '9';
	}
}

/* Frames of helpers, and the first that is none. */
static void find_frames(struct disk_site *s, void *const *all, int n, int from)
{
	int i = from;

	while (i < n - 1 && is_helper(all[i]))
		s->frames[s->n++] = all[i++];
	s->frames[s->n++] = all[i];
}

/* For whom: the first that is no helper; behind SQLite the outermost function
 * of the driver over it. */
static const char *whom(void *const *all, int n, int from)
{
	const char *library, *found = "?";
	bool driver = is_library(all[from]);

	for (int i = from; i < n; i++) {
		const char *name = name_of(all[i], &library);

		if (name == NULL || is_library(all[i]) || is_helper(all[i]))
			continue;
		if (driver && strncmp(name, "db_", 3) != 0)
			break;
		found = name;
		if (!driver)
			break;
	}
	return found;
}

size_t disk_sites_find(struct disk_log *l, int file, const void *back)
{
	struct disk_site s = {0};
	SCOPED(buf_fini)
	struct buf label = BUF_INIT(512);
	void *all[DISK_SITE_DEPTH];
	int n = backtrace(all, DISK_SITE_DEPTH), from = 0;

	while (from < n && all[from] != back)
		from++;
	if (from == n)
		mistake("who flushes is not to be seen");
	/* Of SQLite's own places only the file and for whom. */
	if (!is_library(all[from]))
		find_frames(&s, all, n, from);
	describe(&label, l, file);
	buf_printf(&label, ": %s", whom(all, n, from));
	for (size_t k = 0; k < l->sites.len; k++) {
		const struct disk_site *known = &l->sites.items[k];

		if (known->n == s.n &&
		    memcmp(known->frames, s.frames,
		           (size_t)s.n * sizeof(void *)) == 0 &&
		    (s.n > 0 || strcmp(known->label, buf_str(&label)) == 0))
			return k;
	}
	s.label = buf_take(&label);
	VEC_GROW(&l->sites);
	l->sites.items[l->sites.len] = s;
	return l->sites.len++;
}
