/*
 * What many targets cost, inside one process and beside jansson:
 *
 *	bench-tuf emit N            sort and write one role of N targets
 *	bench-tuf build N BITS      N targets in 2^BITS signed files, then one
 *	                            more, then one looked up
 *	bench-tuf files DIR N SIZE  N files as a blob store has them, and their
 *	                            list to stdout
 *	bench-tuf hash DIR N SIZE   the time two threads need to hash them
 *	bench-tuf list N            such a list of files that are nowhere
 *	bench-tuf flush DIR N       4,096 bytes behind a file of DIR, flushed,
 *	                            N times: what the disk alone takes
 *	bench-tuf run N COMMAND…    a command N times: its time, its processor
 *	                            time, its peak memory in KiB, and its time
 *	                            when it was fastest
 *
 * Times are medians, in milliseconds of the processor; of the clock where there
 * are two threads.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "lib/tuf/targets.h"
#include "tests/bench/many.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 101 /* of another program */
#define EMIT_ROUNDS 15
#define ROLE "releases.coat"

/* ---- emit ---- */

static double time_write(struct buf *out, size_t n)
{
	struct tuf_target *entries = bench_entries(n);
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {.version = 1, .expires_s = 4102444800};
	struct err e = {0};
	double from = bench_cpu_ms(), took;

	tuf_targets_put_all(&t, entries, n);
	bench_must(tuf_targets_write(out, &t, &e), &e);
	took = bench_cpu_ms() - from;
	return took;
}

/* The same document, its targets in the order in which they came to us. */
static json_t *mixed_tree(size_t n, const struct buf *ours)
{
	json_t *tree = json_loadb(buf_str(ours), ours->len, 0, NULL);
	json_t *sorted = json_object_get(tree, "targets");
	json_t *mixed = json_object();

	for (size_t i = 0; i < n; i++) {
		char path[64];

		bench_path(path, i);
		(void)json_object_set(mixed, path,
		                      json_object_get(sorted, path));
	}
	(void)json_object_set_new(tree, "targets", mixed);
	return tree;
}

static double time_jansson(const json_t *tree, const struct buf *ours)
{
	double from = bench_cpu_ms(), took;
	char *text = json_dumps(tree, JSON_SORT_KEYS | JSON_COMPACT);

	took = bench_cpu_ms() - from;
	if (text == NULL || strcmp(text, buf_str(ours)) != 0)
		bench_give_up("jansson writes other bytes");
	free(text);
	return took;
}

static double time_canon(const struct js_doc *doc, const struct buf *ours)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(BENCH_BYTES_MAX);
	struct js_at root = js_root(doc);
	struct err e = {0};
	double from = bench_cpu_ms(), took;

	bench_must(canon_write(&out, &root, &e), &e);
	took = bench_cpu_ms() - from;
	if (out.len != ours->len ||
	    memcmp(buf_str(&out), buf_str(ours), out.len) != 0)
		bench_give_up("the canonical form is another");
	return took;
}

static int emit(size_t n)
{
	double ours[EMIT_ROUNDS], theirs[EMIT_ROUNDS], canon[EMIT_ROUNDS],
		parse[EMIT_ROUNDS];
	double m;

	for (int r = 0; r < EMIT_ROUNDS; r++) {
		SCOPED(buf_fini)
		struct buf out = BUF_INIT(BENCH_BYTES_MAX);
		SCOPED(js_fini)
		struct js_doc doc = {0};
		struct err e = {0};
		json_t *mixed;
		char *text;
		double from;

		ours[r] = time_write(&out, n);
		mixed = mixed_tree(n, &out);
		theirs[r] = time_jansson(mixed, &out);
		text = json_dumps(mixed, JSON_COMPACT);
		json_decref(mixed);
		from = bench_cpu_ms();
		bench_must(js_parse(&doc, "bench", text, strlen(text), &e), &e);
		parse[r] = bench_cpu_ms() - from;
		free(text);
		canon[r] = time_canon(&doc, &out);
	}
	m = bench_median(theirs, EMIT_ROUNDS);
	printf("emit-%zu %.2f ms\n", n, bench_median(ours, EMIT_ROUNDS));
	printf("emit-%zu-ratio %.3f\n", n, bench_median(ours, EMIT_ROUNDS) / m);
	printf("canonical-%zu %.2f ms\n", n, bench_median(canon, EMIT_ROUNDS));
	printf("canonical-%zu-ratio %.3f\n", n,
	       bench_median(canon, EMIT_ROUNDS) / m);
	printf("parse-%zu %.2f ms\n", n, bench_median(parse, EMIT_ROUNDS));
	return 0;
}

/* ---- build ---- */

struct world {
	struct key_secret *keys[2];
	struct key_public public[2];
	char keyids[2][KEY_ID_SIZE];
};

static struct tuf_quorum quorum(struct world *w)
{
	return (struct tuf_quorum){.keys = w->public,
	                           .n_keys = 2,
	                           .keyids = w->keyids,
	                           .n_keyids = 2,
	                           .threshold = 2};
}

