#include "config.h"

#include "server/repo/journal.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/crypto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* One page on disk: magic, the struct as it stands, its sha256, zeros. The
 * file never leaves this machine, so the machine's own layout is fine; the
 * magic carries the size so that another build's layout is refused. */
#define PAGE_BYTES ((size_t)JOURNAL_PAGE_MAX)
#define MAGIC_SIZE 32

struct disk_page {
	char magic[MAGIC_SIZE];
	struct journal_page page;
	uint8_t digest[SHA256_SIZE];
};
_Static_assert(sizeof(struct disk_page) <= PAGE_BYTES, "the page is too small");

static void fill_magic(char magic[MAGIC_SIZE])
{
	memset(magic, 0, MAGIC_SIZE);
	(void)snprintf(magic, MAGIC_SIZE, "pawl-journal/1 %zu",
	               sizeof(struct journal_page));
}

static void digest_of(uint8_t out[SHA256_SIZE], const struct disk_page *d)
{
	hash_sha256(out, d, offsetof(struct disk_page, digest));
}

static bool is_text(const char *field, size_t size)
{
	return memchr(field, '\0', size) != NULL;
}

static bool is_halt(const struct journal_halt *h)
{
	return is_text(h->plan_id, sizeof(h->plan_id)) &&
	       is_text(h->product, sizeof(h->product)) &&
	       is_text(h->hw, sizeof(h->hw)) &&
	       is_text(h->region, sizeof(h->region)) && h->rev >= 0 &&
	       h->rev <= NUM_JSON_MAX;
}

/* The digest says that it is what somebody wrote, not that it was us. */
static bool makes_sense(const struct journal_page *p)
{
	uint8_t clean;

	memcpy(&clean, &p->clean, 1);
	if (clean > 1 || p->n_roles > JOURNAL_ROLES_MAX ||
	    p->n_halts > JOURNAL_HALTS_MAX)
		return false;
	for (uint32_t i = 0; i < p->n_roles; i++)
		if (!is_text(p->roles[i].role, sizeof(p->roles[i].role)) ||
		    p->roles[i].limit < 0 || p->roles[i].limit > NUM_JSON_MAX)
			return false;
	for (uint32_t i = 0; i < p->n_halts; i++)
		if (!is_halt(&p->halts[i]))
			return false;
	return true;
}

static bool parse_page(struct disk_page *d, const void *bytes, size_t len)
{
	char magic[MAGIC_SIZE];
	uint8_t digest[SHA256_SIZE];

	if (len != sizeof(*d))
		return false;
	memcpy(d, bytes, len);
	fill_magic(magic);
	digest_of(digest, d);
	return memcmp(magic, d->magic, MAGIC_SIZE) == 0 &&
	       memcmp(digest, d->digest, SHA256_SIZE) == 0 &&
	       makes_sense(&d->page);
}

bool journal_parse(struct journal_page *out, const void *bytes, size_t len)
{
	SCOPED(free)
	struct disk_page *d = xcalloc(1, sizeof(*d));

	if (!parse_page(d, bytes, len))
		return false;
	*out = d->page;
	return true;
}

size_t journal_format(void *out, const struct journal_page *page)
{
	SCOPED(free)
	struct disk_page *d = xcalloc(1, sizeof(*d));

	fill_magic(d->magic);
	memcpy(&d->page, page, sizeof(d->page));
	digest_of(d->digest, d);
	memcpy(out, d, sizeof(*d));
	return sizeof(*d);
}

static bool read_page(struct journal_page *out, int fd, int which)
{
	SCOPED(free)
	struct disk_page *d = xcalloc(1, sizeof(*d));
	ssize_t n = pread(fd, d, sizeof(*d), (off_t)PAGE_BYTES * which);

	return n > 0 && journal_parse(out, d, (size_t)n);
}

/* Into the page that is not the newest; not flushed. */
static int put_page(struct journal *j, struct err *e)
{
	SCOPED(free)
	void *bytes = xmalloc(JOURNAL_PAGE_MAX);
	size_t len;
	off_t at;

	j->page.sequence++;
	len = journal_format(bytes, &j->page);
	at = (off_t)PAGE_BYTES * (off_t)(j->page.sequence % 2);
	if (pwrite(j->fd, bytes, len, at) != (ssize_t)len) {
		int errnum = errno;

		j->page.sequence--;
		return err_errno(e, errnum, "%s: write", j->path);
	}
	return 0;
}

static int write_page(struct journal *j, struct err *e)
{
	j->failing = true;
	if (put_page(j, e) != 0)
		return -1;
	if (fdatasync(j->fd) != 0) {
		int errnum = errno;

		j->page.sequence--;
		return err_errno(e, errnum, "%s: flush", j->path);
	}
	j->failing = false;
	return 0;
}

