#include "config.h"

#include "tests/support/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void mistake(const char *what)
{
	fprintf(stderr, "symbols: %s\n", what);
	abort();
}

static const char *map_program(size_t *len)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const char *image = MAP_FAILED;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		             fd, 0);
	if (image == MAP_FAILED)
		mistake("the program cannot be read");
	(void)close(fd);
	*len = (size_t)st.st_size;
	return image;
}

static const ElfW(Shdr) * find_table(const char *image)
{
	const ElfW(Ehdr) *head = (const void *)image;
	const ElfW(Shdr) *sections = (const void *)(image + head->e_shoff);

	for (size_t i = 0; i < head->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			return &sections[i];
	mistake("the program has no symbol table");
	return NULL;
}

/* What hardly ever runs the compiler puts far away from its file. */
static bool is_cold(const char *name)
{
	return strstr(name, ".cold") != NULL;
}

static void widen(struct symbols_range *r, const ElfW(Sym) * s, uintptr_t base)
{
	uintptr_t at = base + s->st_value;

	if (r->last == 0 || at < r->first)
		r->first = at;
	if (at + s->st_size > r->last)
		r->last = at + s->st_size;
}

struct symbols_range symbols_of_file(const char *name, uintptr_t known)
{
	size_t len;
	const char *image = map_program(&len);
	const ElfW(Ehdr) *head = (const void *)image;
	const ElfW(Shdr) *table = find_table(image);
	const ElfW(Shdr) *sections = (const void *)(image + head->e_shoff);
	const char *names = image + sections[table->sh_link].sh_offset;
	const ElfW(Sym) *all = (const void *)(image + table->sh_offset);
	struct symbols_range r = {0};
	bool here = false;
	Dl_info info;

	if (dladdr((void *)known, &info) == 0)
		mistake("the program's place in memory is not known");
	/* A file's own symbols follow its name. */
	for (size_t i = 0; i < table->sh_size / sizeof(*all); i++) {
		int type = all[i].st_info & 15;

		if (type == STT_FILE)
			here = strcmp(names + all[i].st_name, name) == 0;
		else if (all[i].st_info >> 4 != STB_LOCAL)
			here = false;
		else if (here && type == STT_FUNC &&
		         !is_cold(names + all[i].st_name))
			widen(&r, &all[i], (uintptr_t)info.dli_fbase);
	}
	(void)munmap((void *)(uintptr_t)image, len);
	if (r.last == 0)
		mistake("the program has no symbols of that file");
	return r;
}
