/*
 * One target more among N in 2^BITS bins (0: one role), by this library, as
 * python_tuf.py does it with python-tuf: all in memory, one ed25519 key.
 *
 *	bench-add N BITS DIR    lines "add MS", "keep MS"
 *
 * `add`: the target's bin, snapshot and timestamp written and signed anew.
 * `keep`: the same, and the three files durable in a new database below DIR,
 * as pawld keeps what it publishes: a power cut leaves all of them or none.
 * Wall time, medians.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"
#include "lib/tuf/snapshot.h"
#include "lib/tuf/targets.h"
#include "server/store/metadata.h"
#include "tests/bench/many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 25 /* as python_tuf.py has */
#define EXPIRES_S 4102444800

enum { BIN, SNAPSHOT, TIMESTAMP, N_CHANGED };

struct repository {
	struct key_secret *key;
	int bits;
	size_t n_bins;
	struct tuf_targets *bins;
	struct tuf_snapshot snapshot, timestamp;
	/* What the last addition signed. */
	char name[N_CHANGED][TUF_ROLE_MAX];
	int64_t version[N_CHANGED];
	struct buf file[N_CHANGED];
};

static void bin_name(char out[TUF_ROLE_MAX], const struct repository *r,
                     size_t bin)
{
	struct bins bins = {
		.present = true,
		.shape = {.bit_length = r->bits, .name_prefix = "bin"}};

	if (r->bits > 0)
		bins_name(out, &bins, (unsigned)bin);
	else
		(void)snprintf(out, TUF_ROLE_MAX, "targets");
}

static void open_repository(struct repository *r, size_t n, int bits)
{
	struct tuf_target *entries = bench_entries(n);
	struct bench_bins parts = bench_split(n, bits, entries);

	*r = (struct repository){.bits = bits, .n_bins = parts.count};
	r->key = key_secret_new(KEY_ED25519, &rng_system);
	r->bins = xcalloc(parts.count, sizeof(*r->bins));
	for (size_t b = 0; b < parts.count; b++) {
		char name[TUF_ROLE_MAX];

		r->bins[b] = (struct tuf_targets){.version = 1,
		                                  .expires_s = EXPIRES_S};
		tuf_targets_put_all(&r->bins[b], parts.bins[b].entries,
		                    parts.bins[b].n);
		bin_name(name, r, b);
		tuf_snapshot_put(&r->snapshot, name, 1, NULL, 0);
	}
	tuf_snapshot_put(&r->snapshot, "targets", 1, NULL, 0);
	r->snapshot.version = r->timestamp.version = 1;
	r->snapshot.expires_s = r->timestamp.expires_s = EXPIRES_S;
	tuf_snapshot_put(&r->timestamp, "snapshot", 1, NULL, 0);
	for (int i = 0; i < N_CHANGED; i++)
		buf_init(&r->file[i], BENCH_BYTES_MAX);
	free(parts.bins);
}

static void close_repository(struct repository *r)
{
	for (size_t b = 0; b < r->n_bins; b++)
		tuf_targets_fini(&r->bins[b]);
	for (int i = 0; i < N_CHANGED; i++)
		buf_fini(&r->file[i]);
	tuf_snapshot_fini(&r->snapshot);
	tuf_snapshot_fini(&r->timestamp);
	free(r->bins);
	key_secret_free(r->key);
}

static void sign(struct repository *r, int which, const char *name,
                 int64_t version, const struct buf *body)
{
	struct tuf_signature sig;
	struct err e = {0};

	(void)snprintf(r->name[which], TUF_ROLE_MAX, "%s", name);
	r->version[which] = version;
	buf_reset(&r->file[which]);
	tuf_sign(&sig, r->key, buf_str(body), body->len);
	bench_must(tuf_envelope_write(&r->file[which], buf_str(body), body->len,
	                              &sig, 1, &e),
	           &e);
}

static void sign_listing(struct repository *r, int which, enum tuf_type type,
                         struct tuf_snapshot *s)
{
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(BENCH_BYTES_MAX);
	struct err e = {0};

	s->version++;
	bench_must(tuf_snapshot_write(&body, type, s, &e), &e);
	sign(r, which, tuf_type_name(type), s->version, &body);
}

static void add(struct repository *r, const char *path)
{
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(BENCH_BYTES_MAX);
	unsigned bin = bench_bin_of(r->bits, path);
	struct tuf_targets *t = &r->bins[bin];
	char sha256[SHA256_HEX_SIZE], name[TUF_ROLE_MAX];
	struct err e = {0};

	hash_sha256_hex(sha256, path, strlen(path));
	tuf_targets_put(t, path, 4096, sha256, NULL);
	t->version++;
	bench_must(tuf_targets_write(&body, t, &e), &e);
	bin_name(name, r, bin);
	sign(r, BIN, name, t->version, &body);
	tuf_snapshot_put(&r->snapshot, name, t->version, NULL, 0);
	sign_listing(r, SNAPSHOT, TUF_SNAPSHOT, &r->snapshot);
	tuf_snapshot_put(&r->timestamp, "snapshot", r->snapshot.version, NULL,
	                 0);
	sign_listing(r, TIMESTAMP, TUF_TIMESTAMP, &r->timestamp);
}

