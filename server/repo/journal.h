/*
 * The one preallocated file outside SQLite: how far each online role may
 * number its versions, when it last signed, and the halts the database has
 * not committed yet. It is written in place, so a full disk cannot stop a
 * halt, and in two alternating pages with checksums, so a torn write leaves
 * the older page.
 *
 * A version is used only below its role's stored limit; limits are raised a
 * block (2^20) at a time. After a crash numbering goes on at the limit: a
 * version is never used twice, whatever the database remembers.
 *
 * Owned by the scribe's thread.
 */
#ifndef SERVER_REPO_JOURNAL_H
#define SERVER_REPO_JOURNAL_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/rollout/words.h"
#include "lib/tuf/envelope.h"

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_ROLES_MAX 64
#define JOURNAL_HALTS_MAX 64
#define JOURNAL_VERSION_BLOCK ((int64_t)1 << 20)

struct journal_role {
	char role[TUF_ROLE_MAX];
	int64_t limit; /* versions below this may have been used */
};

struct journal_halt {
	char plan_id[PRODUCT_MAX_LEN + 1];
	char product[PRODUCT_MAX_LEN + 1];
	int64_t rev;
	word hw, region; /* "*" spans */
	int64_t at_ms;
};

struct journal_page {
	uint64_t sequence;
	int64_t last_signed_ms; /* wall clock */
	bool clean;             /* the last stop was an orderly one */
	uint32_t n_roles;
	uint32_t n_halts;
	struct journal_role roles[JOURNAL_ROLES_MAX];
	struct journal_halt halts[JOURNAL_HALTS_MAX];
};

/* A page as it stands on the disk: bytes that are whole and make sense, or
 * false; and the bytes of one, at most JOURNAL_PAGE_MAX; returns how many. */
#define JOURNAL_PAGE_MAX 65536
bool journal_parse(struct journal_page *out, const void *bytes, size_t len);
size_t journal_format(void *out, const struct journal_page *page);

struct journal {
	int fd;
	char *path;
	struct journal_page page;
	bool was_clean; /* as found at opening */
	bool is_new;
	bool failing; /* the last write did */
	/* Versions handed out in this process, by index into page.roles. */
	int64_t next[JOURNAL_ROLES_MAX];
};

/* Opens it, or makes it whole or not at all, for this process alone: code
 * "in_use" while another has it. A file both of whose pages are torn is
 * refused, code "journal_corrupt": guessing could reuse a version. */
MUST_USE int journal_open(struct journal *j, const char *path, struct err *e);
/* Marks an orderly stop; only when everything was committed. */
MUST_USE int journal_close(struct journal *j, bool clean, struct err *e);

/* The next version for a role, never handed out before and above `above`. */
MUST_USE int journal_version(struct journal *j, const char *role, int64_t above,
                             int64_t *out, struct err *e);
/* Below this a role may have been numbered; 0 when it never was. */
int64_t journal_limit(const struct journal *j, const char *role);
/* Numbering goes on at `limit` at least. */
MUST_USE int journal_raise(struct journal *j, const char *role, int64_t limit,
                           struct err *e);
MUST_USE int journal_signed(struct journal *j, int64_t now_ms, struct err *e);
/* Durable when it returns 0. What a halt of the same revision spans takes no
 * place. In a journal full of halts those of a plan collapse to one that spans
 * it; "journal_full" when that gives no room. */
MUST_USE int journal_add_halt(struct journal *j, const struct journal_halt *h,
                              struct err *e);
/* After the database committed them. */
MUST_USE int journal_clear_halts(struct journal *j, struct err *e);

#endif
