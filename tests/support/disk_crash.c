#include "config.h"

#include "tests/support/disk_crash.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A judge takes milliseconds, and seconds when it has judges of its own; one
 * that hangs is broken. Seconds, on a machine that others use too. */
#define JUDGE_MAX_S 600

struct verdict {
	uint64_t key[3]; /* the disk, and the moment plus one; 0: free */
	bool fine;
};

struct disk_crash_memory {
	struct verdict *slots;
	size_t n, slots_n; /* a power of two */
};

/* ---- Memory ---- */

static struct verdict *slot_of(struct disk_crash_memory *m,
                               const uint64_t key[3])
{
	size_t at = (size_t)(key[0] ^ key[2]) & (m->slots_n - 1);

	while (m->slots[at].key[2] != 0 &&
	       memcmp(m->slots[at].key, key, sizeof(m->slots[at].key)) != 0)
		at = (at + 1) & (m->slots_n - 1);
	return &m->slots[at];
}

static void grow(struct disk_crash_memory *m)
{
	struct disk_crash_memory old = *m;

	m->slots_n = old.slots_n == 0 ? 1024 : 2 * old.slots_n;
	m->slots = xcalloc(m->slots_n, sizeof(*m->slots));
	for (size_t i = 0; i < old.slots_n; i++)
		if (old.slots[i].key[2] != 0)
			*slot_of(m, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

static struct verdict *remembered(struct disk_crash *c, const uint64_t key[3])
{
	struct disk_crash_memory *m = c->memory;

	if (m == NULL)
		m = c->memory = xcalloc(1, sizeof(*m));
	if (2 * m->n >= m->slots_n)
		grow(m);
	return slot_of(m, key);
}

void disk_crash_fini(struct disk_crash *c)
{
	if (c->memory != NULL)
		free(c->memory->slots);
	free(c->memory);
	c->memory = NULL;
}

/* ---- One state ---- */

static int remove_entry(const char *path, const struct stat *st, int flag,
                        struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void in_child(const struct disk_crash *c, const struct disk_state *s,
                     size_t point, int out)
{
	struct err e = {0};
	int result;

	(void)alarm(JUDGE_MAX_S);
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	disk_state_write(s, c->scratch);
	result = c->judge(c->ctx, c->scratch, point, &e);
	if (result != 0 && write(out, e.msg, strlen(e.msg)) < 0)
		_exit(2);
	_exit(result == 0 ? 0 : 1);
}

static void read_all(char *out, size_t size, int fd)
{
	size_t had = 0;
	ssize_t n;

	while ((n = read(fd, out + had, size - 1 - had)) > 0)
		had += (size_t)n;
	out[had] = '\0';
}

/* Whatever it does, the judge cannot harm this process. */
static bool is_fine(struct disk_crash *c, const struct disk_state *s,
                    size_t point)
{
	char why[sizeof(c->why)];
	int ends[2], status = 0;
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		abort();
	if (child == 0)
		in_child(c, s, point, ends[1]);
	(void)close(ends[1]);
	read_all(why, sizeof(why), ends[0]);
	(void)close(ends[0]);
	(void)waitpid(child, &status, 0);
	(void)nftw(c->scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFSIGNALED(status))
		(void)snprintf(why, sizeof(why), "ended by signal %d",
		               WTERMSIG(status));
	memcpy(c->why, why, sizeof(why));
	return false;
}

static bool judge(struct disk_crash *c, const struct disk_choice *choice)
{
	struct disk_state s;
	struct verdict *v;
	uint64_t key[3];
	bool fine;

	disk_state_init(&s, c->log, choice);
	key[0] = s.digest[0];
	key[1] = s.digest[1];
	key[2] = c->moment(c->ctx, choice->point) + 1;
	v = remembered(c, key);
	if (v->key[2] == 0) {
		v->fine = is_fine(c, &s, choice->point);
		memcpy(v->key, key, sizeof(v->key));
		c->memory->n++;
		c->states++;
	}
	fine = v->fine;
	disk_state_fini(&s);
	return fine;
}

/* ---- All of them ---- */

static const char *const step_names[] = {
	[DISK_CREATE] = "create", [DISK_MKDIR] = "mkdir",
	[DISK_LINK] = "link",     [DISK_RENAME] = "rename",
	[DISK_REMOVE] = "remove", [DISK_WRITE] = "write",
	[DISK_RESIZE] = "resize", [DISK_SYNC] = "flush",
};

/* A selection of steps at a point. */
struct trial {
	struct disk_crash *c;
	size_t *pending;
	size_t n;
	bool *dropped;
	struct disk_choice choice;
	bool quiet;
	size_t broken, tried;
};

static void say(const struct trial *t)
{
	const struct disk_log *l = t->c->log;
	size_t point = t->choice.point, shown = 0;

	fprintf(stderr, "broken: crash before step %zu", point);
	if (point < l->ops.len)
		fprintf(stderr, " (%s %s)",
		        step_names[l->ops.items[point].step],
		        l->ops.items[point].name != NULL
		                ? l->ops.items[point].name
		                : "");
	for (size_t i = 0; i < t->n && shown < 8; i++) {
		const struct disk_op *op = &l->ops.items[t->pending[i]];

		if (!t->dropped[t->pending[i]])
			continue;
		fprintf(stderr, "%s %zu %s %s", shown++ == 0 ? "; gone:" : ",",
		        t->pending[i], step_names[op->step],
		        op->name != NULL ? op->name : "");
	}
	fprintf(stderr, ": %s\n", t->c->why);
}

static void try(struct trial *t)
{
	t->tried++;
	if (judge(t->c, &t->choice))
		return;
	t->broken++;
	if (!t->quiet)
		say(t);
}

static void drop_all(struct trial *t, bool gone)
{
	for (size_t i = 0; i < t->n; i++)
		t->dropped[t->pending[i]] = gone;
}

/* Some of them when there are many: evenly, and always the last. */
static void try_singles(struct trial *t, size_t max)
{
	size_t step = t->n > max && max > 0 ? (t->n + max - 1) / max : 1;

	for (size_t i = 0; max > 0 && i < t->n; i += step) {
		size_t op = t->pending[t->n - 1 - i];

		drop_all(t, false);
		t->dropped[op] = true;
		try(t);
		drop_all(t, true);
		t->dropped[op] = false;
		try(t);
	}
}

/* The last write that is not covered, cut within. */
static void try_torn(struct trial *t)
{
	const struct disk_op *op = NULL;

	for (size_t i = t->n; op == NULL && i-- > 0;)
		if (t->c->log->ops.items[t->pending[i]].step == DISK_WRITE)
			op = &t->c->log->ops
			              .items[t->choice.torn = t->pending[i]];
	if (op == NULL)
		return;
	for (int gone = 0; gone <= 1; gone++) {
		drop_all(t, gone != 0);
		t->dropped[t->choice.torn] = false;
		t->choice.torn_len = op->len / 2;
		try(t);
		t->choice.torn_len = op->len > 512 ? 512 : 1;
		try(t);
	}
	t->choice.torn = DISK_NEVER;
}

static void try_chances(struct trial *t, size_t n)
{
	struct rng_seeded rng;

	rng_seeded_init(&rng, t->choice.point);
	for (; n > 0; n--) {
		for (size_t i = 0; i < t->n; i++)
			t->dropped[t->pending[i]] = rng_below(&rng.rng, 2) == 0;
		try(t);
	}
}

static void trial_init(struct trial *t, struct disk_crash *c)
{
	*t = (struct trial){.c = c, .choice = {.torn = DISK_NEVER}};
	t->pending = xcalloc(c->log->ops.len + 1, sizeof(*t->pending));
	t->dropped = xcalloc(c->log->ops.len + 1, sizeof(*t->dropped));
	t->choice.dropped = t->dropped;
}

static void trial_fini(struct trial *t)
{
	free(t->pending);
	free(t->dropped);
}

void disk_crash_run(struct disk_crash *c)
{
	size_t *covered = disk_covered_at(c->log, DISK_NEVER);
	size_t last = c->log->ops.len;
	struct trial t;

	trial_init(&t, c);
	for (size_t p = c->first; p <= last; p++) {
		c->points++;
		t.choice.point = p;
		t.n = disk_pending(t.pending, c->log, covered, p);
		drop_all(&t, false);
		try(&t);
		if (t.n == 0 || (last - p) % c->limits.stride != 0)
			continue;
		drop_all(&t, true);
		try(&t);
		try_singles(&t, c->limits.singles);
		try_torn(&t);
		try_chances(&t, c->limits.chances);
		drop_all(&t, false);
	}
	c->broken += t.broken;
	trial_fini(&t);
	free(covered);
}

bool disk_crash_at(struct disk_crash *c, size_t point)
{
	const struct disk_choice all = {.point = point, .torn = DISK_NEVER};

	return judge(c, &all);
}

/* The steps that are not covered only because this place does not flush:
 * all gone, then (with limits.singles) each gone or there alone. */
static void try_uncovered(struct trial *t, const size_t *with)
{
	size_t point = t->choice.point, n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (with[t->pending[i]] < point)
			t->pending[n++] = t->pending[i];
	t->n = n;
	if (n == 0)
		return;
	drop_all(t, true);
	try(t);
	for (size_t i = 0;
	     t->c->limits.singles > 0 && t->broken == 0 && i < n && n > 1;
	     i++) {
		drop_all(t, false);
		t->dropped[t->pending[i]] = true;
		try(t);
		drop_all(t, true);
		t->dropped[t->pending[i]] = false;
		try(t);
		if (t->tried >= t->c->limits.without)
			break;
	}
	drop_all(t, false);
}

bool disk_crash_without(struct disk_crash *c, size_t site)
{
	size_t *with = disk_covered_at(c->log, DISK_NEVER);
	size_t *without = disk_covered_at(c->log, site);
	struct trial t;
	bool broke;

	trial_init(&t, c);
	t.quiet = true;
	/* The end first: what was acknowledged must be there. */
	for (size_t p = 1 + (c->last > 0 ? c->last : c->log->ops.len);
	     p-- > c->first && t.broken == 0 && t.tried < c->limits.without;) {
		t.choice.point = p;
		t.n = disk_pending(t.pending, c->log, without, p);
		try_uncovered(&t, with);
	}
	broke = t.broken > 0;
	trial_fini(&t);
	free(with);
	free(without);
	return broke;
}