/* Into the store that pawld serves from, in one transaction. */
static void keep(struct repository *r, const char *path, struct store *store)
{
	struct err e = {0};

	add(r, path);
	bench_must(store_begin(store, &e), &e);
	for (int i = 0; i < N_CHANGED; i++) {
		struct metadata_row row = {.version = r->version[i],
		                           .expires_ms = EXPIRES_S * 1000,
		                           .created_ms = 1,
		                           .bytes = buf_str(&r->file[i]),
		                           .len = r->file[i].len};

		(void)snprintf(row.role, sizeof(row.role), "%s", r->name[i]);
		hash_sha256_hex(row.sha256, row.bytes, row.len);
		bench_must(metadata_add(store, &row, &e), &e);
	}
	bench_must(store_commit(store, &e), &e);
}

/* That what was timed is what a client takes: each file verifies, and lists
 * the one before it or the new target. */
static void check_file(const struct repository *r, int which, const char *path,
                       const struct buf *file)
{
	static const enum tuf_type types[] = {TUF_TARGETS, TUF_SNAPSHOT,
	                                      TUF_TIMESTAMP};
	const struct key_public *key = key_secret_public(r->key);
	char ids[1][KEY_ID_SIZE];
	const struct tuf_quorum q = {.keys = key,
	                             .n_keys = 1,
	                             .keyids = ids,
	                             .n_keyids = 1,
	                             .threshold = 1};
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(tuf_snapshot_fini)
	struct tuf_snapshot s = {0};
	const struct tuf_meta_file *listed;
	struct err e = {0};

	memcpy(ids[0], key->id, KEY_ID_SIZE);
	bench_must(tuf_envelope_parse(&env, types[which], r->name[which],
	                              buf_str(file), file->len, &e),
	           &e);
	bench_must(tuf_quorum_check(&q, &env, &e), &e);
	if (which == BIN) {
		bench_must(tuf_targets_parse(&t, r->name[BIN], &env, &e), &e);
		if (tuf_targets_find(&t, path) == NULL)
			bench_give_up("the new target is not there");
		return;
	}
	bench_must(tuf_snapshot_parse(&s, &env, &e), &e);
	listed = tuf_snapshot_find(&s, r->name[which - 1]);
	if (listed == NULL || listed->version != r->version[which - 1])
		bench_give_up("a listing lists another version");
}

static void check_memory(const struct repository *r, const char *path)
{
	for (int i = 0; i < N_CHANGED; i++)
		check_file(r, i, path, &r->file[i]);
}

static void check_store(const struct repository *r, const char *path,
                        struct store *store)
{
	for (int i = 0; i < N_CHANGED; i++) {
		SCOPED(buf_fini)
		struct buf file = BUF_INIT(BENCH_BYTES_MAX);
		struct metadata_row row;
		struct err e = {0};

		bench_must(metadata_find(&row, &file, store, r->name[i],
		                         r->version[i], &e),
		           &e);
		check_file(r, i, path, &file);
	}
}

int main(int argc, char **argv)
{
	double added[ROUNDS], kept[ROUNDS];
	struct repository r;
	struct store *store;
	struct err e = {0};

	if (argc != 4)
		bench_give_up("N, BITS and DIR are needed");
	SCOPED(free)
	char *at = xasprintf("%s/bench-add.db", argv[3]);
	bench_must(store_open(&store, at, &clock_system, &e), &e);
	key_library_init();
	open_repository(&r, strtoul(argv[1], NULL, 10),
	                (int)strtol(argv[2], NULL, 10));
	for (int i = 0; i < ROUNDS; i++) {
		char path[64];
		double from;

		(void)snprintf(path, sizeof(path), "delta/coat/new-%d.bin", i);
		from = bench_wall_ms();
		add(&r, path);
		added[i] = bench_wall_ms() - from;
		check_memory(&r, path);
		(void)snprintf(path, sizeof(path), "delta/coat/kept-%d.bin", i);
		from = bench_wall_ms();
		keep(&r, path, store);
		kept[i] = bench_wall_ms() - from;
		check_store(&r, path, store);
	}
	close_repository(&r);
	store_close(store);
	printf("add %.3f\nkeep %.3f\n", bench_median(added, ROUNDS),
	       bench_median(kept, ROUNDS));
	return 0;
}