static void sign_file(struct buf *file, const struct tuf_targets *t,
                      const struct world *w)
{
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(BENCH_BYTES_MAX);
	struct tuf_signature *sigs = xcalloc(2, sizeof(*sigs));
	struct err e = {0};

	bench_must(tuf_targets_write(&body, t, &e), &e);
	for (int k = 0; k < 2; k++)
		tuf_sign(&sigs[k], w->keys[k], buf_str(&body), body.len);
	bench_must(
		tuf_envelope_write(file, buf_str(&body), body.len, sigs, 2, &e),
		&e);
	free(sigs);
}

static void parse_file(struct tuf_targets *t, const struct buf *file,
                       struct world *w)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	struct tuf_quorum q = quorum(w);
	struct err e = {0};

	bench_must(tuf_envelope_parse(&env, TUF_TARGETS, ROLE, buf_str(file),
	                              file->len, &e),
	           &e);
	bench_must(tuf_quorum_check(&q, &env, &e), &e);
	bench_must(tuf_targets_parse(t, ROLE, &env, &e), &e);
}

/* One signed file read, one target put into it, and signed anew. */
static double time_add(const struct buf *file, struct world *w)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(BENCH_BYTES_MAX);
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	char sha256[SHA256_HEX_SIZE];
	double from = bench_cpu_ms();

	parse_file(&t, file, w);
	hash_sha256_hex(sha256, "new", 3);
	tuf_targets_put(&t, "delta/coat/new.bin", 4096, sha256, NULL);
	t.version++;
	sign_file(&out, &t, w);
	return bench_cpu_ms() - from;
}

/* As a client does it who has just fetched the file. */
static double time_find(const struct buf *file, const char *path,
                        struct world *w)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	double from = bench_cpu_ms();

	parse_file(&t, file, w);
	if (tuf_targets_find(&t, path) == NULL)
		bench_give_up("a target is gone");
	return bench_cpu_ms() - from;
}

static void time_round(double *all, double *add, double *find, size_t n,
                       int bits, struct world *w)
{
	struct tuf_target *entries = bench_entries(n);
	SCOPED(buf_fini)
	struct buf last = BUF_INIT(BENCH_BYTES_MAX);
	SCOPED(free)
	char *path = NULL;
	double from = bench_cpu_ms();
	struct bench_bins p = bench_split(n, bits, entries);

	for (size_t b = 0; b < p.count; b++) {
		SCOPED(tuf_targets_fini)
		struct tuf_targets t = {.version = 1, .expires_s = 4102444800};

		tuf_targets_put_all(&t, p.bins[b].entries, p.bins[b].n);
		buf_reset(&last);
		sign_file(&last, &t, w);
		if (b + 1 == p.count && t.n_targets > 0)
			path = xstrdup(t.targets[t.n_targets / 2].path);
	}
	*all = bench_cpu_ms() - from;
	*add = time_add(&last, w);
	*find = path != NULL ? time_find(&last, path, w) : 0;
	free(p.bins);
}

static int build(size_t n, int bits)
{
	struct world *w = xcalloc(1, sizeof(*w));
	double all[BENCH_ROUNDS], add[BENCH_ROUNDS], find[BENCH_ROUNDS];

	key_library_init();
	for (int k = 0; k < 2; k++) {
		w->keys[k] = key_secret_new(KEY_ED25519, &rng_system);
		w->public[k] = *key_secret_public(w->keys[k]);
		memcpy(w->keyids[k], w->public[k].id, KEY_ID_SIZE);
	}
	for (int r = 0; r < BENCH_ROUNDS; r++)
		time_round(&all[r], &add[r], &find[r], n, bits, w);
	printf("build-%zu %.2f ms\n", n, bench_median(all, BENCH_ROUNDS));
	printf("build-%zu-add %.2f ms\n", n, bench_median(add, BENCH_ROUNDS));
	printf("build-%zu-find %.2f ms\n", n, bench_median(find, BENCH_ROUNDS));
	for (int k = 0; k < 2; k++)
		key_secret_free(w->keys[k]);
	free(w);
	return 0;
}

/* ---- hash ---- */

/* What is in file i, and where a blob store (server/repo/blobs.h) has it. */
static char *make_file(char *bytes, char sha256[SHA256_HEX_SIZE],
                       const char *dir, size_t i, size_t size)
{
	(void)snprintf(bytes, size, "file %zu", i);
	hash_sha256_hex(sha256, bytes, size);
	return xasprintf("%s/%.2s/%s", dir, sha256, sha256);
}

static int files(const char *dir, size_t n, size_t size)
{
	SCOPED(free)
	char *bytes = xcalloc(size, 1);

	for (int i = 0; i < 256; i++) {
		SCOPED(free)
		char *below = xasprintf("%s/%02x", dir, (unsigned)i);

		(void)mkdir(below, 0750);
	}
	for (size_t i = 0; i < n; i++) {
		char path[64], sha256[SHA256_HEX_SIZE];
		SCOPED(free)
		char *name = make_file(bytes, sha256, dir, i, size);
		FILE *out = fopen(name, "wbe");

		if (out == NULL || fwrite(bytes, 1, size, out) != size ||
		    fclose(out) != 0)
			bench_give_up(name);
		bench_path(path, i);
		printf("%s %zu %s\n", path, size, sha256);
	}
	return 0;
}

