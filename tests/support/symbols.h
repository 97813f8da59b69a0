/*
 * Where the code of one source file lies in the running program, from its
 * symbol table: also the functions that only this file knows.
 */
#ifndef TESTS_SUPPORT_SYMBOLS_H
#define TESTS_SUPPORT_SYMBOLS_H

#include <stdint.h>

struct symbols_range {
	uintptr_t first, last; /* addresses; last is the first behind it */
};

/* Of the file of this name ("fs.c"), of which `known` is a function. Ends the
 * process when the program has no symbols. */
struct symbols_range symbols_of_file(const char *name, uintptr_t known);

#endif
