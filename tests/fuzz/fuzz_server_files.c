/*
 * The server's own files. Their checksums say that the bytes are what somebody
 * wrote, so each target puts the right one behind what it was given.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/all_hold.h"
#include "server/repo/witness.h"
#include "tests/support/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void end_with_digest(struct buf *b)
{
	char digest[SHA256_HEX_SIZE];

	hash_sha256_hex(digest, buf_str(b), b->len);
	buf_printf(b, "end %s\n", digest);
}

/* Above a set that has nothing: no rule of a state finds its plan. */
FUZZ_TARGET(hold)
{
	static struct set nothing = {.refs = 1};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 21);
	struct online *sets[ALL_HOLD_SETS_MAX];
	size_t n;

	buf_add(&b, (const char *)data, size);
	for (int ended = 0; ended < 2; ended++) {
		if (all_hold_parse(sets, &n, "x", buf_str(&b), b.len, &nothing,
		                   NULL) != 0 &&
		    n != 0)
			abort();
		for (size_t i = 0; i < n; i++)
			(void)all_hold_is_above(sets[i], sets[0], true);
		while (n > 0)
			online_unref(sets[--n]);
		end_with_digest(&b);
	}
	if (nothing.refs != 1)
		abort();
}

/* What is read is written as it stood, and reads the same. */
FUZZ_TARGET(witness)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 21);
	SCOPED(buf_fini)
	struct buf back = BUF_INIT(1 << 22);
	SCOPED(witness_fini)
	struct witness w = {0};
	SCOPED(witness_fini)
	struct witness again = {0};

	buf_add(&b, (const char *)data, size);
	if (witness_parse(&w, "x", buf_str(&b), b.len, NULL) == 0)
		witness_fini(&w);
	end_with_digest(&b);
	if (witness_parse(&w, "x", buf_str(&b), b.len, NULL) != 0)
		return;
	witness_format(&back, &w);
	if (witness_parse(&again, "x", buf_str(&back), back.len, NULL) != 0 ||
	    again.len != w.len || strcmp(again.repo, w.repo) != 0)
		abort();
	for (size_t i = 0; i < w.len; i++)
		if (strcmp(w.items[i].role, again.items[i].role) != 0 ||
		    w.items[i].version != again.items[i].version ||
		    w.items[i].limit != again.items[i].limit)
			abort();
}

/* Of short input the rest is zeros. Every text in it ends, every count is of
 * what is there. */
FUZZ_TARGET(journal)
{
	SCOPED(free)
	struct journal_page *page = xcalloc(1, sizeof(*page));
	SCOPED(free)
	void *bytes = xmalloc(JOURNAL_PAGE_MAX);
	size_t len;

	(void)journal_parse(page, data, size);
	memset(page, 0, sizeof(*page));
	memcpy(page, data, size < sizeof(*page) ? size : sizeof(*page));
	len = journal_format(bytes, page);
	memset(page, 0, sizeof(*page));
	if (!journal_parse(page, bytes, len))
		return;
	if (page->n_roles > JOURNAL_ROLES_MAX ||
	    page->n_halts > JOURNAL_HALTS_MAX)
		abort();
	for (uint32_t i = 0; i < page->n_roles; i++)
		if (strlen(page->roles[i].role) >= sizeof(page->roles[i].role))
			abort();
	for (uint32_t i = 0; i < page->n_halts; i++)
		if (strlen(page->halts[i].plan_id) >=
		            sizeof(page->halts[i].plan_id) ||
		    strlen(page->halts[i].hw) >= sizeof(page->halts[i].hw))
			abort();
}
