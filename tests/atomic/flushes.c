#include "config.h"

#include "tests/atomic/flushes.h"

#include "lib/base/mem.h"
#include "tests/atomic/world.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

/* Flushes that no crash needs, and why they stay. */
static const struct {
	const char *label;
	const char *why;
} needless[] = {
	/* clang-format off */
	{"folder root: fleet_open", "twice, since a killed start may have made "
	 "the folder; one of them would do"},
	{"folder root: blobs_open", "for the same reason, and fleet_open made "
	 "it; whoever opens blobs alone must not count on that"},
	{"folder blobs: blobs_settle", "a state's blob that the same publish "
	 "puts may flush the same folder; a publish must not count on that"},
	{"blob: blobs_put", "a state's: each start signs and puts states anew; "
	 "`export` beside a stopped server reads them from here"},
	{"folder xx: blobs_put", "for the same reason"},
	{"folder blobs: blobs_put", "for the same reason"},
	{"folder data: blobs_open", "the database's folder is the "
	 "same, and is flushed before anything is signed"},
	{"folder blobs: blobs_open", "the spool's: every start "
	 "makes it anew"},
	{"folder blobs: blobs_adopt", "a publish flushes it again, "
	 "for a folder that a killed upload made"},
	{"folder data: journal_open", "the database is made "
	 "in the same folder later; a journal must not count on that"},
	{"pawl.db.N.tmp: db_open", "an empty file: there is "
	 "nothing to lose"},
	{"hold.N.tmp: all_hold_write", "a damaged one is refused and made anew "
	 "with the next signing; a publish does not read it"},
	{"folder data: all_hold_write", "the database flushes the same folder"},
	{"folder data: db_commit", "SQLite's: the file of the brake is made in "
	 "the same folder before, and a publish must not count on that"},
	{"folder data: db_open", "ours and SQLite's: the log's own entry is "
	 "flushed later"},
	{"pawl.db-journal: db_open", "SQLite's, over an empty database"},
	{"pawl.db-wal: db_checkpoint", "SQLite's: each commit flushed the log"},
	{"pawl.db-wal: db_close", "SQLite's, for the same reason"},
	/* clang-format on */
};

static bool is_listed(const char *label)
{
	for (size_t i = 0; i < ARRAY_LEN(needless); i++)
		if (strcmp(needless[i].label, label) == 0)
			return true;
	return false;
}

/* Places, over all acts: addresses hold within one process. */
struct places {
	struct place {
		struct disk_site site;
		bool is_needed;
	} * items;
	size_t len, cap;
};

static bool same_site(const struct disk_site *a, const struct disk_site *b)
{
	return a->n == b->n &&
	       memcmp(a->frames, b->frames, (size_t)a->n * sizeof(void *)) ==
	               0 &&
	       strcmp(a->label, b->label) == 0;
}

static struct place *place_of(struct places *all, const struct disk_site *site)
{
	struct place *p;

	for (size_t i = 0; i < all->len; i++)
		if (same_site(&all->items[i].site, site))
			return &all->items[i];
	VEC_GROW(all);
	p = &all->items[all->len++];
	*p = (struct place){.site = *site};
	p->site.label = xstrdup(site->label);
	return p;
}

/* Whether one crash needs the place, or `twice`, a kill and then a cut. */
static void look_at(struct places *all, struct world *w, bool listed,
                    bool twice)
{
	for (size_t i = 0; i < w->log.sites.len; i++) {
		const struct disk_site *site = &w->log.sites.items[i];
		struct place *p;

		if (is_listed(site->label) != listed)
			continue;
		p = place_of(all, site);
		if (p->is_needed)
			continue;
		p->is_needed = twice ? world_needs_twice(w, i)
		                     : disk_crash_without(&w->crash, i);
		if (p->is_needed)
			printf("flush %s: needed in %s%s\n", site->label,
			       w->act->name, twice ? ", after a kill" : "");
		(void)fflush(stdout);
	}
}

static void look_everywhere(struct places *all,
                            const struct disk_crash_limits *limits, bool listed,
                            bool twice)
{
	for (size_t i = 0; i < n_acts; i++) {
		SCOPED(free)
		char *name = xasprintf("disk-%zu", i);
		struct world w;

		world_record(&w, &acts[i], name);
		w.crash.limits = *limits;
		look_at(all, &w, listed, twice);
		world_fini(&w);
	}
}

static void places_fini(struct places *all)
{
	for (size_t i = 0; i < all->len; i++)
		free(all->items[i].site.label);
	free(all->items);
}

void flushes_are_needed(const struct disk_crash_limits *limits)
{
	struct places all = {0};
	struct disk_crash_limits quick = *limits;

	/* All that is not covered gone at once is cheaply tried, and is enough
	 * for most places. */
	quick.singles = 0;
	look_everywhere(&all, &quick, false, false);
	look_everywhere(&all, limits, false, true);
	look_everywhere(&all, limits, false, false);
	for (size_t i = 0; i < all.len; i++)
		if (!all.items[i].is_needed)
			printf("flush %s: NEEDLESS\n", all.items[i].site.label);
	(void)fflush(stdout);
	for (size_t i = 0; i < all.len; i++)
		ck_assert_msg(all.items[i].is_needed,
		              "%s: no crash breaks without this flush: remove "
		              "it, or list it with a reason",
		              all.items[i].site.label);
	ck_assert_uint_ge(all.len, 8);
	places_fini(&all);
}

static bool some_is_needless(const struct places *all, const char *label)
{
	for (size_t i = 0; i < all->len; i++)
		if (!all->items[i].is_needed &&
		    strcmp(all->items[i].site.label, label) == 0)
			return true;
	return false;
}

void flushes_listed_are_needless(const struct disk_crash_limits *limits)
{
	struct places all = {0};

	look_everywhere(&all, limits, true, false);
	for (size_t i = 0; i < ARRAY_LEN(needless); i++)
		ck_assert_msg(some_is_needless(&all, needless[i].label),
		              "%s: is listed as needless, and needed",
		              needless[i].label);
	places_fini(&all);
}