static int load(struct journal *j, struct err *e)
{
	SCOPED(free)
	struct journal_page *p = xcalloc(2, sizeof(*p));
	bool ok[2] = {read_page(&p[0], j->fd, 0), read_page(&p[1], j->fd, 1)};
	int newest;

	if (!ok[0] && !ok[1])
		return err_code(e, ERR_IO, "journal_corrupt",
		                "%s: neither page is whole; restore it, or "
		                "move it away after raising the versions with "
		                "a new set of online keys",
		                j->path);
	newest = !ok[0]                          ? 1
	         : !ok[1]                        ? 0
	         : p[1].sequence > p[0].sequence ? 1
	                                         : 0;
	j->page = p[newest];
	return 0;
}

/* Two servers on one data directory would hand out one version twice. The
 * lock goes with the process, however it ends. */
static int open_locked(struct journal *j, const char *path, int flags,
                       struct err *e)
{
	int errnum;

	j->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0640);
	if (j->fd < 0)
		return err_errno(e, errno, "%s", path);
	if (flock(j->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	errnum = errno;
	(void)close(j->fd);
	j->fd = -1; /* it is not ours to mark as closed */
	if (errnum == EWOULDBLOCK)
		return err_code(e, ERR_CONFLICT, "in_use",
		                "%s: another pawld works on this data "
		                "directory; stop it first",
		                path);
	return err_errno(e, errnum, "%s: lock", path);
}

/* All blocks exist from the start: overwriting needs no free space. */
static int fill(struct journal *j, const char *path, struct err *e)
{
	/* Of what a killed process began. */
	int errnum = ftruncate(j->fd, 0) != 0 ? errno : 0;

	if (errnum == 0)
		errnum = posix_fallocate(j->fd, 0, (off_t)(2 * PAGE_BYTES));
	if (errnum != 0)
		return err_errno(e, errnum, "%s: preallocate", path);
	j->page.clean = true;
	if (put_page(j, e) != 0 || put_page(j, e) != 0)
		return -1;
	return fs_sync(j->fd, path, e);
}

/* An empty one is as good as none. */
static int is_there(bool *out, const char *path, struct err *e)
{
	int64_t size = 0;

	*out = fs_exists(path);
	if (*out && fs_size(&size, path, e) != 0)
		return -1;
	*out = size > 0;
	return 0;
}

/* Under another name until both pages are on the disk: a journal in pieces
 * would keep the next start from happening. */
static int create(struct journal *j, struct err *e)
{
	SCOPED(free)
	char *unfinished = xasprintf("%s.new", j->path);
	bool there = false;

	j->is_new = true;
	if (open_locked(j, unfinished, O_CREAT, e) != 0 ||
	    is_there(&there, j->path, e) != 0)
		return -1;
	if (there)
		return err_code(e, ERR_CONFLICT, "in_use",
		                "%s: another pawld makes it at this moment",
		                j->path);
	if (fill(j, unfinished, e) != 0 ||
	    fs_rename(unfinished, j->path, e) != 0)
		return -1;
	return fs_sync_dir_of(j->path, e);
}

int journal_open(struct journal *j, const char *path, struct err *e)
{
	bool there = false;

	*j = (struct journal){.fd = -1, .path = xstrdup(path)};
	if (is_there(&there, path, e) != 0)
		return -1;
	if (!there && create(j, e) != 0)
		return -1;
	if (there && (open_locked(j, path, 0, e) != 0 || load(j, e) != 0))
		return -1;
	for (uint32_t i = 0; i < j->page.n_roles; i++)
		j->next[i] = j->page.roles[i].limit;
	j->was_clean = j->page.clean;
	j->page.clean = false;
	return write_page(j, e);
}

int journal_close(struct journal *j, bool clean, struct err *e)
{
	int result = 0;

	if (j->fd >= 0 && clean && j->page.n_halts == 0) {
		j->page.clean = true;
		result = write_page(j, e);
	}
	if (j->fd >= 0)
		(void)close(j->fd);
	free(j->path);
	j->path = NULL;
	j->fd = -1;
	return result;
}

static int role_index(struct journal *j, const char *role, struct err *e)
{
	uint32_t i = 0;

	while (i < j->page.n_roles && strcmp(j->page.roles[i].role, role) != 0)
		i++;
	if (i < j->page.n_roles)
		return (int)i;
	if (i == JOURNAL_ROLES_MAX)
		return err_code(e, ERR_TOO_LARGE, "journal_roles",
		                "%s: numbers %d online roles already, all that "
		                "it has room for: timestamp, snapshot, one for "
		                "each product there ever was; \"%s\" would be "
		                "one more",
		                j->path, JOURNAL_ROLES_MAX, role);
	j->page.roles[i] = (struct journal_role){.limit = 1};
	(void)snprintf(j->page.roles[i].role, sizeof(j->page.roles[i].role),
	               "%s", role);
	j->next[i] = 1;
	j->page.n_roles++;
	return (int)i;
}

int journal_version(struct journal *j, const char *role, int64_t above,
                    int64_t *out, struct err *e)
{
	int i = role_index(j, role, e);
	int64_t v, old_limit;

	if (i < 0)
		return -1;
	v = j->next[i] > above ? j->next[i] : above + 1;
	old_limit = j->page.roles[i].limit;
	if (v >= old_limit) {
		j->page.roles[i].limit = v + JOURNAL_VERSION_BLOCK;
		if (write_page(j, e) != 0) {
			j->page.roles[i].limit = old_limit;
			return -1;
		}
	}
	j->next[i] = v + 1;
	*out = v;
	return 0;
}

int64_t journal_limit(const struct journal *j, const char *role)
{
	for (uint32_t i = 0; i < j->page.n_roles; i++)
		if (strcmp(j->page.roles[i].role, role) == 0)
			return j->page.roles[i].limit;
	return 0;
}

int journal_raise(struct journal *j, const char *role, int64_t limit,
                  struct err *e)
{
	int i = role_index(j, role, e);
	int64_t old_limit;

	if (i < 0)
		return -1;
	old_limit = j->page.roles[i].limit;
	if (limit > old_limit) {
		j->page.roles[i].limit = limit;
		if (write_page(j, e) != 0) {
			j->page.roles[i].limit = old_limit;
			return -1;
		}
	}
	if (j->next[i] < limit)
		j->next[i] = limit;
	return 0;
}

int journal_signed(struct journal *j, int64_t now_ms, struct err *e)
{
	j->page.last_signed_ms = now_ms;
	return write_page(j, e);
}

static bool same_plan(const struct journal_halt *a,
                      const struct journal_halt *b)
{
	return a->rev == b->rev && strcmp(a->plan_id, b->plan_id) == 0 &&
	       strcmp(a->product, b->product) == 0;
}

/* Of all halts of one plan only one stays, which spans it. */
static void collapse(struct journal_page *p, uint32_t keep)
{
	uint32_t n = keep + 1;

	for (uint32_t i = keep + 1; i < p->n_halts; i++)
		if (!same_plan(&p->halts[i], &p->halts[keep]))
			p->halts[n++] = p->halts[i];
	if (n == p->n_halts)
		return; /* it has no other: nothing to gain */
	p->n_halts = n;
	(void)snprintf(p->halts[keep].hw, sizeof(word), "*");
	(void)snprintf(p->halts[keep].region, sizeof(word), "*");
}

/* More is halted, never less: the plan with the new halt first, else the
 * first that gives room. */
static void make_room(struct journal_page *p, const struct journal_halt *h)
{
	for (uint32_t i = 0; i < p->n_halts; i++)
		if (same_plan(&p->halts[i], h)) {
			collapse(p, i);
			break;
		}
	for (uint32_t i = 0; p->n_halts == JOURNAL_HALTS_MAX && i < p->n_halts;
	     i++)
		collapse(p, i);
}

static bool spans(const char *pattern, const char *name)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, name) == 0;
}

