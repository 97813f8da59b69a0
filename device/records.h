/*
 * Where the state survives a power cut: two records, written in turn, each
 * with its generation, length and CRC. A cut while one is written leaves the
 * other; the higher generation that is whole counts. Nothing is renamed, so
 * the same works on two erase blocks of bare flash.
 *
 * A store whose two records are both spoilt does not open: forgetting a
 * latch or the security counter would be worse than stopping.
 */
#ifndef DEVICE_RECORDS_H
#define DEVICE_RECORDS_H

#include "device/state.h"

#include <stdbool.h>

struct records;

/* Opens the records below dir, which exists; the caller flushes dir before it
 * acts on them. *fresh: there were none (or a first one that was never
 * finished), and the state is empty. */
MUST_USE int records_open(struct records **out, bool *fresh, const char *dir,
                          struct err *e);
void records_free(struct records *s);
DEFINE_SCOPED(records_free, struct records *)

/* The state in memory; the caller changes it and saves. */
struct device_state *records_state(struct records *s);
/* On the disk when it returns 0. After -1 the store must be opened anew:
 * memory and disk may differ. */
MUST_USE int records_save(struct records *s, struct err *e);

#endif
