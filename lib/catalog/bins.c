#include "config.h"

#include "lib/catalog/bins.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TAP 15: as many hex digits as the highest bin needs. */
static int digits_of(int bits)
{
	return (bits + 3) / 4;
}

/* A number below 4096 in that many digits. */
static const char *hex_of(char text[8], unsigned n, int digits)
{
	(void)snprintf(text, 8, "%03x", n & (BINS_MAX - 1));
	return text + 3 - digits;
}

static int refuse(const char *role, const char *what, struct err *e)
{
	return err_code(e, ERR_INVALID, "delegation",
	                "%s: its bins are not %s; declare them anew", role,
	                what);
}

static void begin(struct bins *b, const char *role, int bits, bool by_prefix)
{
	*b = (struct bins){.present = true, .by_prefix = by_prefix};
	b->shape.present = true;
	b->shape.bit_length = bits;
	(void)snprintf(b->shape.name_prefix, sizeof(b->shape.name_prefix),
	               "%.100s.bin", role);
}

static int read_succinct(struct bins *b, const char *role,
                         const struct tuf_succinct *s, struct err *e)
{
	begin(b, role, s->bit_length, false);
	if (strcmp(s->name_prefix, b->shape.name_prefix) != 0 ||
	    s->bit_length > BINS_BITS_MAX)
		return err_code(e, ERR_INVALID, "delegation",
		                "%s: delegates to bins '%s' of %d bits, '%s' "
		                "of at most %d bits is needed",
		                role, s->name_prefix, s->bit_length,
		                b->shape.name_prefix, BINS_BITS_MAX);
	b->shape = *s;
	return 0;
}

/* The hash prefixes of bin i: with 32 bins, "00" to "07" are bin 0. */
static size_t prefixes_per_bin(int bits)
{
	return (size_t)1 << (4 * digits_of(bits) - bits);
}

static void prefix_of(char out[8], int bits, unsigned i, size_t k)
{
	char text[8];

	(void)snprintf(out, 8, "%.3s",
	               hex_of(text, (unsigned)(i * prefixes_per_bin(bits) + k),
	                      digits_of(bits)));
}

static bool has_prefixes(const struct tuf_delegation *d, int bits, unsigned i)
{
	size_t n = prefixes_per_bin(bits);
	char want[8];

	if (d->n_paths > 0 || d->n_hash_prefixes != n)
		return false;
	for (size_t k = 0; k < n; k++) {
		prefix_of(want, bits, i, k);
		if (strcmp(d->hash_prefixes[k], want) != 0)
			return false;
	}
	return true;
}

static int read_prefixes(struct bins *b, const char *role,
                         const struct tuf_targets *t, struct err *e)
{
	const struct tuf_delegation *first = &t->roles[0];
	const struct tuf_quorum all = tuf_targets_quorum(t, first);
	int bits = bins_bits((int64_t)t->n_roles);
	char name[TUF_ROLE_MAX];

	if (bits < 0)
		return refuse(role, "a power of two from 2 to 4096", e);
	begin(b, role, bits, true);
	for (size_t i = 0; i < t->n_roles; i++) {
		const struct tuf_delegation *d = &t->roles[i];
		const struct tuf_quorum own = tuf_targets_quorum(t, d);

		bins_name(name, b, (unsigned)i);
		if (strcmp(d->name, name) != 0)
			return refuse(role, "named in order", e);
		if (!has_prefixes(d, bits, (unsigned)i) || !d->terminating)
			return refuse(role, "an even split of all hashes", e);
		if (!tuf_quorum_is_same(&own, &all))
			return refuse(role, "all of the same keys", e);
	}
	b->shape.keyids = first->keyids;
	b->shape.n_keyids = first->n_keyids;
	b->shape.threshold = first->threshold;
	return 0;
}

bool bins_are_by_prefix(const char *role, const struct tuf_targets *t)
{
	char owner[TUF_ROLE_MAX];

	return t->n_roles > 0 && bins_owner(owner, t->roles[0].name) &&
	       strcmp(owner, role) == 0;
}

int bins_read(struct bins *out, const char *role, const struct tuf_targets *t,
              struct err *e)
{
	*out = (struct bins){0};
	if (t->succinct.present)
		return read_succinct(out, role, &t->succinct, e);
	if (bins_are_by_prefix(role, t))
		return read_prefixes(out, role, t, e);
	return 0;
}

unsigned bins_count(const struct bins *b)
{
	return b->present ? 1U << b->shape.bit_length : 0;
}