static bool is_halted(const struct journal_page *p,
                      const struct journal_halt *h)
{
	for (uint32_t i = 0; i < p->n_halts; i++)
		if (same_plan(&p->halts[i], h) &&
		    spans(p->halts[i].hw, h->hw) &&
		    spans(p->halts[i].region, h->region))
			return true;
	return false;
}

int journal_add_halt(struct journal *j, const struct journal_halt *h,
                     struct err *e)
{
	if (!is_halted(&j->page, h) && j->page.n_halts == JOURNAL_HALTS_MAX)
		make_room(&j->page, h);
	/* In memory, and maybe not on the disk. */
	if (is_halted(&j->page, h))
		return write_page(j, e);
	if (j->page.n_halts == JOURNAL_HALTS_MAX)
		return err_code(e, ERR_TOO_LARGE, "journal_full",
		                "%s: holds halts of %d other plans already",
		                j->path, JOURNAL_HALTS_MAX);
	j->page.halts[j->page.n_halts++] = *h;
	return write_page(j, e);
}

int journal_clear_halts(struct journal *j, struct err *e)
{
	uint32_t had = j->page.n_halts;

	if (had == 0)
		return 0;
	j->page.n_halts = 0;
	if (write_page(j, e) != 0) {
		j->page.n_halts = had;
		return -1;
	}
	return 0;
}