struct half {
	char *const *names;
	size_t from, n;
};

static void *hash_half(void *arg)
{
	const struct half *h = arg;

	for (size_t i = h->from; i < h->n; i += 2) {
		char sha256[SHA256_HEX_SIZE];
		int64_t length;
		struct err e = {0};

		bench_must(hash_file(sha256, &length, h->names[i], &e), &e);
	}
	return NULL;
}

static int hash(const char *dir, size_t n, size_t size)
{
	SCOPED(free)
	char *bytes = xcalloc(size, 1);
	char **names = xcalloc(n, sizeof(*names));
	struct half halves[2] = {{names, 0, n}, {names, 1, n}};
	char sha256[SHA256_HEX_SIZE];
	pthread_t other;
	double from;

	for (size_t i = 0; i < n; i++)
		names[i] = make_file(bytes, sha256, dir, i, size);
	from = bench_wall_ms();
	if (pthread_create(&other, NULL, hash_half, &halves[1]) != 0)
		bench_give_up("no second thread");
	(void)hash_half(&halves[0]);
	(void)pthread_join(other, NULL);
	printf("%.2f\n", bench_wall_ms() - from);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return 0;
}

static int list(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char path[64], sha256[SHA256_HEX_SIZE];

		bench_path(path, i);
		hash_sha256_hex(sha256, path, strlen(path));
		printf("%s 4096 %s\n", path, sha256);
	}
	return 0;
}

/* ---- flush ---- */

/* Of the clock: it is the disk that is waited for. */
static double time_flushes(int fd, size_t n)
{
	char page[4096] = "page";
	double from = bench_wall_ms();

	for (size_t i = 0; i < n; i++)
		if (write(fd, page, sizeof(page)) != sizeof(page) ||
		    fdatasync(fd) != 0)
			bench_give_up("no flush");
	return bench_wall_ms() - from;
}

static int flush(const char *dir, size_t n)
{
	SCOPED(free)
	char *path = xasprintf("%s/flush", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	double ms[BENCH_ROUNDS];

	if (fd < 0)
		bench_give_up(path);
	for (int r = 0; r < BENCH_ROUNDS; r++)
		ms[r] = time_flushes(fd, n);
	(void)close(fd);
	printf("%.2f\n", bench_median(ms, BENCH_ROUNDS));
	return 0;
}

/* ---- run ---- */

static double tv_ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static int run(int rounds, char **command)
{
	double wall[RUNS_MAX], cpu[RUNS_MAX], rss[RUNS_MAX];

	for (int r = 0; r < rounds; r++) {
		double from = bench_wall_ms();
		struct rusage used;
		pid_t pid;
		int status;

		if (posix_spawnp(&pid, command[0], NULL, NULL, command,
		                 environ) != 0 ||
		    wait4(pid, &status, 0, &used) != pid || status != 0)
			bench_give_up(command[0]);
		wall[r] = bench_wall_ms() - from;
		cpu[r] = tv_ms(used.ru_utime) + tv_ms(used.ru_stime);
		rss[r] = (double)used.ru_maxrss;
	}
	qsort(wall, (size_t)rounds, sizeof(*wall), bench_by_size);
	qsort(cpu, (size_t)rounds, sizeof(*cpu), bench_by_size);
	qsort(rss, (size_t)rounds, sizeof(*rss), bench_by_size);
	printf("%.2f %.2f %.0f %.2f\n", wall[rounds / 2], cpu[rounds / 2],
	       rss[rounds / 2], wall[0]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (strcmp(what, "emit") == 0)
		return emit(strtoul(argv[2], NULL, 10));
	if (strcmp(what, "list") == 0)
		return list(strtoul(argv[2], NULL, 10));
	if (strcmp(what, "build") == 0 && argc == 4)
		return build(strtoul(argv[2], NULL, 10),
		             (int)strtol(argv[3], NULL, 10));
	if (strcmp(what, "hash") == 0 && argc == 5)
		return hash(argv[2], strtoul(argv[3], NULL, 10),
		            strtoul(argv[4], NULL, 10));
	if (strcmp(what, "files") == 0 && argc == 5)
		return files(argv[2], strtoul(argv[3], NULL, 10),
		             strtoul(argv[4], NULL, 10));
	if (strcmp(what, "flush") == 0 && argc == 4)
		return flush(argv[2], strtoul(argv[3], NULL, 10));
	if (strcmp(what, "run") == 0 && argc > 3) {
		int rounds = (int)strtol(argv[2], NULL, 10);

		return run(rounds < RUNS_MAX ? rounds : RUNS_MAX, argv + 3);
	}
	bench_give_up("emit, build, files, hash, list, flush or run");
}
