/*
 * The numbered steps from an empty database to the present schema, as text.
 * The table is generated from schema/sqlite at build time. Forward only: a
 * released file is never edited, a change is a new file with the next number.
 */
#ifndef SCHEMA_MIGRATIONS_H
#define SCHEMA_MIGRATIONS_H

#include <stddef.h>

struct migration {
	int number;       /* 1, 2, 3, … without a gap */
	const char *name; /* "0001-init" */
	const char *sql;
};

extern const struct migration migrations_sqlite[];
extern const size_t n_migrations_sqlite;

#endif