void bins_name(char out[TUF_ROLE_MAX], const struct bins *b, unsigned i)
{
	size_t n = strnlen(b->shape.name_prefix, 110);

	/* Of every bin, several times in a publish: not by way of a format. */
	memcpy(out, b->shape.name_prefix, n);
	out[n++] = '-';
	for (int d = digits_of(b->shape.bit_length); d-- > 0;)
		out[n++] = "0123456789abcdef"[i >> 4 * d & 15];
	out[n] = '\0';
}

void bins_find(char out[TUF_ROLE_MAX], const struct bins *b, const char *path)
{
	tuf_succinct_bin(out, &b->shape, path);
}

unsigned bins_number(const struct bins *b, const char *path)
{
	uint8_t hash[SHA256_SIZE];
	unsigned first;

	hash_sha256(hash, path, strlen(path));
	first = (unsigned)hash[0] << 8 | hash[1];
	return first >> (16 - b->shape.bit_length);
}

bool bins_owner(char out[TUF_ROLE_MAX], const char *role)
{
	const char *at = NULL, *next = role;
	size_t n;

	/* The last one: a role may have such a thing in its name. */
	while ((next = strstr(next, ".bin-")) != NULL)
		at = next++;
	if (at == NULL || at == role)
		return false;
	n = strlen(at + 5);
	if (n < 1 || n > 3 || !is_hex(at + 5, n))
		return false;
	(void)snprintf(out, TUF_ROLE_MAX, "%.*s", (int)(at - role), role);
	return true;
}

static void drop_delegations(struct tuf_targets *t)
{
	struct tuf_targets old = {.keys = t->keys,
	                          .n_keys = t->n_keys,
	                          .roles = t->roles,
	                          .n_roles = t->n_roles,
	                          .succinct = t->succinct};

	tuf_targets_fini(&old);
	t->keys = NULL;
	t->n_keys = 0;
	t->roles = NULL;
	t->n_roles = 0;
	t->succinct = (struct tuf_succinct){0};
	t->has_delegations = false;
}

static void add_keys(struct tuf_targets *t, struct tuf_delegation *d,
                     const struct tuf_quorum *q)
{
	for (size_t i = 0; i < q->n_keyids; i++)
		for (size_t k = 0; k < q->n_keys; k++)
			if (strcmp(q->keys[k].id, q->keyids[i]) == 0)
				tuf_targets_add_key(t, d, &q->keys[k]);
}

static void declare_prefixes(struct tuf_targets *t, const struct bins *b,
                             const struct tuf_quorum *keys)
{
	size_t n = prefixes_per_bin(b->shape.bit_length);
	char text[8], name[TUF_ROLE_MAX];

	for (unsigned i = 0; i < bins_count(b); i++) {
		struct tuf_delegation *d;

		bins_name(name, b, i);
		d = tuf_targets_delegate(t, name, keys->threshold, NULL, 0);
		d->hash_prefixes = xcalloc(n, sizeof(char *));
		for (size_t k = 0; k < n; k++) {
			prefix_of(text, b->shape.bit_length, i, k);
			d->hash_prefixes[d->n_hash_prefixes++] = xstrdup(text);
		}
		add_keys(t, d, keys);
	}
}

void bins_declare(struct tuf_targets *t, const char *role, int bits,
                  bool by_prefix, const struct tuf_quorum *keys)
{
	struct bins b;

	begin(&b, role, bits, by_prefix);
	drop_delegations(t);
	if (by_prefix) {
		declare_prefixes(t, &b, keys);
		return;
	}
	tuf_targets_split(t, b.shape.name_prefix, bits, keys->threshold);
	add_keys(t, NULL, keys);
}

int bins_bits(int64_t n)
{
	for (int bits = 1; bits <= BINS_BITS_MAX; bits++)
		if (n == INT64_C(1) << bits)
			return bits;
	return -1;
}

/* Bytes, measured (doc/bins.md): one more bin in a snapshot, with length and
 * hash; one more target in a role file. */
#define SNAPSHOT_LINE_BYTES UINT64_C(144)
#define TARGET_BYTES UINT64_C(135)
/* A role file below this is not worth one more request. */
#define WORTH_BYTES UINT64_C(65536)

/* What a client reads to find one target: the snapshot's lines and one bin.
 * Least where both are about equal, at the square root of the targets. */
int bins_default_bits(size_t n_targets)
{
	uint64_t all = n_targets * TARGET_BYTES, best = UINT64_MAX;
	int bits = 0;

	if (all < WORTH_BYTES)
		return 0;
	for (int b = 1; b <= BINS_BITS_MAX; b++) {
		uint64_t cost = (SNAPSHOT_LINE_BYTES << b) + (all >> b);

		if (cost < best) {
			best = cost;
			bits = b;
		}
	}
	return bits;
}
