/*
 * Bins: a role that lists too much for one file spreads it over 2 to 4096
 * roles by the first bits of sha256(path). Bin 1f of releases.coat is called
 * releases.coat.bin-1f, has the keys and the threshold of releases.coat, and
 * whatever releases.coat may say.
 *
 * Two encodings of the same thing: succinct roles (TAP 15), one line however
 * many bins, and path_hash_prefixes (TUF 4.5), one delegation each, for
 * clients that do not know the first (tough). Names and contents of the bins
 * are the same in both.
 */
#ifndef LIB_CATALOG_BINS_H
#define LIB_CATALOG_BINS_H

#include "lib/tuf/targets.h"

/* More bins than 4096 cost every client more snapshot than they save. */
#define BINS_BITS_MAX 12
#define BINS_MAX (1U << BINS_BITS_MAX)

struct bins {
	bool present;
	bool by_prefix;
	/* bit_length, name_prefix; keys and threshold borrowed of the role. */
	struct tuf_succinct shape;
};

/* The bins a role declares, if any. Refused (code "delegation") when they are
 * not complete, not called after the role, or more than BINS_MAX.
 * Delegations of another kind are none of its business. */
MUST_USE int bins_read(struct bins *out, const char *role,
                       const struct tuf_targets *t, struct err *e);
/* Is the first of these delegations meant as a bin? */
bool bins_are_by_prefix(const char *role, const struct tuf_targets *t);

/* How many; 0 when there are none. */
unsigned bins_count(const struct bins *b);
void bins_name(char out[TUF_ROLE_MAX], const struct bins *b, unsigned i);
/* The bin a path belongs to, by name and by number. */
void bins_find(char out[TUF_ROLE_MAX], const struct bins *b, const char *path);
unsigned bins_number(const struct bins *b, const char *path);

/* "releases.coat.bin-1f" → "releases.coat"; false for the name of no bin. */
bool bins_owner(char out[TUF_ROLE_MAX], const char *role);

/* Declares 2^bits bins in t in place of all delegations it had, with the keys
 * and threshold of its own delegation. */
void bins_declare(struct tuf_targets *t, const char *role, int bits,
                  bool by_prefix, const struct tuf_quorum *keys);

/* The number of bins that costs a client least for this many targets, as
 * bits; 0: one file is best. doc/bins.md has the measurement behind it. */
int bins_default_bits(size_t n_targets);
/* 256 → 8; -1 when it is no power of two from 2 to BINS_MAX. */
int bins_bits(int64_t n);

#endif
