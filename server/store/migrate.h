/*
 * Brings a database to the present schema: the numbered steps that it has not
 * seen yet, each in a transaction of its own, each remembered with a checksum
 * of its text. Forward only.
 */
#ifndef SERVER_STORE_MIGRATE_H
#define SERVER_STORE_MIGRATE_H

#include "lib/base/clock.h"
#include "schema/migrations.h"
#include "server/store/db.h"

#include <stddef.h>

/* Refuses, before changing anything: a schema newer than the table (code
 * "schema_from_the_future"), a step whose text is not the one that was run
 * ("migration_changed"), a database of somebody else ("not_ours"). */
MUST_USE int migrate_up(struct db *d, const struct migration *table, size_t n,
                        const struct clock *clock, struct err *e);

/* For readers: the same refusals, and an older schema is refused too (code
 * "schema_too_old"). Changes nothing. */
MUST_USE int migrate_check(struct db *d, const struct migration *table,
                           size_t n, struct err *e);

#endif
